"""What is done to many devices at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from acs.firmware.uploads import Uploads
from acs.store.interface import Query, StoreUnavailable
from acs.store.records import Role
from acs.store.records.bulks import Bulk, BulkState
from acs.store.records.wakes import Wake, WakeOutcome
from acs.web.api import bulk as api
from acs.web.bulk.running import Bulks
from tests.store.contract.base import device as a_device
from tests.web.cases import AIRTIES, NOON, ROUTER, ApiCase, path

BULK = path("bulk")
NOBODY = "there is no device with this id"


class BulkCase(ApiCase):
    async def setUp(self) -> None:
        self.woken: list[str] = []
        self.how = {"wake_in_turn": self.wake}
        await super().setUp()
        await self.store.add_device(ROUTER)

    async def wake(self, device_id: str) -> Wake:
        if device_id == "nobody":
            raise LookupError
        self.woken.append(device_id)
        outcome = WakeOutcome.INFORMED if device_id == AIRTIES.id else WakeOutcome.TIMEOUT
        return Wake(self.store.new_id(), device_id, NOON, 1.0, "http", outcome, "in vain")

    async def begun(self, action: str, **wanted: Any) -> dict[str, Any]:
        """A bulk that has been begun."""
        response = await self.ask("POST", BULK, {"action": action, **wanted}, role=Role.OPERATOR)
        self.assertEqual(202, response.status, response.body)
        self.assertEqual(f"/api/v1/bulk/{response.json['id']}", response.headers["Location"])
        return dict(response.json)

    async def ended(self, action: str, **wanted: Any) -> dict[str, Any]:
        """One that has come to its end."""
        number = (await self.begun(action, **wanted))["id"]
        while (found := await self.get("bulk", number))["state"] == "running":
            await self.store.committed()
        return dict(found)

    async def tags(self, device_id: str) -> tuple[str, ...]:
        found = await self.store.device(device_id)
        assert found is not None
        return found.tags


class ActionTests(BulkCase):
    async def test_a_job_for_each(self) -> None:
        job = {"rpc": "Reboot", "arguments": {"CommandKey": "x"}, "reason": "why", "urgent": True}
        found = await self.ended("job", devices=[AIRTIES.id, "nobody", ROUTER.id, ROUTER.id], job=job)
        self.assertEqual(("done", 3, 2, 1), tuple(found[n] for n in ("state", "devices", "done", "refused")))
        self.assertEqual([{"device": "nobody", "reason": NOBODY}], found["reasons"])
        jobs = (await self.store.jobs(Query())).items
        self.assertEqual({AIRTIES.id, ROUTER.id}, {each.device for each in jobs})
        self.assertEqual(
            {("Reboot", "why", True, "token:a operator")},
            {(each.rpc, each.reason, each.urgent, each.requested_by) for each in jobs},
        )

    async def test_a_diagnostic_too(self) -> None:
        job = {"rpc": "IPPing", "arguments": {"Host": "192.0.2.1"}}
        self.assertEqual(1, (await self.ended("job", devices=[AIRTIES.id], job=job))["done"])

    async def test_they_are_woken_in_their_turn(self) -> None:
        found = await self.ended("wake", devices=[AIRTIES.id, ROUTER.id, "nobody"])
        self.assertEqual([AIRTIES.id, ROUTER.id], self.woken)
        self.assertEqual(1, found["done"])
        self.assertEqual(
            [{"device": ROUTER.id, "reason": "timeout: in vain"}, {"device": "nobody", "reason": NOBODY}],
            found["reasons"],
        )

    async def test_all_are_read_anew(self) -> None:
        self.assertEqual(2, (await self.ended("refresh", filter={}))["done"])
        for each in (AIRTIES, ROUTER):
            self.assertTrue((await self.get("devices", each.id))["full_read_requested"])

    async def test_tags_are_added_and_removed(self) -> None:
        await self.ended(
            "patch", filter={}, patch={"tags": {"add": ["new", "field-test"], "remove": ["old"]}}
        )
        self.assertEqual(("field-test", "new"), await self.tags(AIRTIES.id))
        self.assertEqual(("new", "field-test"), await self.tags(ROUTER.id))
        await self.ended("patch", filter={"tag": "new"}, patch={"tags": {"remove": ["new"]}})
        self.assertEqual(("field-test",), await self.tags(AIRTIES.id))

    async def test_a_device_has_no_more_tags_than_may_be(self) -> None:
        self.store.change_device(AIRTIES.id, tags=tuple(map(str, range(64))))
        patch = {"tags": {"add": ["new"]}}
        found = await self.ended("patch", devices=[AIRTIES.id, "nobody"], patch=patch)
        self.assertEqual(
            ["it would have more than 64 tags", NOBODY], [each["reason"] for each in found["reasons"]]
        )

    async def test_what_is_wanted_of_them_is_changed(self) -> None:
        level = "2026-11-25T12:00:00Z"
        patch = {"category": "gold", "desired_software_version": "2.0", "desired_config_level": level}
        await self.ended("patch", devices=[AIRTIES.id], patch=patch)
        shown = await self.get("devices", AIRTIES.id)
        self.assertEqual("gold", shown["category"])
        self.assertEqual("2.0", shown["desired_software_version"]["value"])
        self.assertEqual("2026-11-25T12:00:00.000000Z", shown["desired_config_level"]["value"])
        await self.ended(
            "patch", devices=[AIRTIES.id], patch={"category": None, "desired_config_level": None}
        )
        self.assertIsNone((await self.get("devices", AIRTIES.id))["category"])

    async def test_they_are_brought_to_what_is_wanted_anew(self) -> None:
        found = await self.ended("reconfigure", filter={"manufacturer": "2Wire"})
        self.assertEqual((1, {"filter": {"manufacturer": "2Wire"}}), (found["devices"], found["wanted"]))
        shown = await self.get("devices", ROUTER.id)
        self.assertEqual("2026-11-25T12:00:00.000000Z", shown["desired_config_level"]["value"])

    async def test_they_are_forgotten(self) -> None:
        found = await self.ended("delete", devices=[AIRTIES.id, "nobody"])
        self.assertEqual((1, 1), (found["done"], found["refused"]))
        await self.assert_refused(404, "GET", path("devices", AIRTIES.id))

    async def test_with_what_they_have_uploaded(self) -> None:
        self.how |= {"uploads": Uploads(Path(self.mktemp()), spare=0)}
        self.begin_site()
        part = self.how["uploads"].begin(self.device.key, 7)
        part.write(b"a configuration with passwords")
        part.keep("x.cfg", "3 Vendor Configuration File", NOON)
        await self.ended("delete", devices=[AIRTIES.id])
        self.assertEqual([], self.how["uploads"].of_device(self.device.key))


class ScopeTests(BulkCase):
    async def test_no_token_queues_jobs_by_it_whose_scopes_have_no_jobs(self) -> None:
        wanted = {"action": "job", "devices": [AIRTIES.id], "job": {"rpc": "FactoryReset"}}
        for number, (scopes, action, status) in enumerate(
            (
                (["devices:write"], wanted, 403),
                (["devices:write", "jobs:read"], wanted | {"dry_run": True}, 403),
                (["devices:write"], {"action": "refresh", "devices": [AIRTIES.id]}, 202),
                (["devices:write", "jobs:write"], wanted, 202),
            )
        ):
            made = {"name": f"{number}", "role": "operator", "scopes": scopes}
            token = (await self.ask("POST", path("tokens"), made)).json["token"]
            response = await self.client.ask("POST", BULK, action, token)
            self.assertEqual(status, response.status, response.body)


class ChoiceTests(BulkCase):
    async def test_beforehand_it_is_told_whom_it_would_touch(self) -> None:
        for number in range(30):
            await self.store.add_device(a_device(number, tags=("many",)))
        body = {"action": "delete", "filter": {"tag": "many"}, "dry_run": True}
        response = await self.ask("POST", BULK, body)
        self.assertEqual(
            (200, 30, 20), (response.status, response.json["devices"], len(response.json["first"]))
        )
        body = {"action": "delete", "devices": [AIRTIES.id, "nobody"], "dry_run": True}
        told = (await self.ask("POST", BULK, body)).json
        self.assertEqual({"devices": 1, "unknown": 1, "first": [AIRTIES.id]}, told)
        self.assertEqual([], (await self.get("bulk"))["items"])
        self.assertEqual([], (await self.get("audit"))["items"])
        await self.get("devices", AIRTIES.id)

    async def test_what_makes_no_sense_is_refused(self) -> None:
        one = [AIRTIES.id]
        for wrong, body in (
            ("devices", {"action": "refresh"}),
            ("devices", {"action": "refresh", "devices": one, "filter": {}}),
            ("filter", {"action": "delete", "filter": {}}),
            ("job", {"action": "job", "devices": one}),
            ("job", {"action": "wake", "devices": one, "job": {"rpc": "Reboot"}}),
            ("patch", {"action": "patch", "devices": one}),
            ("job.rpc", {"action": "job", "devices": one, "job": {"rpc": "Surprise"}}),
            (
                "job.arguments.Surprise",
                {"action": "job", "devices": one, "job": {"rpc": "Reboot", "arguments": {"Surprise": 1}}},
            ),
            ("job.arguments.Host", {"action": "job", "devices": one, "job": {"rpc": "IPPing"}}),
        ):
            response = await self.assert_refused(422, "POST", BULK, body)
            self.assertIn(wrong, response.wrong, body)
        for filters in ({"surprise": "1"}, {"online": "perhaps"}):
            body = {"action": "refresh", "filter": filters}
            await self.assert_refused(400, "POST", BULK, body)
        self.assertEqual([], (await self.get("bulk"))["items"])

    async def test_there_is_an_end_to_how_many(self) -> None:
        self.patch(api, "MOST_DEVICES", 1)
        response = await self.assert_refused(422, "POST", BULK, {"action": "refresh", "filter": {}})
        self.assertIn("more than 1", response.wrong["filter"])

    async def test_secrets_in_it_are_hidden_and_sealed(self) -> None:
        values = [{"Name": "Device.X.Password", "Value": "hush", "Type": "xsd:string"}]
        job = {"rpc": "SetParameterValues", "arguments": {"ParameterList": values}}
        found = await self.ended("job", devices=[AIRTIES.id], job=job)
        self.assertEqual("********", found["wanted"]["job"]["arguments"]["ParameterList"][0]["Value"])
        self.assertNotIn("hush", str(await self.get("audit")))

    async def test_it_is_in_the_audit_log(self) -> None:
        await self.ended("refresh", devices=[AIRTIES.id])
        (said,) = (await self.get("audit"))["items"]
        self.assertEqual(("POST", "/api/v1/bulk"), (said["method"], said["target"]))
        self.assertEqual("refresh", said["after"]["action"])


class CourseTests(BulkCase):
    async def setUp(self) -> None:
        self.waiting: list[Deferred[None]] = []
        await super().setUp()
        self.many = [(await self.store.add_device(a_device(n, tags=("many",)))).id for n in range(120)]

    async def wake(self, device_id: str) -> Wake:
        waiting: Deferred[None] = Deferred()
        self.waiting.append(waiting)
        await waiting
        return await super().wake(device_id)

    def go_on(self, count: int) -> None:
        """Let so many of those that wait be woken."""
        waiting, self.waiting = self.waiting[:count], self.waiting[count:]
        for each in waiting:
            each.callback(None)

    async def test_it_is_seen_how_far_it_has_come(self) -> None:
        number = (await self.begun("wake", filter={"tag": "many"}))["id"]
        self.assertEqual(50, len(self.waiting))
        self.go_on(20)
        found = await self.get("bulk", number)
        self.assertEqual(("running", 120, 20), (found["state"], found["devices"], found["refused"]))
        self.go_on(30)
        await self.store.committed()
        await self.get("bulk", number)
        self.assertEqual(50, len(self.waiting))
        (listed,) = (await self.get("bulk"))["items"]
        self.assertEqual((number, 50), (listed["id"], listed["refused"]))

    async def test_it_is_stopped(self) -> None:
        number = (await self.begun("wake", filter={"tag": "many"}))["id"]
        stopped = await self.ask("DELETE", path("bulk", number), role=Role.OPERATOR)
        self.assertEqual((202, "stopping"), (stopped.status, stopped.json["state"]))
        self.clock.advance(1)
        await self.store.committed()
        self.go_on(50)
        while (found := await self.get("bulk", number))["state"] == "stopping":
            await self.store.committed()
        self.assertEqual(("stopped", 50), (found["state"], found["refused"]))
        self.assertIsNotNone(found["ended"])
        await self.assert_refused(409, "DELETE", path("bulk", number))
        self.assertEqual([], self.waiting)

    async def test_the_first_reasons_are_told(self) -> None:
        number = (await self.begun("wake", filter={"tag": "many"}))["id"]
        while (found := await self.get("bulk", number))["state"] == "running":
            self.go_on(50)
            await self.store.committed()
        self.assertEqual((120, 100), (found["refused"], len(found["reasons"])))

    async def test_there_is_an_end_to_how_many_at_once(self) -> None:
        for _ in range(4):
            await self.begun("wake", filter={"tag": "many"})
        body = {"action": "wake", "filter": {"tag": "many"}}
        response = await self.assert_refused(429, "POST", BULK, body)
        self.assertEqual("10", response.headers["Retry-After"])

    async def test_one_whose_process_has_died_is_told_to_be_interrupted(self) -> None:
        number = (await self.begun("wake", filter={"tag": "many"}))["id"]
        self.begin_site()
        self.assertEqual("interrupted", (await self.get("bulk", number))["state"])
        self.assertEqual("interrupted", (await self.get("bulk"))["items"][0]["state"])
        await self.assert_refused(409, "DELETE", path("bulk", number))

    async def test_one_of_another_node_is_so_when_nothing_was_heard_of_it(self) -> None:
        theirs = self.store.new_id() | 1 << 14
        await self.store.add_bulk(Bulk(theirs, "wake", 1, NOON, "anna", changed=NOON))
        where = path("bulk", api.ids.as_text(theirs))
        self.assertEqual("running", (await self.ask("GET", where)).json["state"])
        self.clock.advance(61)
        self.assertEqual("interrupted", (await self.ask("GET", where)).json["state"])

    async def test_what_goes_wrong_interrupts_it(self) -> None:
        async def fail(*_: Any) -> None:
            raise RuntimeError("no")

        self.patch(self.store, "delete_device", fail)
        self.assertEqual("interrupted", (await self.ended("delete", devices=self.many[:2]))["state"])
        self.assertEqual(1, len(self.flushLoggedErrors(RuntimeError)))

    async def test_nobody_is_there(self) -> None:
        missing = path("bulk", "06abcdefgh123")
        for method in ("GET", "DELETE"):
            await self.assert_refused(404, method, missing)
            await self.assert_refused(404, method, path("bulk", "nonsense"))


class RunnerTests(BulkCase):
    def bulk(self) -> Bulk:
        return Bulk(self.store.new_id(), "wake", 1, NOON, "anna", changed=NOON)

    async def test_when_the_appliance_stops_it_is_interrupted_and_said_to_be(self) -> None:
        bulks, bulk = Bulks(self.store, self.clock), self.bulk()
        waiting: Deferred[str] = Deferred()
        await bulks.begin(bulk, [AIRTIES.id], lambda device: waiting)
        await bulks.stop()
        kept = await self.store.bulk(bulk.id)
        self.assertEqual(replace(bulk, state=BulkState.INTERRUPTED, ended=NOON), kept)
        await bulks.stop()

    async def test_what_cannot_be_kept_is_not_begun(self) -> None:
        async def fail(*_: Any) -> None:
            raise StoreUnavailable("gone")

        self.patch(self.store, "add_bulk", fail)
        bulks = Bulks(self.store, Clock())
        for _ in range(5):  # nothing takes a place
            with self.assertRaises(StoreUnavailable):
                await bulks.begin(self.bulk(), [AIRTIES.id], lambda device: Deferred())
