"""Programs that others have written download from the site, and upload to it: every byte is compared."""

from __future__ import annotations

import os
import shutil
import socket
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from twisted.internet import reactor as installed_reactor
from twisted.internet.defer import ensureDeferred, maybeDeferred
from twisted.internet.task import Clock, deferLater
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from acs.firmware import tickets
from acs.firmware.uploads import Uploads
from acs.http.handshakes import secured
from acs.http.tls import ServerTls
from acs.http.tls_files import TlsFiles, load
from acs.hypertext.authorization import Nonces
from acs.store.records.files import FileTransfer
from acs.web.files.paths import opened_by
from acs.web.files.requests import FileChannel
from acs.web.files.site import FileSite, make_file_site
from tests.support.certificates import self_signed
from tests.web.files.world import KEY, NOON, Shelf, ticket
from tests.web.listening import until

reactor: Any = installed_reactor
SIZES = (0, 1, 511, 512, 513, (32 << 20) + 1)
LATER = 4e9
"""A time when no ticket has expired, as these are judged by the machine's clock."""


@cache
def content_of(size: int) -> bytes:
    """So many bytes, no two pieces of which are alike."""
    return Random(size).randbytes(size)


class ClientCase(TestCase):
    """A site on loopback with files of all sizes, ``Acme/Box/SIZE/image.bin``."""

    timeout = 60
    program = ""
    scheme = "http"
    sizes: tuple[int, ...] = SIZES

    def setUp(self) -> None:
        self.told: list[FileTransfer] = []
        if self.program and not shutil.which(self.program):
            self.skipTest(f"{self.program} is not installed")
        self.folder = Path(self.mktemp()).absolute()
        for size in self.sizes:
            place = self.folder / path_of(size)
            place.parent.mkdir(parents=True)
            place.write_bytes(content_of(size))
        self.out = self.folder / "out"
        self.kept = Uploads(self.folder / "uploads", spare=0)
        self.site = site = make_file_site(
            catalogue=Shelf(self.folder),
            uploads=self.kept,
            key=KEY,
            nonces=Nonces(KEY, reactor.seconds, os.urandom),
            clock=self.watch(),
            reactor=reactor,
            progress=self.told.append,
            is_open=opened_by(["Acme/Box/511/*"]),
        )
        port = reactor.listenTCP(0, self.behind(site), interface="127.0.0.1")
        self.addCleanup(lambda: ensureDeferred(until(lambda: not connections())))
        self.addCleanup(lambda: maybeDeferred(port.stopListening))
        self.address = f"{self.scheme}://127.0.0.1:{port.getHost().port}"

    def behind(self, site: FileSite) -> Any:
        """What listens."""
        return site

    def watch(self) -> Any:
        """What the site looks at for the time."""
        return reactor

    def to_get(self, size: int) -> str:
        """The URL at which a device has the file of this size."""
        purpose = f"get {path_of(size)}"
        return f"{self.address}/get/{ticket(purpose, expires=LATER)}/{path_of(size)}"

    def to_put(self, job: int = 9) -> str:
        """The URL at which a device leaves a file."""
        return f"{self.address}/put/{ticket('put', job=job, expires=LATER)}"

    async def run_program(self, *words: str) -> str:
        """What it prints; it has to succeed."""
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(self.folder)}
        out, err, code = await getProcessOutputAndValue(
            shutil.which(self.program) or "", words, env=environment, path=str(self.folder)
        )
        self.assertEqual(0, code, (words, out, err))
        return str(out.decode())

    def assert_downloaded(self, size: int) -> None:
        """What was downloaded is that file."""
        got = self.out.read_bytes()
        self.assertEqual((size, sha256(content_of(size)).digest()), (len(got), sha256(got).digest()))

    async def assert_uploaded(self, job: int, size: int) -> None:
        """What was uploaded is that file."""
        found = self.kept.get(7, job)
        assert found is not None
        self.assertEqual((size, sha256(content_of(size)).hexdigest()), (found.size, found.sha256))
        self.assertEqual(content_of(size), (self.folder / "uploads" / "7" / str(job)).read_bytes())


def connections() -> list[Any]:
    """Those that the site still has, and hears."""
    return [each for each in reactor.getReaders() if isinstance(getattr(each, "protocol", None), FileChannel)]


def path_of(size: int) -> str:
    """The path of the file of this size."""
    return f"Acme/Box/{size}/image.bin"


class CurlTests(ClientCase):
    program = "curl"

    async def curl(self, *words: str) -> str:
        """Run it; a refusal is a failure."""
        return await self.run_program("-sS", "--fail", *words)

    async def test_every_size_comes_whole(self) -> None:
        for size in SIZES:
            await self.curl("-o", str(self.out), self.to_get(size))
            self.assert_downloaded(size)

    async def test_http_1_0(self) -> None:
        for size in SIZES[1:]:
            await self.curl("--http1.0", "-o", str(self.out), self.to_get(size))
            self.assert_downloaded(size)

    async def test_a_part_and_several(self) -> None:
        size = SIZES[-1]
        await self.curl("-r", "1000-5000000", "-o", str(self.out), self.to_get(size))
        self.assertEqual(content_of(size)[1000:5000001], self.out.read_bytes())
        await self.curl("-r", "0-9,-10", "-o", str(self.out), self.to_get(size))
        for part in (content_of(size)[:10], content_of(size)[-10:]):
            self.assertIn(part, self.out.read_bytes())

    async def test_a_download_is_resumed(self) -> None:
        size = SIZES[-1]
        self.out.write_bytes(content_of(size)[:12_345_678])
        await self.curl("-C", "-", "-o", str(self.out), self.to_get(size))
        self.assert_downloaded(size)

    async def test_the_head_alone(self) -> None:
        head = await self.curl("-I", self.to_get(SIZES[-1]))
        self.assertIn(f"Content-Length: {SIZES[-1]}\r\n", head)

    async def test_digest_and_basic(self) -> None:
        for size in (513, SIZES[-1]):
            pair = ":".join(tickets.pair(KEY, 7, f"get {path_of(size)}"))
            for scheme in ("--digest", "--basic", "--anyauth"):
                url = f"{self.address}/{path_of(size)}"
                await self.curl(scheme, "-u", pair, "-o", str(self.out), url)
                self.assert_downloaded(size)

    async def test_what_is_open(self) -> None:
        await self.curl("-o", str(self.out), f"{self.address}/{path_of(511)}")
        self.assert_downloaded(511)

    async def test_several_on_one_connection(self) -> None:
        words = [
            "-w",
            "%{num_connects} ",
            *(w for size in SIZES for w in ("-o", str(self.out), self.to_get(size))),
        ]
        self.assertEqual("1 0 0 0 0 0 ", await self.curl(*words))
        self.assert_downloaded(SIZES[-1])

    async def test_every_size_is_put(self) -> None:
        for job, size in enumerate(SIZES, 1):
            await self.curl("-T", str(self.folder / path_of(size)), self.to_put(job))
            await self.assert_uploaded(job, size)

    async def test_chunks_are_put(self) -> None:
        file = str(self.folder / path_of(SIZES[-1]))
        await self.curl("-H", "Transfer-Encoding: chunked", "-T", file, self.to_put())
        await self.assert_uploaded(9, SIZES[-1])

    async def test_every_size_is_posted_as_a_form(self) -> None:
        for job, size in enumerate(SIZES, 1):
            file = f'file=@{self.folder / path_of(size)};filename=a "b".cfg'
            await self.curl("-F", "field=value", "-F", file, self.to_put(job))
            await self.assert_uploaded(job, size)

    async def test_a_body_is_posted(self) -> None:
        await self.curl("--data-binary", f"@{self.folder / path_of(SIZES[-1])}", self.to_put())
        await self.assert_uploaded(9, SIZES[-1])

    async def test_a_refusal_is_heard_though_the_body_is_long(self) -> None:
        file = str(self.folder / path_of(SIZES[-1]))
        for more in ([], ["-H", "Expect:"]):
            words = [
                "-sS",
                "-o",
                str(self.out),
                "-w",
                "%{http_code}",
                *more,
                "-T",
                file,
                f"{self.address}/put/x",
            ]
            self.assertEqual("404", await self.run_program(*words))


class WgetTests(ClientCase):
    program = "wget"

    async def wget(self, *words: str) -> str:
        """Run it."""
        return await self.run_program("-q", "-O", str(self.out), *words)

    async def test_every_size_comes_whole(self) -> None:
        for size in SIZES:
            await self.wget(self.to_get(size))
            self.assert_downloaded(size)

    async def test_a_download_is_resumed(self) -> None:
        self.out.write_bytes(content_of(SIZES[-1])[:12_345_678])
        await self.wget("-c", self.to_get(SIZES[-1]))
        self.assert_downloaded(SIZES[-1])

    async def test_what_is_asked_for_is_shown(self) -> None:
        name, password = tickets.pair(KEY, 7, f"get {path_of(513)}")
        await self.wget(f"--user={name}", f"--password={password}", f"{self.address}/{path_of(513)}")
        self.assert_downloaded(513)

    async def test_a_body_is_put(self) -> None:
        file = self.folder / path_of(SIZES[-1])
        await self.wget("--method=PUT", f"--body-file={file}", self.to_put())
        await self.assert_uploaded(9, SIZES[-1])


class TlsTests(ClientCase):
    """The kernel cannot send what is encrypted here: the same files, a piece at a time."""

    program = "curl"
    scheme = "https"

    def behind(self, site: FileSite) -> Any:
        """The site behind a certificate."""
        pair = self_signed("acs.example.net").write(self.folder, "acs")
        loaded = load(TlsFiles("tls", "files", "modern", (pair,)), reactor.seconds())
        return secured(site, ServerTls(loaded.contexts), reactor, "files")

    async def curl(self, *words: str) -> str:
        """Run it; whose certificate that is does not matter."""
        return await self.run_program("-sSk", "--fail", *words)

    async def test_every_size_comes_whole(self) -> None:
        for size in SIZES:
            await self.curl("-o", str(self.out), self.to_get(size))
            self.assert_downloaded(size)

    async def test_a_download_is_resumed(self) -> None:
        self.out.write_bytes(content_of(SIZES[-1])[:12_345_678])
        await self.curl("-C", "-", "-o", str(self.out), self.to_get(SIZES[-1]))
        self.assert_downloaded(SIZES[-1])

    async def test_a_slow_client_gets_all_of_it(self) -> None:
        await self.curl("--limit-rate", "20M", "-o", str(self.out), self.to_get(SIZES[-1]))
        self.assert_downloaded(SIZES[-1])

    async def test_every_size_is_put(self) -> None:
        for job, size in enumerate(SIZES, 1):
            await self.curl("-T", str(self.folder / path_of(size)), self.to_put(job))
            await self.assert_uploaded(job, size)


class LargeTests(ClientCase):
    """200 MB and a byte."""

    size = (200 << 20) + 1
    sizes = (size,)

    def setUp(self) -> None:
        self.addCleanup(content_of.cache_clear)
        super().setUp()

    async def fetched(self, program: str, *words: str) -> None:
        """It has to be the file that was there."""
        self.program = program
        await self.run_program(*words, str(self.out), self.to_get(self.size))
        self.assert_downloaded(self.size)

    async def test_curl_and_wget_get_all_of_it(self) -> None:
        for program, words in (("curl", ("-sS", "--fail", "-o")), ("wget", ("-q", "-O"))):
            if not shutil.which(program):
                self.skipTest(f"{program} is not installed")
            await self.fetched(program, *words)


class SocketTests(ClientCase):
    """Clients that take a little of a file, and then no more."""

    def watch(self) -> Any:
        """A clock that the test moves."""
        self.clock = Clock()
        self.clock.advance(NOON)
        return self.clock

    async def begin(self) -> socket.socket:
        """A client that takes nothing, once the site can send it no more."""
        client = socket.create_connection(("127.0.0.1", int(self.address.rpartition(":")[2])))
        self.addCleanup(client.close)
        client.sendall(f"GET {self.to_get(SIZES[-1]).removeprefix(self.address)} HTTP/1.1\r\n\r\n".encode())
        sent = -1
        while not self.site.running() or self.site.running()[0].sent > sent:
            sent = self.site.running()[0].sent if self.site.running() else -1
            await deferLater(reactor, 0.1)
        self.assertLess(0, sent)
        self.assertLess(sent, SIZES[-1])
        return client

    async def ended(self) -> str:
        """Why it ended."""
        await until(lambda: not self.site.running())
        return self.told[-1].failure

    async def test_one_that_goes_away_is_seen_to(self) -> None:
        client = await self.begin()
        client.close()
        self.assertEqual("the client has gone", await self.ended())

    async def test_one_that_does_nothing_is_cut(self) -> None:
        client = await self.begin()
        for _ in range(13):
            self.clock.advance(5)
        self.assertEqual("nothing has moved for 60 s", await self.ended())
        client.setblocking(False)
        taken, count = 0, -1
        while count:
            try:
                taken += (count := len(client.recv(1 << 20)))
            except BlockingIOError:
                await deferLater(reactor, 0.005)
            except ConnectionResetError:
                count = 0
        self.assertLess(taken, SIZES[-1])

    async def test_one_that_goes_on_later_gets_all_of_it(self) -> None:
        client = await self.begin()
        for _ in range(11):
            self.clock.advance(5)
        client.setblocking(False)
        digest, left = sha256(), SIZES[-1]
        while left:
            try:
                data = client.recv(1 << 20).rpartition(b"\r\n\r\n" if left == SIZES[-1] else b"\0" * 99)[2]
                digest.update(data)
                left -= len(data)
            except BlockingIOError:
                await deferLater(reactor, 0.005)
        self.assertEqual(sha256(content_of(SIZES[-1])).digest(), digest.digest())
        self.assertEqual("", await self.ended())
