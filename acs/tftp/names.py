"""Names in requests, of which only those that say plainly what they mean are asked for."""

from __future__ import annotations

MOST_BYTES = 400


class BadName(ValueError):
    """A name that is refused without looking for its file."""


def name_of(raw: bytes) -> str:
    """The path that a request names, for the catalogue to find exactly that; raises `BadName`.

    One slash in front is passed over, as many clients write it.  What could mean another file to somebody
    else is refused: backslashes, percent signs, control characters, ``.``, ``..`` or nothing between slashes.
    """
    if len(raw) > MOST_BYTES:
        raise BadName("it is too long")
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadName("it is not UTF-8") from None
    if not name.isprintable():
        raise BadName("it has characters that cannot be printed")
    if found := next((sign for sign in "\\%" if sign in name), ""):
        raise BadName(f"it has a {found} in it")
    path = name.removeprefix("/")
    if any(part in ("", ".", "..") for part in path.split("/")):
        raise BadName("a part of it is empty, . or ..")
    return path
