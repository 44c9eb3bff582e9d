"""Views of lists that people keep."""

from __future__ import annotations

from collections.abc import Sequence

from acs.store.database import Statement
from acs.store.foundation import Foundation
from acs.store.shapes import Shape, storable
from acs.store.verbs.views import View

VIEW_SHAPE = Shape(View)
_PUT = (
    f"INSERT INTO views ({VIEW_SHAPE.columns()}) VALUES ({VIEW_SHAPE.marks})"
    " ON CONFLICT (owner, name) DO UPDATE SET query = excluded.query, changed = excluded.changed"
)
_ALL = f"SELECT {VIEW_SHAPE.columns()} FROM views WHERE owner = ? ORDER BY name"
_REMOVE = "DELETE FROM views WHERE owner = ? AND name = ? RETURNING name"


class Views(Foundation):
    """The verbs about views (`acs.store.verbs.views.KnownViews`)."""

    async def put_view(self, view: View) -> None:
        """Keep it, instead of the owner's one of that name; on disk when this returns."""
        await self._groups.write(Statement(_PUT, VIEW_SHAPE.values(view)))

    async def views(self, owner: str) -> Sequence[View]:
        """All of somebody's, by name."""
        return [View(**VIEW_SHAPE.fields(row)) for row in await self._rows(_ALL, storable(owner))]

    async def remove_view(self, owner: str, name: str) -> bool:
        """Forget one; False where there is none."""
        return bool(await self._groups.write(Statement(_REMOVE, (storable(owner), storable(name)))))
