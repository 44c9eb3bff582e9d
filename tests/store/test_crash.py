"""`kill -9` at any moment: all that was said to be on disk is there."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path
from random import Random

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from acs.store.building import store_at
from acs.store.interface import Query
from acs.store.records import SessionResult
from acs.store.store import DurableStore
from tests.store.test_postgresql_contract import template
from tests.support import postgres
from tests.support.forking import run

# Lives as hard as it can, and says what it was told to be on disk.
LIFE = """
import sys
from pathlib import Path
from random import Random
from twisted.internet import reactor, task
from twisted.internet.defer import Deferred, ensureDeferred, gatherResults
from acs.store.building import store_at
from acs.store.records import Device, Exchange, Job, JobState, Parameter, Session, SessionResult

def say(*words):
    print(*words, flush=True)

async def live(store, number, random):
    id = f"A-B-{number}"
    device = await store.device(id) or await store.add_device(Device(id, "Acme", "A", "B", str(number)))
    say("device", id)
    while True:
        session = store.new_id()
        job = await store.add_job(Job(store.new_id(), id, "Reboot", {"CommandKey": str(session)}, 1.0))
        say("job", job.id, "queued")
        messages = [Exchange(1, "in", 1.0, body=random.randbytes(random.choice((100, 9000))))]
        store.save_session(Session(session, reactor.seconds(), id, result=SessionResult.OPEN), messages)
        store.change_job(job.id, state=JobState.SENT, session=session)
        await store.committed()
        say("job", job.id, "sent")
        say("open", session, len(messages[0].body))
        count = (int(store.resident(id).notes or "0")) + 1
        store.change_device(id, notes=str(count))
        await store.keep_parameters(id, {"a": Parameter("a", str(count))}, 1.0)
        store.change_job(job.id, state=JobState.DONE)
        store.save_session(Session(session, reactor.seconds(), id, result=SessionResult.SUCCESS), messages)
        await store.committed()
        say("job", job.id, "done")
        say("ended", session, len(messages[0].body))
        say("notes", id, count)

async def main(reactor):
    store = store_at(sys.argv[3], reactor, reactor, Path(sys.argv[1]))
    await store.open()
    random = Random(int(sys.argv[2]))
    await gatherResults([ensureDeferred(live(store, number, random)) for number in range(8)])

task.react(lambda reactor: ensureDeferred(main(reactor)))
"""
ROUNDS = 6
ENOUGH = 50
"""So much has to be said to be on disk, however slow the machine is: there are more rounds until it is."""


class CrashTests(TestCase):
    """The same folder, killed again and again."""

    timeout = 60
    url = "sqlite"

    async def test_what_was_said_to_be_on_disk_is_there(self) -> None:
        self.folder = Path(self.mktemp())
        random = Random(7)
        state: dict[tuple[str, str], str] = {}
        for number in count():
            if number >= ROUNDS and len(state) > ENOUGH:
                break
            for line in await self.kill(number, 0.02 + random.random() * 0.4):
                words = line.split()
                kind = "session" if words[0] in ("open", "ended") else words[0]
                state[kind, words[1]] = " ".join([words[0], *words[2:]])
            self.check_file()
            await self.check(state)

    async def kill(self, seed: int, seconds: float) -> list[str]:
        """What a child said in so many seconds, in whole lines."""
        words = ["-c", LIFE, str(self.folder), str(seed), self.url]
        ended = await deferToThread(run, words, Path.cwd(), killed_after=seconds)
        self.assertEqual((-signal.SIGKILL, b""), (ended.returncode, ended.stderr))
        return [line for line in ended.stdout.decode().splitlines(keepends=True) if line.endswith("\n")]

    def check_file(self) -> None:
        with closing(sqlite3.connect(self.folder / "acs.sqlite")) as connection:
            self.assertEqual([("ok",)], connection.execute("PRAGMA integrity_check").fetchall())

    async def check(self, state: dict[tuple[str, str], str]) -> None:
        """The store, opened again, has what was said, or something later."""
        store = store_at(self.url, reactor, reactor, self.folder)  # type: ignore[arg-type]
        await store.open()
        checks = {"device": self.check_device, "job": self.check_job, "session": self.check_session}
        await gatherResults(
            Deferred.fromCoroutine(checks[kind](store, name, said))
            for (kind, name), said in state.items()
            if kind in checks
        )
        for (kind, name), said in state.items():
            if kind == "notes":
                await self.check_notes(store, name, int(said.split()[1]))
        for device in (await store.devices(Query())).items:
            sessions = await store.sessions(Query({"device": device.id}, limit=1000))
            self.assertEqual(len(sessions.items), device.inform_count)
            self.assertNotIn(SessionResult.OPEN, {session.result for session in sessions.items})
        await store.close()

    async def check_device(self, store: DurableStore, name: str, said: str) -> None:
        self.assertIsNotNone(await store.device(name))

    async def check_job(self, store: DurableStore, name: str, said: str) -> None:
        job = await store.job(int(name))
        assert job is not None, name
        order = ["queued", "sent", "done"]
        self.assertGreaterEqual(order.index(job.state.value), order.index(said.split()[1]))

    async def check_session(self, store: DurableStore, name: str, said: str) -> None:
        what, size = said.split()
        session = await store.session(int(name))
        assert session is not None, name
        if what == "ended":
            self.assertEqual(SessionResult.SUCCESS, session.result)
        messages = await store.conversation(int(name))
        assert messages is not None, name
        self.assertEqual([int(size)], [len(message.body) for message in messages])

    async def check_notes(self, store: DurableStore, name: str, count: int) -> None:
        device = await store.device(name)
        assert device is not None, name
        self.assertGreaterEqual(int(device.notes), count)
        value = (await store.parameters(name))["a"].value
        self.assertGreaterEqual(int(value or "0"), count)


class PostgresqlCrashTests(CrashTests):
    """The same database."""

    skip = postgres.SKIP or None

    def setUp(self) -> None:
        self.url = postgres.shared().url(postgres.database_for(self, template()))

    def check_file(self) -> None:
        """The server has its own."""
