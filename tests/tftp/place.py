"""A TFTP server on loopback, over files on disk."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from twisted.internet import reactor as real_reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.internet.utils import getProcessOutputAndValue

from acs.firmware.image import Image
from acs.store.file_records import FileTransfer
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


async def run(program: str, *arguments: str, folder: Path) -> tuple[str, int]:
    """Run a program in a folder; what it wrote, and its exit status."""
    done: Any = await getProcessOutputAndValue(program, arguments, env=None, path=str(folder))
    output, errors, status = done
    return (output + errors).decode("utf-8", "replace"), status
