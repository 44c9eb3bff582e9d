"""What a hundred times as many devices cost the pages of the console.

``python -m benchmarks.pages [--store postgresql] [--small 1000 20000] [--large 100000 2000000] [--rounds 9]``
makes two databases of so many devices and sessions, runs an appliance on each, asks both for the same pages
in turn, as a browser does, and prints the ratio of the medians; those above 3 are marked.
"""

from __future__ import annotations

import argparse
import http.client
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from twisted.internet import task
from twisted.internet.defer import ensureDeferred

from acs.store.building import store_at
from acs.store.records import Role
from acs.store.records.people import Token
from acs.store.tokens import digest_of
from benchmarks.population import Population, populate
from benchmarks.processes import STORES, Server, appliance, database
from benchmarks.scale import tell

SECRET = "acs_of_the_benchmark"
DEVICE = "{device}"
FILTERS = ("", "?q=ont-8", "?online=false", "?level=behind", "?last_session=failed", "?tag=vip")
LISTS = (*(f"/devices{each}" for each in FILTERS), "/sessions", "/sessions?result=failed&verified=true")


def pages(population: Population) -> Iterator[str]:
    """Their paths."""
    yield "/"
    yield from LISTS
    yield from ("/jobs", "/alarms")
    yield from ("/models", f"/models/{quote('Acme/Router', safe='')}", "/vendors/Acme")
    yield from ("/configurations", "/configurations/vendor/Globex", "/quirks", "/firmware", "/campaigns")
    yield from (
        "/campaigns/new",
        "/people",
        "/audit",
        "/webhooks",
        "/datamodels",
        "/definitions",
        "/nodes",
        "/me",
    )
    for tab in (
        *("overview", "parameters", "configuration", "jobs", "sessions"),
        *("diagnostics", "files", "changes", "rpc", "replace", "now"),
    ):
        yield f"/devices/{DEVICE}?tab={tab}"


async def make(reactor: Any, url: str, place: Path, devices: int, sessions: int) -> Population:
    """A database of so many, into which the benchmark may look."""
    now = time.time()
    population = Population(devices, sessions, now)
    await populate(reactor, url, place, population, now)
    store = store_at(url, reactor, reactor, place)
    await store.open()
    await store.add_token(Token("benchmark", Role.ADMIN, digest_of(SECRET.encode()), now))
    await store._weighing.weigh()
    await store.close()
    return population


def took(server: Server, path: str) -> tuple[float, int, int]:
    """Seconds until a page was there, its status, how many rows it has."""
    connection = http.client.HTTPConnection("127.0.0.1", server.console, timeout=60)
    headers = {"Authorization": f"Bearer {SECRET}", "Accept": "text/html"}
    began = time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    rows = answer.read().count(b"<tr")
    seconds = time.perf_counter() - began
    connection.close()
    return seconds, answer.status, rows


def _limited(page: str, limits: dict[str, int]) -> str:
    return f"{page}{'&' if '?' in page else '?'}limit={limits[page]}" if page in limits else page


def measure(servers: list[Server], populations: list[Population], rounds: int) -> None:
    """Ask both in turn, and print the medians' ratios."""
    taken: dict[str, list[list[float]]] = {}
    chance = random.Random(1)
    numbers = [chance.sample(range(each.size - 1), rounds + 1) for each in populations]
    # As many rows of both: what is measured is the search, not that more was found.
    limits = {page: max(1, took(servers[0], page)[2] - 1) for page in LISTS}
    for count in range(rounds + 1):
        for which, (server, population) in enumerate(zip(servers, populations, strict=True)):
            device = quote(population.id(numbers[which][count]), safe="")
            for page in pages(population):
                seconds, status, _ = took(server, _limited(page, limits).replace(DEVICE, device))
                if status == 404:
                    continue
                assert status == 200, (page, status)
                if count:
                    taken.setdefault(page, [[], []])[which].append(seconds)
    tell(taken)


def main() -> None:
    """Read the arguments, make, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages")
    parser.add_argument("--store", choices=STORES, default="sqlite")
    sizes = ("DEVICES", "SESSIONS")
    parser.add_argument("--small", nargs=2, type=int, default=[1000, 20_000], metavar=sizes)
    parser.add_argument("--large", nargs=2, type=int, default=[100_000, 2_000_000], metavar=sizes)
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, database(arguments.store, "shared_buffers=1GB") as server:
        places = [Path(name, str(number)) for number in range(2)]
        urls = [server.url() if server else "sqlite" for _ in places]
        populations: list[Population] = []

        async def run(reactor: Any) -> None:
            for place, url, size in zip(places, urls, (arguments.small, arguments.large), strict=True):
                populations.append(await make(reactor, url, place / "state", *size))
            here = ["" if url == "sqlite" else url for url in urls]
            with appliance(places[0], here[0]) as small, appliance(places[1], here[1]) as large:
                measure([small, large], populations, arguments.rounds)

        task.react(lambda reactor: ensureDeferred(run(reactor)))


if __name__ == "__main__":
    main()
