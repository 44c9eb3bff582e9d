"""Who has logged in with a browser, as long as that holds."""

from __future__ import annotations

from acs.store.database import Statement
from acs.store.foundation import Foundation
from acs.store.records.people import Login, User
from acs.store.shapes import Shape

_USER = Shape(User)
_USED_SECONDS = 60.0
_ADD = (
    "INSERT INTO logins (digest, name, created, used)"
    " SELECT ?, name, ?, ? FROM users WHERE name = ? AND password = ? AND role = ? RETURNING name"
)
_SELECT = (
    f"SELECT {_USER.columns('u.')}, l.digest, l.created, l.used,"
    " (SELECT count(*) FROM second_factors f WHERE f.name = u.name AND f.since > 0)"
    " FROM logins l JOIN users u ON u.name = l.name WHERE l.digest = ?"
)


class Logins(Foundation):
    """The verbs about logins (`acs.store.verbs.people.KnownPeople`)."""

    async def add_login(self, digest: str, user: User, when: float) -> bool:
        """Keep that a user has logged in; False where the user's password or role is another meanwhile, or
        the user gone."""
        known = [_USER.value(name, getattr(user, name)) for name in ("name", "password", "role")]
        return bool(await self._groups.write(Statement(_ADD, (digest, when, when, *known))))

    async def login(self, digest: str) -> Login | None:
        """The login whose cookie has this SHA-256."""
        row = await self._row(_SELECT, digest, fresh=False)
        if row is None:
            return None
        digest, created, used, factors = row[len(_USER.names) :]
        return Login(digest, User(**_USER.fields(row)), created, used, bool(factors))

    def login_used(self, digest: str, when: float) -> None:
        """Note that a login was used; to the minute."""
        self._groups.behind(
            Statement(
                "UPDATE logins SET used = ? WHERE digest = ? AND used < ?",
                (when, digest, when - _USED_SECONDS),
            )
        )

    async def end_login(self, digest: str) -> bool:
        """Forget a login; False where there is none."""
        return bool(
            await self._groups.write(
                Statement("DELETE FROM logins WHERE digest = ? RETURNING name", (digest,))
            )
        )

    async def end_logins_before(self, used: float, created: float) -> None:
        """Forget the logins that were not used since then, or are older than that."""
        await self._groups.write(
            Statement("DELETE FROM logins WHERE used < ? OR created < ?", (used, created))
        )
