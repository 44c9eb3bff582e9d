"""The pages about jobs."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from acs.store import ids
from acs.store.records import Job, JobState, Role
from tests.web.cases import AIRTIES
from tests.web.console.cases import EVIL, PageCase

SSID = "Device.WiFi.SSID.1.SSID"
KEY = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase"


def wanted(**values: str) -> dict[str, Any]:
    """The arguments that set these."""
    return {"ParameterList": [{"Name": name, "Value": value} for name, value in values.items()]}


class JobPagesCase(PageCase):
    async def ended(self, job: Job, state: JobState, **how: Any) -> str:
        """The page's path of a job that has come to this."""
        await self.store.send_job(job.id, self.clock.seconds(), 7)
        self.store.change_job(job.id, state=state, ended=self.clock.seconds(), **how)
        await self.store.committed()
        return self.place(job)

    def place(self, job: Job) -> str:
        """The page's path."""
        return f"/jobs/{ids.as_text(job.id)}"


class ListTests(JobPagesCase):
    async def test_it_lists_jobs_with_their_ends(self) -> None:
        await self.ended(
            await self.job("Reboot"), JobState.FAILED, fault={"FaultCode": 9002, "FaultString": "busy"}
        )
        job = await self.job("GetRPCMethods", reason="look")
        page = await self.page("/jobs", Role.VIEWER)
        self.assertIn("GetRPCMethods", page.text)
        self.assertIn("9002 busy", page.text)
        self.assertIn(self.place(job), page.links())

    async def test_filters_narrow_it_and_stay_filled_in(self) -> None:
        await self.job("Reboot", urgent=True)
        await self.job("GetRPCMethods")
        page = await self.page(f"/jobs?device={quote(AIRTIES.id)}&rpc=&state=queued&urgent=true&automatic=")
        self.assertIn("Reboot", page.texts("//td")[0])
        self.assertEqual(1, len(page.tree.xpath("//tbody/tr")))
        self.assertEqual(["queued", "true"], page.tree.xpath("//option[@selected]/text()"))
        self.assertEqual(1, len(page.tree.xpath(f"//input[@value='{AIRTIES.id}']")))

    async def test_it_says_so_where_there_is_none(self) -> None:
        self.assertIn("No job is like that.", (await self.page("/jobs?state=failed")).text)

    async def test_a_filter_that_cannot_be_is_told(self) -> None:
        self.assertIn("state", (await self.page("/jobs?state=lost", status=400)).text)

    async def test_it_is_drawn_anew_when_a_job_changes(self) -> None:
        page = await self.page("/jobs")
        self.assertEqual(["job"], page.tree.xpath("//main/@data-live"))
        self.assertTrue(page.tree.xpath("//*[@id='list'][@data-part]"))


class JobTests(JobPagesCase):
    async def test_a_fault_is_told_with_its_meaning_for_each_parameter(self) -> None:
        fault = {
            "FaultCode": 9003,
            "FaultString": "no",
            "SetParameterValuesFault": [
                {"ParameterName": SSID, "FaultCode": 9007, "FaultString": "too long"},
            ],
        }
        job = await self.job("SetParameterValues", wanted(**{SSID: "x" * 99}))
        page = await self.page(await self.ended(job, JobState.FAILED, fault=fault), Role.VIEWER)
        for words in ("Invalid arguments", SSID, "9007", "Invalid parameter value", "too long"):
            self.assertIn(words, page.text)

    async def test_a_result_is_shown_by_its_names(self) -> None:
        job = await self.job("GetRPCMethods")
        result = {"MethodList": ["Reboot", "X_Dance"]}
        page = await self.page(await self.ended(job, JobState.DONE, result=result))
        self.assertIn("MethodList 2", page.text)
        self.assertIn("X_Dance", page.texts("//li"))
        self.assertIn(f"/sessions/{ids.as_text(7)}", page.links())

    async def test_one_that_waits_can_be_cancelled_by_support(self) -> None:
        place = self.place(await self.job("Reboot"))
        cancels = "DELETE /api/v1" + place
        self.assertIn("next session", (await self.page(place)).text)
        self.assertIn(cancels, (await self.page(place, Role.SUPPORT)).requests())
        self.assertEqual(set(), (await self.page(place, Role.VIEWER)).requests())
        self.assertEqual(200, (await self.ask("DELETE", "/api/v1" + place, role=Role.SUPPORT)).status)
        page = await self.page(place, Role.SUPPORT)
        self.assertNotIn(cancels, page.requests())
        self.assertIn("It was taken back.", page.text)

    async def test_an_uncertain_one_says_what_to_do(self) -> None:
        job = await self.job("FactoryReset")
        await self.store.send_job(job.id, self.clock.seconds(), 7)
        self.store.change_job(job.id, uncertain=True)
        await self.store.committed()
        page = await self.page(self.place(job), Role.SUPPORT)
        self.assertIn("nobody knows", page.text)
        self.assertIn("DELETE /api/v1" + self.place(job), page.requests())

    async def test_what_has_ended_can_be_queued_again_by_whom_may_queue_it(self) -> None:
        again = f"POST /api/v1/devices/{quote(AIRTIES.id)}/jobs"
        reboot = await self.ended(await self.job("Reboot"), JobState.DONE, result={})
        self.assertIn(again, (await self.page(reboot, Role.SUPPORT)).requests())
        self.assertEqual(set(), (await self.page(reboot, Role.VIEWER)).requests())
        for job in (
            await self.job("Upload", {"FileType": "3 Vendor Configuration File", "URL": "http://x/y"}),
            await self.job("SetParameterValues", wanted(**{"Device.ManagementServer.URL": "http://x/"})),
        ):
            place = await self.ended(job, JobState.FAILED, fault={"FaultCode": 9011, "FaultString": ""})
            self.assertEqual(set(), (await self.page(place, Role.SUPPORT)).requests())
            self.assertIn(again, (await self.page(place, Role.OPERATOR)).requests())

    async def test_secrets_are_hidden_unless_an_operator_asks(self) -> None:
        job = await self.job("SetParameterValues", wanted(**{KEY: "hush hush"}))
        place = await self.ended(job, JobState.DONE, result={"Status": 0})
        page = await self.page(place)
        self.assertNotIn("hush hush", page.source)
        self.assertEqual(set(), page.requests())  # what is hidden cannot be sent again
        self.assertIn("hush hush", (await self.page(place + "?secrets=true", Role.OPERATOR)).source)
        await self.page(place + "?secrets=true", Role.SUPPORT, status=403)

    async def test_what_a_device_says_is_text(self) -> None:
        fault = {
            "FaultCode": 9800,
            "FaultString": EVIL,
            "SetParameterValuesFault": [
                {"ParameterName": "Device." + EVIL, "FaultCode": 9801, "FaultString": EVIL}
            ],
        }
        job = await self.job("SetParameterValues", wanted(**{SSID: EVIL}), reason=EVIL)
        place = await self.ended(job, JobState.FAILED, fault=fault)
        self.assert_harmless(await self.page(place), EVIL, "Device." + EVIL)
        self.assert_harmless(await self.page("/jobs"))
        read = await self.ended(
            await self.job("GetParameterValues", {"ParameterNames": [SSID]}),
            JobState.DONE,
            result={"ParameterList": [{"Name": EVIL, "Value": EVIL, "Type": EVIL}], "X" + EVIL: {EVIL: EVIL}},
        )
        self.assert_harmless(await self.page(read))

    async def test_no_job_is_a_page_that_says_so(self) -> None:
        for name in ("nonsense", ids.as_text(5)):
            self.assertIn("no job", (await self.page("/jobs/" + name, status=404)).text)
