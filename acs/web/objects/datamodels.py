"""The objects of the API that tell of data models."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from acs.cwmp.definitions import Definition
from acs.cwmp.modeltypes import Span, Syntax
from acs.web.objects.shapes import (
    COUNT,
    FLAG,
    KNOWN,
    LIST,
    NUMBER,
    OPTIONAL,
    TEXT,
    TIME,
    Kind,
    Member,
    Shape,
    one_of,
)
from acs.web.serving.schema import JSON


def _spans(spans: Iterable[Span]) -> JSON:
    return [{"minimum": span.minimum, "maximum": span.maximum} for span in spans]


_SPANS = Kind(
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "minimum": {"type": ["integer", "null"]},
                "maximum": {"type": ["integer", "null"]},
            },
            "required": ["minimum", "maximum"],
        },
    },
    _spans,
)


def _of_syntax(name: str) -> Callable[[Definition], Any]:
    """A member of the definition's syntax; an object has an empty one."""
    return lambda definition: getattr(definition.syntax or _NO_SYNTAX, name)


_NO_SYNTAX = Syntax()
_SAID = (
    Member("model", TEXT, description="The data model that says so, such as Device:2.11."),
    Member("access", one_of("readOnly", "readWrite", "writeOnceReadOnly")),
    Member("type", KNOWN, description="XML Schema type, such as xsd:string; null of an object."),
    Member("data_type", KNOWN, _of_syntax("named"), "The named data type, such as IPAddress."),
    Member("list", FLAG, _of_syntax("list"), "Whether it is a list, with commas between."),
    Member("units", KNOWN, _of_syntax("units")),
    Member("enumeration", LIST, _of_syntax("enumeration"), "The values that there are; empty: any."),
    Member("ranges", _SPANS, _of_syntax("ranges"), "A number is in one of them."),
    Member("sizes", _SPANS, _of_syntax("sizes"), "Its length, in characters or bytes, is in one of them."),
    Member("default", OPTIONAL),
    Member("default_type", KNOWN, description="When that holds: object, factory or implementation."),
    Member("hidden", FLAG, description="Whether it reads as empty, whatever it is."),
    Member("forced_inform", FLAG, description="Whether every Inform has it."),
    Member("active_notify", TEXT),
    Member("status", TEXT, description="current, deprecated or obsoleted."),
)
DEFINITION = Shape(
    "Definition",
    (
        Member(
            "path",
            TEXT,
            description="With `{i}` for instances; an object's ends in a dot.",
        ),
        Member("kind", one_of("object", "parameter")),
        *_SAID,
        Member("min_entries", NUMBER, description="Of an object: how many there are at least."),
        Member("max_entries", COUNT, description="And at most; null: any number."),
    ),
)
_OF_PARAMETER = Shape("", _SAID)


def _modelled(definition: Definition | None) -> JSON:
    return None if definition is None else _OF_PARAMETER.write(definition)


MODELLED = Kind({**_OF_PARAMETER.schema, "type": ["object", "null"]}, _modelled)
"""The definition of a parameter as a member of that; None as null."""


DATA_MODEL = Shape(
    "DataModel",
    (
        Member("name", TEXT, description="With its version, such as Device:2.11."),
        Member("is_service", FLAG, description="Of a service: its paths begin at `.Services.`."),
        Member("objects", NUMBER),
        Member("parameters", NUMBER),
        Member("forced_inform", LIST, description="What every Inform has."),
        Member("imported", TIME),
        Member("imported_by", KNOWN),
    ),
)
