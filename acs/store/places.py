"""The places where a store may live, as ``[store] url`` names them."""

from __future__ import annotations

import re

EMBEDDED = "sqlite"
KINDS = "sqlite | postgresql URL"
"""How documentation calls these URLs."""

KEY_FILE = "secret.key"
"""In the state folder, whatever the store: what it is sealed with."""

DATABASE_FILE = "acs.sqlite"
"""Beside it, where the store is embedded."""


def check(url: str) -> None:
    """Raises ValueError, whose text has no password in it, for what names no store."""
    if url == EMBEDDED:
        return
    from psycopg2 import ProgrammingError
    from psycopg2.extensions import parse_dsn

    if not re.fullmatch(r"postgresql://\S*", url):
        raise ValueError("must be sqlite, or a URL that begins with postgresql://")
    try:
        parse_dsn(url)
    except ProgrammingError:
        raise ValueError("is no URL of PostgreSQL's, as libpq reads it") from None


def is_shared(url: str) -> bool:
    """Whether the store is a server's, which several processes may use, and which may be away."""
    return url != EMBEDDED


def files_of(url: str) -> tuple[str, ...]:
    """The files in the state folder by which a store is seen to be there."""
    return (KEY_FILE,) if is_shared(url) else (KEY_FILE, DATABASE_FILE)
