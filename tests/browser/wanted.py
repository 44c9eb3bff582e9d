"""A network engineer's day: what is wanted of devices, of which kinds, what has become of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.browser.browsing import NARROW, WIDE, BrowserCase, Watched
from tests.test_webhooks import Receiver
from tests.web.test_datamodels import DEVICE

INTERVAL = ".ManagementServer.PeriodicInformInterval"


class WantedCase(BrowserCase):
    def kind(self) -> str:
        """A model, as a segment of a path."""
        device = self.appliance.asked("device", "list")[0]
        return quote(f"{device['manufacturer']}/{device['product_class']}", safe="")

    def job(self) -> str:
        """A job's id."""
        device = self.appliance.asked("device", "list")[3]["id"]
        found: str = self.appliance.asked("job", "add", device, "GetRPCMethods", "{}")["id"]
        return found

    def agreeing(self, role: str = "operator") -> Watched:
        """A browser whose user says yes to whatever is asked."""
        watched = self.open(role)
        watched.page.on("dialog", lambda dialog: dialog.accept())
        return watched

    def configuration(self, scope: str, name: str) -> dict[str, Any]:
        """What a configuration says."""
        found: dict[str, Any] = self.appliance.asked("config", "get", scope, name)["parameters"]
        return found


class PagesTests(WantedCase):
    def campaign(self) -> str:
        """A campaign's id, that waits to be begun."""
        words = ("--config-level", "now", "--filter", "online=true", "--plan", f"@{self.plan()}", "--paused")
        made: str = self.appliance.asked("campaign", "add", "autumn", *words)["id"]
        self.addCleanup(self.appliance.acsctl, "campaign", "abort", made, "--yes")
        return made

    def plan(self) -> Path:
        """How many at a time."""
        plan = Path(self.mktemp()).absolute()
        plan.write_text('{"waves": [{"devices": 1}, {"percent": 50}]}')
        return plan

    def data_model(self) -> str:
        """What an imported data model says is looked up there."""
        path = Path(self.mktemp()).absolute()
        path.write_bytes(DEVICE)
        self.appliance.acsctl("datamodel", "import", str(path))
        self.addCleanup(self.appliance.acsctl, "datamodel", "remove", "Device:2.11")
        return "/definitions"

    def webhook(self) -> str:
        """The id of a webhook, which somebody takes."""
        receiver = Receiver()
        self.addCleanup(receiver.close)
        made = self.appliance.asked("webhook", "add", receiver.url, "--events", "alarm,session_failed")
        self.addCleanup(self.appliance.acsctl, "webhook", "remove", made["id"], "--yes")
        receiver.kind.secret = made["secret"]
        self.appliance.acsctl("webhook", "test", made["id"])
        return str(made["id"])

    def category(self) -> str:
        """A category, which a model's devices are of."""
        device = self.appliance.asked("device", "list")[0]
        model = f"{device['manufacturer']}/{device['product_class']}"
        self.appliance.acsctl("profile", "set", "model", model, "--category", "home")
        self.addCleanup(self.appliance.acsctl, "profile", "delete", "model", model)
        return "home"

    def pages(self) -> dict[str, str]:
        """Every page by a name, of things that are there."""
        kind = self.kind()
        return {
            "category": f"/categories/{self.category()}",
            "campaign": f"/campaigns/{self.campaign()}",
            "webhook": f"/webhooks/{self.webhook()}",
            **{name: f"/{name}" for name in ("campaigns", "webhooks")},
            **{name: f"/{name}" for name in ("jobs", "models", "configurations", "quirks", "alarms")},
            "definitions": self.data_model(),
            **{name: f"/{name}" for name in ("datamodels", "nodes")},
            "job": f"/jobs/{self.job()}",
            "device-jobs": f"/devices/{self.device(3)}?tab=jobs",
            "model": f"/models/{kind}",
            "vendor": f"/vendors/{kind.partition('%2F')[0]}",
            "configuration": "/configurations/tag/browsed",
            "quirk": "/quirks/no-attributes",
        }

    def test_every_page_is_accessible_and_fits_in_both_themes_and_on_a_phone(self) -> None:
        self.appliance.asked("config", "set", "tag", "browsed", f"{INTERVAL}=3600", "wifi.2g.ssid=Café")
        pages = self.pages()
        for theme, size in (("light", WIDE), ("dark", NARROW)):
            watched = self.open("admin", theme=theme, size=size)
            for name, path in pages.items():
                watched.go(path)
                for each in watched.page.locator("main details").all():
                    each.evaluate("details => { details.open = true; }")
                self.assertEqual([], watched.unfit(), f"{path} {theme} {size}")
                self.assertFalse(watched.is_too_wide(), f"{path} {size}")
                watched.picture(f"{name}-{theme}-{size[0]}")

    def test_who_may_only_look_has_no_buttons_but_those_that_show(self) -> None:
        watched = self.open("viewer")
        for path in self.pages().values():
            if path.startswith("/webhooks"):
                continue  # for administrators alone
            watched.go(path)
            words = {each.inner_text() for each in watched.page.locator("main button").all()}
            self.assertLessEqual(words, {"Show", "Open"}, path)


class ConfigurationTests(WantedCase):
    def add(self, watched: Watched, path: str, value: str) -> None:
        watched.page.get_by_role("button", name="Add an entry").click()
        row = watched.page.locator("[data-list] > *").last
        row.get_by_label("Path or logical name").fill(path)
        row.get_by_label("Value", exact=True).fill(value)

    def test_one_is_written_row_by_row_looked_at_and_saved(self) -> None:
        device = self.appliance.asked("device", "list")[0]["id"]
        watched = self.agreeing()
        page = watched.page
        watched.go("/configurations")
        page.get_by_label("For").select_option("tag")
        page.get_by_label("Name").fill("a/b")
        page.get_by_role("button", name="Open").click()
        page.wait_for_url("**/configurations/tag/a%2Fb")
        self.add(watched, INTERVAL, "1234")
        self.add(watched, "nonsense", "1")
        page.get_by_role("button", name="Save").click()
        wrong = page.locator("[data-list] > *").last
        wrong.get_by_text("is not the path of a parameter").wait_for()
        wrong.get_by_role("button", name="Remove this row").click()
        self.add(watched, INTERVAL, "1")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("is there twice").wait_for()
        page.locator("[data-list] > *").last.get_by_role("button", name="Remove this row").click()

        page.get_by_label("Device", exact=True).fill(device)
        page.get_by_role("button", name="Preview").click()
        page.get_by_text("Parameters: 1 would be set.").wait_for()
        page.get_by_text("not for the device as it is now").wait_for()
        row = page.locator("#preview tbody tr")
        self.assertIn("1234", row.inner_text())

        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Delete").wait_for()
        self.assertEqual({INTERVAL: "1234"}, self.configuration("tag", "a/b"))
        page.get_by_role("button", name="Delete").click()
        page.wait_for_url("**/configurations")
        # The browser itself tells of the 422.
        watched.troubles = [each for each in watched.troubles if "422" not in each]

    def test_rows_and_json_are_two_views_of_the_same(self) -> None:
        said = {INTERVAL: "60", ".Time.Zone": {"value": "", "notify": "active", "bootstrap_only": False}}
        said |= {".NAT.PortMapping.": {"others": "remove"}, ".Time.Status": {"notify": "passive"}}
        watched = self.agreeing()
        page = watched.page
        watched.go("/configurations/tag/views")
        switch = page.get_by_role("button", name="As JSON")
        switch.click()
        text = page.get_by_label("All of it, as JSON")
        self.assertEqual({}, page.evaluate("text => JSON.parse(text)", text.input_value()))
        text.fill(page.evaluate("value => JSON.stringify(value)", said))
        switch.click()
        self.assertEqual(4, page.locator("[data-list] > *").count())
        page.locator("[data-list] summary").first.click()
        page.locator("[data-list] > *").first.get_by_label("Secret").check()
        switch.click()
        said[INTERVAL] = {"value": "60", "secret": True}
        self.assertEqual(said, page.evaluate("text => JSON.parse(text)", text.input_value()))
        text.fill("{")
        switch.click()
        page.locator("#told").get_by_text("This is not JSON").wait_for()
        text.fill(page.evaluate("value => JSON.stringify(value)", {INTERVAL: "61"}))
        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Delete").wait_for()
        self.assertEqual({INTERVAL: "61"}, self.configuration("tag", "views"))

    def test_logical_names_are_suggested_while_one_types(self) -> None:
        watched = self.agreeing()
        watched.go("/configurations/tag/suggested")
        watched.page.get_by_role("button", name="Add an entry").click()
        watched.page.keyboard.type("wifi.2g.s")
        watched.page.locator("#paths option[value='wifi.2g.ssid']").wait_for(state="attached")


class KindTests(WantedCase):
    def test_what_holds_for_a_model_is_edited_in_rows(self) -> None:
        watched = self.agreeing()
        page = watched.page
        kind = self.kind()
        watched.go(f"/models/{kind}")
        card = page.locator("section", has=page.get_by_role("heading", name="Tracked parameters"))
        card.get_by_role("button", name="Add a row").click()
        card.get_by_label("Path, of a parameter").last.fill(".DeviceInfo.UpTime")
        card.get_by_label("Seconds between").last.fill("3600")
        card.get_by_label("Keep its history").last.check()
        card.get_by_role("button", name="Save").click()
        page.locator("#told").get_by_text("Done.").wait_for()
        names = page.locator("section", has=page.get_by_role("heading", name="Logical names"))
        names.get_by_role("button", name="Add a row").click()
        names.get_by_label("Logical name").last.fill("No Name")
        names.get_by_label("Path").last.fill(".X")
        names.get_by_role("button", name="Save").click()
        names.get_by_text("is no logical name").wait_for()
        watched.go(f"/models/{kind}")
        self.assertEqual(".DeviceInfo.UpTime", page.get_by_label("Path, of a parameter").last.input_value())
        watched.troubles = [each for each in watched.troubles if "422" not in each]

    def test_a_quirk_is_forced_and_let_go(self) -> None:
        watched = self.agreeing()
        page = watched.page
        watched.go(f"/models/{self.kind()}")
        for choice in ("on", "as the rules say"):
            page.get_by_text("Force some on or off").click()
            page.get_by_label("whole-seconds").select_option(label=choice)
            quirks = page.locator("section", has=page.get_by_role("heading", name="Quirks"))
            with page.expect_navigation():
                quirks.get_by_role("button", name="Save").click()
            told = page.locator("#state").get_by_role("link", name="whole-seconds")
            self.assertEqual(choice == "on", told.count() == 1)

    def test_all_of_a_model_are_configured_anew(self) -> None:
        watched = self.agreeing()
        kind = self.kind()
        watched.go(f"/models/{kind}")
        watched.page.get_by_role("button", name="Reconfigure all").click()
        watched.page.locator("#state").get_by_text("Its own").wait_for()


class JobTests(WantedCase):
    def test_a_job_that_waits_is_cancelled(self) -> None:
        job = self.job()
        watched = self.agreeing("support")
        watched.go(f"/jobs/{job}")
        watched.page.get_by_role("button", name="Cancel").click()
        watched.page.get_by_text("It was taken back.").wait_for()
        watched.page.get_by_role("button", name="Queue again").wait_for()


class DataModelTests(WantedCase):
    def test_a_file_is_imported_and_looked_up(self) -> None:
        path = Path(self.mktemp())
        path.write_bytes(DEVICE)
        watched = self.agreeing()
        page = watched.page
        watched.go("/datamodels")
        page.get_by_label("A file of the Broadband Forum").set_input_files(path)
        page.get_by_role("button", name="Import").click()
        page.get_by_text("Imported: Device:2.11").wait_for()
        page.locator("#models").get_by_role("link", name="Device:2.11").click()
        page.get_by_text("Device.Time.Enable").wait_for()
        watched.go("/datamodels")
        page.get_by_role("button", name="Forget").click()
        page.get_by_text("None was imported").wait_for()
