"""Alarms: what people have to look at."""

from __future__ import annotations

from acs.store.records import Role
from acs.store.records.alarms import AlarmKind
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values, query_of
from acs.web.serving.calls import Call

pages = Pages()

_VIEWS = (
    ("Open", ""),
    ("New", "?open=true&acknowledged=false"),
    ("Past", "?open=false"),
    ("All", "?open="),
)


@pages.add("/alarms", "alarms.html", query=query_of("/alarms"))
async def alarms(ask: Ask, call: Call) -> Values:
    """Those that fit the filters; the open ones, where nothing is said of that."""
    given: Values = {"open": "true", **call.query}
    return {
        "page": await ask.get("alarms", **given),
        "given": given,
        "kinds": list(AlarmKind),
        "views": _VIEWS,
        "nothing": "No alarm is like that." if call.given else "Nothing is wrong.",
        "may_acknowledge": ask.may(Role.SUPPORT),
    }
