"""Diagnostics that a simulated CPE is asked for, with plausible results.

One is asked for by setting a DiagnosticsState to Requested.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from acs.cwmp.paths import parent
from acs.simulate.tree import Tree, timestamp

STATE = "DiagnosticsState"
REQUESTED = "Requested"
COMPLETE = "Complete"
NO_HOST = "Error_CannotResolveHostName"
SECONDS = 3
"""How long one takes."""

_HOSTS = ("Host", "HostName", "DownloadURL", "UploadURL")
_MOMENTS = ("TCPOpenRequestTime", "TCPOpenResponseTime", "ROMTime", "BOMTime", "EOMTime")
_SIZES = ("TestBytesReceived", "TestBytesSent", "TotalBytesReceived", "TotalBytesSent")
_FILE_SIZE = 1_048_576


def is_request(path: str, value: str) -> bool:
    """Whether setting this starts a diagnostics."""
    return value == REQUESTED and path.endswith("." + STATE)


def run(tree: Tree, path: str, now: float, chance: random.Random) -> bool:
    """Fill in the results beside a DiagnosticsState; False if it has been withdrawn meanwhile."""
    if tree.told(path) != REQUESTED:
        return False
    place = parent(path)
    hosts = [tree.value(place + name) for name in _HOSTS if tree.entry(place + name) is not None]
    if hosts and not any(hosts):
        tree.write(path, NO_HOST)
        return True
    for name, value in _results(tree, place, now, chance).items():
        if tree.entry(place + name) is not None:
            tree.write(place + name, value)
    tree.write(path, COMPLETE)
    return True


def _results(tree: Tree, place: str, now: float, chance: random.Random) -> Mapping[str, str]:
    repetitions = tree.told(place + "NumberOfRepetitions", "4")
    milliseconds = sorted(chance.randint(4, 60) for _ in range(3))
    least, average, most = map(str, milliseconds)
    return {
        "SuccessCount": repetitions,
        "FailureCount": "0",
        "MinimumResponseTime": least,
        "AverageResponseTime": average,
        "MaximumResponseTime": most,
        "ResponseTime": average,
        **_throughput(now, chance),
    }


def _throughput(now: float, chance: random.Random) -> Mapping[str, str]:
    """Of Download- and UploadDiagnostics: when it began and ended, and how much went through."""
    moments = {name: now - SECONDS + place / 4 for place, name in enumerate(_MOMENTS)}
    size = str(_FILE_SIZE + chance.randint(0, 4096))
    return {name: _precise(moment) for name, moment in moments.items()} | dict.fromkeys(_SIZES, size)


def _precise(moment: float) -> str:
    return f"{timestamp(moment)[:-1]}.{int(moment % 1 * 1_000_000):06d}Z"
