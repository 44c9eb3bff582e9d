"""The bytes of an HTTP body to an XML tree: nothing is resolved, what only its characters break is mended.

Devices send byte order marks, white space before the document, garbage behind it, Latin-1 that nobody
declares, characters that XML cannot carry.  All of that is read; a document type declaration is refused
outright, and so are nesting without reason, more markup than any device has use for (before there is a tree
of it), and encodings in which markup does not look like markup.
"""

from __future__ import annotations

import codecs
import re
from functools import cache

from lxml import etree

from acs.cwmp.errors import RemoteProtocolError
from acs.cwmp.markup import printable

MAX_DEPTH = 32
"""How deep elements may nest; CWMP itself needs seven levels."""

MAX_TAGS = 500_000
"""How many tags a document may have.  A device's whole tree has 40 bytes and more to each, so that the usual
eight megabytes hold 200,000; an empty element costs a hundred bytes of memory and more."""

MAX_ATTRIBUTES = 250_000
"""How many attributes, or rather equals signs."""

_CHARSETS = {
    "utf-8": "UTF-8",
    "utf8": "UTF-8",
    "us-ascii": "UTF-8",
    "iso-8859-1": "ISO-8859-1",
    "iso8859-1": "ISO-8859-1",
    "iso_8859-1": "ISO-8859-1",
    "latin1": "ISO-8859-1",
    "iso-8859-15": "ISO-8859-15",
    "windows-1252": "windows-1252",
}
"""Charsets as Content-Type names them.  UTF-16 tells itself by its byte order mark; all else is guessed."""

_LIKE_ASCII = re.compile(
    r"utf-?8|(us-)?ascii|iso[-_]?8859-\d+|latin-?\d+|(windows|cp)-?125\d|gb(2312|k|18030)|big5(-hkscs)?"
    r"|euc-(jp|kr|cn|tw)|shift_jis|koi8-[ru]|tis-620",
    re.IGNORECASE,
)
"""Encodings in which the bytes of ASCII are ASCII's characters, and nothing else is.  A declaration of any
other is not believed: if it were true, it could not be read as it stands."""

_DOCUMENT_TYPE = re.compile(rb"(?:\s|<\?(?:[^?]|\?(?!>))*+\?>|<!--(?:[^-]|-(?!->))*+-->)*+<!DOCTYPE")
"""Where a document type declaration stands, if there is one (XML 1.0, production 22)."""

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, b"<\0\0\0", b"\0\0\0<")
_TOO_DEEP = etree.XPath("boolean(/" + "*/" * MAX_DEPTH + "*)")
_DECLARED = re.compile(rb"""\A<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})""")
_REFERENCE = re.compile(r"&#(?:x[0-9A-Fa-f]{1,8}|[0-9]{1,8});")
_END = re.compile(rb"</(?:[\w.-]+:)?Envelope\s*>")
_STRAY_BYTES = {0xDC00 + byte: byte for byte in range(0x80, 0x100)}


def parse(body: bytes, charset: str = "") -> tuple[etree._Element, str]:
    """The root element, and what had to be mended ("" for nothing); raises `RemoteProtocolError`.

    ``charset`` is that of the Content-Type.  A byte order mark is believed before it, it before the XML
    declaration (RFC 7303, section 3); without any of them it is UTF-8, and a byte that cannot be is taken for
    Latin-1.
    """
    body, encoding = _prepared(body, charset)
    _check(body)
    reason = _disbelieved(body) if encoding is None else ""
    if not reason:
        try:
            return _checked(etree.fromstring(body, _parser(encoding))), ""
        except etree.XMLSyntaxError as error:
            reason = _line(error.msg[:200])
    mended = _mended(body, encoding)
    for what, document in (("characters", mended), ("behind the envelope", _without_tail(mended))):
        try:
            return _checked(etree.fromstring(document, _parser("UTF-8"))), f"{what}: {reason}"
        except etree.XMLSyntaxError:
            continue
    raise RemoteProtocolError(f"not XML: {reason}")


def text_of(body: bytes, charset: str = "") -> str | None:
    """The characters of a document as they stand; None where they cannot be had as simply as that.

    They are right unless the document declares, and nothing else says, that it is in another charset than
    UTF-8.
    """
    encoding: str | None = "UTF-8"
    if charset not in ("utf-8", "") or body[:1] != b"<":
        body, encoding = _prepared(body, charset)
    if b"\0" in body:
        return None
    try:
        return body.decode("UTF-8" if encoding in (None, "UTF-8") else "ASCII")
    except UnicodeDecodeError:
        return None


def _line(words: str) -> str:
    """The parser's words in one line that can be logged: they hold the device's own."""
    return "".join(each if each.isprintable() else "?" for each in " ".join(words.split()))


@cache
def _parser(encoding: str | None) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _prepared(body: bytes, charset: str) -> tuple[bytes, str | None]:
    """The document without what precedes it, and the encoding to force on the parser."""
    if body[:1] != b"<":
        body = body.lstrip()
        if body.startswith(codecs.BOM_UTF8):
            return body[len(codecs.BOM_UTF8) :].lstrip(), "UTF-8"
        if body.startswith(_UTF16_MARKS):
            return body, None
    encoding = _CHARSETS.get(charset.lower())
    # Not forced where it is the parser's own default: the common case.
    return body, None if encoding == "UTF-8" and body[:5] != b"<?xml" else encoding


def _disbelieved(body: bytes) -> str:
    """Why the encoding that the XML declaration names is not believed; "" where it is, or none is named."""
    declared = _DECLARED.match(body)
    if declared is None or _LIKE_ASCII.fullmatch(name := declared[1].decode()):
        return ""
    if name.lower() == "utf-7":
        raise RemoteProtocolError("the encoding UTF-7 is not read")
    return f"the declared encoding {name} cannot be true, or is not known"


def _check(body: bytes) -> None:
    """Refuse what is not to become a tree."""
    if body.startswith(_UTF32):
        raise RemoteProtocolError("the encoding UTF-32 is not read")
    if _DOCUMENT_TYPE.match(body):
        raise RemoteProtocolError("a document type declaration is not allowed")
    if len(body) < MAX_ATTRIBUTES:
        return
    if body.count(b"<") > MAX_TAGS:
        raise RemoteProtocolError(f"more than {MAX_TAGS} tags")
    if body.count(b"=") > MAX_ATTRIBUTES:
        raise RemoteProtocolError(f"more than {MAX_ATTRIBUTES} attributes")


def _checked(root: etree._Element) -> etree._Element:
    if root.getroottree().docinfo.internalDTD is not None:
        raise RemoteProtocolError("a document type declaration is not allowed")
    if _TOO_DEEP(root):
        raise RemoteProtocolError(f"elements nest deeper than {MAX_DEPTH} levels")
    return root


# Mending


def _mended(body: bytes, encoding: str | None) -> bytes:
    """The document in UTF-8, without the characters that XML cannot carry."""
    decoded = printable(_decoded(body, encoding)).lstrip()
    return _REFERENCE.sub(_mended_reference, decoded).encode()


def _without_tail(document: bytes) -> bytes:
    """The document without what stands behind its envelope, unless that has another envelope in it."""
    end = _END.search(document)
    if end is None or b"Envelope" in document[end.end() :]:
        return document
    return document[: end.end()]


def _decoded(body: bytes, encoding: str | None) -> str:
    if body.startswith(_UTF16_MARKS):
        return body.decode("utf-16", "replace")
    if encoding is None:
        declared = _DECLARED.match(body)
        encoding = _CHARSETS.get(declared[1].decode().lower() if declared else "", "UTF-8")
    return body.decode(encoding, "surrogateescape").translate(_STRAY_BYTES)


def _mended_reference(match: re.Match[str]) -> str:
    digits = match.group()[2:-1]
    number = int(digits[1:], 16) if digits[0] == "x" else int(digits)
    return match.group() if number < 0x110000 and printable(chr(number)) else ""
