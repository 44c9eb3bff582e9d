"""Tokens and users."""

from __future__ import annotations

from msgspec.structs import replace

from acs.store.interface import StoreConflict
from acs.store.records import Role
from acs.store.records.people import Login, SecondFactor, Token, User
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


ANNA = User("anna", Role.SUPPORT, "hash", 1.0, ("a", "b"), ("Acme/Box",), "issuer subject")


class LoginContract(Contract):
    async def test_a_login_is_found_with_its_user_as_of_now(self) -> None:
        await self.store.put_user(ANNA)
        self.assertTrue(await self.store.add_login("ab" * 32, ANNA, 5.0))
        self.assertEqual(Login("ab" * 32, ANNA, 5.0, 5.0), await self.store.login("ab" * 32))
        self.assertIsNone(await self.store.login("cd" * 32))
        await self.reopen()
        other = replace(ANNA, only_tags=(), subject="")
        await self.store.put_user(other)
        self.assertEqual(Login("ab" * 32, other, 5.0, 5.0), await self.store.login("ab" * 32))

    async def test_who_is_not_as_he_was_does_not_come_in(self) -> None:
        self.assertFalse(await self.store.add_login("1", ANNA, 5.0))
        await self.store.put_user(ANNA)
        for was in (replace(ANNA, password="other"), replace(ANNA, role=Role.ADMIN), replace(ANNA, name="x")):
            self.assertFalse(await self.store.add_login("1", was, 5.0))
        self.assertIsNone(await self.store.login("1"))

    async def test_another_password_or_role_ends_the_logins_of_that_user(self) -> None:
        bob = replace(ANNA, name="bob", subject="")
        for user in (ANNA, bob):
            await self.store.put_user(user)
        for changed in (replace(ANNA, password="other"), replace(ANNA, role=Role.ADMIN)):
            for digest, user in (("1", await self.known_user("anna")), ("2", bob)):
                await self.store.add_login(digest, user, 5.0)
                await self.store.put_user(user)
                self.assertIsNotNone(await self.store.login(digest))
            await self.store.put_user(changed)
            self.assertIsNone(await self.store.login("1"))
            self.assertIsNotNone(await self.store.login("2"))
            await self.store.end_login("2")

    async def known_user(self, name: str) -> User:
        found = await self.store.user(name)
        assert found is not None
        return found

    async def test_a_removed_user_takes_them_along(self) -> None:
        await self.store.put_user(ANNA)
        await self.store.add_login("1", ANNA, 5.0)
        await self.store.remove_user("anna")
        await self.store.put_user(ANNA)
        self.assertIsNone(await self.store.login("1"))

    async def test_one_ends_alone(self) -> None:
        await self.store.put_user(ANNA)
        for digest in ("1", "2"):
            await self.store.add_login(digest, ANNA, 5.0)
        self.assertTrue(await self.store.end_login("1"))
        self.assertFalse(await self.store.end_login("1"))
        self.assertIsNone(await self.store.login("1"))
        self.assertIsNotNone(await self.store.login("2"))

    async def test_its_use_is_noted_to_the_minute(self) -> None:
        await self.store.put_user(ANNA)
        await self.store.add_login("1", ANNA, 5.0)
        noted = []
        for when in (64.0, 66.0, 126.0, 127.0):
            self.store.login_used("1", when)
            await self.store.committed()
            login = await self.store.login("1")
            noted += [login and login.used]
        self.assertEqual([5.0, 66.0, 66.0, 127.0], noted)

    async def test_old_ones_and_unused_ones_go(self) -> None:
        await self.store.put_user(ANNA)
        for digest, created, used in (("old", 10.0, 100.0), ("unused", 50.0, 50.0), ("good", 50.0, 120.0)):
            await self.store.add_login(digest, ANNA, created)
            self.store.login_used(digest, used + 60.1)
        await self.store.committed()
        await self.store.end_logins_before(130.0, 20.0)
        left = [await self.store.login(digest) for digest in ("old", "unused", "good")]
        self.assertEqual([None, None, "good"], [login and login.digest for login in left])

    async def test_another_password_ends_them_where_the_old_one_is_known(self) -> None:
        await self.store.put_user(ANNA)
        await self.store.add_login("1", ANNA, 5.0)
        self.assertFalse(await self.store.change_password("anna", "wrong", "new"))
        self.assertIsNotNone(await self.store.login("1"))
        self.assertTrue(await self.store.change_password("anna", "hash", "new"))
        self.assertEqual(replace(ANNA, password="new"), await self.store.user("anna"))
        self.assertIsNone(await self.store.login("1"))


class SecondFactorContract(Contract):
    async def setUp(self) -> None:
        await super().setUp()
        await self.store.put_user(ANNA)

    async def test_it_is_kept_and_confirmed_once(self) -> None:
        for secret in (b"first", b"\0\xff"):
            self.assertTrue(await self.store.put_second_factor("anna", secret))
        await self.reopen()
        self.assertEqual(SecondFactor(b"\0\xff"), await self.store.second_factor("anna"))
        self.assertFalse(await self.store.use_step("anna", 3))
        self.assertTrue(await self.store.confirm_second_factor("anna", ["a", "b"], 7, 5.0))
        self.assertFalse(await self.store.confirm_second_factor("anna", ["c"], 8, 6.0))
        self.assertFalse(await self.store.put_second_factor("anna", b"other"))
        expected = SecondFactor(b"\0\xff", ("a", "b"), 5.0, 7)
        self.assertEqual(expected, await self.store.second_factor("anna"))

    async def test_a_login_tells_of_one_that_was_confirmed(self) -> None:
        await self.store.add_login("1", ANNA, 5.0)
        await self.store.put_second_factor("anna", b"x")
        for has in (False, True):
            login = await self.store.login("1")
            self.assertEqual(has, login and login.second_factor)
            await self.store.confirm_second_factor("anna", [], 1, 1.0)

    async def test_steps_go_forward_and_recovery_codes_go(self) -> None:
        await self.store.put_second_factor("anna", b"x")
        await self.store.confirm_second_factor("anna", ["a", "b"], 7, 5.0)
        self.assertEqual(
            [False, True, False, True], [await self.store.use_step("anna", step) for step in (7, 8, 8, 10)]
        )
        self.assertEqual(
            [True, False, False, True], [await self.store.use_recovery("anna", each) for each in "aacb"]
        )

    async def test_nobody_else_has_one(self) -> None:
        self.assertFalse(await self.store.put_second_factor("bob", b"x"))
        self.assertIsNone(await self.store.second_factor("bob"))
        for call in (
            self.store.confirm_second_factor("bob", [], 1, 1.0),
            self.store.use_step("bob", 1),
            self.store.use_recovery("bob", "a"),
            self.store.remove_second_factor("bob"),
        ):
            self.assertFalse(await call)

    async def test_it_is_removed_alone_or_with_its_user(self) -> None:
        await self.store.put_second_factor("anna", b"x")
        self.assertTrue(await self.store.remove_second_factor("anna"))
        self.assertIsNone(await self.store.second_factor("anna"))
        await self.store.put_second_factor("anna", b"x")
        await self.store.remove_user("anna")
        await self.store.put_user(ANNA)
        self.assertIsNone(await self.store.second_factor("anna"))
