"""What in a document cannot be right by the data models that were imported.

Judged is what they know for sure: nothing below a root without a model, nothing of a vendor's (``X_...``), no
value with names to be filled in.  Several models may describe a parameter, and a path that begins with a dot
may stand below several roots: it is wrong only where it is wrong by all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from acs.configuration.document import ROOTS, Entry, Mistake
from acs.configuration.templates import names
from acs.cwmp.definitions import Definition, pattern, rank
from acs.cwmp.lexical import items_of, objection
from acs.cwmp.modeltypes import Syntax
from acs.cwmp.paths import absolute, is_partial

__all__ = ["Known", "check", "patterns"]

Known = Mapping[str, Sequence[Definition]]
"""What the data models say, by pattern."""

_VENDOR = "X_"


def patterns(entries: Iterable[str], models: Collection[str]) -> set[str]:
    """What has to be `Known` to check these paths; ``models`` are the names of all data models."""
    return {_pattern(place) for path in entries for place in _places(path, models)}


def check(entries: Mapping[str, Entry], models: Collection[str], known: Known) -> list[Mistake]:
    """What is wrong with these entries, path by path, in their order."""
    found = ((path, _wrong(path, entry, models, known)) for path, entry in entries.items())
    return [Mistake(path, reason) for path, reason in found if reason]


def _places(path: str, models: Collection[str]) -> list[str]:
    """Where in the data models it may stand, from the top; nowhere if none would tell of it."""
    if any(name.startswith(_VENDOR) for name in path.split(".")):
        return []
    places = [absolute(path, root) for root in ROOTS] if path.startswith(".") else [path]
    return [place for place in places if _telling(place, models)]


def _pattern(place: str) -> str:
    """What is said of a table stands with its instances."""
    return pattern(f"{place}{{i}}." if is_partial(place) else place)


def _telling(place: str, models: Collection[str]) -> list[str]:
    """The models that would tell of it: the root's, or a service's own."""
    root, _, below = place.partition(".")
    within, _, rest = below.partition(".")
    name = rest.partition(".")[0] if within == "Services" else root
    return [model for model in models if model.startswith(f"{name}:")]


def _wrong(path: str, entry: Entry, models: Collection[str], known: Known) -> str:
    """Why it is wrong by all that tell of it, as a clause; "" where one of them has nothing against it."""
    places = _places(path, models)
    reasons: list[str] = []
    for definition in _newest_first(known.get(_pattern(place), ()) for place in places):
        reason = _against(entry, definition)
        if not reason:
            return ""
        reasons.append(f"{reason}, by {definition.model}")
    if places and not reasons:
        telling = {model for place in places for model in _telling(place, models)}
        what = "table" if is_partial(path) else "parameter"
        return f"is no {what} of {' or '.join(model for model in models if model in telling)}"
    return reasons[0] if reasons else ""


def _newest_first(found: Iterable[Sequence[Definition]]) -> list[Definition]:
    return sorted((each for definitions in found for each in definitions), key=lambda d: rank(d.model, ""))


def _against(entry: Entry, definition: Definition) -> str:
    syntax = definition.syntax
    if entry.others == "remove" and definition.access == "readOnly":
        return "has instances that cannot be removed"
    if entry.value is None or syntax is None:
        return ""
    if definition.access == "readOnly":
        return "cannot be set"
    if entry.type and entry.type != definition.type:
        return f"has type {entry.type} and not {definition.type}"
    return "" if _is_open(entry.value, syntax) else objection(syntax, entry.value)


def _is_open(value: str, syntax: Syntax) -> bool:
    """Whether nobody can say yet what it is; or it has a word that a vendor may have added (TR-106 3.3)."""
    return bool(names(value)) or any(item.startswith(_VENDOR) for item in items_of(syntax, value))
