"""Sets parameters, of which those that the device refuses do not keep back the others.

What was set is read afterwards, as some devices say that they have done what they have not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twisted.logger import Logger

from acs.configuration.batching import batches, halves
from acs.configuration.comparing import same
from acs.cwmp import messages as m
from acs.cwmp.errors import LocalProtocolError
from acs.cwmp.values import ParameterAttributeStruct, ParameterValueStruct, SetParameterAttributesStruct
from acs.session.errors import CpeFault, Unanswered, words_of
from acs.session.problems import Problems
from acs.session.procedures.give_types import give_types
from acs.session.procedures.learn import learn
from acs.session.procedures.reading import read_values
from acs.session.visit import Visit

log = Logger()

Values = Sequence[ParameterValueStruct]


async def set_values(visit: Visit, values: Values, key: str) -> tuple[Problems, bool]:
    """Set them, with ``key`` as the ParameterKey of the last set, unless one is refused; all others leave it
    as it is.  Returns why some are not set, and whether the others are in force at once (Status 0).

    Those that the device names as wrong are left out; where it names none, halves are tried.
    """
    waiting = batches(await give_types(visit, values), visit.cpe.adapter.names_per_request)
    problems: Problems = {}
    at_once = True
    while waiting:
        batch = waiting.pop(0)
        last = not waiting and not problems
        request = m.SetParameterValues(batch, key if last else visit.device.parameter_key)
        try:
            response = await visit.cpe.call(request)
        except CpeFault as refusal:
            refused = _refused(batch, refusal)
            problems |= refused
            waiting[:0] = _rest(batch, refused)
        except LocalProtocolError as error:
            return problems | {"": str(error)}, at_once
        else:
            await learn(visit, request, response)
            at_once = at_once and response.Status == 0
    return problems, at_once


def _refused(batch: Values, refusal: CpeFault) -> Problems:
    """Those of a set that the device will not have, as far as it says."""
    names = {value.Name for value in batch}
    told = {
        each.ParameterName: words_of(each)
        for each in refusal.fault.SetParameterValuesFault
        if each.ParameterName in names
    }
    if not told and len(batch) == 1:
        told = {batch[0].Name: words_of(refusal.fault)}
    return told


def _rest(
    batch: tuple[ParameterValueStruct, ...], refused: Problems
) -> list[tuple[ParameterValueStruct, ...]]:
    rest = tuple(value for value in batch if value.Name not in refused)
    if len(rest) < len(batch):
        return [rest] if rest else []
    return halves(batch)


async def unkept(visit: Visit, values: Values, before: Mapping[str, str | None]) -> Problems:
    """Read what was set; those that are what they were before, although the device said that it had set them.

    What it has made something else of is told, and no more: it has heard it.
    """
    problems: Problems = {}
    told = await read_values(visit, [value.Name for value in values], ours=True)
    for value in values:
        now = told.get(value.Name)
        if now is None or same(value.Value, now, value.Type):
            continue
        if now == before.get(value.Name):
            problems[value.Name] = "the device says that it has set it, and has kept what it had"
        else:
            visit.cpe.record.remark(f"the device has made something else of {value.Name}")
    return problems


async def set_attributes(visit: Visit, wanted: Sequence[SetParameterAttributesStruct]) -> None:
    """Many devices know no attributes: that is told, and keeps none from its level."""
    if not wanted or "SetParameterAttributes" in visit.cpe.adapter.never:
        return
    for batch in batches(wanted, visit.cpe.adapter.names_per_request):
        try:
            await visit.cpe.call(m.SetParameterAttributes(batch))
        except (CpeFault, Unanswered) as refusal:
            log.warn("{device}: no notification: {reason}", **visit.about, reason=str(refusal))
            visit.cpe.record.remark(f"no notification: {refusal}")
            return
        await visit.tree.learn_attributes(
            ParameterAttributeStruct(each.Name, each.Notification, each.AccessList) for each in batch
        )
