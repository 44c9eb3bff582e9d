"""The parts of the soak that can be wrong without anybody noticing: its clock, its sums, its verdict."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from benchmarks.soak.appliance import ShortDays
from benchmarks.soak.durations import Durations, of_json, together
from benchmarks.soak.open_loop import Errand, Left, OpenLoop, Told
from benchmarks.soak.verdict import MB, line_of, results, slope, summary


class DurationsTests(SynchronousTestCase):
    """Many durations in little room."""

    def test_a_percentile_is_right_to_two_percent(self) -> None:
        found = Durations()
        for number in range(1, 1001):
            found.add(number / 1000)
        for share in (0.5, 0.99):
            self.assertApproximates(share, found.percentile(share), share * 0.021)
        self.assertEqual(1.0, found.percentile(1.0))

    def test_they_are_the_same_after_having_been_written(self) -> None:
        found = Durations()
        for seconds in (0.0, 0.02, 3.0):
            found.add(seconds)
        again = of_json(json.loads(json.dumps(found.as_json())))
        self.assertEqual((found.counted, 3.0), (again.counted, again.longest))

    def test_those_of_several_windows_are_put_together(self) -> None:
        short, long = Durations(), Durations()
        for _ in range(98):
            short.add(0.01)
        for _ in range(2):
            long.add(1.0)
        self.assertApproximates(0.01, together([short, long]).percentile(0.98), 0.0003)
        self.assertEqual(1.0, together([short, long]).percentile(0.99))


def row(at: int, resident: float, seconds: float = 0.01, piece: int = 1, **more: Any) -> dict[str, Any]:
    """A window of a minute with a hundred sessions that took so long."""
    times = Durations()
    for _ in range(100):
        times.add(seconds)
    told = {
        "at": at * 60.0,
        "seconds": 60.0,
        "piece": piece,
        "done": {"periodic": 100},
        "lost": {},
        "held": 0,
        "late": 0.0,
        "times": times.as_json(),
        "steady": times.as_json(),
        "resident": resident * MB,
        "cpu": 0.5,
        "database": 0,
        "segments": 0,
        "open": 0,
        "commit": 0.0,
        "jobs": 0,
        "errors": 0,
    }
    return told | more


class VerdictTests(SynchronousTestCase):
    """What it says of runs that went one way or another."""

    def missed(self, *rows: dict[str, Any], errors: int = 0) -> list[str]:
        """What is not as it should be, by its name."""
        return [each.name for each in results(rows, errors) if not each.met]

    def test_nothing_is_wrong_with_a_run_that_goes_on_as_it_began(self) -> None:
        self.assertEqual([], self.missed(*(row(at, 100) for at in range(1, 21))))

    def test_memory_that_grows_is_seen_but_for_the_warm_up(self) -> None:
        warm = [row(at, 50 + 50 * min(at, 2)) for at in range(1, 21)]
        self.assertEqual(0.0, slope(warm[1:]))
        self.assertEqual([], self.missed(*warm))
        grows = [row(at, 100 + at) for at in range(1, 21)]
        self.assertApproximates(60 * MB, slope(grows) * 3600, 1)
        self.assertEqual(1, len(self.missed(*grows)))

    def test_each_piece_begins_with_a_memory_of_its_own(self) -> None:
        first, second = ([row(at, 100 * piece, piece=piece) for at in range(1, 11)] for piece in (1, 2))
        self.assertEqual(0.0, slope([*first, *second]))

    def test_sessions_that_become_slower_are_seen(self) -> None:
        rows = [row(at, 100, 0.01 if at < 18 else 0.013) for at in range(1, 21)]
        self.assertEqual(
            [
                "soak, p99 of sessions, the last tenth",
                "soak, p99 of periodic sessions, the last tenth",
            ],
            self.missed(*rows),
        )

    def test_what_is_lost_counts_after_the_end_too(self) -> None:
        rows = [row(1, 100), row(2, 100), row(3, 100, lost={"woken: closed": 2}, tail=True)]
        self.assertEqual(["soak, sessions lost"], self.missed(*rows))
        self.assertIn("lost: woken: closed 2\n", summary(rows))
        self.assertIn("2 lost, 0 held back", line_of(rows[-1]))

    def test_a_load_that_holds_back_and_tracebacks_are_seen(self) -> None:
        rows = [row(1, 100, held=5), row(2, 100)]
        self.assertEqual(
            ["soak, sessions begun of those due", "soak, tracebacks in the log"],
            self.missed(*rows, errors=1),
        )


class ShortDaysTests(SynchronousTestCase):
    """Segment files go while the appliance runs."""

    def test_a_file_goes_when_its_short_day_is_over(self) -> None:
        clock, folder = Clock(), Path(self.mktemp())
        clock.advance(1_800_000_000.0)
        segments = ShortDays(folder, clock, 60.0)
        self.addCleanup(segments.close)
        for _ in range(3):
            segments.append(1, b"said")
            segments.flush()
            clock.advance(60.0)
        self.assertEqual(3, len(list(folder.iterdir())))
        self.assertEqual(2, segments.drop_before(clock.seconds() - 60.0))
        self.assertEqual(1, len(list(folder.iterdir())))


class OpenLoopTests(SynchronousTestCase):
    """What becomes of a client whose server is not kind."""

    def setUp(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.server.close)
        self.loop = OpenLoop(("hello",))
        self.wrong: list[str] = []

    def begin(self, talk: Any, port: int = 0, due: float = 0.0) -> socket.socket | None:
        """Let a client begin; the server's end of its connection."""
        errand = Errand("hello", 1, port or self.server.getsockname()[1], talk, self.wrong.append)
        self.loop.begin(errand, due or time.perf_counter())
        if port:
            return None
        connection, _ = self.server.accept()
        self.addCleanup(connection.close)
        return connection

    def until_idle(self) -> None:
        """Until nobody is at it."""
        until = time.perf_counter() + 10
        while not self.loop.idle and time.perf_counter() < until:
            self.loop.turn(until)

    @staticmethod
    def hello() -> Told:
        """Something that is answered."""
        head, _ = yield b"GET / HTTP/1.1\r\n\r\n"
        return "" if b" 200 " in head else "refused"

    @staticmethod
    def waits() -> Told:
        """Reckon with being left."""
        try:
            yield b"x"
        except Left:
            return ""
        return "answered"

    def served(self, talk: Any, answer: bytes) -> None:
        """Answer it, or hang up where that is nothing."""
        connection = self.begin(talk)
        assert connection is not None
        connection.recv(100)
        connection.sendall(answer)
        connection.close()
        self.until_idle()

    def test_a_session_that_goes_well_is_done_and_timed(self) -> None:
        self.served(self.hello, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual({"hello": 1}, dict(self.loop.window.done))
        self.assertEqual((1, 1), (self.loop.window.times.counted.total(), len(self.wrong)))

    def test_it_says_itself_what_went_wrong(self) -> None:
        self.served(self.hello, b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual(({"hello: refused": 1}, ["refused"]), (dict(self.loop.window.lost), self.wrong))

    def test_one_that_is_left_is_lost_unless_it_reckons_with_that(self) -> None:
        self.served(self.hello, b"")
        self.served(self.waits, b"")
        self.assertEqual({"hello: closed": 1}, dict(self.loop.window.lost))
        self.assertEqual({"hello": 1}, dict(self.loop.window.done))

    def test_nobody_waits_for_ever(self) -> None:
        self.begin(self.hello, due=time.perf_counter() - 60)
        self.until_idle()
        self.assertEqual(["no end after 30 s"], self.wrong)
        self.assertTrue(self.loop.window.late >= 60)

    def test_a_server_that_is_gone_loses_sessions_and_no_load(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        self.begin(self.hello, port)
        self.assertEqual(
            ({"hello: ConnectionRefusedError": 1}, 0), (dict(self.loop.window.lost), self.loop.open)
        )

    def test_a_connection_request_is_told_and_answered(self) -> None:
        rung: list[str] = []

        def ring(path: str) -> bool:
            rung.append(path)
            return path == "S1"

        port = self.loop.listen(ring)
        for path, status in (("S1", b"HTTP/1.1 200 "), ("S2", b"HTTP/1.1 503 ")):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as caller:
                caller.sendall(f"GET /{path} HTTP/1.1\r\n\r\n".encode())
                for _ in range(2):
                    self.loop.turn(time.perf_counter() + 10)
                self.assertTrue(caller.recv(1000).startswith(status))
        self.assertEqual(["S1", "S2"], rung)
