"""Devices are brought to the firmware that is wanted of them, and left alone where they never get there."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from msgspec.structs import replace

from acs.cwmp import messages as m
from acs.cwmp.messages import AnyRequest, Message
from acs.cwmp.values import EventStruct, FaultStruct
from acs.firmware import tickets
from acs.quirks.rules import Rule
from acs.session.procedures.conclude import GIVE_UP, GRACE
from acs.session.software import GIVEN_UP, HOLD_OFF, MAX_TRIES, NOT_BEGUN
from acs.session.verification import Never
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.device import BOOT_SECONDS
from acs.simulate.device import Device as Simulated
from acs.simulate.firmware import Fate
from acs.simulate.habits import Habit
from acs.store.interface import Query
from acs.store.records import Job, Profile
from acs.store.records.alarms import Alarm
from acs.store.upgrade_path import UpgradePath
from tests.session.test_configure import CODE, ConfigureCase
from tests.session.test_hooks import Crm
from tests.support.shelf import KEY, SITE, FileServer, Shelf

OLD, NEW, LATER = "2.4.1", "2.5.0", "3.0.0"


class Asked(Habit):
    """Notes each Download; refuses it, or says nothing more, where it is told to."""

    def __init__(self) -> None:
        self.downloads: list[m.Download] = []
        self.answer: Message | None = None

    def answers(self, cpe: Simulated, request: AnyRequest) -> Message | None:
        if not isinstance(request, m.Download):
            return None
        self.downloads.append(request)
        return self.answer


class UpgradeCase(ConfigureCase):
    """Devices that fetch images from a shelf."""

    more: dict[str, Any] = {}

    def setUp(self) -> Any:
        self.shelf, self.server, self.asked = Shelf(), FileServer(), Asked()
        self.how = {"files": self.shelf.files, **self.more}
        made = super().setUp()
        self.habits = [self.asked]
        return made

    async def given(self, *versions: str, **images: str) -> SimulatedCPE:
        """A device, for which there are images of these versions; the first is wanted."""
        cpe = await self.met()
        for version in versions:
            self.put(cpe, version, **images)
        if versions:
            await self.wish(cpe, versions[0])
        return cpe

    def put(self, cpe: SimulatedCPE, version: str, **more: str) -> None:
        """An image for it."""
        self.shelf.put(cpe.device_id.Manufacturer, cpe.device_id.ProductClass, version, **more)

    async def wish(self, cpe: SimulatedCPE, version: str) -> None:
        """Have it wanted of this device."""
        await self.known(cpe)
        self.world.store.change_device(cpe.device_id.key, desired_software_version=version)

    async def profile(self, scope: str, name: str, version: str = "", *paths: UpgradePath) -> None:
        await self.world.store.put_profile(
            Profile(scope, name, desired_software_version=version, upgrade_paths=paths)
        )

    def model_of(self, cpe: SimulatedCPE) -> str:
        return f"{cpe.device_id.Manufacturer}/{cpe.device_id.ProductClass}"

    async def fetch(self, cpe: SimulatedCPE) -> None:
        """Let it fetch what it was told to, and start with that."""
        while cpe.wants_errand:
            await cpe.errand(self.server)
        self.world.clock.advance(BOOT_SECONDS)
        cpe.advance()

    async def round(self, cpe: SimulatedCPE, wait: float = 0.0) -> list[str]:
        """After a while a session, what follows from it, and another; what was asked in the first."""
        self.world.clock.advance(wait)
        asked = await self.session(cpe)
        await self.fetch(cpe)
        if not cpe.is_starting:
            await self.session(cpe)
        return asked

    async def jobs(self) -> list[tuple[str, str]]:
        """The states and reasons of the jobs for firmware, the oldest first."""
        found = (await self.world.store.jobs(Query({"rpc": "Download"}, sort="id"))).items
        return [(job.state.value, job.reason) for job in found]

    async def last_job(self) -> Job:
        return (await self.world.store.jobs(Query({"rpc": "Download"}))).items[0]

    async def alarms(self, **filters: str) -> list[Alarm]:
        return list((await self.world.store.alarms(Query(filters))).items)


class UpgradeTests(UpgradeCase):
    async def test_a_device_fetches_what_is_wanted_and_has_served_when_it_says_that_it_runs_it(self) -> None:
        cpe = await self.given(NEW, name="fw.bin")
        self.assertEqual(["Download"], await self.session(cpe))
        (request,) = self.asked.downloads
        job, device = await self.last_job(), await self.known(cpe)
        self.assertEqual(("sent", True, True), (job.state.value, job.automatic, job.urgent))
        self.assertEqual(
            ("1 Firmware Upgrade Image", job.command_key, 1000, "fw.bin", "", ""),
            (
                request.FileType,
                request.CommandKey,
                request.FileSize,
                request.TargetFileName,
                request.Username,
                request.Password,
            ),
        )
        ticket, _, path = request.URL.removeprefix(f"{SITE}get/").partition("/")
        path = unquote(path)
        self.assertEqual(f"{self.model_of(cpe)}/{NEW}/image.bin", path)
        read = tickets.read(KEY, ticket, f"get {path}", self.world.clock.seconds())
        assert read is not None
        self.assertEqual((device.key, job.id), (read.device, read.job))
        self.assertEqual((NEW, 1), (device.firmware_tried, device.firmware_tries))
        self.assertNotIn(ticket, str(job.arguments))
        await self.fetch(cpe)
        await self.session(cpe)
        job, device = await self.last_job(), await self.known(cpe)
        self.assertEqual("done", job.state.value)
        self.assertEqual((NEW, OLD), (device.software_version, device.previous_software_version))
        for _ in range(3):
            self.world.clock.advance(HOLD_OFF)
            self.assertNotIn("Download", await self.session(cpe))
        self.assertEqual((1, []), (len(self.asked.downloads), await self.alarms()))

    async def test_nothing_is_asked_of_one_that_runs_it(self) -> None:
        cpe = await self.given(OLD)
        self.assertEqual([], await self.session(cpe))
        self.shelf.there.clear()
        self.assertEqual(([], []), (await self.session(cpe), await self.alarms()))

    async def test_nor_of_one_that_says_what_the_image_says_that_it_would(self) -> None:
        cpe = await self.given("big-release", reported=OLD)
        self.assertEqual([], await self.session(cpe))

    async def test_the_session_ends_with_it_and_the_rest_comes_later(self) -> None:
        cpe = await self.given(NEW)
        await self.put_code()
        self.assertEqual(["Download"], await self.session(cpe))
        await self.fetch(cpe)
        await self.session(cpe)
        self.assertEqual("x", self.value(cpe, CODE))

    async def put_code(self) -> None:
        await ConfigureCase.put(self, "all", "default", {CODE: "x"})

    async def test_one_that_refuses_it_is_configured_all_the_same(self) -> None:
        cpe = await self.given(NEW)
        await self.put_code()
        self.asked.answer = m.Fault(9001, "not now")
        await self.session(cpe)
        self.assertEqual("x", self.value(cpe, CODE))
        self.assertEqual("fault 9001 not now", (await self.known(cpe)).firmware_problem)

    async def test_urgent_jobs_go_first(self) -> None:
        cpe = await self.given(NEW)
        await self.world.job(cpe.device_id.key, "GetRPCMethods", {}, urgent=True)
        self.assertEqual(["GetRPCMethods", "Download"], await self.session(cpe))

    async def test_one_that_takes_one_rpc_in_a_session_gets_it_in_the_next(self) -> None:
        cpe = await self.given(NEW)
        await self.world.store.change_quirk_rules([Rule("one-rpc-per-session")])
        await self.world.job(cpe.device_id.key, "GetRPCMethods", {}, urgent=True)
        self.assertEqual(["GetRPCMethods"], await self.session(cpe))
        self.assertEqual(["Download"], await self.session(cpe))

    async def test_an_older_version_is_installed_where_that_is_wished(self) -> None:
        cpe = await self.given(NEW, OLD)
        await self.round(cpe)
        self.assertEqual(NEW, cpe.version)
        await self.wish(cpe, OLD)
        await self.round(cpe, HOLD_OFF)
        self.assertEqual(OLD, cpe.version)
        self.assertEqual(NEW, (await self.known(cpe)).previous_software_version)

    async def test_two_downloads_are_ten_minutes_apart(self) -> None:
        cpe = await self.given(NEW, LATER)
        await self.round(cpe)
        await self.wish(cpe, LATER)
        await self.session(cpe)
        self.assertEqual(1, len(self.asked.downloads))
        self.world.clock.advance(HOLD_OFF)
        await self.session(cpe)
        self.assertEqual(2, len(self.asked.downloads))

    async def test_none_goes_out_in_a_session_that_tells_of_a_transfer(self) -> None:
        cpe = await self.given(NEW)
        cpe.ask(m.TransferComplete("another", FaultStruct()), "Download")
        self.assertEqual(["TransferCompleteResponse"], await self.session(cpe))
        self.assertEqual(["Download"], await self.session(cpe))

    async def test_what_did_not_go_out_is_asked_for_anew_and_was_no_try(self) -> None:
        cpe = await self.given(NEW)
        (path,) = self.shelf.there
        arguments = {"FileType": "1 Firmware Upgrade Image", "URL": f"acs:{path}"}
        for wanted, asked in ((OLD, []), (NEW, ["Download"])):
            await self.wish(cpe, wanted)
            self.world.store.change_device(cpe.device_id.key, firmware_tried=NEW, firmware_tries=1)
            job = await self.world.job(cpe.device_id.key, "Download", arguments, urgent=True, automatic=True)
            self.assertEqual(asked, await self.session(cpe))
            left = await self.world.store.job(job.id)
            assert left is not None
            self.assertEqual(("cancelled", None), (left.state.value, left.sent))
        self.assertEqual(1, (await self.known(cpe)).firmware_tries)

    async def test_what_a_person_has_queued_goes_first(self) -> None:
        cpe = await self.given(NEW)
        (path,) = self.shelf.there
        arguments = {"FileType": "1 Firmware Upgrade Image", "URL": f"acs:{path}", "DelaySeconds": 5}
        await self.world.job(cpe.device_id.key, "Download", arguments)
        self.assertEqual(["Download"], await self.session(cpe))
        self.assertEqual(5, self.asked.downloads[0].DelaySeconds)

    async def test_a_wish_that_is_withdrawn_leaves_nothing(self) -> None:
        cpe = await self.given(NEW)
        self.shelf.there.clear()
        await self.session(cpe)
        self.assertNotEqual("", (await self.known(cpe)).firmware_problem)
        await self.wish(cpe, "")
        await self.session(cpe)
        self.assertEqual("", (await self.known(cpe)).firmware_problem)
        self.assertEqual([], await self.alarms(open="true"))


class EndTests(UpgradeCase):
    """What the device says of the transfer, and what it runs."""

    async def test_a_transfer_complete_without_a_key_is_that_of_the_one_that_waits(self) -> None:
        cpe = await self.given(NEW)
        await self.session(cpe)
        await self.fetch(cpe)
        self.rewrite(cpe, CommandKey="")
        await self.session(cpe)
        job = await self.last_job()
        self.assertEqual(("done", ""), (job.state.value, (job.result or {})["CommandKey"]))

    def rewrite(self, cpe: SimulatedCPE, **changes: Any) -> None:
        """Have it tell something else of its transfer."""
        cpe.events.reports = [
            replace_report(report, replace(report.request, **changes)) for report in cpe.events.reports
        ]

    async def test_the_version_is_enough_where_a_transfer_complete_never_comes(self) -> None:
        cpe = await self.given(NEW)
        await self.session(cpe)
        await self.fetch(cpe)
        cpe.events.reports.clear()
        await self.session(cpe)
        self.assertEqual([("done", f"firmware {NEW}")], await self.jobs())

    async def test_it_is_enough_where_the_session_was_lost_with_the_download(self) -> None:
        cpe = await self.given(NEW)
        line = self.world.cpe(device=cpe.device_id)
        line.root, line.told = cpe.model.root, {"DeviceInfo.SoftwareVersion": OLD}
        await line.call_in()
        self.assertIsInstance(await line.say(None), m.Download)
        line.line.drop()
        self.world.pass_time(120)
        self.assertTrue((await self.last_job()).uncertain)
        self.assertEqual([], await self.session(cpe))
        cpe.run_image(NEW)
        await self.fetch(cpe)
        await self.session(cpe)
        job = await self.last_job()
        self.assertEqual(("done", False), (job.state.value, job.uncertain))

    async def test_a_transfer_complete_without_a_fault_is_not_enough(self) -> None:
        cpe = await self.given(NEW)
        cpe.fate = Fate.KEEPS
        await self.round(cpe)
        self.assertEqual("sent", (await self.last_job()).state.value)
        self.world.clock.advance(GRACE - 10)
        await self.session(cpe)
        self.assertEqual("sent", (await self.last_job()).state.value)
        self.world.clock.advance(10)
        await self.session(cpe)
        found = (await self.world.store.jobs(Query({"rpc": "Download"}, sort="id"))).items[0]
        words = f"the device reports success, and runs {OLD}, not {NEW}"
        self.assertEqual(("failed", words), (found.state.value, (found.fault or {})["FaultString"]))

    async def test_the_same_is_said_of_one_that_had_it_done_at_once(self) -> None:
        cpe = await self.given(NEW)
        self.asked.answer = m.DownloadResponse(0)
        self.assertEqual(["Download"], await self.session(cpe))
        self.assertEqual("sent", (await self.last_job()).state.value)
        cpe.run_image(NEW)
        await self.fetch(cpe)
        await self.session(cpe)
        self.assertEqual("done", (await self.last_job()).state.value)

    async def test_said_twice_it_counts_once(self) -> None:
        cpe = await self.given(NEW)
        cpe.fate = Fate.KEEPS
        await self.session(cpe)
        await self.fetch(cpe)
        (report,) = cpe.events.reports
        await self.session(cpe)
        for _ in range(2):
            cpe.ask(report.request, "Download")
            await self.session(cpe)
        self.assertEqual([("sent", f"firmware {NEW}")], await self.jobs())

    async def test_what_is_never_told_is_given_up_after_hours(self) -> None:
        cpe = await self.given(NEW)
        await self.session(cpe)
        cpe.transfers.clear()
        self.world.clock.advance(GIVE_UP - 10)
        self.assertEqual([], await self.session(cpe))
        self.world.clock.advance(10)
        self.assertEqual(["Download"], await self.session(cpe))
        self.assertEqual(["failed", "sent"], [state for state, _ in await self.jobs()])

    async def test_one_that_vanishes_has_a_job_that_waits(self) -> None:
        cpe = await self.given(NEW)
        cpe.fate = Fate.VANISHES
        await self.round(cpe)
        self.assertEqual([("sent", f"firmware {NEW}")], await self.jobs())
        self.assertTrue(cpe.is_starting)

    async def test_a_job_of_a_person_for_a_file_of_ours_ends_with_the_version_too(self) -> None:
        cpe = await self.given()
        self.put(cpe, NEW)
        (path,) = self.shelf.there
        arguments = {"FileType": "1 Firmware Upgrade Image", "URL": f"acs:{path.replace(' ', '%20')}"}
        await self.world.job(cpe.device_id.key, "Download", arguments)
        await self.session(cpe)
        self.shelf.there.clear()
        await self.fetch(cpe)
        await self.session(cpe)
        self.assertEqual([("done", "")], await self.jobs())
        self.assertEqual(0, (await self.known(cpe)).firmware_tries)

    async def test_a_transfer_of_its_own_is_recorded_and_its_version_noticed(self) -> None:
        cpe = await self.given()
        fault = FaultStruct(9018, "broken")
        cpe.ask(m.AutonomousTransferComplete(FileType="1 Firmware Upgrade Image", FaultStruct=fault))
        cpe.run_image(NEW)
        await self.fetch(cpe)
        await self.session(cpe)
        notes = [each.note for each in await self.world.conversation()]
        words = "a download of its own (1 Firmware Upgrade Image) failed: fault 9018 broken"
        self.assertIn(words, notes)
        self.assertEqual(OLD, (await self.known(cpe)).previous_software_version)


def replace_report(report: Any, request: Any) -> Any:
    return type(report)(request, report.method)


class StopTests(UpgradeCase):
    async def test_one_that_keeps_what_it_has_is_left_alone_after_three_tries(self) -> None:
        cpe = await self.given(NEW)
        cpe.fate = Fate.KEEPS
        for _ in range(12):
            await self.round(cpe, 2 * 3600)
        self.assertEqual(MAX_TRIES, len(self.asked.downloads))
        device = await self.known(cpe)
        self.assertTrue(device.firmware_problem.startswith(GIVEN_UP), device.firmware_problem)
        (alarm,) = await self.alarms()
        self.assertEqual(
            ("firmware_failed", device.id, None, device.firmware_problem),
            (alarm.kind.value, alarm.device, alarm.ended, alarm.text),
        )

    async def test_the_alarm_ends_when_it_runs_it_after_all(self) -> None:
        cpe = await self.given(NEW)
        cpe.fate = Fate.FAILS
        for _ in range(5):
            await self.round(cpe, 2 * 3600)
        (alarm,) = await self.alarms(open="true")
        self.assertIn("fault 9018 the image is broken", alarm.text)
        cpe.run_image(NEW)
        await self.fetch(cpe)
        await self.session(cpe)
        self.assertEqual([], await self.alarms(open="true"))
        self.assertEqual("", (await self.known(cpe)).firmware_problem)

    async def test_it_is_tried_again_where_somebody_says_so_or_wants_another(self) -> None:
        cpe = await self.given(NEW, LATER)
        cpe.fate = Fate.FAILS
        for _ in range(5):
            await self.round(cpe, 2 * 3600)
        cpe.fate = Fate.RUNS
        await self.wish(cpe, LATER)
        await self.round(cpe, 2 * 3600)
        self.assertEqual((LATER, []), (cpe.version, await self.alarms(open="true")))

    async def test_one_that_falls_back_again_and_again_is_left_alone_too(self) -> None:
        cpe = await self.given(NEW)
        for _ in range(6):
            await self.round(cpe, 2 * 3600)
            cpe.run_image(OLD)
            await self.fetch(cpe)
        self.assertEqual(MAX_TRIES, len(self.asked.downloads))
        (alarm,) = await self.alarms(open="true")
        self.assertIn(f"it does not stay at {NEW}", alarm.text)

    async def test_each_try_waits_longer_than_the_one_before(self) -> None:
        cpe = await self.given(NEW)
        self.asked.answer = m.Fault(9010, "no")
        for wait in (0, HOLD_OFF - 1, 1, HOLD_OFF, HOLD_OFF):
            self.world.clock.advance(wait)
            await self.session(cpe)
        self.assertEqual(3, len(self.asked.downloads))

    async def test_without_an_image_it_is_told_once_until_there_is_one(self) -> None:
        cpe = await self.given(NEW)
        self.shelf.there.clear()
        for _ in range(2):
            self.assertEqual([], await self.session(cpe))
        (alarm,) = await self.alarms()
        self.assertEqual("firmware_missing", alarm.kind.value)
        words = f"{NOT_BEGUN}there is no image of version {NEW} for {self.model_of(cpe).replace('/', ' ')}"
        self.assertEqual((words, words), (alarm.text, (await self.known(cpe)).firmware_problem))
        self.put(cpe, NEW)
        self.assertEqual(["Download"], await self.session(cpe))
        self.assertEqual([], await self.alarms(open="true"))

    async def test_an_image_that_is_gone_when_it_is_to_be_sent_is_told(self) -> None:
        cpe = await self.given(NEW)
        shelf = self.shelf.there.copy()
        self.shelf.image = lambda path: None  # type: ignore[method-assign]
        await self.session(cpe)
        (path,) = shelf
        self.assertEqual([("failed", f"firmware {NEW}")], await self.jobs())
        device = await self.known(cpe)
        self.assertEqual(f"there is no file '{path}' in the folder", device.firmware_problem)
        self.assertEqual(0, device.firmware_tries)


class UnverifiedTests(UpgradeCase):
    more = {"policy": Never()}

    async def test_one_that_is_not_verified_gets_none(self) -> None:
        cpe = await self.given(NEW)
        await self.session(cpe)
        self.assertEqual(([], []), (self.asked.downloads, await self.jobs()))


class AuthorizedTests(UpgradeCase):
    """The operator's systems have their say."""

    def setUp(self) -> Any:
        self.crm = Crm()
        self.more = {"hooks": [self.crm]}
        return super().setUp()

    async def test_what_they_do_not_authorize_is_no_try_of_the_device(self) -> None:
        cpe = await self.given(NEW)
        self.crm.authorized = False
        for _ in range(MAX_TRIES + 2):
            await self.session(cpe)
            self.world.clock.advance(HOLD_OFF)
        device = await self.known(cpe)
        self.assertEqual(
            (0, "the operator's systems do not authorize the download"),
            (device.firmware_tries, device.firmware_problem),
        )
        self.crm.authorized = True
        await self.round(cpe, HOLD_OFF)
        self.assertEqual(NEW, cpe.version)
        (download, *_) = self.crm.told("authorize_download")
        self.assertTrue(download.url.startswith("acs:"))


class PathTests(UpgradeCase):
    async def test_the_way_leads_through_what_the_model_says(self) -> None:
        cpe = await self.given(LATER, NEW)
        await self.profile("model", self.model_of(cpe), "", UpgradePath("2.4*", NEW, "3.*"))
        for _ in range(4):
            await self.round(cpe, 3600)
        self.assertEqual(LATER, cpe.version)
        self.assertEqual(
            [f"firmware {NEW}", f"firmware {LATER}"], [reason for _, reason in await self.jobs()]
        )

    async def test_where_it_does_not_lead_on_nobody_is_sent(self) -> None:
        cpe = await self.given(LATER, NEW)
        await self.profile("model", self.model_of(cpe), "", UpgradePath("2.4*", NEW, "3.*"))
        del self.shelf.there[f"{self.model_of(cpe)}/{LATER}/image.bin"]
        self.assertEqual([], await self.session(cpe))
        (alarm,) = await self.alarms()
        self.assertIn(LATER, alarm.text)

    async def test_no_path_leads_round_in_a_circle(self) -> None:
        cpe = await self.given(LATER, NEW, OLD)
        paths = UpgradePath(OLD, NEW), UpgradePath(NEW, OLD)
        await self.profile("model", self.model_of(cpe), "", *paths)
        self.assertEqual([], await self.session(cpe))
        (alarm,) = await self.alarms()
        self.assertEqual("firmware_failed", alarm.kind.value)
        self.assertIn("circle", alarm.text)

    async def test_a_path_is_for_those_that_are_to_get_there(self) -> None:
        cpe = await self.given(NEW, LATER)
        await self.profile("model", self.model_of(cpe), "", UpgradePath("*", LATER, "4.*"))
        await self.round(cpe)
        self.assertEqual(NEW, cpe.version)


class SourceTests(UpgradeCase):
    async def test_the_narrower_scope_says_what_is_wanted(self) -> None:
        cpe = await self.given()
        who = cpe.device_id
        for version in ("5.1.0", "5.2.0", "5.3.0", "5.4.0", "5.5.0"):
            self.put(cpe, version)
        store = self.world.store
        await self.known(cpe)
        store.change_device(who.key, tags=("early", "vip"), category="gold")
        for scope, name, version in (
            ("category", "gold", "5.1.0"),
            ("vendor", who.Manufacturer, "5.2.0"),
            ("model", self.model_of(cpe), "5.3.0"),
            ("tag", "early", "5.4.0"),
        ):
            await self.profile(scope, name, version)
            await self.round(cpe, 2 * HOLD_OFF)
            self.assertEqual(version, cpe.version)
        await self.wish(cpe, "5.5.0")
        await self.round(cpe, 2 * HOLD_OFF)
        self.assertEqual("5.5.0", cpe.version)

    async def test_a_models_category_counts_where_the_device_has_none(self) -> None:
        cpe = await self.given()
        self.put(cpe, NEW)
        await self.world.store.put_profile(Profile("model", self.model_of(cpe), "gold"))
        await self.profile("category", "gold", NEW)
        await self.round(cpe)
        self.assertEqual(NEW, cpe.version)

    async def test_others_have_nothing_to_do_with_it(self) -> None:
        cpe = await self.given()
        self.put(cpe, NEW)
        for scope in ("model", "vendor", "tag", "category"):
            await self.profile(scope, "another", NEW)
        self.assertEqual([], await self.session(cpe))


class EventsTests(UpgradeCase):
    async def test_the_events_of_an_upgrade_end_it_by_its_key_alone(self) -> None:
        cpe = await self.given(NEW)
        await self.session(cpe)
        line = self.world.cpe(device=cpe.device_id)
        line.root, line.told = cpe.model.root, {"DeviceInfo.SoftwareVersion": NEW}
        job = await self.last_job()
        event = EventStruct("M Download", job.command_key)
        await line.call_in("7 TRANSFER COMPLETE", event, "1 BOOT")
        self.assertEqual("sent", (await self.last_job()).state.value)
        await line.say(m.TransferComplete("unknown", FaultStruct()))
        self.assertEqual("sent", (await self.last_job()).state.value)
        await line.say(m.TransferComplete(job.command_key, FaultStruct()))
        self.assertEqual("done", (await self.last_job()).state.value)
