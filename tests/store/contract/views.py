"""Views of lists that people keep."""

from __future__ import annotations

from acs.store.records import Role
from acs.store.records.people import User
from acs.store.verbs.views import View
from tests.store.contract.base import Contract

LATE = View("user:anna", "late", "online=false", 2.0)


class ViewContract(Contract):
    """On disk when the verb returns."""

    async def test_each_has_his_own_by_name(self) -> None:
        await self.store.put_view(LATE)
        await self.store.put_view(View("user:anna", "behind", "level=behind", 1.0))
        await self.store.put_view(View("user:berta", "late", "sort=-last_inform", 1.0))
        for _ in range(2):
            self.assertEqual(["behind", "late"], [each.name for each in await self.store.views("user:anna")])
            self.assertEqual(LATE, (await self.store.views("user:anna"))[1])
            self.assertEqual([], list(await self.store.views("user:nobody")))
            await self.reopen()

    async def test_one_that_is_kept_again_is_another(self) -> None:
        await self.store.put_view(LATE)
        await self.store.put_view(View("user:anna", "late", "level=behind", 3.0))
        self.assertEqual(
            [("level=behind", 3.0)], [(v.query, v.changed) for v in await self.store.views("user:anna")]
        )

    async def test_one_that_is_forgotten_is_gone(self) -> None:
        await self.store.put_view(LATE)
        self.assertFalse(await self.store.remove_view("user:berta", "late"))
        self.assertTrue(await self.store.remove_view("user:anna", "late"))
        self.assertFalse(await self.store.remove_view("user:anna", "late"))
        self.assertEqual([], list(await self.store.views("user:anna")))

    async def test_they_go_with_their_user(self) -> None:
        await self.store.put_user(User("anna", Role.VIEWER, "$argon2id$1", 1.5))
        await self.store.put_view(LATE)
        await self.store.put_view(View("token:anna", "late", "", 1.0))
        await self.store.remove_user("anna")
        self.assertEqual([], list(await self.store.views("user:anna")))
        self.assertEqual(1, len(await self.store.views("token:anna")))
