"""CPU of our process per whole first session, as a ratio to a bare twisted.web site.

That site answers as many POSTs, of the same bytes, with constants.

``python -m benchmarks.first_contact [ROUNDS [SESSIONS]] [--store postgresql]``.  In such a session a device
that nobody has seen says ``0 BOOTSTRAP``, and is asked for all its names, values and attributes: 318
parameters.  All of it is recorded, read, and kept; each device is another one.  Servers take turns as in
`benchmarks.session`.
"""

from __future__ import annotations

import argparse
import random
import re
import socket
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock

from acs.cwmp import messages as m
from acs.cwmp.envelope import Envelope, Header, write_envelope
from acs.simulate.answers import answer as answer_of
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.identity import Identity
from acs.simulate.model import Entry
from acs.simulate.sources import load
from benchmarks.load import answer, cookie_of, post
from benchmarks.processes import STORES, Server, appliance, bare_site, database

PARAMETERS = 318
AT_ONCE = 16
_SERIAL = "SERIAL0000"
_ID = "IDENTIFIER"
_ASKED = re.compile(rb"<cwmp:(Get\w+?)[ />]")
_HEADER = re.compile(rb"<cwmp:ID[^>]*>([^<]*)<")
_EXTRA = "InternetGatewayDevice.X_BENCH_Measurement.LineStatistics.Current.Value{:03}"


@dataclass(frozen=True, slots=True)
class Script:
    """The bodies of a first session, with marks where the serial number and the ID of a message stand."""

    inform: bytes
    answers: dict[bytes, bytes]

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
    return Script(
        _written(cpe.inform()),
        {m.name_of(request).encode(): _written(answer_of(cpe, request)) for request in asked},
    )


def _written(message: m.Message) -> bytes:
    return write_envelope(Envelope(message, header=Header(_ID)))


def hold(port: int, steps: Script, serial: str) -> int:
    """One whole first session; how many messages the device posted."""
    body, cookie, buffer, posted = _filled(steps.inform, serial, b"1"), b"", b"", 0
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            connection.sendall(post(body, cookie))
            posted += 1
            while (whole := answer(buffer)) is None:
                received = connection.recv(65536)
                if not received:
                    raise ConnectionError("closed in a first session")
                buffer += received
            head, content, used = whole
            buffer, cookie = buffer[used:], cookie_of(head) or cookie
            if not content:
                return posted
            body = _reply(steps, content, serial)


def _reply(steps: Script, content: bytes, serial: str) -> bytes:
    asked = _ASKED.search(content)
    if asked is None:
        return b""
    number = _HEADER.search(content)
    assert number is not None
    return _filled(steps.answers[asked[1]], serial, number[1])


def _filled(body: bytes, serial: str, number: bytes) -> bytes:
    return body.replace(_SERIAL.encode(), serial.encode()).replace(_ID.encode(), number)


def recite(port: int, steps: Script, serial: str) -> int:
    """The same bodies to a site that does not listen."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for body in steps.bodies:
            connection.sendall(post(_filled(body, serial, b"1")))
            buffer = b""
            while answer(buffer) is None:
                buffer += connection.recv(65536)
    return len(steps.bodies)


def turn(server: Server, how: Any, steps: Script, serials: list[str]) -> tuple[float, int]:
    """Seconds of CPU per session, and messages per session."""
    before = server.cpu()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        posted = sum(pool.map(lambda serial: how(server.port, steps, serial), serials))
    time.sleep(0.3)
    return (server.cpu() - before) / len(serials), posted // len(serials)


def main() -> None:
    """Read the arguments, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_contact")
    parser.add_argument("rounds", nargs="?", type=int, default=7)
    parser.add_argument("sessions", nargs="?", type=int, default=200)
    parser.add_argument("--store", choices=STORES, default="sqlite")
    arguments = parser.parse_args()
    steps = script()
    sizes = ", ".join(f"{name.decode()[12:]} {len(body)}" for name, body in steps.answers.items())
    print(f"{PARAMETERS} parameters; bytes: Inform {len(steps.inform)}, {sizes}")
    ratios, beside = [], []
    with (
        tempfile.TemporaryDirectory() as name,
        database(arguments.store) as server,
        bare_site() as bare,
        appliance(Path(name), server.url() if server else "") as ours,
    ):
        print(f"{'round':>5} {'bare us':>8} {'acs us':>8} {'ratio':>6} messages")
        for number in range(arguments.rounds + 1):
            serials = [f"F{number:03d}{count:06d}" for count in range(arguments.sessions)]
            baseline, _ = turn(bare, recite, steps, serials)
            theirs = server.cpu() if server else 0.0
            used, posted = turn(ours, hold, steps, serials)
            if number == 0:
                continue  # warm-up
            ratios.append(used / baseline)
            print(f"{number:>5} {baseline * 1e6:>8.0f} {used * 1e6:>8.0f} {ratios[-1]:>6.2f} {posted}")
            if server:
                beside.append((server.cpu() - theirs) / arguments.sessions / baseline)
    print(f"median ratio {statistics.median(ratios):.2f}")
    if beside:
        print(f"median ratio of the PostgreSQL server beside it {statistics.median(beside):.2f}")


if __name__ == "__main__":
    main()
