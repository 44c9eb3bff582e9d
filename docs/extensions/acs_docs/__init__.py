"""A Sphinx extension by which pages have what only the code knows: ``.. generated:: quirks``.

Each name stands for a function that writes reStructuredText out of the code's own tables; Sphinx reads that
where the directive stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from acs import __version__
from acs_docs import commands, keys, quirks, rpcs, watched
from acs_docs.writing import Lines

WRITTEN: Mapping[str, Callable[[], Lines]] = {
    "quirks": quirks.write,
    "rpcs": rpcs.write,
    "structures": rpcs.write_structures,
    "configuration": keys.write,
    "metrics": watched.write_metrics,
    "alarms": watched.write_alarms,
    "commands": commands.write,
}
"""What may stand behind the directive."""


class Generated(SphinxDirective):
    """``.. generated:: NAME``: what the code says of itself, with sections of its own."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The nodes of what was written."""
        name = self.arguments[0]
        if name not in WRITTEN:
            raise self.error(f"nothing is generated as {name!r}; there are {', '.join(WRITTEN)}")
        self.env.note_reread()
        return self.parse_text_to_nodes("\n".join(WRITTEN[name]()) + "\n", allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """What Sphinx calls."""
    app.add_directive("generated", Generated)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
