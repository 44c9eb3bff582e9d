"""Devices are woken by each way in turn, until they call or there is no time left."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from acs.store.interface import Query, StoreUnavailable
from acs.store.records import Device
from acs.store.records.wakes import NoMoreWaking, Wake, WakeOutcome, Waking
from acs.wake.targets import Targets
from acs.wake.waker import ALTOGETHER, PATIENCE, UNHEARD, Waker
from acs.wake.way import Attempt, Target
from tests.support.cases import WorldCase
from tests.support.world import AIRTIES
from tests.wake.ways import ChosenWay

ID = AIRTIES.key
OWN = Waking("me", "secret", "me", "before")


class WakerCase(WorldCase):
    """A device that is known, and a `Waker` of these ``ways``."""

    async def known(self, **fields: Any) -> Device:
        device = Device(ID, AIRTIES.Manufacturer, AIRTIES.OUI, AIRTIES.ProductClass, AIRTIES.SerialNumber)
        await self.world.store.add_device(device)
        return self.world.store.change_device(ID, root="Device.", **fields)

    def waker(self, *ways: Any, **more: Any) -> Waker:
        self.told: list[Wake] = []
        store = self.world.store
        return Waker(store, self.world.clock, Targets(store), ways, told=self.told.append, **more)

    def begin(self, waker: Waker, *how: str) -> Deferred[Wake]:
        return Deferred.fromCoroutine(waker.wake(ID, *how))

    async def settled(self) -> None:
        """Let the store do what it was asked."""
        for _ in range(3):
            await self.world.store.committed()
            await self.world.store.waking(ID)

    async def history(self) -> tuple[Wake, ...]:
        return (await self.world.store.wakes(ID, Query())).items


class WakerTests(WakerCase):
    async def test_a_device_that_calls_has_been_woken(self) -> None:
        await self.known()
        way = ChosenWay("http")
        waker = self.waker(way)
        waking = self.begin(waker)
        await self.settled()
        self.world.clock.advance(2.5)
        waker.called(ID, 77)
        wake = await waking
        self.assertEqual(
            ("http", WakeOutcome.INFORMED, 2.5, 77, "says accepted"),
            (wake.method, wake.outcome, wake.seconds, wake.session, wake.detail),
        )
        self.assertEqual(((wake,), [wake]), (await self.history(), self.told))
        self.assertEqual(0, waker.under_way)

    async def test_one_that_accepts_and_does_not_call_is_told_of(self) -> None:
        await self.known()
        waking = self.begin(self.waker(ChosenWay("http")))
        await self.settled()
        self.world.clock.advance(PATIENCE - 0.1)
        self.assertNoResult(waking)
        self.world.clock.advance(0.1)
        self.assertEqual(WakeOutcome.ACCEPTED, (await waking).outcome)

    async def test_it_may_call_before_it_has_answered(self) -> None:
        await self.known()
        way = ChosenWay("http", None)
        waker = self.waker(way)
        waking = self.begin(waker)
        await self.settled()
        waker.called(ID, 5)
        wake = await waking
        self.assertEqual((WakeOutcome.INFORMED, 5, 1), (wake.outcome, wake.session, way.cancelled))

    async def test_it_may_call_before_it_is_asked(self) -> None:
        await self.known()
        way = ChosenWay("http", None)
        waker = self.waker(way)
        waking = self.begin(waker)
        waker.called(ID, 5)
        wake = await waking
        self.assertEqual((WakeOutcome.INFORMED, 5, []), (wake.outcome, wake.session, way.asked))

    async def test_one_that_calls_when_that_is_over_is_not_known_to_have_been_woken(self) -> None:
        await self.known()
        waker = self.waker(ChosenWay("http"))
        waking = self.begin(waker)
        await self.settled()
        self.world.clock.advance(PATIENCE)
        waker.called(ID, 5)
        wake = await waking
        self.assertEqual((WakeOutcome.ACCEPTED, None), (wake.outcome, wake.session))

    async def test_one_that_is_deleted_meanwhile_is_forgotten_with_what_came_of_it(self) -> None:
        await self.known()
        await self.world.store.put_waking(ID, OWN)
        waker = self.waker(ChosenWay("http"))
        waking = self.begin(waker)
        await self.settled()
        await self.world.store.delete_device(ID)
        waker.called(ID, 5)
        self.assertEqual(WakeOutcome.INFORMED, (await waking).outcome)
        self.assertEqual(((), None), (await self.history(), await self.world.store.waking(ID)))

    async def test_what_one_way_cannot_do_the_next_one_may(self) -> None:
        await self.known()
        ways = [
            ChosenWay("http", WakeOutcome.UNREACHABLE),
            ChosenWay("xmpp", why_not="no JID is known"),
            ChosenWay("udp"),
        ]
        waker = self.waker(*ways)
        waking = self.begin(waker)
        await self.settled()
        waker.called(ID, 5)
        wake = await waking
        self.assertEqual([1, 0, 1], [len(way.asked) for way in ways])
        self.assertEqual(("udp", WakeOutcome.INFORMED), (wake.method, wake.outcome))
        self.assertEqual("udp: says accepted; xmpp: no JID is known; http: says unreachable", wake.detail)

    async def test_a_datagram_that_nobody_answers_is_not_waited_for_where_there_are_other_ways(self) -> None:
        await self.known()
        await self.world.store.put_waking(ID, Waking("me", "secret", method="udp"))
        ways = [ChosenWay("http", WakeOutcome.BUSY), ChosenWay("udp")]
        waking = self.begin(self.waker(*ways))
        await self.settled()
        self.assertEqual([0, 1], [len(way.asked) for way in ways])
        self.world.clock.advance(UNHEARD)
        self.assertEqual([1, 1], [len(way.asked) for way in ways])
        self.world.clock.advance(PATIENCE - UNHEARD - 0.1)
        self.assertNoResult(waking)
        self.world.clock.advance(0.1)
        wake = await waking
        self.assertEqual(("udp", WakeOutcome.ACCEPTED), (wake.method, wake.outcome))

    async def test_where_there_is_no_other_way_it_is_waited_for_as_long_as_any(self) -> None:
        await self.known()
        for late, outcome in ((PATIENCE - 0.1, WakeOutcome.INFORMED), (PATIENCE, WakeOutcome.ACCEPTED)):
            waker = self.waker(ChosenWay("udp"))
            waking = self.begin(waker)
            await self.settled()
            for seconds in (UNHEARD, late - UNHEARD):
                self.world.clock.advance(seconds)
            waker.called(ID, 5)
            self.assertEqual(outcome, (await waking).outcome)

    async def test_one_that_accepts_and_is_not_heard_of_is_not_asked_otherwise(self) -> None:
        await self.known()
        ways = [ChosenWay("http"), ChosenWay("xmpp", WakeOutcome.BUSY)]
        waking = self.begin(self.waker(*ways))
        await self.settled()
        self.world.clock.advance(UNHEARD)
        self.assertEqual([1, 0], [len(way.asked) for way in ways])
        self.world.clock.advance(PATIENCE)
        self.assertEqual(("http", [1, 1]), ((await waking).method, [len(way.asked) for way in ways]))

    async def test_one_that_calls_late_for_a_datagram_has_been_woken_by_it(self) -> None:
        await self.known()
        await self.world.store.put_waking(ID, Waking("me", "secret", method="udp"))
        waker = self.waker(ChosenWay("http", WakeOutcome.UNREACHABLE), ChosenWay("udp"))
        waking = self.begin(waker)
        await self.settled()
        self.world.clock.advance(UNHEARD + 1)
        waker.called(ID, 5)
        wake = await waking
        self.assertEqual(("udp", WakeOutcome.INFORMED, 5), (wake.method, wake.outcome, wake.session))

    async def test_the_most_telling_outcome_is_told(self) -> None:
        await self.known()
        for outcomes, told in (
            ((WakeOutcome.TIMEOUT, WakeOutcome.UNAUTHORIZED), WakeOutcome.UNAUTHORIZED),
            ((WakeOutcome.UNREACHABLE, WakeOutcome.BUSY), WakeOutcome.BUSY),
            ((WakeOutcome.REFUSED, WakeOutcome.UNREACHABLE), WakeOutcome.REFUSED),
        ):
            ways = [ChosenWay(method, says) for method, says in zip(("http", "xmpp"), outcomes, strict=True)]
            self.assertEqual(told, (await self.begin(self.waker(*ways))).outcome)

    async def test_where_there_is_no_way_that_is_said_with_the_reasons(self) -> None:
        await self.known()
        wake = await self.begin(
            self.waker(ChosenWay("http", why_not="no URL"), ChosenWay("udp", why_not="off"))
        )
        self.assertEqual(("http", WakeOutcome.IMPOSSIBLE), (wake.method, wake.outcome))
        self.assertEqual("http: no URL; udp: off", wake.detail)

    async def test_what_the_xmpp_server_says_of_it_decides_where_it_is_asked_first(self) -> None:
        await self.known()
        ways = ChosenWay("http"), ChosenWay("xmpp"), ChosenWay("udp")
        for online, order in (
            (None, ["http", "xmpp", "udp"]),
            (True, ["xmpp", "http", "udp"]),
            (False, ["http", "udp", "xmpp"]),
        ):
            waker = self.waker(*ways, online=lambda target, online=online: online)
            self.assertEqual(order, [name for name, _ in await waker.ways(ID)])

    async def test_one_that_is_asked_for_is_the_only_one(self) -> None:
        await self.known()
        ways = [ChosenWay("http"), ChosenWay("xmpp", WakeOutcome.BUSY)]
        self.assertEqual("xmpp", (await self.begin(self.waker(*ways), "xmpp")).method)
        self.assertEqual([], ways[0].asked)
        wake = await self.begin(self.waker(*ways), "udp")
        self.assertEqual((WakeOutcome.IMPOSSIBLE, "udp is not configured"), (wake.outcome, wake.detail))

    async def test_several_who_want_the_same_device_are_one(self) -> None:
        await self.known()
        way = ChosenWay("http", None)
        waker = self.waker(way)
        waking = [self.begin(waker) for _ in range(3)]
        await self.settled()
        way.answer(WakeOutcome.BUSY)
        self.assertEqual(1, len({(await each).id for each in waking}))
        self.assertEqual((1, 1), (len(way.asked), len(await self.history())))

    async def test_who_wants_another_method_shares_the_call_but_not_the_failure(self) -> None:
        await self.known()
        http, udp = ChosenWay("http", None), ChosenWay("udp", None)
        waker = self.waker(http, udp)
        waking = [self.begin(waker, method) for method in ("http", "udp", "udp", "http", "auto")]
        await self.settled()
        self.assertEqual((1, 0), (len(http.asked), len(udp.asked)))
        self.world.clock.advance(20)
        http.answer(WakeOutcome.UNREACHABLE)
        first = await waking[0]
        self.assertEqual(first, await waking[3])
        await self.settled()
        self.assertEqual((1, 1), (len(http.asked), len(udp.asked)))
        waker.called(ID, 5)
        for each in (waking[1], waking[2], waking[4]):
            wake = await each
            self.assertEqual(("udp", WakeOutcome.INFORMED), (wake.method, wake.outcome))
        self.assertEqual(2, len(await self.history()))

    async def test_who_has_waited_for_another_method_has_the_rest_of_his_time(self) -> None:
        await self.known()
        http, udp = ChosenWay("http", None), ChosenWay("udp", None)
        waker = self.waker(http, udp)
        self.begin(waker, "http")
        waking = self.begin(waker, "udp")
        await self.settled()
        self.world.clock.advance(20)
        http.answer(WakeOutcome.UNREACHABLE)
        await self.settled()
        self.world.clock.advance(ALTOGETHER - 20)
        self.assertEqual(("udp", WakeOutcome.TIMEOUT), ((await waking).method, (await waking).outcome))

    async def test_who_has_waited_for_another_method_all_the_time_hears_of_that(self) -> None:
        await self.known()
        http, udp = ChosenWay("http", None), ChosenWay("udp")
        waker = self.waker(http, udp)
        waking = [self.begin(waker, method) for method in ("http", "udp")]
        await self.settled()
        self.world.clock.advance(ALTOGETHER)
        self.assertEqual(["http", "http"], [(await each).method for each in waking])
        self.assertEqual([], udp.asked)

    async def test_when_the_appliance_stops_nobody_is_told_that_the_device_was_at_fault(self) -> None:
        await self.known()
        way = ChosenWay("http", None)
        waker = self.waker(way)
        waking = [self.begin(waker), self.begin(waker)]
        await self.settled()
        waker.stop()
        waking.append(self.begin(waker))
        for each in waking:
            with self.assertRaises(NoMoreWaking):
                await each
        self.assertEqual(
            (1, 1, 0, ()), (len(way.asked), way.cancelled, waker.under_way, await self.history())
        )

    async def test_nor_where_it_stops_before_the_device_is_asked_or_while_its_call_is_awaited(self) -> None:
        await self.known()
        for settles in (False, True):
            way = ChosenWay("http")
            waker = self.waker(way)
            waking = self.begin(waker)
            if settles:
                await self.settled()
            waker.stop()
            with self.assertRaises(NoMoreWaking):
                await waking
            self.assertEqual((int(settles), ()), (len(way.asked), await self.history()))

    async def test_where_the_clock_is_set_back_meanwhile_it_took_no_time(self) -> None:
        await self.known()
        waker = self.waker(ChosenWay("http"))
        waking = self.begin(waker)
        await self.settled()
        self.world.clock.rightNow -= 3600.0
        waker.called(ID, 5)
        wake = await waking
        self.assertEqual((WakeOutcome.INFORMED, 0.0), (wake.outcome, wake.seconds))

    async def test_there_is_an_end_to_it(self) -> None:
        await self.known()
        way = ChosenWay("http", None)
        waking = self.begin(self.waker(way, ChosenWay("udp")))
        await self.settled()
        self.world.clock.advance(ALTOGETHER)
        self.assertEqual((WakeOutcome.TIMEOUT, 1), ((await waking).outcome, way.cancelled))

    async def test_a_fault_of_ours_in_one_way_leaves_the_others(self) -> None:
        class Broken(ChosenWay):
            async def request(self, target: Target) -> Attempt:
                raise ZeroDivisionError

        await self.known()
        waker = self.waker(Broken("http"), ChosenWay("udp"))
        waking = self.begin(waker)
        await self.settled()
        waker.called(ID, 5)
        self.assertEqual("udp", (await waking).method)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))

    async def test_nobody_is_woken_who_is_not_known(self) -> None:
        waker = self.waker(ChosenWay("http"))
        one, other = self.begin(waker), self.begin(waker)
        for waking in (one, other):
            with self.assertRaises(LookupError):
                await waking
        self.assertEqual(0, waker.under_way)

    async def test_who_calls_unasked_troubles_nobody(self) -> None:
        self.waker().called(ID, 5)


class MemoryTests(WakerCase):
    async def test_what_has_worked_comes_first_the_next_time(self) -> None:
        await self.known()
        await self.world.store.put_waking(ID, OWN)
        ways = [ChosenWay("http", WakeOutcome.UNREACHABLE), ChosenWay("udp")]
        for asked in ([1, 1], [1, 2]):
            waker = self.waker(*ways)
            waking = self.begin(waker)
            await self.settled()
            waker.called(ID, 5)
            await waking
            self.assertEqual(asked, [len(way.asked) for way in ways])

    async def test_what_it_had_before_is_forgotten_once_it_has_answered_to_its_own(self) -> None:
        await self.known()
        await self.world.store.put_waking(ID, OWN)
        waker = self.waker(ChosenWay("http"))
        waking = self.begin(waker)
        await self.settled()
        waker.called(ID, 5)
        await waking
        self.assertEqual(Waking("me", "secret", method="http"), await self.world.store.waking(ID))

    async def test_what_it_had_before_is_kept_where_it_has_answered_to_that(self) -> None:
        class Before(ChosenWay):
            async def request(self, target: Target) -> Attempt:
                return Attempt(self.method, WakeOutcome.ACCEPTED, "", target.pairs[1])

        await self.known()
        await self.world.store.put_waking(ID, OWN)
        waking = self.begin(self.waker(Before("http")))
        await self.settled()
        self.world.clock.advance(PATIENCE)
        await waking
        self.assertEqual(OWN, await self.world.store.waking(ID))

    async def test_one_that_has_answered_to_its_own_and_does_not_call_has_them_all_the_same(self) -> None:
        await self.known()
        await self.world.store.put_waking(ID, OWN)
        waking = self.begin(self.waker(ChosenWay("http")))
        await self.settled()
        self.world.clock.advance(PATIENCE)
        await waking
        self.assertEqual(Waking("me", "secret"), await self.world.store.waking(ID))

    async def test_of_what_it_was_given_meanwhile_nothing_is_lost(self) -> None:
        await self.known()
        await self.world.store.put_waking(ID, OWN)
        waker = self.waker(ChosenWay("http"))
        waking = self.begin(waker)
        await self.settled()
        new = Waking("me", "new", "me", "secret")
        await self.world.store.put_waking(ID, new)
        waker.called(ID, 5)
        await waking
        self.assertEqual(new, await self.world.store.waking(ID))

    async def test_where_the_store_is_away_when_it_has_called_that_is_told_all_the_same(self) -> None:
        await self.known()
        await self.world.store.put_waking(ID, OWN)
        waker = self.waker(ChosenWay("http"))
        waking = self.begin(waker)
        await self.settled()
        await self.world.store.close()
        self.addCleanup(self.world.store.open)
        waker.called(ID, 5)
        self.assertEqual(WakeOutcome.INFORMED, (await waking).outcome)

    async def test_where_it_is_away_before_that_is_the_answer_to_all_who_wait(self) -> None:
        await self.known()
        await self.world.store.close()
        self.addCleanup(self.world.store.open)
        waker = self.waker(ChosenWay("http"))
        for waking in [self.begin(waker) for _ in range(2)]:
            with self.assertRaises(StoreUnavailable):
                await waking
        self.assertEqual(0, waker.under_way)
