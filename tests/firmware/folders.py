"""A folder of files on disk, with a catalogue over it that follows it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from acs.firmware.folder import FolderCatalogue, Pace
from acs.store.threads import in_thread

IMAGE = "AirTies/Air4920/2.59/image.bin"
HASTE = Pace(gather=0.0, quiet=0.01, poll=600.0, rescan=600.0, speed=1e12)
"""Nothing is waited for; only what the system tells leads to another look."""


def digest_of(content: bytes) -> str:
    """What the catalogue computes."""
    return sha256(content).hexdigest()


class FolderCase(TestCase):
    """``self.folder`` is a folder, ``self.catalogue`` follows it once it was `begun`."""

    timeout = 15
    pace = HASTE
    clock: Any = reactor

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        self.cache = self.folder.with_name(f"{self.folder.name}.cache")
        self.catalogue = self.another()

    def another(self, **how: Any) -> FolderCatalogue:
        """A catalogue over the same folder, such as another process has."""
        run = partial(in_thread, reactor)
        given = {"clock": self.clock, "pace": self.pace, **how}
        catalogue = FolderCatalogue(
            reactor, given["clock"], run, self.folder, given.get("cache", self.cache), given["pace"]
        )
        self.addCleanup(lambda: Deferred.fromCoroutine(catalogue.stop()))
        return catalogue

    def write(self, path: str, content: bytes | str = b"an image") -> Path:
        """Have a file there, with the folders around it."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    async def begun(self) -> None:
        """Have the catalogue follow the folder, with all that is in it known."""
        await self.catalogue.start()
        await self.until(lambda: all(image.sha256 for image in self.catalogue.images()))

    async def until(self, condition: Callable[[], object], catalogue: FolderCatalogue | None = None) -> None:
        """Wait for what the catalogue says when it has changed."""
        catalogue = catalogue or self.catalogue
        fulfilled: Deferred[None] = Deferred()

        def look() -> None:
            if condition() and not fulfilled.called:
                fulfilled.callback(None)

        end = catalogue.watch(look)
        look()
        await fulfilled
        end()

    async def offered(self, path: str = IMAGE, content: bytes = b"an image") -> None:
        """Wait until this is what may be had at a path."""
        wanted = digest_of(content)
        await self.until(lambda: getattr(self.catalogue.image(path), "sha256", "") == wanted)

    async def gone(self, path: str = IMAGE) -> None:
        """Wait until nothing may be had there."""
        await self.until(lambda: self.catalogue.image(path) is None)

    def problems(self, path: str = IMAGE) -> tuple[str, ...]:
        """What is wrong with a file."""
        (entry,) = [each for each in self.catalogue.entries() if each.image.path == path]
        return entry.problems

    def read(self, path: str = IMAGE) -> bytes:
        """What is had at a path."""
        with self.catalogue.open(path)[1] as file:
            return file.read()
