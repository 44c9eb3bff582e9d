"""Why a device will not get what a campaign brings."""

from __future__ import annotations

from acs.session.procedures.configure import MAX_TRIES
from acs.session.software import is_left_alone
from acs.store.records import Device
from acs.store.records.campaigns import Campaign


def why_failed(campaign: Campaign, device: Device) -> str:
    """Why nothing more is done about it, until somebody says so; "" as long as it may come."""
    if campaign.software_version:
        return device.firmware_problem if is_left_alone(device) else ""
    if device.config_tried == campaign.config_level and device.config_tries >= MAX_TRIES:
        return device.config_problems[0] if device.config_problems else "its level is not reached"
    return ""
