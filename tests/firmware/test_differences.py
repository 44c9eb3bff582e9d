"""What differs between two texts."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.firmware.differences import LONGEST, MOST_LINES, NotComparable, difference

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "", "d e"]), max_size=40).map("\n".join)


class PatchTests(SynchronousTestCase):
    def setUp(self) -> None:
        if not shutil.which("patch"):
            self.skipTest("patch is not installed")

    @settings(max_examples=40)
    @given(TEXTS, TEXTS)
    def test_patch_makes_one_of_the_other(self, old: str, new: str) -> None:
        self.assert_patched(old, new)

    @settings(max_examples=80)
    @given(TEXTS, TEXTS, TEXTS, TEXTS)
    def test_it_does_so_where_much_is_alike(self, head: str, old: str, new: str, tail: str) -> None:
        self.assert_patched(f"{head}\n{old}\n{tail}", f"{head}\n{new}\n{tail}")

    def test_what_goes_from_among_its_likes_has_lines_behind_it(self) -> None:
        self.assert_patched("b\nd\na\nc\na\na\na\na\na\nb", "b\nd\na\n\n\na\na\na\na\nb")

    def assert_patched(self, old: str, new: str) -> None:
        folder = Path(self.mktemp())
        folder.mkdir(parents=True)
        (folder / "text").write_text(old + "\n")
        told = difference(old.encode(), new.encode(), "text", "text")
        if told:
            command = ["patch", "-s", "-p0", "text"]
            subprocess.run(command, input=told.encode(), cwd=folder, check=True, capture_output=True)
        self.assertEqual(new + "\n", (folder / "text").read_text())


class DifferenceTests(SynchronousTestCase):
    def test_the_same_differs_in_nothing(self) -> None:
        self.assertEqual("", difference(b"a\nb", b"a\r\nb", "x", "y"))

    def test_other_encodings_are_texts_too(self) -> None:
        self.assertIn("+caf\xe9", difference(b"cafe", b"caf\xe9", "x", "y"))

    def test_what_cannot_be_compared_says_why(self) -> None:
        for content, why in (
            (b"a\0b", "a file is no text"),
            (b"\x1f\x8b\x08", "a file is no text"),
            (b"x" * (LONGEST + 1), f"a file is longer than {LONGEST} bytes"),
            (b"x\n" * (MOST_LINES + 1), f"they differ in more than {MOST_LINES} lines"),
        ):
            error = self.assertRaises(NotComparable, difference, content, b"", "x", "y")
            self.assertEqual(why, str(error))

    def test_of_long_texts_what_they_have_alike_does_not_count(self) -> None:
        lines = [str(number) for number in range(100_000)]
        old = "\n".join(lines)
        lines[50_000] = "x"
        told = difference(old.encode(), "\n".join(lines).encode(), "old", "new")
        self.assertEqual("--- old\n+++ new\n@@ -49998,7 +49998,7 @@", told[:39])
