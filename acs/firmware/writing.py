"""Adds files to the folder, or takes them out of it, in a thread.

A file is written beside its place, under a hidden name, and gets its own when it is whole and on disk.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from acs.firmware.beneath import Signature, entered, signature_of
from acs.firmware.names import DESCRIPTION, why_not, within

HIDDEN = ".acs-"
"""How the names of files begin that are being added."""
ABANDONED = 86_400
"""Seconds after which one that nobody writes to was left behind by a process that is gone."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class BadPath(ValueError):
    """No file can be put there; its text says why."""


class AlreadyThere(Exception):
    """There is a file, and it was not to be replaced."""


class CannotWrite(Exception):
    """The disk does not take it; its text says why, ``full`` whether there is no room."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror or str(error))
        self.full = error.errno in (errno.ENOSPC, errno.EDQUOT)


class Receiving:
    """A file that is being added; ``random`` makes its hidden name one of its own.

    Raises `BadPath`, `AlreadyThere` and `CannotWrite`, as its methods do, after which nothing is left of it.

    :ivar new: whether there was none, once it is finished.
    """

    def __init__(self, folder: Path, path: str, replace: bool, random: str) -> None:
        if reason := why_not(path):
            raise BadPath(reason)
        self._folder = folder
        *inner, self._name = within(path)
        self._inner = inner
        self._replace = replace
        self._hidden = f"{HIDDEN}{random}".encode()
        self._hash = sha256()
        self.new = True
        try:
            with entered(folder, inner, make=True) as at:
                self._look(at)
                self._file = os.fdopen(os.open(self._hidden, _NEW, 0o644, dir_fd=at), "wb", buffering=0)
        except OSError as error:
            _remove_empty(folder, inner)
            raise CannotWrite(error) from error

    def write(self, data: bytes) -> None:
        """Add some of it."""
        self._hash.update(data)
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self.abandon()
            raise CannotWrite(error) from error

    def finish(self) -> tuple[Signature, str]:
        """Have it at its place, and on disk; returns what it is like, with its digest."""
        try:
            with self._file:
                os.fsync(self._file.fileno())
                with entered(self._folder, self._inner) as at:
                    self._look(at)
                    self._name_it(at)
                    os.fsync(at)
                return signature_of(os.fstat(self._file.fileno())), self._hash.hexdigest()
        except OSError as error:
            self.abandon()
            raise CannotWrite(error) from error
        except AlreadyThere:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Leave nothing of it, nor of the folders that were made for it."""
        self._file.close()
        with suppress(OSError), entered(self._folder, self._inner) as at:
            os.unlink(self._hidden, dir_fd=at)
        _remove_empty(self._folder, self._inner)

    def _look(self, at: int) -> None:
        try:
            found = os.stat(self._name, dir_fd=at, follow_symlinks=False)
        except FileNotFoundError:
            return
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EEXIST, "there is something else, which is not a regular file")
        if not self._replace:
            raise AlreadyThere
        self.new = False

    def _name_it(self, at: int) -> None:
        if self._replace:
            os.replace(self._hidden, self._name, src_dir_fd=at, dst_dir_fd=at)
            return
        try:
            # Unlike a change of the name, this fails where somebody has put a file there meanwhile.
            os.link(self._hidden, self._name, src_dir_fd=at, dst_dir_fd=at, follow_symlinks=False)
        except FileExistsError:
            raise AlreadyThere from None
        except OSError:  # a file system without links
            os.rename(self._hidden, self._name, src_dir_fd=at, dst_dir_fd=at)
        else:
            os.unlink(self._hidden, dir_fd=at)


def remove(folder: Path, path: str) -> None:
    """Take a file out of the folder, with the `image.toml` that then stands alone, and folders that are then
    empty.

    Raises `LookupError` where there is no such file, `CannotWrite`.
    """
    *inner, name = within(path)
    try:
        with entered(folder, inner) as at:
            if not stat.S_ISREG(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode):
                raise LookupError(f"{path!r} is not a file")
            os.unlink(name, dir_fd=at)
            if inner and os.listdir(at) == [DESCRIPTION]:
                os.unlink(DESCRIPTION, dir_fd=at)
            os.fsync(at)
    except (FileNotFoundError, NotADirectoryError):
        raise LookupError(f"there is no file at {path!r}") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise LookupError(f"there is no file at {path!r}") from None
        raise CannotWrite(error) from error
    _remove_empty(folder, inner)


def _remove_empty(folder: Path, inner: list[bytes]) -> None:
    """Remove the innermost of these folders if it is empty, then the one around it, and so on."""
    for depth in range(len(inner), 0, -1):
        try:
            with entered(folder, inner[: depth - 1]) as at:
                os.rmdir(inner[depth - 1], dir_fd=at)
        except FileNotFoundError:
            pass  # it was not even made
        except OSError:
            return  # there is something in it


def sweep(folder: Path, now: float) -> None:
    """Remove what was being added when a process was killed; what cannot be removed stays."""
    for _, _, names, at in os.fwalk(folder):
        for name in names:
            if name.startswith(HIDDEN):
                _remove_old(at, name, now)


def _remove_old(at: int, name: str, now: float) -> None:
    with suppress(OSError):
        found = os.stat(name, dir_fd=at, follow_symlinks=False)
        if stat.S_ISREG(found.st_mode) and found.st_mtime < now - ABANDONED:
            os.unlink(name, dir_fd=at)
