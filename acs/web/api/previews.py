"""What a device would get by a configuration that is not written yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from acs.configuration.addressing import numbered
from acs.configuration.composing import Composed, Scoped
from acs.configuration.document import Entry
from acs.configuration.levels import level_at
from acs.configuration.naming import no_map
from acs.configuration.planning import plan
from acs.cwmp.paths import sort_key
from acs.session.desired import filled
from acs.session.replacing import Told
from acs.store.records import Device, Parameter, Role, Scope
from acs.web.api.configurations import (
    DESCRIBED,
    PARAMETERS,
    entries_of,
    hides,
    told_of,
    wrong_with_place,
)
from acs.web.api.devices import device_of
from acs.web.appliance import Appliance
from acs.web.hiding.secrets import MASK, SHOW, shown
from acs.web.objects.configurations import PREVIEW, PREVIEWED
from acs.web.people.areas import Area
from acs.web.people.restrictions import OF_DEVICE
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import JSON, FieldError, line, objects

routes = Routes("/api/v1", Area.CONFIGURATIONS, OF_DEVICE)

_PLACE: Mapping[str, JSON] = {
    "scope": {"type": "string", "enum": list(Scope)},
    "name": {**line(512, 1), "description": "As in the path of the configuration."},
}
_REQUIRED = ("scope", "name", "parameters")


@routes.add(
    "POST",
    "/devices/{id}/configuration/preview",
    Role.OPERATOR,
    {200: Content(PREVIEW.reference)},
    query=(SHOW,),
    body=Body(
        objects({**_PLACE, "parameters": PARAMETERS}, _REQUIRED),
        described=objects({**_PLACE, "parameters": DESCRIBED}, _REQUIRED),
    ),
    refusals=(422,),
)
async def preview(appliance: Appliance, call: Call) -> Answer:
    """What would be wanted of a device, and what it would be told, were a configuration written like this.

    Nothing is changed.  For a device that is not among those of the configuration it is shown as if it were.
    """
    reveal = shown(call)
    device = await device_of(appliance, call)
    place = _place(call.body)
    if call.principal.only is not None and place != (Scope.DEVICE, device.id):
        raise Problem(403, "those who may see some devices only write the configuration of the device alone")
    entries = entries_of(call.body["parameters"], await appliance.store.configuration(*place))
    told = await told_of(appliance, device)
    instead = Scoped(*place, level_at(appliance.now()), entries)
    desired = appliance.desired
    before = await desired.composed(device, told.document)
    after = await desired.composed(device, told.document, instead)
    known = await appliance.store.parameters(device.id)
    compared = _Compared(_Wanted.of(before, device, told), _Wanted.of(after, device, told), known)
    items = await appliance.in_thread(lambda: list(compared.items(reveal)))
    applies = place in (*desired.names(device), (Scope.DEVICE, device.id))
    seen = PREVIEW.write(None, applies=applies, same=compared.paths - len(items), entries=items)
    return of_json(seen, dry=True)


def _place(body: JSON) -> tuple[str, str]:
    scope, name = body["scope"], body["name"]
    if reason := wrong_with_place(scope, name):
        raise Problem(422, reason, (FieldError("name", "is that of no configuration"),))
    return scope, name


class _Wanted(NamedTuple):
    """What is wanted of a device; ``filled`` are the entries with the names in their values filled in."""

    composed: Composed
    filled: Mapping[str, Entry]
    nameless: Mapping[str, str]

    @classmethod
    def of(cls, composed: Composed, device: Device, told: Told) -> _Wanted:
        """By the device's facts, and those of what is related to it."""
        return cls(composed, *filled(composed.entries, device, told.related))

    def entry(self, path: str) -> Entry | None:
        """What is wanted of a parameter, filled in as far as that can be."""
        return self.filled.get(path) or self.composed.entries.get(path)

    def due(self, known: Mapping[str, Parameter], before: Mapping[str, Entry]) -> dict[str, str]:
        """What a session would do about each path of which it would do something.

        Nobody can read a secret back: one that is as it was ``before`` counts as set.
        """
        places = {path: numbered(path, known) for path in self.filled}
        entries = {places[path]: entry for path, entry in self.filled.items()}
        as_before = [path for path, entry in self.filled.items() if entry == before.get(path)]
        settled = {places[path] for path in as_before if self.filled[path].secret}
        todo = plan(entries, known, bootstrap=False, settled=settled)
        found = dict.fromkeys((each.Name for each in todo.attributes), "notify")
        found |= dict.fromkeys((each.Name for each in todo.values), "set")
        found |= dict.fromkeys(todo.missing, "missing") | dict.fromkeys(todo.read_only, "read_only")
        return {path: found[place] for path, place in places.items() if place in found}


class _Compared(NamedTuple):
    """What is wanted so far, and what would be, of a device of which this is known."""

    before: _Wanted
    after: _Wanted
    known: Mapping[str, Parameter]

    @property
    def paths(self) -> int:
        """How many parameters something is wanted of, or was, or logical names that stand for none."""
        composed, formerly = self.after.composed, self.before.composed
        return len({*composed.entries, *formerly.entries, *composed.unmapped})

    def items(self, reveal: bool) -> Iterator[dict[str, JSON]]:
        """What would change, or would be due."""
        due = self.after.due(self.known, self.before.filled)
        unmapped = self.after.composed.unmapped
        yield from (_of_no_path(name, name not in self.before.composed.unmapped) for name in unmapped)
        for path in sorted({*self.before.composed.entries, *self.after.composed.entries}, key=sort_key):
            was, entry = self.before.entry(path), self.after.entry(path)
            if was != entry or path in due:
                yield self._item(path, was, entry, due.get(path), reveal)

    def _item(
        self, path: str, was: Entry | None, entry: Entry | None, due: str | None, reveal: bool
    ) -> dict[str, JSON]:
        held = self.known.get(numbered(path, self.known))
        secret = not reveal and any(hides(path, each) for each in (was, entry) if each is not None)
        values = (was and was.value, entry and entry.value, held and held.value)
        said, value, has = (MASK if secret and each else each for each in values)
        origins = self.after.composed.origins.get(path)
        source = origins.value if origins is not None else None
        nameless = self.after.nameless.get(path)
        return PREVIEWED.write(
            None,
            name=path,
            before=said,
            value=value,
            held=has,
            source=source and source._asdict(),
            bootstrap_only=bool(entry and entry.bootstrap_only),
            changed=was != entry,
            due=due,
            problem=nameless and f"nobody tells what {nameless} is",
        )


def _of_no_path(name: str, changed: bool) -> dict[str, JSON]:
    """A logical name that stands for nothing on this device."""
    nothing = dict.fromkeys(("before", "value", "held", "source", "due"))
    return PREVIEWED.write(
        None, name=name, bootstrap_only=False, changed=changed, problem=no_map(name), **nothing
    )
