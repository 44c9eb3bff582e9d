"""A device is given a place on the XMPP server: an account there, with a connection of its own to use it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec.structs import replace

from acs.cwmp import messages as m
from acs.cwmp.values import ParameterInfoStruct, ParameterValueStruct
from acs.session.errors import CpeFault
from acs.session.procedures.learn import learn
from acs.session.procedures.reading import read_values
from acs.session.visit import Visit
from acs.session.waking import WakeSetup, xmpp_values
from acs.store.records import Parameter
from acs.store.records.wakes import Waking

CONNECTIONS = "XMPP.Connection."


async def connect_to_xmpp(
    visit: Visit, setup: WakeSetup, waking: Waking, known: Mapping[str, Parameter]
) -> tuple[str, list[ParameterValueStruct]]:
    """Make the account and what the device needs to use it; why not, or what is to be set."""
    assert setup.xmpp is not None, "asked by who has seen it"
    if not waking.xmpp_made:
        if reason := await setup.xmpp.create(visit.device_id, waking.xmpp_username, waking.xmpp_password):
            return f"no account: {reason}", []
        waking = replace(waking, xmpp_made=True)
        await visit.store.put_waking(visit.device_id, waking)
    try:
        connection = await _connection(visit, waking, known)
    except CpeFault as refusal:
        return str(refusal), []
    if connection != waking.xmpp_connection:
        # At once: a device whose sessions are short would else be given another one in the next.
        await visit.store.put_waking(visit.device_id, replace(waking, xmpp_connection=connection))
    server = ""
    if setup.xmpp.server:
        try:
            server = await _server(visit, connection, known)
        except CpeFault as refusal:
            return str(refusal), []
    return "", list(xmpp_values(visit.root, setup.xmpp, waking, connection, server))


async def _connection(visit: Visit, waking: Waking, known: Mapping[str, Parameter]) -> str:
    """The path of our instance, else of one that nobody uses, else of a new one; raises `CpeFault`."""
    if waking.xmpp_connection and not visit.cpe.events.bootstrap:
        return waking.xmpp_connection
    usernames = await _usernames(visit, known)
    if usernames.get(f"{waking.xmpp_connection}Username") in (waking.xmpp_username, ""):
        return waking.xmpp_connection
    for wanted in (waking.xmpp_username, ""):
        for name, value in usernames.items():
            if value == wanted:
                return name.removesuffix("Username")
    request = m.AddObject(visit.root + CONNECTIONS, visit.device.parameter_key)
    answer = await visit.cpe.call(request)
    await learn(visit, request, answer)
    return f"{visit.root}{CONNECTIONS}{answer.InstanceNumber}."


async def _usernames(visit: Visit, known: Mapping[str, Parameter]) -> dict[str, str]:
    """Whose the instances are that the device has, by the path of their Username; as it tells now, unless its
    sessions are too short for that."""
    anew = not visit.cpe.adapter.rpcs_per_session
    table = visit.root + CONNECTIONS
    names = list(known)
    if anew or table not in known:
        names = await ask_names(visit, f"{visit.root}XMPP.", False)
    pattern = re.compile(re.escape(table) + r"[0-9]+\.Username")
    usernames = [name for name in names if pattern.fullmatch(name)]
    if anew or any(known[name].value is None for name in usernames):
        await read_values(visit, usernames)
    return {name: known[name].value or "" for name in usernames}


async def _server(visit: Visit, connection: str, known: Mapping[str, Parameter]) -> str:
    """The path of the connection's server, which is added where there is none; raises `CpeFault`."""
    if f"{connection}Username" not in known:
        await ask_names(visit, connection, False)
    table = f"{connection}Server."
    pattern = re.compile(re.escape(table) + r"[0-9]+\.")
    for name in sorted(known):
        if found := pattern.match(name):
            return found[0]
    request = m.AddObject(table, visit.device.parameter_key)
    answer = await visit.cpe.call(request)
    await learn(visit, request, answer)
    added = f"{table}{answer.InstanceNumber}."
    await visit.tree.learn_names([ParameterInfoStruct(added, True)], visit.now())
    return added


async def ask_names(visit: Visit, path: str, next_level: bool) -> list[str]:
    """The names below a path as the device tells them now."""
    request = m.GetParameterNames(path, next_level)
    answer = await visit.cpe.call(request)
    await learn(visit, request, answer)
    return [info.Name for info in answer.ParameterList]


async def forget_connection(visit: Visit) -> None:
    """The device may not have that instance any more: the next time it is looked for."""
    waking = await visit.store.waking(visit.device_id)
    if waking is not None:
        await visit.store.put_waking(visit.device_id, replace(waking, xmpp_connection=""))
