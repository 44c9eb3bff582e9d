"""Who may have which file, or leave one.

A ticket in the URL says it, or a user name with a password that are for that one file, or the configuration,
which may open some to everybody.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hmac import compare_digest

from acs.firmware import tickets
from acs.firmware.tickets import Ticket
from acs.hypertext.authorization import (
    REALM,
    Given,
    Nonces,
    answers,
    challenges,
    path_of,
    read_authorization,
)
from acs.store import ids

PUT = "put"
"""What a ticket for an upload is for."""

_USERNAME = re.compile(r"cpe-([0-9]{1,19})")


def to_get(path: str) -> str:
    """What a ticket for a download is for."""
    return f"get {path}"


def whose(ticket: Ticket) -> str:
    """For the sake of what job a ticket was given, or to whom, as it is logged; "" where nobody knows."""
    if ticket.job:
        return f", job {ids.as_text(ticket.job)}"
    return f", by the name cpe-{ticket.device}" if ticket.device else ""


class Wanted(Exception):
    """Who asks has to show something.

    :ivar stale: what was shown was right, but for a challenge that is too old.
    """

    def __init__(self, stale: bool = False) -> None:
        super().__init__()
        self.stale = stale


class Admission:
    """Looks at what is shown.

    :param key: what tickets and pairs are computed with.
    :param now: seconds since 1970.
    :param is_open: whether everybody may have the file of this path.
    """

    def __init__(
        self, key: bytes, nonces: Nonces, now: Callable[[], float], is_open: Callable[[str], bool]
    ) -> None:
        self._key = key
        self._nonces = nonces
        self._now = now
        self._is_open = is_open

    def by_ticket(self, text: str, purpose: str) -> Ticket | None:
        """The ticket that a text is; None where it is none for that, or too old."""
        return tickets.read(self._key, text, purpose, self._now())

    def by_name(self, path: str, method: str, target: str, authorization: str | None) -> Ticket:
        """For whom the file of a path is asked for by its name; the ticket of nobody where it is open.

        Raises `Wanted` whether there is such a file or not.
        """
        if self._is_open(path):
            return Ticket(0, 0, 0)
        given = read_authorization(authorization or "")
        found = _USERNAME.fullmatch(given.username)
        if found is None:
            raise Wanted
        username, password = tickets.pair(self._key, int(found[1]), to_get(path))
        if given.username != username or not self._right(given, password, method, target):
            raise Wanted
        return Ticket(int(found[1]), 0, 0)

    def _right(self, given: Given, password: str, method: str, target: str) -> bool:
        """Raises `Wanted` for a challenge that is too old.

        That an answer comes only once is not asked for: devices try again, and take parts, with the same
        one; and it is good for nothing but the file that it was for.
        """
        if given.scheme == "basic":
            return compare_digest(given.password.encode("utf-8", "replace"), password.encode())
        if given.scheme != "digest" or not _same_file(given.parameters.get("uri", ""), target):
            return False
        if not answers(given, password, method, b""):
            return False
        if not self._nonces.fresh(given.parameters.get("nonce", "")):
            raise Wanted(stale=True)
        return True

    def challenges(self, stale: bool) -> list[str]:
        """What WWW-Authenticate says: Digest, and Basic for who cannot do better."""
        return [*challenges(self._nonces.new(), ["MD5"], stale), f'Basic realm="{REALM}"']


def _same_file(uri: str, target: str) -> bool:
    """Whether a Digest's uri means the target; it may be absolute, without its query, or empty."""
    return not uri or path_of(uri) == path_of(target)
