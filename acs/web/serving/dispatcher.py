"""The one resource, which has each request answered by its route.

In this order: is there such a path, with this method; who asks, and may they; is the query right, and the
body.  Only then the route's own function is called.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

from twisted.internet.defer import Deferred
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from acs.hypertext.proxied import Networks
from acs.web.appliance import Appliance
from acs.web.people.authentication import NOBODY, Authenticator, identify
from acs.web.people.permission import check, check_role
from acs.web.serving.answers import Answer
from acs.web.serving.around import Around, asked_of
from acs.web.serving.calls import Call, Segment, read_body, read_query
from acs.web.serving.incoming import BodyLost
from acs.web.serving.peers import peer_of
from acs.web.serving.problems import Problem, answer_to, as_answer
from acs.web.serving.requests import MAX_BODY, BoundedRequest
from acs.web.serving.routing import Route, Router

_ON_EVERY_ANSWER = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}

BODILESS = frozenset({204, 304})
"""Statuses whose answers have no body."""

log = Logger()


Dress: TypeAlias = Callable[[Answer, BoundedRequest], Answer]
"""How a refusal is shown to who has made the request."""


def as_it_is(answer: Answer, request: BoundedRequest) -> Answer:
    """As it is."""
    return answer


class Dispatcher(Resource):
    """Serves a table of routes; what ``trusted_proxies`` say of who asks them is believed; ``dress``: how
    refusals are shown.

    :ivar appliance: what the routes use.
    :ivar chain: who tells who asks.
    """

    isLeaf = True

    def __init__(
        self,
        router: Router,
        appliance: Appliance,
        chain: Sequence[Authenticator],
        around: Around,
        trusted_proxies: Networks = (),
        dress: Dress = as_it_is,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._trusted_proxies = trusted_proxies
        self._dress = dress
        self._router = router
        self._around = around
        self.appliance = appliance
        self.chain = chain

    def render(self, request: Any) -> int:
        """Begin to serve; the answer is written when it is there, unless the client has gone by then."""
        if request.incoming is None:
            self.begin(request)
        else:
            early = request.startedWriting
            request.incoming.end()  # by which a route that has waited for it may answer, and be done
            if early:
                request.finish()  # the answer did not wait for all of the body
        return NOT_DONE_YET

    def most_streamed(self, request: BoundedRequest) -> int:
        """How many bytes of the body are read while they come, of a request of which the head is there."""
        method, path = request.method.decode("latin-1"), request.path.decode("latin-1")
        return self._router.most_streamed(method, path)

    def begin(self, request: BoundedRequest) -> None:
        """Serve, though of a streamed body not all is there."""
        Deferred.fromCoroutine(self._serve(request)).addErrback(_unwritten, request)

    async def _serve(self, request: BoundedRequest) -> None:
        gone: list[object] = []
        request.notifyFinish().addErrback(gone.append)
        started = self.appliance.now()
        request.peer = peer_of(request, self._trusted_proxies)
        answer = await self._answer(request)
        _note(request, answer, self.appliance.now() - started)
        if gone:
            return
        incoming = request.incoming
        if incoming is not None and not incoming.complete:
            _write_early(request, answer)
            incoming.discard(request.principal is not NOBODY)
        else:
            _write(request, answer, partial(self._admit_again, request))

    async def _answer(self, request: BoundedRequest) -> Answer:
        """The route's answer, or what is answered to an exception."""
        method, path = request.method.decode("ascii"), request.path.decode("latin-1")
        asked = asked_of(request)
        try:
            if method == "OPTIONS":
                return Answer(204, headers={"Allow": ", ".join(self._router.methods(path))})
            route, segments = self._router.match(method, path)
            if route.role is not None:
                request.principal = await identify(self.chain, request)
            await check(route, segments, request.principal, self.appliance.store)
            return await self._around.serve(route, _call(route, segments, request), asked)
        except BodyLost:
            return as_answer(Problem(400, "the client went away in the middle of the body"))
        except Exception as error:
            self._around.refused(request.principal, method, path, asked, error)
            return self._dress(answer_to(error, lambda: self.appliance.random_text(6)), request)

    async def _admit_again(self, request: BoundedRequest) -> None:
        """Whether who asks still may what the request asks for; raises `Problem` 401 or 403."""
        route, _ = self._router.match(request.method.decode("ascii"), request.path.decode("latin-1"))
        if route.role is not None:
            only = request.principal.only
            request.principal = await identify(self.chain, request)
            check_role(route, request.principal)
            if request.principal.only != only:
                raise Problem(403, "other devices are there for you than before")


def _call(route: Route, segments: dict[str, Segment], request: BoundedRequest) -> Call:
    """The request, read as the route declares it; raises `Problem` 400, 413 or 415."""
    if request.overlong:
        raise Problem(413, f"the body is longer than {MAX_BODY} bytes")
    query, given = read_query(request.uri.decode("latin-1").partition("?")[2], route.query, route.lenient)
    body = None
    if route.body is not None and not route.body.streamed:
        types = request.said("content-type")
        body = read_body(route.body, request.whole_body, types)
    target, who, headers = request.path.decode("latin-1"), request.principal, _headers(route, request)
    return Call(target, segments, who, query, given, body, headers, request.incoming, request.peer)


def _headers(route: Route, request: BoundedRequest) -> dict[str, str]:
    given = {param.name: request.said(param.name) for param in route.headers}
    return {name: values[-1] for name, values in given.items() if values}


def _write_early(request: BoundedRequest, answer: Answer) -> None:
    """Answer before all of the body is there, and end the connection after it."""
    request.channel.persistent = False
    _write_head(request, answer)
    request.responseHeaders.setRawHeaders("Connection", ["close"])
    request.write(answer.body)


def _write(request: BoundedRequest, answer: Answer, admitted: Callable[[], Awaitable[object]]) -> None:
    _write_head(request, answer)
    if answer.stream is not None and request.method != b"HEAD":
        answer.stream.begin(request, admitted)
        return
    request.write(answer.body)
    request.finish()  # type: ignore[no-untyped-call]


def _write_head(request: BoundedRequest, answer: Answer) -> None:
    request.setResponseCode(answer.status, answer.reason.encode("ascii") or None)
    headers = {**_ON_EVERY_ANSWER, **answer.headers}
    if answer.content_type and answer.status not in BODILESS:
        headers["Content-Type"] = answer.content_type
    if answer.status not in BODILESS and answer.stream is None:
        headers["Content-Length"] = str(len(answer.body))
    for name, value in headers.items():
        request.responseHeaders.setRawHeaders(name, [value])


def _note(request: BoundedRequest, answer: Answer, duration: float) -> None:
    """The access log; probes and other requests that need nobody's leave are for those who look closely."""
    routine = request.principal is NOBODY and answer.status < 400
    log.emit(
        LogLevel.debug if routine else LogLevel.info,
        "{method} {path} {status} by {who} in {duration:.3f} s",
        method=request.method.decode("ascii"),
        path=request.path.decode("latin-1").encode("unicode_escape").decode("ascii"),
        status=answer.status,
        who=request.principal.name,
        address=getattr(request.getClientAddress(), "host", ""),  # type: ignore[no-untyped-call]
        duration=duration,
    )


def _unwritten(failure: Failure, request: Any) -> None:
    """What should not happen: an answer that could not be written.  Nobody is to wait for it."""
    log.failure("an answer could not be written", failure)
    if request.transport is not None:
        request.transport.abortConnection()
