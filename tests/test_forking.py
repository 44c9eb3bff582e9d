"""What is forked behaves as a Python that was started."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests import ROOT
from tests.support.forking import Forked, run, run_fresh

SHOWN = """
import os, signal, sys
print(sys.argv, sys.stdin.read(), os.getcwd(), os.environ["WORD"], __name__, sys.path[:2])
print(sorted(os.listdir("/proc/self/fd"))[:3], len(os.listdir("/proc/self/fd")))
print(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGCHLD), signal.getsignal(signal.SIGTERM))
print("twisted.internet.reactor" in sys.modules)
print("caf\\u00e9", file=sys.stderr)
"""


class ForkingTests(SynchronousTestCase):
    def ended(self, code: str, said: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return run(["-c", code], Path.cwd(), said=said)

    def test_it_finds_what_one_that_was_started_finds(self) -> None:
        environment = {**os.environ, "WORD": "w", "PYTHONPATH": str(ROOT)}
        ends = [each(["-c", SHOWN, "x"], Path.cwd(), environment, b"said") for each in (run, run_fresh)]
        forked, fresh = [(each.returncode, each.stdout.decode(), each.stderr) for each in ends]
        self.assertEqual(fresh, forked)
        self.assertIn("['-c', 'x'] said", forked[1])

    def test_its_exit_status_is_its_own(self) -> None:
        for code, status in (("", 0), ("raise SystemExit(3)", 3), ("import os; os._exit(4)", 4)):
            self.assertEqual(status, self.ended(code).returncode, code)
        failed = self.ended("1/0")
        self.assertEqual(1, failed.returncode)
        self.assertIn(b"ZeroDivisionError", failed.stderr)

    def test_it_ends_by_signals(self) -> None:
        for number in (signal.SIGKILL, signal.SIGTERM):
            self.assertEqual(-number, self.ended(f"import os; os.kill(os.getpid(), {number:d})").returncode)

    def test_its_end_is_told_when_asked_for_and_it_takes_no_signal_then(self) -> None:
        reader, writer = os.pipe()
        self.addCleanup(os.close, writer)
        try:
            process = Forked(["-c", "input()"], Path.cwd(), os.environ, reader, 1, 2)
        finally:
            os.close(reader)
        self.assertIsNone(process.poll())
        with self.assertRaises(subprocess.TimeoutExpired):
            process.wait(0.01)
        os.write(writer, b"\n")
        self.assertEqual(0, process.wait(30))
        process.kill()
        self.assertEqual((0, 0), (process.poll(), process.wait()))

    def test_one_that_takes_too_long_is_killed(self) -> None:
        with self.assertRaises(subprocess.TimeoutExpired):
            run(["-c", "import signal; signal.pause()"], Path.cwd(), timeout=0.1)

    def test_what_one_does_to_itself_the_next_does_not_see(self) -> None:
        self.ended("import acs, os; acs.mark = 1; os.environ['MARK'] = '1'; os.chdir('/')")
        said = self.ended("import acs, os; print(hasattr(acs, 'mark'), 'MARK' in os.environ, os.getcwd())")
        self.assertEqual(f"False False {os.getcwd()}\n".encode(), said.stdout)

    def test_chance_is_another_in_each(self) -> None:
        asked = "random.random(), secrets.token_hex(), uuid.uuid4(), ssl.RAND_bytes(9).hex()"
        code = f"import random, secrets, ssl, uuid; print({asked})"
        one, other = self.ended(code).stdout.split(), self.ended(code).stdout.split()
        self.assertEqual(4, len([1 for a, b in zip(one, other, strict=True) if a != b]))
