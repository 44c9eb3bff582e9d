"""What the documentation's extension writes is whole: nothing that the code has is missing."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs.config import describe
from acs.cwmp.fields import fields_of
from acs.cwmp.rpcs import BY_NAME
from acs.quirks.catalogue import QUIRKS
from acs.store.records.alarms import AlarmKind
from acs.web.telling.families import FAMILIES
from tests import ROOT

import acs_docs  # isort: skip
from acs_docs import writing  # isort: skip


def written(name: str) -> str:
    return "\n".join(acs_docs.WRITTEN[name]())


class WholeTests(SynchronousTestCase):
    def test_every_quirk_has_its_section_with_all_that_is_known_of_it(self) -> None:
        text = written("quirks")
        for quirk in QUIRKS.values():
            self.assertIn(f"\n{quirk.name}\n{'~' * len(quirk.name)}\n", text)
            for words in (quirk.symptom, quirk.remedy, quirk.source):
                self.assertIn(writing.plain(words), text)

    def test_every_rpc_has_its_arguments_and_every_structure_its_members(self) -> None:
        text = written("rpcs") + written("structures")
        for rpc in BY_NAME.values():
            section = text.partition(f".. _rpc-{rpc.name}:")[2].partition(".. _")[0]
            for field in (*fields_of(rpc.request), *fields_of(rpc.response)):
                self.assertIn(f"- ``{field.name}``\n", section)
                for structure in field.structs:
                    self.assertIn(f".. _structure-{structure.__name__}:", text)

    def test_every_key_is_in_the_reference_with_its_default(self) -> None:
        text = written("configuration")
        for key in describe():
            if key.default:
                name = key.key.rpartition(".")[2]
                self.assertIn(f"- ``{name}``\n", text)
                self.assertIn(f"- ``{key.default}``\n", text)

    def test_every_number_and_alarm_is_named(self) -> None:
        for _, family in FAMILIES:
            self.assertIn(f"``{family.name}", written("metrics"))
        for kind in AlarmKind:
            self.assertIn(f"``{kind}``", written("alarms"))

    def test_every_command_has_its_section(self) -> None:
        text = written("commands")
        for command in ("check-config", "device list", "device bulk list", "simulate", "quirk add"):
            self.assertIn(f"\nacsctl {command}\n{'~' * len(f'acsctl {command}')}\n", text)
        self.assertIn("``--software-version VALUE``", text)

    def test_everything_that_is_written_stands_on_some_page(self) -> None:
        pages = "".join(path.read_text() for path in (ROOT / "docs").glob("*.rst"))
        for name in acs_docs.WRITTEN:
            self.assertIn(f".. generated:: {name}\n", pages)


class WritingTests(SynchronousTestCase):
    def test_nothing_in_a_text_is_markup(self) -> None:
        self.assertEqual(r"a\_file \*x\* \`y\` \|z\| \\", writing.plain("a_file *x* `y`\n|z|  \\"))

    def test_a_table_without_rows_is_nothing(self) -> None:
        self.assertEqual([], list(writing.table(("A",), (1,), [])))

    def test_cells_stand_below_their_titles(self) -> None:
        rows: Any = list(writing.table(("A", "B"), (1, 2), [("one", "")]))
        self.assertEqual(["   * - A", "     - B", "   * - one", "     -", ""], rows[4:])
