"""The documentation: it can be built, what is generated is whole, and what it tells to type works."""

import sys

from tests import ROOT

sys.path.insert(0, str(ROOT / "docs/extensions"))
