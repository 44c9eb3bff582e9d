"""The appliance's numbers, for Prometheus."""

from __future__ import annotations

from acs.store.records import Role
from acs.web.appliance import Appliance
from acs.web.people.areas import Area
from acs.web.people.restrictions import WHOLE
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Call
from acs.web.serving.routing import Content, Routes

routes = Routes("", Area.SYSTEM, WHOLE)

PATH = "/metrics"


@routes.add("GET", PATH, Role.VIEWER, {200: Content({"type": "string"}, "text/plain")})
async def read_metrics(appliance: Appliance, call: Call) -> Answer:
    """What the appliance has done and has open, in Prometheus's text format.

    Nobody is asked who they are where the configuration says `[console] open_metrics = true`.
    """
    text = await appliance.metrics.text()
    return Answer(200, text, "text/plain; version=0.0.4; charset=utf-8")
