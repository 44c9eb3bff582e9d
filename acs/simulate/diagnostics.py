"""Diagnostics that a simulated CPE is asked for, with plausible results.

One is asked for by setting a DiagnosticsState to Requested.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping

from acs.cwmp.paths import parent
from acs.simulate.placeholders import fill
from acs.simulate.tree import Tree, timestamp

STATE = "DiagnosticsState"
NONE = "None"
REQUESTED = "Requested"
COMPLETE = "Complete"
NO_HOST = "Error_CannotResolveHostName"
TRUE = ("1", "true")
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
    _write(tree, place, _results(tree, place, now, chance))
    for table in tree.children(place):
        if table.endswith("."):
            _fill(tree, table, _rows(tree, place, table, now, chance))
    tree.write(path, COMPLETE)
    return True


def _write(tree: Tree, place: str, values: Mapping[str, str]) -> None:
    """Give those of these parameters their values that the device has."""
    for name, value in values.items():
        if tree.entry(place + name) is not None:
            tree.write(place + name, value)


def _fill(tree: Tree, table: str, rows: Iterable[Mapping[str, str]]) -> None:
    """Have a table hold these rows, and no others."""
    for instance in tree.children(table):
        tree.remove(instance)
    if tree.template(table) is None:
        return
    for row in rows:
        _write(tree, f"{table}{tree.create(table)}.", row)


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


# Rows


def _rows(
    tree: Tree, place: str, table: str, now: float, chance: random.Random
) -> Iterator[Mapping[str, str]]:
    """What the rows of a table hold, whatever its data model calls it."""
    if table.endswith(".RouteHops."):
        yield from _hops(tree, place, chance)
    elif table.endswith(".PerConnectionResult."):
        yield from [_throughput(now, chance)] * (tree.told(place + "EnablePerConnectionResults") in TRUE)
    elif tree.entry(place + "HostName") is not None:
        yield from _answers(tree, place, chance)
    elif table.endswith("WiFiDiagnostic.Result."):
        yield from _networks(tree, chance)


def _hops(tree: Tree, place: str, chance: random.Random) -> Iterator[Mapping[str, str]]:
    target = tree.value(place + "Host")
    tries = _told(tree, place + "NumberOfTries", 3)
    hosts = [fill("{gateway}", tree.identity), "198.51.100.1", target]
    for host in hosts[: _told(tree, place + "MaxHopCount", 64)]:
        row = {
            "Host": host,
            "HostAddress": "" if host == target else host,
            "ErrorCode": "0",
            "RTTimes": ",".join(str(chance.randint(1, 60)) for _ in range(tries)),
        }
        yield row | {f"Hop{name}": value for name, value in row.items()}


def _answers(tree: Tree, place: str, chance: random.Random) -> Iterator[Mapping[str, str]]:
    for _ in range(_told(tree, place + "NumberOfRepetitions", 10)):
        yield {
            "Status": "Success",
            "AnswerType": "NonAuthoritative",
            "HostNameReturned": tree.value(place + "HostName"),
            "IPAddresses": "192.0.2.80,192.0.2.81",
            "DNSServerIP": tree.told(place + "DNSServer") or "192.0.2.53",
            "ResponseTime": str(chance.randint(1, 60)),
        }


def _told(tree: Tree, path: str, most: int) -> int:
    """A number that the ACS may have set, within reason."""
    told = tree.told(path)
    return max(1, min(int(told), most)) if told.isdecimal() else most


def _networks(tree: Tree, chance: random.Random) -> Iterator[Mapping[str, str]]:
    for further, (band, channels) in enumerate((("2.4GHz", (1, 6, 11)), ("5GHz", (36, 44, 100))), 1):
        yield {
            "SSID": f"Neighbour {further}",
            "BSSID": tree.identity.mac(further),
            "Mode": "Infrastructure",
            "Channel": str(chance.choice(channels)),
            "SignalStrength": str(-chance.randint(40, 90)),
            "SecurityModeEnabled": "WPA2",
            "OperatingFrequencyBand": band,
        }
