"""A population of devices with their sessions, written straight into the store's tables.

The devices are of a dozen models, common and rare, and one that came last; each calls daily, more or less.
Some calls fail, some are refused, some come from elsewhere.  There are configurations for all, a vendor, a
model, a category and a tag; a few devices are below their level, stuck on their way there, or changed by
others.  The same numbers make the same population, up to now.
"""

from __future__ import annotations

import io
import random
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg2

from acs.store.building import store_at
from acs.store.facts import fold
from acs.store.ids import first_of
from acs.store.listing.listings import (
    DEVICE_SHAPE,
    MANNER_SHAPE,
    PRESENCE_SHAPE,
    SESSION_SHAPE,
    WAKE_SHAPE,
)
from acs.store.records import Device, Session, SessionResult
from acs.store.records.wakes import Wake, WakeOutcome
from acs.store.vault import Vault

DAYS = 20
DAY = 86400.0
TAGS = {"fibre": 0.3, "vip": 0.01, "beta": 0.001}
CATEGORIES = {"Phone": "voice", "Point": "wifi", "Latest": "latest"}
LEVEL = "2026-01-01T00:00:00.000000Z"
CONFIGURATIONS = (
    ("all", "default"),
    ("vendor", "Globex"),
    ("model", "Acme/Router"),
    ("category", "voice"),
    ("tag", "vip"),
)
DRIFT = 0.02
STOPPED = 0.005
OF_EACH = 5
"""How many changes, readings and wakes a device has had."""
_CHUNK = 20_000

Row = Sequence[Any]
_PLAIN = Session(
    0, 0.0, ended=0.0, client_ip_verified=True, verified_by="default: always", listener="main",
    events=("2 PERIODIC",), cwmp_version="1.0", cwmp_version_source="namespace", requests=2, responses=2,
    root_data_model="InternetGatewayDevice:1", root_data_model_source="DeviceSummary", bytes_in=2400,
    result=SessionResult.SUCCESS, last_rpc="InformResponse", bytes_out=400,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Model:
    """A model, how common it is, and its firmware."""

    manufacturer: str
    oui: str
    product_class: str
    weight: int
    versions: tuple[str, ...] = ("1.0.7", "1.1.0", "1.1.2")


MODELS = (
    Model("Acme", "001CA8", "Router", 40),
    Model("Acme", "001CA8", "Point", 20),
    Model("Globex", "00D09E", "Gateway", 15),
    Model("Globex", "00D09E", "Phone", 8),
    Model("Initech", "0004ED", "ONT-4", 6),
    Model("Initech", "0004ED", "ONT-8", 4),
    Model("Umbrella", "F4F26D", "Box", 3),
    Model("Umbrella", "F4F26D", "Stick", 2),
    Model("Hooli", "00E092", "Mesh", 1),
    Model("Hooli", "00E092", "", 1),
)
LATEST = Model("Stark", "5C1A6F", "Latest", 0)
LATEST_SHARE = 0.08
"""Of the devices, all of them first seen after all others: a walk in that order meets them last."""


class Clock:
    """The reactor's, set to another time."""

    def __init__(self, reactor: Any, now: float) -> None:
        self.now = now
        self._reactor = reactor

    def seconds(self) -> float:
        """The time that was set."""
        return self.now

    def callLater(self, delay: float, callable: Any, /, *args: Any) -> Any:
        """As the reactor does."""
        return self._reactor.callLater(delay, callable, *args)


class Population:
    """So many devices, and so many sessions of theirs in the last days."""

    def __init__(self, devices: int, sessions: int, now: float, behind: float = 0.0) -> None:
        self.size = devices
        self._behind = behind
        self.of_each = OF_EACH
        self.sessions_in_all = sessions
        self._now = now
        self._chance = random.Random(devices)
        self.begin = now - DAYS * DAY
        weights = [model.weight for model in MODELS]
        late = round(devices * LATEST_SHARE)
        self.models = self._chance.choices(MODELS, weights, k=devices - late) + [LATEST] * late
        # A key tells when the device was first seen: before all sessions, one in a second.
        self.keys = [first_of(self.begin - devices + number) for number in range(devices)]

    def serial(self, number: int) -> str:
        """The serial number of a device."""
        return f"SN{number:08d}"

    def id(self, number: int) -> str:
        """The id of a device."""
        model = self.models[number]
        middle = f"{model.product_class}-" if model.product_class else ""
        return f"{model.oui}-{middle}{self.serial(number)}"

    def address(self, number: int) -> str:
        """Where a device calls from, as a rule."""
        return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    def devices(self) -> Iterator[Row]:
        """The rows of the table ``devices``."""
        for number in range(self.size):
            model = self.models[number]
            record = Device(
                id=self.id(number),
                manufacturer=model.manufacturer,
                oui=model.oui,
                product_class=model.product_class,
                serial_number=self.serial(number),
                key=self.keys[number],
                first_seen=self.begin - self.size + number,
                software_version=self._chance.choices(model.versions, (1, 3, 9))[0],
                hardware_version="A1",
                root="InternetGatewayDevice.",
                root_data_model="InternetGatewayDevice:1",
                root_data_model_source="DeviceSummary",
                cwmp_version="1.0",
                connection_request_url=f"http://{self.address(number)}:7547/c",
                tags=tuple(tag for tag in TAGS if self._has(number, tag)),
                current_config_level="" if self._chance.random() < self._behind else LEVEL,
                config_drift=int(self._chance.random() < DRIFT),
                config_problems=("Device.X: fault 9007",) if self._chance.random() < STOPPED else (),
                full_read_requested=False,
                full_read_at=self.begin,
            )
            yield DEVICE_SHAPE.values(record)

    def presence(self) -> Iterator[Row]:
        """The rows of the table ``presence``: a few have been silent for days."""
        for number, key in enumerate(self.keys):
            silent = self._chance.uniform(1, DAYS) if self._chance.random() < 0.04 else self._chance.random()
            record = Device(
                "", "", "", "", "",
                last_inform=self._now - silent * DAY,
                inform_count=self.sessions_in_all // self.size,
                last_session_result="failed" if self._chance.random() < 0.02 else "success",
                client_ip=self.address(number),
                client_ip_verified=self._chance.random() < 0.95,
            )  # fmt: skip
            yield key, *PRESENCE_SHAPE.values(record)

    def tags(self) -> Iterator[Row]:
        """The rows of the table ``tags``."""
        for number, key in enumerate(self.keys):
            yield from ((key, tag) for tag in TAGS if self._has(number, tag))

    def _has(self, number: int, tag: str) -> bool:
        return random.Random(f"{number} {tag}").random() < TAGS[tag]

    def facts(self) -> Iterator[Row]:
        """The rows of the table ``facts``."""
        for number, key in enumerate(self.keys):
            yield key, "id", fold(self.id(number))
            if self.models[number].product_class:
                yield key, "product_class", fold(self.models[number].product_class)
            yield key, "serial_number", fold(self.serial(number))
            yield key, "ConnectionRequestURL", self.address(number)
            yield key, "MACAddress", f"{number * 7919 & 0xFFFFFFFFFFFF:012x}"
            yield key, "SSID", f"home-{number * 31 % 9973}"

    def kinds(self) -> Iterator[Row]:
        """The rows of the table ``models``."""
        for model in (*MODELS, LATEST):
            yield model.manufacturer, model.product_class, CATEGORIES.get(model.product_class, "")

    def in_categories(self) -> Iterator[Row]:
        """The rows of the table ``in_categories``."""
        for model, key in zip(self.models, self.keys, strict=True):
            if model.product_class in CATEGORIES:
                yield CATEGORIES[model.product_class], key

    def numbered(self) -> Iterator[tuple[int, int, float]]:
        """For each of what a device has had several of: a number, the device's key, when it was."""
        total = self.size * self.of_each
        for count in range(total):
            when = self.begin + count * DAYS * DAY / total
            yield first_of(when), self.keys[count % self.size], when

    def document(self, number: int) -> list[Row]:
        """What is known of a device's parameters."""
        when = self.begin
        return [
            (f"InternetGatewayDevice.Part.{n}.Value", f"{number * n}", "xsd:string", True, 0, [], when)
            for n in range(40)
        ]

    def sessions(self) -> Iterator[Row]:
        """Rows of ``sessions``, of one manner: settled, device, `SESSION_SHAPE`, manner, what is '' then."""
        template = [*SESSION_SHAPE.values(_PLAIN), 1, *[""] * len(MANNER_SHAPE.names)]
        at = {name: place for place, name in enumerate(SESSION_SHAPE.names)}
        step, dice = DAYS * DAY / self.sessions_in_all, self._chance.random
        for count in range(self.sessions_in_all):
            number, started, row = int(dice() * self.size), self.begin + count * step, template.copy()
            row[at["id"]], row[at["started"]], row[at["ended"]] = first_of(started), started, started + 0.1
            row[at["client_ip"]] = self.address(number if dice() < 0.9 else int(dice() * self.size))
            row[at["client_ip_verified"]] = int(dice() < 0.95)
            row[at["device_uptime"]] = count
            if dice() < 0.02:
                row[at["result"]], row[at["failure"]] = "failed", "silent for 60 s"
            if dice() < 0.03:
                row[at["listener"]] = "tls"
            yield 1, None if dice() < 0.005 else self.keys[number], *row


class Tables(Protocol):
    """Takes many rows at once."""

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Write the rows of a table, whose indexes are made when they are all there."""

    def finish(self) -> None:
        """All is there."""


class SqliteTables:
    """Those of the file in a state folder."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "acs.sqlite", isolation_level=None)
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("PRAGMA cache_size = -400000")

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Write the rows of a table."""
        database = self._database
        indexes = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
            (table,),
        ).fetchall()
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        marks = ", ".join("?" * len(columns))
        database.execute("BEGIN")
        database.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)
        for _, sql in indexes:
            database.execute(sql)
        database.execute("COMMIT")

    def finish(self) -> None:
        """Copy the log back."""
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._database.close()


class PostgresqlTables:
    """Those of the database at a URL."""

    def __init__(self, url: str) -> None:
        self._database = psycopg2.connect(url)
        self._database.autocommit = True
        self._cursor = self._database.cursor()
        self._cursor.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Write the rows of a table."""
        self._cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT IN"
            " (SELECT conname FROM pg_constraint)",
            (table,),
        )
        indexes = self._cursor.fetchall()
        for name, _ in indexes:
            self._cursor.execute(f"DROP INDEX {name}")
        copy = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        for text in _texts(rows):
            self._cursor.copy_expert(copy, io.StringIO(text))
        for _, sql in indexes:
            self._cursor.execute(sql.replace(" ON ONLY ", " ON "))

    def finish(self) -> None:
        """What autovacuum would have done by now."""
        self._cursor.execute("VACUUM (ANALYZE)")
        self._database.close()


def _texts(rows: Iterable[Row]) -> Iterator[str]:
    lines: list[str] = []
    for row in rows:
        lines.append("\t".join(map(_text, row)))
        if len(lines) == _CHUNK:
            yield "\n".join(lines)
            lines.clear()
    if lines:
        yield "\n".join(lines)


def _text(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return f"\\\\x{value.hex()}"
    return str(value)


async def populate(
    reactor: Any, url: str, folder: Path, population: Population, now: float, wanted: bool = True
) -> None:
    """Make the store at ``url`` and let it be the store of this population; ``wanted``: with what is
    wanted of the devices."""
    clock = Clock(reactor, population.begin)
    store = store_at(url, reactor, clock, folder)
    await store.open()
    while clock.now < now:
        await store.retire(0.0, 0.0)  # makes the partitions of the days ahead
        clock.now += DAY
    vault = store._vault
    await store.close()
    tables: Tables = SqliteTables(folder) if url == "sqlite" else PostgresqlTables(url)
    tables.fill("devices", DEVICE_SHAPE.names, population.devices())
    tables.fill("presence", ("device", *PRESENCE_SHAPE.names), population.presence())
    tables.fill("tags", ("device", "tag"), population.tags())
    tables.fill("in_categories", ("category", "device"), population.in_categories())
    tables.fill("facts", ("device", "name", "value"), population.facts())
    tables.fill("models", ("manufacturer", "product_class", "category"), population.kinds())
    tables.fill("manners", ("number", *MANNER_SHAPE.names), [(1, *MANNER_SHAPE.values(_PLAIN))])
    columns = (*SESSION_SHAPE.names, "manner", *MANNER_SHAPE.names)
    tables.fill("sessions", ("settled", "device", *columns), population.sessions())
    documents = (
        (key, vault.close_document(population.document(number), "parameters", key), population.begin)
        for number, key in enumerate(population.keys)
    )
    tables.fill("parameters", ("device", "document", "updated"), documents)
    if wanted:
        _fill_configurations(tables, vault, population)
    _fill_histories(tables, vault, population)
    tables.finish()


def _fill_configurations(tables: Tables, vault: Vault, population: Population) -> None:
    """What is wanted of the devices, of which nobody reads more than the level."""
    rows = [
        (number, scope, name, LEVEL, vault.close_document({}, "configuration", number), "anna")
        for number, (scope, name) in enumerate(CONFIGURATIONS, first_of(population.begin))
    ]
    tables.fill("configurations", ("id", "scope", "name", "level", "document", "changed_by"), rows)


def _fill_histories(tables: Tables, vault: Vault, population: Population) -> None:
    """What each device has had several of."""
    tables.fill(
        "changes",
        ("id", "device", "time", "name", "entry"),
        (
            (number, device, when, "Device.Name", vault.close_document(("a", "b"), "change", number))
            for number, device, when in population.numbered()
        ),
    )
    tables.fill(
        "readings",
        ("id", "device", "time", "name", "entry"),
        (
            (number, device, when, "Device.Rate", vault.close_document("17", "reading", number))
            for number, device, when in population.numbered()
        ),
    )
    wake = WAKE_SHAPE.values(Wake(0, "", 0.0, 0.2, "http", WakeOutcome.INFORMED))
    at, time_at = WAKE_SHAPE.names.index("id"), WAKE_SHAPE.names.index("time")
    rows = []
    for number, device, when in population.numbered():
        row = wake.copy()
        row[at], row[time_at] = number, when
        rows.append((device, *row))
    tables.fill("wakes", ("device", *WAKE_SHAPE.names), rows)
