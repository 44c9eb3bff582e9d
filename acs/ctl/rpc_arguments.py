"""The arguments of an RPC on the command line: JSON, or a short form for diagnostics or frequent RPCs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from acs.ctl.errors import CommandFailed
from acs.ctl.words import document, is_document, pair
from acs.cwmp.diagnostics import DIAGNOSTICS
from acs.cwmp.fields import fields_of

Words = Sequence[str]


def from_words(rpc: str, words: Words) -> dict[str, Any]:
    """The RPC's arguments as the API takes them.

    One word that is a JSON object, ``@FILE`` or ``-`` (standard input) is JSON.  Otherwise the short form:
    ``SetParameterValues NAME=VALUE...``, ``GetParameterValues NAME...``, ``GetParameterAttributes NAME...``,
    ``GetParameterNames PATH``, ``AddObject NAME``, ``DeleteObject NAME``, ``NAME=VALUE...`` of a diagnostic's
    own arguments.  Raises `CommandFailed`.
    """
    if not words:
        return {}
    if is_document(words) or (len(words) == 1 and words[0].startswith("{")):
        return _json(words)
    if rpc in DIAGNOSTICS:
        return _members(rpc, words)
    short = _SHORT.get(rpc)
    if short is None:
        raise CommandFailed(f"the arguments of {rpc} must be a JSON object, @FILE or -", status=2)
    return short(words)


def _json(words: Words) -> dict[str, Any]:
    try:
        arguments = json.loads(document(words[0]) if is_document(words) else words[0])
    except ValueError as error:
        raise CommandFailed(f"the arguments are not JSON: {error}", status=2) from error
    if not isinstance(arguments, dict):
        raise CommandFailed("the arguments must be a JSON object", status=2)
    return arguments


def _values(words: Words) -> dict[str, Any]:
    return {"ParameterList": [{"Name": name, "Value": value} for name, value in map(pair, words)]}


def _members(rpc: str, words: Words) -> dict[str, Any]:
    """Each as JSON of the kind that it is declared to be; what is none of that is for the API to refuse."""
    kinds = {field.name: field.leaf.python for field in fields_of(DIAGNOSTICS[rpc].arguments) if field.leaf}
    return {name: _member(kinds.get(name, str), value) for name, value in map(pair, words)}


def _member(kind: type, value: str) -> Any:
    if kind is int and value.isascii() and value.isdecimal():
        return int(value)
    return _FLAGS.get(value.lower(), value) if kind is bool else value


_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def _names(words: Words) -> dict[str, Any]:
    return {"ParameterNames": list(words)}


def _one(member: str) -> Callable[[Words], dict[str, Any]]:
    def only(words: Words) -> dict[str, Any]:
        if len(words) != 1:
            raise CommandFailed(f"one {member} is wanted, not {len(words)}", status=2)
        return {member: words[0]}

    return only


_SHORT: Mapping[str, Callable[[Words], dict[str, Any]]] = {
    "SetParameterValues": _values,
    "GetParameterValues": _names,
    "GetParameterAttributes": _names,
    "GetParameterNames": _one("ParameterPath"),
    "AddObject": _one("ObjectName"),
    "DeleteObject": _one("ObjectName"),
}
