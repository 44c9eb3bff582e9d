"""Reads parameters in parts from devices that cannot give all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from acs.cwmp import messages as m
from acs.cwmp.messages import Request
from acs.cwmp.values import ParameterInfoStruct
from acs.session.conversation import Conversation
from acs.session.errors import CpeFault

# Internal error and resources exceeded: what devices say when an answer would be too long (checklist 5).
_TOO_MUCH = (9002, 9004)
_NO_SUCH_NAME = 9005
_BATCH = 64


async def read_names(cpe: Conversation, root: str) -> tuple[ParameterInfoStruct, ...]:
    """All names below ``root``; level by level where the device refuses to list them at once, or is known not
    to survive it; none where it does not list them (Yeacomm answers with an empty list, Sagemcom with 9005:
    their values tell the names).
    """
    if cpe.adapter.level_by_level:
        return await _walk(cpe, root)
    try:
        answer = await cpe.call(m.GetParameterNames(root, False))
    except CpeFault as refusal:
        if refusal.fault.FaultCode == _NO_SUCH_NAME:
            return ()
        if refusal.fault.FaultCode not in (*_TOO_MUCH, 9003):
            raise
        return await _walk(cpe, root)
    return answer.ParameterList


async def _walk(cpe: Conversation, root: str) -> tuple[ParameterInfoStruct, ...]:
    found: list[ParameterInfoStruct] = []
    waiting = [root]
    seen = {root}
    while waiting:
        for info in await _level(cpe, waiting.pop()):
            if info.Name in seen:
                continue
            seen.add(info.Name)
            found.append(info)
            if info.Name.endswith("."):
                waiting.append(info.Name)
    return tuple(found)


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
    names: Sequence[str],
    job: int | None = None,
) -> list[m.R]:
    """The answers to ``ask`` for everything below ``root``, of which ``names`` are the full names of the
    parameters.

    Asked at once; where that is too much, in batches that are halved until they fit.  A name that the
    device refuses although it has listed it (it vanished, or never was) is left out.
    """
    if not (cpe.adapter.level_by_level and names):
        try:
            return [await cpe.call(ask((root,)), job)]
        except CpeFault as refusal:
            if refusal.fault.FaultCode not in (*_TOO_MUCH, _NO_SUCH_NAME) or not names:
                raise
    return await read_each(cpe, ask, names, job)


async def read_each(
    cpe: Conversation,
    ask: Callable[[tuple[str, ...]], Request[m.R]],
    names: Sequence[str],
    job: int | None = None,
) -> list[m.R]:
    """The answers to ``ask`` for these names, in batches that are halved until they fit; one that the device
    refuses is left out."""
    size = cpe.adapter.names_per_request or _BATCH
    batches = [tuple(names[start : start + size]) for start in range(0, len(names), size)]
    answers: list[m.R] = []
    while batches:
        batch = batches.pop(0)
        try:
            answers.append(await cpe.call(ask(batch), job))
        except CpeFault as refusal:
            if refusal.fault.FaultCode not in (*_TOO_MUCH, _NO_SUCH_NAME):
                raise
            if len(batch) > 1:
                middle = len(batch) // 2
                batches[:0] = [batch[:middle], batch[middle:]]
    return answers
