"""Credentials of devices over the API."""

from __future__ import annotations

from acs.store.records import Credentials, Role
from tests.web.cases import AIRTIES, ApiCase, path

PLACE = path("devices", AIRTIES.id, "credentials")
BODY = {"username": "cpe", "password": "hush hush"}


class CredentialsTests(ApiCase):
    async def test_they_are_told_changed_and_forgotten(self) -> None:
        await self.assert_refused(404, "GET", PLACE)
        self.assertEqual(204, (await self.ask("PUT", PLACE, BODY)).status)
        told = await self.get("devices", AIRTIES.id, "credentials")
        self.assertEqual(
            {"username": "cpe", "password": "********", "used": False, "previous_username": None}, told
        )
        await self.ask("PUT", PLACE, {"username": "new", "password": "other"})
        self.assertEqual(
            Credentials("new", "other", False, "cpe", "hush hush"), await self.store.credentials(AIRTIES.id)
        )
        self.assertEqual(204, (await self.ask("DELETE", PLACE)).status)
        await self.assert_refused(404, "GET", PLACE)

    async def test_the_password_is_for_those_who_may_see_it(self) -> None:
        await self.ask("PUT", PLACE, BODY)
        response = await self.ask("GET", PLACE + "?secrets=true", role=Role.OPERATOR)
        self.assertEqual("hush hush", response.json["password"])
        await self.assert_refused(403, "GET", PLACE + "?secrets=true", role=Role.SUPPORT)
        self.assertNotIn(b"hush", (await self.ask("GET", PLACE, role=Role.VIEWER)).body)

    async def test_what_is_wrong_is_refused(self) -> None:
        for body, field in (
            ({"username": "cpe"}, "password"),
            ({**BODY, "username": ""}, "username"),
            ({**BODY, "password": "a\nb"}, "password"),
            ({**BODY, "used": True}, "used"),
        ):
            response = await self.assert_refused(400, "PUT", PLACE, body)
            self.assertEqual([field], list(response.wrong))
        await self.assert_refused(404, "PUT", path("devices", "nobody", "credentials"), BODY)
        await self.assert_refused(403, "PUT", PLACE, BODY, role=Role.SUPPORT)
