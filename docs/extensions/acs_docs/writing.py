"""Writing reStructuredText: what is needed of it and no more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Lines", "code", "heading", "plain", "table"]

Lines = Iterator[str]


def plain(text: str) -> str:
    """A text in which nothing is markup, on one line."""
    return re.sub(r"([\\*`|_])", r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """A literal; nothing where there is nothing."""
    return f"``{text}``" if text else ""


def heading(title: str, underline: str, label: str = "") -> Lines:
    """A section's title, with a ``label`` that other pages may refer to."""
    if label:
        yield from (f".. _{label}:", "")
    yield from (title, underline * len(title), "")


def table(titles: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[str]]) -> Lines:
    """A table whose cells are inline markup; nothing where there are no rows."""
    found = list(rows)
    if not found:
        return
    yield from (".. list-table::", "   :header-rows: 1", f"   :widths: {' '.join(map(str, widths))}", "")
    for row in (titles, *found):
        for number, cell in enumerate(row):
            yield f"   {' ' if number else '*'} - {cell}".rstrip()
    yield ""
