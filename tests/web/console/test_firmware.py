"""The page of the folder of files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase

from acs.firmware.folder import FolderCatalogue, Pace
from acs.store.records import Role
from acs.store.threads import in_thread
from acs.web.console.firmware import Use, uses
from tests.web.cases import AIRTIES, NOON, path
from tests.web.console.cases import PageCase

IMAGE = "AirTies/Air4920DK-WA/2.59.1.8/<b>image.bin"
NEWER = "001CA8/Air4920DK-WA/3.0/image.bin"


class FirmwareTests(PageCase):
    async def setUp(self) -> None:
        folder = Path(self.mktemp()).absolute()
        cache = folder.with_name("cache")
        self.catalogue = FolderCatalogue(
            reactor, reactor, partial(in_thread, reactor), folder, cache, Pace(gather=600, quiet=600)
        )
        await self.catalogue.start()
        self.addCleanup(self.catalogue.stop)
        self.how = {"firmware": self.catalogue}
        await super().setUp()

    async def add(self, file: str) -> None:
        """Have this file there."""
        target = f"/api/v1/firmware/{'/'.join(path(each).rpartition('/')[2] for each in file.split('/'))}"
        self.assertEqual(201, (await self.ask("PUT", target, b"bytes")).status)

    async def test_a_file_tells_for_whom_it_is_and_who_runs_it(self) -> None:
        await self.add(IMAGE)
        await self.add(NEWER)
        await self.ask("PATCH", path("models", "AirTies/Air4920DK-WA"), {"desired_software_version": "3.0"})
        page = await self.page("/firmware", Role.VIEWER)
        newer, older = page.texts("//tbody/tr")
        self.assertIn("0 of 1 run it wished", newer)
        self.assertIn("1 of 1 run it", older)
        self.assertIn("1 Firmware Upgrade Image", older)
        self.assertNotIn("wished", older)
        self.assertIn(IMAGE, older)

    async def test_only_operators_add_wish_and_delete(self) -> None:
        await self.add("config/box.cfg")
        for role in (Role.VIEWER, Role.SUPPORT):
            page = await self.page("/firmware", role)
            self.assertEqual(set(), page.requests())
            self.assertEqual([], page.tree.xpath("//form[@data-upload] | //a[@download]"))
        page = await self.page("/firmware", Role.OPERATOR)
        self.assertEqual({"DELETE /api/v1/firmware/config%2Fbox.cfg"}, page.requests())
        self.assertEqual(1, len(page.tree.xpath("//form[@data-upload]")))

    async def test_what_is_under_way_is_told(self) -> None:
        self.assertIn("Nothing is.", (await self.page("/firmware")).text)
        arguments = {"FileType": "1 Firmware Upgrade Image", "URL": "acs:AirTies/x"}
        job = await self.job("Download", arguments)
        await self.store.send_job(job.id, NOON, 7)
        page = await self.page("/firmware", Role.VIEWER)
        self.assertIn(f"Download {AIRTIES.id}", page.text)

    async def test_it_says_so_where_there_is_none(self) -> None:
        self.assertIn("No file is like that.", (await self.page("/firmware?q=nothing")).text)


def model(**how: Any) -> dict[str, Any]:
    return {
        "name": "Acme/Box",
        "manufacturer": "Acme",
        "product_class": "Box",
        "software_versions": {"1.0": 3, "V1": 2, "2.0": 1},
        "devices": 6,
        "desired_software_version": None,
        **how,
    }


def file(**how: Any) -> dict[str, Any]:
    return {"version": "1.0", "reported": None, "vendor": "acme", "product_class": "BOX", "models": [], **how}


class UseTests(SynchronousTestCase):
    def test_an_image_is_for_its_model_in_whatever_letters(self) -> None:
        self.assertEqual([Use("Acme/Box", 3, 6, False)], uses(file(), [model()], {}))

    def test_an_oui_names_its_manufacturer(self) -> None:
        image = file(vendor="00d09e")
        self.assertEqual([], uses(image, [model()], {"Acme": ["001CA8"]}))
        self.assertEqual(1, len(uses(image, [model()], {"Acme": ["00D09E"]})))

    def test_devices_may_tell_the_version_otherwise(self) -> None:
        wished = model(desired_software_version="1.0")
        self.assertEqual([Use("Acme/Box", 5, 6, True)], uses(file(reported="V1"), [wished], {}))

    def test_it_may_be_for_further_models(self) -> None:
        other = model(name="Bolt/Nut", manufacturer="Bolt", product_class="Nut")
        self.assertEqual(["Bolt/Nut"], [use.model for use in uses(file(models=["Bolt/Nut"]), [other], {})])

    def test_what_is_no_image_is_nobodys(self) -> None:
        self.assertEqual([], uses(file(version=None), [model()], {}))
