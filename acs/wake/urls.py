"""What a ConnectionRequestURL may be: a strict reading of what a device has told.

TR-069 3.2.2 has http alone; https is seen in the field.  Nothing is repaired: a URL that two programs could
read in two ways is none.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from msgspec import Struct

LONGEST = 2048
"""Characters of a URL."""
_PORTS = {"http": 80, "https": 443}
_URL = re.compile(
    r"(?P<scheme>[A-Za-z]+)://"
    r"(?P<authority>(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?)"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?:#.*)?"
)
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


class BadUrl(Exception):
    """It is none where a device could be asked; the text says why, without repeating it."""


class Url(Struct, frozen=True):
    """Where a device wants to be asked.

    ``host`` is the text of an address, as `ipaddress` writes it, where ``is_address``; else a name.
    ``authority`` and ``target`` are for the request, as the URL has them.
    """

    scheme: str
    host: str
    is_address: bool
    port: int
    authority: str
    target: str


def read_url(text: str) -> Url:
    """Read one; raises `BadUrl`.

    A fragment, which no request carries, is dropped.
    """
    if len(text) > LONGEST:
        raise BadUrl(f"it is longer than {LONGEST} characters")
    if not all("!" <= character <= "~" for character in text):
        raise BadUrl("it has characters in it that do not belong there")
    match = _URL.fullmatch(text)
    if match is None:
        raise BadUrl("it is not of the form http://HOST:PORT/PATH")
    scheme = match["scheme"].lower()
    if scheme not in _PORTS:
        raise BadUrl("it is neither http nor https")
    port = _port(match["port"], _PORTS[scheme])
    host, is_address = _v6(match["v6"]) if match["v6"] else _host(match["name"])
    target = (match["path"] or "/") + (match["query"] or "")
    return Url(scheme, host, is_address, port, match["authority"], target)


def _port(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    if text.startswith("0") or int(text) > 65_535:
        raise BadUrl("there is no such port")
    return int(text)


def _v6(text: str) -> tuple[str, bool]:
    try:
        return str(IPv6Address(text)), True
    except AddressValueError:
        raise BadUrl("what stands in brackets is not an IPv6 address") from None


def _host(text: str) -> tuple[str, bool]:
    """An IPv4 address in four decimal numbers, or a name; whatever else resolvers take for an address, such
    as 2130706433, 0x7f.1 or 0177.0.0.1, is refused."""
    labels = text.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(text)), True
        except AddressValueError:
            raise BadUrl("its address is not written as four decimal numbers") from None
    if len(text) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise BadUrl("its host is not the name of one")
    return text, False
