"""The check of values against their schema, which knows no more than it enforces."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from twisted.trial.unittest import SynchronousTestCase

from acs.web.serving.schema import errors, line, lines, moment, nullable, objects, whole

SCHEMA = objects(
    {
        "name": line(5, 1),
        "notes": lines(20),
        "role": nullable({"type": "string", "enum": ["a", "b"]}),
        "tags": {"type": "array", "items": line(3), "maxItems": 2},
        "size": {"type": "integer", "minimum": 1, "maximum": 9},
        "urgent": {"type": "boolean"},
        "rest": {"type": "object"},
    },
    required=("name",),
    minProperties=2,
)
# The validator has Python's "$", which is also before a line's end.
STANDARD = json.loads(json.dumps(SCHEMA).replace('$"', r'\\Z"'))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 12)
    | st.sampled_from([5.0, 5.5, 1e300])
    | st.text(st.sampled_from("ab\n\x7f\x01é"), max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*SCHEMA["properties"], "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


class ErrorTests(SynchronousTestCase):
    def found(self, value: Any) -> dict[str, str]:
        """What is wrong, by field."""
        return {error.field: error.reason for error in errors(value, SCHEMA)}

    def test_what_is_right_has_no_errors(self) -> None:
        self.assertEqual(
            {},
            self.found(
                {"name": "x", "notes": "a\nb", "role": None, "tags": ["a"], "size": 9, "rest": {"z": 1}}
            ),
        )

    def test_a_text_that_is_too_short_is_told_how_long_it_has_to_be(self) -> None:
        self.assertEqual({"name": "must not be empty"}, self.found({"name": "", "size": 1}))
        (short,) = errors("short", line(20, 8), "password")
        self.assertEqual("must not be shorter than 8 characters", short.reason)

    def test_everything_wrong_is_named_at_once(self) -> None:
        value = {"notes": "\0", "role": "c", "tags": ["abcd", 1], "size": True, "urgent": "no", "x": 1}
        self.assertEqual(
            {
                "name": "missing",
                "notes": r"must match ^[^\x00]*$",
                "role": "must be one of a, b",
                "tags[0]": "must not be longer than 3 characters",
                "tags[1]": "must be a string",
                "size": "must be an integer",
                "urgent": "must be a boolean",
                "x": "unknown; known: name, notes, role, tags, size, urgent, rest",
            },
            self.found(value),
        )

    def test_a_line_ends_where_it_ends(self) -> None:
        self.assertEqual(["name"], list(self.found({"name": "x\n", "size": 1})))

    @settings(max_examples=200, deadline=None)
    @given(VALUES)
    @example({"name": "a\n", "size": 1})
    def test_it_says_what_the_standards_validator_says(self, value: Any) -> None:
        found = list(errors(whole(value, SCHEMA), SCHEMA))
        self.assertEqual(Draft202012Validator(STANDARD).is_valid(value), not found)

    def test_five_point_nought_is_five_where_an_integer_is_meant(self) -> None:
        many: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "integer"}}
        for schema, value, wanted in (
            ({"type": "integer"}, 5.0, 5),
            ({"type": ["integer", "null"]}, 5.0, 5),
            ({"type": "integer"}, 5.5, 5.5),
            ({"type": "number"}, 5.0, 5.0),
            ({"type": ["integer", "number"]}, 5.0, 5.0),
            ({"type": "array", "items": {"type": "integer"}}, [5.0], [5]),
            (many, {"a": 5.0}, {"a": 5}),
            ({"type": "object"}, {"a": 5.0}, {"a": 5.0}),
        ):
            self.assertEqual(repr(wanted), repr(whole(value, schema)))


class MomentTests(SynchronousTestCase):
    def test_times_are_read_in_any_zone(self) -> None:
        for text in ("2026-11-23T19:30:00Z", "2026-11-23t20:30:00.000+01:00", "2026-11-23T19:30:00z"):
            self.assertEqual("2026-11-23T19:30:00+00:00", moment(text).isoformat())

    def test_what_is_no_time_is_refused(self) -> None:
        for text in (
            "",
            "now",
            "2026-11-23",
            "2026-11-23T19:30:00",
            "2026-02-30T00:00:00Z",
            "2026-11-23T24:30:00Z",
            "0001-01-01T00:00:00+14:00",
            "2026-11-23 19:30:00Z",
            "２026-11-23T19:30:00Z",
            "2026-11-23T19:30:00Z\n",
        ):
            self.assertRaises(ValueError, moment, text)
