"""What the operator wants devices' parameters to be."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.internet.defer import ensureDeferred, gatherResults

from acs.session.desired import Desired
from acs.store.interface import BadQuery, Query, StoreError
from acs.store.records import Configuration, Device, Profile, Scope, Tracked
from tests.store.contract.base import Contract, device

LEVEL = "2026-11-23T19:30:00.123456Z"
LATER = "2026-11-24T19:30:00.123456Z"
PARAMETERS = {"Device.X.KeyPassphrase": "sesame \U0001f511", "a": {"value": [1, 1.5, True, None]}, "": ""}
SHARED = (
    Configuration("all", "default", LEVEL, PARAMETERS, "anna"),
    Configuration("category", "gold", LEVEL, {}),
    Configuration("model", "Acmé & Søns/Box", LEVEL, {"b": "1"}, "crm"),
    Configuration("tag", "default", LATER, {"c": "2"}),
    Configuration("vendor", "Acmé & Søns", LATER, {"d": "3"}),
)


def own(name: str, level: str = LEVEL, **fields: object) -> Configuration:
    """A device's own configuration."""
    return Configuration("device", name, level, fields or PARAMETERS, "anna")


class ConfigurationContract(Contract):
    """Those that are not of one device: on disk when the verb returns, and in memory all the time."""

    async def put(self, *configurations: Configuration) -> None:
        for configuration in configurations:
            await self.store.put_configuration(configuration)

    async def test_they_are_kept_in_every_field(self) -> None:
        self.assertEqual((), tuple(self.store.shared_configurations()))
        await self.put(*reversed(SHARED))
        for _ in range(2):
            self.assertEqual(SHARED, tuple(self.store.shared_configurations()))
            for each in SHARED:
                self.assertEqual(each, await self.store.configuration(each.scope, each.name))
            await self.reopen()

    async def test_a_scope_is_as_good_as_its_word(self) -> None:
        await self.put(Configuration(Scope.TAG, "default", LATER, {"c": "2"}))
        self.assertEqual(SHARED[3], await self.store.configuration(Scope.TAG, "default"))
        self.assertTrue(await self.store.delete_configuration(Scope.TAG, "default"))

    async def test_one_is_known_by_scope_and_name_together(self) -> None:
        await self.put(*SHARED)
        for scope, name in (("all", "gold"), ("category", "default"), ("device", "default"), ("", "")):
            self.assertIsNone(await self.store.configuration(scope, name))
            self.assertFalse(await self.store.delete_configuration(scope, name))
        self.assertEqual(SHARED, tuple(self.store.shared_configurations()))

    async def test_one_that_is_put_again_is_replaced(self) -> None:
        await self.put(*SHARED)
        new = Configuration("all", "default", LATER, {"a": 1}, "bert")
        # A value that is equal and not the same is another value.
        for parameters in ({"a": 1}, {"a": True}, {"a": 1.0}):
            await self.put(replace(new, parameters=parameters))
            self.assertEqual(repr(parameters), repr(self.store.shared_configurations()[0].parameters))
        self.assertEqual((new, *SHARED[1:]), tuple(self.store.shared_configurations()))
        await self.reopen()
        self.assertEqual((new, *SHARED[1:]), tuple(self.store.shared_configurations()))
        self.assertEqual(new, await self.store.configuration("all", "default"))

    async def test_one_that_is_deleted_is_gone(self) -> None:
        await self.put(*SHARED)
        self.assertTrue(await self.store.delete_configuration("category", "gold"))
        self.assertFalse(await self.store.delete_configuration("category", "gold"))
        for _ in range(2):
            self.assertIsNone(await self.store.configuration("category", "gold"))
            self.assertEqual((SHARED[0], *SHARED[2:]), tuple(self.store.shared_configurations()))
            await self.reopen()

    async def test_what_does_not_change_is_the_same_tuple(self) -> None:
        await self.put(*SHARED)
        before = self.store.shared_configurations()
        known = await self.add(1)
        await self.put(own(known.id))
        await self.store.delete_configuration("device", known.id)
        await self.store.delete_configuration("all", "nobody")
        self.assertIs(before, self.store.shared_configurations())
        await self.put(SHARED[0])
        self.assertIsNot(before, self.store.shared_configurations())
        self.assertIs(before[1], self.store.shared_configurations()[1])

    async def test_many_changes_at_once_are_all_known(self) -> None:
        many = [Configuration("tag", f"{number:02}", LEVEL, PARAMETERS) for number in range(20)]
        await gatherResults([ensureDeferred(self.store.put_configuration(each)) for each in many])
        self.assertEqual(many, list(self.store.shared_configurations()))
        await gatherResults([ensureDeferred(self.store.delete_configuration("tag", c.name)) for c in many])
        self.assertEqual([], list(self.store.shared_configurations()))

    async def test_what_may_be_secret_is_sealed(self) -> None:
        known = await self.add(1)
        await self.put(SHARED[0], own(known.id))
        rows = await self.store._database.query("SELECT * FROM configurations")  # type: ignore[attr-defined]
        self.assertEqual(2, len(rows))
        for column in (column for row in rows for column in row):
            self.assertNotIn(b"sesame", column if isinstance(column, bytes) else str(column).encode())

    async def test_what_is_not_json_is_refused(self) -> None:
        known = await self.add(1)
        for scope, name in (("all", "default"), ("device", known.id)):
            with self.assertRaises(StoreError):
                await self.put(Configuration(scope, name, LEVEL, {"a": object()}))
            self.assertIsNone(await self.store.configuration(scope, name))
        self.assertEqual("", (await self.known(known.id)).own_config_level)

    async def test_text_that_a_database_cannot_hold_is_kept_as_far_as_it_can_be(self) -> None:
        await self.put(Configuration("tag", "a\0b", LEVEL, {"c\0": "d\0"}, "\ud800"))
        kept = Configuration("tag", "a\ufffdb", LEVEL, {"c\0": "d\0"}, "?")
        self.assertEqual((kept,), tuple(self.store.shared_configurations()))
        self.assertEqual(kept, await self.store.configuration("tag", "a\0b"))
        self.assertTrue(await self.store.delete_configuration("tag", "a\0b"))


class OwnConfigurationContract(Contract):
    """A device's own goes where the device goes, whose record has its level."""

    async def assert_own(self, device_id: str, wanted: Configuration | None) -> None:
        """The device has this configuration of its own, in memory and on disk."""
        level = wanted.level if wanted else ""
        self.assertEqual(level, (await self.known(device_id)).own_config_level)
        for _ in range(2):
            self.assertEqual(wanted, await self.store.configuration("device", device_id))
            self.assertEqual(level, (await self.known(device_id)).own_config_level)
            await self.reopen()

    async def listed(self) -> list[str]:
        """Whose own ones a list has."""
        page = await self.store.configurations(Query({"scope": "device"}))
        return [each.name for each in page.items]

    async def test_it_is_kept_in_every_field(self) -> None:
        first, second = await self.add(1), await self.add(2)
        await self.store.put_configuration(own(first.id))
        self.assertEqual(LEVEL, self.store.resident(first.id).own_config_level)  # type: ignore[union-attr]
        await self.assert_own(first.id, own(first.id))
        await self.assert_own(second.id, None)
        self.assertEqual((), tuple(self.store.shared_configurations()))

    async def test_it_is_replaced_and_deleted(self) -> None:
        known = await self.add(1)
        for wanted in (own(known.id), own(known.id, LATER, x=1), own(known.id, LATER, x=2)):
            await self.store.put_configuration(wanted)
            await self.assert_own(known.id, wanted)
        self.assertTrue(await self.store.delete_configuration("device", known.id))
        self.assertFalse(await self.store.delete_configuration("device", known.id))
        await self.assert_own(known.id, None)

    async def test_a_device_that_is_not_in_memory_has_it_too(self) -> None:
        known = await self.add(1)
        await self.reopen()
        await self.store.put_configuration(own(known.id))
        await self.assert_own(known.id, own(known.id))
        await self.store.delete_configuration("device", known.id)
        await self.assert_own(known.id, None)

    async def test_what_is_changed_in_the_device_meanwhile_stays(self) -> None:
        known = await self.add(1)
        putting = ensureDeferred(self.store.put_configuration(own(known.id)))
        self.store.change_device(known.id, notes="new")
        await putting
        await self.assert_own(known.id, own(known.id))
        self.assertEqual("new", (await self.known(known.id)).notes)

    async def test_an_unknown_device_has_none(self) -> None:
        forgotten = await self.add(1)
        await self.store.delete_device(forgotten.id)
        for device_id in ("nobody", "", forgotten.id):
            with self.assertRaises(LookupError):
                await self.store.put_configuration(own(device_id))
            self.assertIsNone(await self.store.configuration("device", device_id))
            self.assertFalse(await self.store.delete_configuration("device", device_id))
        self.assertEqual([], await self.listed())

    async def test_a_device_that_is_forgotten_takes_it_along(self) -> None:
        known, other = await self.add(1), await self.add(2)
        for each in (known, other):
            await self.store.put_configuration(own(each.id))
        await self.store.delete_device(known.id)
        self.assertIsNone(await self.store.configuration("device", known.id))
        self.assertEqual([other.id], await self.listed())
        await self.add(1)
        await self.assert_own(known.id, None)
        await self.assert_own(other.id, own(other.id))

    async def test_what_is_left_of_a_forgotten_device_can_be_forgotten(self) -> None:
        known = await self.add(1)
        await self.store.put_configuration(own(known.id))
        await self.store.delete_device(known.id)
        self.clock.offset = 1000.0
        await self.store.retire(self.clock.seconds(), self.clock.seconds())
        again = await self.add(1)
        self.assertNotEqual(known.key, again.key)

    async def test_a_device_that_is_renamed_takes_it_along(self) -> None:
        known, new = await self.add(1), device(1, oui="18281A")
        await self.store.put_configuration(own(known.id))
        renamed = await self.store.rename_device(known.id, new)
        self.assertEqual(LEVEL, renamed.own_config_level)
        self.assertIsNone(await self.store.configuration("device", known.id))
        await self.assert_own(new.id, own(new.id))
        await self.store.put_configuration(own(new.id, LATER))
        await self.assert_own(new.id, own(new.id, LATER))
        self.assertEqual([new.id], await self.listed())
        await self.store.delete_device(new.id)
        self.assertEqual([], await self.listed())

    async def test_a_device_that_takes_the_name_of_a_forgotten_one_keeps_its_own(self) -> None:
        forgotten, known = await self.add(1), await self.add(2)
        for each in (forgotten, known):
            await self.store.put_configuration(own(each.id, x=each.id))
        await self.store.delete_device(forgotten.id)
        await self.store.rename_device(known.id, forgotten)
        await self.assert_own(forgotten.id, own(forgotten.id, x=known.id))


class ConfigurationListContract(Contract):
    """All of them in a list."""

    async def populate(self) -> list[Configuration]:
        """In the order of the list."""
        devices = sorted([(await self.add(number)).id for number in range(4)])
        everything = sorted([*SHARED, *map(own, devices)], key=lambda each: (each.scope, each.name))
        for each in reversed(everything):
            await self.store.put_configuration(each)
        return everything

    async def pages(self, query: Query) -> list[Configuration]:
        """All items, page by page."""
        found: list[Configuration] = []
        while True:
            page = await self.store.configurations(query)
            self.assertLessEqual(len(page.items), query.limit)
            found += page.items
            if page.next is None:
                return found
            query = replace(query, cursor=page.next)

    async def test_pages_give_every_one_once_in_every_order(self) -> None:
        everything = await self.populate()
        by_name = sorted(everything, key=lambda each: (each.name, each.scope))
        for sort, wanted in (("", everything), ("scope", everything), ("name", by_name)):
            for limit in (1, 2, 9, 100):
                self.assertEqual(wanted, await self.pages(Query(sort=sort, limit=limit)), sort)
                if sort:
                    backwards = await self.pages(Query(sort="-" + sort, limit=limit))
                    self.assertEqual(wanted[::-1], backwards, sort)

    async def test_each_filter_finds_what_it_says(self) -> None:
        everything = await self.populate()
        for filters in (
            {"scope": "device"},
            {"scope": "tag"},
            {"name": "default"},
            {"name": "Acmé & Søns"},
            {"name": "Acm"},
            {"name": ""},
            {"scope": "all", "name": "default"},
            {"scope": "vendor", "name": "default"},
        ):
            wanted = [c for c in everything if all(getattr(c, name) == filters[name] for name in filters)]
            for sort in ("", "scope", "name"):
                self.assertEqual(wanted, await self.pages(Query(filters, sort, limit=1)), filters)
        several = await self.pages(Query({"scope": "tag,vendor"}, limit=1))
        self.assertEqual(list(SHARED[3:]), several)

    async def test_what_the_list_does_not_have_is_refused(self) -> None:
        await self.populate()
        cursor = (await self.store.configurations(Query(limit=1))).next
        for query in (
            Query({"level": LEVEL}),
            Query({"scope": "planet"}),
            Query({"name": "a\0"}),
            Query(sort="level"),
            Query(sort="name", cursor=cursor),
        ):
            with self.assertRaises(BadQuery):
                await self.store.configurations(query)


class LevelContract(Contract):
    """Devices are listed by whether they are at the level that their configurations want."""

    async def test_those_behind_are_those_that_are_below_what_they_are_to_reach(self) -> None:
        old, now, new = (f"2026-11-2{day}T00:00:00.000000Z" for day in (1, 2, 3))
        devices = [
            await self.add(
                number,
                current_config_level=now,
                category="gold" if number == 1 else "",
                tags=("vip", "x") if number == 2 else (),
                manufacturer="Other" if number == 3 else "Acmé & Søns",
                product_class="Special" if number == 4 else "Box",
                desired_config_level={5: new, 6: now}.get(number, ""),
                related_level=new if number == 9 else "",
            )
            for number in range(1, 10)
        ]
        for scope, name, level in (
            ("all", "default", old),
            ("category", "gold", new),
            ("tag", "vip", new),
            ("vendor", "Other", new),
            ("vendor", "Acmé & Søns", now),
            ("model", "Acmé & Søns/Special", new),
        ):
            await self.store.put_configuration(Configuration(scope, name, level, {}))
        for each in devices[5:7]:
            await self.store.put_configuration(own(each.id, new))
        await self.assert_behind(devices, 7)
        self.assertEqual(2, len(await self.found(level="current")))
        with self.assertRaises(BadQuery):
            await self.found(level="ahead")

    async def test_profiles_count_where_something_is_wanted(self) -> None:
        now, new = (f"2026-11-2{day}T00:00:00.000000Z" for day in (2, 3))
        kinds = (
            {},
            {"product_class": "A"},
            {"product_class": "B"},
            {"manufacturer": "M"},
            {"root": "Device."},
            {"product_class": "C"},
            {"product_class": "D"},
            {"product_class": "D", "category": "silver"},
        )
        devices = [
            await self.add(number, current_config_level=now, **kind) for number, kind in enumerate(kinds)
        ]
        for profile in (
            Profile("model", "Acme/A", level=new),
            Profile("model", "Acme/B", level=now),
            Profile("vendor", "M", level=new),
            Profile("data_model", "Device.", level=new),
            Profile("model", "Acme/C", tracked=(Tracked(".A"),)),
            Profile("model", "Acme/D", "gold"),
        ):
            await self.store.put_profile(profile)
        await self.store.put_configuration(Configuration("category", "gold", new, {}))
        await self.assert_behind(devices, 1)
        await self.store.put_configuration(own(devices[1].id, now))
        await self.assert_behind(devices, 2)
        await self.store.put_configuration(Configuration("all", "default", now, {}))
        await self.assert_behind(devices, 4)

    async def test_what_changes_of_a_device_is_seen_at_once(self) -> None:
        old, now, new = (f"2026-11-2{day}T00:00:00.000000Z" for day in (1, 2, 3))
        known = await self.add(1, current_config_level=now)
        other = await self.add(2, current_config_level=now)
        await self.store.put_profile(Profile("model", "Acme/Box", "gold"))
        for scope, name, level in (
            ("all", "default", old),
            ("category", "gold", now),
            ("category", "silver", new),
            ("tag", "vip", new),
            ("model", "Acme/Other", new),
        ):
            await self.store.put_configuration(Configuration(scope, name, level, {}))
        await self.assert_behind([known, other], 0)
        for change, count in (
            ({"tags": ("vip",)}, 1),
            ({"current_config_level": new}, 0),
            ({"current_config_level": now}, 1),
            ({"tags": ()}, 0),
            ({"category": "silver"}, 1),
            ({"category": ""}, 0),
            ({"desired_config_level": new}, 1),
            ({"desired_config_level": ""}, 0),
            ({"related_level": new}, 1),
            ({"related_level": ""}, 0),
        ):
            self.store.change_device(known.id, **change)
            await self.assert_behind([known, other], count)
        await self.store.put_configuration(own(known.id, new))
        await self.assert_behind([known, other], 1)
        await self.store.delete_configuration("device", known.id)
        await self.assert_behind([known, other], 0)
        renamed = await self.store.rename_device(known.id, device(1, product_class="Other"))
        await self.assert_behind([renamed, other], 1)
        added = await self.add(3, product_class="Other")
        await self.assert_behind([renamed, other, added], 2)
        await self.store.delete_device(added.id)
        await self.store.put_profile(Profile("model", "Acme/Box", "silver"))
        await self.assert_behind([renamed, other], 2)

    async def test_what_changes_while_devices_are_weighed_counts(self) -> None:
        new = "2026-11-23T00:00:00.000000Z"
        devices = [await self.add(number, tags=("a",) if number % 2 else ()) for number in range(9)]
        self.store._weighing.piece = 1
        for scope, name, count in (("tag", "a", 4), ("all", "default", 9)):
            weighing = ensureDeferred(self.store._weighing.weigh())
            await self.store.put_configuration(Configuration(scope, name, new, {}))
            await weighing
            await self.assert_behind(devices, count)
        weighing = ensureDeferred(self.store._weighing.weigh())
        for each in devices[:5]:
            self.store.change_device(each.id, current_config_level=new)
        await weighing
        await self.assert_behind(devices, 4)

    async def test_pages_go_on_when_all_have_been_weighed_meanwhile(self) -> None:
        devices = [await self.add(number) for number in range(5)]
        await self.store.put_configuration(Configuration("all", "default", "1", {}))
        first = await self.store.devices(Query({"level": "behind"}, limit=2))
        await self.store._weighing.weigh()
        rest = await self.store.devices(Query({"level": "behind"}, limit=2, cursor=first.next))
        await self.store.put_configuration(Configuration("all", "default", "2", {}))
        last = await self.store.devices(Query({"level": "behind"}, limit=2, cursor=rest.next))
        found = [each.id for page in (first, rest, last) for each in page.items]
        self.assertEqual([each.id for each in devices], found)

    async def assert_behind(self, devices: list[Device], count: int) -> None:
        """So many are, and those of which `Desired` says so: at once, and when all have been weighed, when no
        others are looked at."""
        desired = Desired(self.store)
        known = [await self.known(each.id) for each in devices]
        behind = [each for each in known if each.current_config_level < desired.level(each).value]
        ids = [each.id for each in behind]
        self.assertEqual(ids, await self.found(level="behind"))
        self.assertEqual(count, len(behind))
        await self.store._weighing.weigh()
        self.assertEqual(ids, await self.found(level="behind"))
        noted = await self.store._rows("SELECT device, changes FROM below ORDER BY device")
        self.assertEqual([(each.key, 0) for each in behind], [tuple(row) for row in noted])
