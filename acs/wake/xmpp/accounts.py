"""The devices' accounts on the XMPP server: what is asked of whoever makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from acs.wake.xmpp.adhoc import AdHocAccounts
from acs.wake.xmpp.commands import CommandAccounts
from acs.wake.xmpp.component import Component


class Accounts(Protocol):
    """Makes accounts in the devices' domain, and removes them.

    Whatever goes wrong is `acs.wake.xmpp.account_names.AccountError`, whose text has no secrets in it.
    """

    async def create(self, username: str, password: str) -> None:
        """Have an account with that password, whether it was there before or not."""

    async def change_password(self, username: str, password: str) -> None:
        """Give an account another password."""

    async def delete(self, username: str) -> None:
        """Have no such account, whether there was one or not."""


class NoAccounts:
    """The operator makes them: nothing is done here."""

    async def create(self, username: str, password: str) -> None:
        """It is there already, or will be."""

    async def change_password(self, username: str, password: str) -> None:
        """Whoever made it has to."""

    async def delete(self, username: str) -> None:
        """It may stay."""


def accounts(
    kind: str,
    component: Component,
    reactor: Any,
    create_command: Sequence[str] = (),
    delete_command: Sequence[str] = (),
) -> Accounts:
    """Those of a kind: ``xep-0133``, ``command`` or ``none``."""
    if kind == "xep-0133":
        return AdHocAccounts(component)
    if kind == "command":
        return CommandAccounts(reactor, component.domain, create_command, delete_command)
    return NoAccounts()
