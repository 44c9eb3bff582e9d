"""What the appliance tells of itself through the API.

That is whether it works, the description of the API, the RPCs that it knows, and its nodes.
"""

from __future__ import annotations

from acs.cwmp.diagnostics import DIAGNOSTICS
from acs.cwmp.rpcs import TO_CPE
from acs.store.records import Role
from acs.web.appliance import Appliance
from acs.web.objects.rpcs import DIAGNOSTIC, RPC
from acs.web.objects.things import NODE
from acs.web.people.areas import Area
from acs.web.people.restrictions import OPEN, WHOLE
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Call
from acs.web.serving.listing import PAGE, answer_list, list_of, piece
from acs.web.serving.routing import Content, Routes

health = Routes("", Area.EVERYBODY, OPEN)
routes = Routes("/api/v1", Area.EVERYBODY, OPEN)
system = Routes("/api/v1", Area.SYSTEM, WHOLE)


@health.add("GET", "/healthz", None, {200: Content({"type": "object"})}, refusals=(503,))
async def read_health(appliance: Appliance, call: Call) -> Answer:
    """Whether the store answers."""
    await appliance.store.check()
    return of_json({"status": "ok"})


@routes.add("GET", "/openapi.json", None, {200: Content({"type": "object"})})
async def read_description(appliance: Appliance, call: Call) -> Answer:
    """This description."""
    return Answer(200, appliance.description(), "application/json")


@routes.add("GET", "/rpcs", Role.VIEWER, {200: list_of(RPC.reference)}, query=PAGE)
async def list_rpcs(appliance: Appliance, call: Call) -> Answer:
    """List the RPCs that a job may ask for; neither diagnostics nor vendors' own are among them."""
    page = piece(call, TO_CPE, lambda rpc: rpc.name)
    return answer_list(call, [RPC.write(rpc) for rpc in page.items], page.next)


@routes.add("GET", "/diagnostics", Role.VIEWER, {200: list_of(DIAGNOSTIC.reference)}, query=PAGE)
async def list_diagnostics(appliance: Appliance, call: Call) -> Answer:
    """List the diagnostics that a job may ask for, as if each were an RPC."""
    page = piece(call, DIAGNOSTICS.values(), lambda diagnostic: diagnostic.name)
    return answer_list(call, [DIAGNOSTIC.write(each) for each in page.items], page.next)


@system.add("GET", "/nodes", Role.VIEWER, {200: list_of(NODE.reference)}, query=PAGE)
async def list_nodes(appliance: Appliance, call: Call) -> Answer:
    """List the processes that share the database; none where there can be one only (SQLite)."""
    page = piece(call, await appliance.store.nodes(), lambda node: str(node.number))
    return answer_list(call, [NODE.write(node) for node in page.items], page.next)
