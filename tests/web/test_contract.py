"""The API's contract, as those who build on it have it: what is here stays, whatever is added."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs.store.happenings import Topic
from acs.store.records import Scope
from acs.store.records.wakes import WakeOutcome
from tests.web.client import DESCRIPTION

PREFIX = "/api/v1"

OPERATIONS = {
    "/devices": {"get": "q manufacturer oui product_class serial_number software_version tag verified"
                 " last_session online level sort limit cursor"},
    "/devices/{id}": {"get": "", "patch": "", "delete": "", "put": ""},
    "/devices/{id}/parameters": {"get": "prefix q limit cursor"},
    "/devices/{id}/jobs": {"post": ""},
    "/devices/{id}/wake": {"post": ""},
    "/devices/{id}/refresh": {"post": ""},
    "/devices/{id}/configuration": {"get": "diff limit cursor"},
    "/jobs": {"get": "device state limit cursor"},
    "/jobs/{id}": {"get": "", "delete": ""},
    "/sessions": {"get": "device result verified since limit cursor"},
    "/sessions/{id}": {"get": ""},
    "/sessions/{id}/exchanges": {"get": "limit cursor"},
    "/sessions/{id}/exchanges/{number}": {"get": ""},
    "/vendors": {"get": "limit cursor"},
    "/vendors/{name}": {"patch": ""},
    "/models": {"get": "limit cursor"},
    "/models/{name}": {"patch": ""},
    "/categories": {"get": "limit cursor"},
    "/categories/{name}": {"patch": ""},
    "/configurations": {"get": "limit cursor"},
    "/configurations/{scope}/{name}": {"get": "", "put": "", "delete": ""},
    "/firmware": {"get": "limit cursor"},
    "/firmware/{path}": {"get": "", "put": "", "delete": ""},
    "/alarms": {"get": "limit cursor"},
    "/alarms/{id}": {"patch": ""},
    "/campaigns": {"get": "limit cursor", "post": ""},
    "/campaigns/{id}": {"get": "", "patch": ""},
    "/quirks": {"get": "limit cursor"},
    "/users": {"get": "limit cursor"},
    "/tokens": {"get": "limit cursor"},
    "/audit": {"get": "who target since limit cursor"},
    "/bulk": {"post": ""},
    "/bulk/{id}": {"get": ""},
    "/events": {"get": "type device"},
    "/openapi.json": {"get": ""},
}  # fmt: skip
"""By path the methods, each with parameters of its query."""

BODIES = {
    "patch /devices/{id}": "desired_config_level desired_software_version tags category notes",
    "put /devices/{id}": "manufacturer oui product_class serial_number tags category notes",
    "post /devices/{id}/jobs": "rpc arguments reason urgent",
    "post /devices/{id}/wake": "method",
    "patch /vendors/{name}": "desired_software_version desired_config_level parameter_map quirks",
    "patch /models/{name}": "desired_software_version desired_config_level parameter_map quirks",
    "patch /categories/{name}": "desired_software_version desired_config_level",
    "put /configurations/{scope}/{name}": "parameters",
    "patch /alarms/{id}": "acknowledged",
    "patch /campaigns/{id}": "state",
    "post /bulk": "action devices filter job patch dry_run",
}
"""By operation members that may be in its body."""

OBJECTS = {
    "Device": "id manufacturer oui product_class serial_number software_version desired_software_version"
    " hardware_version root_data_model cwmp_version current_config_level desired_config_level first_seen"
    " last_inform inform_count last_session_result client_ip client_ip_verified related_device quirks tags"
    " category connection_request_url wake_methods",
    "Session": "id device client_ip client_ip_verified listener events cwmp_version root_data_model quirks"
    " started ended duration device_uptime result failure last_rpc requests responses bytes_in bytes_out",
    "Job": "id device rpc arguments reason automatic urgent state created sent ended result fault session"
    " command_key requested_by",
    "Parameter": "name value type writable notification access_list updated",
    "Exchange": "number direction rpc time header_bytes body_bytes job answers",
    "Woken": "method outcome detail",
    "Vendor": "name devices",
    "Model": "name devices",
    "Category": "name devices",
    "Configuration": "scope name parameters",
    "ConfigurationEntry": "name value source",
    "Alarm": "text device campaign since acknowledged ended",
    "Campaign": "id state counts",
    "Audited": "time who address method target status before after",
    "Bulk": "id state devices done refused reasons",
}
"""By object members that it always has."""


def operation(method: str, path: str) -> dict[str, Any]:
    """One of them, as it is described."""
    return dict(DESCRIPTION["paths"][PREFIX + path][method])


class ContractTests(SynchronousTestCase):
    def test_every_operation_is_there_with_its_parameters(self) -> None:
        for path, methods in OPERATIONS.items():
            for method, query in methods.items():
                parameters = operation(method, path)["parameters"]
                known = {each["name"] for each in parameters if each["in"] == "query"}
                self.assertEqual(set(), set(query.split()) - known, (method, path))

    def test_every_body_may_have_its_members(self) -> None:
        for place, members in BODIES.items():
            body = operation(*place.split())["requestBody"]["content"]["application/json"]["schema"]
            for each in body.get("oneOf", [body]):
                self.assertEqual(set(), set(members.split()) - set(each["properties"]), place)

    def test_every_object_has_its_members(self) -> None:
        for name, members in OBJECTS.items():
            schema = DESCRIPTION["components"]["schemas"][name]
            self.assertEqual(set(), set(members.split()) - set(schema["required"]), name)

    def test_what_is_wanted_of_a_device_tells_its_source(self) -> None:
        device = DESCRIPTION["components"]["schemas"]["Device"]["properties"]
        for name in ("desired_software_version", "desired_config_level"):
            self.assertEqual(["value", "source"], device[name]["required"])

    def test_lists_are_items_with_a_cursor_for_what_follows(self) -> None:
        for path, methods in OPERATIONS.items():
            if "cursor" in methods.get("get", ""):
                answer = operation("get", path)["responses"]["200"]["content"]["application/json"]["schema"]
                self.assertEqual({"items", "next"}, set(answer["required"]), path)

    def test_refusals_are_problem_documents(self) -> None:
        for path, methods in DESCRIPTION["paths"].items():
            for method, each in methods.items():
                for status, answer in each["responses"].items():
                    if int(status) >= 400:
                        self.assertIn("application/problem+json", answer["content"], (method, path, status))

    def test_a_message_is_given_as_it_was_sent(self) -> None:
        answer = operation("get", "/sessions/{id}/exchanges/{number}")["responses"]["200"]
        self.assertEqual(["text/xml"], list(answer["content"]))

    def test_words_that_others_rely_on(self) -> None:
        self.assertEqual(
            set("informed accepted unauthorized busy unreachable timeout refused impossible".split()),  # noqa: SIM905
            set(WakeOutcome),
        )
        self.assertEqual({"all", "category", "vendor", "model", "tag", "device"}, set(Scope))
        self.assertLessEqual({"session", "device", "job", "campaign"}, set(Topic))
        methods = operation("post", "/devices/{id}/wake")["requestBody"]["content"]["application/json"]
        self.assertEqual(["auto", "http", "xmpp", "udp"], methods["schema"]["properties"]["method"]["enum"])

    def test_only_what_programs_ask_for_is_described(self) -> None:
        for path in DESCRIPTION["paths"]:
            beside = path in ("/metrics", "/healthz", "/login/oidc", "/login/oidc/callback")
            self.assertTrue(path.startswith("/api/v1/") or beside, path)
