"""XML over several lines, for people to read.

What is shown is evidence and may be broken, so nothing is parsed: the text is cut at its tags, and only the
blanks between them change.
"""

from __future__ import annotations

import re

_PIECE = re.compile(r"<[^<>]*>|[^<]+|<")
_DEEPEST = 40


def pretty_xml(text: str) -> str:
    """The same, a line for each element; an element that holds only text stays on one."""
    pieces = [piece for piece in _PIECE.findall(text) if not piece.isspace()]
    lines: list[str] = []
    depth, at = 0, 0
    while at < len(pieces):
        piece = pieces[at]
        if _opens(piece) and _holds_text(pieces, at):
            lines.append(_indented(depth, "".join(pieces[at : at + 3])))
            at += 3
            continue
        if _opens(piece) and at + 1 < len(pieces) and _closes(pieces[at + 1]):
            lines.append(_indented(depth, piece + pieces[at + 1]))
            at += 2
            continue
        depth = max(0, depth - 1) if _closes(piece) else depth
        lines.append(_indented(depth, piece.strip()))
        depth += _opens(piece)
        at += 1
    return "\n".join(lines)


def _holds_text(pieces: list[str], at: int) -> bool:
    following = pieces[at + 1 : at + 3]
    return len(following) == 2 and not following[0].startswith("<") and _closes(following[1])


def _opens(piece: str) -> bool:
    return piece.startswith("<") and piece[1:2] not in "/?!" and piece.endswith(">") and piece[-2:-1] != "/"


def _closes(piece: str) -> bool:
    return piece.startswith("</")


def _indented(depth: int, text: str) -> str:
    return "  " * min(depth, _DEEPEST) + text
