"""What was freed goes back to the system, whichever thread had it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from acs.config import load
from acs.service import Appliance
from acs.store.interface import Query
from acs.store.records import Device
from tests import ROOT

# Each thread has 40 MB in small pieces, of which one in a hundred stays, behind a large one: where such a one
# was freed, glibc expects more of them, and gives back less.
PROGRAM = """
import os, threading
from pathlib import Path
from acs.memory import give_back, share_one_heap

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

share_one_heap()
kept = []

def work():
    bytes(31 * 2**20)
    pieces = [bytes([number % 256]) * 4000 for number in range(10_000)]
    kept.extend(pieces[WHICH])

before = resident()
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
give_back()
print((resident() - before) // 2**20, len(kept))
"""


class GivenBackTests(TestCase):
    def left(self, which: str) -> int:
        """The megabytes that a process has more, when four threads have freed all but these."""
        program = [sys.executable, "-c", PROGRAM.replace("WHICH", which)]
        done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True)
        megabytes, kept = map(int, done.stdout.split())
        self.assertEqual(400, kept)
        return megabytes

    def test_what_lies_between_what_is_needed_is_given_back(self) -> None:
        self.assertLess(self.left("::100"), 12)

    def test_what_lies_behind_it_is_given_back(self) -> None:
        self.assertLess(self.left(":100"), 12)


class DevicesTests(TestCase):
    async def test_no_more_devices_are_held_in_memory_than_the_configuration_says(self) -> None:
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "acs.toml").write_text("[limits]\ndevices_in_memory = 100\n")
        store = Appliance(load(folder / "acs.toml"), reactor).store
        await store.open()
        self.addCleanup(store.close)
        devices = [
            Device(f"001CA8-Box-S{number}", "", "001CA8", "Box", f"S{number}") for number in range(130)
        ]
        for device in devices:
            await store.add_device(device)
            await store.devices(Query(limit=1))  # all of it is on disk then, and counted
        held = [device for device in devices if store.at_hand(device.id)]
        self.assertEqual(devices[30:], held)
