"""Messages that wait are sent, one after the other, again and again until they are taken."""

from __future__ import annotations

import random
from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred

from acs.store import ids
from acs.store.interface import Query
from acs.store.records import JobState, SessionResult
from acs.store.records.alarms import Alarm, AlarmKind
from acs.store.records.webhooks import Delivery, DeliveryState, Standing, Webhook
from acs.web.webhooks import delivering
from acs.web.webhooks.delivering import LEASE, LOOK, SOON, TRIM_EVERY, TURN, Delivering
from acs.web.webhooks.trying import FIRST_WAIT, LONGEST_WAIT, PATIENCE, REFUSED_TRIES
from tests.web.cases import AIRTIES, ROUTER, ApiCase
from tests.web.listening import until
from tests.web.webhooks.receiving import Receiver

URL = "https://crm.isp.example/"


class DeliveringCase(ApiCase):
    """``self.receiver`` takes what ``self.delivering`` sends."""

    async def setUp(self) -> None:
        await super().setUp()
        self.receiver = Receiver(self.clock)
        self.processes: list[Delivering] = []
        self.delivering = self.another()

    def another(self) -> Delivering:
        """Another process on the same database."""
        made = Delivering(self.store, self.clock, self.receiver.post, lambda: 0.5)
        made.start()
        self.processes.append(made)
        self.addCleanup(made.stop)
        return made

    async def webhook(self, *events: str, **how: Any) -> Webhook:
        webhook = Webhook(self.store.new_id(), how.pop("url", URL), "hush", events or ("alarm",), **how)
        await self.store.put_webhook(webhook)
        self.delivering.changed()
        return webhook

    def alarm(self, text: str = "given up", device: str = AIRTIES.id) -> None:
        self.store.raise_alarm(AlarmKind.FIRMWARE_FAILED, text, device)

    async def pass_time(self, seconds: float) -> None:
        """Let time go by, and what is begun be done."""
        self.clock.advance(seconds)
        await until(lambda: self.receiver.held or not any(each.busy for each in self.processes))
        await self.store.committed()

    async def soon(self) -> None:
        await self.store.committed()
        await self.pass_time(SOON)
        await self.pass_time(LOOK)

    async def texts(self) -> list[str]:
        return [message["object"]["text"] for _, message in self.receiver.got]

    async def standing(self, webhook: Webhook) -> Standing:
        await self.store.committed()
        return (await self.store.standings())[webhook.id]

    async def log(self, webhook: Webhook) -> list[Delivery]:
        """What was sent, the oldest first."""
        page = await self.store.deliveries(Query({"webhook": ids.as_text(webhook.id)}))
        return list(page.items)[::-1]

    async def open_alarms(self, kind: AlarmKind) -> list[Alarm]:
        return list((await self.store.alarms(Query({"open": "true", "kind": kind.value}))).items)


class SendingTests(DeliveringCase):
    async def test_what_happens_is_sent_soon(self) -> None:
        webhook = await self.webhook()
        self.alarm()
        await self.soon()
        ((url, message),) = self.receiver.got
        self.assertEqual((URL, "alarm", AIRTIES.id), (url, message["event"], message["device"]))
        self.assertEqual(
            ("given up", "firmware_failed"), (message["object"]["text"], message["object"]["kind"])
        )
        self.assertEqual("2026-11-25T12:00:00.000Z", message["time"])
        self.assertEqual(ids.as_text(webhook.id), message["webhook"])
        (sent,) = await self.log(webhook)
        self.assertEqual(message["id"], ids.as_text(sent.id))
        self.assertEqual(
            (DeliveryState.DELIVERED, 1, 200, 0.25), (sent.state, sent.attempts, sent.status, sent.seconds)
        )

    async def test_messages_are_sent_in_the_order_of_what_happened(self) -> None:
        await self.webhook()
        for number in range(50):
            self.alarm(f"{number}")
        await self.soon()
        self.assertEqual([f"{number}" for number in range(50)], await self.texts())

    async def test_one_that_is_not_taken_is_sent_again_before_the_next(self) -> None:
        webhook = await self.webhook()
        self.receiver.answers = [503, 0, 200]
        for text in ("a", "b"):
            self.alarm(text)
        await self.soon()
        self.assertEqual(["a"], await self.texts())
        self.assertEqual(1, (await self.standing(webhook)).failures)
        await self.pass_time(FIRST_WAIT + LOOK)
        self.assertEqual(["a", "a"], await self.texts())
        await self.pass_time(FIRST_WAIT)
        self.assertEqual(["a", "a"], await self.texts())
        await self.pass_time(FIRST_WAIT + LOOK)
        self.assertEqual(["a", "a", "a", "b"], await self.texts())
        first, second = await self.log(webhook)
        self.assertEqual((3, 1), (first.attempts, second.attempts))
        fares = await self.standing(webhook)
        self.assertEqual((None, 0), (fares.failing, fares.failures))
        same = {message["id"] for _, message in self.receiver.got[:3]}
        self.assertEqual(1, len(same))

    async def test_one_webhook_does_not_wait_for_another(self) -> None:
        await self.webhook(url="https://a.example/")
        await self.webhook(url="https://b.example/")
        self.receiver.held = Deferred()
        self.alarm()
        await self.soon()
        await until(lambda: len(self.receiver.got) == 2)
        self.assertEqual({"https://a.example/", "https://b.example/"}, {url for url, _ in self.receiver.got})
        held, self.receiver.held = self.receiver.held, None
        held.callback(None)
        await self.pass_time(0)

    async def test_each_message_is_sent_by_one_process(self) -> None:
        await self.webhook()
        for _ in range(3):
            self.another()
        for number in range(30):
            self.alarm(f"{number}")
        await self.soon()
        # As one store tells all four processes here what happens, each of them has noted a message of it.
        numbers = [message["id"] for _, message in self.receiver.got]
        self.assertEqual((120, 120), (len(set(numbers)), len(numbers)))

    async def test_a_process_that_dies_loses_nothing_that_waits(self) -> None:
        webhook = await self.webhook()
        self.receiver.held = Deferred()
        self.alarm()
        await self.soon()
        await until(lambda: self.receiver.got)
        self.delivering.stop()  # and is never heard of again
        other = Receiver(self.clock)
        heir = Delivering(self.store, self.clock, other.post, lambda: 0.5)
        heir.start()
        self.addCleanup(heir.stop)
        await self.pass_time(LEASE - LOOK - 1)
        self.assertEqual([], other.got)
        self.clock.advance(5)
        await self.store.committed()
        # Time goes on while it looks: a look that is under way when its time comes is not begun twice.
        await until(lambda: other.got or self.clock.advance(LOOK))
        self.assertEqual(self.receiver.got[0][1]["id"], other.got[0][1]["id"])
        self.receiver.held.callback(None)
        await until(lambda: not heir.busy and not self.delivering.busy)
        self.assertEqual(0, (await self.standing(webhook)).queued)

    async def test_a_turn_ends_though_more_waits(self) -> None:
        webhook = await self.webhook()
        for number in range(5):
            self.alarm(f"{number}")

        async def post(*_: Any) -> Any:
            self.clock.advance(TURN)
            return await receiver.post(*_)

        receiver = Receiver(self.clock)
        self.delivering.stop()
        slow = Delivering(self.store, self.clock, post, lambda: 0.5)
        self.addCleanup(slow.stop)
        await slow.look()
        await until(lambda: not slow.busy)
        self.assertEqual(1, len(receiver.got))
        self.assertEqual(4, (await self.standing(webhook)).queued)

    async def test_one_that_is_refused_in_itself_is_given_up(self) -> None:
        webhook = await self.webhook()
        self.receiver.answers = [422] * REFUSED_TRIES
        self.alarm("a")
        self.alarm("b")
        for _ in range(40):
            await self.pass_time(FIRST_WAIT)
        self.assertEqual([*["a"] * REFUSED_TRIES, "b"], await self.texts())
        first, second = await self.log(webhook)
        self.assertEqual((DeliveryState.FAILED, DeliveryState.DELIVERED), (first.state, second.state))
        self.assertEqual((422, "no"), (first.status, first.detail))

    async def test_waits_grow_up_to_an_hour(self) -> None:
        webhook = await self.webhook()
        self.receiver.answers = [500] * 12
        self.alarm()
        await self.soon()
        waits = []
        for _ in range(11):
            due = (await self.standing(webhook)).due
            waits.append(due - self.clock.seconds())
            await self.pass_time(due - self.clock.seconds())
            await self.pass_time(LOOK)
        self.assertTrue(all(one < two for one, two in zip(waits, waits[1:9], strict=False)), waits)
        self.assertTrue(LONGEST_WAIT - LOOK <= waits[-1] <= LONGEST_WAIT, waits)

    async def test_one_that_takes_nothing_for_a_day_is_paused_with_an_alarm(self) -> None:
        webhook = await self.webhook()
        self.receiver.answers = [500] * 1000
        self.alarm()
        await self.soon()
        for _ in range(60):
            fares = await self.standing(webhook)
            if fares.paused:
                break
            await self.pass_time(max(0.0, fares.due - self.clock.seconds()))
            await self.pass_time(LOOK)
        self.assertTrue(fares.paused and fares.failing)
        self.assertGreaterEqual(fares.paused - fares.failing, PATIENCE)  # type: ignore[operator]
        self.assertIn("it has taken nothing for a day", fares.paused_because)
        self.assertIn("status 500", fares.paused_because)
        (alarm,) = await self.open_alarms(AlarmKind.WEBHOOK_PAUSED)
        self.assertEqual(ids.as_text(webhook.id), alarm.subject)
        tries = len(self.receiver.got)
        self.assertLess(tries, 40)
        await self.pass_time(10 * PATIENCE)
        self.assertEqual(tries, len(self.receiver.got))
        self.receiver.answers = []
        await self.store.pause_webhook(webhook.id, None)
        self.delivering.changed()
        await self.soon()
        self.assertEqual(["alarm"] * 2, self.receiver.events[tries:], "it, and that of its being paused")

    async def test_one_that_is_gone_for_good_is_paused_at_once(self) -> None:
        webhook = await self.webhook()
        self.receiver.answers = [410]
        self.alarm()
        await self.soon()
        self.assertIn("410", (await self.standing(webhook)).paused_because)
        self.assertEqual(1, (await self.standing(webhook)).queued - 1, "the alarm of that waits, too")

    async def test_the_oldest_are_given_up_where_too_many_wait(self) -> None:
        self.patch(delivering, "MOST_WAITING", 3)
        webhook = await self.webhook("job_done", "alarm")
        self.receiver.answers = [503] * 2
        for number in range(5):
            self.alarm(f"{number}")
        await self.soon()
        await self.pass_time(TRIM_EVERY)
        fares = await self.standing(webhook)
        self.assertIn(fares.dropped, (2, 3))  # the alarm of that waits, too
        (alarm,) = await self.open_alarms(AlarmKind.WEBHOOK_DROPPED)
        self.assertIn("more than 3 messages wait", alarm.text)
        for _ in range(10):
            await self.pass_time(FIRST_WAIT)
        self.assertEqual("4", [text for text in await self.texts() if text in "01234"][-1])
        self.assertEqual([], await self.open_alarms(AlarmKind.WEBHOOK_DROPPED))
        self.assertEqual(0, (await self.standing(webhook)).dropped)
        self.assertGreater(self.delivering.outcomes["dropped"], 1)

    async def test_one_that_is_forgotten_is_sent_no_more(self) -> None:
        webhook = await self.webhook()
        self.receiver.answers = [503]
        self.alarm()
        await self.soon()
        await self.store.delete_webhook(webhook.id)
        await self.pass_time(FIRST_WAIT + LOOK)
        self.assertEqual(1, len(self.receiver.got))
        self.assertFalse(self.store.happenings.wanted)

    async def test_while_the_store_is_away_nothing_is_sent_and_nothing_breaks(self) -> None:
        await self.webhook()
        self.delivering.stop()
        await self.lose_store()
        self.clock.advance(LOOK)
        self.assertEqual([], self.receiver.got)

    async def test_what_came_of_messages_is_counted(self) -> None:
        await self.webhook()
        self.receiver.answers = [503, 0]
        self.alarm()
        await self.soon()
        for _ in range(10):
            await self.pass_time(FIRST_WAIT)
        counted = {"taken": 1, "refused": 1, "unanswered": 1, "dropped": 0}
        self.assertEqual(counted, dict(self.delivering.outcomes))


class WantingTests(DeliveringCase):
    async def told(self) -> list[str]:
        await self.soon()
        return self.receiver.events

    async def test_a_webhook_is_told_what_it_wants_and_nothing_else(self) -> None:
        await self.webhook("session_failed")
        self.alarm()
        self.session()
        self.session(result=SessionResult.FAILED, failure="no answer")
        self.assertEqual(["session_failed"], await self.told())
        self.assertEqual("no answer", self.receiver.got[0][1]["object"]["failure"])

    async def test_of_what_it_wants_for_two_reasons_it_is_told_once(self) -> None:
        await self.webhook("session_ended", "session_failed")
        self.session()
        self.session(result=SessionResult.FAILED)
        self.assertEqual(["session_ended", "session_failed"], await self.told())

    async def test_devices_are_told_when_they_are_seen_first(self) -> None:
        await self.webhook("device_seen", "device_deleted")
        await self.store.add_device(ROUTER)
        registered = replace(ROUTER, id="00D09E-Router-S2", serial_number="S2", first_seen=None)
        await self.store.add_device(registered)
        self.assertEqual(["device_seen"], await self.told())
        self.store.change_device(registered.id, first_seen=self.clock.seconds())
        self.store.change_device(registered.id, notes="x")
        await self.store.delete_device(registered.id)
        self.assertEqual(["device_seen", "device_seen", "device_deleted"], await self.told())
        self.assertIsNone(self.receiver.got[2][1]["object"])
        self.assertEqual(registered.id, self.receiver.got[2][1]["device"])

    async def test_of_a_device_that_is_deleted_those_hear_who_have_heard_of_it(self) -> None:
        for how in ({"tags": ("field-test",)}, {"models": ("AirTies/Air4920DK-WA",)}, {"tags": ("other",)}):
            await self.webhook("device_deleted", **how)
        await self.store.add_device(ROUTER)
        for device in (ROUTER, AIRTIES):
            await self.store.delete_device(device.id)
        await self.soon()
        heard = [(message["device"], message["object"]) for _, message in self.receiver.got]
        self.assertEqual([(AIRTIES.id, None)] * 2, heard)

    async def test_firmware_and_levels_are_told_when_they_are_reached(self) -> None:
        await self.webhook("firmware_done", "level_reached", "configuration_failed")
        change = self.store.change_device
        change(
            AIRTIES.id,
            software_version="3",
            previous_software_version="2",
            software_changed_at=self.clock.seconds(),
        )
        change(AIRTIES.id, config_tried="2026")
        change(AIRTIES.id, current_config_level="2026")
        change(AIRTIES.id, config_problems=("Device.X: fault 9005",))
        change(AIRTIES.id, config_problems=())
        self.assertEqual(["firmware_done", "level_reached", "configuration_failed"], await self.told())
        self.assertEqual("3", self.receiver.got[0][1]["object"]["software_version"])

    async def test_jobs_are_told_with_their_end(self) -> None:
        await self.webhook("job_done", "job_failed")
        for state in (JobState.DONE, JobState.FAILED):
            job = await self.job("Reboot")
            await self.store.send_job(job.id, self.clock.seconds(), self.store.new_id())
            self.store.change_job(job.id, state=state, ended=self.clock.seconds())
        cancelled = await self.job("Reboot")
        await self.store.cancel_job(cancelled.id, self.clock.seconds())
        self.assertEqual(["job_done", "job_failed"], await self.told())

    async def test_alarms_are_told_with_their_end(self) -> None:
        await self.webhook("alarm", "alarm_ended")
        self.alarm()
        await self.store.committed()
        self.store.end_alarm(AlarmKind.FIRMWARE_FAILED, AIRTIES.id)
        self.store.end_alarm(AlarmKind.FIRMWARE_FAILED, AIRTIES.id)
        self.assertEqual(["alarm", "alarm_ended"], await self.told())
        self.assertIsNotNone(self.receiver.got[1][1]["object"]["ended"])

    async def test_secrets_are_not_told(self) -> None:
        await self.webhook("job_failed", "job_done")
        values = [{"Name": "Device.Users.User.1.Password", "Value": "hush", "Type": "xsd:string"}]
        job = await self.job("SetParameterValues", {"ParameterList": values, "ParameterKey": ""})
        await self.store.send_job(job.id, self.clock.seconds(), self.store.new_id())
        self.store.change_job(job.id, state=JobState.DONE, result={"Status": 0})
        self.assertEqual(["job_done"], await self.told())
        self.assertNotIn("hush", str(self.receiver.got))

    async def test_a_webhook_of_some_devices_is_told_of_these(self) -> None:
        await self.store.add_device(ROUTER)
        for url, how in (
            ("tag", {"tags": ("other", "field-test")}),
            ("model", {"models": ("2Wire/Router",)}),
            ("both", {"tags": ("field-test",), "models": ("2Wire/Router",)}),
            ("all", {}),
        ):
            await self.webhook("alarm", url=f"https://{url}/", **how)
        self.alarm("a", AIRTIES.id)
        self.alarm("b", ROUTER.id)
        self.store.raise_alarm(AlarmKind.DEVICES_LATE, "c", subject="2Wire/Router")
        self.store.raise_alarm(AlarmKind.DEVICES_LATE, "d", subject="all")
        await self.soon()
        told = {
            host: sorted(m["object"]["text"] for url, m in self.receiver.got if url == f"https://{host}/")
            for host in ("tag", "model", "both", "all")
        }
        self.assertEqual({"tag": ["a"], "model": ["b", "c"], "both": [], "all": ["a", "b", "c", "d"]}, told)

    async def test_a_device_that_is_not_in_memory_is_looked_up(self) -> None:
        await self.webhook("job_failed", tags=("field-test",))
        self.patch(self.store, "resident", lambda device_id: None)
        job = await self.job("Reboot")
        await self.store.send_job(job.id, self.clock.seconds(), self.store.new_id())
        self.store.change_job(job.id, state=JobState.FAILED)
        self.assertEqual(["job_failed"], await self.told())

    async def test_what_is_long_is_left_out(self) -> None:
        await self.webhook()
        noise = "".join(random.Random(1).choices("abc", k=9000))
        self.alarm(noise)
        await self.told()
        ((_, message),) = self.receiver.got
        self.assertEqual(["text"], message["left_out"])

    async def test_it_costs_nothing_while_nobody_wants_to_be_told(self) -> None:
        self.assertFalse(self.store.happenings.wanted)
        webhook = await self.webhook()
        self.assertTrue(self.store.happenings.wanted)
        await self.store.delete_webhook(webhook.id)
        await self.pass_time(LOOK)
        self.assertFalse(self.store.happenings.wanted)
