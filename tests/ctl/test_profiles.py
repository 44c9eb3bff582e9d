"""The ``profile`` commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.ctl.appliance import ApplianceTestCase, document, items

PLACE = "/profiles/model/A%2FB"
MODEL: dict[str, Any] = {
    "scope": "model",
    "name": "A/B",
    "category": "router",
    "parameter_map": {"wifi.2g.ssid": ".WiFi.SSID.1.SSID"},
    "tracked": [
        {"path": ".DeviceInfo.UpTime", "every": 0, "history": False},
        {"path": "wifi.2g.channel", "every": 600, "history": True},
    ],
    "vendor_file": "https://acs.isp.example/box.cfg",
    "desired_software_version": "2.0",
    "upgrade_paths": [{"from": "1.*", "through": "1.9", "to": "2.*"}],
    "level": "2026-11-26T12:00:00.000000Z",
}
SAID = {name: value for name, value in MODEL.items() if name not in ("scope", "name", "level")}


class ProfileTests(ApplianceTestCase):
    def set(self, *words: str) -> Any:
        """What is written."""
        self.appliance.asked.clear()
        self.appliance.routes[f"PUT {PLACE}"] = document(MODEL)
        outcome = self.acsctl("profile", "set", "model", "A/B", *words)
        self.assertEqual((0, "written\n"), (outcome.status, outcome.text), outcome.errors)
        (put,) = [asked for asked in self.appliance.asked if asked.method == "PUT"]
        return put.json

    def test_all_are_listed(self) -> None:
        self.appliance.routes["GET /profiles"] = items(MODEL)
        lines = self.acsctl("profile", "list", "--scope", "model").lines
        self.assertEqual(["model", "A/B", "router", "1", "2"], lines[1].split())
        self.assertEqual("model", self.appliance.asked[0].query["scope"])

    def test_one_is_shown(self) -> None:
        self.appliance.routes[f"GET {PLACE}"] = document(MODEL)
        words = [line.split() for line in self.acsctl("profile", "get", "model", "A/B").lines]
        for wanted in (
            ["category", "router"],
            ["wifi.2g.ssid", ".WiFi.SSID.1.SSID"],
            [".DeviceInfo.UpTime", "session", "no"],
            ["wifi.2g.channel", "600", "s", "yes"],
            ["desired_software_version", "2.0"],
            ["1.*", "1.9", "2.*"],
        ):
            self.assertIn(wanted, words)
        self.assertEqual(MODEL, json.loads(self.acsctl("profile", "get", "model", "A/B", "--json").text))

    def test_a_file_is_the_whole_of_it(self) -> None:
        path = Path(self.mktemp())
        path.mkdir()
        (path / "m.json").write_text(json.dumps(MODEL))
        (path / "m.toml").write_text(
            'category = "router"\n[parameter_map]\nwifi.2g.ssid = ".WiFi.SSID.1.SSID"\n'
            '[[tracked]]\npath = ".A"\nevery = 60\n'
        )
        self.assertEqual(SAID, self.set(f"@{path / 'm.json'}"))
        wanted = {**SAID, "tracked": [{"path": ".A", "every": 60}]}
        for member in ("vendor_file", "desired_software_version", "upgrade_paths"):
            del wanted[member]
        self.assertEqual(wanted, self.set(f"@{path / 'm.toml'}"))

    def test_some_of_it_leaves_the_rest(self) -> None:
        self.appliance.routes["GET /profiles"] = items({**MODEL, "name": "other"}, MODEL)
        names = {**MODEL["parameter_map"], "wifi.5g.ssid": ".X"}
        self.assertEqual({**SAID, "parameter_map": names}, self.set("wifi.5g.ssid=.X"))
        self.assertEqual({**SAID, "category": "stb"}, self.set("--category", "stb"))
        said = self.set("--software-version", "2.1")
        self.assertEqual({**SAID, "desired_software_version": "2.1"}, said)
        self.assertEqual({**SAID, "vendor_file": "ftp://x/y"}, self.set("--vendor-file", "ftp://x/y"))
        again = {"path": "wifi.2g.channel", "every": 60, "history": False}
        new = {**again, "path": ".A"}
        tracked = [MODEL["tracked"][0], again, new]
        said = self.set("--track", "wifi.2g.channel", "--track", ".A", "--every", "60")
        self.assertEqual({**SAID, "tracked": tracked}, said)

    def test_one_that_is_not_there_is_made(self) -> None:
        self.appliance.routes["GET /profiles"] = items()
        said = self.set("--track", ".A", "--history")
        tracked = [{"path": ".A", "every": 0, "history": True}]
        self.assertEqual({"parameter_map": {}, "tracked": tracked}, said)

    def test_what_cannot_be_read_is_said(self) -> None:
        path = Path(self.mktemp())
        path.mkdir()
        (path / "m.json").write_text("[]")
        self.appliance.routes["GET /profiles"] = items()
        for words, said in (
            (["@/no/such/file"], "acsctl: /no/such/file: No such file or directory\n"),
            (["nonsense"], "'nonsense' is not NAME=PATH (a file, @FILE or -, stands alone)"),
            ([f"@{path / 'm.json'}"], "is not an object"),
            ([], "nothing is to be set"),
        ):
            self.assertIn(said, self.acsctl("profile", "set", "model", "A/B", *words).errors)

    def test_one_is_deleted(self) -> None:
        self.appliance.routes[f"DELETE {PLACE}"] = document(None, 204)
        self.assertEqual("deleted\n", self.acsctl("profile", "delete", "model", "A/B").text)
