"""Campaigns over the API."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from acs.store.records import Role
from acs.store.records.campaigns import MemberState
from tests.store.contract.base import device
from tests.web.cases import AIRTIES, ROUTER, ApiCase, path

PLACE = path("campaigns")
BODY: dict[str, Any] = {"name": "spring", "software_version": "2.0", "filter": {"manufacturer": "Acme"}}


class CampaignTests(ApiCase):
    async def setUp(self) -> None:
        await super().setUp()
        for number in range(5):
            await self.store.add_device(device(number))

    async def begun(self, **more: Any) -> dict[str, Any]:
        response = await self.ask("POST", PLACE, {**BODY, **more}, role=Role.OPERATOR)
        self.assertEqual(201, response.status, response.body)
        told: dict[str, Any] = response.json
        self.assertEqual(f"{PLACE}/{told['id']}", response.headers["Location"])
        return told

    async def change(self, campaign: dict[str, Any], state: str) -> dict[str, Any]:
        response = await self.ask("PATCH", f"{PLACE}/{campaign['id']}", {"state": state})
        self.assertEqual(200, response.status, response.body)
        told: dict[str, Any] = response.json
        return told

    async def test_a_filter_s_devices_are_brought_to_a_version(self) -> None:
        told = await self.begun()
        self.assertEqual(
            ("spring", "running", "2.0", None, 5, "token:a operator"),
            tuple(
                told[name]
                for name in ("name", "state", "software_version", "config_level", "devices", "created_by")
            ),
        )
        self.assertEqual(5, told["counts"]["waiting"])
        self.assertEqual({"devices": 1}, told["plan"]["waves"][0])
        self.assertIsNone(told["plan"]["window"])
        self.assertEqual([told], (await self.get("campaigns"))["items"])
        self.assertEqual(told, await self.get("campaigns", told["id"]))
        listed = (await self.get("campaigns", told["id"], "devices"))["items"]
        self.assertEqual(
            sorted(device(number).id for number in range(5)), sorted(each["device"] for each in listed)
        )
        self.assertEqual(list(range(5)), [each["place"] for each in listed])

    async def test_all_of_the_plan_can_be_said(self) -> None:
        told = await self.begun(
            waves=[{"devices": 2}, {"percent": 12.5}],
            rule={"failures": 3, "of_last": 10, "percent": 5, "least": 20},
            window={"begins": "23:30", "ends": "04:00"},
            timezone="Europe/Berlin",
            at_once=50,
            per_hour=100,
            patience_hours=12.5,
            wake=True,
            paused=True,
        )
        self.assertEqual("paused", told["state"])
        self.assertEqual(
            {
                "waves": [{"devices": 2}, {"percent": 12.5}],
                "rule": {"failures": 3, "of_last": 10, "percent": 5, "least": 20},
                "window": {"begins": "23:30", "ends": "04:00"},
                "timezone": "Europe/Berlin",
                "at_once": 50,
                "per_hour": 100,
                "patience_hours": 12.5,
                "wake": True,
            },
            told["plan"],
        )

    async def test_devices_may_be_listed_and_a_level_wanted(self) -> None:
        body = {"name": "x", "config_level": "now", "devices": [AIRTIES.id]}
        response = await self.ask("POST", PLACE, body)
        self.assertEqual("2026-11-25T12:00:00.000000Z", response.json["config_level"])
        response = await self.ask("POST", PLACE, {**body, "config_level": "2026-11-23T19:30:00Z"})
        self.assertEqual("2026-11-23T19:30:00.000000Z", response.json["config_level"])

    async def test_it_is_halted_goes_on_and_is_ended(self) -> None:
        campaign = await self.begun()
        self.assertEqual("paused", (await self.change(campaign, "paused"))["state"])
        self.assertEqual("running", (await self.change(campaign, "running"))["state"])
        ended = await self.change(campaign, "aborted")
        self.assertEqual(("aborted", 5), (ended["state"], ended["counts"]["left"]))
        for state in ("running", "aborted"):
            await self.assert_refused(409, "PATCH", f"{PLACE}/{campaign['id']}", {"state": state})

    async def test_its_devices_are_listed_in_pieces_and_by_state(self) -> None:
        campaign = await self.begun()
        page = await self.get("campaigns", campaign["id"], "devices", query="?limit=3")
        rest = await self.get("campaigns", campaign["id"], "devices", query=f"?limit=3&cursor={page['next']}")
        self.assertEqual([0, 1, 2, 3, 4], [each["place"] for each in page["items"] + rest["items"]])
        self.assertIsNone(rest["next"])
        for cursor in ("x", "9" * 30, "9" * 4096):
            target = f"{PLACE}/{campaign['id']}/devices?cursor={cursor}"
            self.assertIn("cursor", (await self.assert_refused(400, "GET", target)).wrong)
        (number,) = [each.id for each in await self.store.campaigns()]
        (first,) = await self.store.members(number, "", -1, 1)
        await self.store.change_members([replace(first, state=MemberState.FAILED, detail="no")])
        (failed,) = (await self.get("campaigns", campaign["id"], "devices", query="?state=failed"))["items"]
        self.assertEqual((0, "no"), (failed["place"], failed["detail"]))

    async def test_what_makes_no_sense_is_refused(self) -> None:
        for more, field in (
            ({"software_version": "1", "config_level": "now"}, "software_version"),
            ({"devices": [AIRTIES.id]}, "devices"),
            ({"filter": {"manufacturer": "Nobody"}}, "filter"),
            ({"filter": {"colour": "red"}}, "filter.colour"),
            ({"timezone": "Europe/Atlantis"}, "timezone"),
            ({"timezone": "../../etc/passwd"}, "timezone"),
        ):
            response = await self.assert_refused(422, "POST", PLACE, {**BODY, **more})
            self.assertEqual([field], list(response.wrong), more)
        body = {"name": "x", "software_version": "1", "devices": [ROUTER.id]}
        response = await self.assert_refused(422, "POST", PLACE, body)
        self.assertEqual(["devices"], list(response.wrong))
        for more, field in (
            ({"waves": [{"percent": 101}]}, "waves[0].percent"),
            ({"waves": [{}]}, "waves[0]"),
            ({"window": {"begins": "24:00", "ends": "01:00"}}, "window.begins"),
            ({"patience_hours": 0}, "patience_hours"),
            ({"filter": {"manufacturer": 5}}, "filter.manufacturer"),
        ):
            response = await self.assert_refused(400, "POST", PLACE, {**BODY, **more})
            self.assertEqual([field], list(response.wrong), more)
        await self.assert_refused(403, "POST", PLACE, BODY, role=Role.SUPPORT)
        await self.assert_refused(404, "GET", f"{PLACE}/0000000000000")
        await self.assert_refused(404, "PATCH", f"{PLACE}/nonsense", {"state": "paused"})
