"""Fills the placeholders in a model's values for one device, as ``models/README.rst`` tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from acs.simulate.identity import Identity

NOW = "{now}"
#: These stand alone and are worked out at each reading.
MOVING = frozenset({NOW, "{uptime}"})

_PLACEHOLDER = re.compile(r"\{([a-z]+)(?::([1-9]))?\}")


def fill(text: str, identity: Identity, instance: int | None = None) -> str:
    """``text`` with its placeholders filled in; braces that are none of ours stay."""

    def value(match: re.Match[str]) -> str:
        found = _value(match[1], int(match[2] or 0), identity, instance)
        return match[0] if found is None else found

    return _PLACEHOLDER.sub(value, text)


def _value(name: str, further: int, identity: Identity, instance: int | None) -> str | None:
    if name == "mac":
        return identity.mac(further)
    if name == "i" and instance is not None:
        return str(instance)
    simple = _SIMPLE.get(name)
    return simple(identity) if simple and not further else None


_SIMPLE: Mapping[str, Callable[[Identity], str]] = {
    "serial": lambda identity: identity.serial,
    "oui": lambda identity: identity.oui,
    "suffix": lambda identity: identity.mac().replace(":", "")[-6:],
    "ip": lambda identity: identity.ip,
    "gateway": lambda identity: f"{identity.ip.rpartition('.')[0]}.1",
    "url": lambda identity: identity.connection_request_url,
    "acs": lambda identity: identity.acs,
    "interval": lambda identity: str(identity.interval),
    "password": lambda identity: identity.password,
}
