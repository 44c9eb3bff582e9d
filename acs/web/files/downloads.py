"""Downloads: a file of the catalogue, whole or in part, for who may have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from twisted.logger import Logger

from acs.firmware.image import Catalogue, Image
from acs.firmware.tickets import Ticket
from acs.store.records.files import Direction
from acs.web.files.admission import Wanted, to_get, whose
from acs.web.files.limits import Limits
from acs.web.files.pace import Measured
from acs.web.files.pacing import Bucket, Places
from acs.web.files.paths import BadPath, file_of, segments_of
from acs.web.files.reception import Reception
from acs.web.files.replies import Reply, reply_to
from acs.web.files.requests import FileRequest
from acs.web.files.sending import Broken, Sending

GET = "get"
"""The first name of a path with a ticket."""

log = Logger()


class NotHere(Exception):
    """There is no such file, or it is not to be told that there is."""


class Downloads:
    """Serves GET and HEAD.

    :param boundary: makes what stands between parts of a file, another one each time.
    """

    def __init__(
        self, reception: Reception, catalogue: Catalogue, limits: Limits, boundary: Callable[[], str]
    ) -> None:
        self._admission, self._refusals = reception.admission, reception.refusals
        self._transfers, self._in_thread = reception.transfers, reception.in_thread
        self._clock = reception.clock
        self._catalogue = catalogue
        self._places = Places(limits.downloads, limits.downloads_per_address)
        self._rate = limits.rate
        self._together = Bucket(limits.rate_together, reception.clock.seconds)
        self._boundary = boundary

    async def serve(self, request: FileRequest) -> None:
        """Answer a request."""
        try:
            path, ticket = self._asked(request)
            image, file = await self._open(path)
        except Wanted as wanted:
            request.answer(401, {"WWW-Authenticate": self._admission.challenges(wanted.stale)})
        except BadPath as bad:
            self._refusals.tell(request, f"the path is refused: {bad}")
            request.answer(404)
        except NotHere:
            self._refusals.tell(request, "no such file, or no ticket for it")
            request.answer(404)
        else:
            with file:
                await self._answer(request, ticket, image, file)

    def _asked(self, request: FileRequest) -> tuple[str, Ticket]:
        """Which file is asked for, and by whom; raises `BadPath`, `NotHere`, `Wanted`."""
        names = segments_of(request.target)
        if names[0] != GET:
            path, method = file_of(names), request.method.decode("ascii")
            shown = request.header("authorization")
            return path, self._admission.by_name(path, method, request.target, shown)
        path = file_of(names[2:])
        ticket = self._admission.by_ticket(names[1], to_get(path))
        if ticket is None:
            raise NotHere
        return path, ticket

    async def _open(self, path: str) -> tuple[Image, BinaryIO]:
        """Raises `NotHere`."""
        try:
            return await self._in_thread(self._catalogue.open, path)
        except LookupError:
            raise NotHere from None
        except OSError as error:
            log.error("{path} cannot be read: {reason}", path=ascii(path), reason=error.strerror or error)
            raise NotHere from None

    async def _answer(self, request: FileRequest, ticket: Ticket, image: Image, file: BinaryIO) -> None:
        reply = reply_to(request.method.decode("ascii"), request.header, image, self._boundary())
        if request.method == b"HEAD" or not reply.pieces:
            self._answer_head(request, reply)
        elif not self._places.take(request.address):
            self._refusals.busy(request)
        else:
            try:
                await self._send(request, ticket, image.path, reply, file)
            finally:
                self._places.leave(request.address)

    def _answer_head(self, request: FileRequest, reply: Reply) -> None:
        if reply.status >= 400:
            request.answer(reply.status, reply.headers)
        elif not request.gone:
            request.begin(reply.status, reply.headers, reply.length)
            request.finish()  # type: ignore[no-untyped-call]

    async def _send(
        self, request: FileRequest, ticket: Ticket, path: str, reply: Reply, file: BinaryIO
    ) -> None:
        if request.gone:
            return
        began = self._clock.seconds()
        sending: Sending

        def cut(why: str) -> None:
            sending.stop(why)
            request.cut(why)

        transfer = self._transfers.begin(
            Direction.DOWNLOAD, request.address, ticket, path, reply.of_file, cut
        )
        buckets = (Bucket(self._rate, self._clock.seconds), self._together)
        pace = Measured(transfer, self._transfers.__len__, buckets)
        sending = Sending(request, file, self._in_thread, self._clock, pace)
        request.begin(reply.status, reply.headers, reply.length)
        failure = ""
        try:
            await sending.send(reply.pieces)
        except (Broken, OSError) as error:
            failure = str(error)
            request.cut(failure)
        finally:
            transfer.end(failure)
        log.info(
            "{client} has had {sent} of {size} bytes of {path} in {seconds:.1f} s{who}{failure}",
            client=request.address,
            sent=transfer.sent,
            size=reply.of_file,
            path=ascii(path),
            seconds=self._clock.seconds() - began,
            device=ticket.device,
            who=whose(ticket),
            failure=f": {failure}" if failure else "",
        )
