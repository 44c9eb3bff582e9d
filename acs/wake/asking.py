"""A ConnectionRequest over HTTP, sans-I/O: the requests to send, what is made of the answers to them.

TR-069 3.2.2: a GET without a body; the device asks who we are, by Digest as a rule, and answers 200 or 204.
Nothing is said of who we are before it has asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from acs.hypertext.challenges import Challenge, basic, challenges, choose, digest
from acs.hypertext.responses import Response
from acs.store.records.wakes import WakeOutcome
from acs.wake.urls import Url
from acs.wake.way import Attempt, Pair, Target

_METHOD = "GET"
_UNREACHABLE = WakeOutcome.UNREACHABLE
_OUTCOMES: dict[int, tuple[WakeOutcome, str]] = {
    403: (
        WakeOutcome.UNAUTHORIZED,
        "it answers 403: it takes no requests from this address, or of this user",
    ),
    404: (_UNREACHABLE, "it answers 404: its ConnectionRequestURL is no longer the one that is known"),
    405: (_UNREACHABLE, "it answers 405: something else listens there"),
    429: (WakeOutcome.BUSY, "it answers 429: it has been asked too often"),
    503: (WakeOutcome.BUSY, "it answers 503: it is busy, or has been asked too often"),
}


class Asking:
    """One ConnectionRequest, from the first request to what came of it.

    ``request`` are the bytes to send next; `answered` or `closed` is told what came of them, and says what
    that makes of the whole, or None: then ``request`` is to be sent, over the same connection if that is
    still good for it.

    :param cnonce: chance for a client's nonce, in hexadecimal.
    """

    def __init__(self, url: Url, target: Target, cnonce: Callable[[], str]) -> None:
        self._url = url
        self._target = target
        self._cnonce = cnonce
        self._pairs = iter(target.pairs)
        self._pair: Pair | None = None
        self._challenge: Challenge | None = None
        self._count = 0
        self._again = False  # this pair has been answered with a second nonce
        self._renewed = False  # that has been done for some pair, though the nonce was not said to be stale
        self.request = self._written("")

    @property
    def wants_fresh_connection(self) -> bool:
        """Whether the next request is not to go over a connection that has carried another: where closing is
        an answer, it has to be clear what it answers."""
        return self._pair is not None and self._target.closing_accepts

    def answered(self, response: Response) -> Attempt | None:
        """The device has answered."""
        status = response.status
        if status == 401:
            return self._asked(challenges(response.all(b"www-authenticate")))
        if 200 <= status < 300:
            return self._ended(WakeOutcome.ACCEPTED, _doubts(response), self._pair)
        if 300 <= status < 400:
            return self._ended(WakeOutcome.REFUSED, f"it answers {status}: redirects are not followed")
        known = _OUTCOMES.get(status)
        return self._ended(*(known or (_UNREACHABLE, f"it answers {status}")))

    def closed(self, reused: bool) -> Attempt | None:
        """The device has closed the connection without a word of an answer; ``reused`` tells that it had
        carried an answer before: then it may have been closed before the request came."""
        if reused:
            return None
        if self._pair is None:
            return self._ended(_UNREACHABLE, "it closes the connection without an answer")
        if self._target.closing_accepts:
            said = "it closed the connection instead of an answer, as its kind does"
            return self._ended(WakeOutcome.ACCEPTED, said, self._pair)
        said = "it closes the connection without an answer once it has been told the password"
        return self._ended(_UNREACHABLE, said)

    def _asked(self, asked: list[Challenge]) -> Attempt | None:
        """It wants to know who we are: the same pair for a fresh nonce, once; then the next."""
        chosen = choose(asked, self._target.basic)
        if chosen is None:
            return self._ended(WakeOutcome.UNAUTHORIZED, _unanswerable(asked))
        if not self._tries_again(chosen) and not self._next_pair():
            return self._ended(WakeOutcome.UNAUTHORIZED, self._all_refused())
        assert self._pair is not None
        self.request = self._written(self._authorization(chosen, self._pair))
        return None

    def _tries_again(self, chosen: Challenge) -> bool:
        before = self._challenge
        if self._pair is None or before is None or self._again:
            return False
        renewed = chosen.parameters.get("nonce") != before.parameters.get("nonce") and not self._renewed
        self._again = chosen.is_stale or renewed
        # Some devices have a new nonce for each 401 (netcwmp): once it was not the nonce, it is none later.
        self._renewed = self._renewed or (renewed and not chosen.is_stale)
        return self._again

    def _next_pair(self) -> bool:
        self._pair = next(self._pairs, None)
        self._again = False
        return self._pair is not None

    def _authorization(self, chosen: Challenge, pair: Pair) -> str:
        before, self._challenge = self._challenge, chosen
        if chosen.scheme == "basic":
            return basic(pair.username, pair.password)
        nonce = chosen.parameters.get("nonce")
        self._count = self._count + 1 if before and before.parameters.get("nonce") == nonce else 1
        request = _METHOD, self._url.target
        return digest(chosen.parameters, pair.username, pair.password, request, self._count, self._cnonce())

    def _written(self, authorization: str) -> bytes:
        lines = [
            f"{_METHOD} {self._url.target} HTTP/1.1",
            f"Host: {self._url.authority}",
            "Connection: keep-alive",
        ]
        if authorization:
            lines.append(f"Authorization: {authorization}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _all_refused(self) -> str:
        whose = ", ".join(pair.whose for pair in self._target.pairs)
        if not whose:
            return "it asks for a user name and a password, and none are known"
        return f"it takes none of the user names and passwords that are known ({whose})"

    def _ended(self, outcome: WakeOutcome, detail: str, pair: Pair | None = None) -> Attempt:
        return Attempt("http", outcome, detail, pair)


def _doubts(response: Response) -> str:
    """What makes one doubt that a ConnectionRequest was what it said yes to."""
    start = response.body.lower()
    kind = response.first(b"content-type").lower()
    if b"<html" in start or b"<!doctype html" in start or (start and b"html" in kind):
        return f"it answers {response.status} with a web page: that may be the wrong port"
    return ""


def _unanswerable(asked: Iterable[Challenge]) -> str:
    schemes = {challenge.scheme for challenge in asked}
    if "digest" in schemes:
        return "it asks for a password by Digest in a form that is not known"
    if "basic" in schemes:
        return "it asks for its password unencrypted (Basic), which only the quirk called-with-basic gives it"
    return "it answers 401 and does not say which kind of password it wants"
