"""Devices are given what they are woken by, once, and again after a reset or when it is to be another."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from msgspec.structs import replace

from acs.cwmp import messages as m
from acs.cwmp.messages import AnyRequest, Fault, Message
from acs.quirks.rules import Rule
from acs.session.verification import Never
from acs.session.waking import (
    FIRST_WAIT,
    LONGEST_WAIT,
    State,
    Stun,
    WakeSetup,
    Xmpp,
    asked_anew,
    failed,
    given,
    state_of,
)
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.device import Device as Simulated
from acs.simulate.habits import Habit
from acs.store.records import Device
from acs.store.records.wakes import Waking
from tests.session.test_configure import ConfigureCase, Refusing

USER, PASSWORD = ".ManagementServer.ConnectionRequestUsername", ".ManagementServer.ConnectionRequestPassword"
SET = ["SetParameterValues"]
AIRTIES = "airties-air4920"


class Server:
    """An XMPP server's accounts, by name; ``says`` is why it makes none."""

    def __init__(self) -> None:
        self.accounts: dict[str, str] = {}
        self.says = ""

    async def create(self, device_id: str, username: str, password: str) -> str:
        if not self.says:
            self.accounts[username] = password
        return self.says


def on_xmpp(server: Server) -> Xmpp:
    """A server with these accounts, as devices reach it."""
    return Xmpp("isp.example", "acs@acs.isp.example/acs", server.create, "xmpp.isp.example", 5223, False)


class Denying(Habit):
    """Does not do that, nor says why."""

    def __init__(self, *kinds: type[Message], below: str = "") -> None:
        self.kinds = kinds
        self.below = below

    def answers(self, cpe: Simulated, request: AnyRequest) -> Message | None:
        denied = isinstance(request, self.kinds) and self.below in repr(request)
        return Fault(9001, "Request denied") if denied else None


class WakeSetupCase(ConfigureCase):
    """``username``, ``stun``, ``xmpp``: what of it is configured."""

    username = "{{ device.id }}"
    stun: Stun | None = None
    xmpp: Callable[[Server], Xmpp] | None = None

    def setUp(self) -> Any:
        self.server = Server()
        passwords = count(1)
        on_xmpp = type(self).xmpp
        setup = WakeSetup(
            self.username,
            lambda: f"password-{next(passwords)}",
            self.stun,
            on_xmpp(self.server) if on_xmpp else None,
        )
        self.how = {**self.how, "waking": setup}
        self.setup = setup
        return super().setUp()

    async def waking(self, cpe: SimulatedCPE) -> Waking:
        found = await self.world.store.waking(cpe.device_id.key)
        assert found is not None
        return found

    async def again(self, cpe: SimulatedCPE) -> list[str]:
        """A session of a device that is to have new passwords."""
        self.world.store.change_device(cpe.device_id.key, wake_setup=asked_anew(await self.known(cpe)))
        return await self.session(cpe)


class CredentialsTests(WakeSetupCase):
    async def test_each_device_has_its_own_from_its_first_session_on(self) -> None:
        cpe = self.device()
        self.assertEqual(SET, (await self.session(cpe))[:1])
        waking = await self.waking(cpe)
        self.assertEqual((cpe.device_id.key, "password-1"), (waking.username, waking.password))
        self.assertEqual([waking.username, waking.password], self.values(cpe, USER, PASSWORD))
        self.assertEqual([], await self.session(cpe))
        device = await self.known(cpe)
        self.assertEqual((self.setup.name, ()), (device.wake_setup, device.wake_ways))

    async def test_a_device_that_was_reset_is_given_the_same_again(self) -> None:
        cpe = await self.met()
        cpe.factory_reset()
        cpe.switch_on()
        self.assertEqual("", self.value(cpe, PASSWORD))
        self.assertIn("SetParameterValues", await self.session(cpe))
        self.assertEqual("password-1", self.value(cpe, PASSWORD))

    async def test_on_demand_it_has_others_and_those_before_are_kept_until_they_are_used(self) -> None:
        cpe = await self.met()
        self.assertEqual(SET, await self.again(cpe))
        waking = await self.waking(cpe)
        self.assertEqual(("password-2", "password-1"), (waking.password, waking.previous_password))
        self.assertEqual("password-2", self.value(cpe, PASSWORD))
        self.assertEqual([], await self.session(cpe))

    async def test_of_new_passwords_that_it_does_not_take_the_same_are_tried_later(self) -> None:
        cpe = await self.met()
        self.habits = [Refusing("Device.ManagementServer.ConnectionRequestPassword")]
        await self.again(cpe)
        self.habits = []
        self.assertEqual([], await self.session(cpe))
        self.world.clock.advance(FIRST_WAIT)
        self.assertEqual(SET, await self.session(cpe))
        self.assertEqual(["password-2"], self.values(cpe, PASSWORD))
        waking = await self.waking(cpe)
        self.assertEqual(("password-2", "password-1"), (waking.password, waking.previous_password))

    async def test_of_those_that_it_was_given_in_vain_none_takes_the_place_of_those_that_it_has(self) -> None:
        cpe = await self.met()
        self.habits = [Refusing("Device.ManagementServer.ConnectionRequestPassword")]
        await self.again(cpe)
        await self.again(cpe)
        waking = await self.waking(cpe)
        self.assertEqual(("password-3", "password-1"), (waking.password, waking.previous_password))
        self.habits = []
        await self.again(cpe)
        await self.again(cpe)
        waking = await self.waking(cpe)
        self.assertEqual(("password-5", "password-4"), (waking.password, waking.previous_password))

    async def test_it_is_asked_anew_once_however_often_that_is_said(self) -> None:
        cpe = await self.met()
        for said, stands in (
            ("abc", "again"),
            ("again", "again"),
            ("", "again 1 0"),
            ("abc 3 99", "again 3 0"),
        ):
            device = self.world.store.change_device(cpe.device_id.key, wake_setup=said)
            self.assertEqual(stands, asked_anew(device), said)
            device = self.world.store.change_device(cpe.device_id.key, wake_setup=stands)
            self.assertEqual(stands, asked_anew(device), said)

    async def test_it_is_tried_less_and_less_often_and_told(self) -> None:
        self.habits = [Refusing("Device.ManagementServer.ConnectionRequestPassword")]
        cpe = await self.met()
        notes = [each.note for each in await self.world.conversation()]
        self.assertTrue(any("not all set to be woken by" in note for note in notes), notes)
        tried = []
        for hour in range(1, 17):
            self.world.clock.advance(FIRST_WAIT)
            tried += [hour] if await self.session(cpe) else []
        self.assertEqual([1, 3, 7, 15], tried)

    async def test_other_firmware_is_given_it_anew(self) -> None:
        cpe = await self.met()
        cpe.tree.write("Device.DeviceInfo.SoftwareVersion", "9.9")
        self.assertIn("SetParameterValues", await self.session(cpe, "1 BOOT"))


class UnverifiedTests(WakeSetupCase):
    how = {"policy": Never()}

    async def test_a_device_that_is_not_verified_is_given_nothing(self) -> None:
        cpe = await self.met()
        self.assertEqual("", self.value(cpe, PASSWORD))
        self.assertIsNone(await self.world.store.waking(cpe.device_id.key))


class TemplateTests(WakeSetupCase):
    username = "{{ related.login }}"

    async def test_a_name_that_nobody_tells_is_told_and_nothing_is_set(self) -> None:
        cpe = await self.met()
        self.assertEqual("", self.value(cpe, PASSWORD))
        self.assertIsNone(await self.world.store.waking(cpe.device_id.key))
        self.assertEqual([], await self.session(cpe))


class StunTests(WakeSetupCase):
    stun = Stun(3478, "stun.isp.example")

    async def test_a_device_that_can_keep_its_nat_open_is_told_how(self) -> None:
        cpe = self.device("tr098-router")
        self.assertEqual(
            ["GetParameterNames", "SetParameterValues", "SetParameterAttributes"],
            (await self.session(cpe))[:3],
        )
        waking = await self.waking(cpe)
        place = ".ManagementServer.STUN"
        self.assertEqual(
            ["1", "stun.isp.example", "3478", waking.stun_username, waking.stun_password],
            self.values(
                cpe, *(place + n for n in ("Enable", "ServerAddress", "ServerPort", "Username", "Password"))
            ),
        )
        self.assertEqual(
            (cpe.device_id.key, waking.stun_password),
            await self.world.store.known_to_stun(waking.stun_username),
        )
        self.assertEqual(("udp",), (await self.known(cpe)).wake_ways)
        self.assertEqual([], await self.session(cpe))

    async def test_how_often_it_asks_is_told_within_bounds(self) -> None:
        cpe = await self.met("tr098-router")
        place = ".ManagementServer.STUN"
        names = ("MinimumKeepAlivePeriod", "MaximumKeepAlivePeriod")
        self.assertEqual(["30", "120"], self.values(cpe, *(place + name for name in names)))

    async def test_new_passwords_are_those_of_its_stun_requests_too(self) -> None:
        cpe = await self.met("tr098-router")
        before = await self.waking(cpe)
        await self.again(cpe)
        waking = await self.waking(cpe)
        self.assertEqual(3, len({before.password, before.stun_password, waking.stun_password}))
        self.assertEqual(before.stun_username, waking.stun_username)
        self.assertEqual([waking.stun_password], self.values(cpe, ".ManagementServer.STUNPassword"))

    async def test_one_that_does_not_say_what_it_has_is_given_credentials_and_asked_later(self) -> None:
        self.habits = [Denying(m.GetParameterNames)]
        cpe = await self.met("tr098-router")
        device = await self.known(cpe)
        self.assertEqual(
            ("password-1", (), 1), (self.value(cpe, PASSWORD), device.wake_ways, state_of(device).tries)
        )
        notes = [each.note for each in await self.world.conversation()]
        self.assertTrue(any("not all set to be woken by" in note for note in notes), notes)

    async def test_what_it_has_not_it_is_not_given(self) -> None:
        cpe = self.device("tr098-router")
        cpe.tree.remove("InternetGatewayDevice.ManagementServer.STUNMaximumKeepAlivePeriod")
        await self.session(cpe)
        device = await self.known(cpe)
        self.assertEqual((("udp",), self.setup.name), (device.wake_ways, device.wake_setup))

    async def test_of_new_passwords_one_of_few_words_is_given_the_same_until_it_has_them(self) -> None:
        cpe = self.device("tr098-router")
        await self.world.store.change_quirk_rules([Rule("one-rpc-per-session", device=cpe.device_id.key)])
        for _ in range(8):
            await self.session(cpe)
        before = await self.waking(cpe)
        self.assertEqual(before.password, self.value(cpe, PASSWORD))
        await self.again(cpe)
        after = await self.waking(cpe)
        for _ in range(4):
            await self.session(cpe)
        self.assertEqual((after, after.password), (await self.waking(cpe), self.value(cpe, PASSWORD)))
        self.assertEqual(before.password, after.previous_password)

    async def test_one_that_cannot_is_given_credentials_alone(self) -> None:
        cpe = await self.met(AIRTIES)
        self.assertEqual(((), "password-1"), ((await self.known(cpe)).wake_ways, self.value(cpe, PASSWORD)))

    async def test_where_it_refuses_that_it_is_not_woken_so(self) -> None:
        self.habits = [Refusing("InternetGatewayDevice.ManagementServer.STUNEnable")]
        cpe = await self.met("tr098-router")
        self.assertEqual(((), "password-1"), ((await self.known(cpe)).wake_ways, self.value(cpe, PASSWORD)))


class NameTests(WakeSetupCase):
    async def test_whatever_a_device_calls_itself_its_account_has_a_name_that_every_server_takes(
        self,
    ) -> None:
        setup = WakeSetup("x", lambda: "chance", None, on_xmpp(self.server))
        device = Device("x", "Acme", "001CA8", "", "Ä b@/&-_." + "9" * 55, root="Device.")
        name = given(setup, device, Waking(), None).xmpp_username
        self.assertRegex(name, "^001ca8-__b___-_[.]9{32}-[0-9a-f]{8}$")

    async def test_the_same_setup_has_the_same_name_and_another_has_another(self) -> None:
        other = WakeSetup(self.username, str)
        self.assertEqual(self.setup.name, other.name)
        for different in (
            WakeSetup("x", str),
            WakeSetup(self.username, str, Stun(3478)),
            WakeSetup(self.username, str, Stun(3479)),
        ):
            self.assertNotEqual(self.setup.name, different.name)
        xmpp = Xmpp("a", "b", Server().create, "c", 1)
        changes: list[dict[str, Any]] = [
            {"domain": "x"},
            {"ours": "x"},
            {"server": "x"},
            {"port": 2},
            {"tls": False},
        ]
        names = [
            WakeSetup(self.username, str, None, each).name
            for each in (None, xmpp, *(replace(xmpp, **change) for change in changes))
        ]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(
            names[1], WakeSetup(self.username, str, None, replace(xmpp, create=Server().create)).name
        )

    async def test_tries_are_counted_for_each_setup_and_at_most_a_week_apart(self) -> None:
        now, state = 1000.0, State()
        waits = []
        for _ in range(12):
            state = failed(state, "a", now)
            waits.append(state.again - now)
        self.assertEqual([3600.0, 7200.0, 14400.0], waits[:3])
        self.assertEqual([LONGEST_WAIT] * 3, waits[-3:])
        self.assertEqual(State("b", 1, now + FIRST_WAIT), failed(state, "b", now))

    async def test_a_secret_is_not_shown(self) -> None:
        self.assertNotIn("sesame", repr(replace(Waking("me"), password="sesame")))
