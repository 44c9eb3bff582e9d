"""The table of pages: each a template over what the API tells."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeAlias

from acs.store.records import Role
from acs.web.api import ROUTES
from acs.web.appliance import Appliance
from acs.web.console.asking import API, Ask
from acs.web.console.rendering import rendered
from acs.web.people.areas import Area
from acs.web.people.restrictions import OPEN
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Call, Param
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import line

Values: TypeAlias = Mapping[str, Any]
View: TypeAlias = Callable[[Ask, Call], Awaitable[Values]]
"""Finds what a template shows."""

_LONGEST = 4096
_PAGE = {200: Content({"type": "string"}, "text/html")}


class Pages:
    """Collects the pages of a module."""

    def __init__(self) -> None:
        # What a page shows it asks the API for, which says of each thing whose it is.
        self.routes = Routes("", Area.EVERYBODY, OPEN)

    def add(
        self, pattern: str, template: str, role: Role | None = Role.VIEWER, query: Iterable[Param] = ()
    ) -> Callable[[View], View]:
        """Declare the page whose values the decorated function finds."""

        def declare(view: View) -> View:
            async def serve(appliance: Appliance, call: Call) -> Answer:
                ask = Ask(appliance, call.principal)
                values = {"now": ask.moment, **await view(ask, call)}
                # A long table takes its time: sessions have theirs meanwhile.
                return await appliance.in_thread(rendered, template, values, call.principal, _target(call))

            self.routes.add("GET", pattern, role, _PAGE, query=query)(serve)
            return view

        return declare


def _target(call: Call) -> str:
    query = "&".join(f"{name}={piece.raw}" for name, piece in call.given.items())
    return f"{call.target}?{query}" if query else call.target


def query_of(path: str) -> tuple[Param, ...]:
    """The parameters that a list of the API takes, which its page takes too.

    As texts, for the API to judge: of a form that is sent, the fields that nobody has filled in are empty.
    """
    (found,) = (route for route in ROUTES if (route.method, route.pattern) == ("GET", API + path))
    return tuple(Param(each.name, line(_LONGEST), each.description) for each in found.query)
