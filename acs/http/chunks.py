"""Takes a chunked body apart (RFC 9112 section 7.1)."""

from __future__ import annotations

from collections.abc import Callable

from acs.http.errors import BadRequest
from acs.http.head import header_field
from acs.http.limits import Limits

LINE_BYTES = 4096
"""The longest chunk line or trailer, with its line end."""

_HEXADECIMAL = b"0123456789abcdefABCDEF"


class ChunkedBody:
    """A chunked body on its way in; ``body`` is what has come of it, ``done`` says that it is whole.

    Extensions and trailers are checked for form and thrown away.  Every line must end in CRLF.
    """

    __slots__ = ("body", "done", "_limits", "_left", "_extensions", "_trailers", "_step")

    def __init__(self, limits: Limits) -> None:
        self.body = bytearray()
        self.done = False
        self._limits = limits
        self._left = 0
        self._extensions = 0
        self._trailers = 0
        self._step: Callable[[ChunkedBody, bytes | bytearray, int], int] = ChunkedBody._size

    def step(self, buffer: bytes | bytearray, at: int) -> int:
        """Read one part of it in ``buffer`` from ``at`` on: a chunk's size, its data, its end, or a trailer.

        Returns where the next part begins, which is ``at`` while this one has not come whole.

        :raises BadRequest: 400 for a chunk that is none, 413 as soon as the body is known to pass its limit,
            431 for too many trailers.
        """
        return self._step(self, buffer, at)

    def _size(self, buffer: bytes | bytearray, at: int) -> int:
        line = _line(buffer, at)
        if line is None:
            return at
        size, _, extension = line.partition(b";")
        self._begin(_number(size.rstrip(b" \t")))
        self._extensions += len(extension)
        if self._extensions > self._limits.head_bytes:
            raise BadRequest(400, "too many chunk extensions")
        return at + len(line) + 2

    def _begin(self, size: int) -> None:
        if len(self.body) + size > self._limits.body_bytes:
            raise BadRequest(413, f"a chunked body of more than {self._limits.body_bytes} bytes")
        self._left = size
        self._step = ChunkedBody._data if size else ChunkedBody._trailer

    def _data(self, buffer: bytes | bytearray, at: int) -> int:
        piece = buffer[at : at + self._left]
        self.body += piece
        self._left -= len(piece)
        if not self._left:
            self._step = ChunkedBody._data_end
        return at + len(piece)

    def _data_end(self, buffer: bytes | bytearray, at: int) -> int:
        if len(buffer) - at < 2:
            return at
        if buffer[at : at + 2] != b"\r\n":
            raise BadRequest(400, "a chunk is not as long as it says")
        self._step = ChunkedBody._size
        return at + 2

    def _trailer(self, buffer: bytes | bytearray, at: int) -> int:
        line = _line(buffer, at)
        if line is None:
            return at
        if line:
            header_field(line.decode("latin-1"))
            self._trailers += 1
            if self._trailers > self._limits.headers:
                raise BadRequest(431, f"more than {self._limits.headers} trailers")
        else:
            self.done = True
        return at + len(line) + 2


def _line(buffer: bytes | bytearray, at: int) -> bytes | None:
    """The line that begins at ``at``, without its CRLF; None where it is not all there."""
    end = buffer.find(b"\n", at, at + LINE_BYTES)
    if end < 0:
        if len(buffer) - at >= LINE_BYTES:
            raise BadRequest(400, "a chunk line without an end")
        return None
    line = bytes(buffer[at : end + 1])
    if not line.endswith(b"\r\n") or line.count(b"\r") != 1 or b"\0" in line:
        raise BadRequest(400, "a chunk line that does not end in CRLF, or has a CR or NUL in it")
    return line[:-2]


def _number(size: bytes) -> int:
    # int() would take signs, blanks, underscores and 0x.
    if not 0 < len(size) <= 16 or size.strip(_HEXADECIMAL):
        raise BadRequest(400, "a chunk size is one to sixteen hexadecimal digits")
    return int(size, 16)
