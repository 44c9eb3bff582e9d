"""A session of a real appliance becomes a test that plays it: `tests.support.new_recording`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.store.records import Device
from tests import ROOT
from tests.documentation.reading import ReadersAppliance
from tests.support.new_recording import make
from tests.support.recording import RecordedCase, Recording

RECORDED = "tests/recorded/phone_without_attributes"
FOLDER = ROOT / RECORDED


class MakingTests(SynchronousTestCase):
    def exported(self) -> Path:
        """A session in which a device that is known was woken, and asked for something."""
        folder = Path(self.mktemp()).absolute()
        appliance = ReadersAppliance(folder)
        self.addCleanup(appliance.end)
        appliance.start()
        appliance.simulate("--model", "voip-phone")
        [device] = [each["id"] for each in appliance.devices()]
        what = ("GetParameterValues", "Device.DeviceInfo.UpTime", "--urgent", "--wait", "30")
        appliance.acsctl("job", "add", device, *what)
        session = appliance.asked("session", "list", "--limit", "1")[0]["id"]
        appliance.acsctl("session", "export", session, "-o", str(folder / "exported"))
        return folder / "exported"

    def test_what_acsctl_has_exported_becomes_a_test_that_succeeds(self) -> None:
        where = Path(self.mktemp()).absolute()
        where.mkdir()
        exported = self.exported()
        test = make(exported, "phone_asked", where)
        self.assertIn("it was asked: GetParameterValues.", test.read_text())
        command = [sys.executable, "-m", "twisted.trial", str(test)]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        self.assertIn("PASSED (successes=1)", said.stdout, said.stderr)
        self.assertRaisesRegex(
            ValueError, "there is phone_asked already", make, exported, "phone_asked", where
        )

    def test_it_is_named_as_tests_are(self) -> None:
        for name in ("Phone", "../phone", "phone-1", ""):
            self.assertRaisesRegex(ValueError, "is no name for a test", make, FOLDER, name, Path("nowhere"))

    def test_what_does_not_begin_with_an_inform_is_no_session(self) -> None:
        copy = Path(self.mktemp())
        shutil.copytree(FOLDER, copy)
        (copy / "001-request.txt").write_bytes(b"POST / HTTP/1.1\r\n\r\n<odd")
        self.assertRaisesRegex(
            ValueError, "does not begin with an Inform", make, copy, "odd", Path("nowhere")
        )

    def test_the_command_says_why_not(self) -> None:
        command = [sys.executable, "-m", "tests.support.new_recording", "nowhere", "phone"]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        self.assertEqual(1, said.returncode)
        self.assertIn("No such file or directory", said.stderr)


class PlayingTests(RecordedCase):
    recorded = RECORDED

    async def test_what_it_was_never_asked_it_does_not_answer(self) -> None:
        device = Recording.of(FOLDER).inform.DeviceId
        identity = (device.Manufacturer, device.OUI, device.ProductClass, device.SerialNumber)
        await self.world.store.add_device(Device(device.key, *identity))
        await self.world.job(device.key, "Reboot", {"CommandKey": ""})
        seen = await self.replay()
        self.assertEqual(("Reboot",), seen.unanswered)
        self.assertEqual("failed", seen.session.result)
