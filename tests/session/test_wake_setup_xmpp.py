"""Devices are given a place on the XMPP server: an account there, a connection of their own."""

from __future__ import annotations

import random

from msgspec.structs import replace

from acs.cwmp import messages as m
from acs.quirks.rules import Rule
from acs.session.waking import FIRST_WAIT, state_of
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.identity import Identity
from tests.session.test_wake_setup import AIRTIES, PASSWORD, Denying, WakeSetupCase, on_xmpp
from tests.simulate.worlds import model

CONNECTION = "Device.XMPP.Connection.1."


class XmppTests(WakeSetupCase):
    xmpp = staticmethod(on_xmpp)

    async def test_a_device_has_an_account_and_listens_to_us_alone(self) -> None:
        cpe = await self.met(AIRTIES)
        waking = await self.waking(cpe)
        self.assertEqual({waking.xmpp_username: waking.xmpp_password}, self.server.accounts)
        self.assertRegex(waking.xmpp_username, "^001ca8-[a-z0-9]+-[0-9a-f]{8}$")
        names = ("Enable", "Username", "Password", "Domain", "Resource", "UseTLS")
        self.assertEqual(
            ["1", waking.xmpp_username, waking.xmpp_password, "isp.example", "cwmp", "0"],
            self.values(cpe, *(CONNECTION + name for name in names)),
        )
        self.assertEqual(
            ["xmpp.isp.example", "5223", "1"],
            self.values(
                cpe, *(f"{CONNECTION}Server.1.{name}" for name in ("ServerAddress", "Port", "Enable"))
            ),
        )
        place = ".ManagementServer.ConnReq"
        self.assertEqual(
            [CONNECTION[:-1], "acs@acs.isp.example/acs"],
            self.values(cpe, f"{place}XMPPConnection", f"{place}AllowedJabberIDs"),
        )
        self.assertEqual((("xmpp",), True), ((await self.known(cpe)).wake_ways, waking.xmpp_made))
        self.assertEqual([], await self.session(cpe))

    async def test_one_that_does_not_speak_xmpp_has_no_account(self) -> None:
        cpe = await self.met("tr098-router")
        self.assertEqual(({}, "password-1"), (self.server.accounts, self.value(cpe, PASSWORD)))
        self.assertEqual(self.setup.name, (await self.known(cpe)).wake_setup)

    async def test_one_that_makes_no_connection_or_no_server_in_it_is_given_the_rest(self) -> None:
        for number, below in enumerate(("XMPP.Connection.", "Server."), 1):
            self.habits = [Denying(m.AddObject, below=below)]
            cpe = SimulatedCPE(
                model(AIRTIES), Identity("001CA8", f"S{number}"), self.world.clock, random.Random(1)
            )
            cpe.tree.write(f"{CONNECTION}Username", "somebody")
            await self.session(cpe)
            device = await self.known(cpe)
            self.assertEqual(
                ((await self.waking(cpe)).password, (), 1),
                (self.value(cpe, PASSWORD), device.wake_ways, state_of(device).tries),
            )
            notes = [each.note for each in await self.world.conversation()]
            self.assertTrue(any("XMPP: " in note and "Request denied" in note for note in notes), notes)
            self.habits = []
            self.world.clock.advance(FIRST_WAIT)
            await self.session(cpe)
            self.assertEqual(("xmpp",), (await self.known(cpe)).wake_ways)

    async def test_its_connection_is_known_by_its_name_and_its_account_made_once(self) -> None:
        cpe = await self.met(AIRTIES)
        self.server.accounts.clear()
        await self.world.store.put_waking(
            cpe.device_id.key, replace(await self.waking(cpe), xmpp_connection="")
        )
        self.world.store.change_device(cpe.device_id.key, wake_setup="")
        await self.session(cpe)
        self.assertEqual((CONNECTION, {}), ((await self.waking(cpe)).xmpp_connection, self.server.accounts))

    async def test_after_a_reset_its_connection_may_be_somebody_else_s(self) -> None:
        cpe = await self.met(AIRTIES)
        cpe.factory_reset()
        cpe.switch_on()
        cpe.tree.write(f"{CONNECTION}Username", "somebody")
        await self.session(cpe)
        self.assertEqual("Device.XMPP.Connection.2.", (await self.waking(cpe)).xmpp_connection)
        self.assertEqual("somebody", self.value(cpe, f"{CONNECTION}Username"))

    async def test_a_device_that_was_reset_keeps_its_account(self) -> None:
        cpe = await self.met(AIRTIES)
        before = await self.waking(cpe)
        cpe.factory_reset()
        cpe.switch_on()
        await self.session(cpe)
        self.assertEqual(before, await self.waking(cpe))
        self.assertEqual(before.xmpp_password, self.value(cpe, f"{CONNECTION}Password"))

    async def test_where_another_uses_the_connection_it_is_given_one_of_its_own(self) -> None:
        cpe = self.device(AIRTIES)
        cpe.tree.write(f"{CONNECTION}Username", "somebody")
        await self.session(cpe)
        self.assertEqual("Device.XMPP.Connection.2.", (await self.waking(cpe)).xmpp_connection)
        self.assertEqual("somebody", self.value(cpe, f"{CONNECTION}Username"))

    async def test_one_that_has_lost_its_connection_is_given_another_at_the_next_try(self) -> None:
        cpe = await self.met(AIRTIES)
        cpe.tree.remove(CONNECTION)
        await self.again(cpe)
        self.assertEqual((), (await self.known(cpe)).wake_ways)
        self.world.clock.advance(FIRST_WAIT)
        await self.session(cpe)
        self.assertEqual(("xmpp",), (await self.known(cpe)).wake_ways)

    async def test_while_there_is_no_account_the_rest_is_set(self) -> None:
        self.server.says = "the server is away"
        cpe = await self.met(AIRTIES)
        self.assertEqual(((), "password-1"), ((await self.known(cpe)).wake_ways, self.value(cpe, PASSWORD)))
        self.server.says = ""
        self.world.clock.advance(FIRST_WAIT)
        self.assertIn("SetParameterValues", await self.session(cpe))
        self.assertEqual(("xmpp",), (await self.known(cpe)).wake_ways)

    async def test_a_device_of_one_rpc_in_a_session_gets_there(self) -> None:
        cpe = self.device(AIRTIES)
        cpe.tree.write(f"{CONNECTION}Username", "somebody")
        await self.world.store.change_quirk_rules([Rule("one-rpc-per-session", device=cpe.device_id.key)])
        for _ in range(20):
            self.assertLessEqual(len(await self.session(cpe)), 1)
        self.assertEqual(("xmpp",), (await self.known(cpe)).wake_ways)
        self.assertEqual("2", self.value(cpe, "Device.XMPP.ConnectionNumberOfEntries"))

    async def test_new_passwords_are_also_the_account_s(self) -> None:
        cpe = await self.met(AIRTIES)
        before = await self.waking(cpe)
        await self.again(cpe)
        waking = await self.waking(cpe)
        self.assertNotEqual(before.xmpp_password, waking.xmpp_password)
        self.assertEqual({waking.xmpp_username: waking.xmpp_password}, self.server.accounts)
        self.assertEqual(before.xmpp_username, waking.xmpp_username)
        self.assertEqual(waking.xmpp_password, self.value(cpe, f"{CONNECTION}Password"))
