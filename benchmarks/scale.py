"""What a hundred times as many devices cost.

That is, the lists and a device's page, and a steady session.

``python -m benchmarks.scale [--store postgresql] [--small 1000 20000] [--large 100000 2000000] [--rounds 15]
[--no-sessions]`` makes two databases of so many devices and sessions, asks both for the same in turn, through
the store's interface, and prints the ratio of the medians; those above 3 are marked.  Each list is asked for
as many rows as the small one has of that kind, at most 100, so that both give as many.  Then an appliance
runs on each, and steady sessions are measured as in `benchmarks.session`, the settling of them included.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from twisted.internet import task
from twisted.internet.defer import ensureDeferred

from acs.store.building import store_at
from acs.store.interface import Query, Store
from acs.store.records import Profile
from acs.store.settling import PIECE
from benchmarks.load import burst
from benchmarks.population import DAY, Population, populate
from benchmarks.processes import STORES, appliance, database
from benchmarks.session import fleet

TOO_MUCH = 3.0
TURNS = 5

LIMIT = 100

Ask = Callable[[Store, int, int], Awaitable[Any]]
"""Asks a store for something; the numbers are of one of its devices, and how many rows are wanted."""


def questions(now: float, small: Population) -> Iterator[tuple[str, Ask]]:
    """What is asked, by name."""
    week, hour = _text(now - 7 * DAY), _text(now - 3600)
    yield "devices", _devices()
    for name, value in (
        ("q", small.serial(17)),
        ("q", "10.0.1."),
        ("q", "router"),
        ("q", "001ca8-"),
        ("q", "home-1"),
        ("q", "ont-8"),
        ("q", "ont-4"),
        ("q", "ont"),
        ("q", "latest"),
        ("q", "router 10."),
        ("q", "ont-8 10.0"),
        ("manufacturer", "Acme"),
        ("manufacturer", "Hooli"),
        ("manufacturer", "Stark"),
        ("oui", "00D09E"),
        ("oui", "5C1A6F"),
        ("product_class", "Router"),
        ("product_class", "Latest"),
        ("serial_number", small.serial(17)),
        ("software_version", "1.1.2"),
        ("tag", "fibre"),
        ("tag", "vip"),
        ("tag", "beta"),
        ("category", "voice"),
        ("category", "wifi"),
        ("category", "latest"),
        ("level", "behind"),
        ("level", "current"),
        ("drift", "true"),
        ("drift", "false"),
        ("problems", "true"),
        ("problems", "false"),
        ("verified", "false"),
        ("last_session", "failed"),
        ("last_session", "success,failed"),
        ("online", "true"),
        ("online", "false"),
        ("seen_since", hour),
    ):
        yield f"devices {name}={value[:14]}", _devices(**{name: value})
    yield "device's page", _page(small)
    for name in ("changes", "readings", "wakes"):
        yield f"a device's {name}", _of_device(small, name)
    yield "sessions", _sessions()
    yield "sessions device=", _sessions_of(small)
    for name, value in (
        ("result", "failed"),
        ("result", "success,failed"),
        ("verified", "true"),
        ("verified", "false"),
        ("listener", "tls"),
        ("client_ip", small.address(17)),
        ("since", week),
        ("until", week),
        ("rejected", "true"),
        ("rejected", "false"),
    ):
        yield f"sessions {name}={value[:14]}", _sessions(**{name: value})


def _text(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).isoformat()


def _devices(**filters: str) -> Ask:
    return lambda store, number, limit: store.devices(Query(filters, limit=limit))


def _sessions(**filters: str) -> Ask:
    return lambda store, number, limit: store.sessions(Query(filters, limit=limit))


def _sessions_of(population: Population) -> Ask:
    return lambda store, number, limit: store.sessions(Query({"device": population.id(number)}, limit=10))


def _of_device(population: Population, name: str) -> Ask:
    return lambda store, number, limit: getattr(store, name)(population.id(number), Query(limit=limit))


def _page(population: Population) -> Ask:
    async def ask(store: Store, number: int, limit: int) -> None:
        device_id = population.id(number)
        assert await store.device(device_id) is not None
        assert await store.parameters(device_id)
        await store.sessions(Query({"device": device_id}, limit=10))

    return ask


async def limits(store: Store, population: Population, now: float) -> dict[str, int]:
    """How many rows each question has to give in the small database, at most 100."""
    found = {}
    for name, ask in questions(now, population):
        page = await ask(store, population.size - 1, LIMIT)
        found[name] = max(1, len(page.items)) if page else LIMIT
    return found


async def ask_all(reactor: Any, places: list[tuple[str, Path, Population]], rounds: int, now: float) -> None:
    """Ask both stores all questions in turn, and print the medians' ratios."""
    stores = [store_at(url, reactor, reactor, folder) for url, folder, _ in places]
    for store in stores:
        await store.open()
        began = time.perf_counter()
        await store._weighing.weigh()
        print(f"all devices weighed in {time.perf_counter() - began:.2f} s", flush=True)
    wanted = await limits(stores[0], places[0][2], now)
    taken: dict[str, list[list[float]]] = {}
    chance = random.Random(1)
    # A device once only: the second time it would be in memory.
    numbers = [chance.sample(range(population.size - 1), rounds + 1) for *_, population in places]
    for count in range(rounds + 1):
        for which, (store, (*_, population)) in enumerate(zip(stores, places, strict=True)):
            for name, ask in questions(now, population):
                began = time.perf_counter()
                await ask(store, numbers[which][count], wanted[name])
                if count:
                    taken.setdefault(name, [[], []])[which].append(time.perf_counter() - began)
    for store in stores:
        began = time.perf_counter()
        await store.put_profile(Profile("model", "Acme/Router", "routers"))
        print(f"a category given to 0.37 of all devices in {time.perf_counter() - began:.2f} s")
        await store._weighing.weigh()
        await store.close()
    tell(taken)


def tell(taken: dict[str, list[list[float]]]) -> None:
    """The medians and their ratios."""
    print(f"{'':32} {'small ms':>8} {'large ms':>8} {'ratio':>6}")
    for name, (few, many) in taken.items():
        ratio = median(many) / median(few)
        mark = "  ABOVE 3" if ratio > TOO_MUCH else ""
        print(f"{name:32} {median(few) * 1000:8.2f} {median(many) * 1000:8.2f} {ratio:6.2f}{mark}")


def sessions(places: list[tuple[str, Path, Population]]) -> None:
    """CPU of an appliance on each for steady sessions, in turn, and the median of the ratios."""
    number = PIECE + 1000  # enough that each turn has settled so many
    with (
        appliance(places[0][1].parent, _url(places[0])) as small,
        appliance(places[1][1].parent, _url(places[1])) as large,
    ):
        bodies = [fleet(server.port, 3) for server in (small, large)]
        ratios = []
        for turn in range(TURNS + 1):
            used = []
            for server, informs in zip((small, large), bodies, strict=True):
                before = server.cpu()
                burst(server.port, informs, number)
                time.sleep(0.5)
                used.append(server.cpu() - before)
            if turn:
                ratios.append(used[1] / used[0])
    print(f"CPU of the appliance per steady session, large/small: {median(ratios):.3f}")


def _url(place: tuple[str, Path, Population]) -> str:
    return "" if place[0] == "sqlite" else place[0]


async def make_all(
    reactor: Any, arguments: argparse.Namespace, folder: Path, urls: list[str]
) -> list[tuple[str, Path, Population]]:
    """Make both databases."""
    now, places = time.time(), []
    for (devices, count), url in zip((arguments.small, arguments.large), urls, strict=True):
        began = time.perf_counter()
        population = Population(devices, count, now, arguments.behind)
        place = folder / f"{devices}" / "state"
        await populate(reactor, url, place, population, now)
        places.append((url, place, population))
        seconds = time.perf_counter() - began
        print(f"{devices} devices, {count} sessions: made in {seconds:.0f} s", flush=True)
    await ask_all(reactor, places, arguments.rounds, now)
    return places


def main() -> None:
    """Read the arguments, make, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale")
    parser.add_argument("--store", choices=STORES, default="sqlite")
    sizes = ("DEVICES", "SESSIONS")
    parser.add_argument("--small", nargs=2, type=int, default=[1000, 20_000], metavar=sizes)
    parser.add_argument("--large", nargs=2, type=int, default=[100_000, 2_000_000], metavar=sizes)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument(
        "--behind", type=float, default=0.0, metavar="SHARE", help="of the devices, below their level"
    )
    parser.add_argument("--no-sessions", action="store_true", help="leave the appliances out")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        database(arguments.store, "shared_buffers=1GB") as server,
    ):
        urls = [server.url() if server else "sqlite" for _ in range(2)]
        found: list[list[tuple[str, Path, Population]]] = []

        async def run(reactor: Any) -> None:
            found.append(await make_all(reactor, arguments, Path(name), urls))
            if not arguments.no_sessions:
                sessions(found[0])

        task.react(lambda reactor: ensureDeferred(run(reactor)))


if __name__ == "__main__":
    main()
