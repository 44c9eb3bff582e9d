"""A Debian with systemd as its first process, in namespaces of its own."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.packaging import roots
from tests.packaging.roots import ENVIRONMENT, Debian

DEADLINE = 90.0
_BEGIN = """
set -e
ip link set lo up
mount --bind {root} {root}
cd {root}
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot . /lib/systemd/systemd --log-target=null
"""
_APART = (
    "unshare",
    "--mount",
    "--pid",
    "--net",
    "--uts",
    "--ipc",
    "--cgroup",
    "--fork",
    "--kill-child",
    "sh",
    "-c",
)
_UNWANTED = (
    "systemd-networkd",
    "systemd-resolved",
    "systemd-timesyncd",
    "systemd-logind",
    "systemd-udevd",
    "systemd-modules-load",
    "console-getty",
)


def skip() -> str | None:
    """Why none can be booted here: that is the kernel's to allow, and not a program that is missing."""
    if why := roots.skip():
        return why
    probe = [*_APART, "mount -t sysfs sysfs /sys && mount -t cgroup2 cgroup2 /sys/fs/cgroup"]
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    return (
        f"systemd gets no control groups of its own here: {done.stderr.strip()}" if done.returncode else None
    )


@cache
def bootable(installed: Callable[[], Debian]) -> Debian:
    """One with the package, and systemd too, which nobody changes."""
    found = installed().copy()
    found.run("apt-get", "install", "-y", "--no-install-recommends", "systemd", "systemd-sysv", "dbus")
    for name in _UNWANTED:
        found.run("systemctl", "mask", f"{name}.service")
    return found


class Booted:
    """One that runs."""

    def __init__(self, debian: Debian) -> None:
        self.debian = debian
        self._process = subprocess.Popen(
            [*_APART, _BEGIN.format(root=debian.path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.wait_for("is-system-running", "running")

    @property
    def pid(self) -> int:
        """systemd's, as this machine numbers it."""
        parent = self._process.pid
        return int(Path(f"/proc/{parent}/task/{parent}/children").read_text().split()[0])

    def tried(self, *words: str) -> tuple[int, str]:
        """How a command within it ends, with what it says."""
        apart = ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup"]
        done = subprocess.run(
            [*apart, *self.debian.command(*words)],
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout if done.returncode == 0 else done.stdout + done.stderr

    def run(self, *words: str) -> str:
        """What it says; AssertionError where it fails."""
        status, said = self.tried(*words)
        assert status == 0, (
            f"{words} ended with {status}:\n{said}\n{self.tried('journalctl', '--no-pager')[1]}"
        )
        return said

    def wait_for(self, question: str, answer: str) -> None:
        """Ask systemctl until it says that."""
        until, said = time.monotonic() + DEADLINE, ""
        while said != answer:
            assert time.monotonic() < until and self._process.poll() is None, f"{question}: {said}"
            try:
                said = self.tried("systemctl", *question.split())[1].strip()
            except (IndexError, FileNotFoundError):  # it has not forked yet
                said = ""
            time.sleep(0.1)

    def shown(self, name: str) -> str:
        """A property of the service."""
        return self.run("systemctl", "show", "acs", "--value", f"--property={name}").strip()

    def end(self) -> None:
        """Away with all its processes."""
        self._process.kill()
        self._process.wait()
