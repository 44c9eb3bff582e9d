"""A look at all that is in the folder, to be taken in a thread."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from acs.firmware.beneath import FOLDER, Signature, open_inner, open_regular, signature_of
from acs.firmware.described import LONGEST, Description, describe
from acs.firmware.names import DEPTH, DESCRIPTION, UPLOADS, ignored

MOST_FILES = 100_000
"""Files that are looked at."""

Watch = Callable[[int, str], None]
"""Has a folder watched from now on, given its descriptor and its path."""
Described = Mapping[str, tuple[Signature, Description]]


class Scan(Struct):
    """What there is: files by path, descriptions by the path of their folder ("" or ending in a slash), and
    why what was passed over was, by path."""

    files: dict[str, Signature] = {}
    described: dict[str, tuple[Signature, Description]] = {}
    passed_over: dict[str, str] = {}


def scan(folder: Path, watch: Watch, before: Described) -> Scan:
    """All that is there; descriptions that have not changed are taken from those of ``before``.

    Raises OSError where the folder itself cannot be read.
    """
    looking = _Looking(watch, before)
    descriptor = os.open(folder, FOLDER)
    try:
        looking.into(descriptor, "", 0)
    finally:
        os.close(descriptor)
    found = looking.found
    return Scan(dict(sorted(found.files.items())), found.described, found.passed_over)


class _Looking:
    def __init__(self, watch: Watch, before: Described) -> None:
        self._watch = watch
        self._before = before
        self.found = Scan()

    def into(self, folder: int, path: str, depth: int) -> None:
        """Look into an open folder; ``path`` is "", or ends in a slash."""
        self._watch(folder, path)  # first: what comes while it is read is then not missed
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    self._at(folder, path, os.fsencode(entry.name), depth)
                except FileNotFoundError:
                    pass  # it is gone meanwhile
                except OSError as error:
                    self._pass_over(path + entry.name, error.strerror or str(error))

    def _at(self, folder: int, path: str, raw: bytes, depth: int) -> None:
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            self._pass_over(f"{path}{raw!r}", "its name is not UTF-8")
            return
        if name.startswith(".") or (path + name == UPLOADS):
            return
        found = os.stat(raw, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode):
            self._inner(folder, path + name, raw, depth)
        elif not stat.S_ISREG(found.st_mode):
            is_link = stat.S_ISLNK(found.st_mode)
            self._pass_over(path + name, "it is a symbolic link" if is_link else "it is no regular file")
        elif name == DESCRIPTION:
            self._describe(folder, path, raw, signature_of(found))
        elif not ignored(name):
            self._take(path + name, signature_of(found))

    def _inner(self, folder: int, path: str, raw: bytes, depth: int) -> None:
        if depth >= DEPTH:
            self._pass_over(path, "folders are too deep in each other")
            return
        descriptor = open_inner(folder, raw)
        try:
            self.into(descriptor, f"{path}/", depth + 1)
        finally:
            os.close(descriptor)

    def _take(self, path: str, signature: Signature) -> None:
        if len(self.found.files) < MOST_FILES:
            self.found.files[path] = signature
        else:
            self._pass_over("", f"there are more than {MOST_FILES} files")

    def _describe(self, folder: int, path: str, raw: bytes, signature: Signature) -> None:
        known = self._before.get(path)
        if known is None or known[0] != signature:
            with open(open_regular(folder, raw), "rb") as file:
                known = signature, describe(file.read(LONGEST + 1))
        self.found.described[path] = known

    def _pass_over(self, path: str, reason: str) -> None:
        self.found.passed_over[path] = reason
