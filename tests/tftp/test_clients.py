"""Clients that are not ours, on loopback: curl, tftp-hpa, atftp, busybox.

``ACS_TFTP_BYTES`` says how large the largest image is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, ensureDeferred
from twisted.trial.unittest import TestCase

from acs.tftp.codec import to_netascii
from tests import needs_program
from tests.tftp.network import image_of
from tests.tftp.place import LoopbackSite, LossyRelay, run

SIZES = (0, 1, 511, 512, 513, 70_000)
LARGE = 20_000_001
ROLLED = int(os.environ.get("ACS_TFTP_BYTES", (1 << 25) + 1))
"""More than 65,535 blocks of 512 bytes."""
IMAGE = "acme/box/1.2/image.bin"


class ClientCase(TestCase):
    """A server, its folder, a folder for what is fetched; each test is a coroutine."""

    timeout = 90 + ROLLED // 500_000
    program = ""
    quickly: tuple[str, ...] = ()

    def setUp(self) -> None:
        folder = Path(self.mktemp()).absolute()
        self.theirs = folder / "theirs"
        self.theirs.mkdir(parents=True)
        self.ours = folder / "ours"
        self.image = self.ours / IMAGE
        self.image.parent.mkdir(parents=True)
        self.site = LoopbackSite(self.ours)
        self.addCleanup(self.site.stop)
        self.port = self.site.number

    def place(self, size: int) -> str:
        """Have an image of so many bytes; returns its hash."""
        data = image_of(size)
        self.image.write_bytes(data)
        return sha256(data).hexdigest()

    async def run_program(self, *arguments: str) -> tuple[str, int]:
        return await run(self.program, *arguments, folder=self.theirs)

    async def get(self, path: str, *options: str, to: str = "got") -> tuple[str, int]:
        """Have the program fetch a file."""
        raise NotImplementedError

    async def arrive(self, sizes: Iterable[int], *options: str) -> None:
        """Images of these sizes are fetched with these options, and are what they were."""
        for size in sizes:
            expected = self.place(size)
            said, status = await self.get(IMAGE, *options)
            self.assertEqual(0, status, said)
            got = (self.theirs / "got").read_bytes()
            self.assertEqual((size, expected), (len(got), sha256(got).hexdigest()), (options, said))
            (self.theirs / "got").unlink()
            if self.port == self.site.number:  # else the last ACK may be lost
                self.assertEqual(("127.0.0.1", IMAGE, size, size), self.site.progress[-1])

    async def fail_to_get(self, path: str, word: str) -> None:
        said, _ = await self.get(path)
        self.assertIn(word, said.lower())
        self.assertFalse((self.theirs / "got").exists() and (self.theirs / "got").read_bytes())


class AnyClient:
    """What each of them has to come through."""

    def test_more_blocks_than_there_are_numbers(self: Any) -> Deferred[None]:
        return ensureDeferred(self.arrive((ROLLED,)))

    def test_five_percent_are_lost_and_as_many_late(self: Any) -> Deferred[None]:
        async def test() -> None:
            for seed, size in enumerate((0, 1, 511, 512, 513, 50_001)):
                relay = LossyRelay(self.site.number, 0.05, seed)
                self.addCleanup(relay.stop)
                self.port = relay.number
                await self.arrive((size,), *self.quickly)
            self.assertGreater(relay.lost, 0)

        return ensureDeferred(test())


class CurlTests(AnyClient, ClientCase):
    skip = needs_program("curl")
    program = "curl"
    quickly = ("--tftp-no-options",)  # else it asks for 5 seconds until something is sent again

    async def get(self, path: str, *options: str, to: str = "got") -> tuple[str, int]:
        url = f"tftp://127.0.0.1:{self.port}/{path}"
        return await self.run_program("-sS", "-m", str(self.timeout), "-o", to, *options, url)

    def test_as_it_is(self) -> Deferred[None]:
        return ensureDeferred(self.arrive(SIZES))

    def test_with_long_blocks(self) -> Deferred[None]:
        return ensureDeferred(self.arrive((*SIZES, LARGE), "--tftp-blksize", "1428"))

    def test_with_blocks_that_are_too_long(self) -> Deferred[None]:
        return ensureDeferred(self.arrive(SIZES, "--tftp-blksize", "65464"))

    def test_without_options(self) -> Deferred[None]:
        return ensureDeferred(self.arrive(SIZES, "--tftp-no-options"))

    def test_a_file_that_is_not_there(self) -> Deferred[None]:
        async def test() -> None:
            self.assertEqual(68, (await self.get("nothing"))[1])

        return ensureDeferred(test())

    def test_names_that_lead_elsewhere(self) -> Deferred[None]:
        async def test() -> None:
            (self.ours.parent / "secret").write_text("secret")
            for name in ("%2e%2e/secret", "/%2e%2e/secret", "acme/%2e%2e/%2e%2e/secret", "..%5csecret"):
                _, status = await self.get(name, "--path-as-is")
                self.assertEqual(69, status, name)

        return ensureDeferred(test())

    def test_nothing_is_written(self) -> Deferred[None]:
        async def test() -> None:
            (self.theirs / "mine").write_text("mine")
            url = f"tftp://127.0.0.1:{self.port}/mine"
            _, status = await self.run_program("-sS", "-m", "20", "-T", "mine", url)
            self.assertEqual(69, status)
            self.assertFalse((self.ours / "mine").exists())

        return ensureDeferred(test())

    def test_many_at_once(self) -> Deferred[Any]:
        expected = self.place(300_000)
        gets = [ensureDeferred(self.get(IMAGE, to=f"got-{number}")) for number in range(40)]

        def look(_: Any) -> None:
            for number in range(40):
                got = (self.theirs / f"got-{number}").read_bytes()
                self.assertEqual(expected, sha256(got).hexdigest())

        return DeferredList(gets, fireOnOneErrback=True).addCallback(look)


class TftpHpaTests(AnyClient, ClientCase):
    skip = needs_program("tftp")
    program = "tftp"

    async def get(self, path: str, *options: str, to: str = "got") -> tuple[str, int]:
        mode = options or ("-m", "binary")
        return await self.run_program(*mode, "127.0.0.1", str(self.port), "-c", "get", path, to)

    def test_as_it_is(self) -> Deferred[None]:
        return ensureDeferred(self.arrive((*SIZES, LARGE)))

    def test_netascii(self) -> Deferred[None]:
        """Text arrives as it is, and a bare CR with the NUL that the program does not take away."""

        async def test() -> None:
            for text in (b"one\ntwo\n" * 5000, b"\n" * 511, b"a" * 511 + b"\n", b""):
                self.image.write_bytes(text)
                said, status = await self.get(IMAGE, "-m", "ascii")
                self.assertEqual((0, text), (status, (self.theirs / "got").read_bytes()), said)

        return ensureDeferred(test())

    def test_a_file_that_is_not_there(self) -> Deferred[None]:
        return ensureDeferred(self.fail_to_get("nothing", "no such file"))


class AtftpTests(AnyClient, ClientCase):
    skip = needs_program("atftp")
    program = "atftp"
    quickly = ("blksize 1428", "windowsize 8")

    async def get(self, path: str, *options: str, to: str = "got") -> tuple[str, int]:
        chosen = [word for option in options for word in ("--option", option)]
        where = ("127.0.0.1", str(self.port))
        return await self.run_program(*chosen, "-g", "-r", path, "-l", to, *where)

    def test_as_it_is(self) -> Deferred[None]:
        return ensureDeferred(self.arrive(SIZES))

    def test_with_options_one_by_one(self) -> Deferred[None]:
        async def test() -> None:
            for option in ("blksize 1428", "blksize 8", "tsize", "timeout 3", "windowsize 4"):
                await self.arrive((513,), option)

        return ensureDeferred(test())

    def test_in_windows(self) -> Deferred[None]:
        options = "windowsize 16", "blksize 1428", "tsize"
        return ensureDeferred(self.arrive((*SIZES[1:], LARGE), *options))

    def test_in_windows_that_are_too_long(self) -> Deferred[None]:
        return ensureDeferred(self.arrive(SIZES[1:], "windowsize 64", "blksize 65464"))

    def test_netascii(self) -> Deferred[None]:
        async def test() -> None:
            text = b"one\ntwo\n" * 500
            self.image.write_bytes(text)
            said, status = await self.get(IMAGE, "mode netascii")
            self.assertEqual(0, status, said)
            self.assertIn((self.theirs / "got").read_bytes(), (text, to_netascii(text)))

        return ensureDeferred(test())

    def test_a_file_that_is_not_there(self) -> Deferred[None]:
        return ensureDeferred(self.fail_to_get("nothing", "no such file"))


class BusyboxTests(AnyClient, ClientCase):
    skip = needs_program("busybox")
    program = "busybox"
    quickly = ("-b", "1428")

    async def get(self, path: str, *options: str, to: str = "got") -> tuple[str, int]:
        where = ("127.0.0.1", str(self.port))
        return await self.run_program("tftp", "-g", "-r", path, "-l", to, *options, *where)

    def test_as_it_is(self) -> Deferred[None]:
        return ensureDeferred(self.arrive(SIZES))

    def test_with_long_blocks(self) -> Deferred[None]:
        return ensureDeferred(self.arrive((*SIZES, LARGE), "-b", "1428"))

    def test_a_file_that_is_not_there(self) -> Deferred[None]:
        return ensureDeferred(self.fail_to_get("nothing", "no such file"))

    def test_nothing_is_written(self) -> Deferred[None]:
        async def test() -> None:
            (self.theirs / "mine").write_text("mine")
            where = ("127.0.0.1", str(self.port))
            said, status = await self.run_program("tftp", "-p", "-l", "mine", "-r", "mine", *where)
            self.assertNotEqual(0, status)
            self.assertIn("files are not taken here", said)
            self.assertFalse((self.ours / "mine").exists())

        return ensureDeferred(test())
