"""How things are altogether, as the API tells it."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.store.records import Role
from acs.web.telling.minutes import KEPT, Minutes
from acs.web.telling.numbers import Numbers
from tests.web.cases import ROUTER, ApiCase


def done(success: int = 0, failed: int = 0, informs: int = 0, opened: int = 0) -> Numbers:
    """The numbers of a process."""
    return Numbers(
        {
            "sessions": [(["success"], success), (["failed"], failed)],
            "rpcs": [(["in", "Inform"], informs), (["out", "Reboot"], 7)],
            "open": [([], opened)],
        }
    )


class MinuteTests(SynchronousTestCase):
    def test_each_tells_what_was_done_in_it_by_all_processes(self) -> None:
        processes = [done(), done(success=5)]
        minutes = Minutes(lambda: processes)
        minutes.note(0.0)
        self.assertEqual((), minutes.kept)
        processes[:] = [done(success=3, failed=1, informs=4, opened=2), done(success=7, opened=1)]
        minutes.note(60.0)
        (minute,) = minutes.kept
        self.assertEqual(
            (60.0, 5, 1, 4, 3), (minute.time, minute.success, minute.failed, minute.informs, minute.open)
        )

    def test_a_process_that_begins_anew_takes_nothing_away(self) -> None:
        processes = [done(success=5)]
        minutes = Minutes(lambda: processes)
        minutes.note(0.0)
        processes[:] = [done(success=1)]
        minutes.note(60.0)
        self.assertEqual([0], [minute.success for minute in minutes.kept])

    def test_no_more_are_kept_than_a_plot_is_wide(self) -> None:
        minutes = Minutes(lambda: [done()])
        for number in range(KEPT + 10):
            minutes.note(60.0 * number)
        self.assertEqual((KEPT, 60.0 * 10), (len(minutes.kept), minutes.kept[0].time))


class OverviewTests(ApiCase):
    async def test_devices_are_counted_by_state(self) -> None:
        await self.store.add_device(ROUTER)
        await self.job("Reboot")
        found = (await self.ask("GET", "/api/v1/overview", role=Role.VIEWER)).json
        self.assertEqual((2, 0, 0), (found["devices"], found["behind"], found["problems"]))
        self.assertEqual({"queued": 1}, {name: n for name, n in found["jobs"].items() if n})
