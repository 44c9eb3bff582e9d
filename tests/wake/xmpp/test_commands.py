"""Tests of `acs.wake.xmpp.commands`: real programs, run without a shell."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import CancelledError, ensureDeferred
from twisted.trial.unittest import TestCase

from acs.wake.xmpp import commands
from acs.wake.xmpp.account_names import AccountError
from acs.wake.xmpp.commands import CommandAccounts
from tests.support.xmpp_server import DOMAIN

PASSWORD = "s3cret {domain} $(touch x)"
TELL = "import sys; print(sys.argv[1:], repr(sys.stdin.read()), file=open('told', 'w'))"


class CommandTests(TestCase):
    def setUp(self) -> None:
        Path("told").unlink(missing_ok=True)

    def accounts(self, script: str, *words: str, delete: tuple[str, ...] = ()) -> CommandAccounts:
        """Accounts that are made by a script in Python."""
        return CommandAccounts(reactor, DOMAIN, (sys.executable, "-c", script, *words), delete)

    async def refused(self, accounts: CommandAccounts) -> str:
        """Why an account could not be made."""
        with self.assertRaises(AccountError) as caught:
            await accounts.create("cpe-1", PASSWORD)
        self.assertNotIn(PASSWORD, str(caught.exception))
        return str(caught.exception)

    async def test_the_password_is_on_standard_input_twice(self) -> None:
        made = self.accounts(TELL, "{username}", "{username}@{domain}", "a {domain}")
        await made.create("cpe-1", PASSWORD)
        line = PASSWORD + "\\n"
        self.assertEqual(
            f"['cpe-1', 'cpe-1@{DOMAIN}', 'a {DOMAIN}'] {line + line!r}\n".replace("\\\\n", "\\n"),
            Path("told").read_text(),
        )

    async def test_it_is_in_the_words_only_where_the_operator_wants_that(self) -> None:
        await self.accounts(TELL, "{username}", "{password}").change_password("cpe-1", PASSWORD)
        self.assertIn(repr(["cpe-1", PASSWORD]), Path("told").read_text())

    async def test_no_shell_looks_at_the_words(self) -> None:
        await self.accounts(TELL, "{username}", ";touch x", "$(touch x)", "*").create("$HOME", PASSWORD)
        self.assertIn(repr(["$HOME", ";touch x", "$(touch x)", "*"]), Path("told").read_text())
        self.assertFalse(Path("x").exists())

    async def test_a_command_that_fails_says_how_without_the_password(self) -> None:
        script = "import sys; print('no', sys.argv[1:], input()); sys.exit(3)"
        reason = await self.refused(self.accounts(script, "{username}"))
        self.assertIn("exit status 3: no ['cpe-1'] ***", reason)

    async def test_a_command_that_is_killed_or_not_there_says_so(self) -> None:
        script = "import os; os.kill(os.getpid(), 9)"
        self.assertIn("killed by signal 9", await self.refused(self.accounts(script)))
        missing = CommandAccounts(reactor, DOMAIN, ("/nonexistent/program", "{username}"), ())
        self.assertIn("/nonexistent/program: No such file", await self.refused(missing))

    async def test_only_so_much_output_is_kept(self) -> None:
        reason = await self.refused(self.accounts("print('a' * 10_000_000); raise SystemExit(1)"))
        self.assertLess(len(reason), 500)

    async def test_a_command_that_takes_too_long_is_killed_with_what_it_left_behind(self) -> None:
        self.patch(commands, "SECONDS", 0.5)
        script = "import subprocess, time; subprocess.Popen(['sleep', '5']); time.sleep(5)"
        self.assertIn("not done in", await self.refused(self.accounts(script)))

    async def test_who_gives_up_ends_it(self) -> None:
        accounts = self.accounts("import time; time.sleep(60)")
        running = ensureDeferred(accounts.create("cpe-1", PASSWORD))
        running.cancel()
        with self.assertRaises(CancelledError):
            await running

    async def test_no_more_than_so_many_run_at_a_time(self) -> None:
        accounts = self.accounts("import time; time.sleep(0.05)")
        all_of_them: list[Any] = [ensureDeferred(accounts.create(f"c{n}", PASSWORD)) for n in range(10)]
        self.assertEqual(0, accounts._places.tokens)
        for each in all_of_them:
            await each
        self.assertEqual(commands.AT_ONCE, accounts._places.tokens)

    async def test_accounts_stay_where_nothing_removes_them(self) -> None:
        await self.accounts("raise SystemExit(1)").delete("cpe-1")

    async def test_a_command_removes_them(self) -> None:
        delete = (sys.executable, "-c", TELL, "{username}")
        await self.accounts("", delete=delete).delete("cpe-1")
        self.assertEqual("['cpe-1'] ''\n", Path("told").read_text())

    async def test_names_that_look_like_options_are_refused(self) -> None:
        accounts = self.accounts(TELL, "{username}", delete=("false", "{username}"))
        for name in ("-v", "--config=x", "", "a b", "a/../b"):
            for what in (accounts.create(name, PASSWORD), accounts.delete(name)):
                with self.assertRaises(AccountError):
                    await what
        self.assertFalse(Path("told").exists())
