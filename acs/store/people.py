"""Those who may use the appliance, by password or by token."""

from __future__ import annotations

from collections.abc import Sequence

from acs.store.database import Statement
from acs.store.foundation import Foundation
from acs.store.interface import StoreConflict
from acs.store.records.people import Token, User
from acs.store.shapes import Shape, storable

_TOKEN = Shape(Token)
_USER = Shape(User)
_USED_SECONDS = 60.0
_ADD_TOKEN = f"INSERT INTO tokens ({_TOKEN.columns()}) VALUES ({_TOKEN.marks})"
_CHANGING = ("role", "password", "only_tags", "only_models", "subject")
_PUT_USER = (
    f"INSERT INTO users ({_USER.columns()}) VALUES ({_USER.marks}) ON CONFLICT (name) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _CHANGING)
)
_END_CHANGED = (
    "DELETE FROM logins WHERE name = ?"
    " AND EXISTS (SELECT 1 FROM users WHERE name = ? AND (password <> ? OR role <> ?))"
)
_END_OF_OLD = (
    "DELETE FROM logins WHERE name = ? AND EXISTS (SELECT 1 FROM users WHERE name = ? AND password = ?)"
)
_CHANGE_PASSWORD = "UPDATE users SET password = ? WHERE name = ? AND password = ? RETURNING name"
_WHAT_GOES = (
    "DELETE FROM logins WHERE name = ?",
    "DELETE FROM second_factors WHERE name = ?",
    "DELETE FROM views WHERE owner = 'user:' || ?",
)


class People(Foundation):
    """The verbs about tokens and users (`acs.store.interface.Store`).

    Another process may change them beside us, so that each is read from the database; what we change is on
    disk when the verb returns.
    """

    async def add_token(self, token: Token) -> None:
        """Keep a token; raises `StoreConflict` if its name is taken."""
        try:
            await self._groups.write(Statement(_ADD_TOKEN, _TOKEN.values(token)))
        except StoreConflict:
            raise StoreConflict(f"there is a token {token.name!r} already") from None

    async def token(self, digest: str) -> Token | None:
        """The token with this SHA-256."""
        row = await self._row(f"SELECT {_TOKEN.columns()} FROM tokens WHERE digest = ?", digest, fresh=False)
        return None if row is None else Token(**_TOKEN.fields(row))

    def token_used(self, digest: str, when: float) -> None:
        """Note that a token was used; to the minute."""
        self._groups.behind(
            Statement(
                "UPDATE tokens SET last_used = ? WHERE digest = ? AND coalesce(last_used, 0) < ?",
                (when, digest, when - _USED_SECONDS),
            )
        )

    async def tokens(self) -> Sequence[Token]:
        """All tokens by name."""
        rows = await self._rows(f"SELECT {_TOKEN.columns()} FROM tokens ORDER BY name")
        return [Token(**_TOKEN.fields(row)) for row in rows]

    async def revoke_token(self, name: str) -> bool:
        """Forget a token; False where there is none."""
        return bool(
            await self._groups.write(Statement("DELETE FROM tokens WHERE name = ? RETURNING name", (name,)))
        )

    async def put_user(self, user: User) -> None:
        """Add a user, or change the one of that name, who keeps the time of creation; another password or
        role ends the user's logins."""
        name = storable(user.name)
        ending = Statement(_END_CHANGED, (name, name, user.password, user.role.value))
        await self._groups.write(ending, Statement(_PUT_USER, _USER.values(user)))

    async def change_password(self, name: str, old: str, new: str) -> bool:
        """Give a user another password (their hashes), which ends all logins; False where it was not the old
        one."""
        ending = Statement(_END_OF_OLD, (name, name, old))
        changing = Statement(_CHANGE_PASSWORD, (new, name, old))
        return bool(await self._groups.write(ending, changing))

    async def user(self, name: str) -> User | None:
        """The user of this name."""
        row = await self._row(f"SELECT {_USER.columns()} FROM users WHERE name = ?", name, fresh=False)
        return None if row is None else User(**_USER.fields(row))

    async def user_of_subject(self, subject: str) -> User | None:
        """The user whom an identity provider knows by this."""
        known = f"SELECT {_USER.columns()} FROM users WHERE subject = ? AND subject <> ''"
        row = await self._row(known, subject, fresh=False)
        return None if row is None else User(**_USER.fields(row))

    async def users(self) -> Sequence[User]:
        """All users by name."""
        rows = await self._rows(f"SELECT {_USER.columns()} FROM users ORDER BY name")
        return [User(**_USER.fields(row)) for row in rows]

    async def remove_user(self, name: str) -> bool:
        """Forget a user with all logins; False where there is none."""
        name = storable(name)
        removing = Statement("DELETE FROM users WHERE name = ? RETURNING name", (name,))
        return bool(await self._groups.write(*(Statement(sql, (name,)) for sql in _WHAT_GOES), removing))
