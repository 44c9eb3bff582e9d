"""A device's page, with its tabs."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from acs.firmware.uploads import Uploads
from acs.store import ids
from acs.store.records import JobState, Parameter, Role, SessionResult
from acs.web.console.device import TABS
from acs.web.objects.rpcs import FOR_OPERATORS
from tests.web.cases import AIRTIES, NOON, path
from tests.web.console.cases import EVIL, Page, PageCase

PLACE = f"/devices/{quote(AIRTIES.id, safe='')}"
API = path("devices", AIRTIES.id)
SSID = "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.SSID"
KEY = "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.KeyPassphrase"


class DeviceCase(PageCase):
    async def tab(self, name: str, role: Role = Role.ADMIN, more: str = "") -> Page:
        """A tab of the device."""
        return await self.page(f"{PLACE}?tab={name}{more}", role)


class EveryTabTests(DeviceCase):
    async def test_each_is_there_for_everybody(self) -> None:
        for role in Role:
            for name, label in TABS:
                page = await self.tab(name, role)
                self.assertEqual([label], page.texts("//nav[@class='tabs']/a[@aria-current]"))

    async def test_a_viewer_sees_no_button(self) -> None:
        await self.keep(Parameter(SSID, "a", "xsd:string", True))
        for name, _ in TABS:
            page = await self.tab(name, Role.VIEWER)
            self.assertEqual([], page.tree.xpath("//main//button"), name)

    async def test_support_sees_what_support_may(self) -> None:
        asked = (await self.tab("overview", Role.SUPPORT)).requests()
        self.assertIn(f"POST {API}/wake", asked)
        self.assertNotIn(f"POST {API}/upgrade", asked)
        self.assertNotIn(f"DELETE {API}", (await self.tab("replace", Role.SUPPORT)).requests())

    async def test_what_a_device_says_is_text(self) -> None:
        self.store.change_device(
            AIRTIES.id,
            software_version=EVIL,
            hardware_version=EVIL,
            notes=EVIL,
            tags=(EVIL[:64],),
            config_problems=(EVIL,),
            connection_request_url=EVIL,
            related_device=EVIL,
        )
        await self.keep(Parameter(SSID, EVIL, "xsd:string", True), Parameter(f"{EVIL}.X", EVIL, EVIL, True))
        job = await self.job("Reboot", reason=EVIL)
        await self.store.send_job(job.id, NOON, 7)
        fault = {"FaultCode": 9002, "FaultString": EVIL}
        self.store.change_job(job.id, state=JobState.FAILED, ended=NOON, fault=fault)
        self.session(failure=EVIL, result=SessionResult.FAILED, events=(EVIL,), last_rpc=EVIL)
        await self.ask("PUT", path("configurations", "all", "default"), {"parameters": {SSID: EVIL}})
        for name, _ in TABS:
            self.assert_harmless(await self.tab(name))


class NowTests(DeviceCase):
    async def test_the_panel_tells_what_happens(self) -> None:
        await self.job("Reboot", urgent=True, requested_by="user:anna")
        self.store.change_device(AIRTIES.id, full_read_requested=True, desired_software_version="3.0")
        page = await self.tab("overview", Role.VIEWER)
        self.assertEqual(
            ["queued by user:anna", "to be sent", "done"],
            [each.split(" 2026-")[0].removesuffix(" when it calls") for each in page.texts("//ol/li")],
        )
        self.assertIn("will read all parameters, bring its firmware to 3.0", page.text)

    async def test_it_is_had_without_what_is_long(self) -> None:
        await self.keep(Parameter(SSID, "the value", "xsd:string", True))
        page = await self.tab("now", Role.VIEWER)
        self.assertNotIn("the value", page.source)
        self.assertEqual(1, len(page.tree.xpath("//*[@id='now'][@data-part]")))
        long = await self.tab("parameters")
        self.assertEqual([f"{PLACE}?tab=now"], long.tree.xpath("//main/@data-live-from"))


class ParametersTests(DeviceCase):
    async def test_what_may_be_changed_says_how(self) -> None:
        await self.keep(
            Parameter(SSID, "café", "xsd:string", True),
            Parameter("InternetGatewayDevice.UpTime", "5", "xsd:unsignedInt", False),
            Parameter(KEY, "hush", "xsd:string", True),
        )
        page = await self.tab("parameters", Role.SUPPORT)
        self.assertEqual([f"{API}/jobs"], page.tree.xpath("//table/@data-edits"))
        self.assertEqual(["xsd:string"] * 2, page.tree.xpath("//tr/@data-type"))
        self.assertEqual(2, len(page.tree.xpath("//button[@data-edit]")))
        self.assertNotIn("hush", page.source)

    async def test_secrets_are_for_operators_who_ask(self) -> None:
        await self.keep(Parameter(KEY, "hush hush", "xsd:string", True))
        self.assertIn("hush hush", (await self.tab("parameters", Role.OPERATOR, "&secrets=true")).text)
        await self.page(f"{PLACE}?tab=parameters&secrets=true", Role.SUPPORT, 403)

    async def test_a_device_that_has_told_nothing_says_so(self) -> None:
        self.assertIn("It has told no parameter yet", (await self.tab("parameters")).text)


class ConfigurationTests(DeviceCase):
    async def setUp(self) -> None:
        await super().setUp()
        await self.ask(
            "PUT", path("configurations", "all", "default"), {"parameters": {SSID: "ours", KEY: "secret12"}}
        )
        self.store.change_device(AIRTIES.id, root="InternetGatewayDevice.")
        await self.keep(Parameter(SSID, "theirs", "xsd:string", True), Parameter(KEY, "", "xsd:string", True))

    async def test_what_differs_can_be_put_back_or_learnt(self) -> None:
        page = await self.tab("configuration", Role.OPERATOR)
        self.assertIn("/configurations/all/default", page.links())
        self.assertIn(f"POST {API}/configuration/learn", page.requests())
        bodies = page.tree.xpath("//button[.='Put back']/@data-body")
        self.assertEqual(1, len(bodies))
        self.assertIn('"Value":"ours"', bodies[0])
        self.assertNotIn("secret12", page.source)

    async def test_support_may_put_back_and_not_learn(self) -> None:
        page = await self.tab("configuration", Role.SUPPORT)
        self.assertEqual(["Put back"], page.texts("//td//button"))

    async def test_only_what_differs_is_shown_where_that_is_asked(self) -> None:
        page = await self.tab("configuration", Role.VIEWER, "&diff=true")
        self.assertEqual([SSID], page.texts("//tbody/tr/td[1]"))
        await self.keep(Parameter(SSID, "ours", "xsd:string", True))
        self.assertIn("Nothing differs.", (await self.tab("configuration", Role.VIEWER, "&diff=true")).text)


class RpcTests(DeviceCase):
    async def test_each_role_is_offered_what_it_may_ask_for(self) -> None:
        def offered(page: Page) -> list[str]:
            return page.texts("//select[@name='rpc']/option")

        support, operator = [offered(await self.tab("rpc", role)) for role in (Role.SUPPORT, Role.OPERATOR)]
        self.assertIn("SetParameterValues", support)
        self.assertNotIn("Download", support)
        self.assertTrue(FOR_OPERATORS.issubset(operator))
        self.assertEqual("a vendor's own…", operator[-1])

    async def test_each_brings_the_schema_of_its_arguments(self) -> None:
        page = await self.tab("rpc")
        self.assertEqual(
            len(page.tree.xpath("//select[@name='rpc']/option")),
            len(page.tree.xpath("//option/@data-schema")),
        )


class DiagnosticsTests(DeviceCase):
    async def test_there_is_a_form_for_each_with_its_arguments(self) -> None:
        page = await self.tab("diagnostics", Role.SUPPORT)
        names = page.tree.xpath("//section[.//small='IPPing']//@name")
        self.assertEqual({"arguments.Host", "arguments.NumberOfRepetitions"}, set(names[:2]))
        self.assertIn("arguments.DataBlockSize", names)

    async def test_what_was_found_is_told(self) -> None:
        job = await self.job("IPPing", {"Host": "192.0.2.9"})
        await self.store.send_job(job.id, NOON, 7)
        self.assertIn("The device is at it", (await self.tab("diagnostics")).text)
        result: dict[str, Any] = {"DiagnosticsState": "Complete", "SuccessCount": 4, "FailureCount": 0}
        self.store.change_job(job.id, state=JobState.DONE, ended=NOON, result=result)
        page = await self.tab("diagnostics", Role.VIEWER)
        self.assertIn("192.0.2.9 4 of 4 came back", page.text)

    async def test_why_one_has_failed_is_told(self) -> None:
        job = await self.job("TraceRoute", {"Host": "nowhere.example"})
        await self.store.send_job(job.id, NOON, 7)
        fault = {"FaultCode": 9002, "FaultString": "Error_CannotResolveHostName"}
        self.store.change_job(job.id, state=JobState.FAILED, ended=NOON, fault=fault)
        self.assertIn("9002 Error_CannotResolveHostName", (await self.tab("diagnostics")).text)


class ReplacingTests(DeviceCase):
    async def test_deleting_takes_the_serial_number(self) -> None:
        page = await self.tab("replace", Role.OPERATOR)
        (form,) = page.tree.xpath(f"//form[@data-api='DELETE'][@action='{API}']")
        self.assertEqual(AIRTIES.serial_number, form.get("data-typed"))
        self.assertEqual(1, len(form.xpath(".//input[@data-typed-here]")))

    async def test_what_another_would_get_is_shown_beforehand(self) -> None:
        own = path("configurations", "device", AIRTIES.id)
        await self.ask("PUT", own, {"parameters": {SSID: "of the customer", KEY: "secret12"}})
        page = await self.tab("replace", Role.OPERATOR)
        self.assertIn("of the customer", page.text)
        self.assertNotIn("secret12", page.source)


class NoFilesTests(DeviceCase):
    async def test_it_says_so_where_there_is_none(self) -> None:
        page = await self.tab("files", Role.OPERATOR)
        self.assertIn("It has sent no file.", page.text)
        self.assertIn("The folder has no configuration files", page.text)
        self.assertIn(f"POST {API}/jobs", page.requests())


class FilesTests(DeviceCase):
    """Two configurations that the device has sent."""

    async def setUp(self) -> None:
        kept = Uploads(Path(self.mktemp()), spare=0)
        self.how = {"uploads": kept}
        await super().setUp()
        self.jobs = []
        for number, content in enumerate((b"wifi=on\nname=<b>old</b>\n", b"wifi=on\nname=<b>new</b>\n")):
            job = (number + 1) << 40
            part = kept.begin(self.device.key, job)
            part.write(content)
            part.keep(f"{EVIL} {number}", "3 Vendor Configuration File", NOON + number)
            self.jobs.append(ids.as_text(job))

    async def test_what_has_changed_is_shown_line_by_line(self) -> None:
        page = await self.tab("files", Role.OPERATOR, f"&upload={self.jobs[0]}")
        self.assertEqual(["-name=<b>old</b>"], page.texts("//pre/span[@class='minus']"))
        self.assertEqual(["+name=<b>new</b>"], page.texts("//pre/span[@class='plus']"))
        self.assert_harmless(page)

    async def test_one_may_be_compared_with_another(self) -> None:
        one = self.jobs[1]
        page = await self.tab("files", Role.OPERATOR, f"&upload={one}&with={self.jobs[0]}")
        self.assertEqual(["-name=<b>new</b>"], page.texts("//pre/span[@class='minus']"))
        self.assertIn("Nothing has.", (await self.tab("files", Role.OPERATOR, f"&upload={one}")).text)

    async def test_what_is_in_them_is_for_operators(self) -> None:
        page = await self.tab("files", Role.SUPPORT)
        self.assertEqual(2, len(page.tree.xpath("//tbody/tr")))
        self.assertEqual([], page.tree.xpath("//tbody//a | //tbody//button"))
        more = f"&upload={self.jobs[0]}"
        self.assertNotIn("name=", (await self.tab("files", Role.SUPPORT, more)).text)

    async def test_one_that_is_not_there_is_not_compared(self) -> None:
        page = await self.tab("files", Role.OPERATOR, "&upload=06abcdefgh123")
        self.assertIn("the device has no such upload", page.text)
