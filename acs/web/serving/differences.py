"""What a change has changed, as far as it may be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from acs.configuration.secrecy import is_secret
from acs.web.hiding.redaction import masked_json
from acs.web.hiding.secrets import MASK
from acs.web.serving.answers import Answer
from acs.web.serving.schema import JSON

LONGEST = 16_384
"""Bytes of JSON that are kept of either side of a change."""
_LONGEST_MEMBER = 1024

Sides = tuple[JSON, JSON]
"""Before and after; None for nothing."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A thing as JSON: as it may be ``shown`` to who asks, and as a ``whole`` with its secrets; ``tag`` is
    its entity tag, without quotes."""

    shown: JSON
    whole: JSON
    tag: str


def between(before: Glimpse | None, after: Glimpse | None) -> Sides:
    """The members that differ, of a thing that was changed; all, where it was made or is gone."""
    if before is None or after is None:
        return before and before.shown, after and after.shown
    return _differing(before, after)


def _differing(before: Glimpse, after: Glimpse) -> tuple[dict[str, JSON], dict[str, JSON]]:
    old: dict[str, JSON] = {}
    new: dict[str, JSON] = {}
    for name in {**before.whole, **after.whole}:
        was, now = _member(before, name), _member(after, name)
        if was is not None and now is not None and was.whole == now.whole:
            continue
        if was is not None and now is not None and _is_object(was) and _is_object(now):
            old[name], new[name] = _differing(was, now)
            continue
        if was is not None:
            old[name] = was.shown
        if now is not None:
            new[name] = now.shown
    return old, new


def _member(thing: Glimpse, name: str) -> Glimpse | None:
    if name not in thing.whole:
        return None
    return Glimpse(thing.shown.get(name, MASK), thing.whole[name], "")


def _is_object(thing: Glimpse) -> bool:
    return isinstance(thing.whole, Mapping) and isinstance(thing.shown, Mapping)


def also_asked(method: str, body: JSON, sides: Sides, after: Glimpse | None) -> Sides:
    """The same, with what was asked for and is not seen in the thing: secrets, as such, and of a PATCH what
    has another form there."""
    before, now = sides
    if not isinstance(body, Mapping) or not isinstance(now, Mapping):
        return sides
    there = after.whole if after is not None else {}
    unseen = {name: value for name, value in body.items() if name not in now and there.get(name) != value}
    patched = masked_json(unseen) if method == "PATCH" else {}
    secrets = {name: MASK for name in unseen if is_secret(name)}
    return before, {**now, **patched, **secrets}


def made(answer: Answer) -> JSON:
    """What a POST has made, by its answer."""
    if answer.noted is not None:
        return answer.noted
    told = masked_json(answer.json)
    if isinstance(told, dict):
        told |= dict.fromkeys(answer.unlogged, MASK)
    return told


def bounded(value: JSON) -> str:
    """The JSON text to be kept; members that make it too long are left out, with how long they were."""
    text = orjson.dumps(value)
    if len(text) > LONGEST and isinstance(value, Mapping):
        text = orjson.dumps({name: _short(member) for name, member in value.items()})
    return (text if len(text) <= LONGEST else orjson.dumps(_left_out(text))).decode()


def _short(member: JSON) -> JSON:
    text = orjson.dumps(member)
    return member if len(text) <= _LONGEST_MEMBER else _left_out(text)


def _left_out(text: bytes) -> str:
    return f"({len(text)} bytes are not kept)"
