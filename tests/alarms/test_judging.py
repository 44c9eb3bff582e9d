"""From where on something is the matter."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from acs.alarms.judging import ALL, Disk, Ending, ending, failing, full, late, node_of, part_of, slow
from acs.alarms.limits import DAY, Limits
from acs.store.records.alarms import AlarmKind, Late

LIMITS = Limits(late_percent=20, failing_percent=20, store_milliseconds=1000, disk_percent=90)
LATE = AlarmKind.DEVICES_LATE
NOW = 1_795_608_000.0


class LateTests(SynchronousTestCase):
    def models(self, *found: Late, open_: tuple[str, ...] = ()) -> list[str]:
        return [subject for _, subject in late(found, LIMITS, [(LATE, each) for each in open_])]

    def test_a_model_is_told_of_which_too_many_are_late(self) -> None:
        self.assertEqual([], self.models(Late("A/B", 100, 20)))
        self.assertEqual(["A/B"], self.models(Late("A/B", 100, 21), Late("A/C", 100, 0)))
        ((_, text),) = late([Late("A/B", 100, 21), Late("A/C", 100, 0)], LIMITS, ()).items()
        self.assertEqual("21 of 100 devices have not called for more than 3 times their interval", text)

    def test_so_are_all_together(self) -> None:
        self.assertEqual(["A/B", ALL], self.models(Late("A/B", 100, 100), Late("A/C", 100, 0)))

    def test_of_a_few_devices_nothing_is_said(self) -> None:
        self.assertEqual([], self.models(Late("A/B", 9, 9)))
        self.assertEqual([ALL], self.models(Late("A/B", 9, 9), Late("A/C", 9, 9)))
        self.assertEqual([], self.models())

    def test_it_ends_where_it_is_clearly_better(self) -> None:
        self.assertEqual(["A/B"], self.models(Late("A/B", 100, 17), Late("A/C", 100, 0), open_=("A/B",)))
        self.assertEqual([], self.models(Late("A/B", 100, 16), Late("A/C", 100, 0), open_=("A/B",)))


class OtherTests(SynchronousTestCase):
    def test_too_many_sessions_fail(self) -> None:
        self.assertEqual({}, failing(80, 20, LIMITS, ()))
        self.assertEqual({}, failing(0, 19, LIMITS, ()))
        ((about, text),) = failing(79, 21, LIMITS, ()).items()
        self.assertEqual((AlarmKind.SESSIONS_FAILING, ALL), about)
        self.assertEqual("21 of 100 sessions of the last 10 minutes failed", text)
        self.assertEqual({about}, set(failing(83, 17, LIMITS, [about])))
        self.assertEqual({}, failing(84, 16, LIMITS, [about]))
        self.assertEqual({}, failing(0, 0, LIMITS, ()))

    def test_the_database_takes_long(self) -> None:
        self.assertEqual({}, slow(10.0, 10, LIMITS, "n", ()))
        self.assertEqual({}, slow(0.0, 0, LIMITS, "n", ()))
        ((about, text),) = slow(22.0, 20, LIMITS, "n", ()).items()
        self.assertEqual((AlarmKind.STORE_SLOW, "n"), about)
        self.assertIn("1,100 ms", text)
        self.assertEqual({about}, set(slow(9.0, 10, LIMITS, "n", [about])))
        self.assertEqual({}, slow(8.0, 10, LIMITS, "n", [about]))

    def test_certificates_end(self) -> None:
        found = [
            Ending("/a.pem", NOW + 14 * DAY + 1),
            Ending("/b.pem", NOW + 14 * DAY - 1),
            Ending("/c.pem", NOW - 1),
        ]
        told = {subject: text for (_, subject), text in ending(found, LIMITS, "n", NOW).items()}
        self.assertEqual(
            {
                "n: /b.pem": "the certificate ends on 2026-12-09 11:59 UTC",
                "n: /c.pem": "the certificate has ended on 2026-11-25 11:59 UTC",
            },
            told,
        )

    def test_disks_are_nearly_full(self) -> None:
        self.assertEqual({}, full([Disk("/var/lib/acs", 90, 100)], LIMITS, "n", ()))
        ((about, text),) = full([Disk("/var/lib/acs", 91 * 10**9, 10**11)], LIMITS, "n", ()).items()
        self.assertEqual((AlarmKind.DISK_FULL, "n: /var/lib/acs"), about)
        self.assertEqual("the disk of /var/lib/acs is 91 % full; 9.0 GB are left", text)
        self.assertEqual({about}, set(full([Disk("/var/lib/acs", 899, 1000)], LIMITS, "n", [about])))
        self.assertEqual({}, full([Disk("/var/lib/acs", 0, 0)], LIMITS, "n", ()))

    def test_a_subject_on_a_node_tells_the_node(self) -> None:
        self.assertEqual("acs1/2", node_of(part_of("acs1/2", "/a: b.pem")))
        self.assertEqual("acs1/2", node_of("acs1/2"))

    def test_limits_have_defaults_that_make_sense(self) -> None:
        self.assertEqual(LIMITS, replace(Limits(), late_percent=20))
