"""The negotiation of the CWMP version, row by row (TR-069 3.7.2.4, Table 11)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp.envelope import Envelope, Header, write_envelope
from acs.cwmp.namespaces import CWMP_1_0, CWMP_1_1, CWMP_1_2
from acs.cwmp.rpcs import BY_NAME
from acs.cwmp.versions import NAMESPACES, SUPPORTED, NoCommonVersion, Version, negotiate
from tests.support.messages import DEVICE

ALL = ("1.0", "1.1", "1.2", "1.3", "1.4")
UNDEFINED = "urn:dslforum-org:cwmp-"


def inform(namespace: str, timeout: int | None = None, versions: tuple[str, ...] = ()) -> Envelope:
    """An Inform of this namespace with these elements in its header."""
    return Envelope(
        m.Inform(DEVICE), namespace, Header("1", session_timeout=timeout, supported_versions=versions)
    )


class OlderTests(SynchronousTestCase):
    """CPEs that list no versions keep their own, and are never told another."""

    def assert_kept(self, envelope: Envelope, name: str) -> Version:
        """The version is the CPE's own and goes unsaid."""
        version = negotiate(envelope)
        self.assertEqual((name, envelope.namespace, ""), (version.name, version.namespace, version.use))
        return version

    def test_1_0_and_1_1_by_their_namespaces(self) -> None:
        for timeout in (None, 60):
            self.assert_kept(inform(CWMP_1_0, timeout), "1.0")
            self.assert_kept(inform(CWMP_1_1, timeout), "1.1")

    def test_1_2_by_its_namespace_alone(self) -> None:
        self.assertEqual(CWMP_1_2, self.assert_kept(inform(CWMP_1_2), "1.2").source)

    def test_1_3_by_its_session_timeout(self) -> None:
        for timeout in (60, 0):
            version = self.assert_kept(inform(CWMP_1_2, timeout), "1.3")
            self.assertEqual(f"{CWMP_1_2} with SessionTimeout", version.source)

    def test_namespaces_that_no_schema_defines_are_the_version_they_name_and_are_echoed(self) -> None:
        for namespace, name in (("1-3", "1.3"), ("1-4", "1.4"), ("01-03", "1.3")):
            self.assert_kept(inform(UNDEFINED + namespace), name)

    def test_namespaces_of_later_versions_are_taken_for_the_newest_and_are_echoed(self) -> None:
        for namespace in ("1-5", "2-0", "1-999"):
            self.assert_kept(inform(UNDEFINED + namespace), "1.4")

    def test_without_a_namespace_that_can_be_echoed_it_is_1_0(self) -> None:
        for namespace in ("", "urn:x", 'urn:dslforum-org:cwmp-1-2"', UNDEFINED + "1-\u0662"):
            self.assertEqual(Version("1.0", CWMP_1_0, "assumed"), negotiate(inform(namespace, 60)))


class ListTests(SynchronousTestCase):
    """CPEs from 1.4 on list what they speak."""

    def test_the_highest_that_both_speak_is_told(self) -> None:
        for offered, best in (
            (ALL, "1.4"),
            (("1.4", "1.0"), "1.4"),
            (("1.0", "1.1"), "1.1"),
            (("1.0", "1.2", "1.5", "2.0"), "1.2"),
            (("1.3",), "1.3"),
        ):
            for namespace in (CWMP_1_0, CWMP_1_1, CWMP_1_2):
                for timeout in (None, 60):
                    self.assertEqual(
                        Version(best, NAMESPACES[best], "SupportedCWMPVersions", best),
                        negotiate(inform(namespace, timeout, offered)),
                    )

    def test_an_inform_in_a_namespace_that_no_schema_defines_is_answered_in_it(self) -> None:
        # icwmp lists its versions, and speaks cwmp-1-4.
        version = negotiate(inform(UNDEFINED + "1-4", 60, ALL))
        self.assertEqual(("1.4", UNDEFINED + "1-4", "1.4"), (version.name, version.namespace, version.use))

    def test_a_list_beside_a_namespace_that_cannot_be_echoed(self) -> None:
        version = negotiate(inform("", None, ALL))
        self.assertEqual(("1.4", CWMP_1_2), (version.name, version.namespace))

    def test_nothing_in_common(self) -> None:
        for offered in (("2.0",), ("1.5", "1.6"), ("1",), ("x" * 10000,)):
            error = self.assertRaises(NoCommonVersion, negotiate, inform(CWMP_1_2, None, offered))
            self.assertLess(len(str(error)), 130)

    @given(st.lists(st.sampled_from([*ALL, "1.5", "0.9", "x"]), min_size=1).map(tuple))
    def test_what_is_told_is_always_out_of_the_list(self, offered: tuple[str, ...]) -> None:
        try:
            version = negotiate(inform(CWMP_1_2, None, offered))
        except NoCommonVersion:
            self.assertEqual(set(), set(offered) & set(ALL))
        else:
            self.assertIn(version.use, offered)
            self.assertEqual(max(set(offered) & set(ALL)), version.use)


class VersionTests(SynchronousTestCase):
    def test_its_number_tells_which_rpcs_it_has(self) -> None:
        version = negotiate(inform(CWMP_1_1))
        self.assertEqual((1, 1), version.number)
        self.assertLessEqual(BY_NAME["GetAllQueuedTransfers"].since, version.number)
        self.assertGreater(BY_NAME["ScheduleDownload"].since, version.number)

    def test_every_version_has_a_namespace_that_can_be_written(self) -> None:
        self.assertEqual(ALL, SUPPORTED)
        for name in SUPPORTED:
            self.assertTrue(write_envelope(Envelope(m.Reboot(), NAMESPACES[name])))
