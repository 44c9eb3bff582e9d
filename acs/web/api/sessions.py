"""Sessions, down to every message that was said in them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from acs.store import ids
from acs.store.listing.listings import SESSIONS
from acs.store.records import Exchange, Role, Session
from acs.web.api.devices import device_filter
from acs.web.appliance import Appliance
from acs.web.hiding.markup import masked_body
from acs.web.hiding.redaction import masked_head
from acs.web.hiding.secrets import SHOW, shown
from acs.web.objects.things import EXCHANGE, SESSION
from acs.web.people.areas import Area
from acs.web.people.restrictions import FILTERED, OF_SESSION
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Call, Param
from acs.web.serving.listing import PAGE, answer_list, list_of, params_of, piece, query_of
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import JSON

routes = Routes("/api/v1", Area.SESSIONS, OF_SESSION)

_CHARSETS = (
    re.compile(
        rb"^content-type[ \t]*:[^\r\n]*?;[ \t]*charset[ \t]*=[ \t]*\"?([A-Za-z0-9._-]{1,40})", re.I | re.M
    ),
    re.compile(rb"""\A\s*(?:\xef\xbb\xbf)?<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})"""),
)
_BODY = Content({"type": "string"}, "text/xml")
LONGEST_SHOWN = 262_144
"""Bytes of a body that a list of messages shows."""
_BODIES = Param("bodies", {"type": "boolean", "default": False}, "Whether to show the messages' bodies too.")


@routes.add(
    "GET",
    "/sessions",
    Role.VIEWER,
    {200: list_of(SESSION.reference)},
    query=params_of(SESSIONS),
    restricted=FILTERED,
)
async def list_sessions(appliance: Appliance, call: Call) -> Answer:
    """List sessions, the newest first."""
    filters = await device_filter(appliance, call)
    page = await appliance.store.sessions(query_of(call, **filters))
    return answer_list(call, [SESSION.write(session) for session in page.items], page.next)


@routes.add("GET", "/sessions/{id}", Role.VIEWER, {200: Content(SESSION.reference)})
async def read_session(appliance: Appliance, call: Call) -> Answer:
    """One session."""
    return of_json(SESSION.write(await _session_of(appliance, call)))


async def _session_of(appliance: Appliance, call: Call) -> Session:
    number = ids.from_text(call.path["id"].text)
    session = None if number is None else await appliance.store.session(number)
    if session is None:
        raise Problem(404, "there is no session with this id")
    return session


async def _conversation_of(appliance: Appliance, call: Call) -> Sequence[Exchange]:
    session = await _session_of(appliance, call)
    conversation = await appliance.store.conversation(session.id)
    if conversation is None:
        raise Problem(
            404, "the messages of this session are gone: they are kept for a shorter time than it is"
        )
    return conversation


@routes.add(
    "GET",
    "/sessions/{id}/exchanges",
    Role.VIEWER,
    {200: list_of(EXCHANGE.reference)},
    query=(SHOW, _BODIES, *PAGE),
)
async def list_exchanges(appliance: Appliance, call: Call) -> Answer:
    """List the messages of a session in order, each with its HTTP head."""
    reveal, bodies = shown(call), bool(call.query["bodies"])
    page = piece(call, await _conversation_of(appliance, call), lambda exchange: str(exchange.number))
    # In a thread, as bodies may have megabytes.
    items = await appliance.in_thread(_show_all, page.items, reveal, bodies)
    return answer_list(call, items, page.next)


def _show_all(exchanges: Sequence[Exchange], reveal: bool, bodies: bool) -> list[dict[str, JSON]]:
    return [_show(exchange, reveal, bodies) for exchange in exchanges]


def _show(exchange: Exchange, reveal: bool, with_body: bool) -> dict[str, JSON]:
    head = exchange.head if reveal else masked_head(exchange.head)
    body = None
    if with_body and len(exchange.body) <= LONGEST_SHOWN:
        body = _text(exchange, exchange.body if reveal else masked_body(exchange.body))
    return EXCHANGE.write(exchange, head=head.decode("latin-1"), body=body)


def _text(exchange: Exchange, body: bytes) -> str:
    """What can be shown of bytes that may be anything."""
    try:
        return body.decode(_charset(exchange), "backslashreplace")
    except LookupError:
        return body.decode("utf-8", "backslashreplace")


@routes.add("GET", "/sessions/{id}/exchanges/{number}", Role.VIEWER, {200: _BODY}, query=(SHOW,))
async def read_exchange(appliance: Appliance, call: Call) -> Answer:
    """The body of one message, byte for byte as it went over the wire, but for hidden secrets."""
    reveal = shown(call)
    conversation = await _conversation_of(appliance, call)
    number = call.path["number"].text
    exchange = next((each for each in conversation if str(each.number) == number), None)
    if exchange is None:
        raise Problem(404, "the session has no message of this number")
    # In a thread, as a body may have megabytes.
    body = exchange.body if reveal else await appliance.in_thread(masked_body, exchange.body)
    return Answer(200, body, f"text/xml; charset={_charset(exchange)}")


def _charset(exchange: Exchange) -> str:
    """The charset that the message was sent in: its Content-Type's, else its XML declaration's, else
    UTF-8."""
    head, declaration = _CHARSETS
    found = head.search(exchange.head) or declaration.match(exchange.body)
    return found[1].decode("ascii") if found else "utf-8"
