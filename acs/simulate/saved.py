"""Makes a model of a device whose parameters were saved through the API, to play a fleet of its kind.

The form is that of ``GET /devices/{id}/parameters``, or its list of items alone.  What tells one device from
another becomes a placeholder: serial number, ConnectionRequestURL, the ACS's URL; a value in braces that a
device really had is no placeholder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from acs.cwmp.paths import generic, is_instance, is_partial, parent, problem, sort_key
from acs.simulate.model import (
    OBJECT,
    SUBSCRIBER,
    ZERO,
    Entries,
    Entry,
    Model,
    ModelProblem,
    children_of,
    forced_inform,
    root_of,
)

JSON = Any
_INDIVIDUAL = {
    "DeviceInfo.SerialNumber": "{serial}",
    "ManagementServer.ConnectionRequestURL": "{url}",
    "ManagementServer.URL": "{acs}",
}


def read(source: str, items: Sequence[JSON]) -> Model:
    """The model of the device that has these parameters; raises `ModelProblem` naming ``source``."""
    try:
        entries = {str(item["name"]): _entry(item) for item in items}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        reason = f"not a device's parameters: {type(error).__name__} {error}"
        raise ModelProblem(source, reason) from None
    for path in entries:
        if objection := problem(path):
            raise ModelProblem(source, f"{path[:80]!r} {objection}")
    entries = {path: entry for path, entry in entries.items() if path}
    return _model(source, dict(sorted(_whole(entries).items(), key=lambda pair: sort_key(pair[0]))))


def _entry(item: Mapping[str, JSON]) -> Entry:
    is_object = is_partial(item["name"])
    told = item.get("access_list")
    return Entry(
        value="" if is_object else str(item.get("value") or ""),
        type=OBJECT if is_object else (item.get("type") or "string").rpartition(":")[2],
        writable=bool(item.get("writable")),
        notification=int(item.get("notification") or 0),
        access_list=SUBSCRIBER if told is None else tuple(map(str, told)),
    )


def _whole(entries: Entries) -> Entries:
    """The same with the objects that were not listed, each of which is known by what it holds."""
    known = dict(entries)
    for path in entries:
        while (path := parent(path)) and path not in known:
            known[path] = Entry(type=OBJECT)
    return known


def _model(source: str, entries: Entries) -> Model:
    root = root_of(source, entries)

    def told(name: str, otherwise: str) -> str:
        return entries[root + name].value or otherwise if root + name in entries else otherwise

    return Model(
        name=source.rpartition("/")[2].rpartition(".")[0] or source,
        manufacturer=told("DeviceInfo.Manufacturer", "Unknown"),
        oui=told("DeviceInfo.ManufacturerOUI", "020000").upper(),
        product_class=told("DeviceInfo.ProductClass", ""),
        serial=told("DeviceInfo.SerialNumber", "SIM000001"),
        root=root,
        cwmp_version="1.2" if root + "RootDataModelVersion" in entries else "1.0",
        versions=(told("DeviceInfo.SoftwareVersion", "1.0"),),
        inform=forced_inform(root, entries),
        counts=dict(_counts(entries)),
        parameters=entries,
        templates=dict(_templates(entries)),
    ).with_values({root + name: value for name, value in _INDIVIDUAL.items()})


def _tables(entries: Entries) -> Iterator[tuple[str, list[str]]]:
    """Each table that has instances, and these."""
    for path, below in children_of(entries).items():
        instances = [child for child in below if is_partial(child) and is_instance(child)]
        if instances:
            yield path, instances


def _counts(entries: Entries) -> Iterator[tuple[str, str]]:
    """For tables, the counting parameters, as far as the standard's way of naming them tells."""
    for table, instances in _tables(entries):
        name = table[:-1].rpartition(".")[2] + "NumberOfEntries"
        counting = entries.get(parent(table) + name)
        if counting is not None and counting.value == str(len(instances)):
            yield generic(table), name


def _templates(entries: Entries) -> Iterator[tuple[str, Entries]]:
    """For tables that can be added to, an instance like the first one, all values unset."""
    for table, instances in _tables(entries):
        if entries[table].writable:
            yield generic(table) + "{i}.", _template(entries, instances[0])


def _template(entries: Entries, instance: str) -> Entries:
    below = {
        path.removeprefix(instance): replace(entry, value=ZERO.get(entry.type, ""))
        for path, entry in entries.items()
        if path.startswith(instance) and path != instance
    }
    # Tables within it are empty.
    return {path: entry for path, entry in below.items() if generic("." + path) == "." + path}
