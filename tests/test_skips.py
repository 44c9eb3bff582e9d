"""What the tests' own rule about skipping allows and forbids."""

from __future__ import annotations

import os

from twisted.trial.unittest import SynchronousTestCase

from tests import ProgramMissing, needs_program, needs_reference


class SkipTests(SynchronousTestCase):
    def test_a_test_runs_where_its_program_is_installed(self) -> None:
        self.patch_environment("1")
        self.assertIsNone(needs_program("sh"))

    def test_a_missing_program_skips_with_its_name_as_the_reason(self) -> None:
        self.patch_environment("")
        self.assertIn("no-such-program", needs_program("no-such-program") or "")

    def test_a_missing_program_is_an_error_where_skips_are_forbidden(self) -> None:
        self.patch_environment("1")
        self.assertRaises(ProgramMissing, needs_program, "no-such-program")

    def test_missing_reference_data_skips_even_where_skips_are_forbidden(self) -> None:
        self.patch_environment("1")
        self.assertIn("no-such-data", needs_reference("no-such-data") or "")

    def patch_environment(self, forbidden: str) -> None:
        """Set ACS_TESTS_FORBID_SKIPS for one test."""
        self.patch(os, "environ", {"PATH": "/usr/bin:/bin", "ACS_TESTS_FORBID_SKIPS": forbidden})
