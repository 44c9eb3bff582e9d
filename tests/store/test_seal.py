"""Encryption at rest, and its key."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.store.compression import Compression
from acs.store.ids import as_text
from acs.store.interface import StoreError
from acs.store.seal import KEY_BYTES, Seal, SealBroken, secret_key
from acs.store.vault import Vault
from tests.support.syncs import Syncs

KEY = bytes(range(KEY_BYTES))


class SealTests(SynchronousTestCase):
    @given(st.binary(max_size=200), st.integers(0, (1 << 63) - 1))
    def test_what_is_sealed_opens_as_it_was(self, plain: bytes, number: int) -> None:
        self.assertEqual(plain, Seal(KEY).open(Seal(KEY).close(plain, "x", number), "x", number))

    def test_it_opens_as_itself_alone(self) -> None:
        number = 5 << 48
        sealed = Seal(KEY).close(b"sesame", "job", number)
        for seal, purpose, other in (
            (Seal(KEY), "parameters", number),
            (Seal(KEY), "job", number + 1),
            (Seal(KEY), "job", 6 << 48),
            (Seal(bytes(KEY_BYTES)), "job", number),
        ):
            with self.assertRaises(SealBroken) as refusal:
                seal.open(sealed, purpose, other)
            self.assertEqual((purpose, other), (refusal.exception.purpose, refusal.exception.number))
            self.assertIn(as_text(other), str(refusal.exception))

    def test_any_change_to_it_shows(self) -> None:
        sealed = Seal(KEY).close(b"sesame", "job", 5)
        broken = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
        broken += [sealed[:length] for length in range(len(sealed))] + [sealed + b"x"]
        for each in broken:
            with self.assertRaises(SealBroken):
                Seal(KEY).open(each, "job", 5)

    def test_the_same_is_sealed_otherwise_each_time(self) -> None:
        self.assertEqual(100, len({Seal(KEY).close(b"x", "job", 5) for _ in range(100)}))

    def test_nonces_come_from_the_random_source(self) -> None:
        asked: list[int] = []

        def random(count: int) -> bytes:
            asked.append(count)
            return b"n" * count

        self.assertTrue(Seal(KEY, random).close(b"x", "job", 5).startswith(b"n" * 12))
        self.assertEqual([12], asked)

    def test_each_time_and_purpose_has_a_key_of_its_own(self) -> None:
        seal = Seal(KEY, lambda count: bytes(count))
        sealed = [seal.close(b"x" * 32, purpose, n << 48)[12:44] for purpose in "ab" for n in range(300)]
        self.assertEqual(600, len(set(sealed)))

    def test_derived_keys_differ_by_purpose_and_data(self) -> None:
        seal = Seal(KEY)
        self.assertEqual(seal.derive("a", b"b"), Seal(KEY).derive("a", b"b"))
        derived = {
            seal.derive("a"),
            seal.derive("b"),
            seal.derive("a", b"b"),
            Seal(bytes(32)).derive("a"),
            KEY,
        }
        self.assertEqual(5, len(derived))

    def test_a_key_has_32_bytes(self) -> None:
        with self.assertRaises(ValueError):
            Seal(b"short")


class KeyFileTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.path = Path(self.mktemp()) / "secret.key"
        self.path.parent.mkdir()

    def test_a_key_is_made_once_and_for_its_owner_alone(self) -> None:
        key = secret_key(self.path)
        self.assertEqual(KEY_BYTES, len(key))
        self.assertEqual(key, secret_key(self.path))
        self.assertEqual(0o600, stat.S_IMODE(self.path.stat().st_mode))
        self.assertEqual(["secret.key"], os.listdir(self.path.parent))

    def test_a_key_that_was_made_survives_a_power_cut(self) -> None:
        syncs = Syncs(self)
        secret_key(self.path)
        for path in (self.path, self.path.parent):
            self.assertTrue(syncs.holds(path), path)

    def test_of_two_makers_the_first_wins(self) -> None:
        def random(count: int) -> bytes:
            # Another process is quicker.
            self.path.write_bytes(KEY)
            return os.urandom(count)

        self.assertEqual(KEY, secret_key(self.path, random))
        self.assertEqual(["secret.key"], os.listdir(self.path.parent))

    def test_what_is_no_key_is_refused(self) -> None:
        self.path.write_bytes(b"short")
        with self.assertRaises(StoreError):
            secret_key(self.path)


class VaultTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.vault = Vault(Seal(KEY), Compression({}))

    def test_documents_are_kept(self) -> None:
        document = {"a": [1, 2.5, None, True, "ü"], "b": {}}
        closed = self.vault.close_document(document, "x", 5)
        self.assertEqual(document, self.vault.open_document(closed, "x", 5))

    def test_another_version_is_not_opened(self) -> None:
        closed = self.vault.close(b"x", "x", 5)
        for broken in (b"\2" + closed[1:], b"", b"\1"):
            with self.assertRaises(SealBroken):
                self.vault.open(broken, "x", 5)

    def test_equal_documents_have_equal_fingerprints_under_one_key(self) -> None:
        one = self.vault.fingerprint({"a": 1, "b": [2]})
        self.assertEqual((16, one), (len(one), self.vault.fingerprint({"b": [2], "a": 1})))
        others = [
            self.vault.fingerprint({"a": 1}),
            Vault(Seal(bytes(32)), Compression({})).fingerprint({"a": 1, "b": [2]}),
        ]
        self.assertNotIn(one, others)

    def test_a_dictionary_that_is_not_there_is_named(self) -> None:
        written = Vault(Seal(KEY), Compression({7: b"abc" * 100})).close(b"x" * 200, "x", 5)
        with self.assertRaises(StoreError) as refusal:
            self.vault.open(written, "x", 5)
        self.assertIn("dictionary 7", str(refusal.exception))
