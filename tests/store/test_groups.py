"""Group commit, over a database that does what the test says."""

from __future__ import annotations

from twisted.internet.defer import ensureDeferred
from twisted.internet.task import Clock
from twisted.logger import LogLevel, capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from acs.store.database import Statement, Table
from acs.store.groups import GroupCommit
from acs.store.interface import StoreClosed, StoreConflict, StoreError, StoreUnavailable
from tests.store.scripted import ScriptedDatabase

ROWS = Table("rows", ("id", "value"), "(id) DO NOTHING")
OTHERS = Table("others", ("id",), "(id) DO NOTHING")


class GroupCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.database = ScriptedDatabase()
        self.clock = Clock()
        self.groups = GroupCommit(self.database, self.clock, keep=100)

    def append(self, *numbers: int) -> None:
        for number in numbers:
            self.groups.append((ROWS, (number, f"v{number}")))


class WhenTests(GroupCase):
    """When a group goes out."""

    def test_forty_milliseconds_after_its_first_word(self) -> None:
        self.append(1)
        self.clock.advance(0.03)
        self.groups.behind(Statement("later"))
        self.clock.advance(0.0099)
        self.assertEqual([], self.database.commits)
        self.clock.advance(0.0002)
        self.assertEqual([("INSERT INTO rows", (1, "v1")), ("later", ())], self.database.last)
        self.database.succeed()
        self.clock.advance(5)
        self.assertEqual(1, len(self.database.commits))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_with_the_256th_row_at_once(self) -> None:
        self.append(*range(255))
        self.assertEqual([], self.database.commits)
        self.append(255)
        self.assertEqual(1, len(self.database.commits))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_with_all_that_belongs_to_the_256th_row(self) -> None:
        for number in range(256):
            self.groups.append((ROWS, (number, "")), (OTHERS, (number,)))
        self.assertEqual([128] * 4 + [64] * 4, [len(parameters) for _, parameters in self.database.last])

    def test_what_is_gathered_goes_with_its_group_even_where_it_fills_that(self) -> None:
        gathered = iter(range(1000))

        def gather() -> None:
            for number in [next(gathered) for _ in range(300)]:
                self.groups.append((OTHERS, (number,)))

        self.groups.gather = gather
        self.append(1)
        self.groups.committed()
        self.assertEqual(1, len(self.database.commits))
        self.assertEqual([2, 64, 64, 64, 64, 44], [len(parameters) for _, parameters in self.database.last])

    def test_rows_that_are_short_of_their_last_texts_have_statements_of_their_own(self) -> None:
        self.groups.append((ROWS, (1,)))
        self.groups.append((ROWS, (2, "v2")))
        self.groups.append((ROWS, (3,)))
        self.groups.committed()
        ((short,), (whole,)) = self.database.commits[-1]
        self.assertEqual(
            ("INSERT INTO rows (id, value) VALUES (?, ''), (?, '') ON CONFLICT (id) DO NOTHING", (1, 3)),
            (short.sql, short.parameters),
        )
        self.assertEqual((2, "v2"), whole.parameters)

    def test_at_once_where_somebody_waits_and_the_database_is_idle(self) -> None:
        for say in (lambda: self.groups.write(Statement("x")), self.groups.committed):
            self.append(1)
            waiting = say()
            self.assertNoResult(waiting)
            self.database.succeed()
            self.successResultOf(waiting)
        self.assertEqual(2, len(self.database.commits))

    def test_what_is_on_disk_is_told_by_its_number(self) -> None:
        self.append(1)
        first = self.groups.number
        self.groups.committed()
        self.assertEqual((first + 1, first - 1), (self.groups.number, self.groups.landed))
        self.append(2)
        self.groups.committed()
        self.database.succeed()
        self.assertEqual(first, self.groups.landed)
        self.database.succeed()
        self.assertEqual(first + 1, self.groups.landed)

    def test_with_all_that_was_said_while_the_database_was_busy(self) -> None:
        first = self.groups.write(Statement("a"))
        second, third = self.groups.write(Statement("b")), self.groups.write(Statement("c"))
        self.append(*range(100))
        self.assertEqual([("a", ())], self.database.last)
        self.database.succeed()
        self.successResultOf(first)
        self.assertEqual(["b", "c"], [sql for sql, _ in self.database.last[2:]])
        self.assertNoResult(second)
        self.database.succeed()
        self.successResultOf(second)
        self.successResultOf(third)

    def test_what_nobody_waits_for_is_left_to_grow_while_the_database_is_busy(self) -> None:
        self.groups.write(Statement("a"))
        self.append(1)
        self.database.succeed()
        self.assertEqual(1, len(self.database.commits))
        self.clock.advance(0.041)
        self.assertEqual(2, len(self.database.commits))

    def test_nothing_to_wait_for_is_no_group(self) -> None:
        self.successResultOf(self.groups.committed())
        self.assertEqual([], self.database.commits)

    def test_what_must_come_before_is_called_before_each(self) -> None:
        called: list[int] = []
        self.groups = GroupCommit(
            self.database, self.clock, before=lambda: called.append(len(self.database.commits))
        )
        for _ in range(2):
            self.groups.write(Statement("a"))
            self.database.succeed()
        self.assertEqual([0, 1], called)


class WhatTests(GroupCase):
    """What is in a group."""

    def test_rows_go_together_sixty_four_to_a_statement(self) -> None:
        self.groups.write(Statement("a"))
        self.append(*range(1000, 1000 + 64 + 64 + 2))
        self.database.succeed()
        self.clock.advance(0.041)
        sizes = [len(parameters) // 2 for _, parameters in self.database.last]
        self.assertEqual([64, 64, 2], sizes)
        values = [value for _, parameters in self.database.last for value in parameters[::2]]
        self.assertEqual(list(range(1000, 1130)), values)
        sql = self.database.commits[-1][2][0].sql
        self.assertEqual(
            "INSERT INTO rows (id, value) VALUES (?, ?), (?, ?) ON CONFLICT (id) DO NOTHING", sql
        )

    def test_a_row_said_again_is_written_once(self) -> None:
        self.append(1, 2)
        self.groups.append((ROWS, (1, "new")))
        self.groups.append((OTHERS, (1,)))
        self.groups.committed()
        self.assertEqual(
            [("INSERT INTO rows", (1, "new", 2, "v2")), ("INSERT INTO others", (1,))], self.database.last
        )

    def test_rows_come_first_then_units_in_the_order_of_saying(self) -> None:
        self.groups.behind(Statement("a"), Statement("b", (1,)))
        self.groups.write(Statement("c"))
        self.database.succeed()
        self.groups.write(Statement("d"))
        self.groups.behind(Statement("e"))
        self.append(1)
        self.database.succeed()
        self.clock.advance(0.041)
        said = [[sql for sql, _ in self.flat(commit)] for commit in self.database.commits]
        self.assertEqual([["a", "b", "c"], ["d"], ["INSERT INTO rows", "e"]], said)
        self.assertEqual([2, 1], [len(unit) for unit in self.database.commits[0]])

    def flat(self, commit: list[list[Statement]]) -> list[tuple[str, int]]:
        return [(s.sql.split(" (")[0], len(s.parameters)) for unit in commit for s in unit]

    def test_each_unit_gets_its_rows(self) -> None:
        self.append(1)
        first, second = self.groups.write(Statement("a")), self.groups.write(Statement("b"))
        self.database.succeed(a=[(1,), (2,)])
        self.assertEqual([(1,), (2,)], self.successResultOf(first))
        self.database.succeed(b=[(3,)])
        self.assertEqual([(3,)], self.successResultOf(second))


class RefusalTests(GroupCase):
    """The database is well, and does not want something."""

    def test_who_waits_for_a_unit_is_told_and_nobody_else(self) -> None:
        self.append(1)
        self.groups.behind(Statement("c"))
        good, bad, all_ = (
            self.groups.write(Statement("a")),
            self.groups.write(Statement("b")),
            self.groups.committed(),
        )
        self.database.succeed(a=[(1,)])
        self.successResultOf(good)
        self.database.succeed(b=StoreConflict("taken"))
        self.failureResultOf(bad, StoreConflict)
        self.successResultOf(all_)

    def test_what_nobody_waits_for_is_logged_and_whoever_waits_for_all_is_told(self) -> None:
        self.groups.behind(Statement("a"))
        early = self.groups.committed()
        self.groups.behind(Statement("b"))
        late = self.groups.committed()
        with capturedLogs() as logged:
            self.database.succeed(a=StoreError("no such column"))
        self.assertEqual([("a", LogLevel.error)], [(event["sql"], event["log_level"]) for event in logged])
        self.failureResultOf(early, StoreError)
        self.failureResultOf(late, StoreError)
        self.database.succeed()
        self.append(1)
        afterwards = self.groups.committed()
        self.database.succeed()
        self.successResultOf(afterwards)

    def test_a_bad_row_does_not_take_its_neighbours_with_it(self) -> None:
        self.append(*range(10))
        waiting = self.groups.committed()
        self.database.refuse_rows(5)
        self.assertNoResult(waiting)
        self.assertEqual(
            [1] * 10,
            [len(statement.parameters) // 2 for unit in self.database.commits[-1] for statement in unit],
        )
        with capturedLogs() as logged:
            self.database.refuse_rows(5)
        self.assertEqual(1, len(logged))
        self.failureResultOf(waiting, StoreError)
        self.assertEqual(2, len(self.database.commits))

    def test_nor_comes_a_row_after_a_later_one_of_its_key(self) -> None:
        self.append(1, 2)
        self.groups.committed()
        self.groups.append((ROWS, (1, "later")))
        self.groups.append((ROWS, (3, "other")))
        self.database.refuse_rows("v2")
        self.assertEqual([(1, "later", 3, "other"), (2, "v2")], [values for _, values in self.database.last])


class OutageTests(GroupCase):
    """The database cannot be written."""

    def test_everybody_who_waits_is_told(self) -> None:
        written = self.groups.write(Statement("a"))
        self.database.fail()
        self.failureResultOf(written, StoreUnavailable)
        self.append(1)
        waiting = self.groups.committed()
        self.clock.advance(0.5)
        self.database.fail()
        self.failureResultOf(waiting, StoreUnavailable)

    def test_what_nobody_waited_for_is_tried_again_in_order(self) -> None:
        self.groups.behind(Statement("a"))
        self.append(1, 2)
        lost = self.groups.write(Statement("lost"))
        self.groups.behind(Statement("b"))
        self.groups.append((ROWS, (1, "newer")))
        self.append(3)
        self.database.fail()
        self.failureResultOf(lost)
        self.groups.behind(Statement("c"))
        self.clock.advance(0.49)
        self.assertEqual(1, len(self.database.commits))
        self.clock.advance(0.02)
        wanted = [
            ("INSERT INTO rows", (1, "newer", 2, "v2", 3, "v3")),
            ("a", ()),
            ("b", ()),
            ("c", ()),
        ]
        self.assertEqual(wanted, self.database.last)
        self.database.fail()
        self.clock.advance(0.51)
        self.assertEqual(wanted, self.database.last)
        self.database.succeed()
        self.clock.advance(10)
        self.assertEqual(3, len(self.database.commits))
        self.successResultOf(self.groups.committed())

    def test_meanwhile_a_group_is_tried_every_half_second(self) -> None:
        self.groups.write(Statement("a")).addErrback(lambda _: None)
        self.database.fail()
        waiting = [self.groups.write(Statement(str(number))) for number in range(10)]
        self.clock.advance(0.49)
        self.assertEqual(1, len(self.database.commits))
        self.clock.advance(0.02)
        self.assertEqual(10, len(self.database.last))
        self.database.succeed()
        for each in waiting:
            self.successResultOf(each)

    def test_an_empty_group_is_tried_too_so_that_its_end_is_noticed(self) -> None:
        refused = self.groups.write(Statement("a"))
        self.assertFalse(self.groups.failing)
        self.database.fail()
        self.failureResultOf(refused, StoreUnavailable)
        self.assertTrue(self.groups.failing)
        self.clock.advance(0.5)
        self.assertEqual([1, 0], [len(commit) for commit in self.database.commits])
        self.database.fail()
        self.clock.advance(0.5)
        self.assertTrue(self.groups.failing)
        self.database.succeed()
        self.assertFalse(self.groups.failing)
        self.clock.advance(5)
        self.assertEqual(3, len(self.database.commits))

    def test_reading_does_not_wait_for_it(self) -> None:
        self.append(1)
        early = self.groups.tried()
        self.database.fail()
        self.successResultOf(early)
        self.successResultOf(self.groups.tried())
        self.clock.advance(0.5)
        again = self.groups.tried()
        self.assertNoResult(again)
        self.database.succeed()
        self.successResultOf(again)

    def test_there_is_an_end_to_what_is_kept_and_the_loss_is_said(self) -> None:
        self.groups.write(Statement("a")).addErrback(lambda _: None)
        self.append(*range(130))
        for number in range(120):
            self.groups.behind(Statement(str(number)))
        self.database.succeed()
        self.groups.committed().addErrback(lambda _: None)
        with capturedLogs() as logged:
            self.database.fail()
        self.assertEqual([(50, LogLevel.critical)], [(event["lost"], event["log_level"]) for event in logged])
        self.clock.advance(0.5)
        rows = [
            value for sql, values in self.database.last if sql == "INSERT INTO rows" for value in values[::2]
        ]
        self.assertEqual(list(range(30, 130)), rows)
        units = [sql for sql, _ in self.database.last if sql.isdigit()]
        self.assertEqual([str(number) for number in range(20, 120)], units)

    def test_a_database_that_breaks_its_word_is_an_outage(self) -> None:
        waiting = self.groups.write(Statement("a"))
        self.database.fail(ZeroDivisionError("a bug"))
        failure = self.failureResultOf(waiting, StoreUnavailable)
        self.assertIn("a bug", str(failure.value))
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))


class CloseTests(GroupCase):
    def test_closing_writes_what_is_left(self) -> None:
        self.append(1)
        closing = ensureDeferred(self.groups.close())
        self.assertNoResult(closing)
        self.database.succeed()
        self.successResultOf(closing)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_closing_tells_what_could_not_be_written(self) -> None:
        self.append(1, 2)
        self.groups.behind(Statement("a"))
        closing = ensureDeferred(self.groups.close())
        with capturedLogs() as logged:
            self.database.fail()
        self.failureResultOf(closing, StoreUnavailable)
        self.assertEqual([3], [event["lost"] for event in logged])
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_closing_tries_once_more_what_failed_before(self) -> None:
        self.append(1)
        self.groups.committed().addErrback(lambda _: None)
        self.database.fail()
        closing = ensureDeferred(self.groups.close())
        self.clock.advance(0.5)
        self.database.succeed()
        self.successResultOf(closing)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_what_one_piece_after_the_other_is_written_ends_with_its_next(self) -> None:
        told: list[StoreError] = []
        pieces: list[int] = []

        def again(_: object = None) -> None:
            pieces.append(1)
            self.groups.write(Statement("piece")).addCallbacks(
                again, lambda failure: told.append(failure.value)
            )

        again()
        closing = ensureDeferred(self.groups.close())
        self.database.succeed()
        self.successResultOf(closing)
        self.assertEqual((1, [StoreClosed]), (len(self.database.commits), list(map(type, told))))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_who_waits_for_what_is_lost_is_told(self) -> None:
        self.append(1)
        closing = ensureDeferred(self.groups.close())
        self.append(2)
        waiting = self.groups.committed()
        with capturedLogs():
            self.database.fail()
        self.failureResultOf(closing, StoreUnavailable)
        self.failureResultOf(waiting, StoreClosed)

    def test_who_says_something_to_closed_ones_is_told_at_once(self) -> None:
        self.successResultOf(ensureDeferred(self.groups.close()))
        for waiting in (self.groups.write(Statement("a")), self.groups.committed(), self.groups.tried()):
            self.failureResultOf(waiting, StoreClosed)
        self.assertRaises(StoreClosed, self.append, 1)
        self.assertRaises(StoreClosed, self.groups.behind, Statement("a"))
        self.successResultOf(ensureDeferred(self.groups.close()))
        self.assertEqual(([], []), (self.database.commits, self.clock.getDelayedCalls()))
        self.groups.open()
        self.append(1)
        self.groups.committed()
        self.assertEqual(1, len(self.database.commits))
