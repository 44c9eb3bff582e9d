"""One CWMP listener, which takes each HTTP request to the session that it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from acs.cwmp.envelope import Envelope, Header, write_envelope
from acs.cwmp.errors import RemoteProtocolError
from acs.cwmp.faults import fault
from acs.cwmp.messages import Inform, name_of
from acs.cwmp.namespaces import CWMP_1_0
from acs.cwmp.versions import NoCommonVersion, negotiate
from acs.http.authentication import Authentication, Denied
from acs.http.briefly import COOKIE, XML, answer, greet, say_last
from acs.http.callers import Callers, TooMany
from acs.http.coding import decode_body
from acs.http.cookies import cookie_values
from acs.http.entrance import Entrance
from acs.http.envelopes import envelope_of, expect_again, next_envelope
from acs.http.errors import BadRequest
from acs.http.forwarded import sender
from acs.http.guesses import TooManyGuesses
from acs.http.inexact import Miscounting, is_whole, miscounted
from acs.http.messages import Request, Response, response_head
from acs.http.protocol import Connection
from acs.http.relay import Relay
from acs.hypertext.proxied import Networks
from acs.session.admission import Overloaded
from acs.session.brief import Brief
from acs.session.conversation import Conversation
from acs.session.credentials import Kind
from acs.session.errors import SessionLost
from acs.session.record import Said
from acs.session.sessions import Opened, Sessions
from acs.store.interface import StoreUnavailable
from acs.store.records import Exchange

MAX_KEPT = 65536
"""Bytes of a refused message's body that are kept."""

_NEXT_TIME = "its Content-Length may be wrong, and is not believed from this address any more"
_NOTHING = Response(204)
_EMPTY = Envelope(None, "")
_NotAdmitted = Denied | TooManyGuesses | StoreUnavailable


class _Post(Struct, frozen=True):
    """A request on its way to its session: with its decoded body, its envelope, and its connection."""

    request: Request
    connection: Connection
    body: bytes
    envelope: Envelope


class CwmpEndpoint:
    """What one ``[[cwmp]]`` listener answers.  `respond` and `refused` are what an
    `acs.http.protocol.HttpFactory` wants.

    :param now: the time, seconds since 1970.
    :param path: CPEs may post to this path and below.
    :param relay: passes on what belongs to a session of another node.
    :param trusted: the networks of the proxies whose X-Forwarded-For is believed.
    :param authentication: what a CPE has to show with its Inform; None for nothing.
    :param miscounting: is told whose Content-Length was wrong; None where connections are not their clients'
        alone.
    :param callers: as whose a proxy's connections are counted.
    """

    def __init__(
        self,
        sessions: Sessions,
        now: Callable[[], float],
        name: str,
        path: str,
        body_limit: int,
        relay: Relay | None = None,
        trusted: Networks = (),
        miscounting: Miscounting | None = None,
        authentication: Authentication | None = None,
        callers: Callers | None = None,
    ) -> None:
        self._sessions = sessions
        self._now = now
        self._name = name
        self._path = path.rstrip("/")
        self._body_limit = body_limit
        self._relay = relay
        self._trusted = trusted
        self._miscounting = miscounting
        self._entrance = None if authentication is None else Entrance(authentication, now)
        self._callers = callers or Callers(now)

    def respond(self, request: Request, connection: Connection) -> Response | Deferred[Response]:
        """Answer one request."""
        if self._trusted:
            proxy, connection = connection, sender(request, connection, self._trusted)
            try:
                if connection is not proxy:
                    self._callers.is_from(proxy, connection.client_ip)
            except TooMany as error:
                refusal = BadRequest(503, f"this address {error.reason}")
                return self._refuse(refusal, request.head, request.body, connection, error.retry_after)
        return self._respond(request, connection, self._relay)

    def respond_here(self, request: Request, connection: Connection) -> Response | Deferred[Response]:
        """Answer one that another node has passed on: whatever it is, it goes no further."""
        return self._respond(request, connection, None)

    def _respond(
        self, request: Request, connection: Connection, relay: Relay | None
    ) -> Response | Deferred[Response]:
        try:
            self._check(request)
            body = decode_body(request.body, request.header("content-encoding"), self._body_limit)
        except BadRequest as error:
            return self._refuse(error, request.head, request.body, connection)
        conversation = self._session_of(request, connection)
        if isinstance(conversation, Brief):
            if not body and self._sessions.is_over(conversation):
                return self._say_last(conversation, request, connection)
            conversation = self._sessions.unfold(conversation)
        if conversation is None and relay is not None and (node := _owner(relay, request, body)) is not None:
            return Deferred.fromCoroutine(relay.pass_on(node, self._name, request, connection))
        if not body or body.isspace():
            if conversation is None:
                # Sent to draw a challenge (netcwmp, Orange), or after a session: harmless (checklist 3.4).
                return _NOTHING if self._entrance is None else self._entrance.challenge(request)
            return self._converse(conversation, _Post(request, connection, body, _EMPTY))
        try:
            envelope = next_envelope(request, body, connection)
        except RemoteProtocolError as error:
            if self._miscounting is not None and miscounted(request.body):
                error = RemoteProtocolError(f"{error.reason}; the envelope is cut off: {_NEXT_TIME}")
                self._miscounting.note(connection.client_ip)
            return self._unreadable(conversation, request, body, connection, error)
        return self._deliver(conversation, _Post(request, connection, body, envelope))

    def refused(self, error: BadRequest, head: bytes, body: bytes, connection: Connection) -> Response:
        """Answer what is not even an HTTP request."""
        if self._miscounting is not None and error.status == 408 and is_whole(body):
            error = BadRequest(408, f"{error.reason}, and its envelope is whole: {_NEXT_TIME}")
            self._miscounting.note(connection.client_ip)
        return self._refuse(error, head, body, connection)

    def closed(self, connection: Connection) -> None:
        """A connection is gone.  Its session is not, as a CPE may open a new one for each request; but one
        that has come to its end, and lived on this connection alone, need not be remembered."""
        conversation = self._carried(connection)
        if (
            conversation is not None
            and conversation.complete
            and conversation.connections == {connection.number}
        ):
            self._sessions.lose(conversation, "")

    # Before the session

    def _check(self, request: Request) -> None:
        path = request.path
        if path != self._path and not path.startswith(self._path + "/"):
            raise BadRequest(404, f"{path[:100]!r} is not below this listener's path, {self._path or '/'}")
        if request.method != "POST":
            raise BadRequest(405, f"{request.method[:20]} where only POST is served")

    def _session_of(self, request: Request, connection: Connection) -> Opened | None:
        """The session whose cookie this is; without one, the session that this connection carried last; for
        devices that lose both, the one that their address has open."""
        carried = self._carried(connection)
        if carried is not None and request.first.get("cookie") == f"{COOKIE}={carried.token}":
            return carried
        tokens = cookie_values(request.all("cookie"), COOKIE) if "cookie" in request.first else ()
        for token in tokens:
            found = self._sessions.find(token)
            if found is not None:
                return found
        return carried if carried or tokens else self._sessions.at_address(connection.client_ip)

    def _carried(self, connection: Connection) -> Opened | None:
        """The session that this connection carried last, if it is open."""
        token = connection.session
        return self._sessions.find(token) if isinstance(token, str) else None

    def _deliver(self, conversation: Conversation | None, post: _Post) -> Response | Deferred[Response]:
        message = post.envelope.message
        if isinstance(message, Inform):
            return self._inform(conversation, post, message)
        if conversation is not None:
            return self._converse(conversation, post)
        if message is None:
            return _NOTHING
        error = BadRequest(400, f"{name_of(message)[:64]} outside of a session")
        return self._refuse(error, post.request.head, post.body, post.connection)

    def _inform(
        self, conversation: Conversation | None, post: _Post, inform: Inform
    ) -> Response | Deferred[Response]:
        """An Inform opens a session, whatever cookie it brings; unless it is the last message once more."""
        if conversation is not None and conversation.repeated(post.envelope, post.body):
            return self._converse(conversation, post)
        if self._entrance is None:
            return self._open(post)
        try:
            kind = self._entrance.admit(post.request, post.connection, inform)
        except (Denied, TooManyGuesses) as error:
            return self._shut(error, self._entrance, post, inform)
        if isinstance(kind, Kind):
            return self._open(post, kind)
        return kind.addCallbacks(
            partial(self._open, post), self._not_admitted, errbackArgs=(self._entrance, post, inform)
        )

    def _not_admitted(self, reason: Failure, entrance: Entrance, post: _Post, inform: Inform) -> Response:
        if not isinstance(reason.value, (Denied, StoreUnavailable)):
            reason.raiseException()
        return self._shut(reason.value, entrance, post, inform)

    def _shut(self, error: _NotAdmitted, entrance: Entrance, post: _Post, inform: Inform) -> Response:
        """No session is opened for a CPE that has not shown who it is."""
        if isinstance(error, TooManyGuesses):
            return self._refuse_post(post, 503, error.reason, error.retry_after)
        if not isinstance(error, Denied):
            return self._refuse_post(post, 503, str(error), 60)
        response = entrance.denied(error, post.request, post.connection, inform)
        if error.wrong:
            self._keep(post.request.head, post.body, post.connection, response, error.reason)
        else:
            expect_again(post.request, post.body, post.connection, post.envelope)
        return response

    def _open(self, post: _Post, credentials: Kind = Kind.NONE) -> Response | Deferred[Response]:
        try:
            version = negotiate(post.envelope)
            plain = not (post.request.note or post.envelope.repaired)
            who = post.connection.client_ip, self._name, credentials
            opened = self._sessions.open(post.envelope, version, *who, plain)
        except NoCommonVersion as error:
            reason = f"no common CWMP version: {error}"
            header, spoken = post.envelope.header, post.envelope.namespace
            refusal = Envelope(fault(8006), spoken or CWMP_1_0, Header(header.id))
            return self._faulted(post.request, post.body, post.connection, refusal, reason)
        except Overloaded as error:
            return self._refuse_post(post, 503, error.reason, error.retry_after)
        post.connection.session = opened.token
        if isinstance(opened, Conversation):
            return self._converse(opened, post)
        opened.connections.add(post.connection.number)
        return greet(self._sessions, opened, post.request, post.body, self._now())

    # Within the session

    def _say_last(self, brief: Brief, request: Request, connection: Connection) -> Response:
        brief.connections.add(connection.number)
        return say_last(self._sessions, brief, request, self._now())

    def _converse(self, conversation: Conversation, post: _Post) -> Response | Deferred[Response]:
        now = self._now()
        conversation.deadline = now + conversation.silence
        conversation.connections.add(post.connection.number)
        try:
            saying = conversation.hear(now, post.request.head, post.body, post.envelope)
        except RemoteProtocolError as error:
            return self._broken(conversation, error)
        except (StoreUnavailable, SessionLost) as error:
            return self._lost(error, conversation)
        if post.request.note:
            conversation.record.remark(post.request.note)
        if isinstance(saying, Said):
            return self._said(saying, conversation, post.request)
        responding = saying.addCallback(self._said, conversation, post.request)
        return responding.addErrback(self._failed, conversation)

    def _said(self, said: Said, conversation: Conversation, request: Request) -> Response:
        greets = said.rpc == "InformResponse"
        token = conversation.token if greets else ""
        response = answer(request, said.body, conversation.adapter.close, token)
        if greets and conversation.adapter.bind_by_address:
            self._sessions.bind_to_address(conversation)
        conversation.record.said(self._now(), response.status, response.head, said)
        self._sessions.spoken(conversation)
        return response

    def _failed(self, reason: Failure, conversation: Conversation) -> Response:
        if not isinstance(reason.value, (StoreUnavailable, SessionLost)):
            reason.raiseException()
        return self._lost(reason.value, conversation)

    def _lost(self, error: StoreUnavailable | SessionLost, conversation: Conversation) -> Response:
        """The session cannot go on.  What is not stored is not acknowledged."""
        if isinstance(error, StoreUnavailable):
            response = Response(503, (("Retry-After", "60"),), close=True)
        else:
            response = Response(400, close=True)
        conversation.record.said(self._now(), response.status, response_head(response), Said(b""), str(error))
        self._sessions.lose(conversation, str(error))
        return response

    def _broken(self, conversation: Conversation, error: RemoteProtocolError) -> Response:
        """What the CPE said cannot be taken now: it is told so, and the session is over."""
        response = _refusal(400, error.reason)
        conversation.record.remark(error.reason)
        conversation.record.said(self._now(), 400, response_head(response), Said(response.body))
        self._sessions.lose(conversation, error.reason)
        return response

    def _unreadable(
        self,
        conversation: Conversation | None,
        request: Request,
        body: bytes,
        connection: Connection,
        error: RemoteProtocolError,
    ) -> Response:
        if conversation is not None:
            conversation.record.heard(self._now(), request.head, body[:MAX_KEPT], None)
            return self._broken(conversation, error)
        if error.fault is not None:
            refusal = Envelope(fault(error.fault), error.namespace or CWMP_1_0, Header(error.id))
            return self._faulted(request, body, connection, refusal, error.reason, close=True)
        return self._refuse(BadRequest(400, error.reason), request.head, body, connection)

    def _faulted(
        self,
        request: Request,
        body: bytes,
        connection: Connection,
        refusal: Envelope,
        reason: str,
        close: bool = False,
    ) -> Response:
        """Refuse what was at least a whole envelope: it gets a SOAP fault (checklist 3.4), and no session."""
        response = Response(200, XML, write_envelope(refusal), close)
        self._keep(request.head, body, connection, response, reason)
        return response

    # Refusals

    def _refuse_post(self, post: _Post, status: int, reason: str, retry_after: int) -> Response:
        error = BadRequest(status, reason)
        return self._refuse(error, post.request.head, post.body, post.connection, retry_after)

    def _refuse(
        self,
        error: BadRequest,
        head: bytes,
        body: bytes,
        connection: Connection,
        retry_after: int | None = None,
    ) -> Response:
        response = _refusal(error.status, error.reason, retry_after)
        self._keep(head, body, connection, response, error.reason)
        return response

    def _keep(
        self, head: bytes, body: bytes, connection: Connection, response: Response, reason: str
    ) -> None:
        """Have a message that was refused told of, in one line, and kept with the reason."""
        now, sent = self._now(), response.head or response_head(response)
        exchanges = (
            Exchange(1, "in", now, "", head, body[:MAX_KEPT], note=reason),
            Exchange(2, "out", now, "", sent, response.body, response.status, answers=1),
        )
        self._sessions.refused(connection.client_ip, self._name, response.status, exchanges, reason)


def _owner(relay: Relay, request: Request, body: bytes) -> int | None:
    """The other node whose session the request belongs to.  An Inform belongs to none, as it opens one."""
    owners = [relay.owner_of(token) for token in cookie_values(request.all("cookie"), COOKIE)]
    owner = next((owner for owner in owners if owner is not None), None)
    return None if owner is None or _is_inform(request, body) else owner


def _is_inform(request: Request, body: bytes) -> bool:
    try:
        return isinstance(envelope_of(request, body).message, Inform)
    except RemoteProtocolError:
        return False


def _refusal(status: int, reason: str, retry_after: int | None = None) -> Response:
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    if status == 405:
        headers.append(("Allow", "POST"))
    if retry_after is not None:
        headers.append(("Retry-After", str(retry_after)))
    return Response(status, tuple(headers), (reason + "\n").encode("utf-8", "backslashreplace"), close=True)
