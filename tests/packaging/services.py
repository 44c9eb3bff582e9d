"""The service as its unit has systemd start it, in a Debian without systemd.

It gets the user, the rights and the places that the unit says, and a socket on which it tells that it is
ready.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.packaging.roots import ENVIRONMENT, Debian
from tests.packaging.units import Unit, installed

DEADLINE = 60.0
"""Seconds that it has for what it is asked."""
_NOTIFY = "/run/notify"
# What systemd does between the fork and the program: all of the system read-only but the state
# (ProtectSystem=strict, StateDirectory); no way to make code at run time (MemoryDenyWriteExecute), by the
# call that systemd uses too; nothing of root's but a port below 1024.  Its network is its own, for the ports.
_BEGIN = """
set -e
ip link set lo up
mount --bind {root} {root}
mount -o remount,bind,ro {root}
mount --bind {root}{state} {root}{state}
mount -o remount,bind,rw {root}{state}
mount -t tmpfs tmpfs {root}/tmp
mount -t proc proc {root}/proc
umask {umask}
only=-all,+net_bind_service
exec chroot {root} setpriv --reuid={user} --regid={group} --init-groups --no-new-privs \
    --bounding-set=$only --inh-caps=$only --ambient-caps=$only \
    python3 -c {deny} {command}
"""
_DENY = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(65, 1, 0, 0, 0); os.chdir(sys.argv[1]);"
    " os.execv(sys.argv[2], sys.argv[2:])"
)


class Service:
    """The unit of the package in a Debian.

    :ivar told: what it has said to systemd, by line.
    """

    def __init__(self, debian: Debian) -> None:
        self.debian, self.told = debian, list[str]()
        self._process: subprocess.Popen[bytes] | None = None
        self._log = debian.path.with_name(f"{debian.path.name}.log")

    def start(self) -> None:
        """Check the configuration and start it, as systemd does; return when it says that it is ready."""
        self.told.clear()
        notified = self._listen()
        try:
            assert self._begun("ExecStartPre").wait(DEADLINE) == 0, self.log()
            self._process = self._begun("ExecStart")
            until = time.monotonic() + DEADLINE
            while "READY=1" not in self.told:
                assert self._process.poll() is None and time.monotonic() < until, f"not ready:\n{self.log()}"
                self._hear(notified)
        finally:
            notified.close()

    def refused(self) -> int:
        """Its exit status, where it does not start."""
        self._process = self._begun("ExecStart")
        status = self._process.wait(DEADLINE)
        self._process = None
        return status

    def stop(self) -> None:
        """As ``systemctl stop``; AssertionError where systemd would call that a failure."""
        assert self._process is not None
        notified = self._listen()
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(DEADLINE)
        self._hear(notified)
        notified.close()
        self._process = None
        # twistd dies of the signal that ended it, which is as good (SuccessExitStatus in systemd.service(5)).
        assert status in (0, -signal.SIGTERM), f"it ended with {status}:\n{self.log()}"

    def end(self) -> None:
        """Whatever it does, at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._log.unlink(missing_ok=True)

    def run(self, *words: str) -> str:
        """What a command says that an operator types beside it, as root."""
        assert self._process is not None
        net = ["nsenter", f"--net=/proc/{self._process.pid}/ns/net"]
        done = subprocess.run(
            [*net, *self.debian.command(*words)], env=ENVIRONMENT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}\n{self.log()}"
        return done.stdout

    def status(self) -> dict[str, str]:
        """What the kernel says of it."""
        assert self._process is not None
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}

    def log(self) -> str:
        """What it has written."""
        return self._log.read_text("utf-8")

    def _listen(self) -> socket.socket:
        path = self.debian.at(_NOTIFY)
        path.unlink(missing_ok=True)
        found = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        found.settimeout(0.2)
        found.bind(str(path))
        path.chmod(0o666)
        return found

    def _hear(self, notified: socket.socket) -> None:
        try:
            while True:
                self.told += notified.recv(4096).decode().splitlines()
        except TimeoutError:
            pass

    def _begun(self, key: str) -> subprocess.Popen[bytes]:
        unit = installed(self.debian.path)
        script = _BEGIN.format(
            root=self.debian.path,
            state=unit.one("WorkingDirectory"),
            umask=unit.one("UMask"),
            user=unit.one("User"),
            group=unit.one("Group"),
            deny=shlex.quote(_DENY),
            command=shlex.join([unit.one("WorkingDirectory"), *unit.command(key)]),
        )
        with open(self._log, "ab") as log:
            given: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            place = f"{os.fstat(log.fileno()).st_dev}:{os.fstat(log.fileno()).st_ino}"
            environment = _environment(unit) | {"JOURNAL_STREAM": place, "NOTIFY_SOCKET": _NOTIFY}
            return subprocess.Popen(
                ["unshare", "--net", "--mount", "sh", "-c", script], env=environment, **given
            )


def _environment(unit: Unit) -> dict[str, str]:
    """What systemd gives a service (systemd.exec(5))."""
    home, user = unit.one("WorkingDirectory"), unit.one("User")
    given = {
        "HOME": home,
        "STATE_DIRECTORY": home,
        "USER": user,
        "LOGNAME": user,
        "SHELL": "/usr/sbin/nologin",
    }
    return given | {"PATH": ENVIRONMENT["PATH"], "LANG": "C.UTF-8"}
