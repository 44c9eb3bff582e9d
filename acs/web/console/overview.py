"""The overview: how the devices are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values
from acs.web.serving.calls import Call
from acs.web.serving.schema import JSON

pages = Pages()

_FEW = 8
_PLOTS = (
    ("Sessions a minute", ("success", "failed")),
    ("Informs a minute", ("informs",)),
    ("Open sessions", ("open",)),
)


@pages.add("/", "overview.html")
async def overview(ask: Ask, call: Call) -> Values:
    """Numbers, plots, alarms, models, what has failed."""
    # What is always found anew comes first: counts are told as they were, and found again behind it.
    alarms = (await ask.get("alarms", open=True, limit=_FEW))["items"]
    failed = await ask.get("sessions", result="failed", limit=_FEW)
    return {
        **(await _of_all(ask) if ask.principal.only is None else _OF_SOME),
        "alarms": alarms,
        "failed": failed,
    }


async def _of_all(ask: Ask) -> Values:
    """What is about all devices, which is not for those who may see some only."""
    campaigns = await ask.all("campaigns")
    models = await ask.all("models")
    models.sort(key=lambda each: -each["devices"])
    found = await ask.get("overview")
    return {
        "numbers": list(_numbers(found)),
        "plots": [(title, _points(found["minutes"], names)) for title, names in _PLOTS],
        "models": models[:_FEW],
        "others": max(0, len(models) - _FEW),
        "campaigns": [each for each in campaigns if each["state"] not in ("ended", "aborted")],
    }


_OF_SOME: Values = {"numbers": [], "plots": [], "models": [], "others": 0, "campaigns": []}


def _numbers(found: JSON) -> Iterator[tuple[str, int, str, str]]:
    """What stands in the row of numbers: words, count, where its list is, what it is a sign of."""
    late = found["devices"] - found["online"]
    queued = sum(found["jobs"].values())
    yield "devices", found["devices"], "/devices", ""
    yield "online", found["online"], "/devices?online=true", ""
    yield "not heard of for a day", late, "/devices?online=false", "waiting" if late else ""
    yield (
        "failed last time",
        found["failing"],
        "/devices?last_session=failed",
        "failed" * bool(found["failing"]),
    )
    yield "below their level", found["behind"], "/devices?level=behind", "waiting" if found["behind"] else ""
    yield "cannot reach it", found["problems"], "/devices?problems=true", "failed" * bool(found["problems"])
    yield "jobs under way", queued, "/jobs", ""


def _points(minutes: Sequence[JSON], names: Sequence[str]) -> list[tuple[float, float]]:
    return [
        (datetime.fromisoformat(each["time"]).timestamp(), float(sum(each[name] for name in names)))
        for each in minutes
    ]
