"""Answers that may be asked for again: kept for a day, by who asked with which key."""

from __future__ import annotations

from acs.store.database import Statement
from acs.store.foundation import Foundation
from acs.store.records.answers import ANSWERED_SECONDS, Answered, TooManyKeys
from acs.store.shapes import Shape

_SEALED = "answer"
_SHAPE = Shape(Answered, without=["answer"])
_FIND = f"SELECT {_SHAPE.columns()}, answer FROM answered WHERE who = ? AND name = ? AND since >= ?"
_MANY = "SELECT 1 FROM answered WHERE who = ? AND since >= ? LIMIT 1 OFFSET ?"
_EXPIRE = "DELETE FROM answered WHERE who = ? AND name = ? AND since < ?"
_CLAIM = (
    f"INSERT INTO answered ({_SHAPE.columns()}) VALUES ({_SHAPE.marks})"
    " ON CONFLICT (who, name) DO NOTHING RETURNING id"
)
_KEEP = "UPDATE answered SET status = ?, answer = ? WHERE id = ?"
_FORGET = "DELETE FROM answered WHERE id = ?"


class KeptAnswers(Foundation):
    """The verbs about them (`acs.store.verbs.answers.Answering`)."""

    async def claim_answer(self, claim: Answered, most: int) -> Answered | None:
        """Take a key for a request that is to be answered now; the one of the last day that has it already,
        None where it was free."""
        since = claim.since - ANSWERED_SECONDS
        if (known := await self._answered(claim, since)) is not None:
            return known
        if await self._row(_MANY, claim.who, since, most - 1):
            raise TooManyKeys
        expire = Statement(_EXPIRE, (claim.who, claim.name, since))
        if await self._groups.write(expire, Statement(_CLAIM, _SHAPE.values(claim))):
            return None
        return await self._answered(claim, since)

    async def _answered(self, claim: Answered, since: float) -> Answered | None:
        row = await self._row(_FIND, claim.who, claim.name, since)
        if row is None:
            return None
        found = Answered(**_SHAPE.fields(row), answer=b"")
        *_, closed = row
        if closed is None:
            return found
        answer = await self._in_thread(self._vault.open, bytes(closed), _SEALED, found.id)
        return Answered(**_SHAPE.fields(row), answer=answer)

    async def keep_answer(self, number: int, status: int, answer: bytes) -> None:
        """Keep what was answered, on disk when this returns."""
        closed = await self._in_thread(self._vault.close, answer, _SEALED, number)
        await self._groups.write(Statement(_KEEP, (status, closed, number)))

    def forget_answer(self, number: int) -> None:
        """Let the key go: nothing was done."""
        self._groups.behind(Statement(_FORGET, (number,)))
