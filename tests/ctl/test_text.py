"""Text for a terminal: nothing that a device sends is obeyed by it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.ctl.text import cut, moment, plain, pretty_xml, printable, shown, width

ANY_TEXT = st.text(st.characters(exclude_categories=[]))


class PrintableTests(SynchronousTestCase):
    def test_escape_sequences_are_shown_and_not_sent(self) -> None:
        self.assertEqual(r"\x1b[2J\x07owned", printable("\x1b[2J\x07owned"))

    def test_eight_bit_controls_and_text_that_turns_direction_are_shown(self) -> None:
        self.assertEqual(r"\x9b31m \u202e", printable("\x9b31m \u202e"))

    def test_lone_surrogates_are_shown(self) -> None:
        self.assertEqual(r"\ud800", printable("\ud800"))

    def test_letters_of_any_script_stay(self) -> None:
        self.assertEqual("Ångström 漢字", printable("Ångström 漢字"))

    def test_what_is_to_be_kept_stays(self) -> None:
        self.assertEqual("a\n\tb\\r", printable("a\n\tb\r", keep="\n\t"))

    @given(ANY_TEXT)
    @settings(max_examples=200, deadline=None)
    def test_no_text_leaves_a_character_that_is_not_plainly_visible(self, text: str) -> None:
        self.assertTrue(printable(text).isprintable())


class WidthTests(SynchronousTestCase):
    def test_wide_characters_take_two_columns_and_accents_none(self) -> None:
        self.assertEqual((3, 4, 1), (width("abc"), width("漢字"), width("e\u0301")))

    def test_text_that_fits_is_not_cut(self) -> None:
        self.assertEqual("abc", cut("abc", 3))

    def test_text_that_does_not_fit_ends_in_an_ellipsis(self) -> None:
        self.assertEqual("ab…", cut("abcd", 3))

    @given(st.text(), st.integers(1, 20))
    @settings(max_examples=200, deadline=None)
    def test_cut_text_never_takes_more_than_its_columns(self, text: str, columns: int) -> None:
        self.assertLessEqual(width(cut(printable(text), columns)), columns)


class ShownTests(SynchronousTestCase):
    def test_nothing_is_a_dash(self) -> None:
        self.assertEqual(["-"] * 4, [shown(value) for value in (None, "", [], {})])

    def test_false_and_zero_are_not_nothing(self) -> None:
        self.assertEqual(["no", "yes", "0"], [shown(value) for value in (False, True, 0)])

    def test_a_value_with_a_source_names_it(self) -> None:
        self.assertEqual("1.2 (model)", shown({"value": "1.2", "source": "model"}))
        self.assertEqual("-", shown({"value": "", "source": ""}))

    def test_lists_and_objects_stay_on_one_line(self) -> None:
        self.assertEqual("0 BOOTSTRAP, 1 BOOT", shown(["0 BOOTSTRAP", "1 BOOT"]))
        self.assertEqual(r"a\n=1, b=-", shown({"a\n": 1, "b": None}))

    def test_times_are_given_to_the_second(self) -> None:
        self.assertEqual("2026-11-23 19:30:00Z", moment("2026-11-23T19:30:00.123456Z"))
        self.assertEqual("-", moment(None))


class XmlTests(SynchronousTestCase):
    def test_a_message_is_laid_out(self) -> None:
        self.assertEqual("<a>\n  <b>x</b>\n</a>", pretty_xml(b"<a><b>x</b></a>"))

    def test_what_is_not_xml_is_shown_as_it_is(self) -> None:
        self.assertEqual("<a><b>", pretty_xml(b"<a><b>"))
        self.assertEqual("", pretty_xml(b""))

    def test_entities_are_neither_expanded_nor_fetched(self) -> None:
        body = b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd"><!ENTITY b "boom">]><a b="&b;">&e;</a>'
        self.assertEqual(body.decode(), pretty_xml(body))

    def test_terminal_commands_in_a_message_are_shown(self) -> None:
        self.assertEqual(r"<a>\x9b2J</a>", pretty_xml("<a>\x9b2J</a>".encode()))

    def test_bytes_that_are_no_text_are_shown_by_their_numbers(self) -> None:
        self.assertEqual("a\\xff\\x1b\nb", plain(b"a\xff\x1b\r\nb"))
