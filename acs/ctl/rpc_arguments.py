"""The arguments of an RPC on the command line: JSON, or a short form for the most frequent RPCs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from acs.ctl.errors import CommandFailed
from acs.ctl.words import document, is_document, pair

Words = Sequence[str]


def from_words(rpc: str, words: Words) -> dict[str, Any]:
    """The RPC's arguments as the API takes them.

    One word that is a JSON object, ``@FILE`` or ``-`` (standard input) is JSON.  Otherwise the short form:
    ``SetParameterValues NAME=VALUE...``, ``GetParameterValues NAME...``, ``GetParameterAttributes NAME...``,
    ``GetParameterNames PATH``, ``AddObject NAME``, ``DeleteObject NAME``.  Raises `CommandFailed`.
    """
    if not words:
        return {}
    if is_document(words) or (len(words) == 1 and words[0].startswith("{")):
        return _json(words)
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
