"""A session in which nothing is to be done is recognised, and comes to what the script comes to."""

from __future__ import annotations

import random
from collections.abc import Callable
from ipaddress import IPv4Network
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.threads import blockingCallFromThread, deferToThread
from twisted.trial.unittest import TestCase

from acs.configuration.levels import level_at
from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.envelope import Envelope, Header, read_envelope, write_envelope
from acs.cwmp.messages import Message
from acs.quirks.rules import Rule
from acs.session.brief import Brief
from acs.session.sessions import Limits, Opened
from acs.session.usual import NOT_USUAL
from acs.session.verification import Networks
from acs.session.waking import WakeSetup
from acs.store.interface import Query
from acs.store.records import Check, Configuration, JobState, Profile, Session, Tracked
from tests import only_with
from tests.support.cases import WorldCase
from tests.support.world import AIRTIES, ROOT, TOLD, Cpe, World

HOME, ELSEWHERE = "192.0.2.7", "198.51.100.7"
PERIODIC = "2 PERIODIC"
CODE = f"{ROOT}DeviceInfo.ProvisioningCode"
FIRMWARE = {"FileType": "1 Firmware Upgrade Image", "URL": "http://192.0.2.1/image"}
MODEL = f"{AIRTIES.Manufacturer}/{AIRTIES.ProductClass}"


def answer_to(asked: Message | None) -> Message | None:
    """What a device says to what it is asked: it has what it is asked for, and takes what it is told."""
    values = tuple(v.ParameterValueStruct(ROOT + name, told, "xsd:string") for name, told in TOLD.items())
    if isinstance(asked, m.GetParameterNames):
        return m.GetParameterNamesResponse(tuple(v.ParameterInfoStruct(each.Name, True) for each in values))
    if isinstance(asked, m.GetParameterValues):
        wanted = asked.ParameterNames
        return m.GetParameterValuesResponse(tuple(each for each in values if each.Name.startswith(wanted)))
    if isinstance(asked, m.SetParameterValues):
        return m.SetParameterValuesResponse(0)
    if isinstance(asked, m.Reboot):
        return m.RebootResponse()
    if isinstance(asked, m.Download):
        return m.DownloadResponse(1)
    return None if asked is None else m.Fault(9000, "Method not supported")


class Story:
    """What happens to a device in a world, and all that comes of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cpe = Cpe(world)
        self.offset = "Z"
        self.last: Message | None = None
        self.told: list[tuple[int, bytes]] = []
        self.numbers = count(1)
        self.body = b""
        self.stubborn = False

    async def play(self, steps: list[str]) -> None:
        """Let it happen."""
        for step in steps:
            act: Callable[[], Any] = getattr(self, step)
            await act()

    async def post(self, message: Message | None, body: bytes | None = None) -> None:
        """Say something, whether it is the time for it or not."""
        if body is None:
            header = Header(str(next(self.numbers)))
            body = b"" if message is None else write_envelope(Envelope(message, header=header))
        self.body = body
        answer = await self.cpe.exchange(body)
        self.told.append((answer.status, answer.body))
        self.last = read_envelope(answer.body).message if answer.body.startswith(b"<SOAP") else None
        if answer.headers.get("connection") == "close":
            self.cpe.reconnect()

    def inform(self, *events: str) -> m.Inform:
        """What it would say now."""
        return self.cpe.inform(*events, CurrentTime=f"2026-11-25T12:00:00{self.offset}")

    async def finish(self, *events: str) -> None:
        """A whole session, in which it does as it is told."""
        await self.post(self.inform(*events))
        await self.post(None)
        for _ in range(20):
            if self.last is None:
                return
            await self.answers()
        raise AssertionError("the session has no end")

    async def calls(self) -> None:
        await self.finish(PERIODIC)

    async def starts(self) -> None:
        await self.finish("1 BOOT")

    async def was_reset(self) -> None:
        await self.finish("0 BOOTSTRAP", "1 BOOT")

    async def is_called(self) -> None:
        await self.finish("6 CONNECTION REQUEST")

    async def informs(self) -> None:
        await self.post(self.inform(PERIODIC))

    async def repeats(self) -> None:
        if self.body:
            await self.post(None, self.body)

    async def says_nothing(self) -> None:
        await self.post(None)

    async def answers(self) -> None:
        refuses = self.stubborn and isinstance(self.last, m.SetParameterValues)
        await self.post(m.Fault(9003, "Invalid arguments") if refuses else answer_to(self.last))

    async def is_stubborn(self) -> None:
        self.stubborn = not self.stubborn

    async def asks(self) -> None:
        await self.post(m.GetRPCMethods())

    async def tells_of_a_transfer(self) -> None:
        await self.post(m.TransferComplete("k"))

    async def tells_of_a_transfer_of_its_own(self) -> None:
        await self.post(m.AutonomousTransferComplete("http://192.0.2.1/", "http://192.0.2.1/file"))

    async def tells_of_software(self) -> None:
        await self.post(m.DUStateChangeComplete((v.OpResultStruct(),), "k"))

    async def tells_of_software_of_its_own(self) -> None:
        await self.post(m.AutonomousDUStateChangeComplete((v.AutonOpResultStruct(),)))

    async def is_kicked(self) -> None:
        await self.post(m.Kicked("command", "http://192.0.2.1/", "", "http://192.0.2.1/next"))

    async def answers_something_else(self) -> None:
        await self.post(m.AddObjectResponse(1, 0))

    async def faults(self) -> None:
        await self.post(m.Fault(9002, "Internal error"))

    async def says_what_is_no_message(self) -> None:
        await self.post(None, b"<it is none>")

    async def asks_for_a_download(self) -> None:
        await self.post(m.RequestDownload("1 Firmware Upgrade Image"))

    async def is_silent(self) -> None:
        self.world.pass_time(61)

    async def time_passes(self) -> None:
        self.world.pass_time(90_000)

    async def reconnects(self) -> None:
        self.cpe.reconnect()

    async def has_another_oui(self) -> None:
        self.cpe.device = replace(
            self.cpe.device, OUI="001CA9" if self.cpe.device.OUI == "001CA8" else "001CA8"
        )

    async def moves(self) -> None:
        self.cpe.address = ELSEWHERE if self.cpe.address == HOME else HOME
        self.cpe.reconnect()

    async def has_other_software(self) -> None:
        self.cpe.told["DeviceInfo.SoftwareVersion"] += "1"

    async def keeps_other_time(self) -> None:
        self.offset = "+01:00" if self.offset == "Z" else "Z"

    async def has_another_maker(self) -> None:
        self.cpe.device = replace(self.cpe.device, Manufacturer=self.cpe.device.Manufacturer.swapcase())

    async def gets_a_job(self) -> None:
        await self.job("Reboot", {})

    async def gets_an_urgent_job(self) -> None:
        await self.job("GetParameterValues", {"ParameterNames": [CODE]}, urgent=True)

    async def gets_a_download(self) -> None:
        await self.job("Download", FIRMWARE)

    async def gets_an_automatic_download(self) -> None:
        await self.job("Download", FIRMWARE, automatic=True)

    async def jobs_are_cancelled(self) -> None:
        store = self.world.store
        if await store.device(self.cpe.id) is not None:
            for job in store.open_jobs(self.cpe.id):
                if job.state is JobState.QUEUED:
                    await store.cancel_job(job.id, self.world.clock.seconds())

    async def gets_a_job_that_expires(self) -> None:
        await self.job("Reboot", {}, expires=self.world.clock.seconds() + 30)

    async def gets_a_diagnostic(self) -> None:
        await self.job("IPPing", {"Host": "192.0.2.1"})

    async def job(self, rpc: str, arguments: dict[str, Any], **how: Any) -> None:
        if await self.world.store.device(self.cpe.id) is not None:
            await self.world.job(self.cpe.id, rpc, arguments, **how)

    async def is_configured(self) -> None:
        self.world.clock.advance(1)
        level = level_at(self.world.clock.seconds())
        value: dict[str, Any] = {CODE: {"value": level, "unverified": True}}
        await self.world.store.put_configuration(Configuration("all", "default", level, value))

    async def is_configured_no_more(self) -> None:
        await self.world.store.delete_configuration("all", "default")

    async def is_tracked(self) -> None:
        await self.profile(tracked=(Tracked(CODE, every=3600),))

    async def is_to_have_a_file(self) -> None:
        await self.profile(vendor_file="http://192.0.2.1/file")

    async def is_to_have_other_software(self) -> None:
        await self.profile(desired_software_version="2.59.1.81")

    async def is_as_any_other(self) -> None:
        await self.world.store.delete_profile("model", MODEL)

    async def profile(self, **how: Any) -> None:
        await self.world.store.put_profile(Profile("model", MODEL, **how))

    async def is_odd(self) -> None:
        await self.world.store.change_quirk_rules([Rule("rest-after-boot"), Rule("one-rpc-per-session")])

    async def is_odd_no_more(self) -> None:
        ids = [rule.id for rule in self.world.store.quirk_rules()]
        await self.world.store.change_quirk_rules((), ids)

    async def is_to_be_read(self) -> None:
        await self.change(full_read_requested=True, full_read_failures=0)

    async def is_to_be_checked(self) -> None:
        await self.change(config_check=Check.ALL)

    async def change(self, **changes: Any) -> None:
        if await self.world.store.device(self.cpe.id) is not None:
            self.world.store.change_device(self.cpe.id, **changes)

    async def is_noted(self) -> None:
        await self.change(notes=str(next(self.numbers)))

    async def is_looked_at(self) -> None:
        await self.world.store.device(self.cpe.id)

    async def is_deleted(self) -> None:
        await self.world.store.delete_device(self.cpe.id)

    async def outcome(self) -> list[object]:
        """All that can be seen of it afterwards."""
        self.world.pass_time(700)
        store = self.world.store
        await store.committed()
        sessions = (await store.sessions(Query({}, limit=100))).items
        said = [await store.conversation(each.id) for each in sessions]
        jobs = (await store.jobs(Query({}, limit=100))).items
        return [self.told, sessions, said, jobs, await store.device(self.cpe.id)]


_NO_STEPS = {"play", "post", "finish", "outcome", "inform", "job", "profile", "change"}
STEPS = sorted(name for name in vars(Story) if name[0] != "_" and name not in _NO_STEPS)
HOW: dict[str, Any] = {
    "limits": Limits(informs=0),
    "policy": Networks([IPv4Network("192.0.2.0/24")]),
    "waking": WakeSetup("acs", lambda: "secret"),
}


class TheSameTests(TestCase):
    """Whatever happens to a device, nobody can tell whether its sessions were recognised."""

    timeout = 120

    def test_what_comes_of_it_is_what_the_script_makes_of_it(self) -> Deferred[None]:
        often = st.sampled_from(["calls", "informs", "says_nothing"])

        @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(st.one_of(often, st.sampled_from(STEPS)), max_size=20))
        @example(["informs", "gets_a_job", "says_nothing", "answers"])
        @example(["informs", "is_deleted", "says_nothing", "calls"])
        @example(["informs", "is_deleted", "tells_of_a_transfer", "says_nothing"])
        @example(["informs", "asks", "is_configured", "says_nothing", "answers"])
        @example(["informs", "says_nothing", "says_nothing", "gets_a_job", "says_nothing"])
        @example(["is_tracked", "calls", "time_passes", "calls"])
        @example(["is_configured", "calls", "calls", "time_passes", "calls"])
        @example(["informs", "is_odd", "says_nothing", "calls"])
        @example(["starts", "informs", "says_nothing", "is_odd", "answers", "calls"])
        @example(["is_odd", "calls", "is_to_be_read", "calls", "calls", "calls", "calls"])
        @example(["is_stubborn", "was_reset", "calls", "time_passes", "calls"])
        def holds(steps: list[str]) -> None:
            threads: Any = reactor
            story = ["was_reset", "calls", *steps]
            blockingCallFromThread(threads, lambda: ensureDeferred(self.compare(story)))

        return deferToThread(holds)

    async def compare(self, steps: list[str]) -> None:
        known = await self.played(steps, {})
        plain = await self.played(steps, {"usual": NOT_USUAL})
        for one, other in zip(known, plain, strict=True):
            self.assertEqual(other, one, steps)

    async def played(self, steps: list[str], how: dict[str, Any]) -> list[object]:
        random.seed(1)
        world = World(Path(self.mktemp()), reactor, **HOW, **how)
        await world.open()
        try:
            story = Story(world)
            await story.play(steps)
            return await story.outcome()
        finally:
            await world.close()


class RecognisedTests(WorldCase):
    """Which sessions are recognised."""

    async def known(self, **how: Any) -> Cpe:
        """A device that has had a session in which there was nothing to do."""
        story = Story(self.world)
        await story.play(["was_reset", "calls"])
        return story.cpe

    async def conversation(self, cpe: Cpe, *events: str, **more: Any) -> Opened:
        """Its next session, once its Inform is answered."""
        cpe.dialogue = type(cpe.dialogue)(cpe.dialogue.role)
        await cpe.say(cpe.inform(*events, **more))
        found = self.world.sessions.find(cpe.cookie.partition("=")[2])
        assert found is not None
        return found

    async def is_known(self, cpe: Cpe, *events: str, **more: Any) -> bool:
        found = await self.conversation(cpe, *(events or (PERIODIC,)), **more)
        self.world.sessions.lose_all("enough")
        return isinstance(found, Brief)

    @only_with("routine")
    async def test_one_that_says_what_the_last_one_said_is(self) -> None:
        self.assertTrue(await self.is_known(await self.known()))

    @only_with("routine")
    async def test_one_that_came_since_it_was_looked_at_is(self) -> None:
        cpe = await self.known()
        await self.world.store.device(cpe.id)
        self.assertTrue(await self.is_known(cpe))

    async def test_the_first_is_not_nor_one_with_other_events(self) -> None:
        self.assertFalse(await self.is_known(Cpe(self.world)))
        cpe = await self.known()
        self.assertFalse(await self.is_known(cpe, "1 BOOT"))

    async def test_one_that_says_anything_else_is_not(self) -> None:
        cpe = await self.known()
        cpe.told["DeviceInfo.ProvisioningCode"] = "other"
        self.assertFalse(await self.is_known(cpe))

    @only_with("routine")
    async def test_one_for_which_a_job_is_queued_is_until_it_is_its_turn(self) -> None:
        cpe = await self.known()
        await self.world.job(cpe.id, "Reboot", {})
        self.assertIsInstance(await self.conversation(cpe, PERIODIC), Brief)
        self.assertIsInstance(await cpe.say(None), m.Reboot)

    @only_with("routine")
    async def test_one_is_known_again_behind_a_job_that_is_done(self) -> None:
        cpe = await self.known()
        await self.world.job(cpe.id, "GetParameterValues", {"ParameterNames": [CODE]})
        await self.conversation(cpe, PERIODIC)
        self.assertIsNone(await cpe.say(answer_to(await cpe.say(None))))
        self.assertTrue(await self.is_known(cpe))

    async def test_one_that_has_the_end_of_something_to_tell_is_not(self) -> None:
        cpe = await self.known()
        await self.world.job(cpe.id, "Download", FIRMWARE)
        await self.conversation(cpe, PERIODIC)
        self.assertIsNone(await cpe.say(answer_to(await cpe.say(None))))
        self.assertFalse(await self.is_known(cpe))

    async def test_one_of_which_something_is_asked_anew_at_its_inform_is_not(self) -> None:
        cpe = await self.known()
        await self.world.job(cpe.id, "Download", FIRMWARE, automatic=True)
        self.assertFalse(await self.is_known(cpe))

    async def test_its_session_is_kept_as_any_other(self) -> None:
        cpe = await self.known()
        before: Session = await self.world.last_session()
        self.world.clock.advance(60)
        await self.conversation(cpe, PERIODIC)
        self.assertIsNone(await cpe.say(None))
        after = await self.world.last_session()
        times = {"id": 0, "started": 0, "ended": 0}
        self.assertEqual(replace(before, **times), replace(after, **times))
        self.assertNotEqual(before.id, after.id)

    @only_with("routine")
    async def test_what_is_queued_before_its_turn_is_over_is_done_in_it(self) -> None:
        cpe = await self.known()
        found = await self.conversation(cpe, PERIODIC)
        self.assertIsInstance(found, Brief)
        await self.world.job(cpe.id, "Reboot", {})
        self.assertIsInstance(await cpe.say(None), m.Reboot)

    async def test_a_quirk_that_it_was_given_within_its_session_is_in_force_in_the_next(self) -> None:
        for before in ([], ["has_other_software"]):  # brief, and led
            story = Story(self.world)
            await story.play(["was_reset", "calls", *before, "informs"])
            await story.play(["is_odd", "says_nothing", "calls", "calls"])
            self.assertIn("rest-after-boot", (await self.world.last_session()).quirks)
            await story.play(["is_odd_no_more"])

    async def test_whoever_listens_is_told_of_it(self) -> None:
        cpe = await self.known()
        heard: list[str] = []
        self.world.store.happenings.listen(lambda happening: heard.append(happening.what))
        await self.conversation(cpe, PERIODIC)
        await cpe.say(None)
        self.assertEqual(["opened", "ended"], [what for what in heard if what in ("opened", "ended")])


class HooksTests(WorldCase):
    """Where the operator's systems are asked, each session is led."""

    how = {"hooks": [type("Theirs", (), {"name": "theirs", "pre_verify": lambda *_: None})()]}

    async def test_none_is_recognised(self) -> None:
        story = Story(self.world)
        await story.play(["was_reset", "calls", "calls"])
        found = self.world.store.at_hand(story.cpe.id)
        assert found is not None
        self.assertIsNone(found.routine)
