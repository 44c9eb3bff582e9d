"""JSON from an identity provider, within bounds of time, size, place."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import orjson
from twisted.internet.defer import CancelledError, Deferred, TimeoutError
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import IReactorTime
from twisted.web.client import FileBodyProducer, ResponseFailed
from twisted.web.http_headers import Headers

from acs.hypertext.whole import WholeBody
from acs.web.oidc.errors import ProviderFailed

SECONDS = 10.0
LONGEST = 262_144
"""Bytes of an answer."""

_FAILURES = (ConnectError, ConnectionError, CancelledError, ResponseFailed, TimeoutError)


class Fetching:
    """Asks by an ``agent`` (`twisted.web.iweb.IAgent`).  Redirections are not followed."""

    def __init__(self, agent: Any, clock: IReactorTime) -> None:
        self._agent = agent
        self._clock = clock

    async def json(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Mapping[str, Any]:
        """The object that is answered with 200; raises `ProviderFailed`."""
        place = trusted(url).encode()
        asking = Deferred.fromCoroutine(self._ask(method.encode(), place, headers, body))
        asking.addTimeout(SECONDS, self._clock)
        try:
            status, answer = await asking
        except _FAILURES as error:
            raise ProviderFailed(f"{url} cannot be reached: {error or type(error).__name__}") from None
        if status != 200:
            raise ProviderFailed(f"{url} answers {status}")
        return _object(url, answer)

    async def _ask(
        self, method: bytes, url: bytes, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes]:
        given = Headers({name: [value] for name, value in headers.items()} | {"Accept": ["application/json"]})
        producer = FileBodyProducer(BytesIO(body)) if body else None  # type: ignore[no-untyped-call]
        response = await self._agent.request(method, url, given, producer)
        reading = WholeBody(LONGEST, lambda: ProviderFailed(f"{url.decode()} answers too much"))
        response.deliverBody(reading)
        return response.code, await reading.whole


def trusted(url: str) -> str:
    """The URL, if nobody on the way can change what comes from there; raises `ProviderFailed`."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        safe = parts.scheme == "https" or (parts.scheme == "http" and _is_here(host))
        if safe and host and not parts.username and url.isascii() and url.isprintable():
            return url
    except ValueError:
        pass
    raise ProviderFailed(f"{url!r} is not an https URL")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _object(url: str, answer: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(answer)
    except orjson.JSONDecodeError:
        raise ProviderFailed(f"{url} answers what is not JSON") from None
    if not isinstance(found, dict):
        raise ProviderFailed(f"{url} answers JSON that is no object")
    return found
