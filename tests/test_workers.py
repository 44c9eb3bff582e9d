"""Several processes of one appliance: they share its port, and end and begin together."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from twisted.internet.task import Clock, deferLater
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase, TestCase

from acs.state_files import TOKEN_FILE
from acs.workers import AGAIN, PATIENCE, Workers, inherited, is_orphan, number_of, shared_sockets
from tests.support import postgres
from tests.support.appliance import ApplianceProcess
from tests.support.nodes import owners
from tests.test_haproxy import ProxiedCpe
from tests.test_nodes import Conversing
from tests.web.numbers import read


class SocketTests(SynchronousTestCase):
    def accepted(self, sockets: list[socket.socket], source: str, host: str = "127.0.0.1") -> int:
        """The number of the socket that a connection from there comes to."""
        port = sockets[0].getsockname()[1]
        with socket.create_connection((host, port), timeout=5, source_address=(source, 0)):
            until = time.monotonic() + 5
            while time.monotonic() < until:
                for number, each in enumerate(sockets):
                    try:
                        each.accept()[0].close()
                        return number
                    except BlockingIOError:
                        continue
        raise AssertionError("nobody gets it")

    def test_an_address_always_comes_to_the_same_process(self) -> None:
        sockets = shared_sockets("tcp:0:interface=127.0.0.1", 3)
        self.addCleanup(lambda: [each.close() for each in sockets])
        for _ in range(3):
            found = [self.accepted(sockets, f"127.0.0.{number}") for number in range(1, 7)]
            first = 0x7F000001 % 3
            self.assertEqual([(first + number) % 3 for number in range(6)], found)

    def test_so_it_does_where_ipv6_is_spoken(self) -> None:
        try:
            sockets = shared_sockets("tcp6:0", 2)
        except OSError:
            raise self.skipTest("this machine has no IPv6") from None  # type: ignore[misc]
        self.addCleanup(lambda: [each.close() for each in sockets])
        self.assertEqual({1}, {self.accepted(sockets, "::1", "::1") for _ in range(5)})
        self.assertEqual([1, 0], [self.accepted(sockets, f"127.0.0.{number}") for number in (1, 2)])

    def test_a_worker_is_told_what_it_is_and_has(self) -> None:
        self.assertEqual((0, {}), (number_of({}), inherited({})))
        environment = {"ACS_WORKER": "3", "ACS_SOCKETS": "main=3,a=b=4"}
        self.assertEqual((3, {"main": 3, "a=b": 4}), (number_of(environment), inherited(environment)))

    def test_a_worker_whose_first_process_is_another_than_its_parent_is_an_orphan(self) -> None:
        self.assertFalse(is_orphan({}))
        for parent, orphan in ((os.getppid(), False), (os.getpid(), True)):
            self.assertIs(orphan, is_orphan({"ACS_WORKER": "1", "ACS_PARENT": str(parent)}))


class Spawning(Clock):
    """A reactor whose time is the test's, and whose processes are real."""

    def __init__(self) -> None:
        super().__init__()
        self.spawned = 0

    def spawnProcess(self, *words: Any, **how: Any) -> Any:  # noqa: N802
        self.spawned += 1
        return reactor.spawnProcess(*words, **how)  # type: ignore[attr-defined]


class EndTests(TestCase):
    """When the first process ends."""

    timeout = 20

    def setUp(self) -> None:
        self.clock = Spawning()
        self.sockets = shared_sockets("tcp:0:interface=127.0.0.1", 2)

    def workers(self, command: str) -> Workers:
        return Workers(self.clock, ["/bin/sh", "-c", command], {"main": self.sockets})

    async def until(self, holds: Callable[[], object]) -> None:
        while not holds():
            await deferLater(reactor, 0.01)  # type: ignore[arg-type]

    async def test_one_that_does_not_end_is_killed(self) -> None:
        ready = Path(self.mktemp()).absolute()
        workers = self.workers(f"trap '' TERM; : > {ready}; exec sleep 10")
        workers.start(2)
        await self.until(ready.exists)
        ending = ensureDeferred(workers.stop())
        self.clock.advance(PATIENCE - 1)
        self.assertNoResult(ending)
        with capturedLogs() as logged:
            self.clock.advance(1)
            await ending
        self.assertIn("worker 1 does not end, and is killed", [formatEvent(event) for event in logged])
        self.assertEqual([-1, -1], [each.fileno() for each in self.sockets])

    async def test_one_that_has_ended_before_is_not_started_again(self) -> None:
        workers = self.workers("true")
        workers.start(2)
        for spawned in (1, 2):
            await self.until(self.clock.getDelayedCalls)
            self.assertEqual(spawned, self.clock.spawned)
            if spawned == 1:
                self.clock.advance(AGAIN)
        await workers.stop()
        self.clock.advance(AGAIN)
        self.assertEqual(2, self.clock.spawned)


class WorkersTests(Conversing):
    skip = postgres.SKIP or None

    def setUp(self) -> None:
        url = postgres.shared().url(postgres.database_for(self))
        more = f'[store]\nurl = "{url}"\n[acs]\nworkers = 2\n'
        folder = Path(tempfile.mkdtemp())  # the path of a UNIX socket has to be short
        self.addCleanup(shutil.rmtree, folder)
        self.appliance = ApplianceProcess(folder, more)
        self.nodes = [self.appliance]
        self.addCleanup(self.appliance.stop)
        self.appliance.start()
        self.wait_for(lambda: self.appliance.log().count("main listens") == 2)

    def wait_for(self, holds: Any) -> None:
        until = time.monotonic() + 20
        while not holds():
            self.assertLess(time.monotonic(), until, self.appliance.log())
            time.sleep(0.05)

    def worker_ids(self) -> list[int]:
        """The processes: the first one, and its children."""
        assert self.appliance.process is not None
        first = self.appliance.process.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def test_both_take_sessions_and_know_of_each_other(self) -> None:
        for number in range(2, 6):
            self.session("1 BOOT", cpe=ProxiedCpe(self.appliance.cwmp, f"127.0.0.{number}"))
        self.assertEqual({0, 1}, owners(self.appliance))
        job = self.job(self.appliance, "x")
        asked = self.session("2 PERIODIC", cpe=ProxiedCpe(self.appliance.cwmp, "127.0.0.9"))
        self.assertEqual(["SetParameterValues"], asked)
        self.until_done(self.appliance, job["id"])

    def test_whoever_listens_hears_of_what_happens_in_each(self) -> None:
        token = (self.appliance.folder / "state" / TOKEN_FILE).read_text().strip()
        heard = b""
        with socket.create_connection(("127.0.0.1", self.appliance.console), timeout=20) as line:
            request = f"GET /api/v1/events?type=session HTTP/1.0\r\nAuthorization: Bearer {token}\r\n\r\n"
            line.sendall(request.encode())
            while b"retry:" not in heard:
                heard += line.recv(65536)
            for number in range(2, 6):
                self.session("1 BOOT", cpe=ProxiedCpe(self.appliance.cwmp, f"127.0.0.{number}"))
            while heard.count(b'"what":"ended"') < 4:
                piece = line.recv(65536)
                self.assertTrue(piece, heard)
                heard += piece
        self.assertEqual({0, 1}, owners(self.appliance))

    def test_the_first_tells_the_numbers_of_each(self) -> None:
        self.wait_for(lambda: {f'acs_open_sessions{{worker="{n}"}}' for n in (0, 1)} <= self.numbers().keys())
        self.assertEqual(0, self.numbers()['acs_open_jobs{state="queued"}'])

    def numbers(self) -> dict[str, float]:
        """What Prometheus reads."""
        token = (self.appliance.folder / "state" / TOKEN_FILE).read_text().strip()
        asked = Request(f"http://127.0.0.1:{self.appliance.console}/metrics")
        asked.add_header("Authorization", f"Bearer {token}")
        with build_opener(ProxyHandler({})).open(asked, timeout=20) as answer:
            return read(answer.read())

    def test_a_session_whose_address_changes_goes_on(self) -> None:
        cpe = ProxiedCpe(self.appliance.cwmp, "127.0.0.2")
        turns = iter(range(2, 100))

        def connect(port: int) -> socket.socket:
            cpe._address = f"127.0.0.{next(turns)}"
            return ProxiedCpe.connect(cpe, port)

        cpe.connect = connect  # type: ignore[method-assign]
        self.assertEqual("GetParameterNames", self.session("0 BOOTSTRAP", cpe=cpe)[0])
        self.assertEqual(["success"], [each["result"] for each in self.appliance.asked("session", "list")])

    def test_one_that_dies_is_started_again_with_its_number(self) -> None:
        _, second = self.worker_ids()
        os.kill(second, signal.SIGKILL)
        self.wait_for(lambda: len(self.worker_ids()) == 2 and second not in self.worker_ids())
        for number in range(2, 6):  # what waits on its socket meanwhile is answered then
            self.session("1 BOOT", cpe=ProxiedCpe(self.appliance.cwmp, f"127.0.0.{number}"))
        self.assertEqual({0, 1}, owners(self.appliance))
        self.assertRegex(self.appliance.log(), r"worker 1 has ended \(.*signal 9.*\), and is started again")

    def test_they_end_together(self) -> None:
        ids = self.worker_ids()
        self.assertEqual(-signal.SIGTERM, self.appliance.stop())  # as twistd ends of a signal
        self.assertEqual([], [each for each in ids if _lives(each)])
        self.assertNotIn("Traceback", self.appliance.log())

    def test_none_is_left_when_the_first_is_killed(self) -> None:
        _, second = self.worker_ids()
        self.appliance.kill()
        self.wait_for(lambda: not _lives(second))

    def test_only_the_first_serves_people(self) -> None:
        self.assertEqual(1, len(re.findall("console listens", self.appliance.log())))
        self.assertEqual(2, len(re.findall("main listens", self.appliance.log())))


def _lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
