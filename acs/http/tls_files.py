"""Makes TLS of the files that a configuration names, or says of each what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import Struct
from OpenSSL import SSL

from acs.http.certificates import BadCertificate, belongs, kind_of, lapse, names_of, read_chain, read_key
from acs.http.tls import Authorities, Contexts, Credential, Profile, add_credential, base_context, grouped

T = TypeVar("T")


class TlsFiles(Struct, frozen=True):
    """What the TLS of a listener is made of.

    :ivar place: of its table in the configuration, for whoever is told what is wrong.
    :ivar listener: its name; a session is resumed at the listener where it was begun.
    :ivar pairs: files with a certificate, its chain behind it, and with its key; the first pair is for
        clients that name nobody.
    :ivar client_ca: the authorities of client certificates; None: no client is asked for one.
    :ivar client_required: whether a client must have one.
    """

    place: str
    listener: str
    profile: str
    pairs: tuple[tuple[Path, Path], ...]
    client_ca: Path | None = None
    client_required: bool = False


class TlsProblem(Struct, frozen=True):
    """Something wrong with one of the files; ``place`` is its key in the configuration."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class BadTls(Exception):
    """TLS that cannot be had; ``problems`` has all that is wrong."""

    def __init__(self, problems: Sequence[TlsProblem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = tuple(problems)


class Loaded(Struct, frozen=True):
    """What was made of the files of a listener: its contexts, and what is odd about them."""

    files: TlsFiles
    contexts: Contexts
    warnings: tuple[TlsProblem, ...]
    certificates: bytes
    """The certificates themselves, without what is behind them in their files, PEM."""


def load_all(listeners: Iterable[TlsFiles], now: float) -> list[Loaded]:
    """`load` for several; raises `BadTls` with what is wrong with any of them."""
    loaded: list[Loaded] = []
    problems: list[TlsProblem] = []
    for files in listeners:
        try:
            loaded.append(load(files, now))
        except BadTls as error:
            problems += error.problems
    if problems:
        raise BadTls(problems)
    return loaded


def load(files: TlsFiles, now: float) -> Loaded:
    """Read the files of a listener; ``now`` is the time, seconds since 1970.

    A certificate that has expired is used all the same, with a warning: most CPEs do not look, and without
    it none could call.

    :raises BadTls: with everything that is wrong.
    """
    loading = _Loading(files.place, now)
    credentials = [loading.credential(number, *pair) for number, pair in enumerate(files.pairs)]
    authorities = None
    if files.client_ca is not None:
        loading.authorities(files.client_ca)
        authorities = Authorities(files.client_ca, files.client_required)
    whole = [each for each in credentials if each is not None]
    contexts = None if loading.problems else loading.contexts(files, whole, authorities)
    if contexts is None:
        raise BadTls(loading.problems)
    shown = b"".join(each.pem for each in whole)
    return Loaded(files, contexts, tuple(loading.warnings), shown)


class _Loading:
    """Loads, and notes what is wrong."""

    def __init__(self, place: str, now: float) -> None:
        self._place = place
        self.problems: list[TlsProblem] = []
        self.warnings: list[TlsProblem] = []
        self._now = now

    def credential(self, number: int, certificate: Path, key: Path) -> Credential | None:
        """A certificate and its key; None where either cannot be used."""
        table = f"more[{number - 1}]." if number else ""
        place = f"{table}certificate"
        chain = self._read(place, certificate, read_chain)
        private = self._read(f"{table}key", key, read_key)
        if chain is None or private is None:
            return None
        with self._noting(place, certificate):
            kind, names = kind_of(chain[0]), names_of(chain[0])
            if wrong := lapse(chain[0], self._now):
                self.warnings.append(self._problem(place, certificate, wrong))
            if belongs(private, chain[0]):
                pem = chain[0].public_bytes(Encoding.PEM)
                return Credential(place, certificate, pem, private, names, kind)
            self._wrong(f"{table}key", key, f"is not the key of the first certificate in {certificate}")
        return None

    def authorities(self, file: Path) -> None:
        """Look at the authorities of client certificates."""
        for each in self._read("client_ca", file, read_chain) or ():
            if wrong := lapse(each, self._now):
                name = each.subject.rfc4514_string()
                self.warnings.append(self._problem("client_ca", file, f"has {name} in it, which {wrong}"))

    def contexts(
        self, files: TlsFiles, credentials: list[Credential], authorities: Authorities | None
    ) -> Contexts | None:
        """Contexts of what was read; None where OpenSSL does not take it."""
        session_id = sha256(files.listener.encode()).digest()
        served = []
        for group in grouped(credentials):
            with self._noting("client_ca", files.client_ca):
                context = base_context(Profile(files.profile), session_id, authorities)
                for each in group:
                    with self._noting(each.place, each.certificate):
                        add_credential(context, each)
                served.append((group[0].names, context))
        return None if self.problems else Contexts(served)

    def _read(self, key: str, path: Path, read: Callable[[bytes], T]) -> T | None:
        with self._noting(key, path):
            return read(path.read_bytes())
        return None

    @contextmanager
    def _noting(self, key: str, path: Path | None) -> Iterator[None]:
        """Note what goes wrong with a file, and go on."""
        try:
            yield
        except BadCertificate as error:
            self._wrong(key, path, str(error))
        except OSError as error:
            self._wrong(key, path, f"cannot be read: {error.strerror}")
        except ValueError:
            self._wrong(key, path, "has a certificate whose names cannot be read")
        except SSL.Error as error:
            self._wrong(key, path, f"is refused by the profile: {openssl_reason(error) or 'it has changed'}")

    def _wrong(self, key: str, path: Path | None, reason: str) -> None:
        self.problems.append(self._problem(key, path, reason))

    def _problem(self, key: str, path: Path | None, reason: str) -> TlsProblem:
        return TlsProblem(f"{self._place}.{key}", f"{path} {reason}")


def openssl_reason(error: SSL.Error) -> str:
    """What OpenSSL says, in its words; "" where it says nothing."""
    queue = error.args[0] if error.args else ()
    return str(queue[-1][-1]) if isinstance(queue, list) and queue else ""
