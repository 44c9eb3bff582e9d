"""In which order the ways to wake a device are tried, by what is known of it."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from msgspec import Struct

HTTP, XMPP, UDP = "http", "xmpp", "udp"

_OPEN = (HTTP, XMPP, UDP)
_BEHIND_NAT = (XMPP, UDP, HTTP)


class Known(Struct, frozen=True):
    """What speaks for one way or another: the ``last`` that made the device call, whether a NAT stands before
    it, whether the XMPP server says that it is online; None: nobody knows."""

    last: str = ""
    nat: bool | None = None
    online: bool | None = None


def in_order(methods: Collection[str], known: Known) -> list[str]:
    """These methods, the one that is likeliest to succeed first.

    A device that the XMPP server knows to be online is reached there; else by the way that has worked last.
    Where neither tells, plain HTTP is the quickest for a device that can be reached, and the last resort for
    one behind a NAT.  XMPP comes last where the server says that the device is not there.
    """
    order = list(_BEHIND_NAT if known.nat else _OPEN)
    _first(order, known.last)
    if known.online:
        _first(order, XMPP)
    elif known.online is False:
        order.remove(XMPP)
        order.append(XMPP)
    return [method for method in order if method in methods]


def _first(order: list[str], method: str) -> None:
    if method in order:
        order.remove(method)
        order.insert(0, method)


def behind_nat(url: str, client_ip: str, detected: str) -> bool | None:
    """Whether a NAT stands before a device that listens at this URL, called from this address and has said
    ``detected`` (NATDetected, "" for nothing); None where nobody can tell."""
    if detected.strip().lower() in ("1", "true"):
        return True
    try:
        listens, calls = ip_address(urlsplit(url).hostname or ""), ip_address(client_ip)
    except ValueError:
        return None
    if listens == calls:
        return False
    return True if listens.is_private and calls.is_global else None
