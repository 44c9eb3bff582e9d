"""An export's bytes: a head, then frames, each with a digest of all that came before its end.

So no frame can be damaged, lost, doubled or moved unnoticed; the digest of the last one is that of the file.
Head: `MAGIC` and the format's number (2 bytes).  Frame: its kind (1 byte), the length of its content (4), the
content, and BLAKE2b-256 of the digest before it, its kind, length and content.  Numbers are big-endian.
"""

from __future__ import annotations

from hashlib import blake2b
from struct import Struct
from typing import BinaryIO

from acs.store.interface import StoreError

MAGIC = b"\x89ACS export\r\n\x1a\n"
FORMAT = 1
LARGEST = 1 << 30
"""No frame has more bytes, packed or unpacked."""
_FORMAT = Struct(">H")
_HEAD = Struct(">cI")
_DIGEST_BYTES = 32


class NotAnExport(StoreError):
    """The file is something else."""


class NewerExport(StoreError):
    """The export was made by a newer version of the appliance, which wrote what this one cannot read."""


class ExportDamaged(StoreError):
    """The export is not as it was written: changed, or not whole."""


class FrameWriter:
    """Writes frames into a file; blocks.

    :ivar digest: of all that was written.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        head = MAGIC + _FORMAT.pack(FORMAT)
        self.digest = _digest(head)
        file.write(head)

    def write(self, kind: bytes, content: bytes) -> None:
        """Append a frame; raises `StoreError` for one that is too large."""
        if len(content) > LARGEST:
            raise StoreError("more bytes in one piece than an export can hold")
        head = _HEAD.pack(kind, len(content))
        self.digest = _digest(self.digest, head, content)
        self._file.write(head)
        self._file.write(content)
        self._file.write(self.digest)


class FrameReader:
    """Reads frames from a file; blocks.  Raises `NotAnExport`, `NewerExport`, `ExportDamaged`.

    :ivar digest: of all that was read.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        head = file.read(len(MAGIC) + _FORMAT.size)
        if not head.startswith(MAGIC):
            raise NotAnExport("not an export of a store")
        if len(head) < len(MAGIC) + _FORMAT.size:
            raise ExportDamaged("the export is damaged: it ends in the middle")
        (number,) = _FORMAT.unpack(head[len(MAGIC) :])
        if number != FORMAT:
            raise NewerExport(f"the export has format {number}, this release knows up to {FORMAT}")
        self.digest = _digest(head)

    def read(self) -> tuple[bytes, bytes]:
        """Kind and content of the next frame."""
        place = self._file.tell()
        head = self._take(_HEAD.size)
        kind, size = _HEAD.unpack(head)
        if size > LARGEST:
            raise ExportDamaged(f"the export is damaged at byte {place}")
        content = self._take(size)
        self.digest = _digest(self.digest, head, content)
        if self._take(_DIGEST_BYTES) != self.digest:
            raise ExportDamaged(f"the export is damaged at byte {place}")
        return kind, content

    def end(self) -> None:
        """Raise `ExportDamaged` where something follows."""
        if self._file.read(1):
            raise ExportDamaged("the export is damaged: something follows its end")

    def _take(self, size: int) -> bytes:
        taken = self._file.read(size)
        if len(taken) < size:
            raise ExportDamaged("the export is damaged: it ends in the middle")
        return taken


def _digest(*pieces: bytes) -> bytes:
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for piece in pieces:
        digest.update(piece)
    return digest.digest()
