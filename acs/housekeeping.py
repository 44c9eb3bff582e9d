"""What is done with the store every so often: what is old is forgotten, what devices say is learnt from."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from acs.recurring import Recurring
from acs.store.interface import Store, StoreClosed, StoreError

HOUR = 3600.0
LEARNING = 6 * HOUR
"""After so long one of the processes trains the compression anew, where that is worth it; ..."""
FIRST = 600.0
"""... for the first time within so long, as a new appliance has all devices tell all they have; and every
hour, until something was learnt."""

log = Logger()


class Housekeeping:
    """That, for as long as the appliance runs.

    :param days: after how many of them conversations are forgotten, sessions, and readings.
    """

    def __init__(self, store: Store, clock: IReactorTime, days: tuple[int, int, int]) -> None:
        self._store = store
        self._clock = clock
        self._days = days
        self._retiring = Recurring(clock, HOUR, self._retire, "old sessions could not be removed")
        self._learning = Recurring(clock, FIRST, self._learn, "the compression could not be trained")

    def start(self) -> None:
        """Forget at once, and learn after a while."""
        self._retiring.start(now=True)
        self._learning.start()

    def stop(self) -> None:
        """No more of either; what is under way ends with the store."""
        self._retiring.stop()
        self._learning.stop()

    async def _retire(self) -> None:
        try:
            await self._store.retire_by_days(*self._days)
        except StoreClosed:
            pass  # the appliance has stopped meanwhile: what is left is forgotten at its next start
        except StoreError as error:
            log.error("old sessions could not be removed: {reason}", reason=str(error))

    async def _learn(self) -> None:
        now = self._clock.seconds()
        try:
            pause = LEARNING if self._store.has_learnt else HOUR
            if await self._store.take_turn("dialect", now, now + pause):
                await self._store.learn_dialect()
        except StoreClosed:
            pass  # and learns another time
        except StoreError as error:
            log.error("the compression could not be trained: {reason}", reason=str(error))
