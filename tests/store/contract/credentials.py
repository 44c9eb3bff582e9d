"""What devices authenticate themselves with."""

from __future__ import annotations

from twisted.internet.defer import ensureDeferred, gatherResults

from acs.store.records import Credentials
from tests.store.contract.base import Contract

ONE = Credentials("00D09E-C-1", "secret \U0001f511", True, "before", "ürlier")


class CredentialsContract(Contract):
    """On disk when the verb returns."""

    async def test_they_are_kept_in_every_field(self) -> None:
        first, second = await self.add(1), await self.add(2)
        self.assertIsNone(await self.store.credentials(first.id))
        await self.store.put_credentials(first.id, ONE)
        for _ in range(2):
            self.assertEqual(ONE, await self.store.credentials(first.id))
            self.assertIsNone(await self.store.credentials(second.id))
            await self.reopen()

    async def test_they_are_replaced_and_forgotten(self) -> None:
        device = await self.add(1)
        for credentials in (ONE, Credentials("a", "b"), None, None, ONE):
            await self.store.put_credentials(device.id, credentials)
            self.assertEqual(credentials, await self.store.credentials(device.id))

    async def test_a_device_that_is_forgotten_takes_them_along(self) -> None:
        device = await self.add(1)
        await self.store.put_credentials(device.id, ONE)
        await self.store.delete_device(device.id)
        self.assertIsNone(await self.store.credentials(device.id))
        await self.add(1)
        self.assertIsNone(await self.store.credentials(device.id))

    async def test_they_are_replaced_only_where_they_are_those(self) -> None:
        device, other = await self.add(1), Credentials("a", "b")
        self.assertFalse(await self.store.replace_credentials(device.id, ONE, other))
        await self.store.put_credentials(device.id, ONE)
        self.assertFalse(await self.store.replace_credentials(device.id, other, ONE))
        self.assertTrue(await self.store.replace_credentials(device.id, ONE, other))
        self.assertFalse(await self.store.replace_credentials(device.id, ONE, other))
        self.assertEqual(other, await self.store.credentials(device.id))

    async def test_of_two_who_replace_them_at_once_one_does(self) -> None:
        device = await self.add(1)
        await self.store.put_credentials(device.id, ONE)
        others = [Credentials("a", "b"), Credentials("c", "d")]
        done = await gatherResults(
            [ensureDeferred(self.store.replace_credentials(device.id, ONE, other)) for other in others]
        )
        self.assertEqual([False, True], sorted(done))
        self.assertEqual(others[done.index(True)], await self.store.credentials(device.id))

    async def test_one_that_is_not_there_has_none(self) -> None:
        self.assertIsNone(await self.store.credentials("nobody"))
        with self.assertRaises(LookupError):
            await self.store.put_credentials("nobody", ONE)
