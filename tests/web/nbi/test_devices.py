"""Devices as GenieACS's clients ask for them: queries, projections, pages, tags."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.task import deferLater

from acs.store.records import Parameter, Role
from acs.web.nbi import finding, queries
from acs.web.nbi.devices import LONGEST_TAG, MOST_TAGS
from tests.web.cases import AIRTIES, NOON, ROUTER
from tests.web.client import Connection
from tests.web.nbi.cases import ROOT, NbiCase, of_device, query_of

MAC = f"{ROOT}WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.MACAddress"
WLAN = f"{ROOT}LANDevice.1.WLANConfiguration.1"


class DocumentTests(NbiCase):
    """What is told of a device."""

    async def setUp(self) -> None:
        await super().setUp()
        await self.keep_usual()

    async def test_a_device_is_a_document_of_genieacs_shape(self) -> None:
        (told,) = await self.found(query={"_id": AIRTIES.id})
        self.assertEqual(AIRTIES.id, told["_id"])
        self.assertEqual(
            {
                "_Manufacturer": "AirTies",
                "_OUI": "001CA8",
                "_ProductClass": "Air4920DK-WA",
                "_SerialNumber": "AT1931620001413",
            },
            told["_deviceId"],
        )
        self.assertEqual("2026-11-25T11:59:00.000Z", told["_lastInform"])
        self.assertEqual("2026-11-25T11:00:00.000Z", told["_registered"])
        self.assertEqual("2026-11-25T10:59:00.000Z", told["_lastBoot"])
        self.assertEqual(["field-test"], told["_tags"])
        info = told["InternetGatewayDevice"]["DeviceInfo"]
        self.assertEqual((True, False), (info["_object"], info["_writable"]))
        self.assertEqual(
            {
                "_object": False,
                "_writable": False,
                "_timestamp": "2026-11-25T11:59:00.000Z",
                "_value": "2.59.1.8",
                "_type": "xsd:string",
            },
            info["SoftwareVersion"],
        )
        self.assertEqual(3600, info["UpTime"]["_value"])
        wlan = told["InternetGatewayDevice"]["LANDevice"]["1"]["WLANConfiguration"]["1"]
        self.assertIs(True, wlan["Enable"]["_value"])
        self.assertEqual("********", wlan["KeyPassphrase"]["_value"])

    async def test_what_is_not_known_is_not_there(self) -> None:
        (told,) = await self.found(query={"_id": ROUTER.id})
        self.assertEqual({"_id", "_deviceId", "_registered", "_tags"}, set(told))

    async def test_a_projection_leaves_the_rest_out(self) -> None:
        (told,) = await self.found(
            query={"_id": AIRTIES.id},
            projection=f"{ROOT}DeviceInfo.SoftwareVersion, _lastInform,_deviceId._SerialNumber,nothing",
        )
        self.assertEqual({"_deviceId", "_id", "_lastInform", "InternetGatewayDevice"}, set(told))
        self.assertEqual({"_SerialNumber": "AT1931620001413"}, told["_deviceId"])
        self.assertEqual(["DeviceInfo", "_object"], sorted(told["InternetGatewayDevice"]))
        self.assertEqual(["SoftwareVersion", "_object"], sorted(told["InternetGatewayDevice"]["DeviceInfo"]))
        (told,) = await self.found(query={"_id": AIRTIES.id}, projection=f"{ROOT}DeviceInfo")
        self.assertEqual(
            ["SoftwareVersion", "UpTime", "_object", "_timestamp", "_writable"],
            sorted(told["InternetGatewayDevice"]["DeviceInfo"]),
        )
        self.assertNotIn("LANDevice", told["InternetGatewayDevice"])

    async def test_a_projection_by_members_of_the_document_alone_reads_no_parameters(self) -> None:
        async def read(device_id: str) -> Any:
            raise AssertionError("parameters are read")

        self.patch(self.store, "parameters", read)
        told = await self.found(projection="_id,_tags")
        self.assertEqual([["_id", "_tags"]] * 2, [sorted(each) for each in told])

    async def test_names_that_no_document_can_hold_are_left_out(self) -> None:
        names = [
            "Device._value",
            "Device.$where",
            "Device..X",
            "Device." + "a." * 100 + "b",
            "Device.A",
            "Device.A.B",
        ]
        await self.keep(*(Parameter(name, "x") for name in names))
        (told,) = await self.found(query={"_id": AIRTIES.id})
        self.assertEqual(["A", "_object"], sorted(told["Device"]))
        self.assertEqual("x", told["Device"]["A"]["B"]["_value"])

    async def test_one_device_is_read_by_its_id_in_any_writing(self) -> None:
        for target in (
            of_device(AIRTIES),
            f"/devices/{AIRTIES.id}",
            of_device(AIRTIES).replace("001CA8", "001ca8"),
        ):
            response = await self.genie("GET", target)
            self.assertEqual((200, AIRTIES.id), (response.status, response.json["_id"]), target)
        self.assertIn("No such device", await self.refused(404, "GET", "/devices/nobody"))


class SecretTests(NbiCase):
    """With ``[nbi] secrets``."""

    secrets = True

    async def test_secrets_are_shown_where_the_configuration_says_so(self) -> None:
        await self.keep_usual()
        (told,) = await self.found(query={f"{WLAN}.KeyPassphrase": "hush hush"})
        wlan = told["InternetGatewayDevice"]["LANDevice"]["1"]["WLANConfiguration"]["1"]
        self.assertEqual("hush hush", wlan["KeyPassphrase"]["_value"])


class QueryTests(NbiCase):
    """Which devices are found."""

    async def setUp(self) -> None:
        await super().setUp()
        await self.keep_usual()

    async def ids(self, query: Any, **asked: Any) -> list[str]:
        return [each["_id"] for each in await self.found(query=query, projection="_id", **asked)]

    async def test_each_of_these_finds_the_one_device(self) -> None:
        for query in (
            {"_id": AIRTIES.id},
            {"_id": AIRTIES.id.replace("001CA8", "001ca8")},
            {"_id": {"$in": ["x", AIRTIES.id]}},
            {"_id": {"$regex": "Air4920"}},
            {"_id": "001CA8-*"},
            {"_tags": "field-test"},
            {"_tags": {"$in": ["field-test", "other"]}},
            {"_deviceId._SerialNumber": "AT1931620001413"},
            {"_deviceId._Manufacturer": "AirTies", "_deviceId._ProductClass": "Air4920DK-WA"},
            {"_deviceId._OUI": "001CA8"},
            {"_lastInform": {"$gt": "2026-11-25 11:00:00 +0000"}},
            {"_lastInform": {"$gte": "2026-11-25T11:59:00.000Z", "$lt": "2026-11-25T11:59:00.001Z"}},
            {"_lastInform": {"$exists": True}},
            {"_lastBoot": {"$lt": "2026-11-25T11:00:00Z"}},
            {f"{ROOT}DeviceInfo.SoftwareVersion": "2.59.1.8"},
            {f"{ROOT}DeviceInfo.SoftwareVersion._value": "2.59.1.8"},
            {f"{ROOT}DeviceInfo.UpTime": {"$gte": 3600}},
            {f"{ROOT}DeviceInfo.UpTime": "3600"},
            {f"{ROOT}DeviceInfo.UpTime._type": "xsd:unsignedInt"},
            {f"{ROOT}DeviceInfo._object": True},
            {f"{WLAN}.Enable": True},
            {f"{WLAN}.SSID": "Home Net"},
            {f"{WLAN}.SSID._writable": True},
            {MAC: "20:2B:C1:E0:06:65"},
            {MAC: {"$exists": True}},
            {"$or": [{MAC: "20:2B:C1:E0:06:65"}, {"_tags": "other"}]},
            {"$and": [{"_tags": "field-test"}, {MAC: {"$ne": "x"}}]},
            {"$nor": [{"_id": ROUTER.id}]},
        ):
            self.assertEqual([AIRTIES.id], await self.ids(query), query)

    async def test_each_of_these_finds_none(self) -> None:
        for query in (
            {"_id": "00D09E-Router-S2"},
            {"_tags": "field-test", "_id": ROUTER.id},
            {"VirtualParameters.x": {"$exists": True}},
            {f"{ROOT}DeviceInfo": {"$exists": True}},
            {"_tags": {"$in": []}},
            {MAC: "20:2B:C1:E0:06:66"},
            {f"{WLAN}.SSID": "Home"},
            {"_deviceId._SerialNumber": "at1931620001413"},
        ):
            self.assertEqual([], await self.ids(query), query)

    async def test_nothing_asked_for_is_every_device(self) -> None:
        for target in ("/devices", "/devices/", "/devices/?query=", "/devices?query={}&nobody=knows"):
            response = await self.genie("GET", target)
            self.assertEqual((200, 2, "2"), (response.status, len(response.json), response.headers["total"]))
        self.assertEqual([ROUTER.id], await self.ids({"_tags": {"$ne": "field-test"}}))

    async def test_a_secret_cannot_be_guessed_by_queries(self) -> None:
        for query in ("hush hush", {"$regex": "^h"}, {"$gt": "a"}):
            self.assertEqual([], await self.ids({f"{WLAN}.KeyPassphrase": query}), query)
        self.assertEqual([AIRTIES.id], await self.ids({f"{WLAN}.KeyPassphrase": {"$eq": "********"}}))

    async def test_a_page_has_its_order_and_the_number_of_all(self) -> None:
        self.patch(finding, "PIECE", 2)
        for number in range(5):
            await self.store.add_device(
                ROUTER.__class__(
                    f"00D09E-Box-{number}", "2Wire", "00D09E", "Box", f"{number}", first_seen=NOON + number
                )
            )
        target = f"/devices/?{query_of(query={'_deviceId._ProductClass': 'Box'}, sort={'_registered': -1})}"
        response = await self.genie("GET", f"{target}&skip=1&limit=2&projection=_id")
        self.assertEqual(["00D09E-Box-3", "00D09E-Box-2"], [each["_id"] for each in response.json])
        self.assertEqual("5", response.headers["total"])
        response = await self.genie("HEAD", target)
        self.assertEqual((200, "5", b""), (response.status, response.headers["total"], response.body))
        self.assertEqual([], await self.ids({}, skip="99"))
        self.assertEqual(7, len(await self.ids({}, limit="0")))
        by_serial = await self.ids({}, sort={"_deviceId._SerialNumber": 1}, limit="1")
        self.assertEqual(["00D09E-Box-0"], by_serial)
        by_version = await self.ids({}, sort={f"{ROOT}DeviceInfo.SoftwareVersion": -1}, limit="1")
        self.assertEqual([AIRTIES.id], by_version)

    async def test_what_the_indexes_answer_looks_at_no_other_device(self) -> None:
        looked_at: list[str] = []
        read = self.store.parameters

        async def parameters(device_id: str) -> Any:
            looked_at.append(device_id)
            return await read(device_id)

        self.patch(self.store, "parameters", parameters)
        for query in (
            {MAC: "20-2b-c1-e0-06-65"},
            {MAC: "20:2B:C1:E0:06:65"},
            {f"{WLAN}.SSID": "Home Net"},
            {"_tags": "field-test", f"{WLAN}.Enable": True},
            {"$and": [{"_deviceId._OUI": "001CA8"}, {f"{WLAN}.Enable": True}]},
            {"_lastInform": {"$gt": "2026-11-25T00:00:00Z"}, f"{WLAN}.Enable": True},
            {"_registered": {"$gt": "2026-11-25T10:30:00Z"}, f"{WLAN}.Enable": True},
        ):
            looked_at.clear()
            await self.ids(query)
            self.assertEqual([AIRTIES.id], looked_at, query)

    async def test_what_cannot_be_read_is_refused_with_the_reason(self) -> None:
        self.assertIn("is not JSON", await self.refused_query("{"))
        self.assertIn("$where", await self.refused_query({"$where": "while(1);"}))
        self.assertIn("sort", await self.refused_query({}, sort="{"))
        await self.refused_query({}, projection="x" * 9000)
        self.assertIn("more than", await self.refused_query({}, projection=",".join(map(str, range(600)))))
        await self.refused(400, "GET", "/devices/?limit=-1")
        await self.refused(400, "GET", "/devices/?limit=x")
        await self.refused(400, "GET", "/devices/?query=%FF")
        await self.refused(400, "GET", "/devices/?query=" + "x" * 9000)

    async def test_a_query_that_costs_too_much_is_refused_before_anything_is_answered(self) -> None:
        self.patch(queries, "BUDGET", 1000)
        await self.keep(*(Parameter(f"Device.P{number}", "ab" * 500) for number in range(60)))
        each = [{f"Device.P{number}": {"$regex": "(a|b)*a(a|b){40}c"}} for number in range(60)]
        self.assertIn("too long", await self.refused_query({"$or": each}))

    async def test_a_client_that_goes_away_in_the_middle_costs_nothing_more(self) -> None:
        await self.keep(*(Parameter(f"Device.P{number}", "x" * 2000) for number in range(400)))
        connection = Connection(self.nbi.site)
        head = b"GET /devices HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer acs_admin\r\n\r\n"
        connection.protocol.dataReceived(head)
        while b"[\n" not in connection.value():
            await deferLater(reactor, 0)
        connection.drop()
        self.assertEqual(2, len(await self.found(projection="_id")))


class TagTests(NbiCase):
    async def test_a_tag_is_given_and_taken(self) -> None:
        for _ in range(2):
            response = await self.genie("POST", of_device(AIRTIES, "tags", "caf%C3%A9"))
            self.assertEqual((200, b""), (response.status, response.body))
        self.assertEqual(("field-test", "café"), (await self.known()).tags)
        for _ in range(2):
            response = await self.genie("DELETE", of_device(AIRTIES, "tags", "field-test") + "/")
            self.assertEqual(200, response.status)
        self.assertEqual(("café",), (await self.known()).tags)

    async def known(self) -> Any:
        return await self.store.device(AIRTIES.id)

    async def test_a_tag_that_no_device_can_have_is_refused(self) -> None:
        for tag in ("x" * (LONGEST_TAG + 1), "a%0Ab"):
            self.assertIn("visible", await self.refused(422, "POST", of_device(AIRTIES, "tags", tag)))
        self.store.change_device(AIRTIES.id, tags=tuple(map(str, range(MOST_TAGS))))
        self.assertIn("at most", await self.refused(422, "POST", of_device(AIRTIES, "tags", "more")))
        self.assertEqual(200, (await self.genie("POST", of_device(AIRTIES, "tags", "5"))).status)
        await self.refused(404, "POST", "/devices/nobody/tags/x")

    async def test_a_device_is_forgotten(self) -> None:
        response = await self.genie("DELETE", of_device(AIRTIES))
        self.assertEqual(200, response.status)
        self.assertIsNone(await self.store.device(AIRTIES.id))
        await self.refused(404, "DELETE", of_device(AIRTIES))
        await self.refused(403, "DELETE", of_device(AIRTIES), role=Role.SUPPORT)
