"""Parameters are tracked by the profiles of a device: in each session or now and then, with a history."""

from __future__ import annotations

from typing import Any

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.messages import AnyRequest, Fault, Message
from acs.quirks.rules import Rule
from acs.session.procedures.track import LONGEST_READING, MOST_READINGS, is_due
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.device import Device as Simulated
from acs.simulate.habits import Habit
from acs.store.interface import Query
from acs.store.records import Device, Profile, Tracked
from tests.session.test_configure import ConfigureCase

UPTIME = ".DeviceInfo.UpTime"
CHANNEL = ".WiFi.Radio.1.Channel"
HOUR = 3600


class Watching(Habit):
    """Notes what is read; has nothing of these names."""

    def __init__(self, *refused: str) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.refused = refused

    def answers(self, cpe: Simulated, request: AnyRequest) -> Message | None:
        if not isinstance(request, m.GetParameterValues):
            return None
        self.asked.append(tuple(request.ParameterNames))
        if any(name in self.refused for name in request.ParameterNames):
            return Fault(9005, "Invalid parameter name")
        return None


class Telling(Habit):
    """Answers with these values, whatever is read."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values

    def answers(self, cpe: Simulated, request: AnyRequest) -> Message | None:
        if not isinstance(request, m.GetParameterValues):
            return None
        told = (v.ParameterValueStruct(name, value, "xsd:string") for name, value in self.values.items())
        return m.GetParameterValuesResponse(tuple(told))


class TrackingTests(ConfigureCase):
    async def track(self, *tracked: Tracked, scope: str = "all", name: str = "default", **more: Any) -> None:
        """Have these tracked."""
        await self.world.store.put_profile(Profile(scope, name, tracked=tracked, **more))

    async def read(self, cpe: SimulatedCPE, *refused: str) -> list[tuple[str, ...]]:
        """What is read in a session."""
        self.habits = [watching := Watching(*refused)]
        await self.session(cpe)
        return watching.asked

    async def history(self, cpe: SimulatedCPE) -> list[tuple[str, str]]:
        """What is kept, the oldest first."""
        page = await self.world.store.readings(cpe.device_id.key, Query(sort="id", limit=1000))
        return [(each.name, each.value) for each in page.items]

    async def test_a_model_is_tracked_and_no_other(self) -> None:
        cpe, other = await self.met(), await self.met("tr098-router")
        who = cpe.device_id
        await self.track(Tracked(UPTIME), scope="model", name=f"{who.Manufacturer}/{who.ProductClass}")
        for _ in range(2):
            self.assertEqual([("Device.DeviceInfo.UpTime",)], await self.read(cpe))
        self.assertEqual([], await self.read(other))
        self.assertEqual(0.0, (await self.known(cpe)).tracked_at)

    async def test_all_scopes_are_tracked_together_and_the_narrower_says_how(self) -> None:
        cpe = await self.met()
        await self.track(Tracked(UPTIME), Tracked(CHANNEL, HOUR, True))
        await self.track(Tracked(CHANNEL), scope="vendor", name=cpe.device_id.Manufacturer)
        for _ in range(2):
            wanted = ("Device.DeviceInfo.UpTime", "Device.WiFi.Radio.1.Channel")
            self.assertEqual([wanted], await self.read(cpe))
        self.assertEqual([], await self.history(cpe))

    async def test_what_is_read_now_and_then_is_read_once_in_that_time(self) -> None:
        cpe = await self.met()
        await self.track(Tracked(CHANNEL, HOUR), Tracked(UPTIME, 2 * HOUR))
        read = []
        for _ in range(4 * 12):
            read += [name for names in await self.read(cpe) for name in names]
            self.world.clock.advance(300)
        self.assertIn(read.count("Device.WiFi.Radio.1.Channel"), (4, 5))
        self.assertIn(read.count("Device.DeviceInfo.UpTime"), (2, 3))
        await self.world.store.committed()
        ((tracked_at,),) = self.world.on_disk("SELECT tracked_at FROM devices")
        self.assertEqual((await self.known(cpe)).tracked_at, tracked_at)

    async def test_what_covers_another_is_read_alone(self) -> None:
        cpe = await self.met()
        radio = "Device.WiFi.Radio.1."
        await self.track(Tracked(CHANNEL), Tracked(radio, HOUR), Tracked("wifi.2g.channel"), Tracked(UPTIME))
        self.assertEqual([(radio, "Device.DeviceInfo.UpTime")], await self.read(cpe))
        self.assertEqual([("Device.WiFi.Radio.1.Channel", "Device.DeviceInfo.UpTime")], await self.read(cpe))

    async def test_a_logical_name_is_tracked_where_a_map_has_it(self) -> None:
        cpe = await self.met()
        await self.track(Tracked("wifi.2g.channel"), Tracked("wifi.6g.channel"))
        self.assertEqual([("Device.WiFi.Radio.1.Channel",)], await self.read(cpe))
        await self.track(Tracked("wifi.6g.channel"))
        self.assertEqual([], await self.read(cpe))

    async def test_one_that_is_refused_does_not_keep_the_others_back(self) -> None:
        cpe = await self.met()
        await self.track(Tracked(".Nowhere"), Tracked(UPTIME, history=True))
        both = ("Device.Nowhere", "Device.DeviceInfo.UpTime")
        asked = await self.read(cpe, "Device.Nowhere")
        self.assertEqual([both, both[:1], both[1:]], asked)
        self.assertEqual(["Device.DeviceInfo.UpTime"], [name for name, _ in await self.history(cpe)])

    async def test_each_value_is_kept_whether_it_differs_or_not(self) -> None:
        cpe = await self.met()
        await self.track(Tracked(CHANNEL, history=True), Tracked(UPTIME))
        for value in ("1", "1", "6"):
            cpe.tree.write("Device.WiFi.Radio.1.Channel", value)
            await self.read(cpe)
            self.world.clock.advance(60)
        self.assertEqual(
            [("Device.WiFi.Radio.1.Channel", value) for value in ("1", "1", "6")], await self.history(cpe)
        )

    async def test_of_an_object_all_is_kept_but_what_is_long(self) -> None:
        cpe = await self.met()
        await self.track(Tracked("Device.A.", history=True))
        long = "x" * LONGEST_READING
        self.habits = [
            Telling({"Device.A.B": "1", "Device.A.C": long, "Device.A.D": long + "x", "Device.AB": "2"})
        ]
        await self.session(cpe)
        self.assertEqual([("Device.A.B", "1"), ("Device.A.C", long)], await self.history(cpe))

    async def test_a_device_cannot_fill_the_history_at_once(self) -> None:
        cpe = await self.met()
        await self.track(Tracked("Device.A.", history=True))
        self.habits = [Telling({f"Device.A.{number}.B": "1" for number in range(MOST_READINGS + 50)})]
        await self.session(cpe)
        self.assertEqual(MOST_READINGS, len(await self.history(cpe)))

    async def test_a_device_that_does_not_survive_it_is_asked_again_later(self) -> None:
        cpe = await self.met()
        await self.track(Tracked(UPTIME, HOUR))
        line = self.world.cpe(device=cpe.device_id, root="Device.")
        await line.call_in("2 PERIODIC")
        self.assertIsInstance(await line.say(None), m.GetParameterValues)
        self.world.pass_time(120)
        self.assertNotIn(("Device.DeviceInfo.UpTime",), await self.read(cpe))

    async def test_one_that_takes_no_more_in_this_session_is_asked_in_the_next(self) -> None:
        cpe = await self.met()
        key = cpe.device_id.key
        await self.world.store.change_quirk_rules([Rule("one-rpc-per-session", device=key)])
        await self.track(Tracked(UPTIME, HOUR))
        await self.put("all", "default", {".Ethernet.Interface.77.Enable": 1})
        self.assertEqual(["GetParameterNames"], await self.session(cpe))
        asked = [name for _ in range(4) for names in await self.read(cpe) for name in names]
        self.assertEqual(["Device.DeviceInfo.UpTime"], asked)


class SpreadTests(ConfigureCase):
    async def test_not_all_of_a_model_are_due_at_once(self) -> None:
        start = self.world.clock.seconds()
        devices = [Device(f"00D09E-Box-{number}", "", "", "", "", tracked_at=start) for number in range(240)]
        hourly = Tracked(UPTIME, HOUR)
        due = [sum(is_due(hourly, each, start + minutes * 60) for each in devices) for minutes in range(61)]
        self.assertEqual((0, 240), (due[0], due[60]))
        new = [due[minutes + 10] - due[minutes] for minutes in range(0, 60, 10)]
        self.assertTrue(all(20 <= count <= 60 for count in new), new)

    async def test_each_is_due_once_in_its_time_and_when_the_clock_went_back(self) -> None:
        daily = Tracked(UPTIME, 86400)
        device = Device("00D09E-Box-1", "", "", "", "", tracked_at=1e9)
        self.assertFalse(is_due(daily, device, 1e9 + 1))
        self.assertTrue(is_due(daily, device, 1e9 + 86400))
        self.assertTrue(is_due(daily, device, 1e9 - 86400 * 30))
        self.assertTrue(is_due(Tracked(UPTIME), device, 1e9))
