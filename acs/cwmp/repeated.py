"""Long answers that came before, to know them by when they come again with another ID, or with other values.

The names and the attributes of a device's parameters are those of all devices of its model, in each of their
sessions: two messages of 50 and 80 kB that differ in their IDs alone.  Its values are a third one, in which
nothing else differs but plain texts in always the same places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from acs.cwmp.errors import RemoteProtocolError
from acs.cwmp.messages import GetParameterValuesResponse
from acs.cwmp.skeleton import Skeleton, is_plain
from acs.cwmp.values import ParameterValueStruct

SHORTEST = 4096
"""How many characters a message has that is worth it."""
_HEAD = 2048
_NAME = 1024
_SAMPLE = 61
_MOST = 8
"""So many answers that look alike are told apart."""
_UNSAID = "\ud800"
"""Stands in no text that was UTF-8: what begins with it is no skeleton."""

# The text of an ID that is nothing but a text, and behind it the beginning of such an answer.  Whether it is
# the header's is for who remembers the answer to try.
_ID = re.compile(r"ID(?:\s[^<>]{0,200})?>([A-Za-z0-9._-]{1,64})</")
_ANSWER = re.compile(r"GetParameter(Names|Attributes|Values)Response")
_BEHIND = 512
_CLOSING = re.compile(r"</(?:[\w.-]+:)?Value>")
_MARK = "\ue000"


class Cut(Struct, frozen=True):
    """Where the ID stands in a text.  ``likeness`` is the same for whatever differs in its ID, or in values,
    and for little else."""

    id: str
    start: int
    end: int
    has_values: bool
    likeness: str


class Known(Struct, frozen=True):
    """An answer that came before: the text ``before`` its ID; what ``starts`` before each of its values, to
    the ``end`` of which it goes on with the next start; what comes ``after`` the last.

    All that is between those two but the values has this ``length``.  The ``fixed`` of the values are no
    plain texts: they stand in ``starts``, and what is left of them is empty.  ``read`` makes what the message
    says of its ID and of its values.
    """

    before: str
    starts: tuple[str, ...]
    end: str
    length: int
    after: str
    fixed: tuple[int, ...]
    read: Callable[[str, list[str]], Any]

    def values_in(self, text: str, cut: Cut) -> list[str] | None:
        """The values of a text that is this answer but for them and for its ID; None for any other."""
        last = len(text) - len(self.after)
        if cut.start != len(self.before) or last < cut.end:
            return None
        if not (text.endswith(self.after) and text.startswith(self.before)):
            return None
        if not self.starts:
            return [] if last == cut.end else None
        pieces = text[cut.end : last].split(self.end)
        if len(pieces) != len(self.starts):
            return None
        values = list(map(str.removeprefix, pieces, self.starts))
        told = "".join(values)
        if last - cut.end - len(told) != self.length:
            return None  # a piece that did not begin as it should is whole still
        if not is_plain(told) or any(values[number] for number in self.fixed):
            return None
        return values

    def filled(self, id: str, values: Sequence[str]) -> str:
        """The text that has this ID and these values."""
        pieces = [start + value for start, value in zip(self.starts, values, strict=True)]
        return self.before + id + self.end.join(pieces) + self.after


def cut(text: str) -> Cut | None:
    """Where the ID of a text that holds no NUL stands, where it seems to be such an answer."""
    if len(text) < SHORTEST:
        return None
    found = _ID.search(text, 0, _HEAD)
    if found is None or text[found.start() - 1] not in ":<":
        return None
    start, end = found.span(1)
    answer = _ANSWER.search(text, end, end + _BEHIND)
    if answer is None or text[answer.start() - 1] not in ":<":
        return None
    if answer[1] == "Values":
        # How many there are, the first name and the last.
        first, last = text.find("Name>", end, end + _NAME), text.rfind("Name>")
        told = f"{text[end : text.find('<', first)]}\0{text[text.rfind('>', 0, last) : last]}"
        return Cut(found[1], start, end, True, f"{_UNSAID}{text[:start]}\0{told}")
    sample = f"{len(text) - end}\0{text[:start]}\0{text[end::_SAMPLE]}"
    return Cut(found[1], start, end, False, f"{_UNSAID}{sample}")


def found_in(alike: Sequence[Known], text: str, cut: Cut) -> Any:
    """What a text says that is one of the answers ``alike``; None for any other."""
    for known in alike:
        values = known.values_in(text, cut)
        if values is not None:
            return known.read(cut.id, values)
    return None


def identity(text: str, cut: Cut, skeleton: Skeleton, envelope: Any) -> str:
    """What is the same for the same answer alone, whatever its ID and its values are; as good as always."""
    if not _tells_values(cut, envelope):
        told = hash(text[: cut.start]), hash(text[cut.end :])
    else:
        told = hash(skeleton.markup), hash(tuple(each.Name for each in envelope.message.ParameterList))
    return f"{_UNSAID}{told}"


def _tells_values(cut: Cut, envelope: Any) -> bool:
    return cut.has_values and isinstance(envelope.message, GetParameterValuesResponse)


def with_another(alike: Sequence[Known], known: Known) -> tuple[Known, ...]:
    """The answers that look alike, with one more."""
    return (known, *alike)[:_MOST]


def size(alike: Sequence[Known]) -> int:
    """About how many bytes of memory they take with what they read (measured, and rather more than less)."""
    texts = sum(len(known.before) + len(known.after) + sum(map(len, known.starts)) for known in alike)
    return 5 * texts


def learnt(text: str, cut: Cut, envelope: Any, parse: Callable[[str], Any]) -> Known | None:
    """How to know this text again, which was read as ``envelope``; None where that cannot be.

    That its ID, and its values, are all that is read of those places is tried out: with marks in them, the
    strict ``parse`` finds these marks, and nothing else has changed.
    """
    other = "0" if cut.id != "0" else "1"
    known = _in_pieces(text, cut, _tells_values(cut, envelope))
    marks = [f"{_MARK}{number}" for number in range(len(known.starts))]
    for number in known.fixed:
        marks[number] = ""
    try:
        found = parse(known.filled(other, marks))
        if _tells_values(cut, envelope) and _tells_values(cut, found):
            known = replace(known, read=_reader(envelope, found.message.ParameterList, len(marks)))
        else:
            known = replace(known, read=lambda id, values: _with_id(envelope, id))
        as_told = known.read(cut.id, known.values_in(text, cut) or []) == envelope
    except (RemoteProtocolError, LookupError, ValueError):
        return None
    return known if as_told and known.read(other, marks) == found else None


def _in_pieces(text: str, cut: Cut, has_values: bool) -> Known:
    """The text cut where its values end, if it has some; what is read of it is not known yet."""
    closing = _CLOSING.search(text, cut.end) if has_values else None
    if closing is None:
        return Known(text[: cut.start], (), "", 0, text[cut.end :], (), _nothing)
    last = text.rfind(closing[0])
    pieces = text[cut.end : last].split(closing[0])
    starts = [piece[: piece.rfind(">") + 1] for piece in pieces]
    fixed = [
        number
        for number, (piece, start) in enumerate(zip(pieces, starts, strict=True))
        if not is_plain(piece[len(start) :])
    ]
    for number in fixed:
        starts[number] = pieces[number]
    length = sum(map(len, starts)) + (len(starts) - 1) * len(closing[0])
    return Known(text[: cut.start], tuple(starts), closing[0], length, text[last:], tuple(fixed), _nothing)


def _reader(
    envelope: Any, marked: Sequence[ParameterValueStruct], count: int
) -> Callable[[str, list[str]], Any]:
    """How the envelope is made of its ID and of ``count`` values, each where its mark stands."""
    told = envelope.message.ParameterList
    names, types = tuple(each.Name for each in told), tuple(each.Type for each in told)
    constants: list[str] = []
    places = []
    for each, was in zip(marked, told, strict=True):
        if each.Value.startswith(_MARK):
            places.append(int(each.Value[1:]))
        else:
            places.append(count + len(constants))
            constants.append(was.Value)
    nothing, in_order = replace(envelope, message=None), itemgetter(*places)

    def read(id: str, values: list[str]) -> Any:
        told = in_order(values + constants)
        message = GetParameterValuesResponse(tuple(map(ParameterValueStruct, names, told, types)))
        return replace(_with_id(nothing, id), message=message)

    return read


def _nothing(id: str, values: list[str]) -> Any:
    raise LookupError("nobody knows yet how this is read")


def _with_id(envelope: Any, id: str) -> Any:
    return replace(envelope, header=replace(envelope.header, id=id))
