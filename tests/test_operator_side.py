"""The operator's side is composed of the configuration, and its policies are read again while it runs."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.trial.unittest import TestCase

from acs.config import Config, load
from acs.hooks import Subject
from acs.hooks.errors import BadHooks
from acs.operator_side import OperatorSide
from acs.options import Options
from acs.reloading import ReloadRefused
from acs.service import makeService
from acs.session.credentials import Kind
from acs.session.relation import Relation

HERE = Relation(Subject("a", "b", "c", "d", "e", client_ip="192.0.2.7"))


class Yes:
    """Verifies everybody."""

    def verify(self, subject: Subject, related: Any) -> bool:
        return True


class SideCase(TestCase):
    def config(self, text: str) -> Config:
        self.file = Path(self.mktemp()).absolute()
        self.file.write_text(text, "utf-8")
        return load(str(self.file))

    def side(self, text: str) -> OperatorSide:
        side = OperatorSide(self.config(text), reactor)
        self.addCleanup(lambda: ensureDeferred(side.close()))
        return side

    def verdict(self, side: OperatorSide, listener: str = "main") -> tuple[bool, str]:
        verdict = side.policies[listener].verify(HERE, Kind.NONE)
        found = self.successResultOf(Deferred.fromCoroutine(verdict))  # type: ignore[arg-type]
        return found.verified, found.by

    def test_each_listener_has_its_policy(self) -> None:
        side = self.side(
            f'[hooks]\npython = "{__name__}:Yes"\n'
            '[[cwmp]]\n[[cwmp]]\nname = "other"\nendpoint = "tcp:7548"\nverify = "strict"\n'
            '[verify.default]\npolicy = "python"\n[verify.strict]\npolicy = "never"\n'
        )
        self.assertEqual(
            [(True, "python"), (False, "never")], [self.verdict(side, name) for name in ("main", "other")]
        )

    def test_a_policy_that_changed_is_in_force_when_it_was_read_again(self) -> None:
        side = self.side('[verify.default]\npolicy = "always"\n')
        policies = side.policies
        [change] = side.changes(self.config('[verify.default]\npolicy = "cidr"\nnetworks = ["10.0.0.0/8"]\n'))
        self.assertEqual(("verify", (True, "always")), (change.key, self.verdict(side)))
        change.apply()
        self.assertEqual((False, "cidr: in none of the networks"), self.verdict(side))
        self.assertIs(policies, side.policies)

    def test_a_listener_that_is_not_there_yet_needs_a_restart(self) -> None:
        side = self.side("")
        [change] = side.changes(self.config('[[cwmp]]\nname = "new"\n'))
        change.apply()
        self.assertEqual(["main"], list(side.policies))

    def test_what_cannot_be_had_is_refused_and_changes_nothing(self) -> None:
        side = self.side("")
        bad = '[verify.default]\npolicy = "sql"\nquery = "SELECT 1"\nurl = "postgresql://a:b:c@/%"\n'
        refused = self.assertRaises(ReloadRefused, list, side.changes(self.config(bad)))
        self.assertEqual("verify.default.url", refused.reasons[0].key)
        self.assertEqual((True, "always"), self.verdict(side))
        self.assertRaises(BadHooks, OperatorSide, self.config(bad), reactor)

    def test_the_appliance_does_not_start_without_its_hooks(self) -> None:
        self.config(f'state_dir = "{self.mktemp()}"\n[hooks]\npython = "nowhere.crm:Crm"\n')
        options = Options()
        options.parseOptions(["--config", str(self.file)])
        said = io.StringIO()
        self.patch(sys, "stderr", said)
        self.assertEqual(1, self.assertRaises(SystemExit, makeService, options).code)
        self.assertTrue(said.getvalue().startswith(f"{self.file}: hooks.python: 'nowhere.crm:Crm' cannot"))
        self.assertEqual(1, said.getvalue().count("\n"))
