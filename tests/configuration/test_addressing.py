"""Instances that are named instead of numbered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.configuration.addressing import Name, named, numbered, numbered_alike, with_number
from acs.store.records import Parameter

KNOWN = {
    path: Parameter(path, value, "xsd:string")
    for path, value in (
        ("Device.P.1.Alias", "door"),
        ("Device.P.2.Alias", "camera"),
        ("Device.P.2.Port", "8080"),
        ("Device.P.2.H.7.Name", "x"),
        ("Device.P.3.Alias", "camera"),
        ("Device.P.Alias", "camera"),
        ("Device.Q.1.Alias", "alarm"),
    )
}


class NamedTests(SynchronousTestCase):
    def test_by_its_alias_or_by_a_parameter(self) -> None:
        for path, name in (
            ("Device.P.[camera].Port", Name("Device.P.", "Alias", "camera")),
            ("Device.P.[Port:80.80].X", Name("Device.P.", "Port", "80.80")),
            ("Device.P.[a].H.[b].C", Name("Device.P.", "Alias", "a")),
            ("Device.P.1.Port", None),
            ("Device.P[camera].Port", None),
        ):
            self.assertEqual(name, named(path), path)

    def test_each_in_turn_gets_its_number(self) -> None:
        self.assertEqual("Device.P.3.H.[b].C", with_number("Device.P.[a].H.[b].C", 3))
        self.assertEqual("Device.P.1.H.1.C", numbered_alike("Device.P.[a].H.[N:b].C"))

    def test_the_number_is_that_which_the_device_has(self) -> None:
        for path, found in (
            ("Device.P.[camera].Port", "Device.P.2.Port"),
            ("Device.P.[Port:8080].H.[Name:x].Y", "Device.P.2.H.7.Y"),
            ("Device.P.[alarm].Port", "Device.P.[alarm].Port"),
            ("Device.P.[camera].H.[Name:y].Y", "Device.P.2.H.[Name:y].Y"),
            ("Device.P.1.Port", "Device.P.1.Port"),
        ):
            self.assertEqual(found, numbered(path, KNOWN))

    @given(st.text("Device.P[]:*12ab"))
    def test_any_text_is_looked_through(self, path: str) -> None:
        name = named(path)
        if name is not None:
            self.assertTrue(path.startswith(name.table))
            self.assertNotEqual(path, numbered_alike(path))
