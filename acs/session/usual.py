"""Who recognises sessions in which there is nothing to do, as conversations ask (`acs.session.routine`)."""

from __future__ import annotations

from typing import Any, Protocol


class Usual(Protocol):
    """Says for which `acs.session.conversation.Conversation` no script has to be begun."""

    def begins(self, cpe: Any) -> bool:
        """Whether this one, which has heard its Inform, needs none for its answer."""

    def lasts(self, cpe: Any) -> bool:
        """Whether it needs none for our last word either."""


class _NotUsual:
    """Recognises none."""

    def begins(self, cpe: Any) -> bool:
        return False

    def lasts(self, cpe: Any) -> bool:
        return False


NOT_USUAL: Usual = _NotUsual()
"""For whom every session has its script."""
