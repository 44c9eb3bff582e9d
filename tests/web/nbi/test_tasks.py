"""Tasks: what becomes of each, who may give them, what is waited for."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from acs.store import ids
from acs.store.interface import Query
from acs.store.records import Job, JobState, Role
from acs.store.records.wakes import NoMoreWaking, TooMuchWaking, Wake, WakeOutcome
from tests.web.cases import AIRTIES, NOON
from tests.web.client import Connection, Response
from tests.web.nbi.cases import ROOT, NbiCase, of_device

SSID = f"{ROOT}LANDevice.1.WLANConfiguration.1.SSID"


class TaskCase(NbiCase):
    async def setUp(self) -> None:
        await super().setUp()
        await self.keep_usual()

    async def give(self, task: Any, query: str = "", **how: Any) -> Response:
        return await self.genie("POST", of_device(AIRTIES, "tasks") + query, task, **how)

    async def jobs(self) -> list[Job]:
        return list((await self.store.jobs(Query(sort="id"))).items)

    async def meanwhile(self, task: Any, query: str = "?connection_request") -> Any:
        """A task that is waited for; what its answer will be, and the job once it is there."""
        waiting = Deferred.fromCoroutine(self.give(task, query))
        while not (jobs := await self.jobs()):
            await deferLater(reactor, 0)
        return waiting, jobs[-1]


class NotingTests(TaskCase):
    async def test_the_audit_log_has_what_was_given_without_secrets(self) -> None:
        key = f"{ROOT}LANDevice.1.WLANConfiguration.1.KeyPassphrase"
        task = {"name": "setParameterValues", "parameterValues": [[key, "hush hush", "xsd:string"]]}
        self.assertEqual(202, (await self.give(task)).status)
        self.assertEqual(202, (await self.give(task, "?connection_request&timeout=0")).status)
        for said in (await self.get("audit"))["items"]:
            self.assertEqual([[key, "********", "xsd:string"]], said["after"]["parameterValues"])
        self.assertNotIn("hush", repr((await self.store.audited(Query())).items))

    async def test_each_is_given_whatever_header_comes_with_it(self) -> None:
        how = {"Idempotency-Key": "one"}
        for name in ("one", "two"):
            task = {"name": "addObject", "objectName": f"{ROOT}{name}"}
            self.assertEqual(202, (await self.give(task, **how)).status)
        self.assertEqual(
            [f"{ROOT}one.", f"{ROOT}two."], [j.arguments["ObjectName"] for j in await self.jobs()]
        )


class GivingTests(TaskCase):
    async def test_each_task_becomes_the_rpc_that_does_it(self) -> None:
        for task, rpc, arguments in (
            (
                {"name": "getParameterValues", "parameterNames": [SSID, f"{ROOT}DeviceInfo"]},
                "GetParameterValues",
                {"ParameterNames": [SSID, f"{ROOT}DeviceInfo."]},
            ),
            (
                {"name": "refreshObject", "objectName": f"{ROOT}DeviceInfo"},
                "GetParameterValues",
                {"ParameterNames": [f"{ROOT}DeviceInfo."]},
            ),
            ({"name": "refreshObject", "objectName": ""}, "GetParameterValues", {"ParameterNames": [ROOT]}),
            ({"name": "refreshObject", "objectName": SSID}, "GetParameterValues", {"ParameterNames": [SSID]}),
            (
                {
                    "name": "setParameterValues",
                    "parameterValues": [[SSID, "x", "xsd:string"], [f"{SSID}2", True]],
                },
                "SetParameterValues",
                {
                    "ParameterList": [
                        {"Name": SSID, "Value": "x", "Type": "xsd:string"},
                        {"Name": f"{SSID}2", "Value": "1", "Type": ""},
                    ],
                    "ParameterKey": "",
                },
            ),
            ({"name": "addObject", "objectName": f"{ROOT}A"}, "AddObject", {"ObjectName": f"{ROOT}A."}),
            (
                {"name": "deleteObject", "objectName": f"{ROOT}A.1."},
                "DeleteObject",
                {"ObjectName": f"{ROOT}A.1."},
            ),
            ({"name": "reboot"}, "Reboot", {}),
            ({"name": "factoryReset"}, "FactoryReset", {}),
        ):
            response = await self.give(task)
            self.assertEqual(202, response.status, response.body)
            job = await self.store.job(ids.from_text(response.json["_id"]) or 0)
            assert job is not None
            self.assertEqual(rpc, job.rpc)
            self.assertEqual(arguments, {name: job.arguments[name] for name in arguments})
            self.assertEqual((AIRTIES.id, False, "token:a admin"), (job.device, job.urgent, job.requested_by))
            said = {**task, "device": AIRTIES.id}
            self.assertEqual(said, {name: response.json[name] for name in said})

    async def test_the_dialect_of_a_client_is_understood(self) -> None:
        response = await self.give(
            {"command": "refreshObject", "params": {"objectName": f"{ROOT}DeviceInfo"}}
        )
        self.assertEqual((202, "refreshObject"), (response.status, response.json["name"]))
        response = await self.genie("POST", of_device(AIRTIES, "objects", f"{ROOT}LANDevice", "refresh"))
        self.assertEqual((202, f"{ROOT}LANDevice"), (response.status, response.json["objectName"]))
        self.assertEqual(
            [[f"{ROOT}DeviceInfo."], [f"{ROOT}LANDevice."]],
            [job.arguments["ParameterNames"] for job in await self.jobs()],
        )

    async def test_a_body_counts_whatever_it_is_called(self) -> None:
        for kind in ("application/x-www-form-urlencoded", "text/plain", ""):
            response = await self.genie(
                "POST", of_device(AIRTIES, "tasks"), b'{"name": "reboot"}', **{"Content-Type": kind}
            )
            self.assertEqual(202, response.status)

    async def test_what_is_no_task_is_refused_with_the_reason(self) -> None:
        for status, task, reason in (
            (400, b"{", "is not JSON"),
            (400, b"[]", "has to be an object"),
            (400, b"\xff\xfe", "is not JSON"),
            (400, b"", "has to be a task"),
            (422, {}, "is no task"),
            (422, {"name": ["reboot"]}, "is no task"),
            (422, {"name": "rm -rf"}, "is no task"),
            (422, {"name": "provisions", "provisions": [["x"]]}, "configurations"),
            (422, {"name": "getParameterValues"}, "list of names"),
            (422, {"name": "getParameterValues", "parameterNames": [1]}, "list of names"),
            (422, {"name": "getParameterValues", "parameterNames": ["x"] * 2000}, "more than"),
            (422, {"name": "getParameterValues", "parameterNames": ["x" * 300]}, "ParameterNames"),
            (422, {"name": "refreshObject", "objectName": 5}, "has to be a text"),
            (422, {"name": "setParameterValues", "parameterValues": []}, "1 to"),
            (422, {"name": "setParameterValues", "parameterValues": [["x"]]}, "each of parameterValues"),
            (422, {"name": "setParameterValues", "parameterValues": [["x", {}]]}, "Value"),
            (422, {"name": "setParameterValues", "parameterValues": [["x", "y", "z"]]}, "Type"),
            (422, {"name": "addObject", "objectName": "x", "parameterValues": [["y", 1]]}, "alone"),
            (422, {"name": "download"}, "file has to be"),
            (422, {"name": "download", "file": "../../etc/passwd"}, "there is no file"),
        ):
            detail = await self.refused(status, "POST", of_device(AIRTIES, "tasks"), task)
            self.assertIn(reason, detail, task)
        self.assertEqual([], await self.jobs())
        await self.refused(404, "POST", "/devices/nobody/tasks", {"name": "reboot"})

    async def test_a_task_that_is_too_long_is_refused_before_all_of_it_is_there(self) -> None:
        connection = Connection(self.nbi.site)
        head = f"POST {of_device(AIRTIES, 'tasks')} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {2 << 20}"
        connection.protocol.dataReceived(f"{head}\r\nAuthorization: Bearer acs_admin\r\n\r\n".encode())
        while b"413" not in connection.value():
            await deferLater(reactor, 0)
        connection.drop()

    async def test_support_may_not_have_software_put_onto_devices(self) -> None:
        self.assertEqual(202, (await self.give({"name": "reboot"}, role=Role.SUPPORT)).status)
        await self.refused(403, "POST", of_device(AIRTIES, "tasks"), {"name": "reboot"}, role=Role.VIEWER)


class WaitingTests(TaskCase):
    """With ``connection_request``."""

    async def test_a_task_that_is_done_in_time_is_answered_as_done(self) -> None:
        waiting, job = await self.meanwhile({"name": "reboot"})
        self.assertTrue(job.urgent)
        self.store.change_job(job.id, state=JobState.SENT, session=1)
        self.clock.advance(60)
        self.store.change_job(job.id, state=JobState.DONE, result={})
        response = await waiting
        self.assertEqual((200, "OK"), (response.status, response.reason))
        self.assertEqual(ids.as_text(job.id), response.json["_id"])

    async def test_a_transfer_that_the_device_has_accepted_is_done(self) -> None:
        waiting, job = await self.meanwhile({"name": "factoryReset"})
        self.store.change_job(job.id, state=JobState.SENT, session=1, result={"Status": 1})
        self.assertEqual(200, (await waiting).status)

    async def test_a_device_that_does_not_call_in_time_leaves_it_waiting(self) -> None:
        waiting, _ = await self.meanwhile({"name": "reboot"}, "?timeout=5000&connection_request=")
        self.clock.pump([1.0] * 4)
        self.assertFalse(waiting.called)
        self.clock.pump([1.0] * 2)
        response = await waiting
        self.assertEqual((202, "Task queued but not processed"), (response.status, response.reason))
        self.assertEqual(JobState.QUEUED, (await self.jobs())[0].state)

    async def test_a_device_that_cannot_be_woken_is_told_at_once(self) -> None:
        waiting, job = await self.meanwhile({"name": "reboot"})
        self.store.change_job(job.id, wake_tries=1, wake_outcome=WakeOutcome.UNREACHABLE.value)
        response = await waiting
        self.assertEqual((202, "Device is offline"), (response.status, response.reason))

    async def test_a_device_that_has_said_it_would_call_is_waited_for(self) -> None:
        waiting, job = await self.meanwhile({"name": "reboot"})
        self.store.change_job(job.id, wake_tries=1, wake_outcome=WakeOutcome.ACCEPTED.value)
        self.store.change_job(job.id, state=JobState.DONE)
        self.assertEqual(200, (await waiting).status)

    async def test_a_fault_is_told(self) -> None:
        waiting, job = await self.meanwhile({"name": "reboot"})
        fault = {"FaultCode": 9002, "FaultString": "no time"}
        self.store.change_job(job.id, state=JobState.FAILED, fault=fault, ended=NOON)
        response = await waiting
        self.assertEqual((202, "Task faulted"), (response.status, response.reason))
        self.assertEqual("cwmp.9002", response.json["fault"]["code"])

    async def test_what_is_taken_back_meanwhile_is_told(self) -> None:
        waiting, job = await self.meanwhile({"name": "reboot"})
        await self.store.cancel_job(job.id, NOON)
        response = await waiting
        self.assertEqual((202, "Task was taken back"), (response.status, response.reason))

    async def test_what_another_process_does_is_seen_a_second_later(self) -> None:
        waiting, job = await self.meanwhile({"name": "reboot"})
        self.patch(self.store.happenings, "tell", lambda happening: None)
        self.store.change_job(job.id, state=JobState.DONE)
        self.assertFalse(waiting.called)
        self.clock.advance(1)
        self.assertEqual(200, (await waiting).status)
        self.assertFalse(self.store.happenings.wanted)


class Waker:
    """Wakes nobody, and says what came of it."""

    def __init__(self) -> None:
        self.outcome: WakeOutcome | Exception = WakeOutcome.INFORMED

    async def wake(self, device_id: str, method: str, requested_by: str) -> Wake:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return Wake(1, device_id, NOON, 1.0, method, self.outcome, "so it is", requested_by)


class WakingTests(TaskCase):
    """A request without a body wakes the device, and does no more."""

    async def setUp(self) -> None:
        self.waker = Waker()
        self.how = {"waker": self.waker}
        await super().setUp()

    async def test_what_came_of_it_is_the_status(self) -> None:
        target = of_device(AIRTIES, "tasks?connection_request")
        for outcome, status in (
            (WakeOutcome.INFORMED, 200),
            (WakeOutcome.ACCEPTED, 200),
            (WakeOutcome.UNREACHABLE, 504),
            (WakeOutcome.UNAUTHORIZED, 504),
            (TooMuchWaking(2.5), 429),
            (NoMoreWaking(), 503),
            (LookupError(), 404),
        ):
            self.waker.outcome = outcome
            self.assertEqual(status, (await self.genie("POST", target)).status, outcome)
        self.assertEqual([], await self.jobs())


class TaskListTests(TaskCase):
    """Tasks that there are, and faults."""

    async def failed(self, **how: Any) -> Job:
        job = await self.job(**how)
        fault = {"FaultCode": 9003, "FaultString": "so not"}
        ended = self.store.change_job(job.id, state=JobState.FAILED, fault=fault, ended=NOON, attempts=2)
        await self.store.committed()
        return ended

    async def test_tasks_are_those_that_wait_and_those_that_failed(self) -> None:
        waits = await self.job(
            "SetParameterValues",
            {"ParameterList": [{"Name": "Device.X.Password", "Value": "hush", "Type": "xsd:string"}]},
        )
        fails = await self.failed()
        done = await self.job("FactoryReset")
        self.store.change_job(done.id, state=JobState.DONE)
        await self.job("GetRPCMethods", automatic=True)
        await self.store.committed()
        first, second = await self.found("tasks")
        self.assertEqual(
            {
                "_id": ids.as_text(waits.id),
                "name": "setParameterValues",
                "device": AIRTIES.id,
                "timestamp": "2026-11-25T12:00:00.000Z",
                "parameterValues": [["Device.X.Password", "********", "xsd:string"]],
                "status": "queued",
                "retries": 0,
            },
            first,
        )
        self.assertEqual(
            (ids.as_text(fails.id), "failed", 1), (second["_id"], second["status"], second["retries"])
        )
        self.assertEqual([second], await self.found("tasks", query={"device": AIRTIES.id, "name": "reboot"}))
        self.assertEqual([second], await self.found("tasks", query={"_id": second["_id"]}))
        self.assertEqual([first], await self.found("tasks", sort={"_id": -1}, skip="1"))
        self.assertEqual([], await self.found("tasks", query={"timestamp": {"$lt": "2026-01-01T00:00:00Z"}}))
        self.assertEqual(first, (await self.genie("GET", f"/tasks/{first['_id']}")).json)
        await self.refused(404, "GET", f"/tasks/{ids.as_text(done.id)}")
        self.assertIn("$where", await self.refused(400, "GET", "/tasks/?query=%7B%22$where%22:1%7D"))

    async def test_a_task_is_taken_back(self) -> None:
        waits, fails = await self.job(), await self.failed(rpc="FactoryReset")
        for job in (waits, fails):
            response = await self.genie("DELETE", f"/tasks/{ids.as_text(job.id)}", role=Role.SUPPORT)
            self.assertEqual((200, b""), (response.status, response.body))
            await self.refused(404, "DELETE", f"/tasks/{ids.as_text(job.id)}")
        self.assertEqual([JobState.CANCELLED] * 2, [job.state for job in await self.jobs()])
        self.assertEqual(fails.fault, (await self.jobs())[1].fault)

    async def test_a_task_that_has_gone_out_is_not_taken_back_unless_nobody_knows_of_it(self) -> None:
        job = await self.job()
        target = f"/tasks/{ids.as_text(job.id)}"
        self.store.change_job(job.id, state=JobState.SENT, session=1)
        self.assertIn("sent", await self.refused(409, "DELETE", target))
        self.assertIn("sent", await self.refused(409, "POST", f"{target}/retry"))
        self.store.change_job(job.id, uncertain=True)
        self.assertEqual(200, (await self.genie("DELETE", target)).status)

    async def test_a_task_that_failed_is_given_again(self) -> None:
        fails = await self.failed()
        response = await self.genie("POST", f"/tasks/{ids.as_text(fails.id)}/retry")
        self.assertEqual((200, "reboot"), (response.status, response.json["name"]))
        (task,) = await self.found("tasks")
        self.assertEqual(("queued", response.json["_id"]), (task["status"], task["_id"]))
        self.assertEqual(task, (await self.genie("POST", f"/tasks/{task['_id']}/retry")).json)
        self.assertEqual([], await self.found("faults"))
        await self.refused(404, "POST", "/tasks/nothing/retry")

    async def test_faults_are_what_failed_and_can_be_put_away(self) -> None:
        fails = await self.failed()
        (fault,) = await self.found("faults", query={"device": AIRTIES.id.replace("001CA8", "001ca8")})
        task = ids.as_text(fails.id)
        self.assertEqual(
            {
                "_id": f"{AIRTIES.id}:task_{task}",
                "device": AIRTIES.id,
                "channel": f"task_{task}",
                "timestamp": "2026-11-25T12:00:00.000Z",
                "code": "cwmp.9003",
                "message": "so not",
                "detail": {"FaultCode": 9003, "FaultString": "so not"},
                "retries": 1,
            },
            fault,
        )
        await self.refused(404, "DELETE", "/faults/nobody:task_1")
        await self.refused(404, "DELETE", f"/faults/nobody:task_{task}")
        response = await self.genie("DELETE", f"/faults/{AIRTIES.id.replace('%', '%25')}:task_{task}")
        self.assertEqual(200, response.status, response.body)
        self.assertEqual([], await self.found("faults"))
        await self.refused(404, "DELETE", f"/faults/{AIRTIES.id.replace('%', '%25')}:task_{task}")
