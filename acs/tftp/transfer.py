"""One file on its way to a client: packets in, packets out (RFC 1350, RFC 2347, RFC 7440).

No input or output here, no clock: who carries the packets brings the time along, calls
`ReadTransfer.timed_out` when ``deadline`` has come, and `ReadTransfer.feed` while `ReadTransfer.wants_data`.
"""

from __future__ import annotations

from collections import deque

from acs.tftp.codec import BLOCKS, Ack, Code, Data, Error, Oack, Packet, encode
from acs.tftp.options import Terms
from acs.tftp.timing import Timing

MOST_WORDS = 100
"""Characters of a client's message that are kept."""
MOST_HINTS = 4
"""How often a window is repeated because ACKs say that its first block is missing."""


class ReadTransfer:
    """Sends the blocks of a file in windows, the next one when the client has acknowledged the last.

    Until the client has answered, one packet alone is on its way: the OACK, or without options, which means
    without windows, the first block.

    An ACK of what was acknowledged before is no reason to send anything at once, as otherwise each doubled
    ACK would double all further blocks ("Sorcerer's Apprentice", RFC 1123 4.2.3.1).  With windows it may
    also say that the first block of one is missing: where no other ACK comes soon, the window is repeated.

    :ivar deadline: when `timed_out` is to be called; None: not at all.
    :ivar answered: whether the client has shown that it is where it says.
    :ivar over: whether there is nothing left to do.
    :ivar why: why it was broken off; "" where all of it has arrived.
    :ivar acknowledged: bytes that have arrived.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._timing = Timing(terms.seconds)
        self._opening = bool(terms.said)  # the OACK is not acknowledged yet
        self._arrived = 0  # the block up to which all are acknowledged, counted without an end
        self._blocks: deque[bytes] = deque()  # those that follow it
        self._sent = 0  # how many of these are on their way
        self._rest = b""
        self._has_all = False
        self._is_soon = False  # the deadline is that of a hint
        self._hints = 0
        self.deadline: float | None = None
        self.answered = False
        self.over = False
        self.why = ""
        self.acknowledged = 0

    @property
    def wants_data(self) -> bool:
        """Whether the next bytes of the file are to be fetched: all that there were are on their way."""
        return not (self.over or self._opening or self._has_all) and self._sent == len(self._blocks)

    def start(self, now: float) -> list[bytes]:
        """The first packet, if it needs no bytes of the file."""
        if not self._opening:
            return []
        self._timing.sent(now)
        return self._armed([encode(Oack(self._terms.said))], now)

    def feed(self, data: bytes, is_last: bool, now: float) -> list[bytes]:
        """The next bytes of the file, any number of them."""
        if self.over:
            return []
        block, data = self._terms.block, self._rest + data
        whole = len(data) - len(data) % block
        self._blocks.extend(data[at : at + block] for at in range(0, whole, block))
        self._rest = data[whole:]
        if is_last:  # a file of whole blocks has an empty one behind them
            self._blocks.append(self._rest)
            self._has_all = True
        return self._push(now)

    def received(self, packet: Packet, now: float) -> list[bytes]:
        """Whatever came from the client; what makes no sense from a reader is passed over."""
        if self.over:
            return []
        match packet:
            case Error():
                words = f": {packet.message[:MOST_WORDS]}" if packet.message else ""
                self._end(f"the client sent error {packet.code}{words}")
            case Ack():
                return self._acknowledge(packet.block, now)
        return []

    def timed_out(self, now: float) -> list[bytes]:
        """The deadline has come: what is on its way is sent again, or it is given up."""
        if self.over or self.deadline is None:
            return []
        if self._is_soon:
            self._timing.repeated()
        elif self._timing.gives_up(now):
            self._end("the client does not answer any more" if self.answered else "the client did not answer")
            return []
        if self._opening:
            return self._armed([encode(Oack(self._terms.said))], now)
        self._sent = 0
        return self._armed(self._window(), now)

    def break_off(self, code: Code, message: str) -> list[bytes]:
        """End it from this side; the client is told."""
        if self.over:
            return []
        self._end(message)
        return [encode(Error(code, message))]

    def _acknowledge(self, number: int, now: float) -> list[bytes]:
        if self._opening:
            if number:
                return []  # to something that was before this transfer
            self._opening = False
            self._heard(now)
            return self._push(now)
        ahead = (number - self._arrived) % BLOCKS
        if ahead == 0:
            self._repeated(now)
        elif ahead <= self._sent:
            self._heard(now)
            self._drop(ahead)
            if self._has_all and not self._blocks:
                self._end("")
            return self._push(now)
        return []

    def _heard(self, now: float) -> None:
        self.answered = True
        self.deadline = None
        self._hints = 0
        self._timing.heard(now)

    def _drop(self, count: int) -> None:
        """These have arrived; where there were more on their way, one of those was lost, so all are sent
        again (RFC 7440)."""
        for _ in range(count):
            self.acknowledged += len(self._blocks.popleft())
        self._arrived += count
        self._sent = 0

    def _repeated(self, now: float) -> None:
        if self._terms.window == 1 or self._is_soon or self.deadline is None or self._hints == MOST_HINTS:
            return
        if (soon := now + self._timing.soon) < self.deadline:
            self._is_soon = True
            self._hints += 1
            self.deadline = soon

    def _push(self, now: float) -> list[bytes]:
        """What may be sent now."""
        is_first = not self._sent
        packets = self._window()
        if not packets or self.over:
            return []
        if is_first:
            self._timing.sent(now)
        return self._armed(packets, now)

    def _window(self) -> list[bytes]:
        end = min(self._terms.window, len(self._blocks))
        first, self._sent = self._sent, end
        return [self._data(at) for at in range(first, end)]

    def _data(self, at: int) -> bytes:
        return encode(Data((self._arrived + 1 + at) % BLOCKS, self._blocks[at]))

    def _armed(self, packets: list[bytes], now: float) -> list[bytes]:
        self._is_soon = False
        self.deadline = now + self._timing.wait
        return packets

    def _end(self, why: str) -> None:
        self.over = True
        self.why = why
        self.deadline = None
        self._blocks.clear()
        self._rest = b""
