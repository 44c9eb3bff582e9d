"""Tests of `acs.tftp.transfer`: one transfer, packet by packet, without a network."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.tftp.codec import Ack, Code, Data, Error, Oack, Packet, Request, decode
from acs.tftp.options import Options, Terms, negotiate
from acs.tftp.timing import ANSWERED, PATIENCE, UNANSWERED
from acs.tftp.transfer import MOST_HINTS, ReadTransfer
from tests.tftp.network import image_of
from tests.tftp.test_codec import PACKETS

WINDOWED: Options = (("blksize", "100"), ("windowsize", "4"))


class Wire:
    """A transfer, its clock, and the file that it gets bytes of whenever it wants some."""

    def __init__(self, data: bytes, terms: Terms, piece: int = 1 << 16) -> None:
        self.transfer = ReadTransfer(terms)
        self.data = data
        self.piece = piece
        self.now = 100.0
        self.at = 0
        self.first = self._all(self.transfer.start(self.now))

    def _all(self, packets: list[bytes]) -> list[Packet]:
        packets = list(packets)
        while self.transfer.wants_data:
            piece = self.data[self.at : self.at + self.piece]
            self.at += len(piece)
            packets += self.transfer.feed(piece, self.at == len(self.data), self.now)
        return [decode(packet) for packet in packets]

    def hear(self, packet: Packet, after: float = 0.01) -> list[Packet]:
        """The client sends this; what is sent then."""
        self.now += after
        return self._all(self.transfer.received(packet, self.now))

    def ack(self, block: int, after: float = 0.01) -> list[int]:
        """The client sends an ACK; the blocks that are sent then."""
        return blocks(self.hear(Ack(block), after))

    def wait(self) -> list[Packet]:
        """The deadline comes; what is sent then."""
        assert self.transfer.deadline is not None
        self.now = self.transfer.deadline
        return self._all(self.transfer.timed_out(self.now))


def blocks(packets: list[Packet]) -> list[int]:
    """The numbers of the blocks that were sent."""
    assert all(isinstance(packet, Data) for packet in packets), packets
    return [packet.block for packet in packets if isinstance(packet, Data)]


def windowed(size: int = 2000) -> Wire:
    """A transfer of 21 blocks in windows of four, whose OACK is acknowledged."""
    wire = Wire(image_of(size), negotiate(WINDOWED, size))
    assert wire.ack(0) == [1, 2, 3, 4]
    return wire


class PlainTests(SynchronousTestCase):
    """Without options: a block, an ACK."""

    def test_a_file_is_sent_block_by_block(self) -> None:
        data = image_of(1300)
        wire = Wire(data, Terms())
        self.assertEqual([Data(1, data[:512])], wire.first)
        self.assertEqual([Data(2, data[512:1024])], wire.hear(Ack(1)))
        self.assertEqual([Data(3, data[1024:])], wire.hear(Ack(2)))
        self.assertFalse(wire.transfer.over)
        self.assertEqual([], wire.hear(Ack(3)))
        self.assertTrue(wire.transfer.over)
        self.assertEqual(("", 1300, None), self.state(wire))

    def state(self, wire: Wire) -> tuple[str, int, float | None]:
        return wire.transfer.why, wire.transfer.acknowledged, wire.transfer.deadline

    def test_the_last_block_is_shorter_than_the_others_and_may_be_empty(self) -> None:
        for size, sizes in (
            (0, [0]),
            (1, [1]),
            (511, [511]),
            (512, [512, 0]),
            (513, [512, 1]),
            (1024, [512, 512, 0]),
        ):
            for piece in (1, 512, 513, 5000):
                wire = Wire(image_of(size), Terms(), piece)
                sent, heard = [], wire.first
                while heard:
                    (packet,) = heard
                    assert isinstance(packet, Data)
                    sent.append(len(packet.payload))
                    heard = wire.hear(Ack(packet.block))
                self.assertEqual(sizes, sent)
                self.assertEqual(("", size, None), self.state(wire))

    def test_a_doubled_ack_does_not_double_what_follows(self) -> None:
        wire = Wire(image_of(5000), Terms())
        for block in range(1, 5):
            self.assertEqual([block + 1], wire.ack(block))
            for _ in range(3):
                self.assertEqual([], wire.ack(block))

    def test_acks_of_the_past_and_of_the_future_are_passed_over(self) -> None:
        wire = Wire(image_of(5000), Terms())
        for block in (1, 2, 3):
            wire.ack(block)
        for block in (0, 1, 2, 5, 6, 40000, 65535):
            deadline = wire.transfer.deadline
            self.assertEqual([], wire.ack(block))
            self.assertEqual(deadline, wire.transfer.deadline)
        self.assertEqual([5], wire.ack(4))

    def test_what_is_not_answered_is_sent_again_ever_more_rarely(self) -> None:
        wire = Wire(image_of(5000), Terms())
        wire.ack(1, after=0.1)
        self.assertEqual([3], wire.ack(2, after=0.1))
        last, waits = wire.now, []
        while wire.transfer.deadline is not None and len(waits) < 6:
            waits.append(round(wire.transfer.deadline - last, 6))
            self.assertEqual([3], blocks(wire.wait()))
            last = wire.now
        self.assertEqual([0.3, 0.6, 1.2, 2.4, 4.8, 8.0], waits)

    def test_an_answer_to_a_repetition_does_not_tell_how_long_answers_take(self) -> None:
        wire = Wire(image_of(5000), Terms())
        wire.ack(1, after=0.1)
        wire.wait()
        wire.ack(2, after=0.001)
        assert wire.transfer.deadline is not None
        self.assertAlmostEqual(0.6, wire.transfer.deadline - wire.now)  # it is as slow as it was
        wire.ack(3, after=0.1)
        self.assertAlmostEqual(0.3, wire.transfer.deadline - wire.now)

    def test_a_client_that_never_answers_is_sent_the_first_block_three_times(self) -> None:
        wire = Wire(image_of(5000), Terms())
        sent = [wire.first]
        while not wire.transfer.over:
            sent.append(wire.wait())
        self.assertEqual([[1], [1], [1], []], list(map(blocks, sent)))
        self.assertEqual((UNANSWERED, 107.0), (3, wire.now))
        self.assertEqual("the client did not answer", wire.transfer.why)

    def test_one_that_falls_silent_is_given_up_after_half_a_minute(self) -> None:
        wire = Wire(image_of(5000), Terms())
        wire.ack(1)
        began = wire.now
        while not wire.transfer.over:
            wire.wait()
        self.assertTrue(PATIENCE <= wire.now - began <= PATIENCE + 8)
        self.assertEqual("the client does not answer any more", wire.transfer.why)

    def test_an_error_of_the_client_ends_it(self) -> None:
        wire = Wire(image_of(5000), Terms())
        self.assertEqual([], wire.hear(Error(3, "x" * 500)))
        self.assertEqual(f"the client sent error 3: {'x' * 100}", wire.transfer.why)
        self.assertEqual([], wire.hear(Ack(1)))
        self.assertEqual([], wire.transfer.feed(b"x", True, 1.0))
        self.assertEqual([], wire.transfer.timed_out(1.0))
        self.assertEqual([], wire.transfer.break_off(Code.NOT_DEFINED, "again"))

    def test_it_can_be_broken_off(self) -> None:
        wire = Wire(image_of(5000), Terms())
        (packet,) = wire.transfer.break_off(Code.NOT_DEFINED, "no disk")
        self.assertEqual(Error(0, "no disk"), decode(packet))
        self.assertEqual((True, "no disk"), (wire.transfer.over, wire.transfer.why))

    def test_block_numbers_begin_again_after_65535(self) -> None:
        size = (1 << 25) + 1
        data = image_of(size)
        wire = Wire(data, Terms())
        heard, got, count = wire.first, sha256(), 0
        while heard:
            (packet,) = heard
            assert isinstance(packet, Data)
            count += 1
            self.assertEqual(count % 65536, packet.block)
            got.update(packet.payload)
            heard = wire.hear(Ack(packet.block))
        self.assertEqual(
            (65537, size, sha256(data).digest()), (count, wire.transfer.acknowledged, got.digest())
        )


class OptionTests(SynchronousTestCase):
    def test_the_oack_goes_alone_until_it_is_acknowledged(self) -> None:
        terms = negotiate(WINDOWED, 2000)
        wire = Wire(image_of(2000), terms)
        self.assertEqual([Oack(terms.said)], wire.first)
        for block in (1, 2, 65535):
            self.assertEqual([], wire.ack(block))
        self.assertEqual([Oack(terms.said)], wire.wait())
        self.assertFalse(wire.transfer.answered)
        self.assertEqual([1, 2, 3, 4], wire.ack(0))
        self.assertTrue(wire.transfer.answered)

    def test_it_is_sent_three_times_to_who_does_not_answer_whatever_he_asks_for(self) -> None:
        terms = negotiate((("timeout", "255"),), 2000)
        wire = Wire(image_of(2000), terms)
        self.assertEqual([[Oack(terms.said)], [Oack(terms.said)], []], [wire.wait() for _ in range(3)])
        self.assertEqual((True, 107.0), (wire.transfer.over, wire.now))

    def test_a_time_that_was_agreed_on_is_kept(self) -> None:
        wire = Wire(image_of(2000), negotiate((("timeout", "20"),), 2000))
        wire.ack(0)
        began = wire.now
        times = []
        while not wire.transfer.over:
            wire.wait()
            times.append(round(wire.now - began))
        self.assertEqual([20, 40, 60, 80], times)
        self.assertEqual(4, ANSWERED)

    def test_a_file_of_nothing_has_an_oack_too(self) -> None:
        wire = Wire(b"", negotiate((("tsize", "0"), ("blksize", "100")), 0))
        self.assertEqual([Oack((("blksize", "100"),))], wire.first)
        self.assertEqual([Data(1, b"")], wire.hear(Ack(0)))
        wire.ack(1)
        self.assertEqual("", wire.transfer.why)


class WindowTests(SynchronousTestCase):
    def test_the_next_window_follows_the_ack_of_the_last(self) -> None:
        wire = windowed()
        self.assertEqual([5, 6, 7, 8], wire.ack(4))
        self.assertEqual([9, 10, 11, 12], wire.ack(8))

    def test_an_ack_from_the_middle_has_the_rest_sent_again(self) -> None:
        wire = windowed()
        self.assertEqual([3, 4, 5, 6], wire.ack(2))
        self.assertEqual([], wire.ack(1))
        self.assertEqual([7, 8, 9, 10], wire.ack(6))

    def test_a_window_whose_ack_is_lost_is_sent_again(self) -> None:
        wire = windowed()
        self.assertEqual([1, 2, 3, 4], blocks(wire.wait()))
        self.assertEqual([5, 6, 7, 8], wire.ack(4))

    def test_an_ack_of_the_last_window_again_has_this_one_sent_again_soon_and_not_at_once(self) -> None:
        wire = windowed()
        wire.ack(4)
        self.assertEqual([], wire.ack(4, after=0.001))
        self.assertEqual([], wire.ack(4, after=0.001))
        assert wire.transfer.deadline is not None
        self.assertLess(wire.transfer.deadline - wire.now, 0.05)
        self.assertEqual([5, 6, 7, 8], blocks(wire.wait()))
        self.assertEqual([9, 10, 11, 12], wire.ack(8))

    def test_doubled_acks_do_not_double_windows(self) -> None:
        wire = windowed()
        for block in (4, 8, 12):
            self.assertEqual(4, len(wire.ack(block)))
            self.assertEqual([], wire.ack(block, after=0.0))
        self.assertEqual(4, len(wire.ack(16)))

    def test_such_acks_do_not_keep_a_transfer_alive(self) -> None:
        wire = windowed()
        hints = 0
        for _ in range(200):
            wire.hear(Ack(0), after=0.0)
            before = wire.now
            if not wire.wait():
                break
            hints += wire.now - before < 0.1
        self.assertTrue(wire.transfer.over)
        self.assertEqual(MOST_HINTS, hints)

    def test_the_last_window_is_as_long_as_the_file(self) -> None:
        wire = windowed(900)
        wire.ack(4)
        self.assertEqual([9, 10], wire.ack(8))
        self.assertEqual([], wire.ack(10))
        self.assertEqual(("", 900), (wire.transfer.why, wire.transfer.acknowledged))

    def test_no_more_is_asked_for_than_is_on_its_way_and_one_piece(self) -> None:
        data = image_of(10_000)
        transfer = ReadTransfer(negotiate(WINDOWED, len(data)))
        transfer.start(0.0)
        self.assertFalse(transfer.wants_data)  # nobody has answered yet
        transfer.received(Ack(0), 0.1)
        self.assertEqual(4, len(transfer.feed(data[:800], False, 0.1)))
        self.assertFalse(transfer.wants_data)
        self.assertEqual(4, len(transfer.received(Ack(4), 0.2)))
        self.assertTrue(transfer.wants_data)

    def test_a_window_goes_on_when_the_disk_is_slow(self) -> None:
        data = image_of(1000)
        transfer = ReadTransfer(negotiate(WINDOWED, len(data)))
        transfer.start(0.0)
        transfer.received(Ack(0), 0.1)
        self.assertIsNone(transfer.deadline)
        sent = [transfer.feed(data[at : at + 150], False, 0.2) for at in (0, 150, 300)]
        self.assertEqual([[1], [2, 3], [4]], [blocks(list(map(decode, packets))) for packets in sent])

    def test_windows_go_on_past_65535(self) -> None:
        size = 8 * 65540
        wire = Wire(image_of(size), negotiate((("blksize", "8"), ("windowsize", "32")), size))
        sent, last = wire.ack(0), 0
        while sent:
            self.assertEqual([(last + n + 1) % 65536 for n in range(len(sent))], sent)
            last = sent[-1]
            sent = wire.ack(last)
        self.assertEqual(("", size), (wire.transfer.why, wire.transfer.acknowledged))


class AnythingTests(SynchronousTestCase):
    @given(
        st.lists(st.none() | PACKETS | st.builds(Ack, st.integers(0, 30)), max_size=60),
        st.sampled_from([(), WINDOWED, (("windowsize", "7"),)]),
        st.integers(0, 2500),
    )
    @settings(deadline=None)
    def test_whatever_comes_only_the_file_is_sent_and_never_more_than_a_window(
        self, events: list[Packet | None], options: Options, size: int
    ) -> None:
        data = image_of(size)
        terms = negotiate(options, size)
        wire = Wire(data, terms, 300)
        for event in events:
            if wire.transfer.over:
                break
            sent = wire.wait() if event is None else wire.hear(event)
            self.assertLessEqual(len(sent), terms.window)
            for packet in sent:
                self.assertNotIsInstance(packet, Request)
                if isinstance(packet, Data):
                    at = (packet.block - 1) * terms.block
                    self.assertEqual(data[at : at + terms.block], packet.payload)
