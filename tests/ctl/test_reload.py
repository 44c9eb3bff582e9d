"""The command that has the appliance read certificates and keys anew."""

from __future__ import annotations

import json

from tests.ctl.appliance import Answer, ApplianceTestCase, document


class ReloadTests(ApplianceTestCase):
    def reload(self, done: dict[str, list[str]], *words: str) -> str:
        """What is printed where the appliance answers so."""
        self.appliance.routes["POST /reload"] = document(done)
        outcome = self.acsctl("reload", *words)
        self.assertEqual((0, ""), (outcome.status, outcome.errors))
        return outcome.text

    def test_what_was_read_anew_and_what_needs_a_restart_is_told(self) -> None:
        done = {"reloaded": ["cwmp[0].tls", "console.tls"], "restart": ["log.level"]}
        self.assertEqual(
            "reloaded: cwmp[0].tls\nreloaded: console.tls\nchanged, and needs a restart: log.level\n",
            self.reload(done),
        )
        self.assertEqual(done, json.loads(self.reload(done, "--json")))
        self.assertEqual({}, self.appliance.asked[0].json)

    def test_that_there_was_nothing_is_told(self) -> None:
        self.assertEqual("nothing to reload\n", self.reload({"reloaded": [], "restart": []}))

    def test_a_refusal_says_what_is_wrong(self) -> None:
        wrong = [{"field": "cwmp[0].tls.key", "reason": "/etc/acs/acs.key is encrypted"}]
        body = {"status": 409, "title": "Conflict", "detail": "nothing was reloaded", "errors": wrong}
        self.appliance.routes["POST /reload"] = Answer(
            409, json.dumps(body).encode(), "application/problem+json"
        )
        outcome = self.acsctl("reload")
        self.assertEqual((1, ""), (outcome.status, outcome.text))
        self.assertEqual(
            "acsctl: Conflict: nothing was reloaded; cwmp[0].tls.key: /etc/acs/acs.key is encrypted\n",
            outcome.errors,
        )
