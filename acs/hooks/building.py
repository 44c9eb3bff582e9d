"""What asks the operator's systems, made of what the configuration says of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from acs.hooks.asking import Hooks, Limits
from acs.hooks.circuit import Circuit
from acs.hooks.errors import BadHooks
from acs.hooks.http import HttpHooks, Posting, answer_of, pooled, question_of
from acs.hooks.python_class import PythonHooks, made
from acs.hooks.reading import truth_of
from acs.hooks.sql import SqlHooks, is_there
from acs.hooks.values import Related, Subject
from acs.hooks.verifying import Verifier
from acs.hooks.waiting import Clock

if TYPE_CHECKING:
    from acs.hooks.postgresql import Database


class Sources:
    """Makes what asks, and closes what it has made.

    :param limits: how long anything may take, and how long an answer holds.
    """

    def __init__(self, reactor: Any, clock: Clock, limits: Limits) -> None:
        self._reactor = reactor
        self._clock = clock
        self._limits = limits
        self._closers: list[Callable[[], Awaitable[object]]] = []

    def hooks(
        self,
        *,
        python: str = "",
        url: str = "",
        url_hooks: Sequence[str] = (),
        database: str = "",
        related_query: str = "",
        configuration_query: str = "",
    ) -> Hooks:
        """All hooks: a class named ``package.module:Class`` is asked before a URL, that before a database.

        Raises `BadHooks`.
        """
        providers: list[Any] = []
        if python:
            providers.append(PythonHooks(self._reactor, made(python)))
        if url:
            providers.append(HttpHooks(self._posting(url), url_hooks))
        if database:
            asked = self._database("hooks.database", database)
            providers.append(SqlHooks(asked, related_query, configuration_query))
        return Hooks(self._clock, providers, self._limits)

    def verifier(self, place: str, policy: str, query: str, url: str, hooks: Hooks) -> Verifier | None:
        """What the policy at this place of the configuration asks; None for one that asks nobody.

        Raises `BadHooks`.
        """
        if policy == "python":
            return self._verifying(hooks.verify)
        if policy == "http":
            return self._verifying(partial(_posted, self._posting(url)))
        if policy == "sql":
            return self._verifying(partial(is_there, self._database(f"{place}.url", url), query))
        return None

    async def close(self) -> None:
        """Let go of all connections."""
        closers, self._closers = self._closers, []
        for close in closers:
            await close()

    def _verifying(self, ask: Callable[[Subject, Related | None], Awaitable[bool]]) -> Verifier:
        return Verifier(ask, self._clock, self._limits.fresh)

    def _posting(self, url: str) -> Posting:
        agent, pool = pooled(self._reactor, self._limits.seconds)
        self._closers.append(pool.closeCachedConnections)
        return Posting(agent, self._clock, url, self._limits.seconds, Circuit())

    def _database(self, key: str, url: str) -> Database:
        from acs.hooks.postgresql import Database

        try:
            made = Database(self._reactor, self._clock, url, self._limits.seconds, Circuit())
        except ValueError as error:
            raise BadHooks([(key, str(error))]) from None
        self._closers.append(made.close)
        return made


async def _posted(posting: Posting, subject: Subject, related: Related | None) -> bool:
    question = question_of("verify", subject, related)
    return truth_of(answer_of("verify", await posting.ask(question)))
