"""Lists for those who may see some devices only."""

from __future__ import annotations

from collections.abc import Iterator

from acs.store.database import Statement
from acs.store.listing.lists import Condition, Either, Listing
from acs.store.records.people import Only

FEW = 500
"""Devices up to which their keys are collected, to find what is theirs by the index of these; what many
devices have is met soon enough on a walk in the list's order."""


def restricted(listing: Listing, only: Only | None) -> Iterator[Either]:
    """What has to hold of the rows of a list besides; nothing where all devices may be seen, or the list is
    of no devices."""
    if only is None or not listing.device:
        return
    if only.tags:
        marks = ", ".join("?" * len(only.tags))
        keys = Statement(f"SELECT device FROM tags WHERE tag IN ({marks})", only.tags)
        walk = f"EXISTS (SELECT 1 FROM tags o WHERE o.device = {listing.device} AND o.tag IN ({marks}))"
        yield _either(listing, keys, walk)
    if only.models:
        pairs = [pair for model in only.models for pair in _kinds(model)]
        each = "SELECT key FROM devices WHERE manufacturer = ? AND product_class = ? AND deleted IS NULL"
        kinds = tuple(word for pair in pairs for word in pair)
        keys = Statement(" UNION ALL ".join([each] * len(pairs)), kinds)
        is_one = " OR ".join(["o.manufacturer = ? AND o.product_class = ?"] * len(pairs))
        walk = (
            f"EXISTS (SELECT 1 FROM devices o WHERE o.key = {listing.device}"
            f" AND o.deleted IS NULL AND ({is_one}))"
        )
        yield _either(listing, keys, walk)


def _either(listing: Listing, keys: Statement, walk: str) -> Either:
    settled = f"{listing.settled} AND " if listing.settled else ""
    quick = f"({settled}{listing.device} IN ({keys.sql}))"
    probe = Statement(f"SELECT 1 FROM ({keys.sql}) AS found LIMIT 1 OFFSET ?", (*keys.parameters, FEW))
    return Either(
        probe,
        Condition(walk, keys.parameters, aside=True),
        Condition(quick, keys.parameters, aside=True),
    )


def _kinds(model: str) -> Iterator[tuple[str, str]]:
    """The manufacturers and product classes that a model's name may stand for: both may hold slashes."""
    parts = model.split("/")
    for number in range(1, len(parts)):
        yield "/".join(parts[:number]), "/".join(parts[number:])
