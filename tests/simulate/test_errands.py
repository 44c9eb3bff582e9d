"""Tests of `acs.simulate.errands`, and of transfers, firmware, modules, diagnostics and options."""

from __future__ import annotations

import base64
import math
from dataclasses import replace
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp.values import (
    AllQueuedTransferStruct,
    FaultStruct,
    InstallOpStruct,
    OptionStruct,
    ParameterValueStruct,
    QueuedTransferStruct,
    TimeWindowStruct,
    UninstallOpStruct,
    UpdateOpStruct,
)
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.device import BOOT_SECONDS
from acs.simulate.firmware import Fate, version_after
from acs.simulate.model import OBJECT, Entry
from acs.simulate.transfers import IN_PROGRESS, RETRY_GAP, TransferFailed
from tests.simulate.acs_side import ScriptedACS
from tests.simulate.worlds import FIBRE, ROUTER, MemoryFiles, WorldTestCase

IMAGE = "1 Firmware Upgrade Image"
CONFIGURATION = "3 Vendor Configuration File"
URL = "http://files.example/image.bin"
VERSION = ROUTER + "DeviceInfo.SoftwareVersion"
NOW = "2026-11-30T12:00:00Z"


def download(**changes: Any) -> m.Download:
    return m.Download(**{"CommandKey": "k", "FileType": IMAGE, "URL": URL, **changes})


class ErrandTestCase(WorldTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.device = self.bootstrapped("tr098-router")
        self.files = MemoryFiles({URL: b"5.0.0\nthe rest"})

    def run_errands(self) -> None:
        """All that can be done now."""
        while self.device.wants_errand:
            self.do(self.device.errand(self.files))

    def reported(self) -> ScriptedACS:
        """The next session."""
        self.assertTrue(self.device.wants_session)
        return self.call(self.device)


class DownloadTests(ErrandTestCase):
    def test_a_firmware_image_is_fetched_run_and_reported(self) -> None:
        answer = self.ask(self.device, download(Username="u", Password="p"))
        self.assertEqual(answer, m.DownloadResponse(1))
        self.run_errands()
        self.assertEqual(self.files.fetched, [(URL, "u", "p")])
        self.assertFalse(self.device.wants_session)
        self.pass_time(self.device, BOOT_SECONDS)
        acs = self.reported()
        self.assertEqual(
            acs.events(),
            [("1 BOOT", ""), ("4 VALUE CHANGE", ""), ("7 TRANSFER COMPLETE", ""), ("M Download", "k")],
        )
        self.assertIn(ParameterValueStruct(VERSION, "5.0.0", "xsd:string"), acs.informs[0].ParameterList)
        self.assertEqual(acs.messages[1:], [m.TransferComplete("k", FaultStruct(), NOW, NOW), None])
        self.assertEqual(self.ask(self.device, m.GetQueuedTransfers()), m.GetQueuedTransfersResponse())

    def test_the_version_counts_only_when_the_device_is_up_again(self) -> None:
        self.ask(self.device, download())
        self.run_errands()
        self.assertEqual(self.device.version, "3.1.4")

    def test_an_image_of_the_same_version_changes_nothing(self) -> None:
        self.files.files[URL] = b"3.1.4\n"
        self.ask(self.device, download())
        self.run_errands()
        self.pass_time(self.device, BOOT_SECONDS)
        self.assertNotIn(("4 VALUE CHANGE", ""), self.reported().events())

    def test_a_device_of_two_roots_tells_its_version_twice(self) -> None:
        self.device = self.bootstrapped("airties-air4920")
        self.ask(self.device, download())
        self.run_errands()
        self.pass_time(self.device, BOOT_SECONDS)
        told = {each.Name: each.Value for each in self.reported().informs[0].ParameterList}
        self.assertEqual((told[FIBRE + "DeviceInfo.SoftwareVersion"], told[VERSION]), ("5.0.0", "5.0.0"))

    def test_a_device_may_keep_what_it_has_and_report_success(self) -> None:
        self.device.fate = Fate.KEEPS
        self.ask(self.device, download())
        self.run_errands()
        self.pass_time(self.device, BOOT_SECONDS)
        self.assertEqual(m.TransferComplete("k", FaultStruct(), NOW, NOW), self.reported().messages[1])
        self.assertEqual("3.1.4", self.device.version)

    def test_it_may_find_the_image_broken(self) -> None:
        for name, told in (("tr098-router", 9010), ("voip-phone", 9018)):
            self.device = self.bootstrapped(name)
            self.device.fate = Fate.FAILS
            version = self.device.version
            self.ask(self.device, download())
            self.run_errands()
            fault = FaultStruct(told, "the image is broken")
            self.assertEqual(m.TransferComplete("k", fault, NOW, NOW), self.reported().messages[1])
            self.assertEqual(version, self.device.version)

    def test_it_may_not_survive_it(self) -> None:
        self.device.fate = Fate.VANISHES
        self.ask(self.device, download())
        self.run_errands()
        self.pass_time(self.device, 1e9)
        self.assertEqual((math.inf, False), (self.device.due(), self.device.wants_session))

    def test_another_file_needs_no_reboot(self) -> None:
        self.ask(self.device, download(FileType=CONFIGURATION))
        self.run_errands()
        acs = self.reported()
        self.assertEqual(acs.events(), [("7 TRANSFER COMPLETE", ""), ("M Download", "k")])
        self.assertEqual(self.device.version, "3.1.4")

    def test_a_delay_is_kept(self) -> None:
        self.ask(self.device, download(DelaySeconds=5))
        self.assertFalse(self.device.wants_errand)
        self.assertEqual(self.device.due() - self.clock.seconds(), 5)
        self.pass_time(self.device, 5)
        self.assertTrue(self.device.wants_errand)

    def test_a_failure_is_reported_and_changes_nothing(self) -> None:
        for name, told in (("tr098-router", 9010), ("voip-phone", 9016)):
            self.device = self.bootstrapped(name)
            version = self.device.version
            self.ask(self.device, download(URL="http://files.example/missing"))
            self.run_errands()
            report = self.reported().messages[1]
            fault = FaultStruct(told, "no such file")
            self.assertEqual(report, m.TransferComplete("k", fault, NOW, NOW))
            self.assertEqual(self.device.version, version)

    def test_a_failure_to_log_in_is_told_as_such(self) -> None:
        self.files.files[URL] = TransferFailed(9012, "HTTP 401")
        self.ask(self.device, download())
        self.run_errands()
        report = self.reported().messages[1]
        assert isinstance(report, m.TransferComplete)
        self.assertEqual(report.FaultStruct.FaultCode, 9012)

    def test_what_cannot_be_fetched_is_refused_at_once(self) -> None:
        for changes, code in (
            ({"URL": "ftp://files.example/a"}, 9013),
            ({"URL": "tftp://files.example/a"}, 9013),
            ({"URL": "http://user:pass@files.example/a"}, 9003),
            ({"URL": "http:///a"}, 9003),
            ({"URL": "http://[bad/a"}, 9003),
            ({"FileType": "9 Poem"}, 9003),
        ):
            self.assertEqual(self.code(self.device, download(**changes)), code, changes)
        self.assertFalse(self.device.wants_errand)

    def test_no_more_than_three_are_queued(self) -> None:
        for key in ("a", "b", "c"):
            self.assertEqual(self.ask(self.device, download(CommandKey=key)), m.DownloadResponse(1))
        self.assertEqual(self.code(self.device, download()), 9004)

    def test_a_transfer_outlives_a_reboot_and_no_factory_reset(self) -> None:
        self.call(self.device, download(DelaySeconds=60), m.Reboot("r"))
        self.pass_time(self.device, BOOT_SECONDS)
        self.assertLess(self.device.transfers.due(), math.inf)
        self.call(self.device, m.FactoryReset())
        self.assertEqual(self.device.transfers.due(), math.inf)


class QueueTests(ErrandTestCase):
    def test_what_is_queued_is_told(self) -> None:
        self.device = self.bootstrapped("tr181-router")
        self.call(
            self.device,
            download(DelaySeconds=60, FileSize=7, TargetFileName="t"),
            m.Upload(CommandKey="u", FileType="2 Vendor Log File", URL=URL, DelaySeconds=60),
        )
        self.assertEqual(
            self.ask(self.device, m.GetAllQueuedTransfers()),
            m.GetAllQueuedTransfersResponse(
                (
                    AllQueuedTransferStruct("k", 1, True, IMAGE, 7, "t"),
                    AllQueuedTransferStruct("u", 1, False, "2 Vendor Log File", 0, ""),
                )
            ),
        )
        self.assertEqual(
            self.ask(self.device, m.GetQueuedTransfers()),
            m.GetQueuedTransfersResponse((QueuedTransferStruct("k", 1), QueuedTransferStruct("u", 1))),
        )

    def test_what_has_not_begun_can_be_cancelled(self) -> None:
        self.device = self.bootstrapped("tr181-router")
        self.ask(self.device, download(DelaySeconds=60))
        self.assertEqual(self.ask(self.device, m.CancelTransfer("k")), m.CancelTransferResponse())
        self.assertEqual(self.ask(self.device, m.GetQueuedTransfers()), m.GetQueuedTransfersResponse())

    def test_what_runs_cannot_be_cancelled(self) -> None:
        self.device = self.bootstrapped("tr181-router")
        self.ask(self.device, download(DelaySeconds=60))
        self.device.transfers.next().state = IN_PROGRESS
        self.assertEqual(self.code(self.device, m.CancelTransfer("k")), 9021)

    def test_cancelling_what_is_not_there_is_no_fault(self) -> None:
        self.device = self.bootstrapped("tr181-router")
        self.assertEqual(self.ask(self.device, m.CancelTransfer("?")), m.CancelTransferResponse())


class ScheduleTests(ErrandTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.device = self.bootstrapped("tr181-router")

    def schedule(self, *windows: TimeWindowStruct) -> m.ScheduleDownload:
        return m.ScheduleDownload(CommandKey="s", FileType=IMAGE, URL=URL, TimeWindowList=windows)

    def test_a_download_waits_for_its_window(self) -> None:
        answer = self.ask(self.device, self.schedule(TimeWindowStruct(100, 200)))
        self.assertEqual(answer, m.ScheduleDownloadResponse())
        self.assertEqual(self.device.transfers.due() - self.clock.seconds(), 100)
        self.pass_time(self.device, 100)
        self.run_errands()
        self.pass_time(self.device, BOOT_SECONDS)
        acs = self.reported()
        self.assertIn(("M ScheduleDownload", "s"), acs.events())
        self.assertEqual(self.device.version, "5.0.0")

    def test_it_is_tried_again_in_both_windows_and_then_given_up(self) -> None:
        self.files.files.clear()
        windows = (TimeWindowStruct(10, 100, MaxRetries=1), TimeWindowStruct(300, 305, MaxRetries=9))
        self.ask(self.device, self.schedule(*windows))
        start = self.clock.seconds()
        tries = []
        while (due := self.device.transfers.due()) < math.inf:
            tries.append(due - start)
            self.pass_time(self.device, due - self.clock.seconds())
            self.do(self.device.errand(self.files))
        self.assertEqual(tries, [10, 10 + RETRY_GAP, 300])
        report = self.reported().messages[1]
        assert isinstance(report, m.TransferComplete)
        self.assertEqual(report.FaultStruct.FaultCode, 9020)

    def test_windows_that_make_no_sense_are_refused(self) -> None:
        for windows in (
            (TimeWindowStruct(10, 10),),
            (TimeWindowStruct(20, 10),),
            (TimeWindowStruct(10, 30), TimeWindowStruct(20, 40)),
        ):
            self.assertEqual(self.code(self.device, self.schedule(*windows)), 9003)


class UploadTests(ErrandTestCase):
    def upload(self, kind: str = "1 Vendor Configuration File") -> m.Upload:
        return m.Upload(CommandKey="u", FileType=kind, URL=URL)

    def test_the_configuration_is_sent_without_what_is_hidden(self) -> None:
        self.files.files.clear()
        self.assertEqual(self.ask(self.device, self.upload()), m.UploadResponse(1))
        self.run_errands()
        sent = self.files.sent[URL].decode()
        self.assertIn(ROUTER + "ManagementServer.PeriodicInformInterval=10\n", sent)
        self.assertNotIn("KeyPassphrase", sent)
        self.assertEqual(self.reported().events(), [("7 TRANSFER COMPLETE", ""), ("M Upload", "u")])

    def test_a_failure_is_an_upload_failure(self) -> None:
        self.files.files[URL] = TransferFailed(9016, "HTTP 500")
        self.ask(self.device, self.upload("2 Vendor Log File"))
        self.run_errands()
        report = self.reported().messages[1]
        assert isinstance(report, m.TransferComplete)
        self.assertEqual(report.FaultStruct.FaultCode, 9011)

    def test_a_type_that_cannot_be_uploaded_is_refused(self) -> None:
        self.assertEqual(self.code(self.device, self.upload("5 Ringer File")), 9003)


class FirmwareTests(SynchronousTestCase):
    def test_the_folder_in_the_url_is_the_version(self) -> None:
        url = "http://files.example/Nordfjord/NF-1200/4.0.1-rc2/image.bin"
        self.assertEqual(version_after(url, b"other", "3.1.4", ()), "4.0.1-rc2")

    def test_else_it_is_the_first_line_of_the_file(self) -> None:
        for start, version in ((b"7.1\nx", "7.1"), (b" NF-7 \r\nx", "NF-7"), (b"7.1", "7.1")):
            self.assertEqual(version_after("http://f.example/token/image.bin", start, "1.0", ()), version)

    def test_else_it_is_the_models_next(self) -> None:
        versions = ("1.0", "1.1", "2.0")
        for start in (b"", b"\x7fELF", b"\n1.0", b"x" * 65):
            self.assertEqual(version_after(URL, start, "1.0", versions), "1.1")
        self.assertEqual(version_after(URL, b"", "2.0", versions), "2.1")
        self.assertEqual(version_after(URL, b"", "1.44.5.9b", ()), "1.44.5.10b")
        self.assertEqual(version_after(URL, b"", "alpha", ()), "alpha.1")


class ModuleTests(ErrandTestCase):
    UUID = "00000000-1111-2222-3333-444444444444"
    MODULE = "http://files.example/modules/1.5.0/module.ipk"
    NEWER = "http://files.example/modules/1.6.0/module.ipk"

    def setUp(self) -> None:
        super().setUp()
        self.device = self.bootstrapped("tr181-router")
        self.files.files |= {self.MODULE: b"", self.NEWER: b""}

    def change(
        self, *operations: InstallOpStruct | UpdateOpStruct | UninstallOpStruct
    ) -> list[tuple[Any, ...]]:
        """What is reported: (UUID, version, state, fault) of each."""
        answer = self.ask(self.device, m.ChangeDUState(operations, "du"))
        self.assertEqual(answer, m.ChangeDUStateResponse())
        self.run_errands()
        acs = self.reported()
        self.assertEqual(acs.events(), [("11 DU STATE CHANGE COMPLETE", ""), ("M ChangeDUState", "du")])
        report = acs.messages[1]
        assert isinstance(report, m.DUStateChangeComplete)
        self.assertEqual(report.CommandKey, "du")
        return [(r.UUID, r.Version, r.CurrentState, r.Fault.FaultCode) for r in report.Results]

    def test_a_module_is_installed_updated_and_removed(self) -> None:
        self.assertEqual(
            self.change(InstallOpStruct(self.MODULE, self.UUID)), [(self.UUID, "1.5.0", "Installed", 0)]
        )
        self.assertEqual(
            self.change(UpdateOpStruct(self.UUID, URL=self.NEWER)), [(self.UUID, "1.6.0", "Installed", 0)]
        )
        self.assertEqual(self.change(UninstallOpStruct(self.UUID)), [(self.UUID, "1.6.0", "Uninstalled", 0)])
        self.assertEqual(self.device.modules.units, [])

    def test_a_device_that_shows_its_modules_refers_to_them(self) -> None:
        table = "Device.SoftwareModules.DeploymentUnit"
        kind = self.device.model
        shows = replace(kind, parameters={**kind.parameters, f"{table}.": Entry(type=OBJECT)})
        for model, reference in ((kind, ""), (shows, f"{table}.1")):
            device = SimulatedCPE(model, self.device.tree.identity, self.clock, self.device.chance)
            (done,) = self.do(device.modules.change(InstallOpStruct(self.MODULE, self.UUID), self.files))
            self.assertEqual(done.DeploymentUnitRef, reference)

    def test_a_module_that_does_not_tell_its_version_begins_at_one_and_counts_on(self) -> None:
        plain = "http://files.example/module.ipk"
        self.files.files[plain] = b""
        self.assertEqual(self.change(InstallOpStruct(plain, self.UUID))[0][1], "1.0")
        self.assertEqual(self.change(UpdateOpStruct(self.UUID))[0][1], "1.1")

    def test_each_operation_has_its_own_result_in_order(self) -> None:
        other = self.UUID.replace("4", "5")
        results = self.change(
            UninstallOpStruct(other),
            InstallOpStruct(self.MODULE, self.UUID),
            InstallOpStruct(self.MODULE, self.UUID),
            InstallOpStruct("http://files.example/missing", other),
        )
        self.assertEqual(
            [(state, fault) for _, _, state, fault in results],
            [("Failed", 9028), ("Installed", 0), ("Failed", 9026), ("Failed", 9016)],
        )

    def test_all_are_updated_where_none_is_named(self) -> None:
        self.change(InstallOpStruct(self.MODULE), InstallOpStruct(self.NEWER))
        results = self.change(UpdateOpStruct())
        self.assertEqual([(state, fault) for _, _, state, fault in results], [("Failed", 9032)] * 2)

    def test_an_update_of_what_is_not_there_fails(self) -> None:
        self.assertEqual(self.change(UpdateOpStruct(URL=self.MODULE))[0][3], 9028)
        self.assertEqual(self.change(UpdateOpStruct(self.UUID))[0][3], 9028)
        self.assertEqual(self.change(UpdateOpStruct())[0][3], 9028)


class DiagnosticsTests(ErrandTestCase):
    PING = ROUTER + "IPPingDiagnostics."

    def request(self, host: str) -> m.SetParameterValues:
        return m.SetParameterValues(
            (
                ParameterValueStruct(self.PING + "DiagnosticsState", "Requested", "xsd:string"),
                ParameterValueStruct(self.PING + "Host", host, "xsd:string"),
                ParameterValueStruct(self.PING + "NumberOfRepetitions", "3", "xsd:unsignedInt"),
            )
        )

    def results(self) -> dict[str, str]:
        answer = self.ask(self.device, m.GetParameterValues((self.PING,)))
        assert isinstance(answer, m.GetParameterValuesResponse)
        return {each.Name.removeprefix(self.PING): each.Value for each in answer.ParameterList}

    def test_a_ping_is_told_of_when_it_is_done(self) -> None:
        self.call(self.device, self.request("192.0.2.1"))
        self.assertEqual(self.results()["DiagnosticsState"], "Requested")
        self.pass_time(self.device, 3)
        self.assertEqual(self.reported().events(), [("8 DIAGNOSTICS COMPLETE", "")])
        results = self.results()
        self.assertEqual(
            (results["DiagnosticsState"], results["SuccessCount"], results["FailureCount"]),
            ("Complete", "3", "0"),
        )
        times = [int(results[f"{which}ResponseTime"]) for which in ("Minimum", "Average", "Maximum")]
        self.assertEqual(times, sorted(times))
        self.assertGreater(times[0], 0)

    def test_without_a_host_there_is_an_error(self) -> None:
        self.call(self.device, self.request(""))
        self.pass_time(self.device, 3)
        self.assertEqual(self.reported().events(), [("8 DIAGNOSTICS COMPLETE", "")])
        self.assertEqual(self.results()["DiagnosticsState"], "Error_CannotResolveHostName")

    def test_what_is_withdrawn_is_not_told_of(self) -> None:
        self.call(self.device, self.request("192.0.2.1"))
        state = ParameterValueStruct(self.PING + "DiagnosticsState", "None", "xsd:string")
        self.call(self.device, m.SetParameterValues((state,)))
        self.pass_time(self.device, 3)
        self.assertFalse(self.device.wants_session)

    def trace(self, hops: str) -> list[str]:
        """The hosts of the rows that the device has after it has traced a route."""
        place = ROUTER + "TraceRouteDiagnostics."
        values = {"Host": "192.0.2.1", "MaxHopCount": hops, "DiagnosticsState": "Requested"}
        types = {"MaxHopCount": "xsd:unsignedInt"}
        asked = [ParameterValueStruct(place + n, v, types.get(n, "xsd:string")) for n, v in values.items()]
        self.call(self.device, m.SetParameterValues(tuple(asked)))
        self.pass_time(self.device, 3)
        answer = self.ask(self.device, m.GetParameterValues((place + "RouteHops.",)))
        assert isinstance(answer, m.GetParameterValuesResponse)
        return [each.Value for each in answer.ParameterList if each.Name.endswith(".HopHost")]

    def test_a_trace_has_a_row_for_each_hop_and_none_of_the_last_one(self) -> None:
        place = ROUTER + "TraceRouteDiagnostics.RouteHopsNumberOfEntries"
        self.assertEqual(self.trace("9")[-1], "192.0.2.1")
        self.assertEqual(self.device.tree.value(place), "3")
        self.assertEqual(len(self.trace("1")), 1)
        self.assertEqual(self.device.tree.value(place), "1")

    def test_the_rows_are_the_devices_own(self) -> None:
        self.trace("1")
        table = ROUTER + "TraceRouteDiagnostics.RouteHops."
        (row,) = self.device.tree.children(table)
        for request in (m.AddObject(table), m.DeleteObject(row)):
            self.assertIsInstance(self.ask(self.device, request), m.Fault)

    def test_no_number_that_an_acs_sets_makes_more_rows_than_a_device_would_have(self) -> None:
        place = ROUTER + "NSLookupDiagnostics."
        values = {"HostName": "a.example", "DiagnosticsState": "Requested"}
        asked = [ParameterValueStruct(place + n, v, "xsd:string") for n, v in values.items()]
        most = ParameterValueStruct(place + "NumberOfRepetitions", "4294967295", "xsd:unsignedInt")
        self.call(self.device, m.SetParameterValues((most, *asked)))
        self.pass_time(self.device, 3)
        self.assertEqual(len(self.device.tree.children(place + "Result.")), 10)

    def test_a_reboot_ends_it(self) -> None:
        self.call(self.device, self.request("192.0.2.1"), m.Reboot("r"))
        self.pass_time(self.device, BOOT_SECONDS)
        self.assertEqual(self.reported().events(), [("1 BOOT", ""), ("M Reboot", "r")])
        self.assertEqual(self.results()["DiagnosticsState"], "None")
        self.pass_time(self.device, 5)
        self.assertFalse(self.device.wants_session)


def voucher(content: str) -> str:
    return base64.b64encode(content.encode()).decode()


class OptionTests(ErrandTestCase):
    GOOD = voucher(
        "<spirit><Option><VSerialNum>7</VSerialNum><OptionIdent>Games</OptionIdent></Option></spirit>"
    )

    def test_a_voucher_enables_an_option(self) -> None:
        self.assertEqual(self.ask(self.device, m.GetOptions()), m.GetOptionsResponse())
        self.assertEqual(self.ask(self.device, m.SetVouchers((self.GOOD,))), m.SetVouchersResponse())
        expected = m.GetOptionsResponse((OptionStruct("Games", 7, 3, 2),))
        self.assertEqual(self.ask(self.device, m.GetOptions("Games")), expected)
        self.assertEqual(self.ask(self.device, m.GetOptions()), expected)

    def test_an_option_that_is_not_there_is_a_fault(self) -> None:
        self.assertEqual(self.code(self.device, m.GetOptions("Games")), 9003)

    def test_bad_vouchers_are_refused_with_the_good_ones(self) -> None:
        entity = '<!DOCTYPE o [<!ENTITY e SYSTEM "file:///etc/passwd">]><Option><OptionIdent>&e;</OptionIdent></Option>'
        for bad in ("!", voucher("no XML"), voucher("<o/>"), voucher("<Option/>"), voucher(entity)):
            self.assertEqual(self.code(self.device, m.SetVouchers((self.GOOD, bad))), 9003, bad)
        self.assertEqual(self.ask(self.device, m.GetOptions()), m.GetOptionsResponse())
