"""A whole appliance as its own process, and what its users have: a CPE on a socket, and acsctl."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

from acs.cwmp import messages as m
from acs.cwmp.dialogue import Dialogue, Role
from tests import ROOT
from tests.support import leaks
from tests.support.forking import Forked, run, run_fresh
from tests.support.ports import free_port

DEADLINE = 30.0
"""Seconds that a process may take to do what it was asked."""


NOT_WOKEN = "[wake]\nsetup = false\n"
NO_FILES = '[files]\nhttp = ""\ntftp = ""\n'


class ApplianceProcess:
    """``twistd -n acs -c`` on ports that were free a moment ago; `kill` is ``kill -9``.

    It is forked from a process that has imported it, and so is acsctl; with ``fresh`` each is a Python that
    starts from nothing, as on an operator's machine.

    :ivar wakes: devices are given what they are woken by, as those of an operator are who does not say
        otherwise; most tests want to choose all that is asked of them.
    :ivar grace: seconds that it waits for open sessions when it stops; None: as many as an operator's does.
    """

    fresh = False
    wakes = False
    grace: float | None = None

    def __init__(self, folder: Path, more: str = "", listener: str = "", console: str = "") -> None:
        self.folder = folder
        self._secure = "tls" in console
        self.cwmp, self.console = free_port(), free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self.config = folder / "acs.toml"
        self.config.write_text(
            f'state_dir = "state"\n[[cwmp]]\nendpoint = "tcp:{self.cwmp}:interface=127.0.0.1"\n{listener}'
            f'[console]\nendpoint = "tcp:{self.console}:interface=127.0.0.1"\n{console}'
            f"[limits]\ninforms = {{ count = 1000, seconds = 900 }}\n{more}"
            f"{'' if self.wakes else NOT_WOKEN}{'' if '[files]' in more else NO_FILES}"
        )
        self.process: subprocess.Popen[bytes] | Forked | None = None
        self._seen = 0

    @property
    def environment(self) -> dict[str, str]:
        """Ours, with the source tree in front."""
        return {**os.environ, "PYTHONPATH": str(ROOT)}

    def start(self) -> None:
        """Start it and wait until it answers."""
        with open(self.folder / "log", "ab") as log, open(os.devnull, "rb") as nothing:
            arguments = ["-c", self._twistd, "--nodaemon", "--pidfile=", "acs", "--config", str(self.config)]
            if self.fresh:
                self.process = subprocess.Popen(
                    [sys.executable, *arguments],
                    cwd=self.folder,
                    env=self.environment,
                    stdin=nothing,
                    stdout=log,
                    stderr=log,
                )
            else:
                self.process = Forked(arguments, self.folder, self.environment, nothing, log, log)
        self._wait_until_it_answers()

    @property
    def _twistd(self) -> str:
        hasty = (
            f"from functools import partial; from acs import service; "
            f"service.makeService = partial(service.makeService, grace={self.grace}); "
        )
        return f"{'' if self.grace is None else hasty}from twisted.scripts.twistd import run; run()"

    def _wait_until_it_answers(self) -> None:
        assert self.process is not None
        until = time.monotonic() + DEADLINE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                # An answer, not a connection: the kernel accepts before the appliance has said all it has
                # to say.
                with self._connect_to_console() as probe:
                    probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: acs\r\n\r\n")
                    if probe.recv(64).startswith(b"HTTP/1.1 200"):
                        return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"it did not start:\n{self.log()}")

    def _connect_to_console(self) -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", self.console), timeout=DEADLINE)
        return trusting().wrap_socket(plain) if self._secure else plain

    def log(self) -> str:
        """What it wrote."""
        return (self.folder / "log").read_text()

    def kill(self) -> None:
        """At once, without a word."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As an operator would; returns its exit status."""
        return self._end(signal.SIGTERM)

    def ask_to_stop(self) -> None:
        """Say that it should stop, and do not wait; `stop` waits."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    def hang_up(self) -> None:
        """Have it reload."""
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    def _end(self, how: signal.Signals) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(how)
        status = process.wait(DEADLINE)
        self._look(how)
        return status

    def _look(self, how: signal.Signals) -> None:
        """No secret may stand where people read."""
        state = self.folder / "state"
        leaks.remember_key(state)
        self.look_at_log()
        if how is signal.SIGTERM:
            leaks.look_at_audit(state)

    def look_at_log(self) -> None:
        """No secret may stand in what it wrote since this was asked last."""
        said = self.log()
        leaks.look(said[self._seen :], f"the log in {self.folder}")
        self._seen = len(said)

    def acsctl(self, *arguments: str) -> str:
        """Run acsctl against it; returns what it printed."""
        done = self.tried(*arguments)
        if done.returncode != 0:
            raise AssertionError(
                f"acsctl {' '.join(arguments)}: {done.returncode}\n{done.stderr.decode()}\n{self.log()}"
            )
        return done.stdout.decode()

    def tried(self, *arguments: str) -> Any:
        """The same, however it ends: with ``returncode``, ``stdout`` and ``stderr``."""
        command = ["-m", "acs.ctl", "-c", str(self.config), *arguments]
        start = run_fresh if self.fresh else run
        return start(command, Path.cwd(), self.environment, timeout=DEADLINE)

    def asked(self, *arguments: str) -> Any:
        """The same with ``--json``."""
        return json.loads(self.acsctl(*arguments, "--json"))


def trusting() -> ssl.SSLContext:
    """TLS with whoever is there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@cache
def shared() -> ApplianceProcess:
    """One that runs for all tests that do nothing to it but ask and be asked."""
    folder = Path(tempfile.mkdtemp(prefix="acs-shared-"))
    appliance = ApplianceProcess(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(shutil.copy, folder / "log", leaks.kept("shared"))
    atexit.register(appliance.kill)
    appliance.start()
    return appliance


class SocketCpe:
    """A CPE on a TCP connection, whose every word the test chooses; with ``tls`` inside that."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.dialogue = Dialogue(Role.CPE)
        self._cookie = ""
        self._received = b""
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        if tls is not None:
            self._connection = tls.wrap_socket(self._connection, server_hostname="acs.example")

    def say(self, message: m.Message | None) -> m.Message | None:
        """Say it and return the answer."""
        self.post(message)
        return self.dialogue.hear(self._answer()).message

    def post(self, message: m.Message | None) -> None:
        """Say it, and do not wait."""
        self.post_body(self.dialogue.say(message))

    def post_body(self, body: bytes) -> None:
        """Post that, whatever it is, and do not wait."""
        cookie = f"Cookie: {self._cookie}\r\n" if self._cookie else ""
        head = f"POST / HTTP/1.1\r\nHost: acs\r\n{cookie}Content-Length: {len(body)}\r\n\r\n"
        self._connection.sendall(head.encode() + body)

    def _answer(self) -> bytes:
        while b"\r\n\r\n" not in self._received:
            self._read()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        length = 0
        for line in head.decode().split("\r\n")[1:]:
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                self._cookie = value.split(";")[0]
                leaks.remember(self._cookie.partition("=")[2])
            if name.lower() == "content-length":
                length = int(value)
        while len(self._received) < length:
            self._read()
        body, self._received = self._received[:length], self._received[length:]
        return body

    def _read(self) -> None:
        received = self._connection.recv(65536)
        if not received:
            raise AssertionError("the appliance closed the connection")
        self._received += received

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
