"""A device tells what it is verified by, such as the number of its SIM, before the policy is asked."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from acs.cwmp.paths import absolute
from acs.session.conversation import Conversation
from acs.session.errors import CpeFault, Unanswered
from acs.session.procedures.associate import associate
from acs.session.procedures.reading import read_values
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
    """The relation with the parameters that the policy goes by, where the Inform has told all of them; None
    where the device has to be asked.

    One that takes so few RPCs in a session that nothing else would be left of it is taken at its last word,
    and a full read has it tell: it could lie both times.  But whoever takes its name need not even know what
    it would say.
    """
    paths = _paths(policy, device.root)
    told: dict[str, str | None] = {each.Name: each.Value for each in cpe.inform.ParameterList}
    if cpe.adapter.rpcs_per_session:
        known = await tree.load()
        told = {path: known[path].value for path in paths.values() if path in known} | told
    elif any(told.get(path) is None for path in paths.values()):
        cpe.record.note(verified_by="the device has yet to tell what it is verified by")
        return None
    return _with(relation, {name: told.get(path) for name, path in paths.items()})


async def prove(visit: Visit, policy: Policy) -> Visit:
    """Read what the policy goes by, and ask it; the visit with its verdict.  What the device does not tell is
    None, with which the policy is asked all the same."""
    paths = _paths(policy, visit.root)
    told: dict[str, str] = {}
    try:
        told = await read_values(visit, list(paths.values()))
    except (CpeFault, Unanswered) as refusal:
        visit.cpe.record.remark(f"it does not tell what it is verified by: {refusal}")
    relation = _with(visit.relation, {name: told.get(path) for name, path in paths.items()})
    verified = await verify(visit.cpe, visit.store, relation, policy, visit.operator)
    before = visit.device
    visit.cpe.relation = relation
    proven = replace(visit, relation=relation, verified=verified, unasked=None)
    keep_relation(proven)
    await associate(proven, before)
    return proven


def _paths(policy: Policy, root: str) -> dict[str, str]:
    return {name: absolute(path, root) for name, path in policy.parameters.items()}


def _with(relation: Relation, parameters: Mapping[str, str | None]) -> Relation:
    """Nobody is known by a value that is empty, as of a device without a SIM, or longer than any would be."""
    kept = {name: value if value and len(value) <= LONGEST else None for name, value in parameters.items()}
    return replace(relation, subject=replace(relation.subject, parameters=kept))
