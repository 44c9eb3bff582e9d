"""Whose certificates a simulated CPE trusts, where it calls by https."""

from __future__ import annotations

from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL
from OpenSSL.crypto import X509
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import extract_patterns
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer

from acs.simulate.places import BadURL, ip_version


class Trust(NamedTuple):
    """Whose certificates are good: those of ``authorities``, or where None are given, of the authorities that
    this machine trusts; without ``verify``, anybody's."""

    verify: bool = True
    authorities: tuple[x509.Certificate, ...] | None = None


@implementer(IOpenSSLClientConnectionCreator)
class Trusting:
    """TLS to a host, or to anybody who says to be it.

    Twisted's own lets a certificate pass that names nobody at all (26.10), if a trusted authority signed it.
    """

    def __init__(self, host: str, trust: Trust) -> None:
        is_name = not ip_version(host)
        self._context = _context(trust)
        self._verify = trust.verify
        self._name = host.encode("ascii") if is_name else b""
        try:
            self._wanted = DNS_ID(host) if is_name else IPAddress_ID(host)
        except ValueError:
            raise BadURL(f"not the name of a host: {host[:100]!r}") from None

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:  # noqa: N803
        connection = SSL.Connection(self._context, None)
        if self._name:
            connection.set_tlsext_host_name(self._name)
        if self._verify:
            connection.set_verify(SSL.VERIFY_PEER, self._is_good)
        return connection

    def _is_good(self, _: SSL.Connection, certificate: X509, error: int, depth: int, ok: int) -> bool:
        """Whether a certificate of the chain is; the first has to name the host."""
        if not ok or depth:
            return bool(ok)
        try:
            verify_service_identity(extract_patterns(certificate.to_cryptography()), [self._wanted], [])
        except (CertificateError, VerificationError):
            return False
        return True


def _context(trust: Trust) -> SSL.Context:
    if not trust.verify:
        return CertificateOptions(verify=False).getContext()
    if trust.authorities is None:
        return CertificateOptions(trustRoot=platformTrust()).getContext()  # type: ignore[no-untyped-call]
    roots = [Certificate.loadPEM(each.public_bytes(Encoding.PEM)) for each in trust.authorities]
    return CertificateOptions(trustRoot=trustRootFromCertificates(roots)).getContext()  # type: ignore[no-untyped-call]
