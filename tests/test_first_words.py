"""What a first start says, and where its password goes."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.first_words import FILE, announce

URL = "http://127.0.0.1:8069/"
JOURNAL = {"JOURNAL_STREAM": "8:1234"}


class FirstWordsTests(SynchronousTestCase):
    def setUp(self) -> None:
        """Have a state directory."""
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.file = self.folder / FILE

    def said(self, environment: dict[str, str]) -> str:
        """What is printed."""
        output = io.StringIO()
        self.patch(sys, "__stdout__", output)
        announce(URL, "secret", self.folder, environment)
        return output.getvalue()

    def test_on_a_terminal_the_password_is_printed_and_not_kept(self) -> None:
        self.assertEqual(f"console: {URL}\nuser: admin\npassword: secret\n", self.said({}))
        self.assertFalse(self.file.exists())

    def test_a_journal_gets_the_name_of_a_file_that_its_owner_alone_may_read(self) -> None:
        said = self.said(JOURNAL)
        self.assertEqual(f"console: {URL}\nuser: admin\npassword: in {self.file}\n", said)
        self.assertEqual("secret\n", self.file.read_text())
        self.assertEqual(0o600, self.file.stat().st_mode & 0o777)

    def test_a_password_of_before_is_written_over(self) -> None:
        self.file.write_text("a longer one of before\n")
        self.said(JOURNAL)
        self.assertEqual("secret\n", self.file.read_text())

    def test_a_link_that_lies_there_is_not_followed(self) -> None:
        elsewhere = self.folder / "elsewhere"
        self.file.symlink_to(elsewhere.absolute())
        self.assertRaises(OSError, self.said, JOURNAL)
        self.assertFalse(elsewhere.exists())
