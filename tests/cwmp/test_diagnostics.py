"""Tests of `acs.cwmp.diagnostics`: the table is the Broadband Forum's, and its arguments are checked."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from acs.cwmp.diagnostics import ANYWHERE, DIAGNOSTICS, STATE, Columns, Diagnostic
from acs.cwmp.fields import fields_of
from acs.cwmp.json_form import ArgumentError, from_json
from acs.cwmp.modelfile import ModelParameter, ModelReader
from acs.cwmp.modeltypes import Span
from acs.cwmp.rpcs import BY_NAME

FORUM = Path(__file__).parents[3] / "shared" / "reference" / "bbf" / "datamodel"
FILES = {
    "Device:2": "tr-181-2-19-1-cwmp-full.xml",
    "Device:1": "tr-181-1-7-0-full.xml",
    "InternetGatewayDevice:1": "tr-098-1-8-0-full.xml",
}
NUMBERS = ("int", "unsignedInt", "unsignedLong")
WHAT_IT_CAN = (
    "DownloadTransports",
    "UploadTransports",
    "DownloadDiagnosticMaxConnections",
    "UploadDiagnosticsMaxConnections",
    "DownloadDiagnosticsMaxIncrementalResult",
    "UploadDiagnosticsMaxIncrementalResult",
)
"""What stands among the results of a diagnostic and is none: what the device is able to do."""
NAMES = (
    "IPPing",
    "TraceRoute",
    "DownloadDiagnostics",
    "UploadDiagnostics",
    "NSLookupDiagnostics",
    "NeighboringWiFiDiagnostic",
)


@cache
def standard(model: str) -> dict[str, ModelParameter]:
    """What the Broadband Forum says of the parameters of a data model, but of those that are deleted."""
    file = FORUM / FILES[model]
    if not file.exists():
        raise SkipTest(f"the Broadband Forum's files are not here: {file}")
    reader = ModelReader()
    items = reader.feed(file.read_bytes()) + reader.close()
    return {
        item.path: item for item in items if isinstance(item, ModelParameter) and item.status != "deleted"
    }


def objects() -> Iterator[tuple[Diagnostic, str, dict[str, ModelParameter]]]:
    """Each diagnostic with its object and the parameters below that, by their names there."""
    for diagnostic in DIAGNOSTICS.values():
        for model, path in diagnostic.objects.items():
            if ANYWHERE not in path:
                below = {
                    name.removeprefix(path): parameter
                    for name, parameter in standard(model).items()
                    if name.startswith(path)
                }
                yield diagnostic, path, below


def declared(diagnostic: Diagnostic) -> dict[str, bool]:
    """The results that are known, with ``{i}`` for rows; whether each is a number."""
    found: dict[str, bool] = {}
    parts: dict[str, Columns] = {"": diagnostic.results}
    parts |= {f"{table}.{{i}}.": columns for table, columns in diagnostic.tables.items()}
    for prefix, columns in parts.items():
        found |= dict.fromkeys((prefix + name for name in columns.numbers), True)
        found |= dict.fromkeys((prefix + name for name in columns.texts), False)
    return found


class StandardTests(SynchronousTestCase):
    def test_these_are_the_diagnostics(self) -> None:
        self.assertEqual(NAMES, tuple(DIAGNOSTICS))
        self.assertEqual(set(), set(DIAGNOSTICS) & set(BY_NAME))

    def test_each_object_is_there_with_its_state(self) -> None:
        for _, path, below in objects():
            self.assertEqual("readWrite", below[STATE].access, path)
            self.assertIn("Requested", below[STATE].syntax.enumeration, path)

    def test_what_can_be_written_is_an_argument_and_has_its_type(self) -> None:
        for diagnostic, path, below in objects():
            arguments = {field.name: field for field in fields_of(diagnostic.arguments)}
            writable = {
                name for name, each in below.items() if each.access == "readWrite" and "{i}" not in name
            }
            self.assertEqual(set(), writable - set(arguments) - {STATE}, path)
            for name in writable & set(arguments):
                leaf = arguments[name].leaf
                assert leaf is not None
                # Device:2 has widened it.
                types = ("unsignedInt", "unsignedLong") if name == "TestFileLength" else (leaf.xsd[4:],)
                self.assertIn(below[name].type, types, path + name)

    def test_an_argument_is_one_somewhere_and_takes_what_may_be_set(self) -> None:
        for diagnostic in DIAGNOSTICS.values():
            for field in fields_of(diagnostic.arguments):
                known = [
                    below[field.name]
                    for each, _, below in objects()
                    if each is diagnostic and field.name in below
                ]
                self.assertTrue(known, field.name)
                self.assert_takes(field.leaf, known[0])

    def assert_takes(self, leaf: Any, parameter: ModelParameter) -> None:
        """The bounds, lengths and words are those of Device:2."""
        if leaf.bounds is not None and parameter.type == "unsignedInt":
            (span,) = parameter.syntax.ranges or (Span(0, None),)
            most = 0xFFFFFFFF if span.maximum is None else span.maximum
            self.assertEqual((span.minimum, most), (leaf.bounds[0], leaf.bounds[-1]), parameter.path)
        if parameter.syntax.enumeration:
            self.assertEqual("|".join(parameter.syntax.enumeration), leaf.pattern, parameter.path)
        for size in parameter.syntax.sizes:
            self.assertEqual(size.maximum, leaf.maximum, parameter.path)

    def test_every_result_is_known_and_has_its_kind(self) -> None:
        seen: dict[str, set[str]] = {}
        for diagnostic, path, below in objects():
            results = declared(diagnostic)
            for name, parameter in below.items():
                if parameter.access != "readOnly" or name.endswith("NumberOfEntries"):
                    continue
                if name in WHAT_IT_CAN or name == "NumberOfRouteHops":
                    continue
                self.assertIn(name, results, path)
                self.assertEqual(results[name], parameter.type in NUMBERS, path + name)
                seen.setdefault(diagnostic.name, set()).add(name)
        for diagnostic in DIAGNOSTICS.values():
            self.assertEqual(set(declared(diagnostic)), seen[diagnostic.name])


class ArgumentTests(SynchronousTestCase):
    def assert_refused(self, name: str, where: str, **arguments: Any) -> None:
        with self.assertRaises(ArgumentError) as caught:
            from_json(DIAGNOSTICS[name].arguments, arguments)
        self.assertEqual(where, caught.exception.where)

    def test_what_has_to_be_given_is_missed(self) -> None:
        for name, where in (
            ("IPPing", "Host"),
            ("TraceRoute", "Host"),
            ("DownloadDiagnostics", "DownloadURL"),
            ("UploadDiagnostics", "UploadURL"),
            ("NSLookupDiagnostics", "HostName"),
        ):
            self.assert_refused(name, where)
        self.assert_refused("UploadDiagnostics", "TestFileLength", UploadURL="http://192.0.2.1/up")

    def test_what_it_does_not_have_is_refused_by_name(self) -> None:
        self.assert_refused("IPPing", "Hots", Hots="192.0.2.1", Host="192.0.2.1")
        self.assert_refused("IPPing", "DiagnosticsState", Host="192.0.2.1", DiagnosticsState="None")
        self.assert_refused("NeighboringWiFiDiagnostic", "Host", Host="192.0.2.1")

    def test_what_is_out_of_bounds_or_of_another_type_is_refused(self) -> None:
        for name, value in (
            ("NumberOfRepetitions", 0),
            ("NumberOfRepetitions", "4"),
            ("NumberOfRepetitions", True),
            ("NumberOfRepetitions", 4.0),
            ("DataBlockSize", 65536),
            ("DSCP", 64),
            ("DSCP", -1),
            ("Timeout", 2**32),
            ("ProtocolVersion", "IPv5"),
            ("Interface", 1),
            ("Interface", "x" * 257),
            ("Interface", "a\x00"),
        ):
            self.assert_refused("IPPing", name, Host="192.0.2.1", **{name: value})

    def test_a_host_is_no_empty_text_and_has_no_blanks(self) -> None:
        for host in ("", " ", "a b", "x" * 257, "a\n"):
            self.assert_refused("IPPing", "Host", Host=host)

    def test_only_urls_that_a_device_may_be_sent_to_are_taken(self) -> None:
        for url in (
            "",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "http:192.0.2.1",
            "http://",
            "http:///x",
            "http://192.0.2.1/a b",
            "http://user:password@192.0.2.1/x",
            "ftp://user@192.0.2.1/x",
            "tftp://192.0.2.1/x",
            "HTTP://192.0.2.1/x",
            "http://192.0.2.1/x\n",
            "http://192.0.2.1/" + "x" * 2048,
        ):
            self.assert_refused("DownloadDiagnostics", "DownloadURL", DownloadURL=url)
        for url in ("http://192.0.2.1", "https://speed.example:8443/10MB?a=b@c", "ftp://[2001:db8::1]/10MB"):
            from_json(DIAGNOSTICS["DownloadDiagnostics"].arguments, {"DownloadURL": url})

    def test_null_is_as_if_it_were_not_there(self) -> None:
        made = from_json(DIAGNOSTICS["IPPing"].arguments, {"Host": "a.example", "DSCP": None})
        self.assertEqual(made, DIAGNOSTICS["IPPing"].arguments("a.example"))
