"""Stores with something of everything in them, and all that a store holds as plain values to compare."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from acs.cwmp.definitions import Definition, Described
from acs.cwmp.modeltypes import Syntax
from acs.quirks.rules import Rule
from acs.store.building import Premises, premises_at, store_at
from acs.store.dialect import FIRST
from acs.store.interface import Store
from acs.store.migrations import shipped
from acs.store.records import (
    Configuration,
    Credentials,
    Device,
    Exchange,
    Job,
    JobState,
    Parameter,
    Profile,
    Role,
    Session,
    SessionResult,
    Tracked,
)
from acs.store.records.alarms import AlarmKind
from acs.store.records.answers import Answered
from acs.store.records.audit import Audited
from acs.store.records.bulks import Bulk
from acs.store.records.campaigns import Campaign, CampaignState
from acs.store.records.people import Token, User
from acs.store.records.wakes import Binding, Wake, WakeOutcome, Waking
from acs.store.records.webhooks import Delivery, Webhook
from acs.store.store import DurableStore
from acs.store.transfer.contents import Contents
from acs.store.transfer.opened import Opened
from acs.store.transfer.tables import TABLES
from acs.store.verbs.views import View
from tests.store.contract.base import ShiftedClock
from tests.store.contract.base import device as device_of
from tests.store.test_postgresql_contract import template
from tests.support import postgres

DAY = 86400.0
LARGE = 9000
"""Bytes of a message that no compression makes small enough for a row."""


class Place:
    """A state directory and the URL of a store of its."""

    def __init__(self, folder: Path, url: str = "sqlite", days_ago: float = 0.0) -> None:
        self.folder = folder
        self.url = url
        self.clock = ShiftedClock()
        self.clock.offset = -days_ago * DAY

    def store(self, guest: bool = False) -> DurableStore:
        """The store there, not open."""
        return store_at(self.url, reactor, self.clock, self.folder, guest=guest)  # type: ignore[arg-type]

    def premises(self, guest: bool = False) -> Premises:
        """The same without the store's verbs."""
        return premises_at(self.url, reactor, self.clock, self.folder, guest=guest)  # type: ignore[arg-type]

    @property
    def key(self) -> Path:
        """The file of its secret key."""
        return self.folder / "secret.key"

    def take_key(self, other: Place) -> None:
        """Have the key of another store."""
        self.folder.mkdir(exist_ok=True)
        self.key.write_bytes(other.key.read_bytes())

    async def everything(self, bare: bool = False) -> dict[str, list[Any]]:
        """All rows of all tables in key order; ``bare``: without their seals."""
        premises = self.premises()
        await premises.database.open(shipped(premises.database.dialect))
        opened = Opened(premises.vault)

        async def read(ask: Any) -> dict[str, list[Any]]:
            contents = Contents(reactor, ask, premises.archive)  # type: ignore[arg-type]
            found: dict[str, list[Any]] = {}
            for table in TABLES:
                rows = [row async for page in contents.pages(table) for row in page]
                found[table.name] = opened.bare(table, rows) if bare else rows
            return found

        try:
            return await premises.database.snapshot(read)
        finally:
            await premises.database.close()


def on_postgresql(test: TestCase, folder: Path) -> Place:
    """A place in a new database of the tests' server, for this test alone."""
    return Place(folder, postgres.shared().url(postgres.database_for(test, template())))


async def fill(place: Place, devices: int = 6, seed: int = 1) -> None:
    """Let a store have lived, from 40 days ago to now."""
    place.clock.offset = -41 * DAY
    store = place.store()
    await store.open()
    # What follows is packed with it.
    await store._keep_dictionary(FIRST, b"Device.ManagementServer.Parameter" * 8)
    await store.close()
    place.clock.offset = -40 * DAY
    store = place.store()
    await store.open()
    random = Random(seed)
    for number in range(devices):
        await _live(store, place.clock, number, random)
    store.save_session(Session(store.new_id(), place.clock.seconds(), failure="no Inform"), [])
    await store.change_quirk_rules(
        [Rule("no-attributes", False, "A*", note="a\nnote"), Rule("x", device="é")]
    )
    await store.put_configuration(Configuration("all", "default", "1", {"é": ["pässword", 1]}, "anna"))
    syntax = Syntax("int", enumeration=("é",))
    definitions = (
        Definition("Device.A.", "Device:2.0"),
        Definition("Device.A.B", "Device:2.0", syntax=syntax),
    )
    await store.put_data_models([Described("Device:2.0", False, definitions)], 5.0, "anna")
    tracked = Tracked("Device.X", 60, True)
    await store.put_profile(Profile("model", "Acme/Böx", "gold", {"wifi.é": ".X.Y"}, (tracked,), "1"))
    await store.put_profile(Profile("tag", "béta", desired_software_version="2.0"))
    store.raise_alarm(AlarmKind.FIRMWARE_FAILED, "vain é", device_of(0).id)
    store.raise_alarm(AlarmKind.FIRMWARE_FAILED, "stopped", campaign=5)
    store.end_alarm(AlarmKind.FIRMWARE_FAILED, campaign=5)
    store.add_audited(Audited(store.new_id(), 1.5, "anna", "::1", "PUT", "/x", 200, '{"a":"é"}', "{}"))
    await store.add_bulk(Bulk(store.new_id(), "job", 2, 1.5, "anna", {"é": "pässword"}, reasons=("a é",)))
    for name in ("é", "open"):
        await store.claim_answer(Answered(store.new_id(), "anna", name, "digest", 1.5), 10)
    answered = await store.claim_answer(Answered(store.new_id(), "anna", "é", "digest", 1.5), 10)
    assert answered is not None
    await store.keep_answer(answered.id, 201, b"answer")
    webhook = Webhook(store.new_id(), "https://crm.isp.example/", "hüsh", ("alarm",), ("é",), created=1.5)
    await store.put_webhook(webhook)
    store.queue_delivery(Delivery(store.new_id(), webhook.id, "alarm", "é", 2.5, b"{}"))
    store.raise_alarm(AlarmKind.WEBHOOK_PAUSED, "é", subject="x")
    await store.put_user(User("anna", Role.ADMIN, "$argon2id$hash", 1.5))
    await store.put_user(
        User("błażej", Role.VIEWER, "$argon2id$other", 2.25, only_models=("Ü/X",), subject="i s")
    )
    await store.put_second_factor("anna", b"secret")
    await store.confirm_second_factor("anna", ["digest"], 7, 2.5)
    await store.add_token(
        Token("crm", Role.OPERATOR, "ab" * 32, 3.0, expires=4.5, scopes=("jobs:read",), only_tags=("é",))
    )
    await store.add_token(Token("old", Role.VIEWER, "cd" * 32, 3.0, last_used=60.0))
    await store.put_view(View("user:anna", "fällig", "level=behind&columns=model", 5.5))
    await store.close()


async def _live(store: Store, clock: ShiftedClock, number: int, random: Random) -> None:
    device = device_of(
        number, product_class="Böx" if number % 2 else "", category="gold" if number == 1 else ""
    )
    await store.add_device(device)
    store.change_device(
        device.id, tags=("vip", f"tag {number}"), notes="a\nnote", quirks=("no-key",), first_seen=1.5
    )
    await _call(store, clock, device, random)
    if not number:
        campaign = Campaign(store.new_id(), "sprïng", CampaignState.PAUSED, "1.2", plan={"waves": []})
        await store.add_campaign(campaign, [device.id])
    if number % 2:
        await store.put_credentials(device.id, Credentials(f"u{number}", "pässword", False, "old", "secret"))
        await store.put_configuration(Configuration("device", device.id, "2", {"a": number}))
    await store.put_waking(
        device.id, Waking("é", "pässword", "o", "p", f"s{number}", "q", f"x{number}", "r", True)
    )
    store.keep_binding(device.id, Binding("192.0.2.1", number, 2.5))
    store.add_wake(Wake(store.new_id(), device.id, 1.5, 0.5, "udp", WakeOutcome.ACCEPTED, "sént", "anna"))
    for value in range(3):
        parameters = {
            name: Parameter(name, f"{value}", "xsd:string") for name in ("a.SerialNumber", f"b.{value}")
        }
        await store.keep_parameters(device.id, parameters, clock.seconds())
    store.keep_readings(device.id, [("a.UpTime", "1"), ("b.Spänning", "-12.5")], clock.seconds())
    await _work(store, clock, device)
    if number % 3 == 2:
        await store.delete_device(device.id)
    clock.offset += 40 * DAY / 6 if clock.offset < -7 * DAY else 0.0


async def _call(store: Store, clock: ShiftedClock, device: Device, random: Random) -> None:
    for result in (SessionResult.SUCCESS, SessionResult.FAILED, SessionResult.OPEN):
        started = clock.seconds()
        session = Session(store.new_id(), started, device.id, events=("2 PERIODIC",), result=result)
        for size in (10, 100, LARGE):
            messages = [Exchange(1, "in", started, "Inform", b"POST", random.randbytes(size))]
            store.save_session(session, messages)
            session = Session(
                store.new_id(), started, device.id, ended=started + 0.1, result=SessionResult.SUCCESS
            )
        await store.committed()


async def _work(store: Store, clock: ShiftedClock, device: Device) -> None:
    for state in JobState:
        job = Job(
            store.new_id(), device.id, "Reboot", {"CommandKey": state.value}, clock.seconds(), "just so"
        )
        job = await store.add_job(job)
        if state is JobState.QUEUED:
            continue
        result = {"Status": 1} if state is JobState.DONE else None
        fault = {"FaultCode": 9002} if state is JobState.FAILED else None
        store.change_job(job.id, state=state, sent=2.5, attempts=1, result=result, fault=fault)
    # Put back into the queue beside the same job: its fingerprint is no longer the one that follows from it.
    again = Job(store.new_id(), device.id, "Reboot", {"CommandKey": "sent"}, clock.seconds())
    await store.add_job(again)
    (sent,) = (job for job in store.open_jobs(device.id) if job.state is JobState.SENT)
    store.change_job(sent.id, state=JobState.QUEUED)
    await store.committed()


def in_segments(place: Place) -> int:
    """How many conversations of a store on SQLite lie in segments."""
    with closing(sqlite3.connect(place.folder / "acs.sqlite")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM conversations WHERE document IS NULL").fetchone()
    return int(count)
