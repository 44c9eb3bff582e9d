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
from acs.configuration.naming import generality, place_of
from acs.configuration.secrecy import is_secret
from acs.cwmp.paths import sort_key

__all__ = ["RELATED", "SCOPES", "Composed", "Origin", "Origins", "Scoped", "compose"]

RELATED = "related"
"""The scope of what the operator's systems say of one device."""

SCOPES = ("all", "category", "vendor", "model", "tag", "device", RELATED)
"""Whom a document is for; later ones win."""
_NO_NAMES: Mapping[str, str] = {}


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

    ``level`` is that of the newest document; ``elsewhere`` are paths below another root than the device's,
    ``unmapped`` logical names that stand for no path of this device.
    """

    entries: Mapping[str, Entry] = {}
    origins: Mapping[str, Origins] = {}
    level: str = ""
    elsewhere: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()


def compose(
    documents: Iterable[Scoped],
    root: str,
    beside: tuple[str, ...] = (),
    names: Mapping[str, str] = _NO_NAMES,
) -> Composed:
    """What the documents say of a device with this root object, such as "Device."; "" where it never told.
    ``beside`` are others that it has: it mixes data models.  ``names`` has the paths that logical names stand
    for.

    A document that says but one thing of a parameter leaves alone what others say besides: a value with its
    type, and who may have it, is one thing, each other member one by itself.  There is one document to a
    scope and name.  Raises `ValueError` on a scope that there is not.
    """
    ordered = sorted(documents, key=lambda document: document.weight)
    level = newest(document.level for document in ordered)
    if not root:
        return Composed(level=level)
    found: dict[str, _Layers] = {}
    elsewhere, unmapped = set(), set()
    for document in ordered:
        origin = Origin(document.scope, document.name)
        for written, path, entry in _from_the_top(document.entries, root, names):
            if path is None:
                unmapped.add(written)
            elif path.startswith((root, *beside)):
                found[path] = found.get(path, _NO_LAYERS).below(entry, origin)
            else:
                elsewhere.add(path)
    paths = sorted(found, key=sort_key)
    return Composed(
        {path: _hidden(path, found[path].entry) for path in paths},
        {path: found[path].origins for path in paths},
        level,
        tuple(sorted(elsewhere, key=sort_key)),
        tuple(sorted(unmapped, key=sort_key)),
    )


def _hidden(path: str, entry: Entry) -> Entry:
    """The entry, a secret where its name is that of one."""
    return replace(entry, secret=True) if entry.value and not entry.secret and is_secret(path) else entry


def _from_the_top(
    entries: Mapping[str, Entry], root: str, names: Mapping[str, str]
) -> Iterator[tuple[str, str | None, Entry]]:
    """The entries, each with its path as written and the absolute one; what is said for this root alone comes
    after what is said for any."""
    for path in sorted(entries, key=generality):
        yield path, place_of(path, root, names), entries[path]


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
