"""What watches the appliance while it runs, in each of its processes, whether that serves people or not."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Sequence
from typing import TypeAlias

from twisted.internet.interfaces import IReactorTime

from acs.session.relation import Relation
from acs.session.sessions import Ended, Sessions
from acs.store.interface import Store
from acs.store.records import Exchange, Session
from acs.web.telling.feed import Feed
from acs.web.telling.metrics import Metrics
from acs.web.webhooks.delivering import Delivering, Post
from acs.web.webhooks.posting import nowhere

Told: TypeAlias = Callable[[Relation | None, Session], None]


class Watch:
    """The parts that have to be there from the beginning.

    :param machine: what the processes of one machine have in common; ``worker`` is which of them this is.
    :param random_text: gives so many random bytes as URL-safe text.
    :ivar feed: tells what happens.
    :ivar webhooks: tells it the operator's systems, by ``post``, which sends a message.
    :ivar metrics: counts what has happened.
    :ivar open_metrics: whether anybody may read that.
    """

    def __init__(
        self,
        store: Store,
        clock: IReactorTime,
        machine: str = "",
        worker: int = 0,
        open_metrics: bool = False,
        random_text: Callable[[int], str] = secrets.token_urlsafe,
        post: Post = nowhere,
    ) -> None:
        self.feed = Feed(store, clock, random_text)
        self.webhooks = Delivering(store, clock, post, random.SystemRandom().random)
        self.metrics = Metrics(store, clock, machine, worker, self.webhooks.outcomes)
        self.open_metrics = open_metrics

    def counting(self, told: Told) -> Ended:
        """What counts a session that is over, before it calls ``told``."""
        count = self.metrics.tally.session_ended

        def counted(relation: Relation | None, session: Session, exchanges: Sequence[Exchange]) -> None:
            count(session, exchanges)
            told(relation, session)

        return counted

    def begin(self, sessions: Sessions) -> None:
        """The store is open, and these are the sessions."""
        self.metrics.tally.watch(sessions)
        self.metrics.begin()
        self.webhooks.start()

    def close(self) -> None:
        """End what has no end by itself, but for the webhooks, which are told of the end, too."""
        self.feed.close()
        self.metrics.close()
