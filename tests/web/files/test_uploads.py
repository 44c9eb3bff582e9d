"""Uploads: what devices send, and what is refused of it."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from twisted.internet.defer import Deferred, maybeDeferred

from acs.firmware.tickets import Ticket
from acs.firmware.uploads import Upload, Uploads
from acs.web.files.limits import Limits
from acs.web.files.receiving import Expected
from tests.web.client import Response, parse
from tests.web.files.world import NOON, SiteCase, Slow, to_get, to_put

CONTENT = bytes(range(256)) * 4096
FORM = "multipart/form-data; boundary=XyZ"


def form(content: bytes, name: str = "config.xml") -> bytes:
    """A form as browsers send it: a field, a file, another field."""
    field = b'--XyZ\r\nContent-Disposition: form-data; name="%s"\r\n\r\nvalue\r\n'
    file = f'--XyZ\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return field % b"a" + file.encode() + content + b"\r\n" + field % b"b" + b"--XyZ--\r\n"


class UploadCase(SiteCase):
    """A test whose uploads are looked at."""

    def content(self, job: int = 9) -> bytes:
        """What is kept of it."""
        return (self.folder / "uploads" / "7" / str(job)).read_bytes()

    def names(self) -> list[str]:
        """The files in the device's folder."""
        folder = self.folder / "uploads" / "7"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def send(self, method: str = "PUT", target: str = "", body: bytes = CONTENT, **headers: str) -> Response:
        """The answer to an upload."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask(method, target or to_put(), named, body)

    def assert_nothing(self) -> None:
        """Nothing is kept, and nothing runs."""
        self.assertEqual([], self.names())
        self.assertEqual([], self.site.running())
        self.assertEqual([], self.received)


class SendingTests(UploadCase):
    def test_a_body_is_kept_byte_for_byte(self) -> None:
        for job, method in enumerate(("PUT", "POST"), 1):
            answer = self.send(method, to_put(job=job))
            self.assertEqual((201, b""), (answer.status, answer.body))
            self.assertEqual(CONTENT, self.content(job))

    def test_what_is_known_of_it_is_kept_beside(self) -> None:
        self.send(target=to_put("/config%20a.xml"))
        wanted = Upload(7, 9, "config a.xml", "", len(CONTENT), sha256(CONTENT).hexdigest(), NOON)
        self.assertEqual([wanted], self.kept.of_device(7))
        self.assertEqual([wanted], self.received)
        self.assertEqual(["9", "9.json"], self.names())

    def test_a_name_may_stand_behind_the_ticket(self) -> None:
        for job, more in enumerate(("", "/", "/x", "/a/b/c.cfg", "/x?y=z"), 1):
            self.assertEqual(201, self.send(target=to_put(more, job=job)).status, more)
        self.assertEqual(["", "", "x", "c.cfg", "x"], [each.name for each in self.kept.of_device(7)][::-1])

    def test_every_size_is_kept(self) -> None:
        for job, size in enumerate((0, 1, 511, 512, 513, 65536, 300_000), 1):
            self.assertEqual(201, self.send(target=to_put(job=job), body=CONTENT[:size]).status)
            self.assertEqual(CONTENT[:size], self.content(job))

    def test_the_first_file_of_a_form_is_taken(self) -> None:
        answer = self.send("POST", body=form(CONTENT, "C:\\x\\config.xml"), Content_Type=FORM)
        self.assertEqual(201, answer.status)
        self.assertEqual(CONTENT, self.content())
        self.assertEqual("config.xml", self.received[0].name)

    def test_a_form_that_is_put_is_kept_as_it_is(self) -> None:
        self.send("PUT", body=form(b"x"), Content_Type=FORM)
        self.assertEqual(form(b"x"), self.content())

    def test_pieces_of_any_size_make_the_same_upload(self) -> None:
        body = form(CONTENT[:5000])
        head = f"POST {to_put()} HTTP/1.1\r\nContent-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n"
        connection = Slow(self.site)
        for byte in head.encode() + body:
            connection.protocol.dataReceived(bytes([byte]))
        self.assertTrue(connection.value().startswith(b"HTTP/1.1 201"))
        self.assertEqual(CONTENT[:5000], self.content())
        connection.drop()

    def test_chunks_are_put_together(self) -> None:
        head = f"PUT {to_put()} HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        data = self.exchange(head.encode() + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")
        self.assertEqual((201, b"abcde"), (parse(data).status, self.content()))

    def test_who_waits_to_be_asked_is_asked(self) -> None:
        connection = Slow(self.site)
        head = f"PUT {to_put()} HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        connection.protocol.dataReceived(head.encode())
        self.assertEqual(b"HTTP/1.1 100 Continue\r\n\r\n", connection.value())
        connection.protocol.dataReceived(b"abc")
        self.assertIn(b"HTTP/1.1 201 Created\r\n", connection.value())
        connection.drop()

    def test_a_connection_serves_another_request_afterwards(self) -> None:
        connection = Slow(self.site)
        request = f"PUT {to_put()} HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
        connection.protocol.dataReceived(request.encode() + f"GET {to_get()} HTTP/1.1\r\n\r\n".encode())
        self.assertEqual(1, connection.value().count(b"HTTP/1.1 201"))
        self.assertEqual(1, connection.value().count(b"HTTP/1.1 200"))
        connection.drop()

    def test_its_progress_is_told(self) -> None:
        connection = Slow(self.site)
        connection.protocol.dataReceived(f"PUT {to_put()} HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc".encode())
        (running,) = self.site.running()
        self.assertEqual(("uploads/7/9", 3, 6), (running.path, running.sent, running.size))
        connection.protocol.dataReceived(b"def")
        self.assertEqual([(0, False, ""), (6, True, "")], [(t.sent, t.ended, t.failure) for t in self.told])
        connection.drop()

    def test_what_is_shown_beside_the_ticket_does_not_matter(self) -> None:
        self.assertEqual(201, self.send(Authorization="Basic eDp5").status)

    def test_the_type_of_file_is_what_was_asked_for(self) -> None:
        async def expects(ticket: Ticket) -> Expected | None:
            return Expected("3 Vendor Configuration File") if ticket.job == 9 else None

        self.site = self.make_site(expects=expects)
        self.assertEqual(201, self.send().status)
        self.assertEqual("3 Vendor Configuration File", self.received[0].file_type)
        self.assertEqual(404, self.send(target=to_put(job=10)).status)


class RefusalTests(UploadCase):
    limits = Limits(upload_bytes=1000, uploads=2, uploads_per_address=1)

    def begin(self, job: int = 9, length: int = 600) -> Slow:
        """An upload that has not ended."""
        connection = Slow(self.site)
        head = f"PUT {to_put(job=job)} HTTP/1.1\r\nContent-Length: {length}\r\n\r\nabc"
        connection.protocol.dataReceived(head.encode())
        return connection

    def test_without_a_ticket_nothing_is_taken(self) -> None:
        get = to_get().split("/")[2]
        for target in (
            "/put", "/put/", "/put/x", f"/put/{get}", to_put(expires=NOON - 1), "/", "/Acme/x", to_get(),
            "/uploads/7/9", to_put()[:-1] + ("A" if to_put()[-1] != "A" else "B"),
        ):  # fmt: skip
            for method in ("PUT", "POST"):
                self.assertEqual(404, self.send(method, target, b"x").status, target)
        self.assert_nothing()

    def test_other_methods_are_405(self) -> None:
        answer = self.ask("DELETE", to_put())
        self.assertEqual((405, "PUT, POST"), (answer.status, answer.headers["Allow"]))
        self.assertEqual(401, self.ask("GET", to_put()).status)

    def test_what_says_that_it_is_too_long_is_refused_at_once(self) -> None:
        connection = Slow(self.site)
        head = f"PUT {to_put()} HTTP/1.1\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n"
        connection.protocol.dataReceived(head.encode())
        self.assertTrue(connection.value().startswith(b"HTTP/1.1 413"))
        self.assertIn(b"Connection: close\r\n", connection.value())
        self.assertFalse(connection.disconnecting)
        self.clock.advance(10)
        self.assertTrue(connection.disconnecting)
        self.assert_nothing()

    def test_what_is_too_long_without_saying_so_too(self) -> None:
        head = f"PUT {to_put()} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        data = self.exchange(head.encode() + b"3e8\r\n" + b"x" * 1000 + b"\r\n1\r\nx\r\n0\r\n\r\n")
        self.assertEqual(413, parse(data).status)
        self.assert_nothing()

    def test_a_form_may_be_longer_but_not_its_file(self) -> None:
        self.assertEqual(201, self.send("POST", body=form(bytes(1000)), Content_Type=FORM).status)
        answer = self.send("POST", to_put(job=10), form(bytes(1001)), Content_Type=FORM)
        self.assertEqual(413, answer.status)
        answer = self.send("POST", to_put(job=10), b"x" * 100_000, Content_Type=FORM)
        self.assertEqual(413, answer.status)
        self.assertEqual(["9", "9.json"], self.names())

    def test_a_form_without_a_file_is_400(self) -> None:
        for body in (
            b"",
            b"--XyZ--",
            form(b"x")[:-100],
            form(b"x").replace(b"filename", b"other"),
            b"nothing",
        ):
            self.assertEqual(400, self.send("POST", body=body, Content_Type=FORM).status, body)
        self.assert_nothing()

    def test_a_body_of_unknown_length_is_411(self) -> None:
        data = self.exchange(f"PUT {to_put()} HTTP/1.0\r\n\r\nabc".encode())
        self.assertEqual(411, parse(data).status)
        self.assert_nothing()

    def test_a_whole_upload_is_never_written_over(self) -> None:
        self.assertEqual(201, self.send(body=b"first").status)
        self.assertEqual(409, self.send(body=b"second").status)
        self.assertEqual(b"first", self.content())
        self.assertEqual(["9", "9.json"], self.names())

    def test_one_that_has_not_ended_gives_way(self) -> None:
        self.site = self.make_site(limits=Limits())
        first = self.begin()
        self.assertEqual(201, self.send(body=b"second").status)
        self.assertTrue(first.aborted)
        self.assertEqual(b"second", self.content())
        self.assertEqual(["9", "9.json"], self.names())
        self.assertEqual([], self.site.running())

    def test_a_client_that_goes_away_leaves_nothing(self) -> None:
        connection = self.begin()
        self.assertEqual(["9.part"], self.names())
        connection.drop()
        self.assert_nothing()
        self.assertEqual((True, "the client has gone"), (self.told[-1].ended, self.told[-1].failure))

    def test_a_client_that_sends_nothing_is_cut(self) -> None:
        for trickle in (b"", b"x"):
            connection = self.begin()
            for _ in range(14):
                self.clock.advance(5)
                if trickle and not connection.disconnecting:
                    connection.protocol.dataReceived(trickle)
            self.assertTrue(connection.aborted or connection.disconnecting)
            self.assert_nothing()

    def test_so_many_at_once_and_the_others_are_told_when(self) -> None:
        first = self.begin()
        answer = self.send(target=to_put(job=10), body=b"x")
        self.assertEqual((503, "65"), (answer.status, answer.headers["Retry-After"]))
        first.drop()
        self.assertEqual(201, self.send(body=b"x").status)

    def test_a_full_disk_is_507(self) -> None:
        full = Uploads(self.folder / "uploads", spare=1 << 60)
        self.site = self.make_site(uploads=full)
        self.assertEqual(507, self.send(body=b"x").status)
        self.assert_nothing()

    def test_a_disk_that_fails_is_500_with_a_line_in_the_log(self) -> None:
        (self.folder / "uploads").write_bytes(b"not a folder")
        self.assertEqual(500, self.send(body=b"x").status)
        self.assertEqual([], self.site.running())

    def test_the_newest_of_each_type_are_kept(self) -> None:
        self.kept = Uploads(self.folder / "uploads", kept=2, spare=0)

        async def expects(ticket: Ticket) -> Expected | None:
            return Expected(str(ticket.job % 2))

        self.site = self.make_site(uploads=self.kept, expects=expects)
        for job in range(1, 8):
            self.clock.advance(1)
            self.assertEqual(201, self.send(target=to_put(job=job), body=b"x").status)
        self.assertEqual([7, 6, 5, 4], [each.job for each in self.kept.of_device(7)])

    def test_nothing_is_written_through_a_link(self) -> None:
        elsewhere = Path(self.mktemp())
        elsewhere.write_bytes(b"mine")
        (self.folder / "uploads" / "7").mkdir(parents=True)
        os.symlink(elsewhere.absolute(), self.folder / "uploads" / "7" / "9.part")
        self.assertEqual(201, self.send(body=b"x").status)
        self.assertEqual(b"mine", elsewhere.read_bytes())


class PaceTests(UploadCase):
    def test_while_the_disk_is_slow_nothing_is_read(self) -> None:
        waiting: list[Deferred[None]] = []

        def slow(function: object, *arguments: object) -> Deferred[object]:
            waiting.append(Deferred())
            return waiting[-1].addCallback(lambda _: maybeDeferred(function, *arguments))  # type: ignore[arg-type]

        self.site = self.make_site(in_thread=slow)
        connection = Slow(self.site)
        head = f"PUT {to_put()} HTTP/1.1\r\nContent-Length: {len(CONTENT)}\r\n\r\n"
        connection.protocol.dataReceived(head.encode())
        sent = 0
        while connection.producerState == "producing":
            connection.protocol.dataReceived(CONTENT[sent : sent + 65536])
            sent += 65536
        self.assertEqual(5 * 65536, sent)
        while not connection.value().startswith(b"HTTP/1.1 201"):
            if waiting:
                waiting.pop(0).callback(None)
            if connection.producerState == "producing" and sent < len(CONTENT):
                connection.protocol.dataReceived(CONTENT[sent : sent + 65536])
                sent += 65536
        self.assertEqual(CONTENT, self.content())
        connection.drop()
