"""Places of this site, to which a link may send somebody."""

from __future__ import annotations


def of_ours(target: str) -> str:
    """A path of this site, where it is one: nobody is to be sent elsewhere by a link to the login."""
    is_ours = target.startswith("/") and not target.startswith(("//", "/\\", "/login"))
    return target if is_ours and target.isprintable() and target.isascii() else "/"
