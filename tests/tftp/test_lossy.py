"""Files arrive byte for byte where datagrams are lost, come late and come twice."""

from __future__ import annotations

from functools import partial
from hashlib import sha256

from twisted.trial.unittest import SynchronousTestCase

from tests.tftp.network import PATH, LossyInternet, Site, image_of, request

SIZES = (0, 1, 511, 512, 513)
TWENTY_FIVE_BITS = (1 << 25) + 1


class LossTests(SynchronousTestCase):
    def arrives(self, size: int, lost: float, late: float, doubled: float, **options: object) -> float:
        """Fetch an image; returns the seconds that it took."""
        data = image_of(size)
        site = Site({PATH: data}, internet=partial(LossyInternet, lost=lost, late=late, doubled=doubled))
        client = site.fetch(request(PATH, **options))
        self.assertEqual(("done", size), (client.ended, client.size))
        self.assertEqual(sha256(data).digest(), client.hash.digest())
        took = site.clock.seconds()
        site.pass_time(60)
        self.assertEqual((0, 0), (len(site.server.running), site.files.still_open))
        self.assertEqual([], site.clock.getDelayedCalls())
        return took

    def test_the_smallest(self) -> None:
        for size in SIZES:
            for options in ({}, {"blksize": 512, "tsize": 0}, {"windowsize": 4}):
                self.arrives(size, 0.05, 0.05, 0.05, **options)

    def test_block_by_block(self) -> None:
        self.arrives(1_000_000, 0.05, 0.05, 0.05)

    def test_in_windows(self) -> None:
        for window in (2, 5, 16, 32):
            self.arrives(3_000_000, 0.05, 0.05, 0.05, windowsize=window, blksize=1428)

    def test_32_megabytes_and_one_byte_block_by_block(self) -> None:
        self.arrives(TWENTY_FIVE_BITS, 0.0, 0.0, 0.0)

    def test_32_megabytes_and_one_byte_in_windows_with_loss(self) -> None:
        self.arrives(TWENTY_FIVE_BITS, 0.05, 0.05, 0.01, windowsize=16)

    def test_with_a_third_of_all_lost(self) -> None:
        self.arrives(50_000, 0.33, 0.1, 0.1, windowsize=4)

    def test_doubling_everything_does_not_make_it_slower(self) -> None:
        """The Sorcerer's Apprentice would have it all sent twice, three times, ..."""
        for options in ({}, {"windowsize": 8}):
            alone = self.arrives(300_000, 0.0, 0.0, 0.0, **options)
            self.assertLess(self.arrives(300_000, 0.0, 0.0, 1.0, **options), 1.5 * alone)
