"""Reads the models that come with the simulator, or are of their form, which ``models/README.rst`` tells."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from acs.cwmp.paths import generic
from acs.simulate.model import Entries, Entry, Model, ModelProblem, Notify

JSON = Any
_FOLDER = resources.files("acs.simulate") / "models"
_TEXTS = ("manufacturer", "oui", "product_class", "serial", "root", "cwmp_version")


def names() -> tuple[str, ...]:
    """The models that come with the simulator."""
    files = (entry.name for entry in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in files if name.endswith(".json")))


def text_of(name: str) -> bytes | None:
    """The file of a shipped model; None where there is none of that name."""
    return (_FOLDER / f"{name}.json").read_bytes() if name in names() else None


def read(source: str, given: Mapping[str, JSON]) -> Model:
    """The model that a JSON object describes; raises `ModelProblem` naming ``source``."""
    try:
        return _read(source, given)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelProblem(source, f"not a device model: {type(error).__name__} {error}") from None


def _read(source: str, given: Mapping[str, JSON]) -> Model:
    texts = {name: str(given[name]) for name in _TEXTS}
    entries = _EntryReader(given)
    return Model(
        name=source.rpartition("/")[2].removesuffix(".json"),
        versions=tuple(given["versions"]),
        inform=tuple(given["inform"]),
        counts={table: count.rpartition(".")[2] for table, count in given["counts"].items()},
        parameters=entries.read("", given["parameters"]),
        templates={table: entries.read(table, below) for table, below in given["templates"].items()},
        **texts,
    )


class _EntryReader:
    """Reads ``path -> [value, type, writable]`` with what the rest of the file says of a path."""

    def __init__(self, given: Mapping[str, JSON]) -> None:
        self._hidden = frozenset(given["hidden"])
        self._notify = {
            path: Notify(policy) for policy, paths in given["notification"].items() for path in paths
        }

    def read(self, table: str, entries: Mapping[str, JSON]) -> Entries:
        return {path: self._entry(generic(table + path), *entry) for path, entry in entries.items()}

    def _entry(self, path: str, value: str, kind: str, writable: int) -> Entry:
        notify = self._notify.get(path, Notify.NORMAL)
        return Entry(
            value=value,
            type=kind,
            writable=bool(writable),
            filled="{" in value,
            hidden=path in self._hidden,
            notify=notify,
            notification=notify.notification,
        )
