"""What of a folder a power cut would leave."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase


class Syncs:
    """The files and folders that were put on disk in a test, each with the size that it had then."""

    def __init__(self, case: SynchronousTestCase) -> None:
        self._sizes: dict[int, int] = {}
        for name in ("fsync", "fdatasync"):
            case.patch(os, name, self._note)

    def _note(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        self._sizes[found.st_ino] = found.st_size

    def holds(self, path: Path) -> bool:
        """Whether all of a file, or the names in a folder, would be there."""
        found = path.stat()
        return self._sizes.get(found.st_ino) == found.st_size
