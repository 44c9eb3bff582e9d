"""A device that takes the place of another has its subscriber's settings after its next session."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from acs.configuration.levels import level_at
from acs.session.desired import Desired
from acs.session.replacing import LONGEST_NOTES, Told, backup_of, hand_over, heir, is_alike
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.identity import Identity
from acs.store.records import Device, Scope
from tests.session.test_configure import CODE, INTERVAL, ConfigureCase
from tests.simulate.worlds import model

GATEWAY = ".LANDevice.1.WLANConfiguration.1."
OLD_SSID, NEW_SSID = f"{GATEWAY}SSID", ".WiFi.SSID.1.SSID"
OLD_KEY, NEW_KEY = f"{GATEWAY}KeyPassphrase", ".WiFi.AccessPoint.1.Security.KeyPassphrase"
KEY = "a phrase of our own"
NTP = ".Time.NTPServer1"


class ReplacingCase(ConfigureCase):
    def second(self, name: str) -> SimulatedCPE:
        """Another device of a model."""
        kind = model(name)
        identity = Identity(kind.oui, f"{kind.serial}9")
        cpe = self.device(name)
        return SimulatedCPE(kind, identity, self.world.clock, cpe.chance)

    async def registered(self, cpe: SimulatedCPE) -> Device:
        """The record of a device that has not called yet."""
        who = cpe.device_id
        identity = (who.key, who.Manufacturer, who.OUI, who.ProductClass, who.SerialNumber)
        return await self.world.store.add_device(Device(*identity))

    async def swap(self, old: SimulatedCPE, new: Device) -> dict[str, str]:
        """Have one take the place of the other; what is left out."""
        store, desired = self.world.store, Desired(self.world.store)
        self.world.clock.advance(1)
        before = await self.known(old)
        after = heir(before, new)
        backup = await backup_of(store, desired, before, Told(), after)
        await hand_over(store, desired, after, backup, level_at(self.world.clock.seconds()), "somebody")
        return backup.left_out

    async def own(self, cpe: SimulatedCPE) -> Any:
        """What is wanted of this one alone."""
        found = await self.world.store.configuration(Scope.DEVICE, cpe.device_id.key)
        return None if found is None else found.parameters


class OtherModelTests(ReplacingCase):
    async def old(self) -> SimulatedCPE:
        """A TR-098 router whose subscriber has another name for the Wi-Fi than the operator."""
        cpe = await self.met("tr098-router")
        await self.put("all", "default", {"wifi.2g.ssid": {"value": "ISP", "owner": "subscriber"}})
        await self.put("vendor", cpe.device_id.Manufacturer, {INTERVAL: 900})
        await self.put("device", cpe.device_id.key, {OLD_KEY: KEY, NTP: "ntp.example"})
        await self.session(cpe)
        path = cpe.model.root + OLD_SSID[1:]
        cpe.tree.write(path, "Café")
        cpe.events.changed[path] = True
        self.world.store.change_device(cpe.device_id.key, full_read_requested=True)
        await self.session(cpe)
        known = await self.world.store.parameters(cpe.device_id.key)
        self.assertEqual("", known[cpe.model.root + OLD_KEY[1:]].value)
        return cpe

    async def assert_moved(self, new: SimulatedCPE) -> None:
        """The new one is to its subscriber what the old one was."""
        self.assertEqual(
            ["Café", KEY, "900", "ntp.example"], self.values(new, NEW_SSID, NEW_KEY, INTERVAL, NTP)
        )
        device = await self.known(new)
        self.assertEqual(
            ((), "", ""), (device.config_problems, device.desired_config_level, device.config_check)
        )
        self.assertEqual([], await self.session(new))

    async def test_a_device_that_never_called_gets_it_in_its_first_session(self) -> None:
        old, new = await self.old(), self.device("tr181-router")
        await self.swap(old, await self.registered(new))
        await self.session(new)
        await self.assert_moved(new)

    async def test_a_device_that_was_configured_before_gets_it_in_its_next_session(self) -> None:
        old, new = await self.old(), self.device("tr181-router")
        await self.session(new)
        self.assertEqual("ISP", self.value(new, NEW_SSID))
        await self.swap(old, await self.known(new))
        await self.session(new)
        await self.assert_moved(new)

    async def test_what_the_subscriber_changes_later_is_learnt(self) -> None:
        old, new = await self.old(), self.device("tr181-router")
        await self.session(new)
        await self.swap(old, await self.known(new))
        await self.session(new)
        path = new.model.root + NEW_SSID[1:]
        new.tree.write(path, "Bar")
        new.events.changed[path] = True
        await self.session(new)
        new.factory_reset()
        await self.session(new)
        self.assertEqual("Bar", self.value(new, NEW_SSID))

    async def test_what_nobody_knows_is_told(self) -> None:
        old, new = await self.old(), self.device("tr181-router")
        await self.put("device", old.device_id.key, {".UserInterface.ISPName": "ISP"})
        left_out = await self.swap(old, await self.registered(new))
        self.assertEqual("is a secret that the device does not tell", left_out["wifi.2g.passphrase"])
        name = "InternetGatewayDevice.UserInterface.ISPName"
        self.assertEqual("no logical name stands for it, and the models differ", left_out[name])

    async def test_nothing_of_how_the_appliance_reaches_the_old_one_goes_along(self) -> None:
        old, new = await self.old(), self.device("tr181-router")
        await self.put("device", old.device_id.key, {".ManagementServer.ConnectionRequestUsername": "x"})
        before = self.values(new, ".ManagementServer.URL", ".ManagementServer.ConnectionRequestUsername")
        left_out = await self.swap(old, await self.registered(new))
        self.assertIn("InternetGatewayDevice.ManagementServer.ConnectionRequestUsername", left_out)
        await self.session(new)
        after = self.values(new, ".ManagementServer.URL", ".ManagementServer.ConnectionRequestUsername")
        self.assertEqual(before, after)
        self.assertFalse([name for name in await self.own(new) if "url" in name.lower()])


class SameModelTests(ReplacingCase):
    async def test_settings_without_a_logical_name_go_along(self) -> None:
        old, new = await self.met(), self.second("tr181-router")
        mapping = "Device.NAT.PortMapping.[web]."
        own = {f"{mapping}ExternalPort": 8080, f"{mapping}InternalPort": 80, ".UserInterface.ISPName": "ISP"}
        await self.put("device", old.device_id.key, own)
        await self.session(old)
        self.assertEqual((), (await self.known(old)).config_problems)
        await self.swap(old, await self.registered(new))
        written = await self.own(new)
        self.assertEqual("8080", written[".NAT.PortMapping.[web].ExternalPort"])
        await self.session(new)
        self.assertEqual((), (await self.known(new)).config_problems)
        self.assertEqual("ISP", self.value(new, ".UserInterface.ISPName"))
        table = "Device.NAT.PortMapping."
        known = await self.world.store.parameters(new.device_id.key)
        self.assertIn(
            "8080",
            [
                known[name].value
                for name in known
                if name.startswith(table) and name.endswith(".ExternalPort")
            ],
        )

    async def test_what_the_old_one_has_never_got_is_for_the_new_one(self) -> None:
        old, new = await self.met(), self.second("tr181-router")
        await self.put("device", old.device_id.key, {NEW_SSID: "wanted", CODE: "{{ device.serial_number }}"})
        await self.swap(old, await self.registered(new))
        await self.session(new)
        self.assertEqual(["wanted", new.device_id.SerialNumber], self.values(new, NEW_SSID, CODE))

    async def test_what_the_operator_wants_since_the_old_one_was_seen_is_for_the_new_one(self) -> None:
        old, new = await self.met(), self.second("tr181-router")
        await self.put("all", "default", {NEW_SSID: "older"})
        await self.session(old)
        await self.put("all", "default", {NEW_SSID: "newer"})
        await self.swap(old, await self.registered(new))
        self.assertNotIn("wifi.2g.ssid", await self.own(new))
        await self.session(new)
        self.assertEqual("newer", self.value(new, NEW_SSID))

    async def test_a_new_one_that_was_kept_at_an_old_level_is_let_go(self) -> None:
        old, new = await self.met(), self.second("tr181-router")
        await self.put("device", old.device_id.key, {NEW_SSID: "wanted"})
        await self.session(old)
        await self.session(new)
        past = "2020-01-01T00:00:00.000000Z"
        self.world.store.change_device(new.device_id.key, desired_config_level=past)
        await self.swap(old, await self.known(new))
        await self.session(new)
        self.assertEqual("wanted", self.value(new, NEW_SSID))
        self.assertEqual("", (await self.known(new)).desired_config_level)

    async def test_all_of_it_is_on_disk_when_it_is_done(self) -> None:
        old, new = await self.met(), self.second("tr181-router")
        self.world.store.change_device(old.device_id.key, tags=("vip",))
        await self.swap(old, await self.registered(new))
        who = new.device_id.key
        found = self.world.on_disk("SELECT key, notes, desired_config_level FROM devices WHERE id = ?", who)
        ((key, notes, level),) = found
        self.assertEqual(
            (f"replaces {old.device_id.key}", (await self.known(new)).own_config_level), (notes, level)
        )
        self.assertEqual([("vip",)], self.world.on_disk("SELECT tag FROM tags WHERE device = ?", key))
        self.assertEqual(
            [(level,)], self.world.on_disk("SELECT level FROM configurations WHERE device = ?", key)
        )

    async def test_one_that_never_called_can_be_replaced_before_it_does(self) -> None:
        old, new = self.device(), self.second("tr181-router")
        await self.registered(old)
        await self.put("device", old.device_id.key, {NEW_SSID: "wanted", "wifi.5g.ssid": "fast"})
        self.assertEqual({}, await self.swap(old, await self.registered(new)))
        await self.session(new)
        self.assertEqual(["wanted", "fast"], self.values(new, NEW_SSID, ".WiFi.SSID.2.SSID"))


class HeirTests(ReplacingCase):
    def device_of(self, number: str, **more: Any) -> Device:
        """A record."""
        return Device(f"A-B-{number}", "M", "A", "B", number, **more)

    def test_it_has_the_tags_and_the_category_and_the_notes_of_both(self) -> None:
        old = self.device_of("1", tags=("vip", "north"), category="gold", notes="call before noon")
        new = self.device_of("2", tags=("batch", "vip"), category="stock", notes="from shelf 3")
        found = heir(old, new)
        self.assertEqual((("vip", "north", "batch"), "gold"), (found.tags, found.category))
        self.assertEqual("call before noon\nfrom shelf 3\nreplaces A-B-1", found.notes)
        self.assertEqual(found, heir(old, found))
        self.assertEqual("stock", heir(replace(old, category=""), new).category)

    def test_notes_are_no_longer_than_they_may_be(self) -> None:
        found = heir(self.device_of("1", notes="x" * LONGEST_NOTES), self.device_of("2"))
        self.assertEqual(LONGEST_NOTES, len(found.notes))
        self.assertTrue(found.notes.endswith("\nreplaces A-B-1"))

    def test_the_same_model_with_another_data_model_is_another(self) -> None:
        old = self.device_of("1", root="Device.")
        self.assertTrue(is_alike(old, self.device_of("2")))
        self.assertEqual("Device.", heir(old, self.device_of("2")).root)
        self.assertFalse(is_alike(old, self.device_of("2", root="InternetGatewayDevice.")))
        self.assertFalse(is_alike(old, replace(self.device_of("2"), manufacturer="N")))

    async def test_where_there_is_nothing_to_take_along_nothing_is_left_of_its_own(self) -> None:
        old, new = self.device(), self.second("tr181-router")
        await self.registered(old)
        after = await self.registered(new)
        await self.put("device", after.id, {CODE: "x"})
        await self.swap(old, await self.known(new))
        self.assertIsNone(await self.own(new))
        device = await self.known(new)
        self.assertIn("replaces ", device.notes)
        self.assertEqual(("", ""), (device.desired_config_level, device.config_check))

    async def test_one_that_is_forgotten_meanwhile_is_not_brought_back(self) -> None:
        old, new = await self.met(), self.second("tr181-router")
        after = await self.registered(new)
        await self.world.store.delete_device(after.id)
        with self.assertRaises(LookupError):
            await self.swap(old, after)
        self.assertIsNone(await self.world.store.device(after.id))
