"""What is fuzzed, and what has to hold of it whatever the bytes.

Each target makes sure that nothing but our own errors comes out; and of a connection, that it is answered, or
closed, or waits for more with a deadline.
"""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from acs.cwmp.dialogue import Dialogue, Role
from acs.cwmp.envelope import Envelope, read_envelope, write_envelope
from acs.cwmp.errors import ProtocolError
from acs.cwmp.messages import InformResponse
from acs.http.coding import decode_body
from acs.http.cookies import cookie_values
from acs.http.digest import answers, read_authorization, same_place
from acs.http.errors import BadRequest
from acs.http.messages import Request, Response
from acs.http.protocol import Connection, HttpFactory
from benchmarks.load import inform, post
from tests.support.authorization import Digest, basic

CAPTURES = Path(__file__).resolve().parents[2] / "shared" / "reference" / "captures"
MOST = 200
"""Recorded requests that are taken for seeds."""
_STATM = Path("/proc/self/statm")
_PAGE = 4096


class Target(Struct, frozen=True):
    """Inputs to begin with, and the check of one, which raises where a rule is broken."""

    seeds: Sequence[bytes]
    check: Callable[[bytes], Any]


def recorded() -> list[bytes]:
    """Requests as devices sent them, where the recordings are to be had; else ours."""
    found = [path.read_bytes() for path in sorted(CAPTURES.glob("*/*-request.txt"))[::3]][:MOST]
    body = Dialogue(Role.CPE).say(inform("F1", "1 BOOT"))
    chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    return [*found, post(body), post(b"", b"acs_session_id=x"), chunked]


def _http() -> Target:
    clock: Any = Clock()

    def respond(request: Request, connection: Connection) -> Response:
        decode_body(request.body, request.header("content-encoding"), 1 << 20)
        return Response(200)

    def answering(request: Request, connection: Connection) -> Response:
        try:
            return respond(request, connection)
        except BadRequest as error:
            return Response(error.status, close=True)

    factory = HttpFactory(answering, clock=clock)

    def check(raw: bytes) -> None:
        protocol, transport = factory.buildProtocol(None), StringTransport()
        protocol.makeConnection(transport)
        for at in range(0, len(raw), max(1, len(raw) // 3)):
            protocol.dataReceived(raw[at : at + max(1, len(raw) // 3)])
        assert protocol.deadline < float("inf"), "it waits for ever"
        said = transport.value()
        assert b" 500 " not in said[:200], said[:200]
        protocol.connectionLost()
        assert not factory.connections

    return Target(recorded(), check)


def _envelope() -> Target:
    bodies = [raw.partition(b"\r\n\r\n")[2] for raw in recorded()]

    def check(raw: bytes) -> None:
        cut = raw.find(b"\n") % 3
        # Ours, of either side: what a device may say need not be what may be said to one.
        with suppress(ProtocolError):
            envelope = read_envelope(raw, ("", "utf-8", "iso-8859-1")[cut])
            acs = Dialogue(Role.ACS)
            acs.take(envelope)
            acs.say(InformResponse())
            write_envelope(Envelope(envelope.message, header=envelope.header))

    return Target([body for body in bodies if body] + [b""], check)


def _headers() -> Target:
    client = Digest('Digest realm="acs", nonce="n", qop="auth"', "cpe", "secret")
    cookies = ["acs_session_id=x", '$Version="0"; acs_session_id="x";$Path=/', "a, b; acs_session_id=x,"]
    words = [*cookies, basic("cpe", "secret"), client.rfc2069(), client.rfc7616(), client.rfc7616("auth-int")]

    def check(raw: bytes) -> None:
        text = raw.decode("latin-1")
        for value in cookie_values([text], "acs_session_id"):
            assert ";" not in value and "," not in value
        given = read_authorization(text)
        answers(given, "secret", "POST", raw)
        same_place(given.parameters.get("uri", ""), "/")

    return Target([word.encode("latin-1") for word in words], check)


def _content() -> Target:
    plain = post(Dialogue(Role.CPE).say(inform("F1", "1 BOOT")))
    bare = zlib.compressobj(wbits=-15)
    coded = [
        gzip.compress(plain),
        zlib.compress(plain),
        bare.compress(plain) + bare.flush(),
        gzip.compress(b"a" * 99999),
    ]

    def check(raw: bytes) -> None:
        for coding in ("gzip", "deflate", "gzip, deflate"):
            with suppress(BadRequest):
                assert len(decode_body(raw, coding, 50_000)) <= 50_000

    return Target(coded, check)


TARGETS: dict[str, Callable[[], Target]] = {
    "http": _http,
    "envelope": _envelope,
    "headers": _headers,
    "content": _content,
}
"""By name."""


def make(name: str) -> Target:
    """The target of this name."""
    return TARGETS[name]()


def mutated(chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """A seed with some of it changed, left out, said twice, or taken from another seed."""
    raw = bytearray(chance.choice(seeds))
    for _ in range(chance.randrange(1, 8)):
        at = chance.randrange(len(raw) + 1)
        length = min(chance.choice((1, 1, 2, 4, 16, 64, 256)), len(raw) - at)
        kind = chance.randrange(6)
        if kind == 0:
            raw[at : at + length] = chance.randbytes(length)
        elif kind == 1:
            del raw[at : at + length]
        elif kind == 2:
            raw[at:at] = raw[at : at + length] * chance.choice((1, 2, 50))
        elif kind == 3:
            other = chance.choice(seeds)
            begin = chance.randrange(len(other) + 1)
            raw[at:at] = other[begin : begin + 64]
        elif kind == 4 and at < len(raw):
            raw[at] ^= 1 << chance.randrange(8)
        else:
            raw[at:at] = chance.choice(
                (b"\0", b"\r", b"\n", b"\r\n", b"<", b"&#0;", b"]]>", b"\xff\xfe", b"9" * 20)
            )
    return bytes(raw)


def resident_bytes() -> int:
    """Of memory of this process."""
    return int(_STATM.read_text().split()[1]) * _PAGE
