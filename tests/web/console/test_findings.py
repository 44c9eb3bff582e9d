"""What diagnostics have found, in words."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.diagnostics import DIAGNOSTICS
from acs.web.console.findings import NAMES, finding


def found(rpc: str, state: str = "done", **result: Any) -> Any:
    return finding({"rpc": rpc, "state": state, "result": result})


class FindingTests(SynchronousTestCase):
    def test_every_diagnostic_has_a_name_for_people(self) -> None:
        self.assertEqual(set(DIAGNOSTICS), set(NAMES))

    def test_a_ping(self) -> None:
        times = {"AverageResponseTime": 5, "MinimumResponseTime": 4, "MaximumResponseTime": 32}
        said = found("IPPing", SuccessCount=3, FailureCount=1, **times)
        self.assertEqual("3 of 4 came back, 5 ms on average (4 to 32)", said.summary)
        self.assertIn(("SuccessCount", "3"), said.facts)
        self.assertEqual("0 of 4 came back", found("IPPing", SuccessCount=0, FailureCount=4).summary)

    def test_how_fast_a_transfer_was(self) -> None:
        times = {"BOMTime": "2026-11-25T12:00:00.000000Z", "EOMTime": "2026-11-25T12:00:02.000000Z"}
        self.assertEqual(
            "4.0 Mbit/s over 2.0 s",
            found("DownloadDiagnostics", TestBytesReceived=1_000_000, **times).summary,
        )
        self.assertEqual(
            "4.0 Mbit/s over 2.0 s", found("UploadDiagnostics", TotalBytesSent="1000000", **times).summary
        )

    def test_what_makes_no_sense_is_no_speed(self) -> None:
        for result in (
            {},
            {"TestBytesReceived": 5, "BOMTime": "soon", "EOMTime": "later"},
            {"TestBytesReceived": 5, "BOMTime": "2026-11-25T12:00:00Z", "EOMTime": "2026-11-25T12:00:00Z"},
            {"TestBytesReceived": 5, "BOMTime": "2026-11-25T12:00:00", "EOMTime": "2026-11-25T12:00:00Z"},
            {"TestBytesReceived": "-5", "BOMTime": "0001-01-01T00:00:00Z", "EOMTime": "2026-11-25T12:00:00Z"},
            {"TestBytesReceived": "٣", "BOMTime": None, "EOMTime": None},
        ):
            self.assertEqual("", found("DownloadDiagnostics", **result).summary)

    def test_tables_have_the_columns_that_have_something_in_them(self) -> None:
        rows = [{"SSID": "a", "Channel": 1, "Noise": ""}, {"SSID": "b", "Noise": ""}]
        said = found("NeighboringWiFiDiagnostic", Result=rows)
        self.assertEqual("2 networks are heard", said.summary)
        (table,) = said.tables
        self.assertEqual((["SSID", "Channel"], [["a", "1"], ["b", ""]]), (table.columns, table.rows))

    def test_a_route_and_a_name(self) -> None:
        self.assertEqual("2 hops", found("TraceRoute", RouteHops=[{"Host": "a"}, {"Host": "b"}]).summary)
        rows = [{"IPAddresses": "192.0.2.1"}, {"IPAddresses": "192.0.2.1"}, {"IPAddresses": ""}]
        self.assertEqual("192.0.2.1", found("NSLookupDiagnostics", Result=rows).summary)
        self.assertEqual("no address", found("NSLookupDiagnostics").summary)

    def test_one_that_is_not_done_says_nothing_yet(self) -> None:
        self.assertEqual("", found("IPPing", "sent", DiagnosticsState="Requested").summary)
        self.assertEqual([], finding({"rpc": "IPPing", "state": "queued", "result": None}).facts)
