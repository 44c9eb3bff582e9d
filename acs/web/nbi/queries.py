"""Queries as MongoDB writes them, read with GenieACS's own liberties.

A text in a query stands for all that it may be: itself, the number or the time that it writes, with ``*`` in
it whatever fits, and between slashes a regular expression.  Nothing of a query is carried out by a database:
it becomes a value of this module, which tells whether it holds of something.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import orjson

from acs.web.nbi.patterns import Pattern, pattern, wildcards
from acs.web.nbi.values import Value, canonical, kind_of, moment, number

LONGEST = 8192
"""Characters of a query."""
DEEPEST = 12
"""How many ``$and``, ``$or``, ``$nor`` and ``$not`` are in each other."""
MOST = 1000
"""Conditions and values."""
BUDGET = 5_000_000
"""Steps that the regular expressions of one query may take altogether."""

Form: TypeAlias = Value | Pattern
JSON: TypeAlias = Any

_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}
_SHORTEST_TIME = 8
_IDS = ("_id", "device")


class BadFilter(ValueError):
    """A query, or another part of a request, that cannot be read; why, as a sentence."""


class TooCostly(BadFilter):
    """A query whose regular expressions take too many steps."""


class Subject(Protocol):
    """What a query is about."""

    def found(self, name: str) -> Sequence[Value]:
        """The values of a field: none where it is not there, several where it holds a list."""


# What a query says


@dataclass(frozen=True, slots=True)
class Is:
    """A value is one of these, or fits one of them; None among them: there is no value."""

    forms: tuple[Form, ...]

    def holds(self, values: Sequence[Value]) -> bool:
        """Whether it is so of these."""
        if not values:
            return any(form is None for form in self.forms)
        return any(_same(form, value) for value in values for form in self.forms)


@dataclass(frozen=True, slots=True)
class Beside:
    """A value is greater, or less, than one of these, as far as they are alike."""

    sign: str
    forms: tuple[Value, ...]

    def holds(self, values: Sequence[Value]) -> bool:
        """Whether it is so of these."""
        compare = _SIGNS[self.sign]
        return any(
            value is not None and kind_of(value) == kind_of(form) and compare(value, form)
            for value in values
            for form in self.forms
        )


@dataclass(frozen=True, slots=True)
class Exists:
    """There is a value, or there is none."""

    wanted: bool

    def holds(self, values: Sequence[Value]) -> bool:
        """Whether it is so of these."""
        return bool(values) == self.wanted


@dataclass(frozen=True, slots=True)
class Not:
    """One of these does not hold."""

    conditions: tuple[Condition, ...]

    def holds(self, values: Sequence[Value]) -> bool:
        """Whether it is so of these."""
        return not all(each.holds(values) for each in self.conditions)


Condition: TypeAlias = Is | Beside | Exists | Not


@dataclass(frozen=True, slots=True)
class Field:
    """Of a field all these conditions hold."""

    name: str
    conditions: tuple[Condition, ...]

    def holds(self, subject: Subject) -> bool:
        """Whether it is so of the subject."""
        values = subject.found(self.name)
        return all(each.holds(values) for each in self.conditions)


@dataclass(frozen=True, slots=True)
class All:
    """All of these hold."""

    tests: tuple[Test, ...] = ()

    def holds(self, subject: Subject) -> bool:
        """Whether it is so of the subject."""
        return all(each.holds(subject) for each in self.tests)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of these holds; or with ``none`` none of them."""

    tests: tuple[Test, ...]
    none: bool = False

    def holds(self, subject: Subject) -> bool:
        """Whether it is so of the subject."""
        return any(each.holds(subject) for each in self.tests) != self.none


Test: TypeAlias = Field | All | AnyOf


def fields_of(test: Test) -> Iterable[str]:
    """The names of the fields that it looks at."""
    if isinstance(test, Field):
        yield test.name
        return
    for each in test.tests:
        yield from fields_of(each)


def _same(form: Form, value: Value) -> bool:
    if isinstance(form, Pattern):
        return isinstance(value, str) and form.found_in(value)
    return kind_of(form) == kind_of(value) and form == value


# How it is read


def read_query(text: str) -> Test:
    """What a query says, "" for all; raises `BadFilter`."""
    if len(text) > LONGEST:
        raise BadFilter(f"the query is longer than {LONGEST} characters")
    return _Reader().test(parsed(text, "the query") if text.strip() else {}, DEEPEST)


def parsed(text: str, what: str) -> dict[str, JSON]:
    """The object that a text writes in JSON; raises `BadFilter`."""
    try:
        value = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        raise BadFilter(f"{what} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadFilter(f"{what} has to be an object")
    return value


@dataclass
class _Reader:
    left: int = MOST
    steps: int = field(default_factory=lambda: BUDGET)
    ids: bool = False

    def test(self, given: JSON, deeper: int) -> Test:
        if not isinstance(given, dict):
            raise BadFilter("a query has to be an object")
        if deeper < 0:
            raise BadFilter(f"more than {DEEPEST} parts of the query are in each other")
        tests = tuple(self._member(name, value, deeper) for name, value in given.items())
        return tests[0] if len(tests) == 1 else All(tests)

    def _member(self, name: str, value: JSON, deeper: int) -> Test:
        self._count()
        if not name.startswith("$"):
            self.ids = name in _IDS
            return Field(name.removesuffix("._value"), self._conditions(name, value, deeper))
        if name not in ("$and", "$or", "$nor"):
            raise BadFilter(f"{name[:40]} is not known here: $and, $or and $nor are")
        if not isinstance(value, list) or not value:
            raise BadFilter(f"{name} takes a list of queries")
        tests = tuple(self.test(each, deeper - 1) for each in value)
        return All(tests) if name == "$and" else AnyOf(tests, none=name == "$nor")

    def _conditions(self, name: str, value: JSON, deeper: int) -> tuple[Condition, ...]:
        if not isinstance(value, dict):
            return (Is(self._forms(value)),)
        if deeper < 0:
            raise BadFilter(f"more than {DEEPEST} parts of the query are in each other")
        if not value or not all(each.startswith("$") for each in value):
            raise BadFilter(f"of {name[:80]} there are operators to be said, such as $gt, or a value")
        options = value.get("$options", "")
        operators = ((sign, given) for sign, given in value.items() if sign != "$options")
        return tuple(self._condition(sign, given, options, deeper) for sign, given in operators)

    def _condition(self, sign: str, given: JSON, options: JSON, deeper: int) -> Condition:
        self._count()
        match sign:
            case "$eq":
                return Is(self._forms(given))
            case "$ne":
                return Not((Is(self._forms(given)),))
            case "$in":
                return Is(self._all_forms(sign, given))
            case "$nin":
                return Not((Is(self._all_forms(sign, given)),))
            case "$exists":
                return Exists(bool(given))
            case "$regex":
                return Is((self._pattern(given, options),))
            case "$not" if isinstance(given, dict):
                return Not(self._conditions(sign, given, deeper - 1))
            case "$not":
                return Not((Is(self._forms(given)),))
            case _ if sign in _SIGNS:
                return Beside(
                    sign, tuple(each for each in self._forms(given) if not isinstance(each, Pattern))
                )
        known = ", ".join(("$eq", "$ne", *_SIGNS, "$in", "$nin", "$exists", "$regex", "$not"))
        raise BadFilter(f"{sign[:40]} is not known here: {known} are")

    def _all_forms(self, sign: str, given: JSON) -> tuple[Form, ...]:
        if not isinstance(given, list):
            raise BadFilter(f"{sign} takes a list of values")
        return tuple(form for each in given for form in self._forms(each))

    def _forms(self, given: JSON) -> tuple[Form, ...]:
        """All that a value in a query may stand for."""
        self._count()
        if isinstance(given, dict | list):
            raise BadFilter("a value has to be a text, a number, true, false or null")
        if not isinstance(given, str):
            return (given,)
        given = canonical(given) if self.ids else given
        forms: list[Form] = [given]
        if (written := number(given)) is not None:
            forms.append(written)
        if len(given) >= _SHORTEST_TIME and (when := moment(given)) is not None:
            forms.append(when)
        begin, slash, flags = given.rpartition("/")
        if slash and begin.startswith("/") and set(flags) <= set("gimsy"):
            forms.append(self._pattern(begin[1:], flags))
        elif "*" in given:
            forms.append(self._made(wildcards, given))
        return tuple(forms)

    def _pattern(self, given: JSON, flags: JSON) -> Pattern:
        if not isinstance(given, str) or not isinstance(flags, str):
            raise BadFilter("a regular expression, and its options, have to be texts")
        return self._made(pattern, given, flags)

    def _made(self, make: Callable[..., Pattern], text: str, *flags: str) -> Pattern:
        try:
            return make(text, self._spend, *flags)
        except ValueError as error:
            raise BadFilter(f"{text[:80]!r}: {error}") from None

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise BadFilter(f"the query has more than {MOST} conditions and values")

    def _spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise TooCostly("the regular expressions of the query take too long: look for less with them")


def order_of(text: str) -> tuple[tuple[str, bool], ...]:
    """The fields to sort by, each with whether it is the other way round; raises `BadFilter`."""
    if not text.strip():
        return ()
    given = parsed(text[:LONGEST], "sort")
    if len(given) > DEEPEST or not all(sign in (1, -1) for sign in given.values()):
        raise BadFilter(f"sort has 1 or -1 for each field, and {DEEPEST} of them at most")
    return tuple((name.removesuffix("._value"), sign == -1) for name, sign in given.items())


def sort_key(values: Sequence[Value]) -> tuple[int, Any]:
    """By which what has these values comes before others."""
    value = values[0] if values else None
    return kind_of(value), 0 if value is None else value
