"""The page of a session: what was said in it, as far as it is there and can be shown."""

from __future__ import annotations

from acs.store import ids
from acs.store.records import Exchange
from acs.web.api.sessions import LONGEST_SHOWN
from tests.web.cases import BODY, HEAD, NOON
from tests.web.console.cases import PageCase


class SessionTests(PageCase):
    async def test_a_body_that_is_too_long_is_to_be_had_by_itself(self) -> None:
        long = b"<e:Envelope>" + b"x" * LONGEST_SHOWN + b"</e:Envelope>"
        said = (Exchange(1, "in", NOON, "Inform", HEAD, BODY), Exchange(2, "in", NOON, "Inform", HEAD, long))
        number = ids.as_text(self.session(*said).id)
        await self.store.committed()
        page = await self.page(f"/sessions/{number}")
        own = f"/api/v1/sessions/{number}/exchanges/2"
        self.assertEqual({own}, {link for link in page.links() if link.startswith("/api/")})
        self.assertIn(f"{own}?secrets=true", (await self.page(f"/sessions/{number}?secrets=true")).links())
        self.assertEqual(200, (await self.ask("GET", own)).status)

    async def test_that_messages_are_gone_is_told(self) -> None:
        session = self.session(Exchange(1, "in", NOON, "Inform", HEAD, BODY))
        await self.store.committed()
        self.assertNotIn("there no more", (await self.page(f"/sessions/{ids.as_text(session.id)}")).text)
        await self.store.retire(NOON + 86_400, 0)
        self.assertIn("there no more", (await self.page(f"/sessions/{ids.as_text(session.id)}")).text)

    async def test_one_of_nobody_is_shown_too(self) -> None:
        session = self.session(Exchange(1, "in", NOON, "", HEAD, b"\xff\x00garbage"), device="")
        await self.store.committed()
        self.assertIn("unknown", (await self.page(f"/sessions/{ids.as_text(session.id)}")).text)
