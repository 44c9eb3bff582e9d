"""The appliance under its load: how it is started, and what can be seen of it from outside."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.request import ProxyHandler, build_opener

import psycopg2

from benchmarks.processes import Server, resident
from benchmarks.soak.work import IMAGE
from tests.support.ports import free_port

IMAGE_SIZE = 65_536
PATIENCE = 60.0
_CONFIGURATION = """
state_dir = "state"
[[cwmp]]
endpoint = "tcp:0:interface=127.0.0.1"
[console]
endpoint = "tcp:0:interface=127.0.0.1"
open_metrics = true
[files]
http = "tcp:{files}:interface=127.0.0.1"
tftp = ""
[wake]
allow_networks = ["127.0.0.0/8"]
devices_per_second = 1000
devices_per_network = 1000
[log]
level = "warn"
[limits]
session_seconds = 10
idle_seconds = 10
informs = {{ count = 1000000, seconds = 900 }}
{store}
"""
_NUMBER = re.compile(r"^(acs_\w+)(\{[^}]*\})? ([0-9.eE+-]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Forgetting:
    """What is older than ``keep`` goes each ``every``, and segment files have a ``day``; all in seconds."""

    keep: float
    every: float
    day: float


@contextmanager
def serving(folder: Path, url: str, forgetting: Forgetting) -> Iterator[Server]:
    """The appliance with its state in that folder, and its log in `log_of`."""
    image = folder / "state" / "firmware" / IMAGE
    image.parent.mkdir(parents=True, exist_ok=True)
    if not image.exists():
        image.write_bytes(Random(1).randbytes(IMAGE_SIZE))
    store = f'[store]\nurl = "{url}"\n' if url else ""
    (folder / "acs.toml").write_text(_CONFIGURATION.format(files=free_port(), store=store))
    times = forgetting.keep, forgetting.every, forgetting.day
    command = [sys.executable, "-m", "benchmarks.soak.appliance", str(folder / "acs.toml"), *map(str, times)]
    with log_of(folder).open("ab") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    try:
        ports = dict(line.split() for line in (process.stdout.readline() for _ in range(2)) if line)
        if len(ports) < 2:
            raise SystemExit(f"the appliance did not start: {log_of(folder).read_text()[-4000:]}")
        yield Server(process, int(ports["main"]), int(ports["console"]))
    finally:
        process.terminate()
        process.wait(PATIENCE)
        process.stdout.close()


def log_of(folder: Path) -> Path:
    """Where it logs, in all pieces."""
    return folder / "appliance.log"


def errors_in(log: Path) -> int:
    """How many tracebacks it holds."""
    with log.open(errors="replace") as lines:
        return sum("Traceback (most recent" in line for line in lines)


class Seen:
    """What changes from one look to the next."""

    def __init__(self, server: Server, folder: Path, url: str) -> None:
        self._server, self._folder, self._url = server, folder, url
        self._metrics_at = f"http://127.0.0.1:{server.console}/metrics"
        self._opener = build_opener(ProxyHandler({}))
        self._cpu, self._time = server.cpu(), time.perf_counter()
        self._commits = 0.0, 0.0

    def look(self) -> dict[str, object]:
        """Its memory, CPU, files, and what its numbers say."""
        numbers = self._numbers()
        cpu, now = self._server.cpu(), time.perf_counter()
        share = (cpu - self._cpu) / (now - self._time)
        self._cpu, self._time = cpu, now
        spent, count = numbers["acs_store_commit_seconds_sum"], numbers["acs_store_commit_seconds_count"]
        commits = (spent - self._commits[0]) / max(count - self._commits[1], 1)
        self._commits = spent, count
        return {
            "time": time.time(),
            "resident": resident(self._server.pid),
            "cpu": share,
            "database": self._database(),
            "segments": _size(self._folder / "state" / "archive"),
            "open": numbers["acs_open_sessions"],
            "commit": commits,
            "jobs": numbers.get("acs_open_jobs", 0.0),
            "errors": errors_in(log_of(self._folder)),
        }

    def _numbers(self) -> dict[str, float]:
        """Each of its numbers, whatever its labels."""
        found: dict[str, float] = {}
        with self._opener.open(self._metrics_at, timeout=PATIENCE) as answer:
            for name, _, number in _NUMBER.findall(answer.read().decode()):
                found[name] = found.get(name, 0.0) + float(number)
        return found

    def _database(self) -> int:
        if not self._url:
            return sum(path.stat().st_size for path in (self._folder / "state").glob("acs.sqlite*"))
        connection = psycopg2.connect(self._url)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_database_size(current_database())")
                ((size,),) = cursor.fetchall()
            return int(size)
        finally:
            connection.close()


def _size(folder: Path) -> int:
    total = 0
    for path in folder.glob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue  # it was old enough
    return total
