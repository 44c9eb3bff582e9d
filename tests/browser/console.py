"""A support agent's day: logging in, finding a device, reading what went wrong."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, unquote

from acs.cwmp import messages as m
from acs.cwmp import values as v
from tests.browser.browsing import NARROW, WIDE, BrowsedAppliance, BrowserCase, Watched
from tests.support.appliance import SocketCpe

PAGES = (
    *("/", "/devices", "/sessions", "/login"),
    *("/firmware", "/campaigns/new", "/campaigns/new?listed=true", "/people", "/me"),
    "/audit",
)
"""Pages that need nothing in particular."""


class ConsoleTests(BrowserCase):
    def pages(self) -> dict[str, str]:
        """Every page by a name, of things that are there."""
        device = self.device()
        session = self.appliance.asked("session", "list")[0]["id"]
        tabs = (
            *("overview", "parameters", "configuration", "sessions"),
            *("diagnostics", "files", "changes", "rpc", "replace"),
        )
        return {
            **{path.strip("/") or "overview": path for path in PAGES},
            **{f"device-{tab}": f"/devices/{device}?tab={tab}" for tab in tabs},
            "session": f"/sessions/{session}",
            "no-such-page": "/nowhere",
        }

    def test_every_page_is_accessible_and_fits_in_both_themes_and_on_a_phone(self) -> None:
        pages = self.pages()
        for theme, size in (("light", WIDE), ("dark", NARROW)):
            watched = self.open("admin", theme=theme, size=size)
            for name, path in pages.items():
                watched.go(path)
                self.assertEqual([], watched.unfit(), f"{path} {theme} {size}")
                self.assertFalse(watched.is_too_wide(), f"{path} {size}")
                watched.picture(f"{name}-{theme}-{size[0]}")
            watched.troubles = [each for each in watched.troubles if "404" not in each]

    def test_a_wrong_password_is_told_and_the_right_one_leads_to_the_page_that_was_wanted(self) -> None:
        watched = self.open("viewer")
        watched.page.get_by_role("button", name="Log out").click()
        watched.page.wait_for_url("**/login")
        watched.go("/devices?online=true")
        watched.page.get_by_label("Name").fill("a-viewer")
        watched.page.get_by_label("Password").fill("wrong")
        watched.page.get_by_role("button", name="Log in").click()
        watched.page.get_by_text("the name or the password is wrong").wait_for()
        watched.page.get_by_label("Password").fill("correct horse battery")
        watched.page.get_by_role("button", name="Log in").click()
        watched.page.wait_for_url("**/devices?online=true")
        # The browser itself tells of the 401.
        watched.troubles = [each for each in watched.troubles if "401" not in each]

    def test_a_device_is_found_by_its_serial_number_and_woken(self) -> None:
        wanted = self.appliance.asked("device", "list")[2]
        watched = self.open("support")
        watched.page.keyboard.press("/")
        watched.page.keyboard.type(wanted["serial_number"])
        watched.page.keyboard.press("Enter")
        watched.page.wait_for_url("**/devices?q=*")
        self.assertEqual(1, watched.page.locator("table.list tbody tr").count())
        watched.page.locator("table.list tbody tr a").first.click()
        watched.page.get_by_role("heading", level=1).get_by_text(wanted["serial_number"]).wait_for()
        watched.page.get_by_role("button", name="Wake").click()
        watched.page.locator("#told").get_by_text("informed, by http").wait_for()

    def test_what_a_device_does_is_seen_as_it_does_it(self) -> None:
        device = self.device(1)
        watched = self.open("support")
        watched.go(f"/devices/{device}")
        self.appliance.asked("job", "add", unquote(device), "GetRPCMethods", "{}")
        watched.page.locator("#now").get_by_text("GetRPCMethods").wait_for()
        watched.page.locator("#now .steps").get_by_text("queued").wait_for()

    def test_who_may_only_look_has_no_buttons(self) -> None:
        device = self.device()
        watched = self.open("viewer")
        watched.go(f"/devices/{device}")
        self.assertEqual(0, watched.page.locator("main button").count())

    def test_parameters_are_filtered_without_asking_the_appliance(self) -> None:
        device = self.device()
        watched = self.open("support")
        watched.go(f"/devices/{device}?tab=parameters")
        rows = watched.page.locator("#parameters tbody tr:visible")
        every = rows.count()
        asked: list[str] = []
        watched.page.on("request", lambda request: asked.append(request.url))
        watched.page.get_by_label("Filter").fill("ssid enable")
        self.assertTrue(0 < rows.count() < every)
        self.assertEqual([], asked)


class StoryTests(BrowserCase):
    """From the first start on, with an appliance of its own."""

    def made(self) -> BrowsedAppliance:
        appliance = BrowsedAppliance(Path(self.mktemp()).absolute())
        self.addCleanup(appliance.stop)
        appliance.start()
        return appliance

    def test_the_first_administrator_comes_in_with_the_password_that_the_first_start_tells(self) -> None:
        (password,) = re.findall(r"password: (\S+)", self.appliance.log())
        watched = Watched(f"http://127.0.0.1:{self.appliance.console}")
        self.watched.append(watched)
        watched.log_in("admin", password)
        watched.page.get_by_role("link", name="People").click()
        watched.page.get_by_role("cell", name="admin", exact=True).first.wait_for()

    def test_a_failed_session_is_read_to_its_cause(self) -> None:
        cpe = SocketCpe(self.appliance.cwmp)
        self.addCleanup(cpe.close)
        device = v.DeviceId("Acme", "001CA8", "Box", "S0001")
        told = (v.ParameterValueStruct("Device.DeviceInfo.SoftwareVersion", "1", "xsd:string"),)
        cpe.say(m.Inform(device, (v.EventStruct("2 PERIODIC"),), ParameterList=told))
        cpe.say(None)
        cpe.post_body(b"<this is no envelope")
        watched = self.open("support")
        watched.go("/sessions")
        watched.page.get_by_role("link", name="Failed", exact=True).click()
        row = watched.page.locator("table.list tbody tr")
        row.get_by_text("S0001").wait_for()
        row.locator("a[href^='/sessions/']").first.click()
        watched.page.wait_for_url("**/sessions/*")
        watched.page.get_by_text("not XML").first.wait_for()
        watched.picture("session-failed")


class MaliciousTests(BrowserCase):
    """Devices tell names that are HTML, script, and worse."""

    EVIL = (
        "<script>window.evil=1</script>",
        '"><img src=x onerror="window.evil=1">',
        "'><svg onload=window.evil=1>",
        "javascript:window.evil=1",
        "</textarea></pre><iframe srcdoc='<script>parent.evil=1</script>'>",
        "{{ 7 * 7 }}${7*7}<%= 7 * 7 %>",
    )

    def made(self) -> BrowsedAppliance:
        appliance = BrowsedAppliance(Path(self.mktemp()).absolute())
        self.addCleanup(appliance.stop)
        appliance.start()
        return appliance

    def test_nothing_that_a_device_says_is_executed(self) -> None:
        """Each is told as every member of a DeviceId, and as the value of every parameter."""
        for evil in self.EVIL:
            self.call_of(evil)
        watched = self.open("admin")
        found = self.appliance.asked("device", "list")
        self.assertEqual(len(self.EVIL), len(found))
        sessions = self.appliance.asked("session", "list")
        paths = ["/", "/devices", "/sessions", f"/devices?q={quote(self.EVIL[0])}"]
        paths += [f"/sessions/{each['id']}" for each in sessions]
        paths += ["/jobs", "/models", "/configurations", "/alarms", "/quirks/no-attributes"]
        for each in found:
            vendor, model = each["manufacturer"], f"{each['manufacturer']}/{each['product_class']}"
            kinds = (("vendor", vendor), ("model", model), ("tag", vendor))
            paths += [f"/configurations/{scope}/{quote(name, safe='')}" for scope, name in kinds]
            paths += [f"/{scope}s/{quote(name, safe='')}" for scope, name in kinds[:2]]
        for each in found:
            device = f"/devices/{quote(each['id'], safe='')}"
            paths += [device, *(f"{device}?tab={tab}" for tab in ("parameters", "changes", "rpc", "jobs"))]
            paths += [f"{device}?tab={tab}" for tab in ("configuration", "diagnostics", "files", "replace")]
        for path in paths:
            watched.go(path)
            self.assertIsNone(watched.page.evaluate("window.evil ?? null"), path)
            self.assertEqual(0, watched.page.locator("main img, main iframe").count(), path)

    def call_of(self, evil: str) -> None:
        """A device whose every word is this, as far as it may be."""
        cpe = SocketCpe(self.appliance.cwmp)
        self.addCleanup(cpe.close)
        root = "InternetGatewayDevice."
        names = ("DeviceInfo.SoftwareVersion", "DeviceInfo.HardwareVersion", "ManagementServer.ParameterKey")
        told = tuple(v.ParameterValueStruct(root + name, evil, "xsd:string") for name in names)
        device = v.DeviceId(evil[:64], "001CA8", evil[:64], evil[:64])
        inform = m.Inform(device, (v.EventStruct("2 PERIODIC"),), ParameterList=told)
        cpe.say(inform)
        asked = cpe.say(None)
        while asked is not None:
            asked = cpe.say(m.Fault(9002, evil))
