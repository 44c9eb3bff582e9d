"""The files that are on their way."""

from __future__ import annotations

from acs.store import ids
from acs.store.records import Role
from acs.web.appliance import Appliance
from acs.web.objects.transfers import TRANSFER
from acs.web.people.areas import Area
from acs.web.people.restrictions import WHOLE
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Call
from acs.web.serving.listing import PAGE, answer_list, list_of, piece
from acs.web.serving.routing import Routes

routes = Routes("/api/v1", Area.FIRMWARE, WHOLE)


@routes.add("GET", "/transfers", Role.VIEWER, {200: list_of(TRANSFER.reference)}, query=PAGE)
async def list_transfers(appliance: Appliance, call: Call) -> Answer:
    """List the files that go out or come in at this node of the appliance, the oldest first."""
    found = await appliance.transfers()
    page = piece(call, found, lambda transfer: ids.as_text(transfer.id))
    return answer_list(call, [TRANSFER.write(each) for each in page.items], page.next)
