"""Which category each device is in: its own, else its model's.

The table of it follows from the devices with the models, and is changed in the same transaction as these.
"""

from __future__ import annotations

from collections.abc import Iterator

from acs.store.database import Statement
from acs.store.records import Device
from acs.store.shapes import storable

_ITS_MODEL = "m.manufacturer = d.manufacturer AND m.product_class = d.product_class"
# Looked up apart, and with a limit, lest PostgreSQL look at the category before it holds the row.
_ENTER = (
    "INSERT INTO in_categories (device, category)"
    " SELECT d.key, CASE WHEN d.category <> '' THEN d.category ELSE m.category END FROM devices d,"
    " (SELECT category FROM models WHERE manufacturer = ? AND product_class = ? LIMIT 1{held}) AS m"
    " WHERE d.id = ? AND d.deleted IS NULL AND (d.category <> '' OR m.category <> '')"
    " ON CONFLICT (device) DO UPDATE SET category = excluded.category"
)
_LEAVE = (
    f"DELETE FROM in_categories WHERE device = (SELECT d.key FROM devices d JOIN models m ON {_ITS_MODEL}"
    " WHERE d.id = ? AND d.category = '' AND m.category = '')"
)
_MODEL = "UPDATE models SET category = ? WHERE manufacturer || '/' || product_class = ?"
_OF_MODEL = (
    f"FROM devices d JOIN models m ON {_ITS_MODEL}"
    " WHERE m.manufacturer || '/' || m.product_class = ? AND d.category = '' AND d.deleted IS NULL"
)
_EMPTY = f"DELETE FROM in_categories WHERE category <> ? AND device IN (SELECT d.key {_OF_MODEL})"
_FILL = (
    "INSERT INTO in_categories (device, category)"
    f" SELECT d.key, m.category {_OF_MODEL} AND m.category <> '' ON CONFLICT (device) DO NOTHING"
)

ALL = Statement(
    "INSERT INTO in_categories (device, category)"
    " SELECT d.key, CASE WHEN d.category <> '' THEN d.category ELSE m.category END"
    f" FROM devices d JOIN models m ON {_ITS_MODEL}"
    " WHERE d.deleted IS NULL AND (d.category <> '' OR m.category <> '') ON CONFLICT (device) DO NOTHING"
)
"""What has all devices be in their categories that are in none yet, as after an import of what was exported
before there was the table."""

OF_CHANGED = (
    "INSERT INTO in_categories (device, category)"
    " SELECT d.key, CASE WHEN d.category <> '' THEN d.category ELSE m.category END"
    f" FROM below b JOIN devices d ON d.key = b.device JOIN models m ON {_ITS_MODEL}"
    " WHERE b.changes > 0 AND b.device <= ? AND (d.category <> '' OR m.category <> '')"
    " ON CONFLICT (device) DO NOTHING"
)
"""The same for devices that are about to be weighed (`acs.store.weighing`): the model of one that is new may
have got its category on another node at the same moment."""


def entering(device: Device, dialect: str) -> Iterator[Statement]:
    """What has a device be in its category, if there is one, its row and its model's being as they are to be.

    The model's row is held until the transaction ends: whoever changes the model's category meanwhile waits,
    and sees this device then.
    """
    held = "" if dialect == "sqlite" else " FOR SHARE"
    model = storable(device.manufacturer), storable(device.product_class)
    yield Statement(_ENTER.format(held=held), (*model, storable(device.id)))
    yield from naming_category(device.category)


def categorising(device: Device, dialect: str) -> Iterator[Statement]:
    """The same where it may have been in another one before."""
    yield from entering(device, dialect)
    yield Statement(_LEAVE, (storable(device.id),))


def categorising_model(name: str, category: str) -> Iterator[Statement]:
    """What gives a model (``Manufacturer/ProductClass``) its category, and those of its devices that have
    none of their own."""
    name, category = storable(name), storable(category)
    yield Statement(_MODEL, (category, name))
    yield Statement(_EMPTY, (category, name))
    yield Statement(_FILL, (name,))
    yield from naming_category(category)


def naming_category(category: str) -> Iterator[Statement]:
    """What makes a category one of those that were used."""
    if category:
        yield Statement(
            "INSERT INTO categories (name) VALUES (?) ON CONFLICT DO NOTHING", (storable(category),)
        )
