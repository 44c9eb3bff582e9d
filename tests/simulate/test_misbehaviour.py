"""Tests of `acs.simulate.misbehaviour`: what each of them does to a session, and who gets which."""

from __future__ import annotations

import random

from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp.messages import AnyRequest
from acs.cwmp.values import ParameterValueStruct
from acs.simulate.misbehaviour import (
    MISBEHAVIOURS,
    Dropped,
    Misbehaviour,
    Misbehaviours,
    parse,
)
from tests.simulate.acs_side import ScriptedACS
from tests.simulate.worlds import ROUTER, WorldTestCase

ASK = m.GetParameterValues((ROUTER + "DeviceInfo.",))
PROVISIONING = ROUTER + "DeviceInfo.ProvisioningCode"
SET = m.SetParameterValues((ParameterValueStruct(PROVISIONING, "x", "xsd:string"),), "key")


class Recorder:
    """A connection to which things are done."""

    connection_per_request = False
    slowness = 0.0

    def __init__(self) -> None:
        self.done: list[str] = []

    def drop(self) -> None:
        self.done.append("drop")

    def forget_cookies(self) -> None:
        self.done.append("forget")


class HabitTests(WorldTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.device = self.cpe()
        self.wire = Recorder()
        self.bodies: list[bytes] = []

    def hold(self, name: str, *requests: AnyRequest, step: int = 1) -> ScriptedACS:
        """A session of a device with this habit, which strikes at this step."""
        habit = MISBEHAVIOURS[name](random.Random(1), self.wire)
        habit.step = step
        acs = ScriptedACS(requests)
        self.acs = acs

        async def exchange(body: bytes) -> tuple[int, bytes]:
            self.bodies.append(body)
            if name != "repeat-post" or self.bodies[-2:-1] != [body]:
                self.last = acs.answer(body)
            return self.last

        self.outcome = ensureDeferred(self.device.session(exchange, (habit,)))
        return acs

    def well(self) -> None:
        self.successResultOf(self.outcome)

    def test_a_connection_is_cut_before_a_post_or_before_its_answer_is_read(self) -> None:
        seen = set()
        for seed in range(10):
            self.device, self.bodies = self.cpe(), []
            habit = MISBEHAVIOURS["drop-connection"](random.Random(seed), self.wire)
            habit.step = 2
            acs = ScriptedACS()

            async def exchange(body: bytes, acs: ScriptedACS = acs) -> tuple[int, bytes]:
                self.bodies.append(body)
                return acs.answer(body)

            self.failureResultOf(ensureDeferred(self.device.session(exchange, (habit,))), Dropped)
            seen.add(len(self.bodies))
        self.assertEqual(seen, {1, 2})
        self.assertEqual(self.wire.done, ["drop"] * 10)

    def test_a_post_is_repeated(self) -> None:
        acs = self.hold("repeat-post", ASK, step=3)
        self.well()
        self.assertEqual(len(self.bodies), 4)
        self.assertEqual(self.bodies[2], self.bodies[3])
        self.assertEqual(len(acs.answers), 1)

    def test_a_connection_is_opened_for_each_request(self) -> None:
        self.hold("connection-per-request")
        self.assertTrue(self.wire.connection_per_request)

    def test_the_cookie_is_lost_once(self) -> None:
        self.hold("lose-cookie", ASK, ASK, step=2)
        self.well()
        self.assertEqual(self.wire.done, ["forget"])

    def test_one_body_is_slow(self) -> None:
        self.hold("slow-body", step=2)
        self.assertEqual(self.wire.slowness, 2.0)
        self.hold("slow-body", ASK, step=1)
        self.assertEqual(self.wire.slowness, 0.0)

    def test_garbage_is_posted(self) -> None:
        async def exchange(body: bytes) -> tuple[int, bytes]:
            self.bodies.append(body)
            return 400, b""

        habit = MISBEHAVIOURS["garbage"](random.Random(1), self.wire)
        habit.step = 1
        self.failureResultOf(ensureDeferred(self.device.session(exchange, (habit,))))
        self.assertEqual(len(self.bodies[0]), 200)
        self.assertNotIn(b"Envelope", self.bodies[0])

    def test_answers_have_a_wrong_id(self) -> None:
        acs = self.hold("wrong-id", ASK)
        self.well()
        self.assertEqual(acs.heard[2].envelope.header.id, f"wrong{acs.dialogue.asked_id}")
        self.assertIn("the ID is", acs.heard[2].remark)

    def test_arrays_are_counted_wrongly_and_can_still_be_read(self) -> None:
        acs = self.hold("lying-array-type", ASK)
        self.well()
        answer = acs.answers[0]
        assert isinstance(answer, m.GetParameterValuesResponse)
        self.assertIn(f"ParameterValueStruct[{len(answer.ParameterList) + 7}]".encode(), self.bodies[2])

    def test_an_unknown_rpc_is_answered_by_an_empty_post(self) -> None:
        acs = self.hold("empty-answer", m.GetAllQueuedTransfers(), ASK)
        self.well()
        self.assertEqual(acs.messages[2], None)
        self.assertEqual(acs.heard[2].unanswered, m.GetAllQueuedTransfers())
        self.assertIsInstance(acs.messages[3], m.GetParameterValuesResponse)

    def test_one_rpc_is_answered_with_a_fault_and_not_done(self) -> None:
        acs = self.hold("fault-answer", SET, ASK)
        self.well()
        fault, answer = acs.answers
        assert isinstance(fault, m.Fault)
        self.assertEqual(fault.FaultCode, 9002)
        self.assertIsInstance(answer, m.GetParameterValuesResponse)
        self.assertEqual(self.device.tree.value(PROVISIONING), "")

    def test_the_parameter_key_is_forgotten(self) -> None:
        self.hold("forget-parameter-key", SET)
        self.well()
        self.assertEqual(self.device.tree.value(PROVISIONING), "x")
        self.assertEqual(self.device.tree.value(ROUTER + "ManagementServer.ParameterKey"), "")

    def test_attributes_are_not_known(self) -> None:
        acs = self.hold("no-attributes", m.GetParameterAttributes((ROUTER,)), ASK)
        self.well()
        fault, answer = acs.answers
        assert isinstance(fault, m.Fault)
        self.assertEqual(fault.FaultCode, 9000)
        self.assertIsInstance(answer, m.GetParameterValuesResponse)


class ChoiceTests(SynchronousTestCase):
    def chosen(self, misbehaviours: Misbehaviours, serial: str, session: int) -> list[type[Misbehaviour]]:
        return [type(each) for each in misbehaviours.of(serial, session, Recorder())]

    def test_rates_are_kept_and_the_choice_is_the_same_each_time(self) -> None:
        counts = []
        for _ in range(2):
            misbehaviours = Misbehaviours({"garbage": 0.3, "wrong-id": 0.0}, seed=5)
            counts.append(sum(len(self.chosen(misbehaviours, "S", session)) for session in range(1000)))
        self.assertEqual(counts[0], counts[1])
        self.assertTrue(250 < counts[0] < 350, counts)

    def test_a_lasting_one_is_of_a_device_for_ever(self) -> None:
        misbehaviours = Misbehaviours({"no-attributes": 0.5}, seed=5)
        for serial in map(str, range(50)):
            first = self.chosen(misbehaviours, serial, 1)
            for session in range(2, 5):
                self.assertEqual(self.chosen(misbehaviours, serial, session), first)
        devices = sum(len(self.chosen(misbehaviours, str(serial), 1)) for serial in range(500))
        self.assertTrue(200 < devices < 300, devices)

    def test_another_seed_chooses_others(self) -> None:
        runs = [
            [len(self.chosen(Misbehaviours({"garbage": 0.5}, seed), "S", session)) for session in range(50)]
            for seed in (1, 2)
        ]
        self.assertNotEqual(*runs)


class ParseTests(SynchronousTestCase):
    def test_names_have_rates_and_later_ones_win(self) -> None:
        self.assertEqual(parse("garbage=0.5, wrong-id=1"), {"garbage": 0.5, "wrong-id": 1.0})
        rates = parse("all=0.05,garbage=0")
        self.assertEqual(set(rates), set(MISBEHAVIOURS))
        self.assertEqual((rates["garbage"], rates["wrong-id"]), (0.0, 0.05))
        self.assertEqual(parse(""), {})

    def test_what_is_none_is_refused_with_what_there_is(self) -> None:
        for text, words in (
            ("dance=0.5", "drop-connection"),
            ("garbage", "NAME=RATE"),
            ("garbage=2", "NAME=RATE"),
            ("garbage=-0.1", "NAME=RATE"),
            ("garbage=nan", "NAME=RATE"),
        ):
            with self.assertRaises(ValueError) as caught:
                parse(text)
            self.assertIn(words, str(caught.exception))
