"""A TFTP server on loopback, over files on disk."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from random import Random
from typing import Any, BinaryIO

from twisted.internet import reactor as real_reactor
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.threads import deferToThreadPool
from twisted.internet.utils import getProcessOutputAndValue

from acs.firmware.image import Image
from acs.store.records.files import FileTransfer
from acs.tftp.running import Limits
from acs.tftp.server import TftpServer
from acs.tftp.sockets import listen, open_port

reactor: Any = real_reactor


def in_thread(work: Any, *arguments: Any) -> Deferred[Any]:
    """Carry it out in a thread of the reactor's."""
    return deferToThreadPool(reactor, reactor.getThreadPool(), work, *arguments)


class LoopbackSite:
    """The files of a folder, which must exist; listens as soon as it is made.

    :ivar log: of what `progress` is told.
    """

    def __init__(
        self,
        folder: Path,
        endpoint: str = "udp:0:interface=127.0.0.1",
        limits: Limits = Limits(),  # noqa: B008 (it does not change)
    ) -> None:
        self.folder = folder
        self.progress: list[tuple[str, str, int, int]] = []
        opens = partial(in_thread, self._open)
        self.server = TftpServer(
            opens, partial(open_port, reactor), reactor, in_thread, self._progressed, limits
        )
        self.port = listen(reactor, endpoint, self.server)

    @property
    def number(self) -> int:
        """The port that it listens on."""
        return self.port.getHost().port

    def _progressed(self, what: FileTransfer) -> None:
        self.progress.append((what.client, what.path, what.sent, what.size))

    def _open(self, path: str) -> tuple[Image, BinaryIO]:
        try:
            file = (self.folder / path).open("rb")
        except FileNotFoundError as error:
            raise LookupError(path) from error
        return Image(path, (self.folder / path).stat().st_size, 0.0), file

    def stop(self) -> Deferred[Any]:
        """Close it all."""
        return self.server.stop()


class LossyRelay(DatagramProtocol):
    """A port before that of a server, for one client: of what goes through it, either way, a share is lost,
    and as much comes late.

    :ivar lost: how many datagrams were.
    """

    def __init__(self, server: int, share: float, seed: int) -> None:
        self.lost = 0
        self._chance = Random(seed)
        self._share = share
        self._client: Any = None
        self.server = server
        self._there = ("127.0.0.1", server)
        self._beyond = _Beyond(self)
        self._ports = [reactor.listenUDP(0, each, interface="127.0.0.1") for each in (self, self._beyond)]

    @property
    def number(self) -> int:
        """The port that it listens on."""
        return self._ports[0].getHost().port

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        """From the client, to wherever the server answers from."""
        if addr != self._client:  # what it asks for arrives: how long it waits to ask again is its own affair
            self._client, self._there = addr, ("127.0.0.1", self.server)
            self._beyond.transport.write(datagram, self._there)
            return
        self._pass_on(self._beyond.transport, datagram, self._there)

    def answered(self, datagram: bytes, addr: Any) -> None:
        """From the server."""
        self._there = addr
        self._pass_on(self.transport, datagram, self._client)

    def _pass_on(self, transport: Any, datagram: bytes, to: Any) -> None:
        fate = self._chance.random()
        if fate < self._share:
            self.lost += 1
        elif fate < 2 * self._share:
            reactor.callLater(0.003, self._late, transport, datagram, to)
        else:
            transport.write(datagram, to)

    def _late(self, transport: Any, datagram: bytes, to: Any) -> None:
        if all(port.connected for port in self._ports):
            transport.write(datagram, to)

    def stop(self) -> Deferred[Any]:
        """Close it."""
        return gatherResults([maybeDeferred(port.stopListening) for port in self._ports])


class _Beyond(DatagramProtocol):
    """The side of a `LossyRelay` that the server sees."""

    def __init__(self, relay: LossyRelay) -> None:
        self._relay = relay

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self._relay.answered(datagram, addr)


async def run(program: str, *arguments: str, folder: Path) -> tuple[str, int]:
    """Run a program in a folder; what it wrote, and its exit status."""
    done: Any = await getProcessOutputAndValue(program, arguments, env=None, path=str(folder))
    output, errors, status = done
    return (output + errors).decode("utf-8", "replace"), status
