"""The catalogue over a folder on disk, which follows what is done to that.

The folder is the truth.  Whenever something in it may have changed, all of it is looked at, in a thread.
Each process has a view of its own; nodes on several machines need a folder that they share, or that something
keeps the same.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import Struct
from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from acs.firmware.beneath import Signature, open_file, signature_of
from acs.firmware.contents import Contents, Entry
from acs.firmware.digests import Digests
from acs.firmware.hashing import Hashing, InThread
from acs.firmware.image import Image
from acs.firmware.names import within
from acs.firmware.queue import Queue
from acs.firmware.scanning import Scan, scan
from acs.firmware.watching import Watching
from acs.firmware.writing import Receiving, remove, sweep

log = Logger()


class Pace(Struct, frozen=True):
    """How often is looked, in seconds: ``gather`` after a change, for what comes with it; ``poll`` where
    changes are not told, ``rescan`` where they are.  A file has to be the same for ``quiet``; checksums are
    computed at ``speed`` bytes a second."""

    gather: float = 0.1
    quiet: float = 1.0
    poll: float = 10.0
    rescan: float = 300.0
    speed: float = 50e6


_PACE = Pace()
_REST = 4.0
"""While much changes, so many times as long as the last look took passes before the next."""


class FolderCatalogue:
    """An `acs.firmware.image.Catalogue`, empty until it was started.

    :param cache: a file in which checksums are remembered; each process may have one of its own.
    :param random_text: gives so many random bytes as URL-safe text.
    """

    def __init__(
        self,
        reactor: Any,
        clock: IReactorTime,
        in_thread: InThread,
        folder: Path,
        cache: Path,
        pace: Pace = _PACE,
        random_text: Callable[[int], str] = secrets.token_urlsafe,
    ) -> None:
        self._reactor, self._clock, self._in_thread = reactor, clock, in_thread
        self._folder = folder
        self._pace = pace
        self._random_text = random_text
        self._digests = Digests(cache)
        self._contents = Contents(Scan(), self._digests.of)
        self._unreadable: dict[str, tuple[Signature, str]] = {}
        self._queue = Queue(clock, pace.quiet, self._compute, self._being_written, self._remember)
        self._watching: Watching | None = None
        self._watchers: list[Callable[[], None]] = []
        self._lock = DeferredLock()
        self._begun = 0
        self._call: Any = None
        self._lost = ""
        self._took = 0.0

    async def start(self) -> None:
        """Look at the folder, which is made where it is not there, and follow it from now on."""
        await self._in_thread(_prepare, self._folder, self._clock.seconds(), self._digests)
        self._watching = Watching(self._reactor, self._clock, self.changed, self._touched)
        await self.look()

    async def stop(self) -> None:
        """Follow it no more; what is known can still be asked."""
        if self._watching is None:
            return
        watching, self._watching = self._watching, None
        self._cancel()
        await self._queue.stop()
        await self._lock.acquire()  # until the last look has ended
        self._lock.release()
        watching.close()
        await self._remember()

    # What there is (`Catalogue`)

    def images(self) -> Sequence[Image]:
        """All that may be had, by path: the same sequence until something changes."""
        return self._contents.images()

    def entries(self) -> Sequence[Entry]:
        """All that there is, by path, with what is wrong with it."""
        return tuple(self._contents.entries.values())

    def image(self, path: str) -> Image | None:
        """The file of this path; None where there is none that may be had, or not yet."""
        return self._contents.image(path)

    def for_device(self, manufacturer: str, oui: str, product_class: str, version: str) -> Image | None:
        """The firmware of this version for this kind of device; None where there is none, not yet, or where
        it is not clear which."""
        return self._contents.for_device(manufacturer, oui, product_class, version)

    def open(self, path: str) -> tuple[Image, BinaryIO]:
        """The file, open to be read; blocks.  Raises `LookupError` where there is none that may be had."""
        contents = self._contents
        if (image := contents.image(path)) is None:
            raise LookupError(f"there is no file at {path!r}")
        file = self.read(path)
        if signature_of(os.fstat(file.fileno())) != contents.signatures[path]:
            file.close()
            self._reactor.callFromThread(self.changed)
            raise LookupError(f"{path!r} is being replaced")
        return image, file

    def read(self, path: str) -> BinaryIO:
        """A file as it is, whatever is wrong with it, open to be read; blocks.  Raises `LookupError`."""
        names = within(path)
        try:
            return open(open_file(self._folder, names), "rb")
        except OSError as error:
            raise LookupError(f"no file can be read at {path!r}: {error.strerror or error}") from None

    # What is done to it

    async def put(self, path: str, read: Callable[[], Awaitable[bytes]], replace: bool = True) -> bool:
        """Add a file, of which ``read`` gives the next bytes, b"" at its end; returns whether there was none.

        It is in the catalogue then.  Raises `BadPath`, `AlreadyThere`, `CannotWrite`, and what ``read``
        raises; nothing is left of it then.
        """
        receiving = await self._in_thread(Receiving, self._folder, path, replace, self._random_text(9))
        try:
            while piece := await read():
                await self._in_thread(receiving.write, piece)
        except BaseException:
            await self._in_thread(receiving.abandon)
            raise
        self._digests.learn(path, *await self._in_thread(receiving.finish))
        await self.look()
        return receiving.new

    async def remove(self, path: str) -> None:
        """Take a file away, with folders that are then empty; raises `LookupError`, `CannotWrite`."""
        await self._in_thread(remove, self._folder, path)
        await self.look()

    # How it is followed

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Have ``changed`` called when there is something else than before; returns what ends that."""
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    def changed(self) -> None:
        """Something in the folder may have changed."""
        self._look_in(max(self._pace.gather, _REST * self._took))

    async def look(self) -> None:
        """Look at the folder; what was there before this was called is known afterwards."""
        begun = self._begun
        await self._lock.acquire()
        try:
            if self._begun == begun and self._watching is not None:
                self._begun += 1
                began = self._clock.seconds()
                await self._look(self._watching)
                self._took = self._clock.seconds() - began
        finally:
            is_told = self._watching is not None and self._watching.whole
            self._look_in(self._pace.rescan if is_told else self._pace.poll)
            self._lock.release()

    async def _look(self, watching: Watching) -> None:
        self._cancel()
        watching.begin()
        before = self._contents
        try:
            found, other = await self._in_thread(_look_at, self._folder, watching, before, self._digests)
        except OSError as error:
            watching.settle(complete=False)
            found, other = Contents(Scan(), self._digests.of), bool(before.entries)
            self._tell_lost(error.strerror or str(error))
        else:
            watching.settle()
            self._tell_lost("")
        if self._watching is not None:
            self._tell_passed_over(before.scan.passed_over, found.scan.passed_over)
            self._apply(found, watching, other)

    def _apply(self, found: Contents, watching: Watching, other: bool) -> None:
        self._contents = found
        for path in watching.being_written():
            self._touched(path)
        kept = self._unreadable.items()
        self._unreadable = {path: why for path, why in kept if path in found.signatures}
        missing = []
        for path in found.missing:
            signature = found.signatures[path]
            if digest := self._digests.of(path, signature):
                found.set_digest(path, digest)  # it was computed meanwhile
            elif self._unreadable.get(path, (None, ""))[0] == signature:
                found.refuse(path, self._unreadable[path][1])
            else:
                missing.append((path, signature))
        if other:
            self._tell()
        self._queue.take(missing)

    def _look_in(self, seconds: float) -> None:
        """Look after so many seconds, if that is not to be done earlier."""
        if self._watching is None:
            return
        when = self._clock.seconds() + seconds
        if self._call is not None and self._call.active():
            if self._call.getTime() <= when:
                return
            self._call.cancel()
        self._call = self._clock.callLater(seconds, self._look_now)

    def _look_now(self) -> None:
        Deferred.fromCoroutine(self.look()).addErrback(self._failed)

    def _failed(self, reason: Any) -> None:
        log.failure("the folder of files could not be looked at", reason)
        self._look_in(self._pace.poll)

    def _cancel(self) -> None:
        if self._call is not None and self._call.active():
            self._call.cancel()

    def _being_written(self) -> Sequence[str]:
        return tuple(self._watching.being_written()) if self._watching is not None else ()

    def _touched(self, path: str) -> None:
        """Somebody writes to a file: it is not any more what it was."""
        entry = self._contents.entries.get(path)
        if entry is not None and entry.image.sha256:
            self._contents.set_digest(path, "")
            self._tell()

    async def _compute(self, path: str, signature: Signature) -> None:
        """Have the checksum of a file that was like that."""
        wanted = partial(self._queue.wants, path, signature)
        hashing = Hashing(self._folder, self._clock, self._in_thread, self._pace.speed, wanted)
        try:
            digest = await hashing.digest(within(path), signature)
        except FileNotFoundError:
            digest = ""
        except OSError as error:
            self._refuse(path, signature, f"it cannot be read: {error.strerror or error}")
            return
        if not digest:
            self.changed()
            return
        self._digests.learn(path, signature, digest)
        if self._contents.signatures.get(path) == signature:
            self._contents.set_digest(path, digest)
            self._tell()

    def _refuse(self, path: str, signature: Signature, problem: str) -> None:
        log.warn("{path}: {problem}", path=path, problem=problem)
        self._unreadable[path] = signature, problem
        if self._contents.signatures.get(path) == signature:
            self._contents.refuse(path, problem)
            self._tell()

    async def _remember(self) -> None:
        try:
            await self._in_thread(self._digests.keep, self._contents.signatures)
        except OSError as error:
            log.warn("the checksums of files cannot be remembered: {reason}", reason=str(error))

    def _tell(self) -> None:
        for changed in [*self._watchers]:
            changed()

    def _tell_lost(self, reason: str) -> None:
        if reason and reason != self._lost:
            log.warn("the folder of files cannot be read: {reason}", reason=f"{self._folder}: {reason}")
        self._lost = reason

    def _tell_passed_over(self, before: dict[str, str], now: dict[str, str]) -> None:
        for path, reason in now.items():
            if before.get(path) != reason:
                log.warn("{path} is passed over: {reason}", path=ascii(path), reason=reason)


def _prepare(folder: Path, now: float, digests: Digests) -> None:
    with suppress(OSError):  # looking at it says what is wrong
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder, now)
    digests.load()


def _look_at(folder: Path, watching: Watching, before: Contents, digests: Digests) -> tuple[Contents, bool]:
    """What there is now, and whether that is anything else than before."""
    found = Contents(scan(folder, watching.watch, before.scan.described), digests.of)
    return found, found.follow(before)
