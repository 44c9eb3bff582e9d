"""The SHA-256 of each file, computed once, remembered across restarts.

Several processes may have the same file for it: each replaces it as a whole, with what it knows.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from acs.firmware.beneath import Signature

_LAYOUT = 1
_Remembered = tuple[int, dict[str, tuple[Signature, str]]]


class Digests:
    """What is known, for files that have not changed since; ``path`` is where it is remembered."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, tuple[Signature, str]] = {}
        self._written: dict[str, tuple[Signature, str]] | None = None

    def of(self, path: str, signature: Signature) -> str:
        """The digest of a file that is as it was, "" where it is not known."""
        known = self._known.get(path)
        return known[1] if known is not None and known[0] == signature else ""

    def learn(self, path: str, signature: Signature, digest: str) -> None:
        """The digest of a file that is like that."""
        self._known[path] = signature, digest

    def load(self) -> None:
        """Bring back what was remembered; nothing where that is not there, or damaged.  Blocks."""
        try:
            layout, known = msgspec.msgpack.decode(self._path.read_bytes(), type=_Remembered)
        except (OSError, msgspec.DecodeError):
            return
        if layout == _LAYOUT:
            self._known |= known

    def keep(self, paths: dict[str, Signature]) -> None:
        """Remember what is known of the files that there are, where that has changed.  Blocks; raises
        OSError."""
        known = {path: known for path, known in [*self._known.items()] if path in paths}
        if known == self._written:
            return
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        fresh.parent.mkdir(parents=True, exist_ok=True)
        with open(fresh, "wb") as file:
            file.write(msgspec.msgpack.encode((_LAYOUT, known)))
        fresh.replace(self._path)
        self._written = known
