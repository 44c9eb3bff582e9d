"""The dialect of this appliance's devices, learnt from what they said, for the compression.

What a fleet says is alike, and unlike what others say: a dictionary trained on its own conversations makes a
periodic one a third as long as the shipped one does, a full one three quarters.  One of what several devices
have said in long conversations (`acs.store.phrases`) makes a full one a fifth of that.  Both are kept in the
database, sealed, as they hold pieces of conversations, and for ever, as what was packed with them needs them.
"""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger

from acs.memory import give_back
from acs.store.compression import LONG, LONG_FROM, learnt_from, size_of
from acs.store.database import Row, Statement
from acs.store.foundation import Parts
from acs.store.interface import StoreError
from acs.store.neighbours import Neighbours
from acs.store.phrases import DEVICES, in_common

FIRST = 10_000
"""The first number of a dictionary that is learnt; those for long conversations begin at `LONG_FROM`."""
LAST = 60_000
SAMPLES = 2000
"""So many of the newest conversations are looked at."""
LEAST = 500
"""With fewer there is nothing to learn from yet, unless they are long."""
MOST_BYTES = 8 * 2**20
"""So many bytes of them: full sessions have 200 kB each."""
LONG_SAMPLES = 32
"""So many of the newest long conversations are looked at, of as many devices, ..."""
AMONG = 20_000
"""... among so many of the newest sessions."""
WORTH = 0.9
"""A new dictionary is kept where what it was not trained on takes so much less with it, ..."""
WORTH_OF_LONG = 0.7
"""... and one for long conversations, which is larger, where they take so much less."""
HEARD_SECONDS = 600.0
"""After so long all nodes have a new dictionary, and it is packed with."""

_DICTIONARIES = "dictionaries"
_PURPOSE = "dictionary"
_ALL = "SELECT number, made, document FROM dictionaries ORDER BY number"
_ADD = "INSERT INTO dictionaries (number, made, document) VALUES (?, ?, ?) ON CONFLICT (number) DO NOTHING"
_NEWEST = (
    "SELECT session, document, segment, position, size FROM conversations"
    " WHERE session < ? ORDER BY session DESC LIMIT ?"
)
_LONG = (
    "SELECT c.session, s.device, c.document, c.segment, c.position, c.size"
    f" FROM (SELECT id, device, bytes_in FROM sessions ORDER BY id DESC LIMIT {AMONG}) s"
    " JOIN conversations c ON c.session = s.id"
    " WHERE s.device IS NOT NULL AND s.bytes_in BETWEEN ? AND ? ORDER BY s.id DESC LIMIT ?"
)
_LONGEST = 2**19
_PAGE = 100
_EVERY = 5


class Dialect(Neighbours):
    """The verb that learns (`acs.store.verbs.learning.Learning`)."""

    log = Logger()

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._learnt: set[int] = set()
        self._waiting: Any = None
        # What is sealed can be opened when these are read: it is the first that is shared.
        self._shared[_DICTIONARIES] = self._read_dictionaries

    @property
    def has_learnt(self) -> bool:
        """Whether there is a dictionary of its own."""
        return bool(self._learnt)

    async def learn_dialect(self) -> bool:
        """Train dictionaries on the newest conversations; whether one was worth keeping."""
        usual = await self._learn_usual()
        learnt = await self._learn_long() or usual
        await self._in_thread(give_back)
        return learnt

    async def _learn_usual(self) -> bool:
        samples = await self._samples()
        if len(samples) < LEAST and sum(map(len, samples)) < MOST_BYTES:
            return False
        trained = await self._in_thread(self._trained, samples)
        samples.clear()  # a thread that waits for its next work keeps the last
        return await self._keep_learnt(FIRST, LONG_FROM - 1, trained)

    async def _learn_long(self) -> bool:
        rows = await self._rows(_LONG, LONG, _LONGEST, LONG_SAMPLES)
        phrases = await self._in_thread(self._phrases, rows)
        return await self._keep_learnt(LONG_FROM, LAST, phrases)

    async def _keep_learnt(self, first: int, last: int, dictionary: bytes | None) -> bool:
        """Keep it under the next of these numbers; whether there is one."""
        number = max([first - 1, *(each for each in self._learnt if first <= each <= last)]) + 1
        if dictionary is None or number > last:
            return False
        await self._keep_dictionary(number, dictionary)
        return True

    async def _keep_dictionary(self, number: int, trained: bytes) -> None:
        row = (number, self._clock.seconds(), self._vault.close_plain(trained, _PURPOSE, number))
        await self._groups.write(Statement(_ADD, row), *self._telling_of(_DICTIONARIES))
        await self._read_dictionaries()

    async def _samples(self) -> list[bytes]:
        """The newest conversations as they are before compression, no more bytes of them than may be."""
        found: list[bytes] = []
        before = 2**63 - 1
        while len(found) < SAMPLES and sum(map(len, found)) < MOST_BYTES:
            rows = await self._rows(_NEWEST, before, _PAGE)
            found += await self._in_thread(self._plain, rows)
            if len(rows) < _PAGE:
                break
            before = rows[-1][0]
        return found

    def _plain(self, rows: list[Row]) -> list[bytes]:
        found = []
        for session, *row in rows:
            try:
                found.append(self._archive.plain(session, tuple(row)))
            except StoreError as error:
                self.log.warn("nothing is learnt from a conversation: {reason}", reason=str(error))
        return [plain for plain in found if plain is not None]

    def _trained(self, samples: list[bytes]) -> bytes | None:
        """A dictionary, where it is better than the present one for samples that it does not know."""
        unknown = samples[::_EVERY]
        del samples[::_EVERY]
        trained = learnt_from(samples)
        if trained is None:
            return None
        present = size_of(unknown, *self._vault.dictionary_for(long=False))
        return trained if size_of(unknown, FIRST, trained) < WORTH * present else None

    def _phrases(self, rows: list[Row]) -> bytes | None:
        """The same for long conversations."""
        devices = {device: (session, *row) for session, device, *row in reversed(rows)}
        samples = {device: plain for device, row in devices.items() for plain in self._plain([row])}
        unknown = [samples.pop(device) for device in list(samples)[::_EVERY]]
        if len(samples) < DEVICES or not (phrases := in_common(samples)):
            return None
        present = size_of(unknown, *self._vault.dictionary_for(long=True))
        return phrases if size_of(unknown, LONG_FROM, phrases) < WORTH_OF_LONG * present else None

    async def _read_dictionaries(self) -> None:
        made = {}
        for number, when, document in await self._rows(_ALL):
            if number not in self._learnt:
                try:
                    self._vault.learn(number, self._vault.open(document, _PURPOSE, number))
                except StoreError as error:
                    self.log.critical(
                        "what was packed with dictionary {number} is lost: {reason}",
                        number=number,
                        reason=str(error),
                    )
                    continue
                self._learnt.add(number)
            made[number] = when
        self._pack_with(made)

    def _pack_with(self, made: dict[int, float]) -> None:
        """Use the newest that all nodes have, and the very newest when they have it."""
        self._stop_waiting()
        now = self._clock.seconds()
        heard = [number for number, when in made.items() if when + HEARD_SECONDS <= now]
        for some in (
            [each for each in heard if each < LONG_FROM],
            [each for each in heard if each >= LONG_FROM],
        ):
            if some:
                self._vault.pack_with(max(some))
        if later := [when + HEARD_SECONDS - now for number, when in made.items() if number not in heard]:
            self._waiting = self._clock.callLater(min(later), self._waited, made)

    def _waited(self, made: dict[int, float]) -> None:
        self._waiting = None
        self._pack_with(made)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
