"""Tests of `acs.cwmp.datamodel`."""

from __future__ import annotations

from typing import ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.datamodel import RootDataModel, infer

GATEWAY_SUMMARY = "InternetGatewayDevice.DeviceSummary"
DEVICE_SUMMARY = "Device.DeviceSummary"
VERSION = "Device.RootDataModelVersion"


class GatewayTests(SynchronousTestCase):
    """TR-098 devices."""

    def test_the_summary_names_the_version_and_the_services(self) -> None:
        summary = (
            "InternetGatewayDevice:1.4[](Baseline:1, EthernetLAN:1, Time:1), "
            "VoiceService:1.0[1](SIPEndpoint:1, TAEndpoint:1), StorageService:1.2[1,2](Baseline:1)"
        )
        self.assertEqual(
            infer({GATEWAY_SUMMARY: summary}),
            RootDataModel(
                "InternetGatewayDevice:1.4",
                "InternetGatewayDevice.",
                GATEWAY_SUMMARY,
                services=("VoiceService:1.0", "StorageService:1.2"),
            ),
        )

    def test_a_minor_version_may_have_several_digits(self) -> None:
        self.assertEqual(
            infer({GATEWAY_SUMMARY: "InternetGatewayDevice:1.14[](Baseline:1)"}).name,
            "InternetGatewayDevice:1.14",
        )

    def test_white_space_and_line_ends_within_a_summary_do_not_matter(self) -> None:
        for summary in (
            "InternetGatewayDevice:1.1[] (Baseline:1, EthernetLAN:1)",
            "InternetGatewayDevice:1.1[ ](Baseline:1)",
            "\n   InternetGatewayDevice : 1.1 [] (\n Baseline:1,\n EthernetLAN:1)\n ",
            "InternetGatewayDevice:1.1",
            "InternetGatewayDevice:1.1[](Baseline:1",
            "InternetGatewayDevice:1.1[",
        ):
            self.assertEqual(infer({GATEWAY_SUMMARY: summary}).name, "InternetGatewayDevice:1.1", summary)

    def test_a_profile_is_no_service(self) -> None:
        summary = "InternetGatewayDevice:1.1[](Baseline:1, VoiceService:1.0), StorageService:1.0[](X:1.1)"
        self.assertEqual(infer({GATEWAY_SUMMARY: summary}).services, ("StorageService:1.0",))

    def test_without_a_summary_it_is_the_model_of_2004(self) -> None:
        found = infer({"InternetGatewayDevice.DeviceInfo.SoftwareVersion": "5.3.2"})
        self.assertEqual(found.name, "InternetGatewayDevice:1.0")
        self.assertEqual(found.root, "InternetGatewayDevice.")
        self.assertEqual(
            found.inferred_from, "InternetGatewayDevice.DeviceInfo.SoftwareVersion without DeviceSummary"
        )

    def test_any_parameter_of_the_root_will_do(self) -> None:
        found = infer({"InternetGatewayDevice.ManagementServer.ParameterKey": ""})
        self.assertEqual(found.name, "InternetGatewayDevice:1.0")
        self.assertEqual(found.inferred_from, "InternetGatewayDevice. without DeviceSummary")

    def test_an_empty_summary_is_as_good_as_none(self) -> None:
        found = infer({GATEWAY_SUMMARY: "", "InternetGatewayDevice.DeviceInfo.SoftwareVersion": "1"})
        self.assertEqual(found.name, "InternetGatewayDevice:1.0")
        self.assertEqual(
            found.inferred_from, "InternetGatewayDevice.DeviceInfo.SoftwareVersion without DeviceSummary"
        )

    def test_a_summary_that_makes_no_sense_is_named_as_unreadable(self) -> None:
        for summary in (
            "(null)",
            "InternetGatewayDevice:1",
            "Device:2.0[]()",
            "InternetGatewayDevice:1.x[]()",
        ):
            found = infer({GATEWAY_SUMMARY: summary})
            self.assertEqual(found.name, "InternetGatewayDevice:1.0", summary)
            self.assertEqual(found.inferred_from, "InternetGatewayDevice. with an unreadable DeviceSummary")


class DeviceTests(SynchronousTestCase):
    """TR-106 and TR-181 devices."""

    def test_a_summary_means_issue_1(self) -> None:
        found = infer({DEVICE_SUMMARY: "Device:1.3[](Baseline:1), STBService:1.0[1](Baseline:1)"})
        self.assertEqual(
            found, RootDataModel("Device:1.3", "Device.", DEVICE_SUMMARY, services=("STBService:1.0",))
        )

    def test_issue_2_has_its_own_parameter(self) -> None:
        for value, name in {"2.11": "Device:2.11", " 2.4\n": "Device:2.4", "2.19.1": "Device:2.19"}.items():
            self.assertEqual(infer({VERSION: value}), RootDataModel(name, "Device.", VERSION))

    def test_the_summary_stands_before_the_version(self) -> None:
        self.assertEqual(
            infer({VERSION: "2.4", DEVICE_SUMMARY: "Device:1.5[]()"}).inferred_from, DEVICE_SUMMARY
        )

    def test_an_empty_summary_leaves_the_version(self) -> None:
        self.assertEqual(infer({DEVICE_SUMMARY: "", VERSION: "2.4"}).name, "Device:2.4")

    def test_the_urn_of_the_supported_model_will_do(self) -> None:
        name = "Device.DeviceInfo.SupportedDataModel.3.URN"
        found = infer({name: "urn:broadband-forum-org:tr-181-2-6-0"})
        self.assertEqual(found, RootDataModel("Device:2.6", "Device.", name))

    def test_urns_of_service_models_name_services(self) -> None:
        table = "Device.DeviceInfo.SupportedDataModel."
        found = infer(
            {
                VERSION: "2.11",
                table + "1.URN": "urn:broadband-forum-org:tr-181-2-11-0",
                table + "2.URN": "urn:broadband-forum-org:tr-104-2-0-2",
                table + "3.URN": "urn:broadband-forum-org:tr-140-1-3",
                table + "4.URN": "urn:acme:tr-135-1-0-0",
                table + "5.URL": "urn:broadband-forum-org:tr-196-2-0-0",
            }
        )
        self.assertEqual(found.name, "Device:2.11")
        self.assertEqual(found.services, ("VoiceService:2.0", "StorageService:1.3"))

    def test_a_service_named_twice_is_one(self) -> None:
        found = infer(
            {
                DEVICE_SUMMARY: "Device:1.5[](),VoiceService:1.0[1](),VoiceService:1.0[2]()",
                "Device.DeviceInfo.SupportedDataModel.1.URN": "urn:broadband-forum-org:tr-104-1-0-0",
            }
        )
        self.assertEqual(found.services, ("VoiceService:1.0",))

    def test_else_2_0_is_assumed_and_said_so(self) -> None:
        for parameters in ({"Device.DeviceInfo.SoftwareVersion": "1"}, {VERSION: "new"}, {VERSION: ""}):
            found = infer(parameters)
            self.assertEqual(found.name, "Device:2.0")
            self.assertTrue(found.inferred_from.startswith("assumed"))


class MixtureTests(SynchronousTestCase):
    """Devices with both roots, as AirTies ships and as firmware in transition has them."""

    both: ClassVar[dict[str, str]] = {
        "InternetGatewayDevice.DeviceInfo.SoftwareVersion": "1",
        "Device.DeviceInfo.SoftwareVersion": "1",
    }

    def test_both_models_are_named(self) -> None:
        found = infer(self.both)
        self.assertTrue(found.mixed)
        self.assertEqual(found.name, "mixed InternetGatewayDevice:1.0 + Device:2.0")
        self.assertIn(
            "InternetGatewayDevice.DeviceInfo.SoftwareVersion without DeviceSummary; assumed",
            found.inferred_from,
        )

    def test_the_connection_request_url_decides_on_the_root(self) -> None:
        for root in ("InternetGatewayDevice.", "Device."):
            found = infer(
                {**self.both, root + "ManagementServer.ConnectionRequestURL": "http://192.0.2.1:7547/"}
            )
            self.assertEqual(found.root, root)

    def test_an_empty_connection_request_url_does_not(self) -> None:
        url = "ManagementServer.ConnectionRequestURL"
        found = infer({**self.both, "Device." + url: "", "InternetGatewayDevice." + url: "http://192.0.2.1/"})
        self.assertEqual(found.root, "InternetGatewayDevice.")

    def test_else_the_root_that_states_its_version(self) -> None:
        self.assertEqual(
            infer({**self.both, GATEWAY_SUMMARY: "InternetGatewayDevice:1.4[]()"}).root,
            "InternetGatewayDevice.",
        )
        self.assertEqual(infer({**self.both, VERSION: "2.8"}).root, "Device.")
        self.assertEqual(infer(self.both).root, "Device.")

    def test_one_root_is_no_mixture(self) -> None:
        self.assertFalse(infer({"Device.DeviceInfo.SoftwareVersion": "1", VERSION: "2.8"}).mixed)


words = (
    "InternetGatewayDevice",
    "Device",
    ":1",
    ".0",
    "[",
    "]",
    "(",
    ")",
    ",",
    " ",
    "VoiceService:1.0",
    "é",
    "9" * 5000,
)
summaries = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(words), max_size=14).map("".join))
names = st.one_of(
    st.sampled_from(
        (GATEWAY_SUMMARY, DEVICE_SUMMARY, VERSION, "Device.DeviceInfo.SupportedDataModel.1.URN", "Device.")
    ),
    st.text(max_size=20),
)


class AnyDeviceTests(SynchronousTestCase):
    """Whatever a device says."""

    def test_nothing_reported_is_nothing_known(self) -> None:
        for parameters in (
            {},
            {"X_ACME.Thing": "1"},
            {"Device": "1"},
            {"device.DeviceSummary": "Device:1.0[]()"},
        ):
            found = infer(parameters)
            self.assertEqual(found, RootDataModel("", "", "nothing"))

    @given(st.dictionaries(names, summaries, max_size=6))
    @settings(deadline=None, max_examples=200)
    def test_any_strings_give_a_model_or_none(self, parameters: dict[str, str]) -> None:
        found = infer(parameters)
        self.assertIn(found.root, ("", "Device.", "InternetGatewayDevice."))
        self.assertEqual(bool(found.name), bool(found.root))
        self.assertLess(len(found.name), 80)
        self.assertTrue(found.inferred_from)

    def test_a_giant_summary_is_read_in_linear_time(self) -> None:
        for part in ("(", "[", "A:1.0(", ",", " ", "A"):
            self.assertEqual(infer({DEVICE_SUMMARY: part * 2_000_000}).name, "Device:2.0")
