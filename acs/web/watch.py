"""What watches the appliance while it runs, in each of its processes, whether that serves people or not."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from acs.store.interface import Store
from acs.web.feed import Feed


class Watch:
    """The parts that have to be there from the beginning.  ``random_text`` gives so many random bytes as
    URL-safe text.

    :ivar feed: tells what happens.
    """

    def __init__(
        self, store: Store, clock: IReactorTime, random_text: Callable[[int], str] = secrets.token_urlsafe
    ) -> None:
        self.feed = Feed(store, clock, random_text)

    def close(self) -> None:
        """End what has no end by itself."""
        self.feed.close()
