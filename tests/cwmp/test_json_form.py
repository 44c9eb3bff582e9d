"""Requests from JSON: what the API takes, what it refuses and in which words."""

from __future__ import annotations

import pickle
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.json_form import ArgumentError, from_json, request_from_json, schema_of, to_json
from acs.cwmp.rpcs import STANDARD, TO_ACS, TO_CPE
from tests.support.messages import EXAMPLES, example

UUID = "e8c9b5a2-3f41-5d1c-9a77-0a1b2c3d4e5f"


def one_value(value: Any, **more: Any) -> m.AnyRequest:
    """A SetParameterValues of one parameter."""
    parameter = {"Name": "Device.X", "Value": value, **more}
    return request_from_json("SetParameterValues", {"ParameterList": [parameter]})


class ShapeTests(SynchronousTestCase):
    """The standard's own names and shapes."""

    def test_a_set_is_a_list_of_objects(self) -> None:
        request = m.SetParameterValues((v.ParameterValueStruct("Device.X", "1", "xsd:int"),), "key")
        arguments = {
            "ParameterList": [{"Name": "Device.X", "Value": "1", "Type": "xsd:int"}],
            "ParameterKey": "key",
        }
        self.assertEqual(arguments, to_json(request))
        self.assertEqual(request, request_from_json("SetParameterValues", arguments))

    def test_a_get_is_a_list_of_names(self) -> None:
        request = m.GetParameterValues(("Device.", "Device.X"))
        self.assertEqual({"ParameterNames": ["Device.", "Device.X"]}, to_json(request))

    def test_a_fault_names_the_parameters_that_were_refused(self) -> None:
        fault = m.Fault(9003, "Invalid arguments", (v.SetParameterValuesFault("Device.X", 9008, "no"),))
        self.assertEqual(
            {
                "FaultCode": 9003,
                "FaultString": "Invalid arguments",
                "SetParameterValuesFault": [
                    {"ParameterName": "Device.X", "FaultCode": 9008, "FaultString": "no"}
                ],
            },
            to_json(fault),
        )

    def test_operations_say_which_they_are(self) -> None:
        request = m.ChangeDUState(
            (v.InstallOpStruct("http://x/"), v.UpdateOpStruct(UUID), v.UninstallOpStruct(UUID))
        )
        arguments = {
            "Operations": [
                {"Operation": "Install", "URL": "http://x/"},
                {"Operation": "Update", "UUID": UUID},
                {"Operation": "Uninstall", "UUID": UUID},
            ]
        }
        self.assertEqual(arguments, to_json(request))
        self.assertEqual(request, request_from_json("ChangeDUState", arguments))

    def test_what_has_a_default_may_be_left_out_and_what_is_optional_may_be_null(self) -> None:
        self.assertEqual(
            m.GetParameterNames("Device."),
            request_from_json("GetParameterNames", {"ParameterPath": "Device."}),
        )
        self.assertEqual(m.Reboot(), request_from_json("Reboot", {}))
        self.assertEqual(
            m.ChangeDUState((v.UpdateOpStruct(),)),
            request_from_json(
                "ChangeDUState", {"Operations": [{"Operation": "Update", "URL": None}], "CommandKey": None}
            ),
        )

    def test_values_may_be_json_s_own_and_are_kept_as_text(self) -> None:
        for value, text in (
            (True, "1"),
            (False, "0"),
            (17, "17"),
            (-1.5, "-1.5"),
            ("x ", "x "),
            (2**64, str(2**64)),
        ):
            self.assertEqual(
                m.SetParameterValues((v.ParameterValueStruct("Device.X", text),)), one_value(value)
            )

    def test_every_rpc_of_a_cpe_can_be_asked_for_and_no_other(self) -> None:
        for rpc in filter(STANDARD.__contains__, TO_CPE):
            request = example(rpc.name)
            self.assertEqual(request, request_from_json(rpc.name, to_json(request)))
        for rpc in TO_ACS:
            if rpc not in TO_CPE:
                self.assertRaises(ArgumentError, request_from_json, rpc.name, to_json(example(rpc.name)))

    def test_a_vendor_s_rpc_is_its_xml(self) -> None:
        request = m.VendorRequest("X_00D09E_Ping", "<Count>3</Count>")
        self.assertEqual({"XML": "<Count>3</Count>"}, to_json(request))
        self.assertEqual(request, request_from_json(request.Method, {"XML": "<Count>3</Count>"}))
        self.assertEqual(m.VendorRequest("X_A"), request_from_json("X_A", {}))
        self.assertEqual({"XML": "<a></a>"}, to_json(m.VendorResponse("X_AResponse", "<a></a>")))


class RefusalTests(SynchronousTestCase):
    def refused(self, rpc: str, arguments: Any, where: str, reason: str) -> None:
        """The request is refused, and the error says where and why."""
        error = self.assertRaises(ArgumentError, request_from_json, rpc, arguments)
        self.assertEqual((where, reason), (error.where, error.reason))
        self.assertEqual(f"{where}: {reason}" if where else reason, str(error))

    def test_an_rpc_that_no_cpe_carries_out(self) -> None:
        for rpc in ("Inform", "Kicked", "RebootResponse", "Fault", "reboot", "", "X_PingResponse"):
            self.refused(rpc, {}, "rpc", f"no RPC that a CPE carries out: {rpc!r}")

    def test_a_name_that_is_no_vendor_s(self) -> None:
        self.refused("X_><evil/>", {}, "rpc", "not the name of an element: 'X_><evil/>'")

    def test_what_is_no_object(self) -> None:
        for arguments in ([], "x", None, 1):
            self.refused("Reboot", arguments, "", "must be an object")
        self.refused("SetParameterValues", {"ParameterList": ["x"]}, "ParameterList[0]", "must be an object")

    def test_an_argument_that_is_missing(self) -> None:
        self.refused("GetParameterValues", {}, "ParameterNames", "missing")
        self.refused(
            "SetParameterValues", {"ParameterList": [{"Value": "1"}]}, "ParameterList[0].Name", "missing"
        )
        self.refused(
            "SetParameterValues", {"ParameterList": [{"Name": "X"}]}, "ParameterList[0].Value", "missing"
        )
        self.refused("Download", {"FileType": "2 Web Content"}, "URL", "missing")

    def test_an_argument_that_does_not_exist(self) -> None:
        self.refused("Reboot", {"Key": 1}, "Key", "unknown argument; known: CommandKey")
        self.refused("FactoryReset", {"Key": 1}, "Key", "unknown argument; there are none")
        self.refused("Reboot", {1: 1}, "1", "unknown argument; known: CommandKey")
        self.refused("X_Ping", {"Key": 1}, "Key", "unknown argument; known: XML")
        self.refused(
            "ChangeDUState",
            {"Operations": [{"Operation": "Update", "Ref": ""}]},
            "Operations[0].Ref",
            "unknown argument; known: Operation, UUID, Version, URL, Username, Password",
        )

    def test_an_argument_of_the_wrong_type(self) -> None:
        for value in (1, None, True, ["x"], {}):
            self.refused("Reboot", {"CommandKey": value}, "CommandKey", "must be a string")
        for value in ("1", 1.0, True, None):
            self.refused("ScheduleInform", {"DelaySeconds": value}, "DelaySeconds", "must be an integer")
        for value in ("true", 1, None):
            self.refused(
                "GetParameterNames",
                {"ParameterPath": "", "NextLevel": value},
                "NextLevel",
                "must be a boolean",
            )
        for value in ("Device.", {"0": "Device."}, None):
            self.refused("GetParameterValues", {"ParameterNames": value}, "ParameterNames", "must be a list")
        self.refused(
            "GetParameterValues", {"ParameterNames": ["a", 1]}, "ParameterNames[1]", "must be a string"
        )

    def test_a_value_that_has_no_lexical_form(self) -> None:
        for value in (None, [], {}, float("nan"), float("inf")):
            error = self.assertRaises(ArgumentError, one_value, value)
            self.assertEqual("ParameterList[0].Value: must be a string, a number or a boolean", str(error))

    def test_a_type_that_does_not_exist(self) -> None:
        for name in ("string", "xsd:String", "xs:int", "xsd:", "xsd:int "):
            error = self.assertRaises(ArgumentError, one_value, "1", Type=name)
            self.assertEqual(
                "ParameterList[0].Type: must be an XML Schema type such as xsd:string", str(error)
            )

    def test_an_operation_that_does_not_exist(self) -> None:
        for operation in ("install", "", None, 1, [], {}):
            self.refused(
                "ChangeDUState",
                {"Operations": [{"Operation": operation}]},
                "Operations[0].Operation",
                "must be one of Install, Update, Uninstall",
            )
        self.refused(
            "ChangeDUState",
            {"Operations": ["Install"]},
            "Operations[0].Operation",
            "must be one of Install, Update, Uninstall",
        )

    def test_an_argument_beyond_its_bounds(self) -> None:
        self.refused("Reboot", {"CommandKey": "x" * 33}, "CommandKey", "longer than 32 characters")
        for value in (-1, 2**32):
            self.refused(
                "ScheduleInform", {"DelaySeconds": value}, "DelaySeconds", "must be between 0 and 4294967295"
            )
        attributes = [{"Name": "Device.X", "Notification": 7}]
        self.refused(
            "SetParameterAttributes",
            {"ParameterList": attributes},
            "ParameterList[0].Notification",
            "must be between 0 and 6",
        )

    def test_an_argument_that_annex_a_does_not_allow(self) -> None:
        self.refused("AddObject", {"ObjectName": "Device.X"}, "ObjectName", r"must match [^\r\n]*\.")
        self.refused(
            "Upload",
            {"FileType": "log", "URL": ""},
            "FileType",
            r"must match [1-9][0-9]*( \S+)+|X \S+ [^\r\n]+",
        )

    def test_a_list_that_is_too_short_or_too_long(self) -> None:
        self.refused("GetParameterValues", {"ParameterNames": []}, "ParameterNames", "must hold at least 1")
        windows = [{"WindowStart": 0, "WindowEnd": 1}] * 3
        arguments = {"FileType": "2 Web Content", "URL": "", "TimeWindowList": windows}
        self.refused("ScheduleDownload", arguments, "TimeWindowList", "must hold at most 2")

    def test_characters_that_xml_cannot_carry(self) -> None:
        for character in "\0\x1f\ud800\uffff":
            self.refused(
                "Reboot", {"CommandKey": character}, "CommandKey", "holds a character that XML cannot carry"
            )
            error = self.assertRaises(ArgumentError, one_value, character)
            self.assertEqual("ParameterList[0].Value: holds a character that XML cannot carry", str(error))

    def test_xml_of_a_vendor_s_rpc_that_is_none(self) -> None:
        self.refused("X_Ping", {"XML": 1}, "XML", "must be a string")
        for xml in ("</cwmp:X_Ping><cwmp:Reboot/>", "<a>", "text", "\0"):
            error = self.assertRaises(ArgumentError, request_from_json, "X_Ping", {"XML": xml})
            self.assertEqual("XML", error.where)

    def test_the_error_can_be_kept_and_passed_on(self) -> None:
        error = ArgumentError("URL", "missing")
        self.assertEqual(1, len({error, error}))
        self.assertEqual("URL: missing", str(pickle.loads(pickle.dumps(error))))


class SchemaTests(SynchronousTestCase):
    """The JSON Schema says of the form what the form is."""

    def test_it_describes_each_field(self) -> None:
        self.assertEqual(
            {
                "type": "object",
                "properties": {
                    "ParameterPath": {"type": "string", "maxLength": 256},
                    "NextLevel": {"type": "boolean"},
                },
                "additionalProperties": False,
                "required": ["ParameterPath"],
            },
            schema_of(m.GetParameterNames),
        )

    def test_values_numbers_lists_and_patterns(self) -> None:
        value = schema_of(m.SetParameterValues)["properties"]["ParameterList"]["items"]
        self.assertEqual({"type": ["string", "number", "boolean"]}, value["properties"]["Value"])
        self.assertEqual(["Name", "Value"], value["required"])
        self.assertEqual(
            {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
            schema_of(m.ScheduleInform)["properties"]["DelaySeconds"],
        )
        windows = schema_of(m.ScheduleDownload)["properties"]["TimeWindowList"]
        self.assertEqual((1, 2), (windows["minItems"], windows["maxItems"]))
        self.assertEqual(r"^([^\r\n]*\.)$", schema_of(m.AddObject)["properties"]["ObjectName"]["pattern"])

    def test_what_is_optional_may_be_null(self) -> None:
        self.assertEqual(
            {"type": ["string", "null"], "maxLength": 32},
            schema_of(m.ChangeDUState)["properties"]["CommandKey"],
        )

    def test_one_operation_cannot_be_taken_for_another(self) -> None:
        operations = schema_of(m.ChangeDUState)["properties"]["Operations"]["items"]["oneOf"]
        self.assertEqual(
            ["Install", "Update", "Uninstall"],
            [each["properties"]["Operation"]["const"] for each in operations],
        )
        self.assertTrue(all("Operation" in each["required"] for each in operations))

    def test_every_message_has_one_that_names_what_the_form_holds(self) -> None:
        for message in EXAMPLES:
            schema = schema_of(type(message))
            self.assertEqual(set(), set(to_json(message)) - set(schema["properties"]))
            self.assertEqual(message, from_json(type(message), to_json(message)))
