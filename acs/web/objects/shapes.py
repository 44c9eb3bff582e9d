"""How records become JSON objects, by a table of members with their kinds.

One table serves the answers and their description, so that the two agree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from acs.store import ids
from acs.web.serving.schema import JSON, Schema


@dataclass(frozen=True, slots=True)
class Kind:
    """How a member is written, and the schema of what is written."""

    schema: Schema
    write: Callable[[Any], JSON]


def time(seconds: float | None) -> str | None:
    """RFC 3339, UTC, to the millisecond; 0 stands for "not known", as None does."""
    if not seconds:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _known(text: str) -> str | None:
    return text or None


def _as_is(value: JSON) -> JSON:
    return value


def identifier(number: int | None) -> str | None:
    """The number of a session or a job, as the API writes it."""
    return None if number is None else ids.as_text(number)


_STRINGS = {"type": "array", "items": {"type": "string"}}

TEXT = Kind({"type": "string"}, _as_is)
KNOWN = Kind({"type": ["string", "null"]}, _known)
OPTIONAL = Kind({"type": ["string", "null"]}, _as_is)
NUMBER = Kind({"type": "integer"}, _as_is)
COUNT = Kind({"type": ["integer", "null"]}, _as_is)
SECONDS = Kind({"type": ["number", "null"]}, _as_is)
FLAG = Kind({"type": "boolean"}, _as_is)
MAYBE = Kind({"type": ["boolean", "null"]}, _as_is)
TIME = Kind({"type": ["string", "null"], "format": "date-time"}, time)
ID = Kind({"type": "string"}, identifier)
LINKED = Kind({"type": ["string", "null"]}, identifier)
LIST = Kind(_STRINGS, list)
LIST_OR_NULL = Kind(
    {**_STRINGS, "type": ["array", "null"]}, lambda items: None if items is None else list(items)
)
OBJECT = Kind({"type": ["object", "null"]}, lambda value: None if value is None else dict(value))


def one_of(*words: str, null: bool = False) -> Kind:
    """One of these words; with ``null``, "" is written as null."""
    if null:
        return Kind({"type": ["string", "null"], "enum": [*words, None]}, _known)
    return Kind({"type": "string", "enum": list(words)}, str)


@dataclass(frozen=True, slots=True)
class Member:
    """``source`` is the record's field, if it is not called as the member is, or what makes the value out
    of the record."""

    name: str
    kind: Kind
    source: str | Callable[[Any], Any] = ""
    description: str = ""

    def of(self, record: Any) -> JSON:
        """The member's JSON value."""
        value = self.source(record) if callable(self.source) else getattr(record, self.source or self.name)
        return self.kind.write(value)

    @property
    def schema(self) -> Schema:
        """What the description says of it."""
        return {**self.kind.schema, **({"description": self.description} if self.description else {})}


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of object."""

    name: str
    members: tuple[Member, ...]

    def write(self, record: Any, **given: JSON) -> dict[str, JSON]:
        """A record as an object; ``given`` are the members that a record alone does not tell."""
        return {
            member.name: given[member.name] if member.name in given else member.of(record)
            for member in self.members
        }

    def member(self, name: str) -> Member:
        """One of them; raises StopIteration for none."""
        return next(member for member in self.members if member.name == name)

    @property
    def schema(self) -> dict[str, JSON]:
        """The object's JSON Schema; every member is always there."""
        properties = {member.name: member.schema for member in self.members}
        return {"type": "object", "properties": properties, "required": list(properties)}

    @property
    def reference(self) -> Schema:
        """Where the description keeps the schema."""
        return {"$ref": f"#/components/schemas/{self.name}"}
