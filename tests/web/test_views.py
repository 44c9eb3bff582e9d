"""Views of the list of devices, kept over the API."""

from __future__ import annotations

from acs.store.records import Role
from acs.store.verbs.views import View
from acs.web.api.views import MOST
from tests.web.cases import NOON, ApiCase, path

LATE = path("views", "late ones")
BODY = {"query": "online=false&columns=model,tags"}


class ViewTests(ApiCase):
    async def test_one_is_kept_told_changed_and_forgotten(self) -> None:
        await self.assert_refused(404, "GET", LATE)
        kept = await self.ask("PUT", LATE, BODY)
        wanted = {"name": "late ones", **BODY, "changed": "2026-11-25T12:00:00.000Z"}
        self.assertEqual((200, wanted), (kept.status, kept.json))
        self.assertEqual(wanted, await self.get("views", "late ones"))
        await self.ask("PUT", LATE, {"query": ""})
        self.assertEqual([""], [each["query"] for each in (await self.get("views"))["items"]])
        self.assertEqual(204, (await self.ask("DELETE", LATE)).status)
        await self.assert_refused(404, "DELETE", LATE)

    async def test_each_has_his_own(self) -> None:
        await self.ask("PUT", LATE, BODY, role=Role.VIEWER)
        self.assertEqual([], (await self.get("views", role=Role.ADMIN))["items"])
        await self.assert_refused(404, "GET", LATE, role=Role.OPERATOR)
        await self.assert_refused(404, "DELETE", LATE, role=Role.OPERATOR)
        self.assertEqual(1, len((await self.get("views", role=Role.VIEWER))["items"]))

    async def test_what_is_no_view_is_refused(self) -> None:
        for body, field in (({}, "query"), ({"query": "a\nb"}, "query"), ({"query": "x" * 2001}, "query")):
            self.assertEqual([field], list((await self.assert_refused(400, "PUT", LATE, body)).wrong))
        refused = await self.assert_refused(422, "PUT", path("views", " late"), BODY)
        self.assertEqual(["name"], list(refused.wrong))

    async def test_nobody_keeps_too_many(self) -> None:
        for number in range(MOST):
            await self.store.put_view(View("token:a viewer", f"v{number}", "", NOON))
        await self.assert_refused(409, "PUT", LATE, BODY, role=Role.VIEWER)
        again = await self.ask("PUT", path("views", "v1"), BODY, role=Role.VIEWER)
        self.assertEqual(200, again.status)
