"""Files for devices over the API, with a real folder behind it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from twisted.internet import reactor
from twisted.internet.defer import Deferred

from acs.firmware import writing
from acs.firmware.folder import FolderCatalogue, Pace
from acs.store.records import Role
from acs.store.threads import in_thread
from acs.web.api import firmware
from acs.web.serving import incoming
from tests.firmware.folders import IMAGE
from tests.web.cases import ApiCase, path, secret_of
from tests.web.client import Connection, Response, parse
from tests.web.test_site import logged


def place(file: str) -> str:
    """Where a file is in the API."""
    return f"/api/v1/firmware/{quote(file)}"


class FirmwareCase(ApiCase):
    async def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.catalogue = FolderCatalogue(
            reactor,
            reactor,
            partial(in_thread, reactor),
            self.folder,
            self.folder.with_name("cache"),
            Pace(gather=600, quiet=600),
        )
        await self.catalogue.start()
        self.how = {"firmware": self.catalogue}
        await super().setUp()

    async def tearDown(self) -> None:
        await self.catalogue.stop()
        await super().tearDown()

    @contextmanager
    def failing(self, number: int) -> Iterator[None]:
        """A disk that fails so when something is to be on it for good."""

        def fail(_: int) -> None:
            raise OSError(number, "it is so")

        patched = self.patch(os, "fsync", fail)
        yield
        patched.restore()

    async def put(self, content: bytes = b"an image", file: str = IMAGE, **how: Any) -> Response:
        how = {"headers": {"Content-Type": ""}, **how}
        return await self.ask("PUT", place(file), content, **how)

    async def there(self, query: str = "") -> list[str]:
        """The paths of the files that are listed."""
        return [item["path"] for item in (await self.get("firmware", query=query))["items"]]


class ListTests(FirmwareCase):
    async def test_a_file_is_shown_with_all_that_is_known_of_it(self) -> None:
        toml = 'reported = "V2"\nmodels = ["AirTies/Air4930"]\nnotes = "x"\ntarget_file_name = "fw.bin"\n'
        await self.put(toml.encode(), "AirTies/Air4920/2.59/image.toml")
        await self.put()
        (item,) = (await self.get("firmware"))["items"]
        self.assertTrue(item.pop("modified").endswith("Z"))
        wanted = {
            "path": IMAGE,
            "size": 8,
            "sha256": sha256(b"an image").hexdigest(),
            "file_type": "1 Firmware Upgrade Image",
            "vendor": "AirTies",
            "product_class": "Air4920",
            "version": "2.59",
            "reported": "V2",
            "models": ["AirTies/Air4930"],
            "target_file_name": "fw.bin",
            "notes": "x",
            "problems": [],
        }
        self.assertEqual(wanted, item)

    async def test_what_is_not_known_is_null_and_what_is_wrong_is_told(self) -> None:
        (self.folder / "boot.bin").write_bytes(b"x")
        await self.catalogue.look()
        (item,) = (await self.get("firmware"))["items"]
        self.assertEqual([None] * 4, [item[each] for each in ("sha256", "vendor", "version", "notes")])
        self.assertIn("it is not in", item["problems"][0])

    async def test_filters_find_those_that_are_meant(self) -> None:
        other = "001CA8/Air4930/3.0/new.bin"
        await self.put(b'models = ["AirTies/Air4931"]\nreported = "V3"', "001CA8/Air4930/3.0/image.toml")
        for file in (IMAGE, other, "config/all.xml"):
            await self.put(file=file)
        for query, wanted in (
            ("", [other, IMAGE, "config/all.xml"]),
            ("?manufacturer=airties", [other, IMAGE]),
            ("?manufacturer=001ca8", [other]),
            ("?product_class=Air4920", [IMAGE]),
            ("?product_class=Air4931", [other]),
            ("?version=3.0", [other]),
            ("?version=V3&manufacturer=AirTies", [other]),
            ("?version=V3&product_class=Air4920", []),
            ("?q=CONFIG/", ["config/all.xml"]),
            ("?q=new.b", [other]),
        ):
            self.assertEqual(wanted, await self.there(query), query)

    async def test_a_long_list_comes_in_pieces(self) -> None:
        for number in range(3):
            await self.put(file=f"config/{number}")
        first = await self.get("firmware", query="?limit=2")
        self.assertEqual(["config/0", "config/1"], [item["path"] for item in first["items"]])
        self.assertEqual(["config/2"], await self.there(f"?cursor={first['next']}"))


class AddingTests(FirmwareCase):
    async def test_a_file_is_added_and_may_be_had_at_once(self) -> None:
        response = await self.put()
        self.assertEqual((201, place(IMAGE)), (response.status, response.headers["Location"]))
        self.assertEqual(sha256(b"an image").hexdigest(), response.json["sha256"])
        self.assertEqual(b"an image", (self.folder / IMAGE).read_bytes())
        image = self.catalogue.for_device("AirTies", "", "Air4920", "2.59")
        self.assertEqual(IMAGE, image and image.path)

    async def test_one_that_is_there_is_replaced(self) -> None:
        await self.put()
        response = await self.put(b"another")
        self.assertEqual((204, b""), (response.status, response.body))
        self.assertEqual(b"another", (self.folder / IMAGE).read_bytes())

    async def test_unless_that_is_not_wanted(self) -> None:
        await self.put()
        how = {"headers": {"If-None-Match": "*"}}
        await self.assert_refused(412, "PUT", place(IMAGE), b"another", **how)
        self.assertEqual(b"an image", (self.folder / IMAGE).read_bytes())
        self.assertEqual(201, (await self.ask("PUT", place("web/a"), b"x", **how)).status)
        tag = (await self.ask("GET", place(IMAGE))).headers["ETag"]
        await self.assert_refused(412, "PUT", place(IMAGE), b"more", headers={"If-None-Match": f'"x", {tag}'})
        how = {"headers": {"If-None-Match": '"x"'}}
        self.assertEqual(204, (await self.ask("PUT", place(IMAGE), b"another", **how)).status)

    async def test_bytes_of_whatever_type_are_taken_as_they_are(self) -> None:
        for kind in ("", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; x"):
            content = b"\x00\xff{" + kind.encode()
            await self.put(content, headers={"Content-Type": kind})
            self.assertEqual(content, (self.folder / IMAGE).read_bytes())

    async def test_a_file_may_be_empty(self) -> None:
        for body in (b"", None):
            await self.ask("PUT", place("config/empty"), body)
            self.assertEqual(b"", (self.folder / "config/empty").read_bytes())
            await self.catalogue.remove("config/empty")

    async def test_a_path_may_be_encoded_as_one_segment_or_several(self) -> None:
        for target in ("config/a%20b", "config%2Fa%20b", "%63onfig/a b".replace(" ", "%20")):
            self.assertEqual(201, (await self.ask("PUT", path("firmware") + "/" + target, b"x")).status)
            self.assertEqual(["config/a b"], await self.there())
            await self.catalogue.remove("config/a b")

    async def test_nothing_is_added_outside_of_the_folder_or_where_it_would_be_passed_over(self) -> None:
        (self.folder / "AirTies").mkdir()
        (self.folder / "AirTies/link").symlink_to(self.folder.parent)
        for target in (
            "../secret",
            "..%2Fsecret",
            "config/..%2f..%2fsecret",
            "config/../../secret",
            "config//x",
            "config/",
            "%2Fetc%2Fpasswd",
            ".hidden",
            "config/.hidden",
            "config/x.part",
            "config/x%0Ay",
            "uploads/x",
            "image.bin",
            "AirTies/image.bin",
            "AirTies/Air4920/2.59/deeper/image.bin",
            "config/" + "x" * 256,
        ):
            refused = await self.assert_refused(422, "PUT", f"/api/v1/firmware/{target}", b"x")
            self.assertEqual(["path"], list(refused.wrong), target)
        for target in ("config/%00", "config/%ff", "/etc/passwd", ""):
            await self.assert_refused(404, "PUT", f"/api/v1/firmware/{target}", b"x")
        await self.assert_refused(409, "PUT", place("AirTies/link/1.0/image.bin"), b"x")
        self.assertEqual([], await self.there())

    async def test_a_folder_or_a_link_is_not_written_over(self) -> None:
        (self.folder / IMAGE).mkdir(parents=True)
        await self.assert_refused(409, "PUT", place(IMAGE), b"x")
        (self.folder / IMAGE).rmdir()
        (self.folder / IMAGE).symlink_to(self.folder.parent / "secret")
        await self.assert_refused(409, "PUT", place(IMAGE), b"x")
        self.assertTrue((self.folder / IMAGE).is_symlink())

    async def test_a_full_disk_is_told_and_nothing_is_left(self) -> None:
        for number, status in ((errno.ENOSPC, 507), (errno.EROFS, 409)):
            with self.failing(number):
                refused = await self.assert_refused(status, "PUT", place(IMAGE), b"x")
            self.assertIn("the folder cannot be changed", refused.json["detail"])
            self.assertEqual([], list(self.folder.iterdir()))


class StreamingTests(FirmwareCase):
    def begun(self, length: int | None, role: Role | None = Role.OPERATOR, file: str = IMAGE) -> Connection:
        """A connection on which the head of a request has been sent."""
        connection = Connection(self.site)
        self.addCleanup(lambda: connection.disconnecting or connection.drop())
        size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        token = "" if role is None else f"Authorization: Bearer {secret_of(role)}\r\n"
        head = f"PUT {place(file)} HTTP/1.1\r\n{token}{size}\r\n\r\n"
        connection.protocol.dataReceived(head.encode())
        return connection

    async def answered(self, connection: Connection) -> Response:
        """The answer, which comes though the body does not."""
        while b"\r\n\r\n" not in connection.value():
            await self.turn()
        return parse(connection.value(), "PUT")

    async def turn(self) -> None:
        turned: Deferred[None] = Deferred()
        reactor.callLater(0.001, turned.callback, None)  # type: ignore[attr-defined]
        await turned

    async def hidden(self) -> Path:
        """The file that is being written."""
        while not (found := list(self.folder.rglob(f"{writing.HIDDEN}*"))):
            await self.turn()
        return found[0]

    async def test_a_body_goes_to_disk_while_it_comes(self) -> None:
        connection = self.begun(2_000_000)
        piece = b"x" * 100_000
        connection.protocol.dataReceived(piece)
        file = await self.hidden()
        while file.stat().st_size < len(piece):
            await self.turn()
        self.assertEqual([], await self.there())
        for _ in range(19):
            connection.protocol.dataReceived(piece)
        response = await self.answered(connection)
        self.assertEqual((201, 2_000_000), (response.status, response.json["size"]))
        self.assertEqual(piece * 20, (self.folder / IMAGE).read_bytes())

    async def test_it_comes_no_faster_than_it_is_written(self) -> None:
        connection = self.begun(10_000_000)
        states = set()
        for _ in range(100):
            connection.protocol.dataReceived(b"x" * 100_000)
            states.add(connection.producerState)
        self.assertEqual({"producing", "paused"}, states)
        self.assertEqual(201, (await self.answered(connection)).status)
        self.assertEqual("producing", connection.producerState)

    async def test_a_body_may_come_in_chunks_of_unknown_number(self) -> None:
        connection = self.begun(None)
        connection.protocol.dataReceived(b"8\r\nan image\r\n0\r\n\r\n")
        self.assertEqual(201, (await self.answered(connection)).status)
        self.assertEqual(b"an image", (self.folder / IMAGE).read_bytes())

    async def test_a_connection_serves_the_next_request_too(self) -> None:
        connection = self.begun(1)
        connection.protocol.dataReceived(b"x" + b"GET /healthz HTTP/1.1\r\n\r\n")
        while b'{"status":"ok"}' not in connection.value():
            await self.turn()

    async def test_a_body_that_is_too_long_is_refused_before_it_comes_and_when_it_does(self) -> None:
        response = await self.answered(self.begun(firmware.MOST_BYTES + 1))
        self.assertEqual((413, "close"), (response.status, response.headers["Connection"]))
        connection = self.begun(None)
        connection.protocol.requests[0].content._most = 10
        connection.protocol.dataReceived(b"B\r\n12345678901\r\n")
        self.assertEqual(413, (await self.answered(connection)).status)
        self.assertEqual([], list(self.folder.iterdir()))

    async def test_who_may_not_is_refused_before_anything_is_written(self) -> None:
        for role, status in ((None, 401), (Role.VIEWER, 403), (Role.SUPPORT, 403)):
            connection = self.begun(1_000_000, role)
            self.assertEqual(status, (await self.answered(connection)).status)
        self.assertEqual([], list(self.folder.iterdir()))

    async def test_who_is_refused_may_send_the_rest(self) -> None:
        connection = self.begun(100, Role.VIEWER)
        await self.answered(connection)
        connection.protocol.dataReceived(b"x" * 99)
        self.assertFalse(connection.disconnecting)
        connection.protocol.dataReceived(b"x")
        self.assertEqual(403, parse(await connection.closed).status)

    async def test_but_not_without_end_when_nobody_knows_him(self) -> None:
        self.patch(incoming, "MAX_DISCARDED", 1000)
        connection = self.begun(100_000, None)
        await self.answered(connection)
        connection.protocol.dataReceived(b"x" * 1001)
        self.assertEqual(401, parse(await connection.closed).status)

    async def test_nothing_is_left_of_a_client_that_goes_away(self) -> None:
        connection = self.begun(1000)
        connection.protocol.dataReceived(b"x" * 10)
        await self.hidden()
        with logged() as events:
            connection.drop()
            while list(self.folder.iterdir()):
                await self.turn()
        self.assertEqual([], [event for event in events if event.get("log_failure")])

    async def test_a_wrong_path_is_refused_before_the_body_comes(self) -> None:
        self.assertEqual(422, (await self.answered(self.begun(1000, file="x"))).status)


class FetchingTests(FirmwareCase):
    async def test_a_file_is_fetched_as_it_is(self) -> None:
        content = bytes(range(256)) * 4000
        await self.put(content)
        response = await self.ask("GET", place(IMAGE))
        self.assertEqual((200, content), (response.status, response.body))
        self.assertEqual(str(len(content)), response.headers["Content-Length"])
        self.assertEqual("attachment; filename*=UTF-8''image.bin", response.headers["Content-Disposition"])
        head = await self.ask("HEAD", place(IMAGE))
        self.assertEqual((str(len(content)), b""), (head.headers["Content-Length"], head.body))

    async def test_so_is_what_is_said_beside_it_and_what_has_problems(self) -> None:
        await self.put(b"colour = 1", "AirTies/Air4920/2.59/image.toml")
        await self.put()
        self.assertIsNone(self.catalogue.image(IMAGE))
        self.assertEqual(b"an image", (await self.ask("GET", place(IMAGE))).body)
        toml = await self.ask("GET", place("AirTies/Air4920/2.59/image.toml"))
        self.assertEqual(b"colour = 1", toml.body)

    async def test_it_needs_an_operator_as_configurations_may_hold_secrets(self) -> None:
        await self.assert_refused(403, "GET", place(IMAGE), role=Role.SUPPORT)

    async def test_what_is_not_there_or_leads_elsewhere_is_not_found(self) -> None:
        self.folder.with_name("secret").write_bytes(b"secret")
        (self.folder / "config").mkdir()
        (self.folder / "config/link").symlink_to(self.folder.with_name("secret"))
        (self.folder / "uploads").mkdir()
        (self.folder / "uploads/x").write_bytes(b"x")
        for target in (
            "nowhere",
            "config",
            "config/link",
            "../secret",
            "..%2fsecret",
            "config/..%2F../secret",
            "%2e%2e/secret",
            "/etc/passwd",
            "uploads/x",
            "config%00",
            "%ff",
        ):
            await self.assert_refused(404, "GET", f"/api/v1/firmware/{target}")

    async def test_a_file_that_becomes_shorter_ends_the_connection(self) -> None:
        await self.put(b"x" * 1000)
        shorter = (self.folder / IMAGE).with_name(".shorter")
        shorter.write_bytes(b"x")
        body = firmware.FileBody(partial(in_thread, reactor), lambda: shorter.open("rb"), 1000)
        ended: Deferred[None] = Deferred()
        body.begin(Aborted(ended), lambda: None)  # type: ignore[arg-type]
        await ended

    async def test_a_client_that_goes_away_is_sent_no_more(self) -> None:
        await self.put(b"x" * 10_000_000)
        connection = Connection(self.site)
        head = f"GET {place(IMAGE)} HTTP/1.1\r\nAuthorization: Bearer {secret_of(Role.OPERATOR)}\r\n\r\n"
        connection.protocol.dataReceived(head.encode())
        while len(connection.value()) < 1000:
            turned: Deferred[None] = Deferred()
            reactor.callLater(0, turned.callback, None)  # type: ignore[attr-defined]
            await turned
        connection.drop()
        self.assertLess(len(connection.value()), 10_000_000)


class Aborted:
    """A request whose connection is to be ended; what it is told otherwise is of no matter."""

    def __init__(self, ended: Deferred[None]) -> None:
        self.transport = self
        self._ended = ended

    def abortConnection(self) -> None:
        self._ended.callback(None)

    def notifyFinish(self) -> Deferred[None]:  # noqa: N802
        return Deferred()

    def registerProducer(self, *_: object) -> None:
        """Nothing is paused."""


class RemovingTests(FirmwareCase):
    async def test_a_file_is_removed_with_what_is_empty_then(self) -> None:
        await self.put(b'notes = "x"', "AirTies/Air4920/2.59/image.toml")
        await self.put()
        await self.put(file="AirTies/Air4930/1/image.bin")
        self.assertEqual(204, (await self.ask("DELETE", place(IMAGE))).status)
        self.assertEqual(["AirTies/Air4930/1/image.bin"], await self.there())
        self.assertFalse((self.folder / "AirTies/Air4920").exists())
        await self.assert_refused(404, "DELETE", place(IMAGE))

    async def test_nothing_else_is(self) -> None:
        secret = self.folder.with_name("secret")
        secret.write_bytes(b"secret")
        (self.folder / "config/inner").mkdir(parents=True)
        (self.folder / "config/link").symlink_to(secret)
        (self.folder / "config/folder").symlink_to(self.folder.parent)
        for target in ("config/inner", "config/link", "config/folder/secret", "..%2Fsecret", "config", "x"):
            await self.assert_refused(404, "DELETE", f"/api/v1/firmware/{target}")
        self.assertTrue(secret.exists() and (self.folder / "config/link").is_symlink())

    async def test_where_the_disk_does_not_let_it_that_is_told(self) -> None:
        await self.put()
        with self.failing(errno.EROFS):
            await self.assert_refused(409, "DELETE", place(IMAGE))


class WithoutTests(ApiCase):
    """A site that has no folder of files."""

    async def test_nothing_is_there_and_nothing_can_be_added(self) -> None:
        self.assertEqual([], (await self.get("firmware"))["items"])
        await self.assert_refused(404, "GET", place(IMAGE))
        await self.assert_refused(404, "DELETE", place(IMAGE))
        await self.assert_refused(422, "PUT", place(IMAGE), b"x")
