"""Sessions and their messages over the API."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from acs.store import ids
from acs.store.records import Exchange, Role, SessionResult
from tests.web.cases import AIRTIES, BODY, HEAD, MASKED, NOON, ApiCase, path

MEMBERS = [
    "id",
    "device",
    "client_ip",
    "client_ip_verified",
    "listener",
    "events",
    "cwmp_version",
    "root_data_model",
    "quirks",
    "started",
    "ended",
    "duration",
    "device_uptime",
    "result",
    "failure",
    "last_rpc",
    "requests",
    "responses",
    "bytes_in",
    "bytes_out",
]
EXCHANGE = [
    "number",
    "direction",
    "rpc",
    "time",
    "header_bytes",
    "body_bytes",
    "job",
    "answers",
    "status",
    "note",
]
PLAIN = b"<e:Envelope>\xc3\xa9<broken"
CONVERSATION = (
    Exchange(1, "in", NOON, "Inform", HEAD, BODY),
    Exchange(2, "out", NOON + 0.1, "InformResponse", b"HTTP/1.1 200 OK\r\n\r\n", PLAIN, 200, answers=1),
    Exchange(3, "in", NOON + 0.2, "", b"POST / HTTP/1.1\r\n\r\n", b"", note="repeated", job=5),
)


class SessionTests(ApiCase):
    async def ids(self, query: str = "") -> list[str]:
        """The ids of a list."""
        return [item["id"] for item in (await self.get("sessions", query=query, role=Role.VIEWER))["items"]]

    async def test_a_session_has_all_its_members(self) -> None:
        kept = self.session(listener="main", events=("2 PERIODIC",), last_rpc="Inform", bytes_in=7)
        session = await self.get("sessions", ids.as_text(kept.id))
        self.assertEqual([], [name for name in MEMBERS if name not in session])
        self.assertEqual(
            (AIRTIES.id, 1.5, "success"), (session["device"], session["duration"], session["result"])
        )
        self.assertEqual(["2 PERIODIC"], session["events"])
        self.assertEqual((None, None), (session["failure"], session["device_uptime"]))

    async def test_sessions_are_listed_newest_first_and_filtered(self) -> None:
        old = self.session(started=NOON - 5000, listener="old", client_ip_verified=True)
        new = self.session(result=SessionResult.FAILED, failure="timeout")
        none = self.session(device="", started=NOON, client_ip="192.0.2.9")
        first, second, third = (ids.as_text(each.id) for each in (old, new, none))
        for query, expected in (
            ("", [third, second, first]),
            ("?sort=id", [first, second, third]),
            ("?result=failed", [second]),
            ("?verified=true", [first]),
            ("?listener=old", [first]),
            ("?client_ip=192.0.2.9", [third]),
            ("?rejected=true", [third]),
            (f"?device={AIRTIES.id}", [second, first]),
            ("?since=2026-11-25T11:59:00Z&until=2026-11-25T11:59:59Z", [second]),
        ):
            self.assertEqual(expected, await self.ids(query), query)

    async def test_a_wrong_filter_is_400(self) -> None:
        for query in ("?result=good", "?since=yesterday", "?since=2026-11-25", "?verified=no"):
            await self.assert_refused(400, "GET", path("sessions") + query)

    async def test_times_at_the_ends_of_time_do_no_harm(self) -> None:
        for name in ("since", "until"):
            for time in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
                response = await self.ask("GET", path("sessions") + f"?{name}={time}")
                self.assertIn(response.status, (200, 400))

    async def test_an_unknown_session_is_404(self) -> None:
        for rest in ((), ("exchanges",), ("exchanges", "1")):
            for name in ("0000000000000", "x"):
                await self.assert_refused(404, "GET", path("sessions", name, *rest))


class ExchangeTests(ApiCase):
    async def setUp(self) -> None:
        await super().setUp()
        self.kept = self.session(*CONVERSATION)
        self.place = path("sessions", ids.as_text(self.kept.id), "exchanges")

    async def body(self, number: Any, query: str = "", **how: Any) -> Any:
        """The answer to a request for a message."""
        return await self.ask("GET", f"{self.place}/{number}{query}", **how)

    async def test_messages_are_listed_in_order(self) -> None:
        first, second, third = (await self.ask("GET", self.place, role=Role.VIEWER)).json["items"]
        self.assertEqual([], [name for name in EXCHANGE if name not in first])
        self.assertEqual((1, "in", "Inform"), (first["number"], first["direction"], first["rpc"]))
        self.assertEqual((len(HEAD), len(BODY)), (first["header_bytes"], first["body_bytes"]))
        self.assertEqual((200, 1, "out"), (second["status"], second["answers"], second["direction"]))
        self.assertEqual((None, ids.as_text(5), "repeated"), (third["rpc"], third["job"], third["note"]))
        self.assertEqual("2026-11-25T12:00:00.200Z", third["time"])

    async def test_messages_come_in_pieces(self) -> None:
        piece = (await self.ask("GET", f"{self.place}?limit=2")).json
        rest = (await self.ask("GET", f"{self.place}?limit=2&cursor={piece['next']}")).json
        self.assertEqual(([3], None), ([item["number"] for item in rest["items"]], rest["next"]))

    async def test_a_cursor_that_is_not_ours_is_400(self) -> None:
        for cursor in ("2", "_w", "%C3%A9", "a" * 4097):
            response = await self.assert_refused(400, "GET", f"{self.place}?cursor={cursor}")
            self.assertEqual(["cursor"], list(response.wrong))

    async def test_a_message_without_secrets_is_byte_for_byte_as_it_was(self) -> None:
        response = await self.body(2, role=Role.VIEWER)
        self.assertEqual(PLAIN, response.body)
        self.assertEqual("text/xml; charset=utf-8", response.headers["Content-Type"])

    async def test_a_message_with_secrets_has_no_other_byte_changed(self) -> None:
        response = await self.body(1, role=Role.SUPPORT)
        self.assertEqual(MASKED, response.body)
        self.assertEqual("text/xml; charset=iso-8859-1", response.headers["Content-Type"])

    async def test_an_operator_may_see_the_bytes(self) -> None:
        self.assertEqual(BODY, (await self.body(1, "?secrets=true", role=Role.OPERATOR)).body)
        await self.assert_refused(403, "GET", f"{self.place}/1?secrets=true", role=Role.SUPPORT)
        await self.assert_refused(403, "GET", f"{self.place}?secrets=true", role=Role.SUPPORT)

    async def test_credentials_in_heads_are_hidden_unless_an_operator_asks(self) -> None:
        shown = (await self.ask("GET", self.place)).json["items"][0]["head"]
        self.assertEqual(HEAD.replace(b"Y3BlOnNlY3JldA==", b"********").decode("latin-1"), shown)
        shown = (await self.ask("GET", f"{self.place}?secrets=true")).json["items"][0]["head"]
        self.assertEqual(HEAD.decode("latin-1"), shown)

    async def test_an_empty_message_is_empty(self) -> None:
        response = await self.body(3)
        self.assertEqual((200, b""), (response.status, response.body))

    async def test_a_message_that_is_not_there_is_404(self) -> None:
        for number in (0, 4, "01", "x", "-1", "1.0"):
            await self.assert_refused(404, "GET", f"{self.place}/{number}")

    async def test_messages_that_are_gone_are_404_while_the_session_stays(self) -> None:
        await self.store.committed()
        self.clock.advance(86_400 * 40)
        await self.store.retire(NOON + 86_400, NOON - 86_400)
        await self.assert_refused(404, "GET", self.place)
        await self.assert_refused(404, "GET", f"{self.place}/1")
        await self.get("sessions", ids.as_text(self.kept.id))

    async def test_the_charset_is_the_one_that_was_sent(self) -> None:
        declared = b'<?xml version="1.0" encoding="windows-1252"?><a/>'
        for head, body, expected in (
            (b"POST / HTTP/1.1\r\nContent-Type: text/xml\r\n\r\n", declared, "windows-1252"),
            (
                b'POST / HTTP/1.1\r\ncontent-type:text/xml;Charset="ISO-8859-15"\r\n\r\n',
                declared,
                "ISO-8859-15",
            ),
            (b"POST / HTTP/1.1\r\nContent-Type: text/xml; charset=a\tb\r\n\r\n", b"<a/>", "a"),
            (b"", b"", "utf-8"),
        ):
            kept = self.session(replace(CONVERSATION[0], head=head, body=body))
            response = await self.ask("GET", path("sessions", ids.as_text(kept.id), "exchanges", "1"))
            self.assertEqual(f"text/xml; charset={expected}", response.headers["Content-Type"])
            self.assertEqual(body, response.body)
