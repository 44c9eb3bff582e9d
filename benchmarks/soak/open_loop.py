"""An open loop of clients: each begins when it is its time, however long the others take.

What one says is a generator as in `benchmarks.loop`, but it returns what went wrong, "" for nothing.  A time
counts from when the client was to begin.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial

from benchmarks.loop import PATIENCE, Client, Wires
from benchmarks.soak.durations import Durations

Told = Generator[bytes, tuple[bytes, bytes], str]
"""What a client says; it returns what went wrong."""
MOST = 2000
"""How many clients may be at it at once: above that one is not begun, which is counted."""
_EMPTY = b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_OFTEN = 0.5
"""Seconds from one look for who has waited too long to the next."""


class Left(Exception):
    """The server has closed the connection."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What a client is to do: its kind, who it is, with which port it talks, what it says.

    ``after`` is told in the end what went wrong, "" for nothing.
    """

    kind: str
    device: int
    port: int
    talk: Callable[[], Told]
    after: Callable[[str], None] = lambda wrong: None


@dataclass
class Window:
    """What was done in some time; ``lost`` is by kind with the reason."""

    done: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    held: int = 0
    late: float = 0.0
    times: Durations = field(default_factory=Durations)
    steady: Durations = field(default_factory=Durations)


class _Caller(Client):
    """A client that is on an errand."""

    def __init__(self, errand: Errand, due: float) -> None:
        super().__init__(errand.device, errand.talk(), errand.port)
        self.errand = errand
        self.began = due
        self.wrong = ""

    def hears(self, head: bytes, content: bytes) -> bool | None:
        """As before, but what is told at the end is what went wrong."""
        try:
            self.outgoing = self.talk.send((head, content))
        except StopIteration as over:
            self.wrong = over.value
            return not self.wrong
        return None

    def is_left(self, reason: str) -> bool:
        """Some reckon with it."""
        self.wrong = reason
        try:
            self.talk.throw(Left(reason))
        except StopIteration as over:
            self.wrong = over.value
        except Left:
            pass
        return not self.wrong


class OpenLoop(Wires):
    """Holds sessions, and whatever else is an errand.

    :ivar window: what was done lately; whoever reads it puts another in its place.
    :ivar open: how many are at it.
    :ivar timed: of which kinds times are kept; of the first alone, beside, in `Window.steady`.
    """

    def __init__(self, timed: tuple[str, ...]) -> None:
        super().__init__()
        self.window = Window()
        self.timed = timed
        self._soon: deque[tuple[Errand, float]] = deque()
        self.open = 0
        self._looked = 0.0

    @property
    def idle(self) -> bool:
        """Nobody is at it, or about to be."""
        return not self.open and not self._soon

    def soon(self, errand: Errand) -> None:
        """Let it begin at the next opportunity."""
        self._soon.append((errand, time.perf_counter()))

    def begin(self, errand: Errand, due: float) -> None:
        """Let it begin now; it was to begin when it was due."""
        self.window.late = max(self.window.late, time.perf_counter() - due)
        if self.open >= MOST:
            self.window.held += 1
            errand.after("held back")
            return
        caller = _Caller(errand, due)
        self.open += 1
        try:
            self.connect(caller)
        except OSError as error:
            caller.wrong = type(error).__name__
            self.over(caller, False)

    def listen(self, ring: Callable[[str], bool]) -> int:
        """Take ConnectionRequests; ``ring`` is told the path, and says whether there will be a session.  The
        port."""
        porter = socket.create_server(("127.0.0.1", 0), backlog=1000)
        porter.setblocking(False)
        self._selector.register(porter, selectors.EVENT_READ, partial(self._accept, porter, ring))
        port: int = porter.getsockname()[1]
        return port

    def turn(self, until: float) -> None:
        """Do what is to be done, until then at the most."""
        now = time.perf_counter()
        while self._soon:
            self.begin(*self._soon.popleft())
        for key, _ in self._selector.select(max(0.0, min(_OFTEN, until - now))):
            if isinstance(key.data, _Caller):
                self.advance(key.fileobj, key.data)  # type: ignore[arg-type]
            else:
                key.data()
        if now - self._looked > _OFTEN:
            self._looked = now
            self._lose_patience(now)

    def _lose_patience(self, now: float) -> None:
        for key in list(self._selector.get_map().values()):
            if isinstance(key.data, _Caller) and now - key.data.began > PATIENCE:
                self.leave(key.fileobj, key.data, f"no end after {PATIENCE:.0f} s")  # type: ignore[arg-type]

    def over(self, client: Client, good: bool) -> None:
        """Count it, and let it go on."""
        assert isinstance(client, _Caller)
        kind = client.errand.kind
        self.open -= 1
        if good:
            self.window.done[kind] += 1
            seconds = time.perf_counter() - client.began
            if kind in self.timed:
                self.window.times.add(seconds)
            if kind == self.timed[0]:
                self.window.steady.add(seconds)
        else:
            self.lose(kind, client.wrong)
        client.errand.after("" if good else client.wrong)

    def lose(self, kind: str, reason: str) -> None:
        """Something was to end well, and did not."""
        self.window.lost[f"{kind}: {reason}"] += 1

    def _accept(self, porter: socket.socket, ring: Callable[[str], bool]) -> None:
        try:
            connection, _ = porter.accept()
        except OSError:
            return  # who called is gone again; that nobody was woken is counted where it is
        connection.settimeout(1.0)
        self._selector.register(connection, selectors.EVENT_READ, partial(self._answer, connection, ring))

    def _answer(self, connection: socket.socket, ring: Callable[[str], bool]) -> None:
        """A ConnectionRequest is small enough to come in one piece."""
        try:
            words = connection.recv(8192).split(b" ", 2)
            if len(words) == 3:
                status = b"200 OK" if ring(words[1].decode().strip("/")) else b"503 Service Unavailable"
                connection.sendall(b"HTTP/1.1 " + status + _EMPTY)
        except OSError:
            pass  # likewise
        self._close(connection)
