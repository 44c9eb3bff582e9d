"""What was measured as a picture: a bar for each row, as a multiple of its goal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from benchmarks.results import Result

_ROW = 24
_NAMES = 430
_GOAL = 120
_MOST = 5.0
"""Multiples of a goal; what is more ends there, with its number behind it."""
_STYLE = """
svg { background: #fff } text { font: 13px sans-serif; fill: #333 }
.met { fill: #3a8f5c } .missed { fill: #c98a2b } .goal { stroke: #333; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) { svg { background: #1c1f24 } text { fill: #ddd } .goal { stroke: #ddd } }
"""


def picture(results: Sequence[Result]) -> str:
    """An SVG document."""
    shown = [result for result in results if result.goal]
    width, height = int(_NAMES + _GOAL * _MOST + 60), _ROW * (len(shown) + 1) + 10
    goal = _NAMES + _GOAL
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img">',
        f"<title>What was measured, as multiples of each goal</title><style>{_STYLE}</style>",
        f'<text x="{goal}" y="16" text-anchor="middle">goal</text>',
        f'<line class="goal" x1="{goal}" x2="{goal}" y1="22" y2="{height}"/>',
        *(bar for number, result in enumerate(shown) for bar in _bar(result, _ROW * (number + 1))),
        "</svg>",
    )
    return "\n".join(parts) + "\n"


def _bar(result: Result, top: int) -> Iterator[str]:
    share = result.goal / result.value if result.at_least else result.value / result.goal
    length = _GOAL * min(share, _MOST)
    against = f" / {result.against}" if result.against else ""
    name, middle = escape(_short(result.name + against)), top + 17
    yield f'<text x="{_NAMES - 8}" y="{middle}" text-anchor="end">{name}</text>'
    kind = "met" if result.met else "missed"
    yield f'<rect class="{kind}" x="{_NAMES}" y="{top + 4}" width="{length:.0f}" height="{_ROW - 8}"/>'
    yield f'<text x="{_NAMES + length + 6:.0f}" y="{middle}">{share:.2f}</text>'


def _short(text: str, most: int = 64) -> str:
    return text if len(text) <= most else text[: most - 3].rstrip() + "..."
