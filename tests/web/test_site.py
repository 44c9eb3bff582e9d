"""The site as HTTP sees it: methods, paths, sizes, headers, failures, and what goes to the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from twisted.logger import formatEvent, globalLogPublisher

from acs.store.records import Parameter, Role
from acs.web.serving import dispatcher
from tests.web.cases import AIRTIES, ApiCase, path, secret_of
from tests.web.client import Connection, parse

TOKEN = f"Authorization: Bearer {secret_of(Role.ADMIN)}\r\n"
PATCH = (
    f"PATCH {path('devices', AIRTIES.id)} HTTP/1.1\r\n{TOKEN}"
    "Connection: close\r\nContent-Type: application/json\r\n"
)


@contextmanager
def logged() -> Iterator[list[dict[str, Any]]]:
    """The log events while this is entered."""
    events: list[dict[str, Any]] = []
    globalLogPublisher.addObserver(events.append)  # type: ignore[arg-type]
    try:
        yield events
    finally:
        globalLogPublisher.removeObserver(events.append)  # type: ignore[arg-type]


class MethodTests(ApiCase):
    async def test_head_is_get_without_a_body(self) -> None:
        get, head = await self.ask("GET", path("devices")), await self.ask("HEAD", path("devices"))
        self.assertEqual((200, b""), (head.status, head.body))
        self.assertEqual(str(len(get.body)), head.headers["Content-Length"])
        self.assertEqual(401, (await self.ask("HEAD", path("devices"), role=None)).status)

    async def test_another_method_is_405_with_those_that_serve(self) -> None:
        for method in ("PUT", "TRACE", "FOO", "get"):
            response = await self.assert_refused(405, method, path("devices"))
            self.assertEqual("GET, HEAD, OPTIONS", response.headers["Allow"])
        response = await self.assert_refused(405, "POST", path("devices", "x"))
        self.assertEqual("DELETE, GET, HEAD, PATCH, PUT, OPTIONS", response.headers["Allow"])

    async def test_options_tells_the_methods_to_everybody(self) -> None:
        response = await self.ask("OPTIONS", path("tokens"), role=None)
        self.assertEqual((204, "GET, HEAD, POST, OPTIONS"), (response.status, response.headers["Allow"]))
        await self.assert_refused(404, "OPTIONS", "/nowhere")

    async def test_a_path_that_is_not_there_is_404(self) -> None:
        for target in (
            "/api",
            "/api/v1",
            "/api/v1/",
            "/api/v1/devices/",
            "//api/v1/devices",
            "/api/v1/devices//jobs",
            "/api/v2/devices",
            "/metrics/",
            "/api/v1/%ff",
            "/api/v1/devices/%00",
            "/api/v1/devices/x/tickle",
        ):
            await self.assert_refused(404, "GET", target)

    async def test_a_target_with_scheme_and_host_is_understood(self) -> None:
        data = f"GET http://acs.example/api/v1/devices?limit=1 HTTP/1.1\r\n{TOKEN}Connection: close\r\n\r\n"
        self.assertEqual(200, parse(await self.client.exchange(data.encode())).status)

    async def test_tls_is_cut_at_once_with_a_line_in_the_log(self) -> None:
        with logged() as events:
            self.assertEqual(b"", await self.client.exchange(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"))
        (line,) = [formatEvent(event) for event in events if event["log_namespace"].startswith("acs.")]
        self.assertEqual("127.0.0.1 is cut: no request begins with the byte 0x16 (TLS?)", line)

    async def test_requests_on_one_connection_are_answered_in_turn(self) -> None:
        first = "GET /healthz HTTP/1.1\r\n\r\n"
        data = await self.client.exchange(f"{first}{first.replace('1.1', '1.0')}".encode())
        self.assertEqual(2, data.count(b'{"status":"ok"}'))


class HeaderTests(ApiCase):
    async def test_every_answer_keeps_browsers_and_caches_at_bay(self) -> None:
        for target in ("/healthz", "/nowhere", path("devices"), path("devices", "x"), path("tokens")):
            for role in (None, Role.ADMIN):
                headers = (await self.ask("GET", target, role=role)).headers
                self.assertEqual("no-store", headers["Cache-Control"])
                self.assertEqual("nosniff", headers["X-Content-Type-Options"])
                self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
                self.assertIsNone(headers["Access-Control-Allow-Origin"])

    async def test_nothing_tells_the_servers_name(self) -> None:
        for request in ("GET /healthz", "OPTIONS *", "OPTIONS /healthz", "GET *"):
            data = await self.client.exchange(f"{request} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
            self.assertNotIn(b"twisted", data.lower())


class BodyTests(ApiCase):
    async def test_a_body_of_a_mebibyte_is_read_and_a_longer_one_is_413(self) -> None:
        for size, status in ((1 << 20, 400), ((1 << 20) + 1, 413), (3 << 20, 413)):
            await self.assert_refused(status, "PATCH", path("devices", AIRTIES.id), b"x" * size)

    async def test_a_body_without_a_length_is_limited_as_well(self) -> None:
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        data = f"{PATCH}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 17 + b"0\r\n\r\n"
        self.assertEqual(413, parse(await self.client.exchange(data)).status)

    async def test_a_body_that_does_not_end_ends_the_connection(self) -> None:
        connection = Connection(self.site)
        connection.protocol.dataReceived(f"{PATCH}Content-Length: 999999999999\r\n\r\n".encode())
        for _ in range(17):
            self.assertFalse(connection.disconnecting)
            connection.protocol.dataReceived(b"x" * (1 << 20))
        self.assertTrue(connection.disconnecting)

    async def test_no_body_goes_to_the_disk(self) -> None:
        connection = Connection(self.site)
        connection.protocol.dataReceived(f"{PATCH}Content-Length: 500000\r\n\r\n".encode() + b"x" * 1000)
        request = connection.protocol.requests[-1]
        self.assertRaises(OSError, request.content.fileno)
        connection.drop()


class FailureTests(ApiCase):
    async def test_a_store_that_does_not_answer_is_503(self) -> None:
        await self.lose_store()
        for target in (path("devices"), path("jobs")):
            response = await self.assert_refused(503, "GET", target)
            self.assertEqual("5", response.headers["Retry-After"])

    async def test_a_client_that_goes_away_harms_nobody(self) -> None:
        connection = Connection(self.site)
        connection.protocol.dataReceived(f"GET /api/v1/devices HTTP/1.1\r\n{TOKEN}\r\n".encode())
        connection.drop()
        await self.store.check()
        await self.store.check()
        self.assertEqual(b"", connection.value())


class SurpriseTests(ApiCase):
    """What nobody expected."""

    how = {"accept_job": lambda *_, **__: surprise(), "random_text": lambda size: f"reference-{size}"}

    async def test_it_is_500_with_a_number_that_the_log_has_and_nothing_of_the_inside(self) -> None:
        with logged() as events:
            response = await self.assert_refused(
                500, "POST", path("devices", AIRTIES.id, "jobs"), {"rpc": "Reboot"}
            )
        self.assertIn("reference-6", response.json["detail"])
        self.assertNotIn(b"inside", response.body)
        self.assertIn("reference-6", [event.get("reference") for event in events])
        self.assertEqual("the inside", self.flushLoggedErrors(ZeroDivisionError)[0].getErrorMessage())

    async def test_the_next_request_is_served(self) -> None:
        await self.ask("POST", path("devices", AIRTIES.id, "jobs"), {"rpc": "Reboot"})
        self.assertEqual(200, (await self.ask("GET", path("devices"))).status)
        self.flushLoggedErrors(ZeroDivisionError)

    async def test_nobody_waits_for_an_answer_that_cannot_be_written(self) -> None:
        self.patch(dispatcher, "asked_of", lambda request: surprise())
        self.assertEqual(b"", await self.client.exchange(b"GET /api/v1/devices HTTP/1.1\r\n\r\n"))
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))


def surprise() -> None:
    """Fail as nobody expects."""
    raise ZeroDivisionError("the inside")


class LogTests(ApiCase):
    async def lines(self, method: str, target: str, body: Any = None, **how: Any) -> list[str]:
        """What goes to the log with a request."""
        with logged() as events:
            await self.ask(method, target, body, **how)
        return [formatEvent(event) for event in events if event["log_namespace"].startswith("acs.web")]

    async def test_a_request_is_one_line_with_who_asked(self) -> None:
        lines = await self.lines("GET", path("devices") + "?q=at1931620001413", role=Role.VIEWER)
        self.assertEqual(["GET /api/v1/devices 200 by token:a viewer in 0.000 s"], lines)

    async def test_a_refused_role_is_told_with_its_name(self) -> None:
        lines = await self.lines("GET", path("tokens"), role=Role.VIEWER)
        self.assertEqual(["GET /api/v1/tokens 403 by token:a viewer in 0.000 s"], lines)

    async def test_a_request_without_a_token_is_told(self) -> None:
        self.assertEqual(
            ["GET /api/v1/tokens 401 by - in 0.000 s"], await self.lines("GET", path("tokens"), role=None)
        )

    async def test_a_look_at_secrets_is_told_without_them(self) -> None:
        await self.keep(Parameter("Device.Password", "hush"))
        target = path("devices", AIRTIES.id, "parameters")
        lines = await self.lines("GET", target + "?secrets=true", role=Role.OPERATOR)
        self.assertEqual(f"token:a operator reads with secrets shown: {target!r}", lines[0])
        self.assertEqual(2, len(lines))
        self.assertNotIn("hush", "".join(lines))

    async def test_passwords_and_tokens_are_not_told(self) -> None:
        lines = await self.lines("PUT", path("users", "ann"), {"role": "viewer", "password": "correct horse"})
        lines += await self.lines("GET", path("devices") + "?secrets=correct")
        self.assertEqual(2, len(lines))
        for secret in ("horse", "correct", secret_of(Role.ADMIN)):
            self.assertNotIn(secret, "".join(lines))

    async def test_twisted_webs_own_log_is_silent(self) -> None:
        with logged() as events:
            self.site.doStart()
            self.addCleanup(self.site.doStop)
            await self.ask("GET", path("devices"))
        self.assertEqual([], [event for event in events if "HTTP/1.1" in formatEvent(event)])
