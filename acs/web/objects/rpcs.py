"""The objects of the API that tell what a device can be asked for: RPCs, diagnostics."""

from __future__ import annotations

from acs.cwmp.diagnostics import Diagnostic
from acs.cwmp.json_form import schema_of
from acs.store.records import Role
from acs.web.objects.shapes import FLAG, LIST, TEXT, Kind, Member, Shape, one_of

FOR_OPERATORS = frozenset({"Download", "Upload", "ScheduleDownload", "ChangeDUState", "SetVouchers"})
"""RPCs that put software onto a device, or take its configuration with all secrets off it: support may not
ask for these, nor for vendors' own."""

_NUMBERS = Kind({"type": "array", "items": {"type": "integer"}}, list)
_SCHEMA = Kind({"type": "object"}, schema_of)
_ARGUMENTS = Member("arguments", _SCHEMA, description="JSON Schema.")


def role_of(name: str) -> Role:
    """The least role that may ask a device for an RPC that is declared."""
    return Role.OPERATOR if name in FOR_OPERATORS or name.startswith("X_") else Role.SUPPORT


RPC = Shape(
    "RPC",
    (
        Member("name", TEXT),
        Member("since", TEXT, lambda rpc: ".".join(map(str, rpc.since)), "The CWMP version that brought it."),
        Member("required", FLAG, description="Whether every CPE has to know it."),
        Member("idempotent", FLAG, description="Whether doing it twice does what doing it once does."),
        Member("transfer", FLAG, description="Whether its end is told by a later TransferComplete."),
        Member("role", one_of(*Role), lambda rpc: role_of(rpc.name), "Who may ask for it, at least."),
        Member("faults", _NUMBERS, description="Fault codes that a CPE may answer."),
        Member("arguments", _SCHEMA, "request", "JSON Schema."),
        Member("result", _SCHEMA, "response", "JSON Schema."),
    ),
)


def _found(diagnostic: Diagnostic) -> list[str]:
    return [*diagnostic.results.numbers, *diagnostic.results.texts, *diagnostic.tables]


DIAGNOSTIC = Shape(
    "Diagnostic",
    (
        Member("name", TEXT, description="Asked for as an RPC of this name."),
        _ARGUMENTS,
        Member("results", LIST, _found, "What it may find: names of parameters and of tables."),
    ),
)
