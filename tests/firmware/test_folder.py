"""The catalogue over a real folder, followed by real inotify."""

from __future__ import annotations

import os
import shutil
import time
from functools import partial
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from acs.firmware import inotify
from acs.firmware.folder import FolderCatalogue, Pace
from acs.firmware.image import VENDOR_CONFIGURATION, WEB_CONTENT, Catalogue
from acs.firmware.inotify import Event
from acs.store.threads import in_thread
from acs.web.appliance import Folder
from tests.firmware.folders import IMAGE, FolderCase, digest_of

AIRTIES = ("AirTies", "001CA8", "Air4920")


class WhatThereIsTests(FolderCase):
    async def test_it_is_what_devices_and_the_api_are_served_from(self) -> None:
        catalogue: Catalogue = self.catalogue
        folder: Folder = self.catalogue
        self.assertEqual(((), ()), (catalogue.images(), folder.entries()))

    async def test_nothing_is_there_before_it_has_started(self) -> None:
        self.write(IMAGE)
        self.assertEqual((), self.catalogue.images())
        self.assertIsNone(self.catalogue.image(IMAGE))
        self.assertRaises(LookupError, self.catalogue.open, IMAGE)

    async def test_the_folder_is_made_where_it_is_missing(self) -> None:
        self.folder.rmdir()
        await self.begun()
        self.assertTrue(self.folder.is_dir())
        self.assertEqual((), self.catalogue.images())

    async def test_a_path_tells_what_an_image_is_for(self) -> None:
        file = self.write(IMAGE)
        await self.begun()
        (image,) = self.catalogue.images()
        self.assertEqual((IMAGE, 8, file.stat().st_mtime_ns / 1e9), (image.path, image.size, image.modified))
        self.assertEqual(
            ("AirTies", "Air4920", "2.59", "2.59"),
            (image.vendor, image.product_class, image.version, image.reported),
        )
        self.assertEqual(
            ("1 Firmware Upgrade Image", digest_of(b"an image")), (image.file_type, image.sha256)
        )
        self.assertEqual(image, self.catalogue.image(IMAGE))
        self.assertEqual(image, self.catalogue.for_device(*AIRTIES, "2.59"))
        self.assertEqual((image, b"an image"), (self.catalogue.open(IMAGE)[0], self.read()))

    async def test_configurations_and_web_content_are_beside_it(self) -> None:
        self.write("config/all.xml")
        self.write("web/a/b/portal.zip", b"")
        await self.begun()
        found = [(image.path, image.file_type, image.vendor) for image in self.catalogue.images()]
        wanted = [("config/all.xml", VENDOR_CONFIGURATION, ""), ("web/a/b/portal.zip", WEB_CONTENT, "")]
        self.assertEqual(wanted, found)

    async def test_what_devices_have_sent_is_no_part_of_it(self) -> None:
        self.write("uploads/001CA8-1/config.bin")
        self.write("AirTies/Air4920/uploads/image.bin")
        await self.begun()
        self.assertEqual(
            ["AirTies/Air4920/uploads/image.bin"], [image.path for image in self.catalogue.images()]
        )
        self.assertRaises(LookupError, self.catalogue.read, "uploads/001CA8-1/config.bin")

    async def test_the_list_is_the_same_until_something_changes(self) -> None:
        self.write(IMAGE)
        await self.begun()
        images = self.catalogue.images()
        await self.catalogue.look()
        self.assertIs(images, self.catalogue.images())
        self.write("AirTies/Air4920/2.60/image.bin")
        await self.offered("AirTies/Air4920/2.60/image.bin")
        self.assertIsNot(images, self.catalogue.images())

    async def test_what_stands_elsewhere_can_only_be_asked_for_by_path(self) -> None:
        self.write("boot.bin")
        await self.begun()
        self.assertIn("it is not in <Manufacturer or OUI>", self.problems("boot.bin")[0])
        self.assertEqual(b"an image", self.read("boot.bin"))

    async def test_a_file_that_cannot_be_read_is_not_offered_and_says_so(self) -> None:
        self.write(IMAGE)
        opened = os.open

        def refuse(path: Any, *how: Any, **more: Any) -> int:
            if path == b"image.bin":  # as the system does for who may not; the tests may run as root
                raise PermissionError(13, "Permission denied")
            return opened(path, *how, **more)

        patched = self.patch(os, "open", refuse)
        await self.catalogue.start()
        await self.until(lambda: self.problems())
        self.assertEqual(("it cannot be read: Permission denied",), self.problems())
        await self.catalogue.look()
        self.assertEqual(("it cannot be read: Permission denied",), self.problems())
        self.assertEqual((), self.catalogue.images())
        patched.restore()
        (self.folder / IMAGE).chmod(0o600)
        await self.offered()
        self.assertEqual((), self.problems())


class FollowingTests(FolderCase):
    async def setUp(self) -> None:  # type: ignore[override]
        super().setUp()
        await self.begun()

    async def test_a_file_that_is_copied_into_it_is_seen(self) -> None:
        self.write(IMAGE)
        await self.offered()

    async def test_folders_that_are_moved_into_it_are_followed(self) -> None:
        elsewhere = self.folder.with_name("elsewhere") / "AirTies"
        (elsewhere / "Air4920/2.59").mkdir(parents=True)
        (elsewhere / "Air4920/2.59/image.bin").write_bytes(b"an image")
        self.addCleanup(shutil.rmtree, elsewhere.parent)
        elsewhere.rename(self.folder / "AirTies")
        await self.offered()
        self.write("AirTies/Air4920/2.60/image.bin", b"another")
        await self.offered("AirTies/Air4920/2.60/image.bin", b"another")

    async def test_a_file_that_is_replaced_is_the_new_one(self) -> None:
        self.write(IMAGE)
        await self.offered()
        fresh = self.write("AirTies/Air4920/2.59/.fresh", b"AN IMAGE")
        fresh.replace(self.folder / IMAGE)
        await self.offered(content=b"AN IMAGE")
        self.assertEqual(b"AN IMAGE", self.read())

    async def test_a_file_that_is_written_over_is_not_offered_meanwhile(self) -> None:
        self.write(IMAGE)
        await self.offered()
        with open(self.folder / IMAGE, "r+b") as file:
            file.write(b"AN")
            file.flush()
            await self.gone()
            file.write(b" IMAGE")
        await self.offered(content=b"AN IMAGE")

    async def test_a_file_that_is_removed_is_gone(self) -> None:
        self.write(IMAGE)
        await self.offered()
        (self.folder / IMAGE).unlink()
        await self.gone()
        self.assertRaises(LookupError, self.catalogue.open, IMAGE)
        self.assertIsNone(self.catalogue.for_device(*AIRTIES, "2.59"))

    async def test_folders_may_be_removed_renamed_and_made_again(self) -> None:
        self.write(IMAGE)
        await self.offered()
        (self.folder / "AirTies/Air4920").rename(self.folder / "AirTies/Other")
        await self.offered("AirTies/Other/2.59/image.bin")
        self.assertIsNone(self.catalogue.image(IMAGE))
        self.write("AirTies/Other/2.60/image.bin")
        await self.offered("AirTies/Other/2.60/image.bin")
        shutil.rmtree(self.folder / "AirTies")
        await self.until(lambda: not self.catalogue.images())
        self.write(IMAGE, b"again")
        await self.offered(content=b"again")

    async def test_the_folder_itself_may_go_and_come_back(self) -> None:
        self.write(IMAGE)
        await self.offered()
        away = self.folder.with_name(f"{self.folder.name}.away")
        self.folder.rename(away)
        await self.until(lambda: not self.catalogue.images())
        away.rename(self.folder)
        await self.catalogue.look()  # nobody tells of that: it is looked for again and again
        await self.offered()

    async def test_what_was_opened_stays_what_it_is(self) -> None:
        self.write(IMAGE)
        await self.offered()
        image, file = self.catalogue.open(IMAGE)
        (self.folder / IMAGE).unlink()
        self.write(IMAGE, b"another")
        await self.offered(content=b"another")
        with file:
            self.assertEqual((b"an image", digest_of(b"an image")), (file.read(), image.sha256))

    async def test_files_that_are_being_copied_are_passed_over(self) -> None:
        names = (".image.bin.Xq3", "image.bin.part", "image.bin.tmp", "IMAGE.CRDOWNLOAD", "image.bin~")
        for name in names:
            self.write(f"AirTies/Air4920/2.59/{name}")
        self.write("AirTies/.snapshot/2.59/image.bin")
        await self.catalogue.look()
        self.assertEqual((), self.catalogue.entries())
        (self.folder / "AirTies/Air4920/2.59/image.bin.part").rename(self.folder / IMAGE)
        await self.offered()
        self.assertRaises(LookupError, self.catalogue.read, "AirTies/Air4920/2.59/image.bin.tmp")

    async def test_what_is_said_beside_an_image_is_followed_too(self) -> None:
        self.write(IMAGE)
        await self.offered()
        self.write("AirTies/Air4920/2.59/image.toml", 'reported = "V2"\nnotes = "the one"\n')
        await self.until(lambda: self.catalogue.for_device(*AIRTIES, "V2"))
        self.write("AirTies/Air4920/2.59/image.toml", "colour = 1\n")
        await self.gone()
        self.assertIn("image.toml colour: unknown key", self.problems()[0])
        (self.folder / "AirTies/Air4920/2.59/image.toml").unlink()
        await self.offered()
        self.assertEqual((), self.problems())

    async def test_events_that_were_lost_lead_to_another_look(self) -> None:
        file = self.write(IMAGE)
        await self.offered()
        watching = self.catalogue._watching
        assert watching is not None and watching._inotify is not None
        watching._inotify.close()  # from now on nothing is told
        file.write_bytes(b"unnoticed")
        watching._heard(Event(-1, inotify.OVERFLOW, b""))
        await self.offered(content=b"unnoticed")

    async def test_links_and_what_is_no_file_are_passed_over(self) -> None:
        secret = self.folder.with_name("secret.key")
        secret.write_bytes(b"secret")
        version = self.folder / "AirTies/Air4920/2.59"
        version.mkdir(parents=True)
        (version / "image.bin").symlink_to(secret)
        (self.folder / "AirTies/Air4920/2.60").symlink_to(secret.parent)
        os.mkfifo(version / "fifo")
        os.mkdir(os.fsencode(version) + b"/\xff")
        await self.catalogue.look()
        self.assertEqual((), self.catalogue.entries())
        reasons = self.catalogue._contents.scan.passed_over
        self.assertEqual("it is a symbolic link", reasons[IMAGE])
        self.assertEqual("it is a symbolic link", reasons["AirTies/Air4920/2.60"])
        self.assertEqual("it is no regular file", reasons["AirTies/Air4920/2.59/fifo"])
        self.assertEqual(4, len(reasons))


class UntoldTests(FolderCase):
    """Where the system tells of nothing."""

    async def start(self) -> None:
        """Look at the folder without inotify."""

        def none(*_: object) -> None:
            raise OSError("there is none")

        self.patch(inotify.Inotify, "__init__", none)
        await self.catalogue.start()

    async def test_the_folder_is_looked_at_again_and_again(self) -> None:
        self.catalogue = self.another(pace=Pace(quiet=0.01, poll=0.02, rescan=600, speed=1e12))
        await self.start()
        self.write(IMAGE)
        await self.offered()
        (self.folder / IMAGE).unlink()
        await self.gone()

    async def test_so_it_is_where_not_all_folders_can_be_watched(self) -> None:
        def refuse(*_: object) -> int:
            raise OSError(28, "No space left on device")

        self.patch(inotify.Inotify, "watch", refuse)
        self.catalogue = self.another(pace=Pace(quiet=0.01, poll=0.02, rescan=600, speed=1e12))
        await self.catalogue.start()
        self.write(IMAGE)
        await self.offered()

    async def test_a_file_that_has_changed_unnoticed_is_not_given(self) -> None:
        self.write(IMAGE)
        await self.start()
        await self.offered()
        self.write(IMAGE, b"AN IMAGE")
        self.assertRaises(LookupError, self.catalogue.open, IMAGE)
        await self.offered(content=b"AN IMAGE")  # as somebody has asked for it


class QuietTests(FolderCase):
    """Time is the test's, so that what waits for it waits."""

    pace = Pace(gather=0.1, quiet=1.0, poll=10.0, rescan=300.0, speed=1e12)

    def setUp(self) -> None:
        self.clock = Clock()
        super().setUp()

    async def test_a_file_has_to_be_the_same_for_a_moment(self) -> None:
        self.write(IMAGE)
        await self.catalogue.start()
        self.assertEqual([""], [image.sha256 for image in self.catalogue.images()])
        self.assertIsNone(self.catalogue.image(IMAGE))
        self.assertIsNone(self.catalogue.for_device(*AIRTIES, "2.59"))
        self.assertRaises(LookupError, self.catalogue.open, IMAGE)
        self.clock.advance(0.9)
        self.assertTrue(self.catalogue._queue._running is None)
        self.clock.advance(0.2)
        await self.offered()

    async def test_one_that_grows_has_to_be_so_anew(self) -> None:
        file = self.write(IMAGE)
        await self.catalogue.start()
        self.clock.advance(0.9)
        file.write_bytes(b"an image that has grown")
        await self.catalogue.look()
        self.clock.advance(0.9)
        self.assertTrue(self.catalogue._queue._running is None)
        self.clock.advance(0.2)
        await self.offered(content=b"an image that has grown")

    async def test_one_that_somebody_writes_to_is_waited_for(self) -> None:
        file = self.write(IMAGE)
        await self.catalogue.start()
        watching = self.catalogue._watching
        assert watching is not None
        with file.open("ab") as writing:
            writing.write(b"s")
            writing.flush()
            await self.heard(lambda: IMAGE in watching._writing)
            for _ in range(50):
                self.clock.advance(1)
            self.assertTrue(self.catalogue._queue._running is None)
        await self.heard(lambda: IMAGE not in watching._writing)
        await self.catalogue.look()
        self.clock.advance(1.1)
        await self.offered(content=b"an images")

    async def heard(self, condition: object) -> None:
        """Wait until the system has told."""
        watching = self.catalogue._watching
        assert watching is not None and callable(condition)
        told: Deferred[None] = Deferred()
        hear = watching._inotify._told  # type: ignore[union-attr]

        def listen(event: Event) -> None:
            hear(event)
            if condition() and not told.called:
                told.callback(None)

        watching._inotify._told = listen  # type: ignore[union-attr]
        if condition():
            told.callback(None)
        await told
        watching._inotify._told = hear  # type: ignore[union-attr]

    async def test_one_that_is_written_to_no_more_but_never_closed_is_taken_in_the_end(self) -> None:
        await self.catalogue.start()
        watching = self.catalogue._watching
        assert watching is not None
        watching._writing["a"] = self.clock.seconds()
        self.clock.advance(599)
        self.assertEqual(["a"], [*watching.being_written()])
        self.clock.advance(2)
        self.assertEqual([], [*watching.being_written()])

    async def test_the_folder_is_looked_at_now_and_then_whatever_is_told(self) -> None:
        await self.catalogue.start()
        self.assertEqual([300.0], [call.getTime() for call in self.clock.getDelayedCalls()])

    async def test_checksums_are_computed_no_faster_than_is_said(self) -> None:
        self.write(IMAGE, bytes(3 << 20))
        self.catalogue = self.another(pace=Pace(quiet=1.0, speed=float(1 << 20)))
        await self.catalogue.start()
        began = self.clock.seconds()
        stepping = Deferred.fromCoroutine(self.offered(content=bytes(3 << 20)))
        while not stepping.called:
            turn: Deferred[None] = Deferred()
            reactor.callLater(0, turn.callback, None)  # type: ignore[attr-defined]
            await turn
            self.clock.advance(0.01)
        self.assertGreaterEqual(self.clock.seconds() - began, 1.0 + 3.0)


class RememberingTests(FolderCase):
    async def test_checksums_are_remembered_across_restarts(self) -> None:
        self.write(IMAGE)
        await self.begun()
        await self.catalogue.stop()
        again = self.another(pace=Pace(quiet=600))
        await again.start()
        self.assertEqual([digest_of(b"an image")], [image.sha256 for image in again.images()])

    async def test_not_for_a_file_that_is_another_one_of_that_name_size_and_time(self) -> None:
        file = self.write(IMAGE)
        os.utime(file, (1, 1))
        await self.begun()
        await self.catalogue.stop()
        file.unlink()
        os.utime(self.write(IMAGE, b"AN IMAGE"), (1, 1))
        self.catalogue = self.another()
        await self.catalogue.start()
        self.assertIsNone(self.catalogue.image(IMAGE))
        await self.offered(content=b"AN IMAGE")

    async def test_what_is_damaged_is_computed_anew(self) -> None:
        self.write(IMAGE)
        for damaged in (b"", b"\xc1", b"\x92\x01\x01", b"\x92\x02\x80", os.urandom(100)):
            self.cache.write_bytes(damaged)
            self.catalogue = self.another()
            await self.catalogue.start()
            await self.offered()
            await self.catalogue.stop()

    async def test_a_place_that_cannot_be_written_changes_nothing(self) -> None:
        self.write(IMAGE)
        self.catalogue = self.another(cache=self.folder / "AirTies/Air4920/2.59/image.bin/cache")
        await self.begun()
        await self.offered()

    async def test_files_that_are_gone_are_forgotten(self) -> None:
        self.write(IMAGE)
        await self.begun()
        await self.catalogue.stop()
        self.assertIn(b"image.bin", self.cache.read_bytes())
        (self.folder / IMAGE).unlink()
        self.catalogue = self.another()
        await self.begun()
        await self.catalogue.stop()
        self.assertNotIn(b"image.bin", self.cache.read_bytes())


class StoppingTests(FolderCase):
    async def test_nothing_is_left_behind(self) -> None:
        self.write(IMAGE)
        await self.catalogue.start()
        await self.catalogue.stop()
        await self.catalogue.stop()
        self.assertEqual(1, len(self.catalogue.images()))

    async def test_it_stops_while_it_computes(self) -> None:
        self.write(IMAGE, bytes(8 << 20))
        self.catalogue = self.another(pace=Pace(quiet=0.0, speed=10e6))
        await self.catalogue.start()
        await self.catalogue.stop()
        self.assertIsNone(self.catalogue.image(IMAGE))


class ManyTests(FolderCase):
    async def test_five_thousand_images_do_not_stall_the_reactor(self) -> None:
        for number in range(5_000):
            self.write(f"Maker {number % 50}/Model {number % 250}/1.{number}/image.bin", b"%d" % number)
        catalogue = FolderCatalogue(
            reactor, reactor, partial(in_thread, reactor), self.folder, self.cache, Pace(quiet=600)
        )
        self.addCleanup(lambda: Deferred.fromCoroutine(catalogue.stop()))
        longest, last = [0.0, 0.0], [time.thread_time(), time.monotonic()]

        def turn() -> None:
            now = [time.thread_time(), time.monotonic()]
            longest[:] = [max(each, b - a) for each, a, b in zip(longest, last, now, strict=True)]
            last[:] = now
            if not starting.called:
                reactor.callLater(0, turn)  # type: ignore[attr-defined]

        starting = Deferred.fromCoroutine(catalogue.start())
        turn()
        await starting
        self.assertEqual(5_000, len(catalogue.images()))
        # What the reactor's thread does itself, which is milliseconds; and what other threads, or whatever
        # else runs on this machine, keep it from.
        self.assertLess(longest[0], 0.1)
        self.assertLess(longest[1], 2.0)
