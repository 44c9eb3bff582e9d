"""Tests of `acs.simulate.fleet` and `acs.simulate.statistics`: fleets in memory, by a clock of their own."""

from __future__ import annotations

import random
import tracemalloc
from collections import defaultdict
from typing import Any

from twisted.internet.error import ConnectionRefusedError
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp.errors import RemoteProtocolError
from acs.cwmp.messages import AnyRequest
from acs.cwmp.values import ParameterValueStruct
from acs.simulate.fleet import Fleet, Plan, build
from acs.simulate.misbehaviour import MISBEHAVIOURS
from acs.simulate.model import Model
from acs.simulate.statistics import INTERNAL, Durations, Statistics, kind_of
from tests.simulate import http_side
from tests.simulate.acs_side import ScriptedACS
from tests.simulate.http_side import MemoryNetwork, response
from tests.simulate.worlds import clock, model

URL = "http://acs.example:7547/"


class SmallACS:
    """A server of CWMP for many devices: a session for each cookie."""

    def __init__(self) -> None:
        self.sessions: dict[str, ScriptedACS] = {}
        self.informs: list[m.Inform] = []
        self.requests: dict[str, list[AnyRequest]] = defaultdict(list)
        self.last = "", b""
        self.said = b""

    def __call__(self, request: http_side.Request) -> bytes:
        if request.method == "GET":
            return response(200, b"9.9.9\n")
        cookie = request.headers.get("Cookie", "")
        if b":Inform>" in request.body and (cookie, request.body) != self.last:
            cookie = f"session={len(self.informs)}"
            self.last = cookie, request.body
            self.sessions[cookie] = acs = ScriptedACS()
            status, body = acs.answer(request.body)
            inform = acs.informs[0]
            self.informs.append(inform)
            acs.requests = self.requests.pop(inform.DeviceId.SerialNumber, [])
            self.said = response(status, body, Set_Cookie=f"{cookie}; Path=/; HttpOnly")
            return self.said
        return self.answer(cookie, request.body)

    def answer(self, cookie: str, body: bytes) -> bytes:
        """What a session says next; the same again to what was posted twice."""
        if (cookie, body) != self.last:
            self.last = cookie, body
            try:
                self.said = response(*self.sessions[cookie].answer(body))
            except (KeyError, RemoteProtocolError):
                self.said = response(400)
        return self.said

    def events(self, serial: str) -> list[list[str]]:
        """The events of each of a device's sessions."""
        mine = (inform for inform in self.informs if inform.DeviceId.SerialNumber == serial)
        return [[event.EventCode for event in inform.Event] for inform in mine]


class FleetTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = clock()
        self.acs = SmallACS()
        self.network = MemoryNetwork(self.clock, self.acs)

    def start(self, *models: Model, **plan: Any) -> Fleet:
        self.plan = Plan(URL, models or (model(),), **plan)
        fleet = Fleet(self.plan, self.network)
        self.statistics = fleet.statistics
        self.ended = fleet.start()
        # A session that is left suspended is closed by the garbage collector, during some other test.
        self.addCleanup(fleet.stop, grace=0.0)
        return fleet

    def run_for(self, seconds: float) -> None:
        for _ in range(round(seconds * 100)):
            self.clock.advance(0.01)


class BuildTests(SynchronousTestCase):
    def serials(self, **options: Any) -> list[str]:
        plan = Plan(URL, (model("tr098-router"), model("tr181-router")), count=4, **options)
        return [cpe.device_id.key for cpe in build(plan, Clock(), random.Random(1))]

    def test_the_devices_take_the_models_in_turn_and_have_their_own_numbers(self) -> None:
        self.assertEqual(
            self.serials(),
            [
                "02A098-NF%2D1200-NF240900000001",
                "02A181-HX%2D60-HX253600000001",
                "02A098-NF%2D1200-NF240900000002",
                "02A181-HX%2D60-HX253600000002",
            ],
        )

    def test_a_prefix_makes_other_serial_numbers(self) -> None:
        self.assertEqual(self.serials(serial_prefix="LAB")[3], "02A181-HX%2D60-LAB000004")

    def test_the_same_plan_makes_the_same_devices(self) -> None:
        plan = Plan(URL, (model(),), count=3)
        first, second = (
            [each.tree.value(path) for each in build(plan, Clock(), random.Random(1)) for path in PATHS]
            for _ in range(2)
        )
        self.assertEqual(first, second)
        self.assertEqual(len(set(first)), 3 * len(PATHS))

    def test_ten_thousand_of_them_fit_in_one_process(self) -> None:
        plan = Plan(URL, (model("tr098-router"), model("tr181-router")), count=10_000)
        build(
            Plan(URL, plan.models, count=2), Clock(), random.Random(1)
        )  # what they share is made on first use
        tracemalloc.start()
        try:
            fleet = build(plan, Clock(), random.Random(1))
            used, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        self.assertEqual(len(fleet), 10_000)
        self.assertLess(used, 30_000_000, f"{used / 10_000:.0f} bytes each")


ROOT = "InternetGatewayDevice."
PATHS = (
    ROOT + "DeviceInfo.SerialNumber",
    ROOT + "LANDevice.1.LANHostConfigManagement.MACAddress",
    ROOT + "ManagementServer.ConnectionRequestURL",
    ROOT + "ManagementServer.Password",
)


class FleetTests(FleetTestCase):
    def test_first_sessions_are_spread_over_the_ramp(self) -> None:
        self.start(count=10, ramp=5.0, interval=1000)
        self.run_for(2.6)
        self.assertEqual(len(self.acs.informs), 6)
        self.run_for(3)
        self.assertEqual(len(self.acs.informs), 10)

    def test_then_they_call_at_their_interval_each_from_its_own_start(self) -> None:
        self.start(count=2, ramp=10.0, interval=10)
        self.run_for(26)
        bootstrap, periodic = ["0 BOOTSTRAP", "1 BOOT"], ["2 PERIODIC"]
        self.assertEqual(self.acs.events("NF240900000001"), [bootstrap, periodic, periodic])
        self.assertEqual(self.acs.events("NF240900000002"), [bootstrap, periodic, periodic])
        self.assertEqual([each.DeviceId.SerialNumber[-1] for each in self.acs.informs], list("121212"))

    def test_a_session_is_one_connection_and_ends_it(self) -> None:
        self.start(count=1, interval=1000)
        self.run_for(1)
        self.assertEqual([request.connection for request in self.network.requests], [1, 1])
        self.assertEqual(self.network.requests[1].headers["Cookie"], "session=0")
        self.assertEqual(self.network.open, 0)

    def test_a_connection_may_be_for_each_request(self) -> None:
        self.start(count=1, interval=1000, connection_per_request=True)
        self.run_for(1)
        self.assertEqual([request.connection for request in self.network.requests], [1, 2])
        self.assertEqual(self.statistics.sessions, 1)

    def test_no_more_than_so_many_call_at_a_time(self) -> None:
        self.network.server = lambda request: b""
        fleet = self.start(count=20, ramp=0.0, concurrency=3)
        self.run_for(1)
        self.assertEqual((self.network.open, self.statistics.running), (3, 3))
        fleet.stop(grace=1.0)
        self.run_for(1.1)
        self.successResultOf(self.ended)

    def test_what_the_acs_asks_is_done_and_counted(self) -> None:
        self.acs.requests["NF240900000001"] = [m.GetParameterValues((PATHS[0],)), m.GetRPCMethods()]
        self.start(count=1, interval=1000)
        self.run_for(1)
        self.assertEqual(self.statistics.rpcs, {"GetParameterValues": 1, "GetRPCMethods": 1})

    def test_a_firmware_download_is_seen_through(self) -> None:
        download = m.Download(
            CommandKey="k", FileType="1 Firmware Upgrade Image", URL="http://files.example/a.bin"
        )
        self.acs.requests["NF240900000001"] = [download]
        self.start(count=1, interval=1000)
        self.run_for(6)
        self.assertEqual(
            self.acs.events("NF240900000001")[1:],
            [["1 BOOT", "4 VALUE CHANGE", "7 TRANSFER COMPLETE", "M Download"]],
        )
        self.assertIn(
            ParameterValueStruct(ROOT + "DeviceInfo.SoftwareVersion", "9.9.9", "xsd:string"),
            self.acs.informs[1].ParameterList,
        )

    def test_failures_are_counted_by_kind_and_tried_again(self) -> None:
        self.network.refusing = ConnectionRefusedError()
        self.start(count=3, ramp=0.0, interval=1000)
        self.run_for(1)
        self.assertEqual(self.statistics.errors, {"connection refused": 3})
        self.network.refusing = None
        self.run_for(10)
        self.assertEqual((self.statistics.sessions, self.statistics.failed), (3, 3))
        self.assertEqual([inform.RetryCount for inform in self.acs.informs], [1, 1, 1])

    def test_an_answer_that_does_not_come_is_not_waited_for_for_ever(self) -> None:
        self.network.server = lambda request: b""
        self.start(count=1, interval=1000)
        self.run_for(31)
        self.assertEqual(self.statistics.errors, {"no answer in time": 1})
        self.assertEqual(self.network.open, 0)

    def test_a_mistake_of_the_simulator_is_logged_and_does_not_stop_the_others(self) -> None:
        self.network.refusing = ValueError("a surprise")
        self.start(count=2, ramp=1.0, interval=1000)
        self.run_for(0.4)
        self.network.refusing = None
        self.run_for(1)
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        self.assertEqual((self.statistics.sessions, self.statistics.errors), (1, {INTERNAL: 1}))

    def test_a_device_may_get_another_address(self) -> None:
        self.start(count=1, interval=10, value_changes=1.0)
        self.run_for(12)
        self.assertIn("4 VALUE CHANGE", self.acs.events("NF240900000001")[1])


class EndTests(FleetTestCase):
    def test_it_ends_after_so_many_sessions(self) -> None:
        self.start(count=5, ramp=0.0, interval=1, sessions=12)
        self.run_for(5)
        self.successResultOf(self.ended)
        self.assertEqual((self.statistics.sessions, len(self.acs.informs)), (12, 12))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_it_ends_after_so_long(self) -> None:
        self.start(count=5, ramp=0.0, interval=1, duration=3.5)
        self.run_for(3.4)
        self.assertNoResult(self.ended)
        self.run_for(0.2)
        self.successResultOf(self.ended)
        self.assertAlmostEqual(self.statistics.seconds(self.clock.seconds()), 3.5, places=1)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_open_sessions_may_come_to_their_end(self) -> None:
        fleet = self.start(count=1, interval=1000)
        self.clock.advance(0.001)
        self.clock.advance(0.001)
        fleet.stop()
        self.assertNoResult(self.ended)
        self.run_for(0.1)
        self.successResultOf(self.ended)
        self.assertEqual(self.statistics.sessions, 1)

    def test_what_is_still_open_after_the_grace_is_cut(self) -> None:
        fleet = self.start(count=3, ramp=0.0, interval=1000, concurrency=1)
        self.clock.advance(0.001)
        self.clock.advance(0.001)
        fleet.stop(grace=5.0)
        self.network.server = lambda request: b""  # no word any more
        self.run_for(4.9)
        self.assertNoResult(self.ended)
        self.run_for(0.2)
        self.successResultOf(self.ended)
        self.assertEqual((self.network.open, self.statistics.running), (0, 0))
        self.assertEqual((self.clock.getDelayedCalls(), dict(self.statistics.errors)), ([], {}))

    def test_stopping_twice_is_stopping_once(self) -> None:
        fleet = self.start(count=1)
        fleet.stop()
        fleet.stop()
        self.successResultOf(self.ended)


class MisbehaviourTests(FleetTestCase):
    def test_each_by_itself_leaves_the_simulator_standing(self) -> None:
        for name in MISBEHAVIOURS:
            self.setUp()
            serial = "NF240900000001"
            self.acs.requests[serial] = [m.GetParameterValues(("",)), m.GetParameterAttributes(("",))]
            fleet = self.start(count=3, ramp=0.0, interval=2, misbehaviour={name: 1.0})
            self.run_for(20)
            fleet.stop(grace=0.0)
            self.run_for(0.1)
            self.assertEqual((name, dict(self.statistics.errors)), (name, {}))
            self.assertGreater(self.statistics.sessions, 0, name)

    def test_all_together_do_too_and_the_same_way_each_time(self) -> None:
        runs = []
        for _ in range(2):
            self.setUp()
            self.start(
                count=20, ramp=1.0, interval=2, duration=20.0, misbehaviour=dict.fromkeys(MISBEHAVIOURS, 0.1)
            )
            self.run_for(60)
            self.successResultOf(self.ended)
            runs.append(self.statistics.as_json(self.clock.seconds()))
        self.assertEqual(runs[0], runs[1])
        self.assertEqual(runs[0]["failed"], 0)
        self.assertIn("cut by the device", runs[0]["failed_by_misbehaviour"])


class StatisticsTests(SynchronousTestCase):
    def test_percentiles_are_right_to_two_per_cent(self) -> None:
        durations = Durations()
        for milliseconds in range(1, 1001):
            durations.add(milliseconds / 1000)
        for share in (0.5, 0.99):
            self.assertLess(abs(durations.percentile(share) / share - 1), 0.021)
        self.assertEqual(durations.percentile(1.0), 1.0)
        self.assertEqual(durations.longest, 1.0)

    def test_nothing_has_no_percentile(self) -> None:
        self.assertEqual(Durations().percentile(0.5), 0.0)

    def test_a_run_in_which_nothing_happened_can_be_told(self) -> None:
        statistics = Statistics(100.0)
        self.assertIn("0 sessions in 0.0 s", statistics.as_text(100.0))
        self.assertEqual(statistics.as_json(100.0)["sessions_per_second"], 0.0)

    def test_a_summary_has_it_all(self) -> None:
        statistics = Statistics(0.0)
        statistics.succeeded(0.25)
        statistics.broke_off("connection lost", misbehaving=False)
        statistics.broke_off("HTTP 400", misbehaving=True)
        statistics.rpcs["Reboot"] += 1
        told = statistics.as_json(2.0)
        self.assertEqual(told["sessions_per_second"], 0.5)
        self.assertEqual(told["errors"], {"connection lost": 1})
        self.assertEqual(told["failed_by_misbehaviour"], {"HTTP 400": 1})
        self.assertEqual(told["session_seconds"], {"p50": 0.25, "p99": 0.25, "max": 0.25})
        text = statistics.as_text(2.0)
        for words in ("1 sessions in 2.0 s: 0.5/s", "p50 250 ms", "connection lost", "HTTP 400", "Reboot"):
            self.assertIn(words, text)
        self.assertIn("1 failed", statistics.line(2.0))

    def test_a_failure_that_nobody_foresaw_is_a_mistake(self) -> None:
        self.assertEqual(kind_of(ValueError()), INTERNAL)
