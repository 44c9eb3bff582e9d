"""Hostile clients of a real appliance, over TCP: each limit with the very bytes, and nobody else notices."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.dialogue import Dialogue, Role
from acs.cwmp.values import DeviceId
from benchmarks.processes import cpu_of, resident
from tests import ROOT
from tests.support.appliance import DEADLINE, ApplianceProcess, SocketCpe
from tests.support.bad_input import Bad, everything, head, post
from tests.support.router import Router, inform

MEMORY = 160 * 2**20
"""How much more memory all of the bad input may leave behind: the largest tree, and the longest message."""


def connect(port: int, address: str = "127.0.0.1") -> socket.socket:
    """A connection from an address of our own."""
    return socket.create_connection(("127.0.0.1", port), timeout=DEADLINE, source_address=(address, 0))


def exchange(port: int, data: bytes, address: str = "127.0.0.1") -> bytes:
    """All that is answered to these bytes before the connection is closed; b"" where it is cut."""
    try:
        with closing(connect(port, address)) as connection:
            connection.sendall(data)
            return read_all(connection)
    except (ConnectionResetError, BrokenPipeError):
        return b""  # cut, perhaps before we knew that it was there


def read_all(connection: socket.socket) -> bytes:
    """What comes before the end."""
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except ConnectionError:
        pass
    return received


def status_of(answer: bytes) -> int:
    """The status of a response, 0 where there is none."""
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0


def informing(serial: str, *events: str) -> bytes:
    """The request by which a device of this serial number opens a session."""
    message = inform(*events or ("2 PERIODIC",), identity=DeviceId("H", "00D09E", "C", serial))
    return post(Dialogue(Role.CPE).say(message))


class HostileCase(SynchronousTestCase):
    """An appliance; ``more`` are further lines of its limits, ``listener`` of its listener."""

    more = ""
    listener = ""

    def setUp(self) -> None:
        self.appliance = ApplianceProcess(Path(self.mktemp()).absolute(), self.more, self.listener)
        self.addCleanup(self.appliance.kill)
        self.appliance.start()

    @property
    def port(self) -> int:
        return self.appliance.cwmp

    def assert_healthy(self) -> None:
        """An honest device has its session, and nothing went wrong in the log."""
        with closing(SocketCpe(self.port)) as cpe:
            router = Router()
            cpe.say(inform("2 PERIODIC"))
            message = cpe.say(None)
            while message is not None:
                message = cpe.say(router.reply(message))
        self.assertNotIn("Traceback", self.appliance.log())


class BadInputTests(HostileCase):
    """Everything that must not be taken, with the default limits."""

    def memory(self) -> int:
        assert self.appliance.process is not None
        return resident(self.appliance.process.pid)

    def cpu(self) -> float:
        assert self.appliance.process is not None
        return cpu_of(self.appliance.process.pid)

    def test_each_is_refused_with_its_status_and_reason_in_bounded_memory(self) -> None:
        self.assert_healthy()
        before = self.memory()
        for bad in everything():
            self.assert_refused(bad)
        self.assertLess(self.memory() - before, MEMORY)
        self.assert_healthy()

    def assert_refused(self, bad: Bad) -> None:
        before = self.cpu()
        answer = exchange(self.port, bad.data)
        self.assertEqual((bad.name, bad.status), (bad.name, status_of(answer)), answer[:500])
        self.assertIn(bad.reason.encode(), answer, bad.name)
        self.assertIn(b"\r\nConnection: close\r\n", answer, bad.name)
        self.assertLess(self.cpu() - before, 4.0, bad.name)

    def test_a_request_cut_anywhere_leaves_nothing(self) -> None:
        whole = informing("cut", "1 BOOT")
        for length in range(0, len(whole), 97):
            with closing(connect(self.port)) as connection:
                connection.sendall(whole[:length])
        self.assert_healthy()


class BesideOthersTests(HostileCase):
    """The same beside two hundred devices, none of which notices."""

    def test_none_of_their_sessions_fails(self) -> None:
        url = f"http://127.0.0.1:{self.port}/"
        plan = ["--url", url, "--count", "200", "--sessions", "500", "--ramp", "6", "--interval", "5"]
        command = [sys.executable, "-m", "acs.ctl", "simulate", *plan, "--seed", "7"]
        environment = self.appliance.environment
        fleet = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        refused = 0
        while fleet.poll() is None:
            for bad in everything():
                self.assertEqual(bad.status, status_of(exchange(self.port, bad.data, "127.0.0.66")), bad.name)
                refused += 1
                if fleet.poll() is not None:
                    break
        told = fleet.communicate()[0]
        self.assertEqual(0, fleet.returncode, told)
        self.assertIn("failed: 0", told)
        self.assertGreater(refused, 50)
        self.assert_healthy()


class SlowTests(HostileCase):
    """Clients that take their time."""

    more = "head_seconds = 2\nbody_seconds = 3\nidle_seconds = 2\n"

    def trickle(self, first: bytes, then: bytes) -> tuple[bytes, float]:
        """What is answered to bytes of which all but the first come at ten a second, and after how long."""
        began = time.monotonic()
        with closing(connect(self.port)) as connection:
            connection.sendall(first)
            connection.settimeout(0.1)
            for at in range(len(then)):
                try:
                    connection.sendall(then[at : at + 1])
                    if received := connection.recv(65536):
                        connection.settimeout(DEADLINE)
                        return received + read_all(connection), time.monotonic() - began
                    break
                except TimeoutError:
                    continue
        raise AssertionError(f"no answer within {len(then) / 10} s")

    def test_a_head_byte_by_byte_is_408(self) -> None:
        answer, seconds = self.trickle(b"POST / HTTP/1.1\r\n", b"X-Slow: " + b"x" * 92)
        self.assertEqual(408, status_of(answer))
        self.assertIn(b"the head of the request did not come in time", answer)
        self.assertTrue(2 <= seconds < 4.5, seconds)

    def test_a_body_byte_by_byte_is_408(self) -> None:
        for framing in (b"Content-Length: 1000", b"Transfer-Encoding: chunked"):
            answer, seconds = self.trickle(head(b"Host: a", framing), b"64\r\n" + b"x" * 96)
            self.assertEqual(408, status_of(answer))
            self.assertIn(b"the body of the request did not come in time", answer)
            self.assertTrue(3 <= seconds < 5.5, seconds)

    def test_a_connection_that_says_nothing_is_closed_silently(self) -> None:
        began = time.monotonic()
        with closing(connect(self.port)) as connection:
            self.assertEqual(b"", read_all(connection))
        self.assertTrue(2 <= time.monotonic() - began < 4.5)


class ConnectionLimitTests(HostileCase):
    """So many connections, in all and of one address."""

    more = "connections = 20\nconnections_per_address = 8\n"

    def opened(self, count: int, address: str) -> list[socket.socket]:
        """Those of so many connections that are not cut."""
        kept = []
        for _ in range(count):
            try:
                connection = connect(self.port, address)
            except ConnectionResetError:
                continue  # cut before we knew that it was there
            self.addCleanup(connection.close)
            if not is_cut(connection):
                kept.append(connection)
        return kept

    def test_above_the_limits_they_are_cut_and_others_go_on(self) -> None:
        first = self.opened(12, "127.0.0.2")
        self.assertEqual(8, len(first))
        self.assertEqual(8, len(self.opened(9, "127.0.0.3")))
        self.assertEqual(4, len(self.opened(9, "127.0.0.4")))
        first[0].sendall(informing("first"))
        self.assertEqual(200, status_of(first[0].recv(65536)))
        for connection in first:
            connection.close()
        time.sleep(0.2)
        self.assertEqual(200, status_of(exchange_one(self.port, informing("next"), "127.0.0.5")))
        log = self.appliance.log()
        self.assertIn("127.0.0.2 is cut: it has too many connections", log)
        self.assertIn("is cut: 20 connections are open", log)


class RateLimitTests(HostileCase):
    """So many connections of one address in so many seconds."""

    more = "connection_rate = { count = 10, seconds = 60 }\n"

    def test_above_the_rate_they_are_cut_and_those_of_others_are_not(self) -> None:
        statuses = [status_of(exchange(self.port, post(b"x"), "127.0.0.2")) for _ in range(15)]
        self.assertEqual([400] * 10 + [0] * 5, statuses)
        self.assertEqual(400, status_of(exchange(self.port, post(b"x"), "127.0.0.3")))
        self.assertIn("127.0.0.2 is cut: it connects too often", self.appliance.log())


class SessionLimitTests(HostileCase):
    """So many sessions, in all and of one address."""

    more = "sessions = 10\nurgent_percent = 10\nsessions_per_address = 6\n"

    def open(self, serial: str, address: str, *events: str) -> bytes:
        return exchange_one(self.port, informing(serial, *events), address)

    def test_each_limit_sends_away_with_a_time_to_come_back(self) -> None:
        mine = [self.open(f"a{number}", "127.0.0.2") for number in range(7)]
        self.assertEqual([200] * 6 + [503], [status_of(answer) for answer in mine])
        self.assertIn(b"too many sessions are open from this address", mine[6])
        others = [self.open(f"b{number}", "127.0.0.3") for number in range(5)]
        self.assertEqual([200] * 4 + [503], [status_of(answer) for answer in others])
        self.assertIn(b"\r\nRetry-After: ", others[4])
        self.assertEqual(200, status_of(self.open("c", "127.0.0.3", "6 CONNECTION REQUEST")))
        self.assertEqual(503, status_of(self.open("d", "127.0.0.3", "6 CONNECTION REQUEST")))


class ProxiedLimitTests(HostileCase):
    """The same behind a proxy, where it is the client's address that counts."""

    more = "connections_per_address = 3\nconnection_rate = { count = 100, seconds = 60 }\n"
    listener = "proxy_protocol = true\n"

    def test_by_the_proxy_protocol(self) -> None:
        kept, statuses = [], []
        for client in ["192.0.2.1"] * 5 + ["192.0.2.2"] * 2:
            connection = connect(self.port)
            self.addCleanup(connection.close)
            kept.append(connection)
            connection.sendall(f"PROXY TCP4 {client} 192.0.2.9 1 2\r\n".encode() + post(b""))
            statuses.append(status_of(received(connection)))
        self.assertEqual([204, 204, 204, 0, 0, 204, 204], statuses)
        self.assertIn("192.0.2.1 is cut: it has too many connections", self.appliance.log())


class ForwardedLimitTests(HostileCase):
    """And by X-Forwarded-For."""

    more = ProxiedLimitTests.more
    listener = 'trusted_proxies = ["127.0.0.1/32"]\n'

    def test_by_the_header(self) -> None:
        statuses = []
        for client in [b"192.0.2.1"] * 5 + [b"192.0.2.2"] * 2:
            connection = connect(self.port)
            self.addCleanup(connection.close)
            connection.sendall(post(b"", b"X-Forwarded-For: " + client))
            statuses.append(status_of(received(connection)))
        self.assertEqual([204, 204, 204, 503, 503, 204, 204], statuses)


def is_cut(connection: socket.socket) -> bool:
    """Whether a connection on which nothing was said is cut within a moment."""
    connection.settimeout(0.1)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    finally:
        connection.settimeout(DEADLINE)


def received(connection: socket.socket) -> bytes:
    """What comes first; b"" where the connection is cut."""
    try:
        return connection.recv(65536)
    except ConnectionError:
        return b""


def exchange_one(port: int, data: bytes, address: str) -> bytes:
    """The first that is answered to these bytes, on a connection that is closed then."""
    with closing(connect(port, address)) as connection:
        connection.sendall(data)
        return received(connection)
