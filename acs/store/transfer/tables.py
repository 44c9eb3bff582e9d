"""The tables of a store, as an export has them: in an order in which they can be filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from acs.quirks.rules import Rule
from acs.store.listing.deeds import AUDIT_SHAPE, BULK_SHAPE, DELIVERY_SHAPE
from acs.store.listing.listings import (
    ALARM_SHAPE,
    CONFIGURATION_SHAPE,
    DATA_MODEL_SHAPE,
    DEVICE_SHAPE,
    JOB_SHAPE,
    MANNER,
    PRESENCE_SHAPE,
    SEALED_OF_JOB,
    SESSION_SHAPE,
    WAKE_SHAPE,
)
from acs.store.profiles import PROFILE_COLUMNS
from acs.store.records.people import Token, User
from acs.store.shapes import Shape
from acs.store.views import VIEW_SHAPE


@dataclass(frozen=True)
class Stored:
    """A table: its primary ``key``, whose columns are among its ``columns``.

    ``sealed`` has the purpose of each sealed column; its number is the key.  ``weight`` is SQL for the bytes
    of a row, where they may be many.  ``place`` are the columns that tell where the last of ``columns`` lies
    where it is NULL (`acs.store.archive`).  ``fingerprint`` is the column that depends on the secret key
    without being sealed; ``timed``, whether the key tells the time of the row.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    sealed: Mapping[str, str] = field(default_factory=dict)
    weight: str = ""
    place: tuple[str, ...] = ()
    fingerprint: str = ""
    timed: bool = False

    @cached_property
    def key_at(self) -> tuple[int, ...]:
        """Where the key stands in a row."""
        return tuple(map(self.columns.index, self.key))

    @cached_property
    def sealed_at(self) -> tuple[tuple[int, str], ...]:
        """Where the sealed columns stand in a row, each with its purpose."""
        return tuple((self.columns.index(name), purpose) for name, purpose in self.sealed.items())

    def page(self, what: str, further: bool) -> str:
        """The SELECT of ``what`` in key order, behind a key if ``further``; then the number of rows is
        given."""
        keys, marks = ", ".join(self.key), ", ".join("?" * len(self.key))
        where = f" WHERE ({keys}) > ({marks})" if further else ""
        return f"SELECT {what} FROM {self.name}{where} ORDER BY {keys} LIMIT ?"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_DEVICE = _words("device")

TABLES = (
    Stored(
        "devices",
        _words("key"),
        (*DEVICE_SHAPE.names, "deleted"),
    ),
    Stored("presence", _DEVICE, ("device", *PRESENCE_SHAPE.names)),
    Stored("tags", _words("device tag"), _words("device tag")),
    Stored("in_categories", _DEVICE, _words("device category")),
    Stored("facts", _words("device name value"), _words("device name value")),
    Stored(
        "dictionaries",
        _words("number"),
        _words("number made document"),
        sealed={"document": "dictionary"},
        weight="length(document)",
    ),
    Stored("vendors", _words("manufacturer"), _words("manufacturer")),
    Stored("models", _words("manufacturer product_class"), _words("manufacturer product_class category")),
    Stored("categories", _words("name"), _words("name")),
    Stored(
        "parameters",
        _DEVICE,
        _words("device document updated"),
        sealed={"document": "parameters"},
        weight="length(document)",
    ),
    Stored(
        "credentials",
        _DEVICE,
        _words("device document updated"),
        sealed={"document": "credentials"},
    ),
    Stored(
        "wakings",
        _DEVICE,
        _words("device stun_username xmpp_username document updated"),
        sealed={"document": "waking"},
    ),
    Stored("bindings", _DEVICE, _words("device host port seen node")),
    Stored("accounts_left", _words("username"), _words("username since")),
    Stored("wakes", _words("id"), ("device", *WAKE_SHAPE.names), timed=True),
    Stored("audit", _words("id"), AUDIT_SHAPE.names, weight="length(before) + length(after)", timed=True),
    Stored(
        "answered",
        _words("id"),
        _words("id who name digest since status answer"),
        sealed={"answer": "answer"},
        weight="coalesce(length(answer), 0)",
        timed=True,
    ),
    Stored(
        "bulks",
        _words("id"),
        (*BULK_SHAPE.names, "wanted"),
        sealed={"wanted": "bulk"},
        weight="length(wanted) + length(reasons)",
        timed=True,
    ),
    Stored("alarms", _words("id"), ("device", *ALARM_SHAPE.names), timed=True),
    Stored(
        "campaigns",
        _words("id"),
        _words(
            "id name state state_reason software_version config_level plan devices created created_by"
            " changed leased"
        ),
    ),
    Stored(
        "campaign_devices",
        _words("campaign place"),
        _words("campaign place device state changed detail before"),
    ),
    Stored(
        "configurations",
        _words("id"),
        (*CONFIGURATION_SHAPE.names, *_words("id document device")),
        sealed={"document": "configuration"},
        weight="length(document)",
    ),
    Stored("profiles", _words("scope name"), PROFILE_COLUMNS),
    Stored(
        "readings",
        _words("id"),
        _words("id device time name entry"),
        sealed={"entry": "reading"},
        weight="length(entry)",
        timed=True,
    ),
    Stored(
        "changes",
        _words("id"),
        _words("id device time session name entry"),
        sealed={"entry": "change"},
        weight="length(entry)",
    ),
    Stored(
        "jobs",
        _words("id"),
        (*JOB_SHAPE.names, *_words("device arguments fingerprint result fault")),
        sealed=SEALED_OF_JOB,
        weight="length(arguments) + coalesce(length(result), 0) + coalesce(length(fault), 0)",
        fingerprint="fingerprint",
    ),
    Stored("manners", _words("number"), ("number", *MANNER)),
    Stored(
        "sessions",
        _words("id"),
        (*SESSION_SHAPE.names, *_words("settled device manner"), *MANNER),
        timed=True,
    ),
    Stored(
        "conversations",
        _words("session"),
        _words("session document"),
        sealed={"document": "conversation"},
        weight="coalesce(length(document), size)",
        place=_words("segment position size"),
        timed=True,
    ),
    Stored("datamodels", _words("name"), DATA_MODEL_SHAPE.names),
    Stored(
        "definitions",
        _words("path model"),
        _words("path model name definition"),
        weight="length(definition)",
    ),
    Stored("quirk_rules", _words("id"), Shape(Rule).names),
    Stored(
        "webhooks",
        _words("id"),
        _words(
            "id document events tags models created created_by paused paused_because failing failures due"
            " leased dropped"
        ),
        sealed={"document": "webhook"},
    ),
    Stored(
        "webhook_deliveries",
        _words("id"),
        (*DELIVERY_SHAPE.names, "body"),
        sealed={"body": "webhook delivery"},
        weight="length(body)",
    ),
    Stored("tokens", _words("name"), Shape(Token).names),
    Stored("users", _words("name"), Shape(User).names),
    Stored(
        "second_factors",
        _words("id"),
        _words("id name document since last_step"),
        sealed={"document": "second factor"},
    ),
    Stored("views", _words("owner name"), VIEW_SHAPE.names),
)

BY_NAME = {table.name: table for table in TABLES}
