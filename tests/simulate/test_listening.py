"""Tests of `acs.simulate.listening`, `acs.simulate.porter` and what a fleet makes of ConnectionRequests: each
manner of answering meets the way by which the appliance really asks."""

from __future__ import annotations

import random
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp.values import ParameterValueStruct
from acs.hypertext.challenges import challenges, digest
from acs.simulate.fleet import Fleet, Plan
from acs.simulate.listening import IDLE_SECONDS, LONGEST, Listener
from acs.simulate.porter import SLOW_SECONDS, Manner
from acs.store.records.wakes import WakeOutcome
from acs.wake.way import Attempt, Pair, Target
from tests.simulate.http_side import MemoryNetwork
from tests.simulate.test_fleet import ROOT, SmallACS
from tests.simulate.worlds import NOON, model
from tests.wake.network import Reactor, WakeCase

HOST, PORT = "198.18.0.2", 7547
URL = f"http://{HOST}:{PORT}/bell"
RIGHT, WRONG = Pair("cpe", "geheim"), Pair("cpe", "falsch", "previous")
ACCEPTED, UNAUTHORIZED = WakeOutcome.ACCEPTED, WakeOutcome.UNAUTHORIZED


class Device:
    """One that notes that it was asked for a session."""

    credentials = "cpe", "geheim"
    is_off = False
    has_time = True

    def __init__(self) -> None:
        self.rung = 0

    def ring(self) -> bool:
        self.rung += self.has_time
        return self.has_time


class MannerTests(WakeCase):
    def asked(self, manner: Manner, *pairs: Pair, **options: Any) -> Deferred[Attempt]:
        self.device = Device()
        listener = Listener(self.reactor, manner, random.Random(1))
        listener.bells = {"/bell": self.device}
        self.reactor.listening[HOST, PORT] = listener
        return self.begin(Target("device", pairs or (RIGHT,), URL, **options))

    def outcome(self, manner: Manner, *pairs: Pair, **options: Any) -> tuple[WakeOutcome, int]:
        """What comes of asking, and how often the device was asked for a session by it."""
        attempt = self.successResultOf(self.asked(manner, *pairs, **options))
        self.assertEqual(self.reactor.open, 0)
        return attempt.outcome, self.device.rung

    def test_those_that_want_digest_come_by_the_right_password_alone(self) -> None:
        for manner in (
            Manner.DIGEST,
            Manner.SHA_256,
            Manner.CLOSES_AFTER_401,
            Manner.NETCWMP,
            Manner.ICWMP,
        ):
            self.assertEqual(self.outcome(manner), (ACCEPTED, 1), manner)
            self.assertEqual(self.outcome(manner, WRONG), (UNAUTHORIZED, 0), manner)
            self.assertEqual(self.outcome(manner, WRONG, RIGHT), (ACCEPTED, 1), manner)

    def test_those_that_refuse_the_first_right_answer_get_another(self) -> None:
        self.assertEqual(self.outcome(Manner.WRONG_NONCE_ONCE), (ACCEPTED, 1))

    def test_those_that_want_basic_come_where_they_may_be_given_it(self) -> None:
        self.assertEqual(self.outcome(Manner.BASIC), (UNAUTHORIZED, 0))
        self.assertEqual(self.outcome(Manner.BASIC, basic=True), (ACCEPTED, 1))
        self.assertEqual(self.outcome(Manner.BASIC, WRONG, basic=True), (UNAUTHORIZED, 0))

    def test_those_that_want_nothing_come(self) -> None:
        self.assertEqual(self.outcome(Manner.NONE, WRONG), (ACCEPTED, 1))

    def test_those_that_close_instead_of_an_answer_come_all_the_same(self) -> None:
        manner = Manner.CLOSES_AFTER_ACCEPTING
        self.assertEqual(self.outcome(manner, closing_accepts=True), (ACCEPTED, 1))
        self.assertEqual(self.outcome(manner, WRONG, RIGHT, closing_accepts=True), (ACCEPTED, 1))
        outcome, rung = self.outcome(manner)
        self.assertEqual(outcome, WakeOutcome.UNREACHABLE)
        self.assertGreater(rung, 0)

    def test_those_that_have_no_time_do_not(self) -> None:
        self.assertEqual(self.outcome(Manner.BUSY), (WakeOutcome.BUSY, 0))
        self.patch(Device, "has_time", False)
        self.assertEqual(self.outcome(Manner.DIGEST), (WakeOutcome.BUSY, 0))

    def test_those_that_are_slow_are_waited_for(self) -> None:
        begun = self.asked(Manner.SLOW)
        self.reactor.pass_time(2 * SLOW_SECONDS - 0.25)
        self.assertNoResult(begun)
        self.reactor.pass_time(0.25)
        self.assertEqual(self.successResultOf(begun), Attempt("http", ACCEPTED, pair=RIGHT))

    def test_those_that_are_silent_are_not_waited_for_for_ever(self) -> None:
        begun = self.asked(Manner.SILENT)
        self.reactor.pass_time(20)
        self.assertEqual(self.successResultOf(begun).outcome, WakeOutcome.TIMEOUT)

    def test_a_web_page_is_doubtful(self) -> None:
        attempt = self.successResultOf(self.asked(Manner.WEB_PAGE))
        self.assertEqual((attempt.outcome, self.device.rung), (ACCEPTED, 0))
        self.assertIn("web page", attempt.detail)

    def test_those_that_are_off_do_not_answer(self) -> None:
        self.patch(Device, "is_off", True)
        self.assertEqual(self.outcome(Manner.DIGEST), (WakeOutcome.UNREACHABLE, 0))


class CallTests(SynchronousTestCase):
    """What is no ConnectionRequest."""

    def setUp(self) -> None:
        self.clock = Reactor()
        self.device = Device()
        self.listener = Listener(self.clock, Manner.DIGEST, random.Random(1))
        self.listener.bells = {"/bell": self.device}

    def call(self, *pieces: bytes) -> StringTransport:
        call = self.listener.buildProtocol(None)
        transport = StringTransport()
        call.makeConnection(transport)
        for piece in pieces:
            call.dataReceived(piece)
        return transport

    def statuses(self, *pieces: bytes) -> list[bytes]:
        lines = self.call(*pieces).value().split(b"\r\n")
        return [line.split()[1] for line in lines if line.startswith(b"HTTP/")]

    def test_it_is_told_what_is_wrong(self) -> None:
        for request, status in (
            (b"GET /other HTTP/1.1\r\n\r\n", b"404"),
            (b"POST /bell HTTP/1.1\r\n\r\n", b"405"),
            (b"GET /bell HTTP/1.1\r\nAuthorization: Digest\r\n\r\n", b"401"),
            (b"GET /bell HTTP/1.1\r\nAuthorization: nonsense\r\n\r\n", b"401"),
            (b"nonsense\r\n\r\n", b"400"),
        ):
            self.assertEqual(self.statuses(request), [status], request)
        self.assertEqual(self.device.rung, 0)

    def test_an_answer_is_good_for_the_path_that_it_names(self) -> None:
        (asked,) = challenges([self.call(b"GET /bell HTTP/1.1\r\n\r\n").value().split(b"\r\n")[1][18:]])
        for path, status in (("/other", b"401"), ("/bell", b"200")):
            said = digest(asked.parameters, *Device.credentials, ("GET", path), 1, "c")
            request = f"GET /bell HTTP/1.1\r\nAuthorization: {said}\r\n\r\n"
            self.assertEqual(self.statuses(request.encode()), [status])

    def test_requests_come_in_any_pieces_and_one_behind_the_other(self) -> None:
        request = b"GET /bell?x HTTP/1.1\r\nHost: x\r\n\r\n"
        self.assertEqual(self.statuses(*(request[at : at + 1] for at in range(len(request)))), [b"401"])
        self.assertEqual(self.statuses(request + request), [b"401", b"401"])

    def test_what_does_not_end_or_does_not_begin_is_cut(self) -> None:
        self.assertTrue(self.call(b"x" * (LONGEST + 1)).disconnected)
        transport = self.call(b"GET /bell")
        self.clock.advance(IDLE_SECONDS)
        self.assertTrue(transport.disconnected)


class FleetCase(WakeCase):
    """A fleet that calls an ACS, and takes ConnectionRequests, all in one memory."""

    def setUp(self) -> None:
        super().setUp()
        self.reactor.advance(NOON)
        self.acs = SmallACS()
        self.network = MemoryNetwork(self.reactor, self.acs)

    def start(self, **plan: Any) -> None:
        plan = {"interval": 1000, "ramp": 0.0, "listens": f"{HOST}:{PORT}", **plan}
        self.fleet = Fleet(Plan("http://acs.example/", (model(),), **plan), self.network)
        listener = self.reactor.listening[HOST, PORT] = Listener(
            self.reactor, Manner.DIGEST, random.Random(1)
        )
        listener.bells = self.fleet.bells()
        self.fleet.start()
        self.addCleanup(self.fleet.stop, grace=0.0)

    def url(self, index: int = 0) -> str:
        """What the device tells."""
        return self.fleet.devices[index].tree.value(ROOT + "ManagementServer.ConnectionRequestURL")

    def ring(self, *pairs: Pair, index: int = 0) -> WakeOutcome:
        begun = self.begin(Target("device", pairs or (Pair("", ""),), self.url(index)))
        return self.successResultOf(begun).outcome

    def events(self, serial: str = "NF240900000001") -> list[list[str]]:
        return self.acs.events(serial)


class FleetTests(FleetCase):
    def test_the_url_leads_to_the_port_and_each_device_has_its_path(self) -> None:
        self.start(count=3)
        urls = [self.url(index) for index in range(3)]
        self.assertEqual(len(set(urls)), 3)
        for url in urls:
            self.assertRegex(url, rf"\Ahttp://{HOST}:{PORT}/[0-9a-f]{{12}}\Z")

    def test_without_a_port_it_is_where_the_device_would_be(self) -> None:
        self.start(listens="")
        self.assertRegex(self.url(), r"\Ahttp://198\.18\.0\.2:7547/[0-9a-f]{12}\Z")

    def test_a_device_that_is_asked_calls_at_once(self) -> None:
        self.start(count=2)
        self.reactor.pass_time(1)
        self.assertEqual(self.ring(index=1), ACCEPTED)
        self.reactor.pass_time(1)
        self.assertEqual(self.events("NF240900000002")[1:], [["6 CONNECTION REQUEST"]])
        self.assertEqual(len(self.events()), 1)

    def test_the_interval_goes_on_as_before(self) -> None:
        self.start(interval=10)
        self.reactor.pass_time(5)
        self.ring()
        self.reactor.pass_time(6)
        self.assertEqual(self.events()[1:], [["6 CONNECTION REQUEST"], ["2 PERIODIC"]])

    def test_several_requests_before_the_session_are_one(self) -> None:
        self.start(count=2, concurrency=1)
        self.reactor.pass_time(1)
        self.network.server = lambda request: b""
        self.ring(index=1)  # it takes the only place, and gets no answer
        self.reactor.pass_time(0.25)
        for _ in range(3):
            self.assertEqual(self.ring(), ACCEPTED)
        self.network.server = self.acs
        self.reactor.pass_time(40)
        self.assertEqual(self.events()[1:], [["6 CONNECTION REQUEST"]])

    def test_in_a_session_there_is_no_time(self) -> None:
        self.start()
        self.reactor.pass_time(1)
        self.network.server = lambda request: b""
        self.ring()
        self.reactor.pass_time(0.25)
        self.assertEqual(self.ring(), WakeOutcome.BUSY)

    def test_a_device_that_is_off_or_starting_does_not_hear_it(self) -> None:
        self.start(count=2, ramp=10.0)
        self.reactor.pass_time(1)
        self.assertEqual(self.ring(index=1), WakeOutcome.UNREACHABLE)
        self.fleet.devices[0].reboot()
        self.assertEqual(self.ring(), WakeOutcome.UNREACHABLE)

    def test_it_knows_what_the_acs_has_given_it(self) -> None:
        server = ROOT + "ManagementServer.ConnectionRequest"
        values = [
            ParameterValueStruct(server + name, value, "xsd:string")
            for name, value in (("Username", "cpe"), ("Password", "geheim"))
        ]
        self.acs.requests["NF240900000001"] = [m.SetParameterValues(tuple(values))]
        self.start()
        self.assertEqual(self.fleet.bells().popitem()[1].credentials, ("", ""))
        self.reactor.pass_time(5)
        self.assertEqual(self.ring(), UNAUTHORIZED)
        self.assertEqual(self.ring(RIGHT), ACCEPTED)

    def test_every_shipped_model_may_be_given_some(self) -> None:
        for name in ("tr098-router", "tr181-router", "voip-phone", "airties-air4920"):
            kind = model(name)
            for parameter in ("Username", "Password"):
                entry = kind.parameters[kind.server(f"ConnectionRequest{parameter}")]
                self.assertTrue(entry.writable, (name, parameter))

    def test_a_fleet_that_has_come_to_rest_takes_none(self) -> None:
        self.start()
        self.reactor.pass_time(1)
        self.fleet.stop()
        self.assertEqual(self.ring(), WakeOutcome.BUSY)
