"""The levels of configurations."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.configuration.levels import is_level, level_at, level_of, newest

LEVEL = "2026-11-23T19:30:00.123456Z"
times = st.datetimes(timezones=st.timezones(), min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1))


class LevelTests(SynchronousTestCase):
    def test_a_level_is_a_time_in_utc_to_the_microsecond(self) -> None:
        self.assertEqual(LEVEL, level_at(1795462200.123456))
        self.assertEqual("1970-01-01T00:00:00.000000Z", level_at(0))
        self.assertEqual("1969-12-31T23:59:59.500000Z", level_at(-0.5))

    def test_a_time_in_another_zone_has_the_level_of_its_instant(self) -> None:
        zone = timezone(timedelta(hours=2))
        self.assertEqual(LEVEL, level_of(datetime(2026, 11, 23, 21, 30, 0, 123456, zone)))

    def test_there_is_no_level_before_the_year_1_or_after_9999(self) -> None:
        for seconds in (1e300, -1e300, 253402300800, -62135596801, float("inf"), float("nan")):
            self.assertRaises(ValueError, level_at, seconds)

    def test_the_newest_is_the_latest_time(self) -> None:
        self.assertEqual("", newest([]))
        self.assertEqual(LEVEL, newest(iter(["", LEVEL, level_at(0)])))

    def test_a_level_is_told_from_other_texts(self) -> None:
        self.assertTrue(is_level(LEVEL))
        for text in (
            "",
            "2026-11-23T19:30:00Z",
            "2026-11-23T19:30:00.123Z",
            "2026-11-23T19:30:00.1234567Z",
            "2026-11-23T19:30:00.123456+00:00",
            "2026-11-23 19:30:00.123456Z",
            "2026-13-23T19:30:00.123456Z",
            "2026-11-23T24:30:00.123456Z",
            "0000-11-23T19:30:00.123456Z",
            "٢٠٢٦-11-23T19:30:00.123456Z",
            LEVEL + "\n",
            " " + LEVEL,
            "key",
        ):
            self.assertFalse(is_level(text), text)

    @given(times, times)
    def test_levels_are_in_the_order_of_their_texts(self, one: datetime, other: datetime) -> None:
        levels = level_of(one), level_of(other)
        self.assertEqual((one < other, one == other), (levels[0] < levels[1], levels[0] == levels[1]))
        for level in levels:
            self.assertTrue(is_level(level) and len(level) == 27)

    @given(st.integers(0, 4 * 10**15))
    def test_no_microsecond_is_lost(self, microseconds: int) -> None:
        level = level_at(microseconds / 1e6)
        self.assertEqual(microseconds % 10**6, int(level[20:26]))

    @given(st.text(max_size=30))
    def test_any_text_may_be_asked_about(self, text: str) -> None:
        is_level(text)
