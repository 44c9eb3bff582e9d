"""Waking by XMPP with a real server between: Prosody, configured as we ship it, and simulated CPEs."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

from twisted.internet import reactor as real_reactor
from twisted.internet.task import deferLater
from twisted.logger import LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import TestCase

from acs.simulate.cpe import SimulatedCPE
from acs.simulate.events import CONNECTION_REQUEST
from acs.simulate.identity import Identity
from acs.simulate.trust import Trust
from acs.simulate.xmpp import XmppClient
from acs.store.records.wakes import WakeOutcome
from acs.wake.way import Attempt, Pair, Target
from acs.wake.xmpp import component as component_module
from acs.wake.xmpp.account_names import AccountError
from acs.wake.xmpp.adhoc import AdHocAccounts
from acs.wake.xmpp.commands import CommandAccounts
from acs.wake.xmpp.component import Component
from acs.wake.xmpp.way import XmppWay
from acs.xmpp.elements import presence
from tests.simulate import xmpp_side
from tests.simulate.worlds import model
from tests.support import prosody
from tests.support.certificates import Authority
from tests.support.prosody import COMPONENT, DOMAIN, SECRET, Prosody

reactor: Any = real_reactor
SECONDS = 10.0
RIGHT = Pair(*xmpp_side.PAIR)
CLEAR = "c2s_require_encryption = false\nallow_unencrypted_plain_auth = true"
WRONG = Pair("cr-user", "wr0ng", "previous")


class ProsodyTestCase(TestCase):
    """Has a server that runs, and what is connected to it is let go at the end."""

    skip = prosody.SKIP
    timeout = 60

    def setUp(self) -> None:
        self.server = Prosody()
        self.addCleanup(self.server.remove)
        self.server.start()
        self.lines: list[str] = []
        globalLogPublisher.addObserver(self._logged)
        self.addCleanup(globalLogPublisher.removeObserver, self._logged)

    def _logged(self, event: LogEvent) -> None:
        if event.get("log_namespace", "").startswith("acs."):
            self.lines.append(formatEvent(event))

    async def until(self, true: Callable[[], object]) -> None:
        """Let the reactor run until something is so."""
        end = reactor.seconds() + SECONDS
        while not true():
            self.assertLess(reactor.seconds(), end, self.server.said()[-3000:])
            await deferLater(reactor, 0.01)

    def component(self, secret: str = SECRET, name: str = COMPONENT) -> Component:
        """A component that is started."""
        made = Component(reactor, self.server.server, name, secret, DOMAIN, os.urandom)
        made.startService()
        self.addCleanup(made.stopService)
        return made

    async def connected(self) -> Component:
        """One that the server has taken."""
        made = self.component()
        await self.until(lambda: made.connected)
        return made


class ComponentTests(ProsodyTestCase):
    async def test_it_joins(self) -> None:
        component = await self.connected()
        self.assertEqual("", component.why)
        self.assertEqual([f"connected to {self.server.server} as {COMPONENT}"], self.lines)

    async def test_a_wrong_secret_is_told_once_and_clearly(self) -> None:
        self.patch(component_module, "MOST_WAIT", 0.05)
        component = self.component("wr0ng")
        await self.until(lambda: self.server.said().count("Disconnecting component, <stream:error> is") > 3)
        self.assertEqual(1, len(self.lines), self.lines)
        self.assertIn("does not take wake.xmpp.secret (not-authorized)", self.lines[0])
        self.assertFalse(component.connected)

    async def test_a_second_component_of_the_name_is_told_of_the_first(self) -> None:
        await self.connected()
        second = self.component()
        await self.until(lambda: "another component is connected" in second.why)

    async def test_a_name_that_the_server_does_not_have_is_told(self) -> None:
        component = self.component(name="other.isp.example")
        await self.until(lambda: "no component of this name" in component.why)

    async def test_it_comes_back_after_the_server_however_that_ends(self) -> None:
        component = await self.connected()
        for end in (self.server.stop, self.server.kill):
            end()
            await self.until(lambda: not component.connected)
            self.server.start()
            await self.until(lambda: component.connected)

    async def test_a_server_that_hangs_is_not_waited_for(self) -> None:
        self.patch(component_module, "ANSWER_SECONDS", 0.2)
        component = await self.connected()
        self.server.freeze()
        self.addCleanup(self.server.thaw)
        await component._look()
        await self.until(lambda: not component.connected)
        self.server.thaw()
        await self.until(lambda: component.connected)


class AccountTests(ProsodyTestCase):
    async def test_accounts_are_made_changed_and_removed_by_xep_0133(self) -> None:
        accounts = AdHocAccounts(await self.connected())
        await accounts.create("cpe-1", "one")
        self.assertTrue(self.server.has_account("cpe-1"))
        before = self.server.account("cpe-1")
        await accounts.create("cpe-1", "two")
        self.assertNotEqual(before, self.server.account("cpe-1"))
        before = self.server.account("cpe-1")
        await accounts.change_password("cpe-1", "three <&>")
        self.assertNotEqual(before, self.server.account("cpe-1"))
        for _ in range(2):
            await accounts.delete("cpe-1")
            self.assertFalse(self.server.has_account("cpe-1"))
        with self.assertRaises(AccountError) as caught:
            await accounts.change_password("cpe-1", "f0ur")
        self.assertIn("User does not exist", str(caught.exception))

    async def test_a_component_that_is_no_administrator_is_told_so(self) -> None:
        self.server.remove()
        self.server = Prosody(administrator=False)
        self.addCleanup(self.server.remove)
        self.server.start()
        accounts = AdHocAccounts(await self.connected())
        with self.assertRaises(AccountError) as caught:
            await accounts.create("cpe-1", "one")
        self.assertIn(f"acs@{COMPONENT} is no administrator of {DOMAIN}", str(caught.exception))

    async def test_prosodys_own_program_makes_them_too(self) -> None:
        control = ("prosodyctl", "--root", "--config", str(self.server.configuration))
        accounts = CommandAccounts(
            reactor,
            DOMAIN,
            (*control, "register", "{username}", "{domain}"),
            (*control, "unregister", "{username}", "{domain}"),
        )
        await accounts.create("cpe-1", "one")
        before = self.server.account("cpe-1")
        await accounts.change_password("cpe-1", "two")
        self.assertNotEqual(before, self.server.account("cpe-1"))
        await accounts.delete("cpe-1")
        self.assertFalse(self.server.has_account("cpe-1"))


class WakeTestCase(ProsodyTestCase):
    """Has simulated CPEs, whose accounts are there."""

    def cpe(self, tls: bool = True, trust: Trust | None = None, **settings: str) -> XmppClient:
        """A simulated CPE that is set up; it logs in."""
        kind = model("tr181-router")
        self.device = SimulatedCPE(kind, Identity(kind.oui, kind.serial), reactor, random.Random(1))
        self.device.events.delivered(self.device.events.to_tell(), ())
        self.path = xmpp_side.configure(self.device.tree, self.server.client_port, tls=tls)
        for name, value in settings.items():
            self.device.tree.write(self.path + name, value)
        self.stirred = 0
        self.busy = False
        trust = trust or Trust(authorities=(self.server.authority.own.certificate,))
        made = XmppClient(self.device, reactor, trust, random.Random(1), self._stirred, lambda: self.busy)
        self.addCleanup(made.stop)
        made.look()
        return made

    def _stirred(self) -> None:
        self.stirred += 1

    def told(self, name: str) -> str:
        """A parameter of the CPE's connection."""
        return self.device.tree.value(self.path + name)

    async def online(self, **settings: Any) -> XmppClient:
        """One that has logged in."""
        self.server.control("register", xmpp_side.USERNAME, DOMAIN, xmpp_side.PASSWORD)
        client = self.cpe(**settings)
        await self.until(lambda: self.told("Status") == "Enabled")
        return client

    @property
    def jid(self) -> str:
        """What the CPE tells its ACS."""
        return self.device.tree.value("Device.ManagementServer.ConnReqJabberID")

    async def wake(self, component: Component, *pairs: Pair, jid: str = "") -> Attempt:
        """Ask the CPE for a session."""
        way = XmppWay(component)
        target = Target(device="d", jid=jid or self.jid, pairs=pairs or (RIGHT,))
        self.assertEqual("", way.why_not(target))
        return await way.request(target)


class LoginTests(WakeTestCase):
    async def test_a_cpe_logs_in_with_tls_and_tells_its_jid(self) -> None:
        await self.online()
        self.assertEqual(f"cpe-1@{DOMAIN}/cwmp", self.jid)
        self.assertEqual("true", self.told("TLSEstablished"))
        self.assertIn("<auth", self.server.said())
        self.assertEqual(["4 VALUE CHANGE"], xmpp_side.pending(self.device))
        self.assertEqual(1, self.stirred)

    async def test_it_does_tls_where_the_server_wants_it(self) -> None:
        await self.online(tls=False)
        self.assertEqual("true", self.told("TLSEstablished"))

    async def test_it_does_not_where_nobody_wants_it(self) -> None:
        self.server.stop()
        text = self.server.configuration.read_text()
        text = text.replace("c2s_require_encryption = true", CLEAR)
        self.server.configuration.write_text(text)
        self.server.start()
        await self.online(tls=False)
        self.assertEqual("false", self.told("TLSEstablished"))

    async def test_a_server_that_nobody_vouches_for_is_not_told_the_password(self) -> None:
        self.server.control("register", xmpp_side.USERNAME, DOMAIN, xmpp_side.PASSWORD)
        self.cpe(trust=Trust(authorities=(Authority("Other CA").own.certificate,)))
        await self.until(lambda: self.told("Status") == "ServerNotPresent")
        self.assertNotIn("<auth", self.server.said())
        self.assertEqual("", self.jid)

    async def test_a_wrong_password_shows_in_its_status(self) -> None:
        self.server.control("register", xmpp_side.USERNAME, DOMAIN, "another")
        self.cpe()
        await self.until(lambda: self.told("Status") == "Error_AuthenticationFailure")

    async def test_no_server_or_name_shows_too(self) -> None:
        for name, value in (("Domain", "a b"), ("Username", "a b")):
            self.cpe(**{name: value})
            self.assertEqual("Error_Misconfigured", self.told("Status"))
        self.cpe(ServerConnectAlgorithm="ServerTable", **{"Server.1.Enable": "0"})
        await self.until(lambda: self.told("Status") == "Error_Misconfigured")

    async def test_it_follows_its_tree(self) -> None:
        client = await self.online()
        self.device.tree.write(self.path + "Resource", "other")
        client.look()
        await self.until(lambda: self.jid == f"cpe-1@{DOMAIN}/other")
        self.device.tree.write(self.path + "Enable", "0")
        client.look()
        self.assertEqual(("Disabled", ""), (self.told("Status"), self.jid))
        self.device.factory_reset()
        client.look()


class WakeTests(WakeTestCase):
    async def test_a_cpe_that_is_asked_accepts_and_has_something_to_tell(self) -> None:
        component = await self.connected()
        await self.online()
        self.device.events.changed.clear()
        attempt = await self.wake(component)
        self.assertEqual(Attempt("xmpp", WakeOutcome.ACCEPTED, "", RIGHT), attempt)
        await self.until(lambda: self.stirred == 2)
        self.assertEqual([CONNECTION_REQUEST], xmpp_side.pending(self.device))
        self.assertTrue(self.device.wants_session)

    async def test_a_wrong_password_is_refused_and_the_next_is_tried(self) -> None:
        component = await self.connected()
        await self.online()
        self.assertEqual(WakeOutcome.UNAUTHORIZED, (await self.wake(component, WRONG)).outcome)
        self.assertNotIn(CONNECTION_REQUEST, xmpp_side.pending(self.device))
        attempt = await self.wake(component, WRONG, RIGHT)
        self.assertEqual((WakeOutcome.ACCEPTED, RIGHT), (attempt.outcome, attempt.pair))

    async def test_only_those_whom_it_was_told_of_may_ask(self) -> None:
        component = await self.connected()
        await self.online()
        allowed = "Device.ManagementServer.ConnReqAllowedJabberIDs"
        for told, outcome in {
            f"acs@{COMPONENT}/other": WakeOutcome.UNAUTHORIZED,
            f"x@{COMPONENT}, acs@{COMPONENT}": WakeOutcome.ACCEPTED,
            f"acs@{COMPONENT}/acs": WakeOutcome.ACCEPTED,
            "": WakeOutcome.ACCEPTED,
            "a b": WakeOutcome.UNAUTHORIZED,
        }.items():
            self.device.tree.write(allowed, told)
            self.assertEqual(outcome, (await self.wake(component)).outcome, told)

    async def test_a_cpe_in_a_session_says_so(self) -> None:
        component = await self.connected()
        await self.online()
        self.busy = True
        self.assertEqual(WakeOutcome.UNREACHABLE, (await self.wake(component)).outcome)
        component.presence.heard(xmpp_presence(self.jid))
        attempt = await self.wake(component)
        self.assertEqual(WakeOutcome.BUSY, attempt.outcome)

    async def test_a_cpe_that_is_not_there_is_unreachable(self) -> None:
        component = await self.connected()
        for jid in (f"nobody@{DOMAIN}/cwmp", f"cpe-1@{DOMAIN}/elsewhere"):
            attempt = await self.wake(component, jid=jid)
            self.assertEqual(WakeOutcome.UNREACHABLE, attempt.outcome)
            self.assertIn("offline, in a session", attempt.detail)

    async def test_without_credentials_of_its_own_nobody_may_ask(self) -> None:
        component = await self.connected()
        await self.online()
        for name in ("Username", "Password"):
            self.device.tree.write(f"Device.ManagementServer.ConnectionRequest{name}", "")
        self.assertEqual(WakeOutcome.UNAUTHORIZED, (await self.wake(component, Pair("", ""))).outcome)

    async def test_all_works_again_after_the_server_was_restarted(self) -> None:
        component = await self.connected()
        await self.online()
        self.server.kill()
        await self.until(lambda: not component.connected and self.told("Status") != "Enabled")
        self.assertEqual(f"cpe-1@{DOMAIN}/cwmp", self.jid, "stays as it was")
        self.server.start()
        await self.until(lambda: component.connected and self.told("Status") == "Enabled")
        self.assertEqual(WakeOutcome.ACCEPTED, (await self.wake(component)).outcome)

    async def test_the_account_that_we_make_is_the_one_it_logs_in_with(self) -> None:
        component = await self.connected()
        await AdHocAccounts(component).create(xmpp_side.USERNAME, xmpp_side.PASSWORD)
        self.cpe()
        await self.until(lambda: self.told("Status") == "Enabled")
        self.assertEqual(WakeOutcome.ACCEPTED, (await self.wake(component)).outcome)

    async def test_a_device_that_shows_itself_is_known_to_be_online(self) -> None:
        component = await self.connected()
        client = await self.online()
        assert client._link is not None and client._link.stream is not None
        client._link.stream.say(xmpp_presence(self.jid, component.jid.partition("/")[0], "subscribe"))
        client._link.stream.say(xmpp_presence(self.jid, component.jid))
        await self.until(lambda: component.presence.is_online(self.jid))
        await client.stop()
        await self.until(lambda: not component.presence.is_online(f"cpe-1@{DOMAIN}/cwmp"))


def xmpp_presence(sender: str, recipient: str = f"acs@{COMPONENT}/acs", kind: str = "") -> Any:
    """A presence stanza."""
    return presence(sender, recipient, kind)
