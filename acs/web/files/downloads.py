"""Downloads: a file of the catalogue, whole or in part, for who may have it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from acs.firmware.image import Catalogue, Image
from acs.firmware.tickets import Ticket
from acs.web.appliance import InThread
from acs.web.files.admission import Admission, Wanted, to_get
from acs.web.files.pacing import Bucket, Pieces, Places
from acs.web.files.paths import BadPath, file_of, segments_of
from acs.web.files.refusals import Refusals
from acs.web.files.replies import Reply, reply_to
from acs.web.files.requests import FileRequest
from acs.web.files.sending import Broken, Measured, Sending
from acs.web.files.transfers import Transfers

GET = "get"
"""The first name of a path with a ticket."""

log = Logger()


class NotHere(Exception):
    """There is no such file, or it is not to be told that there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloads:
    """Serves GET and HEAD.  ``rate`` is that of each transfer, in bytes a second, ``together`` what all have
    in common; ``boundary`` makes what stands between parts of a file."""

    catalogue: Catalogue
    admission: Admission
    places: Places
    transfers: Transfers
    refusals: Refusals
    rate: int
    together: Bucket
    clock: IReactorTime
    in_thread: InThread
    boundary: Callable[[], str]

    async def serve(self, request: FileRequest) -> None:
        """Answer a request."""
        try:
            path, ticket = self._asked(request)
            image, file = await self._open(path)
        except Wanted as wanted:
            request.answer(401, {"WWW-Authenticate": self.admission.challenges(wanted.stale)})
        except BadPath as bad:
            self.refusals.tell(request, f"the path is refused: {bad}")
            request.answer(404)
        except NotHere:
            self.refusals.tell(request, "no such file, or no ticket for it")
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
            return path, self.admission.by_name(path, method, request.target, shown)
        path = file_of(names[2:])
        ticket = self.admission.by_ticket(names[1], to_get(path))
        if ticket is None:
            raise NotHere
        return path, ticket

    async def _open(self, path: str) -> tuple[Image, BinaryIO]:
        """Raises `NotHere`."""
        try:
            return await self.in_thread(self.catalogue.open, path)
        except LookupError:
            raise NotHere from None
        except OSError as error:
            log.error("{path} cannot be read: {reason}", path=ascii(path), reason=error.strerror or error)
            raise NotHere from None

    async def _answer(self, request: FileRequest, ticket: Ticket, image: Image, file: BinaryIO) -> None:
        reply = reply_to(request.method.decode("ascii"), request.header, image, self.boundary())
        if request.method == b"HEAD" or not reply.pieces:
            self._answer_head(request, reply)
        elif not self.places.take(request.address):
            self.refusals.busy(request)
        else:
            try:
                await self._send(request, ticket, image.path, reply, file)
            finally:
                self.places.leave(request.address)

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
        began = self.clock.seconds()
        sending: Sending

        def cut(why: str) -> None:
            sending.stop(why)
            request.cut(why)

        transfer = self.transfers.begin(ticket.device, ticket.job, path, reply.of_file, cut)

        def ours(us: bool) -> None:
            transfer.ours = us

        pieces = Pieces(self.transfers.__len__)
        buckets = (Bucket(self.rate, self.clock.seconds), self.together)
        pace = Measured(pieces, buckets, transfer.moved, ours)
        sending = Sending(request, file, self.in_thread, self.clock, pace)
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
            "{client} has had {sent} of {size} bytes of {path} in {seconds:.1f} s{device}{failure}",
            client=request.address,
            sent=transfer.sent,
            size=reply.of_file,
            path=ascii(path),
            seconds=self.clock.seconds() - began,
            device=f", device {ticket.device}" if ticket.device else "",
            failure=f": {failure}" if failure else "",
        )
