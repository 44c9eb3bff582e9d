"""Heads that are not to the letter, read as they are meant where there is one meaning.

Nothing here may touch what says how long a request is: whoever reads that differently from a proxy in front
of us opens the door to smuggled requests (RFC 9112 section 11.2).  Such a line is refused if it is not exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from acs.http.errors import BadRequest

FRAMING = ("content-length", "transfer-encoding", "connection", "expect")
"""The headers that are read to the letter or not at all."""

_BLANKS = " \t"


def request_line(line: str) -> tuple[str, str, str]:
    """The method, target and version of a request line whose words are divided by any number of blanks.

    A target may be missing, which is then ``/``, or have blanks in it; the version may be in lower case; a
    line of method and target alone, as in HTTP/0.9, is taken for one of 1.0.

    :raises BadRequest: 400 for anything else.
    """
    method, *rest = line.split() or [""]
    if rest and rest[-1][:5].upper() == "HTTP/":
        return method, "%20".join(rest[:-1]) or "/", rest[-1].upper()
    if len(rest) != 1:
        raise BadRequest(400, "a request line is a method, a target and a version")
    return method, rest[0], "HTTP/1.0"


def fields(lines: Sequence[str], token: str) -> Iterable[tuple[str, str]]:
    """The headers that the lines are, names in lower case: folded ones joined (RFC 9112 section 5.2), blanks
    before the colon dropped, what is no header passed over with all that is folded into it.

    :param token: the characters of names.
    :raises BadRequest: 400 where such a line has to do with the length of the request.
    """
    found: list[tuple[str, str]] = []
    last: tuple[str, str] | None = None
    for number, line in enumerate(lines):
        if line[:1] not in _BLANKS or not number:
            last = _field(line, token)
            if last is not None:
                found.append(last)
            continue
        _refuse_framing(line)
        if last is not None:
            last = found[-1] = _unfolded(last, line)
    return found


def _field(line: str, token: str) -> tuple[str, str] | None:
    name, colon, value = line.partition(":")
    bare = name.strip(_BLANKS).lower()
    known = colon and bare and not bare.strip(token)
    if not known or bare != name.lower():
        _refuse_framing(line)
    return (bare, value.strip(_BLANKS)) if known else None


def _unfolded(field: tuple[str, str], line: str) -> tuple[str, str]:
    name, value = field
    if name in FRAMING:
        raise BadRequest(400, f"the header {name} is folded")
    return name, f"{value} {line.strip(_BLANKS)}".strip(_BLANKS)


def _refuse_framing(line: str) -> None:
    said = line.lower()
    for name in FRAMING[:2]:
        if name in said:
            raise BadRequest(400, f"the header {name} is not written to the letter")
