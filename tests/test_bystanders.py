"""One malformed request never touches another session: all of them, beside two hundred devices."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests import test_sloppy_devices, test_sloppy_envelopes
from tests.support.appliance import DEADLINE, ApplianceProcess
from tests.test_sloppy_devices import HEADS, Device, usual
from tests.test_sloppy_envelopes import USUAL

DEVICES = 200
SECONDS = 12


def malformed() -> list[bytes]:
    """Every request that other tests see refused, and some that end in the middle."""
    bad, broken = test_sloppy_envelopes.RefusalTests.BAD, test_sloppy_envelopes.RefusalTests.BROKEN
    envelopes = [body.encode() for body, _ in (*bad.values(), *broken.values())]
    whole = [raw for raw, _, _ in test_sloppy_devices.RefusalTests.BAD.values()]
    whole += [usual(len(body), "").encode() + body for body in envelopes]
    body = USUAL.encode()
    good = [head(len(body), "").encode("latin-1") + body for head in HEADS.values()]
    return whole + [raw[: len(raw) // 2] for raw in good] + [raw[:-1] for raw in good]


class BystanderTests(SynchronousTestCase):
    def test_none_of_theirs_fails(self) -> None:
        appliance = ApplianceProcess(Path(self.mktemp()).absolute())
        self.addCleanup(appliance.stop)
        appliance.start()
        url = f"http://127.0.0.1:{appliance.cwmp}/"
        plan = ("--count", str(DEVICES), "--interval", "2", "--ramp", "2", "--duration", str(SECONDS))
        command = [sys.executable, "-m", "acs.ctl", "simulate", "--url", url, *plan]
        with subprocess.Popen(
            command, env=appliance.environment, stdout=subprocess.PIPE, text=True, cwd=appliance.folder
        ) as fleet:
            sent = self.pester(appliance, fleet)
            said = fleet.communicate(timeout=DEADLINE)[0]
        self.assertIn("failed: 0", said)
        self.assertGreater(int(said.split(" sessions in ")[0].split()[-1]), DEVICES * 2)
        self.assertGreater(sent, len(malformed()))
        self.assertEqual(DEVICES, len([d for d in appliance.asked("device", "list") if d["oui"] != "00D09E"]))
        self.assertNotIn("Traceback", appliance.log())

    def pester(self, appliance: ApplianceProcess, fleet: subprocess.Popen[str]) -> int:
        """Send all of them again and again while the fleet runs; how many."""
        sent, until = 0, time.monotonic() + SECONDS + DEADLINE
        while fleet.poll() is None and time.monotonic() < until:
            for raw in malformed():
                device = Device(appliance.cwmp)
                device.connection.sendall(raw.replace(b"SERIAL", b"B1"))
                device.connection.close()
                sent += 1
                time.sleep(0.004)
        return sent
