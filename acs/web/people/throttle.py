"""Makes those wait who fail too often."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

_FORGOTTEN = 3600.0
"""Seconds after which nothing is known of a failure."""
_REMEMBERED = 10_000
_STEEP = 20
"""Doublings that are more than anybody waits."""


@dataclass(slots=True)
class _Tries:
    count: int = 0
    last: float = 0.0
    until: float = 0.0


class Throttle:
    """The first ``free`` failures cost nothing; then each doubles the wait, from a second to ``longest``.

    A try counts as a failure from its beginning until it is told to have been none, so that many at once are
    no way around.  ``now`` gives seconds since 1970.  Of keys that failed long ago nothing is remembered, nor
    of more than some thousands.
    """

    def __init__(self, now: Callable[[], float], free: int, longest: float) -> None:
        self._now = now
        self._free = free
        self._longest = longest
        self._tries: OrderedDict[Hashable, _Tries] = OrderedDict()

    def wait(self, key: Hashable) -> float:
        """Seconds until the next try may be made; 0: now."""
        tries = self._tries.get(key)
        return max(0.0, tries.until - self._now()) if tries else 0.0

    def begin(self, key: Hashable) -> None:
        """A try is made."""
        now = self._now()
        tries = self._tries.pop(key, None)
        if tries is None or tries.last < now - _FORGOTTEN:
            tries = _Tries()
        if len(self._tries) >= _REMEMBERED:
            self._tries.popitem(last=False)
        self._tries[key] = tries
        tries.count += 1
        tries.last = now
        if tries.count >= self._free:
            tries.until = now + min(2.0 ** min(tries.count - self._free, _STEEP), self._longest)

    def take_back(self, key: Hashable) -> None:
        """A try was no failure; those before it stay."""
        if tries := self._tries.get(key):
            tries.count -= 1
            tries.until = 0.0
            if not tries.count:
                del self._tries[key]

    def forget(self, key: Hashable) -> None:
        """A try has succeeded: nothing that was before counts any more."""
        self._tries.pop(key, None)
