"""A device is asked from the node that can: two nodes on a real PostgreSQL."""

from __future__ import annotations

import os
import re
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from acs.store.records.wakes import Binding, WakeOutcome
from acs.store.store import DurableStore
from acs.wake import elsewhere
from acs.wake.elsewhere import Elsewhere, Neighbourhood
from acs.wake.targets import Targets
from acs.wake.way import Attempt, Target
from tests.store.test_nodes import NodesCase
from tests.wake.ways import ChosenWay


class ElsewhereTests(NodesCase):
    async def setUp(self) -> None:
        await super().setUp()
        self.device_id = await self.both_know()
        await self.one.beat()

    def neighbourhood(self, store: DurableStore, *ways: ChosenWay, clock: Any = reactor) -> Neighbourhood:
        made = Neighbourhood(store, clock, Targets(store), ways, os.urandom)
        made.listen()
        return made

    def ask(self, way: Elsewhere, target: Target | None = None) -> Deferred[Attempt]:
        return Deferred.fromCoroutine(way.request(target or Target(self.device_id)))

    async def test_what_this_node_can_do_it_does(self) -> None:
        here, there = ChosenWay("xmpp"), ChosenWay("xmpp")
        self.neighbourhood(self.two, there)
        way = Elsewhere(here, self.neighbourhood(self.one, here))
        self.assertEqual(WakeOutcome.ACCEPTED, (await self.ask(way)).outcome)
        self.assertEqual((1, 0), (len(here.asked), len(there.asked)))

    async def test_what_it_cannot_another_does(self) -> None:
        here, there = ChosenWay("xmpp", why_not="not connected"), ChosenWay("xmpp", WakeOutcome.BUSY)
        self.neighbourhood(self.two, there)
        way = Elsewhere(here, self.neighbourhood(self.one, here))
        self.assertEqual("", way.why_not(Target(self.device_id)))
        self.assertEqual(Attempt("xmpp", WakeOutcome.BUSY, "says busy"), await self.ask(way))
        self.assertEqual(([], [self.device_id]), (here.asked, [target.device for target in there.asked]))

    async def test_one_behind_a_nat_is_asked_from_where_that_lets_in(self) -> None:
        here, there, nowhere = ChosenWay("udp"), ChosenWay("udp", WakeOutcome.ACCEPTED), ChosenWay("udp")
        self.neighbourhood(self.two, there)
        self.neighbourhood(await self.node("three"), nowhere)
        home = lambda target: target.binding.node if target.binding else None  # noqa: E731
        way = Elsewhere(here, self.neighbourhood(self.one, here), home)
        target = Target(self.device_id, binding=Binding("192.0.2.1", 1, 5.0, self.two.node))
        self.assertEqual(WakeOutcome.ACCEPTED, (await self.ask(way, target)).outcome)
        self.assertEqual((0, 1), (len(here.asked), len(there.asked)))
        gone = Target(self.device_id, binding=Binding("192.0.2.1", 1, 5.0, 77))
        await self.ask(way, gone)
        self.assertEqual((1, 1, 0), tuple(len(each.asked) for each in (here, there, nowhere)))

    async def test_one_that_is_asked_by_name_says_why_it_cannot_either(self) -> None:
        here, there = ChosenWay("udp"), ChosenWay("udp", why_not="no binding")
        self.neighbourhood(self.two, there)
        way = Elsewhere(here, self.neighbourhood(self.one, here), lambda target: self.two.node)
        self.assertEqual(Attempt("udp", WakeOutcome.IMPOSSIBLE, "no binding"), await self.ask(way))
        there.reason = "ä" * 8000
        self.assertEqual("ä" * 1000, (await self.ask(way)).detail)

    async def test_where_nobody_can_that_is_said_at_once_with_all_reasons(self) -> None:
        here = ChosenWay("xmpp", why_not="not connected")
        three = await self.node("three")
        await self.one.beat()
        way = Elsewhere(here, self.neighbourhood(self.one, here, clock=Clock()))
        for two, said in (
            ((ChosenWay("xmpp", why_not="not connected"),), "not connected"),
            (
                (ChosenWay("xmpp", why_not="lost"),),
                "not connected, nor can another node: not connected; lost",
            ),
            ((), "not connected, nor can another node: not connected; xmpp is not configured there"),
        ):
            for store, ways in ((self.two, two), (three, (here,))):
                store._listeners.clear()
                self.neighbourhood(store, *ways)
            attempt = await self.ask(way)
            self.assertEqual(WakeOutcome.IMPOSSIBLE, attempt.outcome)
            said, found = (sorted(re.split(": |; ", text)) for text in (said, attempt.detail))
            self.assertEqual(said, found)
        self.assertEqual({}, way._neighbourhood._asked)

    async def test_one_of_several_that_can_is_waited_for(self) -> None:
        three = await self.node("three")
        await self.one.beat()
        here, there = ChosenWay("xmpp", why_not="not connected"), ChosenWay("xmpp", None)
        self.neighbourhood(three, there)
        self.neighbourhood(self.two, ChosenWay("xmpp", why_not="not connected"))
        neighbourhood = self.neighbourhood(self.one, here)
        asking = self.ask(Elsewhere(here, neighbourhood))
        await self.until(
            lambda: there.asked and [each.may_answer for each in neighbourhood._asked.values()] == [1]
        )
        there.answer(WakeOutcome.BUSY)
        self.assertEqual(WakeOutcome.BUSY, (await asking).outcome)

    async def test_where_nobody_answers_that_is_said_after_a_while(self) -> None:
        here, clock = ChosenWay("xmpp", why_not="not connected"), Clock()
        way = Elsewhere(here, self.neighbourhood(self.one, here, clock=clock))
        asking = self.ask(way)
        clock.advance(elsewhere.SECONDS)
        self.assertEqual(
            Attempt("xmpp", WakeOutcome.TIMEOUT, "the other nodes have not answered"), await asking
        )
        self.assertEqual({}, way._neighbourhood._asked)

    async def test_a_device_that_does_not_answer_another_node_is_no_node_that_does_not(self) -> None:
        here, there = ChosenWay("xmpp", why_not="not connected"), ChosenWay("xmpp", WakeOutcome.TIMEOUT)
        self.neighbourhood(self.two, there)
        way = Elsewhere(here, self.neighbourhood(self.one, here))
        self.assertEqual(Attempt("xmpp", WakeOutcome.TIMEOUT, "says timeout"), await self.ask(way))

    async def test_for_what_no_node_can_do_none_is_asked(self) -> None:
        here = ChosenWay("xmpp")
        why_nowhere = lambda target: "" if target.jid else "no JID"  # noqa: E731
        way = Elsewhere(here, self.neighbourhood(self.one, here), why_nowhere=why_nowhere)
        self.assertEqual("no JID", way.why_not(Target(self.device_id)))
        self.assertEqual("", way.why_not(Target(self.device_id, jid="a@b/c")))

    async def test_a_node_that_is_alone_knows_that_it_cannot(self) -> None:
        await self.two.close()
        self.open.remove(self.two)
        await self.one.beat()
        way = Elsewhere(ChosenWay("xmpp", why_not="not connected"), self.neighbourhood(self.one))
        self.assertEqual("not connected", way.why_not(Target(self.device_id)))

    async def test_of_a_device_that_is_no_more_it_hears_nothing(self) -> None:
        here, clock = ChosenWay("xmpp", why_not="not connected"), Clock()
        self.neighbourhood(self.two, ChosenWay("xmpp"))
        asking = self.ask(Elsewhere(here, self.neighbourhood(self.one, here, clock=clock)), Target("nobody"))
        await self.one.committed()
        clock.advance(elsewhere.SECONDS)
        self.assertEqual(WakeOutcome.TIMEOUT, (await asking).outcome)
