"""A minute of the fuzzers, which find nothing; ``python -m benchmarks.fuzz`` is an hour of them.

The inputs are the same each time: what fails here has been broken by the change that is tested.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from benchmarks.fuzz.__main__ import SHARES
from tests import ROOT


class FuzzTests(SynchronousTestCase):
    def test_a_minute_finds_nothing(self) -> None:
        folder = str(Path(self.mktemp()).absolute())
        command = [
            "benchmarks.fuzz",
            "--minutes",
            "0.9",
            "--engine",
            "hypothesis",
            "--seed",
            "1",
            "--folder",
            folder,
        ]
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        self.assertEqual(0, done.returncode, done.stdout)
        for name in SHARES:
            self.assertRegex(done.stdout, rf"(?m)^{name}: \d{{3,}} inputs by hypothesis")
