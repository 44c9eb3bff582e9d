"""One device: what it is, what is wanted of it, what has happened, what it holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from acs.store.records import Role
from acs.web.calls import Call, Param
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values
from acs.web.schema import FLAG, JSON

pages = Pages()

FEW = 8
"""How many of the last things are shown beside the device."""
TABS = (
    ("overview", "Overview"),
    ("parameters", "Parameters"),
    ("configuration", "Configuration"),
    ("jobs", "Jobs"),
    ("sessions", "Sessions"),
    ("files", "Files"),
    ("changes", "Changes"),
    ("rpc", "Any RPC"),
)
_TAB = Param("tab", {"type": "string", "enum": [name for name, _ in TABS], "default": "overview"})
_SECRETS = Param("secrets", {**FLAG, "default": False}, "Whether to show secrets.")


@pages.add("/devices/{id}", "device.html", query=(_TAB, _SECRETS))
async def device(ask: Ask, call: Call) -> Values:
    """The device, with what the tab is about."""
    name, tab = call.path["id"].text, str(call.query["tab"])
    found = await ask.get("devices", name)
    secrets = bool(call.query["secrets"])
    return {
        "device": found,
        "tab": tab,
        "tabs_": TABS,
        "secrets": secrets,
        "may": {role.value: ask.may(role) for role in Role},
        "jobs": await ask.get("jobs", device=found["id"], limit=FEW),
        "sessions": await ask.get("sessions", device=found["id"], limit=FEW),
        **await _OF_TAB[tab](ask, found["id"], secrets),
    }


async def _overview(ask: Ask, name: str, secrets: bool) -> Values:
    return {
        "wakes": (await ask.get("devices", name, "wakes", limit=FEW))["items"],
        "waking": await ask.maybe("devices", name, "waking"),
        "alarms": (await ask.get("alarms", device=name, open=True))["items"],
        "plots": await _plots(ask, name),
        "quirks": (await ask.get("devices", name, "quirks"))["items"],
    }


async def _plots(ask: Ask, name: str) -> list[tuple[str, list[tuple[float, float]]]]:
    """What was tracked of the device and is numbers, each as points over time."""
    series: dict[str, list[tuple[float, float]]] = {}
    for reading in (await ask.get("devices", name, "history", limit=1000))["items"]:
        try:
            point = (_seconds(reading["time"]), float(reading["value"]))
        except ValueError:
            continue
        series.setdefault(reading["name"], []).append(point)
    return [(name, sorted(points)) for name, points in series.items()]


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


async def _parameters(ask: Ask, name: str, secrets: bool) -> Values:
    return {"parameters": await ask.all("devices", name, "parameters", secrets=secrets)}


async def _configuration(ask: Ask, name: str, secrets: bool) -> Values:
    entries = await ask.all("devices", name, "configuration", diff=True, secrets=secrets)
    return {"entries": entries, "own": await ask.maybe("configurations", "device", name, secrets=secrets)}


async def _jobs(ask: Ask, name: str, secrets: bool) -> Values:
    return {"page": await ask.get("jobs", device=name, limit=100)}


async def _sessions(ask: Ask, name: str, secrets: bool) -> Values:
    return {"page": await ask.get("sessions", device=name, limit=100)}


async def _files(ask: Ask, name: str, secrets: bool) -> Values:
    return {"uploads": await ask.all("devices", name, "uploads")}


async def _changes(ask: Ask, name: str, secrets: bool) -> Values:
    return {"changes": (await ask.get("devices", name, "changes", limit=300, secrets=secrets))["items"]}


async def _rpc(ask: Ask, name: str, secrets: bool) -> Values:
    rpcs: list[JSON] = (await ask.get("rpcs", limit=1000))["items"]
    return {"rpcs": rpcs}


_OF_TAB: Mapping[str, Callable[[Ask, str, bool], Awaitable[Values]]] = {
    "overview": _overview,
    "parameters": _parameters,
    "configuration": _configuration,
    "jobs": _jobs,
    "sessions": _sessions,
    "files": _files,
    "changes": _changes,
    "rpc": _rpc,
}
