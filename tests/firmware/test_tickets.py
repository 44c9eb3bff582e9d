"""Tickets: for one device, one purpose, a while."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.firmware.tickets import Ticket, pair, read, write

KEY = b"k" * 32
GET = "get acme/box/1.2/image.bin"
NUMBERS = st.integers(0, 2**64 - 1)


class TicketTests(SynchronousTestCase):
    @given(st.builds(Ticket, NUMBERS, NUMBERS, st.integers(0, 2**32 - 1)), st.text())
    def test_it_is_read_as_it_was_written(self, ticket: Ticket, purpose: str) -> None:
        text = write(KEY, ticket, purpose)
        self.assertRegex(text, r"\A[A-Za-z0-9_-]{48}\Z")
        self.assertEqual(ticket, read(KEY, text, purpose, ticket.expires))

    def test_it_is_good_for_nothing_else_and_not_for_ever(self) -> None:
        text = write(KEY, Ticket(1, 2, 1000), GET)
        self.assertIsNotNone(read(KEY, text, GET, 1000.0))
        self.assertIsNone(read(KEY, text, GET, 1000.1))
        self.assertIsNone(read(KEY, text, GET + "x", 1.0))
        self.assertIsNone(read(KEY, text, "put acme/box/1.2/image.bin", 1.0))
        self.assertIsNone(read(b"other" * 8, text, GET, 1.0))

    def test_a_letter_that_is_changed_makes_it_none(self) -> None:
        text = write(KEY, Ticket(1, 2, 1000), GET)
        for at in range(len(text)):
            changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
            self.assertIsNone(read(KEY, changed, GET, 1.0), at)

    @given(st.text())
    def test_whatever_comes_is_no_ticket(self, text: str) -> None:
        self.assertIsNone(read(KEY, text, GET, 1.0))

    def test_each_device_has_a_password_of_its_own_for_each_purpose(self) -> None:
        pairs = {pair(KEY, device, purpose) for device in (1, 2) for purpose in (GET, "put")}
        self.assertEqual((4, {"cpe-1", "cpe-2"}), (len({p for _, p in pairs}), {u for u, _ in pairs}))
        self.assertEqual(pair(KEY, 1, GET), pair(KEY, 1, GET))
