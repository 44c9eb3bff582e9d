"""Hides the secrets inside the XML of a message without changing any other byte.

What is shown is evidence, and often broken in the way that is looked for, so nothing here parses, mends or
writes XML anew.  The text is cut at its tags, and the content of an element is replaced where its name is a
secret's, or where it is the ``Value`` of a structure whose ``Name`` is.  In broken markup more is hidden
rather than less.  The time it takes grows with the length and nothing else.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from acs.configuration.secrecy import ENDINGS, WHOLE, is_secret
from acs.web.hiding.secrets import MASK

MAX_DEPTH = 200
"""Elements that nest deeper are hidden with all that follows; CWMP needs seven levels."""

_LONGEST_NAME = 1024
_UTF_16 = {
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
# A start or end tag.  A quote that does not end before the next "<" is none (XML 1.0, AttValue); a tag with
# such quotes ends at the next ">", and one that does not end before the next "<" ends there.
_END = r"(?:>|\Z|(?=<))"
_TAG = re.compile(
    r"""<(?P<end>/?)(?P<name>[^\s<>/"'!?][^\s<>/"']*+)"""
    rf"""(?:(?:[^<>"'/]++|"[^"<]*+"|'[^'<]*+'|/(?!>))*+(?P<empty>/?){_END}|[^<>]*+{_END})"""
)
_WHITESPACE = " \t\r\n"  # XML 1.0, production 3: what other blanks Python knows may be a password
_UNITS = {"<!--": "-->", "<![CDATA[": "]]>"}
_UNIT = re.compile(r"<!--.*?-->|<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
# Without one of these there is no secret: part of a name, a letter written as a number, what splits a name.
_SUSPECT = re.compile("|".join((*ENDINGS, *WHOLE, "&#", "<!")), re.IGNORECASE)

Span = tuple[int, int]


@dataclass(slots=True)
class _Element:
    """An element that is open: its local name in lower case, where its content begins, the contents of the
    ``Value`` elements in it, and whether a ``Name`` in it says that they are secrets."""

    name: str
    start: int
    values: list[Span] = field(default_factory=list)
    secret: bool = False


def masked_body(body: bytes) -> bytes:
    """A message as it may be shown; the same bytes where there is no secret in it."""
    start = len(body) - len(body.lstrip())
    encoding = _UTF_16.get(body[start : start + 2], "latin-1")  # which gives every byte back as it was
    end = len(body) - (0 if encoding == "latin-1" else (len(body) - start) % 2)
    words = body[start:end].decode(encoding, "surrogatepass")
    return b"".join((body[:start], masked_markup(words).encode(encoding, "surrogatepass"), body[end:]))


def masked_markup(words: str) -> str:
    """XML, or a piece of it, as it may be shown."""
    if not _SUSPECT.search(words):
        return words
    parts: list[str] = []
    at = 0
    for start, end in sorted(_secrets(words)):
        if start >= at and words[start:end].strip(_WHITESPACE):
            parts += words[at:start], MASK
            at = end
    return "".join((*parts, words[at:]))


def _secrets(words: str) -> Iterator[Span]:
    """The contents that are to be hidden; one may lie within another."""
    opened = [_Element("", 0)]
    names: Counter[str] = Counter()
    for tag in _tags(words):
        name = tag["name"].rpartition(":")[2].lower()
        if not tag["end"] and not tag["empty"]:
            opened.append(_Element(name, tag.end()))
            names[name] += 1
        while tag["end"] and names[name]:
            element = opened.pop()
            names[element.name] -= 1
            yield from _closed(element, opened[-1], words, tag.start())
            if element.name == name:
                break
        if len(opened) > MAX_DEPTH:
            yield tag.end(), len(words)
            break
    while len(opened) > 1:
        yield from _closed(opened.pop(), opened[-1], words, len(words))
    yield from opened[0].values if opened[0].secret else ()


def _closed(element: _Element, parent: _Element, words: str, end: int) -> Iterator[Span]:
    """What is to be hidden once an element has ended; its parent learns what it was."""
    content = element.start, end
    if end == element.start:
        return
    if is_secret(element.name):
        yield content
    elif element.name == "value":
        parent.values.append(content)
    elif element.name == "name" and _names_secret(words[slice(*content)]):
        element.secret = parent.secret = True
    if element.secret:
        yield from element.values


def _names_secret(content: str) -> bool:
    if len(content) > _LONGEST_NAME:
        return True
    parts = _UNIT.split(content)  # text and the content of CDATA sections in turn; None for a comment
    if any("<" in text for text in parts[::2]):
        return True
    parts[::2] = map(unescape, parts[::2])
    return is_secret("".join(part or "" for part in parts).strip(_WHITESPACE))


def _tags(words: str) -> Iterator[re.Match[str]]:
    """The start and end tags, but for those in comments and CDATA sections."""
    unended: set[str] = set()
    at = words.find("<")
    while at >= 0:
        tag = _TAG.match(words, at)
        if tag is not None:
            yield tag
            at = tag.end()
        else:
            at = _after_unit(words, at, unended)
        at = words.find("<", at)


def _after_unit(words: str, at: int, unended: set[str]) -> int:
    """Where a comment or CDATA section ends; the next character where there is none, or none that ends.

    ``unended`` keeps the ends that do not come any more, so that they are looked for once.
    """
    for begin, end in _UNITS.items():
        if words.startswith(begin, at) and end not in unended:
            found = words.find(end, at + len(begin))
            if found >= 0:
                return found + len(end)
            unended.add(end)
    return at + 1
