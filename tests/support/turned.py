"""An appliance in a process of its own, whose clock the test turns, and which `kill -9` ends.

It takes sessions at a port of its own.  What it is told stands in lines of JSON, and each is answered with
one: ``{"at": seconds}`` turns its clock and has it look at its campaign; with ``campaign`` it begins one with
all devices, with ``resume`` a person has it go on.
"""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from acs.firmware.waves import Rule
from acs.session.campaigns import Campaigns, Plan
from acs.session.desired import Desired
from acs.session.failing import why_failed
from acs.session.software import runs
from acs.store.interface import Query
from acs.store.records.campaigns import Campaign, CampaignState
from tests import ROOT
from tests.support.forking import Forked
from tests.support.shelf import Shelf
from tests.support.world import NOON, World

_RUN = "import sys; from tests.support.turned import main; main(sys.argv[1])"


class Turned:
    """Is on a ``folder``; ``image``: vendor, product class and version of one that it has."""

    def __init__(self, folder: Path, *image: str) -> None:
        self._folder = folder
        self._image = image
        self.now = NOON
        self.start()

    def start(self) -> None:
        """Start it; it is then later than when it ended."""
        self.now += 1.0
        theirs, ours = os.pipe()
        output, their_output = os.pipe()
        with open(self._folder.with_suffix(".log"), "ab") as log:
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            code = ["-c", _RUN, str(self._folder.absolute())]
            self._process = Forked(code, ROOT, environment, theirs, their_output, log)
        os.close(theirs)
        os.close(their_output)
        self._told, self._tell = os.fdopen(output), os.fdopen(ours, "w")
        self.port = int(self.ask(open=self._image)["port"])

    def ask(self, **what: Any) -> dict[str, Any]:
        """Tell it something; its answer."""
        self._tell.write(json.dumps({"at": self.now, **what}) + "\n")
        self._tell.flush()
        answer = self._told.readline()
        if not answer:
            raise AssertionError(self._folder.with_suffix(".log").read_text())
        found: dict[str, Any] = json.loads(answer)
        return found

    def kill(self) -> None:
        """At once."""
        self._process.kill()
        self._process.wait()
        self._tell.close()
        self._told.close()


# What follows runs in its process.


class _Appliance:
    def __init__(self, folder: Path, reactor: Any) -> None:
        self._reactor = reactor
        self._shelf = Shelf()
        self._world = World(folder, reactor, files=self._shelf.files)
        store, desired = self._world.store, Desired(self._world.store)
        self._campaigns = Campaigns(
            store,
            self._world.clock.seconds,
            self._wake,
            why_failed,
            lambda device: desired.profiles.software(device)[0],
            partial(runs, self._shelf.files),
        )

    async def _wake(self, device: str) -> None:
        """Devices call by themselves."""

    async def _open(self) -> int:
        """Open the store, and listen; the port."""
        await self._world.open()
        found: int = self._reactor.listenTCP(0, self._world.factory, interface="127.0.0.1").getHost().port
        return found

    async def told(self, what: dict[str, Any]) -> dict[str, Any]:
        """Do what a line says; what is to be seen afterwards."""
        clock, store = self._world.clock, self._world.store
        clock.advance(what["at"] - clock.seconds())
        if "open" in what:
            self._shelf.put(*what["open"])
            return {"port": await self._open()}
        if "campaign" in what:
            await self._begin(**what["campaign"])
        if not (found := await store.campaigns()):
            return {}
        if "resume" in what:
            await store.change_campaign(found[0].id, CampaignState.RUNNING)
        await self._campaigns.look()
        (campaign,) = await store.campaigns()
        members = await store.members(campaign.id, "offered", -1, 2000)
        return {
            "state": campaign.state.value,
            "reason": campaign.state_reason,
            "offered": [each.device for each in members],
            "tally": {state.value: count for state, count in (await store.tally(campaign.id)).items()},
        }

    async def _begin(self, version: str, failures: int, of_last: int) -> None:
        store = self._world.store
        devices = [each.id for each in (await store.devices(Query(limit=1000))).items]
        plan = Plan(rule=Rule(failures=failures, of_last=of_last), patience_hours=24)
        campaign = Campaign(
            store.new_id(), "spring", CampaignState.RUNNING, version, "", to_builtins(plan), len(devices)
        )
        await store.add_campaign(campaign, devices)


def main(folder: str) -> None:
    """Be one until killed."""
    from twisted.internet import reactor, stdio
    from twisted.internet.defer import ensureDeferred
    from twisted.protocols.basic import LineOnlyReceiver

    appliance = _Appliance(Path(folder), reactor)

    class Told(LineOnlyReceiver):
        delimiter = b"\n"
        MAX_LENGTH = 1 << 20

        def lineReceived(self, line: bytes) -> None:
            ensureDeferred(self._answer(json.loads(line))).addErrback(self._fail)

        async def _answer(self, what: dict[str, Any]) -> None:
            self.sendLine(json.dumps(await appliance.told(what)).encode())

        def _fail(self, reason: Any) -> None:
            print(reason.getTraceback(), file=sys.stderr, flush=True)
            self.transport.loseConnection()

    stdio.StandardIO(Told())
    reactor.run()  # type: ignore[attr-defined]
