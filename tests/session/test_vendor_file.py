"""The vendor configuration file of a kind of device is downloaded once, and after each reset."""

from __future__ import annotations

from acs.cwmp import messages as m
from acs.cwmp.messages import AnyRequest, Message
from acs.session.verification import Never
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.device import Device as Simulated
from acs.simulate.habits import Habit
from acs.store.interface import Query
from acs.store.records import Job, Profile
from tests.session.test_configure import CODE, ConfigureCase

URL, OTHER = "https://acs.isp.example/box.cfg", "https://acs.isp.example/box-2.cfg"


class Downloading(Habit):
    """Does at once what a Download asks for, or will not."""

    def __init__(self, fault: int = 0) -> None:
        self.fault = fault
        self.asked: list[m.Download] = []

    def answers(self, cpe: Simulated, request: AnyRequest) -> Message | None:
        if not isinstance(request, m.Download):
            return None
        self.asked.append(request)
        return m.Fault(self.fault, "no") if self.fault else m.DownloadResponse(0)


class VendorFileCase(ConfigureCase):
    async def given(self, url: str = URL, fault: int = 0) -> tuple[SimulatedCPE, Downloading]:
        """A device whose kind has a file."""
        cpe, downloading = await self.met(), Downloading(fault)
        self.habits = [downloading]
        await self.kind(cpe, url)
        return cpe, downloading

    async def kind(self, cpe: SimulatedCPE, url: str) -> None:
        who = cpe.device_id
        name = f"{who.Manufacturer}/{who.ProductClass}"
        await self.world.store.put_profile(Profile("model", name, vendor_file=url))

    async def downloads(self) -> list[Job]:
        return list((await self.world.store.jobs(Query({"rpc": "Download"}))).items)


class VendorFileTests(VendorFileCase):
    async def test_it_is_downloaded_once_before_anything_is_configured(self) -> None:
        cpe, downloading = await self.given()
        await self.put("all", "default", {CODE: "x"})
        asked = await self.session(cpe)
        self.assertEqual(["Download", "GetParameterValues"], asked[:2])
        (request,) = downloading.asked
        self.assertEqual(("3 Vendor Configuration File", URL), (request.FileType, request.URL))
        self.assertEqual([], await self.session(cpe))
        (job,) = await self.downloads()
        self.assertEqual((True, "done"), (job.automatic, job.state.value))

    async def test_again_after_a_reset_and_where_it_is_another(self) -> None:
        cpe, downloading = await self.given()
        await self.session(cpe)
        cpe.factory_reset()
        await self.session(cpe)
        await self.kind(cpe, OTHER)
        await self.session(cpe)
        self.assertEqual([URL, URL, OTHER], [each.URL for each in downloading.asked])

    async def test_one_that_will_not_have_it_is_not_asked_for_ever(self) -> None:
        cpe, downloading = await self.given(fault=9010)
        for _ in range(3):
            await self.session(cpe)
        self.assertEqual(1, len(downloading.asked))
        (job,) = await self.downloads()
        self.assertEqual("failed", job.state.value)

    async def test_devices_of_other_kinds_have_nothing_to_do_with_it(self) -> None:
        await self.given()
        other = await self.met("voip-phone")
        self.assertEqual([], await self.session(other))


class UnverifiedTests(VendorFileCase):
    how = {"policy": Never()}

    async def test_one_that_is_not_verified_gets_none(self) -> None:
        cpe, downloading = await self.given()
        await self.session(cpe)
        self.assertEqual(([], []), (downloading.asked, await self.downloads()))
