"""What is watched: numbers and alarms, from the tables that name them."""

from __future__ import annotations

from acs.store.records.alarms import MEANINGS
from acs.web.telling.families import FAMILIES
from acs_docs.writing import Lines, code, plain, table

_ENDINGS = {"counter": "_total"}


def write_metrics() -> Lines:
    """A table of all numbers."""
    rows = []
    for kind, family in FAMILIES:
        labels = f"{{{','.join(family.labels)}}}" if family.labels else ""
        name = f"{family.name}{_ENDINGS.get(kind, '')}{labels}"
        rows.append((code(name), kind, plain(family.about)))
    yield from table(("Name", "Kind", "Meaning"), (45, 12, 60), rows)


def write_alarms() -> Lines:
    """A table of all kinds of alarms."""
    rows = [(code(kind), plain(each.about), plain(each.raised_when)) for kind, each in MEANINGS.items()]
    yield from table(("Kind", "About", "Raised when"), (25, 20, 60), rows)
