"""When new sessions are settled."""

from __future__ import annotations

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from acs.store.groups import GroupCommit
from acs.store.records import Device
from acs.store.residents import Resident, Residents
from acs.store.settling import PIECE, SECONDS, Settling
from tests.store.scripted import ScriptedDatabase

MORE = "SELECT 1 FROM sessions WHERE settled = 0 LIMIT 1"


class SettlingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.database = ScriptedDatabase()
        self.clock = Clock()
        self.groups = GroupCommit(self.database, self.clock)
        self.residents = Residents(limit=1)
        self.settling = Settling(self.groups, self.clock, self.residents)

    @property
    def said(self) -> int:
        """How often settling was asked of the database."""
        return sum(any(s.sql == MORE for s in unit) for commit in self.database.commits for unit in commit)

    def land(self, more: bool = False) -> None:
        """The transaction is committed; there are more sessions, or not."""
        unit = self.database.commits[-1][0][0].sql
        self.database.succeed(**{unit: [(1,)] if more else []})

    def settle(self) -> Deferred[None]:
        return ensureDeferred(self.settling.settle())

    def test_some_seconds_after_a_change_and_not_again(self) -> None:
        self.settling.appended()
        self.settling.appended()
        self.clock.advance(SECONDS - 0.1)
        self.assertEqual(0, self.said)
        self.clock.advance(0.2)
        self.assertEqual(1, self.said)
        self.land()
        self.clock.advance(10 * SECONDS)
        self.assertEqual(1, self.said)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_with_so_many_sessions_at_once(self) -> None:
        for _ in range(PIECE - 1):
            self.settling.appended()
        self.assertEqual(0, self.said)
        self.settling.appended()
        self.assertEqual(1, self.said)

    def test_piece_by_piece_until_there_are_no_more(self) -> None:
        self.settling.appended()
        settling = self.settle()
        for _ in range(3):
            self.land(more=True)
            self.assertNoResult(settling)
        self.land()
        self.successResultOf(settling)
        self.assertEqual(4, self.said)

    def test_where_there_is_nothing_new_there_is_nothing_to_do(self) -> None:
        self.successResultOf(self.settle())
        self.settling.appended()
        settling = self.settle()
        self.land()
        self.successResultOf(settling)
        self.successResultOf(self.settle())
        self.assertEqual(1, self.said)

    def test_a_reader_waits_for_what_is_under_way(self) -> None:
        self.settling.appended()
        first = self.settle()
        second = self.settle()
        self.land()
        self.successResultOf(first)
        self.assertNoResult(second)
        self.land()
        self.successResultOf(second)

    def test_what_could_not_be_settled_is_tried_again(self) -> None:
        self.settling.appended()
        settling = self.settle()
        with capturedLogs() as logged:
            self.database.fail()
        self.successResultOf(settling)
        self.assertEqual(1, len(logged))
        self.clock.advance(0.5)
        self.database.succeed()  # the group by which the end of the failure is found out
        self.clock.advance(SECONDS + 1)
        self.assertEqual(2, self.said)
        self.land()
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_a_device_may_leave_memory_once_its_change_is_settled(self) -> None:
        changed = Resident(Device("a", "", "", "", ""))
        self.residents.add(changed)
        self.settling.changed(changed)
        settling = self.settle()
        self.residents.add(Resident(Device("b", "", "", "", "")))
        self.assertIs(changed, self.residents.get("a"))
        self.land()
        self.successResultOf(settling)
        for name in "bcd":
            self.residents.add(Resident(Device(name, "", "", "", "")))
        self.assertIsNone(self.residents.get("a"))
        self.assertEqual(1, len(self.residents))

    def test_but_not_where_it_has_changed_again_meanwhile(self) -> None:
        changed = Resident(Device("a", "", "", "", ""))
        self.residents.add(changed)
        self.settling.changed(changed)
        settling = self.settle()
        self.settling.changed(changed)
        self.land()
        self.successResultOf(settling)
        for name in "bcd":
            self.residents.add(Resident(Device(name, "", "", "", "")))
        self.assertIs(changed, self.residents.get("a"))

    def test_a_device_that_was_not_in_memory_is_settled_before_it_comes(self) -> None:
        self.settling.appended("a")
        self.successResultOf(ensureDeferred(self.settling.settle_for("b")))
        coming = ensureDeferred(self.settling.settle_for("a"))
        self.assertNoResult(coming)
        self.land()
        self.successResultOf(coming)
        self.settling.appended()
        self.successResultOf(ensureDeferred(self.settling.settle_for("a")))

    def test_a_store_that_is_closed_has_no_plans(self) -> None:
        self.settling.appended()
        self.settling.stop()
        self.assertEqual([], self.clock.getDelayedCalls())
