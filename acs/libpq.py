"""Connections to PostgreSQL that neither block the reactor nor leave it a socket that libpq has closed."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any

import psycopg2
from twisted.internet.threads import deferToThreadPool
from txpostgres import txpostgres

__all__ = ["Connection", "drop", "located", "run"]


class Connection(txpostgres.Connection):  # type: ignore[misc]
    """txpostgres's, which makes no fuss when an idle connection ends, and calls ``ended`` once."""

    def __init__(self, reactor: Any, ended: Callable[[], None] | None = None) -> None:
        super().__init__(reactor)
        self._ended = ended

    def doRead(self) -> None:
        if self._pollingD is not None:
            # It is being made.  txpostgres would go on reading whatever came of that, and so the reactor a
            # socket that libpq has closed: which it never forgets, and never reads the next of its number.
            txpostgres._PollingMixin.doRead(self)
            return
        try:
            super().doRead()
        except psycopg2.Error:
            self.close()

    def close(self) -> None:
        super().close()
        ended, self._ended = self._ended, None
        if ended is not None:
            ended()


def drop(connection: txpostgres.Connection | None) -> None:
    """Close a connection, however far it has come."""
    if connection is not None and connection.pollable() is not None:
        connection.close()


async def run(connection: txpostgres.Connection, sql: str | bytes) -> Any:
    """Have statements carried out; the cursor of the last one.  Raises what psycopg2 and txpostgres do."""
    # libpq closes the socket of a connection that breaks as it is written to: the reactor must not be
    # reading it then, or takes the next socket of the same number for this one, and never reads that.
    connection.reactor.removeReader(connection)
    cursor = connection.cursor()
    try:
        await cursor.execute(sql)
    except Exception:
        if not connection.disconnected:
            connection.reactor.addReader(connection)
        raise
    return cursor


async def located(reactor: Any, arguments: Mapping[str, str]) -> dict[str, str]:
    """libpq's arguments, with ``hostaddr`` beside a ``host`` that has names in it (the name is kept for TLS):
    libpq would look them up itself, and have everybody wait.

    Raises OSError where a name cannot be looked up.
    """
    hosts = arguments.get("host", "").split(",")
    if "hostaddr" in arguments or all(map(_needs_no_look_up, hosts)):
        return dict(arguments)
    found = await deferToThreadPool(reactor, reactor.getThreadPool(), _look_up, hosts)
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
