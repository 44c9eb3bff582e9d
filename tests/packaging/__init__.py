"""Tests of what `packaging/` makes of the program.

The modules named ``test_*`` need nothing but the sources, and run with all the others.  ``in_a_root`` builds
the package and installs it into an empty Debian: that takes minutes, so it has a command of its own,
``make package-test``; ``in_the_next_root`` does the same on another release, where it is built too.
"""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

from tests import ROOT

PACKAGING = ROOT / "packaging"


def load(name: str) -> Any:
    """A module of ``packaging/``, which is a folder of programs and no package."""
    spec = spec_from_file_location(f"acs_packaging_{name}", PACKAGING / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
