"""The port that requests come to (RFC 1350), each to be answered from a port of its own.

Files are read, never written.  A request may be forged to have us send something to somebody else: so to an
address that has not answered goes one packet of at most 516 bytes, three times at the most, and requests of
one source are limited.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from itertools import count
from typing import Any, BinaryIO

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.datagrams import plain
from acs.firmware.image import Image
from acs.session.rates import Rates
from acs.session.sources import source_of
from acs.session.sparing import Sparing
from acs.store.records.files import FileTransfer
from acs.tftp.codec import NETASCII, BadPacket, Code, Error, Kind, Request, decode, encode
from acs.tftp.names import BadName, name_of
from acs.tftp.options import negotiate
from acs.tftp.reading import InThread
from acs.tftp.running import Limits, Running
from acs.tftp.sending import OpenPort, Sending
from acs.tftp.sockets import Place

LINES = (5, 60.0)
"""So many lines of the log in so many seconds about what one source did wrong."""

Opener = Callable[[str], Deferred[tuple[Image, BinaryIO]]]
"""Opens the file of a path exactly as written; fails with `LookupError` where there is none."""
Progress = Callable[[FileTransfer], None]
"""Is told of each transfer as its client answers, now and then, and as it ends."""

log = Logger()


def _nobody(_: FileTransfer) -> None:
    """Who is told of progress where nobody wants to know."""


class TftpServer(DatagramProtocol):
    """Listens where `acs.tftp.sockets.listen` has it listen.

    :param open_image: opens the files.
    :param open_port: opens a port for each transfer.
    :param clock: the reactor, or what has its time.
    :param in_thread: carries out what waits for the disk.
    :param progress: told of transfers, of those whose client has shown that it is there.
    :param numbers: gives each an id.
    """

    noisy = False

    def __init__(
        self,
        open_image: Opener,
        open_port: OpenPort,
        clock: IReactorTime,
        in_thread: InThread,
        progress: Progress = _nobody,
        limits: Limits = Limits(),  # noqa: B008 (it does not change)
        numbers: Callable[[], int] | None = None,
    ) -> None:
        self.running = Running(limits)
        self._open_image = open_image
        self._open_port = open_port
        self._clock = clock
        self._in_thread = in_thread
        self._progress = progress
        self._numbers = numbers or count(1).__next__
        self._most_opening = limits.transfers  # those that make room may be opening still
        self._rates = Rates(limits.requests, limits.seconds)
        self._lines_of_one = Rates(*LINES)
        self._lines = Sparing()
        self._opening: set[Sending] = set()
        self._stopped = False

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        """From a transport that does not know where it was sent to."""
        own = self.transport.getHost().host if self.transport is not None else ""
        self.heard(datagram, addr, "" if not own or ip_address(own).is_unspecified else own)

    def heard(self, datagram: bytes, client: Place, own: str) -> None:
        """A datagram came to this address of ours ("" where it is not known)."""
        newest = self.running.of(client)
        if self._stopped or (newest is not None and not newest.answered and newest.request == datagram):
            return  # the same again: what is repeated, the transfer itself repeats
        if not _may_be_answered(client):
            return
        own = own or ("::" if ":" in client[0] else "")
        try:
            packet = decode(datagram)
        except BadPacket as error:
            if error.is_request and self._grants(client):
                self._refuse(client, own, Code.ILLEGAL_OPERATION, str(error))
            return
        if isinstance(packet, Request) and self._grants(client):
            self._asked(packet, datagram, client, own)

    def transfers(self) -> list[FileTransfer]:
        """Those that are running, whose client has shown that it is there."""
        return [sending.told for sending in self.running if sending.answered]

    def stop(self) -> Deferred[Any]:
        """Close everything; fires when no file is open any more."""
        self._stopped = True
        closing: list[Deferred[Any]] = [each.closed for each in {*self.running, *self._opening}]
        for sending in self.running:
            sending.break_off("the server stops")
        transport: Any = self.transport
        if transport is not None:
            closing.append(maybeDeferred(transport.stopListening))
        return gatherResults(closing)

    # What transfers tell.

    def answered(self, sending: Sending) -> None:
        """A client has shown that it is there."""
        log.info("TFTP: {path} to {address} begins", path=sending.path, address=sending.host)
        self.running.answered(sending)
        self._progress(sending.told)

    def progressed(self, sending: Sending) -> None:
        """Some of it has arrived."""
        self._progress(sending.told)

    def ended(self, sending: Sending) -> None:
        """It is over."""
        self.running.remove(sending)
        if sending.answered:
            self._progress(sending.told)
        elif not self._stopped:
            self._note(sending.host, f"{sending.path!r} was not sent", sending.why)

    # What requests come to.

    def _grants(self, client: Place) -> bool:
        """Whether a client may ask now; if not, it hears nothing, and will ask again."""
        host = plain(client[0])
        if not self._rates.wait(source_of(host), self._clock.seconds()):
            return True
        self._note(host, "a request was passed over", "there are too many of them")
        return False

    def _asked(self, request: Request, datagram: bytes, client: Place, own: str) -> None:
        if request.kind is Kind.WRQ:
            self._refuse(client, own, Code.ACCESS_VIOLATION, "files are not taken here", request)
            return
        if request.mode == "mail":
            self._refuse(client, own, Code.ILLEGAL_OPERATION, "there is no mail here", request)
            return
        try:
            path = name_of(request.name)
        except BadName as error:
            self._refuse(client, own, Code.ACCESS_VIOLATION, str(error), request)
            return
        sending = Sending(client, datagram, path, self._clock, self, self._numbers())
        if len(self._opening) >= self._most_opening or not self.running.make_room(sending.source):
            self._note(sending.host, f"{path!r} was not sent", "there are too many transfers")
            return
        self.running.add(sending)
        self._opening.add(sending)
        arguments = sending, request, own
        opening = self._open_image(path).addBoth(self._no_longer_opening, sending)
        opening.addCallbacks(self._opened, self._was_not_opened, arguments, {}, arguments)
        opening.addErrback(self._mistake, sending)

    def _no_longer_opening(self, result: Any, sending: Sending) -> Any:
        self._opening.discard(sending)
        return result

    def _opened(self, opened: tuple[Image, BinaryIO], sending: Sending, request: Request, own: str) -> None:
        image, file = opened
        if sending.over:
            self._close(file, sending)
            return
        try:
            self._open_port(sending, own)
        except OSError as error:
            sending.end(f"no port could be opened: {error.strerror or error}")
            self._close(file, sending)
            return
        terms = negotiate(request.options, None if request.mode == NETASCII else image.size)
        sending.begin(image, file, request, terms, self._in_thread)

    def _close(self, file: BinaryIO, sending: Sending) -> None:
        file.close()
        sending.was_not_opened()

    def _was_not_opened(self, failure: Failure, sending: Sending, request: Request, own: str) -> None:
        code, words = Code.FILE_NOT_FOUND, "there is no such file"
        if not isinstance(failure.value, LookupError):
            code, words = Code.NOT_DEFINED, "the file cannot be opened"
            log.failure("TFTP: {path} cannot be opened", failure, path=sending.path)
        wanted = not sending.over
        self.running.remove(sending)
        sending.was_not_opened()
        if wanted:
            self._refuse(sending.client, own, code, words, request)

    def _mistake(self, failure: Failure, sending: Sending) -> None:
        log.failure("a TFTP request could not be answered", failure)
        sending.end("of a mistake in this program")

    def _refuse(
        self, client: Place, own: str, code: Code, words: str, request: Request | None = None
    ) -> None:
        """Answer with an ERROR, from a port of its own as well."""
        asked = f"{request.kind.name} {request.name[:100]!r}" if request is not None else "a request"
        self._note(plain(client[0]), f"{asked} was refused", words)
        try:
            port = self._open_port(_Refusing(), own)
        except OSError as error:
            self._note(plain(client[0]), "no port could be opened", str(error))
            return
        try:
            port.write(encode(Error(code, words)), client)
        except OSError as error:
            self._note(plain(client[0]), "it could not be told so", str(error))
        port.stopListening()

    def _note(self, host: str, what: str, why: str) -> None:
        """Log what somebody did wrong; not all of it where that is much."""
        now = self._clock.seconds()
        for reason, times in self._lines.passed_over(now).items():
            log.info("TFTP: {times} times more: {why}", times=times, why=reason)
        if not self._lines_of_one.wait(source_of(host), now) and self._lines.wants(now, why):
            log.info("TFTP: {what} for {address}: {why}", what=what, address=host, why=why)


class _Refusing(DatagramProtocol):
    """Says one thing, and hears nothing."""

    noisy = False


def _may_be_answered(client: Place) -> bool:
    """Whether a datagram may have come from there at all."""
    at = ip_address(plain(client[0]))
    return bool(client[1]) and not (at.is_multicast or at.is_unspecified or str(at) == "255.255.255.255")
