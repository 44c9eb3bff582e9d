"""Some devices lose what they are told while they start: they are left alone until they have been up for a
while."""

from __future__ import annotations

from acs.session.visit import Visit


def rests(visit: Visit) -> bool:
    """Whether nothing is to be asked of the device in this session.

    By the uptime that it tells, where it tells one; else only the session that says that it has started.
    """
    seconds = visit.cpe.adapter.rest_seconds
    if not seconds:
        return False
    uptime = visit.cpe.record.facts["device_uptime"]
    return "1 BOOT" in visit.cpe.events.codes if uptime is None else uptime < seconds
