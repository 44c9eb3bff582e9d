"""Tests of `acs.simulate.xmpp` by its tree, and of a fleet whose ACS wakes it through a real Prosody."""

from __future__ import annotations

import os
from typing import Any

from twisted.internet import reactor as real_reactor
from twisted.internet.protocol import Factory
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from acs.cwmp import messages as m
from acs.cwmp.values import ParameterValueStruct
from acs.simulate.fleet import Fleet, Plan
from acs.simulate.network import Network
from acs.simulate.trust import Trust
from acs.simulate.xmpp_login import InTurn, NoServer, status_after
from acs.simulate.xmpp_settings import connection_wanted, may_ask, retry_range
from acs.store.records.wakes import WakeOutcome
from acs.wake.way import Pair, Target
from acs.wake.xmpp.adhoc import AdHocAccounts
from acs.wake.xmpp.component import Component
from acs.wake.xmpp.way import XmppWay
from tests.simulate import xmpp_side
from tests.simulate.test_command import Served
from tests.simulate.test_fleet import SmallACS
from tests.simulate.worlds import WorldTestCase, cpe, model
from tests.support import prosody
from tests.support.prosody import COMPONENT, DOMAIN, SECRET, Prosody

reactor: Any = real_reactor
OURS = "acs@acs.isp.example/acs"


class SettingsTests(WorldTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.tree = self.cpe("tr181-router").tree

    def test_a_device_from_the_factory_has_none(self) -> None:
        for name in ("tr181-router", "tr098-router", "airties-air4920", "voip-phone"):
            self.assertIsNone(connection_wanted(self.cpe(name).tree), name)

    def test_they_are_what_the_acs_has_set(self) -> None:
        path = xmpp_side.configure(self.tree, 15222)
        found = connection_wanted(self.tree)
        assert found is not None
        self.assertEqual(
            (path, "cpe-1", DOMAIN, "cwmp", True, (("127.0.0.1", 15222),)),
            (found.path, found.username, found.domain, found.resource, found.tls, found.servers),
        )
        self.assertNotIn("s3cret", repr(found))

    def test_the_one_for_connection_requests_comes_first(self) -> None:
        first, second = (xmpp_side.configure(self.tree, port) for port in (1, 2))
        chosen = self.tree.model.server("ConnReqXMPPConnection")
        for told, path in {first: first, second.removesuffix("."): second, "": first, "x": first}.items():
            self.tree.write(chosen, told)
            found = connection_wanted(self.tree)
            assert found is not None
            self.assertEqual(path, found.path)

    def test_what_is_not_whole_or_not_enabled_is_none(self) -> None:
        path = xmpp_side.configure(self.tree, 1)
        for name, value in (("Enable", "false"), ("Username", ""), ("Domain", "")):
            before = self.tree.value(path + name)
            self.tree.write(path + name, value)
            self.assertIsNone(connection_wanted(self.tree))
            self.tree.write(path + name, before)
        self.assertIsNotNone(connection_wanted(self.tree))

    def test_servers_are_tried_by_their_priority_or_the_domain_is_one(self) -> None:
        path = xmpp_side.configure(self.tree, 1)
        server = f"{path}Server.{self.tree.create(path + 'Server.')}."
        for name, value in {"Enable": "1", "ServerAddress": "first.example", "Priority": "0"}.items():
            self.tree.write(server + name, value)
        self.tree.write(f"{path}Server.1.Priority", "5")
        found = connection_wanted(self.tree)
        assert found is not None
        self.assertEqual((("first.example", 5222), ("127.0.0.1", 1)), found.servers)
        self.tree.write(path + "ServerConnectAlgorithm", "DNS")
        found = connection_wanted(self.tree)
        assert found is not None
        self.assertEqual(((DOMAIN, 5222),), found.servers)

    def test_it_waits_longer_and_longer(self) -> None:
        path = xmpp_side.configure(self.tree, 1)
        for name, value in {"ServerRetryInitialInterval": "60", "ServerRetryMaxInterval": "30720"}.items():
            self.tree.write(path + name, value)
        self.assertEqual([60, 120, 240], [retry_range(self.tree, path, n) for n in (1, 2, 3)])
        self.assertEqual(30720, retry_range(self.tree, path, 1_000_000))

    def test_jids_that_may_ask_are_full_or_bare(self) -> None:
        path = self.tree.model.server("ConnReqAllowedJabberIDs")
        for allowed, sender, may in (
            ("", OURS, True),
            (OURS, OURS, True),
            ("acs@acs.isp.example", OURS, True),
            ("x@y.example, acs@ACS.isp.example", OURS, True),
            ("acs@acs.isp.example/other", OURS, False),
            ("acs.isp.example", OURS, False),
            ("other@acs.isp.example", OURS, False),
            ("", "@", False),
        ):
            self.tree.write(path, allowed)
            self.assertEqual(may, may_ask(self.tree, sender), allowed)

    def test_without_a_server_nobody_is_called(self) -> None:
        reason = self.failureResultOf(InTurn(self.clock, ()).connect(Factory()), NoServer).value
        self.assertEqual("Error_Misconfigured", status_after(reason))


class FleetTests(TestCase):
    """The whole way: an ACS sets XMPP up in a session, wakes the device, and is called."""

    skip = prosody.SKIP
    timeout = 60

    async def until(self, true: Any) -> None:
        """Let the reactor run until something is so."""
        end = reactor.seconds() + 10
        while not true():
            self.assertLess(reactor.seconds(), end)
            await deferLater(reactor, 0.01)

    def setUp(self) -> None:
        self.server = Prosody()
        self.addCleanup(self.server.remove)
        self.server.start()
        self.component = Component(reactor, self.server.server, COMPONENT, SECRET, DOMAIN, os.urandom)
        self.component.startService()
        self.addCleanup(self.component.stopService)
        self.acs = SmallACS()
        port = reactor.listenTCP(0, Factory.forProtocol(lambda: Served(self.acs)), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        url = f"http://127.0.0.1:{port.getHost().port}/"
        plan = Plan(url, [model("tr181-router")], interval=100_000, ramp=0.0)
        trust = Trust(authorities=(self.server.authority.own.certificate,))
        self.fleet = Fleet(plan, Network(reactor, trust))
        self.addCleanup(self.fleet.stop, 0)
        self.serial = self.fleet.devices[0].device_id.SerialNumber

    def requests(self) -> list[Any]:
        """What an ACS asks that sets XMPP up: numbers of instances are known, as the tables are empty."""
        path = "Device.XMPP.Connection.1."
        values = xmpp_side.settings(path, f"{path}Server.1.", self.server.client_port)
        scratch = cpe("tr181-router").tree
        xmpp_side.configure(scratch, 1)
        entries = [(name, value, scratch.entry(name)) for name, value in values.items()]
        typed = [
            ParameterValueStruct(name, value, f"xsd:{entry and entry.type}") for name, value, entry in entries
        ]
        return [
            m.AddObject("Device.XMPP.Connection."),
            m.AddObject(path + "Server."),
            m.SetParameterValues(tuple(typed)),
        ]

    async def test_a_device_is_set_up_woken_and_calls(self) -> None:
        await self.until(lambda: self.component.connected)
        await AdHocAccounts(self.component).create(xmpp_side.USERNAME, xmpp_side.PASSWORD)
        self.acs.requests[self.serial] = self.requests()
        ended = self.fleet.start()
        await self.until(lambda: len(self.acs.informs) == 2)
        self.assertEqual(["4 VALUE CHANGE"], self.acs.events(self.serial)[1])
        told = {value.Name: value.Value for value in self.acs.informs[1].ParameterList}
        jid = told["Device.ManagementServer.ConnReqJabberID"]
        self.assertEqual(f"cpe-1@{DOMAIN}/cwmp", jid)

        way = XmppWay(self.component)
        target = Target(device="d", jid=jid, pairs=(Pair(*xmpp_side.PAIR),))
        await self.until(lambda: self.fleet.statistics.running == 0)
        await deferLater(reactor, 0)
        attempt = await way.request(target)
        self.assertEqual(WakeOutcome.ACCEPTED, attempt.outcome, attempt.detail)
        await self.until(lambda: len(self.acs.informs) == 3)
        self.assertEqual(["6 CONNECTION REQUEST"], self.acs.events(self.serial)[2])

        self.fleet.stop()
        await ended
        self.assertEqual(WakeOutcome.UNREACHABLE, (await way.request(target)).outcome)
