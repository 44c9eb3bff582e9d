"""Python processes that need not import the appliance first: they are forked from one that has done so.

Each is a process of its own in all that tests look at: its folder, its environment, its three streams, the
signals that it takes, its exit status.  Only the interpreter's start and the imports, half a second of
processor time, are behind it already.  Tests of just that start a Python: that the commands run as they are
installed, `tests.test_packaging` and `tests.ctl.test_main` see to.

The process that forks is itself started when the first is asked for, has no reactor and no threads, and ends
with the process that runs the tests, however that ends.  Between it and each that it forks is a keeper, which
waits for that one and tells how it ended.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
import types
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Timer
from typing import IO, Any

from tests import ROOT, WITHOUT, switch_off
from tests.support import leaks

IMPORTED = (
    "acs.service",
    "acs.store.postgresql.database",
    "acs.wake.on_xmpp",
    "acs.web.nbi.site",
    "acs.ctl",
    "acs.store.transfer.importing",
    "twisted.scripts.twistd",
)
"""What is imported once: none of it installs a reactor, or starts a thread."""


class Forked:
    """Runs as ``python *arguments`` would, where they are ``-m module ...`` or ``-c code ...``."""

    def __init__(
        self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str], *streams: int | IO[Any]
    ) -> None:
        self.returncode: int | None = None
        self._talk, theirs = socket.socketpair()
        with theirs:
            files = [each if isinstance(each, int) else each.fileno() for each in streams]
            socket.send_fds(_parent(), [b"+"], [theirs.fileno(), *files])
        wanted = {
            "arguments": list(arguments),
            "cwd": str(cwd),
            "env": {**env, leaks.MADE: str(leaks.made_file())},
        }
        self._talk.sendall(json.dumps(wanted).encode() + b"\n")
        self._told = self._talk.makefile("r")
        self.pid = int(self._told.readline())

    def poll(self) -> int | None:
        """How it ended, as `subprocess.Popen.poll` has it."""
        if self.returncode is None and select.select([self._talk], [], [], 0)[0]:
            self._end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The same, waiting for it."""
        if self.returncode is None:
            if not select.select([self._talk], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            self._end()
        assert self.returncode is not None
        return self.returncode

    def _end(self) -> None:
        self.returncode = int(self._told.readline())
        self._told.close()
        self._talk.close()

    def send_signal(self, what: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has, just now
                os.kill(self.pid, what)

    def kill(self) -> None:
        """At once."""
        self.send_signal(signal.SIGKILL)


def run(
    arguments: Sequence[str],
    cwd: Path,
    env: Mapping[str, str] | None = None,
    said: bytes = b"",
    timeout: float = 60.0,
    killed_after: float | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Let one run to its end, on three pipes; ``said``, no more than fits into a pipe, is what it reads.

    It is killed so many seconds ``killed_after`` it has begun to speak.
    """
    pipes = [os.pipe() for _ in range(3)]
    (theirs, ours), (output, their_output), (errors, their_errors) = pipes
    os.write(ours, said)
    os.close(ours)
    try:
        process = Forked(
            arguments, cwd, os.environ if env is None else env, theirs, their_output, their_errors
        )
    finally:
        for each in (theirs, their_output, their_errors):
            os.close(each)
    until = time.monotonic() + timeout
    try:
        if killed_after is not None:
            select.select([output, errors], [], [], timeout)
            killing = Timer(killed_after, process.kill)
            killing.start()
        found = _read_all(output, errors, until=until)
        if killed_after is not None:
            killing.join()
        process.wait(max(until - time.monotonic(), 0.0))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    finally:
        os.close(output)
        os.close(errors)
    leaks.look(found[1].decode("utf-8", "replace"), f"what {arguments[:5]} said")
    return subprocess.CompletedProcess(list(arguments), process.wait(), *found)


def run_fresh(
    arguments: Sequence[str],
    cwd: Path,
    env: Mapping[str, str] | None = None,
    said: bytes = b"",
    timeout: float = 60.0,
) -> subprocess.CompletedProcess[bytes]:
    """The same with a Python that starts from nothing."""
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=cwd, env=env, input=said, capture_output=True, timeout=timeout, check=False
    )
    leaks.look(done.stderr.decode("utf-8", "replace"), f"what {command[:5]} said")
    return done


def _read_all(*outputs: int, until: float) -> list[bytes]:
    """What is written to pipes until nobody can write to them any more."""
    found = dict.fromkeys(outputs, b"")
    waiting = set(outputs)
    while waiting:
        readable, _, _ = select.select(waiting, [], [], max(until - time.monotonic(), 0.0))
        if not readable:
            raise subprocess.TimeoutExpired("what was forked", 0.0)
        for each in readable:
            piece = os.read(each, 1 << 16)
            found[each] += piece
            if not piece:
                waiting.remove(each)
    return list(found.values())


@cache
def _parent() -> socket.socket:
    """The way to the process that forks, which is started and sees the end of it when this one ends."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.forking", str(theirs.fileno())],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


# What follows runs in the process that forks, and in those that it forks.


_INTERRUPT = signal.getsignal(signal.SIGINT)
"""What SIGINT does where nobody has said anything else: in what a shell runs in the background, nothing."""


def _wanted(control: socket.socket) -> dict[str, Any]:
    """Fork for each that is asked for; returns in each, with what it is to be, and never in the first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers leave nothing
    while True:
        data, files, _, _ = socket.recv_fds(control, 1, 4)
        if not data:
            os._exit(0)
        if os.fork() == 0:
            control.close()
            return _kept(*files)
        for each in files:
            os.close(each)


def _kept(talk: int, *streams: int) -> dict[str, Any]:
    """Fork once more: returns in the one that is wanted, and never in its keeper."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    talking = socket.socket(fileno=talk)
    with talking.makefile("r") as asked:
        wanted: dict[str, Any] = json.loads(asked.readline())
    if pid := os.fork():
        with suppress(OSError):  # nobody may want to know
            for each in streams:
                os.close(each)
            talking.sendall(b"%d\n" % pid)
            talking.sendall(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        os._exit(0)
    talking.close()
    for number, each in enumerate(streams):
        os.dup2(each, number)
    os.closerange(3, max(streams) + 1)
    return wanted


def _become(wanted: dict[str, Any]) -> None:
    """Be what is wanted."""
    signal.signal(signal.SIGINT, _INTERRUPT)
    os.environ.clear()
    os.environ.update(wanted["env"])
    time.tzset()
    os.chdir(wanted["cwd"])
    _take_streams()
    how, what, *rest = wanted["arguments"]
    sys.argv = [how, *rest]
    if how == "-m":
        sys.path[0] = wanted["cwd"]
        runpy.run_module(what, run_name="__main__", alter_sys=True)
        return
    assert how == "-c", how
    sys.path[0] = ""
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    exec(compile(what, "<string>", "exec"), main.__dict__)


def _take_streams() -> None:
    """Have the objects for the standard streams anew: those of the first know what its own were like."""
    files = [io.FileIO(number, mode, closefd=False) for number, mode in enumerate("rww")]
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.BufferedReader(files[0]))
    sys.stdout = sys.__stdout__ = io.TextIOWrapper(io.BufferedWriter(files[1]))
    errors = io.BufferedWriter(files[2])
    sys.stderr = sys.__stderr__ = io.TextIOWrapper(errors, errors="backslashreplace", line_buffering=True)


if __name__ == "__main__":
    leaks.watch_for_parent()
    for _name in IMPORTED:
        importlib.import_module(_name)
    switch_off(os.environ.get(WITHOUT, ""))
    assert "twisted.internet.reactor" not in sys.modules
    gc.collect()
    gc.freeze()
    _become(_wanted(socket.socket(fileno=int(sys.argv[1]))))
