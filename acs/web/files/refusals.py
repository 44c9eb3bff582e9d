"""What is answered to who is refused, with a word in the log, but not with a word for each."""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger

from acs.session.sparing import Sparing
from acs.web.files.requests import FileRequest

SOONEST, LATEST = 10, 120
"""Seconds after which a device for which there was no place may come again: not all at once."""
MOST = 20
"""Lines in the log in a minute."""

log = Logger()


class Refusals:
    """Refusals of the site.

    :param now: seconds.
    :param chance: a number from 0 to below 1, another one each time.
    """

    def __init__(self, now: Callable[[], float], chance: Callable[[], float]) -> None:
        self._now = now
        self._chance = chance
        self._lines = Sparing(MOST)

    def tell(self, request: FileRequest, reason: str) -> None:
        """Note why a request is refused."""
        now = self._now()
        for passed_over, times in self._lines.passed_over(now).items():
            log.info("{times} further requests: {reason}", times=times, reason=passed_over)
        if self._lines.wants(now, reason):
            log.info(
                "{client} asks for {target}: {reason}",
                client=request.address,
                target=ascii(without_ticket(request.target))[:300],
                reason=reason,
            )

    def busy(self, request: FileRequest) -> None:
        """There is no place for it now."""
        self.tell(request, "no place")
        later = {"Retry-After": str(int(SOONEST + self._chance() * (LATEST - SOONEST)))}
        request.refuse(503, later) if request.coming else request.answer(503, later)


def without_ticket(target: str) -> str:
    """A target as it may be logged: what is as good as a password is left out, and its query."""
    names = target.partition("?")[0].split("/")
    return "/".join("..." if len(name) > 40 else name for name in names)
