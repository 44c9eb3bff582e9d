"""The XMPP server of the devices: our place there, their accounts, the way to wake them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger

from acs.recurring import Recurring
from acs.store.interface import Store, StoreError
from acs.store.records.wakes import WakeOutcome
from acs.wake.elsewhere import Elsewhere, Neighbourhood
from acs.wake.way import Attempt, Target, Way
from acs.wake.xmpp.account_names import AccountError
from acs.wake.xmpp.accounts import Accounts, accounts
from acs.wake.xmpp.component import Component
from acs.wake.xmpp.way import XmppWay

TIDY = 60.0
"""Seconds from one look for accounts whose devices are no more to the next."""
AT_ONCE = 20
"""How many of them are deleted then."""

log = Logger()


class OnXmpp:
    """:ivar way: the way.
    :ivar making: what makes accounts, for whichever process asks, as if it were a way.
    :ivar jid: the JID that calls devices.
    """

    def __init__(self, settings: Any, reactor: Any, store: Store, random: Callable[[int], bytes]) -> None:
        self.domain: str = settings.domain
        self._store = store
        self._component = Component(
            reactor, settings.server, settings.component, str(settings.secret), settings.domain, random
        )
        self._accounts = accounts(
            settings.accounts, self._component, reactor, settings.create_command, settings.delete_command
        )
        self.way = XmppWay(self._component)
        self.making = Making(self._component, self._accounts, store)
        self._tidying = Recurring(reactor, TIDY, self.tidy, "accounts could not be deleted")

    @property
    def jid(self) -> str:
        """Who calls them."""
        return self.way.allowed_jid

    def is_online(self, target: Target) -> bool | None:
        """Whether the server says that a device is there; None where nobody knows."""
        return True if target.jid and self._component.presence.is_online(target.jid) else None

    async def create(self, neighbourhood: Neighbourhood, device_id: str, username: str, password: str) -> str:
        """Make an account, from here or from whichever process can; why it could not be made."""
        anywhere: Way = Elsewhere(self.making, neighbourhood)
        target = Target(device_id)
        if reason := anywhere.why_not(target):
            return reason
        attempt = await anywhere.request(target)
        return "" if attempt.outcome is WakeOutcome.ACCEPTED else attempt.detail

    def start(self) -> None:
        """Begin to be there."""
        self._component.startService()
        self._tidying.start()

    async def stop(self) -> None:
        """Leave."""
        self._tidying.stop()
        if self._component.running:
            await maybeDeferred(self._component.stopService)

    async def tidy(self) -> None:
        """Delete accounts whose devices are no more."""
        if not self._component.connected:
            return
        left: Sequence[str] = await self._store.accounts_left(AT_ONCE)
        for username in left:
            try:
                await self._accounts.delete(username)
            except AccountError as error:
                log.warn(
                    "the account {name} stays on the XMPP server: {reason}", name=username, reason=str(error)
                )
                return
            await self._store.account_gone(username)
            log.info("the account {name} is deleted on the XMPP server", name=username)


class Making:
    """Makes the account that a device is to have, as the store knows it."""

    method = "account"

    def __init__(self, component: Component, accounts: Accounts, store: Store) -> None:
        self._component = component
        self._accounts = accounts
        self._store = store

    def why_not(self, target: Target) -> str:
        """Why not now."""
        return "" if self._component.connected else f"not connected to the XMPP server: {self._component.why}"

    async def request(self, target: Target) -> Attempt:
        """ACCEPTED where it is there now, with the password that it is to have."""
        try:
            waking = await self._store.waking(target.device)
            if waking is None or not waking.xmpp_username:
                raise AccountError("nobody knows what it is to be")
            await self._accounts.create(waking.xmpp_username, waking.xmpp_password)
        except (AccountError, StoreError) as error:
            return Attempt(self.method, WakeOutcome.REFUSED, str(error))
        return Attempt(self.method, WakeOutcome.ACCEPTED)
