"""What the API tells about itself: health, description, table of RPCs."""

from __future__ import annotations

from jsonschema import Draft202012Validator
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.diagnostics import DIAGNOSTICS
from acs.cwmp.rpcs import TO_CPE
from acs.store.database import Statement
from acs.store.records import Role
from acs.web.examples import EXAMPLES
from tests.web.cases import NOON, ApiCase
from tests.web.client import DESCRIPTION


class HealthTests(ApiCase):
    async def test_a_store_that_answers_is_healthy_and_nobody_is_asked_who_they_are(self) -> None:
        response = await self.ask("GET", "/healthz", role=None)
        self.assertEqual((200, {"status": "ok"}), (response.status, response.json))

    async def test_a_store_that_does_not_answer_is_503_with_the_time_to_come_back(self) -> None:
        await self.lose_store()
        response = await self.assert_refused(503, "GET", "/healthz", role=None)
        self.assertEqual("5", response.headers["Retry-After"])


class DescriptionTests(ApiCase):
    async def test_the_description_is_there_for_everybody(self) -> None:
        response = await self.ask("GET", "/api/v1/openapi.json", role=None)
        self.assertEqual("3.1.0", response.json["openapi"])
        self.assertEqual("1.0", response.json["info"]["version"])


class ExampleTests(SynchronousTestCase):
    def test_each_example_is_what_its_operation_takes(self) -> None:
        found = {
            operation["operationId"]: operation["requestBody"]["content"]["application/json"]
            for path in DESCRIPTION["paths"].values()
            for operation in path.values()
            if "requestBody" in operation and "application/json" in operation["requestBody"]["content"]
        }
        self.assertEqual(
            EXAMPLES, {name: said["example"] for name, said in found.items() if "example" in said}
        )
        for name, example in EXAMPLES.items():
            Draft202012Validator(found[name]["schema"]).validate(example)


class NodeTests(ApiCase):
    async def test_every_process_on_the_database_is_told(self) -> None:
        self.assertEqual([], (await self.get("nodes", role=Role.VIEWER))["items"])
        for number, address in ((10, ""), (9, "tcp:10.0.0.9:7600")):
            adding = Statement(
                "INSERT INTO nodes (number, name, address, started, seen) VALUES (?, ?, ?, ?, ?)",
                (number, f"acs-{number}", address, NOON - 60, NOON),
            )
            await self.store._groups.write(adding)
        seen = "2026-11-25T12:00:00.000Z"
        self.assertEqual(
            [
                {"number": 9, "name": "acs-9", "address": "tcp:10.0.0.9:7600", "seen": seen},
                {"number": 10, "name": "acs-10", "address": None, "seen": seen},
            ],
            (await self.get("nodes", role=Role.VIEWER))["items"],
        )


class RpcTests(ApiCase):
    async def test_every_rpc_that_a_cpe_carries_out_is_told_with_its_arguments(self) -> None:
        items = (await self.get("rpcs", role=Role.VIEWER))["items"]
        self.assertEqual(sorted(rpc.name for rpc in TO_CPE), [item["name"] for item in items])
        reboot = next(item for item in items if item["name"] == "Reboot")
        self.assertEqual("1.0", reboot["since"])
        self.assertEqual(["CommandKey"], list(reboot["arguments"]["properties"]))
        self.assertFalse(reboot["idempotent"])


class DiagnosticTests(ApiCase):
    async def test_the_diagnostics_tell_what_they_take_and_find(self) -> None:
        found = {each["name"]: each for each in (await self.get("diagnostics", role=Role.VIEWER))["items"]}
        self.assertEqual(set(DIAGNOSTICS), set(found))
        self.assertEqual(["Host"], found["IPPing"]["arguments"]["required"])
        self.assertIn("RouteHops", found["TraceRoute"]["results"])

    async def test_an_rpc_tells_who_may_ask_for_it(self) -> None:
        found = {each["name"]: each["role"] for each in (await self.get("rpcs"))["items"]}
        self.assertEqual(("operator", "support"), (found["Download"], found["Reboot"]))
