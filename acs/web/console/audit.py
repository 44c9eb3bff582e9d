"""The audit log: who has changed what."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from acs.store.records import Role
from acs.web.api.oidc import BEGIN
from acs.web.console.asking import API, Ask
from acs.web.console.pages import Pages, Values, query_of
from acs.web.serving.calls import Call
from acs.web.serving.schema import JSON

pages = Pages()

_VIEWS = (
    ("All", ""),
    ("Devices", f"?target={API}/devices/"),
    ("Configurations", f"?target={API}/configurations/"),
    ("Campaigns", f"?target={API}/campaigns"),
    ("People", f"?target={API}/users/"),
    ("Logins", f"?target={API}/login"),
)
_BY_PROVIDER = ("Logins by provider", f"?target={BEGIN}")
_PAGES = {
    "devices": 1,
    "campaigns": 1,
    "configurations": 2,
    "models": 1,
    "vendors": 1,
    "jobs": 1,
    "quirks": 1,
}
"""Things that have a page of their own, each with how many segments name one."""


@pages.add("/audit", "audit.html", Role.ADMIN, query=query_of("/audit"))
async def audit(ask: Ask, call: Call) -> Values:
    """What was changed, or was not allowed to be, the newest first."""
    page = await ask.get("audit", **call.query)
    rows = [(each, place_of(each["target"]), changes_of(each)) for each in page["items"]]
    views = [*_VIEWS, *([_BY_PROVIDER] if ask.has_provider else [])]
    return {"page": page, "rows": rows, "given": call.query, "views": views}


def place_of(target: str) -> str:
    """The page of what was changed; "" where it has none."""
    kind, *names = target.removeprefix(f"{API}/").split("/")
    count = _PAGES.get(kind, 0)
    return "/".join(("", kind, *names[:count])) if count and len(names) >= count else ""


def changes_of(audited: Mapping[str, JSON]) -> list[tuple[str, str, str]]:
    """The members that are others, with what they were and what they are; "" where there was or is none."""
    before, after = (_members(audited[side]) for side in ("before", "after"))
    return [(name, before.get(name, ""), after.get(name, "")) for name in {**before, **after}]


def _members(side: JSON, within: str = "") -> dict[str, str]:
    """As lines, those of objects within it by their place."""
    if not isinstance(side, Mapping):
        return {} if side is None else {within: _text(side)}
    lines: dict[str, str] = {}
    for name, value in side.items():
        place = f"{within} › {name}" if within else name
        lines |= _members(value, place) if isinstance(value, Mapping) and value else {place: _text(value)}
    return lines


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
