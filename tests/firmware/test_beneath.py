"""No name leads out of the folder, whatever stands there, or comes to stand there meanwhile."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from threading import Event, Thread

from hypothesis import example, given
from twisted.trial.unittest import SynchronousTestCase

from acs.firmware.beneath import entered, open_file
from acs.firmware.names import within
from tests.firmware.folders import IMAGE, FolderCase
from tests.firmware.test_names import PATHS


class OpeningTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.around = Path(self.mktemp()).absolute()
        self.folder = self.around / "folder"
        (self.folder / "a/b").mkdir(parents=True)
        (self.folder / "a/b/x").write_bytes(b"inside")
        (self.around / "secret").write_bytes(b"secret")
        (self.around / "b").mkdir()
        (self.around / "b/x").write_bytes(b"secret")

    def read(self, path: str) -> bytes:
        with open(open_file(self.folder, within(path)), "rb") as file:
            return file.read()

    def refused(self, path: str) -> None:
        self.assertRaises((OSError, LookupError), self.read, path)

    def test_what_is_inside_is_read(self) -> None:
        self.assertEqual(b"inside", self.read("a/b/x"))

    def test_a_link_is_not_followed_wherever_it_stands_and_leads(self) -> None:
        (self.folder / "out").symlink_to(self.around / "secret")
        (self.folder / "up").symlink_to("..")
        (self.folder / "same").symlink_to("a/b/x")
        (self.folder / "inner").symlink_to("a")
        (self.folder / "a/loop").symlink_to("loop")
        (self.folder / "root").symlink_to("/")
        for path in ("out", "up/secret", "same", "inner/b/x", "a/loop", "a/loop/x", "root/etc/passwd"):
            self.refused(path)

    def test_the_folder_itself_may_be_a_link(self) -> None:
        (self.around / "link").symlink_to("folder")
        self.folder = self.around / "link"
        self.assertEqual(b"inside", self.read("a/b/x"))

    def test_only_a_regular_file_is_opened_and_nothing_waits(self) -> None:
        os.mkfifo(self.folder / "fifo")  # to open that would wait for somebody who writes
        (self.folder / "null").symlink_to("/dev/null")
        for path in ("fifo", "null", "a", "a/b", "nowhere", "a/b/x/y"):
            self.refused(path)
        if os.geteuid() == 0:
            os.mknod(self.folder / "device", 0o20666, os.makedev(1, 3))
            self.refused("device")

    @given(PATHS | PATHS.map("a/b/{}".format) | PATHS.map("up/{}".format))
    @example("a/b/x")
    @example("up/secret")
    def test_whatever_is_asked_for_nothing_from_outside_is_read(self, path: str) -> None:
        with contextlib.suppress(FileExistsError):
            (self.folder / "up").symlink_to("..")
        with contextlib.suppress(OSError, LookupError):
            self.assertEqual(b"inside", self.read(path))

    def test_no_descriptor_is_left_open(self) -> None:
        os.mkfifo(self.folder / "fifo")
        before = len(os.listdir("/proc/self/fd"))
        for path in ("a/b/x", "a/b", "fifo", "a/b/nowhere", "nowhere/x"):
            with contextlib.suppress(OSError):
                self.read(path)
        self.assertEqual(before, len(os.listdir("/proc/self/fd")))

    def test_a_folder_that_becomes_a_link_meanwhile_leads_nowhere(self) -> None:
        """Somebody exchanges a folder for a link to outside, and back, as fast as he can."""
        stop, seen = Event(), set()

        def exchange() -> None:
            while not stop.is_set():
                (self.folder / "a").rename(self.folder / "kept")
                (self.folder / "a").symlink_to("..")
                (self.folder / "a").unlink()
                (self.folder / "kept").rename(self.folder / "a")

        thread = Thread(target=exchange)
        thread.start()
        for _ in range(3000):
            with contextlib.suppress(OSError):
                seen.add(self.read("a/b/x"))
        stop.set()
        thread.join()
        self.assertLessEqual(seen, {b"inside"})

    def test_what_is_made_is_made_inside_alone(self) -> None:
        (self.folder / "out").symlink_to(self.around)

        def make(*names: bytes) -> None:
            with entered(self.folder, names, make=True):
                pass

        self.assertRaises(OSError, make, b"out", b"made")
        self.assertFalse((self.around / "made").exists())
        make(b"new", b"made")
        self.assertTrue((self.folder / "new/made").is_dir())


class CatalogueTests(FolderCase):
    """The catalogue knows a file that is then exchanged, and has not been told of it yet."""

    async def setUp(self) -> None:  # type: ignore[override]
        super().setUp()
        self.write(IMAGE)
        await self.begun()
        self.secret = self.folder.with_name("secret")
        (self.secret / "2.59").mkdir(parents=True)
        (self.secret / "2.59/image.bin").write_bytes(b"a secret")
        self.addCleanup(shutil.rmtree, self.secret)

    def refused(self) -> None:
        self.assertRaises(LookupError, self.catalogue.open, IMAGE)

    async def test_for_a_link(self) -> None:
        (self.folder / IMAGE).unlink()
        (self.folder / IMAGE).symlink_to(self.secret / "2.59/image.bin")
        self.refused()

    async def test_its_folder_for_a_link(self) -> None:
        shutil.rmtree(self.folder / "AirTies/Air4920")
        (self.folder / "AirTies/Air4920").symlink_to(self.secret)
        self.refused()

    async def test_for_what_is_no_file(self) -> None:
        (self.folder / IMAGE).unlink()
        os.mkfifo(self.folder / IMAGE)
        self.refused()

    async def test_for_another_file(self) -> None:
        (self.secret / "2.59/image.bin").rename(self.folder / IMAGE)
        self.refused()
