"""Files, by the one name that GenieACS knows of each: the last of its path in the folder.

Where several have that name, it is the whole path.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from acs.firmware.contents import Entry
from acs.firmware.image import FIRMWARE, VENDOR_CONFIGURATION, WEB_CONTENT
from acs.firmware.names import encoded
from acs.firmware.writing import AlreadyThere, BadPath, CannotWrite
from acs.store.records import Role
from acs.web.api.firmware import MOST_BYTES, fetch_firmware, not_written
from acs.web.appliance import Appliance, Folder
from acs.web.nbi.collections import QUERY, answer_collection
from acs.web.nbi.door import DONE, refused
from acs.web.nbi.queries import BadFilter
from acs.web.nbi.values import time_of, written
from acs.web.people.areas import Area
from acs.web.people.restrictions import WHOLE
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Body, Call, Param, Segment
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Routes

routes = Routes("", Area.FIRMWARE, WHOLE, lenient=True)

_TEXT = {"type": "string"}
_ABOUT = tuple(Param(name, _TEXT) for name in ("fileType", "oui", "productClass", "version"))
_FOLDERS = {WEB_CONTENT: "web", VENDOR_CONFIGURATION: "config"}


class Ambiguous(BadFilter):
    """A name that several files have."""


def name_of(entry: Entry, counted: Mapping[str, int]) -> str:
    """What a file is called; ``counted`` tells how many have the last name of each path."""
    last = _last(entry.image.path)
    return last if counted[last] == 1 else entry.image.path


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _counted(entries: Sequence[Entry]) -> Counter[str]:
    return Counter(_last(each.image.path) for each in entries)


def find_file(folder: Folder, name: str) -> Entry:
    """The file of this name, which may be its path; raises `BadFilter`."""
    entries = folder.entries()
    found = [each for each in entries if name in (each.image.path, _last(each.image.path))]
    exact = [each for each in found if each.image.path == name]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if found:
        paths = ", ".join(each.image.path for each in found[:5])
        raise Ambiguous(f"several files are called {name[:80]!r}, say which: {paths}")
    raise BadFilter(f"there is no file {name[:80]!r}")


@routes.add("GET", "/files", Role.VIEWER, {200: None}, query=QUERY)
async def list_files(appliance: Appliance, call: Call) -> Answer:
    """The files for devices."""
    entries = appliance.firmware.entries()
    counted = _counted(entries)
    try:
        return answer_collection(call, [_document(each, name_of(each, counted)) for each in entries])
    except BadFilter as error:
        raise refused(error) from None


def _document(entry: Entry, name: str) -> dict[str, Any]:
    image = entry.image
    about = {
        "fileType": image.file_type,
        "oui": image.vendor,
        "productClass": image.product_class,
        "version": image.version,
    }
    return {
        "_id": name,
        "filename": name,
        "length": image.size,
        "uploadDate": written(time_of(image.modified)),
        "metadata": {key: value for key, value in about.items() if value},
        "path": image.path,
    }


@routes.add("GET", "/files/{name}", Role.OPERATOR, {200: None})
async def fetch_file(appliance: Appliance, call: Call) -> Answer:
    """A file as it is."""
    entry = _meant(appliance, call)
    path = Segment(entry.image.path, entry.image.path)
    return await fetch_firmware(appliance, Call(call.target, {"path": path}, call.principal))


@routes.add(
    "PUT",
    "/files/{name}",
    Role.OPERATOR,
    {201: None},
    body=Body({}, required=False, streamed=MOST_BYTES),
    headers=_ABOUT,
    refusals=(409, 422, 507),
)
async def add_file(appliance: Appliance, call: Call) -> Answer:
    """Add a file, or replace one; its headers say where it belongs."""
    assert call.incoming is not None  # as the route's body is streamed
    path = _place_of(call.path["name"].text, call.headers)
    others = [
        each.image.path for each in appliance.firmware.entries() if _last(each.image.path) == _last(path)
    ]
    if others and path not in others:
        raise Problem(409, f"{others[0]} has this name already: delete it first, or choose another name")
    try:
        await appliance.firmware.put(path, call.incoming.read)
    except BadPath as error:
        raise Problem(422, f"no file can be added at {path}: it {error}") from None
    except (AlreadyThere, CannotWrite) as error:
        raise not_written(error) if isinstance(error, CannotWrite) else Problem(409, str(error)) from None
    return Answer(201, content_type="text/plain")


def _place_of(name: str, about: Mapping[str, str]) -> str:
    """The path of a file in the folder; raises `Problem` 422."""
    kind = about.get("fileType", "").strip()
    if "/" in name:
        raise Problem(422, "the name of a file has no slash: its headers say where it belongs")
    for known, folder in _FOLDERS.items():
        if kind[:2] == known[:2]:
            return f"{folder}/{name}"
    if kind[:2] != FIRMWARE[:2]:
        known = ", ".join((FIRMWARE, *_FOLDERS))
        raise Problem(422, f"the header fileType has to be one of: {known}")
    parts = [about.get(each, "").strip() for each in ("oui", "productClass", "version")]
    if not all(parts):
        raise Problem(
            422, "firmware has to have the headers oui, productClass and version: they say whose it is"
        )
    return "/".join((*map(encoded, parts), name))


@routes.add("DELETE", "/files/{name}", Role.OPERATOR, {200: None}, refusals=(409, 507))
async def remove_file(appliance: Appliance, call: Call) -> Answer:
    """Remove a file."""
    try:
        await appliance.firmware.remove(_meant(appliance, call).image.path)
    except LookupError:
        raise Problem(404, "404 Not Found") from None
    except CannotWrite as error:
        raise not_written(error) from None
    return DONE


def _meant(appliance: Appliance, call: Call) -> Entry:
    try:
        return find_file(appliance.firmware, call.path["name"].text)
    except BadFilter as error:
        raise Problem(409 if isinstance(error, Ambiguous) else 404, str(error)) from None
