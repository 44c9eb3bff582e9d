"""The documentation's generated parts are what the code would make today."""

from __future__ import annotations

import shutil
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.config import load
from acs.cwmp.dialogue import table_as_dot, table_as_text
from tests import ROOT


class DialogueDiagramTests(SynchronousTestCase):
    """``docs/dialogue.*`` are made by ``make diagrams``."""

    def test_the_diagram_of_the_session_is_that_of_its_table(self) -> None:
        self.assertEqual(table_as_dot() + "\n", (ROOT / "docs/dialogue.dot").read_text())

    def test_the_table_in_the_documentation_is_the_one_that_runs(self) -> None:
        self.assertEqual(table_as_text() + "\n", (ROOT / "docs/dialogue.txt").read_text())


class ExampleTests(SynchronousTestCase):
    """``etc/``: what is shipped is accepted."""

    def test_every_configuration_can_be_loaded(self) -> None:
        examples = sorted((ROOT / "etc").glob("*.toml"))
        self.assertIn("postgresql.toml", [path.name for path in examples])
        for path in examples:
            folder = Path(self.mktemp())
            folder.mkdir()
            (folder / "database-url").write_text("postgresql://acs:secret@db.isp.example/acs\n")
            load(str(shutil.copy(path, folder)))
