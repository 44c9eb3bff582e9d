"""What an answer tells about a device's parameters goes into what is known of it."""

from __future__ import annotations

from collections.abc import Iterable

from acs.configuration.levels import is_level
from acs.cwmp import messages as m
from acs.cwmp.messages import AnyRequest, Response
from acs.cwmp.values import ParameterValueStruct
from acs.session.visit import Visit

_WITH_KEY = (m.SetParameterValues, m.AddObject, m.DeleteObject)


async def learn_inform(visit: Visit) -> None:
    """The parameters of the Inform, where they are not what was known."""
    await visit.tree.learn_values(visit.cpe.inform.ParameterList, visit.now())


async def learn(visit: Visit, request: AnyRequest, response: Response) -> None:
    """What this answer tells; a set that was applied at once tells what was set."""
    now = visit.now()
    if visit.cpe.adapter.forgets_parameter_key and isinstance(request, _WITH_KEY):
        key = request.ParameterKey
        visit.store.change_device(visit.device_id, parameter_key=key, current_config_level=level_in(key))
    if isinstance(response, m.GetParameterValuesResponse):
        await visit.tree.learn_values(response.ParameterList, now)
        if missing := _missing(request, response):
            words = f"{missing[0]} and {len(missing) - 1} more names" if missing[1:] else missing[0]
            visit.cpe.record.remark(f"the answer lacks {words[:300]}")
    elif isinstance(response, m.GetParameterNamesResponse):
        await visit.tree.learn_names(response.ParameterList, now)
    elif isinstance(response, m.GetParameterAttributesResponse):
        await visit.tree.learn_attributes(response.ParameterList)
    elif isinstance(request, m.SetParameterValues) and isinstance(response, m.SetParameterValuesResponse):
        if response.Status == 0:
            await visit.tree.learn_values(request.ParameterList, now, ours=True)
    elif isinstance(request, m.DeleteObject):
        await visit.tree.forget(request.ObjectName)
    elif isinstance(response, m.GetRPCMethodsResponse):
        visit.store.change_device(visit.device_id, rpc_methods=response.MethodList)


def _missing(request: AnyRequest, response: m.GetParameterValuesResponse) -> list[str]:
    """Names that were asked for and not told of: some devices leave out what they do not know, where fault
    9005 is due."""
    asked = request.ParameterNames if isinstance(request, m.GetParameterValues) else ()
    told = {value.Name for value in response.ParameterList}
    return [name for name in asked if name not in told and name and not name.endswith(".")]


def level_in(key: str) -> str:
    """The configuration level that a ParameterKey tells, "" where it is none of ours."""
    return key if is_level(key) else ""


def uptime_in(values: Iterable[ParameterValueStruct]) -> int | None:
    """Seconds since the device started, where it tells them."""
    for value in values:
        if value.Name.endswith(".DeviceInfo.UpTime") and value.Value.isascii() and value.Value.isdigit():
            return int(value.Value[:12])
    return None
