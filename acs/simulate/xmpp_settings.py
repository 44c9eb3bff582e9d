"""What the tree of a simulated CPE says of its XMPP connection (TR-181 ``XMPP.Connection.{i}.``)."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from typing import NamedTuple

from acs.simulate.tree import Tree
from acs.xmpp.elements import BadJID, parse_jid

PORT = 5222
_TRUE = ("1", "true")


class Settings(NamedTuple):
    """One connection, whose object is ``path``: who logs in where.

    ``servers`` are tried in turn, hosts with ports; with ``tls`` nothing is said without it.
    """

    path: str
    username: str
    password: str
    domain: str
    resource: str
    tls: bool
    servers: tuple[tuple[str, int], ...]

    def __repr__(self) -> str:
        return f"Settings({self.path})"


def connection_wanted(tree: Tree) -> Settings | None:
    """The connection that is to be up: the one for connection requests, or the first that is enabled."""
    enabled = [path for path in _connections(tree) if tree.told(path + "Enable") in _TRUE]
    chosen = connection_for_requests(tree)
    path = chosen if chosen in enabled else next(iter(enabled), "")
    if not path:
        return None
    username, password, domain, resource = (
        tree.told(path + name) for name in ("Username", "Password", "Domain", "Resource")
    )
    if not username or not domain:
        return None
    tls = tree.told(path + "UseTLS") in _TRUE
    return Settings(path, username, password, domain, resource, tls, tuple(_servers(tree, path, domain)))


def connection_for_requests(tree: Tree) -> str:
    """The object that ConnReqXMPPConnection refers to, "" for none."""
    path = tree.told(tree.model.server("ConnReqXMPPConnection"))
    path = path if not path or path.endswith(".") else path + "."
    return path if path in _connections(tree) else ""


def retry_range(tree: Tree, path: str, failures: int) -> float:
    """The most seconds until the next try (TR-181 ServerRetryInitialInterval)."""
    initial = _number(tree, path + "ServerRetryInitialInterval", 60)
    multiplier = _number(tree, path + "ServerRetryIntervalMultiplier", 2000) / 1000
    most = _number(tree, path + "ServerRetryMaxInterval", 30720)
    return float(min(most, initial * multiplier ** min(failures - 1, 15)))


def may_ask(tree: Tree, sender: str) -> bool:
    """Whether ConnReqAllowedJabberIDs lets somebody ask for a session."""
    allowed = tree.told(tree.model.server("ConnReqAllowedJabberIDs"))
    try:
        asking = parse_jid(sender)
        known = [parse_jid(each.strip()) for each in allowed.split(",") if each.strip()]
    except BadJID:
        return False
    return not known or any(each.full() in (asking.full(), asking.userhost()) for each in known)


def are_credentials(tree: Tree, username: str, password: str) -> bool:
    """Whether these are what the device wants to be asked with; where it has nothing, nobody may ask."""
    own = [tree.told(tree.model.server(f"ConnectionRequest{name}")) for name in ("Username", "Password")]
    pairs = zip(own, (username, password), strict=True)
    same = [hmac.compare_digest(one.encode(), other.encode()) for one, other in pairs]
    return all(own) and all(same)


def _connections(tree: Tree) -> tuple[str, ...]:
    table = tree.model.root + "XMPP.Connection."
    return () if tree.entry(table) is None else tree.children(table)


def _servers(tree: Tree, path: str, domain: str) -> Iterator[tuple[str, int]]:
    """Those of the Server table, the lowest Priority first, or the domain itself.

    Nobody is asked for SRV records: a domain without any is its own server (RFC 6120 3.2.2).
    """
    if tree.told(path + "ServerConnectAlgorithm") != "ServerTable":
        yield domain, PORT
        return
    enabled = [each for each in tree.children(path + "Server.") if tree.told(each + "Enable") in _TRUE]
    for each in sorted(enabled, key=lambda server: _number(tree, server + "Priority", 0)):
        if host := tree.told(each + "ServerAddress"):
            yield host, _number(tree, each + "Port", PORT)


def _number(tree: Tree, path: str, otherwise: int) -> int:
    told = tree.told(path)
    return int(told) if told.isdecimal() else otherwise
