"""TLS for the listeners, in two profiles, each client shown the certificate meant for it.

pyOpenSSL's contexts are not changed once they are in use.  What is loaded anew makes new ones, which
connections get from then on; those that are open keep theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from msgspec import Struct
from OpenSSL import SSL
from OpenSSL.crypto import X509StoreFlags
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from zope.interface import implementer

from acs.http.certificates import Patterns, PrivateKey, host_of

FFDHE2048 = Path(__file__).with_name("ffdhe2048.pem")
"""The group of RFC 7919, appendix A.1: 2048 bits, which old devices can do still."""

RESUMABLE = 7200
"""Seconds for which a session can be resumed: a full handshake takes a small CPE a second or more."""

# What every context says: no renegotiation, which is none of CWMP's business and costs us more than the one
# who asks for it; a connection that ends without close_notify has ended, as it does with many CPEs.
_OPTIONS = SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_IGNORE_UNEXPECTED_EOF


class Profile(StrEnum):
    """``modern``: TLS 1.2 and 1.3, forward secrecy and authenticated encryption, keys of 112 bits and more.
    ``legacy``: from TLS 1.0 on whatever OpenSSL has, RSA key exchange and DHE too, any key, SHA-1."""

    MODERN = "modern"
    LEGACY = "legacy"


_VERSIONS = {Profile.MODERN: SSL.TLS1_2_VERSION, Profile.LEGACY: SSL.TLS1_VERSION}
_CIPHERS = {
    Profile.MODERN: b"ECDHE+AESGCM:ECDHE+CHACHA20:!PSK:@SECLEVEL=2",
    Profile.LEGACY: b"ALL:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0",
}


class Credential(Struct, frozen=True):
    """A certificate: the key of the configuration that names its file, the file, itself in PEM, its private
    key, and what it says: its names and the kind of its key."""

    place: str
    certificate: Path
    pem: bytes
    key: PrivateKey
    names: tuple[str, ...]
    kind: str


class Authorities(Struct, frozen=True):
    """Whose client certificates are believed: a PEM file; ``required``: a client must have one."""

    file: Path
    required: bool


def base_context(profile: Profile, session_id: bytes, authorities: Authorities | None = None) -> SSL.Context:
    """A context without a certificate.

    :param session_id: sessions are resumed only in contexts of the same one, 32 bytes at most.
    :raises OpenSSL.SSL.Error: where the authorities cannot be read.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(_VERSIONS[profile])
    # Before any certificate: its level of security decides which of them can be had.
    context.set_cipher_list(_CIPHERS[profile])
    context.set_options(_OPTIONS)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    if profile is Profile.MODERN:
        context.set_options(SSL.OP_CIPHER_SERVER_PREFERENCE)
    else:
        context.load_tmp_dh(str(FFDHE2048))
    context.set_session_id(session_id)
    context.set_timeout(RESUMABLE)
    if authorities is not None:
        _ask_for_certificate(context, authorities)
    return context


def _ask_for_certificate(context: SSL.Context, authorities: Authorities) -> None:
    context.load_verify_locations(str(authorities.file))
    context.load_client_ca(bytes(authorities.file))
    store = context.get_cert_store()
    assert store is not None
    store.set_flags(X509StoreFlags.PARTIAL_CHAIN)  # an authority that is listed is trusted, a root or not
    required = SSL.VERIFY_FAIL_IF_NO_PEER_CERT if authorities.required else 0
    context.set_verify(SSL.VERIFY_PEER | required)


def add_credential(context: SSL.Context, credential: Credential) -> None:
    """Offer a certificate, beside those with other kinds of key.

    :raises OpenSSL.SSL.Error: where the profile does not take it, or its file has changed meanwhile.
    """
    context.use_certificate_chain_file(str(credential.certificate))
    context.use_privatekey(credential.key)


def grouped(credentials: Sequence[Credential]) -> list[list[Credential]]:
    """Those that one context can offer together: of the same names, and of different kinds of key."""
    groups: list[list[Credential]] = []
    for each in credentials:
        for group in groups:
            if set(group[0].names) == set(each.names) and each.kind not in {other.kind for other in group}:
                group.append(each)
                break
        else:
            groups.append([each])
    return groups


class Contexts:
    """The contexts of a listener, each with the names that it serves.  The first is for clients that name
    nobody, or somebody else: many CPEs send no SNI (checklist 7.2)."""

    def __init__(self, served: Sequence[tuple[Sequence[str], SSL.Context]]) -> None:
        self.default = served[0][1]
        self._served = [(Patterns(names), context) for names, context in served]
        if len(served) > 1:
            self.default.set_tlsext_servername_callback(self._serve)

    def find(self, server_name: bytes | None) -> SSL.Context:
        """The context for a client that asks for this name."""
        host = host_of(server_name)
        if host is not None:
            for names, context in self._served:
                if names.match(host):
                    return context
        return self.default

    def _serve(self, connection: SSL.Connection) -> None:
        found = self.find(connection.get_servername())
        if found is not self.default:
            connection.set_context(found)


@implementer(IOpenSSLServerConnectionCreator)
class ServerTls:
    """TLS of a listener, as Twisted wants it.

    :ivar contexts: those that further connections get.
    """

    def __init__(self, contexts: Contexts) -> None:
        self.contexts = contexts

    def serverConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:  # noqa: N802, N803
        """The OpenSSL side of a new connection."""
        return SSL.Connection(self.contexts.default, None)
