"""The table of RPCs agrees with itself and with the names that stand in it."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp.rpc import ACS, CPE
from acs.cwmp.rpcs import BY_NAME, RPCS, STANDARD
from acs.cwmp.values import DeviceId

STANDARD_MESSAGES = {cls.__name__ for rpc in STANDARD for cls in (rpc.request, rpc.response)}


class RPCTests(SynchronousTestCase):
    def test_each_message_declared_stands_in_it_once(self) -> None:
        declared = {
            name
            for name, cls in vars(m).items()
            if isinstance(cls, type)
            and issubclass(cls, (m.Request, m.Response))
            and name not in vars(m.Message)
        }
        self.assertEqual(
            declared - {"Request", "Response", "VendorRequest", "VendorResponse"}, STANDARD_MESSAGES
        )
        self.assertEqual(len(RPCS), len(BY_NAME))

    def test_each_answer_has_the_name_of_its_question(self) -> None:
        for rpc in RPCS:
            self.assertEqual(f"{rpc.name}Response", rpc.response.__name__)

    def test_an_answer_s_class_is_told_by_its_question_s(self) -> None:
        for rpc in RPCS:
            (base,) = rpc.request.__orig_bases__  # type: ignore[attr-defined]
            (response,) = base.__args__
            self.assertEqual(rpc.response.__name__, response.__forward_arg__)

    def test_all_of_the_standard_is_in_it(self) -> None:
        self.assertEqual(20, len([rpc for rpc in STANDARD if CPE in rpc.to]))
        self.assertEqual(8, len([rpc for rpc in STANDARD if ACS in rpc.to]))
        self.assertEqual(["GetRPCMethods"], [rpc.name for rpc in STANDARD if set(rpc.to) == {ACS, CPE}])

    def test_newer_rpcs_say_since_when(self) -> None:
        newer = {rpc.name: rpc.since for rpc in STANDARD if rpc.since > (1, 0)}
        self.assertEqual(
            {
                "GetAllQueuedTransfers": (1, 1),
                "AutonomousTransferComplete": (1, 1),
                "ScheduleDownload": (1, 2),
                "CancelTransfer": (1, 2),
                "ChangeDUState": (1, 2),
                "DUStateChangeComplete": (1, 2),
                "AutonomousDUStateChangeComplete": (1, 2),
            },
            newer,
        )

    def test_what_ends_later_is_never_repeated(self) -> None:
        transfers = {rpc.name for rpc in STANDARD if rpc.transfer}
        self.assertEqual({"Download", "Upload", "ScheduleDownload", "ChangeDUState"}, transfers)
        self.assertFalse(any(rpc.idempotent for rpc in RPCS if rpc.transfer))

    def test_what_changes_a_cpe_s_state_of_itself_is_never_repeated(self) -> None:
        for name in ("Reboot", "FactoryReset", "AddObject", "DeleteObject"):
            self.assertFalse(BY_NAME[name].idempotent)
        for name in ("SetParameterValues", "GetParameterValues", "SetParameterAttributes"):
            self.assertTrue(BY_NAME[name].idempotent)


class DeviceIdTests(SynchronousTestCase):
    def test_its_key_is_oui_class_and_serial_number(self) -> None:
        self.assertEqual(
            "001CA8-Air4920DK%2DWA-AT1931620001413",
            DeviceId("AirTies", "001CA8", "Air4920DK-WA", "AT1931620001413").key,
        )

    def test_without_a_class_its_key_has_two_parts(self) -> None:
        self.assertEqual("001CA8-1", DeviceId("AirTies", "001CA8", "", "1").key)

    def test_the_oui_is_taken_in_upper_case(self) -> None:
        self.assertEqual("001CA8-1", DeviceId("AirTies", "001ca8", "", "1").key)

    def test_all_but_letters_digits_and_underscores_is_encoded(self) -> None:
        self.assertEqual("0-a_B9-%2D%2E%7E%20%2F%25%C3%A9", DeviceId("", "0", "a_B9", "-.~ /%\u00e9").key)

    def test_no_two_devices_share_a_key(self) -> None:
        self.assertNotEqual(DeviceId("", "0", "a-b", "c").key, DeviceId("", "0", "a", "b-c").key)
