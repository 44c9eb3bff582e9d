"""The table of routes, in which a request's path finds its row.

A row says what may be asked, by whom, with what, and what is answered.

Each row stands beside the function that serves it, as a decorator.  The dispatcher, the API's description and
the tests all read the same table.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from acs.store.records import Role
from acs.web.appliance import Appliance
from acs.web.people.areas import Area
from acs.web.people.restrictions import Restriction
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Body, Call, Param, Segment
from acs.web.serving.problems import Problem
from acs.web.serving.schema import Schema

REST = "{path}"
"""Stands at the end of a pattern, for one segment or more; a slash in one is as one between them."""

LONGEST = 1024
"""Characters that a name in a path may have: so it fits into a line, however it is percent-encoded."""

Serve: TypeAlias = Callable[[Appliance, Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Content:
    """What a response carries: a JSON document of this schema, or another media type; or ``instead``, where
    the client would rather have that."""

    schema: Schema
    media_type: str = "application/json"
    instead: Content | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One row.

    ``role`` is the least that serves; None: nobody is asked who they are.  ``answers`` are the successes by
    status (None: no body), ``refusals`` the problems beside those that follow from the rest.  ``headers`` are
    those of the request that count.  ``area`` is what it is about, ``restricted`` what it is to those for
    whom only some devices are there; where a row does not say that, it is not for tokens with scopes, or not
    for them.  In the pattern, `REST` takes all that follows.  A ``lenient`` one passes over parameters that
    it does not know.  ``says`` are headers of its answers, beside those that follow from the rest.
    """

    method: str
    pattern: str
    serve: Serve
    role: Role | None
    answers: Mapping[int, Content | None]
    query: tuple[Param, ...] = ()
    body: Body | None = None
    refusals: tuple[int, ...] = ()
    headers: tuple[Param, ...] = ()
    area: Area | None = None
    restricted: Restriction | None = None
    lenient: bool = False
    says: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the path's parameters."""
        return tuple(part[1:-1] for part in self.pattern.split("/") if part.startswith("{"))


class Routes:
    """Collects the routes of a module; every pattern is below ``prefix``, every route in that ``area``,
    ``restricted`` so unless it says otherwise, each of them ``lenient`` or none."""

    def __init__(self, prefix: str, area: Area, restricted: Restriction, *, lenient: bool = False) -> None:
        self.prefix = prefix
        self._area = area
        self._restricted = restricted
        self._lenient = lenient
        self.rows: list[Route] = []

    def add(
        self,
        method: str,
        pattern: str,
        role: Role | None,
        answers: Mapping[int, Content | None],
        *,
        query: Iterable[Param] = (),
        body: Body | None = None,
        refusals: Iterable[int] = (),
        headers: Iterable[Param] = (),
        restricted: Restriction | None = None,
        says: Iterable[str] = (),
    ) -> Callable[[Serve], Serve]:
        """Declare the route that the decorated function serves."""

        def declare(serve: Serve) -> Serve:
            self.rows.append(
                Route(
                    method,
                    self.prefix + pattern,
                    serve,
                    role,
                    answers,
                    tuple(query),
                    body,
                    tuple(refusals),
                    tuple(headers),
                    self._area,
                    restricted or self._restricted,
                    self._lenient,
                    tuple(says),
                )
            )
            return serve

        return declare


def opened(routes: Iterable[Route], pattern: str) -> tuple[Route, ...]:
    """The same routes, of which those of a pattern ask nobody who they are."""
    return tuple(replace(route, role=None) if route.pattern == pattern else route for route in routes)


class Router:
    """Finds the row for a method and a raw path."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._places: dict[tuple[str, ...], dict[str, Route]] = {}
        for route in routes:
            self._places.setdefault(tuple(route.pattern.split("/")), {})[route.method] = route

    def methods(self, path: str) -> tuple[str, ...]:
        """What may be asked at a path; raises `Problem` 404."""
        found, _ = self._place(path)
        return _allowed(found)

    def most_streamed(self, method: str, path: str) -> int:
        """How many bytes of a request's body may be read while they come; 0 where it is read as a whole."""
        try:
            route, _ = self.match(method, path)
        except Problem:
            return 0
        return route.body.streamed if route.body is not None else 0

    def match(self, method: str, path: str) -> tuple[Route, dict[str, Segment]]:
        """The row and the path's parameters; raises `Problem` 404 or 405.  HEAD is served as GET."""
        found, segments = self._place(path)
        route = found.get("GET" if method == "HEAD" else method)
        if route is None:
            allow = ", ".join(_allowed(found))
            raise Problem(405, f"this can be asked with {allow}", headers={"Allow": allow})
        parts = route.pattern.split("/")
        if parts[-1] == REST:
            segments = (*segments[: len(parts) - 1], _joined(segments[len(parts) - 1 :]))
        given = zip(parts, segments, strict=True)
        return route, {part[1:-1]: segment for part, segment in given if part.startswith("{")}

    def _place(self, path: str) -> tuple[dict[str, Route], tuple[Segment, ...]]:
        segments = split(path)
        for parts, routes in self._places.items():
            is_long_enough = len(parts) <= len(segments) if parts[-1] == REST else len(parts) == len(segments)
            if is_long_enough and all(map(_fits, parts, segments)):
                return routes, segments
        raise Problem(404, "there is nothing at this path")


def split(path: str) -> tuple[Segment, ...]:
    """The segments of a raw path, each unquoted on its own, so that one may hold a slash; raises `Problem`
    404."""
    return tuple(_segment(raw) for raw in path.split("/"))


def _segment(raw: str) -> Segment:
    try:
        text = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise Problem(404, "there is nothing at this path: it is not UTF-8") from None
    if "\0" in text:
        raise Problem(404, "there is nothing at this path: no name has a NUL")
    return Segment(raw, text)


def _joined(segments: Iterable[Segment]) -> Segment:
    rest = tuple(segments)
    return Segment("/".join(each.raw for each in rest), "/".join(each.text for each in rest))


def _fits(part: str, segment: Segment) -> bool:
    return 0 < len(segment.text) <= LONGEST if part.startswith("{") else part == segment.text


def _allowed(routes: Mapping[str, Route]) -> tuple[str, ...]:
    return (*sorted({*routes, *(["HEAD"] if "GET" in routes else [])}), "OPTIONS")
