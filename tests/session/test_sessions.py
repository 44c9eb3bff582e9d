"""Whole sessions: opened, bound to their CPE, ended, recorded."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

from msgspec.structs import replace
from twisted.internet import reactor

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.envelope import Envelope, Header, read_envelope, write_envelope
from acs.cwmp.namespaces import CWMP_1_2
from acs.http.relay import Relay, token_of
from acs.session.sessions import LINGER, MAX_SILENCE
from acs.store.database import Unit
from acs.store.interface import Query
from acs.store.records import Device, SessionResult
from tests import only_with
from tests.support.cases import WorldCase
from tests.support.world import AIRTIES, Cpe


class FirstContactTests(WorldCase):
    """A device calls for the first time."""

    async def test_the_device_is_made_with_what_its_inform_says(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        device = await self.world.store.device("001CA8-Air4920DK%2DWA-AT1931620001413")
        assert device is not None
        self.assertEqual(
            ("AirTies", "001CA8", "Air4920DK-WA", "AT1931620001413"),
            (device.manufacturer, device.oui, device.product_class, device.serial_number),
        )
        self.assertEqual("2.59.1.8", device.software_version)
        self.assertEqual("InternetGatewayDevice:1.4", device.root_data_model)
        self.assertEqual("InternetGatewayDevice.DeviceSummary", device.root_data_model_source)
        self.assertEqual(
            ("1.0", "urn:dslforum-org:cwmp-1-0"), (device.cwmp_version, device.cwmp_version_source)
        )
        self.assertEqual("http://192.0.2.7:30005/c1", device.connection_request_url)
        self.assertEqual(self.world.clock.seconds(), device.first_seen)

    async def test_one_that_was_registered_without_its_manufacturer_tells_it(self) -> None:
        cpe = self.world.cpe()
        who = cpe.device
        known = Device(cpe.id, "", who.OUI, who.ProductClass, who.SerialNumber, tags=("new",))
        await self.world.store.add_device(known)
        await cpe.first_contact()
        device = await self.world.store.device(cpe.id)
        assert device is not None
        self.assertEqual(("AirTies", ("new",)), (device.manufacturer, device.tags))
        self.assertIn("AirTies", [vendor.name for vendor in await self.world.store.vendors()])

    async def test_vendor_and_model_are_made(self) -> None:
        await self.world.cpe().first_contact()
        self.assertEqual(["AirTies"], [vendor.name for vendor in await self.world.store.vendors()])
        self.assertEqual([1], [model.devices for model in await self.world.store.models()])

    async def test_the_whole_tree_is_read_once(self) -> None:
        cpe = self.world.cpe()
        reads = ["GetParameterNames", "GetParameterValues", "GetParameterAttributes"]
        self.assertEqual(reads, await cpe.first_contact())
        self.assertEqual([], await cpe.session())

    async def test_whether_it_is_verified_is_known_at_once(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("0 BOOTSTRAP", "1 BOOT")
        device = await self.world.store.device(cpe.id)
        assert device is not None
        self.assertTrue(device.client_ip_verified)

    async def test_new_firmware_is_read_again(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        cpe.told["DeviceInfo.SoftwareVersion"] = "3.0"
        self.assertIn("GetParameterValues", await cpe.session("1 BOOT", "4 VALUE CHANGE"))
        self.assertEqual([], await cpe.session())

    async def test_an_inform_that_tells_nothing_of_its_data_model_changes_nothing(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        cpe.told = {}
        await cpe.session("2 PERIODIC")
        device = await self.world.store.device(cpe.id)
        assert device is not None
        self.assertEqual(("InternetGatewayDevice:1.4", cpe.root), (device.root_data_model, device.root))

    async def test_an_uptime_that_is_no_number_is_none(self) -> None:
        cpe = self.world.cpe()
        for uptime in ("soon", "-1", "\u0661", "\u00b2", ""):
            cpe.told["DeviceInfo.UpTime"] = uptime
            await cpe.session("2 PERIODIC")
            session = await self.world.last_session()
            self.assertEqual((SessionResult.SUCCESS, None), (session.result, session.device_uptime), uptime)

    async def test_a_device_whose_oui_changed_is_recognised(self) -> None:
        await self.world.cpe().first_contact()
        moved = self.world.cpe(device=v.DeviceId("AirTies", "18281A", "Air4920DK-WA", "AT1931620001413"))
        await moved.first_contact()
        device = await self.world.store.device(moved.id)
        assert device is not None
        self.assertEqual(("18281A", 2), (device.oui, device.inform_count))
        self.assertIsNone(await self.world.store.device(AIRTIES.key))


class SteadySessionTests(WorldCase):
    """The device is known and nothing is due."""

    async def test_it_is_four_messages(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        self.assertEqual(m.InformResponse(1), await cpe.call_in("2 PERIODIC"))
        self.assertEqual(200, cpe.answer.status)
        self.assertIsNone(await cpe.say(None))
        self.assertEqual(
            (204, b"", None), (cpe.answer.status, cpe.answer.body, cpe.answer.headers.get("content-type"))
        )

    async def test_it_is_recorded_with_its_conversation(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        await cpe.session("2 PERIODIC")
        session = await self.world.last_session()
        self.assertEqual(
            (SessionResult.SUCCESS, "", cpe.id), (session.result, session.failure, session.device)
        )
        self.assertEqual(("2 PERIODIC",), session.events)
        self.assertEqual((2, 2, "InformResponse"), (session.requests, session.responses, session.last_rpc))
        self.assertEqual(
            ("192.0.2.7", True, "always"),
            (session.client_ip, session.client_ip_verified, session.verified_by),
        )
        self.assertEqual(4711, session.device_uptime)
        exchanges = await self.world.conversation()
        self.assertEqual(
            [
                ("in", "Inform", None, 0),
                ("out", "InformResponse", 1, 200),
                ("in", "", None, 0),
                ("out", "", None, 204),
            ],
            [(e.direction, e.rpc, e.answers, e.status) for e in exchanges],
        )
        self.assertEqual(cpe.inform("2 PERIODIC"), read_envelope(exchanges[0].body).message)
        self.assertTrue(exchanges[0].head.startswith(b"POST / HTTP/1.1\r\n"))
        self.assertTrue(exchanges[1].head.startswith(b"HTTP/1.1 200 OK\r\n"))

    @only_with("groups")
    async def test_it_is_one_write_transaction_and_no_device_row(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        await self.world.store.committed()
        commits: list[Sequence[Unit]] = []
        database: Any = self.world.store._database  # type: ignore[attr-defined]
        plain = database.commit

        def counted(units: Sequence[Unit], before: Any = None) -> Any:
            commits.append(units)
            return plain(units, before)

        self.patch(database, "commit", counted)
        await cpe.session("2 PERIODIC")
        await self.world.store.committed()
        self.assertEqual(1, len(commits))
        written = " ".join(statement.sql for unit in commits[0] for statement in unit)
        self.assertIn("INTO sessions", written)
        self.assertIn("INTO conversations", written)
        self.assertNotIn("devices", written)

    async def test_the_cookie_is_bare(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in()
        self.assertEqual("acs_session_id=cookie1; Path=/", cpe.answer.headers["set-cookie"])


class DurabilityTests(WorldCase):
    """What a device forgets once it is answered is on disk before that."""

    def open_on_disk(self) -> int:
        """How many sessions are, that have not ended."""
        ((count,),) = self.world.on_disk("SELECT count(*) FROM sessions WHERE result = 'open'")
        return int(count)

    async def known(self) -> Cpe:
        """A device that has called before, all of which is on disk."""
        cpe = self.world.cpe()
        await cpe.first_contact()
        await self.world.store.committed()
        return cpe

    async def test_an_event_that_is_told_once_is(self) -> None:
        await self.known()
        for number, event in enumerate(
            (
                *("0 BOOTSTRAP", "4 VALUE CHANGE", "5 KICKED", "7 TRANSFER COMPLETE", "M Reboot"),
                *("8 DIAGNOSTICS COMPLETE", "9 REQUEST DOWNLOAD", "10 AUTONOMOUS TRANSFER COMPLETE"),
                *("11 DU STATE CHANGE COMPLETE", "12 AUTONOMOUS DU STATE CHANGE COMPLETE", "X 000E50 Own"),
            )
        ):
            await self.world.cpe(device=replace(AIRTIES, SerialNumber=str(number))).call_in("1 BOOT", event)
            self.assertEqual(number + 1, self.open_on_disk(), event)

    async def test_one_that_is_told_again_or_tells_nothing_waits_for_company(self) -> None:
        cpe = await self.known()
        again = ("1 BOOT", "2 PERIODIC", "3 SCHEDULED", "6 CONNECTION REQUEST", "13 WAKEUP", "14 HEARTBEAT")
        for event in again:
            await cpe.call_in(event)
            self.assertEqual(0, self.open_on_disk(), event)

    async def test_what_it_tells_of_its_own_accord_is(self) -> None:
        cpe = await self.known()
        own = v.AutonOpResultStruct("u", "d", "1", "Installed", True)
        for request in (
            m.AutonomousTransferComplete("a", "t"),
            m.AutonomousDUStateChangeComplete((own,)),
        ):
            await cpe.call_in("2 PERIODIC")
            self.assertEqual(0, self.open_on_disk())
            await cpe.say(request)
            self.assertEqual(1, self.open_on_disk())
            await cpe.serve()
            await self.world.store.committed()


class BindingTests(WorldCase):
    """What ties a POST to its session."""

    async def test_a_session_goes_on_over_other_connections(self) -> None:
        cpe = self.world.cpe()
        message = await cpe.call_in("1 BOOT")
        message = None
        while True:
            cpe.reconnect()
            message = await cpe.say(cpe.reply(message) if message is not None else None)
            if message is None:
                break
        self.assertEqual(SessionResult.SUCCESS, (await self.world.last_session()).result)

    async def test_without_a_cookie_the_connection_ties(self) -> None:
        cpe = self.world.cpe(cookies=False)
        await cpe.first_contact()
        self.assertEqual(SessionResult.SUCCESS, (await self.world.last_session()).result)

    async def test_with_neither_an_rpc_is_refused(self) -> None:
        cpe = self.world.cpe(cookies=False)
        await cpe.call_in("1 BOOT")
        await cpe.say(None)
        cpe.reconnect()
        answer = await cpe.exchange(write_envelope(Envelope(m.GetParameterNamesResponse())))
        self.assertEqual(400, answer.status)

    async def test_two_devices_on_one_connection_are_told_apart_by_their_cookies(self) -> None:
        # A pooling proxy does so.
        first, second = self.world.cpe(), self.world.cpe(device=v.DeviceId("A", "000001", "B", "2"))
        second.line = first.line
        await first.call_in("1 BOOT")
        await second.call_in("1 BOOT")
        await first.serve()
        await second.serve()
        self.assertEqual(
            {first.id, second.id},
            {d.id for d in (await self.world.store.devices(Query())).items if d.full_read_at},
        )

    async def test_what_has_the_cookie_of_another_node_is_passed_on_but_for_an_inform(self) -> None:
        nobody = Relay(reactor, self.world.clock.seconds, 0, lambda node: "tcp:127.0.0.1:1", b"k" * 32)
        self.world.endpoint._relay = nobody
        for message, status in (
            (m.GetParameterNamesResponse(), 503),
            (self.world.cpe().inform("2 PERIODIC"), 200),
        ):
            cpe = self.world.cpe()
            cpe.cookie = f"acs_session_id={token_of(1, bytes(16))}"
            answer = await cpe.exchange(write_envelope(Envelope(message, header=Header("1"))))
            self.assertEqual(status, answer.status)

    async def test_an_inform_with_the_last_sessions_cookie_opens_a_new_one(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        old = cpe.cookie
        answer = await cpe.exchange(write_envelope(Envelope(cpe.inform("2 PERIODIC"), header=Header("1"))))
        self.assertNotEqual(old, answer.headers["set-cookie"].split(";")[0])


class RepetitionTests(WorldCase):
    """A message that comes twice."""

    async def test_an_inform_posted_twice_is_one_session(self) -> None:
        cpe = self.world.cpe()
        body = cpe.dialogue.say(cpe.inform("2 PERIODIC"))
        first = await cpe.exchange(body)
        second = await cpe.exchange(body)
        self.assertEqual(first.body, second.body)
        self.assertEqual(1, len(self.world.sessions))

    async def test_a_response_posted_twice_is_answered_the_same_and_done_once(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("1 BOOT")
        names = await cpe.say(None)
        assert names is not None
        body = cpe.dialogue.say(cpe.reply(names))
        first = await cpe.exchange(body)
        second = await cpe.exchange(body)
        self.assertEqual((first.status, first.body), (second.status, second.body))
        self.assertIsInstance(cpe.dialogue.hear(first.body).message, m.GetParameterValues)

    async def test_a_transfer_complete_posted_twice_is_answered_twice(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("7 TRANSFER COMPLETE")
        body = cpe.dialogue.say(m.TransferComplete("none of ours"))
        for _ in range(2):
            answer = await cpe.exchange(body)
            self.assertEqual(m.TransferCompleteResponse(), read_envelope(answer.body).message)

    async def test_a_request_is_known_again_without_an_id_too(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("7 TRANSFER COMPLETE")
        body = write_envelope(Envelope(m.TransferComplete("none of ours")))
        first, second = await cpe.exchange(body), await cpe.exchange(body)
        self.assertEqual((first.status, first.body), (second.status, second.body))
        self.world.pass_time(61)
        notes = [each.note for each in await self.world.conversation() if each.rpc == "TransferComplete"]
        self.assertEqual(["", "repeated"], notes)

    async def test_a_second_inform_of_the_device_takes_over(self) -> None:
        old = self.world.cpe()
        await old.call_in("2 PERIODIC")
        new = self.world.cpe()
        await new.first_contact()
        self.assertEqual(1, len(self.world.sessions))
        failed = await self.world.last_session(result="failed")
        self.assertIn("opened a new session", failed.failure)
        answer = await old.exchange(write_envelope(Envelope(m.TransferComplete())))
        self.assertEqual(400, answer.status)


class EndTests(WorldCase):
    """How sessions end, and what is said of it."""

    async def test_silence_ends_a_session_and_says_where(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("1 BOOT")
        await cpe.say(None)
        self.world.pass_time(59)
        self.assertEqual(1, len(self.world.sessions))
        self.world.pass_time(2)
        self.assertEqual(0, len(self.world.sessions))
        session = await self.world.last_session()
        self.assertEqual(SessionResult.FAILED, session.result)
        self.assertEqual("silent for 60 s (ACS asked, after GetParameterNames)", session.failure)

    async def test_an_answer_to_a_session_that_was_lost_meanwhile_is_none(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("2 PERIODIC")
        cpe.line.send(cpe.post(cpe.dialogue.say(m.TransferComplete("none of ours"))))
        self.world.pass_time(61)
        self.assertEqual(400, (await cpe.line.receive()).status)
        await self.world.store.committed()
        self.assertEqual([], self.flushLoggedErrors())

    async def test_a_cpe_may_ask_for_more_patience(self) -> None:
        cpe = self.world.cpe(namespace=CWMP_1_2)
        await cpe.call_in("1 BOOT", header=Header(session_timeout=200))
        self.world.pass_time(190)
        self.assertEqual(1, len(self.world.sessions))

    async def test_but_not_for_less_nor_for_any_amount_of_it(self) -> None:
        for asked, silence in ((1, 60), (100_000, MAX_SILENCE)):
            await self.world.cpe(namespace=CWMP_1_2).call_in("1 BOOT", header=Header(session_timeout=asked))
            self.world.pass_time(silence - 1)
            self.assertEqual(1, len(self.world.sessions), asked)
            self.world.pass_time(1)
            self.assertEqual(0, len(self.world.sessions), asked)

    async def test_after_our_last_word_a_cpe_may_still_tell_something(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        self.assertEqual(m.TransferCompleteResponse(), await cpe.say(m.TransferComplete("late")))
        self.assertIsNone(await cpe.say(None))
        self.assertEqual(SessionResult.SUCCESS, (await self.world.last_session()).result)

    async def test_after_its_end_one_is_forgotten_with_its_connection_if_it_had_no_other(self) -> None:
        for reconnects in (False, True):
            cpe = self.world.cpe()
            await cpe.call_in("2 PERIODIC")
            if reconnects:
                cpe.reconnect()
            await cpe.serve()
            cpe.line.drop()
            self.assertEqual(int(reconnects), len(self.world.sessions))
            self.assertEqual(SessionResult.SUCCESS, (await self.world.last_session()).result)

    async def test_a_stray_empty_post_after_the_end_is_harmless(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        self.assertEqual(204, (await cpe.exchange(b"")).status)
        self.world.pass_time(LINGER + 1)
        self.assertEqual(0, len(self.world.sessions))
        self.assertEqual(204, (await cpe.exchange(b"")).status)
        self.assertEqual(SessionResult.SUCCESS, (await self.world.last_session()).result)

    async def test_an_empty_post_before_any_inform_is_harmless(self) -> None:
        cpe = self.world.cpe()
        self.assertEqual(204, (await cpe.exchange(b"")).status)
        self.assertEqual(0, len(self.world.sessions))

    async def test_a_device_need_not_stay_in_memory_when_its_session_has_ended_however_that_was(self) -> None:
        cpe = self.world.cpe()
        for ends in (True, False):
            await cpe.call_in("2 PERIODIC")
            if ends:
                await cpe.serve()
            self.world.pass_time(61)
            resident = self.world.store.pin(cpe.id)
            self.assertEqual(1, resident.pins)
            self.world.store.unpin(resident)

    async def test_a_job_of_a_device_that_is_deleted_meanwhile_is_gone_with_it(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        await self.world.job(cpe.id, "Reboot", {})
        await cpe.call_in("2 PERIODIC")
        await cpe.say(None)
        await self.world.store.delete_device(cpe.id)
        self.world.pass_time(61)
        self.assertEqual(0, len(self.world.sessions))
        self.assertIn("silent", (await self.world.last_session()).failure)

    async def test_a_device_that_is_deleted_meanwhile_ends_its_session_without_a_traceback(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("1 BOOT")
        names = await cpe.say(None)
        await self.world.store.delete_device(cpe.id)
        assert names is not None
        asked = 0
        message: m.Message | None = names
        while message is not None and asked < 5:
            message = await cpe.say(cpe.reply(message))
            asked += 1
        self.assertEqual(204, cpe.answer.status)
        self.assertIn("deleted", (await self.world.last_session()).failure)
        self.assertEqual([], self.flushLoggedErrors())

    async def test_a_device_that_is_deleted_meanwhile_need_not_tell_its_transfer_again(self) -> None:
        for told, answer in (
            (m.TransferComplete("k"), m.TransferCompleteResponse()),
            (m.DUStateChangeComplete((v.OpResultStruct(),), "k"), m.DUStateChangeCompleteResponse()),
            (m.AutonomousTransferComplete("a", "t"), m.AutonomousTransferCompleteResponse()),
        ):
            cpe = self.world.cpe()
            await cpe.first_contact()
            await cpe.call_in("7 TRANSFER COMPLETE")
            await self.world.store.delete_device(cpe.id)
            self.assertEqual(answer, await cpe.say(told))


class VersionTests(WorldCase):
    """Which CWMP version is spoken."""

    async def test_a_cpe_of_1_4_is_told_the_version(self) -> None:
        cpe = self.world.cpe(namespace=CWMP_1_2)
        await cpe.call_in("1 BOOT", header=Header(supported_versions=("1.0", "1.2", "1.4")))
        self.assertEqual("1.4", read_envelope(cpe.answer.body).header.use_version)

    async def test_an_older_cpe_is_told_nothing_and_answered_in_its_own_namespace(self) -> None:
        cpe = self.world.cpe(namespace=CWMP_1_2)
        await cpe.call_in("1 BOOT")
        envelope = read_envelope(cpe.answer.body)
        self.assertEqual(("", CWMP_1_2), (envelope.header.use_version, envelope.namespace))

    async def test_no_version_in_common_is_fault_8006(self) -> None:
        cpe = self.world.cpe(namespace=CWMP_1_2)
        answer = await cpe.call_in("1 BOOT", header=Header(supported_versions=("2.0",)))
        self.assertEqual(8006, answer.FaultCode if isinstance(answer, m.Fault) else None)
        self.assertEqual(0, len(self.world.sessions))
        self.assertIn("no common CWMP version", (await self.world.last_session()).failure)


class CpeRequestTests(WorldCase):
    """What the CPE asks of the ACS."""

    async def test_each_rpc_is_answered(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("1 BOOT")
        result = v.OpResultStruct("u", "d", "1", "Installed", True)
        own = v.AutonOpResultStruct("u", "d", "1", "Installed", True)
        for request, response in (
            (m.TransferComplete("x"), m.TransferCompleteResponse()),
            (m.AutonomousTransferComplete("a", "t"), m.AutonomousTransferCompleteResponse()),
            (m.DUStateChangeComplete((result,), "x"), m.DUStateChangeCompleteResponse()),
            (m.AutonomousDUStateChangeComplete((own,)), m.AutonomousDUStateChangeCompleteResponse()),
            (m.RequestDownload("1 Firmware Upgrade Image"), m.RequestDownloadResponse()),
            (m.Kicked("c"), m.KickedResponse("")),
        ):
            self.assertEqual(response, await cpe.say(request))

    async def test_our_methods_are_those_that_we_answer(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("1 BOOT")
        answer = await cpe.say(m.GetRPCMethods())
        assert isinstance(answer, m.GetRPCMethodsResponse)
        self.assertIn("Inform", answer.MethodList)
        self.assertNotIn("Reboot", answer.MethodList)

    async def test_an_unknown_rpc_is_fault_8000_and_the_session_goes_on(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("1 BOOT")
        answer = await cpe.say(m.VendorRequest("X_000000_Sing", "<Song>Ode</Song>"))
        assert isinstance(answer, m.Fault)
        self.assertEqual((8000, 200), (answer.FaultCode, cpe.answer.status))
        await cpe.serve()
        self.assertEqual(SessionResult.SUCCESS, (await self.world.last_session()).result)

    async def test_a_request_instead_of_an_answer_is_answered_and_ours_stays_open(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in("1 BOOT")
        names = await cpe.say(None)
        assert names is not None
        asking = write_envelope(Envelope(m.TransferComplete("x"), header=Header("99")))
        answer = await cpe.exchange(asking)
        self.assertEqual(m.TransferCompleteResponse(), read_envelope(answer.body).message)
        values = await cpe.say(cpe.reply(names))
        self.assertIsInstance(values, m.GetParameterValues)


class ProxyTests(WorldCase):
    """A proxy that is believed, over whose connections many devices come."""

    how = {"trusted": [ip_network("10.0.0.0/8")]}

    async def test_each_request_is_its_senders(self) -> None:
        cpes = [self.world.cpe(address="10.0.0.1") for _ in range(2)]
        cpes[1].device = replace(AIRTIES, SerialNumber="other")
        cpes[1].line = cpes[0].line
        for number, cpe in enumerate(cpes):
            body = cpe.dialogue.say(cpe.inform("1 BOOT"))
            answer = await cpe.exchange(body, f"X-Forwarded-For: 192.0.2.{number}")
            cpe.dialogue.hear(answer.body)
        for number, cpe in enumerate(cpes):
            await cpe.exchange(cpe.dialogue.say(None), f"X-Forwarded-For: 192.0.2.{number}")
            device = await self.world.store.device(cpe.id)
            assert device is not None
            self.assertEqual(f"192.0.2.{number}", device.client_ip)

    async def test_without_its_cookie_no_session_is_found_by_the_proxys_connection(self) -> None:
        cpe = self.world.cpe(address="10.0.0.1", cookies=False)
        body = cpe.dialogue.say(cpe.inform("1 BOOT"))
        cpe.dialogue.hear((await cpe.exchange(body, "X-Forwarded-For: 192.0.2.1")).body)
        answer = await cpe.exchange(b"", "X-Forwarded-For: 192.0.2.1")
        self.assertEqual((204, b""), (answer.status, answer.body))
        self.assertEqual(1, self.world.sessions.unfinished)


class OtherOuiTests(WorldCase):
    """A device whose OUI changes with its firmware."""

    def called(self, oui: str) -> Cpe:
        return self.world.cpe(device=v.DeviceId("AirTies", oui, "Air", "S1"))

    async def ids(self) -> list[str]:
        await self.world.store.committed()
        return [device.id for device in (await self.world.store.devices(Query())).items]

    async def test_it_is_the_same_device(self) -> None:
        await self.called("001CA8").first_contact()
        await self.called("00D09E").first_contact()
        self.assertEqual(["00D09E-Air-S1"], await self.ids())

    async def test_where_two_might_be_meant_it_is_neither(self) -> None:
        for oui in ("001CA8", "00D09E"):
            await self.world.store.add_device(Device(f"{oui}-Air-S1", "AirTies", oui, "Air", "S1"))
        await self.called("00E092").first_contact()
        self.assertEqual({"001CA8-Air-S1", "00D09E-Air-S1", "00E092-Air-S1"}, set(await self.ids()))

    async def test_two_new_ones_at_once_are_two_devices_and_no_mistake(self) -> None:
        await self.called("001CA8").first_contact()
        others = [self.called("00D09E"), self.called("00E092")]
        for cpe in others:
            cpe.line.send(cpe.post(cpe.dialogue.say(cpe.inform("1 BOOT"))))
        for cpe in others:
            answer = await cpe.line.receive()
            self.assertIn(b"InformResponse", answer.body)
        self.assertEqual({"00D09E-Air-S1", "00E092-Air-S1"}, set(await self.ids()))
