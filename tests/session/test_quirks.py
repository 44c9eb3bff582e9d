"""Sessions of devices that are not made to the letter, each with the quirk that it needs, and without."""

from __future__ import annotations

from typing import Any

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.envelope import Envelope, write_envelope
from acs.quirks.rules import Rule
from acs.session.procedures.read_all import MAX_FAILURES
from acs.session.sessions import Limits
from acs.store.interface import Query
from acs.store.records import JobState
from tests.support.cases import WorldCase
from tests.support.world import ROOT, Answer, Cpe

CODE = ROOT + "DeviceInfo.ProvisioningCode"
LEVEL = "2026-11-26T12:00:00.000000Z"


class QuirkCase(WorldCase):
    async def given(self, cpe: Cpe, *names: str) -> None:
        """These quirks are forced on for a device."""
        await self.world.store.change_quirk_rules([Rule(name, device=cpe.id) for name in names])

    async def set_job(self, cpe: Cpe, value: str = "x", type_: str = "xsd:string", **more: Any) -> Any:
        values = [{"Name": CODE, "Value": value, "Type": type_}]
        return await self.world.job(cpe.id, "SetParameterValues", {"ParameterList": values, **more})


class RecordTests(QuirkCase):
    async def test_the_quirks_in_force_stand_on_the_session_and_the_device(self) -> None:
        cpe = self.world.cpe()
        await self.given(cpe, "no-attributes", "boolean-digits")
        await cpe.first_contact()
        names = ("boolean-digits", "no-attributes")
        self.assertEqual(names, (await self.world.last_session()).quirks)
        device = await self.world.store.device(cpe.id)
        assert device is not None
        self.assertEqual(names, device.quirks)
        self.assertEqual(dict.fromkeys(names, 1), dict(await self.world.store.quirk_counts()))

    async def test_one_that_is_taken_back_is_gone_with_the_next_session(self) -> None:
        cpe = self.world.cpe()
        await self.given(cpe, "no-attributes")
        await cpe.first_contact()
        (rule,) = self.world.store.quirk_rules()
        await self.world.store.change_quirk_rules(remove=[rule.id])
        await cpe.session()
        self.assertEqual((), (await self.world.last_session()).quirks)
        self.assertEqual({}, dict(await self.world.store.quirk_counts()))

    async def test_new_firmware_counts_in_the_session_that_tells_it(self) -> None:
        cpe = self.world.cpe()
        await self.world.store.change_quirk_rules([Rule("no-attributes", software_version="3.*")])
        await cpe.first_contact()
        self.assertEqual((), (await self.world.last_session()).quirks)
        cpe.told["DeviceInfo.SoftwareVersion"] = "3.0"
        self.assertNotIn("GetParameterAttributes", await cpe.session("1 BOOT"))
        self.assertEqual(("no-attributes",), (await self.world.last_session()).quirks)


class WritingTests(QuirkCase):
    async def test_an_xml_declaration(self) -> None:
        for forced in (False, True):
            cpe = self.world.cpe(device=v.DeviceId("A", "00D09E", "C", str(forced)))
            if forced:
                await self.given(cpe, "xml-declaration")
            await cpe.first_contact()
            said = [
                each.body for each in await self.world.conversation() if each.direction == "out" and each.body
            ]
            self.assertEqual(4, len(said))
            for body in said:
                self.assertIs(forced, body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:'))

    async def test_booleans_and_times_as_the_device_wants_them(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        await self.given(cpe, "boolean-digits", "whole-seconds")
        for type_, given, wanted in (
            ("xsd:boolean", "true", b">1</Value>"),
            ("xsd:dateTime", "2026-11-26T12:00:00.5Z", b">2026-11-26T12:00:00Z</Value>"),
        ):
            await self.set_job(cpe, given, type_)
            self.assertEqual(["SetParameterValues"], await cpe.session())
            (said,) = [
                each.body for each in await self.world.conversation() if each.rpc == "SetParameterValues"
            ]
            self.assertIn(wanted, said)


class ReadingTests(QuirkCase):
    async def test_null_is_no_parameter_key(self) -> None:
        cpe = self.world.cpe()
        await self.given(cpe, "null-words")
        cpe.told["ManagementServer.ParameterKey"] = "(null)"
        await cpe.first_contact()
        device = await self.world.store.device(cpe.id)
        assert device is not None
        self.assertEqual("", device.parameter_key)
        known = await self.world.store.parameters(cpe.id)
        self.assertEqual("", known[ROOT + "ManagementServer.ParameterKey"].value)

    async def test_names_level_by_level_and_values_in_batches(self) -> None:
        cpe = LevelCpe(self.world)
        await self.given(cpe, "level-by-level")
        asked = await cpe.first_contact()
        self.assertGreater(asked.count("GetParameterNames"), 5)
        self.assertFalse(cpe.whole, "the whole tree was asked for at once")
        known = await self.world.store.parameters(cpe.id)
        self.assertEqual("2.59.1.8", known[ROOT + "DeviceInfo.SoftwareVersion"].value)

    async def test_attributes_are_not_asked_for_unless_by_a_job(self) -> None:
        cpe = self.world.cpe()
        await self.given(cpe, "no-attributes")
        self.assertEqual(["GetParameterNames", "GetParameterValues"], await cpe.first_contact())
        await self.world.job(cpe.id, "GetParameterAttributes", {"ParameterNames": [CODE]})
        self.assertEqual(["GetParameterAttributes"], await cpe.session())

    async def test_a_device_that_lists_no_names_is_known_by_its_values(self) -> None:
        for answer in (m.GetParameterNamesResponse(), m.Fault(9005, "Invalid parameter name")):
            cpe = Nameless(self.world, device=v.DeviceId("A", "00D09E", "C", type(answer).__name__))
            cpe.listing = answer
            await cpe.first_contact()
            known = await self.world.store.parameters(cpe.id)
            self.assertEqual("2.59.1.8", known[ROOT + "DeviceInfo.SoftwareVersion"].value)
            device = await self.world.store.device(cpe.id)
            assert device is not None
            self.assertFalse(device.full_read_requested)


class OmissionTests(QuirkCase):
    async def test_what_an_answer_lacks_is_told(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        for names, words in (
            ([CODE, ROOT + "Not.There"], f"the answer lacks {ROOT}Not.There"),
            (
                [ROOT + "Not.There", ROOT + "Nor.This", ROOT + "Nor.That"],
                f"lacks {ROOT}Not.There and 2 more names",
            ),
            ([CODE, ROOT + "Some.Object."], ""),
        ):
            job = await self.world.job(cpe.id, "GetParameterValues", {"ParameterNames": names})
            await cpe.session()
            (note,) = [
                e.note for e in await self.world.conversation() if e.rpc == "GetParameterValuesResponse"
            ]
            self.assertIn(words, note)
            self.assertEqual(bool(words), bool(note))
            done = await self.world.store.job(job.id)
            assert done is not None
            self.assertIs(JobState.DONE, done.state)


class LevelCpe(Cpe):
    """Lists one level, and notes whether it was asked for more."""

    whole = False

    def reply(self, message: m.Message) -> m.Message:
        if not isinstance(message, m.GetParameterNames):
            if isinstance(message, m.GetParameterValues):
                self.whole = self.whole or any(name.endswith(".") for name in message.ParameterNames)
            return super().reply(message)
        self.whole = self.whole or not message.NextLevel
        path = message.ParameterPath
        below = [ROOT + name for name in self.told if (ROOT + name).startswith(path)]
        steps = dict.fromkeys(_step(path, name) for name in below)
        return m.GetParameterNamesResponse(tuple(v.ParameterInfoStruct(step) for step in steps))


def _step(path: str, name: str) -> str:
    first, dot, _ = name.removeprefix(path).partition(".")
    return path + first + dot


class Nameless(Cpe):
    """Does not list its names."""

    listing: m.Message

    def reply(self, message: m.Message) -> m.Message:
        return self.listing if isinstance(message, m.GetParameterNames) else super().reply(message)


class ShortSessionTests(QuirkCase):
    """One RPC, and the session ends."""

    async def test_a_full_read_goes_on_over_several_sessions(self) -> None:
        cpe = self.world.cpe()
        await self.given(cpe, "one-rpc-per-session")
        asked = [await cpe.session("0 BOOTSTRAP", "1 BOOT"), *[await cpe.session() for _ in range(3)]]
        self.assertEqual(
            [["GetParameterNames"], ["GetParameterValues"], ["GetParameterAttributes"], []], asked
        )
        for session in (await self.world.store.sessions(Query())).items:
            self.assertEqual("success", session.result.value)
        device = await self.world.store.device(cpe.id)
        assert device is not None
        self.assertEqual((False, 0), (device.full_read_requested, device.full_read_failures))

    async def test_sessions_that_are_too_short_for_it_are_no_failures_of_it(self) -> None:
        told = {"InternetGatewayDevice.DeviceSummary": "InternetGatewayDevice:1.0[]()", "Device.X": "1"}
        cpe = self.world.cpe(told=told, root="")
        await self.given(cpe, "one-rpc-per-session")
        asked = [await cpe.session("1 BOOT") for _ in range(7)]
        reads = ["GetParameterNames", "GetParameterValues", "GetParameterAttributes"]
        self.assertEqual([[read] for read in reads * 2] + [[]], asked)

    async def test_a_reset_begins_it_anew(self) -> None:
        cpe = self.world.cpe()
        await self.given(cpe, "one-rpc-per-session")
        await cpe.session("0 BOOTSTRAP", "1 BOOT")
        self.assertEqual(["GetParameterNames"], await cpe.session("0 BOOTSTRAP", "1 BOOT"))

    async def test_a_read_that_fails_is_counted_all_the_same(self) -> None:
        cpe = Nameless(self.world)
        cpe.listing = m.Fault(9001, "Request denied")
        await self.given(cpe, "one-rpc-per-session")
        asked = [await cpe.session("1 BOOT") for _ in range(MAX_FAILURES + 1)]
        self.assertEqual([["GetParameterNames"]] * MAX_FAILURES + [[]], asked)

    async def test_jobs_go_out_one_in_each_session(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        await self.given(cpe, "one-rpc-per-session")
        added = [await self.set_job(cpe, str(number)) for number in range(3)]
        for number in range(3):
            self.assertEqual(["SetParameterValues"], await cpe.session())
            done = [await self.world.store.job(job.id) for job in added]
            states = [job.state for job in done if job is not None]
            self.assertEqual([JobState.DONE] * (number + 1), states[: number + 1])
            self.assertEqual([JobState.QUEUED] * (2 - number), states[number + 1 :])

    async def test_a_type_that_has_to_be_asked_for_takes_a_session_of_its_own(self) -> None:
        cpe = Telling(self.world)
        await cpe.first_contact()
        await self.given(cpe, "one-rpc-per-session")
        jobs = [
            await self.world.job(
                cpe.id, "SetParameterValues", {"ParameterList": [{"Name": ROOT + name, "Value": "1"}]}
            )
            for name in ("Known", "Unknown")
        ]
        asked = [await cpe.session() for _ in range(4)]
        self.assertEqual([["GetParameterValues"], ["SetParameterValues"], ["GetParameterValues"], []], asked)
        known, unknown = [await self.world.store.job(job.id) for job in jobs]
        assert known is not None and unknown is not None and unknown.fault is not None
        self.assertEqual((JobState.DONE, JobState.FAILED), (known.state, unknown.state))
        self.assertIn(f"the type of {ROOT}Unknown", unknown.fault["FaultString"])


class Scattered(Cpe):
    """Opens a connection for each request."""

    async def exchange(self, body: bytes, *headers: str) -> Answer:
        self.reconnect()
        return await super().exchange(body, *headers)


class ConnectionTests(QuirkCase):
    async def test_the_connection_is_closed_after_each_answer(self) -> None:
        cpe = Scattered(self.world)
        for forced in (False, True):
            if forced:
                await self.given(cpe, "close-connection")
            await cpe.session("2 PERIODIC")
            self.assertIs(forced, cpe.answer.headers.get("connection") == "close")
            for each in await self.world.conversation():
                if each.direction == "out":
                    self.assertIs(forced, b"\r\nConnection: close\r\n" in each.head, each.rpc)

    async def test_without_cookie_and_connection_a_session_is_found_by_its_address(self) -> None:
        cpe = Scattered(self.world, cookies=False)
        await self.given(cpe, "bind-by-address")
        asked = await cpe.first_contact()
        self.assertEqual(["GetParameterNames", "GetParameterValues", "GetParameterAttributes"], asked)
        self.assertEqual("success", (await self.world.last_session()).result.value)
        self.assertEqual([], await cpe.session("2 PERIODIC"))

    async def test_one_that_is_not_known_for_that_is_not(self) -> None:
        cpe = Scattered(self.world, cookies=False)
        await cpe.call_in("2 PERIODIC")
        self.assertEqual(204, (await cpe.exchange(b"")).status)
        self.world.pass_time(61)
        self.assertEqual("failed", (await self.world.last_session()).result.value)

    async def test_others_at_the_address_are_in_no_session_of_its(self) -> None:
        cpe = Scattered(self.world, cookies=False)
        await self.given(cpe, "bind-by-address")
        await cpe.call_in("2 PERIODIC")
        stranger = Scattered(self.world, address="192.0.2.8", cookies=False)
        self.assertEqual(400, (await stranger.exchange(_response())).status)
        neighbour = Scattered(self.world)
        neighbour.cookie = "acs_session_id=unknown"
        self.assertEqual(400, (await neighbour.exchange(_response())).status)
        self.assertEqual([], (await cpe.serve())[3:])

    async def test_where_two_of_the_kind_call_from_one_address_neither_is_guessed_at(self) -> None:
        for serial in ("1", "2"):
            cpe = Scattered(self.world, device=v.DeviceId("A", "00D09E", "C", serial), cookies=False)
            await self.given(cpe, "bind-by-address")
            await cpe.call_in("2 PERIODIC")
        self.assertIsNone(self.world.sessions.at_address(cpe.address))
        self.assertEqual(400, (await cpe.exchange(_response())).status)
        self.world.pass_time(61)
        await cpe.call_in("2 PERIODIC")
        self.assertIsNotNone(self.world.sessions.at_address(cpe.address))
        self.world.pass_time(61)
        self.assertEqual({}, self.world.sessions._by_address)


def _response() -> bytes:
    return write_envelope(Envelope(m.SetParameterValuesResponse(0)))


class RestTests(QuirkCase):
    async def test_a_device_that_has_just_started_is_left_alone(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        await self.given(cpe, "rest-after-boot")
        await self.set_job(cpe)
        for uptime, asked in (("30", []), ("599", []), ("600", ["SetParameterValues"])):
            cpe.told["DeviceInfo.UpTime"] = uptime
            self.assertEqual(asked, await cpe.session("2 PERIODIC"), uptime)

    async def test_without_an_uptime_the_session_that_tells_of_the_start_is_one_of_rest(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        await self.given(cpe, "rest-after-boot")
        await self.set_job(cpe)
        del cpe.told["DeviceInfo.UpTime"]
        for written in ("1 BOOT", "1 Boot", "1"):
            self.assertEqual([], await cpe.session(written))
        self.assertEqual(["SetParameterValues"], await cpe.session("2 PERIODIC"))

    async def test_silence_while_it_applies_something_is_no_loss(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        await self.given(cpe, "silent-while-applying")
        await self.set_job(cpe)
        await cpe.call_in("2 PERIODIC")
        asked = await cpe.say(None)
        self.world.pass_time(590)
        assert asked is not None
        self.assertIsNone(await cpe.say(cpe.reply(asked)))
        self.assertEqual("success", (await self.world.last_session()).result.value)


class PatientTests(QuirkCase):
    """Where every device may be silent for longer than the quirk says."""

    how = {"limits": Limits(session_seconds=900)}

    async def test_nobody_has_less_time_for_a_quirk(self) -> None:
        cpe = self.world.cpe()
        await self.given(cpe, "silent-while-applying")
        await cpe.call_in("1 BOOT")
        await cpe.say(None)
        self.world.pass_time(890)
        self.assertEqual(1, len(self.world.sessions))


class ParameterKeyTests(QuirkCase):
    async def level(self, cpe: Cpe) -> tuple[str, str]:
        device = await self.world.store.device(cpe.id)
        assert device is not None
        return device.parameter_key, device.current_config_level

    async def test_the_key_that_was_set_is_kept_here_until_a_factory_reset(self) -> None:
        cpe = self.world.cpe()
        await self.given(cpe, "no-parameter-key")
        await cpe.first_contact()
        await self.set_job(cpe, ParameterKey=LEVEL)
        await cpe.session()
        for _ in range(2):
            self.assertEqual((LEVEL, LEVEL), await self.level(cpe))
            await cpe.session("1 BOOT")
        await cpe.session("0 BOOTSTRAP", "1 BOOT")
        self.assertEqual(("", ""), await self.level(cpe))

    async def test_one_that_is_refused_is_not(self) -> None:
        cpe = Refusing(self.world)
        await self.given(cpe, "no-parameter-key")
        await cpe.first_contact()
        await self.set_job(cpe, ParameterKey=LEVEL)
        await cpe.session()
        self.assertEqual(("", ""), await self.level(cpe))

    async def test_other_devices_are_believed(self) -> None:
        cpe = self.world.cpe()
        await cpe.first_contact()
        cpe.told["ManagementServer.ParameterKey"] = LEVEL
        await cpe.session()
        self.assertEqual((LEVEL, LEVEL), await self.level(cpe))


class Telling(Cpe):
    """Has a parameter of which it tells where it is asked."""

    def reply(self, message: m.Message) -> m.Message:
        if isinstance(message, m.GetParameterValues) and "Known" in message.ParameterNames[0]:
            known = (v.ParameterValueStruct(ROOT + "Known", "0", "xsd:int"),)
            return m.GetParameterValuesResponse(
                tuple(each for each in known if each.Name in message.ParameterNames)
            )
        return super().reply(message)


class Refusing(Cpe):
    """Takes no values."""

    def reply(self, message: m.Message) -> m.Message:
        refused = isinstance(message, m.SetParameterValues)
        return m.Fault(9001, "Request denied") if refused else super().reply(message)
