"""Hooks over HTTP, against a site on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.error import ConnectionClosed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase, TestCase
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from acs.hooks import Download, HookFailed, Related, Subject
from acs.hooks.asking import Hooks, Limits
from acs.hooks.circuit import FAILURES, REST_SECONDS, Circuit
from acs.hooks.http import LONGEST_ANSWER, HttpHooks, Posting, pooled, question_of
from acs.hooks.interface import ARGUMENTS
from tests.support.ports import free_port

SUBJECT = Subject(
    "001CA8-Box-S1", "AirTies", "001CA8", "Box", "S1", client_ip="192.0.2.7", events=("1 BOOT",)
)
RELATED = Related("17", {"wifi_ssid": "Café"})


class Place(Resource):
    """Answers as the test says, and remembers what it was asked."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Callable[[Any], Any] = lambda request: b"{}"
        self.hanging: list[Any] = []

    def render_POST(self, request: Any) -> Any:
        self.asked.append(json.loads(request.content.read()))
        raw = request.requestHeaders.getAllRawHeaders()
        self.headers.append({name.decode(): values[0].decode() for name, values in raw})
        return self.answer(request)

    def says(self, answer: Any, status: int = 200, **headers: str) -> None:
        """Say this to whatever is asked."""

        def render(request: Any) -> bytes:
            request.setResponseCode(status)
            for name, value in headers.items():
                request.setHeader(name.encode(), value.encode())
            return answer if isinstance(answer, bytes) else json.dumps(answer).encode()

        self.answer = render

    def hangs(self) -> None:
        """Never say anything."""

        def render(request: Any) -> int:
            self.hanging.append(request)
            return NOT_DONE_YET

        self.answer = render


class HttpCase(TestCase):
    timeout = 20

    def setUp(self) -> None:
        self.clock = Clock()
        self.place = Place()
        self.port = reactor.listenTCP(0, Site(self.place), interface="127.0.0.1")  # type: ignore[attr-defined]
        self.agent, self.pool = pooled(reactor, 3.0)
        self.hooks = self.hooks_at(f"http://127.0.0.1:{self.port.getHost().port}/hooks?key=1")

    def hooks_at(self, url: str) -> Hooks:
        posting = Posting(self.agent, self.clock, url, 3.0, Circuit())
        return Hooks(self.clock, [HttpHooks(posting, ARGUMENTS)], Limits(3.0, 0.0, 0.0))

    async def tearDown(self) -> None:
        await self.pool.closeCachedConnections()
        for request in self.place.hanging:
            request.channel.loseConnection()
        await self.port.stopListening()

    async def failure(self) -> str:
        try:
            await self.hooks.find_related(SUBJECT)
        except HookFailed as error:
            return str(error)
        raise AssertionError("it was answered")


class QuestionTests(HttpCase):
    async def test_what_is_asked_is_json_with_the_device(self) -> None:
        self.place.says({"related": {"id": "17", "facts": {"wifi_ssid": "Café"}}})
        self.assertEqual(RELATED, await self.hooks.find_related(SUBJECT))
        device = {
            "id": "001CA8-Box-S1",
            "manufacturer": "AirTies",
            "oui": "001CA8",
            "product_class": "Box",
            "serial_number": "S1",
            "software_version": "",
            "hardware_version": "",
            "connection_request_url": "",
            "client_ip": "192.0.2.7",
            "listener": "",
            "events": ["1 BOOT"],
        }
        self.assertEqual([{"hook": "find_related", "device": device}], self.place.asked)
        self.assertEqual("application/json", self.place.headers[0]["Content-Type"])

    async def test_each_hook_has_its_arguments_and_its_answer(self) -> None:
        self.place.says(
            {"verified": True, "configurable": False, "authorized": True, "parameters": {".A": {"value": 5}}}
        )
        self.assertTrue(await self.hooks.verify(SUBJECT, RELATED))
        self.assertFalse(await self.hooks.is_configurable(SUBJECT, RELATED))
        download = Download(1, "Download", "1 Firmware Upgrade Image", "http://acs.example/f")
        self.assertTrue(await self.hooks.authorize_download(SUBJECT, None, download))
        found = await self.hooks.get_configuration(SUBJECT, RELATED)
        self.assertEqual([".A"], list(found or ()))
        await self.hooks.user_changed(SUBJECT, RELATED, {"Device.A": "x"})
        related = {"id": "17", "facts": {"wifi_ssid": "Café"}, "level": ""}
        said = [
            {name: value for name, value in each.items() if name != "device"} for each in self.place.asked
        ]
        self.assertEqual({"hook": "verify", "related": related}, said[0])
        self.assertEqual((None, "http://acs.example/f"), (said[2]["related"], said[2]["download"]["url"]))
        self.assertEqual({"hook": "user_changed", "related": related, "changes": {"Device.A": "x"}}, said[4])

    async def test_no_content_and_no_member_are_nothing(self) -> None:
        for answer, status in ((b"", 204), ({}, 200), ({"related": None}, 200)):
            self.place.says(answer, status)
            self.assertIsNone(await self.hooks.find_related(SUBJECT))

    async def test_but_no_yes(self) -> None:
        for answer, status in ((b"", 204), ({}, 200), ({"verified": "yes"}, 200)):
            self.place.says(answer, status)
            with self.assertRaises(HookFailed):
                await self.hooks.verify(SUBJECT, None)

    async def test_user_name_and_password_of_the_url_are_shown(self) -> None:
        url = f"http://acs:p%40ss@127.0.0.1:{self.port.getHost().port}/"
        await self.hooks_at(url).find_related(SUBJECT)
        self.assertEqual("Basic YWNzOnBAc3M=", self.place.headers[0]["Authorization"])

    async def test_one_connection_serves_one_question_after_the_other(self) -> None:
        self.place.answer = lambda request: json.dumps(
            {"related": {"id": request.transport.getPeer().port}}
        ).encode()
        found = [await self.hooks.find_related(SUBJECT) for _ in range(3)]
        self.assertEqual(1, len({each.id for each in found if each}))


class FailureTests(HttpCase):
    async def test_what_is_not_the_answer_has_failed(self) -> None:
        for answer, status, reason in (
            ({}, 500, "it answers 500"),
            ({}, 404, "it answers 404"),
            (b"<html>", 200, "it answers what is not JSON"),
            ([1], 200, "it answers JSON that is no object"),
        ):
            self.place.says(answer, status)
            self.assertEqual(f"find_related: {reason}", await self.failure())
        self.place.says({"related": [1]})
        self.assertEqual("the related device is a list", await self.failure())

    async def test_it_is_not_sent_to_another_place(self) -> None:
        self.place.says({}, 302, Location=f"http://127.0.0.1:{self.port.getHost().port}/other")
        self.assertEqual("find_related: it answers 302", await self.failure())
        self.assertEqual(1, len(self.place.asked))

    async def test_an_answer_that_is_too_long_is_cut_whether_it_says_so_or_not(self) -> None:
        self.place.says(b"x" * (LONGEST_ANSWER + 1))
        self.assertEqual("find_related: it answers more than 1,048,576 bytes", await self.failure())
        gone: Deferred[Any] = Deferred()

        def endless(request: Any) -> int:
            request.notifyFinish().addBoth(gone.callback)
            for _ in range(20):
                request.write(b"x" * (LONGEST_ANSWER // 16))
            return NOT_DONE_YET

        self.place.answer = endless
        self.assertEqual("find_related: it answers more than 1,048,576 bytes", await self.failure())
        with self.assertRaises(ConnectionClosed):
            await gone

    async def test_one_that_says_nothing_is_hung_up_on(self) -> None:
        self.place.hangs()
        asking = ensureDeferred(self.hooks.find_related(SUBJECT))
        await self.until(lambda: bool(self.place.hanging))
        gone = self.place.hanging.pop().notifyFinish()
        self.clock.advance(3)
        self.assertIn("no answer within 3 s", str(self.failureResultOf(asking, HookFailed).value))
        with self.assertRaises(ConnectionClosed):
            await gone
        self.assertEqual(1, len(self.place.asked))

    async def test_one_that_breaks_off_is_asked_once_more(self) -> None:
        def once(request: Any) -> int:
            request.channel.loseConnection()
            self.place.says({"related": {"id": "17"}})
            return NOT_DONE_YET

        self.place.answer = once
        self.assertEqual(Related("17"), await self.hooks.find_related(SUBJECT))
        self.assertEqual(2, len(self.place.asked))

    async def test_where_nobody_listens_that_is_told(self) -> None:
        self.hooks = self.hooks_at(f"http://127.0.0.1:{free_port()}/")
        self.assertIn("it cannot be reached: Connection was refused", await self.failure())

    async def test_the_circuit_opens_and_closes(self) -> None:
        self.place.says({}, 500)
        for _ in range(FAILURES):
            await self.failure()
        self.assertIn("it has failed again and again, and is asked again in 30 s", await self.failure())
        self.assertEqual(FAILURES, len(self.place.asked))
        self.clock.advance(REST_SECONDS)
        self.place.says({"related": {"id": "17"}})
        for _ in range(2):
            self.assertEqual(Related("17"), await self.hooks.find_related(SUBJECT))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for it, as long as the test may take."""
        while not condition():
            waiting: Deferred[None] = Deferred()
            reactor.callLater(0, waiting.callback, None)  # type: ignore[attr-defined]
            await waiting


class ToldTests(SynchronousTestCase):
    def test_what_the_device_told_is_in_it_where_a_policy_goes_by_that(self) -> None:
        self.assertNotIn("parameters", question_of("verify", SUBJECT, None)["device"])
        told = {"iccid": "8945", "imei": None}
        question = question_of("verify", replace(SUBJECT, parameters=told), None)
        self.assertEqual(told, question["device"]["parameters"])
