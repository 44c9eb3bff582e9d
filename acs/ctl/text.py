"""Values as text for a terminal, harmless whatever a device sent.

Widths are in columns.
"""

from __future__ import annotations

from typing import Any
from unicodedata import combining, east_asian_width

from lxml import etree

ELLIPSIS = "…"


def printable(text: str, keep: str = "") -> str:
    """The text with all that is not plainly visible (control and format characters) written as ``\\x1b``.

    Characters in ``keep`` stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in keep else _escaped(each) for each in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


def _width(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def cut(text: str, columns: int) -> str:
    """The text, shortened with an ellipsis where it takes more columns than that."""
    if width(text) <= columns:
        return text
    kept, room = "", columns - width(ELLIPSIS)
    for each in text:
        room -= _width(each)
        if room < 0:
            break
        kept += each
    return kept + ELLIPSIS


def shown(value: Any) -> str:
    """A JSON value as one line: ``-`` for nothing, commas in a list, ``value (source)`` for these two."""
    if value is None or value == "" or value == []:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    if isinstance(value, dict):
        return _shown_object(value)
    return printable(str(value))


def _shown_object(value: dict[str, Any]) -> str:
    if value.keys() == {"value", "source"}:
        return shown(value["value"]) + (f" ({shown(value['source'])})" if value["source"] else "")
    return ", ".join(f"{printable(name)}={shown(member)}" for name, member in value.items()) or "-"


def moment(time: Any) -> str:
    """An RFC 3339 time of the API, to the second: ``2026-11-23 19:30:00Z``."""
    if not isinstance(time, str) or len(time) < 19:
        return shown(time)
    return printable(time[:19].replace("T", " ")) + "Z"


def pretty_xml(body: bytes) -> str:
    """A message laid out for reading; as it is where it is not XML.  Nothing in it is fetched or expanded."""
    if b"<!DOCTYPE" in body:
        return plain(body)  # no message has one, and what it declares is nothing to play with
    reader = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=True)
    try:
        root = etree.fromstring(body, reader)
    except (etree.XMLSyntaxError, ValueError):
        return plain(body)
    etree.indent(root)
    laid_out: str = etree.tostring(root.getroottree(), encoding="unicode")
    return printable(laid_out, keep="\n\t")


def plain(body: bytes) -> str:
    """Bytes as text; what is not UTF-8 is shown as ``\\x..``."""
    text = body.decode("utf-8", errors="backslashreplace")
    return printable(text.replace("\r\n", "\n"), keep="\n\t")
