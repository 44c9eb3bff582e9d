"""Checks that ``kill -9`` neither loses what was accepted nor has anything done twice.

``python -m benchmarks.durability [ROUNDS] [--store postgresql] [--kill database] [--seed N]``.  A few devices
call without a pause while jobs are queued for them through the API: SetParameterValues, which may be
repeated; AddObject, Reboot and Download, which may not.  Again and again the appliance is killed, at a random
moment, also of its start, and started again on what it left; with ``--kill database`` the PostgreSQL server
is, and the appliance has to live through it.  What the devices saw and what the API says must agree, after
each round for what was said in it and at the end for all:

- a job that was accepted is there, and in the end done or, where nobody can know, marked as uncertain;
- an RPC that must not be repeated came once at most;
- a job whose answer the ACS went on from is done;
- a transfer whose TransferComplete was acknowledged is done.

Prints what it counted; exits with 1 and the reasons where one of these was broken.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from acs.ctl.api import Api
from acs.ctl.errors import CommandFailed
from acs.cwmp.rpcs import BY_NAME
from benchmarks.processes import (
    STORES,
    Postgres,
    api_of,
    database,
    kill,
    launch_appliance,
    start_appliance,
)
from benchmarks.witness import Diary, WitnessCpe
from tests.support.router import CODE, ROOT

DEVICES = 6
AT_ONCE = 30
"""How many jobs may wait."""
UPTIME = 0.8
"""Seconds after which it is killed at the latest."""
START = 0.5
STILLBORN = 0.1
"""How many of the starts are killed too."""
DRAIN = 90.0
"""Seconds in which all has to come to its end when the killing is over."""
PATIENCE_AT_END = 30.0
"""Seconds that each device then has to end its session."""
UNANSWERED = "no answer in 3 sessions"

Job = dict[str, Any]


class Victim:
    """An appliance on a folder, and what is killed of it.  Subclasses say how."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.server = start_appliance(folder, url, log=folder / "log")

    @property
    def port(self) -> int:
        """Where devices call."""
        return self.server.port

    def api(self) -> Api:
        """The API as it now is; each start makes a token of its own."""
        return api_of(self.server, self.folder)

    def kill(self, chance: random.Random) -> None:
        """Kill it, and have it back."""
        raise NotImplementedError

    def stop(self) -> None:
        """As an operator would."""
        self.server.stop()


class ApplianceVictim(Victim):
    """The appliance is killed."""

    def kill(self, chance: random.Random) -> None:
        """At once; now and then its next start too."""
        kill(self.server.process)
        while chance.random() < STILLBORN:
            process = launch_appliance(self.folder, self.url, log=self.folder / "log")
            time.sleep(chance.uniform(0.0, START))
            kill(process)
        self.server = start_appliance(self.folder, self.url, log=self.folder / "log")


class DatabaseVictim(Victim):
    """The database server is killed under the appliance."""

    def __init__(self, folder: Path, database: Postgres) -> None:
        super().__init__(folder, database.url())
        self._database = database

    def kill(self, chance: random.Random) -> None:
        """By its own emergency stop, or all its processes at once; it is back when the appliance says so."""
        if chance.random() < 0.5:
            self._database.cluster.stop("immediate")
        else:
            self._database.kill()
        time.sleep(chance.uniform(0.0, START))
        self._database.cluster.start()
        until = time.monotonic() + DRAIN
        while time.monotonic() < until:
            try:
                self.api().get("jobs", query={"limit": 1})
                return
            except CommandFailed:
                time.sleep(0.05)
        raise SystemExit("the appliance does not find its database again")


@dataclass
class Accepted:
    """The jobs that the API said it had accepted, by id: their key, and their RPC."""

    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    unknown: int = 0
    made: int = 0


class Giver(threading.Thread):
    """Queues jobs for all devices as fast as they are carried out."""

    def __init__(self, victim: Victim, devices: list[WitnessCpe], diary: Diary, seed: int) -> None:
        super().__init__(name="giver", daemon=True)
        self.accepted = Accepted()
        self.over = threading.Event()
        self._victim = victim
        self._devices = devices
        self._diary = diary
        self._chance = random.Random(seed)

    def run(self) -> None:
        """Give until `over` is set."""
        while not self.over.is_set():
            if self._waiting() > AT_ONCE:
                time.sleep(0.01)
                continue
            try:
                self._give()
            except (CommandFailed, OSError):
                self.accepted.unknown += 1
                time.sleep(0.02)

    def _waiting(self) -> int:
        latest = list(self.accepted.keys.values())[-10 * AT_ONCE :]
        return sum(key not in self._diary.received for key, _ in latest)

    def _give(self) -> None:
        self.accepted.made += 1
        key = f"k{self.accepted.made:06d}"
        rpc, arguments = self._order(key)
        body = {"rpc": rpc, "arguments": arguments, "urgent": self._chance.random() < 0.2}
        device = self._chance.choice(self._devices).identity.key
        job = self._victim.api().post("devices", device, "jobs", body=body)
        self.accepted.keys[job["id"]] = key, rpc

    def _order(self, key: str) -> tuple[str, Job]:
        rpc = self._chance.choice(["SetParameterValues", "AddObject", "Reboot", "Download", "Download"])
        if rpc == "SetParameterValues":
            return rpc, {"ParameterList": [{"Name": CODE, "Value": key}], "ParameterKey": key}
        if rpc == "AddObject":
            return rpc, {"ObjectName": ROOT + "LANDevice.", "ParameterKey": key}
        if rpc == "Reboot":
            return rpc, {"CommandKey": key}
        image = {"FileType": "1 Firmware Upgrade Image", "URL": "http://192.0.2.1/firmware"}
        return rpc, {"CommandKey": key, **image}


def verdicts(diary: Diary, accepted: Accepted, jobs: dict[str, Job], final: bool) -> Iterator[str]:
    """What is wrong with these jobs, of those that were accepted; all that there are if it is ``final``."""
    for number, (key, rpc) in tuple(accepted.keys.items()):
        job = jobs.get(number)
        if job is None:
            if final:
                yield f"{rpc} {key}: accepted, and is not there"
            continue
        yield from (f"{rpc} {key}: {reason}: {_shown(job)}" for reason in _verdict(diary, key, job, final))
    for key, times in tuple(diary.received.items()):
        if times > 1 and final and not _may_be_repeated(key, accepted):
            yield f"{key} came {times} times"
    yield from diary.strange


def _may_be_repeated(key: str, accepted: Accepted) -> bool:
    return BY_NAME[dict(accepted.keys.values()).get(key, "Reboot")].idempotent


def _verdict(diary: Diary, key: str, job: Job, final: bool) -> Iterator[str]:
    done, declared = job["state"] == "done", BY_NAME[job["rpc"]]
    if key in diary.settled and not declared.transfer and not done:
        yield "the ACS went on from its answer, and it is not done"
    if key in diary.acknowledged and not done:
        yield "its TransferComplete was acknowledged, and it is not done"
    if done and not diary.received[key]:
        yield "it is done, and never came"
    if job["uncertain"] and declared.idempotent:
        yield "it may be repeated, and is uncertain"
    if final and not done and not job["uncertain"] and not _given_up(job):
        yield "it has not come to its end"


def _given_up(job: Job) -> bool:
    fault = job["fault"] or {}
    return job["state"] == "failed" and fault.get("FaultString") == UNANSWERED


def _shown(job: Job) -> Job:
    return {name: job[name] for name in ("id", "state", "uncertain", "attempts", "session", "fault")}


def newest(api: Api, limit: int | None) -> dict[str, Job]:
    """So many jobs by id, the newest of all."""
    return {job["id"]: job for job in api.items("jobs", limit=limit)}


class Trial:
    """A run: the devices, who gives them work, and who kills."""

    def __init__(self, victim: Victim, seed: int) -> None:
        self.victim = victim
        self.diary = Diary()
        self.devices = [WitnessCpe(number, lambda: victim.port, self.diary) for number in range(DEVICES)]
        self.giver = Giver(victim, self.devices, self.diary, seed)
        self.jobs: dict[str, Job] = {}
        self._chance = random.Random(seed)

    def begin(self) -> None:
        """All devices make themselves known, and the first jobs come."""
        for device in self.devices:
            device.start()
        until = time.monotonic() + DRAIN
        while self.diary.sessions < DEVICES * 3 and time.monotonic() < until:
            time.sleep(0.05)
        self.giver.start()

    def round(self) -> list[str]:
        """Kill once; what is wrong then with what was said last."""
        time.sleep(self._chance.uniform(0.0, UPTIME))
        self.victim.kill(self._chance)
        # Before the list is read: what is said while it is read may not be in it yet.
        with self.diary.lock:
            diary = Diary(Counter(self.diary.received), set(self.diary.settled), set(self.diary.acknowledged))
        accepted = Accepted(dict(self.giver.accepted.keys))
        latest = Accepted(dict(list(accepted.keys.items())[-500:]))
        found = newest(self.victim.api(), 1000)
        missing = [number for number in latest.keys if number not in found]
        lost = [f"{latest.keys[number]}: accepted, and is not there" for number in missing]
        # A job may come to its device between the diary's page and the list.
        fair = {number: job for number, job in found.items() if _known(diary, latest, number)}
        return lost + list(verdicts(diary, latest, fair, final=False))

    def drain(self) -> None:
        """No more jobs; wait until those that there are have come to their end, and end."""
        self.giver.over.set()
        self.giver.join(PATIENCE_AT_END)
        until = time.monotonic() + DRAIN
        while time.monotonic() < until:
            self.jobs = newest(self.victim.api(), None)
            waiting = [self.jobs[number] for number in self.giver.accepted.keys if number in self.jobs]
            under_way = [job for job in waiting if _open(job)]
            if not under_way and not any(device.transfers for device in self.devices):
                break
            time.sleep(0.5)
        for device in self.devices:
            device.over.set()
        for device in self.devices:
            device.join(PATIENCE_AT_END)
        self.jobs = newest(self.victim.api(), None)

    def table(self, kills: int) -> str:
        """What was counted."""
        lines = [
            f"{kills:7} kills",
            f"{self.diary.sessions:7} sessions to their end, {self.diary.lost} broken off,"
            f" {self.diary.refused} refused",
            f"{len(self.giver.accepted.keys):7} jobs accepted, {self.giver.accepted.unknown} requests without"
            " an answer",
            f"{'':20} {'accepted':>9} {'done':>6} {'uncertain':>9} {'given up':>8} {'repeated':>8}",
        ]
        for rpc in ("SetParameterValues", "AddObject", "Reboot", "Download"):
            lines.append(self._line(rpc))
        lines.append(f"{len(self.diary.acknowledged):7} transfers acknowledged")
        return "\n".join(lines)

    def _line(self, rpc: str) -> str:
        mine = {number: key for number, (key, name) in self.giver.accepted.keys.items() if name == rpc}
        jobs = [self.jobs[number] for number in mine if number in self.jobs]
        counts = (
            len(mine),
            sum(job["state"] == "done" for job in jobs),
            sum(job["uncertain"] for job in jobs),
            sum(map(_given_up, jobs)),
            sum(self.diary.received[key] > 1 for key in mine.values()),
        )
        return "  {:18} {:>9} {:>6} {:>9} {:>8} {:>8}".format(rpc, *counts)


def _open(job: Job) -> bool:
    return job["state"] in ("queued", "sent") and not job["uncertain"]


def _known(diary: Diary, accepted: Accepted, number: str) -> bool:
    key, _ = accepted.keys.get(number, ("", ""))
    return key in diary.received


def main() -> int:
    """Read the arguments, kill, judge; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.durability")
    parser.add_argument("rounds", nargs="?", type=int, default=200)
    parser.add_argument("--store", choices=STORES, default="sqlite")
    parser.add_argument("--kill", choices=("appliance", "database"), default="appliance")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    store = "postgresql" if arguments.kill == "database" else arguments.store
    with tempfile.TemporaryDirectory() as name, database(store) as server:
        victim: Victim
        if arguments.kill == "database":
            assert server is not None
            victim = DatabaseVictim(Path(name), server)
        else:
            victim = ApplianceVictim(Path(name), server.url() if server else "")
        try:
            return run(Trial(victim, arguments.seed), arguments.rounds)
        finally:
            victim.stop()


def run(trial: Trial, rounds: int) -> int:
    """Kill so many times; print what came of it."""
    trial.begin()
    wrong: list[str] = []
    kills = 0
    while kills < rounds and not wrong:
        wrong = trial.round()
        kills += 1
        if kills % 20 == 0:
            print(f"{kills} kills, {len(trial.giver.accepted.keys)} jobs accepted", flush=True)
    trial.drain()
    wrong += verdicts(trial.diary, trial.giver.accepted, trial.jobs, final=True)
    print(trial.table(kills))
    for reason in dict.fromkeys(wrong):
        print(f"WRONG: {reason}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
