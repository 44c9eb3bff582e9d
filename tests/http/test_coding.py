"""Content codings of bodies: what is undone, what is refused, and that nothing grows beyond its limit."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.http.coding import decode_body
from acs.http.errors import BadRequest

XML = b"<Envelope>" + b"<x/>" * 100 + b"</Envelope>"
LIMIT = 100_000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


class DecodeTests(SynchronousTestCase):
    def test_every_coding_that_is_known_is_undone(self) -> None:
        coded = {
            "gzip": gzip.compress(XML),
            "GZip": gzip.compress(XML),
            "x-gzip": gzip.compress(XML),
            "deflate": zlib.compress(XML),
            "identity": XML,
            "": XML,
            " gzip , identity": gzip.compress(XML),
            "deflate, gzip": gzip.compress(zlib.compress(XML)),
            "gzip, deflate": zlib.compress(gzip.compress(XML)),
        }
        decoded = {name: decode_body(body, name, LIMIT) for name, body in coded.items()}
        self.assertEqual(decoded, dict.fromkeys(coded, XML))

    def test_without_the_header_the_body_is_as_it_is(self) -> None:
        self.assertEqual(decode_body(XML, None, 1), XML)

    def test_deflate_may_lack_the_envelope_of_zlib(self) -> None:
        self.assertEqual(decode_body(raw_deflate(XML), "deflate", LIMIT), XML)

    def test_an_empty_body_is_empty_whatever_the_header_says(self) -> None:
        for coding in ("gzip", "deflate", "br", "a, b, c, d"):
            self.assertEqual(decode_body(b"", coding, LIMIT), b"")

    def test_bytes_after_the_compressed_data_are_ignored(self) -> None:
        for junk in (b"\r\n", b"\0" * 512, b"junk"):
            self.assertEqual(decode_body(gzip.compress(XML) + junk, "gzip", LIMIT), XML)
            self.assertEqual(decode_body(zlib.compress(XML) + junk, "deflate", LIMIT), XML)

    def test_a_body_of_just_the_limit_is_taken(self) -> None:
        self.assertEqual(decode_body(gzip.compress(XML), "gzip", len(XML)), XML)


class RefusalTests(SynchronousTestCase):
    def status(self, body: bytes, coding: str, limit: int = LIMIT) -> int:
        return self.assertRaises(BadRequest, decode_body, body, coding, limit).status

    def test_a_coding_that_is_not_known_is_415(self) -> None:
        for coding in ("br", "compress", "gzip, br", "br, gzip", "gzip, gzip, gzip", "chunked"):
            self.assertEqual(self.status(gzip.compress(gzip.compress(XML)), coding), 415, coding)

    def test_what_is_not_in_its_coding_is_400(self) -> None:
        packed = gzip.compress(XML)
        wrong = {
            "plain text": (XML, "gzip"),
            "plain text as deflate": (XML, "deflate"),
            "cut short": (packed[:-9], "gzip"),
            "without its checksum": (packed[:-4], "gzip"),
            "with another checksum": (packed[:-8] + b"\0" * 8, "gzip"),
            "deflate cut short": (zlib.compress(XML)[:-1], "deflate"),
            "only once": (packed, "gzip, gzip"),
            "two members": (packed + packed, "gzip"),
        }
        self.assertEqual({k: self.status(*v) for k, v in wrong.items()}, dict.fromkeys(wrong, 400))

    def test_a_body_that_inflates_beyond_the_limit_is_413(self) -> None:
        for coding, body in (("gzip", gzip.compress(XML)), ("deflate", zlib.compress(XML))):
            self.assertEqual(self.status(body, coding, len(XML) - 1), 413)
        self.assertEqual(self.status(raw_deflate(XML), "deflate", len(XML) - 1), 413)

    def test_a_bomb_is_not_inflated(self) -> None:
        flat = gzip.compress(bytes(50_000_000))
        for body, coding in ((flat, "gzip"), (gzip.compress(flat), "gzip, gzip")):
            tracemalloc.start()
            try:
                self.assertEqual(self.status(body, coding), 413)
                self.assertLess(tracemalloc.get_traced_memory()[1], 5 * LIMIT)
            finally:
                tracemalloc.stop()

    @settings(max_examples=200, deadline=None)
    @given(
        body=st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(gzip.compress)),
        coding=st.sampled_from(["gzip", "deflate", "x-gzip, deflate", "identity, gzip", ",", "br"]),
        cut=st.integers(0, 300),
    )
    def test_any_bytes_are_decoded_within_the_limit_or_refused(
        self, body: bytes, coding: str, cut: int
    ) -> None:
        try:
            decoded = decode_body(body[:cut], coding, 100)
        except BadRequest as error:
            self.assertIn(error.status, (400, 413, 415))
        else:
            self.assertTrue(len(decoded) <= 100 or coding == ",")
