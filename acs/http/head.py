"""Reads the head of a request.

That is its request line, its header lines, and what they say of the body.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from acs.http import sloppy
from acs.http.errors import BadRequest
from acs.http.limits import Limits, Tolerance
from acs.http.sloppy import FRAMING
from acs.hypertext.authorization import path_of

TOKEN = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The characters of methods and header names (RFC 9110 section 5.6.2)."""

_BLANKS = " \t"

# The names that CPEs send are looked up instead of being checked and lowered each time.
_USUAL = (
    "Accept", "Accept-Encoding", "Authorization", "Connection", "Content-Encoding", "Content-Length",
    "Content-Type", "Cookie", "Cookie2", "Date", "Expect", "Host", "SOAPAction", "TE", "Transfer-Encoding",
    "User-Agent", "X-Forwarded-For",
)  # fmt: skip
_NAMES = {spelling: name.lower() for name in _USUAL for spelling in (name, name.lower())}


class Head(Struct, frozen=True):
    """A head that has been read.

    ``first`` has the first value of each header; ``length`` is that of the body in bytes, None where it is
    chunked.
    """

    method: str
    target: str
    path: str
    minor: int
    headers: tuple[tuple[str, str], ...]
    first: Mapping[str, str]
    persistent: bool
    length: int | None
    expects_continue: bool


def parse_head(raw: bytes, limits: Limits, tolerance: Tolerance) -> Head:
    """Read ``raw``, which ends with the blank line after the headers.

    :raises BadRequest: 400; 413 for an absurd length, 431 for too many headers, 505 for an HTTP that is
        not 1.x.
    """
    lines = _lines(raw.decode("latin-1"), tolerance)
    if len(lines) - 1 > limits.headers:
        raise BadRequest(431, f"more than {limits.headers} header lines")
    method, target, minor = _request_line(lines[0], tolerance)
    headers = _headers(lines[1:], tolerance)
    first = dict(reversed(headers))
    said = {}
    for name in FRAMING:
        if name in first:
            said[name] = _listed(headers, name)
    return Head(
        method,
        target,
        path_of(target),
        minor,
        headers,
        first,
        _persistent(minor, said),
        _length(said),
        minor >= 1 and "100-continue" in said.get("expect", ()),
    )


def _headers(lines: list[str], tolerance: Tolerance) -> tuple[tuple[str, str], ...]:
    try:
        return tuple([header_field(line) for line in lines])
    except BadRequest:
        if not tolerance.stray_lines:
            raise
    return tuple(sloppy.fields(lines, TOKEN))


def header_field(line: str) -> tuple[str, str]:
    """A header line's name, in lower case, and its value without the blanks around it.

    :raises BadRequest: no colon, or a name that is none: empty, or with a blank in it (RFC 9112 section 5.1),
        as a folded line begins (section 5.2).
    """
    name, colon, value = line.partition(":")
    if not colon:
        raise BadRequest(400, "a header line without a colon")
    known = _NAMES.get(name)
    if known is None:
        if not name or name.strip(TOKEN):
            raise BadRequest(400, f"{name[:40]!r} is no header name")
        known = name.lower()
    return known, value.strip(_BLANKS)


def _lines(text: str, tolerance: Tolerance) -> list[str]:
    lines = text.split("\r\n")
    ends = len(lines) - 1
    if text.count("\n") != ends:
        if not tolerance.bare_lf:
            raise BadRequest(400, "a line of the head ends in LF alone")
        lines = [line.removesuffix("\r") for line in text.split("\n")]
    if text.count("\r") != ends:
        raise BadRequest(400, "a CR within a line of the head")
    if "\0" in text:
        raise BadRequest(400, "a NUL in the head")
    return lines[:-2]


def _request_line(line: str, tolerance: Tolerance) -> tuple[str, str, int]:
    parts = line.split(" ")
    if len(parts) == 3 and parts[1] and parts[2].startswith("HTTP/"):
        method, target, version = parts
    elif tolerance.loose_line:
        method, target, version = sloppy.request_line(line)
    else:
        raise BadRequest(400, "a request line is three words with one blank between them")
    minor = _minor(version)
    if not method or method.strip(TOKEN):
        raise BadRequest(400, f"{method[:40]!r} is no method")
    if not target or not _is_visible(target):
        raise BadRequest(400, "the request target is empty or has control characters in it")
    return method, target, minor


def _minor(version: str) -> int:
    if version == "HTTP/1.1":
        return 1
    if len(version) == 8 and version.startswith("HTTP/1.") and version[7].isdecimal():
        return int(version[7])
    if version.startswith("HTTP/") and version[5:6].isdecimal() and version[5] != "1":
        raise BadRequest(505, f"{version[:12]!r} is not spoken here")
    raise BadRequest(400, f"{version[:12]!r} is no version of HTTP")


def _is_visible(target: str) -> bool:
    return target.isascii() and target.isprintable() or not any(c <= " " or c == "\x7f" for c in target)


def _length(said: Mapping[str, list[str]]) -> int | None:
    """How long the body is, of which there is one reading or none.

    RFC 9112 section 6.3; RFC 9110 section 8.6 on a length that is said several times.
    """
    codings = said.get("transfer-encoding")
    lengths = said.get("content-length")
    if codings is not None:
        if lengths is not None:
            raise BadRequest(400, "both Transfer-Encoding and Content-Length")
        if codings != ["chunked"]:
            raise BadRequest(400, "a Transfer-Encoding other than chunked")
        return None
    if lengths is None:
        return 0
    length = lengths[0]
    if lengths.count(length) != len(lengths):
        raise BadRequest(400, "several Content-Lengths that differ")
    if not length.isdecimal():
        raise BadRequest(400, "Content-Length is no number")
    if len(length) > 15:
        raise BadRequest(413, f"a Content-Length of {len(length)} digits")
    return int(length)


def _persistent(minor: int, said: Mapping[str, list[str]]) -> bool:
    """RFC 9112 section 9.3; by section 6.1 a chunked HTTP/1.0 request is the last of its connection."""
    options = said.get("connection")
    if options is None:
        return minor >= 1
    if "close" in options:
        return False
    return minor >= 1 or ("keep-alive" in options and "transfer-encoding" not in said)


def _listed(headers: tuple[tuple[str, str], ...], name: str) -> list[str]:
    """The members of a comma-separated list in lower case, wherever it was cut into several headers."""
    return [
        member.strip(_BLANKS).lower() for key, value in headers if key == name for member in value.split(",")
    ]
