"""Undoes the content coding of a body (RFC 9110 section 8.4), never making more of it than is allowed."""

from __future__ import annotations

import zlib

from acs.http.errors import BadRequest

CODINGS = 2
"""How many codings a body may have on top of each other."""

_GZIP_MAGIC = b"\x1f\x8b"
# zlib's `wbits` for each form.
_GZIP, _ZLIB, _RAW = 31, 15, -15


class _Garbage(Exception):
    """The bytes are not what their coding says, or end too early."""


def decode_body(body: bytes, content_encoding: str | None, limit: int) -> bytes:
    """``body`` without the codings that its Content-Encoding names.

    These are gzip, x-gzip, identity, and deflate in both its meanings.  An empty body is empty whatever the
    header says: there are CPEs that send the header always (icwmp).

    Bytes after the end of the compressed data are ignored: the message before them is whole, nothing reads
    what follows, and padding is what devices put there.  A second gzip member is refused, because ignoring it
    would lose a part of the message.

    :param limit: the most bytes that any decoding may give.
    :raises BadRequest: 400 for bytes that are not in their coding, 413 above ``limit``, 415 for a coding
        that is not known.
    """
    if not body or not content_encoding:
        return body
    codings = [coding.strip(" \t").lower() for coding in content_encoding.split(",")]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if len(codings) > CODINGS:
        raise BadRequest(415, f"more than {CODINGS} content codings")
    for coding in reversed(codings):
        body = _decode(body, coding, limit)
    return body


def _decode(body: bytes, coding: str, limit: int) -> bytes:
    try:
        if coding in ("gzip", "x-gzip"):
            return _inflate(body, _GZIP, limit)
        if coding == "deflate":
            return _deflated(body, limit)
    except _Garbage as error:
        raise BadRequest(400, f"the body is no {coding}: {error}") from error
    raise BadRequest(415, f"the content coding {coding[:40]!r} is not known")


def _deflated(body: bytes, limit: int) -> bytes:
    """deflate is zlib's format by the standard, and without zlib's envelope by many senders."""
    try:
        return _inflate(body, _ZLIB, limit)
    except _Garbage:
        return _inflate(body, _RAW, limit)


def _inflate(body: bytes, form: int, limit: int) -> bytes:
    inflater = zlib.decompressobj(form)
    try:
        inflated = inflater.decompress(body, limit + 1)
    except zlib.error as error:
        raise _Garbage(str(error)) from error
    if len(inflated) > limit:
        raise BadRequest(413, f"a compressed body of more than {limit} bytes")
    if not inflater.eof:
        raise _Garbage("it ends too early")
    if form == _GZIP and inflater.unused_data.startswith(_GZIP_MAGIC):
        raise _Garbage("it has more than one member")
    return inflated
