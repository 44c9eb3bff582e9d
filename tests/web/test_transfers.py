"""The files that are on their way, over the API."""

from __future__ import annotations

from collections.abc import Sequence

from acs.session.file_transfers import FileTransfers
from acs.store import ids
from acs.store.records import Role
from acs.store.records.files import Direction, FileTransfer, Way
from acs.web.site import make_site
from tests.web.cases import AIRTIES, NOON, ApiCase
from tests.web.client import Client

JOB = 1 << 40


class TransferTests(ApiCase):
    async def setUp(self) -> None:
        await super().setUp()
        transfers = FileTransfers(self.store, self.clock.seconds)
        transfers.add_source(self.running)
        how = {"store": self.store, "clock": self.clock, "version": "1.0"}
        site = make_site(reactor=self.clock, transfers=transfers.running, **how)  # type: ignore[arg-type]
        self.client = Client(site)

    def running(self) -> Sequence[FileTransfer]:
        """A download, of which all is known, and one by TFTP."""
        path = "AirTies/Air4920DK-WA/2.60/image.bin"
        common = {"device_key": self.device.key, "job": JOB, "sent": 25, "size": 100}
        return [
            FileTransfer(8, Way.TFTP, Direction.DOWNLOAD, "192.0.2.8", path, NOON),
            FileTransfer(7, Way.HTTP, Direction.DOWNLOAD, "192.0.2.7", path, NOON, **common),  # type: ignore[arg-type]
        ]

    async def test_they_are_listed_the_oldest_first(self) -> None:
        found = (await self.get("transfers", role=Role.VIEWER))["items"]
        wanted = {
            "id": ids.as_text(7),
            "state": "running",
            "way": "http",
            "direction": "download",
            "device": AIRTIES.id,
            "job": ids.as_text(JOB),
            "client": "192.0.2.7",
            "path": "AirTies/Air4920DK-WA/2.60/image.bin",
            "sent": 25,
            "size": 100,
            "began": "2026-11-25T12:00:00.000Z",
            "failure": None,
        }
        self.assertEqual(wanted, found[0])
        self.assertEqual(("tftp", None, None), (found[1]["way"], found[1]["device"], found[1]["job"]))

    async def test_in_pieces_too(self) -> None:
        first = await self.get("transfers", query="?limit=1")
        rest = await self.get("transfers", query=f"?limit=1&cursor={first['next']}")
        self.assertEqual([ids.as_text(8)], [each["id"] for each in rest["items"]])
        self.assertIsNone(rest["next"])


class NoFilesTests(ApiCase):
    async def test_an_appliance_without_files_has_none(self) -> None:
        self.assertEqual({"items": [], "next": None}, await self.get("transfers"))
