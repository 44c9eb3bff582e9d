"""Alarms over the API."""

from __future__ import annotations

from acs.session.desired import Desired
from acs.store.happenings import Happening
from acs.store.records import Role
from acs.store.records.alarms import AlarmKind
from acs.web.objects.events import show_event
from tests.web.cases import AIRTIES, ApiCase, path

FAILED, MISSING = AlarmKind.FIRMWARE_FAILED, AlarmKind.FIRMWARE_MISSING
NOW = "2026-11-25T12:00:00.000Z"


class AlarmTests(ApiCase):
    async def setUp(self) -> None:
        await super().setUp()
        self.store.raise_alarm(FAILED, "given up", AIRTIES.id)
        self.store.raise_alarm(MISSING, "no image", AIRTIES.id)
        self.store.end_alarm(MISSING, AIRTIES.id)
        self.store.raise_alarm(FAILED, "stopped", campaign=1 << 45)

    async def texts(self, query: str = "") -> list[str]:
        return [each["text"] for each in (await self.get("alarms", query=query))["items"]]

    async def test_they_are_listed_the_newest_first(self) -> None:
        campaign, missing, failed = (await self.get("alarms", role=Role.VIEWER))["items"]
        self.assertEqual((None, "stopped"), (campaign["device"], campaign["text"]))
        self.assertEqual(13, len(campaign["campaign"]))
        self.assertEqual(("no image", NOW), (missing["text"], missing["ended"]))
        del failed["id"]
        self.assertEqual(
            {
                "kind": "firmware_failed",
                "device": AIRTIES.id,
                "campaign": None,
                "subject": None,
                "text": "given up",
                "since": NOW,
                "acknowledged": None,
                "acknowledged_by": None,
                "ended": None,
            },
            failed,
        )

    async def test_lists_are_narrowed(self) -> None:
        self.assertEqual(["stopped", "given up"], await self.texts("?open=true"))
        self.assertEqual(["no image"], await self.texts("?open=false"))
        self.assertEqual(["no image", "given up"], await self.texts(f"?device={AIRTIES.id}"))
        self.assertEqual(["no image"], await self.texts("?kind=firmware_missing"))
        await self.assert_refused(400, "GET", path("alarms") + "?kind=noise")

    async def test_a_person_says_to_know_of_one(self) -> None:
        (_, _, failed) = (await self.get("alarms"))["items"]
        place = path("alarms", failed["id"])
        told = (await self.ask("PATCH", place, {"acknowledged": True}, Role.SUPPORT)).json
        wanted = {"acknowledged": NOW, "acknowledged_by": "token:a support"}
        self.assertEqual({**failed, **wanted}, told)
        self.assertEqual(["given up"], await self.texts("?acknowledged=true"))
        self.assertEqual(failed, (await self.ask("PATCH", place, {"acknowledged": False})).json)
        await self.assert_refused(403, "PATCH", place, {"acknowledged": True}, role=Role.VIEWER)
        await self.assert_refused(400, "PATCH", place, {})
        for nobody in ("0000000000001", "x"):
            await self.assert_refused(404, "PATCH", path("alarms", nobody), {"acknowledged": True})

    async def test_one_that_is_raised_is_told(self) -> None:
        told: list[Happening] = []
        self.store.happenings.listen(told.append)
        self.store.raise_alarm(FAILED, "again", AIRTIES.id)
        event = show_event(told[0], Desired(self.store))
        assert event is not None
        self.assertEqual(("alarm", "raised", AIRTIES.id), (event["type"], event["what"], event["device"]))
        self.assertEqual("again", event["object"]["text"])
