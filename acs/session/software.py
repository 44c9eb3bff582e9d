"""Which firmware a device is to fetch next, so that it runs what is wanted of it."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from acs.firmware.image import Image
from acs.session.files import Files, is_firmware
from acs.store.interface import Store
from acs.store.records import Device, Job
from acs.store.records.alarms import AlarmKind
from acs.store.upgrade_path import UpgradePath

MAX_TRIES = 3
"""Downloads of a device towards one version, before it is left alone until somebody says otherwise; so many
more for each upgrade path that leads there."""
HOLD_OFF = 600.0
"""Seconds from one Download of a device to the next, twice as many after each that was in vain."""
LONGEST_WAIT = 86_400.0
"""The longest of them; who was well for so long, begins anew."""
LONGEST_PROBLEM = 500
"""Characters of what is kept of a problem: it may be a device's own words."""


GIVEN_UP, NOT_BEGUN = "given up: ", "not begun: "
"""How the problem of a device begins that is left alone."""


class NoWay(Exception):
    """The version cannot be reached, and why; ``kind`` is what it is called as an alarm."""

    def __init__(self, kind: AlarmKind, reason: str) -> None:
        super().__init__(NOT_BEGUN + reason)
        self.kind = kind


def image_for(files: Files, device: Device, version: str) -> Image | None:
    """The image of a version for this device."""
    return files.catalogue.for_device(device.manufacturer, device.oui, device.product_class, version)


def runs(files: Files, device: Device, version: str) -> bool:
    """Whether the device says that it runs this version, as that is called or as the image says."""
    if device.software_version == version:
        return True
    image = image_for(files, device, version)
    return image is not None and bool(image.reported) and device.software_version == image.reported


def next_image(files: Files, device: Device, wanted: str, paths: Sequence[UpgradePath]) -> Image:
    """The image that brings the device nearer to the wanted version; raises `NoWay`.

    All of the way is looked at: nobody is sent off where it ends, or goes round in a circle.
    """
    steps: list[Image] = []
    at, seen = device.software_version, {device.software_version}
    while True:
        version = _through(files, device, at, wanted, paths)
        image = image_for(files, device, version)
        if image is None:
            kind = f"{device.manufacturer} {device.product_class}".strip()
            raise NoWay(AlarmKind.FIRMWARE_MISSING, f"there is no image of version {version} for {kind}")
        steps.append(image)
        if version == wanted:
            return steps[0]
        at = image.reported or version
        if at in seen:
            raise NoWay(AlarmKind.FIRMWARE_FAILED, f"the upgrade paths go round in a circle at {at}")
        seen.add(at)


def _through(files: Files, device: Device, at: str, wanted: str, paths: Sequence[UpgradePath]) -> str:
    """The version that comes next where it is at this one."""
    for path in paths:
        if path.through == wanted or not (fnmatchcase(at, path.start) and fnmatchcase(wanted, path.to)):
            continue
        image = image_for(files, device, path.through)
        if at not in (path.through, image.reported if image is not None else path.through):
            return path.through
    return wanted


def most_tries(wanted: str, paths: Sequence[UpgradePath]) -> int:
    """How many Downloads a device may get until it runs this version."""
    return MAX_TRIES * (1 + sum(fnmatchcase(wanted, path.to) for path in paths))


def tries_so_far(device: Device, wanted: str, now: float) -> int:
    """How many it has got; none, where it was well for long since."""
    well = not device.firmware_problem and now >= device.firmware_tried_at + LONGEST_WAIT
    return 0 if device.firmware_tried != wanted or well else device.firmware_tries


def is_time(device: Device, tries: int, now: float) -> bool:
    """Whether the last Download was long enough ago, after so many."""
    return now >= device.firmware_tried_at + min(HOLD_OFF * 2.0 ** max(0, tries - 1), LONGEST_WAIT)


def is_left_alone(device: Device) -> bool:
    """Whether nothing more is done about its firmware: it had its tries, or there is no image."""
    return device.firmware_problem.startswith((GIVEN_UP, NOT_BEGUN))


def begin_anew(store: Store, device_id: str) -> Device:
    """Forget what was tried in vain of a device in memory, or why it was not: it gets as many tries again."""
    end_trouble(store, device_id)
    return store.change_device(device_id, firmware_tries=0)


def end_trouble(store: Store, device_id: str) -> None:
    """There is nothing the matter with its firmware."""
    device = store.resident(device_id)
    if device is not None and device.firmware_problem:
        store.change_device(device_id, firmware_problem="")
        store.end_alarm(AlarmKind.FIRMWARE_MISSING, device_id)
        store.end_alarm(AlarmKind.FIRMWARE_FAILED, device_id)


def was_in_vain(store: Store, job: Job, reason: str) -> None:
    """Keep why firmware that we had a device fetch did not bring it what is wanted of it."""
    if job.automatic and is_firmware(job):
        store.change_device(job.device, firmware_problem=reason[:LONGEST_PROBLEM])
