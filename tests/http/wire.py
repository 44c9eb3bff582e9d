"""Requests as bytes, read whole or in pieces, for the tests of the HTTP protocol."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from acs.http.errors import BadRequest
from acs.http.limits import Limits, Tolerance
from acs.http.messages import Request
from acs.http.reader import RequestReader

STANDARD = Tolerance()
STRICT = Tolerance(bare_lf=False, loose_line=False, stray_lines=False)
SMALL = Limits(head_bytes=300, headers=10, body_bytes=100)


def request(
    *headers: bytes, line: bytes = b"POST /acs HTTP/1.1", body: bytes = b"", end: bytes = b"\r\n"
) -> bytes:
    """A request of exactly these lines."""
    return b"".join(part + end for part in (line, *headers, b"")) + body


def post(body: bytes, *headers: bytes) -> bytes:
    """A request as it should be."""
    return request(b"Host: acs", b"Content-Length: %d" % len(body), *headers, body=body)


def chunked(*chunks: bytes, headers: Sequence[bytes] = (), line: bytes = b"POST /acs HTTP/1.1") -> bytes:
    """A request whose body comes in these chunks."""
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return request(b"Transfer-Encoding: chunked", *headers, line=line, body=body + b"0\r\n\r\n")


def read(
    pieces: Iterable[bytes], limits: Limits = SMALL, tolerance: Tolerance = STANDARD
) -> tuple[list[Request], BadRequest | None]:
    """The requests that a reader makes of ``pieces``, and the error that ended it."""
    reader = RequestReader(limits, tolerance)
    requests: list[Request] = []
    for piece in pieces:
        reader.feed(piece)
        try:
            while (one := reader.next_request()) is not None:
                requests.append(one)
        except BadRequest as error:
            return requests, error
    return requests, None


def read_whole(raw: bytes, limits: Limits = SMALL, tolerance: Tolerance = STANDARD) -> Request:
    """The one request that ``raw`` is."""
    requests, error = read([raw], limits, tolerance)
    if error is not None:
        raise error
    (only,) = requests
    return only


def status_of(raw: bytes, limits: Limits = SMALL, tolerance: Tolerance = STANDARD) -> int | None:
    """The status with which ``raw`` is refused, read whole and read a byte at a time; None if it is not."""
    whole = read([raw], limits, tolerance)
    single = read(bytewise(raw), limits, tolerance)
    assert whole[0] == single[0], f"{raw!r} is not the same in pieces"
    statuses = [None if error is None else error.status for _, error in (whole, single)]
    assert statuses[0] == statuses[1], f"{raw!r} is refused with {statuses}, whole and in pieces"
    return statuses[0]


def bytewise(raw: bytes) -> list[bytes]:
    """``raw`` a byte at a time."""
    return [raw[at : at + 1] for at in range(len(raw))]


def cut(raw: bytes, places: Iterable[int]) -> list[bytes]:
    """``raw`` cut at these places; those beyond its end do not matter."""
    at = [0, *sorted({place for place in places if 0 < place < len(raw)}), len(raw)]
    return [raw[a:b] for a, b in zip(at, at[1:], strict=False)]
