"""What holds for every route alike, around its own function.

What is edited has entity tags; whoever edits it may say which of its states is meant; each change goes into
the audit log; a POST with a key is carried out once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote, unquote

from twisted.logger import Logger

from acs.web.appliance import Appliance
from acs.web.people.authentication import NOBODY, Principal
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Call
from acs.web.serving.differences import Glimpse, Sides, also_asked, between, made
from acs.web.serving.glimpses import Glimpses
from acs.web.serving.idempotency import KEY, Idempotency
from acs.web.serving.preconditions import Preconditions, tagged
from acs.web.serving.problems import Problem
from acs.web.serving.requests import BoundedRequest
from acs.web.serving.routing import Route
from acs.web.serving.trail import SAFE, Trail
from acs.web.serving.turns import Turns

log = Logger()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says beside what its route reads: where it is from, and what it is to be held
    against."""

    address: str = ""
    preconditions: Preconditions = Preconditions()
    key: str | None = None


def asked_of(request: BoundedRequest) -> Asked:
    """That of a request, whatever bytes its headers hold."""

    def header(name: str) -> str | None:
        lines = request.said(name)
        return ", ".join(lines) if lines else None

    preconditions = Preconditions(header("If-Match"), header("If-None-Match"))
    return Asked(request.peer.address, preconditions, header(KEY.name))


class Around:
    """Serves routes of a table."""

    def __init__(self, routes: Iterable[Route], appliance: Appliance, trail: Trail) -> None:
        self._appliance = appliance
        self._glimpses = Glimpses(routes, appliance, appliance.store.derive("etag"))
        self._trail = trail
        self._turns = Turns()
        self._idempotency = Idempotency(appliance.store, appliance.now)

    async def serve(self, route: Route, call: Call, asked: Asked) -> Answer:
        """The route's answer; raises what it does, and `Problem` 412."""
        if route.method in SAFE:
            return await self._show(route, call, asked)
        reader = None if _is_streamed(route) else self._glimpses.reader(route)
        if reader is not None and route.method != "POST":
            return await self._edit(route, reader, call, asked)
        if route.method != "POST" and not route.headers:
            asked.preconditions.refuse_all()
        make = partial(self._make, route, call, asked)
        # Of a body that is yet to come nobody can say whether it is the same as before.
        if route.method != "POST" or route.role is None or asked.key is None or _is_streamed(route):
            return await make()
        return await self._idempotency.once(asked.key, call, make)

    async def _make(self, route: Route, call: Call, asked: Asked) -> Answer:
        answer = await route.serve(self._appliance, call)
        self._note(route, call, asked, answer, (None, made(answer)))
        return answer

    def refused(self, principal: Principal, method: str, path: str, asked: Asked, error: Exception) -> None:
        """Note who was not allowed to change something."""
        denied = isinstance(error, Problem) and error.status == 403
        if denied and method not in SAFE and principal is not NOBODY:
            self._trail.note(principal.name, asked.address, method, path, 403)

    async def _show(self, route: Route, call: Call, asked: Asked) -> Answer:
        answer = await route.serve(self._appliance, call)
        if answer.noted is not None:
            self._note(route, call, asked, answer, (None, answer.noted))
        if route is self._glimpses.reader(route) and answer.status == 200:
            answer = tagged(answer, await self._glimpses.tag(route, call, answer))
        return asked.preconditions.unless_known(answer)

    async def _edit(self, route: Route, reader: Route, call: Call, asked: Asked) -> Answer:
        async with self._turns.taken(_thing(route, call)):
            before = await self._glimpses.look(reader, call)
            asked.preconditions.check(before.tag if before else None, route.method == "PUT")
            answer = await route.serve(self._appliance, call)
            after = await self._look_again(reader, call)
        sides = also_asked(route.method, call.body, between(before, after), after)
        self._note(route, call, asked, answer, sides)
        return tagged(answer, after.tag) if after is not None else answer

    async def _look_again(self, reader: Route, call: Call) -> Glimpse | None:
        """What is there since a change, which is made, whatever becomes of this look."""
        try:
            return await self._glimpses.look(reader, call)
        except Exception:
            log.failure("{path} was changed, and cannot be looked at", path=ascii(call.target))
            return None

    def _note(self, route: Route, call: Call, asked: Asked, answer: Answer, sides: Sides) -> None:
        if not answer.dry:
            who, target = answer.who or call.principal.name, _target(route, call)
            self._trail.note(who, asked.address, route.method, target, answer.status, sides)


def _is_streamed(route: Route) -> bool:
    """Whether its body may take minutes, for which nobody else is to wait."""
    return route.body is not None and bool(route.body.streamed)


def _thing(route: Route, call: Call) -> tuple[str, ...]:
    """What a route edits, however its name was written; two things of one name merely wait for each other."""
    return (route.pattern, *(unquote(unquote(segment.text)) for segment in call.path.values()))


def _target(route: Route, call: Call) -> str:
    """The path in one form, however it was written."""
    names = {f"{{{name}}}": segment.text for name, segment in call.path.items()}
    return "/".join(
        quote(names[part], safe="") if part in names else part for part in route.pattern.split("/")
    )
