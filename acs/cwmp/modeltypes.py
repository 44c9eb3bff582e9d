"""The syntax of a parameter in the Broadband Forum's data model files: types, facets, named data types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

# BuiltinTypeName in cwmp-datamodel-1-15.xsd.
_BUILT_IN = frozenset(
    ("any", "base64", "boolean", "dateTime", "decimal", "hexBinary", "integer", "int", "long")
    + ("string", "unsignedInt", "unsignedLong")
)
#: The named types of TR-106 that are no strings: what a file means that uses one and does not bring it.
_NUMERIC_TYPES = {
    "Dbm1000": "int",
    "Order": "unsignedInt",
    "PLMNId": "unsignedInt",
    "StatsCounter32": "unsignedInt",
    "StatsCounter64": "unsignedLong",
}
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}")


class ModelError(Exception):
    """A data model file cannot be read: ``reason``, and ``line`` where it is known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason, line)
        self.reason = reason
        self.line = line

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line is not None else self.reason


class Span(Struct, frozen=True, array_like=True):
    """From ``minimum`` to ``maximum``, both included; None leaves that side open."""

    minimum: int | None
    maximum: int | None

    def __contains__(self, value: int) -> bool:
        above = self.minimum is None or value >= self.minimum
        return above and (self.maximum is None or value <= self.maximum)


class Syntax(Struct, frozen=True, omit_defaults=True):
    """What a value may be.

    ``type`` is built-in ("string", "unsignedInt", "base64", ...); ``named`` the data type it came by
    ("IPAddress"), or "".  A value's length (in bytes for base64 and hexBinary) fits one of ``sizes``, a
    number one of ``ranges``, a text one of ``enumeration``; an empty tuple does not restrict.  With ``list``
    the value is a comma-separated list: ``type``, ``ranges`` and ``enumeration`` then hold for each item,
    ``sizes`` for the whole.
    """

    type: str = "string"
    named: str = ""
    list: bool = False
    units: str = ""
    sizes: tuple[Span, ...] = ()
    ranges: tuple[Span, ...] = ()
    enumeration: tuple[str, ...] = ()

    @property
    def xsd(self) -> str:
        """The XML Schema type that the value travels as, without ``xsd:``; a list is a string (TR-106)."""
        if self.list or self.type == "any":
            return "string"
        return "base64Binary" if self.type == "base64" else self.type


@dataclass(slots=True)
class _Facets:
    """The facets of one syntax, as they come in."""

    units: str = ""
    sizes: list[Span] = field(default_factory=list)
    ranges: list[Span] = field(default_factory=list)
    enumeration: list[str] = field(default_factory=list)


class SyntaxReader:
    """Puts a `Syntax` together from the elements that spell it; ``types`` are the named ones."""

    def __init__(self, types: Mapping[str, Syntax]) -> None:
        self._types = types
        self.start()

    def start(self, base: str | None = None) -> None:
        """Begin anew, from the named type ``base``."""
        self._syntax = self._named(base) if base else Syntax()
        self._facets = _Facets()

    def read(self, place: str, element: etree._Element) -> None:
        """Take in an element that opens at ``place``, a path of local names; others have no effect."""
        outer, name = place.split("/")[-2:]
        if name in _BUILT_IN:
            self._syntax = replace(self._syntax, type=name)
        elif name == "dataType":
            in_list = self._syntax.list
            self._syntax = self._named(element.get("ref") or attribute(element, "base"))
            if in_list:
                self._list()
        elif name == "list":
            self._list()
        elif element.get("status") != "deleted":
            self._facet(outer, name, element)

    def finish(self) -> Syntax:
        """The syntax: its own facets stand before the base type's, enumerations add up (TR-106 A.2.5)."""
        base, facets = self._syntax, self._facets
        return replace(
            base,
            units=facets.units or base.units,
            sizes=tuple(facets.sizes) or base.sizes,
            ranges=tuple(facets.ranges) or base.ranges,
            enumeration=tuple(dict.fromkeys((*base.enumeration, *facets.enumeration))),
        )

    def _list(self) -> None:
        # The sizes known until now are those of an item.
        self._syntax = replace(self._syntax, list=True, sizes=())

    def _facet(self, outer: str, name: str, element: etree._Element) -> None:
        facets = self._facets
        if name == "units":
            facets.units = attribute(element, "value")
        elif name == "enumeration":
            facets.enumeration.append(attribute(element, "value"))
        elif name == "size" and self._syntax.list == (outer == "list"):
            facets.sizes.append(_span(element, "minLength", "maxLength"))
        elif name == "range" and self._syntax.type != "decimal":
            facets.ranges.append(_span(element, "minInclusive", "maxInclusive"))

    def _named(self, name: str) -> Syntax:
        known = self._types.get(name)
        return replace(known, named=name) if known else Syntax(_NUMERIC_TYPES.get(name, "string"), name)


def error_at(element: etree._Element, reason: str) -> ModelError:
    """What is wrong with ``element``, ready to be raised."""
    return ModelError(reason, cast("int | None", element.sourceline))


def attribute(element: etree._Element, name: str) -> str:
    """An attribute that the schema requires, as it stands.  Raises `ModelError`."""
    value = element.get(name)
    if value is None:
        tag = str(element.tag).rpartition("}")[2]
        raise error_at(element, f"{tag} has no {name}")
    return value


def name_of(element: etree._Element) -> str:
    """The element's name; some of the Forum's end with a stray space.  Raises `ModelError`."""
    return attribute(element, "name").strip()


def number(element: etree._Element, name: str, default: int) -> int:
    """A whole number in an attribute, or ``default``.  Raises `ModelError`."""
    value = _bound(element, name)
    return default if value is None else value


def _bound(element: etree._Element, name: str) -> int | None:
    text = element.get(name)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text.strip()):
        raise error_at(element, f"{name} is not a whole number: {text[:40]!r}")
    return int(text)


def _span(element: etree._Element, minimum: str, maximum: str) -> Span:
    return Span(_bound(element, minimum), _bound(element, maximum))
