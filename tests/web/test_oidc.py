"""Logging in at an identity provider: what is believed of it, who is admitted, what is refused."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import orjson
from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase

from acs.store.records import Role
from acs.web.oidc.errors import ProviderFailed
from acs.web.oidc.fetching import trusted
from acs.web.oidc.passage import LASTS
from acs.web.oidc.settings import OidcSettings
from acs.web.people.entrance import Entrance
from acs.web.site import make_site
from tests.web.cases import path, secret_of
from tests.web.client import Client, Response
from tests.web.console.cases import PageClient
from tests.web.oidc_provider import KEY, OTHER_KEY, SECRET, OidcProvider, published
from tests.web.test_login import ANN, LoginCase

BEGIN, CALLBACK = "/login/oidc", "/login/oidc/callback"


class OidcCase(LoginCase):
    """``self.provider`` is the identity provider; ``self.passage`` the cookie of the way there."""

    passage = ""

    async def setUp(self) -> None:
        await super().setUp()
        self.provider = OidcProvider(self.clock.seconds)
        self.addCleanup(self.provider.stop)
        self.settings = OidcSettings(
            issuer=self.provider.issuer,
            client_id="acs",
            client_secret=SECRET,
            public_url="https://acs.example/",
            scopes=("openid", "profile"),
            name_claim="preferred_username",
            role_claim="groups",
            roles={Role.SUPPORT: ("hotline", "noc"), Role.ADMIN: ("noc-leads",)},
        )
        self.serve(self.settings)

    def serve(self, settings: OidcSettings) -> None:
        """Have the site be one with this provider."""
        self.site = make_site(
            store=self.store,
            clock=self.clock,
            reactor=reactor,
            version="1.0",
            entrance=Entrance(oidc=settings),
        )
        self.client = Client(self.site)

    async def begin(self, target: str = "/devices?tag=x") -> dict[str, str]:
        """Go to the provider, and log in there: what the browser brings back."""
        response = await self.ask("GET", f"{BEGIN}?{urlencode({'next': target})}", role=None)
        self.assertEqual(303, response.status, response.body)
        self.passage = response.headers["Set-Cookie"].partition(";")[0]
        return self.provider.authorize(response.headers["Location"])

    async def end(self, back: dict[str, str], cookie: str | None = None) -> Response:
        """Come back."""
        headers = {"Cookie": self.passage if cookie is None else cookie}
        return await self.ask("GET", f"{CALLBACK}?{urlencode(back)}", role=None, headers=headers)

    async def pass_through(self) -> Response:
        """Log in there, and come back."""
        return await self.end(await self.begin())

    async def come_in(self) -> Any:
        """The same, which has to succeed: what is then told of oneself."""
        response = await self.pass_through()
        self.assertEqual(303, response.status, response.body)
        self.cookie = response.headers["Set-Cookie"].partition(";")[0]
        return (await self.by_cookie("GET", path("me"))).json

    async def assert_not_in(self, status: int, response: Response) -> None:
        """Nobody has come in."""
        self.assertEqual(status, response.status, response.body)
        self.assertIsNone(response.headers["Set-Cookie"])
        self.assertEqual([], await self.store._rows("SELECT * FROM logins"))


class ComingTests(OidcCase):
    async def test_who_comes_from_there_is_a_user_with_the_role_that_is_said(self) -> None:
        response = await self.pass_through()
        self.assertEqual((303, "/devices?tag=x"), (response.status, response.headers["Location"]))
        self.assertTrue(response.headers["Set-Cookie"].endswith("; Path=/; HttpOnly; SameSite=Lax"))
        me = await self.come_in()
        self.assertEqual(("bob", "support", False), (me["name"], me["role"], me["confined"]))
        user = await self.store.user("bob")
        assert user is not None
        self.assertEqual(("", f"{self.provider.issuer} s-1"), (user.password, user.subject))

    async def test_each_login_stands_in_the_audit_log(self) -> None:
        await self.pass_through()
        self.provider.claims |= {"groups": ["noc-leads"]}
        await self.pass_through()
        await self.end({"state": "x", "code": "x"})
        again, first = (await self.get("audit"))["items"]
        for said, role in ((first, "support"), (again, "admin")):
            self.assertEqual(("user:bob", "GET", CALLBACK), (said["who"], said["method"], said["target"]))
            self.assertEqual(("bob", role), (said["after"]["name"], said["after"]["role"]))
        self.assertNotIn("code", repr((first, again)))
        found = await PageClient(self.site).page(f"/audit?target={BEGIN}", secret_of(Role.ADMIN))
        self.assertEqual(2, found.body.count(b"user:bob</a>"))
        self.assertIn(b"Logins by provider", found.body)

    async def test_who_comes_again_is_the_same_with_the_role_of_now(self) -> None:
        await self.come_in()
        before = self.cookie
        self.provider.claims |= {"groups": ["noc", "noc-leads"], "preferred_username": "bobby"}
        me = await self.come_in()
        self.assertEqual(("bob", "admin"), (me["name"], me["role"]))
        self.cookie = before
        self.assertEqual(401, await self.status())

    async def test_what_an_administrator_has_restricted_stays_so(self) -> None:
        await self.come_in()
        body = {"role": "support", "only": {"tags": ["x"]}}
        await self.ask("PUT", path("users", "bob"), body)
        self.assertEqual({"tags": ["x"], "models": []}, (await self.come_in())["only"])

    async def test_a_claim_may_be_one_value_or_lie_in_others(self) -> None:
        for place, said in (
            ("groups", {"groups": "hotline"}),
            ("realm_access.roles", {"realm_access": {"roles": [1, None, "hotline"]}}),
            ("https://isp.example/roles", {"https://isp.example/roles": ["hotline"]}),
        ):
            self.serve(replace(self.settings, role_claim=place))
            self.provider.claims = {"sub": "s-1", "preferred_username": "bob", **said}
            self.assertEqual("support", (await self.come_in())["role"])

    async def test_what_it_publishes_is_asked_for_once(self) -> None:
        for _ in range(3):
            await self.come_in()
        self.assertEqual(1, self.provider.asked.count(".well-known/openid-configuration"))
        self.assertEqual(1, self.provider.asked.count("keys"))

    async def test_a_new_key_is_looked_for_but_not_again_and_again(self) -> None:
        await self.come_in()
        self.provider.signed = (OTHER_KEY, "k2", "RS256")
        self.clock.advance(61)
        self.provider.keys.append(published(OTHER_KEY, "k2"))
        await self.come_in()
        self.provider.signed = (OTHER_KEY, "k3", "RS256")
        for _ in range(3):
            self.assertEqual(403, (await self.pass_through()).status)
        self.assertEqual(2, self.provider.asked.count("keys"))

    async def test_a_client_without_a_secret_or_with_it_in_the_form(self) -> None:
        self.provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
        await self.come_in()
        self.serve(replace(self.settings, client_secret=""))
        await self.come_in()

    async def test_nobody_is_sent_elsewhere_afterwards(self) -> None:
        for target in ("https://evil.example/", "//evil.example", "/\\evil", "/login", "x", "/é"):
            response = await self.end(await self.begin(target))
            self.assertEqual("/", response.headers["Location"], target)

    async def test_without_one_there_is_nothing_here(self) -> None:
        self.site = make_site(store=self.store, clock=self.clock, reactor=reactor, version="1.0")
        self.client = Client(self.site)
        for target in (BEGIN, CALLBACK):
            await self.assert_refused(404, "GET", target, role=None)


class RefusalTests(OidcCase):
    async def test_who_has_no_role_there_does_not_come_in(self) -> None:
        for said in ({"groups": []}, {"groups": ["others"]}, {"groups": None}, {"groups": {"noc": 1}}):
            self.provider.claims |= said
            await self.assert_not_in(403, await self.pass_through())
        self.assertIsNone(await self.store.user("bob"))

    async def test_nobody_becomes_a_user_who_is_here_already(self) -> None:
        self.provider.claims["preferred_username"] = "ann"
        await self.assert_not_in(403, await self.pass_through())
        self.assertEqual(ANN, await self.store.user("ann"))
        await self.come_in_as("bob")
        self.provider.claims = {"sub": "s-2", "preferred_username": "bob", "groups": ["noc-leads"]}
        self.assertEqual(403, (await self.pass_through()).status)

    async def come_in_as(self, name: str) -> None:
        """The same person under another name."""
        self.provider.claims["preferred_username"] = name
        await self.come_in()

    async def test_who_has_no_name_does_not_come_in(self) -> None:
        for name in (None, "", " x", "x\ny", "x" * 101, ["bob"], 7):
            self.provider.claims["preferred_username"] = name
            await self.assert_not_in(403, await self.pass_through())

    async def test_only_the_browser_that_began_comes_in_and_with_its_own_answer(self) -> None:
        first = await self.begin()
        other = self.passage
        back = await self.begin()
        words, _, signature = self.passage.partition(".")
        forged = base64.urlsafe_b64encode(orjson.dumps(["x"])).decode()
        for cookie in (
            "",
            other,
            words,
            f"{words}.",
            f"{words}x.{signature}",
            f"acs_oidc={forged}.{signature}",
        ):
            await self.assert_not_in(400, await self.end(back, cookie))
        for state in ("", "x", first["state"]):
            await self.assert_not_in(400, await self.end(back | {"state": state}))
        self.assertEqual(303, (await self.end(back)).status)

    async def test_a_way_that_takes_too_long_is_begun_again(self) -> None:
        back = await self.begin()
        self.clock.advance(LASTS)
        await self.assert_not_in(400, await self.end(back))

    async def test_an_answer_serves_once(self) -> None:
        back = await self.begin()
        self.assertEqual(303, (await self.end(back)).status)
        self.assertEqual(503, (await self.end(back)).status)
        self.flushLoggedErrors()

    async def test_what_the_provider_refuses_is_refused(self) -> None:
        back = await self.begin()
        refused = {"state": back["state"], "error": "access_denied", "error_description": "<b>no</b>"}
        response = await self.end(refused)
        await self.assert_not_in(403, response)
        self.assertIn("access_denied", response.json["detail"])
        self.assertNotIn("<b>", response.json["detail"])
        await self.assert_not_in(400, await self.end({"state": back["state"], "error": "<b>"}))

    async def test_another_providers_answer_is_refused(self) -> None:
        back = await self.begin()
        await self.assert_not_in(403, await self.end(back | {"iss": "https://other.example"}))
        self.assertEqual(303, (await self.end(back | {"iss": self.provider.issuer})).status)


class TokenTests(OidcCase):
    """An ID token that cannot be believed."""

    async def test_claims_that_are_not_for_this_login(self) -> None:
        now = self.clock.seconds()
        for said in (
            {"iss": "https://other.example"},
            {"iss": None},
            {"aud": "other"},
            {"aud": ["acs", "other"]},
            {"aud": None},
            {"azp": "other"},
            {"exp": now - 61},
            {"exp": None},
            {"exp": "never"},
            {"iat": now + 61},
            {"iat": None},
            {"nbf": now + 61},
            {"nonce": "of another login"},
            {"nonce": None},
            {"sub": ""},
            {"sub": None},
        ):
            before = dict(self.provider.claims)
            self.provider.claims |= said
            await self.assert_not_in(403, await self.pass_through())
            self.provider.claims = before

    async def test_small_differences_of_clocks_and_several_audiences_with_ours_named_are_fine(self) -> None:
        now = self.clock.seconds()
        self.provider.claims |= {"exp": now - 59, "iat": now + 59, "aud": ["acs", "other"], "azp": "acs"}
        await self.come_in()

    async def test_signatures_that_are_not_the_providers(self) -> None:
        secret = SECRET.encode()
        for signed in (
            (OTHER_KEY, "k1", "RS256"),
            (OTHER_KEY, None, "RS256"),
            (KEY, "k9", "RS256"),
            (secret.ljust(64), "k1", "HS256"),
            (None, "k1", "none"),
        ):
            self.provider.signed = signed
            await self.assert_not_in(403, await self.pass_through())

    async def test_without_a_keys_name_that_one_counts_which_fits(self) -> None:
        self.provider.keys.insert(0, published(OTHER_KEY, "k0"))
        for algorithm in ("RS256", "PS384"):
            self.provider.signed = (KEY, None, algorithm)
            await self.come_in()

    async def test_a_key_for_something_else_signs_nothing(self) -> None:
        for said in ({"use": "enc"}, {"alg": "RS512"}, {"kty": "oct", "k": "AAAA"}):
            self.provider.keys = [published(KEY, "k1") | said]
            self.serve(self.settings)
            await self.assert_not_in(403, await self.pass_through())

    async def test_what_is_no_token_at_all(self) -> None:
        back = await self.begin()
        for token in ("", "x", "a.b.c", "x" * 70_000, "é"):
            self.provider.answers["token"] = (200, orjson.dumps({"id_token": token}))
            await self.assert_not_in(403, await self.end(back))


class ProviderTests(OidcCase):
    """A provider that does not answer as it should."""

    async def assert_unavailable(self) -> None:
        """The login does not begin, or does not end."""
        response = await self.ask("GET", BEGIN, role=None)
        if response.status == 303:
            self.passage = response.headers["Set-Cookie"].partition(";")[0]
            response = await self.end(self.provider.authorize(response.headers["Location"]))
        await self.assert_not_in(503, response)
        self.assertNotIn(SECRET.encode(), response.body)

    async def test_bad_answers(self) -> None:
        for place in (".well-known/openid-configuration", "keys", "token"):
            for answer in (
                (500, b"{}"),
                (302, b"{}"),
                (200, b"<html>"),
                (200, b"[]"),
                (200, b"{}"),
                (200, b"{" + b" " * 300_000 + b"}"),
            ):
                self.serve(self.settings)
                self.provider.answers = {place: answer}
                await self.assert_unavailable()

    async def test_places_that_are_no_places(self) -> None:
        for name, place in (
            ("issuer", "https://other.example"),
            ("authorization_endpoint", "http://login.example/"),
            ("authorization_endpoint", "javascript:alert(1)"),
            ("authorization_endpoint", None),
            ("token_endpoint", "http://login.example/"),
            ("token_endpoint", 7),
            ("jwks_uri", "file:///etc/passwd"),
        ):
            before = dict(self.provider.metadata)
            self.provider.metadata[name] = place
            self.serve(self.settings)
            await self.assert_unavailable()
            self.provider.metadata = before

    async def test_one_that_has_failed_is_left_alone_for_a_moment(self) -> None:
        place = ".well-known/openid-configuration"
        self.provider.answers = {place: (500, b"")}
        for answer in [self.ask("GET", BEGIN, role=None) for _ in range(5)]:
            self.assertEqual(503, (await answer).status)
        self.assertEqual([place], self.provider.asked)
        self.provider.answers = {}
        self.clock.advance(5)
        await self.come_in()

    async def test_one_that_is_not_there_or_says_nothing(self) -> None:
        await self.provider.stop()
        await self.assert_unavailable()


class PlaceTests(SynchronousTestCase):
    def test_only_places_are_asked_that_nobody_can_put_himself_before(self) -> None:
        for url in ("https://a.example/x", "http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]:1/"):
            self.assertEqual(url, trusted(url))
        for url in (
            "http://a.example/",
            "https:///x",
            "https://user:pw@a.example/",
            "https://a.example/\r\nx",
            "https://é.example/",
            "http://localhost.evil.example/",
            "http://[",
            "",
        ):
            self.assertRaises(ProviderFailed, trusted, url)
