"""Reads GenieACS's exports: JSON of its interface or of mongoexport, CSV of its pages."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from acs.ctl.errors import CommandFailed

JSON = Any
Document = Mapping[str, JSON]

_EXTENDED = ("$date", "$numberLong", "$numberInt", "$numberDouble", "$oid")
_LONGEST_CELL = 1 << 20


def read_documents(path: Path) -> Iterator[Document]:
    """The documents of a file, one after the other; raises `CommandFailed`, OSError."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        try:
            first = _first_line(file)
            if first.lstrip()[:1] in ("[", "{", ""):
                yield from map(_plain, _json(path, chain([first], file)))
            else:
                yield from _rows(chain([first], file))
        except UnicodeDecodeError:
            raise CommandFailed(f"{path}: is no text in UTF-8") from None
        except RecursionError:
            raise CommandFailed(f"{path}: a document has too many parts in each other") from None
        except csv.Error as error:
            raise CommandFailed(f"{path}: {error}") from None


def _first_line(file: TextIO) -> str:
    for line in file:
        if line.strip():
            return line
    return ""


def _json(path: Path, lines: Iterator[str]) -> Iterator[Document]:
    """A document a line, with or without the signs of a list around them, or one list of them all."""
    for number, line in enumerate(lines):
        text = line.strip().rstrip(",")
        if text in ("", "[", "]", "[]"):
            continue
        try:
            yield _object(path, json.loads(text))
        except (ValueError, RecursionError):
            if number > 1:
                raise CommandFailed(f"{path}: the document at line {number + 1} is not JSON") from None
            yield from _whole(path, "".join(chain(["["] if number else [], [line], lines)))
            return


def _whole(path: Path, text: str) -> Iterator[Document]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise CommandFailed(f"{path}: is not JSON") from None
    for each in given if isinstance(given, list) else [given]:
        yield _object(path, each)


def _object(path: Path, given: JSON) -> Document:
    if not isinstance(given, dict):
        if isinstance(given, list) and all(isinstance(each, dict) for each in given):
            raise ValueError  # a list on one line: it is read as a whole
        raise CommandFailed(f"{path}: holds something else than documents")
    return given


def _plain(value: JSON) -> JSON:
    """A value without the way in which mongoexport writes times and numbers."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and (name := next(iter(value))) in _EXTENDED:
        return _extended(name, value[name])
    return {name: _plain(each) for name, each in value.items()}


def _extended(name: str, value: JSON) -> JSON:
    if name == "$date":
        milliseconds = _plain(value)
        if isinstance(milliseconds, int | float):
            return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat().replace("+00:00", "Z")
        return milliseconds
    if name == "$oid":
        return value
    number = float(value)
    return number if name == "$numberDouble" else int(value)


def _rows(lines: Iterator[str]) -> Iterator[Document]:
    """The rows of a table, as documents with its titles as their names."""
    csv.field_size_limit(_LONGEST_CELL)
    for row in csv.DictReader(lines):
        yield {
            "_row": {(name or "").strip(): (value or "") for name, value in row.items() if name is not None}
        }
