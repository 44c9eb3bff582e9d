"""What devices have uploaded: configurations, logs.

It holds secrets, so that what is in it is for operators alone; each look is logged.
"""

from __future__ import annotations

from functools import partial
from typing import BinaryIO
from urllib.parse import quote

from twisted.logger import Logger

from acs.firmware.differences import NotComparable, difference
from acs.firmware.uploads import Upload, Uploads
from acs.store import ids
from acs.store.records import Device, Role
from acs.web.api.devices import device_of
from acs.web.appliance import Appliance
from acs.web.files.replies import OCTETS
from acs.web.files.streaming import FileStream
from acs.web.objects.uploads import UPLOAD
from acs.web.people.areas import Area
from acs.web.people.restrictions import OF_DEVICE
from acs.web.serving.answers import NOTHING, Answer
from acs.web.serving.calls import Call, Param
from acs.web.serving.listing import PAGE, answer_list, list_of, piece
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import line

routes = Routes("/api/v1", Area.DEVICES, OF_DEVICE)

_LIST = "/devices/{id}/uploads"
_ONE = _LIST + "/{job}"
_TO = Param("to", line(13), "The job of the other one; default: the newest of its type of file.")
_LAST = 1 << 63

log = Logger()


@routes.add("GET", _LIST, Role.VIEWER, {200: list_of(UPLOAD.reference)}, query=PAGE)
async def list_uploads(appliance: Appliance, call: Call) -> Answer:
    """List what a device has uploaded, the newest first."""
    device = await device_of(appliance, call)
    found = await appliance.in_thread(_kept(appliance).of_device, device.key)
    page = piece(call, found, lambda upload: f"{_LAST - upload.job:020}")
    return answer_list(call, [UPLOAD.write(upload) for upload in page.items], page.next)


@routes.add(
    "GET", _ONE, Role.OPERATOR, {200: Content({"type": "string"}, OCTETS)}, says=("Content-Disposition",)
)
async def read_upload(appliance: Appliance, call: Call) -> Answer:
    """An upload itself, byte for byte.

    It may hold passwords; each use is logged.
    """
    device = await device_of(appliance, call)
    uploads, upload = _kept(appliance), await _upload_of(appliance, device, call.path["job"].text)
    _note(call, device, upload)
    name = quote(upload.name or f"{device.id}-{ids.as_text(upload.job)}", safe="")
    headers = {
        "Content-Length": str(upload.size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
    }
    opens = partial(_content, uploads, upload)
    stream = FileStream(opens, upload.size, appliance.in_thread, appliance.clock)
    return Answer(200, content_type=OCTETS, headers=headers, stream=stream)


@routes.add("DELETE", _ONE, Role.OPERATOR, {204: None})
async def delete_upload(appliance: Appliance, call: Call) -> Answer:
    """Remove an upload."""
    device = await device_of(appliance, call)
    job = _job_of(call.path["job"].text)
    if not await appliance.in_thread(_kept(appliance).delete, device.key, job):
        raise _unknown()
    return NOTHING


@routes.add(
    "GET",
    _ONE + "/diff",
    Role.OPERATOR,
    {200: Content({"type": "string"}, "text/plain")},
    query=(_TO,),
    refusals=(422,),
)
async def compare_uploads(appliance: Appliance, call: Call) -> Answer:
    """What differs from an upload to another one, as diff -u writes it; nothing where none does.

    Only of texts that are not too long.  They may hold passwords; each use is logged.
    """
    device = await device_of(appliance, call)
    uploads, old = _kept(appliance), await _upload_of(appliance, device, call.path["job"].text)
    if given := call.query.get("to", ""):
        new = await _upload_of(appliance, device, given)
    else:
        found = await appliance.in_thread(uploads.of_device, device.key)
        new = next((each for each in found if each.file_type == old.file_type), old)
    _note(call, device, old)
    try:
        told = await appliance.in_thread(_compare, uploads, old, new)
    except NotComparable as error:
        raise Problem(422, f"these cannot be compared: {error}") from None
    except LookupError:
        raise _unknown() from None
    return Answer(200, told.encode(), "text/plain; charset=utf-8")


def _content(uploads: Uploads, upload: Upload) -> BinaryIO:
    return uploads.open(upload.device, upload.job)[1]


def _compare(uploads: Uploads, old: Upload, new: Upload) -> str:
    names = [f"{ids.as_text(each.job)} {each.name}".rstrip() for each in (old, new)]
    contents = [uploads.read(each.device, each.job) for each in (old, new)]
    return difference(contents[0], contents[1], names[0], names[1])


def _kept(appliance: Appliance) -> Uploads:
    if appliance.uploads is None:
        raise Problem(404, "nothing is uploaded to this appliance")
    return appliance.uploads


async def _upload_of(appliance: Appliance, device: Device, given: str) -> Upload:
    found = await appliance.in_thread(_kept(appliance).get, device.key, _job_of(given))
    if found is None:
        raise _unknown()
    return found


def _job_of(given: str) -> int:
    number = ids.from_text(given)
    if number is None:
        raise _unknown()
    return number


def _unknown() -> Problem:
    return Problem(404, "the device has no such upload")


def _note(call: Call, device: Device, upload: Upload) -> None:
    log.info(
        "{who} reads the upload of job {job} of {device}",
        who=call.principal.name,
        job=ids.as_text(upload.job),
        device=device.id,
    )
