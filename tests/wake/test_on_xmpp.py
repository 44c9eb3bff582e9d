"""Accounts on a real XMPP server: made, given new passwords, deleted with their devices."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from twisted.internet import reactor as real_reactor

from acs.settings import Secret
from acs.store.building import embedded_store
from acs.store.records.wakes import Waking
from acs.wake.elsewhere import Neighbourhood
from acs.wake.on_xmpp import OnXmpp
from acs.wake.targets import Targets
from acs.wake.way import Target
from acs.wake_table import Xmpp
from tests.store.contract.base import device
from tests.support.prosody import COMPONENT, DOMAIN, SECRET
from tests.wake.xmpp.test_prosody import ProsodyTestCase

reactor: Any = real_reactor
NAME = "02a098-nf1-0a0b0c0d"


class AccountTests(ProsodyTestCase):
    async def setUp(self) -> None:  # type: ignore[override]
        super().setUp()
        self.store = embedded_store(reactor, reactor, Path(self.mktemp()))
        await self.store.open()
        self.addCleanup(self.store.close)
        self.device = await self.store.add_device(device(1))
        settings = Xmpp(component=COMPONENT, server=self.server.server, secret=Secret(SECRET), domain=DOMAIN)
        self.ours = OnXmpp(settings, reactor, self.store, os.urandom)
        self.addCleanup(self.ours.stop)

    async def start(self) -> None:
        self.ours.start()
        await self.until(lambda: not self.ours.making.why_not(Target(self.device.id)))

    async def create(self, waking: Waking) -> str:
        await self.store.put_waking(self.device.id, waking)
        neighbourhood = Neighbourhood(
            self.store, reactor, Targets(self.store), [self.ours.making], os.urandom
        )
        return await self.ours.create(
            neighbourhood, self.device.id, waking.xmpp_username, waking.xmpp_password
        )

    async def test_it_is_made_given_another_password_and_deleted_with_its_device(self) -> None:
        await self.start()
        self.assertEqual("", await self.create(Waking(xmpp_username=NAME, xmpp_password="one")))
        first = self.server.account(NAME)
        self.assertEqual("", await self.create(Waking(xmpp_username=NAME, xmpp_password="two")))
        self.assertNotEqual(first, self.server.account(NAME))
        await self.ours.tidy()
        self.assertTrue(self.server.has_account(NAME))
        await self.store.delete_device(self.device.id)
        await self.ours.tidy()
        self.assertFalse(self.server.has_account(NAME))
        self.assertEqual([], await self.store.accounts_left(5))

    async def test_while_the_server_is_away_nothing_is_made_and_nothing_forgotten(self) -> None:
        said = await self.create(Waking(xmpp_username=NAME, xmpp_password="one"))
        self.assertIn("not connected to the XMPP server", said)
        await self.store.delete_device(self.device.id)
        await self.ours.tidy()
        self.assertEqual([NAME], await self.store.accounts_left(5))

    async def test_of_one_whose_jid_is_not_known_nobody_knows_whether_it_is_online(self) -> None:
        for jid in ("", f"{NAME}@{DOMAIN}/cwmp"):
            self.assertIsNone(self.ours.is_online(Target(self.device.id, jid=jid)))

    async def test_of_a_device_without_one_none_is_made(self) -> None:
        await self.start()
        self.assertIn("nobody knows", await self.create(Waking("a", "b")))
