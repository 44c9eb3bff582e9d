"""A thin Twisted protocol around the request reader: one answer at a time, no wait without a limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IHalfCloseableProtocol, IProtocol, IPushProducer, IReactorTime
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from acs.http.callers import Callers
from acs.http.connection import Connection
from acs.http.errors import BadRequest
from acs.http.inexact import Miscounting
from acs.http.limits import Limits, Timeouts, Tolerance
from acs.http.messages import CONTINUE, Request, Response, write_response
from acs.http.reader import RequestReader, State
from acs.http.refusals import TurnedAway, ignore_closed, refuse_plainly
from acs.http.sockets import half_close
from acs.http.usual import UsualHeads
from acs.hypertext.proxied import Networks, among
from acs.recurring import Recurring

__all__ = ["Connection", "HttpFactory", "HttpProtocol", "Limits", "Timeouts", "Tolerance"]

READ_AHEAD = 65536
"""Reading pauses when this many bytes wait behind a request that is being answered."""

RECORDED = 65536
"""How much of the body of a refused request is shown for the record."""

SWEEP_SECONDS = 1.0
"""How often time limits are looked at: they are kept to within this."""

_NEVER = float("inf")
_IDLE = State.IDLE

log = Logger()


@implementer(IHalfCloseableProtocol, IProtocol, IPushProducer)
class HttpProtocol:
    """One connection.  Requests are read and answered one after the other; those behind wait, as bytes.

    A client that has closed its side after its requests is answered still: TCP does not tell such a half
    close from a client that is gone.  If it is gone, the answer is dropped when it comes, and not cancelled
    before: the work may belong to a session that continues on another connection.

    :ivar deadline: when the present wait is over, by the factory's clock.
    """

    __slots__ = (
        "__weakref__", "connection", "deadline", "factory", "transport", "_number", "_reader", "_request",
        "_waiting", "_open", "_closing", "_ended", "_choked", "_paused", "_advancing", "_unknown",
    )  # fmt: skip

    def __init__(self, factory: HttpFactory, number: int) -> None:
        self.factory = factory
        self.transport: Any = None
        self.deadline = _NEVER
        self._number = number
        self._reader: RequestReader | None = None  # of what does not come as most of it does
        self._request: Request | None = None  # the one that is being answered
        self._waiting: State | None = None  # what the deadline is for
        self._open = True  # there will be another answer
        self._closing = False  # after the present one there will be none
        self._ended = False  # the client will send nothing more
        self._choked = False  # the client does not take what it is sent
        self._paused = False
        self._advancing = False
        self._unknown = factory.proxied  # who calls is not known before something has come

    def makeConnection(self, transport: Any) -> None:
        """Here is the transport."""
        self.transport = transport
        self.connectionMade()

    def connectionMade(self) -> None:
        self.connection = Connection(self._number, self.transport, self.close_soon)
        self.factory.opened(self)
        self.transport.registerProducer(self, True)
        self._wait_for(_IDLE)
        if not self._unknown:
            self._is_known()

    def _is_known(self) -> None:
        """Who calls: he may be cut for that."""
        self._unknown = False
        factory, client_ip = self.factory, self.connection.client_ip
        proxy = factory.proxies and among(client_ip, factory.proxies)
        if not proxy and not factory.callers.let_in(self.connection, client_ip):
            self._leave(factory.timeouts.linger_seconds)
            self.transport.abortConnection()
        elif factory.miscounting and client_ip in factory.miscounting:
            self._reader = factory.reader()
            self._reader.expect_miscounting()

    def dataReceived(self, data: bytes) -> None:
        if self._unknown:
            self.connection.is_known()
            self._is_known()
        if not self._open:
            return
        if self._reader is None and self._request is None and not self._choked:
            # The usual case: what has come is a whole request.
            request = self.factory.heads.whole(data)
            if request is not None:
                self._answer(request)
                if self._choked:
                    self._regulate()
                return
        self._reader = self._reader or self.factory.reader()
        self._reader.feed(data)
        self._advance()

    @property
    def has_more_to_say(self) -> bool:
        """Whether a client that has closed its side is to be told something still."""
        return self._request is not None or (self._reader is not None and not self._reader.idle)

    def readConnectionLost(self) -> None:
        self._ended = True
        if self._open:
            self._advance()
        else:
            self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        """Our half close has been sent: there is nothing to do but to wait for the client's."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._open = False
        self._request = None
        self.deadline = _NEVER
        self.factory.lost(self)
        try:
            self.factory.closed(self.connection)
        except Exception:
            log.failure("the end of a connection could not be told")
        self.connection.on_close = None  # or the two would wait for the garbage collector

    def pauseProducing(self) -> None:
        self._choked = True

    def resumeProducing(self) -> None:
        self._choked = False
        self._advance()

    def stopProducing(self) -> None:
        """The transport says so as the connection is lost; `connectionLost` follows."""

    def close_soon(self) -> None:
        """Close, after the answer where one is under way."""
        self._closing = True
        if self._open and self._request is None:
            self._close()

    def timed_out(self) -> None:
        """The deadline has passed; the factory's sweep says so."""
        if not self._open or self._choked:
            self.transport.abortConnection()
        elif self._waiting is _IDLE:
            self._close()
        else:
            part = "head" if self._waiting is State.HEAD else "body"
            self._refuse(BadRequest(408, f"the {part} of the request did not come in time"))

    def _advance(self) -> None:
        """Answer what has come whole, until an answer has to be waited for or nothing is left."""
        if self._advancing:
            return
        self._advancing = True
        try:
            while self._open and self._request is None and not self._choked and self._answer_next():
                pass
        finally:
            self._advancing = False
        if self._request is None and self._reader is not None and self._reader.untouched:
            self._reader = None
        self._regulate()

    def _answer_next(self) -> bool:
        """Answer one request; returns whether there is anything else to look at."""
        try:
            request = None if self._reader is None else self._reader.next_request()
        except BadRequest as error:
            self._refuse(error)
            return False
        if request is None:
            self._wait()
            return False
        self._answer(request)
        return self._ended or self.has_more_to_say

    def _answer(self, request: Request) -> None:
        self._request = request
        self._waiting = None
        self.deadline = _NEVER
        try:
            answer = self.factory.respond(request, self.connection)
            if isinstance(answer, Response):
                self._reply(answer)
            else:
                answer.addCallback(self._reply).addErrback(self._fail, request).addCallback(
                    lambda _: self._advance()
                )
        except Exception:
            self._fail(None, request)

    def _reply(self, response: Response) -> None:
        request = self._request
        if request is None:
            return  # the client has gone meanwhile
        keep = request.persistent and not self._closing and not response.close
        if response.head and not self._closing:
            data = response.head + response.body
        else:
            data = write_response(
                response, minor=request.minor, persistent=keep, head_only=request.method == "HEAD"
            )
        self._request = None
        self._wait_for(_IDLE)
        self.transport.write(data)
        if not keep:
            self._close()

    def _fail(self, reason: Failure | None, request: Request) -> None:
        log.failure(
            "{method} {path!r} could not be answered", reason, method=request.method, path=request.path
        )
        self._reply(Response(500, close=True))

    def _wait(self) -> None:
        """No whole request is there."""
        if self._reader is not None and self._reader.take_wants_continue():
            self.transport.write(CONTINUE)
        state = _IDLE if self._reader is None else self._reader.state
        if self._ended and state is _IDLE:
            self._close()
        elif self._ended:
            self._refuse(BadRequest(400, "the connection ended in the middle of a request"))
        elif state is not self._waiting:
            self._wait_for(state)

    def _wait_for(self, state: State) -> None:
        self._waiting = state
        self.deadline = self.factory.clock.seconds() + self.factory.seconds_for[state]

    def _regulate(self) -> None:
        """Stop reading while there is enough to do, or nobody takes the answers."""
        if not self._open or self._ended:
            return
        ahead = 0 if self._request is None or self._reader is None else self._reader.buffered
        pause = self._choked or ahead > READ_AHEAD
        if pause is not self._paused:
            self._paused = pause
            if pause:
                self.transport.pauseProducing()
            else:
                self.transport.resumeProducing()

    def _refuse(self, error: BadRequest) -> None:
        """Answer what cannot be read on.

        The client may be sending still, and would lose the answer if the connection were closed upon it
        (RFC 9112 section 9.6): what it sends is read and thrown away for a while.
        """
        self._leave(self.factory.timeouts.linger_seconds)
        try:
            reader = self._reader or self.factory.reader()
            response = self.factory.refused(error, reader.head, reader.body(RECORDED), self.connection)
            data = write_response(response, persistent=False)
        except Exception:
            log.failure("a refusal with status {status} could not be answered", status=error.status)
            data = write_response(Response(500), persistent=False)
        self.transport.write(data)
        if self._ended:
            self.transport.loseConnection()
            return
        half_close(self.transport)

    def _close(self) -> None:
        """Close, once everything is written that waits to be."""
        self._leave(self.factory.timeouts.idle_seconds)
        self.transport.loseConnection()

    def _leave(self, seconds: float) -> None:
        """There will be no further answer; the connection is cut if it is still there after so long."""
        self._open = False
        self.deadline = self.factory.clock.seconds() + seconds
        self.transport.unregisterProducer()
        if self._paused:
            # What the client still says is thrown away, but that it goes, and TLS's farewell, must be heard.
            self._paused = False
            self.transport.resumeProducing()


class HttpFactory(Factory):
    """Makes the protocols of a listener and watches over their time limits.

    :param respond: answers a request, at once or later.  What it raises is logged and answered 500.
    :param refused: answers, records and logs what is no request: gets the error, what came of the head and,
        up to `RECORDED` bytes, of the body.  The connection is closed then.
    :param closed: told once of each connection that has ended, whatever the reason.
    :param miscounting: the addresses whose clients get their Content-Length wrong.
    :param callers: how many connections there may be, this factory's and others'; further ones are cut.
    :param proxied: who calls is known when the first bytes come, and not before (PROXY protocol).
    :param proxies: the networks of proxies, whose connections are nobody's (`acs.http.callers`).
    """

    noisy = False

    def __init__(
        self,
        respond: Callable[[Request, Connection], Response | Deferred[Response]],
        refused: Callable[[BadRequest, bytes, bytes, Connection], Response] = refuse_plainly,
        closed: Callable[[Connection], None] = ignore_closed,
        *,
        clock: IReactorTime,
        limits: Limits = Limits(),  # noqa: B008
        timeouts: Timeouts = Timeouts(),  # noqa: B008
        tolerance: Tolerance = Tolerance(),  # noqa: B008
        miscounting: Miscounting | None = None,
        callers: Callers | None = None,
        proxied: bool = False,
        proxies: Networks = (),
    ) -> None:
        self.respond = respond
        self.refused = refused
        self.closed = closed
        self.clock = clock
        self.limits = limits
        self.timeouts = timeouts
        self.tolerance = tolerance
        self.heads = UsualHeads(limits)
        self.miscounting = miscounting
        self.callers = callers or Callers(clock.seconds)
        self.proxied = proxied
        seconds = timeouts.idle_seconds, timeouts.head_seconds, timeouts.body_seconds
        self.seconds_for = dict(zip(State, seconds, strict=True))
        self.proxies = proxies
        self._count = 0
        self._protocols: set[HttpProtocol] = set()
        words = "the time limits of connections could not be looked at"
        self._sweep = Recurring(clock, SWEEP_SECONDS, self._look_at_deadlines, words)
        self._stopped = False

    @property
    def connections(self) -> list[Connection]:
        """Those that are open now."""
        return [protocol.connection for protocol in self._protocols]

    def startFactory(self) -> None:
        self._stopped = False
        self._sweep.start()

    def stopFactory(self) -> None:
        """No port listens any more.  Open connections may end in their own time, and are watched still."""
        self._stopped = True
        if not self._protocols:
            self._sweep.stop()

    def buildProtocol(self, addr: object) -> Any:
        if self.callers.full:
            self.callers.turn_away("a client", f"{self.callers.open} connections are open")
            return TurnedAway()
        self._count += 1
        return HttpProtocol(self, self._count)

    def opened(self, protocol: HttpProtocol) -> None:
        """A protocol says that its connection is there."""
        self._protocols.add(protocol)
        self.callers.came()

    def reader(self) -> RequestReader:
        """One for a connection."""
        return RequestReader(self.limits, self.tolerance, self.heads)

    def lost(self, protocol: HttpProtocol) -> None:
        """A protocol says that its connection is gone."""
        if protocol in self._protocols:
            self._protocols.remove(protocol)
            self.callers.left(protocol.connection)
        if self._stopped and not self._protocols:
            self._sweep.stop()

    def _look_at_deadlines(self) -> None:
        # One timer for all: one for each connection, set anew at each request, costs more than the request.
        now = self.clock.seconds()
        for protocol in list(self._protocols):
            if protocol.deadline <= now:
                protocol.timed_out()
        self.callers.tell_of_more()
