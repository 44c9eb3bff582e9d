"""Tests of `acs.simulate.fleet` with devices that an ACS wakes by UDP."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.interfaces import IListeningPort
from twisted.internet.protocol import DatagramProtocol

from acs.cwmp import messages as m
from acs.cwmp.values import ParameterValueStruct
from acs.simulate.nat import Nat
from acs.wake.stun_server import StunServer
from acs.wake.udp import UdpWay
from acs.wake.way import Attempt, Pair, Target
from tests.simulate.http_side import MemoryNetwork
from tests.simulate.test_fleet import FleetTestCase
from tests.support.datagrams import Internet
from tests.wake.stun_side import Population

SERVER = ("203.0.113.1", 3478)
SERIAL = "NF240900000001"
PLACE = "InternetGatewayDevice.ManagementServer."


class NatNetwork(MemoryNetwork):
    """Devices are behind one NAT."""

    def __init__(self, clock: Any, server: Any) -> None:
        super().__init__(clock, server)
        self.net = Internet(clock)
        self.nat = Nat(clock, lambda protocol: self.net.listen(protocol, "198.51.100.1"))  # type: ignore[arg-type,return-value]

    def listen_udp(self, protocol: DatagramProtocol, towards: str) -> IListeningPort:
        return self.nat.listen(protocol, "192.168.1.2")  # type: ignore[return-value]


class UdpFleetTests(FleetTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.network: NatNetwork = NatNetwork(self.clock, self.acs)
        self.server = StunServer(Population((("cpe", "hush"),)), self.clock)
        self.network.net.listen(self.server, *SERVER)
        self.way = UdpWay(self.server, self.clock, bytes, lambda address: "")

    def enable(self, enable: str = "1") -> None:
        """Have the first device told so in its next session."""
        values = {
            "STUNServerAddress": SERVER[0],
            "STUNUsername": "cpe",
            "STUNPassword": "hush",
            "ConnectionRequestUsername": "acs",
            "ConnectionRequestPassword": "wake",
            "STUNEnable": enable,
        }
        kinds = {"STUNEnable": "xsd:boolean"}
        told = [
            ParameterValueStruct(PLACE + name, value, kinds.get(name, "xsd:string"))
            for name, value in values.items()
        ]
        request = m.SetParameterValues(tuple(told), "")
        self.acs.requests[SERIAL].append(request)

    def wake(self) -> Deferred[Attempt]:
        target = Target("device cpe", (Pair("acs", "wake"),))
        self.assertEqual("", self.way.why_not(target))
        return ensureDeferred(self.way.request(target))

    def test_a_device_that_was_given_stun_calls_when_it_is_woken_once(self) -> None:
        self.enable()
        self.start(count=1, interval=1000, ramp=0.0)
        self.run_for(2)
        asked = self.wake()
        self.run_for(4)
        self.assertTrue(self.successResultOf(asked))
        events = self.acs.events(SERIAL)
        self.assertEqual([["0 BOOTSTRAP", "1 BOOT"], ["6 CONNECTION REQUEST"]], events)

    def test_also_where_it_has_nothing_else_to_wait_for(self) -> None:
        self.enable()
        fleet = self.start(count=1, interval=1000, ramp=0.0)
        (device,) = fleet.devices
        device.tree.write(PLACE + "PeriodicInformEnable", "0")
        self.run_for(2)
        self.wake()
        self.run_for(4)
        self.assertEqual(["6 CONNECTION REQUEST"], self.acs.events(SERIAL)[-1])

    def test_its_port_is_closed_when_it_is_told_so_and_when_all_is_over(self) -> None:
        self.enable()
        fleet = self.start(count=1, interval=10, ramp=0.0)
        self.run_for(2)
        self.assertEqual(2, len(self.network.net.ports))
        self.enable("0")
        self.run_for(10)
        self.assertEqual([SERVER], list(self.network.net.ports))
        self.enable()
        self.run_for(10)
        self.assertEqual(2, len(self.network.net.ports))
        fleet.stop()
        self.assertIsNone(self.successResultOf(self.ended))
        self.assertEqual([SERVER], list(self.network.net.ports))
