"""What must not be taken: a clear status, one line in the log, the message kept with the reason, nobody
else harmed."""

from __future__ import annotations

from twisted.logger import LogEvent, formatEvent, globalLogPublisher

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.envelope import Envelope, Header, read_envelope, write_envelope
from acs.http.endpoint import MAX_KEPT
from acs.store.records import SessionResult
from tests.support.bad_input import bodies
from tests.support.cases import WorldCase
from tests.support.world import Cpe


class RefusalTests(WorldCase):
    """Before there is a session."""

    async def refused(self, answer_status: int, reason: str, address: str) -> None:
        """The newest session is the record of the refusal."""
        session = await self.world.last_session()
        self.assertEqual(
            (SessionResult.FAILED, "", address), (session.result, session.device, session.client_ip)
        )
        self.assertIn(reason, session.failure)
        exchanges = await self.world.conversation()
        self.assertEqual(["in", "out"], [exchange.direction for exchange in exchanges])
        self.assertEqual(answer_status, exchanges[1].status)
        self.assertIn(reason, exchanges[0].note)

    async def test_each_is_answered_400_and_kept_with_its_reason(self) -> None:
        for number, bad in enumerate(bodies()):
            address = f"192.0.2.{number + 10}"
            answer = await self.world.cpe(address=address).exchange(bad.data)
            self.assertEqual((bad.name, bad.status), (bad.name, answer.status))
            self.assertIn(bad.reason.encode(), answer.body)
            self.assertEqual("close", answer.headers["connection"])
            await self.refused(bad.status, bad.reason, address)
        self.assertEqual(0, len(self.world.sessions))
        self.assertEqual([], self.flushLoggedErrors())

    async def test_each_is_one_line_in_the_log_with_its_address(self) -> None:
        lines: list[str] = []

        def observer(event: LogEvent) -> None:
            if str(event.get("log_namespace", "")).startswith("acs."):
                lines.append(formatEvent(event))

        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        for bad in bodies():
            lines.clear()
            await self.world.cpe(address="192.0.2.99").exchange(bad.data)
            self.assertEqual(1, len(lines), lines)
            self.assertTrue(lines[0].startswith("192.0.2.99 on main: 400: "))
            self.assertIn(bad.reason, lines[0])
            self.assertTrue(lines[0].isprintable(), lines[0])

    async def test_other_methods_are_405(self) -> None:
        for method in ("GET", "PUT", "DELETE", "OPTIONS"):
            cpe = self.world.cpe()
            cpe.line.send(f"{method} / HTTP/1.1\r\nHost: acs\r\n\r\n".encode())
            answer = await cpe.line.receive()
            self.assertEqual((405, "POST"), (answer.status, answer.headers["allow"]))
        await self.refused(405, "OPTIONS where only POST is served", "192.0.2.7")

    async def test_a_body_over_the_limit_is_413_however_it_comes(self) -> None:
        declared = self.world.cpe()
        declared.line.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n")
        self.assertEqual(413, (await declared.line.receive()).status)
        chunked = self.world.cpe()
        chunked.line.send(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" + b"x" * 0x200000
        )
        self.assertEqual(413, (await chunked.line.receive()).status)

    async def test_a_slow_body_is_408(self) -> None:
        cpe = self.world.cpe()
        self.world.factory.startFactory()
        self.addCleanup(self.world.factory.stopFactory)
        cpe.line.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        self.world.clock.pump([1.0] * 62)
        self.assertEqual(408, (await cpe.line.receive()).status)
        await self.refused(408, "did not come in time", "192.0.2.7")

    async def test_bytes_that_are_no_http_are_400(self) -> None:
        cpe = self.world.cpe()
        cpe.line.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc")
        self.assertEqual(400, (await cpe.line.receive()).status)

    async def test_a_device_without_a_name_is_fault_8003(self) -> None:
        for who in (
            v.DeviceId("", "", "", ""),
            v.DeviceId("A", "", "C", "1"),
            v.DeviceId("A", "00D09E", "C", ""),
        ):
            cpe = self.world.cpe(device=who)
            answer = await cpe.call_in("2 PERIODIC")
            self.assertEqual(8003, answer.FaultCode if isinstance(answer, m.Fault) else None)
            self.assertEqual(0, len(self.world.sessions))
            self.assertIn("the Inform has no", (await self.world.last_session()).failure)

    async def test_a_name_longer_than_the_standard_has_it_is_fault_8003(self) -> None:
        for more, fault in (("", None), ("1", 8003)):
            cpe = self.world.cpe(device=v.DeviceId("A", "00D09E", "C", "1" * 64))
            body = cpe.dialogue.say(cpe.inform("2 PERIODIC"))
            answer = await cpe.exchange(body.replace(b"</SerialNumber>", f"{more}</SerialNumber>".encode()))
            message = read_envelope(answer.body).message
            self.assertEqual(fault, message.FaultCode if isinstance(message, m.Fault) else None)
        self.assertIn("SerialNumber is longer than 64", (await self.world.last_session()).failure)

    async def test_arguments_that_cannot_be_read_are_fault_8003(self) -> None:
        cpe = self.world.cpe()
        body = cpe.dialogue.say(cpe.inform("2 PERIODIC"))
        answer = await cpe.exchange(body.replace(b"<RetryCount>0", b"<RetryCount>often"))
        envelope = read_envelope(answer.body)
        self.assertEqual((200, "1"), (answer.status, envelope.header.id))
        self.assertEqual(8003, envelope.message.FaultCode if isinstance(envelope.message, m.Fault) else None)
        self.assertIn("RetryCount", (await self.world.last_session()).failure)

    async def test_a_lying_array_type_is_not_believed(self) -> None:
        cpe = self.world.cpe()
        body = cpe.dialogue.say(cpe.inform("2 PERIODIC"))
        answer = await cpe.exchange(body.replace(b"EventStruct[1]", b"EventStruct[16]"))
        self.assertEqual(m.InformResponse(), read_envelope(answer.body).message)

    async def test_a_foreign_cookie_is_as_good_as_none(self) -> None:
        cpe = self.world.cpe()
        cpe.cookie = "acs_session_id=somebody-elses"
        answer = await cpe.exchange(write_envelope(Envelope(m.TransferComplete())))
        self.assertEqual(400, answer.status)
        cpe.reconnect()
        answer = await cpe.exchange(write_envelope(Envelope(cpe.inform("2 PERIODIC"))))
        self.assertEqual(200, answer.status)

    async def test_a_path_that_is_not_ours_is_404(self) -> None:
        self.world.endpoint._path = "/acs"
        cpe = self.world.cpe()
        for path, status in (("/", 404), ("/acsx", 404), ("/acs", 204), ("/acs/", 204), ("/acs/below", 204)):
            cpe.reconnect()
            cpe.line.send(cpe.post(b"").replace(b"POST / ", f"POST {path} ".encode()))
            self.assertEqual(status, (await cpe.line.receive()).status, path)

    async def test_of_one_that_is_long_the_beginning_is_kept(self) -> None:
        long = b"garbage" * MAX_KEPT
        await self.world.cpe().exchange(long)
        self.assertEqual(long[:MAX_KEPT], (await self.world.conversation())[0].body)


class InSessionTests(WorldCase):
    """In the middle of a session, which is over then."""

    async def after(self, body: bytes) -> tuple[int, str]:
        """Post this where an answer to GetParameterNames is due; the status, and why the session failed."""
        cpe = self.world.cpe()
        other = await self.bystander()
        await cpe.call_in("1 BOOT")
        await cpe.say(None)
        answer = await cpe.exchange(body)
        await other.serve()
        failed = await self.world.last_session(result="failed")
        self.assertEqual(cpe.id, failed.device)
        return answer.status, failed.failure

    async def bystander(self) -> Cpe:
        """Somebody else's session, which must not notice."""
        other = self.world.cpe(device=v.DeviceId("Other", "00D09E", "C", "1"))
        await other.call_in("1 BOOT")
        return other

    async def test_garbage_is_400_and_is_kept(self) -> None:
        status, failure = await self.after(b"garbage")
        self.assertEqual(400, status)
        self.assertIn("not XML", failure)

    async def test_of_one_that_is_long_the_beginning_is_kept(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("1 BOOT")
        long = b"garbage" * MAX_KEPT
        await cpe.exchange(long)
        self.assertEqual(long[:MAX_KEPT], (await self.world.conversation())[2].body)

    async def test_a_second_wrong_answer_ends_the_session(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("1 BOOT")
        await self.world.job(cpe.id, "GetRPCMethods", {})
        await cpe.say(None)
        for number in ("1", "2"):
            answer = await cpe.exchange(write_envelope(Envelope(m.RebootResponse(), header=Header(number))))
        self.assertEqual(204, answer.status)
        failed = await self.world.last_session(result="failed")
        self.assertIn("RebootResponse where", failed.failure)

    async def test_an_answer_to_a_question_not_asked_is_400(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("1 BOOT")
        answer = await cpe.exchange(write_envelope(Envelope(m.RebootResponse(), header=Header("5"))))
        self.assertEqual(400, answer.status)
        self.assertIn("RebootResponse in state", (await self.world.last_session(result="failed")).failure)

    async def test_a_connection_lost_at_any_step_leaves_nothing_open(self) -> None:
        for step in range(6):
            cpe = self.world.cpe(device=v.DeviceId("A", "00D09E", "C", str(step)))
            message = await cpe.call_in("1 BOOT")
            message = None
            for _ in range(step):
                message = await cpe.say(cpe.reply(message) if message is not None else None)
                if message is None:
                    break
            cpe.line.drop()
            self.world.pass_time(61)
            self.assertEqual((step, 0), (step, len(self.world.sessions)))
