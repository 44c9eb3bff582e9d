"""What every device is to be given so that it can be woken."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from acs.configuration.templates import fill
from acs.cwmp.values import ParameterValueStruct
from acs.hooks import Related
from acs.session.desired import facts_of
from acs.store.records import Device
from acs.store.records.wakes import Waking

AGAIN = "again"
"""What stands in `Device.wake_setup` where the device is to have new passwords."""

RESOURCE = "cwmp"
"""The resource by which a device is there on the XMPP server."""

FIRST_WAIT = 3600.0
LONGEST_WAIT = 7 * 86_400.0
"""Seconds from one vain try to the next, twice as many each time."""

_MANAGED = "ManagementServer."


class Stun(Struct, frozen=True):
    """The STUN server, as devices reach it: ``host`` "" where it is the ACS's; and the fewest and the most
    seconds between their requests."""

    port: int
    host: str = ""
    least: int = 30
    most: int = 120


class Xmpp(Struct, frozen=True):
    """The XMPP server, as devices reach it: ``server`` and ``port`` only where the ``domain`` does not tell
    (by DNS).  ``ours`` is the JID that calls them, ``create`` makes the account of a device there, with
    this name and password: why it could not, "" where it is there.
    """

    domain: str
    ours: str
    create: Callable[[str, str, str], Awaitable[str]]
    server: str = ""
    port: int = 5222
    tls: bool = True


@dataclass(frozen=True)
class WakeSetup:
    """``username`` is a template; ``password`` makes one that nobody can guess."""

    username: str
    password: Callable[[], str]
    stun: Stun | None = None
    xmpp: Xmpp | None = None

    @cached_property
    def name(self) -> str:
        """A short name for all of it: what a device was given under another is no longer what it should
        be."""
        stun, xmpp = self.stun, self.xmpp
        server = (xmpp.domain, xmpp.ours, xmpp.server, xmpp.port, xmpp.tls) if xmpp else None
        told = repr((self.username, stun, server))
        return blake2b(told.encode(), digest_size=6).hexdigest()


class State(NamedTuple):
    """What `Device.wake_setup` says: under which name it was given what, or how often in vain and when it is
    tried again."""

    name: str = ""
    tries: int = 0
    again: float = 0.0

    def __str__(self) -> str:
        return f"{self.name} {self.tries} {self.again:.0f}" if self.tries else self.name


def state_of(device: Device) -> State:
    """The same, from the device."""
    name, *rest = device.wake_setup.split(" ")
    return State(name, int(rest[0]), float(rest[1])) if len(rest) == 2 else State(name)


def failed(state: State, name: str, now: float) -> State:
    """What is said before another try, in case that is in vain."""
    tries = state.tries + 1 if state.name == name else 1
    return State(name, tries, now + min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT))


def asked_anew(device: Device) -> str:
    """What is to stand in `Device.wake_setup` of one that is to have new passwords; with a try where it may
    not even have the last ones."""
    state = state_of(device)
    if state.name == AGAIN:
        return device.wake_setup
    return AGAIN if state.name and not state.tries else str(State(AGAIN, max(1, state.tries)))


def given(setup: WakeSetup, device: Device, before: Waking, related: Related | None) -> Waking:
    """What the device is to be woken with: what it has, but for what is missing, or to be another.

    Raises `acs.configuration.templates.UnknownName` where the template asks for what nobody tells.
    """
    username = fill(setup.username, facts_of(device, related))
    new = replace(before, username=username)
    state = state_of(device)
    afresh = state.name == AGAIN
    if afresh or not new.password:
        new = replace(new, password=setup.password())
    # What it was given in vain it does not have: what it had before that is kept.
    in_vain = state.tries > 0 and before.previous_password
    if before.password and not in_vain and (before.username, before.password) != (new.username, new.password):
        new = replace(new, previous_username=before.username, previous_password=before.password)
    if setup.stun is not None and (afresh or not new.stun_password):
        new = replace(new, stun_username=f"cpe-{device.key}", stun_password=setup.password())
    if setup.xmpp is not None and (afresh or not new.xmpp_password):
        name = before.xmpp_username or _account(device, setup.password())
        new = replace(new, xmpp_username=name, xmpp_password=setup.password(), xmpp_made=False)
    return new


def _account(device: Device, chance: str) -> str:
    """A user name as XMPP has them, by which people can tell whose it is; a device that was deleted, and
    comes back, has another, as its former account may still be there."""
    plain = f"{device.oui}-{device.serial_number}".lower()
    readable = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in plain)[:48]
    return f"{readable}-{blake2b(chance.encode(), digest_size=4).hexdigest()}"


def credentials(root: str, waking: Waking) -> Iterator[ParameterValueStruct]:
    """The parameters that have the device know who calls it."""
    yield _text(f"{root}{_MANAGED}ConnectionRequestUsername", waking.username)
    yield _text(f"{root}{_MANAGED}ConnectionRequestPassword", waking.password)


def stun_values(root: str, stun: Stun, waking: Waking) -> Iterator[ParameterValueStruct]:
    """Those that have it keep its NAT open (TR-069 Annex G)."""
    place = root + _MANAGED
    yield _text(f"{place}STUNServerAddress", stun.host)
    yield ParameterValueStruct(f"{place}STUNServerPort", str(stun.port), "xsd:unsignedInt")
    yield _text(f"{place}STUNUsername", waking.stun_username)
    yield _text(f"{place}STUNPassword", waking.stun_password)
    yield ParameterValueStruct(f"{place}STUNMinimumKeepAlivePeriod", str(stun.least), "xsd:unsignedInt")
    yield ParameterValueStruct(f"{place}STUNMaximumKeepAlivePeriod", str(stun.most), "xsd:int")
    yield ParameterValueStruct(f"{place}STUNEnable", "1", "xsd:boolean")


def xmpp_values(
    root: str, xmpp: Xmpp, waking: Waking, connection: str, server: str = ""
) -> Iterator[ParameterValueStruct]:
    """Those that have it be there on the XMPP server, and listen to us alone (TR-069 Annex K).

    ``connection`` is the path of the XMPP.Connection instance, ``server`` that of the Server in it, where the
    device is to be told one.
    """
    yield _text(f"{connection}Username", waking.xmpp_username)
    yield _text(f"{connection}Password", waking.xmpp_password)
    yield _text(f"{connection}Domain", xmpp.domain)
    yield _text(f"{connection}Resource", RESOURCE)
    yield ParameterValueStruct(f"{connection}UseTLS", "1" if xmpp.tls else "0", "xsd:boolean")
    if server:
        yield _text(f"{connection}ServerConnectAlgorithm", "ServerTable")
        yield _text(f"{server}ServerAddress", xmpp.server)
        yield ParameterValueStruct(f"{server}Port", str(xmpp.port), "xsd:unsignedInt")
        yield ParameterValueStruct(f"{server}Enable", "1", "xsd:boolean")
    yield ParameterValueStruct(f"{connection}Enable", "1", "xsd:boolean")
    yield _text(f"{root}{_MANAGED}ConnReqAllowedJabberIDs", xmpp.ours)
    yield _text(f"{root}{_MANAGED}ConnReqXMPPConnection", connection.removesuffix("."))


def _text(name: str, value: str) -> ParameterValueStruct:
    return ParameterValueStruct(name, value, "xsd:string")
