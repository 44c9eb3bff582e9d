"""What a message or structure declares of its fields, as a list that the codecs walk."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from msgspec import NODEFAULT, structs

from acs.cwmp.types import Leaf, Repeated, Several

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Field:
    """One argument, in wire order.

    ``leaf`` is set for a simple type (and for an array of simple items), ``structs`` for a structure, or for
    the structures that an array may hold.  ``array`` is None unless there may be several.  ``optional``: may
    be absent on the wire.  ``required``: must be given in the JSON form.
    """

    name: str
    leaf: Leaf | None
    structs: tuple[type, ...]
    array: Several | None
    optional: bool
    required: bool
    default: Any

    @property
    def repeated(self) -> bool:
        """True for an element that occurs any number of times, as against one that holds an array."""
        return isinstance(self.array, Repeated)

    @property
    def nothing(self) -> Any:
        """What stands for this field where a device left it out."""
        if not self.required:
            return self.default
        if self.array is not None:
            return ()
        if self.leaf is not None:
            return self.leaf.python()
        return empty(self.structs[0])


def per_class(make: Callable[[type], V]) -> Callable[[type], V]:
    """``make``, called but once for each class."""
    return cache(make)


@per_class
def fields_of(cls: type) -> tuple[Field, ...]:
    """The declared fields of a message or structure, in wire order."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return tuple(_field(declared, hints[declared.name]) for declared in structs.fields(cls))


def empty(cls: type) -> Any:
    """A structure of which a device sent nothing."""
    return cls(**{field.name: field.nothing for field in fields_of(cls)})


def _field(declared: structs.FieldInfo, hint: Any) -> Field:
    required = declared.default is NODEFAULT
    options = [option for option in _members(hint) if option is not type(None)]
    optional = len(options) == 1 and options != [hint]
    leaf, structs, array = _type(options[0] if optional else hint)
    default = None if required else declared.default
    return Field(declared.name, leaf, structs, array, optional, required, default)


def _type(hint: Any) -> tuple[Leaf | None, tuple[type, ...], Several | None]:
    """An annotation taken apart: simple type, structures, kind of array."""
    for mark in getattr(hint, "__metadata__", ()):
        if isinstance(mark, Leaf):
            return mark, (), None
        if isinstance(mark, Several):
            item = typing.get_args(typing.get_args(hint)[0])[0]
            leaf, structs, _ = _type(item)
            return leaf, structs, mark
    return None, tuple(_members(hint)), None


def _members(hint: Any) -> Iterator[Any]:
    """The alternatives of a union; the type itself where it is none."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        yield from typing.get_args(hint)
    else:
        yield hint
