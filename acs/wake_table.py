"""The ``[wake]`` table of the configuration file: how devices are woken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from acs.kinds import CLIENT, COMMAND, HOST, LABEL, NETWORKS, UDP_OR_NONE, Network
from acs.settings import FLAG, TEXT, Secret, choice, integer, secret, setting, table, tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Xmpp:
    """The ``[wake.xmpp]`` table: ConnectionRequest by XMPP."""

    component: str = setting(TEXT, "", "The component's domain, as acs.isp.example; empty: off.")
    server: str = setting(CLIENT, "tcp:127.0.0.1:5347", "The XMPP server's component port (XEP-0114).")
    secret: Secret = setting(secret(TEXT), Secret(), "The component's secret.")
    domain: str = setting(TEXT, "", "Where the devices' accounts live.")
    accounts: str = setting(choice("xep-0133", "command", "none"), "xep-0133", "How accounts are made.")
    devices_server: str = setting(
        TEXT, "", "Where devices find the XMPP server; empty: by DNS, from the domain."
    )
    devices_port: int = setting(integer(1, 65_535), 5222, "On which port, where devices_server is given.")
    devices_tls: bool = setting(FLAG, True, "Devices use TLS.")
    create_command: tuple[str, ...] = setting(
        COMMAND,
        (),
        "accounts = command: what makes an account or sets its password, which is on its standard input, as "
        "a line, twice; words, with {username}, {domain} and, where others may see it, {password}.",
    )
    delete_command: tuple[str, ...] = setting(
        COMMAND, (), "What removes an account, likewise; empty: they stay."
    )

    def problems(self) -> Iterator[tuple[str, str]]:
        """What is missing or does not fit together: places and reasons."""
        if not self.component:
            return
        for name in ("component", "domain"):
            if not re.fullmatch(r"[^\s@/\\]{1,255}", getattr(self, name)):
                yield f"wake.xmpp.{name}", "must be a domain, as acs.isp.example"
        if self.component == self.domain:
            yield "wake.xmpp.domain", "must be another domain than the component's: it is the devices'"
        if not self.secret:
            yield "wake.xmpp.secret", "must be given with the component"
        if self.accounts == "command" and not self.create_command:
            yield "wake.xmpp.create_command", 'must be given for accounts = "command"'
        for name in ("create_command", "delete_command"):
            words = getattr(self, name)
            if words and not any("{username}" in word for word in words[1:]):
                yield f"wake.xmpp.{name}", "does not say {username}: which account is it to be?"


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
class Default:
    """One ``[[wake.defaults]]`` table: the ConnectionRequest credentials of a vendor's devices.

    They are tried where a device does not know its own.
    """

    manufacturer: str = setting(LABEL, "*", "Whose devices; a pattern with * and ?.")
    product_class: str = setting(LABEL, "*", "Which of them; a pattern.")
    username: str = setting(TEXT, "", "The user name.")
    password: Secret = setting(secret(TEXT), Secret(), "The password.")


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
    setup: bool = setting(FLAG, True, "Give verified devices what they are woken by.")
    devices_per_second: int = setting(
        integer(1, 10_000), 50, "How many are woken for urgent jobs; each process has its own count."
    )
    devices_per_network: int = setting(integer(1, 10_000), 10, "The same in one /24, or /48 of IPv6.")
    defaults: tuple[Default, ...] = tables(Default, "What vendors' devices have from the factory.", False)
    xmpp: Xmpp = table(Xmpp, "ConnectionRequest by XMPP.")
    udp: Udp = table(Udp, "ConnectionRequest by UDP.")
