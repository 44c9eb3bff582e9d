"""How devices are woken: what with, where they are found, what came of it, for which jobs."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from acs.store.interface import BadQuery, Query
from acs.store.records import JobState
from acs.store.records.wakes import Binding, Wake, WakeOutcome, Waking
from tests.store.contract.base import Contract

ALL = Waking(
    "us\0er", "pä\U0001f511", "before", "that", "stun-1", "s1", "cpe-1", "x1", True, "Device.X.1.", "xmpp"
)


class WakingContract(Contract):
    """Secrets are sealed, and go with the device."""

    async def test_what_a_device_is_woken_with_is_kept_in_every_field(self) -> None:
        first, second = await self.add(1), await self.add(2)
        self.assertIsNone(await self.store.waking(first.id))
        for waking in (Waking("a", "b"), ALL):
            await self.store.put_waking(first.id, waking)
            for _ in range(2):
                self.assertEqual(waking, await self.store.waking(first.id))
                self.assertIsNone(await self.store.waking(second.id))
                await self.reopen()
        with self.assertRaises(LookupError):
            await self.store.put_waking("nobody", ALL)

    async def test_it_is_replaced_only_where_nobody_has_put_another_meanwhile(self) -> None:
        device = await self.add(1)
        first, learnt = Waking("a", "b"), Waking("a", "b", method="http")
        self.assertFalse(await self.store.put_waking_instead(device.id, first, learnt))
        self.assertFalse(await self.store.put_waking_instead("nobody", first, learnt))
        await self.store.put_waking(device.id, first)
        self.assertTrue(await self.store.put_waking_instead(device.id, first, ALL))
        self.assertEqual(ALL, await self.store.waking(device.id))
        self.assertEqual((device.id, "s1"), await self.store.known_to_stun("stun-1"))
        self.assertFalse(await self.store.put_waking_instead(device.id, first, learnt))
        self.assertEqual(ALL, await self.store.waking(device.id))

    async def test_of_two_that_put_at_the_same_time_the_one_that_does_so_whatever_there_is_wins(self) -> None:
        device = await self.add(1)
        first, given = Waking("a", "b"), Waking("a", "new", "a", "b")
        await self.store.put_waking(device.id, first)
        learning = Deferred.fromCoroutine(
            self.store.put_waking_instead(device.id, first, Waking("a", "b", method="http"))
        )
        await self.store.put_waking(device.id, given)
        await learning
        self.assertEqual(given, await self.store.waking(device.id))

    async def test_it_is_sealed(self) -> None:
        device = await self.add(1)
        await self.store.put_waking(device.id, Waking("me", "sesame", xmpp_password="sesame"))
        rows = await self.store._database.query("SELECT * FROM wakings")  # type: ignore[attr-defined]
        self.assertNotIn("sesame", repr(rows))
        self.assertNotIn("sesame", repr(await self.store.waking(device.id)))

    async def test_who_sends_stun_requests_is_found_by_the_name_in_them(self) -> None:
        device, other = await self.add(1), await self.add(2)
        await self.store.put_waking(device.id, ALL)
        await self.store.put_waking(other.id, Waking("a", "b"))
        self.assertEqual((device.id, "s1"), await self.store.known_to_stun("stun-1"))
        for nobody in ("", "stun-2", "stun-1\0"):
            self.assertIsNone(await self.store.known_to_stun(nobody))

    async def test_the_newest_binding_is_kept(self) -> None:
        device = await self.add(1)
        self.assertIsNone(await self.store.binding(device.id))
        for binding in (Binding("192.0.2.1", 40000, 5.5, 3), Binding("2001:db8::1", 1, 6.5)):
            self.store.keep_binding(device.id, binding)
            self.store.keep_binding("nobody", binding)
            self.assertEqual(binding, await self.store.binding(device.id))
        self.assertIsNone(await self.store.binding("nobody"))

    async def test_a_device_that_is_forgotten_takes_all_of_it_along_but_its_account(self) -> None:
        device = await self.add(1)
        await self.store.put_waking(device.id, ALL)
        self.store.keep_binding(device.id, Binding("192.0.2.1", 40000, 5.5))
        self.store.add_wake(Wake(self.store.new_id(), device.id, 5.0, 1.0, "http", WakeOutcome.INFORMED))
        self.assertEqual([], await self.store.accounts_left(5))
        await self.store.delete_device(device.id)
        self.assertEqual(["cpe-1"], await self.store.accounts_left(5))
        await self.add(1)
        self.assertIsNone(await self.store.waking(device.id))
        self.assertIsNone(await self.store.known_to_stun("stun-1"))
        self.assertIsNone(await self.store.binding(device.id))
        self.assertEqual((), (await self.store.wakes(device.id, Query())).items)
        await self.store.account_gone("cpe-1")
        self.assertEqual([], await self.store.accounts_left(5))

    async def test_a_device_without_an_account_leaves_none(self) -> None:
        device = await self.add(1)
        await self.store.put_waking(device.id, Waking("a", "b"))
        await self.store.delete_device(device.id)
        self.assertEqual([], await self.store.accounts_left(5))

    async def test_what_came_of_requests_is_listed_the_newest_first(self) -> None:
        device, other = await self.add(1), await self.add(2)
        one = Wake(self.store.new_id(), device.id, 5.25, 1.5, "http", WakeOutcome.BUSY, "503", "ann", 17, 18)
        two = Wake(self.store.new_id(), device.id, 6.0, 0.0, "", WakeOutcome.IMPOSSIBLE)
        for wake in (one, two, Wake(self.store.new_id(), "nobody", 1.0, 1.0, "", WakeOutcome.TIMEOUT)):
            self.store.add_wake(wake)
        self.assertEqual((two, one), (await self.store.wakes(device.id, Query())).items)
        self.assertEqual((one, two), (await self.store.wakes(device.id, Query(sort="id"))).items)
        page = await self.store.wakes(device.id, Query(limit=1))
        rest = await self.store.wakes(device.id, Query(limit=1, cursor=page.next))
        self.assertEqual(((two,), (one,)), (page.items, rest.items))
        self.assertEqual((), (await self.store.wakes(other.id, Query())).items)
        with self.assertRaises(BadQuery):
            await self.store.wakes(device.id, Query({"device": other.id}))

    async def test_old_ones_are_forgotten(self) -> None:
        device = await self.add(1)
        self.store.add_wake(Wake(self.store.new_id(), device.id, 5.0, 1.0, "http", WakeOutcome.INFORMED))
        now = self.clock.seconds()
        await self.store.retire(now - 60, now - 60)
        self.assertEqual(1, len((await self.store.wakes(device.id, Query())).items))
        await self.store.retire(now + 60, now + 60)
        self.assertEqual((), (await self.store.wakes(device.id, Query())).items)


class DueWakeContract(Contract):
    """Jobs whose devices are to be woken."""

    async def test_those_are_due_that_are_queued_and_whose_time_has_come(self) -> None:
        device = await self.add(1)
        await self.accept(device.id, "Reboot")
        first = await self.accept(device.id, "FactoryReset", arguments={}, wake_at=50.0)
        second = await self.accept(device.id, "GetRPCMethods", arguments={}, wake_at=60.0)
        await self.accept(device.id, "GetOptions", arguments={}, wake_at=61.0)
        sent = await self.accept(device.id, "GetQueuedTransfers", arguments={}, wake_at=40.0)
        await self.store.send_job(sent.id, 41.0, self.store.new_id())
        await self.store.cancel_job(
            (await self.accept(device.id, "GetAllQueuedTransfers", arguments={}, wake_at=40.0)).id, 41.0
        )
        due = await self.store.due_wakes(60.0, 90.0, 10)
        self.assertEqual([first.id, second.id], [job.id for job in due])
        self.assertEqual((90.0, {}), (due[0].wake_at, due[0].arguments))
        self.assertEqual([], list(await self.store.due_wakes(60.0, 90.0, 10)))
        self.assertEqual(3, len(await self.store.due_wakes(90.0, 120.0, 10)))

    async def test_no_more_are_taken_than_asked_for_the_longest_due_first(self) -> None:
        device = await self.add(1)
        late = await self.accept(device.id, "FactoryReset", arguments={}, wake_at=50.0)
        early = await self.accept(device.id, "GetRPCMethods", arguments={}, wake_at=40.0)
        for job in (early, late):
            self.assertEqual([job.id], [each.id for each in await self.store.due_wakes(60.0, 90.0, 1)])

    async def test_what_came_of_it_is_kept_with_the_job(self) -> None:
        device = await self.add(1)
        job = await self.accept(device.id, wake_at=50.0)
        self.store.change_job(
            job.id, wake_at=0.0, wake_tries=2, wake_method="udp", wake_outcome="accepted", wake_detail="sent"
        )
        await self.reopen()
        kept = await self.store.job(job.id)
        assert kept is not None
        told = (kept.wake_at, kept.wake_tries, kept.wake_method, kept.wake_outcome, kept.wake_detail)
        self.assertEqual((0.0, 2, "udp", "accepted", "sent"), told)
        self.assertEqual([], list(await self.store.due_wakes(60.0, 90.0, 10)))

    async def test_the_same_job_said_again_wakes_the_device_when_the_new_one_says(self) -> None:
        device = await self.add(1)
        job = await self.accept(device.id, wake_at=50.0)
        self.assertEqual(50.0, (await self.accept(device.id)).wake_at)
        self.assertEqual(
            (job.id, 20.0), ((again := await self.accept(device.id, wake_at=20.0)).id, again.wake_at)
        )
        self.assertEqual([job.id], [each.id for each in await self.store.due_wakes(20.0, 90.0, 10)])

    async def test_one_that_goes_back_to_the_queue_is_due_again(self) -> None:
        device = await self.add(1)
        job = await self.accept(device.id, wake_at=50.0)
        await self.store.send_job(job.id, 41.0, self.store.new_id())
        self.store.change_job(job.id, state=JobState.QUEUED, session=None)
        self.assertEqual([job.id], [each.id for each in await self.store.due_wakes(60.0, 90.0, 10)])
