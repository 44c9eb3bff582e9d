"""The program as a whole: its exit status, and what it does when its output goes nowhere."""

from __future__ import annotations

import os
import subprocess
import sys

from tests import ROOT
from tests.ctl import acsctl
from tests.ctl.appliance import TOKEN, ApplianceTestCase, items, problem


class ProgramTests(ApplianceTestCase):
    def test_a_closed_pipe_is_quiet(self) -> None:
        self.appliance.routes["GET /devices"] = items(*({"id": f"{number:0100}"} for number in range(3000)))
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as closed:
            ended = self.program(closed.fileno(), "device", "list")
        self.assertEqual((141, b""), (ended.returncode, ended.stderr))

    def test_it_runs_as_a_module(self) -> None:
        ended = self.program(subprocess.PIPE, "--version")
        self.assertEqual((0, b""), (ended.returncode, ended.stderr))
        self.assertTrue(ended.stdout.startswith(b"acsctl "))

    def program(self, output: int, *words: str) -> subprocess.CompletedProcess[bytes]:
        """Run it as a process of its own, writing there."""
        environment = {**os.environ, "ACS_URL": self.appliance.url, "ACS_TOKEN": TOKEN}
        command = [sys.executable, "-m", "acs.ctl", *words]
        return subprocess.run(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.PIPE, timeout=60, check=False
        )

    def test_what_the_appliance_says_cannot_command_the_terminal(self) -> None:
        self.appliance.routes["GET /jobs/1"] = problem(400, "Bad\x1b[2J", "line\nline")
        outcome = self.acsctl("job", "show", "1")
        self.assertEqual((1, "acsctl: Bad\\x1b[2J: line\\nline\n"), (outcome.status, outcome.errors))

    def test_help_names_every_command(self) -> None:
        outcome = acsctl("--help")
        self.assertEqual(0, outcome.status)
        for command in ("check-config", "token", "user", "device", "job", "session", "reload", "simulate"):
            self.assertIn(f"\n    {command} ", outcome.text)
