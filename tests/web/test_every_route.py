"""The table of routes as a whole: no route without a role, without a description, without a test of both."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator
from msgspec.structs import replace
from openapi_spec_validator import validate
from twisted.trial.unittest import SynchronousTestCase

from acs.store.records import Role
from acs.web.api import ROUTES
from acs.web.people.restrictions import OF_DEVICE
from acs.web.serving.openapi import describe, refusals
from acs.web.serving.routing import Route
from acs.web.serving.schema import CHECKED, REMARKS, Schema
from tests.web.cases import AIRTIES, ApiCase
from tests.web.client import DESCRIPTION
from tests.web.test_login import ANN, LoginCase

FOR_EVERYBODY = {"/healthz", "/api/v1/openapi.json", "/api/v1/login", "/login/oidc", "/login/oidc/callback"}
"""Routes that ask nobody who they are; another one is a decision, to be made here."""

FOR_ONESELF = {
    "/api/v1/logout",
    "/api/v1/me/password",
    "/api/v1/me/second-factor",
    "/api/v1/me/second-factor/removal",
    "/api/v1/views/{name}",
}
"""Routes by which everybody may change something, of what is their own."""

ENDING = {"/api/v1/logout"}
"""Routes after which a login is no more."""

FOR_ALL_DEVICES = {("PUT", "/api/v1/devices/{id}")}
"""Routes below a device's path of which no device can say whose they are."""

SERVED = """
GET /healthz
GET /metrics
GET /api/v1/openapi.json
GET /api/v1/rpcs
GET /api/v1/transfers
GET /api/v1/diagnostics
GET /api/v1/events
POST /api/v1/login
POST /api/v1/logout
GET /api/v1/me
GET /login/oidc
GET /login/oidc/callback
PUT /api/v1/me/password
POST /api/v1/me/second-factor
PUT /api/v1/me/second-factor
POST /api/v1/me/second-factor/removal
GET /api/v1/nodes
GET /api/v1/overview
GET /api/v1/devices
GET /api/v1/devices/{id}
PATCH /api/v1/devices/{id}
DELETE /api/v1/devices/{id}
PUT /api/v1/devices/{id}
POST /api/v1/devices/{id}/refresh
POST /api/v1/devices/{id}/known
POST /api/v1/devices/{id}/wake
GET /api/v1/devices/{id}/wakes
GET /api/v1/devices/{id}/waking
POST /api/v1/devices/{id}/waking/renew
POST /api/v1/devices/{id}/upgrade
POST /api/v1/devices/{id}/rollback
GET /api/v1/alarms
GET /api/v1/alarms/{id}
PATCH /api/v1/alarms/{id}
GET /api/v1/webhooks
GET /api/v1/webhooks/{id}
POST /api/v1/webhooks
PATCH /api/v1/webhooks/{id}
DELETE /api/v1/webhooks/{id}
GET /api/v1/webhooks/{id}/deliveries
POST /api/v1/webhooks/{id}/test
GET /api/v1/devices/{id}/parameters
POST /api/v1/devices/{id}/jobs
GET /api/v1/jobs
GET /api/v1/jobs/{id}
DELETE /api/v1/jobs/{id}
GET /api/v1/sessions
GET /api/v1/sessions/{id}
GET /api/v1/sessions/{id}/exchanges
GET /api/v1/sessions/{id}/exchanges/{number}
GET /api/v1/campaigns
GET /api/v1/campaigns/{id}
POST /api/v1/campaigns
PATCH /api/v1/campaigns/{id}
GET /api/v1/campaigns/{id}/devices
GET /api/v1/vendors
GET /api/v1/models
GET /api/v1/categories
GET /api/v1/vendors/{name}
GET /api/v1/models/{name}
GET /api/v1/models/{name}/versions
GET /api/v1/categories/{name}
GET /api/v1/tags
GET /api/v1/devices/{id}/credentials
PUT /api/v1/devices/{id}/credentials
DELETE /api/v1/devices/{id}/credentials
GET /api/v1/quirks
GET /api/v1/quirks/{name}
POST /api/v1/quirks/{name}/rules
GET /api/v1/quirks/{name}/rules/{id}
DELETE /api/v1/quirks/{name}/rules/{id}
GET /api/v1/devices/{id}/quirks
GET /api/v1/configurations
GET /api/v1/configurations/{scope}/{name}
PUT /api/v1/configurations/{scope}/{name}
DELETE /api/v1/configurations/{scope}/{name}
GET /api/v1/devices/{id}/configuration
POST /api/v1/devices/{id}/configuration/preview
POST /api/v1/devices/{id}/configuration/learn
GET /api/v1/devices/{id}/backup
POST /api/v1/devices/{id}/swap
PATCH /api/v1/models/{name}
PATCH /api/v1/vendors/{name}
PATCH /api/v1/categories/{name}
GET /api/v1/datamodels
POST /api/v1/datamodels
GET /api/v1/datamodels/{name}
DELETE /api/v1/datamodels/{name}
GET /api/v1/definitions
GET /api/v1/profiles
GET /api/v1/profiles/{kind}/{name}
PUT /api/v1/profiles/{kind}/{name}
DELETE /api/v1/profiles/{kind}/{name}
GET /api/v1/devices/{id}/history
GET /api/v1/devices/{id}/changes
GET /api/v1/devices/{id}/uploads
GET /api/v1/devices/{id}/uploads/{job}
DELETE /api/v1/devices/{id}/uploads/{job}
GET /api/v1/devices/{id}/uploads/{job}/diff
GET /api/v1/tokens
POST /api/v1/tokens
GET /api/v1/tokens/{name}
DELETE /api/v1/tokens/{name}
GET /api/v1/audit
GET /api/v1/bulk
POST /api/v1/bulk
GET /api/v1/bulk/{id}
DELETE /api/v1/bulk/{id}
GET /api/v1/users
GET /api/v1/users/{name}
PUT /api/v1/users/{name}
DELETE /api/v1/users/{name}
DELETE /api/v1/users/{name}/second-factor
GET /api/v1/views
GET /api/v1/views/{name}
PUT /api/v1/views/{name}
DELETE /api/v1/views/{name}
POST /api/v1/reload
GET /api/v1/firmware
GET /api/v1/firmware/{path}
PUT /api/v1/firmware/{path}
DELETE /api/v1/firmware/{path}
""".strip().split("\n")


def target(route: Route) -> str:
    """A path of the route, of things that may be there or not."""
    return (
        route.pattern.replace("{id}", AIRTIES.id)
        .replace("{scope}", "tag")
        .replace("{kind}", "vendor")
        .replace("{name}", "a viewer")
        .replace("{number}", "1")
        .replace("{path}", "AirTies/Air4920/1.0/a%2Fb")
        .replace("{job}", "06abcdefgh123")
        .replace(" ", "%20")
    )


def endless(route: Route) -> bool:
    """Whether the answer is a stream."""
    return any(content and content.media_type == "text/event-stream" for content in route.answers.values())


def below(role: Role) -> Role | None:
    """The role before this one."""
    order = list(Role)
    return order[order.index(role) - 1] if role is not Role.VIEWER else None


class RoleTests(ApiCase):
    async def test_no_route_serves_without_a_token(self) -> None:
        for route in ROUTES:
            if route.pattern not in FOR_EVERYBODY:
                response = await self.assert_refused(401, route.method, target(route), role=None)
                self.assertTrue(response.headers["WWW-Authenticate"].startswith("Bearer"))

    async def test_no_route_serves_too_small_a_role(self) -> None:
        for route in ROUTES:
            role = below(route.role) if route.role else None
            if role is not None:
                await self.assert_refused(403, route.method, target(route), role=role)

    async def test_every_route_serves_its_role(self) -> None:
        for route in ROUTES:
            if route.role is not None:
                # What has no end can be asked for its head.
                method = "HEAD" if endless(route) else route.method
                response = await self.ask(method, target(route), role=route.role)
                self.assertNotIn(response.status, (401, 403, 405), route.pattern)

    async def test_every_body_is_refused_where_it_is_of_another_kind(self) -> None:
        for route in ROUTES:
            if route.body is not None and not route.body.streamed:
                for content_type in (
                    "text/plain",
                    "application/x-www-form-urlencoded",
                    "multipart/form-data; boundary=x",
                    "application/json" if route.body.media_types else "application/xml",
                    "",
                ):
                    how = {"headers": {"Content-Type": content_type}}
                    await self.assert_refused(415, route.method, target(route), b"{}x", **how)

    async def test_every_body_is_refused_where_it_is_not_json_or_not_as_declared(self) -> None:
        for route in ROUTES:
            if route.body is not None and not route.body.media_types and not route.body.streamed:
                await self.assert_refused(400, route.method, target(route), b"{}x")
                response = await self.assert_refused(400, route.method, target(route), {"surprise": 1})
                self.assertIn("surprise", response.wrong)

    async def test_every_query_is_refused_where_it_is_not_known(self) -> None:
        for route in ROUTES:
            if route.query:
                response = await self.assert_refused(400, route.method, target(route) + "?surprise=1")
                self.assertEqual(["surprise"], list(response.wrong))


class CookieTests(LoginCase):
    """An administrator who has logged in."""

    async def setUp(self) -> None:
        await super().setUp()
        await self.store.put_user(replace(ANN, role=Role.ADMIN))
        await self.enter()

    async def test_nothing_is_changed_by_a_cookie_alone(self) -> None:
        for route in ROUTES:
            if route.role is not None and route.method != "GET":
                for csrf in ("", "x"):
                    response = await self.by_cookie(route.method, target(route), csrf=csrf)
                    self.assertEqual(403, response.status, route.pattern)

    async def test_with_what_belongs_to_it_it_serves_as_a_token_does(self) -> None:
        for route in ROUTES:
            if route.role is not None and route.pattern not in ENDING:
                method = "HEAD" if endless(route) else route.method
                response = await self.by_cookie(method, target(route))
                self.assertNotIn(response.status, (401, 403, 405), route.pattern)


class TableTests(SynchronousTestCase):
    def test_every_route_says_what_it_is_about_and_to_whom(self) -> None:
        """A new one says what it is to those who may see some devices only, and to tokens with scopes."""
        for route in ROUTES:
            self.assertIsNotNone(route.restricted, route.pattern)
            self.assertIsNotNone(route.area, route.pattern)
            ours = "/devices/{id}" in route.pattern
            if ours and (route.method, route.pattern) not in FOR_ALL_DEVICES:
                self.assertIs(OF_DEVICE, route.restricted, route.pattern)

    def test_these_routes_are_served(self) -> None:
        self.assertEqual(sorted(SERVED), sorted(f"{route.method} {route.pattern}" for route in ROUTES))

    def test_only_these_ask_nobody_who_they_are(self) -> None:
        self.assertEqual(FOR_EVERYBODY, {route.pattern for route in ROUTES if route.role is None})

    def test_what_changes_something_needs_more_than_a_viewer(self) -> None:
        for route in ROUTES:
            if route.method != "GET" and route.pattern not in FOR_ONESELF | FOR_EVERYBODY:
                self.assertTrue(route.role and route.role.includes(Role.SUPPORT), route.pattern)

    def test_schemas_use_no_keyword_that_is_not_enforced(self) -> None:
        schemas = [route.body.schema for route in ROUTES if route.body]
        schemas += [param.schema for route in ROUTES for param in route.query]
        for schema in schemas:
            self.assertEqual(set(), keywords(schema) - CHECKED - REMARKS, schema)


def keywords(schema: Schema) -> set[str]:
    """All keywords of a schema and the ones in it."""
    inner = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return set(schema).union(*map(keywords, inner))


class DescriptionTests(SynchronousTestCase):
    def operations(self) -> list[dict[str, Any]]:
        """All operations."""
        return [operation for place in DESCRIPTION["paths"].values() for operation in place.values()]

    def test_it_is_openapi_3_1(self) -> None:
        validate(describe(ROUTES, "1.0"))

    def test_every_route_is_in_it_with_its_role(self) -> None:
        for route in ROUTES:
            operation = DESCRIPTION["paths"][route.pattern][route.method.lower()]
            self.assertEqual(route.role, operation["x-role"])
            both = [{"bearer": []}, {"cookie": []}]
            self.assertEqual(both if route.role else [], operation["security"])
            for status in (*route.answers, *refusals(route)):
                self.assertIn(str(status), operation["responses"])

    def test_every_operation_says_what_it_does_under_a_name_of_its_own(self) -> None:
        self.assertTrue(all(operation["summary"] for operation in self.operations()))
        names = [operation["operationId"] for operation in self.operations()]
        self.assertEqual(len(names), len(set(names)))

    def test_whatever_has_a_name_can_be_asked_for_by_it(self) -> None:
        for operation in self.operations():
            for parameter in operation["parameters"]:
                if (parameter["in"], parameter["name"]) == ("path", "name"):
                    for name in ("admin", "AirTies/Air4920", "001349-Air%204920-" + "%2E" * 64, "\u00a0x"):
                        Draft202012Validator(parameter["schema"]).validate(name)

    def test_a_jobs_arguments_are_those_of_its_rpc(self) -> None:
        body = DESCRIPTION["paths"]["/api/v1/devices/{id}/jobs"]["post"]["requestBody"]
        alternatives = body["content"]["application/json"]["schema"]["oneOf"]
        by_name = {each["properties"]["rpc"].get("const", "X_"): each["properties"] for each in alternatives}
        self.assertEqual(
            ["ParameterPath", "NextLevel"], list(by_name["GetParameterNames"]["arguments"]["properties"])
        )
        self.assertEqual(["XML"], list(by_name["X_"]["arguments"]["properties"]))
        self.assertEqual(["Host"], by_name["IPPing"]["arguments"]["required"])
