"""A quirk: a way in which devices are not as they should be."""

from __future__ import annotations

from msgspec import Struct

from acs.quirks.adapter import Adapter
from acs.quirks.rules import Make

__all__ = ["Quirk"]


class Quirk(Struct, frozen=True):
    """What is seen, what is done about it, who told.

    ``name``: what sessions, devices and rules call it.  ``symptom``: what goes wrong without it.  ``remedy``:
    what is done then.  ``source``: where it is documented.  ``adapter``: the remedy for the machine.
    ``makes``: whose it is known to be.
    """

    name: str
    symptom: str
    remedy: str
    source: str
    adapter: Adapter
    makes: tuple[Make, ...] = ()
