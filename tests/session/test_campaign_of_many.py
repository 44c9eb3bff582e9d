"""A campaign over many devices, of which some fail, some lie and some never come back, while the process that
sees to it is killed again and again.

``ACS_CAMPAIGN_DEVICES`` says how many: a thousand take a minute.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Coroutine
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs.session.campaigns import LEASE
from acs.simulate.cpe import SessionFailed, SimulatedCPE
from acs.simulate.device import BOOT_SECONDS
from acs.simulate.firmware import Fate
from acs.simulate.identity import Identity
from tests.session.test_upgrade import NEW
from tests.simulate.worlds import model
from tests.support.shelf import FileServer
from tests.support.turned import Turned

DEVICES = int(os.environ.get("ACS_CAMPAIGN_DEVICES", "200"))
FAIL, KEEP, VANISH = (DEVICES * percent // 100 for percent in (3, 2, 5))
RUN = DEVICES - FAIL - KEEP - VANISH
KILLS = 12


class CampaignOfManyTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.chance = random.Random(7)
        self.clock = Clock()
        kind = model("tr181-router")
        folder = Path(self.mktemp()).absolute()
        folder.mkdir(parents=True)
        self.acs = Turned(folder / "state", kind.manufacturer, kind.product_class, NEW)
        self.addCleanup(lambda: self.acs.kill())
        self.clock.advance(self.acs.now)
        fates = [Fate.FAILS] * FAIL + [Fate.KEEPS] * KEEP + [Fate.VANISHES] * VANISH + [Fate.RUNS] * RUN
        self.chance.shuffle(fates)
        self.devices = {}
        for number, fate in enumerate(fates):
            cpe = SimulatedCPE(kind, Identity(kind.oui, f"S{number}"), self.clock, random.Random(number))
            cpe.fate = fate
            self.devices[cpe.device_id.key] = cpe
        self.posts = 0
        self.kills: list[int] = []
        self.died = 0

    def turn(self, seconds: float) -> None:
        """Let time go by, for the devices and for the appliance."""
        self.acs.now += seconds
        self.clock.advance(self.acs.now - self.clock.seconds())

    def call(self, cpe: SimulatedCPE) -> None:
        """A session; where the appliance dies in it the device goes on as if nothing had been."""
        line = HTTPConnection("127.0.0.1", self.acs.port, timeout=30)
        cookie = ""

        async def exchange(body: bytes) -> tuple[int, bytes]:
            nonlocal cookie
            self.posts += 1
            before = bool(self.kills) and self.posts >= self.kills[0]
            if before and self.chance.random() < 0.5:
                self.die()
            line.request("POST", "/", body, {"Cookie": cookie} if cookie else {})
            if before and self.died < self.posts:
                self.die()
            answer = line.getresponse()
            cookie = (answer.headers["Set-Cookie"] or cookie).split(";")[0]
            return answer.status, answer.read()

        try:
            at_once(cpe.session(exchange))
        except (OSError, HTTPException, SessionFailed):
            self.acs.start()
            self.clock.advance(self.acs.now - self.clock.seconds())
        finally:
            line.close()

    def die(self) -> None:
        """``kill -9``."""
        self.kills.pop(0)
        self.died = self.posts
        self.acs.kill()

    def round(self, cpe: SimulatedCPE) -> None:
        """A session, and what follows from it."""
        self.call(cpe)
        files = FileServer()
        while cpe.wants_errand:
            at_once(cpe.errand(files))
        if cpe.is_starting:
            self.turn(BOOT_SECONDS)
            cpe.advance()
            if not cpe.is_starting:
                self.call(cpe)

    def test_it_stops_goes_on_at_a_persons_word_and_counts_right_whatever_kills_its_process(self) -> None:
        for cpe in self.devices.values():
            self.call(cpe)
        self.kills = sorted(self.posts + self.chance.randrange(5 * len(self.devices)) for _ in range(KILLS))
        seen = self.acs.ask(campaign={"version": NEW, "failures": DEVICES // 50, "of_last": DEVICES // 2})
        stops = []
        while seen["state"] != "ended":
            self.turn(3600.0)
            seen = self.acs.ask()
            if seen["state"] == "stopped":
                stops.append(seen["reason"])
                seen = self.acs.ask(resume=True)
            for each in seen["offered"]:
                if not self.devices[each].is_starting:
                    self.round(self.devices[each])
            self.turn(LEASE)
            seen = self.acs.ask()
        self.assertEqual([], self.kills)
        self.assertTrue(stops)
        for each in stops:
            self.assertRegex(each, r"\A\d+ of the last \d+ have failed\Z")
        settled = {"confirmed": RUN, "failed": FAIL + KEEP, "unreachable": VANISH}
        self.assertEqual(settled, {state: count for state, count in seen["tally"].items() if count})
        ran = Counter(cpe.version for cpe in self.devices.values() if cpe.fate is Fate.RUNS)
        self.assertEqual({NEW: RUN}, dict(ran))


def at_once(work: Coroutine[Any, Any, object]) -> None:
    """Do what waits for nothing."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("it waits")
