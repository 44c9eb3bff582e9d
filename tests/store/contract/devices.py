"""Devices: added, changed, renamed, forgotten."""

from __future__ import annotations

from msgspec.structs import fields, replace
from twisted.internet.defer import Deferred, gatherResults

from acs.store.interface import Query, StoreConflict
from acs.store.records import Check, Device, Parameter, SessionResult
from tests.store.contract.base import Contract, device, ids

FULL = Device(
    id="001CA8-Box-S0001",
    manufacturer="Acmé & Søns",
    oui="001CA8",
    product_class="Box",
    serial_number="S0001",
    first_seen=1764000000.125,
    software_version="1.2",
    hardware_version="rev A",
    root="InternetGatewayDevice.",
    root_data_model="InternetGatewayDevice:1.4",
    root_data_model_source="DeviceSummary",
    service_models=("VoiceService:1.0", "STBService:1.0"),
    cwmp_version="1.2",
    cwmp_version_source="namespace",
    connection_request_url="http://192.0.2.7:7547/x",
    parameter_key="2026-11-23T19:30:00.123456Z",
    current_config_level="2026-11-23T19:30:00.123456Z",
    desired_config_level="2026-11-24T19:30:00.123456Z",
    own_config_level="2026-11-25T19:30:00.123456Z",
    config_tried="2026-11-25T19:30:00.123456Z",
    config_tries=2,
    config_tried_at=1764000003.5,
    config_problems=("Device.X: fault 9005", "Device.Y: is not there"),
    config_check=Check.ALL,
    config_drift=3,
    preconfig_level="2026-11-22T08:00:00.000000Z",
    vendor_file="https://acs.isp.example/box.cfg",
    desired_software_version="1.3",
    previous_software_version="1.1",
    software_changed_at=1764000005.5,
    firmware_tried="1.3",
    firmware_tries=2,
    firmware_tried_at=1764000006.5,
    firmware_problem="fault 9010",
    client_ip="192.0.2.7",
    client_ip_verified=True,
    related_device="crm/17",
    related_level="2026-11-26T19:30:00.123456Z",
    related_digest="def",
    tags=("vip", "käse"),
    category="gold",
    notes="two\nlines",
    quirks=("no-cookie",),
    rpc_methods=("GetRPCMethods", "Reboot"),
    full_read_requested=False,
    full_read_failures=3,
    full_read_at=1764000001.5,
    tracked_at=1764000004.5,
    inform_digest="abc",
    wake_setup="a/1",
    wake_ways=("xmpp",),
    time_offset="+01:00",
    inform_interval=900,
    last_inform=1764000002.25,
    inform_count=7,
    last_session_result="failed",
)


class DeviceContract(Contract):
    """Added and changed."""

    async def test_the_example_differs_from_the_default_in_every_field(self) -> None:
        bare = Device(FULL.id, FULL.manufacturer, FULL.oui, FULL.product_class, FULL.serial_number)
        optional = [field.name for field in fields(Device)][6:]
        self.assertEqual([], [name for name in optional if getattr(FULL, name) == getattr(bare, name)])

    async def test_a_device_that_was_never_seen_is_not_there(self) -> None:
        self.assertIsNone(await self.store.device("001CA8-Box-S0001"))
        self.assertIsNone(self.store.resident("001CA8-Box-S0001"))

    async def test_an_added_device_is_kept_in_every_field(self) -> None:
        added = await self.store.add_device(FULL)
        self.assertEqual(replace(FULL, key=added.key), added)
        self.assertGreater(added.key, 0)
        self.assertIs(added, self.store.resident(FULL.id))
        await self.reopen()
        self.assertIsNone(self.store.resident(FULL.id))
        self.assertEqual(added, await self.store.device(FULL.id))
        self.assertEqual((added,), (await self.store.devices(Query())).items)

    async def test_a_device_is_found_by_its_number_too(self) -> None:
        known = [await self.add(number) for number in range(3)]
        await self.store.delete_device(known[0].id)
        keys = [0, 7, *(each.key for each in known), *range(1000, 2000)]
        self.assertEqual({each.key: each.id for each in known[1:]}, dict(await self.store.device_ids(keys)))
        self.assertEqual({}, dict(await self.store.device_ids([])))

    async def test_a_device_is_added_once(self) -> None:
        first = await self.add(software_version="1")
        self.assertEqual(first, await self.add(software_version="2"))
        await self.reopen()
        self.assertEqual(first, await self.add(software_version="3"))

    async def test_a_device_that_is_added_twice_at_once_is_one_device(self) -> None:
        first, second = await gatherResults([Deferred.fromCoroutine(self.add()) for _ in range(2)])
        self.assertEqual(first, second)
        self.assertEqual([first.id], await self.found())

    async def test_many_devices_added_at_once_are_all_there(self) -> None:
        await gatherResults([Deferred.fromCoroutine(self.add(number)) for number in range(50)])
        await self.reopen()
        self.assertEqual(50, len(await self.found()))

    async def test_a_change_takes_effect_at_once_and_lasts(self) -> None:
        added = await self.store.add_device(device(1))
        wanted = {field.name: getattr(FULL, field.name) for field in fields(Device)[6:]}
        changed = self.store.change_device(added.id, **wanted)
        self.assertEqual(replace(FULL, manufacturer="Acme", key=added.key), changed)
        self.assertIs(changed, self.store.resident(added.id))
        await self.reopen()
        self.assertEqual(changed, await self.store.device(added.id))

    async def test_a_change_to_what_is_there_is_none(self) -> None:
        added = await self.add(software_version="1")
        self.assertIs(added, self.store.change_device(added.id, software_version="1", tags=()))

    async def test_a_later_change_counts(self) -> None:
        added = await self.add()
        for version in ("1", "2", "3"):
            self.store.change_device(added.id, software_version=version)
        await self.reopen()
        self.assertEqual("3", (await self.known(added.id)).software_version)

    async def test_only_a_device_in_memory_can_be_changed(self) -> None:
        added = await self.add()
        await self.reopen()
        with self.assertRaises(LookupError):
            self.store.change_device(added.id, software_version="1")

    async def test_identity_is_not_a_field_to_change(self) -> None:
        added = await self.add()
        for name in ("id", "key", "manufacturer", "oui", "product_class", "serial_number"):
            with self.assertRaises(TypeError):
                self.store.change_device(added.id, **{name: "x", "notes": "y"})
        self.assertIs(added, self.store.resident(added.id))

    async def test_text_that_a_database_cannot_hold_is_kept_as_far_as_it_can_be(self) -> None:
        added = await self.add(notes="a\0b", related_device="\ud800", tags=("\udfff\0",))
        self.store.change_device(added.id, hardware_version="c\0\udc80")
        await self.store.committed()
        await self.reopen()
        kept = await self.known(added.id)
        self.assertEqual(("a\ufffdb", "?", ("?\ufffd",)), (kept.notes, kept.related_device, kept.tags))
        self.assertEqual("c\ufffd?", kept.hardware_version)

    async def test_a_device_without_a_product_class_is_a_device(self) -> None:
        added = await self.add(product_class="")
        self.assertEqual("001CA8-S0001", added.id)
        self.assertEqual([added.id], await self.found(product_class=""))


class RenameContract(Contract):
    """The OUI changed with the firmware."""

    async def test_a_renamed_device_keeps_all_it_has(self) -> None:
        old = await self.add(1, related_device="crm/1")
        new = device(1, oui="18281A")
        session = self.save(old.id)
        job = await self.accept(old.id)
        await self.store.keep_parameters(old.id, {"a": Parameter("a", "1")}, 5.0)
        renamed = await self.store.rename_device(old.id, new)
        self.assertEqual((new.id, "18281A", old.key), (renamed.id, renamed.oui, renamed.key))
        self.assertEqual("crm/1", renamed.related_device)
        self.assertIsNone(self.store.resident(old.id))
        self.assertEqual([new.id], [each.device for each in self.store.open_jobs(new.id)])
        self.store.change_job(job.id, attempts=1)
        await self.reopen()
        self.assertIsNone(await self.store.device(old.id))
        self.assertEqual(1, (await self.known(new.id)).inform_count)
        self.assertEqual([1], [each.attempts for each in self.store.open_jobs(new.id)])
        self.assertEqual({"a"}, set(await self.store.parameters(new.id)))
        self.assertEqual(new.id, (await self.saved(session.id)).device)
        self.assertEqual([[new.id], []], [await self.found(q=word) for word in ("18281a", "001ca8")])
        self.assertEqual({"Acme": ["18281A"]}, {v.name: v.fields["ouis"] for v in await self.store.vendors()})

    async def test_a_name_that_another_device_has_is_refused(self) -> None:
        first, second = await self.add(1), await self.add(2)
        with self.assertRaises(StoreConflict):
            await self.store.rename_device(first.id, second)
        self.assertEqual([first, second], [await self.store.device(each.id) for each in (first, second)])
        await self.reopen()
        self.assertEqual([first, second], [await self.store.device(each.id) for each in (first, second)])

    async def test_a_maker_that_spells_itself_anew_is_a_name_too(self) -> None:
        known = await self.add(1)
        renamed = await self.store.rename_device(known.id, device(1, manufacturer="ACME Inc."))
        self.assertEqual((known.id, "ACME Inc."), (renamed.id, renamed.manufacturer))
        self.assertEqual([known.id], await self.found(manufacturer="ACME Inc."))

    async def test_a_device_that_is_not_there_cannot_be_renamed(self) -> None:
        with self.assertRaises(LookupError):
            await self.store.rename_device("nobody", device(1))

    async def test_a_device_that_takes_the_name_of_a_forgotten_one_has_its_sessions(self) -> None:
        forgotten, other = await self.add(1), await self.add(2)
        early, late = self.save(forgotten.id), self.save(other.id)
        await self.store.delete_device(forgotten.id)
        await self.store.rename_device(other.id, forgotten)
        await self.reopen()
        page = await self.store.sessions(Query({"device": forgotten.id}))
        self.assertEqual([late.id, early.id], ids(page))

    async def test_the_same_device_under_another_oui_is_similar(self) -> None:
        await self.add(1)
        await self.add(2)
        await self.add(1, manufacturer="Other", oui="FFFFFF")
        await self.add(1, product_class="Other")
        moved = device(1, oui="18281A")
        self.assertEqual([device(1).id], [each.id for each in await self.store.similar_devices(moved)])
        self.assertEqual([], await self.store.similar_devices(device(1)))


class ForgetContract(Contract):
    """Deleted, and what is left."""

    async def test_a_forgotten_device_leaves_its_sessions_and_nothing_else(self) -> None:
        known = await self.add(1, tags=("vip",), related_device="crm/1", category="gold")
        other = await self.add(2)
        session = self.save(known.id)
        job = await self.accept(known.id)
        await self.store.keep_parameters(known.id, {"a.SSID": Parameter("a.SSID", "net")}, 5.0)
        await self.store.keep_parameters(known.id, {"a.SSID": Parameter("a.SSID", "new")}, 6.0)
        self.assertTrue(await self.store.delete_device(known.id))
        for _ in range(2):
            self.assertIsNone(await self.store.device(known.id))
            self.assertEqual([other.id], await self.found())
            self.assertEqual(
                [[], [], [], []], [await self.found(q=w) for w in ("crm/1", "s0001", "net", "new")]
            )
            self.assertEqual([[], []], [await self.found(tag="vip"), await self.found(category="gold")])
            self.assertIsNone(await self.store.job(job.id))
            self.assertEqual({}, await self.store.parameters(known.id))
            self.assertEqual((), (await self.store.changes(known.id, Query())).items)
            self.assertEqual(known.id, (await self.saved(session.id)).device)
            self.assertEqual([session.id], ids(await self.store.sessions(Query({"device": known.id}))))
            self.assertEqual([1], [model.devices for model in await self.store.models()])
            await self.reopen()

    async def test_a_device_that_is_not_there_cannot_be_forgotten(self) -> None:
        self.assertFalse(await self.store.delete_device("nobody"))
        known = await self.add()
        self.assertTrue(await self.store.delete_device(known.id))
        self.assertFalse(await self.store.delete_device(known.id))

    async def test_a_forgotten_device_that_calls_again_is_new_and_has_its_old_sessions(self) -> None:
        known = await self.add(1, notes="old", tags=("old",))
        before = self.save(known.id)
        await self.store.delete_device(known.id)
        again = await self.add(1, notes="new")
        self.assertEqual(("new", (), 0), (again.notes, again.tags, again.inform_count))
        after = self.save(known.id)
        await self.reopen()
        self.assertEqual(
            ("new", (), 1), (lambda d: (d.notes, d.tags, d.inform_count))(await self.known(known.id))
        )
        self.assertEqual([[], [known.id]], [await self.found(tag="old"), await self.found(q="s0001")])
        self.assertEqual([after.id, before.id], ids(await self.store.sessions(Query({"device": known.id}))))

    async def test_a_session_that_ends_after_its_device_was_forgotten_still_names_it(self) -> None:
        known = await self.add()
        await self.store.delete_device(known.id)
        session = self.save(known.id)
        self.assertEqual(known.id, (await self.saved(session.id)).device)
        self.assertEqual([], await self.found())

    async def test_the_kinds_of_devices_are_counted(self) -> None:
        await self.add(1, software_version="1", root_data_model="Device:2", category="gold")
        await self.add(2, software_version="1", oui="18281A")
        await self.add(3, software_version="2", product_class="Phone")
        self.store.change_device((await self.add(4, manufacturer="Zed")).id, category="silver")
        vendors = [(each.name, each.devices, each.fields) for each in await self.store.vendors()]
        acme = {"ouis": ["001CA8", "18281A"], "models": ["Box", "Phone"]}
        self.assertEqual([("Acme", 3, acme), ("Zed", 1, {"ouis": ["001CA8"], "models": ["Box"]})], vendors)
        models = {each.name: each for each in await self.store.models()}
        self.assertEqual(["Acme/Box", "Acme/Phone", "Zed/Box"], list(models))
        box = {
            "manufacturer": "Acme",
            "product_class": "Box",
            "category": "",
            "software_versions": {"1": 2},
            "root_data_models": {"": 1, "Device:2": 1},
        }
        self.assertEqual((2, box), (models["Acme/Box"].devices, models["Acme/Box"].fields))
        self.assertEqual(
            [("gold", 1), ("silver", 1)],
            [(each.name, each.devices) for each in await self.store.categories()],
        )

    async def test_the_versions_of_a_model_are_counted_with_what_fails_on_them(self) -> None:
        for number, version in enumerate(("1", "1", "2"), 1):
            self.save((await self.add(number, software_version=version)).id)
        failing = await self.add(4, software_version="2", config_problems=("X is read-only",))
        self.save(failing.id, result=SessionResult.FAILED)
        gone = await self.add(5, software_version="3", config_problems=("X is read-only",))
        await self.store.delete_device(gone.id)
        other = await self.add(6, product_class="Phone", software_version="2")
        self.save(other.id, result=SessionResult.FAILED)
        for _ in range(2):
            found = [
                (each.name, each.devices, each.fields) for each in await self.store.versions("Acme", "Box")
            ]
            well, ill = {"failed": 0, "stopped": 0}, {"failed": 1, "stopped": 1}
            self.assertEqual([("1", 2, well), ("2", 2, ill)], found)
            self.assertEqual([], await self.store.versions("Acme", "Chair"))
            await self.reopen()

    async def test_tags_are_counted(self) -> None:
        await self.add(1, tags=("vip", "beta"))
        gone = await self.add(2, tags=("vip", "old"))
        await self.store.delete_device(gone.id)
        self.store.change_device((await self.add(3)).id, tags=("vip",))
        counted = [(each.name, each.devices) for each in await self.store.tags()]
        self.assertEqual([("beta", 1), ("vip", 2)], counted)
