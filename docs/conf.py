"""How Sphinx makes pages of this folder: ``make docs``."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE.parent), str(_HERE / "extensions")]

from acs import __version__  # noqa: E402

project = "ACS"
author = "The ACS developers"
copyright = "The ACS developers"
version = release = __version__

extensions = ["acs_docs"]
exclude_patterns = ["extensions"]
nitpicky = True
highlight_language = "none"
smartquotes = False

html_theme = "alabaster"
html_theme_options = {
    "description": "TR-069 auto-configuration server",
    "fixed_sidebar": True,
    "page_width": "1180px",
    "sidebar_width": "240px",
    "show_powered_by": False,
}
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_sidebars = {"**": ["about.html", "searchfield.html", "navigation.html"]}
html_copy_source = False
html_show_sphinx = False
