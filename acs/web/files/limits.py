"""What devices may take of the file site."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """``rate`` is that of each download in bytes a second, ``rate_together`` that of all, 0 for none;
    ``upload_bytes`` the most that an upload may have; ``patience`` the seconds after which a client that
    takes or sends nothing is dropped, ``idle`` those after which a connection without a request is closed."""

    downloads: int = 1000
    downloads_per_address: int = 200
    uploads: int = 100
    uploads_per_address: int = 20
    rate: int = 0
    rate_together: int = 0
    upload_bytes: int = 64 << 20
    patience: float = 60.0
    idle: float = 60.0
