"""Names in texts, filled in."""

from __future__ import annotations

from time import process_time

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.configuration.templates import UnknownName, fill, names

FACTS = {"device": {"id": "00147F-1", "serial_number": "1", "empty": ""}, "related": {"x": "{{ device.id }}"}}

texts = st.lists(
    st.sampled_from(
        ["{", "}", "{{", "}}", " ", "\t", ".", "device", "id", "related.x", "device.no", "é", "\n"]
    ),
    max_size=20,
).map("".join)


class TemplateTests(SynchronousTestCase):
    def test_names_are_filled_in(self) -> None:
        for text, filled in (
            ("", ""),
            ("{{ device.id }}", "00147F-1"),
            ("{{device.id}}", "00147F-1"),
            ("{{\tdevice.id   }}", "00147F-1"),
            ("a{{device.id}}b{{ device.serial_number }}c", "a00147F-1b1c"),
            ("[{{ device.empty }}]", "[]"),
            ("{{{ device.serial_number }}}", "{1}"),
            ("{{ {{ device.serial_number }} }}", "{{ 1 }}"),
        ):
            self.assertEqual(filled, fill(text, FACTS))

    def test_braces_around_anything_else_stay(self) -> None:
        for text in (
            "{",
            "{{",
            "{{}}",
            "{{ }}",
            "{device.id}",
            "{{ device.id }",
            "{ { device.id } }",
            "{{ device }}",
            "{{ .id }}",
            "{{ device. }}",
            "{{ Device.id }}",
            "{{ device.id.x }}",
            "{{ device2.id }}",
            "{{ device .id }}",
            "{{\ndevice.id }}",
            '{"a": {"b": 1}}',
        ):
            self.assertEqual(text, fill(text, FACTS))
            self.assertEqual((), names(text))

    def test_what_is_filled_in_is_not_filled_again(self) -> None:
        self.assertEqual("{{ device.id }}", fill("{{ related.x }}", FACTS))
        facts = {"a": {"b": "{", "c": "{ a.d }}", "d": "!", "back": r"\1\g<0>"}}
        self.assertEqual("{{ a.d }}", fill("{{a.b}}{{a.c}}", facts))
        self.assertEqual(r"\1\g<0>", fill("{{a.back}}", facts))

    def test_a_name_for_which_there_is_nothing_is_told(self) -> None:
        for name in ("device.no", "nobody.id", "device.id2", "_._"):
            error = self.assertRaises(UnknownName, fill, "{{ device.id }}{{ " + name + " }}", FACTS)
            self.assertEqual((name, f"there is no {name}"), (error.name, str(error)))

    def test_names_are_listed_in_their_order_each_once(self) -> None:
        self.assertEqual(("b.a", "a.b2"), names("{{ b.a }} {{a.b2}} {{b.a}}"))

    def test_a_long_text_takes_no_more_than_its_length(self) -> None:
        started = process_time()
        for part in ("{", "{{ ", "{{a", "{{a.", "{{a.a", " ", "a", "{{a.a }"):
            fill(part * (1_000_000 // len(part)), FACTS)
        for text in ("{{" + " " * 1_000_000, "{{" + "a" * 1_000_000, "{{a." + "a" * 500_000 + " " * 500_000):
            fill(text, FACTS)
        self.assertLess(process_time() - started, 10)

    @given(texts)
    def test_nothing_but_an_unknown_name_is_ever_wrong(self, text: str) -> None:
        known = {f"{group}.{name}" for group, facts in FACTS.items() for name in facts}
        try:
            fill(text, FACTS)
        except UnknownName as error:
            self.assertIn(error.name, set(names(text)) - known)
        else:
            self.assertLessEqual(set(names(text)), known)
