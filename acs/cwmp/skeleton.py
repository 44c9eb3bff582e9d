"""The skeleton of a document: all of it but the plain texts of its elements.

Documents of one skeleton differ in these texts and in nothing else, so that what was found out about one of
them, by parsing it, holds for all.  Plain is a text in which nothing has a meaning in XML; any other stays
in the skeleton, as does the white space between elements.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from lxml import etree
from msgspec import Struct

from acs.cwmp.document import parse
from acs.cwmp.errors import RemoteProtocolError

# No "&", "<" and ">" (there might be "]]>"), nor control characters: a carriage return is not read as such.
_PLAIN = " !-%'-;=?-~\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff"
_SLOT = re.compile(f">([{_PLAIN}]+)<")
_ALL_PLAIN = re.compile(f"[{_PLAIN}]*")
_DECLARATION = re.compile(
    r"""(?:<\?xml\s+version=["']1\.0["'](?:\s+encoding=["'](?i:utf-8)["'])?"""
    r"""(?:\s+standalone=["'](?:yes|no)["'])?\s*\?>)?"""
)
_NO_ELEMENT = re.compile("<[!?]")
_MARK = "\ue000"


class Skeleton(Struct, frozen=True):
    """A document taken apart: ``markup`` is all but its plain texts, and tells one skeleton from another."""

    markup: str
    texts: list[str]


def skeleton_of(text: str) -> Skeleton:
    """The skeleton of a document that holds no NUL."""
    pieces = _SLOT.split(text)
    return Skeleton("\0".join(pieces[::2]), pieces[1::2])


def is_plain(text: str) -> bool:
    """Whether nothing in a text has a meaning in XML."""
    return _ALL_PLAIN.fullmatch(text) is not None


class Slots:
    """Gives a number to the text of each element that is asked for.

    The texts that may change come first: ``count`` of them, in a tree that says where they belong
    (`marked_tree`).  ``constants`` are those that follow; the first of them is empty.
    """

    def __init__(self, count: int = 0) -> None:
        self.constants = [""]
        self.nothing = count
        """The number of the text of an element that has none."""
        self._next = count + 1

    def of(self, element: etree._Element) -> int:
        """The number of an element's text, that which stands before its first child."""
        text = element.text
        if not text:
            return self.nothing
        if self.nothing and text.startswith(_MARK):
            return int(text[1:])
        self.constants.append(text)
        self._next += 1
        return self._next - 1

    def fixed(self, numbers: Sequence[int]) -> list[str] | None:
        """The texts of these numbers where none of them may change; None where one may, and where it is not
        for others that the document is taken apart."""
        if not self.nothing or min(numbers, default=0) < self.nothing:
            return None
        return [self.constants[number - self.nothing] for number in numbers]


def marked_tree(skeleton: Skeleton) -> etree._Element | None:
    """The tree of a skeleton with each text replaced by a mark, the mark's number telling which it was.

    None for a skeleton of which it is not certain that its texts are nothing but the texts of elements, and
    in UTF-8.
    """
    pieces = skeleton.markup.split("\0")
    marks = [f">{_MARK}{number}<" for number in range(len(skeleton.texts))]
    document = "".join(chain.from_iterable(zip(pieces, [*marks, ""], strict=True)))
    if _MARK in skeleton.markup or not _plain_elements(document):
        return None
    try:
        root, repaired = parse(document.encode(), "utf-8")
    except RemoteProtocolError:
        return None
    # A mark in the midst of a text is what comes of one that holds a ">".
    whole = not any(_MARK in (element.text or "")[1:] for element in root.iter())
    return root if whole and not repaired else None


def _plain_elements(document: str) -> bool:
    """No comments, instructions, CDATA, document type; and if there is a declaration, it is of UTF-8."""
    declaration = _DECLARATION.match(document)
    return declaration is not None and _NO_ELEMENT.search(document, declaration.end()) is None
