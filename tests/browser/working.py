"""What people do with devices, firmware, campaigns in a browser, and see happen."""

from __future__ import annotations

import json
import time
from base64 import b32decode
from pathlib import Path
from urllib.parse import unquote

from acs.web.people.one_time import STEP, code_at
from tests.browser.browsing import BrowserCase, Watched


class DeviceTests(BrowserCase):
    def test_a_wi_fi_name_is_changed_where_it_stands_and_seen_to_arrive(self) -> None:
        watched = self.parameters("ssid.1.ssid")
        watched.page.get_by_role("button", name="Change").first.click()
        field = watched.page.get_by_label("New value of")
        field.fill("Café <b>11</b>")
        field.press("Enter")
        row = watched.page.locator("#parameters tbody tr:visible").first
        row.locator(".badge.done").wait_for()
        self.assertEqual("Café <b>11</b>", row.locator(".held").inner_text())
        watched.page.locator("#now .steps").get_by_text("woken by http").first.wait_for()

    def test_escape_leaves_a_value_as_it_is(self) -> None:
        watched = self.parameters("ssid.1.ssid")
        watched.page.get_by_role("button", name="Change").first.click()
        watched.page.get_by_label("New value of").press("Escape")
        self.assertEqual(0, watched.page.get_by_label("New value of").count())
        self.assertTrue(watched.page.locator("#parameters .held:visible").first.inner_text())

    def test_what_a_device_refuses_is_told_where_it_was_wanted(self) -> None:
        channel = "Device.WiFi.Radio.1.Channel"
        watched = self.parameters(channel)
        watched.page.get_by_role("button", name=f"Change {channel}", exact=True).click()
        field = watched.page.get_by_label(f"New value of {channel}")
        before = field.input_value()
        field.fill("7000000000")
        field.press("Enter")
        row = watched.page.locator(f"tr[data-name='{channel}']")
        row.get_by_text("9007 Invalid parameter value").wait_for()
        self.assertEqual(before, row.locator(".held").inner_text())

    def parameters(self, words: str) -> Watched:
        """The parameters of a device that has these words in them."""
        watched = self.open("support")
        watched.go(f"/devices/{self.device(1)}?tab=parameters")
        watched.page.get_by_label("Filter").fill(words)
        return watched

    def test_of_a_device_that_alone_is_said_which_was_changed(self) -> None:
        device = self.appliance.asked("device", "list")[1]["id"]
        asked: list[object] = []
        watched = self.open("operator")
        watched.page.on(
            "request", lambda each: asked.append(each.post_data_json) if each.method == "PATCH" else None
        )
        watched.go(f"/devices/{self.device(1)}")
        watched.page.get_by_text("Local override, tags, notes").click()
        form = watched.page.locator("form[data-changed]")
        for label, words in (("Tags", "two words\none"), ("Notes", "a note")):
            form.get_by_label(label).fill(words)
            form.get_by_role("button", name="Save").click()
            watched.page.locator("#told").get_by_text("Done.").first.wait_for()
            watched.page.wait_for_function(
                "() => !document.querySelector('form[data-changed] button:disabled')"
            )
        form.get_by_role("button", name="Save").click()
        watched.page.locator("#told").get_by_text("Nothing is other than it was.").wait_for()
        self.assertEqual([{"tags": ["two words", "one"]}, {"notes": "a note"}], asked)
        self.assertEqual(["two words", "one"], self.appliance.asked("device", "show", device)["tags"])
        watched.page.get_by_role("link", name="two words").wait_for()

    def test_what_is_typed_stays_while_something_happens(self) -> None:
        device = self.appliance.asked("device", "list")[2]["id"]
        watched = self.open("operator")
        watched.go(f"/devices/{self.device(2)}")
        watched.page.get_by_text("Local override, tags, notes").click()
        watched.page.locator("form[data-changed]").get_by_label("Notes").fill("half a sen")
        watched.page.get_by_role("heading", level=1).click()
        self.appliance.acsctl("device", "refresh", device)
        watched.page.wait_for_timeout(2500)
        self.assertEqual(
            "half a sen", watched.page.locator("form[data-changed]").get_by_label("Notes").input_value()
        )

    def test_a_device_is_pinged_and_what_it_found_is_told(self) -> None:
        watched = self.open("support")
        watched.go(f"/devices/{self.device(1)}?tab=diagnostics")
        card = watched.page.locator("section").filter(has=watched.page.locator("#found-IPPing"))
        card.get_by_label("Host *").fill("192.0.2.1")
        card.get_by_role("button", name="Start").click()
        watched.page.locator("#found-IPPing").get_by_text("came back").wait_for()

    def test_any_rpc_is_made_in_fields_or_as_text(self) -> None:
        watched = self.open("support")
        watched.go(f"/devices/{self.device(2)}?tab=rpc")
        watched.page.locator("select[name=rpc]").select_option("GetParameterNames")
        watched.page.get_by_label("ParameterPath").fill("Device.")
        watched.page.get_by_label("NextLevel").select_option("true")
        watched.page.get_by_role("button", name="As JSON").click()
        text = watched.page.get_by_label("Arguments, as JSON")
        self.assertEqual({"ParameterPath": "Device.", "NextLevel": True}, json.loads(text.input_value()))
        text.fill('{"ParameterPath": "InternetGatewayDevice.", "NextLevel": true}')
        watched.page.get_by_role("button", name="As JSON").click()
        self.assertEqual("InternetGatewayDevice.", watched.page.get_by_label("ParameterPath").input_value())
        watched.page.get_by_role("button", name="Queue").click()
        watched.page.locator("#now").get_by_text("GetParameterNames").wait_for()

    def test_a_device_is_deleted_by_who_types_its_serial_number_alone(self) -> None:
        device = self.device(3)
        self.appliance.asked("device", "list")
        watched = self.open("operator")
        watched.go(f"/devices/{device}?tab=replace")
        watched.page.get_by_label("Type its serial number").fill("something else")
        watched.page.get_by_role("button", name="Delete", exact=True).click()
        watched.page.locator("#told .bad").wait_for()
        self.assertIn(unquote(device), [each["id"] for each in self.appliance.asked("device", "list")])


class ListTests(BrowserCase):
    def test_why_some_devices_cannot_have_what_is_done_to_many_is_told(self) -> None:
        watched = self.open("operator")
        watched.go("/devices")
        refused = {"device": "X-1", "reason": "there is no device with this id"}
        found = {"id": "x", "state": "done", "devices": 2, "done": 1, "refused": 1, "reasons": [refused]}
        watched.page.evaluate("found => followBulk('Wake', found)", found)
        told = watched.page.locator("[data-progress]").text_content() or ""
        self.assertIn("1 refused, done: X-1 there is no device with this id", told)

    def test_columns_and_a_view_are_kept(self) -> None:
        watched = self.open("support")
        watched.go("/devices?online=true")
        watched.page.get_by_text("Columns", exact=True).click()
        watched.page.get_by_label("OUI").check()
        watched.page.locator("[data-columns-show]").click()
        watched.page.wait_for_url("**columns=*")
        watched.page.get_by_role("columnheader", name="OUI").wait_for()
        watched.page.get_by_text("Keep this view").click()
        watched.page.get_by_label("Its name").fill("with <b>OUI")
        watched.page.get_by_role("button", name="Keep", exact=True).click()
        watched.page.get_by_role("link", name="with <b>OUI").wait_for()
        watched.go("/devices")
        watched.page.get_by_role("columnheader", name="OUI").wait_for()


class CampaignTests(BrowserCase):
    def test_firmware_is_added_and_a_campaign_begun_and_halted(self) -> None:
        image = Path(self.mktemp())
        image.write_bytes(b"firmware")
        watched = self.open("operator")
        watched.go("/firmware")
        form = watched.page.locator("form[data-upload]")
        form.get_by_label("File").set_input_files(image)
        form.get_by_label("Manufacturer or OUI").fill("Nordfjord")
        form.get_by_label("Product class").fill("NF-1200")
        form.get_by_label("Version").fill("9.9")
        form.get_by_role("button", name="Add").click()
        form.get_by_text("It is there.").wait_for()
        watched.page.locator("#list").get_by_text("NF-1200/9.9").wait_for()
        watched.go("/campaigns/new?product_class=NF-1200")
        watched.page.locator("#reach").get_by_text("2 devices").wait_for()
        watched.page.get_by_label("Name of the campaign").fill("autumn")
        watched.page.get_by_label("Firmware", exact=True).fill("9.9")
        watched.page.get_by_role("button", name="Make it").click()
        watched.page.wait_for_url("**/campaigns/0*")
        watched.page.get_by_role("button", name="Begin").click()
        watched.page.get_by_role("button", name="Pause").click()
        watched.page.locator("#state .badge.paused").wait_for()
        watched.page.once("dialog", lambda dialog: dialog.accept())
        watched.page.get_by_role("button", name="End for good").click()
        watched.page.locator("#state .badge.aborted").wait_for()


class OneselfTests(BrowserCase):
    def test_a_second_factor_is_set_up_and_taken_away(self) -> None:
        watched = self.open("support")
        watched.go("/me")
        watched.page.get_by_role("button", name="Set it up").click()
        watched.page.locator(".qr svg path").wait_for()
        text = watched.page.locator("[data-secret]").inner_text().replace(" ", "")
        secret = b32decode(text + "=" * (-len(text) % 8))
        self.assertEqual([], watched.unfit())
        watched.page.get_by_label("The code that the app shows now").fill(
            code_at(secret, int(time.time() // STEP))
        )
        watched.page.get_by_role("button", name="That is it").click()
        codes = watched.page.locator("[data-recovery-codes]")
        codes.wait_for()
        recovery = codes.inner_text().split()[0]
        watched.page.get_by_role("link", name="I have them").click()
        watched.page.get_by_text("Second factor on").wait_for()
        watched.page.get_by_label("or a recovery code").fill(recovery)
        watched.page.get_by_role("button", name="Remove it").click()
        watched.page.get_by_role("button", name="Set it up").wait_for()


class PeopleTests(BrowserCase):
    def test_a_token_is_shown_once_and_revoked(self) -> None:
        watched = self.open("admin")
        watched.go("/people")
        watched.page.get_by_text("Make a token").click()
        form = watched.page.locator("form[data-shows=token]")
        form.get_by_label("Name").fill("for a test")
        form.get_by_label("devices, to read").check()
        form.get_by_role("button", name="Make").click()
        form.get_by_text("acs_").wait_for()
        row = watched.page.locator("#tokens tr").filter(has_text="for a test")
        row.get_by_text("devices:read").wait_for()
        watched.page.once("dialog", lambda dialog: dialog.accept())
        row.get_by_role("button", name="Revoke").click()
        row.wait_for(state="detached")

    def test_a_user_is_added_for_some_devices_and_removed(self) -> None:
        watched = self.open("admin")
        watched.go("/people")
        watched.page.get_by_text("Add a user").click()
        form = watched.page.locator("form[action$='/{name}']")
        form.get_by_label("Name").fill("berta <b>")
        form.get_by_label("Password").fill("correct horse")
        form.get_by_label("Only devices with one of these tags").fill("north\nfar south")
        form.get_by_role("button", name="Add").click()
        row = watched.page.locator("#users tr").filter(has_text="berta <b>")
        row.get_by_text("tagged north, far south").wait_for()
        row.get_by_text("Change").click()
        watched.page.once("dialog", lambda dialog: dialog.accept())
        row.get_by_role("button", name="Remove").click()
        row.wait_for(state="detached")
