"""One configuration of the documents that apply to a device.

They are laid over each other, the most general first: what a later one says stands before what earlier ones
say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from acs.configuration.document import Entry
from acs.configuration.levels import newest
from acs.configuration.secrecy import is_secret
from acs.cwmp.paths import absolute, sort_key, under

__all__ = ["SCOPES", "Composed", "Origin", "Origins", "Scoped", "compose"]

SCOPES = ("all", "category", "vendor", "model", "tag", "device")
"""Whom a document is for; later ones win."""


_WITH_VALUE = ("value", "type", "secret", "unverified")


class Scoped(Struct, frozen=True):
    """A document with whom it is for; ``level`` is that of its last change."""

    scope: str
    name: str
    level: str
    entries: Mapping[str, Entry]

    @property
    def weight(self) -> tuple[int, str, str]:
        """The document of greater weight wins: that of the later scope, then the newer one, then by name."""
        return SCOPES.index(self.scope), self.level, self.name


class Origin(NamedTuple):
    """The document that something was said in."""

    scope: str
    name: str


class Origins(Struct, frozen=True):
    """Where an entry comes from: its value, None without one; its notification, where that is another."""

    value: Origin | None = None
    notify: Origin | None = None


class Composed(Struct, frozen=True):
    """What is wanted of a device; entries by absolute path, in natural order.

    ``level`` is that of the newest document; ``elsewhere`` are paths below another root than the device's.
    """

    entries: Mapping[str, Entry] = {}
    origins: Mapping[str, Origins] = {}
    level: str = ""
    elsewhere: tuple[str, ...] = ()


def compose(documents: Iterable[Scoped], root: str) -> Composed:
    """What the documents say of a device with this root object, such as "Device."; "" where it never told.

    A document that says but one thing of a parameter leaves alone what others say besides: a value with its
    type, and who may have it, is one thing, each other member one by itself.  There is one document to a
    scope and name.  Raises `ValueError` on a scope that there is not.
    """
    ordered = sorted(documents, key=lambda document: document.weight)
    level = newest(document.level for document in ordered)
    if not root:
        return Composed(level=level)
    found: dict[str, _Layers] = {}
    elsewhere = set()
    for document in ordered:
        origin = Origin(document.scope, document.name)
        for path, entry in _from_the_top(document.entries, root):
            if under(root, path):
                found[path] = found.get(path, _NO_LAYERS).below(entry, origin)
            else:
                elsewhere.add(path)
    paths = sorted(found, key=sort_key)
    return Composed(
        {path: _hidden(path, found[path].entry) for path in paths},
        {path: found[path].origins for path in paths},
        level,
        tuple(sorted(elsewhere, key=sort_key)),
    )


def _hidden(path: str, entry: Entry) -> Entry:
    """The entry, a secret where its name is that of one."""
    return replace(entry, secret=True) if entry.value and not entry.secret and is_secret(path) else entry


def _from_the_top(entries: Mapping[str, Entry], root: str) -> Iterator[tuple[str, Entry]]:
    """The entries by absolute path; what is said for this root alone comes after what is said for any."""
    for path in sorted(entries, key=lambda path: not path.startswith(".")):
        yield absolute(path, root), entries[path]


class _Layers(NamedTuple):
    """What the documents up to one say of a parameter, and which they are."""

    entry: Entry
    value_from: Origin | None
    notify_from: Origin | None

    @property
    def origins(self) -> Origins:
        """The last to say something of the value, and of the notification."""
        return Origins(self.value_from, self.notify_from if self.notify_from != self.value_from else None)

    def below(self, entry: Entry, origin: Origin) -> _Layers:
        """These with the entry of one more document on top."""
        said: dict[str, Any] = {}
        value_from, notify_from = self.value_from, self.notify_from
        if entry.value is not None:
            said |= {name: getattr(entry, name) for name in _WITH_VALUE}
            value_from = origin
        if entry.notify:
            said["notify"] = entry.notify
            notify_from = origin
        if entry.bootstrap_only is not None:
            said["bootstrap_only"] = entry.bootstrap_only
        if entry.owner:
            said["owner"] = entry.owner
        if entry.others:
            said["others"] = entry.others
            value_from = origin
        return _Layers(replace(self.entry, **said), value_from, notify_from)


_NO_LAYERS = _Layers(Entry(), None, None)
