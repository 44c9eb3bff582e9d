"""The first file of a form, however the form is cut into pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.web.files.multipart import BadMultipart, FirstFile, boundary_of

CRLF = b"\r\n"
CUTS = st.lists(st.integers(0, 2000), max_size=30)
# Letters of which delimiters are made, so that much looks like one.
TEMPTING = st.lists(st.sampled_from([b"\r", b"\n", b"-", b"--", b"b", b"B", CRLF, CRLF + b"--b", b" "])).map(
    b"".join
)


def read(boundary: bytes, body: bytes, cuts: list[int]) -> tuple[bytes, str]:
    """The file in a body that comes in pieces, with its name."""
    form = FirstFile(boundary)
    places = [0, *sorted(cuts), len(body)]
    found = b"".join(form.feed(body[start:stop]) for start, stop in zip(places, places[1:], strict=False))
    form.end()
    return found, form.name


def part(boundary: bytes, content: bytes, *head: bytes) -> bytes:
    """A part of a form, with the delimiter before it."""
    return b"--" + boundary + CRLF + CRLF.join([*head, b"", content]) + CRLF


def file_part(boundary: bytes, content: bytes, name: bytes = b"f") -> bytes:
    """A part that is a file."""
    return part(boundary, content, b'Content-Disposition: form-data; name="x"; filename="%s"' % name)


class FormTests(SynchronousTestCase):
    @given(st.one_of(st.binary(max_size=1500), TEMPTING), st.one_of(st.binary(max_size=100), TEMPTING), CUTS)
    def test_the_file_is_what_was_put_in(self, content: bytes, field: bytes, cuts: list[int]) -> None:
        boundary = b"bBbB"
        for inside in (content, field):
            if CRLF + b"--" + boundary in CRLF + inside + CRLF:
                return
        body = part(boundary, field, b'Content-Disposition: form-data; name="a"')
        body += file_part(boundary, content) + file_part(boundary, b"second") + b"--bBbB--" + CRLF
        self.assertEqual((content, "f"), read(boundary, body, cuts))
        self.assertEqual((content, "f"), read(boundary, b"preamble" + CRLF + body, cuts))

    @given(st.binary(max_size=300), CUTS)
    def test_whatever_comes_is_a_file_or_refused(self, body: bytes, cuts: list[int]) -> None:
        for before in (b"", b"--b\r\n", file_part(b"b", b"")[:-2]):
            try:
                read(b"b", before + body, cuts)
            except BadMultipart:
                continue

    def test_a_file_may_be_empty(self) -> None:
        self.assertEqual((b"", "f"), read(b"b", file_part(b"b", b"") + b"--b--", []))
        head = b'--b\r\nContent-Disposition: form-data; filename="f"\r\n\r\n--b--'
        self.assertEqual((b"", "f"), read(b"b", head, []))

    def test_heads_are_read_as_they_are_written(self) -> None:
        for head, name in (
            (b'content-disposition:form-data;filename="a b.cfg"', "a b.cfg"),
            (b"Content-Disposition: form-data; filename=a.cfg; name=x", "a.cfg"),
            (b'Content-Type: text/plain\r\nContent-Disposition: form-data;\r\n filename="folded"', "folded"),
            (b'Content-Disposition: form-data; filename="C:\\x\\a.cfg"', "C:\\x\\a.cfg"),
            (b'Content-Disposition: form-data; filename="a\\"b"', 'a"b'),
            (b'Content-Disposition: form-data; filename=""', ""),
            ('Content-Disposition: form-data; filename="é"'.encode(), "é"),
        ):
            self.assertEqual((b"x", name), read(b"b", part(b"b", b"x", head) + b"--b--", []), head)

    def test_what_is_no_file_is_passed_over(self) -> None:
        for head in (
            b"",
            b'Content-Disposition: form-data; name="filename=x"',
            b"Content-Disposition: attachment; filename=y",
        ):
            self.assertRaises(BadMultipart, read, b"b", part(b"b", b"x", head) + b"--b--", [])

    def test_nothing_grows_without_bound(self) -> None:
        for data in (b"--b" + b" " * 70_000, b"--b\r\nX: " + b"y" * 70_000, part(b"b", b"x", b"X: y") * 200):
            self.assertRaises(BadMultipart, read, b"b", data, [])
        form = FirstFile(b"b")
        for _ in range(100):
            self.assertEqual(b"", form.feed(b"x" * 10_000))
        self.assertLess(len(form._rest), 100)


class BoundaryTests(SynchronousTestCase):
    def test_it_is_found_in_the_content_type(self) -> None:
        for given_, boundary in (
            ("multipart/form-data; boundary=x", b"x"),
            ('Multipart/Form-Data;charset=utf-8; Boundary="a b:c"', b"a b:c"),
            ("multipart/form-data;boundary=----WebKitFormBoundary7", b"----WebKitFormBoundary7"),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=", None),
            ("multipart/form-data; boundary=" + "x" * 80, b"x" * 70),
            ("multipart/mixed; boundary=x", None),
            ("application/x-www-form-urlencoded", None),
            ("", None),
        ):
            self.assertEqual(boundary, boundary_of(given_), given_)
