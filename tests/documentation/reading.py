"""Somebody who types all that a page says, at an appliance with simulated devices."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.documentation.pages import Typed, Written
from tests.support.appliance import DEADLINE, ApplianceProcess
from tests.support.forking import Forked, run

PATIENCE = 30.0
"""Seconds in which devices have to do what they are to do."""
LOOPBACK = '[wake]\nallow_networks = ["127.0.0.0/8"]\n'
_ASSIGNED = re.compile(r"(\w+)=(?:\$\((.*)\)|(\S+))\Z", re.DOTALL)
_CURL = 'curl() { command curl --silent --show-error --fail-with-body "$@"; }'
"""A request that is refused has failed."""
_ASKED = {b"say --yes": "--yes", b"use --password-stdin": "--password-stdin"}
"""What is asked on a terminal, and what stands for the answer where there is none."""


class ReadersAppliance(ApplianceProcess):
    """One that wakes devices, with devices; commands are typed in its own folder."""

    wakes = True
    grace = 0.0

    def __init__(self, folder: Path, more: str = LOOPBACK) -> None:
        super().__init__(folder, more)
        self._lives: list[Forked] = []

    def simulate(self, *words: str, each: int = 3600) -> None:
        """Let devices live until the appliance ends, and wait until they were read."""
        before = len(self.devices()) if self._lives else 0
        count = int(words[words.index("--count") + 1]) if "--count" in words else 1
        arguments = ["-m", "acs.ctl", "simulate", "--url", f"http://127.0.0.1:{self.cwmp}/"]
        arguments += ["--interval", str(each), "--ramp", "0", *words]
        with open(os.devnull, "r+b") as nothing, open(self.folder / "simulated", "ab") as said:
            self._lives.append(Forked(arguments, self.folder, self.environment, nothing, said, said))
        self.until(lambda: self.all_read(before + count))

    def devices(self) -> list[dict[str, Any]]:
        """All of them."""
        found: list[dict[str, Any]] = self.asked("device", "list")
        return found

    def all_read(self, count: int) -> bool:
        """Whether so many are there, and all that they have is known."""
        found = self.devices()
        return len(found) == count and not any(each["full_read_requested"] for each in found)

    def until(self, held: Callable[[], Any], what: str = "") -> None:
        """Wait until it holds."""
        end = time.monotonic() + PATIENCE
        while not held():
            assert time.monotonic() < end, f"{what} has not come about:\n{self.log()[-3000:]}"
            time.sleep(0.1)

    def end(self) -> None:
        """Devices first."""
        for each in self._lives:
            each.kill()
        self.kill()


class Reader:
    """Types commands in the appliance's folder, with what stands for names put in (``names``).

    :ivar said: what the last command printed.
    """

    def __init__(self, appliance: ReadersAppliance, names: Mapping[str, Callable[[], str]]) -> None:
        self.appliance = appliance
        self.names = names
        self.said = ""
        self._variables: dict[str, str] = {}

    def do(self, item: Typed | Written) -> str:
        """Write the file, or type the command; returns what went wrong, "" for nothing."""
        if isinstance(item, Written):
            (self.appliance.folder / item.name).write_text(item.text)
            return ""
        assigned = _ASSIGNED.match(item.text.partition("  #")[0].strip())
        if assigned is not None:
            wrong = self.do(Typed(item.page, item.line, assigned[2])) if assigned[2] else ""
            self._variables[assigned[1]] = self._meant(assigned[3] or self.said.strip())
            return wrong
        done = self._acsctl(item) if item.is_acsctl else self._shell(item)
        self.said = done.stdout.decode(errors="replace")
        wrong = done.stderr.decode(errors="replace").strip()
        return f"{item}: {done.returncode}: {wrong} {self.said[-500:]}" if done.returncode else ""

    def _acsctl(self, item: Typed) -> Any:
        words = [self._meant(each) for each in item.words[1:]]
        reach = [] if "-c" in words or words[0] == "simulate" else ["-c", str(self.appliance.config)]
        more = ["--sessions", "3"] if words[0] == "simulate" else []
        done = self._tried([*reach, *words, *more])
        for asked, answer in _ASKED.items():
            if asked in done.stderr:
                done = self._tried([*reach, *words, *more, answer], b"correct horse battery\n")
        return done

    def _tried(self, words: Sequence[str], said: bytes = b"") -> Any:
        command = ["-m", "acs.ctl", *words]
        return run(command, self.appliance.folder, self.appliance.environment, said, 2 * DEADLINE)

    def _shell(self, item: Typed) -> Any:
        return subprocess.run(
            ["bash", "-ec", f"{_CURL}\n{self._meant(item.text)}"],
            cwd=self.appliance.folder,
            env={**self.appliance.environment, **self._variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=DEADLINE,
            check=False,
        )

    def _meant(self, words: str) -> str:
        words = words.replace(":7547", f":{self.appliance.cwmp}").replace(
            ":8069", f":{self.appliance.console}"
        )
        for name, value in self.names.items():
            if re.search(rf"(?<![\w.-]){name}(?![\w-])", words):
                words = re.sub(rf"(?<![\w.-]){name}(?![\w-])", lambda _, v=value: v(), words)  # type: ignore[misc]
        return words
