"""The documentation's generated parts are what the code would make today."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.dialogue import table_as_dot, table_as_text
from tests import ROOT


class DialogueDiagramTests(SynchronousTestCase):
    """``docs/dialogue.*`` are made by ``make diagrams``."""

    def test_the_diagram_of_the_session_is_that_of_its_table(self) -> None:
        self.assertEqual(table_as_dot() + "\n", (ROOT / "docs/dialogue.dot").read_text())

    def test_the_table_in_the_documentation_is_the_one_that_runs(self) -> None:
        self.assertEqual(table_as_text() + "\n", (ROOT / "docs/dialogue.txt").read_text())
