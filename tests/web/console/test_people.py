"""The pages of people: all of them, and oneself."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.store.records import Role
from acs.web.console.people import MAY, sees
from tests.web.cases import path
from tests.web.console.cases import PageCase

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


class SeesTests(SynchronousTestCase):
    def test_a_restriction_is_told_in_words(self) -> None:
        self.assertEqual("all devices", sees(None))
        self.assertEqual("tagged a, b", sees({"tags": ["a", "b"], "models": []}))
        self.assertEqual("tagged a and of X/Y", sees({"tags": ["a"], "models": ["X/Y"]}))
