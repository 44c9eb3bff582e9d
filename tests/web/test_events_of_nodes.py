"""What happens on one node is told to who listens on another, as long as somebody does."""

from __future__ import annotations

from typing import Any

from msgspec.structs import astuple
from twisted.internet import reactor
from twisted.internet.task import Clock

from acs.store.records import Role
from acs.store.records.campaigns import Campaign, CampaignState
from acs.web.site import make_site
from acs.web.telling import interests, passing
from acs.web.telling.feed import EVENTS, FRESH, INTEREST, SAID_EVERY
from acs.web.telling.interests import Wanted
from acs.web.telling.passing import GATHERED, LONGEST_WORDS, packed
from acs.web.telling.watch import Watch
from tests.store.contract.base import device
from tests.store.test_nodes import PID, NodesCase
from tests.support import postgres
from tests.web.cases import NOON, a_token
from tests.web.listening import Listener, until


class TwoNodesTests(NodesCase):
    """Node two has the site, and node one the devices."""

    async def setUp(self) -> None:
        await super().setUp()
        self.time = Clock()
        self.time.advance(NOON)
        await self.two.add_token(a_token(Role.VIEWER))
        self.device = await self.both_know()
        names = iter(f"epoch{number}" for number in range(99))
        self.watches = [
            Watch(store, self.time, random_text=lambda _: next(names)) for store in (self.one, self.two)
        ]
        self.site = make_site(
            store=self.two, clock=self.time, reactor=reactor, version="1.0", watch=self.watches[1]
        )
        self.said: list[str] = []
        self.one.listen(INTEREST, self.said.append)

    async def tearDown(self) -> None:
        for watch in self.watches:
            watch.close()
        await super().tearDown()

    async def listen(self, **how: Any) -> Listener:
        listener = Listener(self.site, **how)
        self.addCleanup(listener.drop)
        await until(lambda: listener.begun)
        return listener

    async def listened_to(self) -> Listener:
        """Somebody who listens, of whom node one knows."""
        listener = await self.listen()
        await until(lambda: self.one.happenings.wanted)
        return listener

    async def pass_on(self) -> None:
        """What is gathered is said, and heard."""
        self.time.advance(GATHERED)
        await self.one.committed()

    async def test_what_happens_elsewhere_is_told(self) -> None:
        listener = await self.listened_to()
        job = await self.accept(self.one, self.device)
        self.save(self.one, self.device)
        self.one.change_device(self.device, notes="caf\u00e9 'x' \\ \x00")
        await self.pass_on()
        await until(lambda: len(listener.told) == 3)
        self.assertEqual(["job queued", "session ended", "device changed"], listener.told)
        self.assertEqual("caf\u00e9 'x' \\ \x00", listener.events[2]["object"]["notes"])
        self.assertEqual(job.rpc, listener.events[0]["object"]["rpc"])
        ids = [event["id"] for event in listener.events]
        self.assertEqual(3, len(set(ids)))
        listener.drop()
        again = await self.listen(last=ids[0])
        self.assertEqual(["session ended", "device changed"], again.told)

    async def test_so_are_campaigns_with_how_far_they_have_come(self) -> None:
        listener = await self.listened_to()
        campaign = Campaign(self.one.new_id(), "spring", CampaignState.RUNNING, "2.0")
        await self.one.add_campaign(campaign, [self.device])
        await self.one.change_campaign(campaign.id, CampaignState.PAUSED)
        await self.pass_on()
        await until(lambda: len(listener.told) == 2)
        self.assertEqual(["campaign added", "campaign paused"], listener.told)
        self.assertEqual(1, listener.events[1]["object"]["counts"]["waiting"])

    async def test_what_happens_on_both_is_told_once_each(self) -> None:
        listener = await self.listened_to()
        self.save(self.one, self.device)
        self.save(self.two, self.device)
        await self.pass_on()
        await until(lambda: len(listener.told) == 2)
        self.save(self.two, self.device)
        self.assertEqual(["session ended"] * 3, listener.told)

    async def test_many_and_long_ones_are_all_told_in_their_order(self) -> None:
        listener = await self.listened_to()
        for number in range(300):
            self.one.change_device(self.device, notes=f"{number}" + "x" * (number * 30))
        await self.pass_on()
        await until(lambda: len(listener.told) == 300)
        told = [event["object"].get("notes", "x") for event in listener.events]
        self.assertEqual([str(number) for number in range(9)], [each.rstrip("x") for each in told[:9]])

    async def test_only_what_somebody_wants_is_passed_on(self) -> None:
        other = await self.one.add_device(device(2))
        listener = await self.listen(query=f"?type=job&device={other.id}")
        await until(lambda: self.one.happenings.wanted)
        passed: list[str] = []
        self.two.listen(EVENTS, passed.append)
        self.save(self.one, other.id)
        await self.accept(self.one, self.device)
        await self.accept(self.one, other.id)
        await self.pass_on()
        await until(lambda: listener.told)
        self.assertEqual(["job queued"], listener.told)
        self.assertEqual(1, "".join(passed).count('"type"'))

    async def test_wishes_that_are_too_long_to_be_said_are_a_wish_for_all(self) -> None:
        wishes = [Wanted(device=f"{number:0>500}") for number in range(20)]
        self.assertEqual([Wanted()], interests.read(interests.write(3, wishes)).wanted)
        self.assertEqual((3, wishes[:9]), astuple(interests.read(interests.write(3, wishes[:9]))))
        self.one.tell(INTEREST, "{}")
        self.two.tell(INTEREST, "{}")
        await self.one.committed()
        await until(lambda: len(self.said) == 1)

    async def test_it_is_said_again_that_somebody_listens_and_believed_for_a_while(self) -> None:
        listener = await self.listened_to()
        self.assertEqual(1, len(self.said))
        for _ in range(int(SAID_EVERY / 5)):
            self.time.advance(5)
        await until(lambda: len(self.said) == 2)
        listener.drop()
        self.watches[1].close()
        self.time.advance(FRESH)
        self.save(self.one, self.device)
        self.assertFalse(self.one.happenings.wanted)
        self.assertEqual([], self.time.getDelayedCalls())

    async def test_nobody_says_anything_where_nobody_listens(self) -> None:
        self.save(self.one, self.device)
        self.time.advance(100)
        await self.one.committed()
        self.assertEqual((False, False, []), (*(each.happenings.wanted for each in self.open), self.said))

    async def test_where_there_is_too_much_to_say_who_listens_has_to_ask_anew(self) -> None:
        self.patch(passing, "MOST", 3)
        listener = await self.listened_to()
        for number in range(4):
            self.one.change_device(self.device, notes=str(number))
        await self.pass_on()
        await until(lambda: len(listener.told) == 4)
        self.assertEqual(["reset"] + ["device changed"] * 3, listener.told)

    async def test_who_was_cut_off_from_the_others_has_to_ask_anew(self) -> None:
        listener = await self.listened_to()
        postgres.shared().say(PID.format(self.two.node), self.name)
        await until(lambda: listener.told)
        self.assertEqual(["reset"], listener.told)

    async def test_what_is_no_event_is_told_in_the_log_and_missed(self) -> None:
        listener = await self.listened_to()
        for words in ("1", '1 {"a": 1}', "1 [[]]", '1 [{"a": 1}]'):
            self.one.tell("events", words)
        await self.one.committed()
        await until(lambda: len(listener.told) == 4)
        self.assertEqual(["reset"] * 4, listener.told)

    def test_as_many_as_may_be_are_said_at_once(self) -> None:
        events = [b"%04d" % n + b"x" * (n * 10) for n in range(300)]
        words = list(packed(events))
        self.assertEqual(",".join(event.decode() for event in events), ",".join(w[1:-1] for w in words))
        self.assertLessEqual(max(map(len, words)), LONGEST_WORDS)
        self.assertLess(len(words), 100)
        self.assertEqual([], list(packed([])))
