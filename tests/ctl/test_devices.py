"""The ``device`` commands."""

from __future__ import annotations

import json
from typing import Any

from acs.ctl.devices import flags
from tests.ctl.appliance import Answer, ApplianceTestCase, document, items

DEVICE: dict[str, Any] = {
    "id": "001CA8-Air4920DK%2DWA-AT1931620001413",
    "manufacturer": "AirTies\x1b[2J",
    "oui": "001CA8",
    "software_version": "1.0",
    "desired_software_version": {"value": "1.1", "source": "model"},
    "last_inform": "2026-11-23T19:30:00.123456Z",
    "client_ip_verified": True,
    "tags": ["a", "b"],
}
QUOTED = "001CA8-Air4920DK%252DWA-AT1931620001413"


class DeviceTests(ApplianceTestCase):
    def test_a_list_is_a_table(self) -> None:
        self.appliance.routes["GET /devices"] = items(DEVICE)
        lines = self.acsctl("device", "list").lines
        self.assertEqual(["ID", "LAST", "INFORM"], lines[0].split()[:3])
        told = [DEVICE["id"], "2026-11-23", "19:30:00Z", "-", "1.0", "-", "yes", r"AirTies\x1b[2J"]
        self.assertEqual(told, lines[1].split())

    def test_a_list_as_json_is_what_the_api_gave(self) -> None:
        self.appliance.routes["GET /devices"] = lambda asked: (
            items({"id": "b"}) if "cursor" in asked.query else items(DEVICE, next="2")
        )
        outcome = self.acsctl("device", "list", "--json")
        self.assertEqual([DEVICE, {"id": "b"}], json.loads(outcome.output))
        self.assertNotIn(b"\x1b", outcome.output)

    def test_a_device_is_shown_member_by_member(self) -> None:
        self.appliance.routes[f"GET /devices/{QUOTED}"] = document(DEVICE)
        lines = self.acsctl("device", "show", DEVICE["id"]).lines
        self.assertEqual(f"id                        {DEVICE['id']}", lines[0])
        self.assertIn("desired_software_version  1.1 (model)", lines)
        self.assertIn("last_inform               2026-11-23 19:30:00Z", lines)

    def test_a_device_that_is_not_there_is_one_line(self) -> None:
        outcome = self.acsctl("device", "show", "X-1")
        self.assertEqual(1, outcome.status)
        self.assertEqual("acsctl: Not Found: nothing at /api/v1/devices/X-1\n", outcome.errors)

    def test_parameters_have_flags(self) -> None:
        parameter = {"name": "Device.A", "value": "1", "type": "xsd:int", "writable": True, "notification": 2}
        self.appliance.routes["GET /devices/D/parameters"] = items(parameter)
        lines = self.acsctl("device", "parameters", "D", "Device.", "--q", "a").lines
        self.assertEqual("Device.A  1      xsd:int  w active", lines[1])
        self.assertEqual(
            ("Device.", "a"), tuple(self.appliance.asked[0].query[name] for name in ("prefix", "q"))
        )

    def test_flags_tell_only_what_is_known(self) -> None:
        unread = {"writable": None, "notification": None}
        self.assertEqual("-", flags(unread))
        self.assertEqual("w", flags({"writable": True, "notification": 0}))
        self.assertEqual("passive", flags({"writable": False, "notification": 1}))

    def test_the_history_is_listed(self) -> None:
        reading = {"name": "Device.A", "value": "12.5", "time": "2026-11-26T12:00:00.000Z"}
        self.appliance.routes["GET /devices/D/history"] = items(reading)
        lines = self.acsctl("device", "history", "D", "--name", "Device.A", "--since", "2026-11-26").lines
        self.assertEqual(["Device.A", "12.5"], lines[1].split()[-2:])
        query = self.appliance.asked[0].query
        self.assertEqual(("Device.A", "2026-11-26"), (query["name"], query["since"]))

    def test_changes_are_listed(self) -> None:
        change = {"name": "Device.A", "old": "1", "new": None, "time": "2026-11-26T12:00:00.000Z"}
        self.appliance.routes["GET /devices/D/changes"] = items(change)
        lines = self.acsctl("device", "changes", "D", "--name", "Device.").lines
        self.assertEqual(["Device.A", "1", "-"], lines[1].split()[-3:])
        self.assertEqual("Device.", self.appliance.asked[0].query["name"])

    def test_a_refresh_asks_for_one(self) -> None:
        self.appliance.routes["POST /devices/D/refresh"] = document({}, 202)
        self.assertEqual(0, self.acsctl("device", "refresh", "D").status)

    def test_one_is_configured_anew_by_a_level_of_now(self) -> None:
        level = {"value": "2026-11-26T12:00:00.000000Z", "source": "device"}
        self.appliance.routes["PATCH /devices/D"] = document({"desired_config_level": level})
        said = self.acsctl("device", "configure", "D").text
        self.assertEqual(f"the next session brings it to level {level['value']}\n", said)
        self.assertEqual(["desired_config_level"], list(self.appliance.asked[0].json))


class DangerTests(ApplianceTestCase):
    def setUp(self) -> None:
        """Have what deletes and resets."""
        super().setUp()
        self.appliance.routes["DELETE /devices/D"] = Answer(204)
        self.appliance.routes["POST /devices/D/jobs"] = document({"id": "7", "state": "queued"}, 201)

    def test_a_reboot_is_a_job(self) -> None:
        outcome = self.acsctl("device", "reboot", "D", "--reason", "slow", "--urgent")
        self.assertEqual((0, "job 7 is queued\n"), (outcome.status, outcome.text))
        wanted = {"rpc": "Reboot", "arguments": {}, "reason": "slow", "urgent": True}
        self.assertEqual(wanted, self.appliance.asked[0].json)

    def test_a_diagnostic_is_a_job(self) -> None:
        command = ("device", "diagnose", "D", "IPPing", "Host=192.0.2.1", "NumberOfRepetitions=4")
        outcome = self.acsctl(*command, "--urgent")
        self.assertEqual((0, "job 7 is queued\n"), (outcome.status, outcome.text))
        arguments = {"Host": "192.0.2.1", "NumberOfRepetitions": 4}
        wanted = {"rpc": "IPPing", "arguments": arguments, "reason": "", "urgent": True}
        self.assertEqual(wanted, self.appliance.asked[0].json)

    def test_a_diagnostic_that_nobody_knows_is_refused_before_anything_is_asked(self) -> None:
        outcome = self.acsctl("device", "diagnose", "D", "Ping", "Host=192.0.2.1")
        self.assertEqual(2, outcome.status)
        self.assertIn("IPPing", outcome.errors)
        self.assertEqual([], self.appliance.asked)

    def test_nothing_is_deleted_or_reset_without_a_terminal_or_a_word(self) -> None:
        for command in ("delete", "factory-reset"):
            outcome = self.acsctl("device", command, "D", stdin="y\n")
            self.assertEqual(2, outcome.status)
            self.assertIn("--yes", outcome.errors)
        self.assertEqual([], self.appliance.asked)

    def test_a_person_is_asked_and_may_decline(self) -> None:
        for answer in ("n\n", "\n", "", "yesterday\n"):
            outcome = self.acsctl("device", "delete", "D", stdin=answer, terminal=True)
            self.assertEqual((1, []), (outcome.status, self.appliance.asked))
            self.assertIn("Forget D", outcome.errors)

    def test_a_person_may_agree(self) -> None:
        self.assertEqual(0, self.acsctl("device", "delete", "D", stdin="y\n", terminal=True).status)
        self.assertEqual("DELETE", self.appliance.asked[0].method)

    def test_yes_skips_the_question(self) -> None:
        self.assertEqual(0, self.acsctl("device", "factory-reset", "D", "--yes").status)
        self.assertEqual("FactoryReset", self.appliance.asked[0].json["rpc"])


class CredentialsTests(ApplianceTestCase):
    PLACE = "/devices/D/credentials"
    TOLD: dict[str, Any] = {
        "username": "cpe",
        "password": "********",
        "used": False,
        "previous_username": None,
    }

    def test_they_are_shown(self) -> None:
        self.appliance.routes[f"GET {self.PLACE}"] = document(self.TOLD)
        self.assertIn("username           cpe", self.acsctl("device", "credentials", "D").lines)
        shown = self.acsctl("device", "credentials", "D", "--secrets", "--json").text
        self.assertEqual(self.TOLD, json.loads(shown))
        self.assertEqual("true", self.appliance.asked[1].query["secrets"])

    def test_they_are_set_with_a_password_that_is_on_no_command_line(self) -> None:
        self.appliance.routes[f"PUT {self.PLACE}"] = Answer(204)
        words = ("device", "credentials", "D", "--set", "cpe", "--password-stdin")
        self.assertEqual(0, self.acsctl(*words, stdin="long enough\n").status)
        self.assertEqual({"username": "cpe", "password": "long enough"}, self.appliance.asked[0].json)
        self.assertEqual(1, self.acsctl(*words, stdin="short\n").status)

    def test_they_are_forgotten(self) -> None:
        self.appliance.routes[f"DELETE {self.PLACE}"] = Answer(204)
        self.assertEqual("forgotten\n", self.acsctl("device", "credentials", "D", "--forget").text)
