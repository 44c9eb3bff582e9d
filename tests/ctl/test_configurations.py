"""The ``config`` commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.ctl.appliance import ApplianceTestCase, document, items

PLACE = "/configurations/all/default"
ALL: dict[str, Any] = {
    "scope": "all",
    "name": "default",
    "level": "2026-11-26T12:00:00.000000Z",
    "changed_by": "anna",
    "parameters": {".Time.Enable": "true", ".Time.NTPServer1": {"value": "ntp.example", "notify": "active"}},
}


class ConfigurationTests(ApplianceTestCase):
    def written(self) -> Any:
        (put,) = [asked for asked in self.appliance.asked if asked.method == "PUT"]
        return put.json["parameters"]

    def test_all_are_listed(self) -> None:
        self.appliance.routes["GET /configurations"] = items(ALL)
        lines = self.acsctl("config", "list").lines
        self.assertEqual(["all", "default", ALL["level"], "anna", "2"], lines[1].split())

    def test_one_is_shown(self) -> None:
        self.appliance.routes[f"GET {PLACE}"] = document(ALL)
        lines = self.acsctl("config", "get", "all", "default").lines
        self.assertEqual([".Time.Enable", "true"], lines[1].split()[:2])
        self.assertEqual([".Time.NTPServer1", "ntp.example", "-", "active"], lines[2].split()[:4])
        self.assertEqual(ALL, json.loads(self.acsctl("config", "get", "all", "default", "--json").text))

    def test_a_file_is_the_whole_of_it(self) -> None:
        self.appliance.routes[f"PUT {PLACE}"] = document(ALL)
        for name, text in (
            ("c.toml", '".Time.Enable" = true\n[".Time.NTPServer1"]\nvalue = "x"\n'),
            ("c.json", '{".Time.Enable": true, ".Time.NTPServer1": {"value": "x"}}'),
            (
                "d.json",
                '{"scope": "all", "parameters": {".Time.Enable": true, ".Time.NTPServer1": {"value": "x"}}}',
            ),
        ):
            self.appliance.asked.clear()
            path = Path(self.mktemp())
            path.mkdir()
            (path / name).write_text(text)
            said = self.acsctl("config", "set", "all", "default", f"@{path / name}").text
            self.assertEqual(f"level {ALL['level']}\n", said)
            self.assertEqual({".Time.Enable": True, ".Time.NTPServer1": {"value": "x"}}, self.written())

    def test_logical_names_need_no_quotes_in_a_file(self) -> None:
        self.appliance.routes[f"PUT {PLACE}"] = document(ALL)
        path = Path(self.mktemp())
        path.mkdir()
        (path / "c.toml").write_text(
            'wifi.2g.ssid = "x"\n[wifi.5g.ssid]\nvalue = "y"\n[".A"]\nnotify = "off"\n'
        )
        self.acsctl("config", "set", "all", "default", f"@{path / 'c.toml'}")
        wanted = {"wifi.2g.ssid": "x", "wifi.5g.ssid": {"value": "y"}, ".A": {"notify": "off"}}
        self.assertEqual(wanted, self.written())

    def test_some_of_it_leaves_the_rest(self) -> None:
        self.appliance.routes["GET /configurations"] = items(ALL)
        self.appliance.routes[f"PUT {PLACE}"] = document(ALL)
        self.acsctl("config", "set", "all", "default", ".Time.Enable=false", ".Time.NTPServer2=y=z")
        wanted = {**ALL["parameters"], ".Time.Enable": "false", ".Time.NTPServer2": "y=z"}
        self.assertEqual(wanted, self.written())

    def test_what_cannot_be_read_is_said(self) -> None:
        self.appliance.routes["GET /configurations"] = items()
        for words, said in (
            (["@/no/such/file"], "acsctl: /no/such/file: No such file or directory\n"),
            (["nonsense"], "'nonsense' is not PATH=VALUE (a file, @FILE or -, stands alone)\n"),
            (["@a.toml", ".Time.Enable=1"], "'@a.toml' is not PATH=VALUE (a file, @FILE or -, stands alone)"),
            (["-"], "acsctl: standard input: Expecting value"),
        ):
            outcome = self.acsctl("config", "set", "all", "default", *words)
            self.assertIn(said, outcome.errors)
            self.assertEqual([], self.appliance.asked)

    def test_one_is_deleted(self) -> None:
        self.appliance.routes[f"DELETE {PLACE}"] = document(None, 204)
        self.assertEqual("deleted\n", self.acsctl("config", "delete", "all", "default").text)
