"""Makes a picture of a graph by Graphviz's ``dot``: ``drawn.py FROM.dot TO.svg TITLE``.

It says of which file it was made, so that a test can tell whether it still is that one's.  It has a
background of its own, light or dark as the reader's screen is, for a page does not say which one it has.
"""

from __future__ import annotations

import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from xml.sax.saxutils import escape

_STYLE = """
.graph > polygon { fill: #fff }
text { fill: #222 }
.node path, .edge path { stroke: #444 }
.edge polygon { fill: #444; stroke: #444 }
@media (prefers-color-scheme: dark) {
.graph > polygon { fill: #1c1f24 }
text { fill: #e4e4e4 }
.node path, .edge path { stroke: #aaa }
.edge polygon { fill: #aaa; stroke: #aaa }
}
"""


def mark(graph: bytes) -> str:
    """What a picture of this graph says of where it comes from."""
    return f"<!-- drawn of a graph with the SHA-256 {sha256(graph).hexdigest()} -->"


def dressed(svg: str, graph: bytes, title: str) -> str:
    """What ``dot`` has drawn, with colours, a title for who does not see it, and its mark."""
    svg = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->", "", svg, flags=re.S)
    svg = re.sub(r"<title>.*?</title>\n", "", svg)
    svg = svg.replace("<svg ", '<svg role="img" ', 1)
    svg = re.sub(
        r">\n", f">\n<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n", svg.lstrip(), count=1
    )
    return re.sub(r"\n{2,}", "\n", f"{mark(graph)}\n{svg}")


def main(source: Path, target: Path, title: str) -> None:
    """Draw it."""
    graph = source.read_bytes()
    drawn = subprocess.run(["dot", "-Tsvg"], input=graph, stdout=subprocess.PIPE, check=True).stdout.decode()
    target.write_text(dressed(drawn, graph, title))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
