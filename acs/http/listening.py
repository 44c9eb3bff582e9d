"""Listeners for devices: by an endpoint string, or on a socket that this process was given."""

from __future__ import annotations

import os
import re
import socket
from typing import Any

from twisted.internet.endpoints import AdoptedStreamServerEndpoint, serverFromString
from twisted.protocols.haproxy import proxyEndpoint

from acs.http.handshakes import Secured
from acs.http.plain import take_over
from acs.http.protocol import HttpFactory

BACKLOG = 1024
"""How many connections may wait to be taken.  With Twisted's 50 the kernel ignores callers as soon as
the reactor is busy for a tenth of a second while 500 devices a second call, and they call again after one
second, three, seven."""
_MAY_HAVE_MORE = re.compile(r"(?:tcp6?|unix):(?!.*\bbacklog=)")


async def listen(reactor: Any, endpoint: str, factory: Any, proxied: bool = False) -> Any:
    """The port; ``proxied``: each connection begins with a PROXY header.  Raises what keeps it from
    listening."""
    if _MAY_HAVE_MORE.match(endpoint):
        endpoint += f":backlog={BACKLOG}"
    return await _listen(reactor, serverFromString(reactor, endpoint), factory, proxied)  # type: ignore[no-untyped-call]


async def adopt(reactor: Any, descriptor: int, factory: Any, proxied: bool = False) -> Any:
    """The same on a socket that listens already; its descriptor stays the caller's to close."""
    duplicate = socket.socket(fileno=os.dup(descriptor))
    family = duplicate.family
    server = AdoptedStreamServerEndpoint(reactor, duplicate.detach(), family)  # type: ignore[no-untyped-call]
    return await _listen(reactor, server, factory, proxied)


async def _listen(reactor: Any, server: Any, factory: Any, proxied: bool) -> Any:
    port = await (proxyEndpoint(server) if proxied else server).listen(factory)
    behind_tls = factory.wrappedFactory.wrappedFactory if isinstance(factory, Secured) else factory
    return take_over(reactor, port, factory) if isinstance(behind_tls, HttpFactory) else port


def url_of(port: Any, scheme: str = "http") -> str:
    """Where a port is to be reached from this machine; of a UNIX socket its path."""
    address = port.getHost()
    host = getattr(address, "host", None)
    if host is None:
        return str(getattr(address, "name", address))
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"{scheme}://{shown}:{address.port}/"
