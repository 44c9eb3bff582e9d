"""Certificates, from their PEM to the names that they match.

Their private keys are read too.  No files, no sockets.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID
from service_identity import CertificateError
from service_identity.hazmat import DNS_ID, DNSPattern

PrivateKey = (
    rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
)

_KINDS = (
    (rsa.RSAPublicKey, "RSA"),
    (ec.EllipticCurvePublicKey, "ECDSA"),
    (ed25519.Ed25519PublicKey, "EdDSA"),
    (ed448.Ed448PublicKey, "EdDSA"),
)


class BadCertificate(Exception):
    """What was read is no certificate, or no key, that can be used; the reason, which shows no secret, is a
    predicate: "has no certificate"."""


def read_chain(pem: bytes) -> list[x509.Certificate]:
    """The certificates of a PEM file, in order, at least one; raises `BadCertificate`."""
    if b"-----BEGIN CERTIFICATE-----" not in pem:
        raise BadCertificate("has no certificate in it (PEM)")
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise BadCertificate("has a certificate that cannot be read") from error


def read_key(pem: bytes) -> PrivateKey:
    """The private key of a PEM file, whatever stands before it; raises `BadCertificate`."""
    if b"PRIVATE KEY-----" not in pem:
        raise BadCertificate("has no private key in it (PEM)")
    try:
        key = load_pem_private_key(pem, None)
    except TypeError as error:  # how cryptography asks for a password
        raise BadCertificate("is encrypted: there is nobody to ask for its password") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadCertificate("has a private key that cannot be read") from error
    if not isinstance(key, PrivateKey):
        raise BadCertificate("has a private key that is neither RSA nor ECDSA nor EdDSA")
    return key


def kind_of(certificate: x509.Certificate) -> str:
    """RSA, ECDSA or EdDSA, of which a listener may offer one each; raises `BadCertificate` for others."""
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadCertificate("has a certificate whose key cannot be read") from error
    for kind, name in _KINDS:
        if isinstance(key, kind):
            return name
    raise BadCertificate("has a certificate whose key is neither RSA nor ECDSA nor EdDSA")


def belongs(key: PrivateKey, certificate: x509.Certificate) -> bool:
    """Whether this is the certificate's key."""
    return bool(key.public_key() == certificate.public_key())


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """Whom a certificate names: its subject's CNs, then the dNSNames of its subjectAltName, each once.

    Raises ValueError where it has not the form that the standard says (RFC 5280), as a device's may.
    """
    names = [str(each.value) for each in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    with suppress(x509.ExtensionNotFound):
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names += alternatives.get_values_for_type(x509.DNSName)
    return tuple(dict.fromkeys(names))


def lapse(certificate: x509.Certificate, now: float) -> str:
    """What is wrong with its dates at this time, "" where nothing is; a predicate."""
    at = datetime.fromtimestamp(now, UTC)
    if at > certificate.not_valid_after_utc:
        return f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if at < certificate.not_valid_before_utc:
        return f"is not valid before {certificate.not_valid_before_utc:%Y-%m-%d}"
    return ""


def end_of(certificate: x509.Certificate) -> float:
    """When it ends, seconds since 1970."""
    return certificate.not_valid_after_utc.timestamp()


class Patterns:
    """The names of a certificate, to be compared with the one that a client asks for (RFC 6125, section 6.4).

    A wildcard stands for one label, the first.  A name that is no host's, as a CN may be, matches nothing.
    """

    __slots__ = ("_patterns",)

    def __init__(self, names: Sequence[str]) -> None:
        self._patterns: list[DNSPattern] = []
        for name in names:
            with suppress(CertificateError, UnicodeEncodeError):
                self._patterns.append(DNSPattern.from_bytes(name.encode("ascii")))

    def match(self, host: DNS_ID) -> bool:
        """Whether this host is one of them."""
        return any(host.verify(pattern) for pattern in self._patterns)


def host_of(server_name: bytes | None) -> DNS_ID | None:
    """The host that a client's SNI asks for (RFC 6066, section 3); None for none, or what names no host."""
    try:
        return DNS_ID((server_name or b"").decode("ascii"))
    except ValueError:
        return None
