"""What is kept of changes that people have made, as plain frozen values (see `acs.store.records`)."""

from __future__ import annotations

from msgspec import Struct


class Audited(Struct, frozen=True):
    """Something that somebody has changed, or was not allowed to.

    ``who`` is ``user:`` or ``token:`` with its name, or ``local:`` with that of the machine's user, who has
    no ``address``. ``target`` is the path in the API, ``status`` what was answered. ``before`` and
    ``after`` are JSON texts without secrets: the members that are others, "null" where there is nothing to
    tell.
    """

    id: int
    time: float
    who: str
    address: str
    method: str
    target: str
    status: int
    before: str = "null"
    after: str = "null"
