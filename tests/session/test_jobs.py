"""Jobs, from the queue to the wire and back, and what is left of them when a session is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.json_form import ArgumentError, request_from_json
from acs.cwmp.namespaces import CWMP_1_2
from acs.cwmp.rpcs import TO_CPE
from acs.session import jobs
from acs.session.recovery import recover
from acs.session.verification import Never
from acs.store.places import DATABASE_FILE
from acs.store.records import Job, JobState
from tests.support.cases import WorldCase
from tests.support.world import ROOT, Cpe

CODE = ROOT + "DeviceInfo.ProvisioningCode"
SET = {"ParameterList": [{"Name": CODE, "Value": "gold"}]}
DOWNLOAD = {"FileType": "1 Firmware Upgrade Image", "URL": "http://192.0.2.1/fw.bin"}


class JobCase(WorldCase):
    """A device that has called before."""

    async def known(self, **how: Any) -> Cpe:
        cpe = self.world.cpe(**how)
        await cpe.first_contact()
        return cpe

    async def now(self, job: Job) -> Job:
        """The job as it is on disk."""
        await self.world.store.committed()
        found = await self.world.store.job(job.id)
        assert found is not None
        return found


class RunTests(JobCase):
    """A job that the device answers."""

    async def test_a_set_reaches_the_device_with_the_type_that_it_told(self) -> None:
        cpe = await self.known()
        job = await self.world.job(cpe.id, "SetParameterValues", SET, reason="upgrade to gold")
        await cpe.call_in("2 PERIODIC")
        request = await cpe.say(None)
        wanted = m.SetParameterValues((v.ParameterValueStruct(CODE, "gold", "xsd:string"),))
        self.assertEqual(wanted, request)
        self.assertEqual(JobState.SENT, (await self.now(job)).state)
        self.assertIsNone(await cpe.say(m.SetParameterValuesResponse(0)))
        done = await self.now(job)
        self.assertEqual((JobState.DONE, {"Status": 0}, None), (done.state, done.result, done.fault))
        self.assertEqual((self.world.clock.seconds(), 1), (done.ended, done.attempts))
        session = await self.world.last_session()
        self.assertEqual(session.id, done.session)
        self.assertEqual("gold", (await self.world.store.parameters(cpe.id))[CODE].value)

    async def test_a_set_that_is_not_applied_yet_tells_no_value(self) -> None:
        cpe = await self.known()
        await self.world.job(cpe.id, "SetParameterValues", SET)
        await cpe.call_in("2 PERIODIC")
        await cpe.say(None)
        await cpe.say(m.SetParameterValuesResponse(1))
        self.assertEqual("", (await self.world.store.parameters(cpe.id))[CODE].value)

    async def test_what_came_of_it_is_on_disk_before_the_device_hears_our_next_word(self) -> None:
        cpe = await self.known()
        for answer, state in ((m.SetParameterValuesResponse(0), "done"), (m.Fault(9002), "failed")):
            job = await self.world.job(cpe.id, "SetParameterValues", SET)
            await cpe.call_in("2 PERIODIC")
            await cpe.say(None)
            self.assertEqual([("sent",)], self.world.on_disk("SELECT state FROM jobs WHERE id = ?", job.id))
            await cpe.say(answer)
            self.assertEqual([(state,)], self.world.on_disk("SELECT state FROM jobs WHERE id = ?", job.id))

    async def test_its_messages_are_linked_to_it(self) -> None:
        cpe = await self.known()
        job = await self.world.job(cpe.id, "SetParameterValues", SET)
        await cpe.session()
        linked = [(e.number, e.rpc, e.answers) for e in await self.world.conversation() if e.job == job.id]
        self.assertEqual([(4, "SetParameterValues", None), (5, "SetParameterValuesResponse", 4)], linked)

    async def test_a_type_that_nobody_knows_is_asked_for_first(self) -> None:
        cpe = await self.known()
        name = ROOT + "X_Never.Seen"
        await self.world.job(cpe.id, "SetParameterValues", {"ParameterList": [{"Name": name, "Value": True}]})
        await cpe.call_in("2 PERIODIC")
        self.assertEqual(m.GetParameterValues((name,)), await cpe.say(None))
        told = v.ParameterValueStruct(name, "0", "xsd:boolean")
        request = await cpe.say(m.GetParameterValuesResponse((told,)))
        self.assertEqual(m.SetParameterValues((v.ParameterValueStruct(name, "1", "xsd:boolean"),)), request)

    async def test_a_fault_fails_it_and_the_next_goes_on(self) -> None:
        cpe = await self.known()
        refused = await self.world.job(cpe.id, "SetParameterValues", SET)
        other = await self.world.job(cpe.id, "GetRPCMethods", {})
        await cpe.call_in("2 PERIODIC")
        await cpe.say(None)
        detail = (v.SetParameterValuesFault(CODE, 9008, "read-only"),)
        self.assertEqual(m.GetRPCMethods(), await cpe.say(m.Fault(9003, "Invalid arguments", detail)))
        await cpe.say(m.GetRPCMethodsResponse(("Inform",)))
        failed = await self.now(refused)
        self.assertEqual(JobState.FAILED, failed.state)
        assert failed.fault is not None
        self.assertEqual(9003, failed.fault["FaultCode"])
        self.assertEqual(
            [{"ParameterName": CODE, "FaultCode": 9008, "FaultString": "read-only"}],
            failed.fault["SetParameterValuesFault"],
        )
        self.assertEqual(JobState.DONE, (await self.now(other)).state)

    async def test_an_empty_post_instead_of_an_answer_fails_it(self) -> None:
        cpe = await self.known()
        job = await self.world.job(cpe.id, "GetOptions", {"OptionName": ""})
        await cpe.call_in("2 PERIODIC")
        await cpe.say(None)
        self.assertEqual(204, (await cpe.exchange(b"")).status)
        failed = await self.now(job)
        self.assertEqual(JobState.FAILED, failed.state)
        assert failed.fault is not None
        self.assertIn("empty body", failed.fault["FaultString"])

    async def test_urgent_ones_go_first_then_the_oldest(self) -> None:
        cpe = await self.known()
        for name in ("A", "B"):
            await self.world.job(cpe.id, "GetParameterValues", {"ParameterNames": [name + "."]})
        await self.world.job(cpe.id, "GetParameterValues", {"ParameterNames": ["C."]}, urgent=True)
        await cpe.call_in("2 PERIODIC")
        asked = []
        message = await cpe.say(None)
        while isinstance(message, m.GetParameterValues):
            asked += message.ParameterNames
            message = await cpe.say(m.GetParameterValuesResponse(()))
        self.assertEqual(["C.", "A.", "B."], asked)

    async def test_one_that_arrives_during_the_session_is_carried_out_in_it(self) -> None:
        cpe = await self.known()
        await cpe.call_in("2 PERIODIC")
        job = await self.world.job(cpe.id, "SetParameterValues", SET)
        self.assertEqual(["SetParameterValues"], await cpe.serve())
        self.assertEqual(JobState.DONE, (await self.now(job)).state)

    async def test_after_a_reboot_nothing_more_is_asked(self) -> None:
        for rpc, answer in (("Reboot", m.RebootResponse()), ("FactoryReset", m.FactoryResetResponse())):
            cpe = await self.known(device=v.DeviceId("A", "00D09E", "C", rpc))
            await self.world.job(cpe.id, rpc, {})
            waits = await self.world.job(cpe.id, "SetParameterValues", SET)
            await cpe.call_in("2 PERIODIC")
            asked = await cpe.say(None)
            assert asked is not None
            self.assertEqual(rpc, m.name_of(asked))
            self.assertIsNone(await cpe.say(answer))
            self.assertEqual(JobState.QUEUED, (await self.now(waits)).state)
            self.assertEqual(["SetParameterValues"], await cpe.session("1 BOOT"))

    async def test_one_whose_time_has_passed_expires(self) -> None:
        cpe = await self.known()
        job = await self.world.job(cpe.id, "Reboot", {}, expires=self.world.clock.seconds() + 10)
        self.world.pass_time(10)
        self.assertEqual([], await cpe.session())
        self.assertEqual(JobState.EXPIRED, (await self.now(job)).state)

    async def test_an_rpc_newer_than_the_devices_version_is_not_sent(self) -> None:
        cpe = await self.known()
        job = await self.world.job(cpe.id, "CancelTransfer", {"CommandKey": "k"})
        self.assertEqual([], await cpe.session())
        failed = await self.now(job)
        assert failed.fault is not None
        self.assertEqual(
            "CancelTransfer came with CWMP 1.2, and the device speaks 1.0", failed.fault["FaultString"]
        )

    async def test_unless_the_device_says_that_it_knows_it(self) -> None:
        cpe = await self.known()
        self.world.store.change_device(cpe.id, rpc_methods=("GetRPCMethods", "CancelTransfer"))
        await self.world.job(cpe.id, "CancelTransfer", {"CommandKey": "k"})
        self.assertEqual(["CancelTransfer"], await cpe.session())

    async def test_one_that_another_process_has_cancelled_is_not_sent(self) -> None:
        cpe = await self.known()
        job = await self.world.job(cpe.id, "Reboot", {})
        with closing(sqlite3.connect(self.world.folder / DATABASE_FILE, isolation_level=None)) as other:
            other.execute("UPDATE jobs SET state = 'cancelled' WHERE id = ?", (job.id,))
        self.assertEqual([], await cpe.session())
        self.assertEqual(JobState.CANCELLED, (await self.now(job)).state)

    async def test_a_vendors_rpc_goes_out_as_xml(self) -> None:
        cpe = await self.known()
        job = await self.world.job(cpe.id, "X_000E50_Sing", {"XML": "<Song>Ode</Song>"})
        await cpe.call_in("2 PERIODIC")
        self.assertEqual(m.VendorRequest("X_000E50_Sing", "<Song>Ode</Song>"), await cpe.say(None))
        await cpe.say(m.VendorResponse("X_000E50_SingResponse", "<Heard>1</Heard>"))
        self.assertEqual({"XML": "<Heard>1</Heard>"}, (await self.now(job)).result)


class AcceptanceTests(JobCase):
    """What is taken into the queue."""

    async def test_wrong_arguments_are_refused_by_name(self) -> None:
        cpe = await self.known()
        for rpc, arguments, where in (
            ("SetParameterValues", {}, "ParameterList"),
            ("GetParameterNames", {"ParameterPath": 5}, "ParameterPath"),
            ("Inform", {}, "rpc"),
            ("Reboot", {"When": "now"}, "When"),
        ):
            error = await self.assertFailure(_deferred(self.world.job(cpe.id, rpc, arguments)), ArgumentError)
            self.assertEqual(where, error.where)

    async def test_an_unknown_device_is_refused(self) -> None:
        await self.assertFailure(_deferred(self.world.job("nobody", "Reboot", {})), jobs.UnknownDevice)

    async def test_identical_ones_that_wait_are_one(self) -> None:
        cpe = await self.known()
        first = await self.world.job(cpe.id, "SetParameterValues", SET)
        second = await self.world.job(cpe.id, "SetParameterValues", SET)
        self.assertEqual(first.id, second.id)
        self.assertEqual(["SetParameterValues"], await cpe.session())


class TransferTests(JobCase):
    """Downloads and uploads end when the device says so."""

    async def accepted(self, cpe: Cpe, rpc: str = "Download", status: int = 1) -> Job:
        job = await self.world.job(cpe.id, rpc, DOWNLOAD)
        await cpe.call_in("2 PERIODIC")
        request: Any = await cpe.say(None)
        self.assertEqual(job.command_key, request.CommandKey)
        response = m.DownloadResponse(status) if rpc == "Download" else m.UploadResponse(status)
        await cpe.say(response)
        return await self.now(job)

    async def test_an_accepted_download_is_not_done(self) -> None:
        job = await self.accepted(await self.known())
        self.assertEqual((JobState.SENT, 1), (job.state, (job.result or {})["Status"]))

    async def test_a_download_that_is_done_at_once_is_done(self) -> None:
        job = await self.accepted(await self.known(), status=0)
        self.assertEqual(JobState.DONE, job.state)

    async def test_its_transfer_complete_ends_it(self) -> None:
        cpe = await self.known()
        job = await self.accepted(cpe)
        await cpe.call_in("7 TRANSFER COMPLETE", v.EventStruct("M Download", job.command_key))
        await cpe.say(m.TransferComplete(job.command_key, v.FaultStruct(), "2026-11-25T12:00:00Z"))
        done = await self.now(job)
        self.assertEqual(JobState.DONE, done.state)
        self.assertEqual("2026-11-25T12:00:00Z", (done.result or {})["StartTime"])

    async def test_a_transfer_complete_with_a_fault_fails_it(self) -> None:
        cpe = await self.known()
        job = await self.accepted(cpe)
        await cpe.call_in("7 TRANSFER COMPLETE")
        await cpe.say(m.TransferComplete(job.command_key, v.FaultStruct(9010, "no route")))
        failed = await self.now(job)
        self.assertEqual(
            (JobState.FAILED, {"FaultCode": 9010, "FaultString": "no route"}), (failed.state, failed.fault)
        )

    async def test_its_end_is_on_disk_before_the_device_is_told_that_we_know(self) -> None:
        cpe = await self.known()
        job = await self.accepted(cpe)
        await cpe.call_in("7 TRANSFER COMPLETE")
        await cpe.say(m.TransferComplete(job.command_key))
        self.assertEqual([("done",)], self.world.on_disk("SELECT state FROM jobs WHERE id = ?", job.id))

    async def test_without_a_key_the_only_one_that_waits_is_meant(self) -> None:
        cpe = await self.known()
        job = await self.accepted(cpe)
        await cpe.call_in("7 TRANSFER COMPLETE")
        await cpe.say(m.TransferComplete(""))
        self.assertEqual(JobState.DONE, (await self.now(job)).state)

    async def test_with_another_key_it_is_not_meant(self) -> None:
        cpe = await self.known()
        job = await self.accepted(cpe)
        await cpe.call_in("7 TRANSFER COMPLETE")
        self.assertEqual(m.TransferCompleteResponse(), await cpe.say(m.TransferComplete("of old")))
        self.assertEqual(JobState.SENT, (await self.now(job)).state)

    async def test_it_survives_other_sessions_in_between(self) -> None:
        cpe = await self.known()
        job = await self.accepted(cpe, "Upload")
        self.assertEqual([], await cpe.session())
        self.assertEqual(JobState.SENT, (await self.now(job)).state)

    async def test_software_modules_end_with_their_results(self) -> None:
        cpe = await self.known(namespace=CWMP_1_2)
        operation = {"Operation": "Install", "URL": "http://192.0.2.1/du.tar"}
        job = await self.world.job(cpe.id, "ChangeDUState", {"Operations": [operation]})
        await cpe.call_in("2 PERIODIC")
        await cpe.say(None)
        await cpe.say(m.ChangeDUStateResponse())
        self.assertEqual(JobState.SENT, (await self.now(job)).state)
        result = v.OpResultStruct("u", "d", "1", "Failed", Fault=v.FaultStruct(9027, "full"))
        await cpe.call_in("11 DU STATE CHANGE COMPLETE")
        await cpe.say(m.DUStateChangeComplete((result,), job.command_key))
        self.assertEqual([("failed",)], self.world.on_disk("SELECT state FROM jobs WHERE id = ?", job.id))
        self.assertEqual(JobState.FAILED, (await self.now(job)).state)


class LostSessionTests(JobCase):
    """The RPC went out and the answer never came."""

    async def sent(self, cpe: Cpe, rpc: str, arguments: dict[str, Any]) -> Job:
        job = await self.world.job(cpe.id, rpc, arguments)
        await cpe.call_in("2 PERIODIC")
        self.assertIsNotNone(await cpe.say(None))
        self.world.pass_time(61)
        return await self.now(job)

    async def test_an_idempotent_one_goes_out_again(self) -> None:
        cpe = await self.known()
        job = await self.sent(cpe, "SetParameterValues", SET)
        self.assertEqual((JobState.QUEUED, False), (job.state, job.uncertain))
        self.assertEqual(["SetParameterValues"], await cpe.session())
        self.assertEqual((JobState.DONE, 2), ((await self.now(job)).state, (await self.now(job)).attempts))

    async def test_so_does_one_whose_session_is_lost_while_it_is_taken_or_made_ready(self) -> None:
        cpe = await self.known()
        for rpc, arguments in (
            ("GetParameterValues", {"ParameterNames": [CODE]}),
            ("SetParameterValues", SET),
        ):
            job = await self.world.job(cpe.id, rpc, arguments)
            await cpe.call_in("2 PERIODIC")
            cpe.line.send(cpe.post(b""))
            self.world.pass_time(61)
            self.assertEqual(400, (await cpe.line.receive()).status)
            cpe.reconnect()
            self.assertEqual(JobState.QUEUED, (await self.now(job)).state)
            self.assertEqual([rpc], await cpe.session("2 PERIODIC"))
            self.assertEqual(JobState.DONE, (await self.now(job)).state)

    async def test_but_not_for_ever(self) -> None:
        cpe = await self.known()
        job = await self.world.job(cpe.id, "SetParameterValues", SET)
        for _ in range(jobs.MAX_ATTEMPTS):
            await cpe.call_in("2 PERIODIC")
            await cpe.say(None)
            self.world.pass_time(61)
        failed = await self.now(job)
        self.assertEqual(
            (JobState.FAILED, "no answer in 3 sessions"), (failed.state, (failed.fault or {})["FaultString"])
        )
        self.assertEqual([], await cpe.session())

    async def test_any_other_is_left_for_a_person_and_never_repeated(self) -> None:
        cpe = await self.known()
        job = await self.sent(cpe, "AddObject", {"ObjectName": ROOT + "LANDevice."})
        self.assertEqual((JobState.SENT, True), (job.state, job.uncertain))
        self.assertEqual([], await cpe.session())

    async def test_what_happened_after_all_is_told_by_its_event(self) -> None:
        cpe = await self.known()
        for rpc, arguments in (("Reboot", {}), ("ScheduleInform", {"DelaySeconds": 60})):
            job = await self.sent(cpe, rpc, arguments)
            self.assertTrue(job.uncertain)
            await cpe.session("1 BOOT")
            await cpe.call_in(v.EventStruct(f"M {rpc}", job.command_key))
            done = await self.now(job)
            self.assertEqual((JobState.DONE, False), (done.state, done.uncertain), rpc)

    async def test_what_another_session_has_sent_is_not_its_loss(self) -> None:
        cpe = await self.known()
        await cpe.call_in("2 PERIODIC")
        job = await self.world.job(cpe.id, "SetParameterValues", SET)
        await self.world.store.send_job(job.id, 1.0, 17)
        self.world.pass_time(61)
        self.assertEqual((JobState.SENT, 17), ((await self.now(job)).state, (await self.now(job)).session))

    async def test_a_restart_of_the_appliance_is_a_lost_session(self) -> None:
        cpe = await self.known()
        job = await self.world.job(cpe.id, "SetParameterValues", SET)
        await self.world.store.send_job(job.id, 1.0, self.world.store.new_id())
        self.assertEqual(1, await recover(self.world.store, self.world.clock.seconds(), 0))
        self.assertEqual(JobState.QUEUED, (await self.now(job)).state)

    async def test_what_was_taken_as_the_database_broke_off_is_lost_too(self) -> None:
        cpe = await self.known()
        again = await self.world.job(cpe.id, "SetParameterValues", SET)
        once = await self.world.job(cpe.id, "Reboot", {})
        for job in (again, once):
            await self.world.store.send_job(job.id, 1.0, 17)  # by a session that never knew
        self.assertEqual(["SetParameterValues"], await cpe.session("2 PERIODIC"))
        self.assertEqual(JobState.DONE, (await self.now(again)).state)
        self.assertEqual(
            (JobState.SENT, True), ((await self.now(once)).state, (await self.now(once)).uncertain)
        )

    async def test_an_accepted_transfer_is_not_touched_by_a_restart(self) -> None:
        cpe = await self.known()
        job = await self.world.job(cpe.id, "Download", DOWNLOAD)
        await self.world.store.send_job(job.id, 1.0, self.world.store.new_id())
        self.world.store.change_job(job.id, result={"Status": 1})
        self.assertEqual(0, await recover(self.world.store, self.world.clock.seconds(), 0))
        self.assertEqual(JobState.SENT, (await self.now(job)).state)


class UnverifiedTests(JobCase):
    """A device that may not be what it says."""

    how = {"policy": Never()}

    async def test_nothing_is_set_and_reading_goes_on(self) -> None:
        cpe = await self.known()
        waits = await self.world.job(cpe.id, "SetParameterValues", SET)
        read = await self.world.job(cpe.id, "GetParameterValues", {"ParameterNames": [CODE]})
        self.assertEqual(["GetParameterValues"], await cpe.session())
        self.assertEqual(JobState.QUEUED, (await self.now(waits)).state)
        self.assertEqual(JobState.DONE, (await self.now(read)).state)
        device = self.world.store.resident(cpe.id)
        assert device is not None
        self.assertFalse(device.client_ip_verified)

    def test_what_sets_sends_or_erases_something_is_no_reading(self) -> None:
        writes = {
            *("SetParameterValues", "SetParameterAttributes", "AddObject", "DeleteObject", "SetVouchers"),
            *("Download", "ScheduleDownload", "Upload", "ChangeDUState", "FactoryReset"),
        }
        standard = {rpc.name for rpc in TO_CPE if not rpc.name.startswith("X_")}
        self.assertEqual(standard, writes | jobs.READS)
        self.assertEqual(set(), writes & jobs.READS)


class RequestTests(JobCase):
    """What goes out for a job."""

    async def test_a_given_command_key_is_kept_and_a_missing_one_is_the_jobs_id(self) -> None:
        cpe = await self.known()
        own = await self.world.job(cpe.id, "Reboot", {"CommandKey": "mine"})
        made = await self.world.job(cpe.id, "Reboot", {})
        self.assertEqual(m.Reboot("mine"), jobs.request_of(own))
        self.assertEqual(m.Reboot(made.command_key), jobs.request_of(made))
        self.assertEqual(13, len(made.command_key))

    def test_what_was_told_before_is_told_again_and_nothing_else_for_it(self) -> None:
        values: tuple[Any, ...] = ("1", 1, True, "gold", "\ud800", "long" * 2000)
        for _ in range(2):
            for value in values:
                told = {"ParameterList": [{"Name": CODE, "Value": value, "Type": "xsd:string"}]}
                job = Job(1, "a", "SetParameterValues", told, created=1.0)
                try:
                    wanted: Any = request_from_json(job.rpc, told)
                except ArgumentError:
                    self.assertRaises(ArgumentError, jobs.request_of, job)
                else:
                    self.assertEqual(wanted, jobs.request_of(job))


def _deferred(coroutine: Any) -> Any:
    from twisted.internet.defer import ensureDeferred

    return ensureDeferred(coroutine)
