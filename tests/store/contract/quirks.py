"""The operator's rules about quirks."""

from __future__ import annotations

from msgspec.structs import replace

from acs.quirks.rules import Rule
from tests.store.contract.base import Contract

RULES = (
    Rule("a", True, "A*", "00D09E", "C?", "1.*", "", "why\nthat"),
    Rule("b", False, device="00D09E-C-1"),
)


class QuirkContract(Contract):
    """On disk when the verb returns, and in memory all the time."""

    async def test_rules_are_kept_in_every_field(self) -> None:
        self.assertEqual((), tuple(self.store.quirk_rules()))
        added = await self.store.change_quirk_rules(RULES)
        self.assertEqual(RULES, tuple(replace(rule, id=0) for rule in added))
        self.assertGreater(added[1].id, added[0].id)
        for _ in range(2):
            self.assertEqual(tuple(added), tuple(self.store.quirk_rules()))
            await self.reopen()

    async def test_they_are_added_and_removed_at_once(self) -> None:
        first, second = await self.store.change_quirk_rules(RULES)
        (third,) = await self.store.change_quirk_rules([Rule("c")], [first.id, 17])
        self.assertEqual((second, third), tuple(self.store.quirk_rules()))
        await self.reopen()
        self.assertEqual((second, third), tuple(self.store.quirk_rules()))

    async def test_what_does_not_change_is_the_same_tuple(self) -> None:
        await self.store.change_quirk_rules(RULES)
        before = self.store.quirk_rules()
        await self.add(1)
        self.assertIs(before, self.store.quirk_rules())

    async def test_devices_are_counted_by_their_quirks(self) -> None:
        self.assertEqual({}, dict(await self.store.quirk_counts()))
        for number, quirks in enumerate([("a",), ("a", "b"), (), ("b",)]):
            device = await self.add(number)
            self.store.change_device(device.id, quirks=quirks)
        await self.store.delete_device(device.id)
        self.assertEqual({"a": 2, "b": 1}, dict(await self.store.quirk_counts()))
