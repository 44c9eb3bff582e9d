"""Reading anew what can change while the appliance runs, over the API."""

from __future__ import annotations

from acs.reloading import Refusal, Reloaded, ReloadRefused
from acs.store.records import Role
from tests.web.cases import ApiCase


class ReloadTests(ApiCase):
    async def setUp(self) -> None:
        self.how = {"reload": self.reload}
        self.refusing = False
        await super().setUp()

    async def reload(self) -> Reloaded:
        """What the appliance does."""
        if self.refusing:
            raise ReloadRefused([Refusal("cwmp[0].tls.key", "is encrypted"), Refusal("log", "unknown key")])
        return Reloaded(("cwmp[0].tls",), ("log.level",))

    async def test_an_administrator_is_told_what_was_read_anew(self) -> None:
        for body in (None, {}):
            response = await self.ask("POST", "/api/v1/reload", body)
            self.assertEqual(200, response.status)
            self.assertEqual({"reloaded": ["cwmp[0].tls"], "restart": ["log.level"]}, response.json)

    async def test_others_may_not(self) -> None:
        await self.assert_refused(403, "POST", "/api/v1/reload", role=Role.OPERATOR)

    async def test_a_refusal_names_what_is_wrong(self) -> None:
        self.refusing = True
        response = await self.assert_refused(409, "POST", "/api/v1/reload")
        self.assertEqual({"cwmp[0].tls.key": "is encrypted", "log": "unknown key"}, response.wrong)

    async def test_a_site_without_an_appliance_reloads_nothing(self) -> None:
        self.how = {}
        await self.lose_store()
        self.lost = False
        await super().setUp()
        response = await self.ask("POST", "/api/v1/reload")
        self.assertEqual({"reloaded": [], "restart": []}, response.json)
