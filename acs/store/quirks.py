"""The operator's rules about quirks, which every process has in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from acs.quirks.rules import Rule
from acs.store.database import Statement
from acs.store.foundation import Parts
from acs.store.neighbours import Neighbours
from acs.store.shapes import Shape, tuple_of

_RULES = "rules"
_RULE = Shape(Rule)
_ADD = f"INSERT INTO quirk_rules ({_RULE.columns()}) VALUES ({_RULE.marks})"
_ALL = f"SELECT {_RULE.columns()} FROM quirk_rules ORDER BY id"
_REMOVE = "DELETE FROM quirk_rules WHERE id = ? RETURNING id"
_COUNTS = "SELECT quirks, count(*) FROM devices WHERE quirks <> '[]' AND deleted IS NULL GROUP BY quirks"


class QuirkRules(Neighbours):
    """The verbs about quirks (`acs.store.interface.Store`)."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._rules: tuple[Rule, ...] = ()
        self._shared[_RULES] = self._read_rules

    def quirk_rules(self) -> Sequence[Rule]:
        """The operator's rules, oldest first: the same tuple until one is added or removed."""
        return self._rules

    async def change_quirk_rules(
        self, add: Sequence[Rule] = (), remove: Sequence[int] = ()
    ) -> Sequence[Rule]:
        """Add rules and remove those of these ids, at once; the rules added, with their ids."""
        added = [replace(rule, id=self._ids.next()) for rule in add]
        await self._groups.write(
            *(Statement(_REMOVE, (number,)) for number in remove),
            *(Statement(_ADD, _RULE.values(rule)) for rule in added),
            *self._telling_of(_RULES),
        )
        await self._read_rules()
        return added

    async def quirk_counts(self) -> Mapping[str, int]:
        """How many devices had each quirk in their last session."""
        counts: Counter[str] = Counter()
        for names, devices in await self._rows(_COUNTS):
            for name in tuple_of(names):
                counts[name] += devices
        return counts

    async def _read_rules(self) -> None:
        self._rules = tuple(Rule(**_RULE.fields(row)) for row in await self._rows(_ALL))
