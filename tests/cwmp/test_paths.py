"""Tests of `acs.cwmp.paths`."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import paths

name = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,11}", fullmatch=True)
alias = st.from_regex(r"\[[A-Za-z][A-Za-z0-9_-]{0,11}\]", fullmatch=True)
instance = st.one_of(st.integers(1, 2**32 - 1).map(str), alias, st.just("*"))
objects = st.lists(st.tuples(name, st.one_of(st.just(""), instance)), min_size=1, max_size=6).map(
    lambda parts: "".join(f"{segment}." + (f"{number}." if number else "") for segment, number in parts)
)
legal = st.one_of(objects, st.builds(str.__add__, objects, name))
hostile = st.text(alphabet="[]{}.*i01aD-é\n", max_size=30)


class PartTests(SynchronousTestCase):
    """What a path is made of."""

    def test_a_partial_path_ends_with_a_dot(self) -> None:
        self.assertTrue(paths.is_partial("Device.WiFi."))
        self.assertFalse(paths.is_partial("Device.WiFi.RadioNumberOfEntries"))

    def test_the_empty_path_is_the_top_of_the_tree(self) -> None:
        self.assertTrue(paths.is_partial(""))
        self.assertEqual(paths.split(""), ())
        self.assertEqual(paths.parent(""), "")
        self.assertEqual(paths.root_of(""), "")
        self.assertFalse(paths.is_instance(""))

    def test_the_root_is_the_first_part_with_its_dot(self) -> None:
        self.assertEqual(paths.root_of("InternetGatewayDevice.DeviceInfo.UpTime"), "InternetGatewayDevice.")
        self.assertEqual(paths.root_of("Device."), "Device.")
        self.assertEqual(paths.root_of("Device"), "")

    def test_the_parent_of_an_instance_is_its_table(self) -> None:
        self.assertEqual(paths.parent("Device.WiFi.SSID.12."), "Device.WiFi.SSID.")
        self.assertEqual(paths.parent("Device.WiFi.SSID.[guest]."), "Device.WiFi.SSID.")

    def test_the_parent_of_a_parameter_is_its_object(self) -> None:
        self.assertEqual(paths.parent("Device.WiFi.SSID.12.A"), "Device.WiFi.SSID.12.")
        self.assertEqual(paths.parent("Device.DeviceSummary"), "Device.")

    def test_the_root_object_has_no_parent(self) -> None:
        self.assertEqual(paths.parent("Device."), "")

    def test_a_dot_within_brackets_divides_nothing(self) -> None:
        self.assertEqual(
            paths.split("Device.Hosts.[IPAddress:192.0.2.1].A"),
            ("Device", "Hosts", "[IPAddress:192.0.2.1]", "A"),
        )
        self.assertEqual(
            paths.parent("Device.Hosts.[IPAddress:192.0.2.1].A"), "Device.Hosts.[IPAddress:192.0.2.1]."
        )

    def test_an_instance_is_a_number_an_alias_or_the_wildcard(self) -> None:
        for path in ("Device.X.1.", "Device.X.[main].", "Device.X.*."):
            self.assertTrue(paths.is_instance(path), path)
        for path in ("Device.X.", "Device.X.1.A", "Device.X.1A."):
            self.assertFalse(paths.is_instance(path), path)

    def test_generic_puts_i_for_every_instance(self) -> None:
        self.assertEqual(
            paths.generic("Device.WiFi.SSID.1.Stats.BytesSent"), "Device.WiFi.SSID.{i}.Stats.BytesSent"
        )
        self.assertEqual(paths.generic("Device.A.1.B.[x.2.y].C.*."), "Device.A.{i}.B.{i}.C.{i}.")

    def test_generic_leaves_digits_within_names(self) -> None:
        self.assertEqual(paths.generic("Device.X_001CA8_2.IPv4.A1"), "Device.X_001CA8_2.IPv4.A1")

    @given(legal)
    @settings(deadline=None, max_examples=150)
    def test_the_parts_put_together_are_the_path(self, path: str) -> None:
        whole = ".".join(paths.split(path)) + ("." if paths.is_partial(path) else "")
        self.assertEqual(whole, path)

    @given(st.one_of(legal, hostile))
    @settings(deadline=None, max_examples=150)
    def test_going_up_ends_at_the_top(self, path: str) -> None:
        for _ in range(len(path) + 1):
            path = paths.parent(path)
        self.assertEqual(path, "")

    @given(st.one_of(legal, hostile))
    @settings(deadline=None, max_examples=150)
    def test_generic_is_its_own_generic(self, path: str) -> None:
        self.assertEqual(paths.generic(paths.generic(path)), paths.generic(path))

    def test_a_long_row_of_open_brackets_is_divided_in_linear_time(self) -> None:
        self.assertEqual(len(paths.split("[" * 1_000_000)), 1)


class CoveringTests(SynchronousTestCase):
    """Which path covers which."""

    def test_a_partial_path_covers_itself_and_all_below(self) -> None:
        self.assertTrue(paths.under("Device.WiFi.", "Device.WiFi."))
        self.assertTrue(paths.under("Device.WiFi.", "Device.WiFi.SSID.1.SSID"))
        self.assertFalse(paths.under("Device.WiFi.SSID.1.", "Device.WiFi.SSID.10.SSID"))

    def test_the_empty_path_covers_everything(self) -> None:
        self.assertTrue(paths.under("", "InternetGatewayDevice.DeviceSummary"))

    def test_a_full_path_covers_itself_alone(self) -> None:
        self.assertTrue(paths.under("Device.WiFi.SSID.1.SSID", "Device.WiFi.SSID.1.SSID"))
        self.assertFalse(paths.under("Device.WiFi.SSID.1.SSID", "Device.WiFi.SSID.1.SSIDAdvertisement"))

    def test_outermost_drops_what_another_path_covers(self) -> None:
        given = ["Device.WiFi.SSID.2.SSID", "Device.WiFi.SSID.", "Device.Time.Enable", "Device.Time.Enable"]
        self.assertEqual(paths.outermost(given), ["Device.Time.Enable", "Device.WiFi.SSID."])

    def test_outermost_of_the_top_is_the_top(self) -> None:
        self.assertEqual(paths.outermost(["Device.WiFi.", "", "Device.A"]), [""])

    @given(st.lists(legal, max_size=12))
    @settings(deadline=None, max_examples=150)
    def test_outermost_covers_the_same_and_nothing_twice(self, given: list[str]) -> None:
        kept = paths.outermost(given)
        for path in given:
            self.assertEqual(len([outer for outer in kept if paths.under(outer, path)]), 1)
        self.assertLessEqual(set(kept), set(given))


class OrderTests(SynchronousTestCase):
    """Paths in the order that people expect."""

    def test_instances_come_by_their_number(self) -> None:
        given = ["Device.X.10.A", "Device.X.9.A", "Device.X.", "Device.X.9.", "Device.X.[a].A", "Device.A"]
        ordered = ["Device.A", "Device.X.", "Device.X.9.", "Device.X.9.A", "Device.X.10.A", "Device.X.[a].A"]
        self.assertEqual(sorted(given, key=paths.sort_key), ordered)

    @given(st.lists(st.one_of(legal, hostile, st.text("0123456789.", max_size=30)), max_size=8))
    @settings(deadline=None, max_examples=150)
    def test_any_strings_can_be_sorted(self, given: list[str]) -> None:
        self.assertEqual(len(sorted(given, key=paths.sort_key)), len(given))


class FormTests(SynchronousTestCase):
    """What may go on the wire."""

    @given(legal)
    @settings(deadline=None, max_examples=150)
    def test_legal_paths_have_no_problem(self, path: str) -> None:
        self.assertIsNone(paths.problem(path))

    def test_the_empty_path_has_no_problem(self) -> None:
        self.assertIsNone(paths.problem(""))

    def test_vendor_names_with_hyphens_have_no_problem(self) -> None:
        self.assertIsNone(paths.problem("Device.X_ACME-COM_Lights.1.Colour"))

    def test_256_characters_are_the_most(self) -> None:
        self.assertIsNone(paths.problem("Device." + "A" * 249))
        self.assertEqual(paths.problem("Device." + "A" * 250), "is longer than 256 characters")

    def test_problems_are_named(self) -> None:
        for path, reason in {
            "Device": "has no dot: an object ends with one, a parameter stands below an object",
            "Device..WiFi": "has '' where a name or an instance belongs",
            ".WiFi.": "has '' where a name belongs",
            "Device.WiFi.SSID.0.": "has '0' where a name or an instance belongs",
            "Device.WiFi.SSID.{i}.": "has '{i}' where a name or an instance belongs",
            "Device.WiFi.SSID.1.2.": "has '2' where a name belongs",
            "Device.WiFi.[1guest].": "has '[1guest]' where a name or an instance belongs",
            "Device.Wi Fi.": "has 'Wi Fi' where a name or an instance belongs",
            "Device.WiFi.\n": "has '\\n' where a name or an instance belongs",
            "Device.WiFi.SSID.1": "names an instance: the trailing dot is missing",
            "1.Device.": "has '1' where a name belongs",
        }.items():
            self.assertEqual(paths.problem(path), reason, path)

    def test_a_leading_dot_is_relative_to_the_root(self) -> None:
        self.assertEqual(paths.absolute(".Time.Enable", "Device."), "Device.Time.Enable")
        self.assertEqual(paths.absolute("Device.Time.Enable", "InternetGatewayDevice."), "Device.Time.Enable")
