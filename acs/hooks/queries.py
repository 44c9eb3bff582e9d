"""The operator's queries: which names they may have, what they are given for them.

A name stands as ``%(client_ip)s`` where a value is to be, and a percent sign for itself as ``%%``, as
psycopg2 has it.  What stands there is always a parameter, never part of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from acs.hooks.values import ALIASES, NAMES, Related, Subject

RELATED = ("related", "related_level")
"""What a query is given of the related device, beside the names of the subject: its id and level."""
GIVEN = (*NAMES, *ALIASES, *RELATED)
"""All that, which every query of a policy is given."""

_PLACE = re.compile(r"%(%|\((\w+)\)s)?")


def problem(query: str, related: bool = True, told: Iterable[str] = ()) -> str:
    """What is wrong with a query, "" for nothing; ``related``: the related device is known when it is
    asked; ``told``: names of parameters that the device has told then."""
    allowed = (*NAMES, *ALIASES, *(RELATED if related else ()), *told)
    if not re.match(r"\s*(select|with|values|table)\b", query, re.IGNORECASE):
        return "must be a SELECT"
    for place in _PLACE.finditer(query):
        if place[1] is None:
            return "has a % that is neither %(name)s nor %%"
        if place[2] and place[2] not in allowed:
            return f"has %({place[2]})s, which is none of {', '.join(allowed)}"
    return ""


def parameters(subject: Subject, related: Related | None) -> dict[str, Any]:
    """The values by the names that a query may have; None for a related device that there is not, and for a
    parameter that the device does not have."""
    values: dict[str, Any] = dict(subject.parameters)
    values |= {name: getattr(subject, name) for name in NAMES}
    values |= {alias: values[name] for alias, name in ALIASES.items()}
    id_and_level = (None, None) if related is None else (related.id, related.level)
    return values | dict(zip(RELATED, id_and_level, strict=True))
