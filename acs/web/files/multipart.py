"""Finds the first file in a multipart/form-data body as it comes (RFC 7578, RFC 2046 section 5.1.1).

Bytes in, bytes out: whatever comes in pieces however cut gives the same file, and no more of it is kept than
may be the beginning of a delimiter, or the head of a part.
"""

from __future__ import annotations

import re

LONGEST_HEAD = 16384
"""Bytes that the head of a part may have."""
MOST_PARTS = 100
"""Fields that may come before the file."""

_BOUNDARY = re.compile(
    r"""multipart/form-data[ \t]*;(?:.*;)?[ \t]*boundary[ \t]*=[ \t]*"""
    r"""(?:"([^"\r\n]{1,70})"|([^\s;",]{1,70}))""",
    re.IGNORECASE | re.DOTALL,
)
_DISPOSITION = re.compile(rb"^content-disposition[ \t]*:[ \t]*form-data[ \t]*(;.*)$", re.I | re.M)
_NAMED = re.compile(rb';[ \t]*filename[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))', re.IGNORECASE)


class BadMultipart(Exception):
    """The body is none, or has no file in it; the text says why."""


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that a Content-Type tells; None where it is not that of a form."""
    found = _BOUNDARY.match(content_type.strip())
    return (found[1] or found[2]).encode("latin-1") if found else None


class FirstFile:
    """The first file of a form with this boundary.

    :ivar name: what its sender calls it, as soon as that has come.
    :ivar whole: whether its end has come.
    """

    def __init__(self, boundary: bytes) -> None:
        self._delimiter = b"\r\n--" + boundary
        self._rest = b"\r\n"  # so that the first delimiter is like the others
        self._parts = 0
        self._step = self._before
        self.name = ""
        self.whole = False

    def feed(self, data: bytes) -> bytes:
        """What these bytes have of the file; raises `BadMultipart`."""
        self._rest += data
        found = []
        while (piece := self._step()) is not None:
            found.append(piece)
        return b"".join(found)

    def end(self) -> None:
        """The body is over; raises `BadMultipart` where the file is not."""
        if not self.whole:
            raise BadMultipart("the form ends before its file does, or has none")

    # Each step takes what it can of the rest, gives what that has of the file, None where it needs more.

    def _before(self) -> bytes | None:
        """Skip to a delimiter and what is behind it on its line."""
        at = self._rest.find(self._delimiter)
        if at < 0:
            self._rest = self._rest[-len(self._delimiter) :]
            return None
        line = at + len(self._delimiter)
        end = self._rest.find(b"\r\n", line)
        if self._rest.startswith(b"--", line):
            raise BadMultipart("the form has no file in it")
        if end < 0:
            if len(self._rest) - line > 80:
                raise BadMultipart("more than blanks stands behind a delimiter")
            return None
        if self._rest[line:end].strip(b" \t"):
            # That is no delimiter, but something that begins as one (RFC 2046, 5.1.1).
            self._rest = self._rest[line:]
            return b""
        self._rest = self._rest[end:]
        self._step = self._head
        return b""

    def _head(self) -> bytes | None:
        """Read the head of a part, which may be empty."""
        end = self._rest.find(b"\r\n\r\n")
        if end > LONGEST_HEAD or (end < 0 and len(self._rest) > LONGEST_HEAD):
            raise BadMultipart("the head of a part is too long")
        if end < 0:
            return None
        head, self._rest = self._rest[:end], self._rest[end + 2 :]
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise BadMultipart("too many fields come before the file")
        name = _name_in(head)
        if name is None:
            self._step = self._before
        else:
            # The content may be empty: then the CRLF that ends the head's last line begins the delimiter.
            self.name, self._step = name, self._first
        return b""

    def _first(self) -> bytes | None:
        """The beginning of the content, behind the CRLF that is left of the head."""
        if self._rest.startswith(self._delimiter):
            return self._ended()
        if self._delimiter.startswith(self._rest):
            return None
        self._rest = self._rest[2:]
        self._step = self._content
        return b""

    def _content(self) -> bytes | None:
        """The content as far as it cannot be the beginning of a delimiter."""
        at = self._rest.find(self._delimiter)
        if at >= 0:
            content = self._rest[:at]
            self._ended()
            return content
        sure = len(self._rest) - len(self._delimiter) + 1
        if sure <= 0:
            return None
        content, self._rest = self._rest[:sure], self._rest[sure:]
        return content

    def _ended(self) -> bytes:
        self.whole = True
        self._step = self._after
        return b""

    def _after(self) -> bytes | None:
        """What comes behind the file is of no interest."""
        self._rest = b""
        return None


def _name_in(head: bytes) -> str | None:
    """What the file in a part is called; None where it is a field."""
    unfolded = re.sub(rb"\r\n[ \t]+", b" ", head).replace(b"\r\n", b"\n")
    disposition = _DISPOSITION.search(unfolded)
    found = _NAMED.search(disposition[1]) if disposition else None
    if found is None:
        return None
    # Only quotes are escaped in it: some send a path of Windows as it is.
    raw = found[1].replace(b'\\"', b'"') if found[1] is not None else found[2]
    return raw.decode("utf-8", "replace")
