"""Turns the bytes of a connection into requests, sans-I/O, with an error where the framing is ambiguous."""

from __future__ import annotations

from enum import StrEnum

from msgspec.structs import replace

from acs.http.chunks import ChunkedBody
from acs.http.errors import BadRequest
from acs.http.head import TOKEN, Head, parse_head
from acs.http.inexact import end_of_body
from acs.http.limits import Limits, Tolerance
from acs.http.messages import Request, request_of
from acs.http.usual import UsualHeads

__all__ = ["BLANK_LINES", "Limits", "RequestReader", "State", "Tolerance"]

BLANK_LINES = 8
"""How many blank lines may stand before a request: RFC 9112 section 2.2 asks for one, clients send a few."""

_TOKEN_BYTES = frozenset(TOKEN.encode())
_CR = 13


class State(StrEnum):
    """What the reader waits for: a request to begin, the rest of its head, or the rest of its body."""

    IDLE = "idle"
    HEAD = "head"
    BODY = "body"


class RequestReader:
    """Reads one connection's requests: give it bytes with `feed`, take requests with `next_request`.

    A request is read when it is asked for.  Those behind it wait as bytes: what a client sends ahead costs
    `buffered` bytes and no more, and an error is met when its turn has come.

    :param heads: those that were read before within the same limits.
    """

    __slots__ = (
        "_limits", "_tolerance", "_heads", "_buffer", "_at", "_searched", "_blank_lines", "_raw", "_head",
        "_chunks", "_failure", "_wants_continue",
    )  # fmt: skip

    def __init__(
        self,
        limits: Limits,
        tolerance: Tolerance = Tolerance(),  # noqa: B008
        heads: UsualHeads | None = None,
    ) -> None:
        self._limits = limits
        self._tolerance = tolerance
        self._heads = UsualHeads(limits) if heads is None else heads
        self._buffer: bytes | bytearray = b""
        self._at = 0  # where in the buffer the unread part begins
        self._searched = 0  # so many bytes from there on do not hold the end of a head
        self._blank_lines = 0
        self._raw = b""
        self._head: Head | None = None
        self._chunks: ChunkedBody | None = None
        self._failure: BadRequest | None = None
        self._wants_continue = False

    def expect_miscounting(self) -> None:
        """From the next body on, let each end with its envelope (`acs.http.inexact`)."""
        self._tolerance = replace(self._tolerance, inexact_length=True)

    def feed(self, data: bytes) -> None:
        """Take what has come; after an error it is thrown away."""
        if self._failure is not None:
            return
        if self._at == len(self._buffer):
            # The usual case: what has come is a whole request, and is read where it lies.
            self._buffer = data
        elif isinstance(self._buffer, bytearray):
            del self._buffer[: self._at]
            self._buffer += data
        else:
            self._buffer = bytearray(memoryview(self._buffer)[self._at :])
            self._buffer += data
        self._at = 0

    def next_request(self) -> Request | None:
        """The next request, or None where none has come whole.

        :raises BadRequest: nobody knows from here on where a request begins; further calls raise it again.
        """
        if self._failure is not None:
            raise self._failure
        if self.idle:
            return None
        try:
            return self._next()
        except BadRequest as error:
            self._failure = error
            raise

    def take_wants_continue(self) -> bool:
        """Whether the client waits for a 100 before it sends its body (RFC 9110 section 10.1.1); once."""
        wanted, self._wants_continue = self._wants_continue, False
        return wanted

    @property
    def state(self) -> State:
        """What is waited for; to be asked when `next_request` has returned None."""
        if self._head is not None:
            return State.BODY
        return State.HEAD if self.buffered else State.IDLE

    @property
    def idle(self) -> bool:
        """True where nothing of a further request has come."""
        return self._at == len(self._buffer) and self._head is None

    @property
    def untouched(self) -> bool:
        """True where a new reader could take this one's place."""
        return not self._buffer and self._head is None and not self._tolerance.inexact_length

    @property
    def buffered(self) -> int:
        """How many bytes wait to be read."""
        return len(self._buffer) - self._at

    @property
    def head(self) -> bytes:
        """What has come of the head of the request that is being read, or in which the error is."""
        return self._raw or bytes(self._buffer[self._at : self._at + self._limits.head_bytes])

    def body(self, size: int) -> bytes:
        """The first ``size`` bytes that came after that head; those of broken chunks as they came."""
        if not self._raw:
            return b""
        decoded = bytes(self._chunks.body[:size]) if self._chunks else b""
        return decoded + bytes(self._buffer[self._at : self._at + size - len(decoded)])

    def _next(self) -> Request | None:
        head = self._head or self._read_head()
        body = None if head is None else self._read_body(head)
        if head is None or body is None:
            return None
        request = request_of(head, self._raw, body)
        if head.length is not None and len(body) != head.length:
            words = f"Content-Length is {head.length}, and the envelope ends after {len(body)} bytes"
            request = replace(request, note=words)
        self._forget()
        return request

    def _read_head(self) -> Head | None:
        if self._buffer[self._at] not in _TOKEN_BYTES:
            self._skip_blank_lines()
            self._check_beginning()
        end = self._end_of_head()
        if end is None:
            return None
        self._raw = bytes(self._buffer[self._at : end])
        self._at = end
        self._searched = 0
        head = self._heads.get(self._raw) or self._parse_head()
        if head.length is None:
            self._chunks = ChunkedBody(self._limits)
        self._wants_continue = head.expects_continue and not self.buffered
        self._head = head
        return head

    def _parse_head(self) -> Head:
        head = parse_head(self._raw, self._limits, self._tolerance)
        if head.length is not None and head.length > self._limits.body_bytes:
            raise BadRequest(413, f"a body of {head.length} bytes, of {self._limits.body_bytes} allowed")
        self._heads.keep(self._raw, head)
        return head

    def _skip_blank_lines(self) -> None:
        while self._buffer.startswith(b"\r\n", self._at) or (
            self._tolerance.bare_lf and self._buffer.startswith(b"\n", self._at)
        ):
            self._blank_lines += 1
            if self._blank_lines > BLANK_LINES:
                raise BadRequest(400, "too many blank lines before a request")
            self._at = self._buffer.index(b"\n", self._at) + 1

    def _check_beginning(self) -> None:
        """Refuse at once what will never become a request, such as TLS that was sent to a plain port."""
        if self._at == len(self._buffer):
            return
        first = self._buffer[self._at]
        if first not in _TOKEN_BYTES and not (first == _CR and self.buffered == 1):
            raise BadRequest(400, f"no request begins with the byte 0x{first:02x}{' (TLS?)' * (first == 22)}")

    def _end_of_head(self) -> int | None:
        """Where the blank line after the headers ends: behind the first LF LF or LF CR LF."""
        buffer = self._buffer
        since = self._at + max(0, self._searched - 2)
        end = buffer.find(b"\n\r\n", since)
        bare = buffer.find(b"\n\n", since, end + 1 if end >= 0 else len(buffer))
        after = bare + 2 if bare >= 0 else end + 3 if end >= 0 else len(buffer)
        if after - self._at > self._limits.head_bytes:
            raise BadRequest(431, f"a head of more than {self._limits.head_bytes} bytes")
        if bare >= 0 or end >= 0:
            return after
        self._searched = self.buffered
        return None

    def _read_body(self, head: Head) -> bytes | None:
        if self._chunks is not None:
            return self._read_chunks(self._chunks)
        if not head.length:
            return b""
        end: int | None = self._at + head.length
        if self._tolerance.inexact_length:
            end = end_of_body(self._buffer, self._at, head.length)
        if end is None or len(self._buffer) < end:
            return None
        body = bytes(memoryview(self._buffer)[self._at : end])
        self._at = end
        return body

    def _read_chunks(self, chunks: ChunkedBody) -> bytes | None:
        while not chunks.done:
            ahead = chunks.step(self._buffer, self._at)
            if ahead == self._at:
                return None
            self._at = ahead
        return bytes(chunks.body)

    def _forget(self) -> None:
        self._raw = b""
        self._head = None
        self._chunks = None
        self._wants_continue = False
        self._blank_lines = 0
        if self._at == len(self._buffer):
            # Between requests a connection holds nothing.
            self._buffer = b""
            self._at = 0
