"""The ``quirk`` commands."""

from __future__ import annotations

import json
from typing import Any

from tests.ctl.appliance import Answer, ApplianceTestCase, document, items

RULE: dict[str, Any] = {
    "id": "0sbhy4yh40001",
    "enabled": False,
    "manufacturer": "THOMSON*",
    "oui": None,
    "product_class": "Speed*",
    "software_version": None,
    "device": None,
    "note": "tried",
}
QUIRK = {
    "name": "no-attributes",
    "symptom": "It breaks.",
    "remedy": "Not asked.",
    "source": "us",
    "devices": 3,
}


class QuirkTests(ApplianceTestCase):
    def test_all_are_listed(self) -> None:
        self.appliance.routes["GET /quirks"] = items({**QUIRK, "rules": []})
        outcome = self.acsctl("quirk", "list")
        self.assertEqual(["no-attributes", "3", "It", "breaks."], outcome.lines[1].split())

    def test_those_of_a_device_with_what_decides(self) -> None:
        shipped = {**RULE, "id": None}
        self.appliance.routes["GET /devices/D/quirks"] = items(
            {"name": "a", "enabled": False, "rule": RULE}, {"name": "b", "enabled": True, "rule": shipped}
        )
        lines = self.acsctl("quirk", "list", "--device", "D").lines
        said = "manufacturer=THOMSON* product_class=Speed*"
        self.assertEqual(f"a     no        0sbhy4yh40001: {said}", lines[1])
        self.assertEqual(f"b     yes       shipped: {said}", lines[2])

    def test_one_is_explained(self) -> None:
        self.appliance.routes["GET /quirks/no-attributes"] = document({**QUIRK, "rules": [RULE]})
        lines = self.acsctl("quirk", "show", "no-attributes").lines
        self.assertEqual("symptom  It breaks.", lines[1])
        self.assertEqual(RULE["id"], lines[-1].split()[0])
        self.assertEqual(
            [RULE], json.loads(self.acsctl("quirk", "show", "no-attributes", "--json").text)["rules"]
        )

    def test_a_rule_is_added(self) -> None:
        self.appliance.routes["POST /quirks/no-attributes/rules"] = document(RULE, 201)
        words = ("--manufacturer", "THOMSON*", "--product-class", "Speed*", "--off", "--note", "tried")
        self.assertEqual("rule 0sbhy4yh40001\n", self.acsctl("quirk", "add", "no-attributes", *words).text)
        given = {"enabled": False, "manufacturer": "THOMSON*", "product_class": "Speed*", "note": "tried"}
        self.assertEqual(given, self.appliance.asked[0].json)

    def test_a_rule_is_removed(self) -> None:
        self.appliance.routes["DELETE /quirks/no-attributes/rules/0sbhy4yh40001"] = Answer(204)
        self.assertEqual("removed\n", self.acsctl("quirk", "remove", "no-attributes", "0sbhy4yh40001").text)

    def test_what_the_appliance_refuses_is_one_line(self) -> None:
        outcome = self.acsctl("quirk", "show", "nonsense")
        self.assertEqual((1, 1), (outcome.status, len(outcome.errors.splitlines())))
