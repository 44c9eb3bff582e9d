"""Envelopes that come twice on a connection, and are read once."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.envelope import Envelope, Header, write_envelope
from acs.cwmp.messages import GetRPCMethods
from acs.http.connection import Connection, stand_in
from acs.http.envelopes import EXPECTED, envelope_of, expect_again, next_envelope
from acs.http.messages import Request

BODY = write_envelope(Envelope(GetRPCMethods(), header=Header("1")))


def bringing(body: bytes, content_type: str = "text/xml") -> Request:
    headers = (("content-type", content_type),)
    return Request("POST", "/", "/", 1, headers, dict(headers), body, b"", True)


class ExpectingTests(SynchronousTestCase):
    def expecting(self, body: bytes = BODY) -> tuple[Connection, Envelope]:
        """A connection on which that is expected once more, and how it was read."""
        connection, request = stand_in("192.0.2.1", 1), bringing(body)
        envelope = envelope_of(request, body)
        expect_again(request, body, connection, envelope)
        return connection, envelope

    def test_what_comes_again_is_what_was_read(self) -> None:
        connection, envelope = self.expecting()
        again = bytes(bytearray(BODY))
        self.assertIs(envelope, next_envelope(bringing(again), again, connection))
        self.assertIsNone(connection.read)
        self.assertEqual(envelope, next_envelope(bringing(again), again, connection))

    def test_anything_else_is_read(self) -> None:
        for body, kind in ((BODY.replace(b">1<", b">2<"), "text/xml"), (BODY, "text/xml; charset=latin1")):
            connection, envelope = self.expecting()
            found = next_envelope(bringing(body, kind), body, connection)
            self.assertIsNot(envelope, found)
            self.assertEqual(envelope_of(bringing(body, kind), body), found)
            self.assertIsNone(connection.read)

    def test_long_ones_are_not_kept(self) -> None:
        connection, _ = self.expecting(BODY + b" " * (EXPECTED + 1 - len(BODY)))
        self.assertIsNone(connection.read)
