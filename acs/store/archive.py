"""A conversation as it is kept: one small blob, compressed, then sealed.

In it are its messages with all that is known of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import DecodeError, msgpack
from msgspec.structs import replace

from acs.store.database import Row
from acs.store.interface import StoreError
from acs.store.records import Exchange
from acs.store.segments import Place, Segments
from acs.store.vault import Vault

INLINE_BYTES = 4096
_PURPOSE = "conversation"
_WRITER = msgpack.Encoder()
_READER = msgpack.Decoder(tuple[Exchange, ...])

Kept = tuple[int, bytes | None, int, int, int]
"""A row of the table ``conversations``."""


class Archive:
    """Where conversations are kept: small ones in the database's row, large ones in ``segments``.

    Without segments all of them stand in the row.
    """

    def __init__(
        self, vault: Vault, segments: Segments | None = None, inline_bytes: int = INLINE_BYTES
    ) -> None:
        self._vault = vault
        self._segments = segments
        self._inline_bytes = inline_bytes
        self._room = bytearray()

    def seal(self, written: Mapping[int, bytes]) -> list[tuple[int, bytes]]:
        """What `write_conversation` wrote for these sessions as it is kept, each with its session."""
        return list(zip(written, self._vault.close_all(list(written.items()), _PURPOSE), strict=True))

    def seal_long(self, session: int, conversation: Sequence[Exchange]) -> bytes:
        """A long conversation as it is kept, which is written into memory that is there already.

        Memory of its own for each comes from the kernel page by page: 40 faults to a full session, which
        takes 0.95 of the CPU without them (benchmarks/full_session.py, both ways in turns).
        """
        try:
            _WRITER.encode_into(conversation, self._room)
        except UnicodeEncodeError:
            self._room[:] = write_conversation(conversation)
        return self._vault.close_all([(session, self._room)], _PURPOSE)[0]

    def place(self, session: int, blob: bytes, when: float | None = None) -> Kept:
        """The row for a conversation that is sealed, of now or of another time; raises
        `acs.store.segments.SegmentsFull`."""
        if self._segments is None or len(blob) <= self._inline_bytes:
            return session, blob, 0, 0, 0
        place = self._segments.append(session, blob, when)
        return session, None, place.segment, place.position, place.size

    def get(self, session: int, row: Row) -> tuple[Exchange, ...] | None:
        """The conversation that a row (without the session) tells of, None where its segment is gone.

        Blocks on the disk; any thread.  Raises `StoreError` where it is damaged.
        """
        plain = self.plain(session, row)
        return None if plain is None else read_conversation(plain)

    def plain(self, session: int, row: Row) -> bytes | None:
        """The same as `write_conversation` wrote it."""
        blob = self.blob(session, row)
        return None if blob is None else self._vault.open(blob, _PURPOSE, session)

    def blob(self, session: int, row: Row) -> bytes | None:
        """The same as it is kept, sealed."""
        blob, *place = row
        if blob is None:
            if self._segments is None:
                raise StoreError("the conversation lies in a segment, and this store has none")
            return self._segments.read(session, Place(*place))
        inline: bytes = blob
        return inline

    def flush(self) -> None:
        """Put on disk what was placed so far.  Blocks; raises OSError."""
        if self._segments:
            self._segments.flush()

    def drop_before(self, when: float) -> int:
        """Remove the segment files of days that ended before then; how many.  Blocks."""
        return self._segments.drop_before(when) if self._segments else 0

    def close(self) -> None:
        """Let go of the segment files."""
        if self._segments:
            self._segments.close()


def write_conversation(conversation: Sequence[Exchange]) -> bytes:
    """The messages as one array in MessagePack."""
    try:
        return msgpack.encode(conversation)
    except UnicodeEncodeError:
        # Lone surrogates, from bytes that were no UTF-8: a message must be kept even so.
        return msgpack.encode(
            [replace(each, rpc=_printable(each.rpc), note=_printable(each.note)) for each in conversation]
        )


def read_conversation(data: bytes) -> tuple[Exchange, ...]:
    """What `write_conversation` wrote; raises `StoreError` for anything else."""
    try:
        return _READER.decode(data)
    except DecodeError as error:
        raise StoreError(f"no conversation: {error}") from error


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
