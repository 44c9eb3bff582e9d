"""The numbers of the table ``marks``, which tell whether a store may be opened.

They say whose key it is sealed with, and what is being imported.
"""

from __future__ import annotations

from collections.abc import Mapping

from acs.store.database import Row, Statement
from acs.store.interface import StoreError
from acs.store.vault import Vault

KEY = "secret_key"
"""A fingerprint of the key that the rest is sealed with."""
IMPORT = "import"
"""While an import has not ended: which export it is of (`number_of` its digest)."""
BLOCKS = "import_blocks"
"""And how many blocks of that are in the store."""

ALL = "SELECT name, value FROM marks"
NOTE_KEY = "INSERT INTO marks (name, value) VALUES ('secret_key', ?) ON CONFLICT DO NOTHING"
END_IMPORT = Statement("DELETE FROM marks WHERE name IN ('import', 'import_blocks')")
_PUT = "INSERT INTO marks (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


def number_of(digest: bytes) -> int:
    """The first 63 bits of a digest: what of it a mark can hold."""
    return int.from_bytes(digest[:8], "big") >> 1


def putting(name: str, value: int) -> Statement:
    """The statement that sets a mark."""
    return Statement(_PUT, (name, value))


def check(rows: list[Row], vault: Vault) -> None:
    """Raise `StoreError` where the marks, as `ALL` reads them, are not those of a whole store of this key."""
    marks: Mapping[str, int] = dict(rows)
    if marks.get(KEY) not in (None, number_of(vault.key_fingerprint)):
        raise StoreError(
            "secret.key is not the one that this database was written with: copy it from another node's"
            " state_dir, or from a backup"
        )
    if IMPORT in marks:
        raise StoreError(
            "an import into this database has not ended: say `acsctl import` with the same file again, "
            "or make the database anew"
        )
