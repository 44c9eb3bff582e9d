"""One transfer: the client, its own UDP port, the file, the clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.datagrams import plain
from acs.firmware.image import Image
from acs.session.sources import source_of
from acs.store.records.files import Direction, FileTransfer, Way
from acs.tftp.codec import NETASCII, BadPacket, Code, Error, Request, decode, encode
from acs.tftp.options import Terms
from acs.tftp.reading import InThread, Pieces, Shorter, piece_of
from acs.tftp.sockets import Place
from acs.tftp.transfer import ReadTransfer

MOST_STRANGERS = 8
"""How many datagrams from elsewhere a transfer answers, each with an ERROR that is no longer."""
STEPS = 100
"""In so many steps a transfer's progress is told."""

OpenPort = Callable[[DatagramProtocol, str], Any]
"""Opens a UDP port for a protocol at an address of ours, "" or "::" for all; raises `OSError`."""

log = Logger()


class Watcher(Protocol):
    """Whom a transfer tells how it goes."""

    def answered(self, sending: Sending) -> None:
        """The client has answered for the first time."""

    def progressed(self, sending: Sending) -> None:
        """Some more of the file has arrived."""

    def ended(self, sending: Sending) -> None:
        """It is over; ``why`` says why it broke off."""


class Sending(DatagramProtocol):
    """From the request until the file has arrived, or there is no hope that it will.

    :ivar number: its id among all transfers.
    :ivar request: the datagram that asked for it.
    :ivar older: the transfer that the client may have given up for this one.
    :ivar answered: whether the client has shown that it is there.
    :ivar over: whether it has ended.
    :ivar why: why it broke off; "" where the file has arrived.
    :ivar closed: fires when its file is closed.
    """

    noisy = False

    def __init__(
        self,
        client: Place,
        request: bytes,
        path: str,
        clock: IReactorTime,
        watcher: Watcher,
        number: int = 0,
    ) -> None:
        self.number = number
        self.client = client
        self.host = plain(client[0])
        self.source = source_of(self.host)
        self.request = request
        self.path = path
        self.older: Sending | None = None
        self.answered = False
        self.over = False
        self.why = ""
        self.closed: Deferred[None] = Deferred()
        self._clock: Any = clock
        self._watcher = watcher
        self._transfer: ReadTransfer | None = None
        self._pieces: Pieces | None = None
        self._timer: Any = None
        self._began = self._clock.seconds()
        self._size = 0
        self._told = 0
        self._strangers = 0
        self._trouble = ""

    @property
    def sent(self) -> int:
        """Bytes of the file that have arrived."""
        if self._transfer is None:
            return 0
        # Netascii makes more of them.
        return self._size if self.over and not self.why else min(self._transfer.acknowledged, self._size)

    @property
    def told(self) -> FileTransfer:
        """How far it has come."""
        return FileTransfer(
            id=self.number,
            way=Way.TFTP,
            direction=Direction.DOWNLOAD,
            client=self.host,
            path=self.path,
            began=self._began,
            sent=self.sent,
            size=self._size,
            ended=self.over,
            failure=self.why,
        )

    def begin(
        self, image: Image, file: BinaryIO, request: Request, terms: Terms, in_thread: InThread
    ) -> None:
        """The file is open; closes it in the end.  The port has to be open as well."""
        self._size = image.size
        piece = piece_of(terms.block * terms.window)
        self._pieces = Pieces(file, image.size, piece, request.mode == NETASCII, in_thread)
        self._transfer = ReadTransfer(terms)
        self._send(self._transfer.start(self._clock.seconds()))

    def end(self, why: str) -> None:
        """Break it off without telling the client; nothing where it is over."""
        if not self.over:
            self.why = why
            self._finish()

    def break_off(self, why: str, code: Code = Code.NOT_DEFINED) -> None:
        """Break it off; the client is told."""
        if self._transfer is not None and not self.over:
            self._send(self._transfer.break_off(code, why))
        else:
            self.end(why)

    def was_not_opened(self) -> None:
        """There will be no file."""
        self._close()

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        if self._transfer is None or self.over:
            return
        if addr != self.client:
            self._turn_away(datagram, addr)
            return
        try:
            packet = decode(datagram)
        except BadPacket:
            return
        self._send(self._transfer.received(packet, self._clock.seconds()))

    def _turn_away(self, datagram: bytes, stranger: Place) -> None:
        """Somebody has the wrong port (RFC 1350 4); an ERROR is not answered with another."""
        try:
            packet = decode(datagram)
        except BadPacket:
            return
        if not isinstance(packet, Error) and self._strangers < MOST_STRANGERS:
            self._strangers += 1
            self._write(encode(Error(Code.UNKNOWN_TRANSFER)), stranger)

    def _send(self, packets: list[bytes]) -> None:
        transfer = self._transfer
        assert transfer is not None
        for packet in packets:
            self._write(packet, self.client)
        self._tell(transfer)
        if transfer.over:
            self.why = f"{transfer.why} ({self._trouble})" if transfer.why and self._trouble else transfer.why
            self._finish()
            return
        self._set_timer(transfer.deadline)
        if transfer.wants_data and self._pieces is not None and not self._pieces.is_reading:
            self._pieces.read().addCallbacks(self._was_read, self._failed).addErrback(self._mistake)

    def _write(self, packet: bytes, to: Place) -> None:
        transport: Any = self.transport
        try:
            transport.write(packet, to)
            self._trouble = ""
        except OSError as error:  # as good as one that was lost on its way
            self._trouble = error.strerror or str(error)

    def _tell(self, transfer: ReadTransfer) -> None:
        if transfer.answered and not self.answered:
            self.answered, self._told = True, transfer.acknowledged
            self._watcher.answered(self)
        if not transfer.over and transfer.acknowledged >= self._told + max(1, self._size // STEPS):
            self._told = transfer.acknowledged
            self._watcher.progressed(self)

    def _was_read(self, read: tuple[bytes, bool]) -> None:
        if not self.over and self._transfer is not None:
            self._send(self._transfer.feed(*read, self._clock.seconds()))

    def _failed(self, failure: Failure) -> None:
        if not isinstance(failure.value, OSError | Shorter):
            log.failure("TFTP: {path} cannot be read", failure, path=self.path)
        self.break_off(f"the file cannot be read: {failure.getErrorMessage()}")

    def _set_timer(self, deadline: float | None) -> None:
        if deadline is None:
            self._stop_timer()
            return
        wait = max(0.0, deadline - self._clock.seconds())
        if self._timer is None:
            self._timer = self._clock.callLater(wait, self._timed_out)
        else:
            self._timer.reset(wait)

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _timed_out(self) -> None:
        self._timer = None
        if self._transfer is not None:
            self._send(self._transfer.timed_out(self._clock.seconds()))

    def _finish(self) -> None:
        self.over = True
        self._stop_timer()
        if self.transport is not None:
            self.transport.stopListening()
        self._log()
        if self._pieces is not None:
            self._pieces.close().addCallback(lambda _: self._close())
        self._watcher.ended(self)

    def _close(self) -> None:
        if not self.closed.called:
            self.closed.callback(None)

    def _log(self) -> None:
        """Whom nobody has heard is no line: it may not even be there."""
        if not self.answered:
            return
        words = "TFTP: {path} to {address} has arrived, {sent} bytes in {seconds} s"
        if self.why:
            words = "TFTP: {path} to {address} broke off after {sent} of {size} bytes, {seconds} s: {why}"
        seconds = round(self._clock.seconds() - self._began, 3)
        log.info(
            words,
            path=self.path,
            address=self.host,
            sent=self.sent,
            size=self._size,
            seconds=seconds,
            why=self.why,
        )

    def _mistake(self, failure: Failure) -> None:
        log.failure("a TFTP transfer failed", failure)
        self.end("of a mistake in this program")
