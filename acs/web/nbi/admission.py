"""Who may use the interface.

A token is asked for, as it is for the API: in the header as ``Bearer``, or as the password of any user, which
is all that most programs for GenieACS can send.  Or nobody is asked, where the configuration says so.
"""

from __future__ import annotations

from base64 import b64decode
from ipaddress import ip_address

from twisted.web.iweb import IRequest

from acs.store.records import Role
from acs.web.people.authentication import BearerTokens, Principal
from acs.web.serving.problems import Problem

NAME = "nbi"
"""Who those are that nobody asked."""
_LONGEST = 1024


class BasicTokens:
    """Tokens as the password of HTTP Basic (RFC 7617); the user name is anything."""

    def __init__(self, tokens: BearerTokens) -> None:
        self._tokens = tokens

    async def authenticate(self, request: IRequest) -> Principal | None:
        """The token's holder; without any credential the client is told to show one."""
        given = request.requestHeaders.getRawHeaders(b"authorization") or []
        if not given:
            raise _unauthorized()
        scheme, _, encoded = given[0].partition(b" ")
        if scheme.lower() != b"basic" or len(given) > 1:
            return None
        principal = await self._tokens.holder_of(_password(encoded[:_LONGEST]))
        if principal is None:
            raise _unauthorized()
        return principal


def _password(encoded: bytes) -> bytes:
    try:
        return b64decode(encoded.strip(), validate=True).partition(b":")[2]
    except ValueError:
        return b""


def _unauthorized() -> Problem:
    challenge = 'Basic realm="acs", charset="UTF-8"'
    return Problem(
        401, "an API token is needed, as Bearer or as the password", headers={"WWW-Authenticate": challenge}
    )


class Anyone:
    """Asks nobody; whoever asks may do what an operator may.

    ``local``: only programs on this machine do, by its address: what a browser is led to by another name is
    refused.
    """

    def __init__(self, local: bool) -> None:
        self._local = local

    async def authenticate(self, request: IRequest) -> Principal | None:
        """Somebody."""
        host: bytes = request.getRequestHostname()  # type: ignore[no-untyped-call]
        if self._local and not _is_address(host):
            raise Problem(403, "without authentication this is asked by its address, or as localhost")
        return Principal(NAME, Role.OPERATOR)


def _is_address(host: bytes) -> bool:
    name = host.decode("latin-1").strip("[]")
    if name == "localhost":
        return True
    try:
        return bool(ip_address(name))
    except ValueError:
        return False


class NoBrowsers:
    """Refuses what a page of another site has a browser ask: that would carry the user's own password, or
    reach a place that only this machine can."""

    async def authenticate(self, request: IRequest) -> Principal | None:
        """Nobody, unless it is a page that asks."""
        headers = request.requestHeaders
        site = (headers.getRawHeaders(b"sec-fetch-site") or [b"none"])[-1]
        if headers.hasHeader(b"origin") or site not in (b"none", b"same-origin"):
            raise Problem(403, "this interface is for programs, not for pages of other sites")
        return None
