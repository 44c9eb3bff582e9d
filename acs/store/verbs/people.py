"""The verbs of the store about those who may use the appliance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from acs.store.records.people import Login, SecondFactor, Token, User


class KnownPeople(Protocol):
    """People and programs (`acs.store.interface.Store`)."""

    async def add_token(self, token: Token) -> None:
        """Keep a token; raises `StoreConflict` if its name is taken."""

    async def token(self, digest: str) -> Token | None:
        """The token with this SHA-256."""

    def token_used(self, digest: str, when: float) -> None:
        """Note that a token was used; to the minute."""

    async def tokens(self) -> Sequence[Token]:
        """All tokens by name."""

    async def revoke_token(self, name: str) -> bool:
        """Forget a token; False where there is none."""

    async def put_user(self, user: User) -> None:
        """Add a user, or change the one of that name; another password or role ends the user's logins."""

    async def change_password(self, name: str, old: str, new: str) -> bool:
        """Give a user another password (their hashes), which ends all logins; False where it was not the old
        one."""

    async def user(self, name: str) -> User | None:
        """The user of this name."""

    async def user_of_subject(self, subject: str) -> User | None:
        """The user whom an identity provider knows by this."""

    async def users(self) -> Sequence[User]:
        """All users by name."""

    async def remove_user(self, name: str) -> bool:
        """Forget a user with all logins; False where there is none."""

    async def add_login(self, digest: str, user: User, when: float) -> bool:
        """Keep that a user has logged in; False where the user's password or role is another meanwhile, or
        the user gone."""

    async def login(self, digest: str) -> Login | None:
        """The login whose cookie has this SHA-256."""

    def login_used(self, digest: str, when: float) -> None:
        """Note that a login was used; to the minute."""

    async def end_login(self, digest: str) -> bool:
        """Forget a login; False where there is none."""

    async def end_logins_before(self, used: float, created: float) -> None:
        """Forget the logins that were not used since then, or are older than that."""

    async def second_factor(self, name: str) -> SecondFactor | None:
        """What a user has beside the password."""

    async def put_second_factor(self, name: str, secret: bytes) -> bool:
        """Keep one that the user has yet to show, instead of another such; False where there is one that was
        shown, or no such user."""

    async def confirm_second_factor(self, name: str, recovery: Sequence[str], step: int, when: float) -> bool:
        """The user has shown it, with the code of this step, and has recovery codes with these digests; False
        where there is none that was to be shown."""

    async def use_step(self, name: str, step: int) -> bool:
        """A code of this step was shown; False where that, or a later one, was before."""

    async def use_recovery(self, name: str, digest: str) -> bool:
        """A recovery code was shown, which is worth nothing any more; False where it is none."""

    async def remove_second_factor(self, name: str) -> bool:
        """Forget it; False where there is none."""
