"""Bytes on the disk per session, as a ratio to bodies as rows of text: periodic sessions, then full ones.

``python -m benchmarks.stored_bytes [--sessions 2000] [--full 200] [--devices 500]``.  Both are SQLite's, with
the indexes that lists need, after the log is copied back; segments are counted.  What counts is by how much
all files grow from half of the sessions to all of them, so that what is there once is not counted.  Both keep
the same conversations: the request's head, the body, both directions.  In between ours learns from what it
has, as an appliance does in its first hours.  The baseline is that of `benchmarks.store`.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from twisted.internet import task
from twisted.internet.defer import ensureDeferred

from acs.cwmp import messages as m
from acs.cwmp.envelope import Envelope, Header, write_envelope
from acs.store.building import embedded_store
from acs.store.dialect import HEARD_SECONDS
from acs.store.records import Exchange, Session
from benchmarks.first_contact import Script, filled, script
from benchmarks.results import Result, tell
from benchmarks.store import GROUP, Conventional, Fleet, fill, settle
from tests.store.contract.base import ShiftedClock

Kept = tuple[Session, list[Exchange]]
Make = Callable[[int], Kept]
_HEAD = (
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench/1\r\nContent-Type: text/xml\r\nSOAPAction: \r\n"
    b"Cookie: acs_session_id=%032x\r\nContent-Length: %d\r\n"
)


@dataclass(frozen=True, slots=True)
class Full:
    """Makes full sessions out of periodic ones: each device's traffic counters are others each time."""

    fleet: Fleet
    steps: Script

    def session(self, number: int) -> Kept:
        """One of some device, now."""
        session, conversation = self.fleet.session(number)
        steps, serial = self.steps.later(number % 1_000_003), session.device or ""
        questions = (
            m.GetParameterNames("InternetGatewayDevice.", False),
            m.GetParameterValues(("InternetGatewayDevice.",)),
            m.GetParameterAttributes(("InternetGatewayDevice.",)),
        )
        now, said = session.started, conversation[:3]
        for question in questions:
            rpc, id_ = m.name_of(question), str(number % 1_000_000 + len(said))
            asked = write_envelope(Envelope(question, header=Header(id_)))
            told = filled(steps.answers[rpc.encode()], serial, id_.encode())
            head = _HEAD % (number, len(told))
            count = len(said) + 1
            said.append(Exchange(count, "out", now, rpc, b"", asked, 200, None))
            said.append(Exchange(count + 1, "in", now, f"{rpc}Response", head, told, 0, count))
        said.append(replace(conversation[3], number=len(said) + 1))
        whole = sum(len(each.body) for each in said if each.direction == "in")
        return replace(session, requests=5, responses=5, bytes_in=whole, last_rpc=said[-2].rpc), said


async def ours(reactor: Any, folder: Path, fleet: Fleet, make: Make, sessions: int) -> int:
    """The bytes that our store has grown by."""
    sizes = []
    clock = ShiftedClock()
    for first in (True, False):
        store = embedded_store(reactor, clock, folder, residents=len(fleet.devices))
        await store.open()
        if first:
            await fill(store, fleet, 0)
        else:
            # An Inform has its device in memory before its session is kept.
            for device in fleet.devices:
                await store.device(device.id)
        made = (make(store.new_id()) for _ in range(sessions // 2))
        while group := list(islice(made, GROUP)):
            for session, conversation in group:
                store.save_session(session, conversation)
            await store.committed()
        await settle(store)
        if first:
            # What is learnt is used when other nodes have it, and that is when it is opened anew.
            await store.learn_dialect()
            clock.offset = HEARD_SECONDS
        await store.close()
        sizes.append(size_of(folder))
    return sizes[1] - sizes[0]


def rows(folder: Path, fleet: Fleet, make: Make, sessions: int) -> int:
    """The bytes that the baseline has grown by."""
    folder.mkdir()
    conventional = Conventional(folder / "conventional.sqlite", fleet)
    sizes = []
    for half in range(2):
        for number in range(sessions // 2):
            conventional.save(*make(1 + half * sessions + number))
        conventional.checkpoint()
        sizes.append(size_of(folder))
    conventional.close()
    return sizes[1] - sizes[0]


def size_of(folder: Path) -> int:
    """Bytes of all that is in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


async def measure(reactor: Any, arguments: argparse.Namespace) -> None:
    """Both kinds of session, each with both."""
    fleet = Fleet(arguments.devices)
    full = Full(fleet, script())
    kinds: Sequence[tuple[str, float, Make, int]] = (
        ("periodic", 0.10, fleet.session, arguments.sessions),
        ("full", 0.03, full.session, arguments.full),
    )
    for name, goal, make, sessions in kinds:
        with tempfile.TemporaryDirectory() as folder:
            grown = await ours(reactor, Path(folder) / "store", fleet, make, sessions)
            text = rows(Path(folder) / "rows", fleet, make, sessions)
        half = sessions // 2
        print(f"{name}: {grown / half:.0f} bytes a session, as rows of text {text / half:.0f}")
        tell(Result(f"bytes stored per {name} session", "bodies as text rows", goal, [grown / text]))


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stored_bytes")
    parser.add_argument("--sessions", type=int, default=2000, help="periodic ones")
    parser.add_argument("--full", type=int, default=200, help="full ones")
    parser.add_argument("--devices", type=int, default=500)
    arguments = parser.parse_args()
    task.react(lambda reactor: ensureDeferred(measure(reactor, arguments)))


if __name__ == "__main__":
    main()
