"""What devices have uploaded, over the API."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace
from twisted.logger import capturedLogs, formatEvent

from acs.firmware.uploads import Uploads
from acs.store import ids
from acs.store.records import Role
from tests.web.cases import AIRTIES, NOON, ApiCase, path

CONFIGURATION = "3 Vendor Configuration File"
OLD = b"<a>\n" + b"".join(b"  <b>%d</b>\n" % number for number in range(30)) + b"</a>\n"
NEW = OLD.replace(b"<b>20</b>", b"<b>twenty</b>")
JOBS = (1 << 40, 2 << 40, 3 << 40)


class UploadCase(ApiCase):
    """Three uploads of one device."""

    async def setUp(self) -> None:
        self.uploads = Uploads(Path(self.mktemp()), spare=0)
        self.how = {"uploads": self.uploads}
        await super().setUp()
        for number, (job, content) in enumerate(zip(JOBS, (OLD, NEW, b"\0log"), strict=True)):
            part = self.uploads.begin(self.device.key, job)
            part.write(content)
            kind = CONFIGURATION if number < 2 else "4 Vendor Log File"
            part.keep(f"file {number}.cfg", kind, NOON + number)

    def place(self, *more: str, job: int = JOBS[0]) -> str:
        """The target of one of them."""
        return path("devices", AIRTIES.id, "uploads", ids.as_text(job), *more)


class ListTests(UploadCase):
    async def test_they_are_listed_the_newest_first(self) -> None:
        found = await self.get("devices", AIRTIES.id, "uploads", role=Role.VIEWER)
        self.assertEqual([ids.as_text(job) for job in JOBS[::-1]], [each["job"] for each in found["items"]])
        last = found["items"][-1]
        told = (last["name"], last["file_type"], last["size"])
        self.assertEqual(("file 0.cfg", CONFIGURATION, len(OLD)), told)
        self.assertEqual("2026-11-25T12:00:00.000Z", last["time"])

    async def test_in_pieces_too(self) -> None:
        first = await self.get("devices", AIRTIES.id, "uploads", query="?limit=2")
        rest = await self.get("devices", AIRTIES.id, "uploads", query=f"?limit=2&cursor={first['next']}")
        self.assertEqual([ids.as_text(JOBS[0])], [each["job"] for each in rest["items"]])

    async def test_a_device_that_is_not_there_has_none(self) -> None:
        await self.assert_refused(404, "GET", path("devices", "x", "uploads"))


class ContentTests(UploadCase):
    async def test_an_upload_comes_byte_for_byte(self) -> None:
        response = await self.ask("GET", self.place(), role=Role.OPERATOR)
        self.assertEqual((200, OLD), (response.status, response.body))
        self.assertEqual("application/octet-stream", response.headers["Content-Type"])
        self.assertEqual("attachment; filename*=UTF-8''file%200.cfg", response.headers["Content-Disposition"])
        self.assertEqual(str(len(OLD)), response.headers["Content-Length"])

    async def test_head_tells_its_length(self) -> None:
        response = await self.ask("HEAD", self.place())
        self.assertEqual((200, str(len(OLD))), (response.status, response.headers["Content-Length"]))

    async def test_each_look_is_logged(self) -> None:
        for place in (self.place(), self.place("diff")):
            with capturedLogs() as events:
                await self.ask("GET", place, role=Role.OPERATOR)
            lines = [formatEvent(each) for each in events]
            wanted = f"token:a operator reads the upload of job {ids.as_text(JOBS[0])} of {AIRTIES.id}"
            self.assertIn(wanted, lines)

    async def test_it_is_for_operators(self) -> None:
        for method, place in (("GET", self.place()), ("DELETE", self.place()), ("GET", self.place("diff"))):
            await self.assert_refused(403, method, place, role=Role.SUPPORT)

    async def test_what_is_not_there_is_404(self) -> None:
        for job in ("x", "../../etc", ids.as_text(7), ".", "%2e%2e"):
            place = path("devices", AIRTIES.id, "uploads", job)
            for method, target in (("GET", place), ("DELETE", place), ("GET", f"{place}/diff")):
                await self.assert_refused(404, method, target)
        await self.assert_refused(404, "GET", self.place("diff") + f"?to={ids.as_text(7)}")

    async def test_one_is_removed(self) -> None:
        self.assertEqual(204, (await self.ask("DELETE", self.place())).status)
        await self.assert_refused(404, "GET", self.place())
        self.assertEqual(2, len((await self.get("devices", AIRTIES.id, "uploads"))["items"]))


class DifferenceTests(UploadCase):
    async def test_two_versions_are_compared(self) -> None:
        for query in ("", f"?to={ids.as_text(JOBS[1])}"):
            response = await self.ask("GET", self.place("diff") + query)
            self.assertEqual(200, response.status)
            lines = response.body.decode().splitlines()
            old, new = (f"{ids.as_text(job)} file {number}.cfg" for number, job in enumerate(JOBS[:2]))
            self.assertEqual([f"--- {old}", f"+++ {new}"], lines[:2])
            self.assertEqual("@@ -19,7 +19,7 @@", lines[2])
            changed = [line for line in lines[3:] if line[0] in "+-"]
            self.assertEqual(["-  <b>20</b>", "+  <b>twenty</b>"], changed)

    async def test_what_is_the_same_differs_in_nothing(self) -> None:
        response = await self.ask("GET", self.place("diff", job=JOBS[1]))
        self.assertEqual((200, b""), (response.status, response.body))

    async def test_what_is_no_text_is_422(self) -> None:
        target = self.place("diff") + f"?to={ids.as_text(JOBS[2])}"
        response = await self.assert_refused(422, "GET", target)
        self.assertIn("a file is no text", response.json["detail"])


class ForgottenTests(UploadCase):
    async def test_they_go_with_their_device(self) -> None:
        response = await self.ask("DELETE", path("devices", AIRTIES.id))
        self.assertEqual(204, response.status)
        self.assertEqual([], self.uploads.of_device(self.device.key))

    async def test_also_where_another_one_replaces_it(self) -> None:
        await self.store.add_device(replace(AIRTIES, id="001CA8-Air4920DK%2DWA-B2", serial_number="B2"))
        body = {"replacement": "001CA8-Air4920DK%2DWA-B2", "delete": True}
        response = await self.ask("POST", path("devices", AIRTIES.id, "swap"), body)
        self.assertEqual(200, response.status, response.body)
        self.assertEqual([], self.uploads.of_device(self.device.key))


class WithoutTests(ApiCase):
    async def test_a_site_without_uploads_has_none(self) -> None:
        await self.assert_refused(404, "GET", path("devices", AIRTIES.id, "uploads"))
