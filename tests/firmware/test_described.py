"""``image.toml``."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.firmware.described import LONGEST, Description, describe


class DescriptionTests(SynchronousTestCase):
    def test_all_that_may_be_said_is_read(self) -> None:
        found = describe(
            b'file_type = "X 001CA8 Modem firmware"\ntarget_file_name = "fw.bin"\n'
            b'models = ["AirTies/Air4930", "001CA8/Air4931"]\nnotes = """two\nlines"""\nreported = "V2.59"\n'
        )
        models = ("AirTies/Air4930", "001CA8/Air4931")
        self.assertEqual(
            Description("X 001CA8 Modem firmware", "fw.bin", models, "two\nlines", "V2.59"), found
        )

    def test_nothing_need_be_said(self) -> None:
        self.assertEqual(Description(), describe(b""))
        self.assertEqual(Description(notes="x"), describe(b'notes = "x"'))

    def test_what_is_wrong_spoils_all_of_it_and_is_told(self) -> None:
        for content, reason in (
            (b'colour = "red"', "colour: unknown key; known: file_type, target_file_name, models"),
            (b"notes = 1", "notes: must be a text"),
            (b"reported = 2.59", "reported: must be a text on one line"),
            (b'reported = """a\nb"""', "reported: must be a text on one line"),
            (b'file_type = "firmware"', "file_type: must be a FileType of the standard"),
            (b"file_type = 1", "file_type: must be"),
            (b'models = "AirTies/Air4930"', "models: must be a list"),
            (b'models = ["Air4930"]', "models: must be a list of models"),
            (b"models = [1]", "models: must be"),
            (b"[models]", "models: must be"),
            (b"notes = ", "is not TOML: "),
            (b'notes = "\xff"', "is not TOML: "),
            (b"a = " + b"[" * 5000, "is not TOML"),
            (b"#" * (LONGEST + 1), "is longer than"),
        ):
            found = describe(content)
            self.assertIn(reason, found.problem)
            self.assertEqual(Description(problem=found.problem), found)

    def test_all_that_is_wrong_is_told_at_once(self) -> None:
        self.assertEqual(2, len(describe(b"notes = 1\nreported = 2").problem.split("; ")))

    @given(st.binary() | st.text().map(str.encode))
    def test_whatever_is_in_it_there_is_an_answer(self, content: bytes) -> None:
        self.assertIsInstance(describe(content), Description)
