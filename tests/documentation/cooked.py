"""The cookbook: each recipe does to simulated devices what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests import ROOT
from tests.documentation import pages
from tests.documentation.pages import Typed, Written
from tests.documentation.reading import LOOPBACK, Reader, ReadersAppliance
from tests.support.ports import free_port

PAGE = ROOT / "docs/cookbook.rst"
HALDEN, OTHER_HALDEN = "02A181-HX%2D60-HX253600000001", "02A181-HX%2D60-HX253600000002"
NORDFJORD, OTHER_NORDFJORD = "02A098-NF%2D1200-NF240900000001", "02A098-NF%2D1200-NF240900000002"
PHONE = "02A104-TV%2D20-TV240100000001"
GATEWAY = "InternetGatewayDevice."
WLAN = f"{GATEWAY}LANDevice.1.WLANConfiguration."
VOICE = "Device.Services.VoiceService.1.VoiceProfile.1."
MAPPING = "Device.NAT.PortMapping."
FREE = "Device.DeviceInfo.MemoryStatus.Free"
FACTORY = "Nordfjord-"


def recipes() -> Iterator[tuple[str, list[Typed | Written]]]:
    """Each section of the page with what is typed and written there."""
    lines = PAGE.read_text().splitlines()
    titles = {
        number: line
        for number, line in enumerate(lines)
        if lines[number + 1 : number + 2] == ["-" * len(line)]
    }
    items = list(pages.read(PAGE))
    # A file has no line of its own: it belongs where the next command stands.
    found: dict[str, list[Typed | Written]] = {title: [] for title in titles.values()}
    waiting: list[Typed | Written] = []
    for item in items:
        waiting.append(item)
        if isinstance(item, Typed):
            above = [title for number, title in titles.items() if number < item.line]
            if above:
                found[above[-1]] += waiting
            waiting = []
    yield from found.items()


class CookbookTests(SynchronousTestCase):
    def setUp(self) -> None:
        folder = Path(self.mktemp()).absolute()
        files = f'[files]\nhttp = "tcp:{free_port()}:interface=127.0.0.1"\ntftp = ""\n'
        self.appliance = ReadersAppliance(folder, LOOPBACK + files)
        self.addCleanup(self.appliance.end)
        self.appliance.start()
        (folder / "image.bin").write_bytes(b"\0an image")
        models = [
            word for name in ("tr098-router", "tr181-router", "voip-phone") for word in ("--model", name)
        ]
        self.appliance.simulate("--count", "6", *models)
        self.reader = Reader(self.appliance, {})

    def test_each_recipe_does_what_it_says(self) -> None:
        checks = self.checks()
        found = dict(recipes())
        self.assertEqual(list(checks), list(found))
        for title, items in found.items():
            for item in items:
                self.before(item)
                self.assertEqual("", self.reader.do(item))
            self.appliance.until(checks[title], title)
        self.assertEqual(
            {}, {each["id"]: each["config_problems"] for each in self.shown() if each["config_problems"]}
        )

    def before(self, item: Typed | Written) -> None:
        """The page says that a person waits until the new firmware runs."""
        if item.text.startswith("acsctl device rollback"):
            self.appliance.until(lambda: self.device(OTHER_HALDEN)["software_version"] == "2.5.0", "2.5.0")

    def checks(self) -> dict[str, Callable[[], bool]]:
        """What has come about, by the recipe's title."""
        has = self.has
        return {
            "All call every quarter of an hour": lambda: has(
                HALDEN, {"Device.ManagementServer.PeriodicInformInterval": "900"}
            ),
            "A Wi-Fi of the customer's own": lambda: has(
                HALDEN, {"Device.WiFi.SSID.1.SSID": "Meier", "Device.WiFi.SSID.2.SSID": "Meier 5G"}
            ),
            "A model that counts otherwise": lambda: has(NORDFJORD, {f"{WLAN}2.SSID": "Schulz 5G"}),
            "The clock of all routers": lambda: (
                has(HALDEN, {"Device.Time.NTPServer1": "ntp1.isp.example"})
                and has(NORDFJORD, {f"{GATEWAY}Time.NTPServer1": "ntp1.isp.example"})
            ),
            "A telephone line": lambda: has(
                PHONE,
                {
                    f"{VOICE}SIP.ProxyServer": "sip.isp.example",
                    f"{VOICE}Line.1.DirectoryNumber": "+493012345678",
                    f"{VOICE}Line.1.SIP.AuthUserName": "493012345678",
                },
            ),
            "A port for the camera": self.has_the_port_alone,
            "What only a new device gets": lambda: (
                has(OTHER_NORDFJORD, {f"{WLAN}1.SSID": "Welcome NF240900000002"})
                and self.parameters(NORDFJORD)[f"{WLAN}1.SSID"].startswith(FACTORY)
            ),
            "New firmware, and back": lambda: self.wanted_version() == "2.4.1",
            "A pilot group": lambda: has(
                NORDFJORD, {f"{GATEWAY}ManagementServer.PeriodicInformInterval": "300"}
            ),
            "A value to follow": lambda: bool(
                self.appliance.asked("device", "history", HALDEN, "--name", FREE)
            ),
            "A router is broken": lambda: has(
                OTHER_NORDFJORD, {f"{WLAN}1.SSID": "Meier", f"{WLAN}2.SSID": "Meier 5G"}
            ),
        }

    def has(self, device: str, wanted: dict[str, str]) -> bool:
        """Whether it has these values, and its level is the one that it is to have."""
        found = self.parameters(device)
        return {name: found.get(name) for name in wanted} == wanted

    def has_the_port_alone(self) -> bool:
        found = self.parameters(OTHER_HALDEN)
        ports = [value for name, value in found.items() if name.endswith(".ExternalPort") and MAPPING in name]
        return ports == ["8080"] and "camera" in found.values()

    def parameters(self, device: str) -> dict[str, str]:
        return {each["name"]: each["value"] for each in self.appliance.asked("device", "parameters", device)}

    def device(self, device: str) -> dict[str, Any]:
        found: dict[str, Any] = self.appliance.asked("device", "show", device)
        return found

    def wanted_version(self) -> str:
        """The Download itself goes out ten minutes after the last."""
        return str(self.device(OTHER_HALDEN)["desired_software_version"]["value"])

    def shown(self) -> list[dict[str, Any]]:
        return [self.appliance.asked("device", "show", each["id"]) for each in self.appliance.devices()]
