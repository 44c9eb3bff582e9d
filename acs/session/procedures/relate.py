"""What the operator's systems say of a device.

They are asked for its record there, and before it is configured, whether and how (DESIGN:
"Relate and verify").
"""

from __future__ import annotations

from acs.configuration.composing import Scoped
from acs.hooks import HookFailed
from acs.session.conversation import Conversation
from acs.session.operator import Operator
from acs.session.relation import Relation, changes_of, document_of, subject_of
from acs.session.visit import Visit
from acs.store.records import Device


class PutOff(Exception):
    """The device is not to be configured in this session, or nobody knows how; the text says why."""


async def relate(cpe: Conversation, device: Device, operator: Operator) -> Relation:
    """Ask for the record of the device."""
    subject = subject_of(device, cpe.client_ip, cpe.listener, cpe.events.codes)
    cpe.relation = Relation(subject)
    if operator.hooks.has("find_related"):
        try:
            cpe.relation = Relation(subject, await operator.hooks.find_related(subject), known=True)
        except HookFailed as error:
            cpe.relation = Relation(subject, failed=operator.tell(subject, error))
            cpe.record.remark(cpe.relation.failed)
    return cpe.relation


def keep_relation(visit: Visit) -> None:
    """Keep which record it is; another one than the last time, or one that says something else, is another
    level."""
    if visit.relation.known:
        changes = changes_of(visit.device, visit.related, visit.verified, visit.now())
        if changes:
            visit.store.change_device(visit.device_id, **changes)


async def ask_leave(visit: Visit) -> None:
    """Ask whether the device may be configured now; raises `PutOff` where it may not, or nobody says so."""
    relation = visit.relation
    try:
        if await visit.operator.hooks.is_configurable(relation.subject, relation.related):
            return
    except HookFailed as error:
        raise PutOff(visit.operator.tell(relation.subject, error)) from None
    raise PutOff("the operator's systems say that it is not to be configured now")


async def told_by_operator(visit: Visit) -> Scoped | None:
    """How the device is to be beside all configurations, of which it is the last; raises `PutOff` where
    nobody knows."""
    relation = visit.relation
    if relation.failed:
        raise PutOff(relation.failed)
    try:
        return await document_of(visit.operator.hooks, visit.device, relation)
    except HookFailed as error:
        raise PutOff(visit.operator.tell(relation.subject, error)) from None
