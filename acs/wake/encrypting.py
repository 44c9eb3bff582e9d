"""TLS to devices, whose certificates nobody vouches for.

A device's certificate is as a rule its own work, so that there is nothing to verify it by: this keeps out who
only listens, not who stands in between.  What protects the password there is Digest.
"""

from __future__ import annotations

from functools import cache

from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import CertificateOptions, TLSVersion
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer


@implementer(IOpenSSLClientConnectionCreator)
class Encrypting:
    """TLS 1.2 or later with whoever answers; ``name`` is the server's for SNI, "" where it is an address
    (RFC 6066 section 3)."""

    def __init__(self, name: str) -> None:
        self._name = name.encode("ascii")

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:  # noqa: N803
        connection = SSL.Connection(_context(), None)
        if self._name:
            connection.set_tlsext_host_name(self._name)
        return connection


@cache
def _context() -> SSL.Context:
    return CertificateOptions(verify=False, raiseMinimumTo=TLSVersion.TLSv1_2).getContext()
