"""Secrets that are told in logs are found."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.configuration.secrecy import is_secret
from tests import ROOT
from tests.support import leaks

LATE = "test_when_no_test_runs"


class PlantedTests(SynchronousTestCase):
    """`tests.support.planted` run as tests are."""

    def run_planted(self, *how: str) -> tuple[str, Path]:
        """What trial says, and where it has left what it leaves."""
        folder = Path(self.mktemp()).absolute()
        self.addCleanup(shutil.rmtree, folder)  # nobody is to find there what was planted
        command = ["twisted.trial", f"--temp-directory={folder}", *how, "tests.support.planted"]
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.mktemp_folder(),
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.assertEqual(1, done.returncode, done.stdout + done.stderr)
        return done.stdout, folder

    def mktemp_folder(self) -> Path:
        folder = Path(self.mktemp())
        folder.mkdir()
        return folder

    def assert_found(self, said: str) -> None:
        planted = set(re.findall(r"def (test_\w+)", (ROOT / "tests/support/planted.py").read_text()))
        failed = set(re.findall(r"^tests\.support\.planted\.PlantedTests\.(test_\w+)$", said, re.M))
        self.assertEqual(planted - {"test_nothing", LATE}, failed, said)
        for each in said.split("=" * 79)[1:]:
            self.assertIn("SecretTold: ", each)

    def test_each_fails_its_test_which_names_the_line_and_the_rest_is_found_in_the_end(self) -> None:
        said, folder = self.run_planted()
        self.assert_found(said)
        self.assertRegex(said, r"SecretTold: the log: \S+ info acs\.planted the password is hush")
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.leaks", str(folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(1, done.returncode)
        self.assertIn("late.log: it is geheim\n", done.stderr)

    def test_so_it_does_in_several_processes(self) -> None:
        self.assert_found(self.run_planted("--jobs=2")[0])


class TellingTests(SynchronousTestCase):
    def test_what_a_first_start_announces_is_no_secret_there_and_elsewhere_it_is(self) -> None:
        leaks.remember("0123456789abcdef")
        for line, found in (
            ("password: 0123456789abcdef", 0),
            ("x password: 0123456789abcdef", 1),
            ("GET /0123456789abcdef/x", 1),
            ("GET /0123456789abcde", 0),
            ("        self.login('hush')", 0),
            ("    ValueError: hush", 1),
        ):
            self.assertEqual(found, len(list(leaks.told([line]))), line)


class WordsTests(SynchronousTestCase):
    """What tests take for secrets can be told apart from what else is logged."""

    NONE = ("has %(password)s, which is none of", "is given twice: here and in password_file", "********")
    """What stands under such a name and is none."""
    SHORT = 6
    """Characters of which words are too few to be looked for."""

    def test_every_secret_that_stands_in_a_test_is_known_as_one(self) -> None:
        unknown = [
            f"{path}:{node.lineno} {name} = {node.value!r}"
            for path in sorted((ROOT / "tests").rglob("*.py"))
            for name, node in given(ast.parse(path.read_text()))
            if re.search("(?i)passw|secret|token$", name) or is_secret(name)
            if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
            if self.is_unknown(node.value if isinstance(node.value, str) else node.value.decode("latin-1"))
        ]
        self.assertEqual([], unknown)

    def is_unknown(self, value: str) -> bool:
        is_path = re.match(r"\.?[A-Z]\w*\.", value)
        return not (
            len(value) < self.SHORT or is_path or value.startswith(self.NONE) or leaks.is_known(value)
        )


def given(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """What is given in a module under which name: arguments, members of dictionaries, variables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg:
            yield node.arg, node.value
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, (ast.Name, ast.Attribute)):
                    yield target.id if isinstance(target, ast.Name) else target.attr, node.value
