"""Reads parameters in parts from devices that cannot give all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic

from msgspec import Struct, field

from acs.configuration.batching import halves
from acs.cwmp import messages as m
from acs.cwmp.messages import Request
from acs.cwmp.values import ParameterInfoStruct
from acs.session.conversation import Conversation
from acs.session.errors import CpeFault
from acs.session.visit import Visit

# Internal error and resources exceeded: what devices say when an answer would be too long (checklist 5).
_TOO_MUCH = (9002, 9004)
_NO_SUCH_NAME = 9005
_BATCH = 64


class Names(Struct):
    """How far the listing of names has come: which are to be listed next, and which were found."""

    waiting: list[str] = field(default_factory=list)
    found: dict[str, ParameterInfoStruct] = field(default_factory=dict)


class Batches(Struct, Generic[m.R]):
    """How far the reading of many parameters has come: the names to ask for next, and the answers up to then;
    ``waiting`` is None before it is known that they cannot be had at once."""

    waiting: list[tuple[str, ...]] | None = None
    answers: list[m.R] = field(default_factory=list)


async def read_names(cpe: Conversation, root: str, so_far: Names) -> tuple[ParameterInfoStruct, ...]:
    """All names below ``root``; level by level where the device refuses to list them at once, or is known not
    to survive it; none where it does not list them (Yeacomm answers with an empty list, Sagemcom with 9005:
    their values tell the names).  Where it breaks off, ``so_far`` tells how far it has come.
    """
    if not so_far.waiting and not so_far.found:
        if not cpe.adapter.level_by_level:
            try:
                return (await cpe.call(m.GetParameterNames(root, False))).ParameterList
            except CpeFault as refusal:
                if refusal.fault.FaultCode == _NO_SUCH_NAME:
                    return ()
                if refusal.fault.FaultCode not in (*_TOO_MUCH, 9003):
                    raise
        so_far.waiting.append(root)
    while so_far.waiting:
        infos = await _level(cpe, so_far.waiting[-1])
        so_far.waiting.pop()
        for info in infos:
            if info.Name != root and info.Name not in so_far.found:
                so_far.found[info.Name] = info
                so_far.waiting += [info.Name] if info.Name.endswith(".") else []
    return tuple(so_far.found.values())


async def _level(cpe: Conversation, path: str) -> tuple[ParameterInfoStruct, ...]:
    """What is right below a path; nothing where it vanished meanwhile."""
    try:
        return (await cpe.call(m.GetParameterNames(path, True))).ParameterList
    except CpeFault as refusal:
        if refusal.fault.FaultCode != _NO_SUCH_NAME:
            raise
        return ()


async def read_in_parts(
    cpe: Conversation,
    ask: Callable[[tuple[str, ...]], Request[m.R]],
    root: str,
    names: Sequence[ParameterInfoStruct],
    so_far: Batches[m.R],
) -> list[m.R]:
    """The answers to ``ask`` for everything below ``root``, of which ``names`` are the parts.

    Asked at once; where that is too much, in batches that are halved until they fit.  A name that the
    device refuses although it has listed it (it vanished, or never was) is left out.  Where it breaks off,
    ``so_far`` tells how far it has come.
    """
    if so_far.waiting is None:
        if not (cpe.adapter.level_by_level and _leaves(names)):
            try:
                return [await cpe.call(ask((root,)))]
            except CpeFault as refusal:
                if refusal.fault.FaultCode not in (*_TOO_MUCH, _NO_SUCH_NAME) or not _leaves(names):
                    raise
        so_far.waiting = _cut(cpe, _leaves(names))
    return await _read(cpe, ask, so_far, so_far.waiting)


def _leaves(names: Sequence[ParameterInfoStruct]) -> list[str]:
    """The full names of the parameters among them."""
    return [info.Name for info in names if not info.Name.endswith(".")]


async def read_each(
    cpe: Conversation,
    ask: Callable[[tuple[str, ...]], Request[m.R]],
    names: Sequence[str],
    so_far: Batches[m.R] | None = None,
) -> list[m.R]:
    """The answers to ``ask`` for these names, in batches that are halved until they fit; one that the device
    refuses is left out.  Where it breaks off, ``so_far`` tells how far it has come."""
    so_far = so_far or Batches()
    if so_far.waiting is None:
        so_far.waiting = _cut(cpe, names)
    return await _read(cpe, ask, so_far, so_far.waiting)


async def read_values(
    visit: Visit,
    names: Sequence[str],
    so_far: Batches[m.GetParameterValuesResponse] | None = None,
    ours: bool = False,
) -> dict[str, str]:
    """The values that the device tells of these parameters, by name; they go into what is known of it, where
    ``ours`` says that it was us who set them.  The rest is as with `read_each`."""
    told: dict[str, str] = {}
    for answer in await read_each(visit.cpe, m.GetParameterValues, names, so_far):
        await visit.tree.learn_values(answer.ParameterList, visit.now(), ours)
        told |= {value.Name: value.Value for value in answer.ParameterList}
    return told


def _cut(cpe: Conversation, names: Sequence[str]) -> list[tuple[str, ...]]:
    size = cpe.adapter.names_per_request or _BATCH
    return [tuple(names[start : start + size]) for start in range(0, len(names), size)]


async def _read(
    cpe: Conversation,
    ask: Callable[[tuple[str, ...]], Request[m.R]],
    so_far: Batches[m.R],
    waiting: list[tuple[str, ...]],
) -> list[m.R]:
    while waiting:
        batch = waiting[0]
        smaller: list[tuple[str, ...]] = []
        try:
            so_far.answers.append(await cpe.call(ask(batch)))
        except CpeFault as refusal:
            if refusal.fault.FaultCode not in (*_TOO_MUCH, _NO_SUCH_NAME):
                raise
            if len(batch) > 1:
                smaller = halves(batch)
        waiting[:1] = smaller
    return so_far.answers
