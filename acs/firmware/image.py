"""A file of the folder, as the catalogue knows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, Protocol

from msgspec import Struct

FIRMWARE = "1 Firmware Upgrade Image"
WEB_CONTENT = "2 Web Content"
VENDOR_CONFIGURATION = "3 Vendor Configuration File"


class Image(Struct, frozen=True):
    """A file that devices may download (DESIGN section 7).

    ``path`` is relative to the folder, with slashes, as in HTTP and TFTP names: of firmware
    ``<Manufacturer or OUI>/<ProductClass>/<version>/<file>``, from which ``vendor``, ``product_class`` and
    ``version`` are taken; of others ``config/...`` and ``web/...``.  ``sha256`` (hexadecimal) is "" until it
    was computed; an image is not offered before.  ``models`` are further ones, ``Manufacturer/ProductClass``;
    ``reported`` is the version that a device says when it runs it, ``version`` where the folder's name is
    that.
    """

    path: str
    size: int
    modified: float
    file_type: str = FIRMWARE
    vendor: str = ""
    product_class: str = ""
    version: str = ""
    reported: str = ""
    sha256: str = ""
    target_file_name: str = ""
    models: tuple[str, ...] = ()
    notes: str = ""


class Catalogue(Protocol):
    """What there is, in memory; nothing here waits but for `open`."""

    def images(self) -> Sequence[Image]:
        """All of it, by path: the same sequence until something changes."""

    def image(self, path: str) -> Image | None:
        """The file of this path, exactly as written; None where there is none, or none that may be had."""

    def for_device(self, manufacturer: str, oui: str, product_class: str, version: str) -> Image | None:
        """The firmware of this version for this kind of device, its checksum known; None where there is
        none."""

    def open(self, path: str) -> tuple[Image, BinaryIO]:
        """The file, open to be read: it stays what it is though it is replaced, renamed or deleted meanwhile.

        In a thread, as the disk may be slow.  Raises `LookupError` where there is none that may be had, and
        for whatever leads out of the folder.
        """
