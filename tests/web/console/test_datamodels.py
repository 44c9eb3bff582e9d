"""The pages about data models, and the one about nodes."""

from __future__ import annotations

from acs.store.records import Role
from tests.web.cases import path
from tests.web.console.cases import PageCase
from tests.web.test_datamodels import DEVICE, SERVICE, XML


class DataModelPageTests(PageCase):
    async def put(self, content: bytes) -> None:
        """Import a file."""
        response = await self.ask("POST", path("datamodels"), content, headers=XML)
        self.assertEqual(200, response.status, response.body)

    async def test_it_lists_what_was_imported(self) -> None:
        self.assertIn("None was imported", (await self.page("/datamodels", Role.VIEWER)).text)
        await self.put(DEVICE)
        await self.put(SERVICE)
        page = await self.page("/datamodels", Role.VIEWER)
        self.assertEqual(["Device:2.11", "VoiceService:1.0 a service"], page.texts("//td[1]"))
        self.assertEqual(set(), page.requests())
        self.assertNotIn("Import", page.texts("//button"))

    async def test_an_operator_imports_and_forgets(self) -> None:
        await self.put(DEVICE)
        page = await self.page("/datamodels", Role.OPERATOR)
        self.assertEqual({"DELETE /api/v1/datamodels/Device%3A2.11"}, page.requests())
        self.assertEqual(["POST"], page.tree.xpath("//form[@action='/api/v1/datamodels']/@data-upload"))

    async def test_what_they_say_is_found_by_name_and_by_path(self) -> None:
        await self.put(DEVICE)
        page = await self.page("/definitions?q=count&path=&model=", Role.VIEWER)
        (row,) = page.texts("//tbody/tr")
        for words in ("Device.Time.Count", "unsignedInt", "read, write", "…9", "Device:2.11"):
            self.assertIn(words, row)
        self.assertIn("Up", (await self.page("/definitions?path=Device.Time.")).text)
        self.assertIn("nothing of that", (await self.page("/definitions?q=zebra")).text)

    async def test_nothing_was_imported(self) -> None:
        self.assertIn("No data model", (await self.page("/definitions")).text)


class NodesTests(PageCase):
    async def test_one_process_alone_says_so(self) -> None:
        self.assertIn("only process", (await self.page("/nodes", Role.VIEWER)).text)
