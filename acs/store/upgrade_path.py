"""By which versions of their firmware devices get to others."""

from __future__ import annotations

from msgspec import Struct, field


class UpgradePath(Struct, frozen=True):
    """Devices on a version that ``start`` matches, which are to get one that ``to`` matches, get ``through``
    first.

    Both are patterns as for file names: ``*`` is anything.  Between programs they are called as the API calls
    them: from, through, to.
    """

    start: str = field(name="from")
    through: str
    to: str = "*"
