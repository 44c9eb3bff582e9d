"""Presets, as far as a configuration can say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from acs.ctl.genieacs.devices import NotMapped

JSON = Any

_BOOTSTRAP = "0 BOOTSTRAP"
_TERM = re.compile(
    r'DeviceID\.(?P<part>\w+)\s*=\s*"(?P<value>[^"]*)"|Tags\.(?P<tag>[\w-]+)\s*(?:=\s*true|IS\s+NOT\s+NULL)'
)
_AND = re.compile(r"\s+AND\s+")
_PARTS = {
    "_deviceId._Manufacturer": "Manufacturer",
    "DeviceID.Manufacturer": "Manufacturer",
    "_deviceId._ProductClass": "ProductClass",
    "DeviceID.ProductClass": "ProductClass",
    "_id": "ID",
    "DeviceID.ID": "ID",
    "_tags": "tag",
}


@dataclass(slots=True)
class Wanted:
    """What a preset wants, as a configuration of this scope and name has it; ``left_out``: what that cannot
    say, each with the reason."""

    scope: str
    name: str
    weight: float = 0
    parameters: dict[str, JSON] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def wanted_of(preset: Mapping[str, JSON]) -> Wanted:
    """What a preset wants; raises `NotMapped` where no configuration can say anything of it."""
    if preset.get("provision") or preset.get("provisionArgs"):
        raise NotMapped(f"it runs the provision {preset.get('provision')!r}, which is a script")
    if preset.get("schedule"):
        raise NotMapped("it goes by a schedule")
    scope, name = _scope(_terms(preset.get("precondition", "")))
    weight = preset.get("weight", 0)
    wanted = Wanted(scope, name, weight if isinstance(weight, int | float) else 0)
    bootstrap = _only_at_bootstrap(preset.get("events") or {})
    for each in preset.get("configurations") or []:
        _take(wanted, each, bootstrap)
    if not wanted.parameters:
        raise NotMapped("; ".join(wanted.left_out) or "it sets no values")
    return wanted


def _terms(precondition: JSON) -> dict[str, str]:
    """What has to be so of a device, by part of its identity or "tag"."""
    text = precondition if isinstance(precondition, str) else json.dumps(precondition)
    if text.strip() in ("", "true", "{}", "null"):
        return {}
    return dict(_of_query(text) if text.lstrip().startswith("{") else _of_expression(text))


def _of_query(text: str) -> Iterator[tuple[str, str]]:
    try:
        query = json.loads(text)
    except ValueError:
        raise NotMapped("its precondition cannot be read") from None
    for name, value in query.items():
        if name not in _PARTS or not isinstance(value, str):
            raise NotMapped(f"its precondition asks for {name[:80]}")
        yield _PARTS[name], value


def _of_expression(text: str) -> Iterator[tuple[str, str]]:
    for term in _AND.split(text.strip()):
        found = _TERM.fullmatch(term.strip().strip("()"))
        if found is None or (found["part"] and f"DeviceID.{found['part']}" not in _PARTS):
            raise NotMapped(f"its precondition asks for {term[:80]}")
        yield ("tag", found["tag"]) if found["tag"] else (found["part"], found["value"])


def _scope(terms: Mapping[str, str]) -> tuple[str, str]:
    match sorted(terms):
        case []:
            return "all", "default"
        case ["tag"]:
            return "tag", terms["tag"]
        case ["Manufacturer"]:
            return "vendor", terms["Manufacturer"]
        case ["Manufacturer", "ProductClass"]:
            return "model", f"{terms['Manufacturer']}/{terms['ProductClass']}"
        case ["ID"]:
            return "device", terms["ID"]
    raise NotMapped(f"no scope has exactly the devices of this {' and '.join(sorted(terms))}")


def _only_at_bootstrap(events: JSON) -> bool:
    """Whether it is for devices that come from the factory; raises `NotMapped` for other events."""
    if not isinstance(events, Mapping) or not events:
        return False
    if dict(events) == {_BOOTSTRAP: True}:
        return True
    raise NotMapped(f"it goes by events: {', '.join(map(str, events))}")


def _take(wanted: Wanted, each: JSON, bootstrap: bool) -> None:
    kind, name = (each.get("type"), each.get("name")) if isinstance(each, Mapping) else (None, None)
    value = each.get("value") if isinstance(each, Mapping) else None
    if kind != "value" or not isinstance(name, str) or not isinstance(value, str | int | float | bool):
        wanted.left_out.append(f"{kind or 'a configuration'} {name or ''}".strip())
    elif isinstance(value, str) and "{{" in value:
        wanted.left_out.append(f"value {name} (it holds {{{{)")
    else:
        wanted.parameters[name] = {"value": value, "bootstrap_only": True} if bootstrap else value
