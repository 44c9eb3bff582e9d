"""Finds single parameters in a device's document, or replaces them there, without reading all of it.

A document is the JSON that `acs.store.parameters` writes, to the byte: a list of parameters, each a list that
begins with its name.  A quote that stands for itself in it begins or ends a string, and before a plain name
it cannot be the end of one: what follows that is a comma or a bracket.  So ``],["NAME",`` is the parameter of
that name and nothing that a device may have put into a value.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from msgspec import json
from msgspec.structs import astuple

from acs.store.records import Parameter
from acs.store.vault import json_bytes

_MOST = 16  # so many are looked for one by one: with more it is as quick to read all
_PLAIN = re.compile(r"[\w.-]+", re.ASCII)
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_REST = re.compile(rb'(?:[^"\[\]]++|%s|\[(?:[^"\]]++|%s)*+\])*+\]' % (_STRING, _STRING))
_READER = json.Decoder(Parameter)


def is_patchable(document: bytes, names: Collection[str]) -> bool:
    """Whether parameters of these names are found and replaced so, and soon enough."""
    return len(names) <= _MOST and document.startswith(b"[[") and all(map(_PLAIN.fullmatch, names))


def find(document: bytes, name: str) -> Parameter | None:
    """The parameter of a name."""
    start, end = _place(document, name)
    return _READER.decode(document[start:end]) if start < end else None


def patched(document: bytes, parameter: Parameter) -> bytes:
    """The document with this parameter in place of what has its name, or behind all others."""
    start, end = _place(document, parameter.name)
    comma = b"" if start < end else b","
    return b"".join((document[:start], comma, json_bytes(astuple(parameter)), document[end:]))


def _place(document: bytes, name: str) -> tuple[int, int]:
    """Where it begins and ends; both at the end of the others where there is none."""
    beginning = b'["%s",' % name.encode()
    start = 1
    if not document.startswith(beginning, start):
        before = document.find(b"]," + beginning)
        if before < 0:
            return len(document) - 1, len(document) - 1
        start = before + 2
    rest = _REST.match(document, start + 1)
    assert rest is not None, "whoever has written the document has ended it"
    return start, rest.end()
