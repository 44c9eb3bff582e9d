"""What is known of a device that is to be woken is put together for the ways."""

from __future__ import annotations

from acs.store.records import Parameter
from acs.store.records.wakes import Binding, Waking
from acs.wake.targets import Default, Targets
from acs.wake.way import Pair, Target
from tests.wake.test_waker import ID, OWN, WakerCase


class TargetTests(WakerCase):
    async def target(self, *defaults: Default) -> Target:
        return (await Targets(self.world.store, defaults).of(ID)).target

    async def test_it_has_all_that_is_known(self) -> None:
        await self.known(
            connection_request_url="http://192.0.2.7:1/x",
            client_ip="192.0.2.8",
            quirks=("called-with-basic", "closes-when-called", "no-such-quirk"),
        )
        await self.world.store.put_waking(ID, OWN)
        binding = Binding("192.0.2.8", 40000, 5.0)
        self.world.store.keep_binding(ID, binding)
        told = {"ConnReqJabberID": "a@b/c", "UDPConnectionRequestAddress": "192.0.2.8:9", "NATDetected": "1"}
        paths = {f"Device.ManagementServer.{name}": value for name, value in told.items()}
        parameters = {path: Parameter(path, value) for path, value in paths.items()}
        await self.world.store.keep_parameters(ID, parameters, 5.0)
        subject = await Targets(self.world.store).of(ID)
        self.assertEqual(
            Target(
                ID,
                (Pair("me", "secret"), Pair("me", "before", "previous")),
                "http://192.0.2.7:1/x",
                "192.0.2.8",
                "a@b/c",
                "192.0.2.8:9",
                binding,
                True,
                True,
            ),
            subject.target,
        )
        self.assertEqual((True, OWN), (subject.known.nat, subject.waking))

    async def test_each_quirk_is_about_its_own_liberty(self) -> None:
        device = await self.known()
        for quirk, liberties in (("called-with-basic", (True, False)), ("closes-when-called", (False, True))):
            self.world.store.change_device(device.id, quirks=(quirk,))
            target = await self.target()
            self.assertEqual(liberties, (target.basic, target.closing_accepts))

    async def test_where_http_is_the_only_way_nobody_looks_for_what_others_need(self) -> None:
        await self.known(connection_request_url="http://192.0.2.7:1/x", client_ip="192.0.2.7")
        self.world.store.keep_binding(ID, Binding("192.0.2.8", 40000, 5.0))
        await self.tell("ConnReqJabberID", "a@b/c")
        target = (await Targets(self.world.store, by_http_alone=True).of(ID)).target
        self.assertEqual((None, "", "http://192.0.2.7:1/x"), (target.binding, target.jid, target.url))

    async def test_one_that_was_given_an_account_but_no_password_has_no_pair(self) -> None:
        await self.known(wake_ways=("xmpp",))
        await self.world.store.put_waking(ID, Waking(xmpp_username="cpe-1"))
        await self.tell("ConnReqJabberID", "cpe-2@b/c")
        target = await self.target()
        self.assertEqual(((), "cpe-2@b/c"), (target.pairs, target.jid))

    async def tell(self, name: str, value: str) -> None:
        path = f"Device.ManagementServer.{name}"
        await self.world.store.keep_parameters(ID, {path: Parameter(path, value)}, 5.0)

    async def test_of_what_vendors_give_their_devices_the_first_that_fits_is_the_last_resort(self) -> None:
        await self.known()
        other = Default("Other", "*", "x", "x")
        fits = Default("AirT*", "Air*", "factory", "word")
        self.assertEqual((Pair("factory", "word", "default"),), (await self.target(other, fits, fits)).pairs)
        self.assertEqual((), (await self.target(other)).pairs)

    async def test_one_with_an_account_of_ours_is_called_by_that_alone(self) -> None:
        await self.known(wake_ways=("xmpp",))
        await self.world.store.put_waking(ID, Waking("me", "secret", xmpp_username="cpe-1"))
        path = "Device.ManagementServer.ConnReqJabberID"
        for told, jid in (
            ("", "cpe-1@isp.example/cwmp"),
            ("cpe-1@isp.example/own", "cpe-1@isp.example/own"),
            ("CPE-1@isp.example/own", "CPE-1@isp.example/own"),
            ("cpe-2@isp.example/cwmp", "cpe-1@isp.example/cwmp"),
            ("cpe-1@evil.example/cwmp", "cpe-1@isp.example/cwmp"),
        ):
            await self.world.store.keep_parameters(ID, {path: Parameter(path, told)}, 5.0)
            subject = await Targets(self.world.store, domain="isp.example").of(ID)
            self.assertEqual(jid, subject.target.jid, told)
        self.world.store.change_device(ID, wake_ways=())
        self.assertEqual("", (await Targets(self.world.store, domain="isp.example").of(ID)).target.jid)

    async def test_a_secret_is_not_shown(self) -> None:
        await self.known()
        await self.world.store.put_waking(ID, OWN)
        self.assertNotIn("secret", repr(await self.target()))
