"""Who may use the interface: tokens in either header, roles, programs and not browsers."""

from __future__ import annotations

from base64 import b64encode

from acs.store.records import Role
from acs.web.nbi.site import ROUTES
from acs.web.serving.routing import Route
from tests.web.cases import AIRTIES, a_token, secret_of
from tests.web.nbi.cases import NbiCase, of_device

BY_ROLE = """
viewer GET /devices
viewer GET /devices/{id}
operator DELETE /devices/{id}
operator POST /devices/{id}/tags/{tag}
operator DELETE /devices/{id}/tags/{tag}
support POST /devices/{id}/tasks
support POST /devices/{id}/objects/{name}/refresh
viewer GET /tasks
viewer GET /tasks/{id}
support DELETE /tasks/{id}
support POST /tasks/{id}/retry
viewer GET /faults
support DELETE /faults/{id}
viewer GET /presets
viewer GET /presets/{name}
operator PUT /presets/{name}
operator POST /presets/{name}
operator DELETE /presets/{name}
viewer GET /provisions
viewer GET /provisions/{name}
operator PUT /provisions/{name}
operator POST /provisions/{name}
operator DELETE /provisions/{name}
viewer GET /virtual_parameters
viewer GET /virtual_parameters/{name}
operator PUT /virtual_parameters/{name}
operator POST /virtual_parameters/{name}
operator DELETE /virtual_parameters/{name}
viewer GET /objects
viewer GET /objects/{name}
operator PUT /objects/{name}
operator POST /objects/{name}
operator DELETE /objects/{name}
support GET /ping/{host}
viewer GET /files
operator GET /files/{name}
operator PUT /files/{name}
operator DELETE /files/{name}
"""
"""Every route, with the least role that it is for."""


def basic(password: str, user: str = "script") -> dict[str, str]:
    """The header of HTTP Basic."""
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


class RoleTests(NbiCase):
    """The table of routes as a whole."""

    async def test_each_route_has_the_role_that_it_is_to_have(self) -> None:
        there = {f"{route.role} {route.method} {route.pattern.rstrip('/')}" for route in ROUTES}
        self.assertEqual(set(BY_ROLE.strip().splitlines()), there)

    async def test_each_route_is_refused_without_and_with_too_small_a_role(self) -> None:
        for route in ROUTES:
            target = self.target(route)
            response = await self.genie(route.method, target, role=None)
            self.assertEqual(401, response.status, target)
            self.assertIn("Basic", response.headers["WWW-Authenticate"])
            for role in Role:
                if not role.includes(route.role or Role.ADMIN):
                    self.assertEqual(403, (await self.genie(route.method, target, role=role)).status, target)

    def target(self, route: Route) -> str:
        return "/".join("x" if part.startswith("{") else part for part in route.pattern.split("/"))


class CredentialTests(NbiCase):
    async def status(self, **headers: str) -> int:
        return (await self.nbi.ask("GET", "/devices?projection=_id", headers=headers)).status

    async def test_a_token_serves_as_bearer_and_as_the_password_of_anybody(self) -> None:
        secret = secret_of(Role.VIEWER)
        self.assertEqual(200, await self.status(Authorization=f"Bearer {secret}"))
        self.assertEqual(200, await self.status(**basic(secret)))
        self.assertEqual(200, await self.status(**basic(secret, "")))

    async def test_what_is_no_token_is_refused(self) -> None:
        await self.store.add_token(a_token(Role.ADMIN, name="old", digest="0" * 64, expires=1.0))
        for given in (
            "Bearer nothing",
            "Basic",
            "Basic !!!",
            "Basic " + b64encode(b"no colon").decode(),
            basic("")["Authorization"],
            basic("wrong")["Authorization"],
            basic("x" * 5000)["Authorization"],
            "Digest username=x",
            "acs_admin",
        ):
            self.assertEqual(401, await self.status(Authorization=given), given)

    async def test_a_token_that_was_revoked_at_the_api_serves_no_more(self) -> None:
        self.assertEqual(200, await self.status(**basic(secret_of(Role.VIEWER))))
        self.assertEqual(204, (await self.ask("DELETE", "/api/v1/tokens/a%20viewer")).status)
        self.assertEqual(401, await self.status(**basic(secret_of(Role.VIEWER))))

    async def test_pages_of_other_sites_are_refused_whatever_they_carry(self) -> None:
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            self.assertEqual(403, await self.status(**headers, **basic(secret_of(Role.ADMIN))), headers)
            response = await self.genie("POST", of_device(AIRTIES, "tasks"), {"name": "reboot"}, **headers)
            self.assertEqual(403, response.status)
        self.assertEqual([], await self.found("tasks"))


class OpenTests(NbiCase):
    """With ``authentication = "none"``, on this machine."""

    asks = False

    async def test_nobody_is_asked(self) -> None:
        self.assertEqual(200, (await self.genie("GET", "/devices", role=None)).status)
        for host in ("localhost:7557", "127.0.0.1", "[::1]:7557", "192.0.2.1"):
            self.assertEqual(200, (await self.genie("GET", "/devices", role=None, Host=host)).status, host)

    async def test_who_asks_may_do_what_an_operator_may_and_is_named_in_the_job(self) -> None:
        await self.genie("POST", of_device(AIRTIES, "tasks"), {"name": "reboot"}, role=None)
        self.assertEqual(["nbi"], [job.requested_by for job in self.store.open_jobs(AIRTIES.id)])
        self.assertEqual(200, (await self.genie("DELETE", of_device(AIRTIES), role=None)).status)

    async def test_a_name_that_leads_here_from_a_page_is_refused(self) -> None:
        for host in ("evil.example", "evil.example:7557", "127.0.0.1.evil.example"):
            response = await self.genie("GET", "/devices", role=None, Host=host)
            self.assertEqual(403, response.status, host)
        response = await self.genie("GET", "/devices", role=None, Origin="http://127.0.0.1:7557")
        self.assertEqual(403, response.status)


class OpenToAllTests(NbiCase):
    """The same for other machines too, which know this one by a name."""

    asks = False
    local = False

    async def test_any_name_serves(self) -> None:
        self.assertEqual(200, (await self.genie("GET", "/devices", role=None, Host="acs.isp.example")).status)
