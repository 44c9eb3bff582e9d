"""Configurations: which values the operator wants parameters to have, by whose devices those are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from acs.configuration.addressing import numbered
from acs.configuration.composing import Composed
from acs.configuration.document import DocumentError, Entry, read_document, write_document
from acs.configuration.levels import level_at
from acs.configuration.naming import no_map
from acs.configuration.planning import differing
from acs.configuration.secrecy import is_secret
from acs.configuration.templates import names
from acs.hooks import HookFailed
from acs.session.desired import filled, is_told
from acs.session.relation import Relation, document_of, subject_of
from acs.session.replacing import Told
from acs.store.listing.listings import CONFIGURATIONS
from acs.store.records import Configuration, Device, Role, Scope
from acs.web.api.datamodels import refuse_what_no_model_has
from acs.web.api.devices import device_of
from acs.web.appliance import Appliance
from acs.web.hiding.secrets import MASK, SHOW, shown
from acs.web.objects.configurations import CONFIGURATION, ENTRY
from acs.web.people.areas import Area
from acs.web.people.restrictions import OF_DEVICE, OF_SCOPE, WHOLE
from acs.web.serving.answers import NOTHING, Answer, of_json
from acs.web.serving.calls import Body, Call, Param
from acs.web.serving.listing import PAGE, answer_list, list_of, params_of, piece, query_of
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import JSON, FieldError, objects

routes = Routes("/api/v1", Area.CONFIGURATIONS, WHOLE)

_PLACE = "/configurations/{scope}/{name}"
_ONE = {200: Content(CONFIGURATION.reference)}
_SAID: Mapping[str, JSON] = {
    "value": {"type": ["string", "boolean", "integer", "number"]},
    "type": {"type": "string", "description": "As xsd:unsignedInt; the device's own, where it is left out."},
    "notify": {"type": "string", "enum": ["off", "passive", "active"]},
    "bootstrap_only": {"type": "boolean", "description": "For devices that come from the factory alone."},
    "secret": {"type": "boolean", "description": "Hidden wherever it is shown."},
    "owner": {
        "type": "string",
        "enum": ["operator", "subscriber"],
        "description": "The operator's value is put back where it was changed, the subscriber's is learnt.",
    },
    "unverified": {"type": "boolean", "description": "Unverified devices may have it too."},
    "others": {
        "type": "string",
        "enum": ["keep", "remove"],
        "description": "Of a table: what becomes of instances that no entry speaks of.",
    },
}
PARAMETERS: Mapping[str, JSON] = {
    "type": "object",
    "description": "By path, below the device's root object, whatever it is, where that begins with a dot;"
    " or by logical name, such as wifi.2g.ssid.",
}
DESCRIBED = {
    **PARAMETERS,
    "additionalProperties": {"anyOf": [{"type": ["string", "boolean", "integer", "number"]}, objects(_SAID)]},
}
_DIFF = Param("diff", {"type": "boolean", "default": False}, "Only what is not as it is wanted.")
_FORCE = Param("force", {"type": "boolean", "default": False}, "Take it, whatever the data models say.")
_BODY = Body(
    objects({"parameters": PARAMETERS}, ("parameters",)),
    described=objects({"parameters": DESCRIBED}, ("parameters",)),
)


@routes.add(
    "GET",
    "/configurations",
    Role.VIEWER,
    {200: list_of(CONFIGURATION.reference)},
    query=(*params_of(CONFIGURATIONS), SHOW),
)
async def list_configurations(appliance: Appliance, call: Call) -> Answer:
    """List configurations."""
    reveal = shown(call)
    page = await appliance.store.configurations(query_of(call))
    return answer_list(call, await appliance.in_thread(_show_all, page.items, reveal), page.next)


def _show_all(configurations: Iterable[Configuration], reveal: bool) -> list[dict[str, JSON]]:
    """Many configurations; in a thread, as each may have thousands of entries."""
    return [show_configuration(each, reveal) for each in configurations]


@routes.add("GET", _PLACE, Role.VIEWER, _ONE, query=(SHOW,), restricted=OF_SCOPE)
async def read_configuration(appliance: Appliance, call: Call) -> Answer:
    """One configuration.

    The scope is all, category, vendor, model, tag or device; the name of all is default, a model's is
    Manufacturer/ProductClass.
    """
    reveal = shown(call)
    found = await appliance.store.configuration(*_meant(call))
    if found is None:
        raise Problem(404, "there is no such configuration")
    return of_json(await _shown(appliance, found, reveal))


@routes.add(
    "PUT", _PLACE, Role.OPERATOR, _ONE, query=(_FORCE,), body=_BODY, refusals=(422,), restricted=OF_SCOPE
)
async def write_configuration(appliance: Appliance, call: Call) -> Answer:
    """Say what the devices of a scope are to have, instead of what was said before.

    Its level is the time of this change: each of these devices is brought to it in its next session.  What
    says the same as before changes nothing; a secret that is written as it is shown, hidden, stays as it was.
    What cannot be right by the data models that were imported is refused, unless it is forced.
    """
    scope, name = _meant(call)
    before = await appliance.store.configuration(scope, name)
    entries, document = await appliance.in_thread(_read, call.body["parameters"], before)
    if before is not None and before.parameters == document:
        return of_json(await _shown(appliance, before, reveal=False))
    if not call.query["force"]:
        await refuse_what_no_model_has(appliance, entries)
    new = Configuration(scope, name, level_at(appliance.now()), document, call.principal.name)
    try:
        await appliance.store.put_configuration(new)
    except LookupError:
        raise Problem(404, "there is no device with this id") from None
    return of_json(await _shown(appliance, new, reveal=False))


def _read(
    parameters: Mapping[str, Any], before: Configuration | None
) -> tuple[dict[str, Entry], dict[str, JSON]]:
    """What a body says, and as it is kept; in a thread, as it may have thousands of entries."""
    entries = entries_of(parameters, before)
    return entries, write_document(entries)


async def _shown(appliance: Appliance, configuration: Configuration, reveal: bool) -> dict[str, JSON]:
    """The same for one that is shown."""
    return await appliance.in_thread(show_configuration, configuration, reveal)


@routes.add("DELETE", _PLACE, Role.OPERATOR, {204: None}, restricted=OF_SCOPE)
async def delete_configuration(appliance: Appliance, call: Call) -> Answer:
    """Say nothing more of these devices.  What was set on them stays as it is."""
    if not await appliance.store.delete_configuration(*_meant(call)):
        raise Problem(404, "there is no such configuration")
    return NOTHING


@routes.add(
    "GET",
    "/devices/{id}/configuration",
    Role.VIEWER,
    {200: list_of(ENTRY.reference)},
    query=(_DIFF, SHOW, *PAGE),
    restricted=OF_DEVICE,
)
async def configuration_of_device(appliance: Appliance, call: Call) -> Answer:
    """List what is wanted of a device, each parameter with the scope that it comes from.

    With diff, those alone that are not as they were when the device last told of them.
    """
    reveal = shown(call)
    device = await device_of(appliance, call)
    related, document = await told_of(appliance, device)
    composed = await appliance.desired.composed(device, document)
    entries, _ = filled(composed.entries, device, related)
    known = await appliance.store.parameters(device.id)
    places = {path: numbered(path, known) for path in composed.entries}
    paths: Iterable[str] = composed.entries
    differs = differing({places[path]: entry for path, entry in entries.items()}, known)
    if call.query["diff"]:
        paths = [path for path in composed.entries if places[path] in differs]
    page = piece(call, [*paths, *composed.unmapped], lambda path: path)
    items = []
    for path in page.items:
        if path in composed.unmapped:
            items.append(_unmapped(path))
            continue
        held = known.get(places[path])
        entry = entries.get(path, composed.entries[path])
        held_value = None if held is None else held.value
        written = _composed(path, entry, composed, held_value, reveal)
        items.append({**written, "differs": places[path] in differs})
    return answer_list(call, items, page.next)


async def told_of(appliance: Appliance, device: Device) -> Told:
    """The device's record in the operator's systems, and what they want of it; raises `Problem` 503 where
    they do not answer: what is wanted is not known then."""
    hooks, subject = appliance.hooks, subject_of(device)
    try:
        related = await hooks.find_related(subject)
        return Told(related, await document_of(hooks, device, Relation(subject, related)))
    except HookFailed as error:
        raise Problem(503, f"the operator's systems do not answer: {error}") from error


def _meant(call: Call) -> tuple[str, str]:
    scope, name = call.path["scope"].text, call.path["name"].text
    if reason := wrong_with_place(scope, name):
        raise Problem(404, reason)
    return scope, name


def wrong_with_place(scope: str, name: str) -> str:
    """Why there is no configuration of this scope and name; "" where there may be one."""
    if scope not in list(Scope):
        return f"there is no such scope: they are {', '.join(Scope)}"
    if scope == Scope.ALL and name != "default":
        return "the one configuration for all is called default"
    return ""


def entries_of(parameters: Mapping[str, Any], before: Configuration | None) -> dict[str, Entry]:
    """What a body says; ``before``: what was said so far, which has the secrets that are hidden in the body.
    Raises `Problem` 422."""
    try:
        entries = read_document(parameters)
    except DocumentError as error:
        wrong = tuple(FieldError(f"parameters.{path}", reason) for path, reason in error.mistakes[:100])
        raise Problem(422, "the configuration is wrong", wrong) from None
    known = read_document(before.parameters) if before is not None else {}
    entries = {path: _unmasked(path, entry, known.get(path)) for path, entry in entries.items()}
    if wrong := tuple(_beyond_the_document(entries)):
        raise Problem(422, "the configuration is wrong", wrong[:100])
    return entries


def _unmasked(path: str, entry: Entry, before: Entry | None) -> Entry:
    """With the secret that there was, if it stays one."""
    if entry.value != MASK or before is None or not (hides(path, before) and hides(path, entry)):
        return entry
    return replace(entry, value=before.value)


def _beyond_the_document(entries: Mapping[str, Entry]) -> Iterator[FieldError]:
    """What is wrong with entries that are such by themselves."""
    for path, entry in entries.items():
        if entry.value == MASK:
            yield FieldError(f"parameters.{path}", "is hidden: give the value itself")
        for name in names(entry.value or ""):
            if not is_told(name):
                yield FieldError(f"parameters.{path}", f"nobody tells what {name} is")
            elif entry.unverified and name.startswith("related."):
                yield FieldError(f"parameters.{path}", f"{name} is for verified devices alone")


def show_configuration(configuration: Configuration, reveal: bool) -> dict[str, JSON]:
    """A configuration as the API writes it; ``reveal``: with its secrets."""
    entries = read_document(configuration.parameters)
    shown_entries = {path: entry if reveal else masked_entry(path, entry) for path, entry in entries.items()}
    return CONFIGURATION.write(configuration, parameters=write_document(shown_entries))


def masked_entry(path: str, entry: Entry) -> Entry:
    """An entry as it may be shown."""
    return replace(entry, value=MASK) if entry.value and hides(path, entry) else entry


def hides(path: str, entry: Entry) -> bool:
    """Whether its value is for those alone who may see secrets."""
    return entry.secret or is_secret(path)


def _composed(path: str, entry: Entry, composed: Composed, held: str | None, reveal: bool) -> dict[str, JSON]:
    origins = composed.origins[path]
    return ENTRY.write(
        entry if reveal else masked_entry(path, entry),
        name=path,
        held=MASK if held and not reveal and hides(path, entry) else held,
        source=origins.value and origins.value._asdict(),
        notify_source=origins.notify and origins.notify._asdict(),
        bootstrap_only=bool(entry.bootstrap_only),
        differs=False,
        problem=None,
    )


def _unmapped(name: str) -> dict[str, JSON]:
    """A logical name that stands for nothing on this device."""
    nothing = {"held": None, "source": None, "notify_source": None, "bootstrap_only": False, "differs": True}
    return ENTRY.write(Entry(), name=name, problem=no_map(name), **nothing)
