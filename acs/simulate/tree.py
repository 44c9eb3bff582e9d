"""The parameter tree of one simulated CPE: its differences from the model that it shares with others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from twisted.internet.interfaces import IReactorTime

from acs.cwmp.paths import generic, is_instance, is_partial, parent
from acs.simulate.identity import Identity
from acs.simulate.model import INSTANCE, ROW, Entries, Entry, Model, children_of
from acs.simulate.placeholders import MOVING, NOW, fill


class Tree:
    """What a device has below each path, and how that changes.

    Copy on write: an untouched tree holds nothing but empty dictionaries.  Nothing is refused here but what
    does not exist (`KeyError`); what an ACS may do is for `acs.simulate.parameters` to say.
    """

    __slots__ = (
        "_attributes",
        "_children",
        "_clock",
        "_entries",
        "_highest",
        "_values",
        "booted",
        "identity",
        "model",
    )

    def __init__(self, model: Model, identity: Identity, clock: IReactorTime) -> None:
        self.model = model
        self.identity = identity
        self.booted = clock.seconds()
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Back to what left the factory."""
        self._values: dict[str, str] = {}
        self._entries: dict[str, Entry | None] = {}  # None: what the model has, and this device no more
        self._children: dict[str, tuple[str, ...]] = {}
        self._attributes: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._highest: dict[str, int] = {}

    # Looking

    def entry(self, path: str) -> Entry | None:
        """What stands there; None for nothing."""
        if path in self._entries:
            return self._entries[path]
        return self.model.parameters.get(path)

    def children(self, path: str) -> tuple[str, ...]:
        """What stands directly below an object; ``""`` is above the roots."""
        changed = self._children.get(path)
        return self.model.children[path] if changed is None else changed

    def below(self, path: str) -> Iterator[str]:
        """An object and everything below it, each object before what it holds; a parameter alone."""
        if path:
            yield path
        if is_partial(path):
            for child in self.children(path):
                if child.endswith("."):
                    yield from self.below(child)
                else:
                    yield child

    def value(self, path: str) -> str:
        """A parameter's true value, hidden or not."""
        if path in self._values:
            return self._values[path]
        entry = self.entry(path)
        if entry is None:
            raise KeyError(path)
        if not entry.filled:
            return entry.value
        return self._moving(entry.value) if entry.value in MOVING else fill(entry.value, self.identity)

    def told(self, path: str, otherwise: str = "") -> str:
        """A parameter's true value; ``otherwise`` where the device has no such parameter."""
        return otherwise if self.entry(path) is None else self.value(path)

    def attributes(self, path: str) -> tuple[int, tuple[str, ...]]:
        """A parameter's notification and its access list."""
        changed = self._attributes.get(path)
        if changed is not None:
            return changed
        entry = self.entry(path)
        if entry is None:
            raise KeyError(path)
        return entry.notification, entry.access_list

    def _moving(self, placeholder: str) -> str:
        now = self._clock.seconds()
        return timestamp(now) if placeholder == NOW else str(int(now - self.booted))

    # Changing

    def write(self, path: str, value: str) -> None:
        """Give a parameter a value."""
        self._values[path] = value

    def write_attributes(self, path: str, notification: int, access_list: tuple[str, ...]) -> None:
        """Give a parameter its notification and its access list."""
        self._attributes[path] = notification, access_list

    def new_lease(self) -> list[str]:
        """Another address for the device; the parameters that told the old one."""
        told = {path: self.value(path) for path in self._filled()}
        self.identity = replace(self.identity, lease=self.identity.lease + 1)
        return [path for path, value in told.items() if self.value(path) != value]

    def _filled(self) -> Iterator[str]:
        for path, entry in self.model.parameters.items():
            if entry.filled and entry.value not in MOVING and self.entry(path) is not None:
                yield path

    def template(self, table: str) -> Entries | None:
        """What an instance of a table would hold; None where there can be none."""
        return self.model.templates.get(generic(table) + "{i}.")

    def create(self, table: str) -> int:
        """Add an instance to a table that has a template; its number."""
        number = self._highest_in(table) + 1
        instance = f"{table}{number}."
        self._highest[table] = number
        self._children[table] = (*self.children(table), instance)
        self._fill_instance(instance, number, self.template(table) or {})
        self._count(table)
        return number

    def _highest_in(self, table: str) -> int:
        # Numbers of instances that are gone do not return (TR-069 A.3.2.6).
        known = self._highest.get(table)
        if known is not None:
            return known
        numbers = (child[len(table) : -1] for child in self.children(table) if is_instance(child))
        return max((int(number) for number in numbers if number.isdecimal()), default=0)

    def _fill_instance(self, instance: str, number: int, template: Entries) -> None:
        table = self.entry(parent(instance))
        head = INSTANCE if table and table.writable else ROW
        made = {instance: head, **{instance + name: entry for name, entry in template.items()}}
        self._entries.update(made)
        for path, below in children_of(made).items():
            if path.startswith(instance):
                self._children[path] = below
        for path, entry in made.items():
            if entry.filled and entry.value not in MOVING:
                self._values[path] = fill(entry.value, self.identity, number)

    def remove(self, instance: str) -> None:
        """Take an instance out of its table, with all that is below it."""
        for path in list(self.below(instance)):
            for kept in (self._values, self._entries, self._attributes, self._children, self._highest):
                kept.pop(path, None)
            if path in self.model.parameters:
                self._entries[path] = None
        table = parent(instance)
        # Only now may the number be unknown, so that it is noted before it is gone from the table.
        self._highest[table] = self._highest_in(table)
        self._children[table] = tuple(child for child in self.children(table) if child != instance)
        self._count(table)

    def _count(self, table: str) -> None:
        name = self.model.counts.get(generic(table))
        if name and self.entry(path := parent(table) + name) is not None:
            self.write(path, str(len(self.children(table))))


def timestamp(seconds: float) -> str:
    """A dateTime in UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
