"""A TFTP server in memory, an internet that may lose datagrams, a client that shares no code with it."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from random import Random
from typing import Any, BinaryIO

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import Clock

from acs.firmware.image import Image
from acs.store.records.files import FileTransfer
from acs.tftp.running import Limits
from acs.tftp.server import TftpServer
from tests.support.datagrams import Internet, Place

SERVER = ("192.0.2.1", 69)
CLIENT = ("198.51.100.7", 2001)
PATH = "acme/box/1.2/image.bin"

RRQ, WRQ, DATA, ACK, ERROR, OACK = range(1, 7)


def request(path: str | bytes, mode: str = "octet", kind: int = RRQ, **options: object) -> bytes:
    """A request as RFC 1350 and 2347 have it."""
    name = path.encode() if isinstance(path, str) else path
    texts = [name, mode.encode()]
    for option, value in options.items():
        texts += [option.encode(), str(value).encode()]
    return struct.pack(">H", kind) + b"".join(text + b"\0" for text in texts)


def ack(block: int) -> bytes:
    """An ACK."""
    return struct.pack(">HH", ACK, block)


def kind_of(datagram: bytes) -> int:
    """RRQ to OACK."""
    return int.from_bytes(datagram[:2], "big")


def number_of(datagram: bytes) -> int:
    """The block, or the code of an error."""
    return int.from_bytes(datagram[2:4], "big")


def agreed(datagram: bytes) -> dict[str, str]:
    """The options of an OACK."""
    texts = datagram[2:].decode().split("\0")[:-1]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def image_of(size: int, seed: int = 1) -> bytes:
    """So many bytes, none like its neighbours."""
    return Random(seed).randbytes(size)


@dataclass
class LossyInternet(Internet):
    """Loses a share of all datagrams, doubles some, and has some arrive late."""

    lost: float = 0.0
    late: float = 0.0
    doubled: float = 0.0
    chance: Random = field(default_factory=lambda: Random(1))

    def send(self, data: bytes, source: Place, to: Place) -> None:
        for _ in range(2 if self.chance.random() < self.doubled else 1):
            if self.chance.random() >= self.lost:
                delay = 0.02 if self.chance.random() < self.late else 0.001
                self.clock.callLater(delay, self._arrived, data, source, to)


class Files:
    """What can be opened; keeps what is open."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self.contents = dict(contents)
        self.asked: list[str] = []
        self.open: list[BinaryIO] = []
        self.waiting: list[Deferred[None]] | None = None

    def __call__(self, path: str) -> Deferred[tuple[Image, BinaryIO]]:
        self.asked.append(path)
        if path not in self.contents:
            return Deferred.fromCoroutine(self._missing(path))
        wait: Deferred[None] = succeed(None)
        if self.waiting is not None:
            wait = Deferred()
            self.waiting.append(wait)
        return wait.addCallback(lambda _: self._file(path))

    async def _missing(self, path: str) -> tuple[Image, BinaryIO]:
        raise LookupError(path)

    def _file(self, path: str) -> tuple[Image, BinaryIO]:
        file = BytesIO(self.contents[path])
        self.open.append(file)
        return Image(path, len(self.contents[path]), 0.0), file

    @property
    def still_open(self) -> int:
        """How many were not closed."""
        return sum(not file.closed for file in self.open)


class Client(DatagramProtocol):
    """Asks for one file, and takes it as RFC 1350 and RFC 7440 say.

    :ivar ended: "" while it goes on, "done", or what went wrong.
    """

    def __init__(self, clock: Clock, asks: bytes, windowsize: int = 1, patience: float = 0.7) -> None:
        self.clock = clock
        self.asks = asks
        self.windowsize = windowsize
        self.patience = patience
        self.block, self.window = 512, 1
        self.hash = sha256()
        self.size = 0
        self.options: dict[str, str] = {}
        self.ended = ""
        self.server: Place | None = None
        self._arrived = 0
        self._since_ack = 0
        self._told_gap = False
        self._last = asks
        self._timer: Any = None

    def startProtocol(self) -> None:
        self._send(self.asks)

    def _send(self, datagram: bytes) -> None:
        self._last = datagram
        self.transport.write(datagram, self.server or SERVER)  # type: ignore[union-attr]
        self._wait()

    def _wait(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = self.clock.callLater(self.patience, self._send_again)

    def _send_again(self) -> None:
        self._send(self._last)

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        if self.server is None:
            self.server = addr
        if addr != self.server or self.ended:
            return
        if kind_of(datagram) == ERROR:
            self._end(f"error {number_of(datagram)}")
        elif kind_of(datagram) == OACK and not self._arrived:
            self.options = agreed(datagram)
            self.block = int(self.options.get("blksize", 512))
            self.window = int(self.options.get("windowsize", 1))
            self._send(ack(0))
        elif kind_of(datagram) == DATA:
            self._data(number_of(datagram), datagram[4:])

    def _data(self, number: int, payload: bytes) -> None:
        if number != (self._arrived + 1) % 65536:
            if not self._told_gap:
                self._told_gap = True
                self._since_ack = 0
                self._send(ack(self._arrived % 65536))
            return
        self._told_gap = False
        self._arrived += 1
        self._since_ack += 1
        self.hash.update(payload)
        self.size += len(payload)
        if len(payload) < self.block or self._since_ack == self.window:
            self._since_ack = 0
            self._send(ack(number))
        if len(payload) < self.block:
            self._end("done")

    def _end(self, how: str) -> None:
        self.ended = how
        self._timer.cancel()


class Site:
    """A server with its files, its clock and the internet around it."""

    def __init__(
        self,
        contents: Mapping[str, bytes],
        limits: Limits = Limits(),  # noqa: B008 (it does not change)
        internet: Callable[[Clock], Internet] = Internet,
    ) -> None:
        self.clock = Clock()
        self.internet = internet(self.clock)
        self.files = Files(contents)
        self.progress: list[tuple[str, str, int, int]] = []
        self.server = TftpServer(
            self.files, self._open_port, self.clock, maybeDeferred, self._progressed, limits
        )
        self.port = self.internet.listen(self.server, *SERVER)

    def _open_port(self, protocol: DatagramProtocol, host: str) -> Any:
        return self.internet.listen(protocol, host)

    def _progressed(self, what: FileTransfer) -> None:
        self.progress.append((what.client, what.path, what.sent, what.size))

    def pass_time(self, seconds: float) -> None:
        """Let it go by, from one thing that happens to the next."""
        until = self.clock.seconds() + seconds
        while calls := [call.getTime() for call in self.clock.getDelayedCalls()]:
            if min(calls) > until:
                break
            self.clock.advance(max(0.0, min(calls) - self.clock.seconds()))
        self.clock.advance(max(0.0, until - self.clock.seconds()))

    def send(self, datagram: bytes, source: Place = CLIENT, to: Place = SERVER) -> list[bytes]:
        """Send a datagram as a client; what is sent back to that within 10 ms."""
        before = len(self.internet.to(source))
        self.internet.send(datagram, source, to)
        self.pass_time(0.01)
        return [each.data for each in self.internet.to(source)[before:]]

    def own_port(self, client: Place = CLIENT) -> Place:
        """Whence the last datagram to a client came."""
        return self.internet.to(client)[-1].source

    def fetch(self, asks: bytes, client: Place = CLIENT, seconds: float = 20_000.0) -> Client:
        """Have a client ask, and wait for what comes of it."""
        made = Client(self.clock, asks)
        port = self.internet.listen(made, *client)
        until = self.clock.seconds() + seconds
        while not made.ended and self.clock.seconds() < until and self.clock.getDelayedCalls():
            self.clock.advance(max(0.0, self.clock.getDelayedCalls()[0].getTime() - self.clock.seconds()))
        self.pass_time(0.1)
        port.stopListening()
        return made
