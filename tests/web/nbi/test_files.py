"""Files and presets: what of the folder, and of the configurations, GenieACS's clients see."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import orjson
from twisted.internet import reactor

from acs.firmware.folder import FolderCatalogue, Pace
from acs.store import ids
from acs.store.records import Configuration, Role
from acs.store.threads import in_thread
from tests.web.cases import AIRTIES, secret_of
from tests.web.client import Response
from tests.web.nbi.cases import NbiCase, of_device

FIRMWARE = {
    "fileType": "1 Firmware Upgrade Image",
    "oui": "001CA8",
    "productClass": "Air4920DK-WA",
    "version": "3.0",
}


class FileTests(NbiCase):
    async def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        how = reactor, reactor, partial(in_thread, reactor), self.folder, self.folder.with_name("cache")
        self.catalogue = FolderCatalogue(*how, Pace(gather=600, quiet=600))
        await self.catalogue.start()
        self.how = {"firmware": self.catalogue}
        await super().setUp()

    async def tearDown(self) -> None:
        await self.catalogue.stop()
        await super().tearDown()

    async def put(self, name: str = "box.bin", content: bytes = b"image", **headers: str) -> Response:
        return await self.genie("PUT", f"/files/{name}", content, **(headers or FIRMWARE))

    async def test_a_file_stands_where_its_headers_say(self) -> None:
        for name, headers, place in (
            ("box.bin", FIRMWARE, "001CA8/Air4920DK-WA/3.0/box.bin"),
            (
                "odd.bin",
                {**FIRMWARE, "productClass": "../a/b", "version": ".1"},
                "001CA8/%2E.%2Fa%2Fb/%2E1/odd.bin",
            ),
            ("box.cfg", {"fileType": "3 Vendor Configuration File"}, "config/box.cfg"),
            ("page.html", {"fileType": "2 Web Content"}, "web/page.html"),
        ):
            self.assertEqual(201, (await self.put(name, name.encode(), **headers)).status)
            self.assertEqual(name.encode(), (self.folder / place).read_bytes())

    async def test_files_are_listed_and_fetched_by_their_name(self) -> None:
        await self.put()
        (told,) = await self.found("files", query={"metadata.productClass": "Air4920DK-WA"})
        self.assertEqual(("box.bin", "box.bin", 5), (told["_id"], told["filename"], told["length"]))
        self.assertEqual(FIRMWARE, told["metadata"])
        self.assertEqual([], await self.found("files", query={"filename": "other"}))
        response = await self.genie("GET", "/files/box.bin")
        self.assertEqual((200, b"image"), (response.status, response.body))

    async def test_a_file_of_the_same_place_is_replaced(self) -> None:
        await self.put()
        await self.put(content=b"another")
        self.assertEqual(b"another", (await self.genie("GET", "/files/box.bin")).body)

    async def test_a_name_belongs_to_one_file(self) -> None:
        await self.put()
        response = await self.put(**{**FIRMWARE, "version": "4.0"})
        self.assertEqual(409, response.status)
        self.assertIn("001CA8/Air4920DK-WA/3.0/box.bin", response.json["detail"])

    async def test_files_of_one_name_are_called_by_their_paths(self) -> None:
        await self.put()
        other = self.folder / "001CA8/Air4920DK-WA/4.0/box.bin"
        other.parent.mkdir()
        other.write_bytes(b"four")
        await self.catalogue.look()
        names = [each["_id"] for each in await self.found("files", sort={"_id": 1})]
        self.assertEqual(["001CA8/Air4920DK-WA/3.0/box.bin", "001CA8/Air4920DK-WA/4.0/box.bin"], names)
        self.assertIn("say which", await self.refused(409, "GET", "/files/box.bin"))
        self.assertEqual(b"four", (await self.genie("GET", f"/files/{names[1].replace('/', '%2F')}")).body)
        task = {"name": "download", "file": "box.bin"}
        self.assertIn("say which", await self.refused(422, "POST", of_device(AIRTIES, "tasks"), task))

    async def test_what_cannot_be_placed_is_refused_with_the_reason(self) -> None:
        for name, headers, reason in (
            ("a", {"x": "y"}, "fileType"),
            ("a", {"fileType": "7"}, "fileType"),
            ("a", {**FIRMWARE, "version": ""}, "oui, productClass and version"),
            ("..%2F..%2Fetc", FIRMWARE, "no slash"),
            ("..", FIRMWARE, "no file can be added"),
            (".hidden", FIRMWARE, "no file can be added"),
        ):
            response = await self.put(name, **headers)
            self.assertEqual(422, response.status, (name, response.body))
            self.assertIn(reason, response.json["detail"])
        self.assertEqual([], list(self.folder.iterdir()))
        self.assertEqual(404, (await self.genie("PUT", "/files/a%00b", b"", **FIRMWARE)).status)

    async def test_a_file_is_removed(self) -> None:
        await self.put()
        self.assertEqual(200, (await self.genie("DELETE", "/files/box.bin")).status)
        self.assertEqual([], await self.found("files"))
        await self.refused(404, "DELETE", "/files/box.bin")
        await self.refused(404, "GET", "/files/..%2F..%2Fetc%2Fpasswd")

    async def test_a_download_is_of_a_file_of_the_folder(self) -> None:
        await self.put()
        task = {"name": "download", "file": "box.bin"}
        response = await self.genie("POST", of_device(AIRTIES, "tasks"), task, role=Role.OPERATOR)
        job = await self.store.job(ids.from_text(response.json["_id"]) or 0)
        assert job is not None
        self.assertEqual("acs:001CA8/Air4920DK-WA/3.0/box.bin", job.arguments["URL"])
        self.assertEqual("1 Firmware Upgrade Image", job.arguments["FileType"])
        (told,) = await self.found("tasks")
        self.assertEqual(("download", "001CA8/Air4920DK-WA/3.0/box.bin"), (told["name"], told["file"]))
        refused = await self.nbi.ask("POST", of_device(AIRTIES, "tasks"), task, secret_of(Role.SUPPORT))
        self.assertEqual(403, refused.status)


class PresetTests(NbiCase):
    async def configure(self, scope: str, name: str, parameters: dict[str, Any]) -> None:
        level = "2026-11-25T12:00:00.000000Z"
        await self.store.put_configuration(Configuration(scope, name, level, parameters))

    async def test_configurations_are_told_as_presets_as_far_as_these_can_say_them(self) -> None:
        await self.configure(
            "tag", "test", {"Device.A": 5, ".B": True, "wifi.2g.ssid": "x", "Device.C": "{{ x.y }}"}
        )
        await self.configure("model", "AirTies/Air4920DK-WA", {"Device.P.Password": "hush"})
        await self.configure("category", "home", {"Device.A": 6})
        await self.configure("all", "default", {"Device.S": {"value": "hush", "secret": True}})
        told = {each["_id"]: each for each in await self.found("presets")}
        self.assertEqual({"tag:test", "model:AirTies/Air4920DK-WA", "all:default"}, set(told))
        tag = told["tag:test"]
        self.assertEqual({"_tags": "test"}, orjson.loads(tag["precondition"]))
        self.assertEqual(
            [("Device.A", "5"), ("InternetGatewayDevice.B", "true"), ("Device.B", "true")],
            [(each["name"], each["value"]) for each in tag["configurations"]],
        )
        self.assertEqual(["wifi.2g.ssid", "Device.C"], tag["omitted"])
        self.assertEqual(
            {"_deviceId._Manufacturer": "AirTies", "_deviceId._ProductClass": "Air4920DK-WA"},
            orjson.loads(told["model:AirTies/Air4920DK-WA"]["precondition"]),
        )
        for each in ("model:AirTies/Air4920DK-WA", "all:default"):
            self.assertEqual(["********"], [value["value"] for value in told[each]["configurations"]])
        self.assertLess(told["all:default"]["weight"], tag["weight"])
        self.assertEqual(tag, (await self.genie("GET", "/presets/tag:test")).json)
        self.assertEqual([tag], await self.found("presets", query={"_id": "tag:test"}))
        await self.refused(404, "GET", "/presets/x")

    async def test_what_is_not_kept_here_is_empty_and_says_what_to_use_instead(self) -> None:
        for kind in ("provisions", "virtual_parameters", "objects"):
            self.assertEqual([], await self.found(kind))
            await self.refused(400, "GET", f"/{kind}?query=%7B")
            await self.refused(404, "GET", f"/{kind}/x")
        for kind in ("presets", "provisions", "virtual_parameters", "objects"):
            for method in ("PUT", "POST", "DELETE"):
                body = None if method == "DELETE" else {"weight": 0}
                detail = await self.refused(501, method, f"/{kind}/x", body)
                self.assertIn("docs/genieacs.rst", detail)
        self.assertIn("IPPing", await self.refused(501, "GET", "/ping/192.0.2.1"))
        for path in (
            "/users",
            "/config",
            "/cache",
            "/permissions",
            "/",
            "/api/v1/devices",
            "/devices/a/b/c/d/e/f",
        ):
            await self.refused(404, "GET", path)
