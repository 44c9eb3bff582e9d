"""What happens, told as it does."""

from __future__ import annotations

from acs.store.happenings import Topic
from acs.store.records import Role
from acs.web.api.devices import device_filter
from acs.web.appliance import Appliance
from acs.web.people.areas import Area
from acs.web.people.restrictions import FILTERED
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Call, Param
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import line
from acs.web.telling.interests import Wanted

routes = Routes("/api/v1", Area.EVENTS, FILTERED)

MEDIA_TYPE = "text/event-stream"
LAST = "Last-Event-ID"

_ONE = f"({'|'.join(Topic)})"
_TYPES = Param(
    "type",
    {"type": "string", "maxLength": 100, "pattern": f"^{_ONE}(,{_ONE})*$"},
    f"One or several of {', '.join(Topic)}, with commas between them; default: all.",
)
_DEVICE = Param("device", line(512), "The id of the one device that is meant.")
_LAST = Param(
    LAST, {"type": "string"}, "The id of the last event that was received: those after it are sent."
)


@routes.add(
    "GET",
    "/events",
    Role.VIEWER,
    {200: Content({"type": "string"}, MEDIA_TYPE)},
    query=(_TYPES, _DEVICE),
    headers=(_LAST,),
    refusals=(429,),
)
async def stream_events(appliance: Appliance, call: Call) -> Answer:
    """Tell what happens to sessions, devices, jobs, as server-sent events, without an end.

    Each event's name is its type, its data an Event as JSON on one line, with secrets hidden.  An event
    `reset` tells that some may have been missed: what is shown has to be asked for anew.  A comment comes
    every 15 seconds where there is nothing else.  Who reads too slowly is cut off.
    """
    filters = await device_filter(appliance, call)
    types = call.query.get("type", "")
    wanted = Wanted(frozenset(types.split(",")) if types else frozenset(), filters.get("device", ""))
    who, last = call.principal, call.headers.get(LAST, "")
    stream = await appliance.feed.stream(who.name, wanted, last, who.only)
    return Answer(200, content_type=MEDIA_TYPE, headers={"X-Accel-Buffering": "no"}, stream=stream)
