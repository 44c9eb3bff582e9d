"""Tests of what is agreed on, and of names."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.tftp.codec import Options
from acs.tftp.names import BadName, name_of
from acs.tftp.options import MOST_BLOCK, MOST_WINDOW, Terms, negotiate

KNOWN = st.sampled_from(["blksize", "BLKSIZE", "windowsize", "timeout", "tsize"])
TEXTS = st.binary(max_size=12).map(lambda text: text.decode("latin-1"))


def said(*options: tuple[str, str], size: int | None = 1000) -> dict[str, str]:
    """What a client is told."""
    return dict(negotiate(options, size).said)


class NegotiationTests(SynchronousTestCase):
    def test_without_options_it_is_as_in_rfc_1350(self) -> None:
        self.assertEqual(Terms(512, 1, 0, ()), negotiate((), 1000))

    def test_all_of_them_are_agreed_to(self) -> None:
        asked = (("blksize", "1428"), ("windowsize", "16"), ("timeout", "3"), ("tsize", "0"))
        told = (*asked[:3], ("tsize", "1000"))
        self.assertEqual(Terms(1428, 16, 3, told), negotiate(asked, 1000))

    def test_they_are_answered_as_they_were_spelt(self) -> None:
        self.assertEqual(Terms(600, 1, 0, (("BlkSize", "600"),)), negotiate((("BlkSize", "600"),), 1))

    def test_blocks_and_windows_may_be_smaller_than_asked_for(self) -> None:
        for asked in ("65464", "65465", "99999999"):
            self.assertEqual({"blksize": str(MOST_BLOCK)}, said(("blksize", asked)))
        for asked in ("33", "65535", "65536"):
            self.assertEqual({"windowsize": str(MOST_WINDOW)}, said(("windowsize", asked)))
        self.assertEqual({"blksize": "8"}, said(("blksize", "8")))

    def test_what_is_out_of_range_is_passed_over(self) -> None:
        for option in (
            ("blksize", "7"),
            ("blksize", "0"),
            ("windowsize", "0"),
            ("timeout", "0"),
            ("timeout", "256"),
        ):
            self.assertEqual(Terms(), negotiate((option,), 1000), option)

    def test_so_is_what_is_no_number_and_what_nobody_knows(self) -> None:
        for value in ("", "-1", "+8", "1e3", "0x200", " 512", "\xb2", "9" * 21):
            for name in ("blksize", "windowsize", "timeout", "tsize"):
                self.assertEqual(Terms(), negotiate(((name, value),), 1000), (name, value))
        self.assertEqual({"timeout": "9"}, said(("multicast", ""), ("timeout", "9"), ("rollover", "0")))

    def test_the_first_of_two_counts(self) -> None:
        self.assertEqual((("blksize", "600"),), negotiate((("blksize", "600"), ("BLKSIZE", "700")), 1).said)

    def test_a_size_that_is_not_known_or_nothing_is_not_told(self) -> None:
        self.assertEqual({}, said(("tsize", "0"), size=None))
        self.assertEqual({}, said(("tsize", "0"), size=0))
        self.assertEqual({"tsize": "1"}, said(("tsize", "0"), size=1))

    @given(st.lists(st.tuples(KNOWN | TEXTS, st.integers(-1, 70000).map(str) | TEXTS)).map(tuple))
    @settings(deadline=None)
    def test_nothing_is_told_that_was_not_asked_for(self, options: Options) -> None:
        terms = negotiate(options, 1000)
        self.assertLessEqual({name for name, _ in terms.said}, {name for name, _ in options})
        self.assertTrue(8 <= terms.block <= MOST_BLOCK and 1 <= terms.window <= MOST_WINDOW)
        if not terms.said:
            self.assertEqual(Terms(), terms)


class NameTests(SynchronousTestCase):
    def test_a_path_is_taken_as_it_is(self) -> None:
        for name in ("acme/box/1.2/image.bin", "a", "a b/c", "Ümläut/ß.bin", "..a/b..", "a/...", "~/x"):
            self.assertEqual(name, name_of(name.encode()))

    def test_a_slash_in_front_is_passed_over(self) -> None:
        self.assertEqual("acme/box", name_of(b"/acme/box"))

    def test_what_could_lead_elsewhere_is_refused(self) -> None:
        for name in (
            b"",
            b"/",
            b"//etc/passwd",
            b"../etc/passwd",
            b"/../etc/passwd",
            b"acme/../../etc/passwd",
            b"acme/..",
            b"..",
            b".",
            b"./a",
            b"a/./b",
            b"a//b",
            b"a/",
            b"..\\..\\boot.ini",
            b"a\\b",
            b"%2e%2e/etc/passwd",
            b"..%2fetc/passwd",
            b"a%00",
            b"\xc0\xae\xc0\xae/etc/passwd",
            b"\xff\xfe",
            b"\xed\xa0\x80",
            b"a\nb",
            b"a\x1b[31m",
            b"a\x7f",
            "a\u202egnp.bin".encode(),
            "a\u2028b".encode(),
            b"a" * 401,
        ):
            self.assertRaises(BadName, name_of, name)

    @given(st.binary(max_size=50))
    @settings(deadline=None)
    def test_whatever_comes_is_a_name_or_refused(self, raw: bytes) -> None:
        try:
            path = name_of(raw)
        except BadName:
            return
        self.assertIn(raw, (path.encode(), b"/" + path.encode()))
        self.assertFalse(path.startswith("/"))
        self.assertNotIn("..", path.split("/"))
