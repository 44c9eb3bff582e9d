"""Asks the hooks, each of the first provider that has it: not for long, not twice within a moment."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, ensureDeferred, maybeDeferred
from twisted.logger import Logger

from acs.configuration.document import Entry
from acs.hooks.errors import HookFailed
from acs.hooks.interface import ARGUMENTS
from acs.hooks.reading import entries_of, related_of, truth_of
from acs.hooks.remembered import Remembered
from acs.hooks.values import Download, Ended, Related, Subject
from acs.hooks.waiting import Clock, within

T = TypeVar("T")

SLOW = 0.1
"""Seconds in the reactor's thread from which on it is told that a hook blocks everybody."""

log = Logger()


class Limits:
    """How long a hook may take; for how long its answer is taken for what it would say now (``fresh``), and
    where there is no other (``stale``).  All in seconds."""

    def __init__(self, seconds: float = 3.0, fresh: float = 60.0, stale: float = 3600.0) -> None:
        self.seconds = seconds
        self.fresh = fresh
        self.stale = stale


class Hooks:
    """The operator's side, whoever provides it.

    What is asked raises `HookFailed` where there is no answer; where nobody provides a hook, nothing is in
    its way.

    :param providers: objects with some of the methods of `IHooks`, and a ``name``.
    """

    def __init__(self, clock: Clock, providers: Sequence[Any] = (), limits: Limits | None = None) -> None:
        self._clock = clock
        self._providers = tuple(providers)
        self._asked = {
            name: each for each in reversed(providers) for name in ARGUMENTS if hasattr(each, name)
        }
        self._limits = limits or Limits()
        self._related: Remembered[Related | None] = Remembered()
        self._configurations: Remembered[dict[str, Entry] | None] = Remembered()

    def has(self, hook: str) -> bool:
        """Whether anybody provides it."""
        return hook in self._asked

    @property
    def silent(self) -> bool:
        """Whether nobody provides any."""
        return not self._asked

    async def find_related(self, subject: Subject) -> Related | None:
        """The record of the device in the operator's systems; None where it has none."""
        if not self.has("find_related"):
            return None
        key = (subject.id, subject.client_ip)
        return await self._known(self._related, key, "find_related", related_of, subject)

    async def get_configuration(
        self, subject: Subject, related: Related | None
    ) -> Mapping[str, Entry] | None:
        """What is wanted of the device beside its configurations, by path; None for nothing."""
        if not self.has("get_configuration"):
            return None
        key = (subject.id, subject.client_ip, _digestible(related))
        read, kept = entries_of, self._configurations
        return await self._known(kept, key, "get_configuration", read, subject, related)

    async def verify(self, subject: Subject, related: Related | None) -> bool:
        """Whether the device is what it says it is; nobody says so where nobody provides it."""
        if not self.has("verify"):
            raise HookFailed("there is no hook that verifies")
        return truth_of(await self._ask("verify", subject, related))

    async def is_configurable(self, subject: Subject, related: Related | None) -> bool:
        """Whether the device may be configured now."""
        if not self.has("is_configurable"):
            return True
        return truth_of(await self._ask("is_configurable", subject, related))

    async def authorize_download(self, subject: Subject, related: Related | None, download: Download) -> bool:
        """Whether the device may be told to download this."""
        if not self.has("authorize_download"):
            return True
        return truth_of(await self._ask("authorize_download", subject, related, download))

    async def pre_verify(self, subject: Subject, related: Related | None) -> None:
        """It is to be verified."""
        if self.has("pre_verify"):
            await self._ask("pre_verify", subject, related)

    async def post_verify(self, subject: Subject, related: Related | None, verified: bool) -> None:
        """It has been verified, or not."""
        if self.has("post_verify"):
            await self._ask("post_verify", subject, related, verified)

    async def session_ended(self, subject: Subject, ended: Ended) -> None:
        """Its session is over."""
        if self.has("session_ended"):
            await self._ask("session_ended", subject, ended)

    async def user_changed(
        self, subject: Subject, related: Related | None, changes: Mapping[str, str]
    ) -> None:
        """Somebody has changed parameters on the device itself, by path."""
        if self.has("user_changed"):
            await self._ask("user_changed", subject, related, changes)

    async def close(self) -> None:
        """Let go of connections."""
        for each in self._providers:
            if hasattr(each, "close"):
                await each.close()

    async def _known(
        self, kept: Remembered[T], key: Hashable, hook: str, read: Callable[[object], T], *arguments: object
    ) -> T:
        """What was answered a moment ago, else is answered now, else was answered before."""
        known = kept.of(key, self._clock.seconds(), self._limits.fresh)
        if known is not None:
            return known[0]
        try:
            answer = read(await self._ask(hook, *arguments))
        except HookFailed as error:
            known = kept.of(key, self._clock.seconds(), self._limits.stale)
            if known is None:
                raise
            log.debug("{hook}: {reason}; what it said before still holds", hook=hook, reason=str(error))
            return known[0]
        kept.keep(key, answer, self._clock.seconds())
        return answer

    async def _ask(self, hook: str, *arguments: object) -> object:
        began = self._clock.seconds()
        asking: Deferred[object] = maybeDeferred(
            partial(_called, getattr(self._asked[hook], hook)), *arguments
        )
        if (took := self._clock.seconds() - began) > SLOW:
            log.warn("hook {hook} has kept everybody waiting for {took:.1f} s", hook=hook, took=took)
        try:
            return await within(self._clock, self._limits.seconds, asking)
        except HookFailed as error:
            raise HookFailed(f"{hook}: {error}") from error.__cause__
        except Exception as error:
            raise HookFailed(f"{hook}: {type(error).__name__}: {error}") from error


def _called(method: Callable[..., Any], *arguments: object) -> Any:
    """What a method gives; a Deferred where that is a coroutine."""
    given = method(*arguments)
    return ensureDeferred(given) if hasattr(given, "__await__") and not isinstance(given, Deferred) else given


def _digestible(related: Related | None) -> Hashable:
    return related and (related.id, related.level, tuple(sorted(related.facts.items())))
