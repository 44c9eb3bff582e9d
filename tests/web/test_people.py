"""Tokens and users over the API."""

from __future__ import annotations

from argon2 import PasswordHasher

from acs.store.records import Role
from tests.web.cases import AIRTIES, NOON, ApiCase, a_token, path, secret_of


class TokenTests(ApiCase):
    async def test_a_new_token_is_shown_once_and_serves(self) -> None:
        response = await self.ask("POST", path("tokens"), {"name": "billing", "role": "viewer"})
        self.assertEqual(201, response.status)
        token = response.json["token"]
        self.assertTrue(token.startswith("acs_"))
        self.assertEqual(200, (await self.client.ask("GET", path("devices"), token=token)).status)
        self.assertEqual(403, (await self.client.ask("GET", path("tokens"), token=token)).status)
        listed = (await self.ask("GET", path("tokens"))).body
        self.assertIn(b'"billing"', listed)
        self.assertNotIn(token.encode(), listed)

    async def test_a_token_may_expire(self) -> None:
        body = {"name": "short", "role": "viewer", "expires": "2026-11-25T12:00:10Z"}
        token = (await self.ask("POST", path("tokens"), body)).json["token"]
        for status in (200, 401):
            self.assertEqual(status, (await self.client.ask("GET", path("devices"), token=token)).status)
            self.clock.advance(10)

    async def test_a_revoked_token_is_worthless_at_once(self) -> None:
        self.assertEqual(200, (await self.ask("GET", path("devices"), role=Role.VIEWER)).status)
        self.assertEqual(204, (await self.ask("DELETE", path("tokens", "a viewer"))).status)
        await self.assert_refused(401, "GET", path("devices"), role=Role.VIEWER)
        await self.assert_refused(404, "DELETE", path("tokens", "a viewer"))

    async def test_a_name_is_given_once(self) -> None:
        for status in (201, 409):
            response = await self.ask("POST", path("tokens"), {"name": "crm", "role": "viewer"})
            self.assertEqual(status, response.status)
        self.assertEqual(["name"], list(response.wrong))

    async def test_a_wrong_body_is_400(self) -> None:
        for body, field in (
            ({"role": "viewer"}, "name"),
            ({"name": "x", "role": "root"}, "role"),
            ({"name": "", "role": "viewer"}, "name"),
            ({"name": " x", "role": "viewer"}, "name"),
            ({"name": "x\n", "role": "viewer"}, "name"),
            ({"name": "x", "role": "viewer", "expires": "never"}, "expires"),
            ({"name": "x", "role": "viewer", "token": "mine"}, "token"),
        ):
            response = await self.assert_refused(400, "POST", path("tokens"), body)
            self.assertEqual([field], list(response.wrong), body)

    async def test_names_of_all_kinds_of_characters_are_found(self) -> None:
        for name in ("a/b", "a%2Fb", "ü ü", "..", "<b>"):
            await self.store.add_token(a_token(Role.VIEWER, name=name, digest=name))
            self.assertEqual(204, (await self.ask("DELETE", path("tokens", name))).status)

    async def test_the_list_tells_when_a_token_was_last_used(self) -> None:
        await self.ask("GET", path("devices"), role=Role.VIEWER)
        used = {item["name"]: item["last_used"] for item in (await self.get("tokens"))["items"]}
        self.assertEqual("2026-11-25T12:00:00.000Z", used["a viewer"])
        self.assertIsNone(used["a support"])


class ScopeTests(ApiCase):
    async def status(self, method: str, *segments: str, body: object = None) -> int:
        """Of a question with the token."""
        return (await self.client.ask(method, path(*segments), body, self.token)).status

    async def make(self, *scopes: str, role: str = "admin") -> None:
        """Have a token with these scopes."""
        await self.ask("DELETE", path("tokens", "scoped"))
        body = {"name": "scoped", "role": role, "scopes": list(scopes)}
        response = await self.ask("POST", path("tokens"), body)
        self.assertEqual((201, list(scopes)), (response.status, response.json["scopes"]))
        self.token = response.json["token"]

    async def test_a_token_serves_in_its_areas_alone(self) -> None:
        device = ("devices", AIRTIES.id)
        await self.make("devices:read", "jobs:write")
        self.assertEqual(200, await self.status("GET", "devices"))
        self.assertEqual(200, await self.status("HEAD", "devices"))
        self.assertEqual(403, await self.status("PATCH", *device, body={"notes": "x"}))
        self.assertEqual(201, await self.status("POST", *device, "jobs", body={"rpc": "Reboot"}))
        self.assertEqual(200, await self.status("GET", "jobs"))
        for area in ("sessions", "users", "tokens", "campaigns", "firmware", "configurations", "events"):
            self.assertEqual(403, await self.status("GET", area), area)
        self.assertEqual(200, await self.status("GET", "me"))

    async def test_its_role_still_says_what_it_may_there(self) -> None:
        await self.make("devices:write", role="viewer")
        self.assertEqual(403, await self.status("PATCH", "devices", AIRTIES.id, body={"notes": "x"}))
        await self.make("devices:write", role="operator")
        self.assertEqual(200, await self.status("PATCH", "devices", AIRTIES.id, body={"notes": "x"}))

    async def test_a_scope_that_there_is_not_is_400(self) -> None:
        for scopes in (["devices"], ["devices:delete"], ["everybody:read"], "devices:read"):
            body = {"name": "x", "role": "viewer", "scopes": scopes}
            await self.assert_refused(400, "POST", path("tokens"), body)


class OnlyTests(ApiCase):
    async def test_a_restriction_to_nothing_is_refused(self) -> None:
        for only, status in (
            ({}, 400),
            ({"tags": []}, 422),
            ({"tags": [], "models": []}, 422),
            ({"tags": [""]}, 400),
            ({"tags": ["a\nb"]}, 400),
            ({"serials": ["x"]}, 400),
            ([], 400),
        ):
            body = {"name": "x", "role": "viewer", "only": only}
            await self.assert_refused(status, "POST", path("tokens"), body)
            body = {"role": "viewer", "password": "long enough", "only": only}
            await self.assert_refused(status, "PUT", path("users", "x"), body)
        self.assertEqual([], await self.store.users())

    async def test_a_users_restriction_stays_until_it_is_said_otherwise(self) -> None:
        said = {"tags": ["a", "b"], "models": ["Acme/Box"]}
        for body, only in (
            ({"password": "long enough", "only": said}, said),
            ({"role": "support"}, said),
            ({"only": {"models": ["A/B", "A/B"]}}, {"tags": [], "models": ["A/B"]}),
            ({"only": None}, None),
        ):
            await self.ask("PUT", path("users", "ann"), {"role": "viewer"} | body)
            self.assertEqual(only, (await self.get("users", "ann"))["only"])


class UserTests(ApiCase):
    async def test_a_user_is_added_with_a_password_that_is_kept_as_argon2(self) -> None:
        response = await self.ask(
            "PUT", path("users", "ann"), {"role": "operator", "password": "correct horse"}
        )
        expected = {"name": "ann", "role": "operator", "created": "2026-11-25T12:00:00.000Z", "only": None}
        self.assertEqual((201, expected), (response.status, response.json))
        user = await self.store.user("ann")
        self.assertTrue(PasswordHasher().verify(user.password, "correct horse"))
        self.assertEqual({"items": [expected], "next": None}, await self.get("users"))
        self.assertEqual(expected, await self.get("users", "ann"))

    async def test_a_user_is_changed_without_a_new_password_or_with_one(self) -> None:
        await self.ask("PUT", path("users", "ann"), {"role": "viewer", "password": "correct horse"})
        before = await self.store.user("ann")
        response = await self.ask("PUT", path("users", "ann"), {"role": "admin"})
        self.assertEqual((200, "admin"), (response.status, response.json["role"]))
        self.assertEqual(before.password, (await self.store.user("ann")).password)
        await self.ask("PUT", path("users", "ann"), {"role": "admin", "password": "battery staple"})
        after = await self.store.user("ann")
        self.assertTrue(PasswordHasher().verify(after.password, "battery staple"))
        self.assertEqual(NOON, after.created)

    async def test_a_new_user_needs_a_password_and_a_name_on_one_line(self) -> None:
        good = {"role": "viewer", "password": "correct horse"}
        for name in (" ann", "a\nn", "x" * 101):
            response = await self.assert_refused(422, "PUT", path("users", name), good)
            self.assertEqual(["name"], list(response.wrong))
        response = await self.assert_refused(409, "PUT", path("users", "ann"), {"role": "viewer"})
        self.assertEqual(["password"], list(response.wrong))
        self.assertEqual([], list(await self.store.users()))

    async def test_a_wrong_body_is_400_and_does_not_repeat_the_password(self) -> None:
        for body in (
            {"password": "correct horse"},
            {"role": "viewer", "password": "short"},
            {"role": "viewer", "password": 12345678},
            {"role": "viewer", "name": "bob", "password": "correct horse"},
        ):
            response = await self.assert_refused(400, "PUT", path("users", "ann"), body)
            self.assertNotIn(b"horse", response.body)

    async def test_a_removed_user_is_gone(self) -> None:
        await self.ask("PUT", path("users", "ann"), {"role": "viewer", "password": "correct horse"})
        self.assertEqual(204, (await self.ask("DELETE", path("users", "ann"))).status)
        for method in ("GET", "DELETE"):
            await self.assert_refused(404, method, path("users", "ann"))


class AuthenticationTests(ApiCase):
    async def status(self, *authorization: str) -> tuple[int, str]:
        """The status and the challenge that these Authorization headers bring."""
        lines = "".join(f"Authorization: {value}\r\n" for value in authorization)
        data = await self.client.exchange(f"GET /api/v1/devices HTTP/1.0\r\n{lines}\r\n".encode())
        head = data.partition(b"\r\n\r\n")[0].decode()
        challenge = [line for line in head.split("\r\n") if line.lower().startswith("www-authenticate")]
        return int(head.split()[1]), "".join(challenge).partition(": ")[2]

    async def test_a_good_token_in_any_spelling_of_the_scheme(self) -> None:
        for scheme in ("Bearer", "bearer", "BEARER", "Bearer "):
            self.assertEqual(200, (await self.status(f"{scheme} {secret_of(Role.VIEWER)}"))[0])

    async def test_no_token_or_another_scheme_is_401_with_a_challenge(self) -> None:
        for given in ((), ("Basic YTpi",), ("",), ("Bearer",)):
            status, challenge = await self.status(*given)
            self.assertEqual((401, "Bearer"), (status, challenge.partition(" ")[0]))

    async def test_a_wrong_token_is_401(self) -> None:
        good = secret_of(Role.VIEWER)
        for given in ((f"Bearer {good}x",), ("Bearer \xff",), (f"Bearer {good}", f"Bearer {good}")):
            self.assertEqual((401, 'Bearer error="invalid_token"'), await self.status(*given))

    async def test_a_token_that_is_revoked_elsewhere_is_believed_for_seconds_only(self) -> None:
        good = f"Bearer {secret_of(Role.VIEWER)}"
        self.assertEqual(200, (await self.status(good))[0])
        await self.store.revoke_token("a viewer")
        self.clock.advance(4.9)
        self.assertEqual(200, (await self.status(good))[0])
        self.clock.advance(0.2)
        self.assertEqual(401, (await self.status(good))[0])

    async def test_refusals_are_the_same_whether_a_thing_exists_or_not(self) -> None:
        there, not_there = path("devices", self.device.id), path("devices", "00D09E-X-1")
        for how in ({"role": None}, {"role": Role.VIEWER}):
            method = "GET" if how["role"] is None else "DELETE"
            one, other = [await self.ask(method, target, **how) for target in (there, not_there)]
            self.assertEqual((one.status, one.body), (other.status, other.body))
            self.assertIn(one.status, (401, 403))
