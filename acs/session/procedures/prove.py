"""Verifies a device by what it alone tells, such as the ICCID of its SIM.

What its Inform does not have is read from it once that is answered; until then the device is not verified
(DESIGN: "Relate and verify").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from acs.cwmp import messages as m
from acs.cwmp.paths import absolute
from acs.cwmp.values import ParameterValueStruct
from acs.session.conversation import Conversation
from acs.session.errors import CpeFault, Unanswered
from acs.session.procedures.associate import associate
from acs.session.procedures.reading import Batches, read_each
from acs.session.procedures.relate import keep_relation
from acs.session.procedures.verify import verify
from acs.session.relation import Relation
from acs.session.tree import ParameterTree
from acs.session.verification import Policy
from acs.session.visit import Visit
from acs.store.records import Device

LONGEST = 256
"""Characters of a value that may be what tells a device from others."""


async def heard(
    cpe: Conversation, tree: ParameterTree, device: Device, relation: Relation, policy: Policy
) -> Relation | None:
    """The relation with what the device tells, in its Inform, of what the policy goes by; None where it has
    yet to be asked."""
    places = places_of(policy.parameters, device)
    told = _values(cpe.inform.ParameterList)
    if cpe.adapter.rpcs_per_session:
        # It would spend those on being asked, session after session.  What it told in earlier ones counts: a
        # device may lie anyway, but this caller need not even know what to say, so that the policy should
        # look at the address, too.
        known = await tree.load()
        told = {place: known[place].value for place in places.values() if place in known} | told
    elif not all(told.get(place) for place in places.values()):
        words = f"its parameters are yet to be read: {', '.join(places)}"
        cpe.record.note(client_ip_verified=False, verified_by=words)
        return None
    return _telling(cpe, relation, places, told)


async def prove(visit: Visit, policy: Policy) -> Visit:
    """Read what the policy goes by, ask it, and go on with what it says; what the device does not tell is not
    there."""
    places = places_of(policy.parameters, visit.device)
    told = await _read(visit, sorted({place for place in places.values() if place}))
    before, cpe = visit.device, visit.cpe
    relation = _telling(cpe, visit.relation, places, told)
    verified = await verify(cpe, visit.store, relation, policy, visit.operator)
    visit = replace(visit, relation=relation, verified=verified, unasked=None)
    keep_relation(visit)
    await associate(visit, before)
    return visit


def places_of(wanted: Mapping[str, str], device: Device) -> dict[str, str]:
    """The absolute paths by name; "" for one below a root that the device never said."""
    known = {name: path for name, path in wanted.items() if device.root or not path.startswith(".")}
    return {name: absolute(known[name], device.root) if name in known else "" for name in wanted}


async def _read(visit: Visit, paths: list[str]) -> dict[str, str | None]:
    so_far: Batches[m.GetParameterValuesResponse] = Batches()
    if paths:
        try:
            await read_each(visit.cpe, m.GetParameterValues, paths, so_far)
        except (CpeFault, Unanswered) as refusal:
            visit.cpe.record.remark(str(refusal))
    values = [value for answer in so_far.answers for value in answer.ParameterList if value.Name in paths]
    await visit.tree.learn_values(values, visit.now())
    return _values(values)


def _values(values: Iterable[ParameterValueStruct]) -> dict[str, str | None]:
    return {value.Name: value.Value for value in values}


def _telling(
    cpe: Conversation, relation: Relation, places: Mapping[str, str], told: Mapping[str, str | None]
) -> Relation:
    """The relation with these parameters; nobody is known by a value that is empty, or longer than any that
    would be."""
    found = {name: told.get(place) for name, place in places.items()}
    kept = {name: value if value and len(value) <= LONGEST else None for name, value in found.items()}
    cpe.relation = replace(relation, subject=replace(relation.subject, parameters=kept))
    return cpe.relation
