"""What the routes of this interface have beside the appliance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from twisted.internet.defer import DeferredSemaphore

from acs.web.appliance import Appliance
from acs.web.nbi.queries import BadFilter
from acs.web.serving.answers import Answer
from acs.web.serving.problems import Problem

AT_ONCE = 2
"""Queries that look through the devices at the same time; others wait for them."""

T = TypeVar("T")

DONE = Answer(200, content_type="text/plain")
"""What GenieACS answers where there is nothing to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door(Appliance):
    """``secrets``: they are shown; ``searches`` lets so many look through the devices at once."""

    secrets: bool
    searches: DeferredSemaphore


def door(appliance: Appliance) -> Door:
    """The same appliance, for a route of this interface."""
    assert isinstance(appliance, Door)
    return appliance


def refused(error: BadFilter) -> Problem:
    """What is answered to a query that cannot be read."""
    return Problem(400, str(error))
