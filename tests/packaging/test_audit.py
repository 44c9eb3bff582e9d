"""The audit of libraries: what is asked, and what is made of the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.packaging import load

audit = load("audit")
WEAK = {"id": "PYSEC-2026-1", "fix_versions": ["5.3"]}


class AuditTests(SynchronousTestCase):
    def told(self, *answer: dict[str, Any]) -> tuple[int, list[str]]:
        """What is made of an answer."""
        made: tuple[int, list[str]] = audit.audit({"lxml": "5.2", "attrs": "26.1"}, lambda _: list(answer))
        return made

    def test_what_the_program_needs_is_asked_and_what_needs_that_but_no_tools(self) -> None:
        versions = audit.shipped()
        names = {name.lower() for name in versions}
        self.assertLessEqual({"twisted", "lxml", "cryptography", "cffi", "attrs"}, names)
        self.assertFalse({"acs", "ruff", "mypy", "playwright"} & names)
        asked: list[list[str]] = []
        audit.audit(versions, asked.append)
        self.assertIn(f"lxml=={versions['lxml']}", asked[0])

    def test_a_weakness_fails_with_its_name_and_what_mends_it(self) -> None:
        status, lines = self.told(
            {"name": "lxml", "version": "5.2", "vulns": [WEAK]},
            {"name": "attrs", "version": "26.1", "vulns": []},
        )
        self.assertEqual(1, status)
        self.assertEqual("lxml 5.2: PYSEC-2026-1, mended in 5.3", lines[0])
        self.assertEqual("2 of 2 libraries audited, 1 weaknesses known", lines[1])

    def test_what_nobody_knows_anything_of_is_not_counted_as_audited(self) -> None:
        status, lines = self.told(
            {"name": "lxml", "version": "5.2", "vulns": []}, {"name": "attrs", "skip_reason": "not found"}
        )
        self.assertEqual((0, ["1 of 2 libraries audited, 0 weaknesses known"]), (status, lines))

    def test_where_nobody_can_be_asked_that_is_said_and_is_no_failure(self) -> None:
        for told in (None, [], [{"name": "lxml", "skip_reason": "not found"}]):
            status, lines = audit.audit({"lxml": "5.2"}, lambda _, told=told: told)
            self.assertEqual((0, 1), (status, len(lines)))
            self.assertIn("not audited: ", lines[0])

    def test_a_program_that_says_nothing_is_no_answer(self) -> None:
        silent = Path(self.mktemp()).absolute()
        silent.write_text("#!/bin/sh\nexit 1\n")
        silent.chmod(0o755)
        self.assertIsNone(audit.asking(str(silent))(["lxml==5.2"]))
        self.assertIsNone(audit.asking("/nowhere/pip-audit")(["lxml==5.2"]))

    def test_a_program_is_given_the_versions_and_told_where_to_write(self) -> None:
        program = Path(self.mktemp()).absolute()
        program.write_text(
            "#!/bin/sh\nfor each; do case $each in --output=*) out=${each#*=};;\n"
            "--requirement=*) in=${each#*=};; esac; done\n"
            'printf \'{"dependencies": [{"name": "%s", "vulns": []}]}\' "$(cat "$in")" > "$out"\n'
        )
        program.chmod(0o755)
        self.assertEqual([{"name": "lxml==5.2", "vulns": []}], audit.asking(str(program))(["lxml==5.2"]))
