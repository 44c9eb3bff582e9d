"""Every list is answered by an index: SQLite's own plans say so."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.store import ids
from acs.store.database import Statement
from acs.store.interface import Query
from acs.store.kinds import _FAILED as _FAILED_VERSIONS
from acs.store.kinds import _STOPPED, _TAGS
from acs.store.listing.deeds import AUDIT, BULKS, DELIVERIES
from acs.store.listing.listings import (
    ALARMS,
    CHANGES,
    CONFIGURATIONS,
    DEFINITIONS,
    DEVICES,
    JOBS,
    READINGS,
    SESSIONS,
    WAKES,
)
from acs.store.listing.lists import Among, Condition, Listing, ask, ask_along, understand, write_cursor
from acs.store.listing.restricting import restricted
from acs.store.migrations import shipped
from acs.store.records.people import Only
from acs.store.settling import _unit
from acs.store.sqlite.schema import upgrade
from acs.store.survey import _FAILED, _WELL
from acs.store.wakings import _DUE
from acs.store.webhooks import _NEXT

LISTINGS = (DEVICES, SESSIONS, JOBS, CHANGES, READINGS, WAKES, ALARMS, AUDIT, CONFIGURATIONS, DEFINITIONS)
SORTABLE = (DEVICES, SESSIONS, JOBS, ALARMS, AUDIT, BULKS, CONFIGURATIONS, DEFINITIONS)
NOW = 1_795_000_000.0
SINCE = "2026-11-23T19:30:00Z"
EXAMPLES: dict[str, str] = {
    "verified": "true",
    "last_session": "failed",
    "online": "true",
    "drift": "true",
    "problems": "true",
    "level": "behind",
    "seen_since": SINCE,
    "since": SINCE,
    "until": SINCE,
    "result": "failed",
    "rejected": "true",
    "state": "queued",
    "automatic": "true",
    "urgent": "true",
    "uncertain": "true",
    "session": ids.as_text(17),
    "scope": "model",
    "kind": "firmware_failed",
    "open": "true",
    "acknowledged": "false",
}
# What these find is collected and sorted where it is little, and met on a walk where it is much.
SORTED = frozenset(["q"])
# Tables and indexes that hold nothing but what is sought, or little else.
WALKED = {
    "level": "SCAN b",
    "drift": "SCAN d USING INDEX devices_drift",
    "problems": "SCAN d USING INDEX devices_stopped",
    "open": "SCAN a USING INDEX alarms_now",
    "acknowledged": "SCAN a USING INDEX alarms_new",
}


def sign(content: bytes) -> bytes:
    return content[::-1] + bytes(32)


class PlanTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        self.addCleanup(self.database.close)
        upgrade(self.database, Path("unused"), shipped("sqlite"))

    def plan(self, statement: Statement) -> list[str]:
        rows = self.database.execute("EXPLAIN QUERY PLAN " + statement.sql, statement.parameters)
        return [row[3] for row in rows]

    def plans(
        self,
        listing: Listing,
        filters: Mapping[str, str],
        sort: str = "",
        many: bool = False,
        only: Only | None = None,
    ) -> list[list[str]]:
        """The plans of a first and of a further page."""
        meant = [*understand(listing, Query(filters), NOW), *restricted(listing, only)]
        conditions = [m if isinstance(m, Condition) else m.condition(many) for m in meant]
        first = ask(listing, Query(filters, sort), conditions, sign)
        cursor = write_cursor(first.place, [1] * len(first.order.columns), sign)
        return [
            self.plan(ask(listing, Query(filters, sort, cursor=c), conditions, sign).statement)
            for c in (None, cursor)
        ]

    def filters(self, listing: Listing) -> list[tuple[str, str]]:
        return [(name, EXAMPLES.get(name, "something")) for name in listing.filters]

    def test_no_filter_reads_a_whole_table(self) -> None:
        for listing in LISTINGS:
            for name, value in self.filters(listing):
                device = {"device": "x"} if listing in (CHANGES, READINGS, WAKES) else {}
                for plan in self.plans(listing, {name: value, **device}):
                    scans = {step for step in plan if step.startswith("SCAN")}
                    self.assertEqual(set(), scans - {WALKED.get(name)}, (listing.name, name, plan))

    def test_no_filter_has_to_sort_what_it_finds(self) -> None:
        for listing in LISTINGS:
            for name, value in self.filters(listing):
                if listing is DEVICES and name in SORTED:
                    continue
                device = {"device": "x"} if listing in (CHANGES, READINGS, WAKES) else {}
                for plan in self.plans(listing, {name: value, **device}):
                    self.assertEqual(
                        [], [step for step in plan if "ORDER BY" in step], (listing.name, name, plan)
                    )

    def test_no_order_has_to_be_made(self) -> None:
        for listing in SORTABLE:
            for name in ("", *listing.sorts):
                for sort in (name, "-" + name) if name else ("",):
                    for plan in self.plans(listing, {}, sort):
                        self.assertEqual([], [step for step in plan if "ORDER BY" in step], (sort, plan))

    def test_a_further_page_begins_where_the_last_one_ended(self) -> None:
        for listing in SORTABLE:
            for name in ("", *listing.sorts):
                _, further = self.plans(listing, {}, name)
                self.assertEqual([], [step for step in further if step.startswith("SCAN")], (name, further))

    def test_what_fails_is_counted_without_all_devices(self) -> None:
        for sql, way in (
            (_FAILED_VERSIONS, "SEARCH p USING COVERING INDEX presence_last_session_result"),
            (_STOPPED, "SCAN d USING INDEX devices_stopped"),
            (_TAGS, "SCAN tags USING COVERING INDEX tags_tag"),
        ):
            first, *_ = self.plan(Statement(sql))
            self.assertTrue(first.startswith(way), first)

    def test_several_common_values_are_walked_and_not_sorted(self) -> None:
        for listing, filters in (
            (SESSIONS, {"result": "success,failed"}),
            (JOBS, {"state": "done,failed"}),
            (DEVICES, {"last_session": "success,failed"}),
        ):
            for plan in self.plans(listing, filters):
                self.assertEqual([], [step for step in plan if "ORDER BY" in step], plan)

    def test_what_many_have_is_met_on_a_walk(self) -> None:
        for name in SORTED:
            for plan in self.plans(DEVICES, {name: "something"}, many=True):
                self.assertEqual([], [step for step in plan if "ORDER BY" in step], plan)

    def test_one_word_alone_is_met_in_the_order_of_an_index(self) -> None:
        for value in ("something", "00:1A"):
            (meant,) = understand(DEVICES, Query({"q": value}), NOW)
            assert isinstance(meant, Among)
            first = ask_along(DEVICES, Query({"q": value}), meant, [], sign)
            cursor = write_cursor(first.place, ["1", 1], sign)
            further = ask_along(DEVICES, Query({"q": value}, cursor=cursor), meant, [], sign)
            for plan in (self.plan(first.statement), self.plan(further.statement)):
                scans = {step for step in plan if step.startswith("SCAN")}
                self.assertEqual(set(), scans - {"SCAN f", "SCAN pieces", "SCAN piece"}, plan)
                searches = {step for step in plan if step.startswith("SEARCH a ")}
                self.assertEqual(
                    {
                        "SEARCH a USING COVERING INDEX facts_value (value>? AND value<?)",
                        "SEARCH a USING COVERING INDEX presence_client_ip (client_ip>? AND client_ip<?)",
                    },
                    searches,
                    plan,
                )

    def test_whether_many_have_it_is_read_from_an_index(self) -> None:
        for name in SORTED:
            for meant in understand(DEVICES, Query({name: "something"}), NOW):
                assert isinstance(meant, Among)
                plan = self.plan(meant.probe)
                self.assertEqual(
                    [], [step for step in plan if step.startswith("SCAN") and step != "SCAN found"], plan
                )

    def test_what_is_of_some_devices_only_is_found_by_indexes_too(self) -> None:
        for listing in LISTINGS:
            for only in (Only(("a", "b")), Only((), ("A/B", "A/B/C")), Only(("a",), ("A/B",))):
                for many in (False, True):
                    walked = (
                        {f"SCAN {listing.default.columns[0][0]}"} if many or not listing.device else set()
                    )
                    for plan in self.plans(listing, {}, many=many, only=only):
                        scans = {step.partition(" USING")[0] for step in plan if step.startswith("SCAN")}
                        self.assertEqual(set(), scans - walked, (listing.name, only, many, plan))
                for each in restricted(listing, only):
                    scans = {step for step in self.plan(each.probe) if step.startswith("SCAN")}
                    self.assertEqual({"SCAN found"}, scans | {"SCAN found"})

    def test_jobs_for_which_devices_are_to_be_woken_are_found_by_their_index(self) -> None:
        plan = self.plan(Statement(_DUE.format(lock=""), (1.0, 1.0, 1)))
        self.assertTrue(any("jobs_wake" in step for step in plan), plan)
        self.assertEqual([], [step for step in plan if step.startswith("SCAN")])

    def test_what_is_said_to_a_webhook_is_read_from_an_index(self) -> None:
        webhook = ids.as_text(17)
        for filters in ({"webhook": webhook}, {"webhook": webhook, "state": "failed"}):
            for plan in self.plans(DELIVERIES, filters):
                self.assertEqual([], [step for step in plan if not step.startswith("SEARCH m ")], plan)
        plan = self.plan(Statement(_NEXT, (17, 20)))
        self.assertEqual([], [step for step in plan if not step.startswith("SEARCH")], plan)

    def test_how_many_sessions_fail_is_read_from_an_index(self) -> None:
        for sql in (_WELL, _FAILED):
            plan = self.plan(Statement(sql, (17,)))
            self.assertTrue(all("sessions_result (<expr>=? AND rowid>?)" in step for step in plan), plan)

    def test_settling_reads_new_sessions_only(self) -> None:
        for statement in (*_unit(None), *_unit(3)):
            plan = self.plan(statement)
            self.assertTrue(any("sessions_unsettled" in step for step in plan), plan)
            scans = [step for step in plan if step.startswith("SCAN") and "sessions_unsettled" not in step]
            self.assertEqual([], [step for step in scans if "sessions" in step or "presence" in step], plan)
