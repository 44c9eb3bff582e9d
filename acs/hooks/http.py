"""The operator's systems, asked over HTTP: one POST of JSON for each question."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
from msgspec import Struct, to_builtins
from msgspec.structs import replace
from twisted.internet.defer import CancelledError, TimeoutError
from twisted.internet.error import ConnectError
from twisted.web.client import (
    Agent,
    FileBodyProducer,
    HTTPConnectionPool,
    ResponseFailed,
)
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH

from acs.hooks.circuit import Circuit
from acs.hooks.errors import HookFailed
from acs.hooks.interface import ARGUMENTS
from acs.hooks.values import Subject
from acs.hooks.waiting import Clock, Guard
from acs.hypertext.errand import Errand
from acs.hypertext.whole import WholeBody

LONGEST_ANSWER = 1 << 20
"""In bytes."""
CONNECTIONS = 16
"""How many stay open when nothing is asked."""

ANSWERS: Mapping[str, str] = {
    "find_related": "related",
    "verify": "verified",
    "is_configurable": "configurable",
    "get_configuration": "parameters",
    "authorize_download": "authorized",
}
"""The member of an answer that says it, by hook; the others are told, and answer nothing."""

_FAILURES = (ConnectError, ConnectionError, CancelledError, ResponseFailed, TimeoutError)


def too_long() -> HookFailed:
    """What is said of an answer that is."""
    return HookFailed(f"it answers more than {LONGEST_ANSWER:,} bytes")


def pooled(reactor: Any, seconds: float) -> tuple[Any, HTTPConnectionPool]:
    """An agent that keeps its connections, and what it keeps them in."""
    pool = HTTPConnectionPool(reactor)  # type: ignore[no-untyped-call]
    pool.maxPersistentPerHost = CONNECTIONS
    return Agent(reactor, connectTimeout=seconds, pool=pool), pool  # type: ignore[no-untyped-call]


class Posting:
    """Asks one URL.  Redirections are not followed: what is asked is for that place alone.

    :param agent: a `twisted.web.iweb.IAgent`.
    :param url: with user name and password, where it has any, which are sent as Basic.
    :param seconds: how long an answer may take, a second try included.
    """

    def __init__(self, agent: Any, clock: Clock, url: str, seconds: float, circuit: Circuit) -> None:
        self._agent = agent
        self._guard = Guard(clock, seconds, circuit)
        parts = urlsplit(url)
        user, at, place = parts.netloc.rpartition("@")
        self._url = parts._replace(netloc=place, fragment="").geturl().encode("utf-8")
        self._headers = {b"Content-Type": [b"application/json"], b"Accept": [b"application/json"]}
        if at:
            pair = unquote(user).encode("utf-8")
            self._headers[b"Authorization"] = [b"Basic " + b64encode(pair)]

    async def ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """The object that is answered, empty for 204; raises `HookFailed`."""
        errand = Errand()
        return await self._guard.ask(self._twice(errand, orjson.dumps(question)), errand.stop)

    async def _twice(self, errand: Errand, said: bytes) -> Mapping[str, Any]:
        """A connection that was kept may be gone, and a server be just starting."""
        try:
            try:
                return await self._once(errand, said)
            except (ConnectError, ConnectionError, ResponseFailed):
                if errand.late:
                    raise
                return await self._once(errand, said)
        except _FAILURES as error:
            raise HookFailed(_reason(error)) from None

    async def _once(self, errand: Errand, said: bytes) -> Mapping[str, Any]:
        body = FileBodyProducer(BytesIO(said))  # type: ignore[no-untyped-call]
        asking = self._agent.request(b"POST", self._url, Headers(self._headers), body)
        answer = await errand.wait(asking)
        if answer.length is not UNKNOWN_LENGTH and answer.length > LONGEST_ANSWER:
            _discard(answer)
            raise too_long()
        reading = WholeBody(LONGEST_ANSWER, too_long)
        answer.deliverBody(reading)
        told = await errand.wait(reading.whole)
        if answer.code == 204:
            return {}
        if answer.code != 200:
            raise HookFailed(f"it answers {answer.code}")
        return _object(told)


def _discard(answer: Any) -> None:
    reading = WholeBody(LONGEST_ANSWER, too_long)
    reading.whole.addErrback(lambda _: None)
    answer.deliverBody(reading)
    reading.whole.cancel()


def _object(told: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(told)
    except orjson.JSONDecodeError:
        raise HookFailed("it answers what is not JSON") from None
    if not isinstance(found, dict):
        raise HookFailed("it answers JSON that is no object")
    return found


def _reason(error: Exception) -> str:
    if isinstance(error, ResponseFailed) and error.reasons:
        error = error.reasons[0].value
    return f"it cannot be reached: {error}" if str(error) else type(error).__name__


def question_of(hook: str, subject: Subject, *more: object) -> dict[str, Any]:
    """What is posted for a hook: ``{"hook": ..., "device": {...}}`` with the other arguments by name.  The
    device has ``parameters`` where a policy goes by some."""
    _, *names = ARGUMENTS[hook]
    device = to_builtins(replace(subject, parameters=dict(subject.parameters)))
    if not subject.parameters:
        del device["parameters"]
    said = {"hook": hook, "device": device}
    return said | {name: _plain(value) for name, value in zip(names, more, strict=True)}


def _plain(value: object) -> object:
    return to_builtins(value) if isinstance(value, Struct) else value


def answer_of(hook: str, told: Mapping[str, Any]) -> object:
    """What an answer says; raises `HookFailed` where it has no such member though one is needed."""
    member = ANSWERS.get(hook)
    if member is None or (member not in told and hook in ("find_related", "get_configuration")):
        return None
    if member not in told:
        raise HookFailed(f"it answers without {member!r}")
    return told[member]


class HttpHooks:
    """Asks a URL; it has the methods of `IHooks` that are ``named``."""

    name = "http"

    def __init__(self, posting: Posting, named: Iterable[str]) -> None:
        self._posting = posting
        for hook in named:
            setattr(self, hook, partial(self._ask, hook))

    async def _ask(self, hook: str, subject: Subject, *more: object) -> object:
        return answer_of(hook, await self._posting.ask(question_of(hook, subject, *more)))
