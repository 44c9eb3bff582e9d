"""What is fuzzed.

A target takes bytes and raises where something is wrong: `Violation`, or anything else.

The first two bytes of an input say how the rest is taken, such as in pieces of which size.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import tempfile
import time
import zlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

from twisted.internet import reactor as installed_reactor
from twisted.internet.address import IPv4Address
from twisted.internet.defer import ensureDeferred
from twisted.internet.error import ConnectionLost
from twisted.internet.testing import StringTransport
from twisted.logger import LogEvent, LogLevel, formatEvent, globalLogPublisher
from twisted.python.failure import Failure

from acs.cwmp.dialogue import Role, State
from acs.cwmp.envelope import Envelope, Plans, read_envelope, write_envelope
from acs.cwmp.errors import LocalProtocolError, RemoteProtocolError
from acs.cwmp.json_form import to_json
from acs.http.coding import decode_body
from acs.http.cookies import cookie_values
from acs.http.endpoint import COOKIE
from acs.http.errors import BadRequest
from acs.http.head import parse_head
from acs.http.limits import Limits as HttpLimits
from acs.http.limits import Tolerance
from acs.http.reader import RequestReader
from acs.http.usual import UsualHeads
from acs.hypertext.authorization import Nonces, answers, read_authorization, same_place
from acs.session.sessions import MAX_SILENCE, Limits
from benchmarks.fuzz import seeds
from tests.support.pair import dialogue_in
from tests.support.world import World

reactor: Any = installed_reactor

SLOW = 3.0
"""Seconds that no input of some kilobytes may take."""


class Violation(AssertionError):
    """What must hold does not."""


class Target(Protocol):
    """Something that is fuzzed; it is made before the first input and closed after the last."""

    seeds: list[bytes]
    tokens: tuple[bytes, ...]

    def __call__(self, data: bytes) -> None:
        """Take an input."""

    def close(self) -> None:
        """There is no further one."""


class Content:
    """Content codings: no more comes out than is allowed, and what is compressed comes back."""

    LIMIT = 100_000
    CODINGS = (
        "gzip",
        "x-gzip",
        "deflate",
        "identity",
        "gzip, deflate",
        "deflate,gzip",
        "br",
        "",
        ", ,",
        "gzip;q=1",
    )

    def __init__(self) -> None:
        self.seeds = seeds.contents()
        self.tokens = (b"\x1f\x8b", b"\x08\x00", b"\x78\x9c", b"\0" * 8, b"\xff" * 8, b"\x03\x00")

    def __call__(self, data: bytes) -> None:
        coding, body = self.CODINGS[data[0] % len(self.CODINGS)] if data else "", data[2:]
        try:
            decoded = decode_body(body, coding, self.LIMIT)
        except BadRequest as error:
            if error.status not in (400, 413, 415):
                raise Violation(f"status {error.status}") from error
        else:
            if len(decoded) > max(self.LIMIT, len(body)):
                raise Violation(f"{len(decoded)} bytes of {len(body)}")
        if len(body) <= self.LIMIT:
            for name, compressed in (("gzip", gzip.compress(body, 1)), ("deflate", zlib.compress(body, 1))):
                if decode_body(compressed, name, self.LIMIT) != body:
                    raise Violation(f"{name} does not come back")

    def close(self) -> None:
        """Nothing is held."""


class Cookies:
    """Cookie headers: found without an error, and the head is read as it would be without short cuts."""

    def __init__(self) -> None:
        self.seeds = seeds.cookies()
        self.tokens = seeds.COOKIE_TOKENS
        self._heads = UsualHeads(HttpLimits())

    def __call__(self, data: bytes) -> None:
        text = data[2:].decode("latin-1")
        for value in cookie_values(text.split("\n"), COOKIE):
            if ";" in value or "," in value:
                raise Violation(f"a value goes on: {value!r}")
        reader = RequestReader(HttpLimits())
        before, after = (data[2:], b"a=b") if data[:1] < b"\x80" else (b"Host: a", data[2:])
        reader.feed(
            b"POST / HTTP/1.1\r\n" + before + b"\r\nCookie: " + after + b"\r\nContent-Length: 0\r\n\r\n"
        )
        try:
            request = reader.next_request()
        except BadRequest:
            request = None
        if request is not None:
            self._assert_alike(request.head)

    def _assert_alike(self, raw: bytes) -> None:
        head = parse_head(raw, HttpLimits(), Tolerance())
        if self._heads.get(raw) not in (None, head):
            raise Violation("a head is read in two ways")
        self._heads.keep(raw, head)

    def close(self) -> None:
        """Nothing is held."""


class Words:
    """Authorization headers: read and judged without an error, and nobody's if they are not right."""

    def __init__(self) -> None:
        self.seeds = seeds.authorizations()
        self.tokens = (
            b'"',
            b"=",
            b",",
            b"\\",
            b"qop=auth-int",
            b"algorithm=MD5-sess",
            b'username="',
            b"Basic ",
        )

    def __call__(self, data: bytes) -> None:
        given = read_authorization(data[2:].decode("latin-1"))
        if given.scheme == "digest" and answers(given, "a password that nobody knows", "POST", data):
            raise Violation("an answer to a password that nobody knows")
        same_place(given.parameters.get("uri", ""), "/acs")
        if Nonces(b"key", time.time, os.urandom).fresh(given.parameters.get("nonce", "")):
            raise Violation("a nonce that nobody has made")

    def close(self) -> None:
        """Nothing is held."""


class Envelopes:
    """Envelopes: read alike with and without what was learned, and heard in every state of a dialogue."""

    CHARSETS = ("", "utf-8", "iso-8859-1", "utf-16", "windows-1252", "utf-7", "nonsense")
    STATES = tuple(State)

    def __init__(self) -> None:
        self.seeds = seeds.envelopes()
        self.tokens = seeds.XML_TOKENS

    def __call__(self, data: bytes) -> None:
        how, body = data[:2].ljust(2, b"\0"), data[2:]
        charset = self.CHARSETS[how[0] % len(self.CHARSETS)]
        began = time.process_time()
        plans = Plans(often=2)  # the last of so many are read as usual ones
        first, *others = (self._read(body, charset, plans) for _ in range(7))
        if any(other != first for other in others):
            raise Violation("a document is read in two ways")
        if isinstance(first, Envelope) and first.message is not None:
            self._use(first)
        self._hear(body, self.STATES[how[1] % len(self.STATES)])
        if time.process_time() - began > SLOW:
            raise Violation(f"{time.process_time() - began:.1f} s for {len(body)} bytes")

    def _read(self, body: bytes, charset: str, plans: Plans) -> Envelope | str:
        try:
            return read_envelope(body, charset, plans)
        except RemoteProtocolError as error:
            if len(str(error)) > 400 or not error.reason.isprintable():
                raise Violation(f"a reason that cannot be logged: {error.reason[:400]!r}") from error
            return str(error)

    def _use(self, envelope: Envelope) -> None:
        assert envelope.message is not None
        json.dumps(to_json(envelope.message))
        try:
            written = write_envelope(Envelope(envelope.message))
        except LocalProtocolError:
            return
        if type(read_envelope(written).message) is not type(envelope.message):
            raise Violation("what is read, written and read is another message")

    def _hear(self, body: bytes, state: State) -> None:
        dialogue = dialogue_in(state, Role.ACS)
        if dialogue.my_turn:
            return
        try:
            dialogue.hear(body)
        except RemoteProtocolError:
            return

    def close(self) -> None:
        """Nothing is held."""


class Http:
    """Bytes on a connection to a listener with its sessions and a store on disk.

    After any bytes the connection waits with a time limit, or is closed; when all times are over it is
    closed, and no session is left; nothing is logged as an error, and nothing answered 500.
    """

    INPUTS = 2_000
    """So many go into one store, which is then replaced: the disk is not endless."""

    def __init__(self) -> None:
        self.seeds = seeds.conversations()
        self.tokens = seeds.HTTP_TOKENS + seeds.XML_TOKENS
        self._errors: list[str] = []
        self._inputs = 0
        globalLogPublisher.addObserver(self._observe)
        if not reactor.running:
            reactor.startRunning(installSignalHandlers=False)
        self._begin()

    def __call__(self, data: bytes) -> None:
        if self._inputs >= self.INPUTS:
            self._end()
            self._begin()
        self._inputs += 1
        transport = StringTransport(peerAddress=IPv4Address("TCP", f"192.0.2.{1 + self._inputs % 250}", 4000))
        protocol = self._world.factory.buildProtocol(None)
        protocol.makeConnection(transport)
        size = 1 + (data[0] if data else 0) * 16
        for at in range(2, len(data), size):
            protocol.dataReceived(data[at : at + size])
        if len(data) > 1 and data[1] & 1:
            protocol.readConnectionLost()
        self._settle(lambda: protocol.deadline < math.inf)
        self._outlive(transport, protocol)
        if b"HTTP/1.1 500" in transport.value():
            raise Violation("an answer of 500")
        if self._errors:
            raise Violation(self._errors.pop())

    def close(self) -> None:
        """Let go of the store."""
        self._end()
        globalLogPublisher.removeObserver(self._observe)

    def _outlive(self, transport: StringTransport, protocol: Any) -> None:
        """Let all time limits pass."""
        for _ in range(4):
            self._world.clock.advance(80)
            self._settle(lambda: protocol.deadline < math.inf)
        if not transport.disconnecting:
            raise Violation("a connection outlives all its limits")
        protocol.connectionLost(Failure(ConnectionLost()))
        self._world.pass_time(MAX_SILENCE + 1)
        if len(self._world.sessions) or self._world.sessions.unfinished:
            raise Violation("a session outlives all its limits")

    def _settle(self, settled: Callable[[], bool]) -> None:
        """Let the store do its work until what is waited for has come."""
        until = time.monotonic() + 10 * SLOW
        while not settled():
            self._world.clock.advance(0.05)
            reactor.iterate(0.0005)
            if time.monotonic() > until:
                raise Violation("a request that is never answered")

    def _await(self, coroutine: Coroutine[Any, Any, None]) -> None:
        done: list[object] = []
        ensureDeferred(coroutine).addBoth(done.append)
        self._settle(lambda: bool(done))
        if isinstance(done[0], Failure):
            done[0].raiseException()

    def _begin(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="acs-fuzz-")
        self._world = World(Path(self._folder.name), reactor, limits=Limits(informs=0))
        self._world.factory.doStart()
        self._inputs = 0
        self._await(self._world.open())

    def _end(self) -> None:
        self._await(self._world.close())
        self._world.factory.doStop()
        self._folder.cleanup()

    def _observe(self, event: LogEvent) -> None:
        if event["log_level"] >= LogLevel.error:
            failure = event.get("log_failure")
            self._errors.append(f"{formatEvent(event)}\n{failure.getTraceback() if failure else ''}")
        elif not formatEvent(event).isprintable():
            self._errors.append(f"a line that is none: {formatEvent(event)!r}")


TARGETS: dict[str, Callable[[], Target]] = {
    "http": Http,
    "envelope": Envelopes,
    "cookies": Cookies,
    "authorization": Words,
    "content": Content,
}
