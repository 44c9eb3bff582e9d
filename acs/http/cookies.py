"""Our cookie: hard for a device to spoil, found again in whatever it made of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

_COOKIE = re.compile(r"[A-Za-z0-9_.-]+=[A-Za-z0-9_.~+/=-]*; Path=/[!-:<-~]*")


def cookie_values(headers: Iterable[str], name: str) -> list[str]:
    """All values that the Cookie ``headers`` give for the cookie ``name``, in order, without quotes;
    the name may come back in other letters, small or large.

    Pairs are taken to end at ``;`` and at ``,`` (RFC 2965), also within quotes, since no value of ours holds
    either.  What has no ``=`` is passed over, and so is every other cookie: ``$Version``, attributes that
    come back as if they were cookies, the wreck of a date.  A device that sends several values may mean any
    of them.
    """
    values, name = [], name.lower()
    for header in headers:
        for pair in header.replace(",", ";").split(";"):
            key, equals, value = pair.partition("=")
            if equals and key.strip().lower() == name:
                values.append(value.strip().strip('"'))
    return values


def set_cookie(name: str, value: str, path: str = "/") -> str:
    """The value of a Set-Cookie header: name, value and Path, for weak parsers trip on every attribute more.

    :raises ValueError: for a character that such a parser, or any, would misread.
    """
    cookie = f"{name}={value}; Path={path}"
    if "=" in name or not _COOKIE.fullmatch(cookie):
        raise ValueError(f"no cookie can be made of the name {name!r} and the path {path!r} with this value")
    return cookie
