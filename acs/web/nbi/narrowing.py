"""Which of a query the store's indexes can answer.

That is never less than what the query wants: what is found is held against all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from acs.store.facts import is_searched
from acs.web.nbi.queries import All, Beside, Field, Form, Is, Test

_FILTERS = {
    "_tags": "tag",
    "_deviceId._Manufacturer": "manufacturer",
    "_deviceId._OUI": "oui",
    "_deviceId._ProductClass": "product_class",
    "_deviceId._SerialNumber": "serial_number",
}
_LONGEST_WORD = 128
_LONGEST_VALUE = 64


@dataclass
class Narrowed:
    """``ids``: the only devices that it can be, None where that is not said; ``filters``: those of the
    store's list of devices."""

    ids: tuple[str, ...] | None = None
    filters: dict[str, str] = field(default_factory=dict)


def narrowed(test: Test) -> Narrowed:
    """What the indexes are asked for a query."""
    found = Narrowed()
    for each in _all_of(test):
        for condition in each.conditions:
            if isinstance(condition, Is):
                _by_value(found, each.name, condition)
            elif (
                isinstance(condition, Beside)
                and each.name == "_lastInform"
                and condition.sign in ("$gt", "$gte")
            ):
                _since(found.filters, condition)
    return found


def _all_of(test: Test) -> Iterator[Field]:
    """The fields of which all has to hold."""
    if isinstance(test, Field):
        yield test
    elif isinstance(test, All):
        for each in test.tests:
            yield from _all_of(each)


def _by_value(found: Narrowed, name: str, condition: Is) -> None:
    texts = _texts(condition)
    if texts is None:
        return
    if name == "_id":
        found.ids = tuple(dict.fromkeys(texts))
    elif len(texts) == 1 and 0 < len(texts[0]) <= _LONGEST_VALUE:
        by = _filter_of(name)
        if by == "q":
            _search(found.filters, texts[0])
        elif by:
            found.filters[by] = texts[0]


def _texts(condition: Is) -> list[str] | None:
    """The texts that it may be, where it can be nothing but a text."""
    return [form for form in condition.forms if isinstance(form, str)] if _plain(condition.forms) else None


def _plain(forms: tuple[Form, ...]) -> bool:
    # The number and the time that a text writes come with the text, and identity holds texts alone.
    return bool(forms) and all(isinstance(form, str | int | float | datetime) for form in forms)


def _filter_of(name: str) -> str:
    if name in _FILTERS:
        return _FILTERS[name]
    return "q" if is_searched(name) else ""


def _search(filters: dict[str, str], value: str) -> None:
    """The first word is enough: a value is found by what it begins with."""
    if (words := value.split()) and len(words[0]) <= _LONGEST_WORD:
        filters.setdefault("q", words[0])


def _since(filters: dict[str, str], condition: Beside) -> None:
    times = [form for form in condition.forms if isinstance(form, datetime)]
    if times:
        filters["seen_since"] = min(times).strftime("%Y-%m-%dT%H:%M:%SZ")
