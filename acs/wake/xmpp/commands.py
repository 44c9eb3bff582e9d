"""Accounts by commands of the operator's."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from twisted.internet.defer import Deferred, DeferredSemaphore
from twisted.internet.error import ProcessDone, ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.wake.xmpp.account_names import AccountError, account_jid, check_password

SECONDS = 30.0
"""How long a command may take."""
AT_ONCE = 4
"""How many may run at the same time."""
MOST_OUTPUT = 4096
_LONGEST = 300
_NAMES = re.compile(r"\{(?:username|domain|password)\}")

log = Logger()


class CommandAccounts:
    """Runs ``create_command`` with the password on its standard input, and ``delete_command``.

    There it is a line, twice, as those want it who ask people for it.

    Both are words, run without a shell, in which ``{username}`` and ``{domain}`` are filled in; so is
    ``{password}``, which other users of the machine can see there.  The one that creates sets the password
    of an account that is there.  With no ``delete_command``, accounts stay.
    """

    def __init__(
        self, reactor: Any, domain: str, create_command: Sequence[str], delete_command: Sequence[str]
    ) -> None:
        self._reactor = reactor
        self._domain = domain
        self._create = tuple(create_command)
        self._delete = tuple(delete_command)
        self._places = DeferredSemaphore(AT_ONCE)

    async def create(self, username: str, password: str) -> None:
        """Have the account, with that password."""
        account_jid(username, self._domain)
        check_password(password)
        await self._run(self._create, username, password)

    async def change_password(self, username: str, password: str) -> None:
        """The same: the command sets it."""
        await self.create(username, password)

    async def delete(self, username: str) -> None:
        """Have no such account."""
        account_jid(username, self._domain)
        if self._delete:
            await self._run(self._delete, username, "")

    async def _run(self, command: tuple[str, ...], username: str, password: str) -> None:
        values = {"{username}": username, "{domain}": self._domain, "{password}": password}
        words = [command[0], *(_filled(word, values) for word in command[1:])]
        if username.startswith("-"):
            raise AccountError("a user name that begins with - is none for a command")
        await self._places.acquire()
        try:
            process = _Process(password, self._reactor)
            await process.run(words)
        finally:
            self._places.release()
        if process.reason:
            said = process.output.decode("utf-8", "replace")
            said = said.replace(password, "***") if password else said
            log.warn(
                "{program}: {reason}: {said}", program=command[0], reason=process.reason, said=said.strip()
            )
            raise AccountError(f"{command[0]}: {process.reason}: {said.strip()[:_LONGEST]}")


class _Process(ProcessProtocol):
    """One run: its output, as far as it is kept, and ``reason``, why it has failed, "" where it has not."""

    transport: Any

    def __init__(self, password: str, clock: Any) -> None:
        self.output = b""
        self.reason = ""
        self._password = password
        self._reactor = clock
        self._ended: Deferred[None] = Deferred(self._kill)

    async def run(self, words: Sequence[str]) -> None:
        """Run it to its end; a time limit is kept by killing it."""
        try:
            arguments = [os.fsencode(word) for word in words]
            self._reactor.spawnProcess(self, arguments[0], arguments, env=None)
        except OSError as error:
            self.reason = error.strerror or "cannot be run"
            return
        timer = self._reactor.callLater(SECONDS, self._too_long)
        try:
            await self._ended
        finally:
            if timer.active():
                timer.cancel()

    def connectionMade(self) -> None:
        if self._password:
            self.transport.write((self._password.encode() + b"\n") * 2)
        self.transport.closeStdin()

    def outReceived(self, data: bytes) -> None:  # noqa: N802
        self.output = (self.output + data)[:MOST_OUTPUT]

    errReceived = outReceived  # noqa: N815

    def processEnded(self, reason: Failure) -> None:  # noqa: N802
        if not self.reason and not isinstance(reason.value, ProcessDone):
            value: Any = reason.value
            by_signal = f"killed by signal {value.signal}"
            self.reason = f"exit status {value.exitCode}" if value.signal is None else by_signal
        if not self._ended.called:
            self._ended.callback(None)

    def _too_long(self) -> None:
        self.reason = f"not done in {SECONDS:.0f} seconds"
        self._kill()

    def _kill(self, _: Deferred[None] | None = None) -> None:
        with suppress(ProcessExitedAlready):
            self.transport.signalProcess("KILL")
        # What it has left behind may hold its output open for ever.
        self.transport.loseConnection()


def _filled(word: str, values: dict[str, str]) -> str:
    """A word with what it asks for; what is filled in is not looked at again."""
    return _NAMES.sub(lambda name: values[name[0]], word)
