"""Quirks that an operator forces on or off, for a device, a model or a vendor: rules like any other."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from acs.quirks.catalogue import QUIRKS
from acs.quirks.rules import PATTERNS, Rule
from acs.store.interface import Store
from acs.web.serving.schema import JSON

FORCED: Mapping[str, JSON] = {
    "type": "object",
    "description": "By name: true, it is in force; false, it is not; null: as the other rules say.",
    "properties": {name: {"type": ["boolean", "null"]} for name in QUIRKS},
    "additionalProperties": False,
    "minProperties": 1,
}
"""What a body says of them."""


async def force(store: Store, place: Rule, wishes: Mapping[str, bool | None]) -> None:
    """Have quirks in force, or not, by rules with the patterns of ``place``, instead of those of the same
    patterns that there are."""
    like = [
        rule.id
        for rule in store.quirk_rules()
        if rule.quirk in wishes and _patterns(rule) == _patterns(place)
    ]
    wanted = [
        replace(place, quirk=name, enabled=enabled) for name, enabled in wishes.items() if enabled is not None
    ]
    await store.change_quirk_rules(wanted, like)


def forced(store: Store, place: Rule) -> dict[str, bool]:
    """Which quirks the rules with the patterns of ``place`` say to be in force, or not; the newest counts."""
    return {rule.quirk: rule.enabled for rule in store.quirk_rules() if _patterns(rule) == _patterns(place)}


def _patterns(rule: Rule) -> tuple[str, ...]:
    return rule.device, *(getattr(rule, name) for name in PATTERNS)
