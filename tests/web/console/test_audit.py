"""The pages of who has changed what, with those of who is told."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.store.records import Role
from acs.web.console.audit import changes_of, place_of
from tests.web.cases import AIRTIES, path
from tests.web.console.cases import EVIL, PageCase


class AuditTests(PageCase):
    async def test_a_change_is_told_with_its_members_before_and_after(self) -> None:
        await self.ask("PATCH", path("devices", AIRTIES.id), {"notes": EVIL}, role=Role.OPERATOR)
        page = await self.page("/audit")
        cells = page.texts("//table[@class='list']/tbody/tr[1]/td")
        self.assertIn("token:a operator", cells)
        self.assertIn("PATCH", cells)
        self.assertIn("notes", cells)
        self.assertIn(path("devices", AIRTIES.id).removeprefix("/api/v1"), page.links())
        self.assert_harmless(page)

    async def test_what_was_not_allowed_is_told(self) -> None:
        await self.ask("DELETE", path("devices", AIRTIES.id), role=Role.SUPPORT)
        page = await self.page("/audit?target=/api/v1/devices/")
        self.assertIn("refused", page.texts("//tbody/tr[1]/td"))

    async def test_it_is_for_administrators(self) -> None:
        for target in ("/audit", "/webhooks"):
            for role in (Role.VIEWER, Role.SUPPORT, Role.OPERATOR):
                await self.page(target, role, 403)
            self.assertNotIn(target, (await self.page("/me", Role.OPERATOR)).tree.xpath("//nav//@href"))

    async def test_filters_narrow_it(self) -> None:
        await self.ask("PATCH", path("devices", AIRTIES.id), {"notes": "x"})
        self.assertIn("Nothing was changed", (await self.page("/audit?who=user:nobody")).text)


class WordsTests(SynchronousTestCase):
    def test_members_are_told_as_deep_as_they_differ(self) -> None:
        said = {"before": {"a": {"b": 1}, "c": None}, "after": {"a": {"b": 2, "d": True}}}
        self.assertEqual([("a › b", "1", "2"), ("c", "null", ""), ("a › d", "", "true")], changes_of(said))
        self.assertEqual([], changes_of({"before": None, "after": None}))

    def test_what_has_a_page_leads_to_it(self) -> None:
        for target, place in (
            ("/api/v1/devices/a%2Fb/jobs", "/devices/a%2Fb"),
            ("/api/v1/configurations/tag/x", "/configurations/tag/x"),
            ("/api/v1/configurations/tag", ""),
            ("/api/v1/users/ann", ""),
            ("/api/v1/login", ""),
        ):
            self.assertEqual(place, place_of(target), target)


class WebhookTests(PageCase):
    async def added(self, **said: object) -> str:
        body = {"url": "https://crm.isp.example/acs?key=1", "events": ["alarm"], **said}
        made = await self.ask("POST", path("webhooks"), body)
        self.assertEqual(201, made.status, made.body)
        return str(made.json["id"])

    async def test_nobody_is_told_anything_at_first(self) -> None:
        page = await self.page("/webhooks")
        self.assertIn("Nobody is told anything yet.", page.text)
        self.assertIn("POST /api/v1/webhooks", page.requests())

    async def test_they_are_listed_and_each_has_its_page(self) -> None:
        number = await self.added(tags=["<i>north"])
        page = await self.page("/webhooks")
        self.assert_harmless(page, "<i>north")
        self.assertIn(f"/webhooks/{number}", page.links())
        one = await self.page(f"/webhooks/{number}")
        target = path("webhooks", number)
        self.assertLessEqual({f"DELETE {target}", f"PATCH {target}", f"POST {target}/test"}, one.requests())
        self.assertIn("Nothing was said to it yet.", one.text)
        self.assertEqual(["alarm"], one.tree.xpath("//input[@checked]/@value"))
        self.assertNotIn("whsec_", one.source)

    async def test_one_that_is_paused_goes_on(self) -> None:
        number = await self.added()
        await self.ask("PATCH", path("webhooks", number), {"state": "paused"})
        page = await self.page(f"/webhooks/{number}")
        self.assertIn("Go on", page.texts("//button"))
        self.assertIn("has said so", page.text)

    async def test_one_that_is_not_there_is_404(self) -> None:
        await self.page("/webhooks/ABCDEFGHJKMNP", status=404)
