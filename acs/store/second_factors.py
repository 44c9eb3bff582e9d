"""What users have beside their passwords, sealed."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from acs.store.database import Row, Statement
from acs.store.foundation import Foundation
from acs.store.records.people import SecondFactor
from acs.store.shapes import storable

_PURPOSE = "second factor"
_SELECT = "SELECT id, document, since, last_step FROM second_factors WHERE name = ?"
_PUT = (
    "INSERT INTO second_factors (id, name, document, since, last_step)"
    " SELECT ?, name, ?, 0, 0 FROM users WHERE name = ? RETURNING id"
)
_CLEAR = "DELETE FROM second_factors WHERE name = ? AND since = 0"
_CONFIRM = (
    "UPDATE second_factors SET document = ?, since = ?, last_step = ?"
    " WHERE id = ? AND document = ? AND since = 0 RETURNING id"
)
_USE = "UPDATE second_factors SET last_step = ? WHERE name = ? AND since > 0 AND last_step < ? RETURNING id"
_REPLACE = "UPDATE second_factors SET document = ? WHERE id = ? AND document = ? RETURNING id"


class SecondFactors(Foundation):
    """The verbs about second factors (`acs.store.verbs.people.KnownPeople`)."""

    async def second_factor(self, name: str) -> SecondFactor | None:
        """What a user has beside the password."""
        row = await self._factor_row(name)
        return None if row is None else self._read_factor(row)

    async def put_second_factor(self, name: str, secret: bytes) -> bool:
        """Keep one that the user has yet to show, instead of another such; False where there is one that was
        shown, or no such user."""
        row = await self._factor_row(name)
        if row is not None and row[2]:
            return False
        name, number = storable(name), self._ids.next()
        document = self._close_factor(number, secret, ())
        clearing, putting = Statement(_CLEAR, (name,)), Statement(_PUT, (number, document, name))
        return bool(await self._groups.write(clearing, putting))

    async def confirm_second_factor(self, name: str, recovery: Sequence[str], step: int, when: float) -> bool:
        """The user has shown it, with the code of this step, and has recovery codes with these digests; False
        where there is none that was to be shown."""
        row = await self._factor_row(name)
        if row is None:
            return False
        document = self._close_factor(row[0], self._read_factor(row).secret, recovery)
        return bool(await self._groups.write(Statement(_CONFIRM, (document, when, step, row[0], row[1]))))

    async def use_step(self, name: str, step: int) -> bool:
        """A code of this step was shown; False where that, or a later one, was before."""
        return bool(await self._groups.write(Statement(_USE, (step, storable(name), step))))

    async def use_recovery(self, name: str, digest: str) -> bool:
        """A recovery code was shown, which is worth nothing any more; False where it is none."""
        row = await self._factor_row(name)
        factor = None if row is None else self._read_factor(row)
        if row is None or factor is None or digest not in factor.recovery:
            return False
        left = [each for each in factor.recovery if each != digest]
        document = self._close_factor(row[0], factor.secret, left)
        return bool(await self._groups.write(Statement(_REPLACE, (document, row[0], row[1]))))

    async def remove_second_factor(self, name: str) -> bool:
        """Forget it; False where there is none."""
        removing = "DELETE FROM second_factors WHERE name = ? RETURNING id"
        return bool(await self._groups.write(Statement(removing, (storable(name),))))

    async def _factor_row(self, name: str) -> Row | None:
        return await self._row(_SELECT, name, fresh=False)

    def _read_factor(self, row: Row) -> SecondFactor:
        secret, recovery = self._vault.open_document(row[1], _PURPOSE, row[0])
        return SecondFactor(base64.b64decode(secret), tuple(recovery), row[2], row[3])

    def _close_factor(self, number: int, secret: bytes, recovery: Sequence[str]) -> bytes:
        document = [base64.b64encode(secret).decode(), list(recovery)]
        return self._vault.close_document(document, _PURPOSE, number)
