"""Uploads: what a device sends to the URL that was made for it, once."""

from __future__ import annotations

from twisted.logger import Logger

from acs.firmware.tickets import Ticket
from acs.firmware.uploads import Upload, Uploads
from acs.store.records.files import Direction
from acs.web.files.admission import PUT, whose
from acs.web.files.limits import Limits
from acs.web.files.multipart import FirstFile, boundary_of
from acs.web.files.pacing import Places
from acs.web.files.paths import BadPath, segments_of
from acs.web.files.receiving import Expects, Receiving, Taking
from acs.web.files.reception import Reception
from acs.web.files.requests import FileRequest

log = Logger()


class Incoming:
    """Serves PUT and POST: what the head of the request says is judged before anything is read."""

    def __init__(self, reception: Reception, uploads: Uploads, limits: Limits, expects: Expects) -> None:
        self._admission, self._refusals = reception.admission, reception.refusals
        self._transfers = reception.transfers
        self._places = Places(limits.uploads, limits.uploads_per_address)
        self._most = limits.upload_bytes
        self._taking = Taking(
            uploads=uploads,
            expects=expects,
            most=limits.upload_bytes,
            now=reception.clock.seconds,
            in_thread=reception.in_thread,
        )
        self._coming: dict[tuple[int, int], Receiving] = {}

    def body_of(self, request: FileRequest, length: int | None) -> Receiving | None:
        """Who takes it; None where it was refused."""
        try:
            names = segments_of(request.target.partition("?")[0].removesuffix("/"))
            ticket = self._admission.by_ticket(names[1], PUT) if names[0] == PUT and len(names) > 1 else None
        except BadPath as bad:
            self._refuse(request, 404, f"the path is refused: {bad}")
            return None
        if ticket is None:
            self._refuse(request, 404, "no ticket for an upload")
            return None
        if length == 0 and request.header("content-length") is None:
            self._refuse(request, 411, "no length is given")
            return None
        form = _form_of(request)
        # What surrounds the file in a form is counted as it comes.
        if length is not None and length > self._most and form is None:
            self._refuse(request, 413, "it is too long")
            return None
        if not self._places.take(request.address):
            self._refusals.busy(request)
            return None
        return self._receive(request, ticket, names[-1] if len(names) > 2 else "", length, form)

    def _refuse(self, request: FileRequest, status: int, reason: str) -> None:
        self._refusals.tell(request, reason)
        request.refuse(status)

    def _receive(
        self, request: FileRequest, ticket: Ticket, name: str, length: int | None, form: FirstFile | None
    ) -> Receiving:
        place = (ticket.device, ticket.job)
        if (before := self._coming.get(place)) is not None:
            before.give_way()
        path = f"uploads/{ticket.device}/{ticket.job}"
        transfer = self._transfers.begin(
            Direction.UPLOAD, request.address, ticket, path, length or 0, request.cut
        )
        receiving: Receiving

        def over(outcome: Upload | str) -> None:
            self._places.leave(request.address)
            if self._coming.get(place) is receiving:
                del self._coming[place]
            whole = isinstance(outcome, Upload)
            transfer.end("" if whole else str(outcome))
            self._tell(request, ticket, outcome)

        receiving = Receiving(self._taking, request, ticket, name, length, form, transfer, over)
        self._coming[place] = receiving
        receiving.begin()
        return receiving

    def _tell(self, request: FileRequest, ticket: Ticket, outcome: Upload | str) -> None:
        if isinstance(outcome, Upload):
            said = "{client} has uploaded {size} bytes{who}"
            log.info(said, client=request.address, size=outcome.size, who=whose(ticket))
        else:
            self._refusals.tell(request, f"the upload ends: {outcome}")


def _form_of(request: FileRequest) -> FirstFile | None:
    """Reads the body, where it is a form with a file in it."""
    boundary = boundary_of(request.header("content-type") or "") if request.method == b"POST" else None
    return None if boundary is None else FirstFile(boundary)
