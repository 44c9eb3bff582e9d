"""A device is given what it is woken by: credentials, a place on the XMPP server, what keeps its NAT open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace
from twisted.logger import Logger

from acs.configuration.templates import UnknownName
from acs.cwmp import messages as m
from acs.cwmp.values import ParameterValueStruct, SetParameterAttributesStruct
from acs.session.errors import CpeFault, Unanswered
from acs.session.problems import Problems, lines_of
from acs.session.procedures.instances import Tables, add_instances
from acs.session.procedures.learn import learn
from acs.session.procedures.setting import set_attributes, set_values
from acs.session.visit import Visit
from acs.session.waking import (
    AGAIN,
    State,
    WakeSetup,
    credentials,
    failed,
    given,
    state_of,
    stun_values,
    xmpp_values,
)
from acs.store.records import Device, Parameter
from acs.store.wake_records import Waking

_CONNECTIONS = "XMPP.Connection."
_ACTIVE = 2  # the Notification attribute: at once

log = Logger()


async def wake_setup(visit: Visit, setup: WakeSetup | None) -> None:
    """Give it all at once, if it is verified and has not got it: in one set, of which what it refuses keeps
    back nothing else."""
    device = visit.device
    if setup is None or not (visit.verified and device.root) or not is_due(device, setup, visit.now()):
        return
    before = await visit.store.waking(device.id) or Waking()
    try:
        waking = given(setup, device, before, visit.related)
    except UnknownName as unknown:
        _tell(
            visit,
            setup,
            {"": f"nobody tells what {unknown.name} is"},
            failed(state_of(device), setup.name, visit.now()),
        )
        return
    # Kept before it goes out: whatever becomes of the session, the device can be called with it.
    if waking != before:
        await visit.store.put_waking(device.id, waking)
    if state_of(device).name == AGAIN:
        # The passwords are new now, and stay the same until the device has them.
        device = visit.store.change_device(device.id, wake_setup="")
    try:
        await _give(visit, setup, waking)
    except (CpeFault, Unanswered) as refusal:
        _tell(visit, setup, {"": str(refusal)}, failed(state_of(device), setup.name, visit.now()))


def is_due(device: Device, setup: WakeSetup, now: float) -> bool:
    """Whether it has not got what it should, and was not asked in vain a short while ago."""
    if device.wake_setup == setup.name:
        return False
    state = state_of(device)
    return state.name != setup.name or (state.tries > 0 and now >= state.again)


async def _give(visit: Visit, setup: WakeSetup, waking: Waking) -> None:
    """Find out what the device has to be set, make what is missing, set it."""
    known = await _known(visit, setup)
    values = list(credentials(visit.root, waking))
    problems: Problems = {}
    ways = []
    if setup.stun is not None and f"{visit.root}ManagementServer.STUNEnable" in known:
        values += [value for value in stun_values(visit.root, setup.stun, waking) if value.Name in known]
        ways.append("udp")
    if setup.xmpp is not None and f"{visit.root}ManagementServer.ConnReqXMPPConnection" in known:
        reason, more = await _on_xmpp(visit, setup, waking, known)
        values += more
        problems |= {"XMPP": reason} if reason else {}
        ways += ["xmpp"] if more else []
    state = failed(state_of(visit.device), setup.name, visit.now())
    visit.store.change_device(visit.device_id, wake_setup=str(state))
    await visit.store.committed()  # lest a device that does not survive it be asked in each session
    refused, _ = await set_values(visit, values, visit.device.parameter_key)
    ways = [way for way in ways if not any(_belongs(name, way) for name in refused)]
    visit.store.change_device(visit.device_id, wake_ways=tuple(sorted(ways)))
    if problems | refused:
        _tell(visit, setup, problems | refused, state)
    else:
        visit.store.change_device(visit.device_id, wake_setup=setup.name)
    await _be_told(visit, ways)


async def _known(visit: Visit, setup: WakeSetup) -> Mapping[str, Parameter]:
    """The parameters of the device; it is asked for those that matter, where it was never read."""
    known = await visit.tree.load()
    place = f"{visit.root}ManagementServer."
    if (setup.stun or setup.xmpp) and f"{place}ConnectionRequestUsername" not in known:
        request = m.GetParameterNames(place, True)
        answer = await visit.cpe.call(request)
        await learn(visit, request, answer)
    return known


async def _on_xmpp(
    visit: Visit, setup: WakeSetup, waking: Waking, known: Mapping[str, Parameter]
) -> tuple[str, list[ParameterValueStruct]]:
    """Make the account and what the device needs to use it; why not, or what is to be set."""
    assert setup.xmpp is not None, "asked by who has seen it"
    if not waking.xmpp_made:
        if reason := await setup.xmpp.create(waking.xmpp_username, waking.xmpp_password):
            return f"no account: {reason}", []
        waking = replace(waking, xmpp_made=True)
        await visit.store.put_waking(visit.device_id, waking)
    connection = waking.xmpp_connection or _ours(known, visit.root, waking.xmpp_username)
    if not connection or visit.cpe.events.bootstrap:
        request = m.AddObject(visit.root + _CONNECTIONS, visit.device.parameter_key)
        try:
            answer = await visit.cpe.call(request)
        except CpeFault as refusal:
            return str(refusal), []
        await learn(visit, request, answer)
        connection = f"{visit.root}{_CONNECTIONS}{answer.InstanceNumber}."
    if connection != waking.xmpp_connection:
        # At once: a device whose sessions are short would else be given another one in the next.
        await visit.store.put_waking(visit.device_id, replace(waking, xmpp_connection=connection))
    values = list(xmpp_values(visit.root, setup.xmpp, waking, connection))
    if setup.xmpp.server:
        _, refused = await add_instances(visit, [f"{connection}Server.1.Port"], Tables())
        if refused:
            return "; ".join(lines_of(refused)), []
    return "", values


def _ours(known: Mapping[str, Parameter], root: str, username: str) -> str:
    """The connection that a device has which it was given before; "" where it has none."""
    table = root + _CONNECTIONS
    for name, parameter in known.items():
        if name.startswith(table) and name.endswith(".Username") and parameter.value == username:
            return name.removesuffix("Username")
    return ""


def _belongs(name: str, way: str) -> bool:
    """Whether a parameter is one without which a way does not work."""
    leaf = name.rpartition(".")[2]
    if way == "udp":
        return leaf in ("STUNEnable", "STUNUsername", "STUNPassword")
    return _CONNECTIONS in name or leaf == "ConnReqXMPPConnection"


async def _be_told(visit: Visit, ways: list[str]) -> None:
    """Have the device say at once when it is to be found elsewhere."""
    names: Iterator[str] = iter(
        name
        for way, name in (("udp", "UDPConnectionRequestAddress"), ("xmpp", "ConnReqJabberID"))
        if way in ways
    )
    await set_attributes(
        visit,
        [
            SetParameterAttributesStruct(f"{visit.root}ManagementServer.{name}", True, _ACTIVE, False, ())
            for name in names
        ],
    )


def _tell(visit: Visit, setup: WakeSetup, problems: Problems, state: State) -> None:
    said = "; ".join(lines_of(problems))
    visit.store.change_device(visit.device_id, wake_setup=str(state))
    visit.cpe.record.remark(f"not all set to be woken by: {said[:1000]}")
    log.warn("{device}: not all set to be woken by: {problems}", device=visit.device_id, problems=said[:500])
