"""Conversations as blobs, small and large."""

from __future__ import annotations

from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zstandard import train_dictionary

from acs.store.archive import Archive, Kept, read_conversation, write_conversation
from acs.store.compression import LONG, LONG_FROM, Compression, Damaged, shipped_dictionaries
from acs.store.interface import StoreError
from acs.store.records import Exchange
from acs.store.seal import Seal, SealBroken
from acs.store.segments import Segments
from acs.store.vault import Vault
from tests import only_with

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
INTEGERS = st.integers(0, (1 << 63) - 1)
EXCHANGES = st.builds(
    Exchange,
    number=st.integers(1, 10_000),
    direction=st.sampled_from(["in", "out"]),
    time=st.floats(0, 4e9),
    rpc=TEXT,
    head=st.binary(max_size=50),
    body=st.binary(max_size=200),
    status=st.integers(0, 599),
    answers=st.none() | st.integers(1, 10_000),
    job=st.none() | INTEGERS,
    note=TEXT,
)
INFORM = b"<soap:Envelope><soap:Body><cwmp:Inform><DeviceId/></cwmp:Inform></soap:Body></soap:Envelope>"


class ConversationTests(SynchronousTestCase):
    @given(st.lists(EXCHANGES, max_size=6))
    def test_a_conversation_reads_as_it_was_written(self, conversation: list[Exchange]) -> None:
        self.assertEqual(tuple(conversation), read_conversation(write_conversation(conversation)))

    def test_a_conversation_in_which_something_is_no_unicode_is_kept(self) -> None:
        odd = Exchange(1, "in", 1.0, "In\udcffform", b"\xff", b"\xfe", note="not \udc80 \ud800")
        (kept,) = read_conversation(write_conversation([odd]))
        self.assertEqual(("In\\udcffform", b"\xff", b"\xfe"), (kept.rpc, kept.head, kept.body))
        self.assertEqual("not \\udc80 \\ud800", kept.note)

    def test_what_is_no_conversation_is_damaged(self) -> None:
        for data in (b"", b"\x91", b"\x93\1\2\3", b"\0\0\0\2[]"):
            with self.assertRaises(StoreError):
                read_conversation(data)


class CompressionTests(SynchronousTestCase):
    def dictionary(self, seed: int) -> bytes:
        random = Random(seed)
        samples = [INFORM + b"%d" % random.getrandbits(64) for _ in range(300)]
        return train_dictionary(1024, samples).as_bytes()

    @given(st.binary(max_size=300))
    def test_what_is_packed_unpacks(self, data: bytes) -> None:
        for each in (Compression({}), Compression({1: b"abcdefgh" * 10})):
            self.assertEqual(data, each.unpack(each.pack_all([data])[0]))

    def test_the_newest_dictionary_packs_and_older_ones_are_still_read(self) -> None:
        first, second = self.dictionary(1), self.dictionary(2)
        bare, old, new = Compression({}), Compression({1: first}), Compression({1: first, 12: second})
        for each, number in ((bare, 0), (old, 1), (new, 12)):
            packed = each.pack_all([INFORM + b"17" * 20])[0]
            self.assertEqual(number, int.from_bytes(packed[:2], "big"))
            self.assertEqual(INFORM + b"17" * 20, new.unpack(packed))
        self.assertLess(
            len(new.pack_all([INFORM + b"17" * 20])[0]), len(bare.pack_all([INFORM + b"17" * 20])[0]) / 2
        )

    def test_what_was_not_packed_is_damaged(self) -> None:
        packed = Compression({}).pack_all([INFORM * 10])[0]
        compression = Compression({})
        for bad in (b"", b"\0", packed[:-5], packed[:2] + b"xxxxxxx", b"\0\7" + packed[2:]):
            with self.assertRaises(Damaged):
                compression.unpack(bad)
            self.assertEqual(INFORM * 10, compression.unpack(packed))

    def test_what_is_shipped_can_be_used(self) -> None:
        compression = Compression(shipped_dictionaries())
        self.assertEqual(INFORM * 5, compression.unpack(compression.pack_all([INFORM * 5])[0]))

    @only_with("dictionaries")
    def test_what_is_long_has_a_dictionary_of_its_own(self) -> None:
        random = Random(7)
        text = b"".join(b"<Name>Device.%x</Name>" % random.getrandbits(128) for _ in range(LONG // 40))
        compression = Compression({1: self.dictionary(1)})
        pieces = [b"short", INFORM * 3, text + INFORM, b"0" + text, INFORM * 4]
        before = compression.pack_all(pieces)
        self.assertEqual(0, compression.packs_long)
        compression.learn(LONG_FROM + 2, text)
        compression.pack_with(LONG_FROM + 2)
        self.assertEqual((1, LONG_FROM + 2), (compression.packs, compression.packs_long))
        after = compression.pack_all(pieces)
        self.assertEqual(pieces, [compression.unpack(each) for each in after])
        self.assertEqual(pieces, [compression.unpack(each) for each in before])
        numbers = [int.from_bytes(each[:2], "big") for each in after]
        self.assertEqual([0xFFFF, 1, LONG_FROM + 2, LONG_FROM + 2, 1], numbers)
        self.assertLess(len(after[3]), 100)
        self.assertGreater(len(before[3]), 10_000)


class ArchiveTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.vault = Vault(Seal(bytes(32)), Compression({}))
        self.segments = Segments(Path(self.mktemp()), Clock().seconds)
        self.addCleanup(self.segments.close)
        self.archive = Archive(self.vault, self.segments, inline_bytes=500)
        self.random = Random(1)

    def conversation(self, size: int) -> tuple[Exchange, ...]:
        return (Exchange(1, "in", 1.0, body=self.random.randbytes(size)),)

    def put(self, archive: Archive, number: int, conversation: tuple[Exchange, ...]) -> Kept:
        """The row of one conversation."""
        return archive.place(*archive.seal({number: write_conversation(conversation)})[0])

    def test_small_ones_stand_in_the_row_and_large_ones_in_a_segment(self) -> None:
        small, large = self.conversation(100), self.conversation(1000)
        inline = self.put(self.archive, 1, small)
        self.assertEqual((1, 0, 0, 0), (inline[0], *inline[2:]))
        self.assertFalse(self.segments.pending)
        elsewhere = self.put(self.archive, 2, large)
        self.assertEqual((2, None), elsewhere[:2])
        self.segments.flush()
        self.assertEqual(small, self.archive.get(1, inline[1:]))
        self.assertEqual(large, self.archive.get(2, elsewhere[1:]))

    def test_without_segments_all_stand_in_the_row(self) -> None:
        large = self.conversation(100_000)
        archive = Archive(self.vault)
        row = self.put(archive, 3, large)
        self.assertEqual(large, archive.get(3, row[1:]))
        self.assertEqual(0, archive.drop_before(1e9))
        with self.assertRaises(StoreError):
            archive.get(3, (None, 19700101000001, 0, 100))

    def test_a_conversation_is_not_taken_for_another(self) -> None:
        row = self.put(self.archive, 4, self.conversation(100))
        with self.assertRaises(SealBroken):
            self.archive.get(5, row[1:])

    def test_a_conversation_whose_segment_is_gone_is_gone(self) -> None:
        row = self.put(self.archive, 6, self.conversation(1000))
        self.segments.flush()
        self.segments.close()
        self.assertEqual(1, self.archive.drop_before(5e9))
        self.assertIsNone(self.archive.get(6, row[1:]))
