"""Heads that came before, but for what is of one session alone: they are not read again.

The heads of a fleet's requests are alike to the byte, but for the values of Cookie and Authorization.  What
`acs.http.head` has made of one is kept by its bytes without these values, and the next one that has the same
bytes is put together from that.  So nothing is accepted here: what a head means was decided when the first of
its kind was read.

And a request that has come whole, behind such a head, is taken where it lies (`UsualHeads.whole`).  With the
reader of a connection, which is then not even made, that spares a quarter of what HTTP takes of a session.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from acs.http.errors import BadRequest
from acs.http.head import Head, header_field
from acs.http.limits import Limits
from acs.http.messages import Request

LONGEST = 1024
"""How many bytes a head may have."""
MOST = 1024
"""How many are kept; the one that came first is forgotten first."""

_BLANKS = b" \t"
# Lines that are of one session alone, as most spell them; without what could end them.
_OWN = re.compile(rb"(\n(?:Authorization|Cookie): )([^\r\n\0]*)(?=\r\n)")
_SECRET = ("authorization", "cookie")


class _Usual(Struct, frozen=True):
    """What was made of a head, and where in its headers the values are that another may have in their
    places."""

    head: Head
    places: tuple[tuple[int, str], ...]


class UsualHeads:
    """The heads of a listener's requests, all of which are read within the same limits."""

    __slots__ = ("_longest", "_kept")

    def __init__(self, limits: Limits) -> None:
        self._longest = min(LONGEST, limits.head_bytes)
        self._kept: dict[bytes, _Usual] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, raw: bytes) -> Head | None:
        """A head that differs from one that was read before in its own values alone; None for any other."""
        usual, values = self._find(raw)
        return None if usual is None else _with(usual, values)

    def whole(self, data: bytes) -> Request | None:
        """The request that these bytes are, if its head is a usual one, and nothing is missing or follows."""
        end = data.find(b"\r\n\r\n", 0, self._longest) + 4
        raw = data[:end]
        usual, values = self._find(raw)
        if usual is None or usual.head.length != len(data) - end:
            return None
        head = usual.head
        headers, first = _own(usual, values) if values else (head.headers, head.first)
        return Request(
            head.method,
            head.target,
            head.path,
            head.minor,
            headers,
            first,
            data[end:],
            raw,
            head.persistent,
        )

    def _find(self, raw: bytes) -> tuple[_Usual | None, Sequence[bytes]]:
        """What a head is like, and the values of its own, in order."""
        usual = self._kept.get(raw)
        if usual is not None:
            return usual, ()  # it has none, or empty ones
        pieces = _OWN.split(raw)
        values = pieces[2::3]
        if not values:
            return None, values
        del pieces[2::3]
        return self._kept.get(b"".join(pieces)), values

    def keep(self, raw: bytes, head: Head) -> None:
        """Keep what was made of a head, if another could have other values of its own, and be as it is in all
        else.

        Nobody's password is kept with it, in whatever way its line is spelled.
        """
        if (
            len(raw) > self._longest
            or head.length is None
            or head.expects_continue
            or not _is_plain(raw, head)
        ):
            return
        pieces = _OWN.split(raw)
        names = [name[1:-2].decode().lower() for name in pieces[1::3]]
        said = enumerate(name for name, _ in head.headers)
        places = tuple((number, name) for number, name in said if name.endswith(_SECRET))
        if [name for _, name in places] != names or len(set(names)) != len(names):
            return
        del pieces[2::3]
        if len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[b"".join(pieces)] = _Usual(_with(_Usual(head, places), [b""] * len(places)), places)


def _is_plain(raw: bytes, head: Head) -> bool:
    """Whether each line of a head is one header, to the letter."""
    _, *lines = raw[:-4].decode("latin-1").split("\r\n")
    try:
        return raw.count(b"\n") == len(lines) + 2 and [*map(header_field, lines)] == [*head.headers]
    except BadRequest:
        return False


def _own(usual: _Usual, values: Sequence[bytes]) -> tuple[tuple[tuple[str, str], ...], dict[str, str]]:
    """The headers, and the first of each name, with these values in their places."""
    headers, first = list(usual.head.headers), dict(usual.head.first)
    for (place, name), value in zip(usual.places, values, strict=True):
        headers[place] = name, first[name] = name, value.strip(_BLANKS).decode("latin-1")
    return tuple(headers), first


def _with(usual: _Usual, values: Sequence[bytes]) -> Head:
    """A head with these values in their places."""
    if not values:
        return usual.head
    headers, first = _own(usual, values)
    return replace(usual.head, headers=headers, first=first)
