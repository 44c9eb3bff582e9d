"""Templates become pages: every value from outside is escaped, whatever a device has said."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from acs.store.records import Role
from acs.web.console import statics
from acs.web.console.filters import ALL, share
from acs.web.console.plots import line, shares
from acs.web.people.authentication import Principal
from acs.web.serving.answers import Answer
from acs.web.serving.requests import BoundedRequest

HTML = "text/html; charset=utf-8"
HEADERS = {
    # Nothing is loaded from elsewhere, no script or style stands in a page itself.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
LOGIN = "/login"
_NOT_OURS = ("/api/", "/static/", "/metrics", "/healthz")


@cache
def environment() -> Environment:
    """What all templates have."""
    made = Environment(
        loader=PackageLoader("acs.web.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(ALL)
    made.globals.update(static=statics.url, line=line, shares=shares, share=share, Role=Role)
    return made


def rendered(
    template: str, values: Mapping[str, Any], principal: Principal, target: str, status: int = 200
) -> Answer:
    """A page.  ``target`` is the path that was asked for, with its query."""
    shown = environment().get_template(template).render(**values, me=principal, target=target)
    return Answer(status, shown.encode(), HTML, HEADERS)


def dressed(answer: Answer, request: BoundedRequest) -> Answer:
    """A refusal as browsers show it that have asked for a page: the way to the login, or words."""
    target = request.uri.decode("latin-1")
    wanted = ",".join(request.said("accept"))
    if "text/html" not in wanted or target.startswith(_NOT_OURS) or not answer.content_type:
        return answer
    if answer.status == 401:
        where = LOGIN if target == "/" else f"{LOGIN}?next={quote(target, safe='')}"
        return Answer(303, headers={"Location": where})
    problem = {"problem": orjson.loads(answer.body)}
    page = rendered("problem.html", problem, request.principal, target, answer.status)
    return Answer(page.status, page.body, page.content_type, {**answer.headers, **page.headers})
