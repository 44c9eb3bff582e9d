"""Which devices are below the level that is wanted of them, without looking at each for every list.

A device that changes is noted in the same transaction, and weighed some seconds later, as are all devices, a
piece at a time, after something has changed that is wanted of many.  A list of those below looks at what was
noted, or at each device while they are being weighed: it is exact at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from twisted.internet.defer import ensureDeferred
from twisted.logger import Logger

from acs.store.behind import BEHIND
from acs.store.categorising import OF_CHANGED
from acs.store.database import Clock, DelayedCall, Statement
from acs.store.groups import GroupCommit
from acs.store.interface import StoreUnavailable
from acs.store.listing.lists import Condition, Either, Order
from acs.store.shapes import storable

SECONDS = 10.0
PIECE = 4096
"""So many devices are weighed with one unit: they take some 30 ms."""

OF_DEVICES = frozenset(
    ["current_config_level", "desired_config_level", "own_config_level", "related_level", "root", "tags",
     "category"]
)  # fmt: skip
"""The fields of a device on which it depends."""

_NOTE = (
    "INSERT INTO below (device, changes) SELECT key, 1 FROM devices WHERE id = ? AND deleted IS NULL"
    " ON CONFLICT (device) DO UPDATE SET changes = below.changes + 1"
)
AFRESH = Statement("UPDATE weighing SET upto = -1, changes = changes + 1")
"""What has all devices be weighed anew."""

LEVEL_BEHIND = Either(
    Statement("SELECT 1 FROM weighing WHERE upto IS NOT NULL"),
    Condition(BEHIND),
    Condition(f"b.device = d.key AND {BEHIND}", (), Order(("b.device",), name="d.key"), beside="below b"),
)

# What is changed again meanwhile has another number of changes, and stays.
_LIGHT = (
    "DELETE FROM below WHERE (device, changes) IN (SELECT b.device, b.changes FROM below b"
    f" JOIN devices d ON d.key = b.device WHERE {{which}} AND NOT {BEHIND})"
)
_NEXT_CHANGED = (
    "SELECT max(device) FROM (SELECT device FROM below WHERE changes > 0 ORDER BY device LIMIT ?) AS piece"
)
# Whoever changes one of these again waits, and then notes that: what nobody has looked at is not taken for
# weighed.  That there are changes at all is said beside their number, as SQLite knows its index by that.
_IN_HAND = 1 << 40
_TAKE = f"UPDATE below SET changes = {_IN_HAND} WHERE changes > 0 AND device <= ?"
_LIGHT_OF_CHANGED = _LIGHT.format(which=f"b.changes > 0 AND b.changes = {_IN_HAND} AND b.device <= ?")
_WEIGHED = f"UPDATE below SET changes = 0 WHERE changes > 0 AND changes = {_IN_HAND} AND device <= ?"
_NEXT = (
    "SELECT w.upto, w.changes, (SELECT max(key) FROM"
    " (SELECT key FROM devices WHERE key > w.upto ORDER BY key LIMIT ?) AS piece)"
    " FROM weighing w WHERE w.upto IS NOT NULL"
)
_HEAVY = (
    "INSERT INTO below (device, changes) SELECT d.key, 0 FROM devices d"
    f" WHERE d.key > ? AND d.key <= ? AND d.deleted IS NULL AND {BEHIND} ON CONFLICT (device) DO NOTHING"
)
_LIGHT_OF_PIECE = _LIGHT.format(which="b.device > ? AND b.device <= ? AND b.changes = 0")
_ADVANCE = "UPDATE weighing SET upto = ? WHERE upto = ? AND changes = ?"


def matters(changed: Iterable[str]) -> bool:
    """Whether a device has to be weighed that has changed in these fields."""
    return not OF_DEVICES.isdisjoint(changed)


def noting(device_id: str) -> Iterator[Statement]:
    """What has a device be weighed."""
    yield Statement(_NOTE, (storable(device_id),))


class Weighing:
    """Weighs devices some seconds after something has changed, ``piece`` at a time."""

    log = Logger()

    def __init__(self, groups: GroupCommit, clock: Clock, piece: int = PIECE) -> None:
        self.piece = piece
        self._groups = groups
        self._clock = clock
        self._call: DelayedCall | None = None

    def later(self) -> None:
        """Note that there is something to be weighed, or may be."""
        if self._call is None:
            self._call = self._clock.callLater(SECONDS, self._timed)

    def stop(self) -> None:
        """Do nothing before the next time."""
        if self._call is not None:
            self._call.cancel()
            self._call = None

    async def weigh(self) -> None:
        """Weigh all that has to be; raises `StoreUnavailable`.  Several nodes may do so at once."""
        piece = (self.piece,)
        while rows := await self._groups.write(Statement(_NEXT, piece)):
            ((upto, changes, last),) = rows
            advancing = Statement(_ADVANCE, (last, upto, changes))
            await self._groups.write(*_weighing_piece(upto, last), advancing)
        while (last := (await self._groups.write(Statement(_NEXT_CHANGED, piece)))[0][0]) is not None:
            await self._groups.write(*weighing_changed(last))

    def _timed(self) -> None:
        self._call = None
        ensureDeferred(self._try()).addErrback(
            lambda failure: self.log.failure("devices could not be weighed", failure)
        )

    async def _try(self) -> None:
        try:
            await self.weigh()
        except StoreUnavailable as error:
            self.log.warn("devices could not be weighed: {error}", error=error)
            self.later()


def weighing_changed(last: int) -> Iterator[Statement]:
    """What weighs the devices that have changed, up to this key."""
    for sql in (_TAKE, OF_CHANGED, _LIGHT_OF_CHANGED, _WEIGHED):
        yield Statement(sql, (last,))


def _weighing_piece(after: int, last: int | None) -> Iterator[Statement]:
    """What weighs the devices with these keys; nothing where there are none left."""
    if last is not None:
        yield Statement(_HEAVY, (after, last))
        yield Statement(_LIGHT_OF_PIECE, (after, last))
