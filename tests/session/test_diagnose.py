"""Diagnostics: set, waited for, read; in either data model, and whatever becomes of the device meanwhile."""

from __future__ import annotations

from typing import Any

from acs.cwmp import messages as m
from acs.cwmp.diagnostics import DIAGNOSTICS
from acs.cwmp.json_form import ArgumentError
from acs.cwmp.messages import AnyRequest, Fault, Message
from acs.quirks.rules import Rule
from acs.session import jobs
from acs.session.procedures.diagnose import LIMIT
from acs.session.recovery import recover
from acs.session.verification import NOTHING, Always, Never, Policy, Verdict
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.device import Device as Simulated
from acs.simulate.diagnostics import SECONDS
from acs.simulate.habits import Habit
from acs.store.records import Job, JobState
from tests.session.test_configure import ConfigureCase

HOST = "192.0.2.1"
COMPLETE = "8 DIAGNOSTICS COMPLETE"
PING = {"Host": HOST, "NumberOfRepetitions": 3}
OF_181, OF_098 = "Device.IP.Diagnostics.IPPing.", "InternetGatewayDevice.IPPingDiagnostics."
SET, GET = "SetParameterValues", "GetParameterValues"


class Broken(Exception):
    """A session that a device broke off."""


class Breaking(Habit):
    """Breaks off instead of answering this RPC."""

    def __init__(self, rpc: type[AnyRequest]) -> None:
        self.rpc = rpc

    def answers(self, cpe: Simulated, request: AnyRequest) -> Message | None:
        if isinstance(request, self.rpc):
            raise Broken
        return None


class Answering(Habit):
    """Answers every RPC of this kind so; where ``partial``, those for a partial path."""

    def __init__(self, rpc: type[AnyRequest], message: Message, partial: bool = False) -> None:
        self.rpc, self.message, self.partial = rpc, message, partial

    def answers(self, cpe: Simulated, request: AnyRequest) -> Message | None:
        if not isinstance(request, self.rpc):
            return None
        if self.partial and not getattr(request, "ParameterNames", ("",))[0].endswith("."):
            return None
        return self.message


class Doubting:
    """Verifies devices or does not, as it is told from one session to the next."""

    trusts = True
    parameters = NOTHING
    constant = False

    async def verify(self, *which: Any) -> Verdict:
        policy: Policy = Always() if self.trusts else Never()
        return await policy.verify(*which)


class DiagnoseCase(ConfigureCase):
    policy = Doubting()
    how = {"policy": policy}

    def setUp(self) -> Any:
        self.policy.trusts = True
        return super().setUp()

    async def session(self, cpe: SimulatedCPE, *events: str) -> list[str]:
        for event in events:
            cpe.events.add(event)
        return await super().session(cpe)

    async def queue(self, cpe: SimulatedCPE, rpc: str = "IPPing", **arguments: Any) -> Job:
        return await self.world.job(
            cpe.device_id.key, rpc, PING if rpc == "IPPing" and not arguments else arguments
        )

    async def now(self, job: Job) -> Job:
        """The job as it is at this moment."""
        found = await self.world.store.job(job.id)
        assert found is not None
        return found

    async def begun(self, cpe: SimulatedCPE, rpc: str = "IPPing", **arguments: Any) -> Job:
        """One that the device was told to begin, in a session that has ended."""
        job = await self.queue(cpe, rpc, **arguments)
        self.assertEqual([SET], await self.session(cpe, "2 PERIODIC"))
        return await self.now(job)

    def passes(self, cpe: SimulatedCPE, seconds: float = SECONDS) -> None:
        """Time goes by, for the device too."""
        self.world.pass_time(seconds)
        cpe.advance()

    async def told(self, cpe: SimulatedCPE) -> list[str]:
        """The session in which the device tells that it has done something."""
        self.passes(cpe)
        self.assertTrue(cpe.wants_session)
        return await self.session(cpe)

    async def breaks(self, cpe: SimulatedCPE, rpc: type[AnyRequest], *events: str) -> None:
        """A session that the device breaks off where it is asked this."""
        self.habits = [Breaking(rpc)]
        try:
            await self.session(cpe, *events)
        except Broken:
            self.habits = []
            self.world.pass_time(61)
            return
        self.fail("it was not asked")

    async def assert_failed(self, job: Job, reason: str, code: int = 0) -> Job:
        failed = await self.now(job)
        self.assertEqual(JobState.FAILED, failed.state)
        self.assertEqual((code, reason), (failed.fault["FaultCode"], failed.fault["FaultString"]))  # type: ignore[index]
        self.assertIsNotNone(failed.ended)
        return failed


class WholeTests(DiagnoseCase):
    """Each diagnostic, from the queue to its results."""

    async def done(self, name: str, rpc: str, **arguments: Any) -> dict[str, Any]:
        """What a device of this model finds."""
        cpe = await self.met(name)
        job = await self.queue(cpe, rpc, **arguments)
        self.assertEqual([SET], await self.session(cpe, "2 PERIODIC"))
        waiting = await self.now(job)
        self.assertEqual((JobState.SENT, {"DiagnosticsState": "Requested"}), (waiting.state, waiting.result))
        self.assertEqual([GET], await self.told(cpe))
        self.assertIn(COMPLETE, (await self.world.last_session()).events)
        done = await self.now(job)
        self.assertEqual((JobState.DONE, None), (done.state, done.fault))
        self.assertEqual([], await self.session(cpe, "2 PERIODIC"))
        result = dict(done.result or {})
        self.assertEqual("Complete", result.pop("DiagnosticsState"))
        return result

    async def test_a_ping(self) -> None:
        for name in ("tr181-router", "tr098-router"):
            found = await self.done(name, "IPPing", **PING)
            self.assertEqual((3, 0), (found["SuccessCount"], found["FailureCount"]))
            times = [found[f"{which}ResponseTime"] for which in ("Minimum", "Average", "Maximum")]
            self.assertEqual(times, sorted(times))

    async def test_a_trace(self) -> None:
        for name, prefix in (("tr181-router", ""), ("tr098-router", "Hop")):
            found = await self.done(name, "TraceRoute", Host=HOST, MaxHopCount=9, NumberOfTries=2)
            self.assertGreater(found["ResponseTime"], 0)
            hops = found["RouteHops"]
            self.assertEqual([HOST], [hop[prefix + "Host"] for hop in hops[-1:]])
            self.assertEqual([0, 0, 0], [hop[prefix + "ErrorCode"] for hop in hops])
            self.assertEqual(2, len(hops[0][prefix + "RTTimes"].split(",")))

    async def test_a_download(self) -> None:
        for name in ("tr181-router", "tr098-router"):
            found = await self.done(name, "DownloadDiagnostics", DownloadURL="http://192.0.2.1/1M")
            self.assertGreater(found["TestBytesReceived"], 1_000_000)
            self.assertLess(found["BOMTime"], found["EOMTime"])
            self.assertEqual([], found["PerConnectionResult"])

    async def test_a_download_over_each_of_its_connections(self) -> None:
        arguments = {"DownloadURL": "http://192.0.2.1/1M", "EnablePerConnectionResults": True}
        found = await self.done("tr181-router", "DownloadDiagnostics", **arguments)
        self.assertGreater(found["PerConnectionResult"][0]["TestBytesReceived"], 1_000_000)

    async def test_an_upload(self) -> None:
        arguments = {"UploadURL": "ftp://192.0.2.1/up", "TestFileLength": 1_000_000}
        for name, sent in (("tr181-router", "TestBytesSent"), ("tr098-router", "TotalBytesSent")):
            found = await self.done(name, "UploadDiagnostics", **arguments)
            self.assertGreater(found[sent], 1_000_000)

    async def test_a_lookup(self) -> None:
        arguments = {"HostName": "www.example", "DNSServer": "192.0.2.54", "NumberOfRepetitions": 2}
        for name in ("tr181-router", "tr098-router"):
            found = await self.done(name, "NSLookupDiagnostics", **arguments)
            self.assertEqual(2, found["SuccessCount"])
            self.assertEqual(
                [("Success", "www.example", "192.0.2.54")] * 2,
                [(row["Status"], row["HostNameReturned"], row["DNSServerIP"]) for row in found["Result"]],
            )

    async def test_neighbours(self) -> None:
        for name in ("tr181-router", "tr098-router"):
            found = await self.done(name, "NeighboringWiFiDiagnostic")
            self.assertEqual(
                [("Neighbour 1", "2.4GHz"), ("Neighbour 2", "5GHz")],
                [(row["SSID"], row["OperatingFrequencyBand"]) for row in found["Result"]],
            )
            self.assertIsInstance(found["Result"][0]["SignalStrength"], int)

    async def test_the_rows_of_an_earlier_one_are_not_among_those_of_a_later(self) -> None:
        await self.done("tr181-router", "TraceRoute", Host=HOST, MaxHopCount=3)
        found = await self.done("tr181-router", "TraceRoute", Host=HOST, MaxHopCount=1)
        self.assertEqual(1, len(found["RouteHops"]))

    async def test_a_telephone_of_the_first_model_is_asked_by_its_own_names(self) -> None:
        cpe = await self.met("voip-phone")
        job = await self.queue(cpe)
        self.assertEqual([SET], await self.session(cpe, "2 PERIODIC"))
        said = await self.world.conversation()
        (body,) = [each.body for each in said if each.rpc == SET]
        self.assertIn(b"<Name>Device.LAN.IPPingDiagnostics.Host</Name>", body)
        await self.assert_failed(job, "Invalid arguments", 9003)  # it has none


class SettingTests(DiagnoseCase):
    async def test_the_state_comes_last_and_the_types_are_the_devices_own(self) -> None:
        seen: list[m.SetParameterValues] = []

        class Watching(Habit):
            def answers(self, cpe: Simulated, request: AnyRequest) -> Message | None:
                seen.extend([request] if isinstance(request, m.SetParameterValues) else [])
                return None

        cpe = await self.met()
        self.habits = [Watching()]
        key = self.value(cpe, ".ManagementServer.ParameterKey")
        await self.begun(cpe, Host=HOST, DSCP=46, Interface="Device.IP.Interface.1")
        (asked,) = seen
        self.assertEqual(key, asked.ParameterKey)
        self.assertEqual(
            [
                ("Host", HOST, "xsd:string"),
                ("Interface", "Device.IP.Interface.1", "xsd:string"),
                ("DSCP", "46", "xsd:unsignedInt"),
                ("DiagnosticsState", "Requested", "xsd:string"),
            ],
            [(each.Name.removeprefix(OF_181), each.Value, each.Type) for each in asked.ParameterList],
        )

    async def test_one_that_was_never_read_is_asked_by_its_data_model(self) -> None:
        for name, path in (("tr181-router", OF_181), ("tr098-router", OF_098)):
            cpe = self.device(name)
            self.habits = [Answering(m.GetParameterNames, Fault(9002, "busy"))]
            await self.session(cpe)
            self.assertNotIn(path + "Host", await self.world.store.parameters(cpe.device_id.key))
            job = await self.queue(cpe)
            await self.session(cpe, "2 PERIODIC")
            self.assertEqual(
                (JobState.SENT, HOST), ((await self.now(job)).state, self.value(cpe, path + "Host"))
            )

    async def test_a_device_that_refuses_it_has_failed_it_with_its_fault(self) -> None:
        cpe = await self.met()
        job = await self.queue(cpe)
        self.habits = [Answering(m.SetParameterValues, Fault(9003, "Invalid arguments"))]
        await self.session(cpe, "2 PERIODIC")
        await self.assert_failed(job, "Invalid arguments", 9003)

    async def test_one_that_its_data_model_does_not_have_is_not_asked_for(self) -> None:
        cpe = await self.met("airties-air4920")
        self.world.store.change_device(cpe.device_id.key, root_data_model="InternetGatewayDevice:1.0")
        job = await self.queue(cpe, "NeighboringWiFiDiagnostic")
        self.assertEqual([], await self.session(cpe, "2 PERIODIC"))
        await self.assert_failed(
            job, "the device (InternetGatewayDevice:1.0) has no NeighboringWiFiDiagnostic that is known"
        )

    async def test_a_device_runs_one_of_a_kind_at_a_time(self) -> None:
        cpe = await self.met()
        first = await self.queue(cpe, Host="192.0.2.1")
        second = await self.queue(cpe, Host="192.0.2.2")
        other = await self.queue(cpe, "TraceRoute", Host="192.0.2.3")
        self.assertEqual([SET, SET], await self.session(cpe, "2 PERIODIC"))
        states = [(await self.now(job)).state for job in (first, second, other)]
        self.assertEqual([JobState.SENT, JobState.QUEUED, JobState.SENT], states)
        self.assertEqual([GET, GET, SET], await self.told(cpe))
        self.assertEqual([GET], await self.told(cpe))
        states = [(await self.now(job)).state for job in (first, second, other)]
        self.assertEqual([JobState.DONE] * 3, states)

    async def test_an_urgent_one_goes_before_others_and_one_whose_time_has_passed_does_not_go(self) -> None:
        cpe = await self.met()
        key = cpe.device_id.key
        await self.world.job(key, "GetRPCMethods", {})
        await self.world.job(key, "IPPing", PING, urgent=True)
        late = await self.world.job(key, "TraceRoute", {"Host": HOST}, expires=self.world.clock.seconds() + 1)
        self.world.pass_time(1)
        self.assertEqual([SET, "GetRPCMethods"], await self.session(cpe, "2 PERIODIC"))
        self.assertEqual(JobState.EXPIRED, (await self.now(late)).state)

    async def test_wrong_arguments_are_not_taken(self) -> None:
        cpe = await self.met()
        for rpc, arguments, where in (
            ("IPPing", {}, "Host"),
            ("IPPing", {"Host": HOST, "Timeout": "1"}, "Timeout"),
            ("DownloadDiagnostics", {"DownloadURL": "file:///etc/passwd"}, "DownloadURL"),
        ):
            with self.assertRaises(ArgumentError) as caught:
                await self.world.job(cpe.device_id.key, rpc, arguments)
            self.assertEqual(where, caught.exception.where)


class ReadingTests(DiagnoseCase):
    async def test_one_that_is_not_the_one_that_is_complete_goes_on_waiting(self) -> None:
        cpe = await self.met()
        job = await self.begun(cpe)
        self.assertEqual([GET], await self.session(cpe, COMPLETE))
        waiting = await self.now(job)
        self.assertEqual((JobState.SENT, {"DiagnosticsState": "Requested"}), (waiting.state, waiting.result))
        self.assertEqual([GET], await self.told(cpe))
        self.assertEqual(JobState.DONE, (await self.now(job)).state)

    async def test_nobody_asks_before_the_device_tells(self) -> None:
        cpe = await self.met()
        await self.begun(cpe)
        self.assertEqual([], await self.session(cpe, "2 PERIODIC"))
        self.assertEqual([], await self.session(cpe, "6 CONNECTION REQUEST"))

    async def test_the_devices_own_error_fails_it(self) -> None:
        cpe = await self.met()
        job = await self.begun(cpe)
        cpe.tree.write(OF_181 + "DiagnosticsState", "Error_CannotResolveHostName")
        await self.session(cpe, COMPLETE)
        failed = await self.assert_failed(job, "Error_CannotResolveHostName")
        self.assertEqual("Error_CannotResolveHostName", (failed.result or {})["DiagnosticsState"])

    async def test_completed_is_complete(self) -> None:
        cpe = await self.met("tr098-router")
        job = await self.begun(cpe)
        cpe.tree.write(OF_098 + "DiagnosticsState", "Completed")
        await self.session(cpe, COMPLETE)
        self.assertEqual(JobState.DONE, (await self.now(job)).state)

    async def test_one_that_somebody_else_has_dropped_fails(self) -> None:
        cpe = await self.met()
        job = await self.begun(cpe)
        cpe.tree.write(OF_181 + "DiagnosticsState", "None")
        await self.session(cpe, COMPLETE)
        await self.assert_failed(job, "the device has dropped it")

    async def test_what_is_read_is_known_of_the_device_too(self) -> None:
        cpe = await self.met()
        await self.begun(cpe)
        await self.told(cpe)
        known = await self.world.store.parameters(cpe.device_id.key)
        self.assertEqual("Complete", known[OF_181 + "DiagnosticsState"].value)

    async def test_a_device_that_does_not_give_an_object_at_once_is_asked_by_names(self) -> None:
        for code in (9002, 9004, 9005):
            cpe = await self.met()
            job = await self.begun(cpe, "TraceRoute", Host=HOST)
            self.habits = [Answering(m.GetParameterValues, Fault(code, "no"), partial=True)]
            self.assertEqual([GET, "GetParameterNames", GET], await self.told(cpe))
            done = await self.now(job)
            self.assertEqual((JobState.DONE, 3), (done.state, len((done.result or {})["RouteHops"])))
            self.habits = []

    async def test_one_that_gives_nothing_has_failed_it_with_its_fault(self) -> None:
        cpe = await self.met()
        job = await self.begun(cpe)
        self.habits = [
            Answering(m.GetParameterValues, Fault(9002, "no")),
            Answering(m.GetParameterNames, Fault(9005, "no such name")),
        ]
        await self.told(cpe)
        await self.assert_failed(job, "no", 9002)

    async def test_an_answer_without_a_state_fails_it(self) -> None:
        cpe = await self.met()
        job = await self.begun(cpe)
        self.habits = [Answering(m.GetParameterValues, m.GetParameterValuesResponse(()))]
        await self.told(cpe)
        await self.assert_failed(job, "the device does not tell its DiagnosticsState")

    async def test_one_rpc_in_a_session_is_enough(self) -> None:
        cpe = await self.met()
        rule = Rule("one-rpc-per-session", device=cpe.device_id.key)
        await self.world.store.change_quirk_rules([rule])
        job = await self.begun(cpe)
        await self.world.job(cpe.device_id.key, "GetRPCMethods", {}, urgent=True)
        self.assertEqual([GET], await self.told(cpe))
        self.assertEqual(JobState.DONE, (await self.now(job)).state)

    async def test_unless_its_results_take_more(self) -> None:
        cpe = await self.met()
        rule = Rule("one-rpc-per-session", device=cpe.device_id.key)
        await self.world.store.change_quirk_rules([rule])
        job = await self.begun(cpe)
        self.habits = [Answering(m.GetParameterValues, Fault(9005, "no"), partial=True)]
        self.assertEqual([GET], await self.told(cpe))
        await self.assert_failed(job, "the device takes too few RPCs in a session for its results to be read")

    async def test_a_transfer_complete_without_a_key_is_not_its_end(self) -> None:
        cpe = await self.met()
        job = await self.begun(cpe)
        cpe.ask(m.TransferComplete(""))
        await self.session(cpe)
        self.assertEqual(JobState.SENT, (await self.now(job)).state)

    async def test_the_end_is_on_disk_before_anything_else_is_asked(self) -> None:
        cpe = await self.met()
        job = await self.begun(cpe)
        await self.world.job(cpe.device_id.key, "GetRPCMethods", {})
        self.passes(cpe)
        await self.breaks(cpe, m.GetRPCMethods)
        self.assertEqual([("done",)], self.world.on_disk("SELECT state FROM jobs WHERE id = ?", job.id))


class LossTests(DiagnoseCase):
    async def test_a_restart_loses_it(self) -> None:
        cpe = await self.met()
        job = await self.begun(cpe)
        cpe.reboot()
        self.passes(cpe)
        self.assertEqual([GET], await self.session(cpe))
        self.assertEqual(("1 BOOT",), (await self.world.last_session()).events)
        await self.assert_failed(job, "the device has restarted, and lost it")

    async def test_but_not_results_that_the_device_has_kept(self) -> None:
        cpe = await self.met()
        job = await self.begun(cpe)
        self.passes(cpe)
        cpe.reboot()
        self.passes(cpe)
        self.assertEqual([GET], await self.session(cpe))
        self.assertEqual(("1 BOOT",), (await self.world.last_session()).events)
        self.assertEqual(JobState.DONE, (await self.now(job)).state)

    async def test_a_start_that_is_told_once_more_ends_nothing(self) -> None:
        cpe = await self.met()
        job = await self.begun(cpe)
        self.assertEqual([GET], await self.session(cpe, "1 BOOT"))
        self.assertEqual(JobState.SENT, (await self.now(job)).state)
        await self.told(cpe)
        self.assertEqual(JobState.DONE, (await self.now(job)).state)

    async def test_a_factory_reset_loses_it(self) -> None:
        cpe = await self.met()
        job = await self.begun(cpe)
        cpe.factory_reset()
        self.passes(cpe)
        await self.session(cpe)
        self.assertIn("0 BOOTSTRAP", (await self.world.last_session()).events)
        await self.assert_failed(job, "the device has restarted, and lost it")

    async def test_one_that_is_begun_in_the_session_that_tells_of_the_start_is_not_lost_by_that(self) -> None:
        cpe = await self.met()
        job = await self.queue(cpe)
        self.assertEqual([SET], await self.session(cpe, "1 BOOT"))
        self.assertEqual([GET], await self.told(cpe))
        self.assertEqual(JobState.DONE, (await self.now(job)).state)

    async def test_a_device_that_never_tells_is_asked_once(self) -> None:
        cpe = await self.met()
        job = await self.begun(cpe)
        cpe.tree.write(OF_181 + "DiagnosticsState", "Requested")
        self.world.pass_time(LIMIT - 1)
        self.assertEqual([], await self.session(cpe, "2 PERIODIC"))
        self.world.pass_time(1)
        self.assertEqual([GET], await self.session(cpe, "2 PERIODIC"))
        await self.assert_failed(
            job, "the device never told that it was complete: after 60 minutes it still is not"
        )
        self.assertEqual([], await self.session(cpe, "2 PERIODIC"))

    async def test_it_may_be_complete_all_the_same(self) -> None:
        cpe = await self.met()
        job = await self.begun(cpe)
        cpe.tree.write(OF_181 + "DiagnosticsState", "Complete")
        self.world.pass_time(LIMIT)
        await self.session(cpe, "2 PERIODIC")
        self.assertEqual(JobState.DONE, (await self.now(job)).state)

    async def test_a_session_that_is_lost_with_the_set_has_it_asked_for_again(self) -> None:
        cpe = await self.met()
        job = await self.queue(cpe)
        await self.breaks(cpe, m.SetParameterValues, "2 PERIODIC")
        self.assertEqual(JobState.QUEUED, (await self.now(job)).state)
        await self.begun(cpe)
        await self.told(cpe)
        done = await self.now(job)
        self.assertEqual((JobState.DONE, 2), (done.state, done.attempts))

    async def test_so_does_one_that_is_lost_with_the_results(self) -> None:
        cpe = await self.met()
        job = await self.begun(cpe)
        self.passes(cpe)
        await self.breaks(cpe, m.GetParameterValues)
        self.assertEqual((JobState.QUEUED, None), ((await self.now(job)).state, (await self.now(job)).result))
        self.assertEqual([SET], await self.session(cpe))
        self.assertEqual([GET], await self.told(cpe))
        self.assertEqual(JobState.DONE, (await self.now(job)).state)

    async def test_but_not_for_ever(self) -> None:
        cpe = await self.met()
        job = await self.queue(cpe)
        for _ in range(jobs.MAX_ATTEMPTS):
            self.assertEqual([SET], await self.session(cpe, "2 PERIODIC"))
            self.passes(cpe)
            await self.breaks(cpe, m.GetParameterValues)
        await self.assert_failed(job, f"no answer in {jobs.MAX_ATTEMPTS} sessions")
        self.assertEqual([], await self.session(cpe, "2 PERIODIC"))

    async def test_a_restart_of_the_appliance_leaves_it_waiting(self) -> None:
        cpe = await self.met()
        job = await self.begun(cpe)
        self.assertEqual(0, await recover(self.world.store, self.world.clock.seconds(), 0))
        self.assertEqual(JobState.SENT, (await self.now(job)).state)
        await self.told(cpe)
        self.assertEqual(JobState.DONE, (await self.now(job)).state)

    async def test_one_that_is_deleted_with_its_device_is_no_error(self) -> None:
        cpe = await self.met()
        await self.begun(cpe)
        await self.world.store.delete_device(cpe.device_id.key)
        self.passes(cpe)
        await self.session(cpe)
        self.assertEqual("", (await self.world.last_session()).failure)


class UnverifiedTests(DiagnoseCase):
    async def test_a_device_that_is_not_verified_is_asked_for_none(self) -> None:
        cpe = await self.met()
        self.policy.trusts = False
        job = await self.queue(cpe)
        self.assertEqual([], await self.session(cpe, "2 PERIODIC"))
        self.assertEqual(JobState.QUEUED, (await self.now(job)).state)
        for name in DIAGNOSTICS:
            self.assertNotIn(name, jobs.READS)

    async def test_nor_for_results_until_it_is(self) -> None:
        cpe = await self.met()
        job = await self.begun(cpe)
        self.policy.trusts = False
        self.assertEqual([], await self.told(cpe))
        self.assertEqual(JobState.SENT, (await self.now(job)).state)
        self.policy.trusts = True
        self.world.pass_time(LIMIT)
        self.assertEqual([GET], await self.session(cpe, "2 PERIODIC"))
        self.assertEqual(JobState.DONE, (await self.now(job)).state)
