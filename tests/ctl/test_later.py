"""Commands that are loaded when they are run."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import acs.ctl

HEAVY = ("acs.store.store", "acs.simulate.fleet", "psycopg2", "acs.web.appliance")


class LaterTests(SynchronousTestCase):
    def test_each_that_is_named_is_there(self) -> None:
        found = []
        for path in Path(acs.ctl.__file__).parent.glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "later":
                    found.append([ast.literal_eval(each) for each in node.args])
        self.assertGreater(len(found), 10)
        for module, name in found:
            self.assertTrue(callable(getattr(import_module(f"acs.ctl.{module}"), name)), (module, name))

    def test_who_asks_for_devices_waits_for_no_store_and_no_simulator(self) -> None:
        words = "from acs.ctl.arguments import parse; parse(['device', 'list'])"
        script = f"import sys; {words}; print(*(each for each in {HEAVY} if each in sys.modules))"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        self.assertEqual("\n", done.stdout)
