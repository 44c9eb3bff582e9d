"""Data models over the API."""

from __future__ import annotations

import gzip
from typing import Any
from urllib.parse import quote

from twisted.trial.unittest import SkipTest

from acs.store import data_models
from acs.store.records import Role
from acs.web.api import datamodels
from tests.cwmp.test_definitions import COUNTS, LAMP, file, model, parameter, thing
from tests.cwmp.test_modelfile import FORUM
from tests.web.cases import AIRTIES, NOON, ApiCase, path
from tests.web.client import Response

XML = {"Content-Type": "application/xml"}
GZIP = {"Content-Type": "application/gzip"}
DEVICE = file(
    model(
        "Device:2.11",
        LAMP
        + thing(
            "Device.Time.",
            parameter("Enable", 'access="readWrite"', "<boolean/>")
            + parameter("Status", "", "<string><enumeration value='Up'/></string>")
            + parameter(
                "Count", 'access="readWrite"', '<unsignedInt><range maxInclusive="9"/></unsignedInt>'
            ),
        ),
    )
)
SERVICE = file(model("VoiceService:1.0", thing("VoiceService.{i}.", parameter("Name")), ' isService="true"'))


class DataModelCase(ApiCase):
    async def put(self, content: bytes, headers: dict[str, str] = XML, **how: Any) -> Response:
        return await self.ask("POST", path("datamodels"), content, headers=headers, **how)

    async def imported(self, content: bytes, headers: dict[str, str] = XML) -> list[str]:
        """The names of the models in a file, which has to be taken."""
        response = await self.put(content, headers)
        self.assertEqual(200, response.status, response.body)
        return [item["name"] for item in response.json["items"]]

    async def refused(self, status: int, content: bytes, headers: dict[str, str] = XML) -> Response:
        return await self.assert_refused(status, "POST", path("datamodels"), content, headers=headers)

    async def names(self) -> list[str]:
        return [item["name"] for item in (await self.get("datamodels"))["items"]]

    async def definitions(self, query: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.get("definitions", query=query))["items"]
        return items


class ImportTests(DataModelCase):
    async def test_one_is_imported_shown_and_removed(self) -> None:
        await self.imported(DEVICE)
        wanted = {
            "name": "Device:2.11",
            "is_service": False,
            "objects": 2,
            "parameters": 5,
            "forced_inform": ["Device.Lamp.{i}.Power"],
            "imported": "2026-11-25T12:00:00.000Z",
            "imported_by": "token:a admin",
        }
        self.assertEqual({"items": [wanted], "next": None}, await self.get("datamodels"))
        self.assertEqual(wanted, await self.get("datamodels", "Device:2.11"))
        self.assertEqual(204, (await self.ask("DELETE", path("datamodels", "Device:2.11"))).status)
        await self.assert_refused(404, "DELETE", path("datamodels", "Device:2.11"))
        await self.assert_refused(404, "GET", path("datamodels", "Device:2.11"))
        self.assertEqual([], await self.definitions(""))

    async def test_a_file_may_have_several_and_be_compressed(self) -> None:
        several = file(model("Device:1.2", LAMP), model("InternetGatewayDevice:1.3", LAMP))
        self.assertEqual(
            ["Device:1.2", "InternetGatewayDevice:1.3"], await self.imported(gzip.compress(several), GZIP)
        )
        self.assertEqual(
            ["Device:2.11"], await self.imported(DEVICE, {"Content-Type": "text/xml; charset=utf-8"})
        )
        self.assertEqual(["Device:1.2", "Device:2.11", "InternetGatewayDevice:1.3"], await self.names())

    async def test_what_cannot_be_read_leaves_the_old_one(self) -> None:
        await self.imported(DEVICE)
        before = await self.definitions("")
        broken = file(model("Device:2.11", LAMP)).replace(b"</object>", b"</objects>")
        response = await self.refused(422, broken)
        self.assertEqual(["line 3"], list(response.wrong))
        for content, reason in (
            (b"<html/>", "not a data model file"),
            (DEVICE[:-20], ""),
            (file(), "describes no object"),
            (gzip.compress(DEVICE)[:-30], "it ends too early"),
            (gzip.compress(DEVICE)[:40] + b"x" * 20, "is damaged as a gzip file"),
            (b"\x1f\x8b", "it ends too early"),
        ):
            wrong = (await self.refused(422, content)).wrong
            self.assertTrue(all(reason in each for each in wrong.values()), wrong)
        await self.refused(400, b"")
        self.assertEqual(before, await self.definitions(""))
        self.assertEqual(["Device:2.11"], await self.names())

    async def test_no_bomb_goes_off(self) -> None:
        entities = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        outer = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
        first, _, rest = DEVICE.partition(b"\n")
        for declared in (entities, outer):
            response = await self.refused(422, first + declared + rest.replace(b"Lamp", b"&b;"))
            self.assertNotIn(b"root:", response.body)
        self.patch(datamodels, "MOST_BYTES", 1 << 20)
        blank = file(model("Device:2.11", LAMP + b" " * (4 << 20)))
        response = await self.refused(422, gzip.compress(blank), GZIP)
        self.assertEqual({"": "is longer than 1 MiB"}, response.wrong)
        await self.refused(413, DEVICE + b" " * (1 << 20))
        self.assertEqual([], await self.names())

    async def test_there_are_not_more_than_anybody_needs(self) -> None:
        self.patch(data_models, "MOST_MODELS", 1)
        await self.imported(DEVICE)
        response = await self.refused(409, SERVICE)
        self.assertIn("more than 1 data models", response.json["detail"])

    async def test_an_operator_may_and_nobody_less(self) -> None:
        self.assertEqual(403, (await self.put(DEVICE, role=Role.SUPPORT)).status)
        self.assertEqual(200, (await self.put(DEVICE, role=Role.OPERATOR)).status)
        self.assertEqual(200, (await self.ask("GET", path("definitions"), role=Role.VIEWER)).status)

    async def test_the_forums_own_files_are_taken(self) -> None:
        folder = FORUM / "datamodel"
        if not folder.is_dir():
            raise SkipTest(f"no {folder}")
        for name, counts in COUNTS.items():
            content = gzip.compress((folder / f"{name}.xml").read_bytes(), 1)
            self.assertEqual(list(counts), await self.imported(content, GZIP))
        models = {
            each["name"]: each["objects"] + each["parameters"]
            for each in (await self.get("datamodels"))["items"]
        }
        self.assertEqual({model: count for each in COUNTS.values() for model, count in each.items()}, models)
        (two, nineteen) = await self.definitions("?path=Device.WiFi.Radio.1.SupportedFrequencyBands")
        self.assertEqual(["2.4GHz", "5GHz"], two["enumeration"])
        self.assertEqual(("Device:2.19", "xsd:string"), (nineteen["model"], nineteen["type"]))


class DefinitionTests(DataModelCase):
    async def setUp(self) -> None:
        await super().setUp()
        await self.imported(DEVICE)
        await self.imported(SERVICE)

    async def paths(self, query: str) -> list[str]:
        return [each["path"] for each in await self.definitions(query)]

    async def test_a_definition_has_all_its_members(self) -> None:
        (count,) = await self.definitions("?path=Device.Time.Count")
        self.assertEqual(
            {
                "path": "Device.Time.Count",
                "kind": "parameter",
                "model": "Device:2.11",
                "access": "readWrite",
                "type": "xsd:unsignedInt",
                "data_type": None,
                "list": False,
                "units": None,
                "enumeration": [],
                "ranges": [{"minimum": None, "maximum": 9}],
                "sizes": [],
                "default": None,
                "default_type": None,
                "hidden": False,
                "forced_inform": False,
                "active_notify": "normal",
                "status": "current",
                "min_entries": 1,
                "max_entries": 1,
            },
            count,
        )
        (lamp, *_) = await self.definitions("?path=Device.Lamp.1.")
        self.assertEqual(("object", None, None), (lamp["kind"], lamp["type"], lamp["max_entries"]))

    async def test_they_are_found_by_path_name_and_model(self) -> None:
        self.assertEqual(["Device.Lamp.{i}.Power"], await self.paths("?path=Device.Lamp.17.Power"))
        self.assertEqual(
            ["Device.Lamp.{i}.Power"], await self.paths("?path=" + quote("Device.Lamp.{i}.Power"))
        )
        self.assertEqual(["Device.Time.Status"], await self.paths("?q=stat"))
        self.assertEqual(["Device.Time.Count"], await self.paths("?prefix=Device.Time.C"))
        services = [".Services.VoiceService.{i}.", ".Services.VoiceService.{i}.Name"]
        self.assertEqual(services, await self.paths("?model=VoiceService:1.0"))
        self.assertEqual(services[1:], await self.paths("?path=Device.Services.VoiceService.1.Name"))

    async def test_pieces_make_the_whole(self) -> None:
        whole, found, cursor = await self.paths(""), [], ""
        while cursor is not None:
            piece = await self.get("definitions", query=f"?limit=2&cursor={cursor}")
            found += [each["path"] for each in piece["items"]]
            cursor = piece["next"]
        self.assertEqual(whole, found)


class CheckTests(DataModelCase):
    async def test_a_configuration_is_held_against_them_before_it_is_saved(self) -> None:
        place = path("configurations", "all", "default")
        wrong = {
            ".Time.Count": "10",
            "Device.Time.Status": "Up",
            "Device.Time.Enabled": True,
            "Device.Time.Enable": {"value": "yes", "secret": True},
            "Device.Lamp.1.Power": {"value": "1", "type": "xsd:string"},
        }
        right = {".Time.Enable": True, "Device.X_ACME_Foo": "x", "InternetGatewayDevice.Nope": "x"}
        self.assertEqual(200, (await self.ask("PUT", place, {"parameters": right | wrong})).status)
        self.assertEqual(204, (await self.ask("DELETE", place)).status)
        await self.imported(DEVICE)
        response = await self.assert_refused(422, "PUT", place, {"parameters": right | wrong})
        self.assertIn("with force", response.json["detail"])
        self.assertEqual(
            {
                "parameters..Time.Count": "has a value that is not at most 9, by Device:2.11",
                "parameters.Device.Time.Status": "cannot be set, by Device:2.11",
                "parameters.Device.Time.Enabled": "is no parameter of Device:2.11",
                "parameters.Device.Time.Enable": "has a value that is no boolean, by Device:2.11",
                "parameters.Device.Lamp.1.Power": "has type xsd:string and not xsd:int, by Device:2.11",
            },
            response.wrong,
        )
        await self.assert_refused(404, "GET", place)
        self.assertEqual(200, (await self.ask("PUT", place, {"parameters": right})).status)
        forced = await self.ask("PUT", place + "?force=true", {"parameters": right | wrong})
        self.assertEqual(200, forced.status)
        # What is there already is not judged again.
        self.assertEqual(200, (await self.ask("PUT", place, {"parameters": right | wrong})).status)

    async def test_force_saves_nothing_that_is_no_document(self) -> None:
        place = path("configurations", "device", AIRTIES.id) + "?force=true"
        response = await self.assert_refused(422, "PUT", place, {"parameters": {"Device.": "x"}})
        self.assertEqual(["parameters.Device."], list(response.wrong))
        self.assertEqual(NOON, self.clock.seconds())
