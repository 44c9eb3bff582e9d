"""Sessions lie in a partition for each week, as readings do, conversations in one for each day.

Partitions are made ahead, and dropped whole.

Days are those of UTC, and a week begins with Monday; each is a range of the numbers that are given out in it
(`acs.store.ids`), so that a row's own key says where it belongs.  Sessions are listed, and a list looks into
every partition: so they have fewer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from twisted.logger import Logger

from acs.store.ids import first_of, time_of
from acs.store.interface import StoreError, StoreUnavailable
from acs.store.postgresql.link import Line
from acs.store.postgresql.schema import LOCK

AHEAD = 8
"""For how many days there are partitions, today's included."""

PARTITIONED = {"sessions": 7, "conversations": 1, "readings": 7}
"""The tables, and how many days each partition has."""

_NAME = re.compile(rf"(?:{'|'.join(PARTITIONED)})_(\d{{8}})")
_NAMES = (
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    " WHERE i.inhparent = '{table}'::regclass ORDER BY 1"
)
# An older schema has fewer.
_THERE = (
    "SELECT relname FROM pg_class WHERE relkind = 'p' AND pg_table_is_visible(oid)"
    f" AND relname IN ({', '.join(repr(table) for table in PARTITIONED)}) ORDER BY 1"
)

log = Logger()


async def make_ahead(line: Line, now: float) -> None:
    """See to it that the next days have their partitions."""
    today = datetime.fromtimestamp(now, UTC).date()
    for (table,) in await line.say(_THERE):
        await make(line, table, [today + timedelta(days=number) for number in range(AHEAD)])


async def make(line: Line, table: str, days: Iterable[date]) -> None:
    """See to it that these days have their partitions of this table."""
    wanted = {_first(day, PARTITIONED[table]) for day in days}
    if wanted.difference(await _days(line, table)):
        await _make_all(line, table, wanted)


def day_of(number: int) -> date:
    """The day on which the number was given out."""
    return datetime.fromtimestamp(time_of(number), UTC).date()


async def _make_all(line: Line, table: str, wanted: set[date]) -> None:
    await line.say(f"SELECT pg_advisory_lock({LOCK})")
    try:
        for day in sorted(wanted.difference(await _days(line, table))):
            await _make(line, table, day)
    finally:
        if line.open:
            await line.say(f"SELECT pg_advisory_unlock({LOCK})")


async def _make(line: Line, table: str, day: date) -> None:
    first, end = _numbers(table, day)
    try:
        await line.say(
            f"CREATE TABLE {_name(table, day)} PARTITION OF {table} FOR VALUES FROM ({first}) TO ({end})"
        )
    except StoreUnavailable:
        raise
    except StoreError as error:
        # Rows of that time lie with the rest already, where the clock was set back: there they stay.
        log.warn("{table} has no partition from {day} on: {error}", table=table, day=day, error=error)


async def drop_before(line: Line, table: str, number: int) -> int:
    """Drop the partitions of this table whose rows all have keys below ``number``; how many rows that were.

    Raises `StoreUnavailable` where somebody is reading them for too long.
    """
    gone = 0
    for day in await _days(line, table):
        if _numbers(table, day)[1] <= number:
            name = _name(table, day)
            ((count,),) = await line.say(f"SELECT count(*) FROM {name}")
            await line.say(f"SET lock_timeout = '2s'; DROP TABLE {name}; SET lock_timeout = 0")
            gone += count
    return gone


async def _days(line: Line, table: str) -> list[date]:
    """With which day each partition of the table begins."""
    names = [_NAME.fullmatch(name) for (name,) in await line.say(_NAMES.format(table=table))]
    return [datetime.strptime(name[1], "%Y%m%d").date() for name in names if name]


def _name(table: str, day: date) -> str:
    return f"{table}_{day:%Y%m%d}"


def _first(day: date, days: int) -> date:
    """The day with which its partition begins."""
    # Day 1 of the calendar was a Monday.
    return date.fromordinal(day.toordinal() - (day.toordinal() - 1) % days)


def _numbers(table: str, day: date) -> tuple[int, int]:
    """The first number of the partition that begins with this day, and the first one of the next."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    return first_of(begin), first_of(begin + PARTITIONED[table] * 86400)
