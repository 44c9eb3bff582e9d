"""What is answered in a session as HTTP.

In a brief session (`acs.session.brief`) nothing else is done.
"""

from __future__ import annotations

from acs.http.cookies import set_cookie
from acs.http.messages import Request, Response, head_of, with_header
from acs.session.brief import Brief
from acs.session.sessions import Sessions

COOKIE = "acs_session_id"
XML = (("Content-Type", 'text/xml; charset="utf-8"'),)


def answer(request: Request, body: bytes, close: bool, token: str = "") -> Response:
    """A response with its head, as it will be recorded; ``token`` goes into the cookie of the session."""
    status, headers = (200, XML) if body else (204, ())
    keep = request.persistent and not close
    head = head_of(status, headers, len(body), request.minor, keep)
    if token:
        cookie = set_cookie(COOKIE, token)
        head = with_header(head, "Set-Cookie", cookie)
        headers = (*headers, ("Set-Cookie", cookie))
    return Response(status, headers, body, close, head)


def greet(sessions: Sessions, brief: Brief, request: Request, body: bytes, now: float) -> Response:
    """Hear the Inform of a brief session, and accept it."""
    brief.deadline = now + brief.silence
    brief.heard(now, request.head, body)
    sessions.begun(brief)
    response = answer(request, brief.greeting(), brief.adapter.close, brief.token)
    brief.said(now, response.status, response.head, response.body)
    if brief.adapter.bind_by_address:
        sessions.bind_to_address(brief)
    return response


def say_last(sessions: Sessions, brief: Brief, request: Request, now: float) -> Response:
    """Hear that its device has nothing to say, nor have we."""
    brief.heard(now, request.head, b"")
    response = answer(request, b"", brief.adapter.close)
    brief.said(now, response.status, response.head, b"")
    sessions.ended(brief)
    return response
