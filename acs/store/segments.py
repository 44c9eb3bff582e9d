"""Append-only files for what is too large for a database row: one day to a file, 64 MiB at most."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from struct import Struct
from zlib import crc32

from acs.store.folders import make_folder, sync_names
from acs.store.interface import StoreError

SEGMENT_BYTES = 64 << 20
PENDING_BYTES = 256 << 20
_NAME = re.compile(r"(\d{8})-(\d{1,6})\.seg")
_PER_DAY = 1_000_000
_HEAD = Struct(">4sQII")  # magic, whose it is, length, CRC-32: enough to read a segment without the database
_MAGIC = b"ACS\1"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece lies: ``segment`` is yyyymmdd times a million plus the file's number within the day."""

    segment: int
    position: int
    size: int


@dataclass
class SegmentDamaged(StoreError):
    """What lies at a place is not what was put there."""

    place: Place

    def __str__(self) -> str:
        return f"{_file_name(self.place.segment)}: damaged at {self.place.position}"


class SegmentsFull(StoreError):
    """The disk has taken nothing for so long that no more is kept in memory for it."""


class Segments:
    """The segment files of one directory, which one process at a time appends to.

    `append` gives out places at once and keeps the bytes; `flush` puts them on disk.  A row that names a
    place must be committed after the `flush` that follows the `append`: what a crash leaves behind the last
    flush, nobody refers to, because each process starts a new file.
    """

    def __init__(
        self, directory: Path, seconds: Callable[[], float], segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        self._directory = directory
        self._seconds = seconds
        self._segment_bytes = segment_bytes
        self._segment = 0
        self._position = 0
        self._lock = threading.Lock()
        self._pending: list[tuple[Place, bytes]] = []
        self._pending_bytes = 0
        self._written = 0
        self._file = -1

    def append(self, number: int, data: bytes, when: float | None = None) -> Place:
        """Where the data will lie after the next `flush`: in a file of today, or of the day of ``when``.

        ``number`` says whose it is; raises `SegmentsFull`.
        """
        record = _HEAD.pack(_MAGIC, number, len(data), crc32(data)) + data
        with self._lock:
            if self._pending_bytes + len(record) > PENDING_BYTES:
                raise SegmentsFull("the archive's disk has taken nothing for too long")
            place = self._place(len(record), self._seconds() if when is None else when)
            self._pending.append((place, record))
            self._pending_bytes += len(record)
        return place

    @property
    def pending(self) -> bool:
        """True where a `flush` has something to do."""
        return bool(self._pending)

    def flush(self) -> None:
        """Put on disk what was appended so far; blocks.  Raises OSError, and may then be called again."""
        with self._lock:
            batch = list(self._pending)
        for place, record in batch:
            self._open(place.segment)
            _write_at(self._file, record, place.position)
        if batch:
            os.fdatasync(self._file)
        with self._lock:
            del self._pending[: len(batch)]
            self._pending_bytes -= sum(len(record) for _, record in batch)

    def read(self, number: int, place: Place) -> bytes | None:
        """What was appended there; None where the file is gone.  Blocks.  Raises `SegmentDamaged`,
        OSError."""
        try:
            file = os.open(self._directory / _file_name(place.segment), os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            record = os.pread(file, place.size, place.position)
        finally:
            os.close(file)
        data = record[_HEAD.size :]
        if len(record) < _HEAD.size or record[: _HEAD.size] != _HEAD.pack(
            _MAGIC, number, len(data), crc32(data)
        ):
            raise SegmentDamaged(place)
        return data

    def drop_before(self, when: float) -> int:
        """Remove the files of days that ended before ``when`` (seconds since 1970); how many.  Blocks."""
        first = _day(when) * _PER_DAY
        dropped = 0
        for segment in self._on_disk():
            if segment < first and segment != self._segment:
                (self._directory / _file_name(segment)).unlink(missing_ok=True)
                dropped += 1
        return dropped

    def close(self) -> None:
        """Let go of the file, which further pieces do not go to and `drop_before` may remove."""
        self._let_go()
        self._segment = 0

    def _place(self, size: int, when: float) -> Place:
        day = _day(when)
        if self._segment // _PER_DAY != day or self._position + size > self._segment_bytes:
            self._segment, self._position = self._unused(day), 0
        place = Place(self._segment, self._position, size)
        self._position += size
        return place

    def _unused(self, day: int) -> int:
        given_out = (place.segment for place, _ in self._pending)
        taken = (*self._on_disk(), *given_out, self._segment)
        return max((each for each in taken if each // _PER_DAY == day), default=day * _PER_DAY) + 1

    def _on_disk(self) -> list[int]:
        if not self._directory.is_dir():
            return []
        matches = (_NAME.fullmatch(name) for name in os.listdir(self._directory))
        return [int(match[1]) * _PER_DAY + int(match[2]) for match in matches if match]

    def _open(self, segment: int) -> None:
        if self._written == segment:
            return
        if self._file >= 0:
            os.fdatasync(self._file)
            self._let_go()
        make_folder(self._directory)
        path = self._directory / _file_name(segment)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        sync_names(self._directory)
        self._written = segment

    def _let_go(self) -> None:
        # Of the number too: where the next file cannot be opened, the same batch begins with this one again.
        if self._file >= 0:
            os.close(self._file)
        self._file, self._written = -1, 0


def _write_at(file: int, data: bytes, position: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, position)
        view, position = view[written:], position + written


def _day(when: float) -> int:
    return int(datetime.fromtimestamp(when, UTC).strftime("%Y%m%d"))


def _file_name(segment: int) -> str:
    return f"{segment // _PER_DAY}-{segment % _PER_DAY}.seg"
