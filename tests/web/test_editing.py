"""Entity tags: what was seen is what is changed."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import SynchronousTestCase

from acs.store.records import Configuration, Credentials, Role
from acs.web.api import ROUTES
from acs.web.serving.answers import Answer
from acs.web.serving.glimpses import readers
from acs.web.serving.turns import Turns
from tests.firmware.folders import IMAGE
from tests.web.cases import AIRTIES, ApiCase, path
from tests.web.client import DESCRIPTION, Response
from tests.web.test_firmware import FirmwareCase, place

DEVICE = path("devices", AIRTIES.id)
GOLD = path("configurations", "tag", "gold")
KEY = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase"


class TagTests(ApiCase):
    async def tag(self, target: str, **how: Any) -> str:
        """The entity tag of what is there."""
        response = await self.ask("GET", target, **how)
        self.assertEqual(200, response.status, response.body)
        return str(response.headers["ETag"])

    async def change(self, tag: str, notes: str, **how: Any) -> Response:
        return await self.ask("PATCH", DEVICE, {"notes": notes}, headers={"If-Match": tag}, **how)

    async def test_what_can_be_edited_has_a_strong_tag_that_changes_with_it(self) -> None:
        tag = await self.tag(DEVICE)
        self.assertRegex(tag, r'^"[A-Za-z0-9_-]{20}"$')
        self.assertEqual(tag, await self.tag(DEVICE, role=Role.VIEWER))
        changed = await self.ask("PATCH", DEVICE, {"notes": "a"})
        self.assertNotEqual(tag, changed.headers["ETag"])
        self.assertEqual(changed.headers["ETag"], await self.tag(DEVICE))

    async def test_it_is_changed_where_it_still_is_what_was_seen(self) -> None:
        tag = await self.tag(DEVICE)
        self.assertEqual(200, (await self.change(f'"x", {tag}', "a")).status)
        refused = await self.assert_refused(412, "PATCH", DEVICE, {"notes": "b"}, headers={"If-Match": tag})
        self.assertEqual(await self.tag(DEVICE), refused.headers["ETag"])
        self.assertEqual("a", (await self.get("devices", AIRTIES.id))["notes"])
        self.assertEqual(200, (await self.change("*", "c")).status)
        self.assertEqual(412, (await self.change(f"W/{await self.tag(DEVICE)}", "d")).status)
        self.assertEqual(412, (await self.change("nonsense", "d")).status)

    async def test_of_two_who_saw_the_same_one_changes_it(self) -> None:
        tag = await self.tag(DEVICE)
        asked = [Deferred.fromCoroutine(self.change(tag, str(number))) for number in range(5)]
        statuses = [response.status for response in await gatherResults(asked)]
        self.assertEqual([200, 412, 412, 412, 412], sorted(statuses))

    async def test_of_two_names_of_one_thing_too(self) -> None:
        tag = await self.tag(DEVICE)
        spelt = f"/api/v1/devices/{AIRTIES.id}"  # not quoted for the URL: that serves too
        asked = [
            Deferred.fromCoroutine(self.ask("PATCH", target, {"notes": target}, headers={"If-Match": tag}))
            for target in (DEVICE, spelt, DEVICE, spelt)
        ]
        statuses = [response.status for response in await gatherResults(asked)]
        self.assertEqual([200, 412, 412, 412], sorted(statuses))

    async def test_it_is_deleted_where_it_still_is_what_was_seen(self) -> None:
        tag = await self.tag(DEVICE)
        await self.ask("PATCH", DEVICE, {"notes": "a"})
        await self.assert_refused(412, "DELETE", DEVICE, headers={"If-Match": tag})
        gone = await self.ask("DELETE", DEVICE, headers={"If-Match": await self.tag(DEVICE)})
        self.assertEqual(204, gone.status)
        self.assertNotIn("ETag", gone.headers)
        await self.assert_refused(404, "DELETE", DEVICE, headers={"If-Match": "*"})
        await self.assert_refused(412, "PUT", GOLD, {"parameters": {}}, headers={"If-Match": "*"})

    async def test_it_may_only_be_made(self) -> None:
        body, only = {"parameters": {".A.B": "1"}}, {"If-None-Match": "*"}
        made = await self.ask("PUT", GOLD, body, headers=only)
        self.assertEqual((200, await self.tag(GOLD)), (made.status, made.headers["ETag"]))
        await self.assert_refused(412, "PUT", GOLD, {"parameters": {}}, headers=only)
        self.assertEqual(200, (await self.ask("PUT", GOLD, {"parameters": {}})).status)

    async def test_what_is_known_is_not_sent_again(self) -> None:
        tag = await self.tag(DEVICE)
        for known in (tag, f'"x", W/{tag}', "*"):
            response = await self.ask("GET", DEVICE, headers={"If-None-Match": known})
            self.assertEqual((304, b"", tag), (response.status, response.body, response.headers["ETag"]))
            self.assertNotIn("Content-Type", response.headers)
        self.assertEqual(200, (await self.ask("GET", DEVICE, headers={"If-None-Match": '"x"'})).status)
        self.assertEqual(304, (await self.ask("HEAD", DEVICE, headers={"If-None-Match": tag})).status)

    async def test_the_tag_is_the_same_with_secrets_shown_and_without(self) -> None:
        await self.ask("PUT", GOLD, {"parameters": {KEY: "hush"}})
        tag = await self.tag(GOLD)
        self.assertEqual(tag, await self.tag(GOLD + "?secrets=true"))
        await self.ask("PUT", GOLD, {"parameters": {KEY: "hush!"}})
        self.assertNotEqual(tag, await self.tag(GOLD))

    async def test_a_tag_tells_nothing_about_a_secret_to_who_has_not_the_key(self) -> None:
        await self.store.put_credentials(AIRTIES.id, Credentials("a", "b"))
        tag = await self.tag(DEVICE + "/credentials")
        self.patch(self.store, "derive", lambda purpose: b"another")
        self.begin_site()
        self.assertNotEqual(tag, await self.tag(DEVICE + "/credentials"))

    async def test_what_cannot_be_looked_at_has_no_tag_to_ask_for(self) -> None:
        target = path("devices", AIRTIES.id, "uploads", "06abcdefgh123")
        await self.assert_refused(412, "DELETE", target, headers={"If-Match": "*"})

    async def test_who_may_not_see_it_learns_nothing_of_its_tag(self) -> None:
        await self.assert_refused(403, "DELETE", DEVICE, headers={"If-Match": "*"}, role=Role.VIEWER)

    async def test_a_look_that_fails_does_not_undo_the_change(self) -> None:
        await self.store.put_configuration(Configuration("tag", "gold", "1", {}))
        real, looked = self.store.configuration, []

        async def fails_later(*place: str) -> Any:
            looked.append(place)
            if len(looked) > 4:
                raise RuntimeError("not this")
            return await real(*place)

        self.patch(self.store, "configuration", fails_later)
        response = await self.ask("PUT", GOLD, {"parameters": {".A.B": "1"}})
        self.assertEqual((200, None), (response.status, response.headers["ETag"]))
        self.assertEqual(1, len(self.flushLoggedErrors(RuntimeError)))


class TurnTests(SynchronousTestCase):
    def test_thousands_wait_in_the_order_of_coming(self) -> None:
        turns, done, first = Turns(), [], Deferred[None]()

        async def take(number: int) -> None:
            async with turns.taken("thing"):
                done.append(number)
                if not number:
                    await first

        asked = [Deferred.fromCoroutine(take(number)) for number in range(5000)]
        self.assertEqual([0], done)
        other = Deferred.fromCoroutine(self.take_another(turns))
        self.successResultOf(other)
        first.callback(None)
        self.successResultOf(gatherResults(asked))
        self.assertEqual([*range(5000)], done)

    async def take_another(self, turns: Turns) -> None:
        async with turns.taken("other"):
            pass

    def test_who_fails_leaves_it_to_the_next(self) -> None:
        turns = Turns()

        async def fail() -> None:
            async with turns.taken("thing"):
                raise ValueError

        for _ in range(2):
            self.failureResultOf(Deferred.fromCoroutine(fail()), ValueError)


class FileTagTests(FirmwareCase):
    async def test_a_file_has_a_tag_too(self) -> None:
        file = place(IMAGE)
        await self.ask("PUT", file, b"one", headers={"If-Match": "*"})
        await self.assert_refused(404, "GET", file)
        await self.ask("PUT", file, b"one")
        tag = (await self.ask("GET", file)).headers["ETag"]
        self.assertEqual(304, (await self.ask("GET", file, headers={"If-None-Match": tag})).status)
        self.assertEqual(204, (await self.ask("PUT", file, b"other", headers={"If-Match": tag})).status)
        await self.assert_refused(412, "PUT", file, b"third", headers={"If-Match": tag})
        await self.assert_refused(412, "DELETE", file, headers={"If-Match": tag})
        self.assertEqual(b"other", (await self.ask("GET", file)).body)


class DescribedTests(ApiCase):
    def test_every_object_that_can_be_edited_can_be_looked_at_by_itself(self) -> None:
        edited = {route.pattern for route in ROUTES if route.method in ("PUT", "PATCH", "DELETE")}
        files = {"/api/v1/firmware/{path}", "/api/v1/devices/{id}/uploads/{job}"}
        secrets = {f"/api/v1/{each}/second-factor" for each in ("me", "users/{name}")}
        self.assertEqual(files | secrets | {"/api/v1/me/password"}, edited - set(readers(ROUTES)))

    def test_the_description_tells_of_tags(self) -> None:
        device = DESCRIPTION["paths"]["/api/v1/devices/{id}"]
        for method, headers, statuses in (
            ("get", ["If-None-Match"], {"304"}),
            ("put", ["If-Match", "If-None-Match"], {"412"}),
            ("patch", ["If-Match"], {"412"}),
            ("delete", ["If-Match"], {"412"}),
        ):
            told = [each["name"] for each in device[method]["parameters"] if each["in"] == "header"]
            self.assertEqual(headers, told)
            self.assertLessEqual(statuses, set(device[method]["responses"]))
        self.assertIn("ETag", device["get"]["responses"]["200"]["headers"])

    def test_an_answer_knows_its_json(self) -> None:
        self.assertEqual({"a": 1}, Answer(200, b'{"a":1}', "application/json").json)
        self.assertIsNone(Answer(200, b"x", "text/plain").json)
