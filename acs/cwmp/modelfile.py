"""A streaming reader of the Broadband Forum's data model files: bytes in, their items out.

Items are the models in a file, their objects and their parameters.

The files are instances of cwmp-datamodel-1-*.xsd (TR-106 Annex A).  Read are the flattened ones, named
``*-full.xml``; the others refer to one another with ``import``, ``component`` and ``base`` and say too little
alone: they are refused.  All that is wanted stands in attributes, so that an element is read as it opens and
let go as it closes, and a file of any size takes the memory of one parameter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import cast

from lxml import etree

from acs.cwmp.modeltypes import ModelError, Syntax, SyntaxReader, attribute, error_at, name_of, number


@dataclass(frozen=True, slots=True)
class Model:
    """The start of a model: "Device:2.11", or for a service "VoiceService:1.1".  A file may hold several."""

    name: str
    is_service: bool


@dataclass(frozen=True, slots=True)
class ModelObject:
    """An object, "Device.WiFi.SSID.{i}.": a table where the path ends with ``{i}.``, one of a kind elsewhere.

    ``access`` readWrite: AddObject and DeleteObject are allowed.  ``max_entries`` None: unbounded.
    ``num_entries_parameter`` is the name, in the object that holds the table, of the parameter that counts
    its instances.  ``status``: current, deprecated, obsoleted or deleted.
    """

    path: str
    access: str
    min_entries: int
    max_entries: int | None
    num_entries_parameter: str
    status: str


@dataclass(frozen=True, slots=True)
class ModelParameter:
    """A parameter, "Device.WiFi.SSID.{i}.SSID", without its description.

    ``access`` is readOnly, readWrite or writeOnceReadOnly; ``active_notify`` normal, canDeny, forceEnabled or
    forceDefaultEnabled.  ``default`` is None where the model gives none; ``default_type`` says when it holds:
    object (in a new instance), factory (after a factory reset) or implementation.  ``hidden``: reads as ""
    whatever it is set to.
    """

    path: str
    access: str
    syntax: Syntax
    default: str | None
    default_type: str
    hidden: bool
    forced_inform: bool
    active_notify: str
    status: str

    @property
    def type(self) -> str:
        """The XML Schema type that the value travels as, without ``xsd:``."""
        return self.syntax.xsd


ModelItem = Model | ModelObject | ModelParameter


class ModelReader:
    """Reads one file, in pieces of any size.

    ``types`` are data types that the file leaves to another one (see `read_types`); a type that nobody
    defines has the base that TR-106 gives it.  ``services`` is where the device keeps its service objects,
    "Device.Services.", to be put before a service model's paths ("VoiceService.{i}."), which begin nowhere of
    themselves.
    """

    def __init__(self, types: Mapping[str, Syntax] | None = None, services: str = "") -> None:
        self._elements = _Elements()
        self._types = _Types(types or {})
        self._services = services
        self._prefix = ""
        self._object = ""
        self._parameter: ModelParameter | None = None

    def feed(self, data: bytes) -> list[ModelItem]:
        """What ``data`` completes.  Raises `ModelError`; the reader is then of no more use."""
        return [item for event in self._elements.feed(data) for item in self._read(*event)]

    def close(self) -> list[ModelItem]:
        """The end of the file.  Raises `ModelError` if it came too early."""
        return [item for event in self._elements.close() for item in self._read(*event)]

    def _read(self, opens: bool, place: str, element: etree._Element) -> Iterator[ModelItem]:
        if opens:
            _refuse(place, element)
        if place == "document/model":
            if opens:
                yield self._model(element)
        elif place == "document/model/object":
            self._object = ""
            if opens:
                yield self._start_object(element)
        elif place in ("document/model/parameter", "document/model/object/parameter"):
            if opens:
                self._start_parameter(element)
            else:
                yield self._end_parameter()
        elif opens and self._parameter:
            self._in_parameter(self._parameter, place, element)
        else:
            self._types.read(opens, place, element)

    def _model(self, element: etree._Element) -> Model:
        is_service = element.get("isService") in ("true", "1")
        self._prefix = self._services if is_service else ""
        return Model(name_of(element), is_service)

    def _start_object(self, element: etree._Element) -> ModelObject:
        self._object = name_of(element)
        maximum = None if element.get("maxEntries") == "unbounded" else number(element, "maxEntries", 1)
        return ModelObject(
            path=self._prefix + self._object,
            access=element.get("access", "readOnly"),
            min_entries=number(element, "minEntries", 1),
            max_entries=maximum,
            num_entries_parameter=element.get("numEntriesParameter", ""),
            status=element.get("status", "current"),
        )

    def _start_parameter(self, element: etree._Element) -> None:
        self._types.syntax.start()
        self._parameter = ModelParameter(
            path=self._prefix + self._object + name_of(element),
            access=element.get("access", "readOnly"),
            syntax=Syntax(),
            default=None,
            default_type="",
            hidden=False,
            forced_inform=element.get("forcedInform") in ("true", "1"),
            active_notify=element.get("activeNotify", "normal"),
            status=element.get("status", "current"),
        )

    def _in_parameter(self, parameter: ModelParameter, place: str, element: etree._Element) -> None:
        if place.endswith("/parameter/syntax"):
            # What is "secured" is hidden too (cwmp-datamodel-1-15.xsd).
            hidden = any(element.get(name) in ("true", "1") for name in ("hidden", "secured"))
            self._parameter = replace(parameter, hidden=hidden)
        elif place.endswith("/syntax/default"):
            if element.get("status") != "deleted":
                default, kind = attribute(element, "value"), attribute(element, "type")
                self._parameter = replace(parameter, default=default, default_type=kind)
        else:
            self._types.syntax.read(place, element)

    def _end_parameter(self) -> ModelParameter:
        assert self._parameter is not None
        parameter = replace(self._parameter, syntax=self._types.syntax.finish())
        self._parameter = None
        return parameter


def read_types(data: bytes) -> dict[str, Syntax]:
    """The named data types that a whole file defines, such as tr-106-types.xml.  Raises `ModelError`.

    That file declares entities for its patterns.  They are not expanded, and patterns are not read.
    """
    elements, types = _Elements(doctype=True), _Types({})
    for event in chain(elements.feed(data), elements.close()):
        types.read(*event)
    return types.defined


def _refuse(place: str, element: etree._Element) -> None:
    """Refuse a file that is only a part of a model."""
    name = place.rpartition("/")[2]
    foreign = name in ("import", "component")
    foreign = foreign or (name in ("model", "object", "parameter") and element.get("base") is not None)
    if foreign and "/profile" not in place:
        raise error_at(element, f"not a full model: {name} refers to another file")


class _Types:
    """The named data types known so far, and the definition being read."""

    def __init__(self, known: Mapping[str, Syntax]) -> None:
        self.defined = dict(known)
        self.syntax = SyntaxReader(self.defined)
        self._name = ""

    def read(self, opens: bool, place: str, element: etree._Element) -> None:
        if place == "document/dataType":
            if opens:
                self._name = name_of(element)
                self.syntax.start(element.get("base"))
            else:
                self.defined[self._name] = self.syntax.finish()
        elif opens and place.startswith("document/dataType/"):
            self.syntax.read(place, element)


_SLICE = 65536  # bytes


class _Elements:
    """The elements of a document as they open and close: (opens?, "document/model/object", element).

    An element's content is gone once it has closed, and so are those that closed before it.
    """

    def __init__(self, doctype: bool = False) -> None:
        self._doctype = doctype
        self._places: list[str] = []
        self._parser = etree.XMLPullParser(
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )

    def feed(self, data: bytes) -> Iterator[tuple[bool, str, etree._Element]]:
        # In slices, as the parser builds all that it is fed before we see any of it.
        for start in range(0, len(data), _SLICE):
            try:
                self._parser.feed(data[start : start + _SLICE])
            except etree.XMLSyntaxError as error:
                raise ModelError(error.msg or "not XML", error.lineno) from error
            yield from self._events()

    def close(self) -> Iterator[tuple[bool, str, etree._Element]]:
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            raise ModelError(error.msg or "not XML", error.lineno) from error
        yield from self._events()

    def _events(self) -> Iterator[tuple[bool, str, etree._Element]]:
        for event, subject in self._parser.read_events():
            element = cast("etree._Element", subject)
            if event == "start":
                yield True, self._open(element), element
            else:
                yield False, self._places.pop(), element
                _let_go(element)

    def _open(self, element: etree._Element) -> str:
        name = str(element.tag).rpartition("}")[2]
        if not self._places:
            if name != "document":
                raise error_at(element, f"not a data model file: the root element is {name[:64]!r}")
            if not self._doctype and element.getroottree().docinfo.internalDTD is not None:
                raise error_at(element, "has a document type declaration")
        self._places.append(f"{self._places[-1]}/{name}" if self._places else name)
        return self._places[-1]


def _let_go(element: etree._Element) -> None:
    # The parser may still add text behind the element itself, so that only its elder siblings leave the tree.
    element.clear()
    parent = element.getparent()
    while parent is not None and (elder := element.getprevious()) is not None:
        parent.remove(elder)
