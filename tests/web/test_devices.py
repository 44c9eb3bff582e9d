"""Devices over the API."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from acs.cwmp.values import DeviceId
from acs.store.records import Device, Parameter, Role
from tests.web.cases import AIRTIES, NOON, ROUTER, ApiCase, path

MEMBERS = [
    "id",
    "manufacturer",
    "oui",
    "product_class",
    "serial_number",
    "software_version",
    "desired_software_version",
    "hardware_version",
    "root_data_model",
    "cwmp_version",
    "current_config_level",
    "desired_config_level",
    "first_seen",
    "last_inform",
    "inform_count",
    "last_session_result",
    "client_ip",
    "client_ip_verified",
    "related_device",
    "quirks",
    "tags",
    "category",
    "connection_request_url",
    "wake_methods",
]


class ListTests(ApiCase):
    async def setUp(self) -> None:
        await super().setUp()
        await self.store.add_device(ROUTER)

    async def ids(self, query: str) -> list[str]:
        """The ids of a list."""
        return [item["id"] for item in (await self.get("devices", query=query))["items"]]

    async def test_all_devices_are_listed(self) -> None:
        self.assertEqual({AIRTIES.id, ROUTER.id}, set(await self.ids("")))

    async def test_filters_choose(self) -> None:
        for query in (
            "?manufacturer=AirTies",
            "?oui=001CA8",
            "?product_class=Air4920DK-WA",
            "?serial_number=AT1931620001413",
            "?software_version=2.59.1.8",
            "?tag=field-test",
            "?q=at1931620001413",
        ):
            self.assertEqual([AIRTIES.id], await self.ids(query), query)
        for query in ("?q=", "?q=+", "?q=%20%C2%A0"):
            self.assertEqual(2, len(await self.ids(query)), query)
        for query in ("?online=true", "?verified=true", "?last_session=failed", "?category=x"):
            self.assertEqual([], await self.ids(query), query)

    async def test_a_list_is_sorted_either_way(self) -> None:
        self.assertEqual([ROUTER.id, AIRTIES.id], await self.ids("?sort=manufacturer"))
        self.assertEqual([AIRTIES.id, ROUTER.id], await self.ids("?sort=-manufacturer"))

    async def test_a_list_is_given_in_pieces_that_link_to_each_other(self) -> None:
        target, found = path("devices") + "?limit=1&sort=id", []
        while target:
            response = await self.ask("GET", target)
            found += [item["id"] for item in response.json["items"]]
            link = response.headers["Link"]
            self.assertEqual(response.json["next"] is None, link is None)
            target = link[1:].partition(">")[0] if link else ""
            self.assertIn(link and link.rpartition(">")[2], (None, '; rel="next"'))
        self.assertEqual([AIRTIES.id, ROUTER.id], found)

    async def test_what_is_no_filter_is_refused_by_name(self) -> None:
        response = await self.assert_refused(400, "GET", path("devices") + "?colour=red&limit=0&online=yes")
        self.assertEqual({"colour", "limit", "online"}, set(response.wrong))

    async def test_a_piece_has_one_item_at_least_and_a_thousand_at_most(self) -> None:
        for limit, status in ((0, 400), (1, 200), (1000, 200), (1001, 400)):
            self.assertEqual(
                status, (await self.ask("GET", path("devices") + f"?limit={limit}")).status, limit
            )

    async def test_a_filter_given_twice_is_refused(self) -> None:
        response = await self.assert_refused(400, "GET", path("devices") + "?tag=a&tag=b")
        self.assertEqual({"tag": "given twice"}, response.wrong)

    async def test_a_cursor_of_another_list_is_refused(self) -> None:
        response = await self.assert_refused(400, "GET", path("devices") + "?cursor=abc")
        self.assertEqual({"cursor"}, set(response.wrong))

    async def test_queries_that_are_not_utf_8_or_hold_a_nul_are_refused(self) -> None:
        for query in ("?q=%ff", "?q=a%00b", "?%ff=1", "?q=" + "x" * 300):
            await self.assert_refused(400, "GET", path("devices") + query)

    async def test_times_at_the_ends_of_time_do_no_harm(self) -> None:
        for year in ("0001", "9999"):
            response = await self.ask("GET", path("devices") + f"?seen_since={year}-12-31T23:59:59Z")
            self.assertIn(response.status, (200, 400))


class ShowTests(ApiCase):
    async def test_a_device_has_all_its_members(self) -> None:
        device = await self.get("devices", AIRTIES.id, role=Role.VIEWER)
        self.assertEqual([], [name for name in MEMBERS if name not in device])
        self.assertEqual("AirTies", device["manufacturer"])
        self.assertEqual("2026-11-25T11:00:00.000Z", device["first_seen"])
        self.assertEqual({"value": None, "source": None}, device["desired_software_version"])
        self.assertEqual(["http"], device["wake_methods"])
        self.assertEqual(["field-test"], device["tags"])
        self.assertIsNone(device["last_inform"])
        self.assertIs(False, device["online"])

    async def test_a_device_is_online_for_a_day_after_its_inform(self) -> None:
        self.session(started=NOON)
        self.assertIs(True, (await self.get("devices", AIRTIES.id))["online"])
        self.clock.advance(86_401)
        self.assertIs(False, (await self.get("devices", AIRTIES.id))["online"])

    async def test_the_id_serves_quoted_and_as_it_is(self) -> None:
        for target in (path("devices", AIRTIES.id), f"/api/v1/devices/{AIRTIES.id}"):
            self.assertEqual(AIRTIES.id, (await self.ask("GET", target)).json["id"])

    async def test_an_unknown_device_is_404_everywhere(self) -> None:
        job = {"rpc": "Reboot"}
        wanted = {"notes": "x"}
        for method, rest, body in (
            ("GET", (), None),
            ("DELETE", (), None),
            ("PATCH", (), wanted),
            ("GET", ("parameters",), None),
            ("POST", ("refresh",), None),
            ("POST", ("jobs",), job),
        ):
            await self.assert_refused(404, method, path("devices", "00D09E-X-1", *rest), body)

    async def test_ids_of_all_kinds_of_characters_are_found(self) -> None:
        for text in (
            "a/b",
            "a%b",
            "ü",
            "a b+c",
            "..",
            ".",
            "a?b#c",
            "<script>",
            "\u202e",
            "x" * 64,
            "-",
            "~",
            '"',
        ):
            who = DeviceId("Maker", "00D09E", text, text)
            await self.store.add_device(Device(who.key, "Maker", "00D09E", text, text))
            for target in (path("devices", who.key), f"/api/v1/devices/{who.key}"):
                response = await self.ask("GET", target)
                self.assertEqual(who.key, response.json["id"], target)
            self.assertEqual([], (await self.get("devices", who.key, "parameters"))["items"])

    async def test_an_id_that_is_quoted_for_the_url_goes_before_one_that_is_not(self) -> None:
        slash, escaped = (DeviceId("Maker", "00D09E", "", text).key for text in ("a/b", "a%2Fb"))
        for key in (slash, escaped):
            await self.store.add_device(Device(key, "Maker", "00D09E", "", key))
        self.assertEqual(path("devices", slash), f"/api/v1/devices/{escaped}")
        self.assertEqual(slash, (await self.ask("GET", path("devices", slash))).json["id"])
        self.assertEqual(escaped, (await self.ask("GET", path("devices", escaped))).json["id"])


class ChangeTests(ApiCase):
    async def patch(self, body: Any, status: int = 200) -> Any:
        """What a PATCH answers."""
        response = await self.ask("PATCH", path("devices", AIRTIES.id), body, Role.OPERATOR)
        self.assertEqual(status, response.status, response.body)
        return response

    async def test_what_an_operator_wants_is_kept(self) -> None:
        wanted = {
            "desired_config_level": "2026-11-23T21:30:00+02:00",
            "desired_software_version": "3.0",
            "tags": ["b", "a", "b"],
            "category": "router",
            "notes": "on the roof\nbring a ladder",
        }
        answered = (await self.patch(wanted)).json
        self.assertEqual(answered, await self.get("devices", AIRTIES.id))
        self.assertEqual(
            {"value": "2026-11-23T19:30:00.000000Z", "source": "device"}, answered["desired_config_level"]
        )
        self.assertEqual({"value": "3.0", "source": "device"}, answered["desired_software_version"])
        self.assertEqual(["b", "a"], answered["tags"])
        self.assertEqual(("router", wanted["notes"]), (answered["category"], answered["notes"]))

    async def test_null_takes_a_wish_back(self) -> None:
        await self.patch({"desired_software_version": "3.0", "category": "router"})
        answered = (await self.patch({"desired_software_version": None, "category": None})).json
        self.assertEqual({"value": None, "source": None}, answered["desired_software_version"])
        self.assertIsNone(answered["category"])

    async def test_what_is_wrong_is_named_and_changes_nothing(self) -> None:
        for body, field in (
            ({"colour": "red"}, "colour"),
            ({"manufacturer": "x"}, "manufacturer"),
            ({"tags": "a"}, "tags"),
            ({"tags": None}, "tags"),
            ({"tags": ["a"] * 65}, "tags"),
            ({"tags": ["a", ""]}, "tags[1]"),
            ({"tags": ["a", 1]}, "tags[1]"),
            ({"tags": ["line\nbreak"]}, "tags[0]"),
            ({"tags": ["x" * 65]}, "tags[0]"),
            ({"notes": 5}, "notes"),
            ({"desired_config_level": "soon"}, "desired_config_level"),
            ({"desired_config_level": "2026-13-01T00:00:00Z"}, "desired_config_level"),
            ({"desired_config_level": "0001-01-01T00:00:00+14:00"}, "desired_config_level"),
            ({"desired_software_version": {"value": "3"}}, "desired_software_version"),
            ({}, ""),
            ([], ""),
            ("x", ""),
        ):
            response = await self.patch(body, 400)
            self.assertEqual([field], list(response.wrong), body)
        self.assertEqual(self.device, self.store.resident(AIRTIES.id))

    async def test_a_full_read_is_asked_for(self) -> None:
        self.store.change_device(AIRTIES.id, full_read_requested=False, full_read_failures=3)
        for body in (None, {}):
            response = await self.ask("POST", path("devices", AIRTIES.id, "refresh"), body, Role.SUPPORT)
            self.assertEqual((202, True), (response.status, response.json["full_read_requested"]))
        device = self.store.resident(AIRTIES.id)
        self.assertEqual((True, 0), (device.full_read_requested, device.full_read_failures))
        await self.assert_refused(400, "POST", path("devices", AIRTIES.id, "refresh"), {"now": True})

    async def test_a_deleted_device_is_gone_with_its_parameters(self) -> None:
        await self.keep(Parameter("Device.X", "1"))
        response = await self.ask("DELETE", path("devices", AIRTIES.id), role=Role.OPERATOR)
        self.assertEqual((204, b""), (response.status, response.body))
        await self.assert_refused(404, "GET", path("devices", AIRTIES.id))
        await self.assert_refused(404, "DELETE", path("devices", AIRTIES.id))


class RegisterTests(ApiCase):
    identity = {"manufacturer": "2Wire", "oui": "00d09e", "product_class": "Router", "serial_number": "S1"}
    place = path("devices", ROUTER.id)

    async def test_a_device_is_registered_before_it_calls(self) -> None:
        body = {**self.identity, "tags": ["new"], "notes": "in the post"}
        response = await self.ask("PUT", self.place, body, Role.OPERATOR)
        self.assertEqual((201, self.place), (response.status, response.headers["Location"]))
        device = await self.get("devices", ROUTER.id)
        self.assertEqual(response.json, device)
        self.assertEqual(("00D09E", ["new"], None), (device["oui"], device["tags"], device["first_seen"]))

    async def test_saying_it_again_keeps_what_is_not_said(self) -> None:
        await self.ask("PUT", self.place, {**self.identity, "tags": ["new"]})
        response = await self.ask("PUT", self.place, {**self.identity, "notes": "sent"})
        self.assertEqual(200, response.status)
        self.assertEqual((["new"], "sent"), (response.json["tags"], response.json["notes"]))

    async def test_a_device_without_a_class_can_be_registered(self) -> None:
        body = {"manufacturer": "2Wire", "oui": "00D09E", "serial_number": "a-1"}
        for target in ("/api/v1/devices/00D09E-a%2D1", "/api/v1/devices/00D09E-a%252D1"):
            response = await self.ask("PUT", target, body)
            self.assertEqual("00D09E-a%2D1", response.json["id"])
            self.assertIn(response.status, (200, 201))

    async def test_an_identity_that_is_not_the_ids_is_409(self) -> None:
        for name, value in (("oui", "00D09F"), ("product_class", ""), ("serial_number", "S2")):
            response = await self.assert_refused(409, "PUT", self.place, {**self.identity, name: value})
            self.assertEqual(["serial_number"], list(response.wrong))
        self.assertIsNone(await self.store.device(ROUTER.id))

    async def test_another_manufacturer_is_409(self) -> None:
        await self.store.add_device(replace(ROUTER, manufacturer="Thomson"))
        await self.assert_refused(409, "PUT", self.place, self.identity)

    async def test_a_wrong_body_is_400(self) -> None:
        for body in (
            {},
            {"manufacturer": "2Wire"},
            {**self.identity, "oui": ""},
            {**self.identity, "id": "x"},
        ):
            await self.assert_refused(400, "PUT", self.place, body)
