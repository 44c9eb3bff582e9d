"""Who sent a request that came through a proxy: X-Forwarded-For, as far as the proxies are trusted."""

from __future__ import annotations

from acs.http.connection import Connection, stand_in
from acs.http.messages import Request
from acs.hypertext.proxied import Networks, among, sender_behind

_HEADER = "x-forwarded-for"


def sender(request: Request, connection: Connection, trusted: Networks) -> Connection:
    """What stands for the sender's connection.

    It is the connection itself unless that is a trusted proxy's and the request says for whom.  A session is
    not bound to the proxy's connection, which may carry many devices.
    """
    if not among(connection.client_ip, trusted):
        return connection
    client = sender_behind(request.all(_HEADER), trusted)
    return stand_in(client, 0) if client else connection
