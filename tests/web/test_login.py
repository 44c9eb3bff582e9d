"""Logging in: cookies, the check against other sites, waiting, how long it holds."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from argon2 import PasswordHasher
from msgspec.structs import replace

from acs.store.records import Role
from acs.store.records.people import User
from acs.web.people.door import IDLE, LONGEST
from tests.web.cases import AIRTIES, NOON, ApiCase, path
from tests.web.client import Response, parse

PASSWORD = "correct horse"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
ANN = User("ann", Role.OPERATOR, HASH, NOON)
NOTES = {"notes": "x"}
ANYBODY = (ip_network("127.0.0.0/8"),)


class LoginCase(ApiCase):
    """There is `ANN`; ``self.cookie`` and ``self.csrf`` are those of whoever has logged in last."""

    cookie = csrf = ""

    async def setUp(self) -> None:
        await super().setUp()
        await self.store.put_user(ANN)

    async def come(self, name: str = "ann", password: str = PASSWORD, **how: Any) -> Response:
        """What is answered to somebody who logs in."""
        body = {"name": name, "password": password} | how.pop("more", {})
        return await self.ask("POST", path("login"), body, role=None, **how)

    async def enter(self, **how: Any) -> None:
        """Log in, which has to succeed."""
        response = await self.come(**how)
        self.assertEqual(200, response.status, response.body)
        self.cookie = response.headers["Set-Cookie"].partition(";")[0]
        self.csrf = response.json["csrf"]

    async def by_cookie(
        self, method: str, target: str, body: Any = None, csrf: str | None = None, **headers: str
    ) -> Response:
        """What is answered to the cookie; with the right X-CSRF-Token where none is given."""
        sent = {"Cookie": self.cookie, "X-CSRF-Token": self.csrf if csrf is None else csrf}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.ask(method, target, body, role=None, headers=sent)

    async def status(self) -> int:
        """Of a question that everybody may ask."""
        return (await self.by_cookie("GET", path("me"))).status


class EnteringTests(LoginCase):
    async def test_the_right_password_brings_a_cookie_that_serves(self) -> None:
        response = await self.come()
        self.assertEqual(200, response.status)
        self.assertEqual({"name": "ann", "role": "operator", "csrf": response.json["csrf"]}, response.json)
        cookie, _, attributes = response.headers["Set-Cookie"].partition("; ")
        self.assertTrue(cookie.startswith("acs_session="))
        self.assertEqual("Path=/; HttpOnly; SameSite=Lax", attributes)
        self.cookie = cookie
        me = (await self.by_cookie("GET", path("me"))).json
        expected = {"kind": "user", "name": "ann", "role": "operator", "csrf": response.json["csrf"]}
        self.assertEqual(expected | {"only": None, "second_factor": False, "confined": False}, me)

    async def test_each_login_has_a_secret_of_its_own_which_is_not_kept(self) -> None:
        await self.enter()
        first, csrf = self.cookie, self.csrf
        await self.enter()
        self.assertNotEqual(first, self.cookie)
        self.assertNotEqual(csrf, self.csrf)
        secret = self.cookie.partition("=")[2]
        rows = await self.store._rows("SELECT digest FROM logins")
        self.assertEqual(2, len(rows))
        self.assertNotIn(secret, str(rows))

    async def test_a_wrong_name_and_a_wrong_password_are_refused_alike(self) -> None:
        one = await self.assert_refused(401, "POST", path("login"), wrong_of("ann"), role=None)
        other = await self.assert_refused(401, "POST", path("login"), wrong_of("nobody"), role=None)
        self.assertEqual(one.body, other.body)
        self.assertIsNone(one.headers["Set-Cookie"])

    async def test_who_has_no_password_does_not_get_in_with_any(self) -> None:
        await self.store.put_user(replace(ANN, password=""))
        for password in ("", "nobody's", PASSWORD):
            self.assertEqual(401, (await self.come(password=password)).status)

    async def test_a_wrong_body_is_400(self) -> None:
        for body in (
            {},
            {"name": "ann"},
            {"name": "ann", "password": 1},
            {"name": "a", "password": "b" * 1025},
        ):
            await self.assert_refused(400, "POST", path("login"), body, role=None)

    async def test_no_form_of_another_site_logs_anybody_in(self) -> None:
        for headers in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "http://acs.example:81"},
            {"Origin": "null"},
            {"Origin": "http://["},
        ):
            self.assertEqual(403, (await self.come(headers=headers)).status, headers)
        for headers in (
            {"Sec-Fetch-Site": "same-origin", "Origin": "http://behind.a.proxy"},
            {"Origin": "http://ACS.example"},
        ):
            self.assertEqual(200, (await self.come(headers=headers)).status, headers)


class TokenTests(LoginCase):
    async def test_a_token_needs_no_more_and_is_told_who_it_is(self) -> None:
        expected = {"kind": "token", "name": "a viewer", "role": "viewer", "csrf": ""}
        me = await self.get("me", role=Role.VIEWER)
        self.assertEqual(expected | {"only": None, "second_factor": False, "confined": False}, me)

    async def test_a_token_does_not_log_out(self) -> None:
        self.assertEqual(204, (await self.ask("POST", path("logout"), role=Role.VIEWER)).status)
        self.assertEqual(200, (await self.ask("GET", path("me"), role=Role.VIEWER)).status)

    async def test_where_there_is_a_token_the_cookie_does_not_count(self) -> None:
        await self.enter()
        response = await self.by_cookie("GET", path("me"), Authorization="Bearer acs_nothing")
        self.assertEqual(401, response.status)


class ForgeryTests(LoginCase):
    target = path("devices", AIRTIES.id)

    async def setUp(self) -> None:
        await super().setUp()
        await self.enter()

    async def test_what_changes_something_needs_the_header(self) -> None:
        self.assertEqual(200, (await self.by_cookie("PATCH", self.target, NOTES)).status)
        other = self.csrf
        await self.enter()
        for csrf in ("", "x", self.csrf[:-1], self.csrf.upper(), other):
            response = await self.by_cookie("PATCH", self.target, NOTES, csrf)
            self.assertEqual(403, response.status, csrf)

    async def test_what_reads_does_not(self) -> None:
        for method in ("GET", "HEAD"):
            self.assertEqual(200, (await self.by_cookie(method, self.target, csrf="")).status)

    async def test_another_site_changes_nothing_though_it_has_the_header(self) -> None:
        for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Origin": "https://evil.example"}):
            self.assertEqual(403, (await self.by_cookie("PATCH", self.target, NOTES, **headers)).status)
        response = await self.by_cookie("PATCH", self.target, NOTES, Sec_Fetch_Site="same-origin")
        self.assertEqual(200, response.status)

    async def test_the_role_is_asked_for_as_with_tokens(self) -> None:
        self.assertEqual(403, (await self.by_cookie("GET", path("users"))).status)


class EndTests(LoginCase):
    async def setUp(self) -> None:
        await super().setUp()
        await self.enter()

    async def test_who_logs_out_is_out_at_once(self) -> None:
        self.assertEqual(200, await self.status())
        response = await self.by_cookie("POST", path("logout"))
        self.assertEqual(204, response.status)
        gone = "acs_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
        self.assertEqual(gone, response.headers["Set-Cookie"])
        self.assertEqual(401, await self.status())

    async def test_no_other_site_logs_anybody_out(self) -> None:
        self.assertEqual(403, (await self.by_cookie("POST", path("logout"), csrf="")).status)
        self.assertEqual(200, await self.status())

    async def test_only_that_login_ends(self) -> None:
        first = self.cookie
        await self.enter()
        await self.by_cookie("POST", path("logout"))
        self.cookie = first
        self.assertEqual(200, await self.status())

    async def test_another_password_or_role_ends_it_at_once_the_same_ones_do_not(self) -> None:
        for body, status in (
            ({"role": "operator"}, 200),
            ({"role": "operator", "password": "another one"}, 401),
        ):
            self.assertEqual(200, await self.status())
            self.assertEqual(200, (await self.ask("PUT", path("users", "ann"), body)).status)
            self.assertEqual(status, await self.status())
        await self.enter(password="another one")
        await self.ask("PUT", path("users", "ann"), {"role": "support"})
        self.assertEqual(401, await self.status())

    async def test_a_removed_user_is_out_at_once_and_stays_so(self) -> None:
        self.assertEqual(200, await self.status())
        await self.ask("DELETE", path("users", "ann"))
        self.assertEqual(401, await self.status())
        await self.store.put_user(ANN)
        self.assertEqual(401, await self.status())

    async def test_what_another_process_ends_is_ended_within_seconds(self) -> None:
        self.assertEqual(200, await self.status())
        await self.store.put_user(replace(ANN, password=HASH + "x"))
        self.clock.advance(5)
        self.assertEqual(401, await self.status())

    async def test_it_ends_when_nobody_uses_it(self) -> None:
        for _ in range(3):
            self.assertEqual(200, await self.status())
            await self.store.committed()
            self.clock.advance(IDLE - 1)
        self.clock.advance(IDLE + 61)
        self.assertEqual(401, await self.status())

    async def test_it_ends_in_any_case(self) -> None:
        for _ in range(int(LONGEST / IDLE) * 2):
            self.assertEqual(200, await self.status())
            await self.store.committed()
            self.clock.advance(IDLE / 2)
        self.clock.advance(1)
        self.assertEqual(401, await self.status())

    async def test_what_has_ended_is_forgotten_when_somebody_comes(self) -> None:
        self.clock.advance(IDLE + 1)
        await self.enter()
        self.assertEqual(1, len(await self.store._rows("SELECT * FROM logins")))


class WaitingTests(LoginCase):
    async def test_who_guesses_waits_longer_each_time(self) -> None:
        for _ in range(5):
            self.assertEqual(401, (await self.come(password="falsch")).status)
        waits = []
        for _ in range(8):
            response = await self.come()
            self.assertEqual(429, response.status)
            waits.append(int(response.headers["Retry-After"]))
            self.clock.advance(waits[-1])
            self.assertEqual(401, (await self.come(password="falsch")).status)
        self.assertEqual([1, 2, 4, 8, 16, 32, 60, 60], waits)
        self.clock.advance(60)
        self.assertEqual(200, (await self.come()).status)
        self.assertEqual(401, (await self.come(password="falsch")).status)
        self.assertEqual(200, (await self.come()).status)

    async def test_so_does_who_guesses_many_at_once(self) -> None:
        answers = [self.come(password="falsch") for _ in range(12)]
        self.assertEqual([401] * 5 + [429] * 7, sorted([(await each).status for each in answers]))

    async def test_who_tries_many_names_waits_too(self) -> None:
        for number in range(20):
            self.assertEqual(401, (await self.come(f"n{number}")).status)
        self.assertEqual(429, (await self.come()).status)

    async def test_nobody_keeps_somebody_out_who_has_come_from_there_before(self) -> None:
        self.site.resource._trusted_proxies = ANYBODY
        here, there = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.2"}
        self.assertEqual(200, (await self.come(headers=here)).status)
        for _ in range(5):
            self.assertEqual(401, (await self.come(password="falsch", headers=there)).status)
        self.assertEqual(429, (await self.come(headers=there)).status)
        self.assertEqual(200, (await self.come(headers=here)).status)


def wrong_of(name: str) -> dict[str, str]:
    """What somebody of this name says who does not know the password."""
    return {"name": name, "password": "falsch"}


class ProxyTests(LoginCase):
    """What a proxy says counts where it is trusted."""

    async def named(self, **said: str) -> str:
        """The name of the cookie that is set."""
        headers = {name.replace("_", "-"): value for name, value in said.items()}
        cookie = (await self.come(headers=headers)).headers["Set-Cookie"]
        self.assertEqual(cookie.startswith("__Host-"), cookie.endswith("; Secure"))
        return cookie.partition("=")[0]

    async def test_behind_tls_the_cookie_is_for_tls_alone(self) -> None:
        self.site.resource._trusted_proxies = ANYBODY
        self.assertEqual("__Host-acs_session", await self.named(X_Forwarded_Proto="https"))
        for proto in ("http", "https, http", ""):
            self.assertEqual("acs_session", await self.named(X_Forwarded_Proto=proto))

    async def test_the_cookie_of_one_is_not_the_others(self) -> None:
        self.site.resource._trusted_proxies = ANYBODY
        await self.enter(headers={"X-Forwarded-Proto": "https"})
        self.assertEqual(401, await self.status())
        self.assertEqual(200, (await self.by_cookie("GET", path("me"), X_Forwarded_Proto="https")).status)

    async def test_who_is_not_trusted_says_what_he_likes(self) -> None:
        self.assertEqual("acs_session", await self.named(X_Forwarded_Proto="https"))
        for number in range(20):
            headers = {"X-Forwarded-For": f"192.0.2.{number}"}
            self.assertEqual(401, (await self.come(f"n{number}", headers=headers)).status)
        self.assertEqual(429, (await self.come(headers={"X-Forwarded-For": "192.0.2.77"})).status)


class HeaderTests(LoginCase):
    async def test_whatever_bytes_headers_hold_there_is_an_answer(self) -> None:
        self.site.resource._trusted_proxies = ANYBODY
        await self.enter()
        secret = self.cookie.encode()
        names = "Host Origin Sec-Fetch-Site X-Forwarded-For X-Forwarded-Proto X-CSRF-Token Cookie"
        names += " Authorization Content-Type Accept Last-Event-ID If-Match If-None-Match Idempotency-Key"
        for name in names.split():
            for value in (b"\xff\xfe", b"", b'\x80;=,"', b"[", b"http://[", b"a" * 4000):
                for first in (b"GET /api/v1/me", b"POST /api/v1/login", b"GET /login/oidc", b"GET /"):
                    head = first + b" HTTP/1.1\r\nConnection: close\r\n" + name.encode() + b": " + value
                    more = b"" if name == "Cookie" else b"\r\nCookie: " + secret
                    status = parse(await self.client.exchange(head + more + b"\r\n\r\n")).status
                    self.assertIn(status, (200, 303, 400, 401, 403, 404, 415), (name, value, first))
