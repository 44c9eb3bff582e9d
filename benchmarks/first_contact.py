"""CPU of our process per whole first session, as a ratio to a bare twisted.web site.

That site answers as many POSTs, of the same bytes, with constants.

``python -m benchmarks.first_contact [--rounds 7] [--sessions 200] [--store postgresql]``.  In such a session
a device that nobody has seen says ``0 BOOTSTRAP``, and is asked for all its names, values and attributes: 318
parameters.  All of it is recorded, read, and kept; each device is another one.  Servers take turns as in
`benchmarks.session`.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path
from statistics import median
from typing import Any

from twisted.internet.task import Clock

from acs.cwmp import messages as m
from acs.cwmp.envelope import Envelope, Header, write_envelope
from acs.simulate.answers import answer as answer_of
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.identity import Identity
from acs.simulate.model import Entry
from acs.simulate.sources import load
from benchmarks.load import cookie_of, post
from benchmarks.loop import Loop, Talk
from benchmarks.processes import STORES, Server, appliance, bare_site, database
from benchmarks.turns import cpu_per, in_turns, print_rounds

PARAMETERS = 318
AT_ONCE = 16
_SERIAL = "SERIAL0000"
_ID = "IDENTIFIER"
_ASKED = re.compile(rb"<cwmp:([GS]et\w+?)[ />]")
_HEADER = re.compile(rb"<cwmp:ID[^>]*>([^<]*)<")
_EVENTS = re.compile(rb"<Event .*?</Event>")
_PERIODIC = (
    b'<Event SOAP-ENC:arrayType="cwmp:EventStruct[1]"><EventStruct>'
    b"<EventCode>2 PERIODIC</EventCode><CommandKey></CommandKey></EventStruct></Event>"
)
_COUNTER = re.compile(rb"((?:Bytes|Packets)(?:Sent|Received)</Name><Value [^>]*>)(\d+)")
_EXTRA = "InternetGatewayDevice.X_BENCH_Measurement.LineStatistics.Current.Value{:03}"


@dataclass(frozen=True, slots=True)
class Script:
    """The bodies of a session, with marks where the serial number and the ID of a message stand."""

    inform: bytes
    answers: dict[bytes, bytes]

    @property
    def sizes(self) -> str:
        """How long the Inform and the answers are."""
        answers = (f"{name.decode()} {len(body)}" for name, body in self.answers.items())
        return ", ".join((f"Inform {len(self.inform)}", *answers))

    def reply(self, content: bytes, serial: str) -> bytes:
        """What the device says to what the ACS has said; nothing where it has asked nothing."""
        asked = _ASKED.search(content)
        if asked is None:
            return b""
        number = _HEADER.search(content)
        assert number is not None
        return filled(self.answers[asked[1]], serial, number[1])

    def later(self, change: int = 0) -> Script:
        """A session that the clock has begun, with all traffic counters up by so much."""

        def raised(found: re.Match[bytes]) -> bytes:
            return found[1] + str(int(found[2]) + change).encode()

        answers = {kind: _COUNTER.sub(raised, body) for kind, body in self.answers.items()}
        return Script(_EVENTS.sub(_PERIODIC, self.inform), answers)

    @property
    def bodies(self) -> list[bytes]:
        """All that the device posts."""
        return [self.inform, b"", *self.answers.values()]


def script() -> Script:
    """That of the simulator's router, with so many parameters more that they are 318."""
    model = load("tr098-router")
    missing = PARAMETERS - sum(not path.endswith(".") for path in model.parameters)
    more = {_EXTRA.format(number): Entry(f"value {number}") for number in range(missing)}
    parts = _EXTRA.split(".")[1:-1]
    objects = [".".join(_EXTRA.split(".")[: count + 2]) + "." for count in range(len(parts))]
    entries = {**model.parameters, **{path: Entry(type="object") for path in objects}, **more}
    clock: Any = Clock()
    who = Identity(model.oui, _SERIAL)
    cpe = SimulatedCPE(replace(model, parameters=entries), who, clock, random.Random(1))
    root = model.root
    asked = (
        m.GetParameterNames(root, False),
        m.GetParameterValues((root,)),
        m.GetParameterAttributes((root,)),
    )
    answers = {m.name_of(request).encode(): _written(answer_of(cpe, request)) for request in asked}
    return Script(_written(cpe.inform()), answers | {b"SetParameterValues": APPLIED})


def _written(message: m.Message) -> bytes:
    return write_envelope(Envelope(message, header=Header(_ID)))


APPLIED = _written(m.SetParameterValuesResponse(0))


def talk(steps: Script, serial: str) -> Talk:
    """A session in which whatever is asked is answered."""
    head, content = yield post(filled(steps.inform, serial, b"1"))
    cookie = cookie_of(head)
    while head.startswith(b"HTTP/1.1 200"):
        head, content = yield post(steps.reply(content, serial), cookie)
    return head.startswith(b"HTTP/1.1 204")


def filled(body: bytes, serial: str, number: bytes) -> bytes:
    """A body of a script, where its marks stand."""
    return body.replace(_SERIAL.encode(), serial.encode()).replace(_ID.encode(), number)


def recital(steps: Script, serial: str) -> Talk:
    """The same bodies to a site that does not listen."""
    for body in steps.bodies:
        yield post(filled(body, serial, b"1"))
    return True


def turn(server: Server, how: Callable[[Script, str], Talk], steps: Script, serials: Sequence[str]) -> float:
    """Microseconds of CPU per session."""

    def work() -> None:
        loop = Loop(server.port, lambda number: (number, how(steps, serials[number])), len(serials))
        if errors := loop.run(AT_ONCE).errors:
            raise SystemExit(f"{errors} of {len(serials)} sessions failed")

    return cpu_per(server, len(serials), work)


def main() -> None:
    """Read the arguments, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_contact")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--store", choices=STORES, default="sqlite")
    arguments = parser.parse_args()
    steps, beside = script(), []
    print(f"{PARAMETERS} parameters; bytes: {steps.sizes}")
    numbers = (f"F{number:07d}" for number in count())
    with (
        tempfile.TemporaryDirectory() as name,
        database(arguments.store) as server,
        bare_site() as bare,
        appliance(Path(name), server.url() if server else "") as ours,
    ):

        def first_contacts() -> float:
            before = server.cpu() if server else 0.0
            used = turn(ours, talk, steps, list(islice(numbers, arguments.sessions)))
            beside.append(((server.cpu() if server else 0.0) - before) / arguments.sessions * 1e6)
            return used

        recited = [f"R{number:07d}" for number in range(arguments.sessions)]
        found = in_turns(arguments.rounds, lambda: turn(bare, recital, steps, recited), first_contacts)
    print_rounds(("bare", "acs"), found)
    print(f"median ratio {median(acs / site for site, acs in found):.2f}")
    if server:
        theirs = median(used / site for used, (site, _) in zip(beside[1:], found, strict=True))
        print(f"median ratio of the PostgreSQL server beside it {theirs:.2f}")


if __name__ == "__main__":
    main()
