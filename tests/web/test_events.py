"""What happens is told as it does, to those who may hear it, as fast as they listen."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator
from msgspec.structs import replace
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from twisted.internet import reactor
from twisted.python.failure import Failure

from acs.session.file_transfers import FileTransfers
from acs.store.happenings import Happening, Topic, UserChange
from acs.store.records import JobState, Role, SessionResult
from acs.store.records.files import Direction, FileTransfer, Way
from acs.store.tokens import digest_of
from acs.web.objects.events import LONGEST
from acs.web.site import make_site
from acs.web.telling import feed
from acs.web.telling.feed import LINGER, MOST_OF_ONE
from acs.web.telling.ring import REMEMBERED
from acs.web.telling.streams import PATIENCE
from acs.web.telling.watch import Watch
from tests.web.cases import AIRTIES, NOON, ROUTER, ApiCase, a_token
from tests.web.client import DESCRIPTION
from tests.web.listening import Listener, until

_URI = "urn:description"
_REGISTRY: Registry[Any] = Registry().with_resource(_URI, Resource(DESCRIPTION, DRAFT202012))
_EVENT = Draft202012Validator({"$ref": f"{_URI}#/components/schemas/Event"}, registry=_REGISTRY)

PASSPHRASE = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase"


class EventsCase(ApiCase):
    async def listen(self, query: str = "", **how: Any) -> Listener:
        """Somebody who has begun to listen."""
        listener = Listener(self.site, query, **how)
        await until(lambda: listener.begun or b"\r\n\r\n{" in listener.value())
        return listener

    def rename(self, number: int) -> None:
        """Something that is told of the device."""
        self.store.change_device(self.device.id, notes=f"note {number}")

    async def pass_time(self, seconds: float) -> None:
        """Let time go by, five seconds at once, and what was begun by that come to its end."""
        for _ in range(round(seconds / 5)):
            self.clock.advance(5)
            await self.store.committed()
            await self.store.users()


class TellingTests(EventsCase):
    async def test_the_answer_is_a_stream_that_nobody_keeps_or_gathers(self) -> None:
        listener = await self.listen()
        head = listener.head.decode()
        self.assertTrue(head.startswith("HTTP/1.1 200 "))
        for line in ("Content-Type: text/event-stream", "Cache-Control: no-store", "X-Accel-Buffering: no"):
            self.assertIn(line, head)
        self.assertNotIn("Content-Length", head)

    async def test_a_job_is_told_in_each_of_its_states(self) -> None:
        listener = await self.listen()
        job = await self.job("Reboot")
        self.assertEqual(["job queued"], listener.told)
        session = self.store.new_id()
        await self.store.send_job(job.id, self.clock.seconds(), session)
        self.store.change_job(job.id, state=JobState.DONE, ended=self.clock.seconds(), result={})
        other = await self.job("FactoryReset")
        await self.ask("DELETE", f"/api/v1/jobs/{(await self.get('jobs'))['items'][0]['id']}")
        self.assertEqual(["job queued", "job sent", "job done", "job queued", "job cancelled"], listener.told)
        done = listener.events[2]
        self.assertEqual((AIRTIES.id, AIRTIES.id), (done["device"], done["object"]["device"]))
        self.assertEqual(await self.get("jobs", done["object"]["id"]), done["object"])
        self.assertNotEqual(job.id, other.id)

    async def test_a_session_is_told_as_it_ends_and_a_message_that_was_refused(self) -> None:
        listener = await self.listen()
        session = self.session()
        self.session(device="", result=SessionResult.FAILED, failure="no Inform")
        self.session(result=SessionResult.OPEN, ended=None)
        self.assertEqual(["session ended", "session refused"], listener.told)
        ended, refused = listener.events
        self.assertEqual(AIRTIES.id, ended["device"])
        self.assertEqual((None, "no Inform"), (refused["device"], refused["object"]["failure"]))
        (listed,) = (await self.get("sessions", query="?result=success"))["items"]
        self.assertEqual(listed, ended["object"])
        self.assertEqual(session.device, ended["object"]["device"])

    async def test_a_device_is_told_when_it_comes_changes_gets_another_id_and_goes(self) -> None:
        listener = await self.listen()
        await self.store.add_device(ROUTER)
        self.store.change_device(ROUTER.id, software_version="9", inform_digest="x", notes="n")
        renamed = replace(ROUTER, id="00D09F-Router-S1", oui="00D09F")
        await self.store.rename_device(ROUTER.id, renamed)
        await self.store.delete_device(renamed.id)
        self.assertEqual(
            ["device added", "device changed", "device renamed", "device deleted"], listener.told
        )
        added, changed, named, deleted = listener.events
        self.assertEqual("2Wire", added["object"]["manufacturer"])
        self.assertEqual({"software_version", "notes"}, set(changed["fields"]))
        self.assertEqual("9", changed["object"]["software_version"])
        self.assertEqual((renamed.id, ROUTER.id), (named["device"], named["formerly"]))
        self.assertEqual((renamed.id, None), (deleted["device"], deleted["object"]))

    async def test_what_nobody_is_shown_is_not_told(self) -> None:
        listener = await self.listen()
        self.store.change_device(AIRTIES.id, inform_digest="x", parameter_key="y")
        self.assertEqual([], listener.told)

    async def test_that_a_level_was_reached_or_could_not_be_is_told_as_that(self) -> None:
        listener = await self.listen()
        level = "2026-11-25T12:00:00.000000Z"
        self.store.change_device(AIRTIES.id, config_tried=level, config_tries=1)
        self.store.change_device(AIRTIES.id, config_problems=("Device.X: Invalid value",))
        self.store.change_device(AIRTIES.id, current_config_level=level, config_problems=())
        self.assertEqual(
            ["device changed", "device configuration_failed", "device level_reached"], listener.told
        )
        self.assertEqual(["Device.X: Invalid value"], listener.events[1]["object"]["config_problems"])

    async def test_every_event_is_as_it_is_described(self) -> None:
        listener = await self.listen()
        await self.job("Reboot")
        self.session()
        self.rename(1)
        change = UserChange(PASSPHRASE, "subscriber", "before", "after")
        self.tell(changes=(change,))
        await self.store.delete_device(AIRTIES.id)
        self.assertEqual(5, len(listener.events))
        for event in listener.events:
            _EVENT.validate(event)

    async def test_a_campaign_is_told_as_it_is_shown(self) -> None:
        listener = await self.listen("?type=campaign")
        wanted = {"name": "spring", "software_version": "2.0", "devices": [AIRTIES.id]}
        made = (await self.ask("POST", "/api/v1/campaigns", wanted)).json
        await self.ask("PATCH", f"/api/v1/campaigns/{made['id']}", {"state": "paused"})
        await self.ask("PATCH", f"/api/v1/campaigns/{made['id']}", {"state": "aborted"})
        words = ["campaign added", "campaign paused", "campaign progressed", "campaign aborted"]
        self.assertEqual(sorted(words), sorted(listener.told))
        for event in listener.events:
            _EVENT.validate(event)
            self.assertIsNone(event["device"])
        self.assertEqual(made, listener.events[0]["object"])
        self.assertEqual({**made["counts"], "waiting": 0, "left": 1}, listener.events[-1]["object"]["counts"])

    async def test_a_file_on_its_way_is_told_as_it_is_shown(self) -> None:
        listener = await self.listen(f"?type=transfer&device={AIRTIES.id}")
        transfers = FileTransfers(self.store, self.clock.seconds)
        what = FileTransfer(7, Way.HTTP, Direction.DOWNLOAD, "192.0.2.7", "a/b/1/i", NOON, self.device.key)
        transfers.heard(what)
        await self.store.users()
        transfers.heard(replace(what, sent=5, size=9, ended=True, failure="the client has gone"))
        await until(lambda: len(listener.told) == 2)
        self.assertEqual(["transfer began", "transfer failed"], listener.told)
        for event in listener.events:
            _EVENT.validate(event)
            self.assertEqual(AIRTIES.id, event["device"])
        last = listener.events[1]["object"]
        self.assertEqual(("failed", "the client has gone", 5), (last["state"], last["failure"], last["sent"]))

    def tell(self, **how: Any) -> None:
        device = self.store.resident(AIRTIES.id)
        self.store.happenings.tell(
            Happening(Topic.DEVICE, "user_changed", AIRTIES.id, self.clock.seconds(), device, **how)
        )

    async def test_what_a_user_has_changed_is_told_without_secrets(self) -> None:
        listener = await self.listen()
        changes = (
            UserChange(PASSPHRASE, "subscriber", "before", "hush"),
            UserChange("Device.X_Code", "operator", None, "hush", secret=True),
            UserChange("Device.WiFi.SSID.1.SSID", "", "ours", "x" * 1000),
        )
        self.tell(changes=changes)
        self.assertNotIn("hush", listener.body)
        (event,) = listener.events
        secret, marked, plain = event["changes"]
        self.assertEqual(("subscriber", "********", "********"), tuple(secret.values())[1:])
        self.assertEqual((None, "********"), (marked["old"], marked["new"]))
        self.assertEqual((None, "ours", 200), (plain["owner"], plain["old"], len(plain["new"])))

    async def test_a_job_s_secrets_are_never_told_whoever_asks(self) -> None:
        listener = await self.listen(token="acs_admin")
        value = {"Name": PASSPHRASE, "Value": "hush hush", "Type": "xsd:string"}
        await self.job("SetParameterValues", {"ParameterList": [value]})
        self.assertEqual(["job queued"], listener.told)
        self.assertNotIn("hush", listener.body)

    async def test_what_is_long_is_left_out_and_said_to_be(self) -> None:
        listener = await self.listen()
        job = await self.job("GetParameterValues", {"ParameterNames": ["Device."]})
        values = [{"Name": f"Device.X.{n}", "Value": "v" * 100, "Type": ""} for n in range(5000)]
        self.store.change_job(job.id, result={"ParameterList": values})
        self.store.change_device(AIRTIES.id, notes="n" * 16000, config_problems=("p" * 900,) * 100)
        changes = tuple(UserChange(f"Device.{n}." + "x" * 240, "", "o", "n") for n in range(100))
        self.tell(changes=changes)
        _, answered, changed, user = listener.events
        self.assertEqual(["result"], answered["left_out"])
        self.assertNotIn("result", answered["object"])
        self.assertEqual({"notes", "config_problems"}, set(changed["left_out"]))
        self.assertIn("changes", user["left_out"])
        self.assertTrue(user["changes"])
        for block in listener.body.split("\n\n"):
            self.assertLess(len(block), LONGEST + 200)

    async def test_a_device_s_bytes_cannot_end_a_line(self) -> None:
        listener = await self.listen()
        self.store.change_device(AIRTIES.id, hardware_version="1\n\ndata: {}\r\n\u2028\x00")
        self.assertEqual(1, len(listener.events))
        self.assertEqual("1\n\ndata: {}\r\n\u2028\x00", listener.events[0]["object"]["hardware_version"])


class FilterTests(EventsCase):
    async def test_types_are_chosen(self) -> None:
        both = await self.listen("?type=session,job")
        one = await self.listen("?type=job")
        none = await self.listen("?type=campaign")
        await self.job("Reboot")
        self.session()
        self.rename(1)
        self.assertEqual(["job queued", "session ended"], both.told)
        self.assertEqual((["job queued"], []), (one.told, none.told))

    async def test_one_device_is_chosen_whatever_it_is_called(self) -> None:
        await self.store.add_device(ROUTER)
        listener = await self.listen(f"?device={ROUTER.id}")
        escaped = await self.listen(f"?device={AIRTIES.id}")
        self.rename(1)
        await self.store.rename_device(ROUTER.id, replace(ROUTER, id="00D09F-Router-S1", oui="00D09F"))
        self.assertEqual((["device renamed"], ["device changed"]), (listener.told, escaped.told))

    async def test_other_filters_are_refused(self) -> None:
        for query in ("?type=sessions", "?type=job,", "?type=", "?device=" + "x" * 513):
            await self.assert_refused(400, "GET", "/api/v1/events" + query)


class ResumingTests(EventsCase):
    async def test_who_comes_again_hears_what_has_happened_meanwhile(self) -> None:
        first = await self.listen()
        self.rename(1)
        last = first.events[-1]["id"]
        first.drop()
        for number in (2, 3):
            self.rename(number)
        self.session()
        second = await self.listen("?type=device", last=last)
        self.assertEqual(["note 2", "note 3"], [event["object"]["notes"] for event in second.events])
        self.rename(4)
        self.assertEqual("note 4", second.events[-1]["object"]["notes"])

    async def test_who_wants_more_than_was_heard_is_told_to_ask_anew(self) -> None:
        first = await self.listen(f"?type=job,device&device={AIRTIES.id}")
        self.rename(1)
        last = first.events[-1]["id"]
        self.session()
        narrower = (f"?type=job&device={AIRTIES.id}", f"?device={AIRTIES.id}&type=device,job")
        for query in narrower:
            self.assertEqual([], (await self.listen(query, last=last)).told, query)
        self.session()
        for query in ("", "?type=job", f"?device={AIRTIES.id}", f"?type=job&device={ROUTER.id}"):
            self.assertEqual(["reset"], (await self.listen(query, last=last)).told, query)

    async def test_only_so_many_wishes_are_remembered(self) -> None:
        self.patch(feed, "MOST_COVERED", 3)
        first = await self.listen("?type=job")
        for number in range(5):
            (await self.listen(f"?device={number}")).drop()
        await self.job("Reboot")
        self.assertEqual(["job queued"], first.told)
        last = first.events[-1]["id"]
        self.assertEqual(["reset"], (await self.listen("?device=0", last=last)).told)
        self.assertEqual([], (await self.listen("?type=job", last=last)).told)

    async def test_who_is_cut_off_while_catching_up_has_not_lost_its_place(self) -> None:
        first = await self.listen()
        for number in (1, 2):
            self.rename(number)
        second = await self.listen(last=first.events[0]["id"])
        self.assertTrue(second.body.startswith(f"retry: 2000\nid: {first.events[0]['id']}\n\n"))

    async def test_who_heard_nothing_yet_can_go_on_too(self) -> None:
        first = await self.listen()
        last = first.body.partition("id: ")[2].partition("\n")[0]
        first.drop()
        self.rename(1)
        self.assertEqual(["device changed"], (await self.listen(last=last)).told)

    async def test_who_comes_too_late_or_from_elsewhere_is_told_to_ask_anew(self) -> None:
        first = await self.listen()
        self.rename(0)
        last = first.events[-1]["id"]
        epoch = last.rpartition("-")[0]
        for unknown in ("x-1", "1", f"{epoch}-9", f"{epoch}-", f"{epoch}--1", f"{epoch}-²", "\u00ff"):
            self.assertEqual(["reset"], (await self.listen(last=unknown)).told, unknown)
        for number in range(1, REMEMBERED + 2):
            self.rename(number)
        again = await self.listen(last=last)
        self.assertEqual(["reset"], again.told)
        self.rename(-1)
        self.assertEqual(["reset", "device changed"], again.told)

    async def test_nothing_is_remembered_when_nobody_has_listened_for_long(self) -> None:
        first = await self.listen()
        self.rename(1)
        last = first.events[-1]["id"]
        first.drop()
        await self.pass_time(LINGER - 10)
        self.assertTrue(self.store.happenings.wanted)
        self.assertEqual([], (second := await self.listen(last=last)).told)
        second.drop()
        await self.pass_time(LINGER + 10)
        self.assertFalse(self.store.happenings.wanted)
        self.assertEqual(["reset"], (await self.listen(last=last)).told)

    async def test_who_may_have_missed_something_is_told_to_ask_anew(self) -> None:
        listener = await self.listen()
        self.rename(1)
        self.store.happenings.miss()
        self.rename(2)
        self.assertEqual(["device changed", "reset", "device changed"], listener.told)
        again = await self.listen(last=listener.events[1]["id"])
        self.assertEqual(["device changed"], again.told)


class ReadersTests(EventsCase):
    def pause(self, listener: Listener) -> None:
        """The reader takes no more."""
        listener.producer.pauseProducing()  # type: ignore[attr-defined]

    def resume(self, listener: Listener) -> None:
        listener.producer.resumeProducing()  # type: ignore[attr-defined]

    async def test_a_slow_reader_gets_what_waited_for_it(self) -> None:
        listener = await self.listen()
        self.pause(listener)
        for number in range(10):
            self.rename(number)
        self.assertEqual([], listener.told)
        self.resume(listener)
        self.rename(10)
        self.assertEqual([f"note {n}" for n in range(11)], [e["object"]["notes"] for e in listener.events])

    async def test_one_that_is_too_far_behind_is_cut_off(self) -> None:
        listener = await self.listen()
        self.pause(listener)
        for number in range(REMEMBERED + 1):
            self.rename(number)
        self.resume(listener)
        self.assertTrue(listener.aborted)
        self.assertEqual([], listener.told)

    async def test_one_that_reads_nothing_is_cut_off(self) -> None:
        listener = await self.listen()
        self.pause(listener)
        await self.pass_time(PATIENCE - 10)
        self.assertFalse(listener.aborted)
        await self.pass_time(15)
        self.assertTrue(listener.aborted)

    async def test_one_that_has_gone_is_forgotten(self) -> None:
        for _ in range(MOST_OF_ONE + 1):
            listener = await self.listen()
            self.assertTrue(listener.begun)
            listener.drop()
            self.rename(1)

    async def test_a_comment_shows_that_the_line_holds(self) -> None:
        listener = await self.listen()
        await self.pass_time(15)
        self.assertEqual(1, listener.body.count(":\n\n"))
        self.rename(1)
        await self.pass_time(5)
        self.assertEqual(1, listener.body.count(":\n\n"))
        await self.pass_time(100)
        self.assertGreaterEqual(listener.body.count(":\n\n"), 1 + 100 / 15)

    async def test_there_are_so_many_streams_for_one(self) -> None:
        for _ in range(MOST_OF_ONE):
            self.assertTrue((await self.listen()).begun)
        refused = await self.assert_refused(429, "GET", "/api/v1/events", role=Role.VIEWER)
        self.assertEqual("30", refused.headers["Retry-After"])
        self.assertTrue((await self.listen(token="acs_support")).begun)

    async def test_its_head_can_be_asked_for_and_is_no_stream(self) -> None:
        response = await self.ask("HEAD", "/api/v1/events", role=Role.VIEWER)
        self.assertEqual((200, "text/event-stream"), (response.status, response.headers["Content-Type"]))
        self.rename(1)

    async def test_a_client_of_http_1_0_is_served_until_it_goes(self) -> None:
        listener = await self.listen(version="1.0")
        self.rename(1)
        self.assertNotIn(b"chunked", listener.head.lower())
        self.assertEqual(["device changed"], listener.told)

    async def test_what_cannot_be_told_stops_neither_the_work_nor_the_stream(self) -> None:
        listener = await self.listen()
        happening = Happening(Topic.DEVICE, "changed", AIRTIES.id, 0.0, AIRTIES, changes=("?",))  # type: ignore[arg-type]
        self.store.happenings.tell(happening)
        self.assertEqual(1, len(self.flushLoggedErrors(AttributeError)))
        self.rename(1)
        self.assertEqual(["device changed"], listener.told)


class EndTests(EventsCase):
    async def test_a_token_that_is_revoked_ends_its_stream(self) -> None:
        listener, other = await self.listen(), await self.listen(token="acs_admin")
        await self.ask("DELETE", "/api/v1/tokens/a%20viewer")
        await self.pass_time(20)
        self.assertTrue(listener.value().endswith(b"0\r\n\r\n"))
        self.rename(1)
        self.assertEqual(([], ["device changed"]), (listener.told, other.told))
        listener.drop()

    async def test_a_token_that_expires_ends_its_stream(self) -> None:
        expires = self.clock.seconds() + 60
        await self.store.add_token(
            a_token(Role.VIEWER, name="short", digest=digest_of(b"acs_short"), expires=expires)
        )
        listener = await self.listen(token="acs_short")
        await self.pass_time(50)
        self.rename(1)
        self.assertEqual(["device changed"], listener.told)
        await self.pass_time(30)
        self.assertTrue(listener.value().endswith(b"0\r\n\r\n"))
        listener.drop()

    async def test_a_store_that_does_not_answer_ends_none(self) -> None:
        listener = await self.listen()
        await self.lose_store()
        self.clock.advance(5)
        self.clock.advance(15)
        await until(lambda: True)
        self.assertFalse(listener.value().endswith(b"0\r\n\r\n"))
        self.flushLoggedErrors()

    async def test_all_end_when_the_appliance_stops_and_there_are_no_others(self) -> None:
        of_the_store = self.clock.getDelayedCalls()
        watch = Watch(self.store, self.clock)
        self.site = make_site(store=self.store, clock=self.clock, reactor=reactor, version="1.0", watch=watch)
        listener = await self.listen()
        watch.close()
        self.assertTrue(listener.value().endswith(b"0\r\n\r\n"))
        listener.drop()
        refused = await self.listen()
        self.assertTrue(refused.value().startswith(b"HTTP/1.1 503"))
        refused.drop()
        self.assertEqual(of_the_store, self.clock.getDelayedCalls())

    async def test_nothing_is_made_to_be_told_while_nobody_listens(self) -> None:
        self.assertFalse(self.store.happenings.wanted)
        listener = await self.listen()
        self.assertTrue(self.store.happenings.wanted)
        listener.protocol.connectionLost(Failure(ConnectionError()))
