"""Who is at the other end of a request, as far as the connection or a trusted proxy tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from acs.hypertext.proxied import Networks, among, sender_behind

_OURS = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True)
class Peer:
    """``address`` is the client's, "" where it has none; ``secure`` tells that nobody reads along on the way;
    ``foreign`` that a browser was made to ask by a page of another site."""

    address: str = ""
    secure: bool = False
    foreign: bool = False


NO_PEER = Peer()
"""Who asks where nobody has looked."""


def peer_of(request: Any, trusted: Networks) -> Peer:
    """The peer of a `serving.requests.BoundedRequest`; what X-Forwarded-For and X-Forwarded-Proto say counts
    from these networks."""
    address = getattr(request.getClientAddress(), "host", None) or ""
    secure = request.isSecure()
    if among(address, trusted):
        secure = secure or _all(request, "x-forwarded-proto")[-1:] == ["https"]
        address = sender_behind(_all(request, "x-forwarded-for"), trusted) or address
    return Peer(address, secure, _is_foreign(request))


def _is_foreign(request: Any) -> bool:
    """What the browser says of the page: by Fetch Metadata, an older one by Origin (RFC 6454, section 7)."""
    sites = _all(request, "sec-fetch-site")
    if sites:
        return any(site not in _OURS for site in sites)
    hosts = _all(request, "host")
    return any(_place(origin) not in hosts for origin in _all(request, "origin"))


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _all(request: Any, name: str) -> list[str]:
    return [each.strip().lower() for each in request.said(name)]
