"""How many devices there are of each vendor, model, category, tag or version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from acs.store.database import Row
from acs.store.foundation import Foundation
from acs.store.records import Count

# One pass over an index that holds all these columns.
_KINDS = """
SELECT d.manufacturer, d.product_class, d.oui, d.software_version, d.root_data_model,
    CASE WHEN d.category <> '' THEN d.category ELSE m.category END, d.devices
FROM (
    SELECT manufacturer, product_class, oui, software_version, root_data_model, category, count(*) AS devices
    FROM devices WHERE deleted IS NULL
    GROUP BY manufacturer, product_class, oui, software_version, root_data_model, category
) AS d JOIN models m ON m.manufacturer = d.manufacturer AND m.product_class = d.product_class"""

_OF_MODEL = "deleted IS NULL AND {prefix}manufacturer{any} = ? AND {prefix}product_class{any} = ?"
_VERSIONS = (
    "SELECT software_version, count(*) FROM devices"
    f" WHERE {_OF_MODEL.format(prefix='', any='')} GROUP BY software_version"
)
# Few fail and few are stopped: those are looked up, not all of the model.
_FEW = _OF_MODEL.format(prefix="d.", any=" || ''")
_BY_VERSION = "GROUP BY d.software_version || ''"
_FAILED = (
    "SELECT d.software_version || '', count(*) FROM presence p CROSS JOIN devices d"
    f" WHERE d.key = p.device AND p.last_session_result = 'failed' AND d.{_FEW} {_BY_VERSION}"
)
_STOPPED = (
    "SELECT d.software_version || '', count(*) FROM devices d"
    f" WHERE d.config_problems <> '[]' AND d.{_FEW} {_BY_VERSION}"
)


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
    """The verbs about what devices are (`acs.store.interface.Store`)."""

    async def vendors(self) -> Sequence[Count]:
        """Manufacturers with their number of devices; ``fields``: ouis, models (product classes)."""
        tallies = {name: _Tally() for (name,) in await self._rows("SELECT manufacturer FROM vendors")}
        for kind in await self._kinds():
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
        for kind in await self._kinds():
            tallies.setdefault((kind.manufacturer, kind.product_class), _Tally()).add(kind)
        return [_model(row, tallies[row[0], row[1]]) for row in sorted(models)]

    async def categories(self) -> Sequence[Count]:
        """Categories with their number of devices, those of their models' included."""
        counts = {name: 0 for (name,) in await self._rows("SELECT name FROM categories")}
        for kind in await self._kinds():
            if kind.category:
                counts[kind.category] = counts.get(kind.category, 0) + kind.devices
        return [Count(name, devices) for name, devices in sorted(counts.items())]

    async def versions(self, manufacturer: str, product_class: str) -> Sequence[Count]:
        """The software versions of a model; ``fields``: failed, stopped."""
        await self._settling.settle()
        kind = (manufacturer, product_class)
        devices, failed, stopped = [
            {str(version): int(count) for version, count in await self._rows(sql, *kind)}
            for sql in (_VERSIONS, _FAILED, _STOPPED)
        ]
        return [
            Count(name, devices[name], {"failed": failed.get(name, 0), "stopped": stopped.get(name, 0)})
            for name in sorted(devices)
        ]

    async def tags(self) -> Sequence[Count]:
        """Tags with their number of devices."""
        rows = await self._rows("SELECT tag, count(*) FROM tags GROUP BY tag")
        return [Count(*row) for row in sorted(rows)]

    async def _kinds(self) -> Iterable[_Kind]:
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
