"""A catalogue in memory, and devices that fetch what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import BinaryIO

from acs.firmware.image import FIRMWARE, Image
from acs.session.files import Files
from acs.simulate.transfers import Fetched, TransferFailed

KEY = b"k" * 32
SITE, TFTP = "http://files.isp.example:7567/", "tftp://files.isp.example/"


class Shelf:
    """The folder of a test: what is put there can be had."""

    def __init__(self) -> None:
        self.there: dict[str, Image] = {}

    @property
    def files(self) -> Files:
        """What a `Script` is given."""
        return Files(self, KEY, SITE, TFTP)

    def put(self, vendor: str, product_class: str, version: str, reported: str = "", name: str = "") -> Image:
        """An image of this version."""
        path = f"{vendor}/{product_class}/{version}/image.bin"
        image = Image(
            path,
            1000,
            1.0,
            FIRMWARE,
            vendor,
            product_class,
            version,
            reported,
            "ab" * 32,
            target_file_name=name,
        )
        self.there[path] = image
        return image

    def images(self) -> Sequence[Image]:
        return tuple(self.there.values())

    def image(self, path: str) -> Image | None:
        return self.there.get(path)

    def for_device(self, manufacturer: str, oui: str, product_class: str, version: str) -> Image | None:
        found = (
            each
            for each in self.there.values()
            if each.vendor in (manufacturer, oui)
            and (each.product_class, each.version) == (product_class, version)
        )
        return next(found, None)

    def open(self, path: str) -> tuple[Image, BinaryIO]:
        return self.there[path], BytesIO(bytes(self.there[path].size))


class FileServer:
    """Gives a device whatever it asks for."""

    def __init__(self) -> None:
        self.fetched: list[tuple[str, str, str]] = []
        self.sent: list[str] = []
        self.broken = False

    async def fetch(self, url: str, username: str, password: str) -> Fetched:
        self.fetched.append((url, username, password))
        if self.broken:
            raise TransferFailed(9010, "no answer")
        return Fetched(b"", 1000)

    async def send(self, url: str, username: str, password: str, content: bytes) -> None:
        self.sent.append(url)
