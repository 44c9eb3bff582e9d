"""Tests of `acs.simulate.command`: the command line, and whole runs over real connections on loopback."""

from __future__ import annotations

import io
import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast

from twisted.internet import reactor as real_reactor
from twisted.internet import tcp
from twisted.internet.defer import Deferred, ensureDeferred, inlineCallbacks
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import CertificateOptions
from twisted.internet.task import deferLater
from twisted.trial.unittest import SynchronousTestCase, TestCase

from acs.simulate.command import add_arguments, plan_of, run
from acs.simulate.fleet import build
from acs.simulate.places import place_of
from acs.store.records.wakes import WakeOutcome
from acs.wake.addresses import AddressPolicy
from acs.wake.http import HttpWay
from acs.wake.own import is_own
from acs.wake.way import Attempt, Pair, Target
from tests.simulate.http_side import Request, read_request, response
from tests.simulate.test_fleet import SmallACS
from tests.simulate.worlds import clock, cpe
from tests.support.certificates import Authority, Issued, pem_file, self_signed
from tests.support.ports import free_port

reactor: Any = real_reactor
URL = "http://127.0.0.1:7547/"
AUTHORITY = Authority()


def parse(*words: str) -> Namespace:
    parser = ArgumentParser(prog="simulate", allow_abbrev=False)
    add_arguments(parser)
    return parser.parse_args(words)


class ArgumentTests(SynchronousTestCase):
    def refused(self, *words: str) -> str:
        """What is said of a wrong command line."""
        errors = io.StringIO()
        self.patch(sys, "stderr", errors)
        with self.assertRaises(SystemExit) as caught:
            parse("--url", URL, *words)
        self.assertEqual(caught.exception.code, 2)
        return errors.getvalue()

    def test_a_url_and_a_count_are_enough(self) -> None:
        plan = plan_of(parse("--url", URL, "--count", "100"))
        self.assertEqual([model.name for model in plan.models], ["tr098-router", "tr181-router"])
        self.assertEqual((plan.count, plan.interval, plan.ramp), (100, 60, 5.0))
        self.assertEqual((plan.sessions, plan.duration, plan.connection_per_request), (None, None, False))

    def test_models_are_had_by_name_and_may_be_several(self) -> None:
        plan = plan_of(parse("--url", URL, "--model", "voip-phone", "--model", "airties-air4920"))
        self.assertEqual([model.name for model in plan.models], ["voip-phone", "airties-air4920"])

    def test_the_interval_and_the_credentials_are_those_of_the_devices(self) -> None:
        words = ("--interval", "77", "--username", "{serial}@isp", "--password", "geheim", "--count", "1")
        plan = plan_of(parse("--url", URL, *words))
        self.assertEqual((plan.interval, plan.username, plan.password), (77, "{serial}@isp", "geheim"))
        device = build(plan, clock(), cpe().chance)[0]
        server = device.model.server
        told = [
            device.tree.value(server(name)) for name in ("PeriodicInformInterval", "Username", "Password")
        ]
        self.assertEqual(told, ["77", "NF240900000001@isp", "geheim"])

    def test_what_is_not_given_leaves_the_devices_as_they_are(self) -> None:
        device = build(plan_of(parse("--url", URL)), clock(), cpe().chance)[0]
        told = [
            device.tree.value(device.model.server(name)) for name in ("PeriodicInformInterval", "Username")
        ]
        self.assertEqual(told, ["60", "02A098-NF240900000001"])

    def test_misbehaviour_is_read(self) -> None:
        plan = plan_of(parse("--url", URL, "--misbehave", "garbage=0.1,wrong-id=1"))
        self.assertEqual(plan.misbehaviour, {"garbage": 0.1, "wrong-id": 1.0})

    def test_what_is_wrong_is_said(self) -> None:
        for words, said in (
            (("--count", "0"), "not a whole number from 1"),
            (("--interval", "-5"), "not a whole number from 1"),
            (("--ramp", "-1"), "not a number of seconds"),
            (("--value-changes", "2"), "not a number from 0 to 1"),
            (("--model", "tr099"), "known by name: airties-air4920"),
            (("--misbehave", "dance=1"), "drop-connection"),
            (("--keep-alive", "--connection-per-request"), "not allowed with"),
            (("--url", "ftp://x/"), "not an HTTP URL"),
            (("--listen", "0.0.0.0:7000"), "0.0.0.0 is not the address of one interface"),
            (("--listen", "cpe.example:7000"), "cpe.example is not the address of one interface"),
            (("--listen", "65536"), "65536 is not a port"),
            (("--listen", "7000", "--no-listen"), "not allowed with"),
            (("--answers", "loudly"), "loudly"),
            (("--ca-file", "absent.pem"), "absent.pem cannot be read: No such file"),
            (("--ca-file", "/dev/null"), "/dev/null has no certificate in it"),
            (("--ca-file", "/dev/null", "--insecure"), "has no certificate"),
        ):
            self.assertIn(said, self.refused(*words))


class Served(Protocol):
    """Gives HTTP requests to a function."""

    def __init__(self, server: Callable[[Request], bytes]) -> None:
        self.server = server
        self.buffer = b""

    def dataReceived(self, data: bytes) -> None:
        self.buffer += data
        while True:
            request, self.buffer = read_request(self.buffer, 0, place_of(URL))
            if request is None:
                return
            assert self.transport is not None
            self.transport.write(self.server(request))


class RunTests(TestCase):
    timeout = 20

    def setUp(self) -> None:
        self.acs = SmallACS()
        self.server: Callable[[Request], bytes] = self.acs
        self.output, self.errors = io.StringIO(), io.StringIO()
        self.patch(sys, "stdout", self.output)
        self.patch(sys, "stderr", self.errors)

    def listen(self, options: Any = None) -> str:
        factory = Factory.forProtocol(lambda: Served(self.server))
        if options is None:
            port = reactor.listenTCP(0, factory, interface="127.0.0.1")
        else:
            port = reactor.listenSSL(0, factory, options, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        return f"{'https' if options else 'http'}://127.0.0.1:{port.getHost().port}/"

    @inlineCallbacks
    def test_a_fleet_bootstraps_and_the_summary_says_so(self) -> Any:
        url = self.listen()
        words = (
            "--count",
            "20",
            "--ramp",
            "0.1",
            "--interval",
            "1",
            "--sessions",
            "30",
            "--json",
            "--progress",
        )
        status = yield run(parse("--url", url, *words), reactor)
        told = json.loads(self.output.getvalue())
        self.assertEqual((status, told["sessions"], told["failed"]), (0, 30, 0))
        self.assertEqual(len({inform.DeviceId.key for inform in self.acs.informs}), 20)
        self.assertIn("20 simulated CPEs (tr098-router, tr181-router)", self.errors.getvalue())
        self.assertIn("\r", self.errors.getvalue())

    @inlineCallbacks
    def test_it_is_quiet_where_nobody_watches(self) -> Any:
        yield run(parse("--url", self.listen(), "--sessions", "1"), reactor)
        self.assertNotIn("\r", self.errors.getvalue())
        self.assertIn("1 sessions in ", self.output.getvalue())

    @inlineCallbacks
    def test_failures_show_in_the_status(self) -> Any:
        self.server = lambda request: response(500)
        url = self.listen()
        status = yield run(parse("--url", url, "--sessions", "1"), reactor)
        self.assertEqual(status, 1)
        self.assertIn("HTTP 500", self.output.getvalue())

    @inlineCallbacks
    def test_one_failure_among_sessions_that_end_well_shows_too(self) -> Any:
        answers = iter([response(500)])
        self.server = lambda request: next(answers, None) or self.acs(request)
        url = self.listen()
        status = yield run(parse("--url", url, "--count", "2", "--ramp", "0", "--sessions", "2"), reactor)
        self.assertEqual(status, 1)
        self.assertIn("1 sessions in ", self.output.getvalue())

    @inlineCallbacks
    def test_a_run_without_a_session_that_ends_well_is_none_though_misbehaviour_alone_failed(self) -> Any:
        words = ("--sessions", "1", "--misbehave", "garbage=1", "--seed", "3", "--json")
        self.server = lambda request: response(400) if b"Envelope" not in request.body else self.acs(request)
        status = yield run(parse("--url", self.listen(), *words), reactor)
        told = json.loads(self.output.getvalue())
        self.assertEqual((status, told["sessions"], told["failed"]), (1, 0, 0))

    @inlineCallbacks
    def test_devices_of_an_acs_on_this_machine_can_be_woken(self) -> Any:
        stopping = Stopping(reactor)
        finished: Deferred[int] = run(parse("--url", self.listen(), "--interval", "1000"), stopping)
        while not self.acs.informs:
            yield stopping.moment()
        values = {value.Name: value.Value for value in self.acs.informs[0].ParameterList}
        url = values["InternetGatewayDevice.ManagementServer.ConnectionRequestURL"]
        self.assertIn(f"ConnectionRequests at {url.rpartition('/')[0]}/", self.errors.getvalue())
        attempt = yield self.wake(url, Pair("", ""))
        self.assertEqual(attempt.outcome, WakeOutcome.ACCEPTED)
        while len(self.acs.informs) < 2:
            yield stopping.moment()
        self.assertEqual([event.EventCode for event in self.acs.informs[1].Event], ["6 CONNECTION REQUEST"])
        yield stopping.stop()
        yield finished
        refused = yield self.wake(url, Pair("", ""))
        self.assertEqual(refused.outcome, WakeOutcome.UNREACHABLE)

    def wake(self, url: str, *pairs: Pair) -> Deferred[Attempt]:
        way = HttpWay(reactor, AddressPolicy([ip_network("127.0.0.0/8")], is_own), random=os.urandom)
        return ensureDeferred(cast(Any, way.request(Target("device", pairs, url))))

    @inlineCallbacks
    def test_no_device_listens_unless_it_is_told_to_or_its_acs_is_here(self) -> Any:
        yield run(parse("--url", self.listen(), "--sessions", "1", "--no-listen"), reactor)
        self.assertNotIn("ConnectionRequests", self.errors.getvalue())
        far = parse("--url", "http://acs.example/", "--duration", "0")
        yield run(far, reactor)
        self.assertNotIn("ConnectionRequests", self.errors.getvalue())

    @inlineCallbacks
    def test_the_port_may_be_chosen(self) -> Any:
        port = str(free_port())
        for words in (("--listen", port), ("--listen", f"127.0.0.2:{port}")):
            yield run(parse("--url", self.listen(), "--sessions", "1", *words), reactor)
        for host in ("127.0.0.1", "127.0.0.2"):
            self.assertIn(f"at http://{host}:{port}/", self.errors.getvalue())

    @inlineCallbacks
    def test_a_port_that_is_taken_is_told_of(self) -> Any:
        url = self.listen()
        status = yield run(parse("--url", url, "--listen", str(place_of(url).port)), reactor)
        self.assertEqual(status, 1)
        self.assertIn("the devices cannot listen", self.errors.getvalue())

    def certificate(self, *issued: Issued) -> tuple[CertificateOptions, Path]:
        """What serves the first, and a file of the last, which vouches for it or does not."""
        options = CertificateOptions(privateKey=issued[0].openssl_key, certificate=issued[0].openssl)
        return options, pem_file(Path(self.mktemp()), issued[-1])

    @inlineCallbacks
    def one_session(self, options: CertificateOptions, *words: str, host: str = "127.0.0.1") -> Any:
        """Whether a CPE comes to its session."""
        url = self.listen(options).replace("127.0.0.1", host)
        before = len(self.acs.informs)
        status = yield run(parse("--url", url, "--sessions", "1", *words), reactor)
        self.assertEqual(1 - status, len(self.acs.informs) - before)
        while any(isinstance(each, tcp.Client) for each in reactor.getReaders()):
            yield deferLater(reactor, 0.01)  # TLS says farewell
        return not status

    @inlineCallbacks
    def test_an_acs_that_nobody_vouches_for_is_called_only_when_told_to(self) -> Any:
        options, _ = self.certificate(self_signed("acs.example"))
        self.assertFalse((yield self.one_session(options)))
        self.assertIn("TLS", self.output.getvalue())
        self.assertTrue((yield self.one_session(options, "--insecure")))

    @inlineCallbacks
    def test_one_of_an_authority_that_is_given_is_called(self) -> Any:
        options, ca = self.certificate(AUTHORITY.issue("acs.example"), AUTHORITY.own)
        self.assertFalse((yield self.one_session(options)))
        self.assertTrue((yield self.one_session(options, "--ca-file", str(ca))))

    @inlineCallbacks
    def test_one_of_another_name_or_authority_is_not(self) -> Any:
        options, other = self.certificate(AUTHORITY.issue("acs.example"), Authority("Other CA").own)
        self.assertFalse((yield self.one_session(options, "--ca-file", str(other))))
        nobody, itself = self.certificate(self_signed("acs.example"))
        self.assertFalse((yield self.one_session(nobody, "--ca-file", str(itself))))
        self.assertNotIn("mistakes", self.output.getvalue())

    @inlineCallbacks
    def test_the_name_of_the_url_has_to_be_in_it(self) -> Any:
        options, ca = self.certificate(AUTHORITY.issue("acs.example", "localhost"), AUTHORITY.own)
        self.assertTrue((yield self.one_session(options, "--ca-file", str(ca), host="localhost")))
        options, ca = self.certificate(AUTHORITY.issue("acs.example", "elsewhere"), AUTHORITY.own)
        self.assertFalse((yield self.one_session(options, "--ca-file", str(ca), host="localhost")))

    @inlineCallbacks
    def test_a_summary_is_written_when_the_reactor_stops(self) -> Any:
        stopping = Stopping(reactor)
        finished: Deferred[int] = run(parse("--url", self.listen(), "--interval", "1000"), stopping)
        while not self.acs.informs:
            yield stopping.moment()
        yield stopping.stop()
        self.assertEqual((yield finished), 0)
        self.assertIn("1 sessions in ", self.output.getvalue())


class Stopping:
    """The reactor, as one that can be told to shut down."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self._triggers: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def addSystemEventTrigger(self, phase: str, kind: str, action: Any) -> None:
        assert (phase, kind) == ("before", "shutdown")
        self._triggers.append(action)

    def moment(self) -> Deferred[None]:
        passed: Deferred[None] = Deferred()
        self._real.callLater(0.01, passed.callback, None)
        return passed

    @inlineCallbacks
    def stop(self) -> Any:
        for trigger in self._triggers:
            yield trigger()
