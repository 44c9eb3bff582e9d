"""Those for whom only some devices are there: what each route is to them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from lxml import html
from msgspec.structs import replace

from acs.session import jobs
from acs.store import ids
from acs.store.interface import Query
from acs.store.records import Configuration, Parameter, Role, Session, SessionResult
from acs.store.records.alarms import AlarmKind
from acs.store.records.people import Only
from acs.store.records.wakes import Wake, WakeOutcome
from acs.store.tokens import digest_of
from acs.web.api import ROUTES
from acs.web.hiding.secrets import MASK
from acs.web.people.restrictions import (
    FILTERED,
    OF_ALARM,
    OF_DEVICE,
    OF_JOB,
    OF_SCOPE,
    OF_SESSION,
    OPEN,
    WHOLE,
    Restriction,
)
from acs.web.serving.routing import Route, Router
from tests.web.cases import AIRTIES, BODY, HEAD, NOON, ROUTER, ApiCase, Exchange, a_token, path
from tests.web.client import Response, parse
from tests.web.listening import Listener, until
from tests.web.test_every_route import endless

TOKEN = "acs_restricted"
MINE, THEIRS = AIRTIES, replace(ROUTER, tags=("other", "both"), software_version="9.9")
BY = {
    "tag": Only(("field-test", "elsewhere")),
    "model": Only((), ("AirTies/Air4920DK-WA", "X/Y/Z")),
    "both": Only(("field-test", "both"), ("AirTies/Air4920DK-WA",)),
}
ACTING = ("POST", "PUT", "PATCH", "DELETE")


class RestrictedCase(ApiCase):
    """There are `MINE` and `THEIRS`, each with something of everything; ``self.as_restricted`` asks as an
    administrator for whom only the first is there."""

    async def setUp(self) -> None:
        await super().setUp()
        await self.store.add_device(THEIRS)
        self.things: dict[str, dict[Restriction, str]] = {}
        for device in (MINE, THEIRS):
            self.things[device.id] = await self._furnish(device.id)
        await self.store.committed()
        await self.restrict(BY["tag"])

    async def restrict(self, only: Only) -> None:
        """Have the token be restricted to these devices."""
        await self.store.revoke_token("restricted")
        self.site.resource.appliance.forget_credentials()
        token = a_token(Role.ADMIN, name="restricted", digest=digest_of(TOKEN.encode()))
        await self.store.add_token(replace(token, only_tags=only.tags, only_models=only.models))

    async def _furnish(self, device: str) -> dict[Restriction, str]:
        parameters = {"Device.X": Parameter("Device.X", device, "xsd:string")}
        await self.store.keep_parameters(device, parameters, NOON)
        self.store.keep_readings(device, [("Device.X", device)], NOON)
        await self.store.put_configuration(Configuration("device", device, "2", {"Device.X": device}))
        job = await jobs.accept(self.store, NOON, device, "Reboot", {})
        session = Session(
            self.store.new_id(), NOON - 10, device, ended=NOON - 5, result=SessionResult.SUCCESS
        )
        self.store.save_session(session, [Exchange(1, "in", NOON - 9, "Inform", HEAD, BODY)])
        self.store.raise_alarm(AlarmKind.FIRMWARE_MISSING, device, device)
        self.store.add_wake(Wake(self.store.new_id(), device, NOON, 0.1, "udp", WakeOutcome.ACCEPTED))
        await self.store.committed()
        (alarm,) = (await self.store.alarms(Query({"device": device}))).items
        return {
            OF_DEVICE: device,
            OF_SCOPE: device,
            OF_JOB: ids.as_text(job.id),
            OF_SESSION: ids.as_text(session.id),
            OF_ALARM: ids.as_text(alarm.id),
        }

    def target(self, route: Route, device: str) -> str:
        """A path of the route that names something of this device, as far as it names any."""
        said = {"{id}": device, "{scope}": "device", "{name}": device, "{kind}": "vendor"}
        said |= {"{number}": "1", "{path}": "a", "{job}": self.things[device][OF_JOB]}
        assert route.restricted is not None
        said["{id}"] = self.things[device].get(route.restricted, device)
        return path(*(said.get(part, part) for part in route.pattern.removeprefix("/api/v1/").split("/")))

    async def as_restricted(self, method: str, target: str, body: Any = None) -> Response:
        """What is answered to the restricted administrator."""
        return await self.client.ask(method, target, body, TOKEN)


class EveryRouteTests(RestrictedCase):
    def routes(self, *restrictions: Restriction) -> list[Route]:
        """Those that say one of these."""
        found = [route for route in ROUTES if route.restricted in restrictions and route.role is not None]
        self.assertTrue(found)
        return found

    async def test_what_is_about_all_devices_is_refused(self) -> None:
        for route in self.routes(WHOLE):
            target = self.target(route, MINE.id) if route.pattern.startswith("/api") else route.pattern
            self.assertEqual(403, (await self.as_restricted(route.method, target)).status, route.pattern)

    async def test_what_is_of_another_device_is_not_there(self) -> None:
        for only in BY.values():
            await self.restrict(only)
            for route in self.routes(OF_DEVICE, OF_JOB, OF_SESSION, OF_ALARM, OF_SCOPE):
                response = await self.as_restricted(route.method, self.target(route, THEIRS.id))
                self.assertEqual(404, response.status, (route.method, route.pattern))
                self.assertNotIn(THEIRS.serial_number, response.json["detail"])

    async def test_nor_is_anything_of_no_device(self) -> None:
        for route in self.routes(OF_JOB, OF_SESSION, OF_ALARM):
            for name in ("x", ids.as_text(17), MINE.id):
                target = self.target(route, MINE.id).replace(self.things[MINE.id][route.restricted], name)
                self.assertEqual(404, (await self.as_restricted(route.method, target)).status)

    async def test_nothing_has_changed_by_that(self) -> None:
        for route in self.routes(OF_DEVICE, OF_JOB, OF_SESSION, OF_ALARM, OF_SCOPE):
            if route.method in ACTING:
                await self.as_restricted(route.method, self.target(route, THEIRS.id), {})
        self.assertEqual(THEIRS.notes, (await self.get("devices", THEIRS.id))["notes"])
        job = await self.get("jobs", self.things[THEIRS.id][OF_JOB])
        self.assertEqual("queued", job["state"])
        self.assertEqual(200, (await self.ask("GET", path("configurations", "device", THEIRS.id))).status)

    async def test_what_is_of_their_own_is_as_to_all_others(self) -> None:
        for only in BY.values():
            await self.restrict(only)
            for route in self.routes(OF_DEVICE, OF_JOB, OF_SESSION, OF_ALARM, OF_SCOPE):
                if route.method == "GET":
                    target = self.target(route, MINE.id)
                    response, whole = await self.as_restricted("GET", target), await self.ask("GET", target)
                    self.assertEqual((whole.status, whole.body), (response.status, response.body), target)

    async def test_lists_have_what_is_of_their_own_alone(self) -> None:
        for only in BY.values():
            await self.restrict(only)
            for route in self.routes(FILTERED):
                if not endless(route):
                    whole = (await self.ask("GET", route.pattern)).json["items"]
                    found = (await self.as_restricted("GET", route.pattern)).json["items"]
                    devices = {item.get("device", item["id"]) for item in whole}
                    self.assertEqual({MINE.id, THEIRS.id}, devices, route.pattern)
                    mine = [item for item in whole if item.get("device", item["id"]) == MINE.id]
                    self.assertEqual(mine, found, route.pattern)

    async def test_what_tells_nothing_of_devices_is_for_them_too(self) -> None:
        for route in self.routes(OPEN):
            response = await self.as_restricted(route.method, route.pattern)
            self.assertNotEqual(403, response.status, route.pattern)
            self.assertNotIn(THEIRS.id.encode(), response.body)


class ListTests(RestrictedCase):
    async def found(self, *segments: str, query: str = "") -> list[str]:
        response = await self.as_restricted("GET", path(*segments) + query)
        self.assertEqual(200, response.status, response.body)
        return [item["id"] for item in response.json["items"]]

    async def test_filters_and_orders_find_among_their_own(self) -> None:
        for only in BY.values():
            await self.restrict(only)
            for query in (
                "?sort=-id",
                "?q=0",
                "?tag=field-test",
                "?manufacturer=AirTies",
                "?q=S1",
                "?tag=other",
            ):
                expected = [] if query in ("?q=S1", "?tag=other") else [MINE.id]
                self.assertEqual(expected, await self.found("devices", query=query), query)
            self.assertEqual([], await self.found("jobs", query=f"?device={THEIRS.id}"))
            self.assertEqual([], await self.found("sessions", query=f"?device={THEIRS.id}"))

    async def test_pages_go_on_among_their_own(self) -> None:
        for number in range(5):
            for device in (MINE, THEIRS):
                wanted = {"ParameterPath": f"A.{number}.", "NextLevel": False}
                await jobs.accept(self.store, NOON, device.id, "GetParameterNames", wanted)
        seen: list[str] = []
        cursor = ""
        while cursor is not None:
            page = (await self.as_restricted("GET", path("jobs") + f"?limit=2&cursor={cursor}")).json
            seen += [item["device"] for item in page["items"]]
            cursor = page["next"]
        self.assertEqual([MINE.id] * 6, seen)

    async def test_messages_that_were_refused_before_they_told_a_device_are_nobodys(self) -> None:
        session = Session(self.store.new_id(), NOON, "", ended=NOON, result=SessionResult.FAILED)
        self.store.save_session(session, [])
        self.assertNotIn(ids.as_text(session.id), await self.found("sessions"))
        self.assertEqual(
            404, (await self.as_restricted("GET", path("sessions", ids.as_text(session.id)))).status
        )
        self.assertEqual(200, (await self.ask("GET", path("sessions", ids.as_text(session.id)))).status)

    async def test_as_csv_too_their_own_devices_alone_are_listed(self) -> None:
        for only in BY.values():
            await self.restrict(only)
            for query in ("?columns=id", "?columns=id&limit=1", "?columns=id&sort=-id"):
                how = {"headers": {"Accept": "text/csv"}}
                response = await self.client.ask("GET", path("devices") + query, None, TOKEN, **how)
                self.assertEqual(["id", MINE.id], response.body.decode().split())


class ActingTests(RestrictedCase):
    async def test_a_preview_opens_no_configuration_but_their_own_devices(self) -> None:
        key = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase"
        target = path("devices", MINE.id, "configuration", "preview") + "?secrets=true"
        for scope, name, status in (
            ("device", THEIRS.id, 403),
            ("tag", "other", 403),
            ("all", "default", 403),
            ("device", MINE.id, 200),
        ):
            await self.store.put_configuration(Configuration(scope, name, "3", {key: "not for you"}))
            body = {"scope": scope, "name": name, "parameters": {key: MASK}}
            response = await self.as_restricted("POST", target, body)
            self.assertEqual(status, response.status, response.body)
            self.assertNotIn(b"not for you", response.body)

    async def test_their_own_device_is_changed_and_gets_jobs(self) -> None:
        target = path("devices", MINE.id)
        self.assertEqual(200, (await self.as_restricted("PATCH", target, {"notes": "x"})).status)
        self.assertEqual(
            201, (await self.as_restricted("POST", target + "/jobs", {"rpc": "GetRPCMethods"})).status
        )

    async def test_nobody_gives_devices_to_others_or_takes_them_by_tags(self) -> None:
        target = path("devices", MINE.id)
        for body in ({"tags": []}, {"tags": ["field-test", "other"]}, {"category": "gold"}):
            self.assertEqual(403, (await self.as_restricted("PATCH", target, body)).status)

    async def test_a_device_takes_the_place_of_one_of_their_own_alone(self) -> None:
        target, body = path("devices", MINE.id, "swap"), {"replacement": THEIRS.id, "force": True}
        self.assertEqual(404, (await self.as_restricted("POST", target, body)).status)
        self.assertEqual(200, (await self.ask("POST", target, body)).status)

    async def test_they_write_the_configurations_of_their_own_devices_alone(self) -> None:
        body = {"parameters": {"Device.Y": "1"}}
        for scope, name, status in (
            ("device", MINE.id, 200),
            ("device", THEIRS.id, 404),
            ("tag", "field-test", 403),
            ("all", "default", 403),
        ):
            response = await self.as_restricted("PUT", path("configurations", scope, name), body)
            self.assertEqual(status, response.status, scope)


class PageTests(RestrictedCase):
    """The console's pages ask as everybody does."""

    async def page(self, target: str) -> Response:
        """A page."""
        head = f"GET {target} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n"
        data = f"{head}Authorization: Bearer {TOKEN}\r\n\r\n"
        return parse(await self.client.exchange(data.encode()))

    async def test_they_lead_nowhere_and_offer_nothing_that_is_refused(self) -> None:
        quoted = quote(MINE.id, safe="")
        tabs = ("overview", "configuration", "files", "replace", "jobs", "sessions", "rpc")
        waiting = ["/", "/devices", "/alarms", "/me", f"/configurations/device/{quoted}"]
        waiting += [f"/devices/{quoted}?tab={tab}" for tab in tabs]
        for scope, name in (("tag", "field-test"), ("device", MINE.id)):
            wanted = Configuration(scope, name, "2026-11-25T12:00:00.000000Z", {f"Device.{scope}": "1"})
            await self.store.put_configuration(wanted)
        self.store.change_device(MINE.id, quirks=("bare_cookie",))
        router = Router(ROUTES)
        seen = set(waiting)
        while waiting:
            target = waiting.pop()
            response = await self.page(target)
            self.assertEqual(200, response.status, target)
            tree = html.document_fromstring(response.body.decode())
            for button in tree.xpath("//*[@data-api]"):
                place = (button.get("action") or button.get("data-target")).partition("?")[0]
                route, _ = router.match(button.get("data-api"), place)
                self.assertIsNot(WHOLE, route.restricted, (target, place))
            self.assertEqual(
                [], tree.xpath("//*[@data-choose-all] | //*[@name='tags' or @name='category'][@data-as]")
            )
            links = {
                link for link in tree.xpath("//a/@href") if link.startswith("/") and "/static" not in link
            }
            links = {link.partition("#")[0] for link in links if not link.startswith("/api/")} - seen
            waiting += links
            seen |= links

    async def test_they_show_their_own_devices_alone(self) -> None:
        for only in BY.values():
            await self.restrict(only)
            for target in ("/", "/devices", "/sessions", f"/devices/{quote(MINE.id, safe='')}"):
                response = await self.page(target)
                self.assertEqual(200, response.status, target)
                self.assertNotIn(THEIRS.id.encode(), response.body)
            for tab in ("overview", "parameters", "configuration", "jobs", "sessions", "changes"):
                target = f"/devices/{quote(THEIRS.id, safe='')}?tab={tab}"
                self.assertEqual(404, (await self.page(target)).status, tab)
            theirs = self.things[THEIRS.id][OF_SESSION]
            self.assertEqual(404, (await self.page(f"/sessions/{theirs}")).status)


class EventTests(RestrictedCase):
    async def test_they_hear_of_their_own_devices_alone(self) -> None:
        for only in BY.values():
            await self.restrict(only)
            listener = await self.listener()
            for device in (THEIRS.id, MINE.id):
                self.store.change_device(device, notes=f"{only}")
                self.store.change_device(device, notes="")
                self.store.raise_alarm(AlarmKind.FIRMWARE_FAILED, "x", device)
            await until(lambda: len(listener.events) >= 3)  # noqa: B023
            self.assertEqual({MINE.id}, {event["device"] for event in listener.events})
            listener.drop()

    async def test_of_one_that_is_theirs_no_more_they_hear_no_more(self) -> None:
        listener = await self.listener()
        self.store.change_device(MINE.id, notes="one")
        await until(lambda: len(listener.events) == 1)
        self.store.change_device(MINE.id, tags=("other",))
        self.store.change_device(MINE.id, notes="two")
        self.store.change_device(THEIRS.id, tags=("field-test",))
        await until(lambda: len(listener.events) == 2)
        self.assertEqual([MINE.id, THEIRS.id], [event["device"] for event in listener.events])
        listener.drop()

    async def test_other_devices_than_before_end_the_stream(self) -> None:
        listener = await self.listener()
        await self.restrict(BY["model"])
        self.clock.advance(5)
        self.clock.advance(15)
        await until(lambda: listener.value().endswith(b"0\r\n\r\n"))
        listener.drop()

    async def listener(self) -> Listener:
        """Somebody restricted who has begun to listen."""
        listener = Listener(self.site, token=TOKEN)
        await until(lambda: listener.begun)
        return listener
