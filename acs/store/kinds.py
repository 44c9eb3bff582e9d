"""How many devices there are of each vendor, model, category, tag or version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from acs.store.database import Row
from acs.store.foundation import Foundation, Parts
from acs.store.records import Count
from acs.store.remembered import Remembered

# One pass over an index that holds all these columns.
_KINDS = """
SELECT d.manufacturer, d.product_class, d.oui, d.software_version, d.root_data_model,
    CASE WHEN d.category <> '' THEN d.category ELSE m.category END, d.devices
FROM (
    SELECT manufacturer, product_class, oui, software_version, root_data_model, category, count(*) AS devices
    FROM devices WHERE deleted IS NULL
    GROUP BY manufacturer, product_class, oui, software_version, root_data_model, category
) AS d JOIN models m ON m.manufacturer = d.manufacturer AND m.product_class = d.product_class"""

# Few fail and few are stopped: those are looked up, and not all devices.
_VERSION = "d.manufacturer || '', d.product_class || '', d.software_version || ''"
_FAILED = (
    f"SELECT {_VERSION}, count(*) FROM presence p CROSS JOIN devices d"
    f" WHERE d.key = p.device AND p.last_session_result = 'failed' AND d.deleted IS NULL GROUP BY {_VERSION}"
)
_STOPPED = (
    f"SELECT {_VERSION}, count(*) FROM devices d"
    f" WHERE d.config_problems <> '[]' AND d.deleted IS NULL GROUP BY {_VERSION}"
)
_TAGS = "SELECT tag, count(*) FROM tags GROUP BY tag"
GOOD_FOR = 20.0
"""Seconds for which it is told what fails where many do: each of those has to be looked up."""

# Each is counted in one index.
_STATES = {
    "online": "SELECT count(*) FROM presence WHERE last_inform >= ?",
    "failing": "SELECT count(*) FROM presence WHERE last_session_result = 'failed'",
    "behind": "SELECT count(*) FROM below WHERE changes = 0",
    "problems": "SELECT count(*) FROM devices WHERE config_problems <> '[]' AND deleted IS NULL",
}


@dataclass(frozen=True, slots=True)
class _Kind:
    manufacturer: str
    product_class: str
    oui: str
    software_version: str
    root_data_model: str
    category: str
    devices: int


@dataclass(slots=True)
class _Tally:
    devices: int = 0
    ouis: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    software_versions: Counter[str] = field(default_factory=Counter)
    root_data_models: Counter[str] = field(default_factory=Counter)

    def add(self, kind: _Kind) -> None:
        self.devices += kind.devices
        self.ouis.add(kind.oui)
        self.models.add(kind.product_class)
        self.software_versions[kind.software_version] += kind.devices
        self.root_data_models[kind.root_data_model] += kind.devices


class Kinds(Foundation):
    """The verbs about what devices are (`acs.store.interface.Store`), and how many are how."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._kinds = Remembered(self._count_kinds, self._clock.seconds)
        self._failed = Remembered(partial(self._count_versions, _FAILED), self._clock.seconds, GOOD_FOR)
        self._stopped = Remembered(partial(self._count_versions, _STOPPED), self._clock.seconds, GOOD_FOR)
        self._tags = Remembered(partial(self._rows, _TAGS), self._clock.seconds)

    async def vendors(self) -> Sequence[Count]:
        """Manufacturers with their number of devices; ``fields``: ouis, models (product classes)."""
        tallies = {name: _Tally() for (name,) in await self._rows("SELECT manufacturer FROM vendors")}
        for kind in await self._kinds.get():
            tallies.setdefault(kind.manufacturer, _Tally()).add(kind)
        return [
            Count(name, tally.devices, {"ouis": sorted(tally.ouis), "models": sorted(tally.models)})
            for name, tally in sorted(tallies.items())
        ]

    async def models(self) -> Sequence[Count]:
        """``Manufacturer/ProductClass`` with counts; ``fields``: manufacturer, product_class, category,
        software_versions {version: count}, root_data_models {name: count}."""
        models = await self._rows("SELECT manufacturer, product_class, category FROM models")
        tallies = {(manufacturer, product_class): _Tally() for manufacturer, product_class, _ in models}
        for kind in await self._kinds.get():
            tallies.setdefault((kind.manufacturer, kind.product_class), _Tally()).add(kind)
        return [_model(row, tallies[row[0], row[1]]) for row in sorted(models)]

    async def categories(self) -> Sequence[Count]:
        """Categories with their number of devices, those of their models' included."""
        counts = {name: 0 for (name,) in await self._rows("SELECT name FROM categories")}
        for kind in await self._kinds.get():
            if kind.category:
                counts[kind.category] = counts.get(kind.category, 0) + kind.devices
        return [Count(name, devices) for name, devices in sorted(counts.items())]

    async def versions(self, manufacturer: str, product_class: str) -> Sequence[Count]:
        """The software versions of a model; ``fields``: failed, stopped."""
        await self._settling.settle()
        model = (manufacturer, product_class)
        failed, stopped = await self._failed.get(), await self._stopped.get()
        devices: Counter[str] = Counter()
        for kind in await self._kinds.get():
            if (kind.manufacturer, kind.product_class) == model:
                devices[kind.software_version] += kind.devices
        return [
            Count(name, number, {"failed": failed[(*model, name)], "stopped": stopped[(*model, name)]})
            for name, number in sorted(devices.items())
        ]

    async def tags(self) -> Sequence[Count]:
        """Tags with their number of devices."""
        return [Count(*row) for row in sorted(await self._tags.get())]

    async def state_counts(self, online_since: float) -> Mapping[str, int]:
        """How many devices have called since then (``online``), failed in their last session (``failing``),
        are below their level (``behind``, as of some seconds ago), cannot be brought to it
        (``problems``)."""
        await self._settling.settle()
        found = {}
        for name, sql in _STATES.items():
            ((found[name],),) = await self._rows(sql, *((online_since,) if "?" in sql else ()))
        return found

    async def _count_versions(self, sql: str) -> Counter[tuple[str, str, str]]:
        """How many devices a query counts, by manufacturer, product class and software version."""
        return Counter({(row[0], row[1], row[2]): row[3] for row in await self._rows(sql)})

    async def _count_kinds(self) -> Sequence[_Kind]:
        return [_Kind(*row) for row in await self._rows(_KINDS)]


def _model(row: Row, tally: _Tally) -> Count:
    manufacturer, product_class, category = row
    fields = {
        "manufacturer": manufacturer,
        "product_class": product_class,
        "category": category,
        "software_versions": dict(sorted(tally.software_versions.items())),
        "root_data_models": dict(sorted(tally.root_data_models.items())),
    }
    return Count(f"{manufacturer}/{product_class}", tally.devices, fields)
