"""The sessions that are open: found by their cookie, one to a device, none for longer than it is alive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import TypeAlias

from twisted.logger import Logger

from acs.cwmp.dialogue import State
from acs.cwmp.envelope import Envelope
from acs.cwmp.messages import Inform
from acs.cwmp.versions import Version
from acs.session.admission import Admission, Overloaded, Urgency
from acs.session.brief import Brief
from acs.session.caller import Caller
from acs.session.conversation import Answer, Conversation, Script
from acs.session.credentials import Kind
from acs.session.events import events_of
from acs.session.jobs import left_by_lost_session, unanswered
from acs.session.procedures.announce import announce
from acs.session.rates import Rates
from acs.session.record import Record
from acs.session.relation import Relation
from acs.session.sources import source_of
from acs.session.sparing import Sparing
from acs.session.usual import NOT_USUAL, Usual
from acs.store.ids import as_text
from acs.store.interface import Store
from acs.store.records import Exchange, Session, SessionResult
from acs.store.residents import Resident

LINGER = 5.0
"""Seconds for which a session that is over still knows its CPE, which may have something left to say
(checklist 3.1)."""

MAX_SILENCE = 600.0
"""The longest silence, in seconds, that a CPE may ask for with SessionTimeout."""

MAX_REFUSALS = 600
"""How many refused messages are kept in a minute."""

LONGEST_KEY = 600
"""How much of a device's name is logged: no true one is longer."""

MAX_LINES = 120
"""How many refused messages, and how many failed sessions, are logged in a minute."""

PATIENT = 3
"""How often a device was sent away that is let in before others: from here on it waits for a minute and more
(TR-069, table of session retries)."""


Opened: TypeAlias = Conversation | Brief
"""A session."""

Ended: TypeAlias = Callable[[Relation | None, Session, Sequence[Exchange]], None]
"""Is told of a session that is over: what the device is to the operator, where he was asked; its row; what
was said."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a CPE may be silent, how many sessions may be open, how often a device may call.

    ``urgent_percent``: how many more may be open for urgent ones.  ``sessions_per_address``: from one source
    (`acs.session.sources`); 0: as many as may be open at all.
    """

    session_seconds: float = 60.0
    sessions: int = 20000
    urgent_percent: int = 10
    sessions_per_address: int = 5000
    informs: int = 20
    informs_seconds: float = 900.0


class Sessions:
    """All sessions of this process.

    :param now: the time, seconds since 1970.
    :param token: makes a cookie's value, which nobody can guess.
    :param spread: a random number from 0 to 1, so that devices that are sent away do not all come back at
    once.
    :param ended: told of each that is over.
    :param usual: recognises those in which there is nothing to do.
    :ivar refusals: how many messages were refused before there was a session for them.
    """

    log = Logger()

    def __init__(
        self,
        store: Store,
        now: Callable[[], float],
        script: Script,
        answer: Answer,
        token: Callable[[], str],
        spread: Callable[[], float],
        limits: Limits = Limits(),
        ended: Ended = lambda relation, session, exchanges: None,
        usual: Usual = NOT_USUAL,
    ) -> None:
        self._store = store
        self._now = now
        self._script = script
        self._answer = answer
        self._token = token
        self._spread = spread
        self._limits = limits
        self._ended = ended
        self._usual = usual
        self._rates = Rates(limits.informs, limits.informs_seconds)
        self._admission = Admission(
            limits.sessions,
            ceil(limits.sessions * limits.urgent_percent / 100),
            limits.sessions_per_address,
            spread,
        )
        self._refusals = Rates(MAX_REFUSALS, 60.0)
        self._refusal_lines = Sparing(MAX_LINES)
        self._failure_lines = Sparing(MAX_LINES)
        self.closing = False
        self.refusals = 0
        self._open: dict[str, Opened] = {}
        self._lingering: dict[str, Opened] = {}
        self._by_device: dict[str, Opened] = {}
        self._by_address: dict[str, list[Opened]] = {}

    def __len__(self) -> int:
        return len(self._open)

    @property
    def unfinished(self) -> int:
        """How many sessions have not come to their end."""
        return self._admission.taken

    def find(self, token: str) -> Opened | None:
        """The open session whose cookie has this value."""
        return self._open.get(token)

    def bind_to_address(self, conversation: Opened) -> None:
        """Have this session found by its client's address too, by whoever is there: a device in it keeps
        neither its cookie nor its connection."""
        self._by_address.setdefault(conversation.client_ip, []).append(conversation)

    def at_address(self, client_ip: str) -> Opened | None:
        """The one open session that is bound to this address; none where several are."""
        bound = self._by_address.get(client_ip)
        return bound[0] if bound is not None and len(bound) == 1 else None

    def open(
        self,
        inform: Envelope,
        version: Version,
        client_ip: str,
        listener: str,
        shown: Kind = Kind.NONE,
        plain: bool = True,
    ) -> Opened:
        """Open a session for the sender of this Inform, who has ``shown`` credentials; a brief one where
        there is nothing to do, unless the Inform is not ``plain``.  Raises `Overloaded`.

        A session that the same device had open is lost: it has restarted, or its connection broke.
        """
        message = inform.message
        assert isinstance(message, Inform)
        caller = Caller(message, message.DeviceId.key, version, client_ip, listener, shown)
        now = self._now()
        source = source_of(client_ip)
        self._admit(caller, source, now)
        older = self._by_device.get(caller.key)
        if older is not None:
            self.lose(older, "the device opened a new session")
        number, token, silence = self._store.new_id(), self._token(), self._silence(inform)
        known = self._usual.recognise(caller) if plain else None
        opened: Opened
        if known is not None:
            opened = Brief(caller, inform, number, now, token, silence, *known)
        else:
            opened = self._conversation(caller, number, now, token, silence)
        self._open[token] = self._by_device[caller.key] = opened
        self._admission.take(token, source, now)
        return opened

    def _conversation(
        self, caller: Caller, number: int, now: float, token: str, silence: float
    ) -> Conversation:
        return Conversation(self._script, self._answer, caller, Record(number, now), token, silence)

    def begun(self, brief: Brief) -> None:
        """A brief session has heard its Inform."""
        announce(self._store, brief.device_id, brief.row, self._now())

    def is_over(self, brief: Brief) -> bool:
        """Whether a brief session is to end with what is said next: there is nothing to do still."""
        return not brief.complete and self._usual.lasts(brief.resident, brief.routine)

    def ended(self, brief: Brief) -> None:
        """A brief session has had our last word."""
        self._keep(None, brief.row(SessionResult.SUCCESS, self._now()), brief.exchanges)
        self._linger(brief)

    def unfold(self, brief: Brief) -> Conversation:
        """Go on with a brief session as with any other."""
        conversation = self._conversation(brief.caller, brief.id, brief.started, brief.token, brief.silence)
        conversation.take_up(brief)
        token, device = brief.token, brief.inform_key
        for known, key in (self._open, token), (self._lingering, token), (self._by_device, device):
            if known.get(key) is brief:
                known[key] = conversation
        if brief.adapter.bind_by_address:
            self._unbind(brief)
            self.bind_to_address(conversation)
        return conversation

    def _admit(self, caller: Caller, source: str, now: float) -> None:
        if self.closing:
            raise Overloaded("the appliance is stopping", 5 + round(25 * self._spread()))
        if not self._store.available:
            raise Overloaded("the store is not available", 30 + round(90 * self._spread()))
        urgency = partial(self._urgency, caller)
        older = self._by_device.get(caller.key)
        makes_room = older is not None and not older.complete
        if not makes_room and (reason := self._admission.why_not(source, urgency)):
            raise Overloaded(reason, self._admission.wait(urgency(), now))
        wait = self._rates.wait(caller.key, now)
        if wait > 0:
            raise Overloaded("the device calls too often", max(1, round(wait * (1 + self._spread() / 4))))

    def _urgency(self, caller: Caller) -> Urgency:
        if self._store.has_urgent_job(caller.key):
            return Urgency.KNOWN
        claimed = caller.inform.RetryCount >= PATIENT or events_of(caller.inform).called
        return Urgency.CLAIMED if claimed else Urgency.ORDINARY

    def _silence(self, inform: Envelope) -> float:
        asked = inform.header.session_timeout
        if not asked:
            return self._limits.session_seconds
        return max(self._limits.session_seconds, min(float(asked), MAX_SILENCE))

    def spoken(self, conversation: Conversation) -> None:
        """We have spoken.  If that was our last word the session is kept, and lingers."""
        if conversation.over:
            self.lose(conversation, conversation.failure)
        elif conversation.dialogue.state is State.ENDING and conversation.token in self._open:
            self._finish(conversation)
            self._linger(conversation)

    def _linger(self, conversation: Opened) -> None:
        """Remember a session that is over for a while, which is no place that somebody else might have."""
        conversation.deadline = self._now() + LINGER
        self._admission.leave(conversation.token, self._now())
        self._lingering[conversation.token] = conversation
        if len(self._lingering) > self._limits.sessions:
            self.lose(next(iter(self._lingering.values())), "")

    def lose(self, conversation: Opened, reason: str) -> None:
        """The session ends here; what it left undone is dealt with."""
        if conversation.token not in self._open:
            return
        if isinstance(conversation, Brief) and not conversation.complete:
            conversation = self.unfold(conversation)
        del self._open[conversation.token]
        self._lingering.pop(conversation.token, None)
        self._admission.leave(conversation.token, self._now())
        if self._by_device.get(conversation.inform_key) is conversation:
            del self._by_device[conversation.inform_key]
        if conversation.adapter.bind_by_address:
            self._unbind(conversation)
        if isinstance(conversation, Conversation) and not conversation.complete:
            where = conversation.dialogue.state.value
            conversation.lose(reason)
            last = conversation.record.last_rpc or "nothing"
            self._finish(conversation, f"{conversation.failure or reason} ({where}, after {last})")
        if conversation.resident is not None:
            self._store.unpin(conversation.resident)

    def _unbind(self, conversation: Opened) -> None:
        bound = self._by_address.pop(conversation.client_ip, [])
        others = [other for other in bound if other is not conversation]
        if others:
            self._by_address[conversation.client_ip] = others

    def _finish(self, conversation: Conversation, failure: str = "") -> None:
        failure = failure or conversation.failure
        result = SessionResult.FAILED if failure else SessionResult.SUCCESS
        row = conversation.record.row(result, self._now(), failure)
        self._keep(conversation.relation, row, conversation.record.exchanges)
        if failure and self._failure_lines.wants(self._now()):
            self.log.info(
                "session of {device} from {address} failed: {reason}",
                device=(conversation.device_id or conversation.inform_key)[:LONGEST_KEY],
                address=conversation.client_ip,
                reason=failure,
                session=as_text(row.id),
            )
        if conversation.resident is not None and conversation.resident.jobs:
            self._tidy_jobs(conversation, conversation.resident)

    def _keep(self, relation: Relation | None, row: Session, exchanges: Sequence[Exchange]) -> None:
        kept = tuple(exchanges)
        self._store.save_session(row, kept)
        self._ended(relation, row, kept)

    def _tidy_jobs(self, conversation: Conversation, resident: Resident) -> None:
        """Jobs that this session sent and that were never answered."""
        if resident.gone:
            return
        for job in tuple(resident.jobs.values()):
            if job.session == conversation.record.id and unanswered(job):
                self._store.change_job(job.id, **left_by_lost_session(job, self._now()))

    def sweep(self) -> None:
        """End the sessions of CPEs that have been silent for too long; to be called every second or so."""
        now = self._now()
        for conversation in [each for each in self._open.values() if each.deadline <= now]:
            self.lose(conversation, f"silent for {conversation.silence:.0f} s")
        if more := self._refusal_lines.passed_over(now):
            self.log.info("{count} more messages were refused in the last minute", count=more.total())
        if more := self._failure_lines.passed_over(now):
            self.log.info("{count} more sessions failed in the last minute", count=more.total())

    def moved(self, device_id: str) -> None:
        """The device has opened a session on another node: the one it had here is over."""
        conversation = self._by_device.get(device_id)
        if conversation is not None:
            self.lose(conversation, "the device opened a new session on another node")

    def lose_all(self, reason: str) -> None:
        """The appliance stops."""
        for conversation in list(self._open.values()):
            self.lose(conversation, reason)

    def refused(
        self, client_ip: str, listener: str, status: int, exchanges: Iterable[Exchange], reason: str
    ) -> None:
        """Tell of messages that were refused before there was a session for them, in one line, and keep them;
        so many a minute, as anybody can send them."""
        self.refusals += 1
        if self._refusal_lines.wants(self._now()):
            self.log.info(
                "{address} on {listener}: {status}: {reason}",
                address=client_ip,
                listener=listener,
                status=status,
                reason=reason,
            )
        if self._refusals.wait("", self._now()) > 0:
            return
        kept = tuple(exchanges)
        self._store.save_session(
            Session(
                id=self._store.new_id(),
                started=kept[0].time,
                ended=self._now(),
                client_ip=client_ip,
                listener=listener,
                result=SessionResult.FAILED,
                failure=reason,
                requests=1,
                responses=len(kept) - 1,
                bytes_in=len(kept[0].body),
                bytes_out=sum(len(exchange.body) for exchange in kept[1:]),
            ),
            kept,
        )
