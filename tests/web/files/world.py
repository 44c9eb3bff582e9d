"""A file site over a real folder: in memory, with a clock that stands still, or on loopback with threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from twisted.internet.defer import maybeDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs.firmware import tickets
from acs.firmware.image import Image
from acs.firmware.tickets import Ticket
from acs.firmware.uploads import Upload, Uploads
from acs.hypertext.authorization import Nonces
from acs.store.records.files import FileTransfer
from acs.web.files.limits import Limits
from acs.web.files.paths import opened_by
from acs.web.files.site import FileSite, make_file_site
from tests.web.client import Connection, Response, parse

NOON = 1_795_608_000.0
"""2026-11-25T12:00:00Z."""
KEY = b"k" * 32
MORNING = NOON - 4 * 3600
PATH = "Acme/Box/1.2/image.bin"
CONTENT = bytes(range(256)) * 40
OPEN = "Acme/Open/1.0/image.bin"


class Shelf:
    """Files of a folder, as they were when it was looked at; what it opens stays what it is."""

    def __init__(self, folder: Path, modified: float = MORNING) -> None:
        self.folder = folder
        self.modified = modified
        self.look()

    def look(self) -> None:
        """Look at the folder anew."""
        found = [path for path in sorted(self.folder.rglob("*")) if path.is_file() and not path.is_symlink()]
        self._images = {str(path.relative_to(self.folder)): self._image(path) for path in found}

    def _image(self, path: Path) -> Image:
        name, content = str(path.relative_to(self.folder)), path.read_bytes()
        return Image(name, len(content), self.modified, sha256=sha256(content).hexdigest())

    def images(self) -> tuple[Image, ...]:
        """All of them."""
        return tuple(self._images.values())

    def image(self, path: str) -> Image | None:
        """One of them."""
        return self._images.get(path)

    def for_device(self, manufacturer: str, oui: str, product_class: str, version: str) -> Image | None:
        """It knows nothing of devices."""
        return None

    def open(self, path: str) -> tuple[Image, BinaryIO]:
        """One of them, by exactly this path."""
        return self._images[path], open(self.folder / path, "rb")


class SiteCase(SynchronousTestCase):
    """``self.site`` has `PATH`, and `OPEN`, which everybody may have; what it tells is in ``self.told``."""

    limits = Limits()

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(NOON)
        self.folder = Path(self.mktemp())
        self.put(PATH, CONTENT)
        self.put(OPEN, b"open")
        self.shelf = Shelf(self.folder)
        self.kept = Uploads(self.folder / "uploads", spare=0)
        self.told: list[FileTransfer] = []
        self.site = self.make_site()

    def make_site(self, **how: Any) -> FileSite:
        """A site; all its waiting for the disk is done at once."""
        settings: dict[str, Any] = {
            "catalogue": self.shelf,
            "uploads": self.kept,
            "key": KEY,
            "nonces": Nonces(KEY, self.clock.seconds, lambda count: b"x" * count),
            "clock": self.clock,
            "reactor": self.clock,
            "is_open": opened_by(["Acme/Open/*"]),
            "limits": self.limits,
            "progress": self.told.append,
            "in_thread": maybeDeferred,
            "chance": lambda: 0.5,
            "random_text": lambda count: "x" * count,
        }
        return make_file_site(**settings | how)

    @property
    def received(self) -> list[Upload]:
        """What the device has uploaded."""
        return self.kept.of_device(7)

    def put(self, path: str, content: bytes) -> Path:
        """Put a file into the folder."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return place

    def ask(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        version: str = "1.1",
    ) -> Response:
        """The answer to a request on a connection of its own."""
        lines = [f"{method} {target} HTTP/{version}", "Host: acs.example", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body or method in ("PUT", "POST"):
            lines.append(f"Content-Length: {len(body)}")
        return parse(self.exchange("\r\n".join([*lines, "", ""]).encode("latin-1") + body), method)

    def exchange(self, data: bytes) -> bytes:
        """What the site says to these bytes; it has to close the connection."""
        connection = Connection(self.site)
        connection.protocol.dataReceived(data)
        return self.successResultOf(connection.closed)

    def get(self, *headers: tuple[str, str], method: str = "GET", path: str = PATH) -> Response:
        """The answer to a device with a ticket."""
        return self.ask(method, to_get(path), dict(headers))


class Slow(Connection):
    """A connection whose transport has room for one write, until it is drained."""

    bufferSize = 65536  # noqa: N815 (Twisted's)
    aborted = False

    def write(self, data: bytes) -> None:
        """Have no room then."""
        super().write(data)
        if self.producer is not None and data:
            self.producer.pauseProducing()

    def drain(self) -> None:
        """Have room again."""
        if self.producer is not None:
            self.producer.resumeProducing()

    def abortConnection(self) -> None:
        """The server has cut it."""
        self.aborted = True
        if not self.disconnecting:
            self.loseConnection()

    @property
    def body(self) -> bytes:
        """What has come behind the head."""
        return self.value().partition(b"\r\n\r\n")[2]


def ticket(purpose: str, device: int = 7, job: int = 9, expires: float = NOON + 3600) -> str:
    """A ticket for a purpose."""
    return tickets.write(KEY, Ticket(device, job, int(expires)), purpose)


def to_get(path: str = PATH, **how: Any) -> str:
    """The target at which a device has a file."""
    return f"/get/{ticket(f'get {path}', **how)}/{path}"


def to_put(name: str = "", **how: Any) -> str:
    """The target at which a device leaves one."""
    return f"/put/{ticket('put', **how)}{name}"


def until(holds: Callable[[], object], clock: Clock, seconds: float = 0.0) -> None:
    """Let the clock run until something holds."""
    for _ in range(1000):
        if holds():
            return
        clock.advance(seconds)
    raise AssertionError("it never holds")
