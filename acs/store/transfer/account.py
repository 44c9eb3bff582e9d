"""How far an export or an import has come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Account:
    """What is being done at this moment, for whoever watches.

    ``doing`` is a word such as "importing", ``table`` where in the store that is; ``rows`` counts all so far,
    ``share`` is about how much of it is done, from 0 to 1: of the table for "exporting", else of the whole.
    """

    doing: str = ""
    table: str = ""
    rows: int = 0
    share: float = 0.0

    def begin(self, doing: str) -> None:
        """Something else is done from now on."""
        self.doing, self.table, self.rows, self.share = doing, "", 0, 0.0

    @property
    def line(self) -> str:
        """The whole of it in words."""
        return (
            f"{self.doing} {self.table}: {self.rows:,} rows, {self.share:.0%}" if self.table else self.doing
        )
