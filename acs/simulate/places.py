"""Where the URL of an HTTP server leads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


class BadURL(Exception):
    """A URL that leads to no HTTP server."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL leads: the server, and what to ask of it."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def server(self) -> tuple[str, str, int]:
        """What a connection leads to, whatever is asked of it there."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """What goes into the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@lru_cache(maxsize=1024)
def place_of(url: str) -> Place:
    """Where a URL leads; raises `BadURL`."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    except (ValueError, KeyError):
        raise BadURL(f"not an HTTP URL: {url[:100]!r}") from None
    if not parts.hostname or not (target + parts.hostname).isascii() or not target.isprintable():
        raise BadURL(f"not an HTTP URL: {url[:100]!r}")
    return Place(parts.scheme, parts.hostname, port, target.replace(" ", "%20"))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, as its name or address alone tell."""
    return host == "localhost" or (bool(ip_version(host)) and ip_address(host).is_loopback)


def ip_version(host: str) -> int:
    """4 or 6 for an address, 0 for a name."""
    try:
        return ip_address(host).version
    except ValueError:
        return 0
