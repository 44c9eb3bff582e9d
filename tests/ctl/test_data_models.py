"""The ``datamodel`` commands."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from acs.ctl import data_models
from tests.ctl.appliance import Answer, ApplianceTestCase, Asked, document, items, problem

MODEL: dict[str, Any] = {
    "name": "Device:2.11",
    "is_service": False,
    "objects": 1472,
    "parameters": 3925,
    "forced_inform": [],
    "imported": "2026-11-26T12:00:00.123Z",
    "imported_by": "anna",
}
SSID: dict[str, Any] = {
    "path": "Device.WiFi.SSID.{i}.SSID",
    "kind": "parameter",
    "model": "Device:2.11",
    "access": "readWrite",
    "type": "xsd:string",
    "data_type": "Name",
    "list": False,
    "units": None,
    "enumeration": [],
    "ranges": [],
    "sizes": [{"minimum": None, "maximum": 32}],
    "default": None,
    "default_type": None,
    "hidden": False,
    "forced_inform": False,
    "active_notify": "normal",
    "status": "current",
    "min_entries": 1,
    "max_entries": 1,
}
CHANNEL = {
    **SSID,
    "path": "Device.WiFi.Channel",
    "type": "xsd:unsignedInt",
    "data_type": None,
    "sizes": [],
} | {
    "ranges": [{"minimum": 1, "maximum": 13}, {"minimum": 36, "maximum": None}],
    "list": True,
    "units": "MHz",
}
OBJECT = {**SSID, "path": "Device.WiFi.", "kind": "object", "type": None, "data_type": None, "sizes": []}


class DataModelTests(ApplianceTestCase):
    def files(self, *contents: bytes) -> list[str]:
        folder = Path(self.mktemp())
        folder.mkdir()
        paths = [folder / f"{number}.xml" for number in range(len(contents))]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        return [str(path) for path in paths]

    def posted(self) -> list[bytes]:
        """What was sent, unpacked."""
        sent = [asked for asked in self.appliance.asked if asked.method == "POST"]
        self.assertEqual({"application/gzip"}, {asked.headers["Content-Type"] for asked in sent})
        return [gzip.decompress(asked.body) for asked in sent]

    def test_files_are_imported_one_after_the_other(self) -> None:
        self.appliance.routes["POST /datamodels"] = items(MODEL, {**MODEL, "name": "Device:1.2"})
        names = self.files(b"first", b"second" * 100_000)
        outcome = self.acsctl("datamodel", "import", *names)
        self.assertEqual((0, ""), (outcome.status, outcome.errors))
        self.assertEqual(f"{names[0]}: Device:2.11: 1,472 objects, 3,925 parameters", outcome.lines[0])
        self.assertEqual(4, len(outcome.lines))
        self.assertEqual([b"first", b"second" * 100_000], self.posted())

    def test_one_that_is_refused_does_not_keep_the_others_out(self) -> None:
        def route(asked: Asked) -> Answer:
            if gzip.decompress(asked.body) == b"bad":
                return problem(422, "Unprocessable Entity", "the file cannot be taken")
            return items(MODEL)

        self.appliance.routes["POST /datamodels"] = route
        names = self.files(b"bad", b"good")
        outcome = self.acsctl("datamodel", "import", names[0], "/no/such/file", names[1], "--json")
        self.assertEqual(1, outcome.status)
        self.assertIn(f"acsctl: {names[0]}: Unprocessable Entity: the file cannot be taken", outcome.errors)
        self.assertIn("/no/such/file: cannot read it: No such file or directory", outcome.errors)
        self.assertEqual([MODEL], json.loads(outcome.text))

    def test_a_file_beyond_all_measure_is_not_sent(self) -> None:
        self.patch(data_models, "MOST_BYTES", 1 << 20)
        outcome = self.acsctl("datamodel", "import", *self.files(b"x" * (1 << 21)))
        self.assertEqual((1, []), (outcome.status, self.appliance.asked))
        self.assertIn("is longer than 1 MiB", outcome.errors)

    def test_progress_is_shown_on_a_terminal(self) -> None:
        self.appliance.routes["POST /datamodels"] = items(MODEL)
        names = self.files(b"x" * 1_000_000, b"y")
        for how in ({"terminal": True}, {}):
            words = () if how else ("--progress",)
            said = self.acsctl("datamodel", "import", *names, *words, **how).errors
            for wanted in ("(1 of 2): 26 % read", "(1 of 2): 100 % read", "(2 of 2): importing"):
                self.assertIn(wanted, said)

    def test_all_are_listed(self) -> None:
        self.appliance.routes["GET /datamodels"] = items(MODEL)
        lines = self.acsctl("datamodel", "list").lines
        self.assertEqual(["Device:2.11", "1472", "3925", "2026-11-26", "12:00:00Z", "anna"], lines[1].split())
        self.assertEqual([MODEL], json.loads(self.acsctl("datamodel", "list", "--json").text))

    def test_a_parameter_is_shown_as_each_model_has_it(self) -> None:
        self.appliance.routes["GET /definitions"] = items(SSID, {**SSID, "model": "Device:2.19"})
        shown = self.acsctl("datamodel", "show", "Device.WiFi.SSID.1.SSID", "--model", "Device:2.11").lines
        fields = dict(line.split(maxsplit=1) for line in shown[: shown.index("")])
        self.assertEqual(
            ("Device:2.11", "..32", "Name"), (fields["model"], fields["sizes"], fields["data_type"])
        )
        self.assertNotIn("units", fields)
        self.assertNotIn("max_entries", fields)
        query = self.appliance.asked[0].query
        self.assertEqual(("Device.WiFi.SSID.1.SSID", "Device:2.11"), (query["path"], query["model"]))
        found = json.loads(self.acsctl("datamodel", "show", "Device.WiFi.SSID.1.SSID", "--json").text)
        self.assertEqual([SSID, {**SSID, "model": "Device:2.19"}], found)

    def test_below_an_object_each_has_a_line(self) -> None:
        mode = {**SSID, "path": "Device.WiFi.Mode", "enumeration": ["Up", "Down"]}
        self.appliance.routes["GET /definitions"] = items(OBJECT, CHANNEL, mode, SSID)
        lines = [
            line.split(maxsplit=3) for line in self.acsctl("datamodel", "show", "Device.WiFi.").lines[1:]
        ]
        self.assertEqual(["Device.WiFi.", "Device:2.11", "readWrite"], lines[0][:3])
        rest = [" ".join(line[3].split()) for line in lines]
        self.assertEqual("object - -", rest[0])
        self.assertEqual("xsd:unsignedInt list MHz 1..13 or 36..", rest[1])
        self.assertEqual("xsd:string (Name) - Up, Down", rest[2])
        self.assertEqual("xsd:string (Name) - ..32 long", rest[3])

    def test_a_partial_path_may_lack_its_dot(self) -> None:
        def route(asked: Asked) -> Answer:
            return items(OBJECT, SSID) if asked.query["path"].endswith(".") else items()

        self.appliance.routes["GET /definitions"] = route
        self.assertEqual(3, len(self.acsctl("datamodel", "show", "Device.WiFi").lines))

    def test_what_no_model_has_is_an_error(self) -> None:
        self.appliance.routes["GET /definitions"] = items()
        for path in ("Device.Nope", "Device.Nope."):
            outcome = self.acsctl("datamodel", "show", path)
            self.assertEqual(1, outcome.status)
            self.assertIn(f"no data model says anything of {path}", outcome.errors)

    def test_one_is_removed(self) -> None:
        self.appliance.routes["DELETE /datamodels/Device%3A2.11"] = document(None, 204)
        self.assertEqual("removed\n", self.acsctl("datamodel", "remove", "Device:2.11").text)


class ForceTests(ApplianceTestCase):
    def test_a_configuration_is_forced_where_that_is_wanted(self) -> None:
        self.appliance.routes["GET /configurations"] = items()
        self.appliance.routes["PUT /configurations/all/default"] = document({"level": "x"})
        for words, query in (((), {}), (("--force",), {"force": "true"})):
            self.acsctl("config", "set", "all", "default", ".A=b", *words)
            self.assertEqual(query, self.appliance.asked[-1].query)
