"""What is the matter, as what was found is held against the limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from acs.alarms.limits import DAY, Limits
from acs.store.records.alarms import AlarmKind, Late

About = tuple[AlarmKind, str]
"""What an alarm is about: its kind and its subject."""
Matters = Mapping[About, str]
"""What is the matter, with words for people."""

ALL = "all"
"""The subject of what is about all devices."""
WORSE = 0.8
"""An alarm that is open ends below this share of its limit, lest it come and go."""


class Ending(Struct, frozen=True):
    """A certificate: what it is called, and when it ends, seconds since 1970."""

    name: str
    ends: float


class Disk(Struct, frozen=True):
    """A disk by the folder on it: bytes in use, and in all."""

    folder: str
    used: int
    total: int


def late(found: Sequence[Late], limits: Limits, open_: Iterable[About]) -> dict[About, str]:
    """Models, and all devices, of which too many are late; it takes less for an alarm that is open."""
    total = Late(ALL, sum(each.devices for each in found), sum(each.late for each in found))
    matters = {}
    for each in (*found, total):
        about = AlarmKind.DEVICES_LATE, each.model
        limit = limits.late_percent * (WORSE if about in frozenset(open_) else 1.0)
        share = 100.0 * each.late / max(1, each.devices)
        if each.devices >= limits.late_least and share > limit:
            matters[about] = (
                f"{each.late:,} of {each.devices:,} devices have not called for more than {limits.late_times}"
                " times their interval"
            )
    return matters


def failing(well: int, failed: int, limits: Limits, open_: Iterable[About]) -> dict[About, str]:
    """Whether too many sessions fail."""
    about, every = (AlarmKind.SESSIONS_FAILING, ALL), well + failed
    limit = limits.failing_percent * (WORSE if about in open_ else 1.0)
    if every < limits.failing_least or 100.0 * failed / every <= limit:
        return {}
    return {about: f"{failed:,} of {every:,} sessions of the last {limits.failing_minutes} minutes failed"}


def slow(seconds: float, times: int, limits: Limits, node: str, open_: Iterable[About]) -> dict[About, str]:
    """Whether the database takes too long: so many ``seconds`` for so many groups of changes."""
    about = AlarmKind.STORE_SLOW, node
    limit = limits.store_milliseconds * (WORSE if about in open_ else 1.0)
    average = 1000.0 * seconds / max(1, times)
    if average <= limit:
        return {}
    return {about: f"what is written takes the database {average:,.0f} ms, on average of the last minute"}


def ending(found: Iterable[Ending], limits: Limits, node: str, now: float) -> dict[About, str]:
    """Certificates that end soon, or have ended."""
    matters = {}
    for each in found:
        if each.ends - now < limits.certificate_days * DAY:
            moment = datetime.fromtimestamp(each.ends, UTC).strftime("%Y-%m-%d %H:%M UTC")
            words = "ends" if each.ends > now else "has ended"
            about = AlarmKind.CERTIFICATE_ENDING, part_of(node, each.name)
            matters[about] = f"the certificate {words} on {moment}"
    return matters


def full(found: Iterable[Disk], limits: Limits, node: str, open_: Iterable[About]) -> dict[About, str]:
    """Disks that are nearly full."""
    matters = {}
    for each in found:
        about = AlarmKind.DISK_FULL, part_of(node, each.folder)
        limit = limits.disk_percent - (1.0 if about in open_ else 0.0)
        share = 100.0 * each.used / max(1, each.total)
        if share > limit:
            left = (each.total - each.used) / 1e9
            matters[about] = f"the disk of {each.folder} is {share:.0f} % full; {left:,.1f} GB are left"
    return matters


def part_of(node: str, name: str) -> str:
    """A subject that is something on a node."""
    return f"{node}: {name}"


def node_of(subject: str) -> str:
    """The node of a subject that is one, or something on one."""
    return subject.partition(": ")[0]
