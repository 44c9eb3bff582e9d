"""Where the server is: names are looked up before libpq does it, which would block the reactor."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from ipaddress import ip_address

from acs.store.database import Reactor
from acs.store.postgresql.errors import Lost
from acs.store.threads import in_thread


async def located(reactor: Reactor, arguments: Mapping[str, str]) -> dict[str, str]:
    """libpq's arguments, with ``hostaddr`` beside a ``host`` that has names in it (the name is kept for TLS).

    Raises `Lost` where a name cannot be looked up.
    """
    hosts = arguments.get("host", "").split(",")
    if "hostaddr" in arguments or all(map(_needs_no_look_up, hosts)):
        return dict(arguments)
    try:
        found = await in_thread(reactor, _look_up, hosts)
    except OSError as error:
        raise Lost(f"{', '.join(hosts)}: {error}") from error
    return {**arguments, "hostaddr": ",".join(found)}


def _needs_no_look_up(host: str) -> bool:
    if not host or host.startswith(("/", "@")):
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _look_up(hosts: list[str]) -> list[str]:
    return [
        host if _needs_no_look_up(host) else str(socket.getaddrinfo(host, None)[0][4][0]) for host in hosts
    ]
