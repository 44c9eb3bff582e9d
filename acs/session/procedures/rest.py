"""Leaves devices alone while they start, as some lose what they are told then."""

from __future__ import annotations

from acs.session.procedures.learn import uptime_in
from acs.session.visit import Visit


def rests(visit: Visit) -> bool:
    """Whether nothing is to be asked of the device in this session.

    By the uptime that it tells, where it tells one; else only the session that says that it has started.
    """
    seconds = visit.cpe.adapter.rest_seconds
    if not seconds:
        return False
    uptime = uptime_in(visit.cpe.inform.ParameterList)
    return visit.cpe.events.boot if uptime is None else uptime < seconds
