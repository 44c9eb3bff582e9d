"""Lists as comma-separated values."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from acs.store.interface import StoreUnavailable
from acs.store.records import Role
from acs.web.api import devices
from acs.web.objects.things import DEVICE
from acs.web.serving.csv_lists import wants_csv
from tests.store.contract.base import device as a_device
from tests.web.cases import AIRTIES, ApiCase, path, secret_of
from tests.web.client import DESCRIPTION, Connection, Response

ASKED = (
    "GET /api/v1/devices HTTP/1.1\r\nHost: a\r\nAccept: text/csv\r\n"
    f"Authorization: Bearer {secret_of(Role.VIEWER)}\r\n\r\n"
).encode()


class CsvTests(ApiCase):
    async def csv(self, query: str = "", accept: str = "text/csv") -> Response:
        """The answer to who wants CSV."""
        return await self.ask("GET", path("devices") + query, headers={"Accept": accept}, role=Role.VIEWER)

    async def rows(self, query: str = "") -> list[dict[str, str]]:
        response = await self.csv(query)
        self.assertEqual(200, response.status, response.body)
        return list(csv.DictReader(StringIO(response.body.decode(), newline="")))

    async def test_every_member_is_a_column(self) -> None:
        response = await self.csv()
        self.assertEqual("text/csv; charset=utf-8; header=present", response.headers["Content-Type"])
        self.assertIn("devices.csv", response.headers["Content-Disposition"])
        (row,) = await self.rows()
        self.assertEqual([member.name for member in DEVICE.members], list(row))
        self.assertEqual(
            (AIRTIES.id, "false", "", "field-test"),
            tuple(row[name] for name in ("id", "online", "desired_software_version", "tags")),
        )

    async def test_all_devices_are_in_it_and_columns_are_chosen(self) -> None:
        self.patch(devices, "_CSV_PIECE", 10)
        for number in range(45):
            await self.store.add_device(a_device(number, tags=("many", 'a, "b"')))
        rows = await self.rows("?tag=many&sort=serial_number&columns=serial_number,tags")
        self.assertEqual([f"S{number:04}" for number in range(45)], [row["serial_number"] for row in rows])
        self.assertEqual({'many, a, "b"'}, {row["tags"] for row in rows})
        self.assertEqual(2, len(rows[0]))
        self.assertEqual(25, len(await self.rows("?limit=25")))
        self.assertEqual([], await self.rows("?tag=none"))

    async def test_what_is_wanted_of_a_device_is_its_value(self) -> None:
        self.store.change_device(AIRTIES.id, desired_software_version="2.0")
        (row,) = await self.rows("?columns=desired_software_version")
        self.assertEqual("2.0", row["desired_software_version"])

    async def test_no_cell_is_a_formula(self) -> None:
        for number, evil in enumerate(("=HYPERLINK(1)", "+1", "-1", "@x", "\t=1")):
            self.store.change_device(AIRTIES.id, notes=evil, software_version=evil)
            (row,) = await self.rows("?columns=notes,software_version")
            self.assertEqual({f"'{evil}"}, set(row.values()), number)

    async def test_what_is_wrong_is_refused_before_anything_is_sent(self) -> None:
        for query in ("?columns=surprise", "?columns=", "?cursor=nonsense", "?surprise=1", "?online=perhaps"):
            response = await self.csv(query)
            self.assertEqual(400, response.status, query)
            self.assertEqual("application/problem+json", response.headers["Content-Type"])

    async def test_who_wants_json_gets_json(self) -> None:
        for accept in ("", "*/*", "application/json, text/csv;q=0.5", "text/csv;q=0, */*", "text/csv;q=x"):
            self.assertEqual(1, len((await self.csv(accept=accept)).json["items"]), accept)

    async def test_a_client_that_goes_away_ends_it(self) -> None:
        self.patch(devices, "_CSV_PIECE", 10)
        for number in range(45):
            await self.store.add_device(a_device(number))
        asked: list[Any] = []
        waiting: Deferred[None] = Deferred()
        real = self.store.devices

        async def slowly(query: Any) -> Any:
            asked.append(query)
            if len(asked) == 2:
                await waiting
            return await real(query)

        self.patch(self.store, "devices", slowly)
        connection = Connection(self.site)
        connection.protocol.dataReceived(ASKED)
        while len(asked) < 2:
            await self.store.committed()
            await self.store.token("nobody's")
        connection.drop()
        waiting.callback(None)
        await self.store.devices(asked[0])
        self.assertEqual(3, len(asked))

    async def test_where_the_store_fails_on_the_way_it_is_cut(self) -> None:
        self.patch(devices, "_CSV_PIECE", 10)
        for number in range(15):
            await self.store.add_device(a_device(number))
        asked: list[Any] = []
        real = self.store.devices

        async def fail(query: Any) -> Any:
            asked.append(query)
            if len(asked) == 2:
                raise StoreUnavailable("gone")
            return await real(query)

        self.patch(self.store, "devices", fail)
        connection = Connection(self.site)
        cut: Deferred[None] = Deferred()
        connection.abortConnection = lambda: cut.callback(None)  # type: ignore[attr-defined]
        connection.protocol.dataReceived(ASKED)
        await cut
        self.assertNotIn(b"\r\n0\r\n\r\n", connection.value())

    def test_it_is_described(self) -> None:
        operation = DESCRIPTION["paths"]["/api/v1/devices"]["get"]
        self.assertEqual({"application/json", "text/csv"}, set(operation["responses"]["200"]["content"]))
        names = [each["name"] for each in operation["parameters"]]
        self.assertIn("columns", names)
        self.assertNotIn("Accept", names)


class AcceptTests(SynchronousTestCase):
    def test_the_better_quality_wins(self) -> None:
        for accept, wanted in (
            ("text/csv", True),
            ("TEXT/CSV; charset=utf-8", True),
            ("text/csv, */*;q=0.1", True),
            ("text/csv;q=0.4, application/json;q=0.3", True),
            ("text/csv;q=0.3, application/*;q=0.4", False),
            ("text/*", False),
            ("", False),
        ):
            self.assertEqual(wanted, wants_csv(accept), accept)
