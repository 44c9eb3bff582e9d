"""Numbers that grow with time, so that newer things have the greater number.

Sessions, jobs and devices have them, among others.
"""

from __future__ import annotations

from collections.abc import Callable

EPOCH = 1577836800.0
"""The time of number 0: 2020-01-01T00:00:00Z.  41 bits of milliseconds last until 2089."""

_TIME_SHIFT = 22
_NODE_SHIFT = 14
_NODES = 1 << _TIME_SHIFT - _NODE_SHIFT
GUESTS = _NODES - 1
"""The node's number of all processes that come beside the nodes, which have the ones below it."""

_SEQUENCES = 1 << _NODE_SHIFT
_LAST_MILLISECOND = (1 << 63 - _TIME_SHIFT) - 1
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
_LENGTH = 13


class Ids:
    """Unique 63-bit numbers: milliseconds since `EPOCH` (41 bits), node (8 bits), sequence (14 bits).

    They never go back when the clock does: the last millisecond is then counted on.
    """

    def __init__(self, seconds: Callable[[], float], node: int = 0) -> None:
        self._seconds = seconds
        self._millisecond = 0
        self._sequence = 0
        self.be(node)

    def be(self, node: int) -> None:
        """Give out the numbers of this node from now on."""
        if not 0 <= node < _NODES:
            raise ValueError(f"a node's number is 0 to {_NODES - 1}, not {node}")
        self._node = node << _NODE_SHIFT

    def next(self) -> int:
        """A number greater than all before it."""
        now = int((self._seconds() - EPOCH) * 1000)
        if now > self._millisecond:
            self._millisecond, self._sequence = now, 0
        else:
            self._sequence += 1
            if self._sequence == _SEQUENCES:
                self._millisecond, self._sequence = self._millisecond + 1, 0
        return self._millisecond << _TIME_SHIFT | self._node | self._sequence

    def start_after(self, used: int) -> None:
        """Let the next number be greater than ``used``, whatever the clock says."""
        millisecond = used >> _TIME_SHIFT
        if millisecond >= self._millisecond:
            self._millisecond, self._sequence = millisecond + 1, 0


def first_of(when: float) -> int:
    """The lowest number that can be given out at ``when`` (seconds since 1970); 0 for times before
    `EPOCH`."""
    return min(max(0, int((when - EPOCH) * 1000)), _LAST_MILLISECOND) << _TIME_SHIFT


def of_node(column: str) -> str:
    """The SQL that tells the node out of a number."""
    return f"(({column} >> {_NODE_SHIFT}) & {_NODES - 1})"


def node_of(number: int) -> int:
    """The node that has given out the number."""
    return number >> _NODE_SHIFT & _NODES - 1


def time_of(number: int) -> float:
    """When the number was given out, to the millisecond (seconds since 1970)."""
    return EPOCH + (number >> _TIME_SHIFT) / 1000


def as_text(number: int) -> str:
    """The number as 13 lower-case digits of Crockford's base 32, which sort as the numbers do."""
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def from_text(text: str) -> int | None:
    """The number that `as_text` wrote, in either case of letters; None where it is not one."""
    if len(text) != _LENGTH or not text.isascii():
        return None
    number = 0
    for digit in text.lower():
        value = _VALUES.get(digit)
        if value is None:
            return None
        number = number << 5 | value
    return number if number < 1 << 63 else None
