"""JSON Schema, as far as the API describes values by it or checks them.

One declaration serves both, so that what is described is what is enforced.  Only the keywords of
`CHECKED` and `REMARKS` are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

JSON = Any
Schema = Mapping[str, Any]

CHECKED = frozenset(
    {
        "type",
        "enum",
        "pattern",
        "minLength",
        "maxLength",
        "format",
        "minimum",
        "maximum",
        "items",
        "maxItems",
        "properties",
        "required",
        "minProperties",
        "additionalProperties",
    }
)
"""The keywords that `errors` enforces; ``additionalProperties`` is always false where it stands."""
REMARKS = frozenset({"description", "default", "examples"})
"""Keywords that only tell."""

FLAG: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}

NAME: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 100,
    "pattern": r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$",
}
"""The name of a token or user: one line, no blanks at its ends."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}
_ARTICLES = {"integer": "an integer", "object": "an object", "array": "a list", "null": "null"}
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one member of what was sent; ``field`` is such as ``tags[3]``, "" for the whole."""

    field: str
    reason: str


def line(maximum: int, minimum: int = 0) -> dict[str, JSON]:
    """A text on one line, without control characters."""
    return _text(minimum, maximum, r"^[^\x00-\x1f\x7f]*$")


def lines(maximum: int) -> dict[str, JSON]:
    """A text that may have several lines."""
    return _text(0, maximum, r"^[^\x00]*$")


def _text(minimum: int, maximum: int, pattern: str) -> dict[str, JSON]:
    least = {"minLength": minimum} if minimum else {}
    return {"type": "string", **least, "maxLength": maximum, "pattern": pattern}


def nullable(schema: Schema) -> dict[str, JSON]:
    """The same, or null."""
    widened = {**schema, "type": [schema["type"], "null"]}
    return widened | ({"enum": [*schema["enum"], None]} if "enum" in schema else {})


def objects(properties: Mapping[str, Schema], required: Sequence[str] = (), **more: JSON) -> dict[str, JSON]:
    """A body: an object with these members and no others."""
    wanted = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **wanted, "additionalProperties": False, **more}


def moment(text: str) -> datetime:
    """The time, in UTC, that an RFC 3339 text tells; raises `ValueError`."""
    if not _RFC_3339.fullmatch(text):
        raise ValueError("must be a time such as 2026-11-23T19:30:00Z")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is a time that does not exist") from None


def errors(value: JSON, schema: Schema, where: str = "") -> Iterator[FieldError]:
    """All that is wrong with a value; nothing where it is as the schema says."""
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind = next((name for name in names if type(value) in _TYPES[name]), None)
    if kind is None:
        yield FieldError(where, "must be " + " or ".join(_ARTICLES.get(name, f"a {name}") for name in names))
    elif "enum" in schema and value not in schema["enum"]:
        yield FieldError(where, "must be one of " + ", ".join(filter(None, schema["enum"])))
    elif kind in _CHECKS:
        yield from _CHECKS[kind](value, schema, where)


def whole(value: JSON, schema: Schema) -> JSON:
    """The same value, in which 5.0 is 5 where an integer is meant: in JSON Schema they are one."""
    if isinstance(value, float):
        kinds = schema.get("type", ())
        return int(value) if value.is_integer() and "integer" in kinds and "number" not in kinds else value
    if isinstance(value, list) and "items" in schema:
        return [whole(item, schema["items"]) for item in value]
    if isinstance(value, dict):
        known, other = schema.get("properties", {}), schema.get("additionalProperties")
        rest = other if isinstance(other, Mapping) else {}
        return {name: whole(member, known.get(name, rest)) for name, member in value.items()}
    return value


def _string(value: str, schema: Schema, where: str) -> Iterator[FieldError]:
    least = schema.get("minLength", 0)
    if len(value) < least:
        yield FieldError(
            where, "must not be empty" if least == 1 else f"must not be shorter than {least} characters"
        )
    elif len(value) > schema.get("maxLength", len(value)):
        yield FieldError(where, f"must not be longer than {schema['maxLength']} characters")
    elif not _fits(value, schema.get("pattern")):
        yield FieldError(where, f"must match {schema['pattern']}")
    elif schema.get("format") == "date-time":
        try:
            moment(value)
        except ValueError as error:
            yield FieldError(where, str(error))


def _fits(value: str, pattern: str | None) -> bool:
    # In JSON Schema "$" is the very end, in Python it is also before a line's end.
    return pattern is None or bool(
        re.fullmatch(pattern.removeprefix("^").removesuffix("$"), value, re.DOTALL)
    )


def _number(value: float, schema: Schema, where: str) -> Iterator[FieldError]:
    least, most = schema.get("minimum", value), schema.get("maximum", value)
    if not least <= value <= most:
        yield FieldError(where, f"must be between {least} and {most}")


def _array(value: list[JSON], schema: Schema, where: str) -> Iterator[FieldError]:
    if len(value) > schema.get("maxItems", len(value)):
        yield FieldError(where, f"must not have more than {schema['maxItems']} items")
        return
    for number, item in enumerate(value):
        yield from errors(item, schema["items"], f"{where}[{number}]")


def _object(value: dict[str, JSON], schema: Schema, where: str) -> Iterator[FieldError]:
    known: Mapping[str, Schema] = schema.get("properties", {})
    prefix = f"{where}." if where else ""
    for name in schema.get("required", ()):
        if name not in value:
            yield FieldError(prefix + name, "missing")
    if len(value) < schema.get("minProperties", 0):
        yield FieldError(where, f"must have at least one of: {', '.join(known)}")
    for name, member in value.items():
        if name in known:
            yield from errors(member, known[name], prefix + name)
        elif isinstance(schema.get("additionalProperties"), Mapping):
            yield from errors(member, schema["additionalProperties"], prefix + name)
        elif "additionalProperties" in schema:
            yield FieldError(prefix + name, "unknown" + (f"; known: {', '.join(known)}" if known else ""))


_CHECKS: Mapping[str, Callable[[Any, Schema, str], Iterator[FieldError]]] = {
    "string": _string,
    "integer": _number,
    "number": _number,
    "array": _array,
    "object": _object,
}
