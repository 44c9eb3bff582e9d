"""Reads anew what can change while the appliance runs, as `acsctl reload` asks.

SIGHUP has the same done.
"""

from __future__ import annotations

from acs.reloading import ReloadRefused
from acs.store.records import Role
from acs.web.appliance import Appliance
from acs.web.objects.things import RELOADED
from acs.web.people.areas import Area
from acs.web.people.restrictions import WHOLE
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import FieldError, objects

routes = Routes("/api/v1", Area.SYSTEM, WHOLE)


@routes.add(
    "POST",
    "/reload",
    Role.ADMIN,
    {200: Content(RELOADED.reference)},
    body=Body(objects({}), required=False),
    refusals=(409,),
)
async def reload(appliance: Appliance, call: Call) -> Answer:
    """Read certificates and keys anew, or nothing where anything is wrong.

    Connections that are open stay as they are. 409 says what is wrong, with its key in the configuration as
    `field`.
    """
    try:
        reloaded = await appliance.reload()
    except ReloadRefused as refused:
        wrong = tuple(FieldError(each.key, each.reason) for each in refused.reasons)
        raise Problem(409, "nothing was reloaded", wrong) from refused
    return of_json(RELOADED.write(reloaded))
