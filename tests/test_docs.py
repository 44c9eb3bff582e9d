"""The documentation's generated parts are what the code would make today."""

from __future__ import annotations

import ast
import re
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


class PlaceTests(SynchronousTestCase):
    """The documentation names files and what stands in them: it is there."""

    def test_every_function_is_where_the_documentation_says(self) -> None:
        named = {
            place
            for page in (ROOT / "docs").glob("*.rst")
            for place in re.findall(r"``(?:acs/)?([a-z_/]+\.py):\s+([A-Za-z_.]+)``", page.read_text())
        }
        self.assertGreater(len(named), 30)
        self.assertEqual(
            [], sorted(place for place in named if place[1] not in defined(ROOT / "acs" / place[0]))
        )

    def test_every_file_that_is_named_with_its_folder_is_there(self) -> None:
        for page in sorted((ROOT / "docs").glob("*.rst")):
            for name in re.findall(
                r"``((?:acs|tests|docs|etc|benchmarks)/[a-z_/]+(?:\.\w+)+)", page.read_text()
            ):
                self.assertTrue((ROOT / name).is_file(), (page.name, name))


def defined(path: Path) -> set[str]:
    """What a module defines: its functions, classes, constants, and the members of its classes."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
            inner = [
                each for each in ast.walk(node) if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
            ]
            found |= {f"{node.name}.{each.name}" for each in inner}
    return found


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
