"""UDP ports of ours: listening on one, the address that others see us at."""

from __future__ import annotations

import re
import socket
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Any

from twisted.internet.interfaces import IListeningPort
from twisted.internet.protocol import DatagramProtocol

_ENDPOINT = re.compile(r"udp:(?:port=)?(\d+)(?::interface=((?:[^:\\]|\\.)+))?")
_ANY_PORT = 9  # nothing is sent to it


def listen(reactor: Any, endpoint: str, protocol: DatagramProtocol) -> IListeningPort:
    """Listen on an endpoint, as ``udp:3478`` or ``udp:3478:interface=192.0.2.1``; in an IPv6 address there
    is ``\\:`` for each colon.

    Raises `CannotListenError`.
    """
    port, interface = read_endpoint(endpoint)
    listening: IListeningPort = reactor.listenUDP(port, protocol, interface=interface)
    return listening


def port_of(endpoint: str) -> int:
    """The port of such an endpoint."""
    return read_endpoint(endpoint)[0]


def read_endpoint(endpoint: str) -> tuple[int, str]:
    """The port of such an endpoint, and the address ("": all of IPv4); raises `ValueError` for any other."""
    found = _ENDPOINT.fullmatch(endpoint)
    if found is None:
        raise ValueError(f"{endpoint!r} is not udp:PORT or udp:PORT:interface=ADDRESS")
    return int(found[1]), re.sub(r"\\(.)", r"\1", found[2] or "")


@lru_cache(maxsize=1024)
def own_address(host: str) -> str:
    """Our address on the way to another; "" where there is no way.  Nothing is sent."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, _ANY_PORT))
        except OSError:
            return ""
        return plain(probe.getsockname()[0])


def plain(host: str) -> str:
    """An address as it is written in one way only: without a zone, IPv4 within IPv6 as IPv4."""
    if ":" not in host:
        return host or "0.0.0.0"
    at = IPv6Address(host.partition("%")[0])
    return str(at.ipv4_mapped or at)
