"""The reference of RPCs, from the table of messages."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from acs.cwmp.fields import Field, fields_of
from acs.cwmp.rpc import CPE, RPC
from acs.cwmp.rpcs import RPCS
from acs.cwmp.types import Leaf, Several
from acs.store.records import Role
from acs.web.objects.rpcs import role_of
from acs_docs.writing import Lines, code, heading, plain, table

_WIDTHS = (35, 55, 25)


def write() -> Lines:
    """A section for each RPC: those that may be asked of a device, then those that devices ask."""
    for title, rpcs in (
        ("What a device is asked", [rpc for rpc in RPCS if CPE in rpc.to]),
        ("What devices ask", [rpc for rpc in RPCS if CPE not in rpc.to]),
    ):
        yield from heading(title, "-")
        for rpc in rpcs:
            yield from _one(rpc)


def _one(rpc: RPC) -> Lines:
    yield from heading(rpc.name, "~", f"rpc-{rpc.name}")
    yield from (plain((rpc.request.__doc__ or "").strip()), "")
    for name, words in _facts(rpc):
        yield f":{name}: {words}"
    yield ""
    yield from _fields("Argument", rpc.request)
    yield from _fields("Result", rpc.response)


def _fields(title: str, message: type) -> Lines:
    rows = [_row(field) for field in fields_of(message)]
    if not rows:
        yield from (f"{title}s: none.", "")
    yield from table((title, "Type", "Where it is left out"), _WIDTHS, rows)


def _facts(rpc: RPC) -> Iterable[tuple[str, str]]:
    yield "Answered by", " and ".join({"CPE": "the device", "ACS": "the appliance"}[who] for who in rpc.to)
    yield "Since", f"CWMP {'.'.join(map(str, rpc.since))}"
    yield "Known to", "all, by the standard" if rpc.required else "those that choose to"
    if CPE in rpc.to:
        least = role_of(rpc.name)
        yield "Queued by", f"the role {code(least)}" + ("" if least is Role.ADMIN else " and higher ones")
        again = "may be sent again" if rpc.idempotent else "is never sent again by itself"
        yield "Unanswered", f"it {again}"
    if rpc.transfer:
        yield "Ends", "with a later TransferComplete or DUStateChangeComplete"
    yield "Faults", ", ".join(map(str, rpc.faults))


def _row(field: Field) -> tuple[str, ...]:
    return code(field.name), _type(field), _left_out(field)


def _left_out(field: Field) -> str:
    if field.optional:
        return "it is not there"
    return "it must be given" if field.required else f"{code(msgspec.json.encode(field.default).decode())}"


def _type(field: Field) -> str:
    inner = _simple(field.leaf) if field.leaf else " or ".join(_structure(each) for each in field.structs)
    if field.array is None:
        return inner
    return f"{'any number of elements' if field.repeated else 'array'} of {inner}{_count(field.array)}"


def _simple(leaf: Leaf) -> str:
    limits = [f"up to {leaf.maximum} characters"] if leaf.maximum else []
    if leaf.pattern:
        limits.append(f"as {code(leaf.pattern)}")
    if leaf.bounds is not None and len(leaf.bounds) < 100:
        limits.append(f"{leaf.bounds[0]} to {leaf.bounds[-1]}")
    return ", ".join([code(leaf.xsd), *limits])


def _count(array: Several) -> str:
    limits = [f"at least {array.least}"] * bool(array.least) + [f"at most {array.most}"] * bool(array.most)
    return f" ({', '.join(limits)})" if limits else ""


def _structure(cls: type) -> str:
    return f":ref:`{cls.__name__} <structure-{cls.__name__}>`"


def write_structures() -> Lines:
    """A section for each structure that an argument is, or holds."""
    for cls in sorted(_structures(), key=lambda cls: cls.__name__):
        yield from heading(cls.__name__, "~", f"structure-{cls.__name__}")
        yield from (plain((cls.__doc__ or "").strip()), "")
        yield from _fields("Member", cls)


def _structures() -> set[type]:
    waiting: list[type] = [message for rpc in RPCS for message in (rpc.request, rpc.response)]
    found: set[type] = set()
    while waiting:
        new = {cls for field in fields_of(waiting.pop()) for cls in field.structs} - found
        found |= new
        waiting += new
    return found
