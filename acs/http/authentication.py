"""Who may open a session, by what a CPE shows with its Inform (TR-069 3.4.4, 3.4.5).

That is a user name and a password, or a certificate.

An Inform is looked at, and not each request: what follows belongs to the session, by its cookie or its
connection, and some devices show nothing then (netcwmp).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hmac import compare_digest
from typing import Protocol

from twisted.internet.defer import Deferred

from acs.cwmp.messages import Inform
from acs.cwmp.values import DeviceId
from acs.http.connection import Connection
from acs.http.messages import Request
from acs.hypertext.authorization import (
    REALM,
    Given,
    Nonces,
    answers,
    challenges,
    read_authorization,
    same_place,
)
from acs.session.credentials import Kind, Pair, Pairs

Headers = tuple[tuple[str, str], ...]


class Denied(Exception):
    """The CPE has not shown what is wanted.

    :ivar status: 401, which has a challenge, or 403.
    :ivar wrong: it has shown something that is wrong: that may be a guess.
    :ivar stale: it was right, but for a challenge that is too old, or was answered before.
    """

    def __init__(self, reason: str, status: int = 401, wrong: bool = True, stale: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.wrong = wrong
        self.stale = stale


class Authentication(Protocol):
    """What a listener wants to see."""

    def challenge(self, stale: bool = False) -> Headers:
        """The headers of a 401; none where there is nothing to say."""

    def admit(self, request: Request, connection: Connection, inform: Inform) -> Kind | Deferred[Kind]:
        """Whose credentials the CPE has shown with this Inform.  Raises, or fails with, `Denied`; fails
        with `StoreUnavailable`."""


class Basic:
    """A password that goes over the wire as it is (RFC 7617): for TLS."""

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs

    def challenge(self, stale: bool = False) -> Headers:
        """Always the same."""
        return (("WWW-Authenticate", f'Basic realm="{REALM}"'),)

    def admit(self, request: Request, connection: Connection, inform: Inform) -> Kind | Deferred[Kind]:
        """By the first pair that is the one shown."""
        given = _given(request, "basic")

        def judged(pairs: Sequence[Pair]) -> Kind:
            shown = f"{given.username}:{given.password}".encode()
            for pair in pairs:
                if compare_digest(shown, f"{pair.username}:{pair.password}".encode()):
                    return pair.kind
            raise _wrong(inform.DeviceId, given)

        return _by(self._pairs.of(inform), judged)


class Digest:
    """An answer to a challenge (RFC 7616, RFC 2069): the password stays where it is.

    :param algorithms: those that are offered, MD5 first: some CPEs read no further.
    """

    def __init__(self, pairs: Pairs, nonces: Nonces, algorithms: Sequence[str] = ("MD5",)) -> None:
        self._pairs = pairs
        self._nonces = nonces
        self._algorithms = tuple(algorithms)

    def challenge(self, stale: bool = False) -> Headers:
        """A new nonce, in a challenge for each algorithm."""
        said = challenges(self._nonces.new(), self._algorithms, stale)
        return tuple(("WWW-Authenticate", each) for each in said)

    def admit(self, request: Request, connection: Connection, inform: Inform) -> Kind | Deferred[Kind]:
        """By the first pair whose answer it is, to a challenge of ours that is young, and answered once."""
        given = _given(request, "digest")
        uri = given.parameters.get("uri", "")
        if not same_place(uri, request.path):
            raise Denied(f"the digest of {inform.DeviceId.key} is for {uri[:100]!r}")

        def judged(pairs: Sequence[Pair]) -> Kind:
            pair = self._answered(given, request, pairs)
            if pair is None:
                raise _wrong(inform.DeviceId, given)
            self._check_nonce(given.parameters)
            return pair.kind

        return _by(self._pairs.of(inform), judged)

    def _check_nonce(self, p: Mapping[str, str]) -> None:
        nonce = p.get("nonce", "")
        if not self._nonces.fresh(nonce):
            raise Denied("the nonce is too old, or none of ours", wrong=False, stale=True)
        # The response alone: of all else that came with it there may be something that it does not vouch for.
        if not self._nonces.first_time(nonce, p["response"].lower()):
            raise Denied("the challenge was answered before with the same words", wrong=False, stale=True)

    def _answered(self, given: Given, request: Request, pairs: Sequence[Pair]) -> Pair | None:
        for pair in pairs:
            same = compare_digest(given.username.encode(), pair.username.encode())
            if same and answers(given, pair.password, request.method, request.body):
                return pair
        return None


class Certificate:
    """A certificate that names the device: its CN, or a dNSName, is ``OUI-SerialNumber`` or
    ``OUI-ProductClass-SerialNumber``, percent-encoded, or as they are where a hyphen in them cannot make it
    another's.  Whose certificates are believed, TLS has settled."""

    def challenge(self, stale: bool = False) -> Headers:
        """There is nothing to answer."""
        return ()

    def admit(self, request: Request, connection: Connection, inform: Inform) -> Kind:
        """By any of its names."""
        device = inform.DeviceId
        names = connection.certificate_names
        wanted = {name.casefold() for name in _called(device)}
        if wanted.isdisjoint(name.casefold() for name in names):
            shown = ", ".join(map(repr, names))[:200] or "nobody"
            raise Denied(f"the certificate names {shown}, and not {device.key}", 403)
        return Kind.CERTIFICATE


def authentication_of(
    scheme: str, pairs: Pairs, nonces: Nonces, algorithms: Sequence[str] = ("MD5",)
) -> Authentication | None:
    """That of a scheme: none, basic, digest or certificate."""
    if scheme == "basic":
        return Basic(pairs)
    if scheme == "digest":
        return Digest(pairs, nonces, algorithms)
    return Certificate() if scheme == "certificate" else None


def _by(
    pairs: Sequence[Pair] | Deferred[Sequence[Pair]], judged: Callable[[Sequence[Pair]], Kind]
) -> Kind | Deferred[Kind]:
    return pairs.addCallback(judged) if isinstance(pairs, Deferred) else judged(pairs)


def _called(device: DeviceId) -> set[str]:
    names = {device.key, DeviceId(device.Manufacturer, device.OUI, "", device.SerialNumber).key}
    if "-" not in device.OUI + device.SerialNumber:
        names.add(f"{device.OUI}-{device.SerialNumber}")
        if device.ProductClass:
            names.add(f"{device.OUI}-{device.ProductClass}-{device.SerialNumber}")
    return names


def _wrong(device: DeviceId, given: Given) -> Denied:
    return Denied(f"wrong user name or password for {device.key}: user {given.username[:64]!r}")


def _given(request: Request, scheme: str) -> Given:
    header = request.header("authorization")
    given = read_authorization(header) if header else Given("")
    if given.scheme != scheme or not given.username:
        # Some send Basic, with or without a name, before they are asked: that is no guess.
        raise Denied("no credentials", wrong=False)
    return given
