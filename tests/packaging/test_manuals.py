"""Manual pages, and the shell's completion: they have all there is, and programs read them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.config import describe
from acs.ctl.arguments import _parser
from tests import needs_program
from tests.packaging import load

manuals = load("manuals")


class Case(SynchronousTestCase):
    folder: Path | None = None

    def setUp(self) -> None:
        """Write all of them."""
        self.folder = Path(self.mktemp()).absolute()
        manuals.main(str(self.folder))

    def text(self, name: str) -> str:
        """One of them, without roff's marks."""
        assert self.folder is not None
        return re.sub(r"\\f[BIR]|\\&", "", (self.folder / name).read_text()).replace("\\-", "-")


class PageTests(Case):
    def test_every_command_has_its_place_with_all_its_options(self) -> None:
        page, found = self.text("acsctl.1"), 0
        for name, parser in manuals.every_command(_parser()):
            start = page.index(f".TP\n{name}\n")
            end = page.find("\n.TP\n", start + 4)
            while end != -1 and page[:end].endswith(".RS"):
                end = page.find("\n.TP\n", end + 4)
            part = page[start:end]
            for action in parser._actions:
                for option in set(action.option_strings) - {"-h", "--help"}:
                    self.assertIn(option, part, name)
                    found += 1
        self.assertGreater(found, 100)

    def test_every_key_of_the_configuration_is_explained(self) -> None:
        page = self.text("acs.toml.5")
        keys = list(describe())
        self.assertGreater(len(keys), 80)
        for each in keys:
            self.assertIn(f"\n{each.key} ({each.kind})\n{each.doc}".replace("\\", r"\e"), page)

    def test_the_pages_name_each_other(self) -> None:
        for name in ("acs.8", "acsctl.1", "acs.toml.5"):
            page = self.text(name)
            self.assertRegex(page, r'^\.TH "[A-Z.]+" "\d" "" "acs [^"]+" "TR-069')
            for other in {"acs (8)", "acsctl (1)", "acs.toml (5)"} - {name[:-2] + f" ({name[-1]})"}:
                self.assertIn(f".BR {other}", page, name)

    def test_text_cannot_become_a_request_of_roffs(self) -> None:
        self.assertEqual("\\&.so x\n\\&'y\na\\eb\\-c", manuals.roff(".so x\n'y\na\\b-c"))


class FormattedTests(Case):
    skip = needs_program("man")

    def test_the_pages_are_formatted_without_a_warning(self) -> None:
        assert self.folder is not None
        for page in ("acs.8", "acsctl.1", "acs.toml.5"):
            command = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(self.folder / page)]
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=True,
                env={"PATH": "/usr/bin:/bin", "MANWIDTH": "80"},
            )
            self.assertEqual("", done.stderr)


class CompletionTests(Case):
    """In a real bash."""

    skip = needs_program("bash")

    def completed(self, *words: str) -> list[str]:
        """What is offered where the last of the words is being typed."""
        script = (
            f'source {self.folder}/acsctl; COMP_WORDS=(acsctl "$@"); COMP_CWORD=$#; '
            "_acsctl; printf '%s\\n' \"${COMPREPLY[@]}\""
        )
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-u", "-c", script, "bash", *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual("", done.stderr)
        return [line for line in done.stdout.split("\n") if line]

    def test_bash_takes_it_for_acsctl(self) -> None:
        script = f"source {self.folder}/acsctl; complete -p acsctl"
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        self.assertIn("-F _acsctl acsctl", done.stdout)

    def test_commands_are_completed(self) -> None:
        self.assertEqual(["vacuum"], self.completed("va"))
        self.assertIn("check-config", self.completed(""))

    def test_commands_below_a_command_are_completed(self) -> None:
        self.assertEqual(
            ["reboot", "refresh"], sorted(set(self.completed("device", "re")) & {"reboot", "refresh"})
        )

    def test_options_of_a_command_are_completed_after_its_words(self) -> None:
        self.assertEqual(["--keep"], self.completed("backup", "--k"))
        self.assertEqual(["--urgent"], self.completed("device", "reboot", "ID", "--urg"))

    def test_an_option_before_the_command_does_not_hide_it(self) -> None:
        self.assertEqual(["list"], self.completed("--config=x.toml", "device", "li"))

    def test_where_no_word_fits_files_are_offered(self) -> None:
        self.assertEqual(["acs.toml.5"], self.completed("-c", "acs.t"))
