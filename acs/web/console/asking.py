"""What a page asks of the API, in the name of whoever looks at it.

So a page shows what that person may see, as the API tells it, and there is one way to the store, not two.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from acs.store.records import Role
from acs.web.api import ROUTES
from acs.web.appliance import Appliance
from acs.web.people.authentication import Principal
from acs.web.people.permission import check
from acs.web.serving.calls import Call, read_query
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Router
from acs.web.serving.schema import JSON

MOST = 20_000
"""How many items of a list a page shows at most."""
API = "/api/v1"


class Ask:
    """Asks in the name of ``principal``."""

    def __init__(self, appliance: Appliance, principal: Principal) -> None:
        self._appliance = appliance
        self.principal = principal

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return self._appliance.now()

    @property
    def has_provider(self) -> bool:
        """Whether people may log in at an identity provider."""
        return self._appliance.oidc is not None

    @property
    def moment(self) -> str:
        """Now, as the API writes times, to the microsecond."""
        return datetime.fromtimestamp(self.now, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

    def may(self, role: Role) -> bool:
        """Whether who looks has this role, or a higher one."""
        return self.principal.may(role)

    async def get(self, *path: str, **query: object) -> Any:
        """The JSON at a path below `API`, whose segments are given each on its own; raises `Problem`."""
        target = "/".join((API, *(quote(each, safe="") for each in path)))
        route, segments = _router().match("GET", target)
        await check(route, segments, self.principal, self._appliance.store)
        asked, given = read_query(urlencode(_as_text(query)), route.query)
        answer = await route.serve(self._appliance, Call(target, segments, self.principal, asked, given))
        return orjson.loads(answer.body) if answer.content_type.endswith("json") else answer.body

    async def maybe(self, *path: str, **query: object) -> Any:
        """The same; None where there is none, or where it is not for who looks."""
        try:
            return await self.get(*path, **query)
        except Problem as problem:
            if problem.status in (403, 404):
                return None
            raise

    async def all(self, *path: str, **query: object) -> list[JSON]:
        """The items of a list, of all its pieces up to `MOST`."""
        items: list[JSON] = []
        cursor = ""
        while len(items) < MOST:
            page = await self.get(*path, **{"limit": 1000, **query, "cursor": cursor})
            items += page["items"]
            cursor = page["next"]
            if not cursor:
                break
        return items


@cache
def _router() -> Router:
    return Router(ROUTES)


def _as_text(query: Mapping[str, object]) -> dict[str, str]:
    """The parameters that are given; an empty one is none."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in query.items()
        if value not in (None, "")
    }
