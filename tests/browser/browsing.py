"""A browser without a screen: headless Chromium, which tells of all that goes wrong on a page.

Screenshots are left in the folder that ACS_SCREENSHOTS names, else in the test's own.  Those of whole pages
are for people who look what is wrong; in its folder ``screens`` is what a screen shows, for the manual.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from twisted.trial.unittest import SynchronousTestCase

from tests import needs_program
from tests.support import leaks
from tests.support.appliance import ApplianceProcess
from tests.support.forking import Forked, run

SKIP = needs_program("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 20.0
"""Seconds in which things have to come about that nobody waits for."""
WIDE, NARROW = (1360, 900), (390, 844)
PASSWORD = "correct horse battery"
ROLES = ("viewer", "support", "operator", "admin")
LOOPBACK = '[wake]\nallow_networks = ["127.0.0.0/8"]\n'


@cache
def browser() -> Browser:
    """One for all tests."""
    playing = sync_playwright().start()
    found = playing.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
    atexit.register(playing.stop)
    atexit.register(found.close)
    return found


class Watched:
    """A page of a browser of its own, with what went wrong on it.

    :ivar troubles: what its scripts complained of, what it asked of other hosts, dialogs that nobody wanted.
    """

    def __init__(self, base: str, theme: str = "light", size: tuple[int, int] = WIDE) -> None:
        self.base = base
        self.troubles: list[str] = []
        viewport: Any = {"width": size[0], "height": size[1]}
        scheme: Any = theme
        self.context = browser().new_context(viewport=viewport, color_scheme=scheme, base_url=base)
        self.context.set_default_timeout(PATIENCE * 1000)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.base).netloc and request.url[:5] != "data:":
            self.troubles.append(f"asked {request.url}")

    def go(self, path: str) -> None:
        """Open a page."""
        self.page.goto(path, wait_until="load")

    def log_in(self, name: str, password: str = PASSWORD) -> None:
        """Come in."""
        self.go("/login")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url(lambda url: urlsplit(url).path == "/")

    def unfit(self) -> list[str]:
        """What a checker for accessibility finds of weight."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}"
            for each in found
            if each["impact"] in ("serious", "critical")
        ]

    def is_too_wide(self) -> bool:
        """Whether it has to be moved sideways as a whole."""
        wide: bool = self.page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
        return wide

    def picture(self, name: str) -> None:
        """Keep what is to be seen: all of the page, and its top."""
        folder = Path(os.environ.get("ACS_SCREENSHOTS", "screenshots"))
        (folder / "screens").mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png", full_page=True)
        self.page.screenshot(path=folder / "screens" / f"{name.replace('/', '-')}.png")


class BrowsedAppliance(ApplianceProcess):
    """One that wakes devices, with people of each role."""

    wakes = True
    grace = 0.0

    def start(self) -> None:
        super().start()
        for role in ROLES:
            words = ["-m", "acs.ctl", "-c", str(self.config), "user", "add", f"a-{role}", "--role", role]
            said = f"{PASSWORD}\n".encode()
            done = run([*words, "--password-stdin"], Path.cwd(), self.environment, said)
            assert done.returncode == 0, done.stderr

    def simulate(self, *words: str) -> Forked:
        """Let devices live."""
        arguments = ["-m", "acs.ctl", "simulate", "--url", f"http://127.0.0.1:{self.cwmp}/", *words]
        with open(os.devnull, "r+b") as nothing, open(self.folder / "simulated", "ab") as said:
            return Forked(arguments, Path.cwd(), self.environment, nothing, said, said)

    def all_read(self, count: int) -> list[dict[str, Any]]:
        """The devices, once they have been read."""
        found: list[dict[str, Any]] = []
        until = time.monotonic() + PATIENCE
        while len(found) != count or any(each["full_read_requested"] for each in found):
            assert time.monotonic() < until, self.log()[-3000:]
            time.sleep(0.05)
            found = self.asked("device", "list")
        return found


@cache
def shared() -> BrowsedAppliance:
    """One that runs for all tests that share four devices."""
    folder = Path(tempfile.mkdtemp(prefix="acs-browsed-"))
    appliance = BrowsedAppliance(folder, LOOPBACK)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(shutil.copy, folder / "log", leaks.kept("browsed"))
    atexit.register(appliance.kill)
    appliance.start()
    devices = appliance.simulate("--count", "4", "--interval", "3600", "--ramp", "0")
    atexit.register(devices.kill)
    appliance.all_read(4)
    return appliance


class BrowserCase(SynchronousTestCase):
    """Browsers in front of an appliance, which is the shared one unless a test makes its own."""

    skip = SKIP

    def setUp(self) -> None:
        self.appliance = self.made()
        self.addCleanup(self.appliance.look_at_log)
        self.watched: list[Watched] = []
        self.addCleanup(self.close)

    def made(self) -> BrowsedAppliance:
        """The appliance."""
        return shared()

    def open(self, role: str = "operator", **how: Any) -> Watched:
        """A browser in which somebody of this role has logged in."""
        watched = Watched(f"http://127.0.0.1:{self.appliance.console}", **how)
        self.watched.append(watched)
        watched.log_in(f"a-{role}")
        return watched

    def close(self) -> None:
        """Nothing may have gone wrong on any page."""
        for each in self.watched:
            each.context.close()
        self.assertEqual([], [trouble for each in self.watched for trouble in each.troubles])

    def device(self, place: int = 0) -> str:
        """The id of one of the devices, as a segment of a path."""
        return quote(self.appliance.asked("device", "list")[place]["id"], safe="")
