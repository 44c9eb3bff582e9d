"""The description of the API (OpenAPI 3.1), made from the table of routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from inspect import getdoc

from acs.store.records import ProfileScope, Scope
from acs.web.examples import EXAMPLES
from acs.web.objects.events import EVENT, USER_CHANGE
from acs.web.objects.things import SHAPES
from acs.web.people.cookies import cookie_name
from acs.web.serving.calls import Body, Param
from acs.web.serving.csv_lists import ACCEPT
from acs.web.serving.glimpses import EDITING, readers
from acs.web.serving.idempotency import KEY, REPLAYED
from acs.web.serving.preconditions import IF_MATCH, UNLESS_KNOWN, UNLESS_MADE
from acs.web.serving.problems import CONTENT_TYPE
from acs.web.serving.routing import LONGEST, Content, Route
from acs.web.serving.schema import JSON, Schema

_ABOUT = (
    "The REST API of a TR-069 (CWMP) auto-configuration server. Errors are problem documents (RFC 9457), and"
    " times RFC 3339 in UTC. A device's id holds percent-escapes of its own: in a URL it is percent-encoded"
    " once more, but the id as it is serves too. Who asks shows a token, or the cookie of a login, over TLS"
    f" called {cookie_name(secure=True)}: then X-CSRF-Token has to hold, wherever something is changed,"
    " what /api/v1/me tells as csrf. Every GET can be asked as HEAD, and every path with OPTIONS."
    " What can be edited has an ETag; If-Match has it changed only where it still is what was seen."
)
_DESCRIBED = ("/api/", "/login/", "/metrics", "/healthz")
_PATH: Mapping[str, tuple[Schema, str]] = {
    "id": (
        {"type": "string", "minLength": 1, "maxLength": LONGEST},
        "The id of the device, job, session, webhook or quirk's rule.",
    ),
    "job": (
        {"type": "string", "minLength": 1, "maxLength": 64},
        "The id of the job for which it was uploaded.",
    ),
    "number": ({"type": "integer", "minimum": 1}, "The number of the message in its session."),
    "path": (
        {"type": "string", "minLength": 1, "maxLength": LONGEST},
        "The path in the folder of files; slashes may be percent-encoded or not.",
    ),
    "scope": ({"type": "string", "enum": list(Scope)}, "Whose devices the configuration is for."),
    "kind": ({"type": "string", "enum": list(ProfileScope)}, "Whose devices the profile is for."),
    "name": (
        {"type": "string", "minLength": 1, "maxLength": LONGEST},
        "The name: of a model Manufacturer/ProductClass, of a device's configuration the device's id.",
    ),
}
_PROBLEM: Mapping[str, JSON] = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "What the status means."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong here."},
        "errors": {
            "type": "array",
            "description": "Which members of the body or parameters of the query are wrong, and why.",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
                "required": ["field", "reason"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "errors"],
}
_HEADERS = {401: "WWW-Authenticate", 405: "Allow", 412: "ETag", 429: "Retry-After", 503: "Retry-After"}
TOLD: Mapping[str, str] = {
    "Link": 'The way to the next piece of the list, rel="next" (RFC 8288).',
    "Location": "Where it is to be had.",
    "ETag": "The state that it is in, for If-Match and If-None-Match.",
    REPLAYED: "`true`: so it was answered before to this key.",
    "Set-Cookie": "The cookie of the login.",
    "Content-Disposition": "What the file is called.",
}
"""Headers of answers that the description tells about."""


def describe(routes: Iterable[Route], version: str) -> dict[str, JSON]:
    """The whole OpenAPI document."""
    paths: dict[str, dict[str, JSON]] = {}
    routes = tuple(route for route in routes if route.pattern.startswith(_DESCRIBED))
    tagged = readers(routes)
    for route in routes:
        operation = _operation(route, route.pattern in tagged)
        paths.setdefault(route.pattern, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "ACS", "version": version, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {shape.name: shape.schema for shape in (*SHAPES, EVENT, USER_CHANGE)}
            | {"Problem": _PROBLEM},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": cookie_name(secure=False)},
            },
        },
    }


def _operation(route: Route, tagged: bool) -> dict[str, JSON]:
    """One route, of a thing that has entity tags or not."""
    summary, _, description = (getdoc(route.serve) or "").partition("\n")
    who = f"Role: {route.role} or higher." if route.role else "Nobody is asked who they are."
    operation = getattr(route.serve, "__name__", "")
    body = {"requestBody": _body(route.body, operation)} if route.body else {}
    return {
        "operationId": operation,
        "summary": summary.rstrip("."),
        "description": " ".join([*description.split(), who, *_to_the_restricted(route)]),
        "tags": [route.serve.__module__.rpartition(".")[2]],
        "security": [{"bearer": []}, {"cookie": []}] if route.role else [],
        "x-role": route.role,
        "x-area": route.area,
        "parameters": [
            *map(_in_path, route.names),
            *map(_in_query, route.query),
            *(_in_header(each) for each in (*route.headers, *_conditions(route, tagged)) if each != ACCEPT),
        ],
        **body,
        "responses": _responses(route, tagged),
    }


def _to_the_restricted(route: Route) -> list[str]:
    """What it is to those for whom only some devices are there, where somebody is asked."""
    if route.role is None or route.restricted is None:
        return []
    return [f"To those who may see some devices only: {route.restricted.about}"]


def _conditions(route: Route, tagged: bool) -> tuple[Param, ...]:
    """The headers by which a request says which state of a thing it means, or that it means the same as
    before."""
    if not tagged:
        return (KEY,) if _has_key(route) else ()
    by_method = {"GET": (UNLESS_KNOWN,), "PUT": (IF_MATCH, UNLESS_MADE)}
    return by_method.get(route.method, (IF_MATCH,) if route.method in EDITING else ())


def _in_path(name: str) -> dict[str, JSON]:
    schema, description = _PATH[name]
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": description}


def _in_query(param: Param) -> dict[str, JSON]:
    described = {"description": param.description} if param.description else {}
    return {"name": param.name, "in": "query", "schema": param.schema, **described}


def _in_header(param: Param) -> dict[str, JSON]:
    return {**_in_query(param), "in": "header"}


def _body(body: Body, operation: str) -> dict[str, JSON]:
    schema = body.described or body.schema
    media_types = ("application/octet-stream",) if body.streamed else body.media_types
    contents = [Content(schema, each) for each in media_types] or [Content(schema)]
    content = {name: said for each in contents for name, said in _content(each).items()}
    if operation in EXAMPLES:
        content = {name: {**said, "example": EXAMPLES[operation]} for name, said in content.items()}
    return {"required": body.required, "content": content}


def _responses(route: Route, tagged: bool) -> dict[str, JSON]:
    tagged = tagged or UNLESS_KNOWN in route.headers
    found = {
        status: _response(status, content, _said(route, content, tagged))
        for status, content in route.answers.items()
    }
    if tagged and route.method == "GET":
        found[304] = _response(304, None, ["ETag"])
    again = [REPLAYED] if _has_key(route) else []
    found |= {status: _refusal(status, again) for status in refusals(route)}
    return {str(status): found[status] for status in sorted(found)}


def refusals(route: Route) -> set[int]:
    """The problems that a route may answer: its own, and those that follow from what it takes and who may
    ask."""
    found = {*route.refusals, 500, 503, 413}
    if route.role:
        found |= {401, 403}
    if route.body:
        found |= {400} if route.body.streamed else {400, 415}
    if route.query:
        found.add(400)
    if route.names:
        found.add(404)
    if route.method in EDITING:
        found.add(412)
    if _has_key(route):
        found |= {400, 409, 422, 429}
    return found


def _has_key(route: Route) -> bool:
    return route.method == "POST" and route.role is not None


def _said(route: Route, content: Content | None, tagged: bool) -> list[str]:
    """The headers that an answer with this content may have."""
    said = [*route.says]
    if tagged and (route.method != "DELETE" or content is not None):
        said.append("ETag")
    if content is not None and "next" in content.schema.get("properties", ()):
        said.append("Link")
    if content is not None and content.instead is not None:
        said.append("Content-Disposition")
    return [*said, *([REPLAYED] if _has_key(route) else [])]


def _response(status: int, content: Content | None, said: Iterable[str]) -> dict[str, JSON]:
    described: dict[str, JSON] = {"description": HTTPStatus(status).phrase}
    headers = {name: header for each in said for name, header in _header(each).items()}
    described |= {"headers": headers} if headers else {}
    return described | ({"content": _content(content)} if content else {})


def _refusal(status: int, said: Iterable[str]) -> dict[str, JSON]:
    own = [_HEADERS[status]] if status in _HEADERS else []
    return _response(status, Content({"$ref": "#/components/schemas/Problem"}, CONTENT_TYPE), [*own, *said])


def _header(name: str) -> dict[str, JSON]:
    return {name: {"schema": {"type": "string"}}}


def _content(content: Content) -> dict[str, JSON]:
    other = _content(content.instead) if content.instead else {}
    return {content.media_type: {"schema": content.schema}, **other}
