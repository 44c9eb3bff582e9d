"""What hooks answer is read, or refused with a reason that shows no value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs.configuration.document import Entry
from acs.hooks import HookFailed, Related
from acs.hooks.reading import LONGEST_FACT, MOST_FACTS, entries_of, related_of, truth_of

LEVEL = "2026-11-23T19:30:00.000000Z"


class RelatedTests(SynchronousTestCase):
    def refused(self, answer: Any) -> str:
        return str(self.assertRaises(HookFailed, related_of, answer))

    def test_it_is_a_value_or_a_mapping_of_its_members(self) -> None:
        facts = {"wifi_ssid": "Café"}
        wanted = Related("17", facts, LEVEL)
        self.assertEqual(wanted, related_of(wanted))
        self.assertEqual(wanted, related_of({"id": 17, "facts": facts, "level": "2026-11-23T19:30:00Z"}))
        self.assertEqual(Related("a"), related_of({"id": "a", "facts": None, "level": None}))

    def test_nothing_is_no_related_device(self) -> None:
        self.assertIsNone(related_of(None))

    def test_facts_are_texts_and_what_is_written_as_one(self) -> None:
        answer = {"id": "a", "facts": {"port": 5, "on": True, "none": None, "big": 2**70}}
        found = related_of(answer)
        assert found is not None
        self.assertEqual({"port": "5", "on": "true", "big": str(2**70)}, found.facts)

    def test_a_level_is_a_time_of_any_zone(self) -> None:
        time = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)
        for level in (time, time.astimezone(timezone(timedelta(hours=5))), "2026-11-23T20:30:00+01:00"):
            found = related_of({"id": "a", "level": level})
            assert found is not None
            self.assertEqual(LEVEL, found.level)

    def test_what_is_something_else_is_refused_by_what_it_is(self) -> None:
        for answer, reason in {
            "text": "the related device is a text",
            5: "the related device is a number",
            ("a",): "the related device is a tuple",
        }.items():
            self.assertEqual(reason, self.refused(answer))

    def test_what_is_wrong_with_a_member_is_told_without_its_value(self) -> None:
        for members, reason in (
            ({"id": ""}, "the id of the related device is no text of 1 to 256 characters"),
            ({"id": True}, "the id of the related device is no text"),
            ({"id": "a\0b"}, "the id of the related device is no text"),
            ({"name": "x"}, "the related device has a member 'name'"),
            ({"facts": ["hush"]}, "the facts are not up to 1000 texts by name"),
            ({"facts": dict.fromkeys(map(str, range(MOST_FACTS + 1)), "x")}, "the facts are not up to"),
            ({"facts": {"SSID!": "hush"}}, "a fact is called 'SSID!'"),
            ({"facts": {5: "hush"}}, "a fact is called '5'"),
            ({"facts": {"ssid": ["hush"]}}, "the fact ssid is a list"),
            ({"facts": {"ssid": "hush\x01"}}, "the fact ssid is too long, or has a character"),
            ({"facts": {"ssid": "h" * (LONGEST_FACT + 1)}}, "the fact ssid is too long"),
            ({"level": "yesterday"}, "the level is no time with its zone"),
            ({"level": "2026-11-23T19:30:00"}, "the level is no time with its zone"),
            ({"level": 12}, "the level is no time with its zone"),
        ):
            said = self.refused({"id": "a", **members})
            self.assertIn(reason, said)
            self.assertNotIn("hush", said)


class OtherTests(SynchronousTestCase):
    def test_a_question_is_answered_by_yes_or_no_and_by_nothing_like_it(self) -> None:
        self.assertEqual([True, False], [truth_of(True), truth_of(False)])
        for answer in (1, "true", None, [True]):
            self.assertIn("not true or false", str(self.assertRaises(HookFailed, truth_of, answer)))

    def test_a_configuration_is_a_document(self) -> None:
        self.assertEqual({".A": Entry("5")}, entries_of({".A": 5}))
        self.assertIsNone(entries_of(None))

    def test_what_is_wrong_with_one_is_told_without_its_values(self) -> None:
        for answer in (
            {5: "hush"},
            {".A": {None: "hush"}},
            {"nowhere": "hush"},
            {".A": {"value": "hush", "what": 1}},
            {".A": object()},
        ):
            said = str(self.assertRaises(HookFailed, entries_of, answer))
            self.assertTrue(said.startswith("the configuration"), said)
            self.assertNotIn("hush", said)
