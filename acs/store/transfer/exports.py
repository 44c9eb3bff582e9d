"""An export: what it is of, then rows of one table after the other, then how many that were.

Frames (`acs.store.transfer.frames`) of the kinds ``H`` (a `Header`, once and first), ``R`` (a table's name
and some of its rows) and ``T`` (a `Trailer`, once and last); their contents are MessagePack, compressed with
Zstandard.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO, TypeVar

from msgspec import DecodeError, Struct, ValidationError, msgpack
from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError, frame_content_size

from acs.store.database import Row
from acs.store.transfer.frames import LARGEST, ExportDamaged, FrameReader, FrameWriter, NewerExport
from acs.store.transfer.tables import BY_NAME
from acs.store.transfer.tally import Tally, Total

_HEADER, _ROWS, _TRAILER = b"H", b"R", b"T"
_LEVEL = 3

T = TypeVar("T")


class Header(Struct, frozen=True):
    """What an export is of: ``dialect`` and ``schema`` of the store, ``created`` when by which ``version`` of
    the appliance.

    ``key`` is the fingerprint of the secret key that sealed columns are sealed with
    (`acs.store.vault.Vault.key_fingerprint`); ``tables`` has the columns of each table.
    """

    dialect: str
    schema: int
    created: float
    version: str
    key: bytes
    tables: dict[str, tuple[str, ...]]


class Trailer(Struct, frozen=True):
    """What is in an export: the rows of each table; ``lost`` conversations could not be read in the store."""

    tables: dict[str, Total]
    lost: int

    @property
    def rows(self) -> int:
        """How many, of all tables."""
        return sum(total.rows for total in self.tables.values())


class Block(Struct, frozen=True):
    """Some rows of one table, their columns in the header's order."""

    table: str
    rows: list[Row]


class ExportWriter:
    """Writes an export into a file; blocks."""

    def __init__(self, file: BinaryIO, header: Header) -> None:
        self._frames = FrameWriter(file)
        self._tallies = {name: Tally() for name in header.tables}
        self._compressor = ZstdCompressor(level=_LEVEL)
        self._write(_HEADER, header)

    def rows(self, table: str, rows: Sequence[Row]) -> None:
        """Append rows of a table."""
        self._tallies[table].add(rows)
        self._write(_ROWS, (table, rows))

    def end(self, lost: int) -> Trailer:
        """Write the trailer, with which the export is whole."""
        trailer = Trailer({name: tally.total for name, tally in self._tallies.items()}, lost)
        self._write(_TRAILER, trailer)
        return trailer

    @property
    def digest(self) -> bytes:
        """Of the whole file."""
        return self._frames.digest

    def _write(self, kind: bytes, content: object) -> None:
        self._frames.write(kind, self._compressor.compress(msgpack.encode(content)))


class ExportReader:
    """Reads an export from a file; blocks.

    Raises `acs.store.transfer.frames.NotAnExport`, `NewerExport` and `ExportDamaged`.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._frames = FrameReader(file)
        kind, content = self._frames.read()
        if kind != _HEADER:
            raise ExportDamaged("the export is damaged: it has no header")
        self.header = _decoded(content, Header)
        for name, columns in self.header.tables.items():
            if name not in BY_NAME or not set(columns) <= set(BY_NAME[name].columns):
                raise NewerExport(
                    f"the export was made by {self.header.version}, which keeps more than this version knows"
                )
            if not set(BY_NAME[name].key) <= set(columns):
                raise ExportDamaged(f"the export is damaged: {name} has no key")

    @property
    def digest(self) -> bytes:
        """Of all that was read; at the end, of the whole file."""
        return self._frames.digest

    def next(self) -> Block | Trailer:
        """The next rows; at the end, the trailer, behind which there is nothing."""
        kind, content = self._frames.read()
        if kind == _TRAILER:
            self._frames.end()
            return _decoded(content, Trailer)
        if kind != _ROWS:
            raise ExportDamaged("the export is damaged: it has a frame of an unknown kind")
        table, rows = _decoded(content, tuple[str, list[tuple[Any, ...]]])
        columns = self.header.tables.get(table, ())
        if not columns or any(len(row) != len(columns) for row in rows):
            raise ExportDamaged("the export is damaged: it has rows that are not those of any table")
        return Block(table, rows)

    def skip(self) -> None:
        """Pass over the next frame."""
        self._frames.read()


def _decoded(content: bytes, kind: type[T]) -> T:
    try:
        if not 0 <= frame_content_size(content) <= LARGEST:
            raise ExportDamaged("the export is damaged: it has a frame that does not tell its size")
        return msgpack.decode(ZstdDecompressor().decompress(content), type=kind)
    except (ZstdError, DecodeError, ValidationError) as error:
        raise ExportDamaged(f"the export is damaged: {error}") from error
