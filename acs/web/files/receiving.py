"""One upload, from the head of its request until it is on disk.

What comes is written in a thread; while much of it waits for the disk, nothing is read from the client.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.firmware.tickets import Ticket
from acs.firmware.uploads import AlreadyThere, NoRoom, Part, Upload, Uploads
from acs.store.interface import StoreUnavailable
from acs.web.files.multipart import BadMultipart, FirstFile
from acs.web.files.requests import FileRequest
from acs.web.files.transfers import Transfer
from acs.web.serving.threads import InThread

MUCH = 256 << 10
"""Bytes that wait for the disk while more is read."""
_OVERHEAD = 64 << 10
"""Bytes that a form may have beside the file."""

log = Logger()


class Refused(Exception):
    """The upload is not taken; ``status`` is what HTTP calls that."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _Lost(Exception):
    """The client has gone, or another one has come in its place."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of an upload before it comes; ``file_type`` is that of the Upload RPC."""

    file_type: str = ""


Expects = Callable[[Ticket], Awaitable[Expected | None]]
"""What is expected of the device and job of a ticket; None where nothing is, or nothing any more."""


async def whatever_comes(_: Ticket) -> Expected | None:
    """For a site that nobody tells: the ticket is enough."""
    return Expected()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What receiving an upload needs: where it goes, what is expected, how long it may be, the time."""

    uploads: Uploads
    expects: Expects
    most: int
    now: Callable[[], float]
    in_thread: InThread


class Receiving:
    """Takes the body of one request.

    :param length: what the request says of its body, in bytes; None where it says nothing.
    :param form: finds the file in the body, where that is a form.
    :param over: told when it has ended, with the upload or the reason why there is none.
    """

    def __init__(
        self,
        taking: Taking,
        request: FileRequest,
        ticket: Ticket,
        name: str,
        length: int | None,
        form: FirstFile | None,
        transfer: Transfer,
        over: Callable[[Upload | str], None],
    ) -> None:
        self._taking = taking
        self._request = request
        self._ticket = ticket
        self._name = name
        self._length = length or 0
        self._form = form
        self._transfer = transfer
        self._over = over
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._paused = self._ended = self._lost = False
        self._changed: Deferred[None] | None = None

    def begin(self) -> None:
        """Look whether it may come."""
        Deferred.fromCoroutine(self._receive()).addErrback(self._failed)

    # What comes

    def take(self, data: bytes) -> None:
        """Some of the body."""
        self._waiting.append(data)
        self._bytes += len(data)
        if self._bytes > MUCH and not self._paused:
            self._paused = True
            self._request.transport.pauseProducing()
        self._change()

    def end(self) -> None:
        """That was all."""
        self._ended = True
        self._change()

    def lost(self) -> None:
        """There will be no more of it."""
        self._lost = True
        self._change()

    def give_way(self) -> None:
        """The same file comes anew."""
        self.lost()
        self._request.cut("its upload has begun anew on another connection")

    def _change(self) -> None:
        if self._changed is not None:
            changed, self._changed = self._changed, None
            changed.callback(None)

    # What becomes of it

    async def _receive(self) -> None:
        outcome: Upload | str
        try:
            outcome = await self._received()
        except Refused as refused:
            outcome = str(refused)
            self._refuse(refused.status)
        except _Lost:
            outcome = "the client has gone"
        except StoreUnavailable:
            outcome = "the database is away"
            self._refuse(503)
        except OSError as error:
            outcome = f"the disk: {error.strerror or error}"
            log.error("an upload cannot be kept: {reason}", reason=outcome)
            self._refuse(500)
        self._over(outcome)
        if isinstance(outcome, Upload):
            self._request.answer(201)

    async def _received(self) -> Upload:
        taking, ticket = self._taking, self._ticket
        expected = await taking.expects(ticket)
        if expected is None:
            raise Refused(404, "nothing is expected")
        try:
            part = await taking.in_thread(taking.uploads.begin, ticket.device, ticket.job, self._length)
            try:
                await self._copy(part)
                name = _plain(self._form.name if self._form and self._form.name else self._name)
                return await taking.in_thread(part.keep, name, expected.file_type, taking.now())
            finally:
                await taking.in_thread(part.drop)
        except AlreadyThere:
            raise Refused(409, "it has been uploaded before") from None
        except NoRoom:
            raise Refused(507, "the disk is too full") from None
        except BadMultipart as bad:
            raise Refused(400, str(bad)) from None

    async def _copy(self, part: Part) -> None:
        self._request.proceed()
        while (data := await self._next()) is not None:
            content = self._form.feed(data) if self._form else data
            if part.size + len(content) > self._taking.most:
                raise Refused(413, f"it has more than {self._taking.most} bytes")
            if self._transfer.sent + len(data) > self._taking.most + _OVERHEAD:
                raise Refused(413, "there is too much beside the file")
            self._transfer.moved(len(data))
            self._transfer.ours = True
            await self._taking.in_thread(part.write, content)
            self._transfer.ours = False
        if self._form:
            self._form.end()

    async def _next(self) -> bytes | None:
        """What has come meanwhile, once something has; None at the end.  Raises `_Lost`."""
        while not (self._waiting or self._ended or self._lost):
            self._changed = Deferred()
            await self._changed
        if self._lost:
            raise _Lost
        data = b"".join(self._waiting)
        self._waiting, self._bytes = [], 0
        if self._paused:
            self._paused = False
            self._request.transport.resumeProducing()
        return data or (None if self._ended else b"")

    def _refuse(self, status: int) -> None:
        self._waiting.clear()
        if self._paused and not self._request.gone:
            self._paused = False
            self._request.transport.resumeProducing()
        if self._ended:
            self._request.answer(status)
        else:
            self._request.refuse(status)

    def _failed(self, failure: Failure) -> None:
        log.failure("an upload failed", failure)
        self._over("it failed")
        self._refuse(500)


def _plain(name: str) -> str:
    """The name as a device gives it, without folders and what is not to be seen."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:255]
