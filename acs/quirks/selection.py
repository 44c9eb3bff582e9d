"""Which quirks are in force for a device, as the one adapter that they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from acs.quirks.adapter import NOTHING, Adapter, merged
from acs.quirks.catalogue import QUIRKS, SHIPPED
from acs.quirks.rules import Rule, Subject, deciding

__all__ = ["InForce", "Selection"]

_REMEMBERED = 4096
"""For how many kinds of device the answer is kept."""


class InForce(Struct, frozen=True):
    """The names of the quirks in force, sorted, and the adapter that they make."""

    names: tuple[str, ...] = ()
    adapter: Adapter = NOTHING


_NONE = InForce()


class Selection:
    """Answers for any device; the same rules give the same answer.

    :param own: the operator's rules as they are now: the same tuple, as long as nothing has changed.
    """

    def __init__(self, own: Callable[[], Sequence[Rule]]) -> None:
        self._own = own
        self._seen: Sequence[Rule] | None = None
        self._of_devices: dict[str, list[Rule]] = {}
        self._of_kinds: list[Rule] = []
        self._known: dict[tuple[str, str, str, str], InForce] = {}

    def of(self, subject: Subject) -> InForce:
        """What is in force for this device."""
        self._look()
        own = self._of_devices.get(subject.id)
        if own is not None:
            return _in_force((*self._of_kinds, *own), subject)
        kind = (subject.manufacturer, subject.oui, subject.product_class, subject.software_version)
        found = self._known.get(kind)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[kind] = _in_force(self._of_kinds, subject)
        return found

    def _look(self) -> None:
        """See to it that the rules are those that there are now."""
        own = self._own()
        if own is self._seen:
            return
        self._seen = own
        self._known = {}
        self._of_kinds = [*SHIPPED, *(rule for rule in own if not rule.device)]
        self._of_devices = {}
        for rule in own:
            if rule.device:
                self._of_devices.setdefault(rule.device, []).append(rule)


def _in_force(rules: Sequence[Rule], subject: Subject) -> InForce:
    decided = deciding(rules, subject)
    # A rule may outlive its quirk, where a later version has no need of it.
    names = sorted(name for name, rule in decided.items() if rule.enabled and name in QUIRKS)
    return InForce(tuple(names), merged(QUIRKS[name].adapter for name in names)) if names else _NONE
