"""What a device means, and how it wants to be told."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.quirks.adapter import NOTHING, Adapter
from acs.quirks.catalogue import QUIRKS
from acs.quirks.translation import for_device, from_device


class TranslationTests(SynchronousTestCase):
    def written(self, adapter: Adapter, type_: str, value: str, name: str = "Device.X") -> str:
        request = m.SetParameterValues((v.ParameterValueStruct(name, value, type_),))
        return for_device(request, adapter).ParameterList[0].Value

    def read(self, adapter: Adapter, value: str, name: str = "Device.X") -> str:
        values = (v.ParameterValueStruct(name, value, "xsd:boolean"),)
        inform = m.Inform(v.DeviceId("A", "00", "C", "1"), (), ParameterList=values)
        found = [
            message.ParameterList[0].Value
            for message in (
                from_device(inform, adapter),
                from_device(m.GetParameterValuesResponse(values), adapter),
            )
        ]
        self.assertEqual(found[0], found[1])
        return found[0]

    def test_booleans_are_set_as_digits(self) -> None:
        adapter = QUIRKS["boolean-digits"].adapter
        for given, wanted in (("true", "1"), ("False", "0"), ("1", "1"), ("0", "0"), ("maybe", "maybe")):
            self.assertEqual(wanted, self.written(adapter, "xsd:boolean", given))
        self.assertEqual("true", self.written(adapter, "xsd:string", "true"))

    def test_times_are_set_without_fractions(self) -> None:
        adapter = QUIRKS["whole-seconds"].adapter
        for given, wanted in (
            ("2026-11-26T12:00:00.123Z", "2026-11-26T12:00:00Z"),
            ("2026-11-26T12:00:00.5+01:00", "2026-11-26T12:00:00+01:00"),
            ("2026-11-26T12:00:00.5", "2026-11-26T12:00:00"),
            ("2026-11-26T12:00:00Z", "2026-11-26T12:00:00Z"),
            ("now", "now"),
        ):
            self.assertEqual(wanted, self.written(adapter, "xsd:dateTime", given))
        self.assertEqual("1.5", self.written(adapter, "xsd:string", "1.5"))

    def test_null_is_nothing(self) -> None:
        adapter = QUIRKS["null-words"].adapter
        self.assertEqual("", self.read(adapter, "(null)"))
        self.assertEqual("(null", self.read(adapter, "(null"))

    def test_what_is_inverted_is_turned_round_both_ways(self) -> None:
        adapter = QUIRKS["inverted-cell-flags"].adapter
        name = "Device.Services.FAPService.1.CellConfig.LTE.RAN.CellRestriction.CellBarred"
        for given, wanted in (("1", "0"), ("0", "1"), ("true", "false"), ("FALSE", "true"), ("?", "?")):
            self.assertEqual(wanted, self.read(adapter, given, name))
            self.assertEqual(wanted, self.written(adapter, "xsd:boolean", given, name))
            self.assertEqual(given, self.read(adapter, given))
        self.assertEqual("1", self.written(QUIRKS["boolean-digits"].adapter, "xsd:boolean", "true", name))

    def test_other_messages_are_left_as_they_are(self) -> None:
        for adapter in (NOTHING, *(quirk.adapter for quirk in QUIRKS.values())):
            for message in (m.GetRPCMethods(), m.Reboot(""), m.GetParameterNames("Device.", True)):
                self.assertIs(message, for_device(message, adapter))
            self.assertIs(answer := m.RebootResponse(), from_device(answer, adapter))
