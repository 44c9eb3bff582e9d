"""Downloads: what a device gets of a file, whole, in part, or not at all."""

from __future__ import annotations

import re
from base64 import b64encode
from email import message_from_bytes
from email.utils import formatdate

from acs.firmware import tickets
from acs.hypertext.digest import response_of
from acs.web.files.limits import Limits
from tests.web.client import Connection, Response, parse
from tests.web.files.world import CONTENT, KEY, MORNING, NOON, OPEN, PATH, SiteCase, Slow, to_get

DATE = formatdate(MORNING, usegmt=True)
NAME, PASSWORD = tickets.pair(KEY, 7, f"get {PATH}")


class TicketTests(SiteCase):
    def test_a_file_comes_whole_with_all_that_is_known_of_it(self) -> None:
        answer = self.get()
        self.assertEqual((200, CONTENT), (answer.status, answer.body))
        image = self.shelf.image(PATH)
        assert image is not None
        for name, value in {
            "Content-Length": str(len(CONTENT)),
            "Content-Type": "application/octet-stream",
            "ETag": f'"{image.sha256}"',
            "Last-Modified": DATE,
            "Accept-Ranges": "bytes",
            "X-Content-Type-Options": "nosniff",
        }.items():
            self.assertEqual(value, answer.headers[name], name)
        self.assertIsNone(answer.headers["Transfer-Encoding"])
        self.assertIsNone(answer.headers["Server"])

    def test_head_says_the_same_without_the_file(self) -> None:
        get, head = self.get(), self.get(method="HEAD")
        self.assertEqual((200, b""), (head.status, head.body))
        self.assertEqual(get.headers.items(), head.headers.items())

    def test_a_ticket_is_for_one_file_and_a_while(self) -> None:
        ticket = to_get().split("/")[2]
        for target in (
            f"/get/{ticket}/{OPEN}",
            f"/get/{ticket[:-1]}/{PATH}",
            f"/get/{ticket}",
            f"/get/{ticket}/",
            f"/get//{PATH}",
            f"/get/{PATH}",
            "/get",
            to_get(expires=NOON - 1),
        ):
            self.assertEqual(404, self.ask("GET", target).status, target)

    def test_a_file_that_is_not_there_is_404(self) -> None:
        self.assertEqual(404, self.get(path="Acme/Box/1.3/image.bin").status)

    def test_a_name_may_have_letters_that_a_url_writes_otherwise(self) -> None:
        self.put("Acme/Bö x/1/a+b%.bin", b"odd")
        self.shelf.look()
        ticket = to_get("Acme/Bö x/1/a+b%.bin").split("/")[2]
        answer = self.ask("GET", f"/get/{ticket}/Acme/B%C3%B6%20x/1/a+b%25.bin?query")
        self.assertEqual((200, b"odd"), (answer.status, answer.body))

    def test_a_query_and_a_host_in_the_target_do_not_matter(self) -> None:
        for target in (to_get() + "?x=/../", f"http://acs.example{to_get()}"):
            self.assertEqual(200, self.ask("GET", target).status)

    def test_an_empty_file_is_one(self) -> None:
        self.put("Acme/Box/0/empty", b"")
        self.shelf.look()
        answer = self.get(path="Acme/Box/0/empty")
        self.assertEqual((200, b"", "0"), (answer.status, answer.body, answer.headers["Content-Length"]))

    def test_another_method_is_405_with_those_that_serve(self) -> None:
        for method in ("DELETE", "PROPFIND", "OPTIONS"):
            answer = self.ask(method, to_get())
            self.assertEqual((405, "GET, HEAD"), (answer.status, answer.headers["Allow"]))

    def test_a_file_that_is_replaced_while_it_is_sent_stays_what_it_was(self) -> None:
        large = bytes(1 << 20)
        place = self.put(PATH, large)
        self.shelf.look()
        connection = Slow(self.site)
        connection.protocol.dataReceived(f"GET {to_get()} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
        place.unlink()
        place.write_bytes(b"another")
        while not connection.closed.called:
            connection.drain()
        self.assertEqual(large, parse(connection.value()).body)

    def test_a_file_that_becomes_shorter_while_it_is_sent_ends_the_connection(self) -> None:
        place = self.put(PATH, bytes(1 << 20))
        self.shelf.look()
        connection = Slow(self.site)
        connection.protocol.dataReceived(f"GET {to_get()} HTTP/1.1\r\n\r\n".encode())
        place.write_bytes(b"")
        connection.drain()
        self.assertTrue(connection.aborted)
        self.assertEqual("the file became shorter while it was sent", self.told[-1].failure)


class ConnectionTests(SiteCase):
    def requests(self, *lines: str) -> bytes:
        """What is answered to them on one connection, as far as the site lets it be."""
        connection = Connection(self.site)
        connection.protocol.dataReceived("".join(f"{line}\r\n\r\n" for line in lines).encode())
        if not connection.closed.called:
            self.addCleanup(connection.drop)
        return connection.value()

    def test_a_connection_serves_one_request_after_the_other(self) -> None:
        line = f"GET {to_get()} HTTP/1.1\r\nHost: x"
        self.assertEqual(2, self.requests(line, line).count(CONTENT))

    def test_http_1_0_is_answered_with_a_length_and_the_end(self) -> None:
        line = f"GET {to_get()} HTTP/1.0"
        data = self.requests(line, line)
        self.assertEqual(1, data.count(CONTENT))
        self.assertIn(b"Content-Length: %d\r\n" % len(CONTENT), data)
        self.assertIn(b"Connection: close\r\n", data)

    def test_http_1_0_may_keep_the_connection(self) -> None:
        line = f"GET {to_get()} HTTP/1.0\r\nConnection: Keep-Alive"
        data = self.requests(line, line)
        self.assertEqual(2, data.count(CONTENT))
        self.assertEqual(2, data.count(b"Connection: keep-alive\r\n"))

    def test_a_refusal_keeps_the_connection_too(self) -> None:
        data = self.requests("GET /x HTTP/1.1", f"GET {to_get()} HTTP/1.1")
        self.assertEqual(1, data.count(CONTENT))

    def test_a_body_that_nobody_wants_is_passed_over(self) -> None:
        line = f"GET {to_get()} HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody"
        self.assertEqual(1, self.requests(line).count(CONTENT))

    def test_but_not_for_ever(self) -> None:
        connection = Connection(self.site)
        connection.protocol.dataReceived(
            b"GET / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n" + b"x" * (1 << 20)
        )
        self.assertFalse(connection.disconnecting)
        connection.protocol.dataReceived(b"x")
        self.assertTrue(connection.disconnecting)

    def test_tls_on_this_port_is_cut(self) -> None:
        self.assertEqual(b"", self.exchange(b"\x16\x03\x01"))


class RangeTests(SiteCase):
    def part(self, ranges: str, *more: tuple[str, str]) -> Response:
        """The answer to who wants a part."""
        return self.get(("Range", ranges), *more)

    def test_a_part_is_206_with_its_place(self) -> None:
        size = len(CONTENT)
        for ranges, start, stop in (
            ("bytes=0-0", 0, 1),
            ("bytes=5-9", 5, 10),
            ("bytes=10-", 10, size),
            ("bytes=-7", size - 7, size),
            (f"bytes=-{size + 9}", 0, size),
            (f"bytes=9-{size * 9}", 9, size),
            ("BYTES = 1-2", 1, 3),
            ("bytes= 1-2 ,", 1, 3),
            (f"bytes=1-2, {size}-", 1, 3),
        ):
            answer = self.part(ranges)
            self.assertEqual((206, CONTENT[start:stop]), (answer.status, answer.body), ranges)
            self.assertEqual(f"bytes {start}-{stop - 1}/{size}", answer.headers["Content-Range"])
            self.assertEqual(str(stop - start), answer.headers["Content-Length"])

    def test_several_parts_come_in_one_answer(self) -> None:
        answer = self.part("bytes=0-1, -3, 100-199")
        self.assertEqual((206, str(len(answer.body))), (answer.status, answer.headers["Content-Length"]))
        head = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
        message = message_from_bytes(head + answer.body)
        self.assertEqual("multipart/byteranges", message.get_content_type())
        parts = message.get_payload()
        assert isinstance(parts, list)
        found = [(part["Content-Range"], part.get_payload(decode=True)) for part in parts]
        size = len(CONTENT)
        wanted = [(0, 2), (size - 3, size), (100, 200)]
        self.assertEqual(
            [(f"bytes {start}-{stop - 1}/{size}", CONTENT[start:stop]) for start, stop in wanted], found
        )

    def test_a_part_beyond_the_end_is_416_with_the_size(self) -> None:
        for ranges in (f"bytes={len(CONTENT)}-", "bytes=999999-9999999, 888888-", "bytes=-0"):
            answer = self.part(ranges)
            self.assertEqual(416, answer.status, ranges)
            self.assertEqual(f"bytes */{len(CONTENT)}", answer.headers["Content-Range"])

    def test_nonsense_is_ignored(self) -> None:
        for ranges in (
            "bytes", "bytes=", "bytes=-", "bytes=5-1", "bytes=a-b", "bytes=1-2-3", "bytes=1-2;3-4",
            "lines=1-2", "bytes=1-2,x", "bytes=--1", "bytes=0x1-2", "bytes=" + "9" * 30 + "-", "1-2",
        ):  # fmt: skip
            self.assertEqual((200, CONTENT), (self.part(ranges).status, self.part(ranges).body), ranges)

    def test_parts_that_would_cost_more_than_the_file_are_the_file(self) -> None:
        for ranges in ("bytes=" + ",".join(["0-"] * 10), "bytes=" + ",".join(f"{n}-{n}" for n in range(200))):
            self.assertEqual((200, CONTENT), (self.part(ranges).status, self.part(ranges).body))

    def test_head_has_no_parts(self) -> None:
        self.assertEqual(200, self.get(("Range", "bytes=1-2"), method="HEAD").status)

    def test_if_range_wants_the_same_file(self) -> None:
        image = self.shelf.image(PATH)
        assert image is not None
        later = formatdate(MORNING + 1, usegmt=True)
        for given, status in (
            (f'"{image.sha256}"', 206),
            (f'W/"{image.sha256}"', 200),
            ('"other"', 200),
            (DATE, 206),
            (later, 200),
            ("nonsense", 200),
        ):
            self.assertEqual(status, self.part("bytes=1-2", ("If-Range", given)).status, given)

    def test_an_empty_file_has_no_parts(self) -> None:
        self.put(PATH, b"")
        self.shelf.look()
        self.assertEqual(416, self.part("bytes=0-").status)


class ConditionTests(SiteCase):
    def test_a_device_that_has_the_file_is_told_so(self) -> None:
        image = self.shelf.image(PATH)
        assert image is not None
        tag, later = f'"{image.sha256}"', formatdate(MORNING + 1, usegmt=True)
        earlier = formatdate(MORNING - 1, usegmt=True)
        for headers, status in (
            ({"If-None-Match": tag}, 304),
            ({"If-None-Match": f'"a", W/{tag}'}, 304),
            ({"If-None-Match": "*"}, 304),
            ({"If-None-Match": '"a"'}, 200),
            ({"If-None-Match": '"a"', "If-Modified-Since": later}, 200),
            ({"If-Modified-Since": DATE}, 304),
            ({"If-Modified-Since": later}, 304),
            ({"If-Modified-Since": earlier}, 200),
            ({"If-Modified-Since": "yesterday"}, 200),
            ({"If-Match": tag}, 200),
            ({"If-Match": "*"}, 200),
            ({"If-Match": f"W/{tag}"}, 412),
            ({"If-Match": '"a"'}, 412),
            ({"If-Unmodified-Since": DATE}, 200),
            ({"If-Unmodified-Since": earlier}, 412),
            ({"If-Unmodified-Since": "x"}, 200),
        ):
            answer = self.get(*headers.items())
            self.assertEqual(status, answer.status, headers)
            if status == 304:
                self.assertEqual((b"", tag), (answer.body, answer.headers["ETag"]))


class PairTests(SiteCase):
    def digest(self, nonce: str, method: str = "GET", uri: str = f"/{PATH}", **how: str) -> str:
        """An Authorization header as a device makes it."""
        given = {"username": NAME, "realm": "acs", "nonce": nonce, "uri": uri} | how
        if "qop" in given:
            given |= {"nc": "00000001", "cnonce": "c"}
        response = response_of(given, PASSWORD, method)
        assert response is not None
        return "Digest " + ", ".join(
            f'{name}="{value}"' for name, value in (given | {"response": response.decode()}).items()
        )

    def nonce(self) -> str:
        """That of a challenge."""
        challenge = self.ask("GET", f"/{PATH}").headers.get_all("WWW-Authenticate") or []
        found = re.search('nonce="([^"]+)"', challenge[0])
        assert found is not None
        return found[1]

    def test_who_shows_nothing_is_asked_for_digest_or_basic(self) -> None:
        answer = self.ask("GET", f"/{PATH}")
        self.assertEqual(401, answer.status)
        digest, basic = answer.headers.get_all("WWW-Authenticate") or []
        self.assertTrue(digest.startswith('Digest realm="acs", qop="auth", nonce='))
        self.assertEqual('Basic realm="acs"', basic)

    def test_what_is_answered_does_not_tell_what_there_is(self) -> None:
        there, not_there = self.ask("GET", f"/{PATH}"), self.ask("GET", "/Acme/Box/1.2/other.bin")
        self.assertEqual(
            (there.status, there.body, there.headers.keys()),
            (not_there.status, not_there.body, not_there.headers.keys()),
        )

    def test_digest_is_enough(self) -> None:
        for how in ({}, {"qop": "auth"}):
            for method in ("GET", "HEAD"):
                shown = self.digest(self.nonce(), method, **how)
                self.assertEqual(200, self.ask(method, f"/{PATH}", {"Authorization": shown}).status)

    def test_an_old_challenge_is_made_anew(self) -> None:
        shown = self.digest(self.nonce())
        self.clock.advance(301)
        answer = self.ask("GET", f"/{PATH}", {"Authorization": shown})
        self.assertEqual(401, answer.status)
        self.assertIn("stale=true", answer.headers["WWW-Authenticate"])

    def test_a_digest_for_another_place_is_none(self) -> None:
        for shown in (
            self.digest(self.nonce(), uri=f"/{OPEN}x"),
            self.digest(self.nonce(), method="PUT"),
            self.digest("made up"),
        ):
            self.assertEqual(401, self.ask("GET", f"/{PATH}", {"Authorization": shown}).status)

    def basic(self, name: str, password: str, path: str = PATH) -> int:
        """The status for who shows these."""
        shown = b64encode(f"{name}:{password}".encode()).decode()
        return self.ask("GET", f"/{path}", {"Authorization": f"Basic {shown}"}).status

    def test_basic_is_enough(self) -> None:
        self.assertEqual(200, self.basic(NAME, PASSWORD))

    def test_whoever_shows_something_else_is_refused(self) -> None:
        for name, password in (
            (NAME, PASSWORD + "x"), (NAME, ""), ("cpe-8", PASSWORD), ("cpe-07", PASSWORD), ("cpe-", PASSWORD),
            ("cpe-99999999999999999999", PASSWORD), ("", ""), ("admin", "admin"), ("cpe-7\u0660", "é"),
        ):  # fmt: skip
            self.assertEqual(401, self.basic(name, password), name)

    def test_the_pair_is_for_one_file(self) -> None:
        self.assertEqual(401, self.basic(NAME, PASSWORD, "Acme/Box/1.2/other.bin"))

    def test_the_right_pair_for_a_file_that_is_gone_is_404(self) -> None:
        path = "Acme/Box/1.2/other.bin"
        self.assertEqual(404, self.basic(*tickets.pair(KEY, 7, f"get {path}"), path))


class OpenTests(SiteCase):
    def test_what_is_open_needs_nothing(self) -> None:
        answer = self.ask("GET", f"/{OPEN}")
        self.assertEqual((200, b"open"), (answer.status, answer.body))
        self.assertEqual(404, self.ask("GET", "/Acme/Open/2.0/image.bin").status)

    def test_by_itself_nothing_is(self) -> None:
        del self.site
        self.site = self.make_site(is_open=lambda path: False)
        self.assertEqual(401, self.ask("GET", f"/{OPEN}").status)

    def test_no_folder_is_listed(self) -> None:
        for target in ("/", "/Acme/Open", "/Acme/Open/", "/Acme/Open/1.0", "/Acme/", "/Acme/Open/*"):
            self.assertIn(self.ask("GET", target).status, (401, 404), target)


class LimitTests(SiteCase):
    limits = Limits(downloads=3, downloads_per_address=2, rate=100_000, patience=60)

    def begin(self) -> Slow:
        """A download that goes on."""
        self.put(PATH, bytes(1 << 20))
        self.shelf.look()
        connection = Slow(self.site)
        connection.protocol.dataReceived(f"GET {to_get()} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
        return connection

    def test_so_many_at_once_and_the_others_are_told_when(self) -> None:
        first, _ = self.begin(), self.begin()
        answer = parse(self.begin().value())
        self.assertEqual((503, "65"), (answer.status, answer.headers["Retry-After"]))
        self.assertEqual(2, len(self.site.running()))
        first.drop()
        self.assertEqual(1, len(self.site.running()))
        self.assertEqual("the client has gone", self.told[-1].failure)
        self.assertTrue(self.begin().value().startswith(b"HTTP/1.1 200"))

    def test_questions_need_no_place(self) -> None:
        self.begin(), self.begin()
        self.assertEqual(200, self.get(method="HEAD").status)

    def test_each_has_its_rate(self) -> None:
        connection = self.begin()
        began = self.clock.seconds()
        while not connection.closed.called:
            connection.drain()
            self.clock.advance(0.05)
        seconds = self.clock.seconds() - began
        self.assertApproximates((1 << 20) / 100_000, seconds, 1.0)

    def test_who_takes_nothing_is_cut(self) -> None:
        connection = self.begin()
        for _ in range(11):
            self.clock.advance(5)
        self.assertFalse(connection.aborted)
        self.clock.advance(10)
        self.assertTrue(connection.aborted)
        self.assertEqual([], self.site.running())
        self.assertEqual((True, "nothing has moved for 60 s"), (self.told[-1].ended, self.told[-1].failure))

    def test_who_takes_a_little_goes_on(self) -> None:
        connection = self.begin()
        for _ in range(20):
            connection.drain()
            self.clock.advance(20)
        self.assertFalse(connection.aborted)
        connection.drop()


class TogetherTests(LimitTests):
    limits = Limits(downloads_per_address=2, rate_together=100_000)

    def test_all_have_a_rate_together(self) -> None:
        both = [self.begin(), self.begin()]
        began = self.clock.seconds()
        while not all(each.closed.called for each in both):
            for each in both:
                each.drain()
            self.clock.advance(0.05)
        self.assertApproximates(2 * (1 << 20) / 100_000, self.clock.seconds() - began, 2.0)


class ProgressTests(SiteCase):
    def test_it_is_told_at_the_beginning_now_and_then_and_at_the_end(self) -> None:
        self.put(PATH, bytes(100_000))
        self.shelf.look()
        connection = Slow(self.site)
        connection.protocol.dataReceived(f"GET {to_get()} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
        connection.drain()
        self.clock.advance(5)
        self.assertEqual([self.told[-1]], self.site.running())
        while not connection.closed.called:
            connection.drain()
        self.clock.advance(60)
        told = [
            (each.device_key, each.job, each.path, each.sent, each.size, each.ended) for each in self.told
        ]
        what = (7, 9, PATH)
        self.assertEqual(
            [(*what, 0, 100_000, False), (*what, 16384, 100_000, False), (*what, 100_000, 100_000, True)],
            told,
        )
        self.assertEqual("", self.told[-1].failure)

    def test_who_looks_on_breaks_nothing(self) -> None:
        self.site = self.make_site(progress=lambda told: 1 / 0)
        self.assertEqual(CONTENT, self.get().body)
        self.assertEqual(2, len(self.flushLoggedErrors(ZeroDivisionError)))
