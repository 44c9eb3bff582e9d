"""Every command of the documentation that can run here runs, in the order in which it stands."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests import ROOT
from tests.documentation import pages
from tests.documentation.pages import Typed, Written
from tests.documentation.reading import LOOPBACK, Reader, ReadersAppliance
from tests.support.ports import free_port

NOT_HERE = {
    r"make run|\S*twistd": "it runs on, on fixed ports: the appliance of these tests stands for it",
    r"make (test|docs|screenshots)": "it would run these tests, or those of the browser",
    r"pip install": "it would install into the environment that the tests run in",
    r"apt-get|systemctl|journalctl|cp\s|(cat|cd) /var/lib/acs|rm -f acs\.sqlite": (
        "it would change this machine: tests.packaging.in_a_root does it in a Debian of its own"
    ),
    r"python -m (tests|twisted)": "it would write into the project: tests.test_recording",
    r"python -m benchmarks.soak": "it goes on for hours: tests.test_soak, tests.measured",
    r"\S*acsctl events": "it goes on without end: tests.ctl.test_events",
    r"acsctl user reset-second-factor": "nobody here has one: tests.test_people",
    r"acsctl device rollback ID$": "the device has run one version only; the cookbook's has run two",
    r"acsctl device wake ID --method udp": "the devices here are behind no NAT: tests.test_waking",
    r"acsctl webhook test": "nobody listens there: tests.test_webhooks",
}
"""What is not typed here, and why."""

REFUSED = {
    "acsctl firmware add --keep": "there is AirTies/Air4920/2.59.1.8/image.bin already",
    'curl -X PUT -H "Authorization: Bearer $TOKEN" -H \'If-Match': '"status":412',
}
"""What is refused, as the page says, and what is said then."""

MODEL = """<?xml version="1.0"?>
<dm:document xmlns:dm="urn:broadband-forum-org:cwmp:datamodel-1-14">
  <model name="Device:2.11">
    <object name="Device." access="readOnly" minEntries="1" maxEntries="1"/>
    <object name="Device.WiFi." access="readOnly" minEntries="1" maxEntries="1"/>
    <object name="Device.WiFi.Radio.{i}." access="readOnly" minEntries="0" maxEntries="unbounded"/>
    <object name="Device.WiFi.SSID.{i}." access="readWrite" minEntries="0" maxEntries="unbounded">
      <parameter name="SSID" access="readWrite"><syntax><string/></syntax></parameter>
    </object>
  </model>
</dm:document>
"""
"""What stands for the Broadband Forum's files, which are not ours to have here."""


class ReadersDesk:
    """What a reader has: an appliance with devices called Acme/Box, and the files that pages speak of."""

    def __init__(self, folder: Path) -> None:
        files = f'[files]\nhttp = "tcp:{free_port()}:interface=127.0.0.1"\ntftp = ""\n'
        self.appliance = ReadersAppliance(folder, LOOPBACK + files)
        self.appliance.start()
        self._lay_out(folder)
        self.appliance.simulate("--model", str(folder / "acme.json"), "--count", "3")
        self.devices = sorted(each["id"] for each in self.appliance.devices())
        self.appliance.acsctl("config", "set", "tag", "vip", ".Time.Enable=1")

    def _lay_out(self, folder: Path) -> None:
        box = json.loads((ROOT / "acs/simulate/models/tr181-router.json").read_text())
        box |= {"manufacturer": "Acme", "product_class": "Box", "oui": "00D09E"}
        (folder / "acme.json").write_text(json.dumps(box))
        (folder / "image.bin").write_bytes(b"image")
        for each in ("tr-181-2-19-1-cwmp-full", "tr-098-1-8-0-full", "tr-104-2-0-2-cwmp-full"):
            (folder / f"{each}.xml").write_text(MODEL)
        (folder / "devices.json").write_text('[{"_id": "00236a-SR552n-1", "_tags": ["fiber"]}]')
        (folder / "presets.json").write_text("[]")
        (folder / "other.toml").write_text('state_dir = "other"\n')
        (folder / "other").mkdir(mode=0o700)
        shutil.copy(folder / "state/secret.key", folder / "other")

    def names(self, page: str) -> dict[str, Callable[[], str]]:
        """What stands on a page for something of this appliance."""
        found: dict[str, Callable[[], str]] = {
            "ID": lambda: self.devices[0],
            "OLD": lambda: self.devices[1],
            "NEW": lambda: self.devices[2],
            "00D09E-Router-S1": lambda: self.devices[0],
            "SESSION": lambda: self.newest("session"),
            "JOB": lambda: self.newest("job"),
            "ALARM": self.alarm,
        }
        if page == "campaigns.rst":
            found["ID"] = lambda: self.newest("campaign")
        if page == "diagnostics.rst":
            found["ID"] = lambda: self.devices[
                1
            ]  # the first is told to restart before, which ends diagnostics
        if page == "files.rst":
            found |= {"JOB": self.upload, "OTHER": self.upload}
        return found

    def newest(self, what: str) -> str:
        return str(self.appliance.asked(what, "list", "--limit", "1")[0]["id"])

    def alarm(self) -> str:
        """A device wants firmware that is not there; it calls."""
        self.appliance.tried("device", "wake", self.devices[0])
        self.appliance.until(lambda: self.appliance.asked("alarm", "list"), "an alarm")
        return self.newest("alarm")

    def upload(self) -> str:
        """A file that the device has sent."""
        what = '{"FileType": "1 Vendor Configuration File", "URL": "acs:"}'
        said = self.appliance.asked("job", "add", self.devices[0], "Upload", what, "--urgent")
        self.appliance.until(
            lambda: said["id"] in [each["job"] for each in self.uploads()], "an upload of the device's"
        )
        return str(said["id"])

    def uploads(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.appliance.asked("device", "uploads", self.devices[0])
        return found


def reason_against(item: Typed) -> str:
    """Why it is not typed here; "" where it is."""
    for pattern, reason in NOT_HERE.items():
        if re.match(pattern, item.text.partition("  #")[0].strip()):
            return reason
    return ""


class TypingTests(SynchronousTestCase):
    def setUp(self) -> None:
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        self.desk = ReadersDesk(folder)
        self.addCleanup(self.desk.appliance.end)

    def type_all(self, chosen: list[Path]) -> None:
        wrong = []
        for page in chosen:
            reader = Reader(self.desk.appliance, self.desk.names(page.name))
            for item in pages.read(page):
                if not (isinstance(item, Typed) and reason_against(item)):
                    wrong.append(self.judged(item, reader.do(item)))
        if any(wrong):
            self.fail("\n\n".join(filter(None, wrong)))

    def judged(self, item: Typed | Written, said: str) -> str:
        """What is wrong: that it failed, or did not where it should."""
        wanted = [reason for start, reason in REFUSED.items() if getattr(item, "text", "").startswith(start)]
        if not wanted:
            return said
        return "" if wanted[0] in said else f"{item} was not refused: {said}"

    def test_what_a_newcomer_is_told_to_type_can_be_done(self) -> None:
        self.type_all(pages.pages()[:3])

    def test_what_all_others_are_told_to_type_can_be_done(self) -> None:
        self.type_all([each for each in pages.pages()[3:] if each.name != "cookbook.rst"])


class NotTypedTests(SynchronousTestCase):
    def test_each_that_is_not_typed_stands_somewhere(self) -> None:
        found = [each for page in pages.pages() for each in pages.read(page) if isinstance(each, Typed)]
        reasons = {reason_against(each) for each in found}
        self.assertEqual(set(NOT_HERE.values()), reasons - {""})
