"""The overview: how the devices are."""

from __future__ import annotations

from acs.web.calls import Call
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values

pages = Pages()

_FEW = 10
_MODELS = 8


@pages.add("/", "overview.html")
async def overview(ask: Ask, call: Call) -> Values:
    """Numbers, alarms, models, what has failed."""
    models = (await ask.get("models", limit=1000))["items"]
    devices = sum(each["devices"] for each in models)
    alarms = (await ask.get("alarms", open=True, limit=_FEW))["items"]
    failed = await ask.get("sessions", result="failed", limit=_FEW)
    models.sort(key=lambda each: -each["devices"])
    return {
        "numbers": [("devices", devices, "/devices", "")],
        "alarms": alarms,
        "models": models[:_MODELS],
        "failed": failed,
    }
