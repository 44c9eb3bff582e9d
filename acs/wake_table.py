"""The ``[wake]`` table of the configuration file: how devices are woken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from acs.kinds import CLIENT, HOST, NETWORKS, UDP_OR_NONE, Network
from acs.settings import TEXT, Secret, choice, integer, secret, setting, table


@dataclass(frozen=True, slots=True, kw_only=True)
class Xmpp:
    """The ``[wake.xmpp]`` table: ConnectionRequest by XMPP."""

    component: str = setting(TEXT, "", "The component's domain, as acs.isp.example; empty: off.")
    server: str = setting(CLIENT, "tcp:127.0.0.1:5347", "The XMPP server's component port (XEP-0114).")
    secret: Secret = setting(secret(TEXT), Secret(), "The component's secret.")
    domain: str = setting(TEXT, "", "Where the devices' accounts live.")
    accounts: str = setting(choice("xep-0133", "command", "none"), "xep-0133", "How accounts are made.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Udp:
    """The ``[wake.udp]`` table: ConnectionRequest by UDP, through NAT."""

    endpoint: str = setting(UDP_OR_NONE, "", "The STUN server, as udp:3478; empty: off.")
    public_address: str = setting(
        HOST, "", "What devices are told as its address; default the host of the listener's public_url."
    )
    keep_alive_minimum: int = setting(
        integer(10, 300), 30, "Seconds from one STUN request of a device to the next, at least."
    )
    keep_alive_maximum: int = setting(
        integer(10, 300), 120, "The same at most, for devices that find out what their NAT allows."
    )

    def problems(self) -> Iterator[tuple[str, str]]:
        """What makes no sense: keys and reasons."""
        if self.keep_alive_maximum < self.keep_alive_minimum:
            yield "wake.udp.keep_alive_maximum", "must not be less than keep_alive_minimum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """The ``[wake]`` table: how devices are woken."""

    username: str = setting(TEXT, "{{ device.id }}", "ConnectionRequest user name; passwords are generated.")
    allow_networks: tuple[Network, ...] = setting(
        NETWORKS,
        (),
        "Where devices may be called, loopback too if listed; empty: any unicast address but loopback, "
        "link-local and the appliance's own.",
    )
    xmpp: Xmpp = table(Xmpp, "ConnectionRequest by XMPP.")
    udp: Udp = table(Udp, "ConnectionRequest by UDP.")
