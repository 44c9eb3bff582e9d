"""The appliance's numbers, for Prometheus."""

from __future__ import annotations

from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from twisted.internet import reactor
from twisted.internet.task import Clock

from acs.cwmp import messages as m
from acs.session.sessions import MAX_REFUSALS
from acs.store.interface import Query
from acs.store.records import Count, Exchange, JobState, Role
from acs.store.records.wakes import Wake, WakeOutcome
from acs.web.site import make_site
from acs.web.telling import metrics
from acs.web.telling.metrics import COUNTED_EVERY, FRESH, TOLD_EVERY, TOPIC, Metrics, by_firmware
from acs.web.telling.watch import Watch
from tests.store.test_nodes import NodesCase
from tests.support.cases import WorldCase
from tests.web.cases import AIRTIES, NOON, ROUTER, ApiCase
from tests.web.client import Client
from tests.web.listening import until
from tests.web.numbers import read


def woken(outcome: WakeOutcome, method: str = "http") -> Wake:
    """A device was called."""
    return Wake(1, AIRTIES.id, NOON, 0.5, method, outcome)


class ReadingTests(ApiCase):
    async def numbers(self) -> dict[str, float]:
        response = await self.ask("GET", "/metrics", role=Role.VIEWER)
        self.assertEqual(200, response.status)
        return read(response.body)

    async def test_they_are_in_the_text_format_of_prometheus(self) -> None:
        response = await self.ask("GET", "/metrics", role=Role.VIEWER)
        self.assertEqual("text/plain; version=0.0.4; charset=utf-8", response.headers["Content-Type"])
        families = {each.name: each for each in text_string_to_metric_families(response.body.decode())}
        kinds = {"acs_sessions": "counter", "acs_devices": "gauge", "acs_store_commit_seconds": "histogram"}
        self.assertEqual(kinds, {name: families[name].type for name in kinds})
        self.assertTrue(all(each.documentation for each in families.values()))

    async def test_a_token_is_needed_unless_the_configuration_says_otherwise(self) -> None:
        await self.assert_refused(401, "GET", "/metrics", role=None)
        watch = Watch(self.store, self.clock, open_metrics=True)
        site = make_site(store=self.store, clock=self.clock, reactor=reactor, version="1.0", watch=watch)
        self.client = Client(site)
        self.assertEqual(200, (await self.ask("GET", "/metrics", role=None)).status)
        await self.assert_refused(401, "GET", "/api/v1/devices", role=None)

    async def test_devices_and_open_jobs_are_those_of_the_database(self) -> None:
        await self.store.add_device(ROUTER)
        await self.job("Reboot")
        numbers = await self.numbers()
        self.assertEqual(1, numbers['acs_devices{model="AirTies/Air4920DK-WA",software_version="2.59.1.8"}'])
        self.assertEqual(1, numbers['acs_devices{model="2Wire/Router",software_version=""}'])
        self.assertEqual(1, numbers['acs_open_jobs{state="queued"}'])
        self.assertEqual(0, numbers['acs_open_jobs{state="sent"}'])

    async def test_those_are_counted_now_and_then_however_often_they_are_read(self) -> None:
        await self.numbers()
        await self.job("Reboot")
        self.assertEqual(0, (await self.numbers())['acs_open_jobs{state="queued"}'])
        self.clock.advance(COUNTED_EVERY)
        self.assertEqual(1, (await self.numbers())['acs_open_jobs{state="queued"}'])

    async def test_jobs_are_counted_in_each_state_that_they_come_to(self) -> None:
        job = await self.job("Reboot")
        await self.store.send_job(job.id, self.clock.seconds(), self.store.new_id())
        self.store.change_job(job.id, result={})
        self.store.change_job(job.id, state=JobState.DONE, ended=self.clock.seconds())
        numbers = await self.numbers()
        for state in ("queued", "sent", "done"):
            self.assertEqual(1, numbers[f'acs_jobs_total{{state="{state}",worker="0"}}'], state)

    async def test_how_long_the_store_takes_is_measured(self) -> None:
        before = (await self.numbers())['acs_store_commit_seconds_count{worker="0"}']
        await self.store.check()
        self.assertGreater((await self.numbers())['acs_store_commit_seconds_count{worker="0"}'], before)

    async def test_without_the_database_there_are_those_of_the_process(self) -> None:
        watch = Watch(self.store, self.clock, open_metrics=True)
        watch.metrics.woken(woken(WakeOutcome.INFORMED))
        watch.metrics.woken(woken(WakeOutcome.IMPOSSIBLE, ""))
        await self.lose_store()
        numbers = read(await watch.metrics.text())
        self.assertEqual(1, numbers['acs_wakes_total{method="http",outcome="informed",worker="0"}'])
        self.assertEqual(1, numbers['acs_wakes_total{method="none",outcome="impossible",worker="0"}'])
        self.assertEqual([], [name for name in numbers if name.startswith("acs_devices")])


class CountingTests(WorldCase):
    async def numbers(self) -> dict[str, float]:
        return read(await self.world.watch.metrics.text())

    async def test_sessions_are_counted_with_what_was_said_in_them(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        self.world.pass_time(1)
        await cpe.call_in()
        numbers = await self.numbers()
        expected: dict[str, Any] = {
            'acs_sessions_total{result="success",worker="0"}': 1,
            'acs_session_duration_seconds_count{worker="0"}': 1,
            'acs_open_sessions{worker="0"}': 1,
            'acs_rpcs_total{direction="in",rpc="Inform",worker="0"}': 1,
            'acs_rpcs_total{direction="out",rpc="GetParameterNames",worker="0"}': 1,
        }
        self.assertEqual(expected, {name: numbers.get(name) for name in expected})
        session = (await self.world.store.sessions(Query({"result": "success"}))).items[0]
        self.assertEqual(session.bytes_in, numbers['acs_received_bytes_total{worker="0"}'])
        self.assertEqual(session.bytes_out, numbers['acs_sent_bytes_total{worker="0"}'])
        self.assertNotIn("Response", " ".join(numbers))

    async def test_a_lost_session_has_failed_and_took_as_long_as_it_was_silent(self) -> None:
        await self.world.cpe().call_in()
        self.world.pass_time(61)
        numbers = await self.numbers()
        self.assertEqual(1, numbers['acs_sessions_total{result="failed",worker="0"}'])
        self.assertEqual(61, numbers['acs_session_duration_seconds_sum{worker="0"}'])

    async def test_faults_are_counted_by_what_they_answer(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        await self.world.job(cpe.id, "FactoryReset", {})
        await self.world.job(cpe.id, "X_VENDOR_Thing", {"XML": "<a/>"})
        await cpe.session()
        numbers = await self.numbers()
        self.assertEqual(1, numbers['acs_faults_total{direction="in",rpc="FactoryReset",worker="0"}'])
        self.assertEqual(1, numbers['acs_faults_total{direction="in",rpc="other",worker="0"}'])
        self.assertEqual(1, numbers['acs_rpcs_total{direction="out",rpc="other",worker="0"}'])
        self.assertEqual(2, numbers['acs_jobs_total{state="failed",worker="0"}'])

    async def test_refused_messages_are_counted_all_of_them(self) -> None:
        for _ in range(3):
            self.assertEqual(400, (await self.world.cpe().exchange(b"<x")).status)
        for _ in range(MAX_REFUSALS):
            self.world.sessions.refused("192.0.2.7", "main", 400, [Exchange(1, "in", NOON)], "no XML")
        numbers = await self.numbers()
        self.assertEqual(MAX_REFUSALS + 3, numbers['acs_sessions_total{result="refused",worker="0"}'])

    async def test_a_name_that_a_device_makes_up_is_no_label(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("1 BOOT")
        await cpe.say(m.VendorRequest("X_Made_Up", "<a/>"))
        self.world.pass_time(100)
        text = await self.world.watch.metrics.text()
        self.assertNotIn(b"Made_Up", text)
        self.assertEqual(1, read(text)['acs_rpcs_total{direction="in",rpc="other",worker="0"}'])


class BoundsTests(ApiCase):
    def model(self, name: str, versions: dict[str, int]) -> Count:
        return Count(name, sum(versions.values()), {"software_versions": versions})

    def test_the_models_with_the_most_devices_are_told_apart_and_so_are_versions(self) -> None:
        self.patch(metrics, "MOST_MODELS", 2)
        self.patch(metrics, "MOST_VERSIONS", 4)
        models = [
            self.model("a", {"1": 10, "2": 5, "3": 1, "4": 1}),
            self.model("b", {"1": 9}),
            self.model("c", {"1": 3, "2": 1}),
            self.model("d", {}),
        ]
        expected = {("a", "1"): 10, ("a", "2"): 5, ("b", "1"): 9, ("other", "other"): 4, ("a", "other"): 2}
        self.assertEqual(expected, by_firmware(models))
        self.assertEqual({}, by_firmware([]))


class WorkersTests(NodesCase):
    """Node two is the first process of its machine; node one is another of them, or of another."""

    async def setUp(self) -> None:
        await super().setUp()
        self.time = Clock()
        self.time.advance(NOON)
        self.first = Metrics(self.two, self.time, "here", 0)
        self.worker = Metrics(self.one, self.time, "here", 3)
        self.stranger = Metrics(self.one, self.time, "there", 4)
        self.heard: list[str] = []
        self.two.listen(TOPIC, self.heard.append)

    async def told(self) -> dict[str, float]:
        """The numbers of the first process, after the others have told theirs."""
        before = len(self.heard)
        self.time.advance(TOLD_EVERY)
        await self.one.committed()
        await until(lambda: len(self.heard) == before + 2)
        return read(await self.first.text())

    async def test_each_worker_s_numbers_are_told_as_its_own(self) -> None:
        for each in (self.first, self.worker, self.stranger):
            each.begin()
            each.woken(woken(WakeOutcome.ACCEPTED))
        await until(lambda: len(self.heard) == 2)
        self.worker.woken(woken(WakeOutcome.ACCEPTED))
        numbers = await self.told()
        labels = 'acs_wakes_total{{method="http",outcome="accepted",worker="{}"}}'
        self.assertEqual([1, 2, None], [numbers.get(labels.format(worker)) for worker in (0, 3, 4)])
        for each in (self.first, self.worker, self.stranger):
            each.close()
        self.assertEqual([], self.time.getDelayedCalls())
        self.time.advance(FRESH + 1)
        numbers = read(await self.first.text())
        self.assertEqual([1, None], [numbers.get(labels.format(worker)) for worker in (0, 3)])

    async def test_what_another_version_tells_is_left_out(self) -> None:
        for words in ("x", "{}", "\u00e4", "eJyrrgUAAXUA+Q=="):
            self.one.tell(TOPIC, words)
        await self.one.committed()
        await until(lambda: len(self.heard) == 4)
        self.assertIn("acs_open_jobs", (await self.first.text()).decode())
