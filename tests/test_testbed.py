"""The testbed: all of its parts work together."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.store.ids import from_text
from tests.support.testbed import MODELS, PASSWORD, SKIP, USER, Testbed

COUNT = 8
DEADLINE = 60.0


class TestbedTests(SynchronousTestCase):
    skip = SKIP

    def setUp(self) -> None:
        """Start it, with few devices."""
        self.testbed = Testbed(Path(self.mktemp()).absolute(), devices=COUNT, interval=5)
        self.testbed.start()
        self.addCleanup(self.testbed.stop)
        self.one, self.two = self.testbed.nodes

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until it is so."""
        until = time.monotonic() + DEADLINE
        while not holds():
            self.assertLess(time.monotonic(), until, f"{what}\n{self.one.log()}\n{self.two.log()}")
            time.sleep(0.2)

    def owners(self) -> set[int]:
        """The nodes that have had sessions."""
        numbers = [from_text(each["id"]) or 0 for each in self.one.asked("session", "list", "--limit", "200")]
        return {number >> 14 & 255 for number in numbers}

    def woken(self) -> bool:
        """Whether a device has called because it was asked to by XMPP."""
        made = [each for each in self.one.asked("device", "list") if "xmpp" in each["wake_methods"]]
        outcomes = [
            self.one.tried("device", "wake", each["id"], "--method", "xmpp", "--json") for each in made[:2]
        ]
        return any(b'"informed"' in each.stdout for each in outcomes)

    def test_devices_of_several_vendors_call_both_nodes_and_are_woken(self) -> None:
        self.until(lambda: len(self.two.asked("device", "list")) == COUNT, "all devices call")
        makes = {each["manufacturer"] for each in self.two.asked("device", "list")}
        self.assertGreaterEqual(len(makes), len(MODELS) - 1)
        self.until(lambda: self.owners() == {0, 1}, "each node has sessions")
        self.until(self.woken, "one is woken by XMPP")
        told = self.testbed.words()
        for word in (USER, PASSWORD, self.testbed.url, f":{self.one.console}/", f":{self.two.console}/"):
            self.assertIn(word, told)
