"""Tokens and users."""

from __future__ import annotations

from msgspec.structs import replace

from acs.store.interface import StoreConflict
from acs.store.records import Role, Token, User
from tests.store.contract.base import Contract


class PeopleContract(Contract):
    """On disk when the verb returns."""

    async def test_a_token_is_found_by_its_digest(self) -> None:
        token = Token("crm", Role.OPERATOR, "ab" * 32, 1.5, expires=2.5, last_used=1.75)
        await self.store.add_token(token)
        await self.store.add_token(Token("a", Role.VIEWER, "cd" * 32, 1.0))
        for _ in range(2):
            self.assertEqual(token, await self.store.token("ab" * 32))
            self.assertIsNone(await self.store.token("ef" * 32))
            self.assertEqual(["a", "crm"], [each.name for each in await self.store.tokens()])
            await self.reopen()

    async def test_a_tokens_name_is_its_own(self) -> None:
        token = Token("crm", Role.VIEWER, "ab" * 32, 1.0)
        await self.store.add_token(token)
        with self.assertRaises(StoreConflict) as refusal:
            await self.store.add_token(replace(token, digest="cd" * 32, role=Role.ADMIN))
        self.assertIn("crm", str(refusal.exception))
        self.assertEqual([token], list(await self.store.tokens()))
        await self.store.committed()

    async def test_a_revoked_token_is_gone(self) -> None:
        await self.store.add_token(Token("crm", Role.VIEWER, "ab" * 32, 1.0))
        self.assertTrue(await self.store.revoke_token("crm"))
        self.assertFalse(await self.store.revoke_token("crm"))
        self.assertIsNone(await self.store.token("ab" * 32))

    async def test_the_use_of_a_token_is_noted_to_the_minute(self) -> None:
        await self.store.add_token(Token("crm", Role.VIEWER, "ab" * 32, 1.0))
        noted = []
        for when in (1000.0, 1030.0, 1061.0):
            self.store.token_used("ab" * 32, when)
            noted += [token.last_used for token in await self.store.tokens()]
        self.assertEqual([1000.0, 1000.0, 1061.0], noted)

    async def test_a_user_is_added_and_changed(self) -> None:
        anna = User("anna", Role.SUPPORT, "$argon2id$1", 1.5)
        await self.store.put_user(anna)
        await self.store.put_user(User("admin", Role.ADMIN, "$argon2id$2", 1.0))
        await self.store.put_user(User("anna", Role.ADMIN, "$argon2id$3", 9.0))
        changed = replace(anna, role=Role.ADMIN, password="$argon2id$3")
        for _ in range(2):
            self.assertEqual(changed, await self.store.user("anna"))
            self.assertEqual(["admin", "anna"], [user.name for user in await self.store.users()])
            await self.reopen()

    async def test_a_removed_user_is_gone(self) -> None:
        await self.store.put_user(User("anna", Role.SUPPORT, "x", 1.0))
        self.assertTrue(await self.store.remove_user("anna"))
        self.assertFalse(await self.store.remove_user("anna"))
        self.assertIsNone(await self.store.user("anna"))

    async def test_names_that_nobody_can_have_are_not_there(self) -> None:
        self.assertIsNone(await self.store.user("\udc80\0"))
        self.assertFalse(await self.store.remove_user("'; DROP TABLE users; --"))
