"""Makes a model of a Broadband Forum data model file: one instance of every object, all values unset.

A full data model is far more than any device has, which is what it is good for: every path of the standard
can be asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from acs.cwmp.modelfile import Model as Header
from acs.cwmp.modelfile import ModelItem, ModelObject, ModelParameter, ModelReader
from acs.cwmp.modeltypes import ModelError, Syntax
from acs.cwmp.paths import parent
from acs.simulate.model import OBJECT, ZERO, Entry, Model, ModelProblem, Notify, forced_inform, root_of

_GONE = ("deleted", "obsoleted")
_MANUFACTURER = "Simulated"
_OUI = "02BBF0"
_FIRST_VERSIONS = ("1.0.0", "1.1.0", "2.0.0")
_PLACEHOLDERS = {
    "DeviceInfo.Manufacturer": _MANUFACTURER,
    "DeviceInfo.ManufacturerOUI": _OUI,
    "DeviceInfo.HardwareVersion": "1.0",
    "DeviceInfo.SerialNumber": "{serial}",
    "DeviceInfo.SoftwareVersion": _FIRST_VERSIONS[0],
    "DeviceInfo.SpecVersion": "1.0",
    "DeviceInfo.UpTime": "{uptime}",
    "ManagementServer.ConnectionRequestURL": "{url}",
    "ManagementServer.Password": "{password}",
    "ManagementServer.PeriodicInformEnable": "1",
    "ManagementServer.PeriodicInformInterval": "{interval}",
    "ManagementServer.URL": "{acs}",
    "ManagementServer.Username": "{oui}-{serial}",
    "Time.CurrentLocalTime": "{now}",
}


def read(source: str, data: bytes) -> Model:
    """The model that a whole data model file describes; raises `ModelProblem` naming ``source``."""
    reader = ModelReader(services="Device.Services.")
    try:
        items = reader.feed(data) + reader.close()
    except ModelError as error:
        raise ModelProblem(source, str(error)) from None
    current = [item for item in items if isinstance(item, Header) or item.status not in _GONE]
    return _model(source, current)


def _model(source: str, items: list[ModelItem]) -> Model:
    entries = dict(_entries(items))
    root = root_of(source, entries)
    name = next((item.name for item in items if isinstance(item, Header) and not item.is_service), root)
    counts = dict(_counts(items))
    ones = {parent(table.replace("{i}", "1")) + counting: "1" for table, counting in counts.items()}
    values = {
        "DeviceInfo.ProductClass": name,
        "RootDataModelVersion": name.partition(":")[2],
        "DeviceSummary": f"{name}[](Baseline:1)",
        **_PLACEHOLDERS,
    }
    return Model(
        name=name,
        manufacturer=_MANUFACTURER,
        oui=_OUI,
        product_class=name,
        serial="BBF000001",
        root=root,
        cwmp_version="1.4" if root + "RootDataModelVersion" in entries else "1.0",
        versions=_FIRST_VERSIONS,
        inform=forced_inform(root, entries),
        counts=counts,
        parameters=entries,
        templates=_templates(items),
    ).with_values({root + name: value for name, value in values.items()} | ones)


def _entries(items: Iterable[ModelItem]) -> Iterator[tuple[str, Entry]]:
    known: set[str] = set()
    for item in items:
        if isinstance(item, Header):
            continue
        for path, entry in _paths(item):
            concrete = path.replace("{i}", "1")
            if concrete not in known:
                known.add(concrete)
                yield concrete, entry


def _paths(item: ModelObject | ModelParameter) -> Iterator[tuple[str, Entry]]:
    """What one item of the file stands for, by paths with ``{i}``; a table is itself, and an instance."""
    if isinstance(item, ModelParameter):
        yield item.path, _parameter(item)
        return
    entry = Entry(type=OBJECT, writable=item.access == "readWrite")
    if item.path.endswith("{i}."):
        yield item.path.removesuffix("{i}."), entry
    yield item.path, entry


def _parameter(item: ModelParameter) -> Entry:
    notify = Notify(item.active_notify)
    return Entry(
        value=_unset(item.syntax) if item.default is None else item.default,
        type=item.type,
        writable=item.access == "readWrite",
        hidden=item.hidden,
        notify=notify,
        notification=notify.notification,
        syntax=item.syntax,
    )


def _unset(syntax: Syntax) -> str:
    """Zero, or the least number that is allowed; the empty text."""
    zero = ZERO.get(syntax.xsd, "")
    least = [span.minimum for span in syntax.ranges if span.minimum is not None]
    if zero == "0" and least and not any(0 in span for span in syntax.ranges):
        return str(min(least))
    return zero


def _counts(items: Iterable[ModelItem]) -> Iterator[tuple[str, str]]:
    for item in items:
        if isinstance(item, ModelObject) and item.num_entries_parameter:
            yield item.path.removesuffix("{i}."), item.num_entries_parameter


def _templates(items: list[ModelItem]) -> dict[str, dict[str, Entry]]:
    """For each table that can be added to what an instance holds; the tables within that are empty."""
    found: dict[str, dict[str, Entry]] = {}
    for item in items:
        if isinstance(item, Header):
            continue
        for path, entry in _paths(item):
            table, below = _innermost(path)
            if below and table in found:
                found[table][below] = entry
            elif not below and entry.writable:
                found[table] = {}
    return found


def _innermost(path: str) -> tuple[str, str]:
    """The innermost table that a path stands in, with its ``{i}.``, and the rest of the path."""
    table, instance, below = path.rpartition("{i}.")
    return table + instance, below
