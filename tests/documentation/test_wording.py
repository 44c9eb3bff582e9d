"""Commands of the documentation as they stand there: ``acsctl`` has them all, with these options."""

from __future__ import annotations

import argparse
import io
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs.ctl.arguments import _parser, parse
from tests.documentation import pages


def why_not(words: list[str]) -> str:
    """What ``acsctl`` says against its words; "" where it takes them, or lacks a file of the reader's."""
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            parse(words)
    except SystemExit:
        reason = said.getvalue().strip().rpartition("\n")[2]
        return "" if reason.endswith("cannot be read: No such file or directory") else reason
    return ""


def is_name_of_a_command(words: list[str]) -> bool:
    """Whether the words are a command's, or a group's, without its arguments."""
    parser: Any = _parser()
    for word in words:
        groups = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
        if not groups or word not in groups[0].choices:
            return False
        parser = groups[0].choices[word]
    return True


class WordingTests(SynchronousTestCase):
    def test_every_command_that_is_to_be_typed_is_one(self) -> None:
        found = [each for page in pages.pages() for each in pages.read(page) if isinstance(each, pages.Typed)]
        of_ours = [each for each in found if each.is_acsctl]
        self.assertGreater(len(of_ours), 100)
        wrong = [f"{each}: {why_not(each.words[1:])}" for each in of_ours if why_not(each.words[1:])]
        self.assertEqual([], wrong)

    def test_every_command_that_is_spoken_of_is_one(self) -> None:
        found = [each for page in pages.pages() for each in pages.inline(page)]
        self.assertGreater(len(found), 40)
        wrong = [
            f"{each}: {why_not(each.words[1:])}"
            for each in found
            if not is_name_of_a_command(each.words[1:]) and why_not(each.words[1:])
        ]
        self.assertEqual([], wrong)

    def test_a_wrong_option_would_be_seen(self) -> None:
        self.assertIn("--no-such-option", why_not(["device", "list", "--no-such-option"]))
        self.assertFalse(is_name_of_a_command(["device", "lists"]))


class ReadingTests(SynchronousTestCase):
    def test_what_is_to_be_typed_is_found(self) -> None:
        path = self.page(
            "Say::\n\n    acsctl device list      # all\n    acsctl job add '{\n      \"a\": 1}'\n"
            "    what\n\n"
            ".. code-block:: toml\n   :caption: a.toml\n\n   x = 1\n\n   [y]\n\n"
            "::\n\n    curl a \\\n      b\n"
        )
        one, two, file, three = pages.read(path)
        assert isinstance(one, pages.Typed) and isinstance(two, pages.Typed)
        assert isinstance(three, pages.Typed)
        self.assertEqual(["acsctl", "device", "list"], one.words)
        self.assertEqual(["acsctl", "job", "add", '{\n  "a": 1}'], two.words)
        self.assertEqual(pages.Written("a.toml", "x = 1\n\n[y]\n"), file)
        self.assertEqual((["curl", "a", "b"], False), (three.words, three.is_acsctl))
        self.assertEqual((3, 17), (one.line, three.line))

    def page(self, text: str) -> Any:
        path = Path(self.mktemp())
        path.write_text(text)
        return path
