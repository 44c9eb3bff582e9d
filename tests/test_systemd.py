"""What systemd is told, on a socket as it has one."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from acs.systemd import READY, keeps_journal, notify, say_that_it_stops


class NotifyTests(SynchronousTestCase):
    def listening(self, address: str) -> socket.socket:
        """A socket there."""
        found = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(found.close)
        found.bind(address)
        found.settimeout(5)
        return found

    def test_it_is_told_on_the_socket_that_it_names(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = str(Path(folder.name) / "notify")
        there = self.listening(path)
        notify(READY, {"NOTIFY_SOCKET": path})
        self.assertEqual(b"READY=1", there.recv(64))

    def test_a_socket_may_be_without_a_file(self) -> None:
        name = f"acs-test-{os.getpid()}"
        there = self.listening(f"\0{name}")
        notify("STOPPING=1", {"NOTIFY_SOCKET": f"@{name}"})
        self.assertEqual(b"STOPPING=1", there.recv(64))

    def test_nobody_is_told_where_nobody_asked(self) -> None:
        for environment in ({}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1234"}):
            notify(READY, environment)

    def test_a_socket_that_is_gone_is_an_error(self) -> None:
        self.assertRaises(OSError, notify, READY, {"NOTIFY_SOCKET": "/nowhere/notify"})

    def test_the_appliance_stops_though_systemd_does_not_hear_of_it(self) -> None:
        with capturedLogs() as events:
            say_that_it_stops({"NOTIFY_SOCKET": "/nowhere/notify"})
        [event] = events
        self.assertIn("No such file", formatEvent(event))


class JournalTests(SynchronousTestCase):
    def test_what_is_printed_goes_into_the_journal_where_systemd_says_so(self) -> None:
        self.assertTrue(keeps_journal({"JOURNAL_STREAM": "8:1234"}))
        self.assertFalse(keeps_journal({"TERM": "xterm"}))
