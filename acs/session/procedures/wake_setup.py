"""A device is given what it is woken by: credentials, a place on the XMPP server, what keeps its NAT open."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.logger import Logger

from acs.configuration.templates import UnknownName
from acs.cwmp.values import SetParameterAttributesStruct
from acs.session.errors import CpeFault, Enough, Unanswered
from acs.session.problems import Problems, lines_of
from acs.session.procedures.connect_to_xmpp import (
    CONNECTIONS,
    ask_names,
    connect_to_xmpp,
    forget_connection,
)
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
)
from acs.store.records import Device, Parameter
from acs.store.records.wakes import Waking

_ACTIVE = 2  # the Notification attribute: at once
_PLACE = {"udp": "UDPConnectionRequestAddress", "xmpp": "ConnReqJabberID"}  # where it is to be found

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
    known = await visit.tree.load()
    problems = await _look_for_others(visit, setup, known)
    values = list(credentials(visit.root, waking))
    ways = []
    if setup.stun is not None and f"{visit.root}ManagementServer.STUNEnable" in known:
        values += [value for value in stun_values(visit.root, setup.stun, waking) if value.Name in known]
        ways.append("udp")
    if setup.xmpp is not None and f"{visit.root}ManagementServer.ConnReqXMPPConnection" in known:
        reason, more = await connect_to_xmpp(visit, setup, waking, known)
        values += more
        problems |= {"XMPP": reason} if reason else {}
        ways += ["xmpp"] if more else []
    before = visit.device.wake_setup
    state = failed(state_of(visit.device), setup.name, visit.now())
    visit.store.change_device(visit.device_id, wake_setup=str(state))
    await visit.store.committed()  # lest a device that does not survive it be asked in each session
    try:
        refused, _ = await set_values(visit, values, visit.device.parameter_key)
    except Enough:
        # It comes in the next session, and this was no try.
        visit.store.change_device(visit.device_id, wake_setup=before)
        raise
    lost = {way for way in ways if any(_belongs(name, way) for name in refused)}
    ways = [way for way in ways if way not in lost]
    if "xmpp" in lost:
        await forget_connection(visit)
    visit.store.change_device(visit.device_id, wake_ways=tuple(sorted(ways)))
    if problems | refused:
        _tell(visit, setup, problems | refused, state)
    else:
        visit.store.change_device(visit.device_id, wake_setup=setup.name)
    await _be_told(visit, ways)


async def _look_for_others(visit: Visit, setup: WakeSetup, known: Mapping[str, Parameter]) -> Problems:
    """Ask the device, where it was never read, what it has beside credentials; why it does not say."""
    place = f"{visit.root}ManagementServer."
    # The URL of the ACS is what every device has, and nobody sets: it is known if the device was read.
    if (setup.stun or setup.xmpp) and f"{place}URL" not in known:
        try:
            await ask_names(visit, place, True)
        except CpeFault as refusal:
            return {place: str(refusal)}
    return {}


def _belongs(name: str, way: str) -> bool:
    """Whether a parameter is one without which a way does not work."""
    leaf = name.rpartition(".")[2]
    if way == "udp":
        return leaf in ("STUNEnable", "STUNUsername", "STUNPassword")
    return CONNECTIONS in name or leaf == "ConnReqXMPPConnection"


async def _be_told(visit: Visit, ways: list[str]) -> None:
    """Have the device say at once when it is to be found elsewhere."""
    await set_attributes(
        visit,
        [
            SetParameterAttributesStruct(
                f"{visit.root}ManagementServer.{_PLACE[way]}", True, _ACTIVE, False, ()
            )
            for way in ways
        ],
    )


def _tell(visit: Visit, setup: WakeSetup, problems: Problems, state: State) -> None:
    said = "; ".join(lines_of(problems))
    visit.store.change_device(visit.device_id, wake_setup=str(state))
    visit.cpe.record.remark(f"not all set to be woken by: {said[:1000]}")
    log.warn("{device}: not all set to be woken by: {problems}", **visit.about, problems=said[:500])
