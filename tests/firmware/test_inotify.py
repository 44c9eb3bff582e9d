"""What the kernel tells, as it tells it."""

from __future__ import annotations

import struct

from twisted.trial.unittest import SynchronousTestCase

from acs.firmware.inotify import OVERFLOW, Event, events_in


def event(watch: int, mask: int, name: bytes = b"") -> bytes:
    """An event in the kernel's layout, its name filled up with NULs."""
    padded = name + b"\0" * (-len(name) % 16 or 16) if name else b""
    return struct.pack("=iIII", watch, mask, 7, len(padded)) + padded


class EventTests(SynchronousTestCase):
    def test_events_are_read_one_after_the_other(self) -> None:
        data = event(1, 2, b"image.bin") + event(3, 4) + event(5, 6, b"\xff")
        self.assertEqual(
            [Event(1, 2, b"image.bin"), Event(3, 4, b""), Event(5, 6, b"\xff")], [*events_in(data)]
        )

    def test_that_some_were_lost_belongs_to_no_folder(self) -> None:
        self.assertEqual([Event(-1, OVERFLOW, b"")], [*events_in(event(-1, OVERFLOW))])

    def test_nothing_is_no_event(self) -> None:
        self.assertEqual([], [*events_in(b"")])
