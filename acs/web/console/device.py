"""One device: what it is, what is wanted of it, what has happened, what it holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from acs.store.records import Role
from acs.web.console.asking import Ask
from acs.web.console.course import course
from acs.web.console.device_tabs import (
    NOTHING,
    changes,
    configuration,
    diagnostics,
    files,
    jobs,
    parameters,
    replacing,
    rpc,
    sessions,
)
from acs.web.console.pages import Pages, Values
from acs.web.serving.calls import Call, Param
from acs.web.serving.schema import FLAG, JSON, line

pages = Pages()

FEW = 6
"""How many of the last things are shown beside the device."""
TABS = (
    ("overview", "Overview"),
    ("parameters", "Parameters"),
    ("configuration", "Configuration"),
    ("jobs", "Jobs"),
    ("sessions", "Sessions"),
    ("diagnostics", "Diagnostics"),
    ("files", "Files"),
    ("changes", "Changes"),
    ("rpc", "Any RPC"),
    ("replace", "Replace, delete"),
)
NOW = "now"
"""A tab that is empty: for what is beside all tabs to be drawn anew, without what may be long."""
_TAB = Param("tab", {"type": "string", "enum": [*(name for name, _ in TABS), NOW], "default": "overview"})
_SECRETS = Param("secrets", {**FLAG, "default": False}, "Whether to show secrets.")
_DIFF = Param("diff", {**FLAG, "default": False}, "Only what is not as it is wanted.")
_UPLOAD = Param("upload", line(13), "The upload that is compared.")
_WITH = Param("with", line(13), "With this one; default: the newest.")


@pages.add("/devices/{id}", "device.html", query=(_TAB, _SECRETS, _DIFF, _UPLOAD, _WITH))
async def device(ask: Ask, call: Call) -> Values:
    """The device, with what the tab is about."""
    name, tab = call.path["id"].text, str(call.query["tab"])
    found = await ask.get("devices", name)
    queued = await ask.get("jobs", device=found["id"], limit=FEW)
    return {
        "device": found,
        "tab": tab,
        "tabs_": TABS,
        "secrets": bool(call.query["secrets"]),
        "may": {role.value: ask.may(role) for role in Role},
        "courses": [(job, course(job)) for job in queued["items"]],
        "last_sessions": await ask.get("sessions", device=found["id"], limit=FEW),
        "last_wakes": (await ask.get("devices", name, "wakes", limit=FEW))["items"],
        "ahead": _ahead(found),
        "versions": await _versions(ask, found) if ask.may(Role.OPERATOR) else [],
        **await _OF_TAB[tab](ask, found["id"], call),
    }


async def _versions(ask: Ask, device: JSON) -> list[str]:
    """Those that the folder has an image of for it."""
    found: dict[str, None] = {}
    for vendor in (device["manufacturer"], device["oui"]):
        asked = await ask.maybe(
            "firmware", manufacturer=vendor, product_class=device["product_class"], limit=1000
        )
        found |= dict.fromkeys(each["version"] for each in (asked or NOTHING)["items"] if each["version"])
    return list(found)


def _ahead(device: JSON) -> list[str]:
    """What the next session will do beside the jobs, as far as that is known."""
    version, level = device["desired_software_version"]["value"], device["desired_config_level"]["value"]
    ahead = ["read all parameters"] if device["full_read_requested"] else []
    if version and version != device["software_version"] and not device["firmware_problem"]:
        ahead.append(f"bring its firmware to {version}")
    if level and level > (device["current_config_level"] or "") and not device["config_problems"]:
        ahead.append("bring it to its configuration")
    return ahead


async def _overview(ask: Ask, name: str, call: Call) -> Values:
    return {
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


async def _now(ask: Ask, name: str, call: Call) -> Values:
    return {}


_OF_TAB: Mapping[str, Callable[[Ask, str, Call], Awaitable[Values]]] = {
    "overview": _overview,
    "parameters": parameters,
    "configuration": configuration,
    "jobs": jobs,
    "sessions": sessions,
    "diagnostics": diagnostics,
    "files": files,
    "changes": changes,
    "rpc": rpc,
    "replace": replacing,
    NOW: _now,
}
