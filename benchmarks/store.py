"""What it costs to keep a steady session: CPU of the whole process, as a ratio to the conventional way.

A steady session is one row and a conversation of four messages, 3 kB.  The store takes them in groups of 64;
the conventional way is a transaction for each, with a row per message that holds its text.  Both keep them in
SQLite with every commit synced, in turns within one run.

    python -m benchmarks.store [--rounds 6] [--devices 2000] [--history 0]
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from twisted.internet import task
from twisted.internet.defer import ensureDeferred, gatherResults

from acs.store.archive import write_conversation
from acs.store.building import embedded_store
from acs.store.records import Device, Exchange, Session, SessionResult
from acs.store.store import DurableStore

GROUP = 64
GROUPS = 120  # fewer sessions than the store settles at once by itself
CONVENTIONAL = 256
_HEAD = b"POST / HTTP/1.1\r\nHost: acs.isp.example:7547\r\nContent-Type: text/xml\r\nSOAPAction:\r\n"
_VALUE = (
    "<ParameterValueStruct><Name>InternetGatewayDevice.{name}</Name>"
    '<Value xsi:type="xsd:string">{value}</Value></ParameterValueStruct>'
)
_INFORM = """<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:cwmp="urn:dslforum-org:cwmp-1-0"
 xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Header>
<cwmp:ID soap:mustUnderstand="1">{id}</cwmp:ID></soap:Header><soap:Body><cwmp:Inform><DeviceId>
<Manufacturer>Acme</Manufacturer><OUI>001CA8</OUI><ProductClass>AC4920</ProductClass>
<SerialNumber>{serial}</SerialNumber></DeviceId><Event soapenc:arrayType="cwmp:EventStruct[1]"><EventStruct>
<EventCode>2 PERIODIC</EventCode><CommandKey/></EventStruct></Event><MaxEnvelopes>1</MaxEnvelopes>
<CurrentTime>{time}</CurrentTime><RetryCount>0</RetryCount><ParameterList>{values}</ParameterList></cwmp:Inform>
</soap:Body></soap:Envelope>"""
_RESPONSE = """<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:cwmp="urn:dslforum-org:cwmp-1-0">
<soap:Header><cwmp:ID soap:mustUnderstand="1">{id}</cwmp:ID></soap:Header><soap:Body><cwmp:InformResponse>
<MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse></soap:Body></soap:Envelope>"""
_NAMES = (
    "DeviceSummary",
    "DeviceInfo.HardwareVersion",
    "DeviceInfo.SoftwareVersion",
    "DeviceInfo.ProvisioningCode",
    "DeviceInfo.UpTime",
    "ManagementServer.ParameterKey",
    "ManagementServer.ConnectionRequestURL",
    "WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.ExternalIPAddress",
)


class Fleet:
    """Devices and the sessions they would have; the same for the same seed."""

    def __init__(self, size: int) -> None:
        self._random = Random(1)
        self.devices = [
            Device(f"001CA8-AC4920-S{n:07}", "Acme", "001CA8", "AC4920", f"S{n:07}") for n in range(size)
        ]
        self.addresses = [f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in range(size)]

    def session(self, number: int) -> tuple[Session, list[Exchange]]:
        """A steady session of some device, now."""
        which = self._random.randrange(len(self.devices))
        device, now = self.devices[which], time.time()
        session = Session(
            id=number,
            started=now,
            device=device.id,
            ended=now + 0.1,
            client_ip=self.addresses[which],
            client_ip_verified=True,
            verified_by="default: cidr",
            listener="main",
            events=("2 PERIODIC",),
            cwmp_version="cwmp-1-0",
            cwmp_version_source="the Inform's namespace",
            root_data_model="InternetGatewayDevice:1",
            root_data_model_source="DeviceSummary",
            device_uptime=self._random.randrange(10**6),
            result=SessionResult.SUCCESS,
            last_rpc="InformResponse",
            requests=2,
            responses=2,
            bytes_in=2400,
            bytes_out=400,
        )
        return session, self._conversation(device, now)

    def _conversation(self, device: Device, now: float) -> list[Exchange]:
        number = str(self._random.getrandbits(30))
        values = "".join(_VALUE.format(name=name, value=self._random.getrandbits(40)) for name in _NAMES)
        inform = _INFORM.format(id=number, serial=device.serial_number, time=now, values=values).encode()
        response = _RESPONSE.format(id=number).encode()
        return [
            Exchange(1, "in", now, "Inform", _HEAD, inform),
            Exchange(2, "out", now, "InformResponse", b"", response, 200, 1),
            Exchange(3, "in", now + 0.1, "", _HEAD),
            Exchange(4, "out", now + 0.1, "", b"", b"", 204, 3),
        ]


class Conventional:
    """A transaction for each session: its device's row, its own, and one for each message with the text."""

    def __init__(self, path: Path, fleet: Fleet) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        for statement in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "CREATE TABLE devices (id TEXT PRIMARY KEY, last_inform REAL, client_ip TEXT)",
            "CREATE TABLE sessions (id INTEGER PRIMARY KEY, device TEXT, started REAL, ended REAL,"
            " client_ip TEXT, events TEXT, cwmp_version TEXT, root_data_model TEXT, result TEXT,"
            " last_rpc TEXT, bytes_in INTEGER)",
            "CREATE INDEX sessions_device ON sessions (device)",
            "CREATE TABLE exchanges (session INTEGER, number INTEGER, direction TEXT, time REAL, rpc TEXT,"
            " head TEXT, body TEXT, PRIMARY KEY (session, number))",
        ):
            self._database.execute(statement)
        rows = [(device.id, 0.0, "") for device in fleet.devices]
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO devices VALUES (?, ?, ?)", rows)
        self._database.execute("COMMIT")

    def save(self, s: Session, conversation: Sequence[Exchange]) -> None:
        """Keep one session."""
        execute = self._database.execute
        execute("BEGIN")
        seen = (s.started, s.client_ip, s.device)
        execute("UPDATE devices SET last_inform = ?, client_ip = ? WHERE id = ?", seen)
        row = (
            s.id,
            s.device,
            s.started,
            s.ended,
            s.client_ip,
            s.events[0],
            s.cwmp_version,
            s.root_data_model,
        )
        end = (s.result.value, s.last_rpc, s.bytes_in)
        execute("INSERT INTO sessions VALUES (?,?,?,?,?,?,?,?,?,?,?)", (*row, *end))
        for e in conversation:
            message = (s.id, e.number, e.direction, e.time, e.rpc, e.head.decode(), e.body.decode())
            execute("INSERT INTO exchanges VALUES (?,?,?,?,?,?,?)", message)
        execute("COMMIT")

    def checkpoint(self) -> None:
        """Copy the log back."""
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def cpu_of(work: Callable[[], object], times: int, clock: Callable[[], float] = time.thread_time) -> float:
    """Microseconds of CPU that one of so many calls takes."""
    began = clock()
    for _ in range(times):
        work()
    return (clock() - began) / times * 1e6


async def keep_groups(store: DurableStore, fleet: Fleet, groups: int) -> tuple[float, float]:
    """Keep sessions in groups of 64; microseconds of CPU per session: of the process, and of the reactor's
    thread while it takes them."""
    process = reactor = 0.0
    for _ in range(groups):
        batch = [fleet.session(store.new_id()) for _ in range(GROUP)]
        process -= time.process_time()
        reactor -= time.thread_time()
        for session, conversation in batch:
            store.save_session(session, conversation)
        reactor += time.thread_time()
        await store.committed()
        process += time.process_time()
    return process / groups / GROUP * 1e6, reactor / groups / GROUP * 1e6


async def settle(store: DurableStore) -> float:
    """Microseconds of CPU of the process to settle what is new."""
    began = time.process_time()
    await store._settling.settle()
    return (time.process_time() - began) * 1e6


def parts(store: DurableStore, fleet: Fleet) -> dict[str, float]:
    """What a session's conversation takes of that, in microseconds, a group at a time."""
    sessions = [fleet.session(store.new_id()) for _ in range(GROUP)]
    plain = [write_conversation(conversation) for _, conversation in sessions]
    vault: Any = store._vault
    packed = vault._compression.pack_all(plain)
    works: dict[str, Callable[[], object]] = {
        "encode": lambda: [write_conversation(conversation) for _, conversation in sessions],
        f"compress {len(plain[0])} to {len(packed[0])} bytes": lambda: vault._compression.pack_all(plain),
        "seal": lambda: [
            vault.seal(each, "conversation", session.id)
            for each, (session, _) in zip(packed, sessions, strict=True)
        ],
    }
    return {name: cpu_of(work, 50) / GROUP for name, work in works.items()}


async def measure(reactor: Any, arguments: argparse.Namespace) -> None:
    """Run, and print."""
    fleet = Fleet(arguments.devices)
    with tempfile.TemporaryDirectory() as folder:
        store = embedded_store(reactor, reactor, Path(folder) / "store", residents=arguments.devices)
        await store.open()
        await fill(store, fleet, arguments.history)
        conventional = Conventional(Path(folder) / "conventional.sqlite", fleet)
        rounds = [await measure_round(store, conventional, fleet) for _ in range(arguments.rounds)]
        pieces = parts(store, fleet)
        conventional.close()
        await store.close()
        size = (Path(folder) / "store" / "acs.sqlite").stat().st_size
    report(rounds, pieces, size, arguments)


async def fill(store: DurableStore, fleet: Fleet, history: int) -> None:
    """Let the devices be known, and have had that many sessions."""
    for start in range(0, len(fleet.devices), 500):
        batch = fleet.devices[start : start + 500]
        await gatherResults([ensureDeferred(store.add_device(device)) for device in batch])
    await keep_groups(store, fleet, 1 + history // GROUP)
    await settle(store)


async def measure_round(store: DurableStore, conventional: Conventional, fleet: Fleet) -> tuple[float, ...]:
    """Microseconds per session: conventional; the store's process, its reactor's thread, and settling."""
    sessions = iter([fleet.session(store.new_id()) for _ in range(CONVENTIONAL)])
    rows = cpu_of(lambda: conventional.save(*next(sessions)), CONVENTIONAL, time.process_time)
    process, thread = await keep_groups(store, fleet, GROUPS)
    return rows, process, thread, await settle(store) / GROUP / GROUPS


def report(
    rounds: Sequence[tuple[float, ...]], pieces: dict[str, float], size: int, arguments: argparse.Namespace
) -> None:
    """Print what was measured."""
    rows, process, thread, settling = (median(column) for column in zip(*rounds, strict=True))
    ratio = median((store + after) / conventional for conventional, store, _, after in rounds)
    print(f"{arguments.devices} devices, {arguments.history} sessions before; CPU per session, medians:")
    print(f"  {rows:7.1f} us  a transaction per session, bodies as text rows")
    print(f"  {process + settling:7.1f} us  the store, in groups of {GROUP}: {ratio:.3f} x that; of it")
    print(f"  {thread:7.1f} us    in save_session, on the reactor's thread")
    print(f"  {process - thread:7.1f} us    in the writer's thread, with handing over and back")
    for name, cost in pieces.items():
        print(f"  {cost:7.1f} us    to {name}")
    print(f"  {settling:7.1f} us    in the writer's thread to settle them, {GROUP * GROUPS} at a time")
    total = arguments.history + len(rounds) * GROUP * GROUPS
    print(f"  {size / total:7.0f} bytes of the database per session")


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--devices", type=int, default=2000)
    parser.add_argument("--history", type=int, default=0, help="sessions in the database before measuring")
    arguments = parser.parse_args()
    task.react(lambda reactor: ensureDeferred(measure(reactor, arguments)))


if __name__ == "__main__":
    main()
