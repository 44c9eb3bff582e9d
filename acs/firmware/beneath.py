"""Opening what is in a folder, so that no name in it can lead out of it.

Each name is opened in the folder that holds it, which is open already, without following a symbolic link.
So there is no moment at which a folder could be replaced by a link to elsewhere.  All links are refused,
those to other places in the folder too.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_INNER = FOLDER | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Signature(Struct, frozen=True, gc=False):
    """What changes when a file does: bytes, nanoseconds since 1970, inode.

    Nobody can set ``changed`` (the ctime), so that an image is told from another one of the same length that
    was made to have the same time.
    """

    size: int
    modified: int
    changed: int
    inode: int


def signature_of(found: os.stat_result) -> Signature:
    """The signature of what was found."""
    return Signature(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


@contextmanager
def entered(folder: Path, names: Sequence[bytes], make: bool = False) -> Iterator[int]:
    """The descriptor of the folder at these names within a folder; with ``make``, made where it is missing.

    Raises OSError.
    """
    descriptor = os.open(folder, FOLDER)
    try:
        for name in names:
            inner = _enter(descriptor, name, make)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _enter(folder: int, name: bytes, make: bool) -> int:
    try:
        return os.open(name, _INNER, dir_fd=folder)
    except FileNotFoundError:
        if not make:
            raise
    try:
        os.mkdir(name, dir_fd=folder)
        os.fsync(folder)
    except FileExistsError:
        pass  # somebody else has made it meanwhile
    return os.open(name, _INNER, dir_fd=folder)


def open_inner(folder: int, name: bytes) -> int:
    """A folder in an open one; raises OSError for a link."""
    return os.open(name, _INNER, dir_fd=folder)


def open_regular(folder: int, name: bytes) -> int:
    """A regular file in an open folder, to be read; raises OSError for whatever else there is.

    What it is is looked at before, as opening a device can do things, and after.
    """
    _must_be_regular(os.stat(name, dir_fd=folder, follow_symlinks=False))
    descriptor = os.open(name, _FILE, dir_fd=folder)
    try:
        _must_be_regular(os.fstat(descriptor))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _must_be_regular(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError("is not a regular file")


def open_file(folder: Path, names: Sequence[bytes]) -> int:
    """The regular file at these names, to be read; raises OSError."""
    with entered(folder, names[:-1]) as descriptor:
        return open_regular(descriptor, names[-1])
