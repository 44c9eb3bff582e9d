"""The ``tls`` table of a listener in the configuration file.

It also says what keeps it from making sense.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from acs.settings import PATH, choice, setting, tables

Pairs = tuple[tuple[Path, Path], ...]
"""Files of certificates, each with the file of its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One of the ``more`` tables of a ``tls`` table."""

    certificate: Path | None = setting(PATH, None, "Certificate chain, PEM, the listener's own first.")
    key: Path | None = setting(PATH, None, "Its private key, PEM; empty: in the same file.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """A ``tls`` table of a listener; without a certificate there is no TLS."""

    certificate: Path | None = setting(PATH, None, "Certificate chain, PEM; empty: no TLS.")
    key: Path | None = setting(PATH, None, "Its private key, PEM; empty: in the same file.")
    more: tuple[Certificate, ...] = tables(
        Certificate, "Further ones, chosen by the name that a client asks for.", implied=False
    )
    profile: str = setting(choice("modern", "legacy"), "modern", "legacy: TLS 1.0 and old ciphers too.")
    client_ca: Path | None = setting(PATH, None, "Authorities of client certificates, PEM.")

    @property
    def pairs(self) -> Pairs:
        """Certificates and keys, those for clients that name nobody first."""
        given = [(self.certificate, self.key), *((each.certificate, each.key) for each in self.more)]
        return tuple((certificate, key or certificate) for certificate, key in given if certificate)

    def problems(self, place: str, endpoint: str, required: bool) -> Iterator[tuple[str, str]]:
        """What is wrong with the table at this place, for a listener there, whose clients must have a
        certificate or not: keys and reasons."""
        if self.certificate is None and self != Tls(profile=self.profile):
            yield f"{place}.certificate", "must be given where anything else of TLS is"
        for number, each in enumerate(self.more):
            if each.certificate is None:
                yield f"{place}.more[{number}].certificate", "must be given"
        if self.certificate and endpoint.startswith("ssl:"):
            yield f"{place}.certificate", "must not be given where the endpoint is TLS itself (ssl:)"
        if required and self.client_ca is None:
            yield f"{place}.client_ca", "must be given where devices must have a certificate"
