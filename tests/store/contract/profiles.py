"""What holds for all devices of a kind."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.internet.defer import ensureDeferred, gatherResults

from acs.store.database import Statement
from acs.store.records import Profile, ProfileScope, Tracked
from acs.store.upgrade_path import UpgradePath
from tests.store.contract.base import Contract, device

TRACKED = (Tracked(".A.B"), Tracked("Device.Ü.", 3600, True))
PROFILES = (
    Profile("all", "default", tracked=TRACKED[:1]),
    Profile("data_model", "Device.", parameter_map={"wifi.2g.ssid": ".WiFi.SSID.1.SSID"}),
    Profile("model", "Acme/Box", "gold", {"b.c": ".É", "": ""}, TRACKED, "2026-11-23T19:30:00.123456Z"),
    Profile(
        "vendor",
        "Acme",
        vendor_file="https://acs.isp.example/é.cfg",
        desired_software_version="1.é",
        upgrade_paths=(UpgradePath("1.*", "2.0"), UpgradePath("*", "3", "4*")),
    ),
)


class ProfileContract(Contract):
    """On disk when the verb returns, and in memory all the time."""

    async def put(self, *profiles: Profile) -> None:
        for profile in profiles:
            await self.store.put_profile(profile)

    async def category_of(self, name: str) -> str:
        """What the list of models has."""
        (found,) = [model for model in await self.store.models() if model.name == name]
        return str(found.fields["category"])

    async def test_they_are_kept_in_every_field(self) -> None:
        self.assertEqual((), tuple(self.store.shared_profiles()))
        await self.put(*reversed(PROFILES))
        for _ in range(2):
            self.assertEqual(PROFILES, tuple(self.store.shared_profiles()))
            for each in PROFILES:
                self.assertEqual(each, self.store.profile(each.scope, each.name))
            await self.reopen()

    async def test_one_is_known_by_scope_and_name_together(self) -> None:
        await self.put(*PROFILES)
        for scope, name in (("all", "Acme"), ("vendor", "default"), ("model", "Acme"), ("", "")):
            self.assertIsNone(self.store.profile(scope, name))
            self.assertFalse(await self.store.delete_profile(scope, name))
        self.assertEqual(PROFILES[3], self.store.profile(ProfileScope.VENDOR, "Acme"))
        self.assertEqual(PROFILES, tuple(self.store.shared_profiles()))

    async def test_one_that_is_put_again_is_replaced(self) -> None:
        await self.put(*PROFILES)
        new = Profile("model", "Acme/Box", "silver", {"x.y": ".Z"})
        await self.put(new)
        for _ in range(2):
            self.assertEqual(new, self.store.profile("model", "Acme/Box"))
            self.assertEqual(4, len(self.store.shared_profiles()))
            await self.reopen()

    async def test_one_that_is_deleted_is_gone(self) -> None:
        await self.put(*PROFILES)
        self.assertTrue(await self.store.delete_profile("vendor", "Acme"))
        self.assertFalse(await self.store.delete_profile("vendor", "Acme"))
        for _ in range(2):
            self.assertEqual(PROFILES[:3], tuple(self.store.shared_profiles()))
            await self.reopen()

    async def test_what_does_not_change_is_the_same_tuple(self) -> None:
        await self.put(*PROFILES)
        before = self.store.shared_profiles()
        await self.add(1)
        await self.put(PROFILES[2])
        await self.store.delete_profile("all", "nobody")
        self.assertIs(before, self.store.shared_profiles())

    async def test_many_changes_at_once_are_all_known(self) -> None:
        many = [Profile("vendor", f"{number:02}") for number in range(20)]
        await gatherResults([ensureDeferred(self.store.put_profile(each)) for each in many])
        self.assertEqual(many, list(self.store.shared_profiles()))

    async def test_a_models_category_is_that_of_its_devices(self) -> None:
        early = await self.add(1)
        own = await self.add(2, category="own")
        await self.put(PROFILES[2])
        late = await self.add(3)
        self.assertEqual("gold", await self.category_of("Acme/Box"))
        self.assertEqual([early.id, late.id], await self.found(category="gold"))
        self.assertEqual([own.id], await self.found(category="own"))
        counts = {count.name: count.devices for count in await self.store.categories()}
        self.assertEqual({"gold": 2, "own": 1}, counts)
        await self.put(replace(PROFILES[2], category="silver"))
        self.assertEqual([early.id, late.id], await self.found(category="silver"))
        await self.store.delete_profile("model", "Acme/Box")
        self.assertEqual("", await self.category_of("Acme/Box"))
        self.assertEqual([], await self.found(category="silver"))

    async def test_a_device_is_in_its_own_category_or_else_in_its_models(self) -> None:
        await self.put(PROFILES[2])
        known = await self.add(1)
        for own, found in (("own", "own"), ("é\0", "é\ufffd"), ("", "gold"), ("gold", "gold"), ("", "gold")):
            self.store.change_device(known.id, category=own)
            await self.assert_in(found, known.id)
        await self.put(replace(PROFILES[2], category=""))
        await self.assert_in("", known.id)
        self.store.change_device(known.id, category="own")
        await self.put(PROFILES[2])
        await self.assert_in("own", known.id)
        await self.store.delete_device(known.id)
        await self.assert_in("", known.id)
        again = await self.add(1)
        await self.assert_in("gold", again.id)

    async def test_a_new_device_that_was_missed_is_in_its_category_once_it_has_been_weighed(self) -> None:
        await self.put(PROFILES[2])
        known = await self.add(1)
        await self.store._groups.write(Statement("DELETE FROM in_categories"))
        await self.store._weighing.weigh()
        await self.assert_in("gold", known.id)

    async def test_a_device_that_is_another_model_now_is_in_that_ones_category(self) -> None:
        await self.put(PROFILES[2], replace(PROFILES[2], name="Acme/Other", category="silver"))
        known = await self.add(1)
        for number, (product_class, found) in enumerate((("Other", "silver"), ("None", ""), ("Box", "gold"))):
            new = device(1, product_class=product_class, oui=f"0000{number:02}")
            known = await self.store.rename_device(known.id, new)
            await self.assert_in(found, known.id)

    async def assert_in(self, category: str, device_id: str) -> None:
        """The device is found by this one alone of the categories there are; "" for by none."""
        found = [each.name for each in await self.store.categories() if each.devices]
        self.assertEqual([category] if category else [], found)
        for name in ("gold", "silver", "own", "é\ufffd"):
            self.assertEqual([device_id] if name == category else [], await self.found(category=name))

    async def test_a_model_that_is_met_later_has_the_category_of_its_profile(self) -> None:
        await self.put(PROFILES[2], replace(PROFILES[3], category="no model's"))
        first = await self.add(1)
        other = await self.add(2, product_class="Other")
        self.assertEqual("gold", await self.category_of("Acme/Box"))
        self.assertEqual("", await self.category_of("Acme/Other"))
        self.assertEqual([first.id], await self.found(category="gold"))
        self.assertEqual("", other.category)

    async def test_text_that_a_database_cannot_hold_is_kept_as_far_as_it_can_be(self) -> None:
        await self.put(Profile("vendor", "a\0b", "\ud800", {"a\ud800": "b"}, (Tracked("\ud800"),)))
        kept = Profile("vendor", "a\ufffdb", "?", {"a?": "b"}, (Tracked("?"),))
        self.assertEqual((kept,), tuple(self.store.shared_profiles()))
        self.assertEqual(kept, self.store.profile("vendor", "a\0b"))
        self.assertTrue(await self.store.delete_profile("vendor", "a\0b"))
