"""Who has changed what, for administrators to look up."""

from __future__ import annotations

from acs.store.listing.deeds import AUDIT
from acs.store.records import Role
from acs.web.appliance import Appliance
from acs.web.objects.audit import AUDITED
from acs.web.people.areas import Area
from acs.web.people.restrictions import WHOLE
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Call
from acs.web.serving.listing import answer_list, list_of, params_of, query_of
from acs.web.serving.routing import Routes

routes = Routes("/api/v1", Area.SYSTEM, WHOLE)


@routes.add("GET", "/audit", Role.ADMIN, {200: list_of(AUDITED.reference)}, query=params_of(AUDIT))
async def list_audit(appliance: Appliance, call: Call) -> Answer:
    """List what people and programs have changed, or were not allowed to, the newest first."""
    page = await appliance.store.audited(query_of(call))
    return answer_list(call, [AUDITED.write(each) for each in page.items], page.next)
