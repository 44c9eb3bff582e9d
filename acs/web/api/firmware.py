"""Files for devices: what the folder of files has, added, fetched, removed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import BinaryIO
from urllib.parse import quote

from acs.firmware.contents import Entry
from acs.firmware.writing import AlreadyThere, BadPath, CannotWrite
from acs.store.records import Page, Role
from acs.web.appliance import Appliance
from acs.web.objects.firmware import FIRMWARE
from acs.web.people.areas import Area
from acs.web.people.restrictions import WHOLE
from acs.web.serving.answers import NOTHING, Answer, of_json
from acs.web.serving.calls import Body, Call, Param
from acs.web.serving.downloads import FileBody
from acs.web.serving.listing import PAGE, answer_list, list_of, piece
from acs.web.serving.preconditions import IF_MATCH, UNLESS_KNOWN, UNLESS_MADE, Preconditions
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import FieldError, line

routes = Routes("/api/v1", Area.FIRMWARE, WHOLE)

MOST_BYTES = 1 << 30
"""Bytes of a file that may be added here; a longer one can be copied into the folder."""

_MEDIA_TYPE = "application/octet-stream"
_FILE = Body({"type": "string", "format": "binary"}, required=False, streamed=MOST_BYTES)
_FILTERS = (
    Param("q", line(200), "What is somewhere in the path, the version or the notes."),
    Param("manufacturer", line(256), "Those for a Manufacturer, or an OUI."),
    Param("product_class", line(256)),
    Param("version", line(256), "By the name of its folder, or as devices report it."),
)


@routes.add("GET", "/firmware", Role.VIEWER, {200: list_of(FIRMWARE.reference)}, query=(*_FILTERS, *PAGE))
async def list_firmware(appliance: Appliance, call: Call) -> Answer:
    """List the files for devices, by path.

    Files that stand at a place, or are described in a way, that nothing can be made of are there too, with
    their problems.
    """
    page = await appliance.in_thread(_page, call, appliance.firmware.entries())
    return answer_list(call, [FIRMWARE.write(entry) for entry in page.items], page.next)


def _page(call: Call, entries: Sequence[Entry]) -> Page[Entry]:
    """The piece that is asked for; in a thread, as there may be thousands."""
    return piece(call, (each for each in entries if _is_meant(call, each)), lambda each: each.image.path)


def _is_meant(call: Call, entry: Entry) -> bool:
    image, asked = entry.image, call.query
    vendors = [image.vendor, *(model.rpartition("/")[0] for model in image.models)]
    classes = [image.product_class, *(model.rpartition("/")[2] for model in image.models)]
    somewhere = "\n".join((image.path, image.version, image.reported, image.notes)).lower()
    return (
        _one_of(asked.get("manufacturer"), vendors)
        and _one_of(asked.get("product_class"), classes)
        and _one_of(asked.get("version"), [image.version, image.reported])
        and str(asked.get("q", "")).lower() in somewhere
    )


def _one_of(wanted: str | None, values: Sequence[str]) -> bool:
    return not wanted or wanted.lower() in (each.lower() for each in values)


@routes.add(
    "GET",
    "/firmware/{path}",
    Role.OPERATOR,
    {200: Content({"type": "string"}, _MEDIA_TYPE)},
    headers=(UNLESS_KNOWN,),
    says=("Content-Disposition",),
)
async def fetch_firmware(appliance: Appliance, call: Call) -> Answer:
    """Fetch a file, whatever is wrong with it, as it is; of an image also its `image.toml`."""
    path = call.path["path"].text
    read = partial(appliance.firmware.read, path)
    try:
        size, tag = await appliance.in_thread(_state, read)
    except LookupError:
        raise _no_such_file() from None
    name = quote(path.rpartition("/")[2], safe="")
    headers = {
        "Content-Length": str(size),
        "ETag": f'"{tag}"',
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
    }
    return Answer(200, b"", _MEDIA_TYPE, headers, FileBody(appliance.in_thread, read, size))


@routes.add(
    "PUT",
    "/firmware/{path}",
    Role.OPERATOR,
    {201: Content(FIRMWARE.reference), 204: None},
    body=_FILE,
    headers=(IF_MATCH, UNLESS_MADE),
    says=("Location",),
    refusals=(409, 412, 422, 507),
)
async def add_firmware(appliance: Appliance, call: Call) -> Answer:
    """Add a file, or replace one, with the bytes of the body.

    204 instead of 201 tells that one was replaced, or that this is no file for devices.  An image's path is
    <Manufacturer or OUI>/<ProductClass>/<version>/<file>; vendor configuration files are in config/, web
    content in web/, and an `image.toml` beside an image says more of it.
    """
    path = call.path["path"].text
    await _refuse_another(appliance, call, path, makes=True)
    if not await _put(appliance, call, path):
        return NOTHING
    entry = next((each for each in appliance.firmware.entries() if each.image.path == path), None)
    if entry is None:  # a description, or removed again meanwhile
        return NOTHING
    return of_json(FIRMWARE.write(entry), 201, f"{routes.prefix}/firmware/{quote(path)}")


async def _put(appliance: Appliance, call: Call, path: str) -> bool:
    assert call.incoming is not None  # as the route's body is streamed
    replace = call.headers.get(UNLESS_MADE.name) != "*"
    try:
        return await appliance.firmware.put(path, call.incoming.read, replace)
    except BadPath as error:
        raise Problem(422, "no file can be added there", (FieldError("path", str(error)),)) from None
    except AlreadyThere:
        raise Problem(412, "there is a file already") from None
    except CannotWrite as error:
        raise not_written(error) from None


@routes.add(
    "DELETE", "/firmware/{path}", Role.OPERATOR, {204: None}, headers=(IF_MATCH,), refusals=(409, 507)
)
async def remove_firmware(appliance: Appliance, call: Call) -> Answer:
    """Remove a file, with folders that are then empty; who downloads it gets the rest of it."""
    await _refuse_another(appliance, call, call.path["path"].text, makes=False)
    try:
        await appliance.firmware.remove(call.path["path"].text)
    except LookupError:
        raise _no_such_file() from None
    except CannotWrite as error:
        raise not_written(error) from None
    return NOTHING


def _state(read: Callable[[], BinaryIO]) -> tuple[int, str]:
    """A file's size, and its entity tag."""
    with read() as file:
        found = os.fstat(file.fileno())
    return found.st_size, f"{found.st_mtime_ns:x}-{found.st_size:x}-{found.st_ino:x}"


async def _refuse_another(appliance: Appliance, call: Call, path: str, makes: bool) -> None:
    """Raise `Problem` 412 where a request is about another state of the file."""
    wanted, unwanted = (call.headers.get(each.name) for each in (IF_MATCH, UNLESS_MADE))
    if wanted is unwanted is None:
        return
    try:
        _, tag = await appliance.in_thread(_state, partial(appliance.firmware.read, path))
    except LookupError:
        tag = None
    Preconditions(wanted, unwanted).check(tag, makes)


def _no_such_file() -> Problem:
    return Problem(404, "there is no file at this path")


def not_written(error: CannotWrite) -> Problem:
    return Problem(507 if error.full else 409, f"the folder cannot be changed: {error}")
