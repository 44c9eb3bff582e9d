"""What the security guide says is on by default is what the configuration's classes say."""

from __future__ import annotations

import re

from twisted.trial.unittest import SynchronousTestCase

from acs.config import describe
from tests import ROOT

PAGE = (ROOT / "docs/security.rst").read_text()


class DefaultsTests(SynchronousTestCase):
    def test_what_is_said_to_be_on_by_default_is(self) -> None:
        said = dict(re.findall(r"^   \* - ``(\S+)``\n     - ``(.*)``$", PAGE, re.MULTILINE))
        defaults = {key.key: key.default for key in describe()}
        self.assertGreater(len(said), 12)
        self.assertEqual({key: defaults[key] for key in said}, said)

    def test_the_keys_that_are_spoken_of_are_there(self) -> None:
        words = " ".join(PAGE.split())
        tables = {key.key.replace("[]", "").rpartition(".")[0] for key in describe()}
        keys = {re.sub(r"\[\]", "", key.key) for key in describe()}
        for table, key in re.findall(r"``\[\[?([a-z_.]+)\]?\] (\w+)", words):
            self.assertIn(f"{table}.{key}", keys)
        for table in re.findall(r"``\[\[?([a-z_.]+)\]?\]``", words):
            self.assertIn(table, tables | {"hooks", "limits"})
