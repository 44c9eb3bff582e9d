"""Reads the envelopes that requests bring."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from acs.cwmp.envelope import Envelope, read_envelope
from acs.http.connection import Connection
from acs.http.messages import Request

EXPECTED = 16384
"""Bytes of a body that is kept until it comes again."""


class _Read(Struct, frozen=True):
    """What was read of a body."""

    content_type: str | None
    body: bytes
    envelope: Envelope


def envelope_of(request: Request, body: bytes) -> Envelope:
    """The envelope of a decoded body; raises `RemoteProtocolError`."""
    return read_envelope(body, _charset(request.first.get("content-type", "")))


def expect_again(request: Request, body: bytes, connection: Connection, envelope: Envelope) -> None:
    """Keep what was read of an Inform without credentials: most send it again, to the byte, with them.

    With what else is spared of that, a session with Digest takes 0.8 of the CPU (benchmarks/digest.py, both
    ways in turns).
    """
    if len(body) <= EXPECTED:
        connection.read = _Read(request.header("content-type"), body, envelope)


def next_envelope(request: Request, body: bytes, connection: Connection) -> Envelope:
    """The same as `envelope_of`, for the next body of a connection."""
    before, connection.read = connection.read, None
    content_type = request.first.get("content-type")
    if isinstance(before, _Read) and before.body == body and before.content_type == content_type:
        return before.envelope
    return read_envelope(body, _charset(content_type or ""))


@lru_cache(maxsize=256)
def _charset(content_type: str) -> str:
    """The charset of a Content-Type, "" where it has none."""
    _, found, value = content_type.lower().partition("charset=")
    return value.split(";")[0].strip().strip("\"'") if found else ""
