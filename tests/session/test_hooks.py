"""Sessions with the operator's systems behind them: whole ones, whatever those answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.logger import capturedLogs, formatEvent

from acs.configuration.levels import level_at
from acs.cwmp import messages as m
from acs.hooks import Download, Ended, HookFailed, Related, Subject
from acs.hooks.asking import Hooks
from acs.hooks.verifying import Verifier
from acs.session.desired import Desired
from acs.session.jobs import accept
from acs.session.operator import MAX_LINES, Operator
from acs.session.relation import changes_of, subject_of
from acs.session.verification import Asked
from acs.simulate.cpe import SimulatedCPE
from acs.store.interface import Query
from acs.store.records import Device, JobState
from tests.session.test_configure import CODE, PASSPHRASE, SSID, ConfigureCase
from tests.support.world import World

HUSH = b"hush-hush"
SECRET = {PASSPHRASE: {"value": HUSH.decode(), "secret": True}}


class Crm:
    """The operator's systems, which answer as the test says; one that is an exception is raised."""

    name = "crm"

    def __init__(self) -> None:
        self.related: Any = Related("17", {"wifi_ssid": "Café"})
        self.verified: Any = True
        self.configurable: Any = True
        self.configuration: Any = None
        self.authorized: Any = True
        self.ending: Any = None
        self.said: list[tuple[Any, ...]] = []

    def find_related(self, subject: Subject) -> Any:
        return self._say(self.related, "find_related", subject)

    def pre_verify(self, subject: Subject, related: Related | None) -> Any:
        return self._say(None, "pre_verify", related)

    def verify(self, subject: Subject, related: Related | None) -> Any:
        return self._say(self.verified, "verify", related)

    def post_verify(self, subject: Subject, related: Related | None, verified: bool) -> Any:
        return self._say(None, "post_verify", verified)

    def is_configurable(self, subject: Subject, related: Related | None) -> Any:
        return self._say(self.configurable, "is_configurable", related)

    def get_configuration(self, subject: Subject, related: Related | None) -> Any:
        return self._say(self.configuration, "get_configuration", related)

    def authorize_download(self, subject: Subject, related: Related | None, download: Download) -> Any:
        return self._say(self.authorized, "authorize_download", download)

    def session_ended(self, subject: Subject, ended: Ended) -> Any:
        return self._say(self.ending, "session_ended", ended)

    def user_changed(self, subject: Subject, related: Related | None, changes: Mapping[str, str]) -> Any:
        return self._say(None, "user_changed", dict(changes))

    def _say(self, answer: Any, *what: Any) -> Any:
        self.said.append(what)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def told(self, hook: str) -> list[Any]:
        """What a hook was told of."""
        return [what[1] for what in self.said if what[0] == hook]


def by_python(world: World) -> Asked:
    """The policy ``python``."""
    return Asked("python", Verifier(world.hooks.verify, world.clock, 60.0))


class HooksCase(ConfigureCase):
    resets = False

    def setUp(self) -> Any:
        self.crm = Crm()
        self.how = {"hooks": [self.crm], "policy": by_python, "resets": self.resets}
        return super().setUp()

    async def later(self, cpe: SimulatedCPE, *events: str) -> list[str]:
        """A session after what the hooks have answered is no longer remembered."""
        self.world.clock.advance(3700)
        return await self.session(cpe, *events)

    async def wire(self) -> bytes:
        """All that was said to the device in the last session."""
        return b"".join(each.body for each in await self.world.conversation() if each.direction == "out")

    async def remarks(self) -> str:
        return "; ".join(each.note for each in await self.world.conversation())


class RelatedTests(HooksCase):
    async def test_facts_of_the_related_device_are_filled_in(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {SSID: "{{ related.wifi_ssid }}"})
        await self.session(cpe)
        device = await self.known(cpe)
        self.assertEqual(
            ("Café", "17", ()), (self.value(cpe, SSID), device.related_device, device.config_problems)
        )

    async def test_the_hook_is_told_who_calls_from_where(self) -> None:
        cpe = await self.met()
        [subject] = self.crm.told("find_related")
        who = cpe.device_id
        self.assertEqual(
            (who.key, who.SerialNumber, "192.0.2.7", "main"),
            (subject.id, subject.serial_number, subject.client_ip, subject.listener),
        )
        self.assertIn("0 BOOTSTRAP", subject.events)

    async def test_the_device_follows_its_record_and_is_left_alone_while_that_stays_the_same(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {SSID: "{{ related.wifi_ssid }}"})
        await self.later(cpe)
        self.assertEqual([], await self.later(cpe))
        self.crm.related = Related("17", {"wifi_ssid": "Other"})
        self.assertIn("SetParameterValues", await self.later(cpe))
        self.assertEqual("Other", self.value(cpe, SSID))
        level = self.value(cpe, ".ManagementServer.ParameterKey")
        device = await self.known(cpe)
        self.assertEqual((level, level), (device.related_level, device.current_config_level))
        self.assertEqual([], await self.later(cpe))

    async def test_what_the_record_says_of_the_parameters_stands_before_all_else(self) -> None:
        cpe = await self.met()
        self.crm.configuration = {CODE: "related", SSID: {"value": "Café"}}
        await self.put("all", "default", {CODE: "all", SSID: "all"})
        await self.put("device", cpe.device_id.key, {CODE: "device"})
        await self.later(cpe)
        self.assertEqual(["related", "Café"], self.values(cpe, CODE, SSID))

    async def test_its_level_is_the_one_that_the_device_is_to_reach(self) -> None:
        self.crm.configuration = {CODE: "related"}
        cpe = await self.met()
        device = await self.known(cpe)
        self.assertEqual((device.related_level, "related"), tuple(Desired(self.world.store).level(device)))
        self.assertEqual(device.related_level, self.value(cpe, ".ManagementServer.ParameterKey"))

    async def test_without_a_related_device_it_gets_what_does_not_need_one(self) -> None:
        self.crm.related = None
        cpe = await self.met()
        await self.put("all", "default", {CODE: "x", SSID: "{{ related.wifi_ssid }}"})
        await self.session(cpe)
        device = await self.known(cpe)
        self.assertEqual(("x", ""), (self.value(cpe, CODE), device.related_device))
        self.assertEqual((f"{SSID}: nobody tells what related.wifi_ssid is",), device.config_problems)

    async def test_a_customer_who_leaves_takes_his_values_along(self) -> None:
        cpe = await self.met()
        self.crm.configuration = {CODE: "his"}
        await self.put("all", "default", {CODE: "nobody's"})
        await self.later(cpe)
        self.crm.related = self.crm.configuration = None
        await self.later(cpe)
        self.assertEqual("nobody's", self.value(cpe, CODE))
        self.assertEqual("", (await self.known(cpe)).related_device)

    async def test_a_session_does_not_wait_for_what_was_answered_a_moment_ago(self) -> None:
        cpe = await self.met()
        await self.session(cpe)
        self.assertEqual(1, len(self.crm.told("find_related")))


class LevelTests(HooksCase):
    def device_with(self, **fields: Any) -> Device:
        return Device("a", "b", "c", "d", "e", **fields)

    def level(self, device: Device, related: Related | None, now: float = 1_764_000_000.0) -> str:
        return str(changes_of(device, related, True, now).get("related_level", "none"))

    def test_the_level_is_the_one_of_the_answer_where_that_is_news_to_the_device(self) -> None:
        given = Related("17", {}, "2025-01-01T00:00:00.000000Z")
        self.assertEqual(given.level, self.level(self.device_with(), given))

    def test_else_it_is_the_time(self) -> None:
        now = level_at(1_764_000_000.0)
        given = Related("17", {}, "2025-01-01T00:00:00.000000Z")
        for device in (
            self.device_with(current_config_level="2025-01-02T00:00:00.000000Z"),
            self.device_with(related_level="2025-01-02T00:00:00.000000Z", related_digest="other"),
        ):
            self.assertEqual(now, self.level(device, given))
        self.assertEqual(now, self.level(self.device_with(), Related("17")))
        self.assertEqual(now, self.level(self.device_with(related_digest="some"), None))

    def test_the_same_answer_is_no_news_however_its_facts_are_ordered(self) -> None:
        changes = changes_of(self.device_with(), Related("17", {"a": "1", "b": "2"}), True, 0.0)
        self.assertEqual("none", self.level(self.device_with(**changes), Related("17", {"b": "2", "a": "1"})))
        self.assertNotEqual(
            "none", self.level(self.device_with(**changes), Related("17", {"b": "1", "a": "2"}))
        )
        self.assertEqual("none", self.level(self.device_with(), None))


class ChangedTests(HooksCase):
    """What somebody changes on the device, of what the operator's systems want."""

    async def test_it_is_put_back_where_it_is_the_operators(self) -> None:
        self.crm.configuration = {CODE: {"value": "his", "owner": "operator"}}
        cpe = await self.changed()
        self.assertEqual("his", self.value(cpe, CODE))

    async def test_it_is_left_alone_where_nobody_knows_what_is_wanted(self) -> None:
        self.crm.configuration = {CODE: {"value": "his", "owner": "operator"}}
        cpe = await self.changed(ValueError("down"))
        self.assertEqual("changed", self.value(cpe, CODE))
        self.assertEqual(0, (await self.known(cpe)).config_drift)

    async def changed(self, answer: Any = None) -> SimulatedCPE:
        """A device that has been configured, then changed, then read, with this answer."""
        cpe = await self.met()
        self.assertEqual("his", self.value(cpe, CODE))
        cpe.tree.write(cpe.model.root + CODE[1:], "changed")
        self.crm.configuration = answer or self.crm.configuration
        self.world.store.change_device(cpe.device_id.key, full_read_requested=True)
        await self.later(cpe)
        return cpe


class StrangerTests(HooksCase):
    async def test_a_stranger_does_not_change_what_a_device_is_related_to(self) -> None:
        cpe = await self.met()
        before = await self.known(cpe)
        self.crm.related, self.crm.verified = Related("18"), False
        await self.later(cpe)
        after = await self.known(cpe)
        self.assertEqual(
            (before.related_device, before.related_level), (after.related_device, after.related_level)
        )

    async def test_but_it_is_shown_where_nothing_better_is_known(self) -> None:
        self.crm.verified = False
        device = await self.known(await self.met())
        self.assertEqual(("17", "", ""), (device.related_device, device.related_level, device.related_digest))


class FailureTests(HooksCase):
    async def refuses(self, reason: str) -> SimulatedCPE:
        """A device that has something secret to come, and does not get it; it is told why."""
        cpe = await self.met()
        await self.put("all", "default", {CODE: "x", **SECRET})
        with capturedLogs() as events:
            self.assertEqual([], await self.later(cpe))
        device = await self.known(cpe)
        self.assertEqual((reason,), device.config_problems)
        self.assertEqual(("", 0), (device.config_tried, device.config_tries))
        self.assertNotIn(HUSH, await self.wire())
        self.assertIn(reason, await self.remarks())
        lines = [formatEvent(event) for event in events if str(event["log_level"]) != "<LogLevel=debug>"]
        self.lines = [line for line in lines if line and reason in line]
        self.assertEqual("success", (await self.world.last_session()).result)
        return cpe

    async def test_a_device_whose_record_cannot_be_found_is_not_configured_and_is_when_it_can(self) -> None:
        cpe = await self.met()
        self.crm.related = ValueError("down")
        self.world.clock.advance(7200)
        cpe = await self.refuses("find_related: ValueError: down")
        self.assertEqual([f"{cpe.device_id.key} from 192.0.2.7: find_related: ValueError: down"], self.lines)
        self.crm.related = Related("17")
        await self.later(cpe)
        self.assertEqual(("x", ()), (self.value(cpe, CODE), (await self.known(cpe)).config_problems))

    async def test_nor_is_one_whose_configuration_cannot_be_had(self) -> None:
        for answer, reason in (
            (OSError("gone"), "get_configuration: OSError: gone"),
            ({"nowhere": "hush-hush"}, "the configuration: nowhere is not the path of a parameter"),
        ):
            self.crm.configuration = answer
            with self.subTest(reason):
                self.assertIn(reason, await self.reason())

    async def reason(self) -> str:
        cpe = await self.met()
        await self.put("all", "default", {CODE: "x"})
        await self.later(cpe)
        self.assertNotEqual("x", self.value(cpe, CODE))
        return (await self.known(cpe)).config_problems[0]

    async def test_nor_is_one_that_is_not_to_be(self) -> None:
        self.crm.configurable = False
        await self.refuses("the operator's systems say that it is not to be configured now")
        self.assertEqual([], self.crm.told("get_configuration"))

    async def test_nor_is_one_of_which_nobody_says_whether_it_is_to_be(self) -> None:
        self.crm.configurable = "maybe"
        self.assertIn("the answer is a text, not true or false", await self.reason())

    async def test_a_hook_that_hangs_keeps_a_session_waiting_for_its_limit(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {CODE: "x", **SECRET})
        self.world.clock.advance(7200)
        self.crm.related = Deferred()
        session = ensureDeferred(self.session(cpe))
        self.world.clock.advance(2.9)
        self.assertNoResult(session)
        self.world.clock.advance(0.2)
        self.assertEqual([], await session)
        self.assertEqual(("find_related: no answer within 3 s",), (await self.known(cpe)).config_problems)
        self.assertNotIn(HUSH, await self.wire())

    async def test_where_it_has_answered_before_that_serves(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {SSID: "{{ related.wifi_ssid }}"})
        self.crm.related = ValueError("down")
        self.world.clock.advance(100)
        await self.session(cpe)
        self.assertEqual("Café", self.value(cpe, SSID))

    async def test_one_that_is_deleted_while_a_hook_is_asked_is_to_come_again(self) -> None:
        cpe = self.world.cpe()
        reached, waiting = Deferred[None](), Deferred[Any]()

        def find_related(subject: Subject) -> Deferred[Any]:
            reached.callback(None)
            return waiting

        self.crm.find_related = find_related  # type: ignore[method-assign]
        calling = ensureDeferred(cpe.call_in())
        await reached
        await self.world.store.delete_device(cpe.id)
        waiting.callback(Related("18"))
        answer = await calling
        assert isinstance(answer, m.Fault)
        self.assertEqual((8005, "the device was deleted"), (answer.FaultCode, answer.FaultString))

    def test_many_failures_are_few_lines(self) -> None:
        operator = Operator(Hooks(self.world.clock), self.world.clock.seconds)
        subject = Subject("001CA8-Box-S1", "AirTies", "001CA8", "Box", "S1", client_ip="192.0.2.7")
        with capturedLogs() as events:
            for _ in range(MAX_LINES + 10):
                operator.tell(subject, HookFailed("down"))
            self.world.clock.advance(60)
            operator.tell(subject, HookFailed("down again"))
        lines = [formatEvent(event) for event in events]
        self.assertEqual(["001CA8-Box-S1 from 192.0.2.7: down"] * MAX_LINES, lines[:MAX_LINES])
        self.assertEqual(
            ["10 more hooks failed in a minute", "001CA8-Box-S1 from 192.0.2.7: down again"],
            lines[MAX_LINES:],
        )


class VerifyTests(HooksCase):
    async def verdict(self, answer: Any) -> tuple[bool, str]:
        """What comes of an answer."""
        cpe = await self.met()
        await self.put("all", "default", SECRET)
        self.crm.verified = answer
        await self.later(cpe)
        self.assertEqual(answer is True, HUSH in await self.wire())
        session = await self.world.last_session()
        self.assertEqual(session.client_ip_verified, (await self.known(cpe)).client_ip_verified)
        return session.client_ip_verified, session.verified_by

    async def test_a_device_of_which_they_say_so_is_verified(self) -> None:
        self.assertEqual((True, "python"), await self.verdict(True))

    async def test_one_of_which_they_say_no_is_not(self) -> None:
        self.assertEqual((False, "python: it is not so"), await self.verdict(False))

    async def test_nor_is_one_of_which_they_say_nothing_or_nonsense(self) -> None:
        self.assertEqual((False, "python: verify: OSError: gone"), await self.verdict(OSError("gone")))

    async def test_nor_one_of_which_they_say_nonsense(self) -> None:
        self.assertEqual((False, "python: the answer is a number, not true or false"), await self.verdict(1))

    async def test_what_they_said_a_moment_ago_holds_and_it_is_told_since_when(self) -> None:
        cpe = await self.met()
        self.crm.verified = OSError("gone")
        self.world.clock.advance(12)
        await self.session(cpe)
        session = await self.world.last_session()
        self.assertEqual((True, "python, 12 s ago"), (session.client_ip_verified, session.verified_by))

    async def test_it_is_told_before_and_after(self) -> None:
        await self.met()
        hooks = [what[0] for what in self.crm.said]
        self.assertEqual(["find_related", "pre_verify", "verify", "post_verify"], hooks[:4])
        self.assertEqual([True], self.crm.told("post_verify"))

    async def test_where_that_fails_the_device_is_not_verified(self) -> None:
        self.crm.pre_verify = self.crm.post_verify = lambda *_: 1 / 0  # type: ignore[method-assign]
        await self.met()
        session = await self.world.last_session()
        self.assertEqual(
            (False, "pre_verify: ZeroDivisionError: division by zero"),
            (session.client_ip_verified, session.verified_by),
        )


class DownloadTests(HooksCase):
    async def job_after(self, answer: Any) -> Any:
        cpe = await self.met()
        self.crm.authorized = answer
        arguments = {
            "FileType": "1 Firmware Upgrade Image",
            "URL": "http://192.0.2.1/f",
            "FileSize": 5,
            "Username": "u",
            "Password": "hush-hush",
        }
        job = await self.world.job(cpe.device_id.key, "Download", arguments, reason="new", requested_by="ann")
        self.asked = await self.session(cpe)
        return await self.world.store.job(job.id)

    async def test_a_download_is_sent_where_it_is_authorized(self) -> None:
        job = await self.job_after(True)
        self.assertIn("Download", self.asked)
        self.assertEqual(JobState.SENT, job.state)
        [download] = self.crm.told("authorize_download")
        self.assertEqual(
            Download(
                job.id, "Download", "1 Firmware Upgrade Image", "http://192.0.2.1/f", "new", False, "ann"
            ),
            download,
        )

    async def test_it_has_failed_where_it_is_not_or_nobody_says_so(self) -> None:
        for answer, reason in (
            (False, "the operator's systems do not authorize the download"),
            (OSError("gone"), "authorize_download: OSError: gone"),
            (None, "the answer is nothing, not true or false"),
        ):
            job = await self.job_after(answer)
            self.assertEqual([], self.asked)
            self.assertEqual((JobState.FAILED, reason), (job.state, job.fault["FaultString"]))


class EndTests(HooksCase):
    async def test_it_is_told_how_a_session_ended(self) -> None:
        await self.met()
        session = await self.world.last_session()
        [ended] = self.crm.told("session_ended")
        self.assertEqual(Ended(session.id, "success", "", True, session.started, session.ended or 0.0), ended)

    async def test_a_lost_one_too(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in()
        self.world.pass_time(120)
        [ended] = self.crm.told("session_ended")
        self.assertEqual("failed", ended.result)
        self.assertIn("silent for", ended.failure)

    async def test_nobody_waits_for_that_and_its_failure_is_told(self) -> None:
        self.crm.ending = Deferred()
        with capturedLogs() as events:
            await self.met()
            self.world.clock.advance(3)
        self.assertIn("session_ended: no answer within 3 s", "\n".join(map(str, map(formatEvent, events))))


class SubjectTests(ConfigureCase):
    async def test_outside_of_a_session_a_device_is_at_its_last_address(self) -> None:
        cpe = await self.met()
        subject = subject_of(await self.known(cpe))
        self.assertEqual(("192.0.2.7", "", ()), (subject.client_ip, subject.listener, subject.events))


class UserChangedTests(HooksCase):
    async def changed(self, owner: str) -> SimulatedCPE:
        """A device whose subscriber has changed its network's name, after the session that tells so."""
        cpe = await self.met()
        await self.put("all", "default", {SSID: {"value": "ours", "notify": "active", "owner": owner}})
        await self.later(cpe)
        cpe.tree.write(SSID, "theirs")
        cpe.events.changed[SSID] = True
        await self.later(cpe)
        return cpe

    async def test_what_somebody_has_changed_is_told_once_whoever_owns_it(self) -> None:
        for owner in ("", "operator", "subscriber"):
            cpe = await self.changed(owner)
            await self.later(cpe)
            self.assertEqual([{SSID: "theirs"}], self.crm.told("user_changed"), owner)
            self.crm.said.clear()
            await self.world.store.delete_device(cpe.device_id.key)

    async def test_a_change_that_nobody_told_of_is_told_when_another_level_is_set(self) -> None:
        cpe = await self.met()
        await self.put("all", "default", {SSID: {"value": "ours", "owner": "subscriber"}})
        await self.later(cpe)
        cpe.tree.write(SSID, "quietly")
        await self.put("all", "default", {SSID: {"value": "ours", "owner": "subscriber"}, CODE: "x"})
        await self.later(cpe)
        self.assertEqual([{SSID: "quietly"}], self.crm.told("user_changed"))

    async def test_what_a_reset_changes_is_not_told(self) -> None:
        cpe = await self.changed("subscriber")
        self.crm.said.clear()
        cpe.factory_reset()
        await self.later(cpe)
        self.assertEqual([], self.crm.told("user_changed"))


class AssociationTests(HooksCase):
    resets = True

    async def test_one_that_is_assigned_to_another_record_is_reset_and_configured_anew(self) -> None:
        await self.put("all", "default", {SSID: "{{ related.wifi_ssid }}"})
        cpe = await self.met()
        self.assertEqual("Café", self.value(cpe, SSID))
        self.assertEqual([], await self.later(cpe))
        self.crm.related = Related("18", {"wifi_ssid": "Other"})
        self.assertEqual(["FactoryReset"], await self.later(cpe))
        (job,) = (await self.world.store.jobs(Query({"rpc": "FactoryReset"}))).items
        self.assertEqual((JobState.DONE, True, "assigned to 18"), (job.state, job.automatic, job.reason))
        await self.later(cpe)
        self.assertEqual("Other", self.value(cpe, SSID))
        self.assertEqual([], await self.later(cpe))

    async def test_other_facts_of_the_same_record_are_no_reason(self) -> None:
        cpe = await self.met()
        self.crm.related = Related("17", {"wifi_ssid": "Other"})
        self.assertNotIn("FactoryReset", await self.later(cpe))

    async def test_nor_is_what_is_said_of_one_that_is_not_verified(self) -> None:
        cpe = await self.met()
        self.crm.verified, self.crm.related = False, Related("18")
        self.assertEqual([], await self.later(cpe))

    async def test_a_reset_that_waits_is_dropped_where_the_device_was_reset(self) -> None:
        cpe = await self.met()
        key = cpe.device_id.key
        waiting = await accept(
            self.world.store, self.world.clock.seconds(), key, "FactoryReset", {}, automatic=True
        )
        cpe.factory_reset()
        await self.later(cpe)
        job = await self.world.store.job(waiting.id)
        assert job is not None
        self.assertIs(JobState.CANCELLED, job.state)


class NoResetTests(HooksCase):
    async def test_it_is_not_reset_unless_that_is_wanted(self) -> None:
        cpe = await self.met()
        self.crm.related = Related("18")
        self.assertNotIn("FactoryReset", await self.later(cpe))
