"""What a session does differently for one device, as a value: every field's default is to do nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Protocol, get_type_hints

from msgspec import Struct
from msgspec.structs import fields

from acs.cwmp.values import ParameterValueStruct

__all__ = ["NOTHING", "Adapter", "merged"]

Merge = Callable[[Any, Any], Any]


class Turn(Protocol):
    """What makes another value of a parameter's; the order of several makes no difference."""

    __name__: str

    def __call__(self, value: ParameterValueStruct) -> str:
        """The value instead."""


def _all_of(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*one, *other}))


def _each_once(one: Iterable[Turn], other: Iterable[Turn]) -> tuple[Turn, ...]:
    return tuple(sorted({*one, *other}, key=lambda turn: turn.__name__))


# How two quirks' wishes for a field, neither its default, become one.
Switch = Annotated[bool, bool.__or__]
AtMost = Annotated[int, min]
AtLeast = Annotated[float, max]
Several = Annotated[tuple[str, ...], _all_of]
Turns = Annotated[tuple[Turn, ...], _each_once]


class Adapter(Struct, frozen=True, kw_only=True):
    """What quirks in force ask for, merged: each field is one liberty that is taken for the device's sake.

    What we write:

    ``xml_declaration``: each envelope begins with ``<?xml ...?>``.
    ``writes``: what each value that is set becomes.

    What we read:

    ``reads``: what each value that the device tells becomes.

    What we ask:

    ``rpcs_per_session``: so many of our RPCs, and the session ends; the rest comes in the next one.
    ``names_per_request``: so many names in one GetParameterValues or GetParameterAttributes.
    ``level_by_level``: names are listed by NextLevel alone, never a whole tree at once.
    ``never``: RPCs that are not sent when they are our own idea (a job's is sent).

    The session:

    ``silence_seconds``: it may say nothing for so long.
    ``rest_seconds``: nothing is asked of it so soon after its start.
    ``forgets_parameter_key``: what it reports as ParameterKey is not what was set: ours is kept instead.
    ``bind_by_address``: it loses cookie and connection: its session is found by its address.
    ``close``: the connection is closed after each answer.

    ConnectionRequests:

    ``call_with_basic``: it may be given its password as it is, as it knows no digest.
    ``call_closing_accepts``: it closes the connection instead of an answer, and comes all the same.

    Files:

    ``plain_file_urls``: it is told the plain URL of a file, with a user name and a password beside it.
    ``files_by_tftp``: it fetches files by TFTP.
    """

    xml_declaration: Switch = False
    writes: Turns = ()
    reads: Turns = ()
    rpcs_per_session: AtMost = 0
    names_per_request: AtMost = 0
    level_by_level: Switch = False
    never: Several = ()
    silence_seconds: AtLeast = 0.0
    rest_seconds: AtLeast = 0.0
    forgets_parameter_key: Switch = False
    bind_by_address: Switch = False
    close: Switch = False
    call_with_basic: Switch = False
    call_closing_accepts: Switch = False
    plain_file_urls: Switch = False
    files_by_tftp: Switch = False


NOTHING = Adapter()
"""For a device that is as it should be."""

_MERGES: dict[str, Merge] = {
    name: hint.__metadata__[0] for name, hint in get_type_hints(Adapter, include_extras=True).items()
}


def merged(adapters: Iterable[Adapter]) -> Adapter:
    """One adapter that does what each of them does: the stricter limit, the longer wait, all names."""
    found: dict[str, Any] = {}
    for adapter in adapters:
        for field in fields(Adapter):
            value = getattr(adapter, field.name)
            if value != field.default:
                found[field.name] = (
                    _MERGES[field.name](found[field.name], value) if field.name in found else value
                )
    return Adapter(**found) if found else NOTHING
