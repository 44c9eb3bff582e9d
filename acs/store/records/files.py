"""What is told of files on their way, as plain frozen values (see `acs.store.records`)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Way(StrEnum):
    """How a file goes."""

    HTTP = "http"
    TFTP = "tftp"


class Direction(StrEnum):
    """Whose file it is: ours, or the device's."""

    DOWNLOAD = "download"
    UPLOAD = "upload"


class FileTransfer(Struct, frozen=True):
    """A file on its way to a device, or from one, and how far it has come.

    ``device_key`` is the store's own number for the device, 0 where nobody knows who it is, and ``device``
    its id, where that was looked up; ``job`` is the job for the sake of which it is, None for none.  ``path``
    is the file's in the folder, of an upload ``uploads/DEVICE/JOB``; ``client`` the address.  ``sent`` counts
    its bytes that went out, or came, ``size`` those that this answer or upload has in all (a device that asks
    for a part gets a part), 0 where that is not known.  ``began`` is when, in seconds since 1970;
    ``failure`` says why it ended early.
    """

    id: int
    way: Way
    direction: Direction
    client: str
    path: str
    began: float
    device_key: int = 0
    device: str = ""
    job: int | None = None
    sent: int = 0
    size: int = 0
    ended: bool = False
    failure: str = ""
