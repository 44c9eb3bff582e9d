"""The command ``import genieacs``: what GenieACS's exports hold is told to the appliance.

Saying it again changes nothing: a device that is registered keeps what it has, one that has called is left as
it is, a configuration is only added to.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from acs.ctl.api import Api
from acs.ctl.errors import ApiError
from acs.ctl.genieacs import NAME
from acs.ctl.genieacs.devices import Known, NotMapped, device_of
from acs.ctl.genieacs.documents import Document, read_documents
from acs.ctl.genieacs.presets import Wanted, wanted_of
from acs.ctl.reach import connect
from acs.ctl.tables import write_json
from acs.ctl.text import printable
from acs.ctl.transfer import import_store

_PIECE = 1000
_MOST_NAMED = 50
_UNMAPPED = {
    "provision": "a provision is a script; say what devices are to have in configurations, and ask your own"
    " systems by [hooks]",
    "task": "a task that waits is given anew, with acsctl job add",
    "fault": "a fault is what GenieACS could not do",
    "file": "the file itself is not in the export: copy it into the folder of files, or acsctl firmware add",
    "document": "it is neither a device nor a preset",
}


def import_files(arguments: Namespace) -> int:
    """``import FILE``, and ``import genieacs FILE...``"""
    if arguments.files[0] == NAME and len(arguments.files) > 1:
        return import_genieacs(arguments)
    (arguments.file,) = arguments.files
    return import_store(arguments)


def import_genieacs(arguments: Namespace) -> int:
    """``import genieacs FILE...``"""
    importing = Importing(None if arguments.dry_run else connect(arguments))
    for name in arguments.files[1:]:
        for document in read_documents(Path(name)):
            importing.take(document)
    importing.finish()
    importing.say(arguments.json)
    return 0


class Importing:
    """Takes one document after the other; without an ``api`` nothing is told to anybody.

    :ivar counted: how many devices and configurations, by what became of them.
    :ivar unmapped: what has no place here, with the reason.
    """

    def __init__(self, api: Api | None) -> None:
        self._api = api
        self._wanted: list[tuple[str, Wanted]] = []
        self._left_out: Counter[str] = Counter()
        self.counted: Counter[str] = Counter()
        self.unmapped: list[tuple[str, str]] = []

    def take(self, document: Document) -> None:
        """One document, whatever it is."""
        kind, name = kind_of(document), _named(document)
        try:
            if kind == "device":
                self._take_device(device_of(document))
            elif kind == "preset":
                self._wanted.append((name, wanted_of(document)))
            else:
                raise NotMapped(_UNMAPPED[kind])
        except NotMapped as reason:
            self.unmapped.append((f"{kind} {name}", str(reason)))
        except ApiError as refused:
            if refused.code not in (400, 409, 413, 422):
                raise
            self.unmapped.append((f"{kind} {name}", refused.reason))

    def _take_device(self, known: Known) -> None:
        self._left_out.update(known.left_out)
        if self._api is None:
            self.counted["registered"] += 1
            return
        try:
            there: Mapping[str, Any] = self._api.get("devices", known.id)
        except ApiError as refused:
            if refused.code != 404:
                raise
            self._register(self._api, known)
        else:
            self._add_to(self._api, known, there)

    def _register(self, api: Api, known: Known) -> None:
        who = known.who
        identity = {
            "manufacturer": who.Manufacturer,
            "oui": who.OUI,
            "product_class": who.ProductClass,
            "serial_number": who.SerialNumber,
        }
        api.put("devices", known.id, body={**identity, "tags": list(known.tags)})
        self._tell(api, known)
        self.counted["registered"] += 1

    def _add_to(self, api: Api, known: Known, there: Mapping[str, Any]) -> None:
        """A device that is there: its tags are added to, and what was known where it has not called."""
        tags = list(dict.fromkeys((*there["tags"], *known.tags)))
        if tags != there["tags"]:
            api.patch("devices", known.id, body={"tags": tags})
            self.counted["tagged"] += 1
        if there["inform_count"]:
            self.counted["called_already"] += 1
        else:
            self._tell(api, known)
            self.counted["registered_already"] += 1

    def _tell(self, api: Api, known: Known) -> None:
        for start in range(0, max(len(known.parameters), 1), _PIECE):
            piece = known.parameters[start : start + _PIECE]
            body = {**known.facts, **({"parameters": piece} if piece else {})}
            if body:
                api.post("devices", known.id, "known", body=body)

    def finish(self) -> None:
        """All was taken: what presets want together is said, of two that differ what the weightier one
        says."""
        together: dict[tuple[str, str], dict[str, Any]] = {}
        for name, wanted in sorted(self._wanted, key=lambda each: each[1].weight):
            together.setdefault((wanted.scope, wanted.name), {}).update(wanted.parameters)
            self.unmapped += [
                (f"preset {name}", f"{left_out}: no configuration says so") for left_out in wanted.left_out
            ]
        for (scope, name), parameters in together.items():
            try:
                self._configure(scope, name, parameters)
            except ApiError as refused:
                self.unmapped.append((f"configuration {scope} {name}", refused.reason))
        self.unmapped += [
            (name, f"of {count} devices: it has no place here") for name, count in self._left_out.items()
        ]

    def _configure(self, scope: str, name: str, parameters: Mapping[str, Any]) -> None:
        if self._api is None:
            self.counted["configured"] += 1
            return
        query = {"scope": scope, "name": name, "secrets": "true"}
        said = next(self._api.items("configurations", query=query), None)
        found: dict[str, Any] = said["parameters"] if said else {}
        for path in parameters.keys() & found.keys():
            if _value(found[path]) != _value(parameters[path]):
                self.unmapped.append((f"{scope} {name}", f"{path} is said already, and to be another value"))
        if parameters.keys() <= found.keys():
            self.counted["configured_already"] += 1
            return
        self._api.put("configurations", scope, name, body={"parameters": {**parameters, **found}})
        self.counted["configured"] += 1

    def say(self, as_json: bool) -> None:
        """Tell what became of it all."""
        if as_json:
            unmapped = [{"what": what, "reason": reason} for what, reason in self.unmapped]
            write_json({**self._counts(), "dry_run": self._api is None, "unmapped": unmapped}, sys.stdout)
            return
        would, counts = "would be " if self._api is None else "", self._counts()
        devices = (
            f"{counts['registered']:,} {would}registered, {counts['registered_already']:,} were already,"
            f" {counts['called_already']:,} have called here and stay as they are"
        )
        print(f"devices: {devices}")
        written = f"{counts['configured']:,} {would}written, {counts['configured_already']:,} were already"
        print(f"configurations: {written}")
        for line in self._lines():
            print(line)

    def _counts(self) -> dict[str, int]:
        names = (
            "registered",
            "registered_already",
            "called_already",
            "tagged",
            "configured",
            "configured_already",
        )
        return {name: self.counted[name] for name in names}

    def _lines(self) -> Iterator[str]:
        if self.unmapped:
            yield f"not taken over ({len(self.unmapped):,}):"
        for what, reason in self.unmapped[:_MOST_NAMED]:
            yield f"  {printable(what)}: {printable(reason)}"
        if len(self.unmapped) > _MOST_NAMED:
            yield f"  and {len(self.unmapped) - _MOST_NAMED:,} more: --json names them all"


def kind_of(document: Document) -> str:
    """What a document is."""
    if "_row" in document or "_deviceId" in document or "_lastInform" in document:
        return "device"
    for kind, members in (
        ("provision", {"script"}),
        ("fault", {"channel", "code"}),
        ("task", {"device", "name"}),
        ("file", {"filename"}),
    ):
        if members <= document.keys():
            return kind
    return "preset" if {"precondition", "configurations", "weight"} & document.keys() else "document"


def _named(document: Document) -> str:
    row = document.get("_row") or {}
    return str(document.get("_id") or next(iter(row.values()), ""))[:200]


def _value(said: Any) -> str:
    """What an entry of a configuration says, as text."""
    value = said.get("value") if isinstance(said, Mapping) else said
    return str(value).lower() if isinstance(value, bool) else str(value)
