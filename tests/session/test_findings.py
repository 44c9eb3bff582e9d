"""Tests of `acs.session.findings`: which object a device has for a diagnostic, and what it tells of it."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.diagnostics import DIAGNOSTICS
from acs.cwmp.values import ParameterValueStruct
from acs.session.findings import LONGEST_TEXT, MOST_ROWS, findings, object_of

PING, TRACE = DIAGNOSTICS["IPPing"], DIAGNOSTICS["TraceRoute"]
NEIGHBOURS = DIAGNOSTICS["NeighboringWiFiDiagnostic"]
DEVICE = "Device.IP.Diagnostics.IPPing."
GATEWAY = "InternetGatewayDevice.IPPingDiagnostics."
MIXED = "mixed InternetGatewayDevice:1.0 + Device:2.0"


class ObjectTests(SynchronousTestCase):
    def test_a_device_that_was_never_read_has_that_of_its_data_model(self) -> None:
        for model, path in (
            ("Device:2.11", DEVICE),
            ("Device:1.3", "Device.LAN.IPPingDiagnostics."),
            ("InternetGatewayDevice:1.4", GATEWAY),
            (MIXED, DEVICE),
        ):
            self.assertEqual(path, object_of(PING, (), model))

    def test_one_that_mixes_two_has_the_one_that_is_known_of_it(self) -> None:
        self.assertEqual(GATEWAY, object_of(PING, [GATEWAY + "Host"], MIXED))
        self.assertEqual(DEVICE, object_of(PING, [GATEWAY + "Host", DEVICE + "Host"], MIXED))

    def test_what_is_known_goes_before_the_data_model_that_it_claims(self) -> None:
        self.assertEqual(GATEWAY, object_of(PING, [GATEWAY], "Device:2.0"))

    def test_a_device_of_unknown_data_model_has_none(self) -> None:
        self.assertIsNone(object_of(PING, (), ""))
        self.assertIsNone(object_of(PING, ["Device.IP.Diagnostics.IPPingX.Host"], "Device:20.1"))

    def test_vendors_have_neighbours_in_many_places(self) -> None:
        for above in ("LANDevice.1.WiFi.", "X_NAME."):
            path = f"InternetGatewayDevice.{above}NeighboringWiFiDiagnostic."
            known = ["InternetGatewayDevice.DeviceInfo.UpTime", path + "DiagnosticsState"]
            self.assertEqual(path, object_of(NEIGHBOURS, known, "InternetGatewayDevice:1.4"))
        self.assertIsNone(object_of(NEIGHBOURS, (), "InternetGatewayDevice:1.4"))
        other = ["InternetGatewayDevice.X_MyNeighboringWiFiDiagnostic.DiagnosticsState"]
        self.assertIsNone(object_of(NEIGHBOURS, other, "InternetGatewayDevice:1.4"))


class FindingsTests(SynchronousTestCase):
    def test_numbers_are_numbers_and_what_is_none_stays_text(self) -> None:
        told = {"DiagnosticsState": "Complete", "SuccessCount": " 4", "FailureCount": "none", "Host": "h"}
        values = [ParameterValueStruct(DEVICE + name, value) for name, value in told.items()]
        self.assertEqual(
            {"DiagnosticsState": "Complete", "SuccessCount": 4, "FailureCount": "none"},
            findings(PING, DEVICE, values),
        )

    def test_rows_come_in_the_order_of_their_numbers_by_the_names_that_the_device_has(self) -> None:
        path = "InternetGatewayDevice.TraceRouteDiagnostics."
        told = {
            "RouteHops.10.HopHost": "b",
            "RouteHops.9.HopHost": "a",
            "RouteHops.9.HopErrorCode": "0",
            "RouteHops.9.HopRTTimes": "1,2,3",
            "RouteHops.x.HopHost": "no number",
            "RouteHops.9.Deeper.HopHost": "not declared",
            "Elsewhere.9.HopHost": "nor this",
        }
        values = [ParameterValueStruct(path + name, value) for name, value in told.items()]
        rows = [{"HopHost": "a", "HopErrorCode": 0, "HopRTTimes": "1,2,3"}, {"HopHost": "b"}]
        self.assertEqual({"RouteHops": rows}, findings(TRACE, path, values))

    def test_a_device_cannot_make_them_as_long_as_it_likes(self) -> None:
        path = "Device.IP.Diagnostics.TraceRoute."
        values = [ParameterValueStruct(f"{path}RouteHops.{n}.Host", "h") for n in range(MOST_ROWS + 9)]
        values += [ParameterValueStruct(path + "IPAddressUsed", "x" * 9999)]
        values += [ParameterValueStruct(path + "ResponseTime", "9" * 9999)]
        found = findings(TRACE, path, values)
        self.assertEqual(MOST_ROWS, len(found["RouteHops"]))
        self.assertEqual("x" * LONGEST_TEXT, found["IPAddressUsed"])
        self.assertEqual("9" * LONGEST_TEXT, found["ResponseTime"])

    def test_of_nothing_comes_nothing(self) -> None:
        self.assertEqual({"Result": []}, findings(NEIGHBOURS, "Device.WiFi.NeighboringWiFiDiagnostic.", ()))
