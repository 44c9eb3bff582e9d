"""The processes that are measured, with what each of them used.

They are the appliance, what it is compared with, a PostgreSQL server.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.postgres import SKIP, Cluster

if TYPE_CHECKING:
    from acs.ctl.api import Api

STORES = ("sqlite", "postgresql")
_CONFIGURATION = """
state_dir = "state"
[[cwmp]]
endpoint = "tcp:0:interface=127.0.0.1"
{listener}
[console]
endpoint = "tcp:0:interface=127.0.0.1"
[files]
http = ""
tftp = ""
[log]
level = "warn"
[limits]
informs = {{ count = 1000000, seconds = 900 }}
{more}
"""
SECOND = '[[cwmp]]\nname = "second"\nendpoint = "tcp:0:interface=127.0.0.1"\n'
_LAST_WORDS = 4000
_TICK = os.sysconf("SC_CLK_TCK")


def configuration(url: str = "", more: str = "", listener: str = "") -> str:
    """The appliance's, with its store at that URL, more lines of its limits, and of another listener."""
    store = f'[store]\nurl = "{url}"\n' if url else ""
    listener = listener and SECOND + listener
    return _CONFIGURATION.format(listener=listener, more=more + store)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: its process, the port that devices call, the appliance's console, and another port
    for devices where it has one."""

    process: subprocess.Popen[str]
    port: int
    console: int = 0
    second: int = 0

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self.process.pid

    @property
    def other(self) -> Server:
        """The same by its second port."""
        return replace(self, port=self.second)

    def cpu(self) -> float:
        """Seconds of CPU that it has used, with the processes that it has started."""
        return cpu_of_all(self.pid)

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(60)


def cpu_of(pid: int) -> float:
    """Seconds of CPU that all threads of a process have used."""
    total = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        total += int((thread / "schedstat").read_text().split()[0])
    return total / 1e9


def cpu_of_all(pid: int) -> float:
    """Seconds of CPU of a process and its children."""
    return sum(map(cpu_of, (pid, *children_of(pid))))


def resident(pid: int) -> int:
    """Bytes of memory that a process holds and that are its own."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["RssAnon"].split()[0]) * 1024


class Postgres:
    """A PostgreSQL server of the benchmark's own, as careful with the disk as one is by itself."""

    def __init__(self, *settings: str) -> None:
        if SKIP:
            raise SystemExit(SKIP)
        self.cluster = Cluster(
            "fsync=on", "synchronous_commit=on", "max_wal_size=4GB", *settings, on_disk=True
        )
        self.cluster.start()

    def url(self) -> str:
        """The URL of a new database in it."""
        return self.cluster.url(self.cluster.new_database())

    @property
    def pid(self) -> int:
        """The number of the process that has started all others."""
        return int((self.cluster.data / "postmaster.pid").read_text().split("\n")[0])

    def cpu(self) -> float:
        """Seconds of CPU that all its processes have used, those that ended too."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        ended = (int(fields[13]) + int(fields[14])) / _TICK
        return ended + sum(map(_cpu_if_there, (self.pid, *children_of(self.pid))))

    def kill(self) -> None:
        """All its processes at once, as a machine that loses its power; `Cluster.start` has it back."""
        first = self.pid
        os.kill(first, signal.SIGSTOP)  # so that it makes no more of them
        pids = (first, *children_of(first))
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + 10
        while any(map(_runs, pids)) and time.monotonic() < until:
            time.sleep(0.01)
        # Where nobody reaps the dead, its number looks alive to the next one.
        (self.cluster.data / "postmaster.pid").unlink()
        for lock in self.cluster.folder.glob(".s.PGSQL.*.lock"):
            lock.unlink()

    def remove(self) -> None:
        """Stop it, and remove all of it."""
        self.cluster.remove()


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def _cpu_if_there(pid: int) -> float:
    try:
        return cpu_of(pid)
    except FileNotFoundError:
        return 0.0


@contextmanager
def database(store: str, *settings: str) -> Iterator[Postgres | None]:
    """A PostgreSQL server, where the store is to be on one."""
    server = Postgres(*settings) if store == "postgresql" else None
    try:
        yield server
    finally:
        if server is not None:
            server.remove()


@contextmanager
def site(module: str, *arguments: object) -> Iterator[Server]:
    """A program of this folder that serves, and tells first on which port."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    server = Server(process, int(process.stdout.readline()))
    try:
        yield server
    finally:
        server.stop()


def bare_site() -> AbstractContextManager[Server]:
    """The baseline of most: twisted.web with constants."""
    return site("bare_site")


@contextmanager
def appliance(folder: Path, url: str = "", more: str = "", listener: str = "") -> Iterator[Server]:
    """The appliance with its state in that folder; the rest is as for `configuration`."""
    server = start_appliance(folder, url, more, listener=listener)
    try:
        yield server
    finally:
        server.stop()


def start_appliance(
    folder: Path, url: str = "", more: str = "", log: Path | None = None, listener: str = ""
) -> Server:
    """The same for who stops it himself."""
    process = launch_appliance(folder, url, more, log, listener)
    assert process.stdout is not None
    ports: dict[str, list[int]] = {}
    for line in process.stdout:
        words = line.split()
        if words and words[0] in ("port", "console"):
            ports[words[0]] = list(map(int, words[1:]))
        if len(ports) == 2:
            return Server(process, ports["port"][0], ports["console"][0], ports["port"][-1])
    said = log.read_text()[-_LAST_WORDS:] if log else "its log is above"
    raise SystemExit(f"the appliance did not start, but ended with {process.wait()}:\n{said}")


def launch_appliance(
    folder: Path, url: str = "", more: str = "", log: Path | None = None, listener: str = ""
) -> subprocess.Popen[str]:
    """Its process, which may not be ready yet."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "acs.toml").write_text(configuration(url, more, listener))
    command = [sys.executable, "-m", "benchmarks.appliance", str(folder / "acs.toml")]
    if log is None:
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with log.open("ab") as file:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=file, text=True)


def api_of(server: Server, folder: Path) -> Api:
    """The API of the appliance that runs in a folder, as acsctl beside it may use it."""
    from acs.ctl.api import Api  # all of acsctl comes with it, which takes as long as to start a benchmark

    token = (folder / "state" / "acsctl.token").read_text().strip()
    return Api(f"http://127.0.0.1:{server.console}", token, proxies={})


def kill(process: subprocess.Popen[str]) -> None:
    """End it at once, without a word."""
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
