"""The unit: systemd understands it, and it may do little."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests import needs_program
from tests.packaging import PACKAGING, units

MOST = 2.5
"""The exposure that is allowed, of 10."""


class UnitTests(SynchronousTestCase):
    def setUp(self) -> None:
        """Read it."""
        self.unit = units.shipped()

    def test_the_service_says_when_it_is_ready_and_that_alone_counts(self) -> None:
        self.assertEqual(("notify", "main"), (self.unit.one("Type"), self.unit.one("NotifyAccess")))

    def test_it_starts_what_the_package_installs_as_a_user_of_its_own(self) -> None:
        self.assertEqual(["/usr/sbin/acs", "-c", "/etc/acs/acs.toml"], self.unit.command("ExecStart"))
        self.assertEqual(["acs", "acs"], [self.unit.one("User"), self.unit.one("Group")])
        rules = (PACKAGING / "debian" / "rules").read_text()
        self.assertIn("debian/acs/usr/sbin/acs", rules)

    def test_a_wrong_configuration_is_told_before_the_service_starts(self) -> None:
        command = self.unit.command("ExecStartPre")
        self.assertEqual(["/usr/bin/acsctl", "-c", "/etc/acs/acs.toml", "check-config"], command)

    def test_all_that_root_may_is_a_port_below_1024(self) -> None:
        for key in ("AmbientCapabilities", "CapabilityBoundingSet"):
            self.assertEqual("CAP_NET_BIND_SERVICE", self.unit.one(key))

    def test_memory_and_files_have_limits(self) -> None:
        for key in ("LimitNOFILE", "MemoryHigh", "TasksMax"):
            self.assertTrue(self.unit.one(key), key)


class SystemdTests(SynchronousTestCase):
    """What systemd itself says, which need not run for that."""

    skip = needs_program("systemd-analyze")

    def test_its_exposure_is_small(self) -> None:
        command = [
            "systemd-analyze",
            "security",
            "--offline=true",
            f"--threshold={MOST * 10:.0f}",
            "--json=short",
        ]
        done = subprocess.run([*command, str(units.FILE)], capture_output=True, text=True, check=False)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        exposed = sum(float(each["exposure"] or 0) for each in json.loads(done.stdout))
        self.assertGreater(exposed, 0)

    def test_the_threshold_tells_a_unit_that_may_everything(self) -> None:
        bare = Path(self.mktemp()).absolute() / "bare.service"
        bare.parent.mkdir()
        bare.write_text("[Service]\nExecStart=/bin/true\n")
        command = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST * 10:.0f}"]
        done = subprocess.run([*command, str(bare)], capture_output=True, text=True, check=False)
        self.assertNotEqual(0, done.returncode)

    def test_systemd_knows_every_key_of_it(self) -> None:
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        copy = folder / "acs.service"
        shutil.copy(units.FILE, copy)
        # The programs are not installed here.
        copy.write_text(
            copy.read_text().replace("/usr/bin/acsctl", "/bin/true").replace("/usr/sbin/acs", "/bin/true")
        )
        command = ["systemd-analyze", "verify", "--man=no", str(copy)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = [line for line in done.stderr.splitlines() if "acs.service" in line]
        self.assertEqual([], said)
