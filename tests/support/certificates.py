"""Certificates and keys for tests: an authority that issues what is asked for, and files of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from OpenSSL.crypto import X509, PKey

LOOPBACK = x509.IPAddress(IPv4Address("127.0.0.1"))


def fresh_key(kind: str) -> Any:
    """A private key: rsa, rsa-1024, ecdsa, ed25519 or dsa."""
    if kind == "dsa":
        return dsa.generate_private_key(2048)
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "ecdsa":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, 1024 if kind == "rsa-1024" else 2048)


@cache
def a_key(kind: str, number: int = 0) -> Any:
    """One that several tests may have: RSA keys take their time."""
    return fresh_key(kind)


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Any

    @property
    def pem(self) -> bytes:
        """The certificate, PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The key, PEM."""
        return bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    @property
    def openssl(self) -> X509:
        """The certificate as pyOpenSSL has it, which Twisted's own TLS wants."""
        return X509.from_cryptography(self.certificate)

    @property
    def openssl_key(self) -> PKey:
        """Likewise the key."""
        return PKey.from_cryptography_key(self.key)

    def locked(self, password: bytes) -> bytes:
        """The key, encrypted."""
        form = BestAvailableEncryption(password)
        return bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, form))

    def write(self, folder: Path, name: str, *chain: Issued) -> tuple[Path, Path]:
        """Files of the certificate, with a chain behind it, and of the key."""
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        certificate.write_bytes(self.pem + b"".join(each.pem for each in chain))
        key.write_bytes(self.key_pem)
        return certificate, key


class Authority:
    """Issues certificates; `own` is its own."""

    def __init__(self, name: str = "Test CA", above: Authority | None = None) -> None:
        key = a_key("ecdsa", hash(name))
        subject = _name(name)
        builder = _builder(subject, above.own.certificate.subject if above else subject, key, -1, 300)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.own = Issued(builder.sign(above.own.key if above else key, hashes.SHA256()), key)

    def issue(
        self,
        name: str,
        *names: str,
        kind: str = "ecdsa",
        begins: float = -1,
        ends: float = 30,
        key: Any = None,
    ) -> Issued:
        """A certificate with this CN, these dNSNames and the address 127.0.0.1, good between these days."""
        private = a_key(kind)
        builder = _builder(_name(name), self.own.certificate.subject, private, begins, ends)
        alternatives = x509.SubjectAlternativeName([*map(x509.DNSName, names), LOOPBACK])
        signed = builder.add_extension(alternatives, critical=False).sign(self.own.key, hashes.SHA256())
        return Issued(signed, private)


def self_signed(name: str, kind: str = "ecdsa") -> Issued:
    """A certificate that nobody else has signed."""
    key = a_key(kind)
    return Issued(_builder(_name(name), _name(name), key, -1, 30).sign(key, hashes.SHA256()), key)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(subject: x509.Name, issuer: x509.Name, key: Any, begins: float, ends: float) -> Any:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    return builder.not_valid_before(now + timedelta(days=begins)).not_valid_after(now + timedelta(days=ends))


def pem_file(path: Path, *parts: Issued | bytes) -> Path:
    """A file with certificates and keys, in this order."""
    path.write_bytes(b"".join(part if isinstance(part, bytes) else part.pem + part.key_pem for part in parts))
    return path


def names(certificates: Sequence[x509.Certificate]) -> list[str]:
    """The CNs of certificates."""
    return [str(each.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value) for each in certificates]
