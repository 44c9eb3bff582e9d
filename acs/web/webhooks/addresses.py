"""Where messages may go: wherever an administrator says, but where there can be nobody."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

LONGEST = 2048
"""Characters of a URL."""


def problem(url: str) -> str:
    """What is wrong with a URL; "" for nothing."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "is no URL"
    if parts.scheme not in ("http", "https") or not host or port == 0:
        return "must begin with http:// or https://, and name a host"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "has characters that no URL has; they are percent-encoded, a host's name is in its ASCII form"
    if "@" in parts.netloc:
        return "must not hold a user name or password: messages are signed"
    return nowhere(host)


def nowhere(host: str) -> str:
    """What is wrong with an address that nobody has who could take messages; a name is not looked up."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None) or address
    if mapped.is_link_local:
        return "is a link-local address, as those are that tell about a virtual machine"
    if mapped.is_unspecified or mapped.is_multicast or str(mapped) == "255.255.255.255":
        return "is no address of one host"
    return ""
