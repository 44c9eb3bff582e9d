"""One message on its way: posted once, or once more where a connection that was kept is gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed
from twisted.web.http_headers import Headers
from twisted.web.iweb import IBodyProducer
from zope.interface import implementer

from acs.hypertext.errand import Errand
from acs.store import ids
from acs.store.records.webhooks import Delivery, Webhook
from acs.web.webhooks.signing import headers

SECONDS = 10.0
"""How long an answer may take, its head and what is read of its body."""
LONGEST_ANSWER = 2048
"""Bytes of an answer's body that are read; a connection that has more is cut."""
LONGEST_DETAIL = 200
"""Characters that are kept of why a message was not taken."""


class Outcome(Struct, frozen=True):
    """What came of posting it: the HTTP ``status`` that was answered, 0 for none; ``detail``, for people; how
    many ``seconds`` it took."""

    status: int
    detail: str
    seconds: float

    @property
    def taken(self) -> bool:
        """Whether it was."""
        return 200 <= self.status <= 299


async def nowhere(webhook: Webhook, delivery: Delivery) -> Outcome:
    """For who has no way to send messages."""
    return Outcome(0, "this process sends nothing", 0.0)


@implementer(IBodyProducer)
class _Body:
    """The body of a message, which is short enough to be written at once."""

    def __init__(self, body: bytes) -> None:
        self.length = len(body)
        self._body = body

    def startProducing(self, consumer: Any) -> Deferred[None]:
        consumer.write(self._body)
        return succeed(None)

    def pauseProducing(self) -> None:
        """It is written."""

    def resumeProducing(self) -> None:
        """It is written."""

    def stopProducing(self) -> None:
        """It is written."""


class _Beginning(Protocol):
    """Takes in the first bytes of an answer's body, whose connection is then cut."""

    transport: Any

    def __init__(self) -> None:
        self.read: Deferred[bytes] = Deferred(lambda _: self._enough())
        self._bytes = b""

    def dataReceived(self, data: bytes) -> None:
        if self.read.called:
            return
        self._bytes += data[: LONGEST_ANSWER - len(self._bytes)]
        if len(self._bytes) == LONGEST_ANSWER:
            self._enough()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if not self.read.called:
            self.read.callback(self._bytes)  # the head said whether it was taken

    def _enough(self) -> None:
        """No more is waited for."""
        if self.transport is not None:
            getattr(self.transport, "abortConnection", self.transport.loseConnection)()
        self.read.callback(self._bytes)


class Posting:
    """Posts messages.  Redirections are not followed: what is told is for that place alone.

    :param agent: a `twisted.web.iweb.IAgent`, which checks the certificates of https.
    """

    def __init__(self, agent: Any, clock: IReactorTime) -> None:
        self._agent = agent
        self._clock = clock

    async def post(self, webhook: Webhook, delivery: Delivery) -> Outcome:
        """What came of it; never raises."""
        began, errand = self._clock.seconds(), Errand()
        call = self._clock.callLater(SECONDS, errand.stop)
        said = headers(webhook.secret, ids.as_text(delivery.id), int(began), delivery.body)
        try:
            status, detail = await self._twice(errand, webhook.url, said, delivery.body)
        except Exception as error:
            late = errand.late or isinstance(error, CancelledError)
            status, detail = 0, f"no answer within {SECONDS:g} s" if late else _reason(error)
        if call.active():
            call.cancel()
        return Outcome(status, detail[:LONGEST_DETAIL], self._clock.seconds() - began)

    async def _twice(self, errand: Errand, url: str, said: Mapping[str, str], body: bytes) -> tuple[int, str]:
        try:
            return await self._once(errand, url, said, body)
        except ResponseFailed:
            if errand.late:
                raise
            return await self._once(errand, url, said, body)

    async def _once(self, errand: Errand, url: str, said: Mapping[str, str], body: bytes) -> tuple[int, str]:
        whole = {"Content-Type": "application/json", "User-Agent": "acs-webhook", **said}
        head = Headers({name: [value] for name, value in whole.items()})
        answer = await errand.wait(self._agent.request(b"POST", url.encode("ascii"), head, _Body(body)))
        beginning = _Beginning()
        answer.deliverBody(beginning)
        words = await errand.wait(beginning.read)
        if 200 <= answer.code <= 299:
            return answer.code, ""
        return answer.code, " ".join(words.decode("utf-8", "replace").split())


def _reason(error: Exception) -> str:
    if isinstance(error, ResponseFailed) and error.reasons:
        error = error.reasons[0].value
    return str(error) or type(error).__name__
