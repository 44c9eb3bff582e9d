"""HTTP messages as values: requests that were read, responses to be written."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus

from msgspec import Struct

from acs.http.head import TOKEN, Head

# RFC 9110's words, also where an older Python knows older ones.
_WORDS = {status.value: status.phrase for status in HTTPStatus} | {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
_STATUS_LINES = {status: f"HTTP/1.1 {status} {words}" for status, words in _WORDS.items()}
_OURS = frozenset({"content-length", "connection", "transfer-encoding"})

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Request(Struct, frozen=True):
    """A request that came whole.

    ``target`` is as it came; ``path`` its path alone, also of an absolute-form target, not percent-decoded.
    ``minor``: 1 for HTTP/1.1.
    ``headers``: names in lower case, values decoded as latin-1, in the order they came.
    ``first``: the first value of each of them.
    ``body`` is free of its transfer coding; its content coding (gzip) is still on, see `acs.http.coding`.
    ``head``: the request line, the header lines and the blank line exactly as they came, for the record.
    ``persistent``: the client wants to keep the connection (RFC 9112 section 9.3).
    ``note``: what was odd about it.
    """

    method: str
    target: str
    path: str
    minor: int
    headers: tuple[tuple[str, str], ...]
    first: Mapping[str, str]
    body: bytes
    head: bytes
    persistent: bool
    note: str = ""

    def header(self, name: str) -> str | None:
        """The value of the first header called ``name``, which is given in lower case."""
        return self.first.get(name)

    def all(self, name: str) -> list[str]:
        """The values of all headers called ``name``, which is given in lower case."""
        if name not in self.first:
            return []
        return [value for key, value in self.headers if key == name]


def request_of(head: Head, raw: bytes, body: bytes) -> Request:
    """The request of a head, with ``raw``, its bytes, and a body."""
    return Request(
        head.method,
        head.target,
        head.path,
        head.minor,
        head.headers,
        head.first,
        body,
        raw,
        head.persistent,
    )


class Response(Struct, frozen=True):
    """What to answer.  Content-Length and Connection are added when it is written, and may not be given.

    ``head`` is that of `response_head`, where it was written already: for a record that is true to the byte.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    close: bool = False
    head: bytes = b""


def write_response(
    response: Response, *, minor: int = 1, persistent: bool = True, head_only: bool = False
) -> bytes:
    """The bytes of ``response``, whole: never chunked, because there are CPEs that cannot read it (netcwmp).

    :param minor: the request's HTTP/1.<minor>; a client of HTTP/1.0 is told that its connection is kept.
    :param persistent: the connection stays open, unless the response says ``close``.
    :param head_only: the answer to a HEAD (RFC 9110 section 9.3.2): the length, but not the body.
    :raises ValueError: for a response that must not be sent: a line end or NUL in a header, a character that
        is not latin-1, a name that is none or ours to write, a body with a 204, an interim status.
    """
    head = response_head(response, minor=minor, persistent=persistent)
    return head if head_only else head + response.body


def response_head(response: Response, *, minor: int = 1, persistent: bool = True) -> bytes:
    """What `write_response` writes before the body.

    Nothing is added but what a client needs: some stacks die of long heads.
    """
    keep = persistent and not response.close
    return head_of(response.status, response.headers, len(response.body), minor, keep)


def with_header(head: bytes, name: str, value: str) -> bytes:
    """What `response_head` wrote, with one header more: one that differs each time, such as a cookie.

    :raises ValueError: for a line end or NUL in it, or a character that is not latin-1.
    """
    return head[:-2] + _checked(f"{name}: {value}", 0) + b"\r\n\r\n"


@lru_cache(maxsize=256)
def head_of(status: int, headers: tuple[tuple[str, str], ...], length: int, minor: int, keep: bool) -> bytes:
    """The same for a response with these headers before a body of that length.  ``keep`` the connection."""
    if not 200 <= status <= 599:
        raise ValueError(f"no final status: {status}")
    if status == 204 and length:
        raise ValueError("a 204 has no body (RFC 9110 section 15.3.5)")
    lines = [_STATUS_LINES.get(status) or f"HTTP/1.1 {status} "]
    for name, value in headers:
        if name.lower() in _OURS or not name or name.strip(TOKEN):
            raise ValueError(f"{name!r} is no header name, or that of one which is written by write_response")
        if status != 204 or name.lower() != "content-type":
            lines.append(f"{name}: {value}")
    if status != 204:
        lines.append(f"Content-Length: {length}")
    if not keep:
        lines.append("Connection: close")
    elif minor == 0:
        lines.append("Connection: keep-alive")
    return _checked("\r\n".join(lines), len(lines) - 1) + b"\r\n\r\n"


def _checked(head: str, line_ends: int) -> bytes:
    if head.count("\n") != line_ends or head.count("\r") != line_ends or "\0" in head:
        raise ValueError("a header has a line end or a NUL in it")
    return head.encode("latin-1")
