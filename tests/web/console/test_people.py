"""The pages of people: all of them, and oneself."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.store.records import Role
from acs.web.console.people import MAY, sees
from acs.web.people.entrance import Entrance
from tests.web.cases import path
from tests.web.client import parse
from tests.web.console.cases import Page, PageCase
from tests.web.test_login import LoginCase

HTML = "<b>anna</b>"


class PeopleTests(PageCase):
    async def test_users_and_tokens_are_listed(self) -> None:
        body = {"role": "support", "password": "correct horse", "only": {"tags": ["<i>north"], "models": []}}
        self.assertEqual(201, (await self.ask("PUT", path("users", HTML), body)).status)
        page = await self.page("/people")
        cells = page.texts("//tbody/tr/td")
        self.assertEqual([HTML, "support", "tagged <i>north"], cells[:3])
        self.assertIn("all that the role may", cells)
        self.assert_harmless(page, HTML, "<i>north")
        self.assertNotIn("argon2", page.source)
        asked = page.requests()
        self.assertIn("PUT /api/v1/users/{name}", asked)
        self.assertIn(f"PUT {path('users', HTML)}", asked)
        self.assertIn(f"DELETE {path('tokens', 'a viewer')}", asked)

    async def test_they_are_for_administrators(self) -> None:
        for role in (Role.VIEWER, Role.SUPPORT, Role.OPERATOR):
            await self.page("/people", role, 403)

    async def test_it_says_so_where_there_is_no_user(self) -> None:
        self.assertIn("There is no user", (await self.page("/people")).text)


class OneselfTests(PageCase):
    async def test_everybody_sees_who_he_is_and_what_he_may(self) -> None:
        for role in Role:
            page = await self.page("/me", role)
            self.assertIn(MAY[role], page.text)
            self.assertIn("all devices", page.text)

    async def test_a_token_has_no_password(self) -> None:
        self.assertEqual(set(), (await self.page("/me")).requests())


class UserTests(LoginCase):
    async def see(self, target: str) -> Page:
        """A page as the user sees it who has logged in."""
        lines = [
            f"GET {target} HTTP/1.1",
            "Host: acs",
            "Accept: text/html",
            f"Cookie: {self.cookie}",
            "Connection: close",
        ]
        return Page(parse(await self.client.exchange("\r\n".join(lines).encode() + b"\r\n\r\n")))

    async def test_a_user_changes_the_password_and_sets_up_a_second_factor(self) -> None:
        await self.enter()
        page = await self.see("/me")
        self.assertEqual(
            {
                f"{method} /api/v1/me/{what}"
                for method, what in (("PUT", "password"), ("POST", "second-factor"), ("PUT", "second-factor"))
            },
            {each for each in page.requests() if not each.endswith("logout")},
        )
        self.assertIn("Second factor off", page.text)


class ConfinedTests(UserTests):
    how = {"entrance": Entrance(second_factor_required=True)}

    async def test_who_has_to_set_one_up_first_is_shown_where(self) -> None:
        await self.enter()
        self.assertIn("Set up a second factor first", (await self.see("/me")).text)
        refused = await self.see("/devices")
        self.assertEqual((403, ["/me"]), (refused.status, refused.tree.xpath("//main//a/@href")))


class SeesTests(SynchronousTestCase):
    def test_a_restriction_is_told_in_words(self) -> None:
        self.assertEqual("all devices", sees(None))
        self.assertEqual("tagged a, b", sees({"tags": ["a", "b"], "models": []}))
        self.assertEqual("tagged a and of X/Y", sees({"tags": ["a"], "models": ["X/Y"]}))
