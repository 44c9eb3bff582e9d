"""One request as a route sees it, checked in all its parts.

They are who asks, and its path, query and body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import quote, unquote_to_bytes, urlencode

import orjson

from acs.web.people.authentication import NOBODY, Principal
from acs.web.serving.incoming import Incoming
from acs.web.serving.peers import NO_PEER, Peer
from acs.web.serving.problems import Problem
from acs.web.serving.schema import JSON, FieldError, Schema, errors, whole

_MAX_PARAMS = 50
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_JSON_TYPE = re.compile(r"application/json[ \t]*(;.*)?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of the query, or a header; its schema is that of one string, integer or boolean."""

    name: str
    schema: Schema
    description: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """The body that a route takes: JSON, or with ``media_types`` a file of one of these, as it was sent.

    ``described`` is what the description says of it, where that is finer than what ``schema`` enforces.
    With ``streamed`` it is whatever bytes are sent, of any type, at most so many, read while they come.
    """

    schema: Schema
    required: bool = True
    described: Schema | None = None
    media_types: tuple[str, ...] = ()
    streamed: int = 0


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the URL: as it was sent, and unquoted."""

    raw: str
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """``target`` is the raw path; ``query`` has every parameter that was given or has a default, as text,
    integer or boolean; ``given`` the query's pieces as they were sent; ``headers`` those that the route looks
    at; ``incoming`` a body that is streamed; ``peer`` is from where it comes."""

    target: str
    path: Mapping[str, Segment]
    principal: Principal = NOBODY
    query: Mapping[str, JSON] = field(default_factory=dict)
    given: Mapping[str, Segment] = field(default_factory=dict)
    body: JSON = None
    headers: Mapping[str, str] = field(default_factory=dict)
    incoming: Incoming | None = None
    peer: Peer = NO_PEER

    def reference(self, cursor: str) -> str:
        """The same request's target, from another cursor on."""
        query = {name: piece.text for name, piece in self.given.items()} | {"cursor": cursor}
        return f"{quote(self.target, safe='/%:@!$&()*+,;=')}?{urlencode(query, quote_via=quote)}"


# The query


def read_query(
    raw: str, params: Iterable[Param], lenient: bool = False
) -> tuple[dict[str, JSON], dict[str, Segment]]:
    """The query's values and its pieces; raises `Problem` 400 naming every parameter that is wrong.  If
    ``lenient``, one that is not known is passed over."""
    declared = {param.name: param.schema for param in params}
    given = _pieces(raw)
    query = {name: schema["default"] for name, schema in declared.items() if "default" in schema}
    wrong: list[FieldError] = []
    for name, piece in given.items():
        if name in declared:
            query[name] = _typed(piece.text, declared[name]["type"])
            wrong += errors(query[name], declared[name], name)
        elif not lenient:
            wrong.append(
                FieldError(name, "unknown" + (f"; known: {', '.join(declared)}" if declared else ""))
            )
    if wrong:
        _refuse_query(*wrong)
    return query, given


def _pieces(raw: str) -> dict[str, Segment]:
    pieces = [piece for piece in raw.split("&") if piece]
    if len(pieces) > _MAX_PARAMS:
        _refuse_query(FieldError("", f"more than {_MAX_PARAMS} parameters"))
    given: dict[str, Segment] = {}
    for piece in pieces:
        name, _, value = piece.partition("=")
        name = _unquoted(name)
        if name in given:
            _refuse_query(FieldError(name, "given twice"))
        given[name] = Segment(value, _unquoted(value))
    return given


def _unquoted(raw: str) -> str:
    try:
        text = unquote_to_bytes(raw.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError:
        _refuse_query(FieldError("", "not UTF-8"))
    if "\0" in text:
        _refuse_query(FieldError("", "holds a NUL"))
    return text


def _typed(text: str, kind: str) -> JSON:
    """The value that a text stands for; the text itself where it is none of that type, for the check to
    refuse."""
    if kind == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _refuse_query(*wrong: FieldError) -> NoReturn:
    raise Problem(400, "the query is wrong", wrong)


# The body


def read_body(body: Body, content: bytes, content_types: Sequence[str]) -> JSON:
    """The body's value, None where there is none and need not be; raises `Problem` 400 or 415."""
    if not content and not body.required:
        return None
    if body.media_types:
        return _file(body.media_types, content, content_types)
    if len(content_types) != 1 or not _JSON_TYPE.fullmatch(content_types[0].strip()):
        raise Problem(415, "the body must be JSON, with Content-Type: application/json")
    value = whole(_parsed(content), body.schema)
    if wrong := tuple(errors(value, body.schema)):
        raise Problem(400, "the body is wrong", wrong)
    return value


def _file(wanted: Sequence[str], content: bytes, content_types: Sequence[str]) -> bytes:
    given = [each.partition(";")[0].strip().lower() for each in content_types]
    if len(given) != 1 or given[0] not in wanted:
        raise Problem(415, f"the body must be a file, with Content-Type: {' or '.join(wanted)}")
    if not content:
        raise Problem(400, "the body is empty")
    return content


def _parsed(content: bytes) -> JSON:
    if _NUL.search(content):
        raise Problem(400, "the body holds a NUL character")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise Problem(400, f"the body is not JSON: {error}") from None
