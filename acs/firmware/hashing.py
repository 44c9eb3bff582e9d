"""Computes the SHA-256 of one file, a bit at a time, no faster than is said."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from acs.firmware.beneath import Signature, open_file, signature_of

PIECE = 1 << 20
"""Bytes that are read in one go."""
_SHORTEST = 0.002
"""Seconds that are worth waiting for."""

T = TypeVar("T")


class InThread(Protocol):
    """Runs what blocks in a thread."""

    def __call__(self, function: Callable[..., T], *arguments: Any) -> Awaitable[T]:
        """The function's result."""


class Hashing:
    """``speed`` is in bytes a second; ``wanted`` says whether it is still of use to go on."""

    def __init__(
        self,
        folder: Path,
        clock: IReactorTime,
        in_thread: InThread,
        speed: float,
        wanted: Callable[[], bool],
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._in_thread = in_thread
        self._speed = speed
        self._wanted = wanted

    async def digest(self, names: Sequence[bytes], signature: Signature) -> str:
        """The digest of a file that is like that from before until after it was read; "" where it is not.

        Raises OSError.
        """
        if signature.size <= PIECE:
            return await self._in_thread(_whole, self._folder, names, signature)
        file = await self._in_thread(_open, self._folder, names)
        try:
            if not await self._in_thread(_is_like, file, signature):
                return ""
            return await self._read(file, signature)
        finally:
            await self._in_thread(file.close)

    async def _read(self, file: BinaryIO, signature: Signature) -> str:
        hashing, done, began = sha256(), 0, self._clock.seconds()
        while length := await self._in_thread(_feed, file, hashing):
            done += length
            await self._until(began + done / self._speed)
            if not self._wanted():
                return ""
        return hashing.hexdigest() if await self._in_thread(_is_like, file, signature) else ""

    async def _until(self, when: float) -> None:
        if (seconds := when - self._clock.seconds()) >= _SHORTEST:
            due: Deferred[None] = Deferred()
            self._clock.callLater(seconds, due.callback, None)
            await due


def _whole(folder: Path, names: Sequence[bytes], signature: Signature) -> str:
    """The digest of a short file."""
    with _open(folder, names) as file:
        digest = sha256(file.read(PIECE)).hexdigest()
        return digest if _is_like(file, signature) else ""


def _open(folder: Path, names: Sequence[bytes]) -> BinaryIO:
    return open(open_file(folder, names), "rb", buffering=0)


def _is_like(file: BinaryIO, signature: Signature) -> bool:
    return signature_of(os.fstat(file.fileno())) == signature


def _feed(file: BinaryIO, hashing: Any) -> int:
    piece = file.read(PIECE)
    hashing.update(piece)
    return len(piece)
