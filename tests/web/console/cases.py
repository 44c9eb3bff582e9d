"""A test case that looks at pages: as text, as a tree, as somebody of a role."""

from __future__ import annotations

from typing import Any

from lxml import html

from acs.store.records import Role
from tests.web.cases import ApiCase, secret_of
from tests.web.client import Client, Response, parse

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
"""What a device may say of itself."""


class PageClient(Client):
    """Asks for pages too, of which the API's description knows nothing."""

    async def page(self, target: str, token: str | None) -> Response:
        """The answer to a browser."""
        sent = {"Host": "acs.example", "Accept": "text/html", "Connection": "close"}
        sent |= {"Authorization": f"Bearer {token}"} if token else {}
        lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
        return parse(await self.exchange("\r\n".join(lines).encode() + b"\r\n\r\n"))


class Page:
    """A page as it was answered."""

    def __init__(self, response: Response) -> None:
        self.status = response.status
        self.headers = response.headers
        self.source = response.body.decode()
        self.tree: Any = html.document_fromstring(self.source)

    @property
    def text(self) -> str:
        """What a person reads, its blanks as one."""
        return " ".join(self.tree.text_content().split())

    def texts(self, xpath: str) -> list[str]:
        """What a person reads in each of these elements."""
        return [" ".join(" ".join(each.itertext()).split()) for each in self.tree.xpath(xpath)]

    def requests(self) -> set[str]:
        """What its forms and buttons ask of the API, such as ``DELETE /api/v1/jobs/x``."""
        return {
            f"{each.get('data-api')} {each.get('action') or each.get('data-target')}"
            for each in self.tree.xpath("//*[@data-api]")
        }

    def links(self) -> set[str]:
        """Where its links lead."""
        return set(self.tree.xpath("//main//a/@href"))


class PageCase(ApiCase):
    """``self.page`` looks at a page, as an administrator if nothing is said."""

    async def setUp(self) -> None:
        await super().setUp()
        self.pages = PageClient(self.site)

    async def page(self, target: str, role: Role = Role.ADMIN, status: int = 200) -> Page:
        """A page, which has to be answered with this status; it is accessible as far as its source tells."""
        response = await self.pages.page(target, secret_of(role))
        self.assertEqual(status, response.status, response.body)
        self.assertEqual("text/html", response.headers.get_content_type())
        page = Page(response)
        self.assertEqual([], page.tree.xpath("//script[not(@src)] | //style | //*[@style]"))
        self.assert_labelled(page)
        return page

    def assert_labelled(self, page: Page) -> None:
        """Every field has a name that is read out, every id is there once."""
        fields = page.tree.xpath("//main//*[self::input or self::select or self::textarea]")
        for each in fields:
            if each.get("type") == "hidden" or each.get("hidden") is not None:
                continue
            named = each.xpath("ancestor::label | @aria-label") or page.tree.xpath(
                "//label[@for=$id]", id=each.get("id") or ""
            )
            self.assertTrue(named, html.tostring(each))
        ids = page.tree.xpath("//@id")
        self.assertEqual(sorted(set(ids)), sorted(ids))

    def assert_harmless(self, page: Page, *evil: str) -> None:
        """What a device says is text and nothing else; it has to be there."""
        for each in evil or (EVIL,):
            self.assertIn(each, page.tree.text_content() + "".join(page.tree.xpath("//@value")))
        self.assertEqual([], page.tree.xpath("//img | //@onerror | //main//script"))
