"""A device's parameters over the API."""

from __future__ import annotations

from typing import Any

from acs.cwmp.definitions import Definition, Described
from acs.cwmp.modeltypes import Syntax
from acs.store.records import Parameter, Role
from tests.web.cases import AIRTIES, NOON, ApiCase, path

PASSWORD = "Device.ManagementServer.ConnectionRequestPassword"


class ParameterTests(ApiCase):
    async def setUp(self) -> None:
        await super().setUp()
        await self.keep(
            Parameter("Device.", writable=False, updated=NOON),
            Parameter("Device.Hosts.Host.10.HostName", "TV", "xsd:string", False, 0, (), NOON),
            Parameter("Device.Hosts.Host.2.HostName", "Phone", "xsd:string", True, 2, ("Subscriber",), NOON),
            Parameter(PASSWORD, "hush", "xsd:string", True, 0, (), NOON),
            Parameter("Device.STUNPassword", "", "xsd:string", True, updated=NOON),
        )

    async def found(self, query: str = "", **how: Any) -> dict[str, Any]:
        """Values by name."""
        items = (await self.get("devices", AIRTIES.id, "parameters", query=query, **how))["items"]
        return {item["name"]: item["value"] for item in items}

    async def test_a_parameter_has_all_its_members(self) -> None:
        items = (await self.get("devices", AIRTIES.id, "parameters", query="?prefix=Device.Hosts.Host.2"))[
            "items"
        ]
        self.assertEqual(
            [
                {
                    "name": "Device.Hosts.Host.2.HostName",
                    "value": "Phone",
                    "type": "xsd:string",
                    "writable": True,
                    "notification": 2,
                    "access_list": ["Subscriber"],
                    "updated": "2026-11-25T12:00:00.000Z",
                    "model": None,
                }
            ],
            items,
        )

    async def test_the_data_model_nearest_to_the_devices_tells_what_a_parameter_may_be(self) -> None:
        units = {"Device:2.8": "s", "Device:2.11": "ms", "Device:1.14": "h"}
        path = "Device.Hosts.Host.{i}.HostName"
        await self.store.put_data_models(
            [
                Described(name, False, (Definition(path, name, "readWrite", Syntax(units=unit)),))
                for name, unit in units.items()
            ],
            NOON,
            "anna",
        )
        await self.store.device(AIRTIES.id)
        for named, wanted in (
            ("Device:2.8", "Device:2.8"),
            ("Device:2.9", "Device:2.11"),
            ("", "Device:2.11"),
        ):
            self.store.change_device(AIRTIES.id, root_data_model=named)
            items = (await self.get("devices", AIRTIES.id, "parameters"))["items"]
            told = {item["name"]: item["model"] for item in items}
            self.assertEqual(
                {"Device.Hosts.Host.2.HostName", "Device.Hosts.Host.10.HostName"}, {*filter(told.get, told)}
            )
            model = told["Device.Hosts.Host.10.HostName"]
            self.assertEqual((wanted, units[wanted]), (model["model"], model["units"]))
            self.assertEqual(
                ("readWrite", "xsd:string", []), (model["access"], model["type"], model["enumeration"])
            )

    async def test_instances_are_in_the_order_of_their_numbers(self) -> None:
        self.assertEqual(
            ["Device.Hosts.Host.2.HostName", "Device.Hosts.Host.10.HostName"],
            list(await self.found("?prefix=Device.Hosts.")),
        )

    async def test_pieces_make_the_whole(self) -> None:
        whole, found, cursor = list(await self.found()), [], ""
        while cursor is not None:
            piece = await self.get("devices", AIRTIES.id, "parameters", query=f"?limit=2&cursor={cursor}")
            found += [item["name"] for item in piece["items"]]
            cursor = piece["next"]
        self.assertEqual(whole, found)
        self.assertEqual(5, len(found))

    async def test_names_and_values_are_searched_in_any_case(self) -> None:
        self.assertEqual(["Device.Hosts.Host.10.HostName"], list(await self.found("?q=tv")))
        self.assertEqual(2, len(await self.found("?q=HOSTNAME")))

    async def test_a_secret_is_hidden_unless_an_operator_asks_for_it(self) -> None:
        for role in Role:
            self.assertEqual("********", (await self.found(role=role))[PASSWORD])
        for role in (Role.OPERATOR, Role.ADMIN):
            self.assertEqual("hush", (await self.found("?secrets=true", role=role))[PASSWORD])
        target = path("devices", AIRTIES.id, "parameters") + "?secrets=true"
        for role in (Role.VIEWER, Role.SUPPORT):
            await self.assert_refused(403, "GET", target, role=role)

    async def test_an_empty_secret_is_shown_as_empty(self) -> None:
        self.assertEqual("", (await self.found())["Device.STUNPassword"])

    async def test_a_hidden_value_cannot_be_found_by_searching_for_it(self) -> None:
        self.assertEqual({}, await self.found("?q=hush"))
        self.assertEqual({PASSWORD: "hush"}, await self.found("?q=hush&secrets=true"))
