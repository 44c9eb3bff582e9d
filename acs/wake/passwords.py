"""STUN passwords as they were last looked up: a bounded number of them, for a while."""

from __future__ import annotations

from typing import TypeVar

from msgspec import Struct

Key = TypeVar("Key")
Value = TypeVar("Value")

SECONDS = 300.0
UNKNOWN_SECONDS = 60.0
RECHECK_SECONDS = 10.0
MOST = 100_000
MOST_UNKNOWN = 10_000


class Known(Struct, frozen=True):
    """What a user name belongs to; both "" where it is nobody's.  ``at``: when that was looked up."""

    device: str
    password: str
    at: float

    def __repr__(self) -> str:
        return f"Known({self.device!r})"


class Passwords:
    """Answers for `SECONDS` what a user name belongs to, for `UNKNOWN_SECONDS` that it is nobody's.

    Names of nobody are kept apart: whoever makes them up by the thousand forgets only those.
    """

    def __init__(self, most: int = MOST, most_unknown: int = MOST_UNKNOWN) -> None:
        self._known: dict[str, Known] = {}
        self._unknown: dict[str, Known] = {}
        self._most = most
        self._most_unknown = most_unknown

    def __len__(self) -> int:
        return len(self._known) + len(self._unknown)

    def of(self, username: str, now: float) -> Known | None:
        """What is known of a user name; None where it has to be looked up."""
        for found, seconds in (
            (self._known.get(username), SECONDS),
            (self._unknown.get(username), UNKNOWN_SECONDS),
        ):
            if found is not None and 0 <= now - found.at < seconds:
                return found
        return None

    def learn(self, username: str, found: tuple[str, str] | None, now: float) -> None:
        """Keep what a user name belongs to, a device with its password, or that it is nobody's.

        An empty password is none.
        """
        self._known.pop(username, None)
        self._unknown.pop(username, None)
        if found is not None and found[1]:
            put(self._known, username, Known(*found, now), self._most)
        else:
            put(self._unknown, username, Known("", "", now), self._most_unknown)

    def doubt(self, username: str, now: float) -> bool:
        """A password was wrong: whether it may have changed since, and has to be looked up once more."""
        found = self._known.get(username)
        if found is None or 0 <= now - found.at < RECHECK_SECONDS:
            return False
        del self._known[username]
        return True


def put(table: dict[Key, Value], key: Key, value: Value, most: int) -> None:
    """Add something as the newest to a table that loses its oldest before it has more than ``most``."""
    table.pop(key, None)
    while len(table) >= most:
        del table[next(iter(table))]
    table[key] = value
