"""Alarms: what people have to look at."""

from __future__ import annotations

from acs.store import ids
from acs.store.listing.listings import ALARMS
from acs.store.records import Role
from acs.web.api.devices import device_filter
from acs.web.appliance import Appliance
from acs.web.objects.things import ALARM
from acs.web.people.areas import Area
from acs.web.people.restrictions import FILTERED, OF_ALARM
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.listing import answer_list, list_of, params_of, query_of
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import FLAG, objects

routes = Routes("/api/v1", Area.DEVICES, FILTERED)

_ACKNOWLEDGED = {**FLAG, "description": "false: it is to be looked at again."}


@routes.add("GET", "/alarms", Role.VIEWER, {200: list_of(ALARM.reference)}, query=params_of(ALARMS))
async def list_alarms(appliance: Appliance, call: Call) -> Answer:
    """List alarms, open and past, the newest first."""
    filters = await device_filter(appliance, call)
    page = await appliance.store.alarms(query_of(call, **filters))
    return answer_list(call, [ALARM.write(alarm) for alarm in page.items], page.next)


@routes.add("GET", "/alarms/{id}", Role.VIEWER, {200: Content(ALARM.reference)}, restricted=OF_ALARM)
async def read_alarm(appliance: Appliance, call: Call) -> Answer:
    """One alarm."""
    number = ids.from_text(call.path["id"].text)
    alarm = None if number is None else await appliance.store.alarm(number)
    if alarm is None:
        raise _unknown()
    return of_json(ALARM.write(alarm))


@routes.add(
    "PATCH",
    "/alarms/{id}",
    Role.SUPPORT,
    {200: Content(ALARM.reference)},
    body=Body(objects({"acknowledged": _ACKNOWLEDGED}, ("acknowledged",))),
    restricted=OF_ALARM,
)
async def change_alarm(appliance: Appliance, call: Call) -> Answer:
    """Say that you know of an alarm.  It ends by itself, when its cause is gone."""
    number = ids.from_text(call.path["id"].text)
    when = appliance.now() if call.body["acknowledged"] else None
    name = call.principal.name
    alarm = None if number is None else await appliance.store.acknowledge_alarm(number, name, when)
    if alarm is None:
        raise _unknown()
    return of_json(ALARM.write(alarm))


def _unknown() -> Problem:
    return Problem(404, "there is no alarm with this id")
