"""How things are altogether: devices counted by state, what was done in the last minutes."""

from __future__ import annotations

from acs.store.records import Role
from acs.web.appliance import Appliance
from acs.web.objects.overview import MINUTE, OVERVIEW
from acs.web.people.areas import Area
from acs.web.people.restrictions import WHOLE
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Call
from acs.web.serving.routing import Content, Routes

routes = Routes("/api/v1", Area.DEVICES, WHOLE)


@routes.add("GET", "/overview", Role.VIEWER, {200: Content(OVERVIEW.reference)}, refusals=(503,))
async def read_overview(appliance: Appliance, call: Call) -> Answer:
    """How many devices there are, and how many are in which state, as of a moment ago."""
    counts = await appliance.census.counts()
    minutes = [MINUTE.write(minute) for minute in appliance.metrics.minutes.kept]
    return of_json(OVERVIEW.write(counts, **counts.states, minutes=minutes))
