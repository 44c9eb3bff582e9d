"""A test case whose tests find a `World` opened, and leave it closed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.trial.unittest import TestCase

from tests.support.world import World


class WorldCase(TestCase):
    """``self.world`` is open; ``how`` may be set on the class to make it otherwise."""

    timeout = 30
    how: dict[str, Any] = {}

    def setUp(self) -> Deferred[None]:
        self.world = World(Path(self.mktemp()), reactor, **self.how)
        return ensureDeferred(self.world.open())

    def tearDown(self) -> Deferred[None]:
        return ensureDeferred(self.world.close())
