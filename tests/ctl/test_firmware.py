"""The ``firmware`` commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from acs.ctl import firmware
from tests.ctl import Outcome
from tests.ctl.appliance import Answer, ApplianceTestCase, document, items, problem

PATH = "AirTies/Air 4920/2.59/image.bin"
QUOTED = "/firmware/AirTies/Air%204920/2.59/image.bin"
IMAGE: dict[str, Any] = {
    "path": PATH,
    "size": 12_345_678,
    "sha256": "ab" * 32,
    "file_type": "1 Firmware Upgrade Image",
    "vendor": "AirTies",
    "product_class": "Air 4920",
    "version": "2.59",
    "reported": "2.59.1",
    "models": [],
    "target_file_name": None,
    "notes": None,
    "modified": "2026-11-26T12:00:00.123Z",
    "problems": [],
}


class FirmwareCase(ApplianceTestCase):
    def file(self, content: bytes) -> str:
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "image.bin").write_bytes(content)
        return str(folder / "image.bin")

    def added(self, content: bytes, *words: str, path: str = PATH, **how: Any) -> Outcome:
        return self.acsctl("firmware", "add", self.file(content), path, *words, **how)


class ListTests(FirmwareCase):
    def test_files_are_listed(self) -> None:
        broken = {**IMAGE, "path": "boot.bin", "sha256": None, "reported": None, "problems": ["odd", "old"]}
        self.appliance.routes["GET /firmware"] = items(IMAGE, broken)
        lines = self.acsctl("firmware", "list").lines
        self.assertEqual(3, len(lines))
        row = f"{PATH}  12,345,678  1     2.59.1       abababababababab  2026-11-26 12:00:00Z  -"
        self.assertEqual(row, lines[1])
        self.assertIn("not known yet", lines[2])
        self.assertTrue(lines[2].endswith("odd, old"))

    def test_as_json_too(self) -> None:
        self.appliance.routes["GET /firmware"] = items(IMAGE)
        self.assertEqual([IMAGE], json.loads(self.acsctl("firmware", "list", "--json").text))

    def test_filters_go_with_it(self) -> None:
        self.appliance.routes["GET /firmware"] = items()
        words = (
            "--manufacturer",
            "AirTies",
            "--product-class",
            "A",
            "--version",
            "2",
            "--q",
            "x",
            "--limit=5",
        )
        self.assertEqual(0, self.acsctl("firmware", "list", *words).status)
        wanted = {"manufacturer": "AirTies", "product_class": "A", "version": "2", "q": "x", "limit": "5"}
        self.assertEqual(wanted, self.appliance.asked[0].query)


class AddTests(FirmwareCase):
    def test_a_file_is_sent_as_it_is(self) -> None:
        self.appliance.routes[f"PUT {QUOTED}"] = document(IMAGE, 201)
        outcome = self.added(b"\x00\xff" * 100)
        self.assertEqual(
            (0, f"added {PATH} (200 bytes)\n", ""), (outcome.status, outcome.text, outcome.errors)
        )
        (asked,) = self.appliance.asked
        self.assertEqual(b"\x00\xff" * 100, asked.body)
        self.assertEqual("application/octet-stream", asked.headers["Content-Type"])
        self.assertIsNone(asked.headers["If-None-Match"])

    def test_a_path_that_ends_in_a_slash_takes_the_files_name(self) -> None:
        self.appliance.routes[f"PUT {QUOTED}"] = Answer(204)
        outcome = self.added(b"", path="AirTies/Air 4920/2.59/")
        self.assertEqual((0, f"replaced {PATH} (0 bytes)\n"), (outcome.status, outcome.text))

    def test_what_was_added_is_told_as_json(self) -> None:
        self.appliance.routes[f"PUT {QUOTED}"] = document(IMAGE, 201)
        self.assertEqual(IMAGE, json.loads(self.added(b"x", "--json").text))
        self.appliance.routes[f"PUT {QUOTED}"] = Answer(204)
        self.assertEqual({"path": PATH}, json.loads(self.added(b"x", "--json").text))

    def test_one_that_is_there_can_be_kept(self) -> None:
        self.appliance.routes[f"PUT {QUOTED}"] = problem(412, "Precondition Failed")
        outcome = self.added(b"x", "--keep")
        self.assertEqual((1, ""), (outcome.status, outcome.text))
        self.assertIn(f"there is {PATH} already", outcome.errors)
        self.assertEqual("*", self.appliance.asked[0].headers["If-None-Match"])

    def test_progress_of_a_large_file_is_shown_on_a_terminal(self) -> None:
        self.appliance.routes |= {f"PUT {QUOTED}": document(IMAGE, 201), "GET /firmware": items()}
        content = bytes(firmware.LARGE + 1)
        outcome = self.added(content, terminal=True)
        self.assertEqual(0, outcome.status)
        self.assertIn("100 % sent", outcome.errors)
        self.assertEqual(content, self.appliance.asked[-1].body)
        self.assertEqual("", self.added(content).errors)
        self.assertEqual("", self.added(content[1:-1], terminal=True).errors)
        self.assertIn(" % sent", self.added(content, "--progress").errors)

    def test_who_may_not_ask_hears_of_it_before_a_large_file_is_sent(self) -> None:
        self.appliance.routes["GET /firmware"] = problem(401, "Unauthorized", "a valid token is needed")
        outcome = self.added(bytes(firmware.LARGE))
        self.assertEqual((1, 1), (outcome.status, len(self.appliance.asked)))
        self.assertIn("a valid token is needed", outcome.errors)

    def test_a_refusal_says_why(self) -> None:
        self.appliance.routes[f"PUT {QUOTED}"] = problem(422, "Unprocessable Entity", "not there")
        outcome = self.added(b"x")
        self.assertEqual((1, ""), (outcome.status, outcome.text))
        self.assertIn("not there", outcome.errors)

    def test_a_file_that_is_not_there_is_told(self) -> None:
        outcome = self.acsctl("firmware", "add", "/nowhere/image.bin", PATH)
        self.assertEqual(1, outcome.status)
        self.assertIn("/nowhere/image.bin: No such file or directory", outcome.errors)


class RemoveTests(FirmwareCase):
    def test_one_is_removed_once_that_is_confirmed(self) -> None:
        self.appliance.routes[f"DELETE {QUOTED}"] = Answer(204)
        outcome = self.acsctl("firmware", "remove", PATH, stdin="y\n", terminal=True)
        self.assertEqual(0, outcome.status)
        self.assertIn(f"Remove {PATH} from the folder of files? [y/N]", outcome.errors)
        self.assertEqual("removed\n", self.acsctl("firmware", "remove", PATH, "--yes").text)
        self.assertEqual(2, len(self.appliance.asked))

    def test_nothing_is_removed_otherwise(self) -> None:
        self.assertEqual(1, self.acsctl("firmware", "remove", PATH, stdin="n\n", terminal=True).status)
        self.assertEqual(2, self.acsctl("firmware", "remove", PATH).status)
        self.assertEqual([], self.appliance.asked)

    def test_what_is_not_there_is_told(self) -> None:
        self.appliance.routes[f"DELETE {QUOTED}"] = problem(404, "Not Found", "there is no file at this path")
        outcome = self.acsctl("firmware", "remove", PATH, "--yes")
        self.assertEqual(1, outcome.status)
        self.assertIn("there is no file at this path", outcome.errors)
