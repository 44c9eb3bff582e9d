"""What data models say of each object or parameter, in a form to be looked up.

A definition goes by a *pattern*: the path with ``{i}`` for every instance.  Service objects may stand below
either root, "Device.Services.VoiceService.1.", and their models name neither: their patterns begin with a
dot, ".Services.VoiceService.{i}.", as elsewhere what is below whichever root object does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct, json

from acs.cwmp.modelfile import Model, ModelItem, ModelObject, ModelParameter, ModelReader
from acs.cwmp.modeltypes import ModelError, Syntax
from acs.cwmp.paths import MAX_LENGTH, generic

__all__ = ["MOST_BYTES", "Definition", "Described", "best", "pattern", "rank", "read_models"]

MOST_DEFINITIONS = 50_000
MOST_BYTES = 64 << 20
"""How long a file may be that is read from afar."""
MOST_MODELS = 16
"""How many a file may bring."""
LONGEST = 65_536
"""Bytes of one definition."""

_SERVICES = re.compile(r"[^.]+(\.Services\..*)", re.DOTALL)
_PATTERN = re.compile(r"(?:\.Services\.)?(?:[^\W\d][\w-]*\.(?:\{i\}\.)?)*(?:[^\W\d][\w-]*)?")
_MODEL = re.compile(r"([A-Za-z_][\w-]{0,80}):([0-9]{1,3})\.([0-9]{1,6})", re.ASCII)
_ACCESS = ("readOnly", "readWrite", "writeOnceReadOnly")
_GONE = "deleted"
_WHOLE_NUMBERS = range(-(2**63), 2**64)


class Definition(Struct, frozen=True, omit_defaults=True):
    """What the data model ``model``, "Device:2.11", says of the object or parameter of a pattern.

    ``syntax`` is None for an object.  The rest as `acs.cwmp.modelfile.ModelParameter` and `ModelObject` have
    it.
    """

    path: str = ""
    model: str = ""
    access: str = "readOnly"
    syntax: Syntax | None = None
    default: str | None = None
    default_type: str = ""
    hidden: bool = False
    forced_inform: bool = False
    active_notify: str = "normal"
    status: str = "current"
    min_entries: int = 1
    max_entries: int | None = 1

    @property
    def kind(self) -> str:
        """``object`` or ``parameter``."""
        return "object" if self.syntax is None else "parameter"

    @property
    def type(self) -> str:
        """The type to set it with, ``xsd:unsignedInt``; "" for an object."""
        return "" if self.syntax is None else f"xsd:{self.syntax.xsd}"


class Described(Struct, frozen=True):
    """A data model with all that it says."""

    name: str
    is_service: bool
    definitions: tuple[Definition, ...]


def pattern(path: str) -> str:
    """The pattern of the definitions of a path, whole or not: "Device.WiFi.SSID.1.SSID",
    "Device.WiFi.SSID.{i}.SSID"."""
    found = generic(path)
    below = _SERVICES.fullmatch(found)
    return below[1] if below else found


def read_models(pieces: Iterable[bytes]) -> list[Described]:
    """The data models of a file that comes in pieces, without what they say was deleted.

    Raises `ModelError`, also where it is more than anybody needs.
    """
    reader = ModelReader(services=".Services.")
    found: dict[str, tuple[bool, dict[str, Definition]]] = {}
    for item in _items(reader, pieces):
        if isinstance(item, Model):
            current = _begin(item, found)
        elif item.status != _GONE:
            definition = _checked(_definition(item, current))
            found[current][1][definition.path] = definition
            if sum(len(each) for _, each in found.values()) > MOST_DEFINITIONS:
                raise ModelError(f"has more than {MOST_DEFINITIONS:,} objects and parameters")
    if not any(each for _, each in found.values()):
        raise ModelError("describes no object and no parameter")
    return [Described(name, service, tuple(each.values())) for name, (service, each) in found.items()]


def _items(reader: ModelReader, pieces: Iterable[bytes]) -> Iterator[ModelItem]:
    for piece in pieces:
        yield from reader.feed(piece)
    yield from reader.close()


def _begin(model: Model, found: dict[str, tuple[bool, dict[str, Definition]]]) -> str:
    if not _MODEL.fullmatch(model.name):
        raise ModelError(f"the model's name is {model.name[:64]!r}, which is not such as 'Device:2.11'")
    if model.name in found or len(found) >= MOST_MODELS:
        raise ModelError(f"has {model.name} twice, or more than {MOST_MODELS} models")
    found[model.name] = model.is_service, {}
    return model.name


def _definition(item: ModelObject | ModelParameter, model: str) -> Definition:
    path = pattern(item.path)
    if isinstance(item, ModelObject):
        return Definition(
            path,
            model,
            item.access,
            status=item.status,
            min_entries=item.min_entries,
            max_entries=item.max_entries,
        )
    return Definition(
        path,
        model,
        item.access,
        item.syntax,
        item.default,
        item.default_type,
        item.hidden,
        item.forced_inform,
        item.active_notify,
        item.status,
    )


def _checked(definition: Definition) -> Definition:
    path = definition.path
    if len(path) > MAX_LENGTH or not path or not _PATTERN.fullmatch(path):
        raise ModelError(f"has {path[:100]!r}, which is no path")
    if path.endswith(".") is not (definition.syntax is None):
        raise ModelError(f"{path}: an object ends with a dot, and nothing else does")
    if definition.access not in _ACCESS:
        raise ModelError(f"{path}: access is none of {', '.join(_ACCESS)}")
    if len(json.encode(definition)) > LONGEST or not all(n in _WHOLE_NUMBERS for n in _numbers(definition)):
        raise ModelError(f"{path}: has too many values, or too large ones")
    return definition


def _numbers(definition: Definition) -> Iterator[int]:
    syntax = definition.syntax or Syntax()
    bounds = (bound for span in (*syntax.sizes, *syntax.ranges) for bound in (span.minimum, span.maximum))
    yield from (n for n in (*bounds, definition.min_entries, definition.max_entries) if n is not None)


def rank(model: str, wanted: str) -> tuple[int, int, int]:
    """How far a data model is from those that a device names (such as "Device:2.11 VoiceService:1.0"): the
    same one is the least, then later ones of the same major version, then earlier ones, then all others."""
    match = _MODEL.fullmatch(model)
    if match is None:
        return 4, 0, 0
    name, major, minor = match[1], int(match[2]), int(match[3])
    for other in _MODEL.finditer(wanted):
        if (other[1], int(other[2])) == (name, major):
            step = minor - int(other[3])
            return (0 if step == 0 else 1 if step > 0 else 2), abs(step), 0
    return 3, -major, -minor


def best(definitions: Iterable[Definition], wanted: str) -> Definition | None:
    """The definition that speaks for a device with these data models; None of none."""
    return min(definitions, key=lambda each: rank(each.model, wanted), default=None)
