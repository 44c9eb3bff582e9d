"""Names in the folder, and what they tell."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.firmware.image import FIRMWARE, VENDOR_CONFIGURATION, WEB_CONTENT
from acs.firmware.names import Place, components, decoded, ignored, place_of, why_not, within

PIECES = st.sampled_from(
    ["", ".", "..", "a", "AirTies", "config", "web", "uploads", ".x", "x.part", "é", "\0"]
)
PATHS = st.one_of(
    st.text(max_size=40),
    st.lists(PIECES, max_size=6).map("/".join),
    st.text(st.characters(categories=["Cs"]), min_size=1, max_size=3),
)


class PlaceTests(SynchronousTestCase):
    def test_a_path_tells_vendor_class_and_version(self) -> None:
        self.assertEqual(Place(FIRMWARE, "AirTies", "Air 4920", "2.59"), place_of("AirTies/Air 4920/2.59/x"))

    def test_configurations_and_web_content_are_told_by_the_first_folder(self) -> None:
        self.assertEqual(Place(VENDOR_CONFIGURATION), place_of("config/a/b/c/d"))
        self.assertEqual(Place(WEB_CONTENT), place_of("web/a"))

    def test_other_depths_tell_nothing(self) -> None:
        for path in ("x", "config", "a/x", "a/b/x", "a/b/c/d/x"):
            self.assertTrue(place_of(path).misplaced, path)

    def test_what_no_folder_can_be_called_is_encoded(self) -> None:
        for name, meant in (
            ("A%2FB", "A/B"),
            ("A%2fB", "A/B"),
            ("%00", "\0"),
            ("%2Ehidden", ".hidden"),
            ("100%", "100%"),
            ("%41", "%41"),
            ("%252F", "%2F"),
            ("%25252F", "%252F"),
            ("Ä&B (C)", "Ä&B (C)"),
        ):
            self.assertEqual(meant, decoded(name))

    @given(st.text())
    def test_every_name_can_be_written(self, name: str) -> None:
        encoded = name.replace("%", "%25").replace("/", "%2F").replace("\0", "%00").replace(".", "%2E")
        self.assertEqual(name, decoded(encoded))


class IgnoredTests(SynchronousTestCase):
    def test_hidden_and_unfinished_files_are_passed_over(self) -> None:
        for name in (".x", ".x.bin.Ab3d", "x.part", "x.PART", "x.tmp", "x.crdownload", "x~", "."):
            self.assertTrue(ignored(name), name)
        for name in ("x", "x.bin", "part", "tmp", "x.part.bin"):
            self.assertFalse(ignored(name), name)

    def test_folders_only_where_they_are_hidden(self) -> None:
        self.assertTrue(ignored(".git", is_folder=True))
        self.assertFalse(ignored("v1.tmp", is_folder=True))


class PathTests(SynchronousTestCase):
    def test_what_leads_out_or_nowhere_is_no_path(self) -> None:
        for path in (
            "",
            "/",
            "/etc/passwd",
            "a/",
            "a//b",
            "..",
            "../a",
            "a/..",
            "a/./b",
            "a\0b",
            "a/\0",
            "\ud800",
        ):
            self.assertIsNone(components(path), path)
            self.assertRaises(LookupError, within, path)
            self.assertIn("is no path", why_not(path))

    def test_names_are_of_bounded_length_and_number(self) -> None:
        self.assertIsNotNone(components("é" * 127))
        self.assertIsNone(components("é" * 128))
        self.assertIsNone(components("/".join("a" * 18)))

    def test_names_are_bytes_in_utf_8(self) -> None:
        self.assertEqual((b"\xc3\xa9", b"x\\y"), components("é/x\\y"))

    def test_a_reason_is_given_for_each_that_cannot_be_added(self) -> None:
        for path, reason in (
            ("a/b/c/x\ny", "control"),
            ("config/" + "/".join(["x" * 250] * 5), "1024"),
            ("config/.x", "passed over"),
            ("config/x~", "passed over"),
            (".config/x", "passed over"),
            ("uploads/x", "must be"),
            ("uploads/b/c/x", "must be"),
            ("a/b/x", "must be"),
        ):
            self.assertIn(reason, why_not(path))
        for path in ("a/b/c/x", "config/x", "web/a/b/c/d/e", "a/b/c/image.toml"):
            self.assertEqual("", why_not(path))

    @given(PATHS)
    def test_no_path_leads_out(self, path: str) -> None:
        try:
            names = within(path)
        except LookupError:
            return
        self.assertEqual(path.encode(), b"/".join(names))
        for name in names:
            self.assertNotIn(name, (b"", b".", b".."))
            self.assertFalse(b"/" in name or b"\0" in name or name.startswith(b"."))
        self.assertNotEqual(b"uploads", names[0])

    @given(PATHS)
    def test_what_can_be_added_can_be_had(self, path: str) -> None:
        if not why_not(path):
            within(path)
            self.assertFalse(place_of(path).misplaced)
