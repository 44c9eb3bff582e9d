"""Encryption at rest: AES-256-GCM under a key that lies beside the database, never in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from acs.store.folders import sync_names
from acs.store.ids import as_text
from acs.store.interface import StoreError

KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
# A derived key serves 2**26 ms (19 hours) of numbers: random nonces are good for 2**32 messages under one key
# (NIST SP 800-38D, 8.3), which one key for ever would pass at a thousand sessions a second within two months.
_EPOCH_SHIFT = 48
_CIPHERS = 256


@dataclass
class SealBroken(StoreError):
    """What was stored is not what was sealed, or was sealed under another key."""

    purpose: str
    number: int

    def __str__(self) -> str:
        what = f"the sealed {self.purpose} of {as_text(self.number)}"
        return f"{what} cannot be opened: damaged, or sealed with another secret.key"


class Seal:
    """Seals what must not be read from a stolen disk.

    ``random`` gives that many unpredictable bytes.  ``purpose`` and ``number`` say what is sealed (the
    conversation of session 17): it opens as that and as nothing else.
    """

    def __init__(self, key: bytes, random: Callable[[int], bytes] = os.urandom) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(key)}")
        self._key = key
        self._random = random
        self._ciphers: dict[tuple[str, int], AESGCM] = {}

    def derive(self, purpose: str, data: bytes = b"") -> bytes:
        """32 bytes that depend on the key, ``purpose`` and ``data``, and give none of them away."""
        return blake2b(purpose.encode() + b"\0" + data, key=self._key, digest_size=KEY_BYTES).digest()

    def close(self, plain: bytes, purpose: str, number: int) -> bytes:
        """``plain``, sealed: nonce, cipher text and tag, 28 bytes more."""
        nonce = self._random(_NONCE_BYTES)
        return nonce + self._cipher(purpose, number).encrypt(nonce, plain, number.to_bytes(8, "big"))

    def open(self, sealed: bytes, purpose: str, number: int) -> bytes:
        """What was sealed; raises `SealBroken`."""
        if len(sealed) < _NONCE_BYTES + _TAG_BYTES:
            raise SealBroken(purpose, number)
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher(purpose, number).decrypt(nonce, rest, number.to_bytes(8, "big"))
        except InvalidTag:
            raise SealBroken(purpose, number) from None

    def _cipher(self, purpose: str, number: int) -> AESGCM:
        epoch = number >> _EPOCH_SHIFT
        cipher = self._ciphers.get((purpose, epoch))
        if cipher is None:
            if len(self._ciphers) >= _CIPHERS:
                self._ciphers.clear()
            cipher = AESGCM(self.derive(purpose, epoch.to_bytes(8, "big")))
            self._ciphers[purpose, epoch] = cipher
        return cipher


def secret_key(path: Path, random: Callable[[int], bytes] = os.urandom) -> bytes:
    """The key kept in the file, which only its owner may read; made, and on disk, where there is none.

    Raises `StoreError` for a file that is not a key.
    """
    try:
        return read_key(path)
    except FileNotFoundError:
        return _checked(path, _make_key(path, random(KEY_BYTES)))


def read_key(path: Path) -> bytes:
    """The key kept in the file; raises OSError, and `StoreError` for a file that is not a key."""
    return _checked(path, path.read_bytes())


def _checked(path: Path, key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise StoreError(f"{path}: not a key of {KEY_BYTES} bytes")
    return key


def _make_key(path: Path, key: bytes) -> bytes:
    # Under another name first: a crash in between must not leave half a key, nor may two makers have
    # different ones.
    made = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, key)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(made, path)
    except FileExistsError:
        return path.read_bytes()
    finally:
        made.unlink()
    sync_names(path.parent)
    return key
