"""A closed loop of CPEs over raw sockets, so many at a time: whenever one's session is over, the next begins.

What a CPE says is a generator: it yields the bytes of a request, is sent the answer's head with its body, and
returns whether all went well.  `benchmarks.soak.open_loop` has an open loop on the same `Wires`.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

Talk = Generator[bytes, tuple[bytes, bytes], bool]
PATIENCE = 30.0
"""Seconds that nobody may be silent all at once."""
_BOTH = selectors.EVENT_READ | selectors.EVENT_WRITE
_PIECE = 65536


@dataclass
class Tally:
    """What a burst came to."""

    sessions: int = 0
    errors: int = 0
    seconds: list[float] = field(default_factory=list)


def answer(buffer: bytes) -> tuple[bytes, bytes, int] | None:
    """One whole response as (head, body, bytes used); None while it is not all there."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = buffer[:end]
    length = 0
    for line in head.split(b"\r\n")[1:]:
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    total = end + 4 + length
    return (head, buffer[end + 4 : total], total) if len(buffer) >= total else None


def source(number: int) -> tuple[str, int]:
    """Where the device of that number calls from: 200 share the first three parts of an address."""
    return f"127.{number // 40_000}.{number // 200 % 200 + 1}.{number % 200 + 1}", 0


class Client:
    """One CPE in its session, or in its TLS handshake before."""

    def __init__(self, device: int, talk: Generator[bytes, tuple[bytes, bytes], Any], port: int) -> None:
        self.device = device
        self.talk = talk
        self.port = port
        self.began = time.perf_counter()
        self.incoming = b""
        self.outgoing = next(talk)
        self.shaken = False

    def hears(self, head: bytes, content: bytes) -> bool | None:
        """Hear a whole answer; whether the session went well, None where it goes on."""
        try:
            self.outgoing = self.talk.send((head, content))
        except StopIteration as over:
            return bool(over.value)
        return None

    def is_left(self, reason: str) -> bool:
        """The connection is gone before the end; whether that was well."""
        return False


class Wires(ABC):
    """The connections of all clients; ``keep_alive``: one for each, else one for each of its requests."""

    def __init__(self, keep_alive: bool = True, tls: ssl.SSLContext | None = None) -> None:
        self._keep_alive = keep_alive
        self._tls = tls
        self._selector = selectors.DefaultSelector()

    @abstractmethod
    def over(self, client: Client, good: bool) -> None:
        """A client's session has ended."""

    def connect(self, client: Client) -> None:
        """Let it begin."""
        connection = socket.socket()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.bind(source(client.device))
        client.incoming, client.shaken = b"", self._tls is None
        if self._tls is not None:
            connection.connect(("127.0.0.1", client.port))
            connection = self._tls.wrap_socket(connection, do_handshake_on_connect=False)
        connection.setblocking(False)
        if self._tls is None:
            # Where the server takes no more connections for now, the others do not wait with this one.
            connection.connect_ex(("127.0.0.1", client.port))
        self._selector.register(connection, _BOTH, client)
        self.advance(connection, client, fresh=True)

    def advance(self, connection: socket.socket, client: Client, fresh: bool = False) -> None:
        """Say or hear what can be at the moment."""
        try:
            if isinstance(connection, ssl.SSLSocket) and not client.shaken:
                connection.do_handshake()
                client.shaken = fresh = True
            if client.outgoing:
                self._say(connection, client)
            if not fresh:
                self._hear(connection, client)
        except (ssl.SSLWantReadError, BlockingIOError):
            return
        except OSError as error:
            self.leave(connection, client, type(error).__name__)

    def leave(self, connection: socket.socket, client: Client, reason: str) -> None:
        """End a session that is not at its end."""
        self._end(connection, client, client.is_left(reason))

    def _say(self, connection: socket.socket, client: Client) -> None:
        sent = connection.send(client.outgoing)
        client.outgoing = client.outgoing[sent:]
        wanted = _BOTH if client.outgoing else selectors.EVENT_READ
        if self._selector.get_key(connection).events != wanted:
            self._selector.modify(connection, wanted, client)

    def _hear(self, connection: socket.socket, client: Client) -> None:
        received = connection.recv(_PIECE)
        client.incoming += received
        whole = answer(client.incoming)
        if whole is None:
            if not received:
                self.leave(connection, client, "closed")
            return
        head, content, used = whole
        client.incoming = client.incoming[used:]
        good = client.hears(head, content)
        if good is not None:
            self._end(connection, client, good)
        elif self._keep_alive:
            self._say(connection, client)
        else:
            self._close(connection)
            self.connect(client)

    def _end(self, connection: socket.socket, client: Client, good: bool) -> None:
        self._close(connection)
        client.talk.close()
        self.over(client, good)

    def _close(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        connection.close()


class Loop(Wires):
    """Holds sessions with one port."""

    def __init__(
        self,
        port: int,
        talk_of: Callable[[int], tuple[int, Talk]],
        sessions: int,
        keep_alive: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(keep_alive, tls)
        self.tally = Tally()
        self._port = port
        self._talk_of = talk_of
        self._sessions = sessions
        self._begun = 0

    def run(self, concurrency: int) -> Tally:
        """Hold all of them, ``concurrency`` at a time."""
        for _ in range(concurrency):
            self._begin()
        while self._selector.get_map():
            ready = self._selector.select(PATIENCE)
            if not ready:
                raise TimeoutError(f"nothing came for {PATIENCE} s")
            for key, _ in ready:
                self.advance(key.fileobj, key.data)  # type: ignore[arg-type]
        return self.tally

    def over(self, client: Client, good: bool) -> None:
        """Count it; the next begins."""
        self.tally.sessions += good
        self.tally.errors += not good
        self.tally.seconds.append(time.perf_counter() - client.began)
        self._begin()

    def _begin(self) -> None:
        if self._begun < self._sessions:
            device, talk = self._talk_of(self._begun)
            self._begun += 1
            self.connect(Client(device, talk, self._port))
