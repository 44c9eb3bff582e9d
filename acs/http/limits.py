"""How far a client may go: in size, in time, in departures from the letter."""

from __future__ import annotations

from msgspec import Struct


class Limits(Struct, frozen=True):
    """The most that one request may bring.

    ``head_bytes``: the request line and the header lines with their line ends; above it: 431.
    ``headers``: header lines; above it: 431.  The same number bounds the trailers of a chunked body.
    ``body_bytes``: the body without its transfer coding; above it: 413.
    """

    head_bytes: int = 65536
    headers: int = 200
    body_bytes: int = 8_388_608


class Tolerance(Struct, frozen=True):
    """Which departures from the letter are read all the same.  None of them gives a request two readings.

    ``bare_lf``: lines of the head may end in LF alone, which RFC 9112 section 2.2 allows (Thomson's were
    recorded so).  Chunk lines never may: where two programs differed on that, requests have been smuggled
    past the first.
    ``loose_line``: the words of the request line may be divided by any blanks, its target or version be
    missing (`acs.http.sloppy.request_line`).
    ``stray_lines``: header lines may be folded, have blanks before their colon, or be no headers at all
    (`acs.http.sloppy.fields`).
    ``inexact_length``: a body ends with its envelope, if that ends a few bytes before or behind where
    Content-Length says (`acs.http.inexact`): this one may give two readings, and is for known clients alone.
    """

    bare_lf: bool = True
    loose_line: bool = True
    stray_lines: bool = True
    inexact_length: bool = False


class Timeouts(Struct, frozen=True):
    """How long a client may take, in seconds.

    ``head_seconds``, ``body_seconds``: from the first byte of each to its last; then it is answered 408.
    ``idle_seconds``: from the last answer, or the beginning, to the next request; then the connection is
    closed silently.  Also for taking what is still to be sent when a connection is closed; then it is cut.
    ``linger_seconds``: after a refusal, for reading it and closing; then the connection is cut.
    """

    head_seconds: float = 30
    body_seconds: float = 60
    idle_seconds: float = 75
    linger_seconds: float = 5
