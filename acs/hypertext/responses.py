"""Reads HTTP responses, sans-I/O: bytes in, a `Response` out when it is whole (RFC 9112).

What small servers get wrong without being misunderstood is taken: lines that end in LF alone, folded headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_HEAD = 65_536
MAX_BODY = 33_554_432

_STATUS_LINE = re.compile(rb"HTTP/1\.([0-9]) ([1-5][0-9]{2})(?: [^\r\n]*)?\Z")
_LENGTH = re.compile(rb"[0-9]{1,18}\Z")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?\Z")
_BODILESS = (204, 304)
_END = re.compile(rb"\r?\n\r?\n")  # small servers leave out the CR (RFC 9112 section 2.2)
_LINE_END = re.compile(rb"\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")


class BadResponse(Exception):
    """What came is no HTTP response, or more than is taken."""


@dataclass(frozen=True, slots=True)
class Response:
    """One response.  The names of the headers are in lower case.

    ``length`` is the body's in bytes, also of those that were not kept.  ``reusable`` tells that the
    connection may be used again.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    length: int
    reusable: bool

    def all(self, name: bytes) -> Iterator[bytes]:
        """The values of every header of this name."""
        return (value for known, value in self.headers if known == name)

    def first(self, name: bytes) -> bytes:
        """The value of the first header of this name, b"" for none."""
        return next(self.all(name), b"")


class ResponseReader:
    """Reads one response.

    With ``keep`` no more than so many bytes of the body are kept, and it may be of any length; else a body
    longer than `MAX_BODY` is a `BadResponse`.  With ``most`` so is a response of more bytes in all, its head,
    its interim responses and the framing of its body included.
    """

    def __init__(self, keep: int | None = None, most: int | None = None) -> None:
        self._keep = keep
        self._room = most
        self._buffer = b""
        self._started = False
        self._status = 0
        self._headers: tuple[tuple[bytes, bytes], ...] = ()
        self._reusable = True
        self._kept: list[bytes] = []
        self._length = 0
        self._due = 0  # bytes of the body, or of the chunk, that are yet to come
        self._chunked = False
        self._last_chunk = False
        self._until_end = False

    @property
    def untouched(self) -> bool:
        """Whether nothing has come yet."""
        return not self._started and not self._buffer

    @property
    def begun(self) -> Response | None:
        """What there is of a response whose head has come, with its body so far; it is not ``reusable``."""
        if not self._started:
            return None
        return Response(self._status, self._headers, b"".join(self._kept), self._length, False)

    def feed(self, data: bytes) -> Response | None:
        """Take what came; the response once it is whole.  Raises `BadResponse`."""
        self._buffer += data
        whole = self._read()
        if self._room is not None:
            self._room -= len(data)
            if self._room < 0:
                raise BadResponse("a response without end")
        return whole

    def _read(self) -> Response | None:
        if not self._started and not self._read_head():
            return None
        if self._chunked:
            return self._read_chunks()
        if self._until_end:
            self._take(len(self._buffer))
            return None
        self._due -= self._take(min(self._due, len(self._buffer)))
        return self._whole() if not self._due else None

    def end(self) -> Response:
        """The connection has ended; what that makes of it.  Raises `BadResponse` if it came too early."""
        if self._until_end:
            return self._whole()
        raise BadResponse("the connection ended within a response")

    def _read_head(self) -> bool:
        """Read the head, once it is there, and what it says of the body; interim ones are passed over."""
        while not self._started:
            found = _END.search(self._buffer)
            if (found.start() if found else len(self._buffer)) > MAX_HEAD:
                raise BadResponse("a head without end")
            if found is None:
                return False
            head, self._buffer = self._buffer[: found.start()], self._buffer[found.end() :]
            self._parse(_LINE_END.split(_FOLD.sub(b" ", head)))
            self._started = self._status >= 200
        self._frame()
        return True

    def _parse(self, lines: list[bytes]) -> None:
        match = _STATUS_LINE.match(lines[0])
        if match is None:
            raise BadResponse(f"not a status line: {lines[0][:60]!r}")
        self._status = int(match[2])
        self._headers = tuple(_header(line) for line in lines[1:])
        connection = b",".join(value for name, value in self._headers if name == b"connection").lower()
        self._reusable = b"close" not in connection and (match[1] != b"0" or b"keep-alive" in connection)

    def _frame(self) -> None:
        headers = dict(self._headers)
        if self._status in _BODILESS:
            return
        if b"chunked" in headers.get(b"transfer-encoding", b"").lower():
            self._chunked = True
        elif b"content-length" in headers:
            length = headers[b"content-length"]
            if not _LENGTH.match(length):
                raise BadResponse(f"Content-Length {length[:40]!r}")
            self._due = int(length)
        else:
            self._until_end, self._reusable = True, False

    def _read_chunks(self) -> Response | None:
        while True:
            self._due -= self._take(min(self._due, len(self._buffer)))
            if self._due:
                return None
            line, end, self._buffer = _line(self._buffer)
            if not end and len(self._buffer) > MAX_HEAD:
                raise BadResponse("a line without end")
            if not end:
                return None
            if self._last_chunk and not line:
                return self._whole()
            # An empty line ends the chunk before it; after the last one come trailers, which nobody wants.
            if line and not self._last_chunk:
                self._due = _chunk_size(line)
                self._last_chunk = not self._due

    def _take(self, count: int) -> int:
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        self._length += count
        if self._keep is None:
            if self._length > MAX_BODY:
                raise BadResponse("a body without end")
            self._kept.append(taken)
        elif (room := self._keep - sum(map(len, self._kept))) > 0:
            self._kept.append(taken[:room])
        return count

    def _whole(self) -> Response:
        reusable = self._reusable and not self._buffer
        return Response(self._status, self._headers, b"".join(self._kept), self._length, reusable)


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon:
        raise BadResponse(f"not a header: {line[:60]!r}")
    return name.strip().lower(), value.strip()


def _line(buffer: bytes) -> tuple[bytes, bytes, bytes]:
    """The first line, its end, and the rest; without an end all is rest."""
    line, end, rest = buffer.partition(b"\r\n")
    return (line, end, rest) if end else (b"", b"", buffer)


def _chunk_size(line: bytes) -> int:
    match = _CHUNK_SIZE.match(line)
    if match is None:
        raise BadResponse(f"not the size of a chunk: {line[:40]!r}")
    return int(match[1], 16)
