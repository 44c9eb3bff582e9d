"""Several nodes on one PostgreSQL: what one does the others know, what one leaves the others settle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import psycopg2
from twisted.internet import reactor
from twisted.internet.defer import DeferredList, ensureDeferred, gatherResults
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from acs.cwmp.definitions import Definition, Described
from acs.quirks.rules import Rule
from acs.session.recovery import recover
from acs.store.behind import BEHIND
from acs.store.building import networked_store
from acs.store.database import Row
from acs.store.dialect import HEARD_SECONDS, LEAST
from acs.store.interface import JobNotQueued, Query, StoreConflict, StoreUnavailable
from acs.store.postgresql.link import placeholders
from acs.store.postgresql.membership import GRACE
from acs.store.records import (
    Configuration,
    Device,
    Exchange,
    Job,
    JobState,
    Parameter,
    Profile,
    Session,
    SessionResult,
)
from acs.store.store import DurableStore
from acs.store.weighing import weighing_changed
from tests import only_with
from tests.store.contract.base import ShiftedClock, device
from tests.store.test_postgresql_contract import ready
from tests.support import postgres

WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
PID = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = {}"


async def _backend(line: Any) -> Any:
    """The server's process for a connection."""
    return await line.say("SELECT pg_backend_pid()")


class NodesCase(TestCase):
    """Two nodes over one database, with one secret key."""

    skip = postgres.SKIP or None
    timeout = 30

    async def setUp(self) -> None:
        self.clock = ShiftedClock()
        self.folder = Path(self.mktemp())
        self.name = postgres.database_for(self, ready())
        self.open: list[DurableStore] = []
        self.moved: list[tuple[int, str]] = []
        self.buried: list[int] = []
        self.one, self.two = await self.node("one"), await self.node("two")

    async def tearDown(self) -> None:
        for store in self.open:
            await store.close()

    async def node(self, name: str) -> DurableStore:
        url = postgres.shared().url(self.name)
        store = networked_store(reactor, self.clock, self.folder, url, name=name, address=f"{name}:1")  # type: ignore[arg-type]
        await store.open()
        store.watch(
            lambda device_id: self.moved.append((store.node, device_id)),
            lambda: self.buried.append(store.node),
        )
        self.open.append(store)
        return store

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds."""
        for _ in range(500):
            if holds():
                return
            await deferLater(reactor, 0.01)  # type: ignore[arg-type]
        self.fail("it never holds")

    async def known(self, store: DurableStore, device_id: str) -> Device:
        found = await store.device(device_id)
        assert found is not None
        return found

    async def both_know(self) -> str:
        """A device in the memory of both."""
        made = await self.one.add_device(device(1))
        await self.known(self.two, made.id)
        return made.id

    async def accept(self, store: DurableStore, device_id: str, rpc: str = "Reboot") -> Job:
        job = Job(store.new_id(), device_id, rpc, {"CommandKey": ""}, self.clock.seconds())
        return await store.add_job(job)

    def save(self, store: DurableStore, device_id: str, result: SessionResult = SessionResult.SUCCESS) -> int:
        now = self.clock.seconds()
        ended = None if result is SessionResult.OPEN else now
        session = Session(store.new_id(), started=now, ended=ended, device=device_id, result=result)
        store.save_session(session, [Exchange(1, "in", now)])
        return session.id


class WeighingTests(NodesCase):
    """What follows from devices and from what is wanted of them, where several nodes change both."""

    async def test_it_is_right_whatever_they_do_at_once(self) -> None:
        levels = [f"2026-11-{day}T00:00:00Z" for day in (11, 12, 13, 14)]
        devices = [
            await self.one.add_device(device(number, product_class=f"{number % 3}")) for number in range(30)
        ]
        changes: list[dict[str, Any]] = [{"tags": ("a",)}, {"tags": ()}, {"category": "x"}, {"category": ""}]
        changes += [{"current_config_level": level} for level in levels]
        chance = Random(1)

        async def change(store: DurableStore) -> None:
            for _ in range(100):
                one = chance.choice(devices).id
                await store.device(one)
                store.change_device(one, **chance.choice(changes))
                await store.committed()

        async def want(store: DurableStore) -> None:
            for number in range(20):
                scope, name = chance.choice([("all", "default"), ("tag", "a"), ("category", "x")])
                await store.put_configuration(Configuration(scope, name, levels[number % 4], {}))
                await store.put_profile(Profile("model", f"Acme/{number % 3}", "xy"[number % 2]))

        async def weigh(store: DurableStore) -> None:
            store._weighing.piece = 7
            for _ in range(20):
                await store._weighing.weigh()

        both = (self.one, self.two)
        await gatherResults([ensureDeferred(do(store)) for do in (change, want, weigh) for store in both])
        await self.one._weighing.weigh()
        below = await self.one._rows(f"SELECT key FROM devices d WHERE {BEHIND} ORDER BY key")
        self.assertEqual(below, await self.one._rows("SELECT device FROM below ORDER BY device"))
        self.assertEqual(
            await self.one._rows(
                "SELECT d.key, CASE WHEN d.category <> '' THEN d.category ELSE m.category END"
                " FROM devices d JOIN models m ON m.product_class = d.product_class ORDER BY 1"
            ),
            await self.one._rows("SELECT device, category FROM in_categories ORDER BY 1"),
        )

    async def test_what_changes_while_it_is_weighed_is_weighed_again(self) -> None:
        known = await self.one.add_device(device(1))
        level = "2026-11-11T00:00:00Z"
        await self.one.put_configuration(Configuration("all", "default", level, {}))
        await self.one._weighing.weigh()
        await self.known(self.two, known.id)
        for step in range(1, 4):
            self.two.change_device(known.id, current_config_level=f"2026-11-0{step}T00:00:00Z")
            await self.two.committed()
            with closing(psycopg2.connect(postgres.shared().url(self.name))) as connection:
                cursor = connection.cursor()
                for number, statement in enumerate(weighing_changed(known.key)):
                    if number == step:
                        self.two.change_device(known.id, current_config_level=level)
                        done = self.two.committed()
                        await deferLater(reactor, 0.1)  # type: ignore[arg-type]
                    cursor.execute(placeholders(statement.sql), statement.parameters)
                connection.commit()
            await done
            await self.one._weighing.weigh()
            self.assertEqual([], await self.one._rows("SELECT device FROM below"), step)


class MemoryTests(NodesCase):
    """A device in the memory of several."""

    async def test_each_has_a_number_of_its_own(self) -> None:
        self.assertEqual((0, 1), (self.one.node, self.two.node))
        numbers = {store.new_id() for store in (self.one, self.two) for _ in range(1000)}
        self.assertEqual(2000, len(numbers))

    async def test_a_device_whose_model_gets_another_category_at_that_moment_is_in_it(self) -> None:
        await self.one.put_profile(Profile("model", "Acme/Box", "silver"))
        await self.one.add_device(device(1))
        with closing(psycopg2.connect(postgres.shared().url(self.name))) as other, other.cursor() as cursor:
            cursor.execute("UPDATE models SET category = 'gold'")
            adding = ensureDeferred(self.one.add_device(device(2)))
            await self.until(lambda: postgres.shared().say(WAITING))
            other.commit()
        added = await adding
        found = await self.one.devices(Query({"category": "gold"}))
        self.assertEqual([added.id], [each.id for each in found.items])

    async def test_a_change_is_seen_by_the_others(self) -> None:
        known = await self.both_know()
        self.one.change_device(known, notes="new", tags=("a",))
        await self.one.committed()
        await self.until(lambda: not self.two.is_resident(known))
        found = await self.known(self.two, known)
        self.assertEqual(("new", ("a",)), (found.notes, found.tags))

    @only_with("dictionaries")
    @only_with("learnt")
    async def test_what_one_has_learnt_the_other_can_read(self) -> None:
        random = Random(5)
        letters = "".join(random.choices("abcdefghij<>/", k=1000))

        def said() -> int:
            body = f"{letters}{random.getrandbits(40)}".encode()
            saved = Session(id=self.one.new_id(), started=self.clock.seconds())
            self.one.save_session(saved, [Exchange(1, "in", 1.0, body=body)])
            return saved.id

        for _ in range(LEAST):
            said()
        self.assertTrue(await self.one.learn_dialect())
        self.clock.offset += HEARD_SECONDS
        await self.one._read_dictionaries()
        packed = said()
        await self.one.committed()
        await self.until(lambda: self.two._learnt)
        conversation = await self.two.conversation(packed)
        assert conversation is not None
        self.assertTrue(conversation[0].body.startswith(letters.encode()))
        self.assertEqual(10_000, self.one._vault._compression.packs)

    async def test_what_is_said_of_a_device_while_it_is_read_is_heard(self) -> None:
        made = await self.one.add_device(device(1))
        query, late = self.two._database.query, []

        async def answered_late(sql: str, parameters: Sequence[object]) -> list[Row]:
            rows = await query(sql, parameters)
            if not late and parameters == [made.id]:
                late.append(await self.accept(self.one, made.id))
                await self.until(lambda: made.id not in self.two._being_brought)
            return rows

        self.patch(
            self.two._database,
            "query",
            lambda sql, parameters=(): ensureDeferred(answered_late(sql, parameters)),
        )
        await self.known(self.two, made.id)
        self.assertEqual([job.id for job in late], [job.id for job in self.two.open_jobs(made.id)])

    async def test_rules_about_quirks_are_heard_of(self) -> None:
        added = tuple(await self.one.change_quirk_rules([Rule("no-attributes", device="x")]))
        await self.until(lambda: tuple(self.two.quirk_rules()) == added)
        await self.two.change_quirk_rules(remove=[added[0].id])
        await self.until(lambda: not self.one.quirk_rules())

    async def test_rules_are_read_anew_where_words_may_have_been_missed(self) -> None:
        number = self.two.node
        await self.two.beat()
        postgres.shared().say(PID.format(number), self.name)
        added = tuple(await self.one.change_quirk_rules([Rule("no-attributes", device="x")]))
        await self.until(lambda: tuple(self.two.quirk_rules()) == added)

    async def test_configurations_are_heard_of(self) -> None:
        first, second = (Configuration("tag", "a", str(level), {"b": level}) for level in range(2))
        await self.one.put_configuration(first)
        await self.until(lambda: tuple(self.two.shared_configurations()) == (first,))
        await self.two.put_configuration(second)
        await self.until(lambda: tuple(self.one.shared_configurations()) == (second,))
        await self.one.delete_configuration("tag", "a")
        await self.until(lambda: not self.two.shared_configurations())

    async def test_configurations_are_read_anew_where_words_may_have_been_missed(self) -> None:
        await self.two.beat()
        postgres.shared().say(PID.format(self.two.node), self.name)
        await self.one.put_configuration(Configuration("tag", "a", "1", {}))
        await self.until(lambda: self.two.shared_configurations())

    async def test_data_models_are_heard_of(self) -> None:
        first = Described("Device:2.0", False, (Definition("Device.A.", "Device:2.0"),))
        await self.one.put_data_models([first], 1.0, "")
        await self.until(lambda: [each.name for each in self.two.data_models()] == ["Device:2.0"])
        self.assertEqual({"Device.A.": first.definitions}, dict(await self.two.definitions_of(["Device.A."])))
        second = Described("Device:2.0", False, (Definition("Device.B.", "Device:2.0"),))
        await self.one.put_data_models([second], 2.0, "")
        await self.until(lambda: [each.imported for each in self.two.data_models()] == [2.0])
        self.assertEqual({}, dict(await self.two.definitions_of(["Device.A."])))
        await self.two.delete_data_model("Device:2.0")
        await self.until(lambda: not self.one.data_models())

    async def test_of_two_that_import_the_same_model_at_once_each_is_whole_or_refused(self) -> None:
        for number in range(5):
            described = [
                Described(
                    "Device:2.0",
                    False,
                    tuple(Definition(f"Device.{who}{n}.", "Device:2.0") for n in range(200)),
                )
                for who in "AB"
            ]
            putting = [
                ensureDeferred(store.put_data_models([each], float(number), ""))
                for store, each in zip((self.one, self.two), described, strict=True)
            ]
            outcomes = await DeferredList(putting, consumeErrors=True)
            self.assertTrue(any(good for good, _ in outcomes))
            for good, failure in outcomes:
                self.assertTrue(good or failure.check(StoreConflict))
            found = (await self.one.definitions(Query(limit=1000))).items
            self.assertIn(found, [tuple(sorted(d.definitions, key=lambda e: e.path)) for d in described])

    async def test_profiles_are_heard_of(self) -> None:
        first, second = (Profile("model", "A/B", category) for category in ("gold", "silver"))
        await self.one.put_profile(first)
        await self.until(lambda: tuple(self.two.shared_profiles()) == (first,))
        await self.two.put_profile(second)
        await self.until(lambda: tuple(self.one.shared_profiles()) == (second,))
        await self.one.delete_profile("model", "A/B")
        await self.until(lambda: not self.two.shared_profiles())

    async def test_a_device_s_own_configuration_is_heard_of(self) -> None:
        known = await self.both_know()
        resident = self.two.pin(known)
        for level in ("1", "2"):
            await self.one.put_configuration(Configuration("device", known, level, {"a": level}))
            await self.until(lambda level=level: resident.record.own_config_level == level)
            found = await self.two.configuration("device", known)
            self.assertEqual({"a": level}, found and found.parameters)
        await self.one.delete_configuration("device", known)
        await self.until(lambda: resident.record.own_config_level == "")
        self.assertIsNone(await self.two.configuration("device", known))

    async def test_whoever_changes_a_device_s_own_last_is_known_to_both(self) -> None:
        known = await self.both_know()
        for number in range(10):
            changing = [
                store.put_configuration(Configuration("device", known, f"{number}.{store.node}", {}))
                for store in (self.one, self.two)
            ]
            await gatherResults(list(map(ensureDeferred, changing)))
        kept = await self.one.configuration("device", known)
        assert kept is not None
        for store in (self.one, self.two):
            await deferLater(reactor, 0.05)  # type: ignore[arg-type]
            self.assertEqual(kept.level, (await self.known(store, known)).own_config_level)

    async def test_a_device_that_another_forgets_or_renames_has_no_configuration_left_behind(self) -> None:
        for number in range(10):
            known = (await self.one.add_device(device(number))).id
            await self.known(self.two, known)
            new = device(number, oui="AABBCC")
            going = self.one.rename_device(known, new) if number % 2 else self.one.delete_device(known)
            putting = ensureDeferred(self.two.put_configuration(Configuration("device", known, "1", {})))
            putting.addErrback(lambda failure: failure.trap(LookupError) and None)
            await gatherResults([ensureDeferred(going), putting])
        listed = (await self.one.configurations(Query())).items
        await deferLater(reactor, 0.05)  # type: ignore[arg-type]
        there = [each for each in (await self.one.devices(Query())).items if each.own_config_level]
        self.assertEqual({each.id for each in there}, {each.name for each in listed})

    async def test_one_that_is_in_a_session_is_read_anew_at_once(self) -> None:
        known = await self.both_know()
        resident = self.two.pin(known)
        job = await self.accept(self.one, known)
        self.one.change_device(known, notes="new")
        await self.until(lambda: resident.record.notes == "new")
        self.assertEqual([job], list(resident.jobs.values()))
        await self.two.send_job(job.id, 1.0, 17)
        await self.until(lambda: not self.one.is_resident(known))
        await self.known(self.one, known)
        self.assertEqual([JobState.SENT], [each.state for each in self.one.open_jobs(known)])

    async def test_changes_of_both_at_once_all_last(self) -> None:
        known = await self.both_know()
        for number in range(20):
            self.one.change_device(known, notes=str(number))
            self.two.change_device(known, category=str(number))
            await deferLater(reactor, 0.001 * (number % 3))  # type: ignore[arg-type]
        await self.one.committed()
        await self.two.committed()
        await self.until(lambda: not self.one.is_resident(known) or not self.two.is_resident(known))
        for store in (self.one, self.two):
            await deferLater(reactor, 0.05)  # type: ignore[arg-type]
            found = await self.known(store, known)
            self.assertEqual(("19", "19"), (found.notes, found.category))

    async def test_a_device_that_another_forgets_is_gone(self) -> None:
        known = await self.both_know()
        resident = self.two.pin(known)
        await self.one.delete_device(known)
        await self.until(lambda: resident.gone)
        self.assertIsNone(await self.two.device(known))

    async def test_a_device_that_another_renames_is_gone_by_its_old_name(self) -> None:
        known = await self.both_know()
        new = await self.one.rename_device(known, device(1, oui="AABBCC"))
        await self.until(lambda: not self.two.is_resident(known))
        self.assertIsNone(await self.two.device(known))
        self.assertEqual(new.key, (await self.known(self.two, new.id)).key)

    async def test_a_job_is_sent_by_one_alone(self) -> None:
        known = await self.both_know()
        for _ in range(10):
            job = await self.accept(self.one, known)
            await self.until(lambda: not self.two.is_resident(known))
            await self.known(self.two, known)
            sending = [
                ensureDeferred(self.one.send_job(job.id, 1.0, 17)),
                ensureDeferred(self.two.send_job(job.id, 1.0, 18)),
            ]
            sent = [each for each in await gatherResults(sending) if each]
            self.assertEqual(1, len(sent))
            for store in (self.one, self.two):
                await deferLater(reactor, 0.03)  # type: ignore[arg-type]
                await self.known(store, known)
                self.assertEqual([sent[0].session], [j.session for j in store.open_jobs(known)])
            self.one.change_job(job.id, state=JobState.DONE)
            await self.one.committed()

    async def test_parameters_that_another_has_kept_are_read_each_time(self) -> None:
        known = await self.both_know()
        for value in "abc":
            kept = {"a": Parameter("a", value, updated=1.0)}
            for writer, reader in ((self.one, self.two), (self.two, self.one)):
                await writer.keep_parameters(known, kept, 1.0)
                await writer.committed()
                self.assertEqual(kept, await reader.parameters(known))

    async def test_a_job_that_another_cancels_is_not_sent(self) -> None:
        known = await self.both_know()
        job = await self.accept(self.one, known)
        await self.until(lambda: not self.two.is_resident(known))
        await self.known(self.two, known)
        await self.one.cancel_job(job.id, 1.0)
        self.assertIsNone(await self.two.send_job(job.id, 1.0, 17) if self.two.open_jobs(known) else None)
        self.assertEqual((), self.two.open_jobs(known))

    async def test_a_job_that_another_has_sent_is_not_cancelled(self) -> None:
        known = await self.both_know()
        job = await self.accept(self.one, known)
        await self.until(lambda: not self.two.is_resident(known))
        await self.known(self.two, known)
        await self.two.send_job(job.id, 1.0, 17)
        with self.assertRaises(JobNotQueued):
            await self.one.cancel_job(job.id, 1.0)

    async def test_a_job_is_shown_as_another_has_left_it(self) -> None:
        known = await self.both_know()
        job = await self.accept(self.one, known)
        await self.until(lambda: not self.two.is_resident(known))
        await self.known(self.two, known)
        await self.one.send_job(job.id, 1.0, 17)
        await self.until(lambda: not self.two.is_resident(known))
        found = await self.two.job(job.id)
        assert found is not None
        self.assertEqual(JobState.SENT, found.state)
        await self.known(self.two, known)
        self.one.change_job(job.id, state=JobState.DONE)
        await self.until(lambda: not self.two.is_resident(known))
        await self.known(self.two, known)
        ended = await self.two.job(job.id)
        assert ended is not None
        self.assertEqual(JobState.DONE, ended.state)

    async def test_what_is_told_again_of_a_device_is_no_news(self) -> None:
        known = await self.both_know()
        when = self.one.pin(known).called + 1.0
        for _ in range(2):
            self.one._heard(f"{self.two.node} here {known} {when!r}")
        self.assertEqual([(0, known)], self.moved)

    async def test_a_device_that_calls_another_has_left(self) -> None:
        known = await self.both_know()
        first, second = self.one.pin(known), self.two.pin(known)
        for _ in range(3):
            await self.until(lambda: (first.home, second.home) == (1, 1))
            self.assertEqual([(0, known)], self.moved)
            self.moved.clear()
            self.one.pin(known)
            await self.until(lambda: (first.home, second.home) == (0, 0))
            self.assertEqual([(1, known)], self.moved)
            self.moved.clear()
            self.two.pin(known)

    async def test_the_newest_call_counts_whatever_is_heard_when(self) -> None:
        known = await self.both_know()
        first, second = self.one.pin(known), self.two.pin(known)
        await self.until(lambda: (first.home, second.home) == (1, 1))
        self.moved.clear()
        self.one._heard(f"1 here {known} {first.called - 1}")  # what was said before was late
        self.assertEqual(1, first.home)
        self.one.pin(known)
        self.one._heard(f"1 here {known} {first.called - 1}")
        self.assertEqual(0, first.home)
        await self.until(lambda: self.moved)
        self.assertEqual({(1, known)}, set(self.moved))

    async def test_in_the_steady_state_nobody_says_anything(self) -> None:
        known = await self.both_know()
        self.one.unpin(self.one.pin(known))
        await self.one.committed()
        self.one.unpin(self.one.pin(known))
        self.assertTrue(self.one.committed().called, "there is something to write")

    async def test_what_one_says_of_a_topic_the_others_hear_and_it_does_not(self) -> None:
        heard: list[tuple[int, str]] = []
        for store in self.open:
            store.listen("weather", lambda words, node=store.node: heard.append((node, words)))  # type: ignore[misc]
        self.one.tell("politics", "-")
        self.one.tell("weather", "rain, then  sun: 20 °C")
        await self.one.committed()
        await self.until(lambda: heard)
        self.assertEqual(heard, [(self.two.node, "rain, then  sun: 20 °C")])
        self.assertRaises(ValueError, self.one.tell, "weather", "x" * 7001)

    async def test_sessions_of_both_are_counted(self) -> None:
        known = await self.both_know()
        for store in (self.one, self.two, self.one):
            self.save(store, known)
        for store in (self.one, self.two):
            await store.devices(Query())
        counts = [each.inform_count for each in (await self.one.devices(Query())).items]
        self.assertEqual([3], counts)


class ConnectionTests(NodesCase):
    """A node that loses its connection, or its life."""

    def cut(self, store: DurableStore) -> None:
        postgres.shared().say(PID.format(store.node), self.name)

    async def kill(self, store: DurableStore) -> None:
        """Let it vanish without a word, as `kill -9` would."""
        self.open.remove(store)
        member = store._database._member  # type: ignore[attr-defined]
        member._left = True
        ((pid,),) = await member._link.do(_backend)
        await member._link.close()
        # Its lock is free when the server has noticed, and not before.
        other = self.open[0]._database
        while await other.query("SELECT 1 FROM pg_stat_activity WHERE pid = ?", (pid,)):
            await deferLater(reactor, 0.01)
        store._database._member = None  # type: ignore[attr-defined]
        store._groups._open.__init__()
        self.addCleanup(store.close)

    async def test_what_was_said_while_it_was_deaf_is_found_out(self) -> None:
        known = await self.both_know()
        self.cut(self.two)
        self.one.change_device(known, notes="new")
        await self.one.committed()
        await self.until(lambda: not self.two.is_resident(known))
        self.assertEqual("new", (await self.known(self.two, known)).notes)
        await self.two.beat()
        self.one.change_device(known, notes="newer")
        await self.until(lambda: not self.two.is_resident(known))

    async def test_who_may_have_called_elsewhere_while_it_was_deaf_is_told_of_when_he_calls(self) -> None:
        known = await self.both_know()
        first, second = self.one.pin(known), self.two.pin(known)
        await self.until(lambda: (first.home, second.home) == (1, 1))
        self.two.unpin(second)
        self.cut(self.two)
        self.one.pin(known)
        await self.one.committed()
        await self.until(lambda: not self.two.is_resident(known))
        await self.until_beating(self.two)
        self.moved.clear()
        await self.known(self.two, known)
        self.two.pin(known)
        await self.until(lambda: (0, known) in self.moved)

    async def test_it_keeps_its_number_when_it_comes_back(self) -> None:
        for _ in range(3):
            self.cut(self.two)
            await deferLater(reactor, 0.05)  # type: ignore[arg-type]
            await self.until_beating(self.two)
        self.assertEqual([], self.buried)
        self.assertEqual("two:1", self.two.address_of(1))

    async def until_beating(self, store: DurableStore) -> None:
        for _ in range(200):
            try:
                await store.beat()
                return
            except StoreUnavailable:
                await deferLater(reactor, 0.02)  # type: ignore[arg-type]

    async def test_a_node_that_starts_again_has_its_number_again(self) -> None:
        third = await self.node("three")
        await self.kill(self.two)
        again = await self.node("two")
        self.assertEqual((1, 2), (again.node, third.node))

    async def test_a_dead_one_is_buried_by_one_alone_and_all_it_left_is_settled(self) -> None:
        known = await self.both_know()
        job = await self.accept(self.two, known, "SetParameterValues")
        left = self.save(self.two, known, SessionResult.OPEN)
        await self.two.send_job(job.id, 1.0, left)
        ended = self.save(self.two, known)
        await self.two.committed()
        third = await self.node("three")
        self.assertEqual([], await self.one.beat())
        await self.kill(self.two)
        self.assertEqual([], await self.one.beat())
        self.clock.offset += GRACE + 1
        self.assertEqual([1], await self.one.beat())
        self.assertEqual([], await third.beat())
        self.assertEqual([1], await self.one.beat())
        self.assertEqual(1, await recover(self.one, self.clock.seconds(), 1))
        await self.one.bury(1)
        self.assertEqual([], await self.one.beat())
        found = await self.one.session(left)
        assert found is not None
        self.assertEqual((SessionResult.FAILED, "the appliance stopped"), (found.result, found.failure))
        self.assertEqual([JobState.QUEUED], [each.state for each in self.one.open_jobs(known)])
        listed = await third.sessions(Query({"device": known}))
        self.assertEqual([ended, left], [each.id for each in listed.items])
        (seen,) = (await third.devices(Query())).items
        self.assertEqual(2, seen.inform_count)
        await third.beat()
        self.assertEqual("", third.address_of(1))

    async def test_one_that_was_taken_for_dead_must_end(self) -> None:
        await self.kill(self.two)
        self.clock.offset += GRACE + 1
        await self.one.beat()
        await self.one.bury(1)
        self.assertEqual([], self.buried)
        postgres.shared().say("DELETE FROM nodes WHERE number = 0", self.name)
        await self.one.beat()
        self.assertEqual([0], self.buried)

    async def test_what_no_node_owns_up_to_is_settled_too(self) -> None:
        known = await self.both_know()
        orphan = self.save(self.two, known, SessionResult.OPEN)
        await self.two.committed()
        third = await self.node("three")
        await self.kill(self.two)
        postgres.shared().say("DELETE FROM nodes WHERE number = 1", self.name)
        await self.kill(third)
        again = await self.node("three")
        self.assertEqual(2, again.node)
        self.assertEqual([1], await again.beat())
        await again.bury(1)
        found = await again.session(orphan)
        assert found is not None
        self.assertEqual(SessionResult.FAILED, found.result)
