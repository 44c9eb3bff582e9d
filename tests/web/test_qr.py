"""QR codes."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.web.qr import squares

FINDER = ("1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111")
"""What stands in three of a code's corners (ISO/IEC 18004)."""


class SquaresTests(SynchronousTestCase):
    def test_a_text_becomes_a_square_of_squares_with_its_three_corners(self) -> None:
        rows = squares("otpauth://totp/ACS:anna?secret=" + "A" * 32)
        self.assertEqual({len(rows)}, {len(row) for row in rows})
        self.assertEqual(1, len(rows) % 4)
        for corner in (
            [row[:7] for row in rows[:7]],
            [row[-7:] for row in rows[:7]],
            [row[:7] for row in rows[-7:]],
        ):
            self.assertEqual(FINDER, tuple(corner))

    def test_another_text_is_another_code(self) -> None:
        self.assertNotEqual(squares("a"), squares("b"))
