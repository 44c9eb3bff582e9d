"""How many devices a filter finds, with some of them: for people to see before they touch them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from acs.web.api import ROUTES
from acs.web.console.asking import API, Ask
from acs.web.serving.calls import Param
from acs.web.serving.schema import JSON

MOST = 1000
"""More are not counted one by one."""
_SHOWN = 8
_NO_FILTERS = frozenset({"limit", "cursor", "sort", "columns"})


class Reach(NamedTuple):
    """So many devices, of which some; ``more``: there are more than were counted."""

    devices: int
    more: bool
    some: list[JSON]
    models: Mapping[str, int]


def device_filters() -> tuple[Param, ...]:
    """Those of the list of devices."""
    (found,) = (route for route in ROUTES if (route.method, route.pattern) == ("GET", f"{API}/devices"))
    return tuple(param for param in found.query if param.name not in _NO_FILTERS)


async def reach_of(ask: Ask, filters: Mapping[str, JSON]) -> Reach:
    """Whom these filters find now."""
    page = await ask.get("devices", **filters, limit=MOST)
    found = page["items"]
    models = Counter(f"{each['manufacturer']} {each['product_class']}" for each in found)
    return Reach(len(found), bool(page["next"]), found[:_SHOWN], models)
