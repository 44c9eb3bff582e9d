"""Whatever is asked for, nothing outside the folder is answered, nor taken."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import reactor as installed_reactor
from twisted.internet.defer import ensureDeferred
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase, TestCase

from acs.firmware.folder import FolderCatalogue
from acs.firmware.uploads import Uploads
from acs.hypertext.authorization import Nonces
from acs.store.threads import in_thread
from acs.web.files.paths import BadPath, file_of, opened_by, segments_of
from acs.web.files.site import make_file_site
from tests.web.client import Connection
from tests.web.files.world import KEY, PATH, SiteCase, to_get, to_put
from tests.web.listening import until

reactor: Any = installed_reactor
SECRET = b"hush, nobody's"
ATTACKS = (
    "/../secret", "/../../../../etc/passwd", "/Acme/../../secret", "/Acme/../../../secret", "/./Acme", "/..",
    "/%2e%2e/secret", "/%2E%2E%2Fsecret", "/..%2fsecret", "/%2e./secret", "/.%2e/secret",
    "/Acme%2F..%2F..%2Fsecret",
    "/%252e%252e/secret", "/%252e%252e%252fsecret", "/%25252e%25252e/secret",
    "//secret", "//etc/passwd", "///etc/passwd", "/Acme//Box/1.2/image.bin", "/Acme/Box/1.2/image.bin/",
    "/%2fetc/passwd", "/%2Fetc%2Fpasswd", "/C:/secret", "/C:%5Csecret",
    "/..%5csecret", "/..\\secret", "/Acme\\..\\..\\secret", "/%5c%5chost%5cshare",
    "/Acme/Box/1.2/image.bin%00", "/Acme/Box/1.2/image.bin%00.txt", "/%00", "/secret%00/Acme",
    "/Acme/Box/1.2/image.bin%0a", "/Acme/Box/1.2/image.bin%0d%0aX: y", "/%01",
    "/%c0%ae%c0%ae/secret", "/%c0%af..%c0%afsecret", "/%e0%80%ae%e0%80%ae/secret", "/%ff", "/%fe%80",
    "/%u002e%u002e/secret", "/\xc0\xae\xc0\xae/secret",
    "/%ef%bc%8e%ef%bc%8e/secret", "/%ef%bc%8e%ef%bc%8e%ef%bc%8fsecret", "/%e2%80%a5/secret", "/%e2%88%95etc",
    "/link", "/links/secret", "/Acme/link", "/.hidden", "/Acme/.hidden", "/uploads/7/9", "/Uploads/7/9",
    "/" + "a" * 2000, "/" + "a/" * 400 + "x", "/" + "a" * 256, "/~root", "/~", "/*", "/?x", "/;", "/#",
)  # fmt: skip
"""Targets that none is to be had by, with or without a ticket before them."""


class AttackTests(SiteCase):
    def setUp(self) -> None:
        super().setUp()
        outside = self.folder.parent / "secret"
        outside.write_bytes(SECRET)
        self.addCleanup(outside.unlink)
        for name in (".hidden", "Acme/.hidden", "uploads/7/9"):
            self.put(name, SECRET)
        os.symlink(outside.absolute(), self.folder / "link")
        os.symlink(outside.absolute(), self.folder / "Acme" / "link")
        os.symlink(self.folder.parent.absolute(), self.folder / "links")
        self.shelf.look()
        self.site = self.make_site(is_open=lambda path: True)

    def asked(self, method: str, target: str) -> bytes:
        """What is answered to a request whose target goes over the wire as it is."""
        head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"
        return self.exchange(head.encode("latin-1"))

    def test_none_of_these_is_served_though_all_is_open(self) -> None:
        for target in ATTACKS:
            for method in ("GET", "HEAD"):
                data = self.asked(method, target)
                self.assertRegex(data, rb"\AHTTP/1.1 (400|404) ", target)
                self.assertNotIn(SECRET, data, target)

    def test_none_of_these_is_served_by_a_ticket_that_was_made_for_it(self) -> None:
        for target in ATTACKS:
            ticket = to_get(target[1:]).split("/")[2]
            data = self.asked("GET", f"/get/{ticket}{target}")
            self.assertRegex(data, rb"\AHTTP/1.1 (400|404) ", target)
            self.assertNotIn(SECRET, data, target)

    def test_an_upload_goes_nowhere_else_by_whatever_name(self) -> None:
        before = {path for path in self.folder.parent.rglob("*") if path.parent.name != "7"}
        for job, target in enumerate(ATTACKS, 1):
            data = self.asked("PUT", to_put(job=job) + target)
            self.assertRegex(data, rb"\AHTTP/1.1 (201|400|404) ", target)
        after = {path for path in self.folder.parent.rglob("*") if path.parent.name != "7"}
        self.assertEqual(before, after)
        self.assertEqual(SECRET, (self.folder.parent / "secret").read_bytes())
        for target in ATTACKS:
            self.assertRegex(self.asked("PUT", target), rb"\AHTTP/1.1 (400|404) ", target)

    def test_they_are_logged_but_not_each_of_them(self) -> None:
        with capturedLogs() as events:
            for _ in range(50):
                self.asked("GET", "/..%2f..%2fetc/passwd%0a")
        lines = [formatEvent(event) for event in events if event["log_namespace"].startswith("acs.")]
        self.assertEqual(20, len(lines))
        self.assertEqual(
            "127.0.0.1 asks for '/..%2f..%2fetc/passwd%0a': the path is refused:"
            " a name in it has a slash, a backslash or a control character",
            lines[0],
        )
        self.clock.advance(60)
        with capturedLogs() as events:
            self.asked("GET", "/..")
        self.assertIn("30 further requests", formatEvent(events[0]))

    def test_so_is_what_is_no_request_at_all(self) -> None:
        for said, shown in (
            (
                b"GET /\xef\xbc\x8e\xef\xbc\x8e/secret HTTP/1.1\r\n\r\n",
                r"'/\xef\xbc\x8e\xef\xbc\x8e/secret HTTP/1.1'",
            ),
            (b"GET /\x00 HTTP/1.1\r\n\r\n", r"'/\x00 HTTP/1.1'"),
            (b"GET / and more HTTP/1.1\r\n\r\n", "'/ and more HTTP/1.1'"),
            (b"GET /a HTTP/1.1\r\nnonsense\r\n\r\n", "'/a'"),
        ):
            self.clock.advance(60)
            with capturedLogs() as events:
                self.assertTrue(self.exchange(said).startswith(b"HTTP/1.1 400 "), said)
            (line,) = [formatEvent(event) for event in events if event["log_namespace"].startswith("acs.")]
            self.assertEqual(f"127.0.0.1 asks for {shown}: it is no request by HTTP's rules", line)

    def test_no_line_in_the_log_has_a_ticket(self) -> None:
        with capturedLogs() as events:
            for target in (to_get(expires=1), to_put(expires=1), to_put("/..%2f", expires=1), to_get() + "x"):
                self.asked("PUT" if target.startswith("/put") else "GET", target)
            self.asked("GET", to_get())
            self.asked("PUT", to_put())
        told = "".join(formatEvent(event) or "" for event in events)
        self.assertEqual(6, told.count("127.0.0.1 "), told)
        for each in (to_get(), to_put(), to_get(expires=1), to_put(expires=1)):
            self.assertNotIn(each.split("/")[2], told)


class FolderTests(TestCase):
    """The same through the catalogue that the appliance has, with all that lies in its folder open."""

    timeout = 30

    async def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute() / "files"
        outside = self.folder.parent / "secret"
        for place, content in ((self.folder / PATH, b"image"), (outside, SECRET)):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        for name in (".hidden", "Acme/.hidden", "uploads/7/9"):
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(SECRET)
        os.symlink(outside, self.folder / "link")
        os.symlink(outside, self.folder / "Acme" / "link")
        os.symlink(self.folder.parent, self.folder / "links")
        aside = partial(in_thread, reactor)
        cache = self.folder.parent / "checksums"
        self.catalogue = FolderCatalogue(reactor, reactor, aside, self.folder, cache)
        await self.catalogue.start()
        self.addCleanup(lambda: ensureDeferred(self.catalogue.stop()))
        self.site = make_file_site(
            catalogue=self.catalogue,
            uploads=Uploads(self.folder / "uploads", spare=0),
            key=KEY,
            nonces=Nonces(KEY, reactor.seconds, os.urandom),
            clock=reactor,
            reactor=reactor,
            is_open=lambda path: True,
            in_thread=aside,
        )
        await until(lambda: self.catalogue.image(PATH))

    async def asked(self, target: str) -> bytes:
        """What is answered to who asks for it."""
        connection = Connection(self.site)
        head = f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        connection.protocol.dataReceived(head.encode("latin-1"))
        return await connection.closed

    async def test_none_of_these_is_served(self) -> None:
        self.assertIn(b"\r\n\r\nimage", await self.asked(f"/{PATH}"))
        for target in ATTACKS:
            data = await self.asked(target)
            self.assertRegex(data, rb"\AHTTP/1.1 (400|404) ", target)
            self.assertNotIn(SECRET, data, target)

    async def test_what_becomes_a_link_is_not_followed(self) -> None:
        (self.folder / PATH).unlink()
        os.symlink(self.folder.parent / "secret", self.folder / PATH)
        self.assertNotIn(SECRET, await self.asked(f"/{PATH}"))


class PathTests(SynchronousTestCase):
    @given(st.text(st.characters(min_codepoint=0, max_codepoint=255)))
    def test_whatever_is_a_path_stays_in_the_folder(self, target: str) -> None:
        folder = Path("/srv/files")
        try:
            path = file_of(segments_of("/" + target))
        except BadPath:
            return
        whole = os.path.normpath(folder / path)
        self.assertEqual(str(folder / path), whole)
        self.assertTrue(whole.startswith("/srv/files/"))
        self.assertNotIn("\0", path)

    def test_names_are_compared_as_they_are_written(self) -> None:
        one, other = "/caf%C3%A9", "/cafe%CC%81"
        self.assertNotEqual(file_of(segments_of(one)), file_of(segments_of(other)))

    def test_patterns_open_what_fits_them(self) -> None:
        opens = opened_by(["Acme/*", "web/portal.htm?"])
        for path, is_open in (
            (PATH, True), ("Acme/x", True), ("acme/x", False), ("xAcme/x", False), ("Acme", False),
            ("web/portal.html", True), ("web/portal.htm", False), ("web/portal.html/x", False), ("", False),
            ("Acme/x\n", True),
        ):  # fmt: skip
            self.assertEqual(is_open, opens(path), path)
        self.assertFalse(opened_by([])(PATH))
