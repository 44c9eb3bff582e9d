"""Tells a verified device from an unverified one.

Nothing secret goes to the latter (DESIGN: "Relate and verify").
"""

from __future__ import annotations

from acs.session.conversation import Conversation
from acs.session.verification import Policy
from acs.store.interface import Store
from acs.store.records import Device


async def verify(cpe: Conversation, store: Store, device: Device, policy: Policy) -> bool:
    """Ask the listener's policy; the verdict and where it came from are noted on the session and the
    device."""
    verdict = await policy.verify(device, cpe.client_ip, cpe.credentials)
    cpe.record.note(client_ip_verified=verdict.verified, verified_by=verdict.by)
    if device.client_ip_verified != verdict.verified:
        store.change_device(device.id, client_ip_verified=verdict.verified)
    return verdict.verified
