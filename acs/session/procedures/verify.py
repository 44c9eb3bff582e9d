"""Tells a verified device from an unverified one.

Nothing secret goes to the latter (DESIGN: "Relate and verify").
"""

from __future__ import annotations

from acs.hooks import HookFailed
from acs.session.conversation import Conversation
from acs.session.operator import Operator
from acs.session.relation import Relation
from acs.session.verification import Policy, Verdict
from acs.store.interface import Store


async def verify(
    cpe: Conversation, store: Store, relation: Relation, policy: Policy, operator: Operator
) -> bool:
    """Ask the listener's policy; the verdict and where it came from are noted on the session and the
    device.  Where anybody who is asked does not answer, the device is not verified."""
    subject, related, hooks = relation.subject, relation.related, operator.hooks
    try:
        if hooks.has("pre_verify"):
            await hooks.pre_verify(subject, related)
        verdict = await policy.verify(relation, cpe.credentials)
        if hooks.has("post_verify"):
            await hooks.post_verify(subject, related, verdict.verified)
    except HookFailed as error:
        verdict = Verdict(False, operator.tell(subject, error))
    cpe.record.note(client_ip_verified=verdict.verified, verified_by=verdict.by)
    assert cpe.resident is not None, "who is identified is pinned"
    if cpe.resident.record.client_ip_verified != verdict.verified:
        store.change_device(subject.id, client_ip_verified=verdict.verified)
    return verdict.verified
