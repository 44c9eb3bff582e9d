"""The arguments of an RPC on the command line."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.ctl.errors import CommandFailed
from acs.ctl.rpc_arguments import from_words
from acs.cwmp.json_form import request_from_json


class ShortFormTests(SynchronousTestCase):
    def test_names_and_values_to_set(self) -> None:
        arguments = from_words("SetParameterValues", ["Device.A=1", "Device.B=x=y", "Device.C="])
        values = [("Device.A", "1"), ("Device.B", "x=y"), ("Device.C", "")]
        self.assertEqual(
            [{"Name": name, "Value": value} for name, value in values], arguments["ParameterList"]
        )

    def test_names_to_get(self) -> None:
        arguments = from_words("GetParameterValues", ["Device.A", "Device.B."])
        self.assertEqual({"ParameterNames": ["Device.A", "Device.B."]}, arguments)

    def test_every_short_form_is_what_the_standard_asks_for(self) -> None:
        for rpc, word in {
            "SetParameterValues": "Device.A=1",
            "GetParameterValues": "Device.",
            "GetParameterAttributes": "Device.",
            "GetParameterNames": "Device.",
            "AddObject": "Device.A.",
            "DeleteObject": "Device.A.1.",
        }.items():
            request_from_json(rpc, from_words(rpc, [word]))

    def test_a_diagnostics_own_arguments_are_what_they_are_declared_to_be(self) -> None:
        words = ["Host=10", "NumberOfRepetitions=4", "DSCP=high", "Unknown=1"]
        self.assertEqual(
            {"Host": "10", "NumberOfRepetitions": 4, "DSCP": "high", "Unknown": "1"},
            from_words("IPPing", words),
        )
        words = ["DownloadURL=http://192.0.2.1/?a=b", "EnablePerConnectionResults=true"]
        wanted = {"DownloadURL": "http://192.0.2.1/?a=b", "EnablePerConnectionResults": True}
        self.assertEqual(wanted, from_words("DownloadDiagnostics", words))
        for word, flag in (("0", False), ("False", False), ("1", True), ("maybe", "maybe")):
            words = [f"EnablePerConnectionResults={word}"]
            self.assertEqual({"EnablePerConnectionResults": flag}, from_words("UploadDiagnostics", words))
        self.assertEqual({"Host": "h"}, from_words("TraceRoute", ['{"Host": "h"}']))
        self.assertEqual(2, self.assertRaises(CommandFailed, from_words, "IPPing", ["192.0.2.1"]).status)

    def test_no_words_are_no_arguments(self) -> None:
        self.assertEqual({}, from_words("Reboot", []))

    def test_a_word_without_an_equals_sign_is_refused(self) -> None:
        for word in ("Device.A", "=1", ""):
            error = self.assertRaises(CommandFailed, from_words, "SetParameterValues", [word])
            self.assertEqual(2, error.status)

    def test_an_object_is_one(self) -> None:
        error = self.assertRaises(CommandFailed, from_words, "AddObject", ["Device.A.", "Device.B."])
        self.assertEqual("one ObjectName is wanted, not 2", error.reason)

    def test_other_rpcs_want_json(self) -> None:
        error = self.assertRaises(CommandFailed, from_words, "Download", ["http://host/file"])
        self.assertIn("JSON object", error.reason)


class JsonTests(SynchronousTestCase):
    def test_json_on_the_command_line(self) -> None:
        self.assertEqual({"CommandKey": "k"}, from_words("Reboot", ['{"CommandKey": "k"}']))

    def test_json_in_a_file(self) -> None:
        path = Path(self.mktemp())
        path.write_text('{"CommandKey": "k"}', "utf-8")
        self.assertEqual({"CommandKey": "k"}, from_words("Reboot", [f"@{path}"]))

    def test_what_is_no_json_object_is_refused(self) -> None:
        path = Path(self.mktemp())
        for content in (b"{", b"[]", b"1", b"\xff"):
            path.write_bytes(content)
            error = self.assertRaises(CommandFailed, from_words, "Reboot", [f"@{path}"])
            self.assertEqual(2, error.status)
