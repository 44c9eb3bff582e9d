"""What real CPE programs sent is read: the captures and the samples of the reference data."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.http.coding import decode_body
from acs.http.cookies import cookie_values
from acs.http.errors import BadRequest
from acs.http.limits import Limits
from acs.http.messages import Request
from acs.http.reader import RequestReader
from tests import REFERENCE, needs_reference
from tests.http.wire import bytewise, read, read_whole

CODED = {"gzip": gzip.decompress, "deflate": zlib.decompress}


def captures() -> list[Path]:
    """What the programs sent to the ACS; ``connreq-*`` are what the ACS sent to them."""
    return sorted((REFERENCE / "captures").glob("*/[0-9]*-request.txt"))


class CaptureTests(SynchronousTestCase):
    skip = needs_reference("captures")

    def test_each_is_one_request_which_is_all_that_was_sent(self) -> None:
        files = captures()
        self.assertGreater(len(files), 150)
        for file in files:
            raw = file.read_bytes()
            one = read_whole(raw, Limits())
            self.assertIn(one.method, ("POST", "GET", "PUT"), file)
            self.assertEqual(one.head + one.body, raw, file)

    def test_each_is_the_same_a_byte_at_a_time(self) -> None:
        for file in captures()[::9]:
            raw = file.read_bytes()
            self.assertEqual(read(bytewise(raw), Limits()), ([read_whole(raw, Limits())], None), file)

    def test_the_bodies_are_soap_or_empty_once_they_are_decoded(self) -> None:
        codings = set()
        for file in captures():
            one = read_whole(file.read_bytes(), Limits())
            coding = one.header("content-encoding")
            body = decode_body(one.body, coding, 1_000_000)
            self.assertEqual(body, CODED.get(coding or "", bytes)(one.body) if one.body else b"", file)
            self.assertTrue(not body or b"Envelope" in body, file)
            codings.add((coding, bool(body)))
        self.assertLessEqual(
            {("gzip", True), ("gzip", False), ("deflate", True), ("deflate", False)}, codings
        )

    def test_the_cookies_of_each_program_are_found(self) -> None:
        found = {file.parent.name for file in captures() if self.session_cookie(file)}
        self.assertLessEqual({"easycwmp-tr098", "genieacs-sim", "icwmp", "netcwmp"}, found)

    def session_cookie(self, file: Path) -> list[str]:
        one = read_whole(file.read_bytes(), Limits())
        values = cookie_values(one.all("cookie"), "session")
        self.assertTrue(values or not any("session=" in header for header in one.all("cookie")), file)
        self.assertTrue(all(len(value) == 16 for value in values), file)
        return values


class SampleTests(SynchronousTestCase):
    skip = needs_reference("samples")

    def read_sample(self, name: str) -> tuple[Request, bytes]:
        """The request, and what is left over: some files have line ends that the length does not count."""
        (file,) = (REFERENCE / "samples").glob(name)
        reader = RequestReader(Limits())
        reader.feed(file.read_bytes())
        one = reader.next_request()
        assert one is not None, f"{file} has no whole request in it"
        return one, reader.head

    def test_thomsons_are_read_although_their_lines_end_in_lf(self) -> None:
        for name in ("06-*", "07-*", "08-*", "09-*", "10-*"):
            one, _ = self.read_sample(name + ".raw")
            self.assertEqual((one.method, one.path), ("POST", "/"), name)
            self.assertTrue(one.body.strip().startswith(b"<soapenv:Envelope"), name)
            self.assertIn("Thomson", one.header("user-agent") or "", name)

    def test_thomsons_cookie_is_found(self) -> None:
        one, _ = self.read_sample("09-*.raw")
        self.assertEqual(cookie_values(one.all("cookie"), "ID"), ["11_THOM_TR69_ID"])

    def test_thomsons_chunks_are_put_together(self) -> None:
        one, rest = self.read_sample("11-*.raw")
        self.assertEqual((one.header("transfer-encoding"), rest), ("chunked", b""))
        self.assertTrue(one.body.startswith(b"<soapenv:Envelope"))
        self.assertTrue(one.body.endswith(b"</soapenv:Envelope>"))

    def test_a_length_that_is_too_short_is_noticed_at_the_next_request(self) -> None:
        # GenieACS's simulator counts characters instead of bytes.
        error = read([b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcdope>POST / HTTP/1.1\r\n\r\n"])[1]
        self.assertIsInstance(error, BadRequest)
