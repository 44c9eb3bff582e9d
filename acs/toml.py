"""Reads a TOML document into the dataclasses that declare its keys.

Every problem found in it is named.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from acs.settings import Form, Key, Table, a_kind, keys_of, place_of, text

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file; ``key`` is its dotted place, or a line that is not TOML."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        line = ": ".join(part for part in (self.file, self.key, self.reason) if part)
        return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line)


class ConfigError(Exception):
    """A configuration that is not to be used; ``problems`` has all that is wrong, a line each."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def parse(file: str) -> dict[str, Any]:
    """The document in a file; raises `ConfigError` where it cannot be read or is not TOML."""
    try:
        return tomllib.loads(Path(file).read_bytes().decode("utf-8"))
    except OSError as error:
        problem = Problem(file, "", f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        problem = Problem(file, "", f"is not UTF-8 (at byte {error.start})")
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).removesuffix(")").rpartition(" (at ")
        problem = Problem(file, place, f"not TOML: {reason}")
    raise ConfigError([problem])


class Reader:
    """Reads tables of one file; what is wrong goes to ``problems``, and the default stands in for it.

    Paths in the file are relative to ``folder``.
    """

    def __init__(self, file: str, folder: Path) -> None:
        self.file = file
        self.folder = folder
        self.problems: list[Problem] = []

    def wrong(self, place: str, reason: str) -> None:
        """Note a problem with the key at ``place``."""
        self.problems.append(Problem(self.file, place, reason))

    def table(self, shape: type[T], given: object, where: str = "") -> T:
        """A value of the given dataclass, out of a table of the document."""
        if not isinstance(given, dict):
            self.wrong(where, f"must be a table, not {a_kind(given)}")
            given = {}
        declared = keys_of(shape)
        self._refuse_unknown(declared, given, where)
        return shape(**{name: self._value(name, each, given, where) for name, each in declared.items()})

    def _refuse_unknown(self, declared: Mapping[str, Key], given: Mapping[str, object], where: str) -> None:
        known = [*declared, *(name + "_file" for name, each in declared.items() if each.is_secret)]
        for name in given:
            if name not in known:
                close = "".join(f"; did you mean {each}?" for each in get_close_matches(name, known, 1))
                self.wrong(place_of(where, name), "unknown key" + close)

    def _value(self, name: str, declared: Key, given: Mapping[str, object], where: str) -> object:
        place = place_of(where, name)
        if isinstance(declared.kind, Table):
            return self._tables(declared.kind, given.get(name, declared.kind.absent), place)
        try:
            raw = self._raw(name, declared, given, place)
            value = declared.default if raw is None else declared.kind.read(raw)
        except ValueError as wrong:
            self.wrong(place, str(wrong))
            value = declared.default
        return self.folder / value if isinstance(value, Path) else value

    def _tables(self, kind: Table, given: object, place: str) -> object:
        if kind.form is Form.ONE:
            return self.table(kind.shape, given, place)
        if kind.form is Form.LIST:
            listed = self._must_be(list, f"an array of tables, [[{place}]]", given, place)
            return tuple(self.table(kind.shape, each, f"{place}[{n}]") for n, each in enumerate(listed))
        by_name = {kind.name: {}, **self._must_be(dict, "a table", given, place)}
        return MappingProxyType(
            {name: self.table(kind.shape, each, place_of(place, name)) for name, each in by_name.items()}
        )

    def _must_be(self, kind: type[T], called: str, given: object, place: str) -> T:
        if isinstance(given, kind):
            return given
        self.wrong(place, f"must be {called}, not {a_kind(given)}")
        return kind()

    def _raw(self, name: str, declared: Key, given: Mapping[str, object], place: str) -> object | None:
        """What stands in the table for a key, or, for a secret, in the file that the table names instead."""
        path = given.get(name + "_file", "") if declared.is_secret else ""
        if path == "":
            return given.get(name)
        if given.get(name, "") != "":
            raise ValueError(f"is given twice: here and in {name}_file")
        try:
            return _read_secret(self.folder / text(path))
        except ValueError as wrong:
            self.wrong(place + "_file", str(wrong))
            return None


def _read_secret(path: Path) -> str:
    """A secret as it stands in a file, without the newline that ends it."""
    try:
        held = path.read_bytes().decode("utf-8").rstrip("\r\n")
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8") from error
    if not held:
        raise ValueError(f"{path} is empty")
    return held
