"""A session from the ACS's side, led by one coroutine.

What the CPE says goes in, what we say comes out.

The coroutine (the *script*, `acs.session.script`) says what the ACS wants, in straight lines::

    inform = cpe.inform
    await cpe.greet()
    names = await cpe.call(GetParameterNames("Device.", False))

Each time it asks, the question goes out as the answer to the CPE's last POST, and the coroutine sleeps
until the next POST brings the reply.  When it returns, the session ends.  What is legal is
`acs.cwmp.dialogue`'s business; the CPE's own requests are answered by a second coroutine, between the lines.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.cwmp.dialogue import Dialogue, Heard, Role, Signal, State
from acs.cwmp.envelope import Envelope, Header
from acs.cwmp.faults import fault
from acs.cwmp.messages import (
    AnyRequest,
    Fault,
    InformResponse,
    Message,
    R,
    Request,
    Response,
    name_of,
)
from acs.quirks.adapter import NOTHING, Adapter
from acs.quirks.translation import for_device, from_device
from acs.session.brief import Brief
from acs.session.caller import Caller
from acs.session.errors import CpeFault, Enough, Refused, SessionLost, Unanswered
from acs.session.events import events_of
from acs.session.record import Record, Said, Saying
from acs.session.relation import Relation
from acs.store.ids import as_text
from acs.store.interface import Store, StoreUnavailable
from acs.store.records import SessionResult
from acs.store.residents import Resident

Script = Callable[["Conversation"], Coroutine[Any, Any, None]]
Answer = Callable[["Conversation", AnyRequest], Coroutine[Any, Any, Message]]

MAX_UNANSWERED = 2
"""How many of our RPCs a CPE may pass over in one session before it is ended (checklist 3.4)."""


class Conversation:
    """One session.  `hear` takes what the CPE posted and gives, or fires with, what to answer.

    :ivar inform: the Inform that opened it, ``told`` the hash of what it said of its device.
    :ivar events: the events of that.
    :ivar inform_key: what that calls its device (`DeviceId.key`), which may not be what it turns out to be.
    :ivar version: the CWMP version spoken.
    :ivar token: the value of the cookie that it is found by.
    :ivar silence: for how many seconds its CPE may say nothing.
    :ivar deadline: when its CPE will have been silent for too long.
    :ivar resident: the device, pinned in memory, once it is known who it is.
    :ivar connections: the numbers of the connections that it has come over, for whoever binds it to them.
    :ivar record: what is kept of it.
    :ivar relation: what the device is to the operator, once he was asked.
    :ivar credentials: whose the CPE has shown.
    :ivar adapter: what is done differently for this device; nothing, until that is known (`adapt`).
    :ivar routine: what it was recognised by.
    """

    __slots__ = (
        "inform", "inform_key", "told", "events", "version", "record", "client_ip", "listener", "token",
        "silence", "deadline", "device_id", "resident", "connections", "dialogue", "failure", "over",
        "credentials", "adapter", "relation", "_questions", "routine", "_script", "_answer", "_begun",
        "_play", "_replies", "_last_heard", "_last_said", "_gave_up", "_awaits_reply", "_job",
        "_unanswered",
    )  # fmt: skip
    log = Logger()
    _play: Coroutine[Any, Any, None]
    """The running script."""

    def __init__(
        self,
        script: Script,
        answer: Answer,
        caller: Caller,
        record: Record,
        token: str,
        silence: float,
    ) -> None:
        self.inform, self.inform_key = caller.inform, caller.key
        self.told = hash(caller.inform.ParameterList)
        self.events = events_of(caller.inform)
        self.version, self.record = caller.version, record
        self.client_ip, self.listener = caller.client_ip, caller.listener
        self.token, self.silence = token, silence
        self.deadline, self.device_id = 0.0, ""
        self.resident: Resident | None = None
        self.connections: set[int] = set()
        self.dialogue = Dialogue(Role.ACS, caller.version.namespace)
        self.failure, self.over = "", False
        self.credentials = caller.shown
        self.adapter = NOTHING
        self.relation: Relation | None = None
        self.routine: object = None
        self._script, self._answer = script, answer
        self._begun = self._awaits_reply = False
        self._questions = self._unanswered = 0
        self._replies: list[Deferred[Said]] = []
        self._last_heard = b""
        self._last_said: Said | None = None
        self._gave_up: Exception | None = None
        self._job: int | None = None

    # For the HTTP side

    @property
    def complete(self) -> bool:
        """True when the ACS has had its last word."""
        return self.dialogue.state is State.ENDING

    def hear(self, time: float, head: bytes, body: bytes, envelope: Envelope) -> Said | Deferred[Said]:
        """Take what the CPE posted: when, the head and body of its request, the envelope in that.

        Returns the answer, or what fires with it; what was posted once more is answered as before, and
        nothing is done twice.  Raises `RemoteProtocolError`, changing nothing, for what must not be said
        now.  Raises or fails with `StoreUnavailable` where the session cannot go on because nothing can be
        stored, with `SessionLost` where it is over.
        """
        if body and body == self._last_heard and self.repeated(envelope, body):
            self.record.heard_again(time, head, body, envelope.message)
        else:
            self.record.heard(time, head, body, envelope.message, envelope.repaired)
            heard = self.dialogue.take(envelope)
            if heard.remark:
                self.record.remark(heard.remark)
            self._last_heard, self._last_said = body, None
            self._proceed(heard)
        if self._last_said is not None:
            return self._last_said
        if self._gave_up is not None:
            raise self._gave_up
        reply: Deferred[Said] = Deferred()
        self._replies.append(reply)
        return reply

    def repeated(self, envelope: Envelope, body: bytes) -> bool:
        """Is this the CPE's last message once more?

        Two answers may rightly be alike to the byte where a CPE leaves the ID out; a repeated one bears an
        ID that is no longer due.
        """
        if not body or body != self._last_heard:
            return False
        return isinstance(envelope.message, Request) or envelope.header.id not in (
            None,
            self.dialogue.asked_id,
        )

    def _proceed(self, heard: Heard) -> None:
        if heard.signal is Signal.REQUEST:
            self._asked(heard)
        elif self._begun:
            self._replied(heard)
        else:
            self._begin()

    def _begin(self) -> None:
        """Let the script speak from now on."""
        self._begun = True
        self._play = self._script(self)
        self._go_on(self._play.send, None)

    @property
    def about(self) -> dict[str, Any]:
        """The fields of what is logged of it."""
        session = as_text(self.record.id)
        return {"device": self.device_id, "session": session, "address": self.client_ip}

    def keep(self, store: Store) -> None:
        """Have the session kept as far as it has come, before something in it is acknowledged."""
        store.save_session(self.record.row(SessionResult.OPEN), tuple(self.record.exchanges))

    def lose(self, reason: str) -> None:
        """The session will not go on; whatever waits in it is told so."""
        self.failure = self.failure or reason
        self.over = True
        self.dialogue.close()
        self._throw(SessionLost(reason))
        self._fail_replies(SessionLost(reason))

    def take_up(self, brief: Brief) -> None:
        """Go on with a session that was brief so far: what was said in it was said here."""
        self.resident, self.device_id = brief.resident, brief.device_id
        self.routine = brief.routine
        self.deadline, self.connections = brief.deadline, brief.connections
        self.dialogue.take(brief.inform)
        self.adapt(brief.adapter)
        self._last_said = self._greeting()
        self._last_heard = brief.exchanges[0].body
        if brief.complete:
            self._begun = True  # and over
            self.dialogue.take(Envelope(None, ""))
            self._last_said, self._last_heard = Said(self.dialogue.say(None)), b""
        self.record.note(**brief.facts())
        self.record.take_up(brief.exchanges, brief.row(SessionResult.OPEN))

    # For the script

    def adapt(self, adapter: Adapter) -> None:
        """Take these liberties for the device's sake, from now on and for its Inform."""
        if adapter is NOTHING:
            return
        self.adapter = adapter
        self.dialogue.declares = adapter.xml_declaration
        self.silence = max(self.silence, adapter.silence_seconds)
        self.inform = from_device(self.inform, adapter)

    @property
    def may_ask(self) -> bool:
        """Whether the device takes another RPC in this session."""
        return not self.adapter.rpcs_per_session or self._questions < self.adapter.rpcs_per_session

    async def greet(self) -> None:
        """Accept the Inform; returns when the CPE has nothing more to ask and it is our turn."""
        if self.over:
            raise SessionLost(self.failure)
        await Saying(self._greeting())

    def _greeting(self) -> Said:
        header = Header(use_version=self.version.use) if self.version.use else None
        return Said(self.dialogue.say(InformResponse(), header), InformResponse.__name__)

    async def call(self, request: Request[R], job: int | None = None) -> R:
        """Have the CPE carry out an RPC and return its answer.

        Raises `CpeFault` with its fault, `Unanswered` where it passed the RPC over, `Enough` where it takes
        no more (`may_ask`), `SessionLost` where no answer will come.
        """
        if not self.may_ask:
            raise Enough
        self._questions += 1
        self._job = job
        # The dialogue lets only R's name through.
        return await self._say(for_device(request, self.adapter))  # type: ignore[return-value]

    def _say(self, request: AnyRequest) -> Saying:
        if self.over:
            raise SessionLost(self.failure)
        return Saying(Said(self.dialogue.say(request), name_of(request), self._job, asks=True))

    # Between the two

    def _go_on(self, step: Callable[[Any], object], value: object) -> None:
        """Let the script run until it speaks, or awaits a Deferred that has not fired.

        ``step`` is its `send` or `throw`.  What it says goes out once it sleeps: the CPE may have sent ahead,
        and be heard at once.
        """
        try:
            awaited = step(value)
        except StopIteration:
            self._finished()
        except Exception as error:
            self._failed(error)
        else:
            if isinstance(awaited, Said):
                self._awaits_reply = True
                self._send(awaited)
            else:
                assert isinstance(awaited, Deferred), awaited
                awaited.addCallbacks(self._come, self._failed_to_come)

    def _come(self, result: object) -> None:
        """What the script awaits is there; the Deferred gives it when it is asked again."""
        self._go_on(self._play.send, None)

    def _failed_to_come(self, reason: Failure) -> None:
        self._go_on(self._play.throw, reason.value)

    def _throw(self, error: Exception) -> None:
        """Raise it in the script, where that waits for the CPE."""
        if self._awaits_reply:
            self._awaits_reply = False
            self._go_on(self._play.throw, error)

    def _finished(self) -> None:
        """The script has nothing more to do: if it is our turn, have the last word."""
        if self.dialogue.state is State.ACS_TURN:
            self._send_last()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, SessionLost):
            self._end_early(str(error))
            return
        if isinstance(error, StoreUnavailable):
            self._give_up("the store is not available", error)
            return
        if self.dialogue.state is State.INFORMING:
            self._refuse(error)
            return
        self.log.failure("session of {device} failed", **self.about)
        self._end_early(f"internal error: {type(error).__name__}")

    def _end_early(self, words: str) -> None:
        """The script went no further: say our last word where somebody waits for one."""
        self.failure = self.failure or words
        if self.dialogue.state is State.ACS_TURN:
            self._send_last()

    def _refuse(self, error: Exception) -> None:
        """The Inform is not accepted: answer it with a fault."""
        if isinstance(error, Refused):
            code, words = error.fault, error.reason
        else:
            code, words = 8002, "internal error"
            self.log.failure("Inform from {address} failed", **self.about)
        self.failure = words
        self.over = True
        self._send(Said(self.dialogue.say(fault(code, words)), "Fault"))

    def _give_up(self, words: str, error: Exception) -> None:
        self.failure = words
        self.over = True
        self._fail_replies(error)

    def _fail_replies(self, error: Exception) -> None:
        self._gave_up = error
        replies, self._replies = self._replies, []
        for reply in replies:
            reply.errback(error)

    def _asked(self, heard: Heard) -> None:
        """The CPE asks something of us."""
        assert isinstance(heard.message, Request)
        answering: Deferred[Message | None] = Deferred.fromCoroutine(self._answer(self, heard.message))
        answering.addErrback(self._no_answer, heard.message)
        answering.addCallback(self._send_answer)

    def _no_answer(self, reason: Failure, request: AnyRequest) -> Message | None:
        if isinstance(reason.value, StoreUnavailable):
            self._give_up("the store is not available", reason.value)
            return None
        self.log.failure(
            "{rpc} from {device} could not be answered",
            reason,
            rpc=name_of(request),
            **self.about,
        )
        return fault(8002)

    def _send_answer(self, message: Message | None) -> None:
        if message is not None and not self.over:
            name = "Fault" if isinstance(message, Fault) else name_of(message)
            self._send(Said(self.dialogue.say(message), name))

    def _replied(self, heard: Heard) -> None:
        """The CPE answered us, or has nothing more to ask: the script goes on."""
        if not self._awaits_reply:
            # The script has returned: a CPE that still had requests after our last word gets that word again.
            self._send_last()
        elif heard.unanswered is not None:
            self._passed_over(heard.unanswered, heard.remark)
        elif isinstance(heard.message, Fault) and heard.answers is not None:
            self._throw(CpeFault(heard.answers, heard.message))
        else:
            self._awaits_reply = False
            answer = heard.message if isinstance(heard.message, Response) else None
            self._go_on(self._play.send, answer and from_device(answer, self.adapter))

    def _passed_over(self, request: AnyRequest, remark: str) -> None:
        self._unanswered += 1
        if self._unanswered < MAX_UNANSWERED:
            self._throw(Unanswered(request, remark))
        else:
            self._throw(SessionLost(remark))

    def _send(self, said: Said) -> None:
        self._last_said = said
        if self._replies:
            replies, self._replies = self._replies, []
            for reply in replies:
                reply.callback(said)

    def _send_last(self) -> None:
        if self._last_said is None:
            self._send(Said(self.dialogue.say(None)))
