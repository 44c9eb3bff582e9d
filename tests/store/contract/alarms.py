"""What people have to look at: raised once, ended when its cause is gone."""

from __future__ import annotations

from typing import Any

from acs.store.happenings import Happening
from acs.store.interface import BadQuery, Query
from acs.store.records.alarms import Alarm, AlarmKind
from tests.store.contract.base import Contract

MISSING, FAILED = AlarmKind.FIRMWARE_MISSING, AlarmKind.FIRMWARE_FAILED


class AlarmContract(Contract):
    """One of a kind is open for each device, or campaign."""

    async def found(self, **filters: str) -> list[Alarm]:  # type: ignore[override]
        return list((await self.store.alarms(Query(filters))).items)

    async def said(self, **filters: str) -> list[tuple[Any, ...]]:
        found = await self.found(**filters)
        return [(each.device, each.campaign, each.kind, each.text, each.ended is None) for each in found]

    async def test_one_is_kept_in_every_field(self) -> None:
        device = await self.add(1)
        before = self.clock.seconds()
        self.store.raise_alarm(MISSING, "n\0 image of é", device.id)
        for _ in range(2):
            (alarm,) = await self.found()
            self.assertEqual(
                (device.id, None, MISSING, "n\ufffd image of é", None, "", None),
                (
                    alarm.device,
                    alarm.campaign,
                    alarm.kind,
                    alarm.text,
                    alarm.acknowledged,
                    alarm.acknowledged_by,
                    alarm.ended,
                ),
            )
            self.assertTrue(before <= alarm.since <= self.clock.seconds())
            await self.reopen()

    async def test_it_is_raised_once_and_says_what_was_said_last(self) -> None:
        device, other = await self.add(1), await self.add(2)
        for text in ("a", "b"):
            self.store.raise_alarm(FAILED, text, device.id)
        self.store.raise_alarm(MISSING, "c", device.id)
        self.store.raise_alarm(FAILED, "d", other.id)
        self.store.raise_alarm(FAILED, "e", campaign=17)
        self.store.raise_alarm(FAILED, "f", campaign=17)
        self.store.raise_alarm(FAILED, "nobody's", "nobody")
        self.assertEqual(
            [
                ("", 17, FAILED, "f", True),
                (other.id, None, FAILED, "d", True),
                (device.id, None, MISSING, "c", True),
                (device.id, None, FAILED, "b", True),
            ],
            await self.said(),
        )

    async def test_it_ends_and_is_raised_anew(self) -> None:
        device = await self.add(1)
        self.store.end_alarm(FAILED, device.id)
        self.store.raise_alarm(FAILED, "a", device.id)
        self.store.raise_alarm(FAILED, "a", campaign=17)
        self.store.end_alarm(MISSING, device.id)
        self.store.end_alarm(FAILED, device.id)
        self.store.end_alarm(FAILED, "nobody")
        self.store.raise_alarm(FAILED, "b", device.id)
        self.assertEqual(["b", "a"], [each.text for each in await self.found(open="true")])
        (past,) = await self.found(open="false")
        self.assertEqual((device.id, "a"), (past.device, past.text))
        assert past.ended is not None
        self.assertGreaterEqual(past.ended, past.since)
        self.store.end_alarm(FAILED, campaign=17)
        self.assertEqual(["b"], [each.text for each in await self.found(open="true")])

    async def test_a_person_says_to_know_of_it(self) -> None:
        device = await self.add(1)
        self.store.raise_alarm(FAILED, "a", device.id)
        (alarm,) = await self.found(acknowledged="false")
        seen = await self.store.acknowledge_alarm(alarm.id, "anna", 5.5)
        assert seen is not None
        self.assertEqual((5.5, "anna"), (seen.acknowledged, seen.acknowledged_by))
        self.assertEqual([seen], await self.found(acknowledged="true"))
        self.assertEqual(alarm, await self.store.acknowledge_alarm(alarm.id, "anna", None))
        self.assertIsNone(await self.store.acknowledge_alarm(1, "anna", 5.5))

    async def test_lists_are_narrowed(self) -> None:
        device, other = await self.add(1), await self.add(2)
        for each in (device, other):
            self.store.raise_alarm(FAILED, "a", each.id)
        self.store.raise_alarm(MISSING, "b", device.id)
        self.assertEqual(2, len(await self.found(device=device.id)))
        self.assertEqual(1, len(await self.found(device=device.id, kind="firmware_failed", open="true")))
        self.assertEqual([], await self.found(device="nobody"))
        for wrong in ({"open": "yes"}, {"kind": "?"}, {"acknowledged": ""}):
            with self.assertRaises(BadQuery):
                await self.found(**wrong)

    async def test_they_go_with_their_device(self) -> None:
        device = await self.add(1)
        self.store.raise_alarm(FAILED, "a", device.id)
        await self.store.delete_device(device.id)
        self.store.raise_alarm(FAILED, "a", device.id)
        self.assertEqual([], await self.found())

    async def test_past_ones_are_forgotten_with_time(self) -> None:
        device = await self.add(1)
        self.store.raise_alarm(FAILED, "open", device.id)
        self.store.raise_alarm(MISSING, "past", device.id)
        self.store.end_alarm(MISSING, device.id)
        await self.store.committed()
        later = self.clock.seconds() + 10_000.0
        await self.store.retire(later, later)
        self.assertEqual(["open"], [each.text for each in await self.found()])

    async def test_whoever_listens_is_told(self) -> None:
        device = await self.add(1)
        told: list[Happening] = []
        self.store.happenings.listen(told.append)
        self.store.raise_alarm(FAILED, "a", device.id)
        self.assertEqual(
            [("alarm", "raised", device.id)], [(each.topic, each.what, each.device) for each in told]
        )
