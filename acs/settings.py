"""Declares the keys of a configuration file as fields of frozen dataclasses.

A field made by `setting`, `table`, `tables` or `named_tables` is a key of the file: its kind says what TOML
may hold there, what Python gets and how a wrong value is refused; its doc line is what the manual prints.
`acs.toml` reads files by these declarations, and the reference of all keys is made of them: a new key is one
new line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Secret(str):
    """A string that its `repr` does not show, so that a configuration may be printed and logged."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<secret>" if self else "''"


@dataclass(frozen=True, slots=True)
class Scalar(Generic[T]):
    """What a key holds: ``read`` turns what TOML gave into a value, or raises ValueError with the reason.

    A secret's reason never shows the value, and a secret may be given as the name of a file that holds it.
    """

    name: str
    read: Callable[[object], T]
    secret: bool = False


class Form(Enum):
    """How a table occurs in the file."""

    ONE = "table"
    LIST = "array of tables"
    NAMED = "tables by name"


@dataclass(frozen=True, slots=True)
class Table:
    """A key that holds tables of one shape; ``name`` is the one that exists even if not given.

    ``implied``: an array that the file does not give has one table, of defaults.
    """

    shape: type[Any]
    form: Form
    name: str = ""
    implied: bool = True

    @property
    def absent(self) -> object:
        """What a file that does not give the key is read as."""
        if self.form is not Form.LIST:
            return {}
        return [{}] if self.implied else []


@dataclass(frozen=True, slots=True)
class Key:
    """The declaration of one key, as it stands in its field's metadata."""

    kind: Scalar[Any] | Table
    doc: str
    default: Any = None

    @property
    def is_secret(self) -> bool:
        """Whether ``NAME_file`` may stand for the key."""
        return isinstance(self.kind, Scalar) and self.kind.secret


def setting(kind: Scalar[T], default: T, doc: str) -> T:
    """Declare a field that is a key with one value."""
    # By a factory, as dataclasses take no table for a default.
    declared: T = field(default_factory=lambda: default, metadata={"key": Key(kind, doc, default)})
    return declared


def table(shape: type[T], doc: str) -> T:
    """Declare a field that is a table."""
    declared: T = field(default_factory=shape, metadata={"key": Key(Table(shape, Form.ONE), doc)})
    return declared


def tables(shape: type[T], doc: str, implied: bool = True) -> tuple[T, ...]:
    """Declare a field that is an array of tables; where the file gives none, it is one table of defaults,
    or empty where none is ``implied``."""
    metadata = {"key": Key(Table(shape, Form.LIST, implied=implied), doc)}
    declared: tuple[T, ...] = field(default_factory=lambda: (shape(),) if implied else (), metadata=metadata)
    return declared


def named_tables(shape: type[T], name: str, doc: str) -> Mapping[str, T]:
    """Declare a field that holds tables by their names, of which the one called ``name`` always exists."""
    metadata = {"key": Key(Table(shape, Form.NAMED, name), doc)}
    declared: Mapping[str, T] = field(
        default_factory=lambda: MappingProxyType({name: shape()}), metadata=metadata
    )
    return declared


def keys_of(shape: type[Any]) -> dict[str, Key]:
    """The keys that a dataclass declares, by name, in the order of declaration."""
    return {each.name: each.metadata["key"] for each in fields(shape) if "key" in each.metadata}


def walk(value: object, where: str = "") -> Iterator[tuple[str, object, object]]:
    """All keys of a read dataclass: place, value, default."""
    for name, declared in keys_of(type(value)).items():
        held, place = getattr(value, name), place_of(where, name)
        if is_dataclass(held):
            yield from walk(held, place)
        elif not isinstance(declared.kind, Table):
            yield place, held, declared.default
        elif isinstance(held, Mapping):
            for each, inner in held.items():
                yield from walk(inner, place_of(place, each))
        else:
            for number, inner in enumerate(held):
                yield from walk(inner, f"{place}[{number}]")


def differing(one: object, other: object) -> list[str]:
    """The places of the keys that two values of one dataclass have differently, or that one has alone."""
    ones, others = ({place: value for place, value, _ in walk(each)} for each in (one, other))
    return sorted(place for place in {*ones, *others} if ones.get(place) != others.get(place))


@dataclass(frozen=True, slots=True)
class Described:
    """One line of the reference of keys; ``default`` is TOML, and empty for a table."""

    key: str
    kind: str
    default: str
    doc: str


def describe(shape: type[Any], where: str = "") -> Iterator[Described]:
    """Every table and key that a dataclass declares: ``cwmp[].endpoint``, ``verify.NAME.policy``."""
    suffix = {Form.ONE: "", Form.LIST: "[]", Form.NAMED: ".NAME"}
    for name, declared in keys_of(shape).items():
        place, kind = place_of(where, name), declared.kind
        if isinstance(kind, Table):
            place += suffix[kind.form]
            yield Described(place, kind.form.value, "", declared.doc)
            yield from describe(kind.shape, place)
        else:
            called = f"{kind.name}; or {name}_file" if kind.secret else kind.name
            default = "" if declared.default is None else declared.default
            yield Described(place, called, json.dumps(default, default=str), declared.doc)


def text(given: object) -> str:
    """A string, as TOML gave it."""
    if isinstance(given, str):
        return given
    raise ValueError(f"must be a string, not {a_kind(given)}")


def _flag(given: object) -> bool:
    if isinstance(given, bool):
        return given
    raise ValueError(f"must be true or false, not {a_kind(given)}")


def _path(given: object) -> Path | None:
    return Path(text(given)) if text(given) else None


def _directory(given: object) -> Path:
    if text(given):
        return Path(text(given))
    raise ValueError("must not be empty")


TEXT = Scalar("string", text)
FLAG = Scalar("boolean", _flag)
PATH: Scalar[Path | None] = Scalar("path", _path)
DIRECTORY = Scalar("path", _directory)


def integer(least: int, most: int) -> Scalar[int]:
    """An integer between two bounds, both allowed."""

    def read(given: object) -> int:
        if not isinstance(given, int) or isinstance(given, bool):
            raise ValueError(f"must be an integer, not {a_kind(given)}")
        if not least <= given <= most:
            raise ValueError(f"must be from {least} to {most}, not {given}")
        return given

    return Scalar(f"integer from {least} to {most}", read)


def choice(*names: str) -> Scalar[str]:
    """One of some words."""

    def read(given: object) -> str:
        if text(given) not in names:
            raise ValueError(f"must be one of {', '.join(names)}, not {given!r}")
        return text(given)

    return Scalar(" | ".join(names), read)


def checked(name: str, check: Callable[[str], object]) -> Scalar[str]:
    """A string that ``check`` accepts by not raising ValueError."""

    def read(given: object) -> str:
        check(text(given))
        return text(given)

    return Scalar(name, read)


def secret(kind: Scalar[str]) -> Scalar[Secret]:
    """The same string kept out of sight; the key may also be given as ``NAME_file``."""
    return Scalar(kind.name, lambda given: Secret(kind.read(given)), secret=True)


def array(name: str, item: Callable[[str], T]) -> Scalar[tuple[T, ...]]:
    """An array of strings, each made into a value by ``item``, which raises ValueError with the reason."""

    def read(given: object) -> tuple[T, ...]:
        if not isinstance(given, list):
            raise ValueError(f"must be an array, not {a_kind(given)}")
        made: list[T] = []
        reasons: list[str] = []
        for number, each in enumerate(given, 1):
            try:
                made.append(item(text(each)))
            except ValueError as wrong:
                reasons.append(f"item {number}: {wrong}")
        if reasons:
            raise ValueError("; ".join(reasons))
        return tuple(made)

    return Scalar(f"array of {name}", read)


def place_of(where: str, name: str) -> str:
    """The dotted place of a key, quoted where TOML would have it quoted."""
    name = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)
    return f"{where}.{name}" if where else name


_KINDS = {
    bool: "a boolean",
    int: "an integer",
    float: "a float",
    str: "a string",
    list: "an array",
    dict: "a table",
}


def a_kind(given: object) -> str:
    """What TOML calls a value, for a reason."""
    return _KINDS.get(type(given), "a date or time")
