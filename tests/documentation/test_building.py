"""The documentation as HTML: built without a warning, read without another host."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests import ROOT


class BuildingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.out = Path(self.mktemp()).absolute()
        words = ["-q", "-W", "--keep-going", "-b", "html", "-d", f"{self.out}-read", "docs", str(self.out)]
        self.said = subprocess.run(
            [sys.executable, "-m", "sphinx", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )

    def test_it_is_built_without_a_warning_and_loads_nothing_from_other_hosts(self) -> None:
        self.assertEqual((0, ""), (self.said.returncode, self.said.stderr))
        pages = sorted(self.out.glob("*.html"))
        sources = {path.stem for path in (ROOT / "docs").glob("*.rst")}
        self.assertEqual(set(), sources - {page.stem for page in pages})
        for page in pages:
            loaded = re.findall(
                r"""<(?:link|script|img|iframe)\b[^>]*(?:href|src)="([^"]*)""", page.read_text()
            )
            self.assertEqual([], [each for each in loaded if re.match(r"\w+:|//", each)], page.name)
        for style in self.out.glob("_static/*.css"):
            self.assertNotRegex(style.read_text(), r"url\(\s*['\"]?(https?:)?//", style.name)
