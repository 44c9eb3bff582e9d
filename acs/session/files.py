"""The files that jobs name: those of the appliance's folder get an address as the RPC goes out.

A job says ``acs:`` and the path of a file in the folder, written as in a URL; an Upload says ``acs:`` alone,
or nothing.  What is kept and shown of a job is that; the device is told a URL with a ticket, which is good
for it, for this job, for a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import quote, unquote

from msgspec.structs import replace

from acs.cwmp import messages as m
from acs.cwmp.messages import AnyRequest
from acs.firmware import tickets
from acs.firmware.image import Catalogue, Image
from acs.quirks.adapter import Adapter
from acs.session.errors import NotForDevice
from acs.store.records import Device, Job

SCHEME = "acs:"
LONGEST_URL = 256
"""Characters of a URL that an RPC may carry (TR-069 A.3.2.8)."""
LIFE = 86_400
"""Seconds for which a ticket is good from when the transfer may begin at the latest."""

_FIRMWARE = "1 "
_DEPTH = 4
_LATEST = 2**32 - 1  # what a ticket can hold


@dataclass(frozen=True)
class Files:
    """What there is, and where devices find it.

    ``key`` is that of the tickets; ``public_url`` and ``public_tftp_url`` are what paths are put behind, with
    a slash at their end, "" where nothing is served that way.
    """

    catalogue: Catalogue
    key: bytes = b""
    public_url: str = ""
    public_tftp_url: str = ""

    def image_of(self, job: Job) -> tuple[str, Image | None]:
        """The path of the file that a job has a device fetch, "" where it is none of ours; the file, where it
        is there."""
        url = job.arguments.get("URL")
        if job.rpc not in ("Download", "ScheduleDownload") or not isinstance(url, str):
            return "", None
        path = path_of(url)
        return path, self.catalogue.image(path) if path else None

    def versions_of(self, job: Job) -> tuple[str, ...]:
        """What a device says that it runs once it has done what this job asks of it; empty for what is no
        firmware, and where nobody knows.

        The path tells it where the file is there no more.
        """
        if not is_firmware(job):
            return ()
        path, image = self.image_of(job)
        if image is not None:
            return tuple(filter(None, (image.version, image.reported)))
        folders = path.split("/")
        return (folders[2],) if len(folders) == _DEPTH and folders[2] else ()


class _Nothing:
    """A catalogue without a file."""

    def images(self) -> Sequence[Image]:
        return ()

    def image(self, path: str) -> Image | None:
        return None

    def for_device(self, manufacturer: str, oui: str, product_class: str, version: str) -> Image | None:
        return None

    def open(self, path: str) -> tuple[Image, BinaryIO]:
        raise LookupError(path)


NO_FILES = Files(_Nothing())
"""For an appliance that serves none."""


def url_of(image: Image) -> str:
    """What a job says for this file."""
    return SCHEME + quote(image.path)


def path_of(url: str) -> str:
    """The path that a job's URL names; "" where that is no file of the folder."""
    return unquote(url[len(SCHEME) :]) if url.startswith(SCHEME) else ""


def is_firmware(job: Job) -> bool:
    """Whether a job has a device fetch firmware, which it then runs."""
    kind = job.arguments.get("FileType")
    return (
        job.rpc in ("Download", "ScheduleDownload") and isinstance(kind, str) and kind.startswith(_FIRMWARE)
    )


def addressed(
    files: Files, request: AnyRequest, device: Device, job: int, adapter: Adapter, now: float
) -> AnyRequest:
    """The RPC with an address that the device can use; one that names none of our files stays as it is.

    Raises `NotForDevice` where the file is not there, or there is no such address.
    """
    if isinstance(request, m.Upload):
        return _receiving(files, request, tickets.Ticket(device.key, job, _until(request, now)))
    if not isinstance(request, (m.Download, m.ScheduleDownload)) or not request.URL.startswith(SCHEME):
        return request
    path = path_of(request.URL)
    image = files.catalogue.image(path)
    if image is None:
        raise NotForDevice(f"there is no file {path!r} in the folder")
    username, password = request.Username, request.Password
    if adapter.files_by_tftp:
        if "%" in path or "\\" in path:
            raise NotForDevice(f"TFTP serves nothing with a percent sign or backslash in its path: {path}")
        url = _behind(files.public_tftp_url, quote(path), "TFTP")
    elif adapter.plain_file_urls:
        url = _behind(files.public_url, quote(path), "HTTP")
        username, password = tickets.pair(files.key, device.key, purpose_of(path))
    else:
        ticket = tickets.Ticket(device.key, job, _until(request, now))
        written = tickets.write(files.key, ticket, purpose_of(path))
        url = _behind(files.public_url, f"get/{written}/{quote(path)}", "HTTP")
    return replace(
        request,
        URL=url,
        Username=username,
        Password=password,
        FileSize=request.FileSize or image.size,
        TargetFileName=request.TargetFileName or image.target_file_name,
    )


def purpose_of(path: str) -> str:
    """What a ticket, or a user name with its password, is for that lets a device have a file."""
    return f"get {path}"


PUT = "put"
"""What a ticket is for that lets a device leave a file."""


def _receiving(files: Files, request: m.Upload, ticket: tickets.Ticket) -> m.Upload:
    if request.URL not in ("", SCHEME):
        if request.URL.startswith(SCHEME):
            raise NotForDevice(f"an upload to the appliance goes to {SCHEME} alone, not to a path")
        return request
    return replace(
        request, URL=_behind(files.public_url, f"put/{tickets.write(files.key, ticket, PUT)}", "HTTP")
    )


def _behind(base: str, rest: str, way: str) -> str:
    if not base:
        raise NotForDevice(f"no files are served by {way}")
    url = base + rest
    if len(url) > LONGEST_URL:
        raise NotForDevice(f"its URL has {len(url)} characters, and {LONGEST_URL} may be: {base}...")
    return url


def _until(request: m.Download | m.ScheduleDownload | m.Upload, now: float) -> int:
    if isinstance(request, m.ScheduleDownload):
        later = max(window.WindowEnd for window in request.TimeWindowList)
    else:
        later = request.DelaySeconds
    return min(int(now) + later + LIFE, _LATEST)
