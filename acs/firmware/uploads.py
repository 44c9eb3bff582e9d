"""What devices have uploaded: files in a folder for each device, each with what is known of it beside it.

``DEVICE/JOB`` is the content, ``DEVICE/JOB.json`` the rest, ``DEVICE/JOB.part`` what is coming in; both are
the store's own numbers.  All of this waits for the disk, so it belongs in a thread.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from acs.firmware.differences import LONGEST

KEPT = 20
"""How many files of each type are kept of a device: the newest."""
SPARE = 256 << 20
"""Bytes that stay free on the disk."""

_LOOK_AGAIN = 8 << 20


class AlreadyThere(Exception):
    """There is a whole upload of this job: it is not written over."""


class NoRoom(Exception):
    """The disk is too full."""


class Upload(Struct, frozen=True):
    """An upload that is whole.

    ``name`` is what the device calls it, ``file_type`` that of the Upload RPC, "" for not known; ``size`` in
    bytes, ``sha256`` in hexadecimal, ``time`` when it had come, seconds since 1970.
    """

    device: int
    job: int
    name: str = ""
    file_type: str = ""
    size: int = 0
    sha256: str = ""
    time: float = 0.0


class Uploads:
    """The folder of them.

    :param folder: made as soon as something comes.
    :param kept: of each type and device.
    :param spare: what has to stay free, in bytes.
    """

    def __init__(self, folder: Path, kept: int = KEPT, spare: int = SPARE) -> None:
        self._folder = folder
        self._kept = kept
        self._spare = spare

    def begin(self, device: int, job: int, expected: int = 0) -> Part:
        """Room for a new one, of so many bytes as far as that is known.

        One of the same job that has not ended gives way.  Raises `AlreadyThere`, `NoRoom`, `OSError`.
        """
        if (self._of(device) / str(job)).exists():
            raise AlreadyThere
        self.check_room(expected)
        self._of(device).mkdir(mode=0o700, parents=True, exist_ok=True)
        return Part(self, self._of(device) / str(job), device, job)

    def check_room(self, wanted: int) -> None:
        """Raises `NoRoom` where so many bytes more would leave too little."""
        there = next(each for each in (self._folder, *self._folder.parents) if each.exists())
        if shutil.disk_usage(there).free - wanted < self._spare:
            raise NoRoom

    def of_device(self, device: int) -> list[Upload]:
        """All that are whole, the newest first."""
        found = [self.get(device, int(path.name)) for path in self._files(device)]
        return sorted(filter(None, found), key=lambda each: (each.time, each.job), reverse=True)

    def get(self, device: int, job: int) -> Upload | None:
        """One of them; None where there is none."""
        path = self._of(device) / str(job)
        if not path.exists():
            return None
        try:
            return msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=Upload)
        except (FileNotFoundError, msgspec.MsgspecError):
            # Somebody has put the file there, or taken what lies beside it.
            with suppress(FileNotFoundError):
                facts = path.stat()
                return Upload(device, job, size=facts.st_size, time=facts.st_mtime)
            return None

    def open(self, device: int, job: int) -> tuple[Upload, BinaryIO]:
        """One of them with its content; raises `LookupError` where there is none."""
        found = self.get(device, job)
        if found is None:
            raise LookupError(job)
        try:
            return found, open(self._of(device) / str(job), "rb", opener=_here)
        except OSError:
            raise LookupError(job) from None

    def read(self, device: int, job: int) -> bytes:
        """The content of one of them, as far as `difference` looks at it; raises `LookupError`."""
        _, file = self.open(device, job)
        with file:
            return file.read(LONGEST + 1)

    def delete(self, device: int, job: int) -> bool:
        """Remove one; returns whether it was there."""
        path = self._of(device) / str(job)
        there = path.exists()
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)
        return there

    def delete_all(self, device: int) -> None:
        """Remove all that there is of a device."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self._of(device))

    def delete_parts(self, before: float) -> None:
        """Remove what was coming in, and of which nothing has come since then."""
        for part in self._folder.glob("*/*.part"):
            with suppress(FileNotFoundError):
                if part.stat().st_mtime < before:
                    part.unlink()

    def retire(self, device: int) -> None:
        """Remove those of a device that are too many."""
        by_type: dict[str, list[Upload]] = defaultdict(list)
        for upload in self.of_device(device):
            by_type[upload.file_type].append(upload)
        for uploads in by_type.values():
            for old in uploads[self._kept :]:
                self.delete(device, old.job)

    def _of(self, device: int) -> Path:
        return self._folder / str(device)

    def _files(self, device: int) -> Iterator[Path]:
        with suppress(FileNotFoundError):
            yield from (path for path in self._of(device).iterdir() if path.name.isdecimal())


class Part:
    """One that is coming in; `keep` or `drop` ends it."""

    def __init__(self, uploads: Uploads, path: Path, device: int, job: int) -> None:
        self._uploads = uploads
        self._path, self._part = path, path.with_suffix(".part")
        self._device, self._job = device, job
        self._digest = sha256()
        self._unseen = 0
        self.size = 0
        self._part.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        self._file = os.fdopen(os.open(self._part, flags, 0o600), "wb", buffering=0)

    def write(self, data: bytes) -> None:
        """Some more of it; raises `NoRoom`, `OSError`."""
        self._unseen += len(data)
        if self._unseen >= _LOOK_AGAIN:
            self._unseen = 0
            self._uploads.check_room(0)
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self._digest.update(data)
        self.size += len(data)

    def keep(self, name: str, file_type: str, time: float) -> Upload:
        """It is whole; on disk when this returns.  Raises `AlreadyThere` where another one was faster, or has
        taken its place."""
        try:
            os.fsync(self._file.fileno())
            upload = Upload(
                self._device, self._job, name, file_type, self.size, self._digest.hexdigest(), time
            )
            if not os.path.samestat(os.fstat(self._file.fileno()), os.stat(self._part)):
                raise AlreadyThere
            # A link, as that never writes over what is there; what is known of it first, as nobody looks
            # for that alone.
            if self._path.exists():
                raise AlreadyThere
            _write(self._path.with_suffix(".json"), msgspec.json.encode(upload))
            os.link(self._part, self._path)
        except (FileExistsError, FileNotFoundError):
            raise AlreadyThere from None
        finally:
            self.drop()
        _settle(self._path.parent)
        self._uploads.retire(self._device)
        return upload

    def drop(self) -> None:
        """Forget it."""
        if self._file.closed:
            return
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(self._file.fileno()), os.stat(self._part)):
                self._part.unlink()
        self._file.close()


def _here(path: str, flags: int) -> int:
    """Open a file, and nothing that a link leads to."""
    return os.open(path, flags | os.O_NOFOLLOW)


def _write(path: Path, content: bytes) -> None:
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW, 0o600)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Have the names in a folder on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
