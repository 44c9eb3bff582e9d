"""A PostgreSQL of the tests' own: a cluster in a temporary folder, on a free port."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import unittest
from functools import cache
from itertools import count
from pathlib import Path

import psycopg2

from tests.support import leaks
from tests.support.ports import free_port

_NUMBERS = count(1)
_DONE_WITH: list[str] = []
_MEMORY = Path("/dev/shm")
_ROOM = 1 << 30
_PROGRAMS = Path("/usr/lib/postgresql")


@cache
def programs() -> Path | None:
    """The folder of ``initdb`` and ``pg_ctl``: the newest of Debian's, or what is on the path."""
    for folder in sorted(_PROGRAMS.glob("*/bin"), key=lambda path: -int(path.parent.name)):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).parent if found else None


SKIP = "" if programs() else "PostgreSQL's server is not installed"


class Cluster:
    """One server.  `start`, `stop` and `kill` as often as wanted; the data stays until `remove`.

    It lies in memory where there is room, and does not wait for the disk unless its settings say so: what
    ends is the server, never the machine.  With ``on_disk`` it lies where files do.
    """

    def __init__(self, *settings: str, on_disk: bool = False) -> None:
        self.folder = _new_folder(on_disk)
        self._kept = leaks.kept("postgresql")
        self.port = free_port()
        self._settings = ("fsync=off", *settings)
        self._user = _other_user()
        if self._user:
            shutil.chown(self.folder, self._user)
        _run_as(self._user, self.folder, "cp", "-a", str(_initialised() / "data"), str(self.data))

    @property
    def data(self) -> Path:
        """The cluster's data directory."""
        return self.folder / "data"

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        options = [
            f"-c port={self.port}",
            "-c listen_addresses=127.0.0.1",
            f"-c unix_socket_directories={self.folder}",
            # As docs/security.rst has it: a statement that fails holds what a hook asked with.
            "-c log_min_error_statement=panic",
        ]
        options += [f"-c {setting}" for setting in self._settings]
        log = self.folder / "log"
        self._control("-w", "-l", str(log), "-o", " ".join(options), "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: "fast" cuts the connections, "immediate" is a crash."""
        self._control("-w", "-m", mode, "stop")

    def freeze(self) -> None:
        """Have all its processes stand still, as they do on a machine that hangs."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, what: signal.Signals) -> None:
        first = int((self.data / "postmaster.pid").read_text().split("\n")[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        for pid in (first, *map(int, children)):
            os.kill(pid, what)

    def remove(self) -> None:
        """Stop it where it runs, and remove all of it."""
        if (self.data / "postmaster.pid").exists():
            self.stop("immediate")
        if (log := self.folder / "log").exists():
            leaks.keep(log.read_text("utf-8", "replace"), self._kept)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://acs@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "template0") -> str:
        """Make a database, whose name is returned."""
        name = f"test_{next(_NUMBERS)}"
        self.say(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.say(f"DROP DATABASE {name} WITH (FORCE)")

    def say(self, sql: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Say something to it, blocking; returns the rows."""
        connection = psycopg2.connect(self.url(database))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def _control(self, *arguments: str) -> None:
        _run_as(self._user, self.folder, _program("pg_ctl"), "-D", str(self.data), *arguments)


@cache
def _initialised() -> Path:
    """A folder with the data of a cluster that has just been made, which all are copies of."""
    folder, user = _new_folder(), _other_user()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if user:
        shutil.chown(folder, user)
    how = ["-A", "trust", "-U", "acs", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"]
    _run_as(user, folder, _program("initdb"), "-D", str(folder / "data"), *how)
    return folder


def _new_folder(on_disk: bool = False) -> Path:
    """A folder of its own: in memory, if some clusters and what they keep for a crash have room there."""
    memory = None
    if not on_disk and os.access(_MEMORY, os.W_OK):
        found = os.statvfs(_MEMORY)
        memory = _MEMORY if found.f_bavail * found.f_frsize >= _ROOM else None
    return Path(tempfile.mkdtemp(prefix="acs-postgres-", dir=memory))


def _program(name: str) -> str:
    folder = programs()
    assert folder is not None, SKIP
    return str(folder / name)


def _run_as(name: str, folder: Path, *command: str) -> None:
    """Run a program to its end, as the user of this name where there is one."""
    user = {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []} if name else {}
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
        **user,
    )
    assert done.returncode == 0, done.stdout


def _other_user() -> str:
    """Who is to run the server: it refuses to be root."""
    if os.geteuid() != 0:
        return ""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise AssertionError("no user to run PostgreSQL as")


@cache
def shared() -> Cluster:
    """The cluster for tests that want nothing but databases.

    Nobody vacuums there: it would be a process for each of many databases in turn.
    """
    cluster = Cluster("max_connections=100", "autovacuum=off", "max_wal_size=128MB")
    atexit.register(cluster.remove)
    cluster.start()
    return cluster


def database_for(test: unittest.TestCase, template: str = "template0") -> str:
    """The name of a new database there, which is dropped when the next is made after the test.

    Hundreds of them would be gigabytes.  It is not dropped as a cleanup: those come before the test's
    `tearDown`, which needs it.
    """
    while _DONE_WITH:
        shared().drop(_DONE_WITH.pop())
    name = shared().new_database(template)
    test.addCleanup(_DONE_WITH.append, name)
    return name
