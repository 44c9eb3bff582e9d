"""Pieces of the configuration that the documentation shows: the appliance knows all of their keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

from twisted.trial.unittest import SynchronousTestCase

from acs.config import ConfigError, describe, load
from tests.documentation import pages

TABLES = {re.split(r"[.\[]", key.key)[0] for key in describe() if key.kind != "path"}


def pieces() -> Iterator[tuple[str, str]]:
    """Literal blocks that begin with a table of the configuration, each with the page that shows it."""
    for page in pages.pages():
        lines = page.read_text().splitlines()
        for start, end in pages.blocks(lines):
            text = dedent("\n".join(lines[start:end])).strip()
            found = re.match(r"\[\[?(\w+)[\].]", text)
            if found and found[1] in TABLES:
                yield f"{page.name}:{start + 1}", text


class SettingsTests(SynchronousTestCase):
    def test_every_piece_of_a_configuration_that_is_shown_is_one(self) -> None:
        found = list(pieces())
        self.assertGreater(len(found), 15)
        wrong = {where: reason for where, text in found if (reason := self.against(text))}
        self.assertEqual({}, wrong)

    def against(self, text: str) -> str:
        """What is wrong with it, where files with secrets are there."""
        folder = Path(self.mktemp())
        folder.mkdir()
        for name in re.findall(r'_file = "([\w-]+)"', text):
            kind = "https" if "crm" in name else "postgresql"
            (folder / name).write_text(f"{kind}://acs:secret@isp.example/acs\n")
        path = folder / "acs.toml"
        path.write_text(text + "\n")
        try:
            load(str(path))
        except ConfigError as error:
            return "; ".join(
                f"{each.key}: {each.reason}" for each in error.problems if "No such file" not in each.reason
            )
        return ""
