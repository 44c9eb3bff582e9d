"""How the API writes files on their way."""

from __future__ import annotations

from acs.store.records.files import Direction, FileTransfer, Way
from acs.web.objects.shapes import ID, KNOWN, LINKED, NUMBER, TEXT, TIME, Member, Shape, one_of


def _state(transfer: FileTransfer) -> str:
    if not transfer.ended:
        return "running"
    return "failed" if transfer.failure else "ended"


TRANSFER = Shape(
    "Transfer",
    (
        Member("id", ID),
        Member("state", one_of("running", "ended", "failed"), _state),
        Member("way", one_of(*Way)),
        Member("direction", one_of(*Direction), description="Seen from the device."),
        Member("device", KNOWN, description="Null where that is not known: TFTP does not tell."),
        Member("job", LINKED, description="The job for which it is; null where that is not known."),
        Member("client", TEXT, description="The device's address, or that of what stands before it."),
        Member("path", TEXT, description="In the folder; of an upload, `uploads/` and two numbers."),
        Member("sent", NUMBER, description="Bytes that have gone, or come."),
        Member("size", NUMBER, description="Bytes of the file, or the part that is asked for; 0: not known."),
        Member("began", TIME),
        Member("failure", KNOWN, description="Why it ended early."),
    ),
)
