"""What can be edited, looked at by its own GET route.

That is its representation, of which its entity tag is made (RFC 9110, section 8.8), with what is told in the
audit log.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

from acs.web.appliance import Appliance
from acs.web.hiding.secrets import ITSELF, MASK, SHOW
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Call
from acs.web.serving.differences import Glimpse
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Route

EDITING = frozenset({"PUT", "PATCH", "DELETE"})
_BYTES = 15


def readers(routes: Iterable[Route]) -> dict[str, Route]:
    """By pattern the routes that show what other routes of the same pattern edit."""
    routes = tuple(routes)
    edited = {route.pattern for route in routes if route.method in EDITING}
    return {route.pattern: route for route in routes if route.pattern in edited and _shows(route)}


def _shows(route: Route) -> bool:
    content = route.answers.get(200)
    return route.method == "GET" and content is not None and content.media_type == "application/json"


class Glimpses:
    """Looks by the GET routes of a table.  Tags depend on a ``key``, so that they tell nothing about the
    secrets that they are made of too."""

    def __init__(self, routes: Iterable[Route], appliance: Appliance, key: bytes) -> None:
        self._readers = readers(routes)
        self._appliance = appliance
        self._key = key

    def reader(self, route: Route) -> Route | None:
        """The route that shows what a route edits, or shows itself; None where it can not be shown."""
        return self._readers.get(route.pattern)

    async def look(self, reader: Route, call: Call) -> Glimpse | None:
        """What the path of a call leads to, at this moment; None where nothing is there.

        Raises what the route does otherwise.
        """
        query = {param.name: param.schema["default"] for param in reader.query if "default" in param.schema}
        plain = replace(call, query=query, given={}, body=None, headers={}, incoming=None)
        try:
            shown = await reader.serve(self._appliance, plain)
        except Problem as problem:
            if problem.status == 404:
                return None
            raise
        whole = await self._whole(reader, plain, shown)
        told = {**shown.json, **dict.fromkeys(shown.unlogged, MASK)} if shown.unlogged else shown.json
        return Glimpse(told, whole.json, self._tag(whole))

    async def tag(self, reader: Route, call: Call, answer: Answer) -> str:
        """The entity tag of what was answered to a call: the same with its secrets and without."""
        return self._tag(await self._whole(reader, call, answer))

    async def _whole(self, reader: Route, call: Call, answer: Answer) -> Answer:
        if SHOW not in reader.query or call.query["secrets"]:
            return answer
        secrets = {**call.query, "secrets": True}
        return await reader.serve(self._appliance, replace(call, principal=ITSELF, query=secrets))

    def _tag(self, answer: Answer) -> str:
        return urlsafe_b64encode(hmac.digest(self._key, answer.body, sha256)[:_BYTES]).decode()
