"""Who recognises sessions in which there is nothing to do, as `acs.session.sessions` asks."""

from __future__ import annotations

from typing import Protocol

from acs.session.brief import Routine
from acs.session.caller import Caller
from acs.store.residents import Resident


class Usual(Protocol):
    """See `acs.session.routine.Routines`."""

    def recognise(self, caller: Caller) -> tuple[Resident, Routine] | None:
        """The device, pinned, with what it is recognised by, if it begins such a session."""

    def lasts(self, resident: Resident, routine: Routine) -> bool:
        """Whether there is nothing to do still."""


class _NotUsual:
    """Recognises none."""

    def recognise(self, caller: Caller) -> None:
        return None

    def lasts(self, resident: Resident, routine: Routine) -> bool:
        return False


NOT_USUAL: Usual = _NotUsual()
"""For whom every session has its script."""
