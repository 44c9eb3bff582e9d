"""Waking devices: now, how that can be done, what came of it before."""

from __future__ import annotations

from math import ceil
from typing import Any

from acs.session.waking import AGAIN, asked_anew, state_of
from acs.store.listing.listings import WAKES
from acs.store.records import Role
from acs.store.records.wakes import NoMoreWaking, TooMuchWaking, Waking
from acs.web.api.devices import as_shown, device_of
from acs.web.appliance import Appliance
from acs.web.hiding.secrets import MASK, SHOW, shown
from acs.web.objects.things import DEVICE
from acs.web.objects.waking import METHODS, WAKE, WAKING, WOKEN
from acs.web.people.areas import Area
from acs.web.people.restrictions import OF_DEVICE
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.listing import answer_list, list_of, params_of_device, query_of
from acs.web.serving.problems import RETRY_AFTER, Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import objects

routes = Routes("/api/v1", Area.DEVICES, OF_DEVICE)

_METHOD = {"type": "string", "enum": ["auto", *METHODS], "default": "auto"}


@routes.add(
    "POST",
    "/devices/{id}/wake",
    Role.SUPPORT,
    {200: Content(WOKEN.reference)},
    body=Body(objects({"method": _METHOD}), required=False),
    refusals=(429,),
)
async def wake_device(appliance: Appliance, call: Call) -> Answer:
    """Have a device call now, and tell what came of it.

    It is asked by each way in turn, until it calls; that may take up to 45 seconds.  What came of it is no
    error, whatever it is.  429: more devices are being woken than may be.
    """
    device = await device_of(appliance, call)
    body: dict[str, Any] = call.body or {}
    try:
        wake = await appliance.waker.wake(device.id, body.get("method", "auto"), call.principal.name)
    except LookupError:
        raise Problem(404, "there is no device with this id") from None
    except TooMuchWaking as much:
        raise Problem(429, str(much), headers={"Retry-After": str(ceil(much.seconds))}) from None
    except NoMoreWaking:
        raise Problem(503, "the appliance stops", headers={"Retry-After": str(RETRY_AFTER)}) from None
    return of_json(WOKEN.write(wake))


@routes.add(
    "GET",
    "/devices/{id}/wakes",
    Role.VIEWER,
    {200: list_of(WAKE.reference)},
    query=params_of_device(WAKES),
)
async def list_wakes(appliance: Appliance, call: Call) -> Answer:
    """List what came of waking a device, the newest first."""
    device = await device_of(appliance, call)
    page = await appliance.store.wakes(device.id, query_of(call))
    return answer_list(call, [WAKE.write(wake) for wake in page.items], page.next)


@routes.add("GET", "/devices/{id}/waking", Role.VIEWER, {200: Content(WAKING.reference)}, query=(SHOW,))
async def read_waking(appliance: Appliance, call: Call) -> Answer:
    """What a device is woken with, and why ways cannot be tried."""
    reveal = shown(call)
    device = await device_of(appliance, call)
    waking = await appliance.store.waking(device.id) or Waking()
    ways = [
        {"method": method, "why_not": reason or None}
        for method, reason in await appliance.waker.ways(device.id)
    ]
    return of_json(
        WAKING.write(
            waking,
            password=waking.password if reveal or not waking.password else MASK,
            binding=WAKING.member("binding").kind.write(await appliance.store.binding(device.id)),
            ways=ways,
            given=bool(device.wake_setup) and not state_of(device).tries and device.wake_setup != AGAIN,
        )
    )


@routes.add(
    "POST",
    "/devices/{id}/waking/renew",
    Role.OPERATOR,
    {202: Content(DEVICE.reference)},
    body=Body(objects({}), required=False),
)
async def renew_waking(appliance: Appliance, call: Call) -> Answer:
    """Give a device new passwords to be woken by, in its next session."""
    device = await device_of(appliance, call)
    changed = appliance.store.change_device(device.id, wake_setup=asked_anew(device))
    await appliance.store.committed()
    return of_json(as_shown(appliance, changed), 202)
