"""Jobs over the API."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

from acs.cwmp.diagnostics import DIAGNOSTICS
from acs.cwmp.json_form import schema_of
from acs.cwmp.rpcs import TO_CPE
from acs.store import ids
from acs.store.records import Job, JobState, Role
from tests.web.cases import AIRTIES, NOON, ApiCase, path

MEMBERS = [
    "id",
    "device",
    "rpc",
    "arguments",
    "reason",
    "automatic",
    "urgent",
    "state",
    "created",
    "sent",
    "ended",
    "result",
    "fault",
    "session",
    "command_key",
    "requested_by",
]
TEXTS = (
    *("xsd:string", "x", "Device.X.", "1 Firmware Upgrade Image", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    *("Any", "http://192.0.2.1/1M"),
)
"""For each kind of text that an RPC has, one that is right."""
JOBS = path("devices", AIRTIES.id, "jobs")
SET = {"ParameterList": [{"Name": "Device.WiFi.SSID.1.SSID", "Value": "home"}], "ParameterKey": ""}
SECRET = {
    "ParameterList": [
        {"Name": "Device.WiFi.SSID.1.SSID", "Value": "home"},
        {"Name": "Device.WiFi.AccessPoint.1.Security.KeyPassphrase", "Value": "hush"},
    ]
}


class AddTests(ApiCase):
    async def add(self, status: int = 201, role: Role = Role.SUPPORT, **body: Any) -> Any:
        """The job that is answered."""
        response = await self.ask("POST", JOBS, body, role)
        self.assertEqual(status, response.status, response.body)
        return response

    async def test_a_job_is_queued_on_disk_and_can_be_had_where_it_is_said_to_be(self) -> None:
        response = await self.add(rpc="SetParameterValues", arguments=SET, reason="new name", urgent=True)
        job = response.json
        self.assertEqual([], [name for name in MEMBERS if name not in job])
        self.assertEqual(("queued", "new name", True), (job["state"], job["reason"], job["urgent"]))
        self.assertEqual(("token:a support", False), (job["requested_by"], job["automatic"]))
        self.assertEqual((AIRTIES.id, "2026-11-25T12:00:00.000Z"), (job["device"], job["created"]))
        self.assertEqual(
            [{"Name": "Device.WiFi.SSID.1.SSID", "Value": "home", "Type": ""}],
            job["arguments"]["ParameterList"],
        )
        self.assertEqual(job, (await self.ask("GET", response.headers["Location"])).json)
        kept = await self.store.job(ids.from_text(job["id"]))
        self.assertEqual((job["id"], "SetParameterValues"), (ids.as_text(kept.id), kept.rpc))

    async def test_an_identical_job_that_waits_is_answered_with_200(self) -> None:
        first = await self.add(rpc="SetParameterValues", arguments=SET)
        second = await self.add(200, rpc="SetParameterValues", arguments=SET)
        self.assertEqual(first.json["id"], second.json["id"])
        self.assertEqual(first.headers["Location"], second.headers["Location"])

    async def test_arguments_may_be_left_out_where_the_rpc_has_none_to_give(self) -> None:
        self.assertEqual("Reboot", (await self.add(rpc="Reboot")).json["rpc"])

    async def test_arguments_that_are_not_the_rpcs_are_422_and_named(self) -> None:
        for rpc, arguments, field in (
            ("Inform", {}, "rpc"),
            ("NoSuchThing", {}, "rpc"),
            ("X_", {"XML": "<a/>"}, None),
            ("SetParameterValues", {}, "arguments.ParameterList"),
            ("SetParameterValues", {"ParameterList": [{"Value": "x"}]}, "arguments.ParameterList[0].Name"),
            ("Reboot", {"Delay": 5}, "arguments.Delay"),
            ("GetParameterNames", {"ParameterPath": 5, "NextLevel": False}, "arguments.ParameterPath"),
            ("X_00D09E_Do", {"XML": "</a>"}, "arguments.XML"),
        ):
            response = await self.add(422, Role.OPERATOR, rpc=rpc, arguments=arguments) if field else None
            if response is not None:
                self.assertEqual([field], list(response.wrong))
        self.assertEqual((), self.store.open_jobs(AIRTIES.id))

    async def test_a_body_that_is_not_a_jobs_is_400(self) -> None:
        for body in (
            {},
            {"rpc": ""},
            {"rpc": 1},
            {"rpc": "Reboot", "arguments": []},
            {"rpc": "Reboot", "priority": 1},
            {"rpc": "Reboot", "urgent": "yes"},
            {"rpc": "Reboot", "reason": "a\nb"},
            [],
            None,
            b"{",
            b'{"rpc": "Reboot", "reason": "\\u0000"}',
            b'{"rpc": "Reboot", "arguments": {"CommandKey": "\\u0000"}}',
            b"\xff",
            b"[" * 5000,
        ):
            await self.assert_refused(400 if body is not None else 415, "POST", JOBS, body)

    async def test_whatever_the_description_allows_as_arguments_is_accepted(self) -> None:
        for rpc in TO_CPE:
            for arguments in samples(schema_of(rpc.request)):
                job = await self.add(rpc=rpc.name, arguments=arguments, role=Role.OPERATOR)
                self.assertEqual(rpc.name, job.json["rpc"])
        for name, diagnostic in DIAGNOSTICS.items():
            for arguments in samples(schema_of(diagnostic.arguments)):
                self.assertEqual(arguments, (await self.add(rpc=name, arguments=arguments)).json["arguments"])

    async def test_the_type_of_a_body_may_be_written_in_any_letters_and_have_a_charset(self) -> None:
        for given in ("application/json", "Application/JSON; charset=UTF-8", " application/json ;x"):
            body = b'{"rpc": "Reboot"}'
            response = await self.ask("POST", JOBS, body, headers={"Content-Type": given})
            self.assertIn(response.status, (200, 201), given)

    async def test_an_escaped_backslash_before_u0000_is_no_nul(self) -> None:
        response = await self.ask("POST", JOBS, b'{"rpc": "Reboot", "reason": "C:\\\\u0000"}')
        self.assertEqual((201, "C:\\u0000"), (response.status, response.json["reason"]))

    async def test_support_may_not_move_software_or_whole_configurations(self) -> None:
        for rpc in ("Download", "Upload", "ScheduleDownload", "ChangeDUState", "SetVouchers", "X_00D09E_Do"):
            await self.add(403, rpc=rpc, arguments={})
        await self.add(rpc="X_00D09E_Do", arguments={"XML": "<a>1</a>"}, role=Role.OPERATOR)

    async def test_support_may_not_change_how_device_and_appliance_reach_each_other(self) -> None:
        name = "Device.ManagementServer.URL"
        setting = {"ParameterList": [{"Name": name, "Value": "http://evil.example/", "Type": "xsd:string"}]}
        await self.add(403, rpc="SetParameterValues", arguments=setting)
        await self.add(rpc="SetParameterValues", arguments=setting, role=Role.OPERATOR)
        await self.add(403, rpc="DeleteObject", arguments={"ObjectName": "Device.ManagementServer.X.1."})
        await self.add(rpc="GetParameterValues", arguments={"ParameterNames": [name]})

    async def test_a_diagnostic_is_a_job_that_support_may_ask_for(self) -> None:
        job = (await self.add(rpc="IPPing", arguments={"Host": "192.0.2.1", "Timeout": 500})).json
        self.assertEqual(("queued", ""), (job["state"], job["command_key"] or ""))
        self.assertEqual({"Host": "192.0.2.1", "Timeout": 500}, job["arguments"])
        listed = (await self.ask("GET", "/api/v1/jobs?rpc=IPPing")).json["items"]
        self.assertEqual([job["id"]], [each["id"] for each in listed])
        again = await self.add(200, rpc="IPPing", arguments={"Host": "192.0.2.1", "Timeout": 500})
        self.assertEqual(job["id"], again.json["id"])
        self.assertEqual("cancelled", (await self.ask("DELETE", f"/api/v1/jobs/{job['id']}")).json["state"])

    async def test_a_diagnostic_with_wrong_arguments_is_422_and_they_are_named(self) -> None:
        for rpc, arguments, field in (
            ("IPPing", {}, "arguments.Host"),
            ("IPPing", {"Host": "192.0.2.1", "TTL": 5}, "arguments.TTL"),
            ("IPPing", {"Host": "192.0.2.1", "NumberOfRepetitions": "4"}, "arguments.NumberOfRepetitions"),
            ("UploadDiagnostics", {"UploadURL": "file:///x"}, "arguments.UploadURL"),
            ("NeighboringWiFiDiagnostic", {"Host": "192.0.2.1"}, "arguments.Host"),
            ("ipping", {"Host": "192.0.2.1"}, "rpc"),
        ):
            response = await self.add(422, Role.OPERATOR, rpc=rpc, arguments=arguments)
            self.assertEqual([field], list(response.wrong), rpc)

    async def test_what_a_diagnostic_has_found_is_shown_whole(self) -> None:
        job = await self.job("NeighboringWiFiDiagnostic", {})
        row = {"SSID": "x", "SecurityModeEnabled": "WPA2", "EncryptionMode": "AES", "Channel": 6}
        result = {"DiagnosticsState": "Complete", "Result": [row]}
        self.store.change_job(job.id, state=JobState.DONE, ended=NOON, result=result)
        await self.store.committed()
        self.assertEqual(
            result, (await self.ask("GET", f"/api/v1/jobs/{ids.as_text(job.id)}")).json["result"]
        )

    async def test_a_secret_argument_is_kept_and_not_shown(self) -> None:
        job = (await self.add(rpc="SetParameterValues", arguments=SECRET)).json
        self.assertEqual(["home", "********"], [each["Value"] for each in job["arguments"]["ParameterList"]])
        kept = await self.store.job(ids.from_text(job["id"]))
        self.assertEqual("hush", kept.arguments["ParameterList"][1]["Value"])


def samples(schema: Any) -> list[Any]:
    """A few values that a schema allows, each member of an object in all of its ways."""
    if "oneOf" in schema:
        return [value for alternative in schema["oneOf"] for value in samples(alternative)]
    if "const" in schema:
        return [schema["const"]]
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    if kind == "array":
        return [[value] * max(1, schema.get("minItems", 0)) for value in samples(schema["items"])]
    if kind == "object":
        ways = {name: samples(member) for name, member in schema["properties"].items()}
        longest = max(map(len, ways.values()), default=1)
        return [{name: way[number % len(way)] for name, way in ways.items()} for number in range(longest)]
    if kind == "string":
        return [next(text for text in TEXTS if Draft202012Validator(schema).is_valid(text))]
    return {"integer": [max(1, schema.get("minimum", 1))], "boolean": [True]}[kind]


class AcceptTests(ApiCase):
    """Whoever runs the site may take the jobs in itself."""

    async def setUp(self) -> None:
        self.accepted: list[tuple[Any, ...]] = []
        self.how = {"accept_job": self.accept}
        await super().setUp()

    async def accept(self, device: str, rpc: str, arguments: Any, **how: Any) -> Job:
        """Note the job, and accept it."""
        self.accepted.append((device, rpc, arguments, how))
        return await self.job(rpc, arguments, **how)

    async def test_jobs_go_through_the_service(self) -> None:
        response = await self.ask("POST", JOBS, {"rpc": "Reboot", "urgent": True})
        self.assertEqual(201, response.status)
        how = {"reason": "", "urgent": True, "requested_by": "token:a admin"}
        self.assertEqual([(AIRTIES.id, "Reboot", {}, how)], self.accepted)


class ListTests(ApiCase):
    async def ids(self, query: str) -> list[str]:
        """The ids of a list."""
        return [item["id"] for item in (await self.get("jobs", query=query, role=Role.VIEWER))["items"]]

    async def test_jobs_are_listed_newest_first_and_filtered(self) -> None:
        first, second = await self.job(), await self.job("GetRPCMethods", urgent=True)
        self.store.change_job(first.id, state=JobState.SENT, sent=NOON, session=7, attempts=1)
        one, two = ids.as_text(first.id), ids.as_text(second.id)
        for query, expected in (
            ("", [two, one]),
            ("?sort=id", [one, two]),
            ("?rpc=Reboot", [one]),
            ("?state=sent", [one]),
            ("?state=sent,queued", [two, one]),
            ("?state=done", []),
            ("?urgent=true", [two]),
            (f"?session={ids.as_text(7)}", [one]),
            (f"?device={AIRTIES.id}", [two, one]),
            (f"?device={AIRTIES.id.replace('%', '%25')}", [two, one]),
            ("?device=none", []),
            ("?limit=1", [two]),
        ):
            self.assertEqual(expected, await self.ids(query), query)

    async def test_a_wrong_filter_is_400(self) -> None:
        for query in ("?state=waiting", "?session=1", "?urgent=1", "?sort=rpc"):
            await self.assert_refused(400, "GET", path("jobs") + query)

    async def test_secrets_are_hidden_in_arguments_and_results(self) -> None:
        job = await self.job("SetParameterValues", SECRET)
        result = {"ParameterList": [{"Name": "Device.X_Password", "Value": "hush", "Type": "xsd:string"}]}
        self.store.change_job(job.id, result=result, state=JobState.DONE, ended=NOON)
        place = path("jobs", ids.as_text(job.id))
        for shown in (
            (await self.get("jobs"))["items"][0],
            (await self.ask("GET", place, role=Role.VIEWER)).json,
        ):
            self.assertEqual("********", shown["arguments"]["ParameterList"][1]["Value"])
            self.assertEqual("********", shown["result"]["ParameterList"][0]["Value"])
            self.assertEqual("done", shown["state"])
        for target in (place, path("jobs")):
            shown = (await self.ask("GET", f"{target}?secrets=true", role=Role.OPERATOR)).json
            shown = shown.get("items", [shown])[0]
            self.assertEqual("hush", shown["arguments"]["ParameterList"][1]["Value"])
            self.assertEqual("hush", shown["result"]["ParameterList"][0]["Value"])
            await self.assert_refused(403, "GET", f"{target}?secrets=true", role=Role.SUPPORT)

    async def test_an_unknown_job_is_404(self) -> None:
        for name in ("0000000000000", "1", "zzzzzzzzzzzzz", "%ff", "iiiiiiiiiiiii"):
            for method in ("GET", "DELETE"):
                await self.assert_refused(404, method, f"/api/v1/jobs/{name}")


class CancelTests(ApiCase):
    async def cancel(self, job: Job, status: int) -> Any:
        """What the cancelling of a job answers."""
        response = await self.ask("DELETE", path("jobs", ids.as_text(job.id)), role=Role.SUPPORT)
        self.assertEqual(status, response.status, response.body)
        return response.json

    async def test_a_job_that_waits_is_cancelled(self) -> None:
        job = await self.job()
        answered = await self.cancel(job, 200)
        self.assertEqual(("cancelled", "2026-11-25T12:00:00.000Z"), (answered["state"], answered["ended"]))
        self.assertEqual((), self.store.open_jobs(AIRTIES.id))
        self.assertEqual(JobState.CANCELLED, (await self.store.job(job.id)).state)

    async def test_a_job_that_is_sent_or_has_ended_is_not(self) -> None:
        job = await self.job()
        for state in (JobState.SENT, JobState.DONE):
            self.store.change_job(job.id, state=state)
            await self.cancel(job, 409)
            self.assertEqual(state, (await self.store.job(job.id)).state)

    async def test_an_uncertain_job_can_be_put_away(self) -> None:
        job = await self.job()
        self.store.change_job(job.id, state=JobState.SENT, uncertain=True)
        self.assertEqual("cancelled", (await self.cancel(job, 200))["state"])
