"""What the appliance keeps of answers that may be asked for again, as plain frozen values."""

from __future__ import annotations

from msgspec import Struct

ANSWERED_SECONDS = 86_400.0
"""How long an answer is kept."""


class TooManyKeys(Exception):
    """Somebody has given more keys within a day than are kept."""


class Answered(Struct, frozen=True):
    """What was answered to a request that had a key.

    ``who`` asked (as in `acs.store.records.audit.Audited`), ``name`` is the key, ``digest`` tells what was
    asked, ``since`` when.  ``status`` is 0 while it is not known what is answered, ``answer`` whatever the
    caller keeps of it.
    """

    id: int
    who: str
    name: str
    digest: str
    since: float
    status: int = 0
    answer: bytes = b""
