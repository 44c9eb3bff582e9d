"""Files of the folder get an address when the RPC goes out; a job that names one that is not there fails."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp.messages import AnyRequest
from acs.cwmp.values import TimeWindowStruct
from acs.firmware import tickets
from acs.firmware.image import VENDOR_CONFIGURATION, Image
from acs.quirks.adapter import NOTHING, Adapter
from acs.quirks.rules import Rule
from acs.session.errors import NotForDevice
from acs.session.files import LIFE, LONGEST_URL, NO_FILES, PUT, Files, addressed, path_of, url_of
from acs.store.records import Device, Job, Profile
from tests.session.test_upgrade import NEW, UpgradeCase
from tests.support.shelf import KEY, SITE, TFTP, Shelf

NOW = 1_795_608_000.5
DEVICE = Device("001CA8-Box-S1", "Acme", "001CA8", "Box", "S1", key=17)
CONFIG = Image("config/é box.cfg", 42, 1.0, VENDOR_CONFIGURATION, sha256="ab", target_file_name="box.cfg")
URL = "acs:config/%C3%A9%20box.cfg"


def download(url: str = URL, **more: Any) -> m.Download:
    return m.Download(FileType=VENDOR_CONFIGURATION, URL=url, **more)


class AddressTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.shelf = Shelf()
        self.shelf.there[CONFIG.path] = CONFIG
        self.files = self.shelf.files

    def told(self, request: AnyRequest, adapter: Adapter = NOTHING, files: Files | None = None) -> Any:
        return addressed(files or self.files, request, DEVICE, 23, adapter, NOW)

    def refused(self, request: AnyRequest, adapter: Adapter = NOTHING, files: Files | None = None) -> str:
        return str(self.assertRaises(NotForDevice, self.told, request, adapter, files))

    def test_a_path_is_written_as_in_a_url(self) -> None:
        self.assertEqual(URL, url_of(CONFIG))
        self.assertEqual(CONFIG.path, path_of(URL))
        for other in ("", "http://192.0.2.1/x", "ACS:x"):
            self.assertEqual("", path_of(other))

    def test_a_download_gets_a_ticket_for_this_device_and_job(self) -> None:
        told = self.told(download(DelaySeconds=60, CommandKey="k"))
        start, ticket, path = told.URL.removeprefix(SITE).split("/", 2)
        self.assertEqual(("get", "config/%C3%A9%20box.cfg"), (start, path))
        self.assertEqual(
            tickets.Ticket(17, 23, int(NOW) + 60 + LIFE),
            tickets.read(KEY, ticket, f"get {CONFIG.path}", NOW),
        )
        self.assertIsNone(tickets.read(KEY, ticket, "get config/other", NOW))
        self.assertEqual(
            (42, "box.cfg", "", "", "k"),
            (told.FileSize, told.TargetFileName, told.Username, told.Password, told.CommandKey),
        )

    def test_what_the_job_says_itself_stays(self) -> None:
        told = self.told(download(FileSize=1, TargetFileName="x", Username="u", Password="p"))
        self.assertEqual(
            (1, "x", "u", "p"), (told.FileSize, told.TargetFileName, told.Username, told.Password)
        )

    def test_a_ticket_lasts_until_the_last_window(self) -> None:
        windows = tuple(
            TimeWindowStruct(start, start + 60, "1 At Any Time", "", 0) for start in (0, 2**32 - 100)
        )
        for window, wanted in ((windows[:1], int(NOW) + 60 + LIFE), (windows, 2**32 - 1)):
            request = m.ScheduleDownload(FileType=VENDOR_CONFIGURATION, URL=URL, TimeWindowList=window)
            ticket = self.told(request).URL.removeprefix(SITE).split("/")[1]
            read = tickets.read(KEY, ticket, f"get {CONFIG.path}", NOW)
            assert read is not None
            self.assertEqual(wanted, read.expires)

    def test_one_that_mangles_urls_is_told_the_plain_one_with_a_user_name(self) -> None:
        told = self.told(download(), Adapter(plain_file_urls=True))
        username, password = tickets.pair(KEY, 17, f"get {CONFIG.path}")
        self.assertEqual(f"{SITE}config/%C3%A9%20box.cfg", told.URL)
        self.assertEqual((username, password), (told.Username, told.Password))

    def test_one_that_knows_tftp_alone_is_told_that(self) -> None:
        told = self.told(download(), Adapter(files_by_tftp=True, plain_file_urls=True))
        self.assertEqual(f"{TFTP}config/%C3%A9%20box.cfg", told.URL)
        without = Files(self.shelf, KEY, SITE)
        reason = self.refused(download(), Adapter(files_by_tftp=True), without)
        self.assertEqual("no files are served by TFTP", reason)

    def test_what_tftp_does_not_serve_is_refused(self) -> None:
        for name in ("Box%2F1", "Box\\1"):
            path = f"Acme/{name}/1.2/image.bin"
            self.shelf.there[path] = replace(CONFIG, path=path)
            reason = self.refused(download(url_of(self.shelf.there[path])), Adapter(files_by_tftp=True))
            self.assertIn("TFTP serves nothing with", reason)

    def test_a_url_that_is_too_long_for_the_rpc_is_refused(self) -> None:
        for length, fits in ((LONGEST_URL, True), (LONGEST_URL + 1, False)):
            path = "config/".ljust(length - len(f"{SITE}get/{'t' * 48}/"), "x")
            self.shelf.there[path] = CONFIG
            if fits:
                self.assertEqual(length, len(self.told(download(f"acs:{path}")).URL))
            else:
                self.assertIn("257 characters, and 256 may be", self.refused(download(f"acs:{path}")))

    def test_a_file_that_is_not_there_is_refused(self) -> None:
        for url, path in (
            ("acs:config/no", "config/no"),
            ("acs:..%2Fsecret.key", "../secret.key"),
            ("acs:", ""),
        ):
            self.assertEqual(f"there is no file {path!r} in the folder", self.refused(download(url)))
        self.assertIn("there is no file", self.refused(download(), files=NO_FILES))

    def test_an_upload_gets_a_ticket_of_its_own_kind(self) -> None:
        for url in ("", "acs:"):
            told = self.told(m.Upload(FileType="4 Vendor Log File 1", URL=url, DelaySeconds=5))
            start, ticket = told.URL.removeprefix(SITE).split("/")
            self.assertEqual("put", start)
            wanted = tickets.Ticket(17, 23, int(NOW) + 5 + LIFE)
            self.assertEqual(wanted, tickets.read(KEY, ticket, PUT, NOW))
            self.assertIsNone(tickets.read(KEY, ticket, "get ", NOW))
        self.assertIn("acs: alone", self.refused(m.Upload(FileType="4", URL="acs:x")))
        nowhere = self.refused(m.Upload(FileType="4", URL="acs:"), files=NO_FILES)
        self.assertEqual("no files are served by HTTP", nowhere)

    def test_what_names_none_of_ours_stays_as_it_is(self) -> None:
        for request in (
            download("http://192.0.2.1/x"),
            m.Upload(FileType="4", URL="ftp://192.0.2.1/x"),
            m.Reboot(CommandKey="k"),
        ):
            self.assertIs(request, self.told(request, Adapter(plain_file_urls=True)))

    def test_what_a_device_runs_then_is_told_by_the_image_or_by_its_path(self) -> None:
        def job(url: str, kind: str = "1 Firmware Upgrade Image", rpc: str = "Download") -> Job:
            return Job(1, "d", rpc, {"FileType": kind, "URL": url}, NOW)

        self.shelf.put("Acme", "Box", "2.0", reported="2.0-r1")
        for asked, wanted in (
            (job("acs:Acme/Box/2.0/image.bin"), ("2.0", "2.0-r1")),
            (job("acs:Acme/Box/2.1/gone.bin"), ("2.1",)),
            (job("acs:Acme/Box/2.0/image.bin", "2 Web Content"), ()),
            (job("acs:Acme/Box/2.0/image.bin", rpc="Upload"), ()),
            (job("http://192.0.2.1/Acme/Box/2.0/image.bin"), ()),
            (job("acs:Acme/image.bin"), ()),
        ):
            self.assertEqual(wanted, self.files.versions_of(asked))


class JobTests(UpgradeCase):
    """In whole sessions."""

    async def test_a_person_has_a_file_downloaded_and_the_job_shows_no_ticket(self) -> None:
        cpe = await self.met()
        self.shelf.there[CONFIG.path] = CONFIG
        arguments = {"FileType": VENDOR_CONFIGURATION, "URL": URL}
        job = await self.world.job(cpe.device_id.key, "Download", arguments)
        await self.session(cpe)
        await self.fetch(cpe)
        ((url, _, _),) = self.server.fetched
        self.assertTrue(url.startswith(f"{SITE}get/"))
        await self.session(cpe)
        done = await self.world.store.job(job.id)
        assert done is not None
        self.assertEqual(("done", URL), (done.state.value, done.arguments["URL"]))

    async def test_one_that_is_not_there_fails_with_the_reason_and_is_never_sent(self) -> None:
        cpe = await self.met()
        arguments = {"FileType": VENDOR_CONFIGURATION, "URL": URL}
        job = await self.world.job(cpe.device_id.key, "Download", arguments)
        self.assertEqual([], await self.session(cpe))
        failed = await self.world.store.job(job.id)
        assert failed is not None
        words = {"FaultCode": 0, "FaultString": f"there is no file {CONFIG.path!r} in the folder"}
        self.assertEqual(("failed", words, None), (failed.state.value, failed.fault, failed.sent))

    async def test_a_quirk_says_how_a_device_is_told(self) -> None:
        cpe = await self.met()
        self.shelf.there[CONFIG.path] = CONFIG
        await self.world.store.change_quirk_rules([Rule("plain-file-urls")])
        arguments = {"FileType": VENDOR_CONFIGURATION, "URL": URL}
        await self.world.job(cpe.device_id.key, "Download", arguments)
        await self.session(cpe)
        await self.fetch(cpe)
        device = await self.known(cpe)
        pair = tickets.pair(KEY, device.key, f"get {CONFIG.path}")
        self.assertEqual([(f"{SITE}config/%C3%A9%20box.cfg", *pair)], self.server.fetched)

    async def test_a_device_sends_a_file_to_where_its_ticket_says(self) -> None:
        cpe = await self.met()
        arguments = {"FileType": "1 Vendor Configuration File", "URL": "acs:"}
        await self.world.job(cpe.device_id.key, "Upload", arguments)
        await self.session(cpe)
        await self.fetch(cpe)
        (url,) = self.server.sent
        self.assertTrue(url.startswith(f"{SITE}put/"))

    async def test_the_vendor_configuration_file_of_a_kind_may_be_one_of_the_folder(self) -> None:
        cpe = await self.met()
        self.shelf.there[CONFIG.path] = CONFIG
        await self.world.store.put_profile(Profile("model", self.model_of(cpe), vendor_file=URL))
        self.assertIn("Download", await self.session(cpe))
        (request,) = self.asked.downloads
        self.assertEqual((VENDOR_CONFIGURATION, 42), (request.FileType, request.FileSize))
        self.assertTrue(request.URL.startswith(f"{SITE}get/"))

    async def test_one_that_cannot_be_fetched_has_nothing_to_do_with_firmware(self) -> None:
        cpe = await self.met()
        self.shelf.there[CONFIG.path] = CONFIG
        self.server.broken = True
        await self.world.store.put_profile(Profile("model", self.model_of(cpe), vendor_file=URL))
        await self.session(cpe)
        await self.fetch(cpe)
        await self.session(cpe)
        failed = await self.last_job()
        self.assertEqual(("failed", True), (failed.state.value, failed.automatic))
        self.assertEqual("", (await self.known(cpe)).firmware_problem)

    async def test_one_that_fetches_by_tftp_is_told_its_firmware_so(self) -> None:
        cpe = await self.given(NEW)
        await self.world.store.change_quirk_rules([Rule("files-by-tftp")])
        await self.session(cpe)
        (request,) = self.asked.downloads
        self.assertEqual((f"{TFTP}{next(iter(self.shelf.there))}", ""), (request.URL, request.Username))
