"""The operator's systems as sessions ask them: what fails there is told in a line of the log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from traceback import format_exception

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from acs.hooks import Ended, HookFailed, Subject
from acs.hooks.asking import Hooks
from acs.session.relation import Relation
from acs.session.sparing import Sparing
from acs.store.records import Session

MAX_LINES = 30
"""How many failures of hooks are logged in a minute."""

log = Logger()


class Operator:
    """The hooks, and what becomes of their failures.  ``now`` gives seconds since 1970.

    :ivar resets: whether a device that they assign to another record is reset.
    """

    def __init__(self, hooks: Hooks, now: Callable[[], float], resets: bool = False) -> None:
        self.hooks = hooks
        self.resets = resets
        self._now = now
        self._lines = Sparing(MAX_LINES)

    def tell(self, subject: Subject, error: HookFailed) -> str:
        """Tell of a failure in the log, with where in the operator's own code it comes from; why, in one
        line."""
        reason = str(error)
        if more := self._lines.passed_over(self._now()):
            log.warn("{count} more hooks failed in a minute", count=more.total())
        if self._lines.wants(self._now()):
            log.warn(
                "{device} from {address}: {reason}",
                device=subject.id,
                address=subject.client_ip,
                reason=reason,
            )
            if error.__cause__ is not None:
                log.debug("{trace}", trace="".join(format_exception(error.__cause__)))
        return reason

    def session_ended(self, relation: Relation | None, session: Session) -> None:
        """A session is over; nobody waits for who is told of it."""
        if relation is None or not self.hooks.has("session_ended"):
            return
        subject = relation.subject
        ended = Ended(
            session.id,
            session.result,
            session.failure,
            session.client_ip_verified,
            session.started,
            session.ended or self._now(),
        )
        Deferred.fromCoroutine(self._heard(subject, self.hooks.session_ended(subject, ended)))

    def user_changed(self, relation: Relation, changes: Mapping[str, str]) -> None:
        """Somebody has changed parameters on the device itself; nobody waits for who is told of it."""
        if self.hooks.has("user_changed"):
            subject = relation.subject
            telling = self.hooks.user_changed(subject, relation.related, changes)
            Deferred.fromCoroutine(self._heard(subject, telling))

    async def _heard(self, subject: Subject, telling: Awaitable[None]) -> None:
        try:
            await telling
        except HookFailed as error:
            self.tell(subject, error)
