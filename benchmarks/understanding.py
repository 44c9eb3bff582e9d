"""What it costs to understand a message, as a ratio to the fastest way that lxml knows.

That way parses the message and takes its values.

Ours is `read_envelope`, with all its checks, of a message whose markup was seen before and whose values are
new.  lxml's is the same safe parser, then all fields of an Inform, or of the other answers ``zip`` over the
elements of the columns; nothing is checked, no object made.  Both are measured in turns within one run.

    python -m benchmarks.understanding [--rounds 15] [--parameters 318]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from random import Random
from statistics import median
from typing import Any

from msgspec.structs import replace

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.document import parse
from acs.cwmp.envelope import Envelope, Header, read_envelope, write_envelope
from benchmarks.load import inform
from benchmarks.results import Result, tell

_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
VARIANTS = 20
"""Messages of each kind, of the same markup and with other values."""


class Device:
    """Answers about so many parameters, never twice the same."""

    def __init__(self, parameters: int) -> None:
        self._random = Random(1)
        self._names = [
            f"InternetGatewayDevice.LANDevice.1.Hosts.Host.{n}.Value{n}" for n in range(parameters)
        ]

    def inform(self) -> m.Message:
        """A periodic Inform of some device, in which all is new that differs among devices and in time."""
        some = self._random.randrange
        new = {
            "ConnectionRequestURL": f"http://192.0.2.{some(256)}:30005/{self._random.getrandbits(32):08x}",
            "ParameterKey": f"2026-11-23T19:{some(10, 60)}:00.123456Z",
            "ExternalIPAddress": f"192.0.2.{some(256)}",
        }
        message = inform(f"S{some(10**6):06}", "2 PERIODIC")
        values = tuple(
            replace(value, Value=new.get(value.Name.rpartition(".")[2], value.Value))
            for value in message.ParameterList
        )
        return replace(message, CurrentTime=f"2026-11-25T12:{some(10, 60)}:00Z", ParameterList=values)

    def names(self) -> m.Message:
        """Which parameters there are."""
        bit = self._random.getrandbits
        return m.GetParameterNamesResponse(
            tuple(v.ParameterInfoStruct(name, bool(bit(1))) for name in self._names)
        )

    def values(self) -> m.Message:
        """What they hold."""
        bits = self._random.getrandbits
        return m.GetParameterValuesResponse(
            tuple(v.ParameterValueStruct(name, f"value-{bits(40)}", "xsd:string") for name in self._names)
        )

    def attributes(self) -> m.Message:
        """Who is told when they change."""
        some = self._random.randrange
        return m.GetParameterAttributesResponse(
            tuple(v.ParameterAttributeStruct(name, some(3), ("Subscriber",)) for name in self._names)
        )


def walk(*columns: str) -> Callable[[bytes], Any]:
    """Parse a body, and take the texts of the elements of these names."""

    def read(body: bytes) -> Any:
        root, _ = parse(body)
        found: list[Iterator[Any]] = [root.iter(column) for column in columns]
        return [tuple(element.text for element in row) for row in zip(*found, strict=False)]

    return read


def take_inform(body: bytes) -> Any:
    """Parse an Inform, and take all of its fields, each level in one pass: quicker than ``find`` for each."""
    root, _ = parse(body)
    (number,), (said,) = root
    fields = {child.tag: child for child in said}
    parameters = fields["ParameterList"]
    return (
        number.text,
        {field.tag: field.text for field in fields["DeviceId"]},
        [{part.tag: part.text for part in event} for event in fields["Event"]],
        (fields["MaxEnvelopes"].text, fields["CurrentTime"].text, fields["RetryCount"].text),
        [
            (name.text, value.text, value.get(_TYPE))
            for name, value in zip(parameters.iter("Name"), parameters.iter("Value"), strict=True)
        ],
    )


def cost(work: Callable[[bytes], Any], bodies: Sequence[bytes]) -> float:
    """Microseconds of CPU that one body takes."""
    began = time.thread_time()
    for body in bodies:
        work(body)
    return (time.thread_time() - began) / len(bodies) * 1e6


def measure(
    kind: str, make: Callable[[], m.Message], lxmls: Callable[[bytes], Any], rounds: int
) -> list[float]:
    """Compare the two for one kind of message, and print; the ratios of the rounds."""
    bodies = [write_envelope(Envelope(make(), header=Header(str(1000 + n)))) for n in range(VARIANTS)]
    bodies *= 1 + 100_000 // sum(map(len, bodies))
    works = (lxmls, read_envelope)
    for work in works:
        cost(work, bodies)
    costs = [[cost(work, bodies) for work in works] for _ in range(rounds)]
    lxml, ours = (median(column) for column in zip(*costs, strict=True))
    ratios = [ours / lxml for lxml, ours in costs]
    print(f"{kind:32} {len(bodies[0]):6} bytes {lxml:8.1f} {ours:8.1f} {median(ratios):7.3f}")
    return ratios


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--parameters", type=int, default=318)
    arguments = parser.parse_args()
    device = Device(arguments.parameters)
    print(f"{'microseconds of CPU':45} {'lxml':>8} {'ours':>8} {'ratio':>7}")
    for kind, make, columns in (
        ("GetParameterNamesResponse", device.names, ("Name", "Writable")),
        ("GetParameterValuesResponse", device.values, ("Name", "Value")),
        ("GetParameterAttributesResponse", device.attributes, ("Name", "Notification", "string")),
    ):
        measure(kind, make, walk(*columns), arguments.rounds)
    ratios = measure("Inform", device.inform, take_inform, arguments.rounds)
    tell(Result("understanding an Inform, all fields", "lxml, its fastest walk", 0.2, ratios))


if __name__ == "__main__":
    main()
