"""Tests of `acs.simulate.cpe`: whole sessions against the ACS role of the protocol core, in memory."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import ensureDeferred
from twisted.internet.error import ConnectionLost

from acs.cwmp import messages as m
from acs.cwmp.dialogue import Dialogue, Role, State
from acs.cwmp.envelope import Header, read_envelope
from acs.cwmp.faults import fault
from acs.cwmp.messages import AnyRequest, Message
from acs.cwmp.namespaces import CWMP_1_0, CWMP_1_2
from acs.cwmp.rpc import CPE
from acs.cwmp.rpcs import STANDARD
from acs.cwmp.values import EventStruct, ParameterValueStruct, SetParameterAttributesStruct
from acs.cwmp.versions import negotiate
from acs.simulate import parameters
from acs.simulate.answers import ANSWERS, answer
from acs.simulate.cpe import SessionFailed, SimulatedCPE
from acs.simulate.device import BOOT_SECONDS
from acs.simulate.habits import Exchange
from tests.simulate.acs_side import ScriptedACS
from tests.simulate.worlds import FIBRE, ROUTER, MemoryFiles, WorldTestCase, clock
from tests.support import schemas
from tests.support.messages import requests

FIRST = [("0 BOOTSTRAP", ""), ("1 BOOT", "")]
PERIODIC = [("2 PERIODIC", "")]
SERVER = ROUTER + "ManagementServer."
PROVISIONING = ROUTER + "DeviceInfo.ProvisioningCode"
DONE = m.TransferComplete("key", CompleteTime="2026-11-30T12:00:00Z")


def setting(name: str, value: str, kind: str = "string") -> m.SetParameterValues:
    return m.SetParameterValues((ParameterValueStruct(name, value, f"xsd:{kind}"),))


async def lose(body: bytes) -> tuple[int, bytes]:
    """A connection on which nothing is answered."""
    raise ConnectionLost


class SessionTestCase(WorldTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.device = self.cpe()

    def broken(self, device: SimulatedCPE, exchange: Exchange) -> Exception:
        """The error of a session that fails."""
        return self.failureResultOf(ensureDeferred(device.session(exchange))).value


class InformTests(SessionTestCase):
    def test_the_first_session_is_a_bootstrap(self) -> None:
        acs = self.call(self.device)
        self.assertEqual(acs.events(), FIRST)
        self.assertEqual(acs.messages[1:], [None])
        self.assertIs(acs.dialogue.state, State.ENDING)

    def test_the_inform_says_who_it_is(self) -> None:
        inform = self.device.inform()
        self.assertEqual(inform.DeviceId.key, "02A098-NF%2D1200-NF240900000001")
        self.assertEqual(inform.CurrentTime, "2026-11-30T12:00:00Z")
        told = {value.Name: value.Value for value in inform.ParameterList}
        self.assertEqual(list(told), list(self.device.model.inform))
        self.assertEqual(told[ROUTER + "DeviceInfo.SoftwareVersion"], "3.1.4")

    def test_what_an_inform_would_carry_and_is_gone_is_left_out(self) -> None:
        connection = ROUTER + "WANDevice.1.WANConnectionDevice.1.WANIPConnection.1."
        self.assertIn(connection, str(self.device.inform().ParameterList))
        self.device.tree.remove(connection)
        self.assertNotIn(connection, str(self.device.inform().ParameterList))

    def test_what_was_told_is_not_told_again(self) -> None:
        self.call(self.device)
        self.assertFalse(self.device.wants_session)
        self.assertEqual(self.device.inform().Event, ())

    def test_a_device_speaks_its_version(self) -> None:
        for name, namespace, version in (
            ("tr098-router", CWMP_1_0, "1.0"),
            ("tr181-router", CWMP_1_2, "1.4"),
        ):
            acs = self.call(self.cpe(name))
            envelope = acs.heard[0].envelope
            self.assertEqual(envelope.namespace, namespace)
            self.assertEqual(negotiate(envelope).name, version)

    def test_a_device_of_cwmp_1_4_says_what_it_speaks(self) -> None:
        header = self.call(self.cpe("tr181-router")).heard[0].envelope.header
        self.assertEqual(header.supported_versions, ("1.0", "1.1", "1.2", "1.3", "1.4"))
        self.assertEqual(header.session_timeout, 60)
        header = self.call(self.device).heard[0].envelope.header
        self.assertEqual((header.supported_versions, header.session_timeout), ((), None))

    def test_an_inform_is_said_again_where_the_acs_asks_for_that(self) -> None:
        replies = iter([fault(8005)])
        acs = self.call(self.device, instead=lambda message: next(replies, None))
        self.assertEqual([type(message) for message in acs.messages], [m.Inform, m.Inform, type(None)])

    def test_an_inform_is_not_said_again_for_ever(self) -> None:
        acs = ScriptedACS(instead=lambda message: fault(8005))
        self.assertIsInstance(self.broken(self.device, acs.exchange), SessionFailed)
        self.assertEqual(len(acs.informs), 3)

    def test_a_refused_inform_fails_the_session(self) -> None:
        acs = ScriptedACS(instead=lambda message: fault(8001))
        error = self.broken(self.device, acs.exchange)
        assert isinstance(error, SessionFailed)
        self.assertEqual(error.kind, "Inform refused: 8001")
        self.assertEqual([(each.EventCode, each.CommandKey) for each in self.device.inform().Event], FIRST)


class RetryTests(SessionTestCase):
    def test_a_failed_session_is_tried_again_after_a_while_with_its_events(self) -> None:
        self.assertIsInstance(self.broken(self.device, lose), ConnectionLost)
        self.assertFalse(self.device.wants_session)
        wait = self.device.due() - self.clock.seconds()
        self.assertTrue(5 <= wait <= 10, wait)
        self.pass_time(self.device, wait)
        self.assertTrue(self.device.wants_session)
        acs = self.call(self.device)
        self.assertEqual(acs.events()[:2], FIRST)
        self.assertEqual(acs.informs[0].RetryCount, 1)

    def test_each_failure_doubles_the_wait_and_success_ends_it(self) -> None:
        self.device.change(SERVER + "PeriodicInformEnable", "0")
        self.device.plan_periodic()
        for retry in range(1, 13):
            self.broken(self.device, lose)
            step = min(retry, 10)
            wait = self.device.due() - self.clock.seconds()
            self.assertTrue(5 * 2 ** (step - 1) <= wait <= 5 * 2**step, (retry, wait))
            self.pass_time(self.device, wait)
        self.assertEqual(self.call(self.device).informs[0].RetryCount, 12)
        self.assertEqual(self.device.inform().RetryCount, 0)
        self.assertEqual(self.device.due(), math.inf)

    def test_the_wait_is_the_devices_own(self) -> None:
        device = self.cpe("tr181-router")
        server = FIBRE + "ManagementServer."
        self.call(
            device,
            setting(server + "CWMPRetryMinimumWaitInterval", "100", "unsignedInt"),
            setting(server + "CWMPRetryIntervalMultiplier", "1000", "unsignedInt"),
            setting(server + "PeriodicInformEnable", "0", "boolean"),
        )
        device.happened("1 BOOT")
        self.broken(device, lose)
        self.assertEqual(device.due() - self.clock.seconds(), 100)

    def test_something_new_to_tell_ends_the_wait(self) -> None:
        self.broken(self.device, lose)
        self.device.happened("6 CONNECTION REQUEST")
        self.assertTrue(self.device.wants_session)
        self.assertIn(("6 CONNECTION REQUEST", ""), self.call(self.device).events())

    def test_something_that_is_told_already_does_not(self) -> None:
        self.broken(self.device, lose)
        self.device.happened("1 BOOT")
        self.assertFalse(self.device.wants_session)

    def test_a_connection_request_is_not_told_again(self) -> None:
        self.device.happened("6 CONNECTION REQUEST")
        self.broken(self.device, lose)
        self.assertEqual(
            [event.EventCode for event in self.device.inform().Event], [code for code, _ in FIRST]
        )

    def test_a_session_that_broke_off_later_is_held_again_though_all_was_told(self) -> None:
        acs = ScriptedACS([m.GetRPCMethods()])

        async def exchange(body: bytes) -> tuple[int, bytes]:
            if b"GetRPCMethodsResponse" in body:
                raise ConnectionLost
            return acs.answer(body)

        self.broken(self.device, exchange)
        self.pass_time(self.device, 9.9)
        self.assertTrue(self.device.wants_session)
        again = self.call(self.device)
        self.assertEqual((again.events(), again.informs[0].RetryCount), ([], 1))
        self.assertFalse(self.device.wants_session)

    def test_an_http_error_fails_the_session(self) -> None:
        async def refuse(body: bytes) -> tuple[int, bytes]:
            return 503, b""

        error = self.broken(self.device, refuse)
        assert isinstance(error, SessionFailed)
        self.assertEqual(error.kind, "HTTP 503")

    def test_what_is_not_to_be_understood_fails_the_session(self) -> None:
        other = Dialogue(Role.ACS)
        other.state = State.ACS_TURN
        question = other.say(m.GetRPCMethods())
        for said in (b"<html/>", b"", question):

            async def reply(body: bytes, said: bytes = said) -> tuple[int, bytes]:
                return 200, said

            error = self.broken(self.cpe(), reply)
            assert isinstance(error, SessionFailed)
            self.assertEqual(error.kind, "not to be understood")


class EventTests(SessionTestCase):
    def test_periodic_informs_come_at_the_interval(self) -> None:
        device = self.bootstrapped()
        self.assertEqual(device.due() - self.clock.seconds(), 10)
        self.pass_time(device, 9.9)
        self.assertFalse(device.wants_session)
        self.pass_time(device, 0.1)
        self.assertEqual(self.call(device).events(), PERIODIC)
        self.assertEqual(device.due() - self.clock.seconds(), 10)

    def test_the_acs_may_change_the_interval(self) -> None:
        device = self.bootstrapped()
        self.call(device, setting(SERVER + "PeriodicInformInterval", "300", "unsignedInt"))
        self.assertEqual(device.due() - self.clock.seconds(), 300)
        self.call(device, setting(SERVER + "PeriodicInformEnable", "0", "boolean"))
        self.assertEqual(device.due(), math.inf)

    def test_the_intervals_count_from_the_periodic_inform_time(self) -> None:
        device = self.bootstrapped()
        self.call(
            device,
            setting(SERVER + "PeriodicInformTime", "2026-11-30T00:00:07Z", "dateTime"),
            setting(SERVER + "PeriodicInformInterval", "3600", "unsignedInt"),
        )
        self.assertEqual(device.due() - self.clock.seconds(), 7)

    def test_a_scheduled_inform_comes_with_its_key(self) -> None:
        device = self.bootstrapped()
        self.assertEqual(self.ask(device, m.ScheduleInform(7, "later")), m.ScheduleInformResponse())
        self.assertEqual(device.due() - self.clock.seconds(), 7)
        self.pass_time(device, 7)
        self.assertEqual(self.call(device).events(), [("3 SCHEDULED", ""), ("M ScheduleInform", "later")])

    def test_a_scheduled_inform_must_be_in_the_future(self) -> None:
        self.assertEqual(self.code(self.device, m.ScheduleInform(0, "now")), 9003)

    def test_a_reboot_waits_for_the_end_of_the_session_and_is_told(self) -> None:
        device = self.bootstrapped()
        acs = self.call(device, m.Reboot("because"), m.GetRPCMethods())
        self.assertEqual(acs.answers[0], m.RebootResponse())
        self.assertIsInstance(acs.answers[1], m.GetRPCMethodsResponse)
        self.assertFalse(device.wants_session)
        self.assertEqual(device.due() - self.clock.seconds(), BOOT_SECONDS)
        self.pass_time(device, BOOT_SECONDS)
        self.assertEqual(self.call(device).events(), [("1 BOOT", ""), ("M Reboot", "because")])
        self.assertEqual(device.tree.value(ROUTER + "DeviceInfo.UpTime"), "0")

    def test_a_reboot_comes_though_the_session_broke_off(self) -> None:
        device = self.bootstrapped()
        acs = ScriptedACS([m.Reboot("k")])

        async def exchange(body: bytes) -> tuple[int, bytes]:
            answer = acs.answer(body)
            if b"RebootResponse" in body:
                raise ConnectionLost
            return answer

        self.broken(device, exchange)
        self.pass_time(device, BOOT_SECONDS)
        again = self.call(device)
        self.assertEqual(
            (again.events(), again.informs[0].RetryCount), ([("1 BOOT", ""), ("M Reboot", "k")], 0)
        )

    def test_settings_survive_a_reboot_and_not_a_factory_reset(self) -> None:
        self.call(self.device, setting(PROVISIONING, "x"), m.Reboot("k"))
        self.pass_time(self.device, BOOT_SECONDS)
        self.assertEqual(self.device.tree.value(PROVISIONING), "x")
        self.call(self.device, m.FactoryReset())
        self.pass_time(self.device, BOOT_SECONDS)
        self.assertEqual(self.device.tree.value(PROVISIONING), "")
        self.assertEqual(self.call(self.device).events(), FIRST)

    def test_a_bootstrap_discards_all_that_was_to_be_told(self) -> None:
        device = self.bootstrapped()
        device.ask(DONE, "Download")
        device.happened("8 DIAGNOSTICS COMPLETE")
        device.factory_reset()
        self.pass_time(device, BOOT_SECONDS)
        acs = self.call(device)
        self.assertEqual(acs.events(), FIRST)
        self.assertEqual(acs.messages[1:], [None])

    def test_another_acs_is_bootstrapped_with(self) -> None:
        device = self.bootstrapped()
        self.assertEqual(device.acs_url, "http://127.0.0.1:7547/")
        self.call(device, setting(SERVER + "URL", "http://acs.example/"))
        self.assertEqual(device.acs_url, "http://acs.example/")
        self.assertTrue(device.wants_session)
        self.assertEqual(self.call(device).events(), [("0 BOOTSTRAP", "")])
        self.call(device, setting(SERVER + "URL", "http://acs.example/"))
        self.assertFalse(device.wants_session)


class ValueChangeTests(SessionTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.device = self.bootstrapped()

    def watch(self, path: str, notification: int) -> None:
        change = SetParameterAttributesStruct(path, True, notification)
        self.call(self.device, m.SetParameterAttributes((change,)))

    def test_an_active_notification_calls_at_once(self) -> None:
        self.device.change(PROVISIONING, "by the subscriber")
        self.assertTrue(self.device.wants_session)
        acs = self.call(self.device)
        self.assertEqual(acs.events(), [("4 VALUE CHANGE", "")])
        told = {value.Name: value.Value for value in acs.informs[0].ParameterList}
        self.assertEqual(told[PROVISIONING], "by the subscriber")
        self.assertFalse(self.device.wants_session)

    def test_a_passive_notification_waits_for_the_next_session(self) -> None:
        path = ROUTER + "LANDevice.1.WLANConfiguration.1.SSID"
        self.watch(path, 1)
        self.device.change(path, "mine")
        self.assertFalse(self.device.wants_session)
        self.pass_time(self.device, 10)
        acs = self.call(self.device)
        self.assertEqual(acs.events(), [*PERIODIC, ("4 VALUE CHANGE", "")])
        self.assertIn(ParameterValueStruct(path, "mine", "xsd:string"), acs.informs[0].ParameterList)

    def test_a_change_that_nobody_watches_is_not_told(self) -> None:
        self.device.change(ROUTER + "LANDevice.1.WLANConfiguration.1.SSID", "mine")
        self.assertEqual(self.device.inform().Event, ())

    def test_the_acs_is_not_told_of_its_own_changes(self) -> None:
        self.call(self.device, setting(PROVISIONING, "by the ACS"))
        self.assertEqual(self.device.inform().Event, ())

    def test_setting_what_is_there_is_no_change(self) -> None:
        self.device.change(PROVISIONING, "")
        self.assertFalse(self.device.wants_session)

    def test_a_new_address_changes_all_that_tell_it(self) -> None:
        address = ROUTER + "WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.ExternalIPAddress"
        before = self.device.tree.value(address)
        self.device.new_lease()
        self.assertNotEqual(self.device.tree.value(address), before)
        self.assertEqual(set(self.device.events.changed), {address, SERVER + "ConnectionRequestURL"})
        self.assertEqual(self.call(self.device).events(), [("4 VALUE CHANGE", "")])

    def test_a_change_that_was_not_told_is_told_with_the_next_try(self) -> None:
        self.device.change(PROVISIONING, "x")
        self.broken(self.device, lose)
        self.assertEqual(self.call(self.device).events(), [("4 VALUE CHANGE", "")])

    def test_a_parameter_that_is_gone_is_not_told(self) -> None:
        table = ROUTER + "Layer3Forwarding.Forwarding."
        self.watch(table, 1)
        self.device.change(table + "1.Interface", "x")
        parameters.delete_object(self.device.tree, table + "1.", "")
        self.assertEqual(self.device.inform().Event, (EventStruct("4 VALUE CHANGE"),))
        self.assertNotIn(table, str(self.device.inform().ParameterList))


class ReportTests(SessionTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.device = self.bootstrapped()
        self.device.ask(DONE, "Download")

    def test_an_rpc_of_its_own_is_announced_and_asked(self) -> None:
        acs = self.call(self.device)
        self.assertEqual(acs.events(), [("7 TRANSFER COMPLETE", ""), ("M Download", "key")])
        self.assertEqual(acs.messages[1:], [DONE, None])
        self.assertFalse(self.device.wants_session)

    def test_two_of_a_kind_are_announced_once_and_by_their_keys(self) -> None:
        self.device.ask(m.TransferComplete("other"), "Upload")
        acs = self.call(self.device)
        self.assertEqual(
            acs.events(), [("7 TRANSFER COMPLETE", ""), ("M Download", "key"), ("M Upload", "other")]
        )
        self.assertEqual(acs.messages[1:], [DONE, m.TransferComplete("other"), None])

    def test_it_stays_until_it_is_answered(self) -> None:
        acs = ScriptedACS()

        async def exchange(body: bytes) -> tuple[int, bytes]:
            if b"TransferComplete" in body and b"Inform" not in body:
                raise ConnectionLost
            return acs.answer(body)

        self.broken(self.device, exchange)
        self.device.reboot()
        self.pass_time(self.device, BOOT_SECONDS)
        again = self.call(self.device)
        self.assertIn(("7 TRANSFER COMPLETE", ""), again.events())
        self.assertIn(DONE, again.messages)

    def test_a_request_to_retry_is_heeded_and_not_for_ever(self) -> None:
        def instead(message: Message | None) -> Message | None:
            return fault(8005) if isinstance(message, m.TransferComplete) else None

        acs = self.call(self.device, instead=instead)
        self.assertEqual(acs.messages[1:], [DONE, DONE, DONE, None])
        self.assertTrue(self.device.wants_session)

    def test_another_fault_ends_it(self) -> None:
        def instead(message: Message | None) -> Message | None:
            return fault(8002) if isinstance(message, m.TransferComplete) else None

        self.call(self.device, instead=instead)
        self.assertFalse(self.device.wants_session)

    def test_requests_are_held_while_the_acs_says_so(self) -> None:
        acs = self.call(self.device, header=Header(hold_requests=True))
        self.assertEqual(acs.messages[1:], [None, DONE, None])

    def test_all_kinds_are_announced_by_their_events(self) -> None:
        for request in (
            m.Kicked("c"),
            m.RequestDownload("1 Firmware Upgrade Image"),
            m.AutonomousTransferComplete(),
        ):
            self.device.ask(request)
        acs = self.call(self.device)
        codes = [code for code, _ in acs.events()]
        self.assertEqual(
            codes,
            [
                "5 KICKED",
                "7 TRANSFER COMPLETE",
                "9 REQUEST DOWNLOAD",
                "10 AUTONOMOUS TRANSFER COMPLETE",
                "M Download",
            ],
        )

    def test_of_what_it_asks_a_reboot_forgets_what_is_of_the_moment(self) -> None:
        self.device.ask(m.Kicked("c"))
        self.device.reboot()
        self.pass_time(self.device, BOOT_SECONDS)
        self.assertEqual(
            self.call(self.device).events(),
            [("1 BOOT", ""), ("7 TRANSFER COMPLETE", ""), ("M Download", "key")],
        )


class AnswerTests(SessionTestCase):
    def test_every_rpc_is_known(self) -> None:
        self.assertEqual({rpc.request for rpc in STANDARD if CPE in rpc.to}, set(ANSWERS))

    def test_the_methods_are_those_of_the_devices_version(self) -> None:
        for name, version in (("tr098-router", (1, 0)), ("tr181-router", (1, 4))):
            answer = self.ask(self.cpe(name), m.GetRPCMethods())
            assert isinstance(answer, m.GetRPCMethodsResponse)
            self.assertEqual(
                set(answer.MethodList),
                {rpc.request.__name__ for rpc in STANDARD if CPE in rpc.to and rpc.since <= version},
            )

    def test_what_it_does_not_know_is_not_supported(self) -> None:
        self.assertEqual(self.code(self.device, m.GetAllQueuedTransfers()), 9000)
        self.assertEqual(self.code(self.device, m.VendorRequest("X_ISP_Dance", "<a>1</a>")), 9000)

    def test_a_key_that_could_not_be_told_again_is_refused(self) -> None:
        # Not in a session, as the ACS of the core would not say it.
        for request in (m.Reboot("k" * 33), m.AddObject(ROUTER + "Layer3Forwarding.Forwarding.", "k" * 33)):
            refused = answer(self.device, request)
            assert isinstance(refused, m.Fault)
            self.assertEqual(refused.FaultCode, 9003)

    def test_a_session_may_ask_many_things(self) -> None:
        acs = self.call(self.device, *[m.GetRPCMethods()] * 20)
        self.assertEqual(len(acs.answers), 20)

    def test_all_that_is_sent_is_read_without_repair(self) -> None:
        for name in ("tr098-router", "tr181-router", "voip-phone", "airties-air4920"):
            device = self.cpe(name)
            device.ask(DONE, "Download")
            root = device.model.root
            acs = self.call(
                device,
                m.GetParameterNames("", False),
                m.GetParameterValues((root,)),
                m.GetParameterAttributes((root,)),
                m.AddObject("nothing."),
            )
            self.assertEqual(
                [heard.envelope.repaired + heard.remark for heard in acs.heard], [""] * len(acs.heard)
            )
            self.assertEqual(len(acs.answers), 4)

    def test_messages_carry_the_id_that_they_answer(self) -> None:
        bodies: list[bytes] = []
        acs = ScriptedACS([m.GetRPCMethods()])

        async def exchange(body: bytes) -> tuple[int, bytes]:
            bodies.append(body)
            return acs.answer(body)

        self.do(self.device.session(exchange))
        self.assertEqual(read_envelope(bodies[2]).header.id, acs.dialogue.asked_id)


class SchemaTests(SessionTestCase):
    skip = schemas.SKIP

    def test_whole_lives_are_valid(self) -> None:
        for name in ("tr098-router", "tr181-router", "voip-phone", "airties-air4920"):
            device = self.cpe(name)
            root, version = device.model.root, device.model.cwmp_version
            requests = [
                m.GetRPCMethods(),
                m.GetParameterNames("", False),
                m.GetParameterNames(root, True),
                m.GetParameterValues((root,)),
                m.GetParameterAttributes((root,)),
                m.SetParameterValues((ParameterValueStruct(root + "No", "1", "xsd:int"),), "k"),
                m.AddObject(next(iter(device.model.templates)).removesuffix("{i}.").replace("{i}", "1")),
                m.GetOptions(),
                m.Download(CommandKey="d", FileType="1 Firmware Upgrade Image", URL="http://f.example/1.2/a"),
                m.GetQueuedTransfers(),
                m.Reboot("r"),
            ]
            acs = ScriptedACS(requests)
            self.hold(device, acs, version)
            self.pass_time(device, BOOT_SECONDS)
            self.do(device.errand(MemoryFiles({"http://f.example/1.2/a": b"x"})))
            self.pass_time(device, BOOT_SECONDS)
            self.hold(device, acs, version)
            self.assertIn(("M Download", "d"), acs.events())
            self.assertEqual(len(acs.answers), len(requests))

    def hold(self, device: SimulatedCPE, acs: ScriptedACS, version: str) -> None:
        """A session in which everything that the device says is valid."""

        async def exchange(body: bytes) -> tuple[int, bytes]:
            if body:
                self.assertEqual([], schemas.objections(body, version), body[:2000].decode())
            return acs.answer(body)

        self.do(device.session(exchange))


class AnyRequestProperties(SessionTestCase):
    @settings(max_examples=200, deadline=None)
    @given(st.lists(requests(CPE), max_size=4), st.sampled_from(("tr098-router", "tr181-router")))
    def test_any_requests_are_answered_and_what_follows_can_be_told(
        self, asked: list[AnyRequest], name: str
    ) -> None:
        self.clock = clock()
        device = self.cpe(name)
        acs = ScriptedACS(asked)
        files = MemoryFiles()
        for _ in range(4):
            self.do(device.session(acs.exchange))
            self.pass_time(device, BOOT_SECONDS)
            while device.wants_errand:
                self.do(device.errand(files))
        self.assertEqual(len(acs.answers), len(asked))
