"""The query language, against an oracle in plain Python; and what is too much of it."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.web.nbi.queries import (
    DEEPEST,
    LONGEST,
    BadFilter,
    TooCostly,
    fields_of,
    order_of,
    read_query,
    sort_key,
)
from acs.web.nbi.values import Value, canonical, moment, number, written

NAMES = ("a", "b.c", "_tags", "_lastInform")
TEXTS = st.sampled_from(
    ["", "x", "xy", "x*", "*y", "5", "-2.5", "1e2", "2026-11-25", "2026-11-25 12:00:00 +0100"]
)
VALUES: st.SearchStrategy[Any] = TEXTS | st.integers(-3, 120) | st.booleans() | st.none() | st.floats(-3, 9)
HELD = (
    st.sampled_from(["", "x", "xy", "zy", "5", "100"])
    | st.integers(-3, 120)
    | st.booleans()
    | st.sampled_from([datetime(2026, 11, 25, hour, tzinfo=UTC) for hour in (0, 11, 12)])
)
DOCUMENTS = st.dictionaries(st.sampled_from(NAMES), st.lists(HELD, min_size=1, max_size=2))

OPERATORS = st.one_of(
    st.tuples(st.sampled_from(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]), VALUES),
    st.tuples(st.sampled_from(["$in", "$nin"]), st.lists(VALUES, max_size=3)),
    st.tuples(st.just("$exists"), st.booleans()),
)
CONDITIONS = st.lists(OPERATORS, min_size=1, max_size=3).map(dict)
FIELDS = st.dictionaries(
    st.sampled_from(NAMES), VALUES | CONDITIONS | CONDITIONS.map(lambda inner: {"$not": inner}), max_size=3
)
QUERIES = st.recursive(
    FIELDS,
    lambda inner: st.dictionaries(
        st.sampled_from(["$and", "$or", "$nor"]), st.lists(inner, min_size=1, max_size=3), min_size=1
    ),
    max_leaves=6,
)


class Document:
    """Values by name."""

    def __init__(self, **values: Sequence[Value]) -> None:
        self.values = values

    def found(self, name: str) -> Sequence[Value]:
        return self.values.get(name, ())


def holds(query: dict[str, Any], values: dict[str, list[Any]]) -> bool:
    """What the query says of such a document, by the plainest of means."""
    every = {"$and": all, "$or": any, "$nor": lambda found: not any(found)}
    return all(
        every[name]([holds(each, values) for each in given])
        if name in every
        else condition(given, values.get(name, []))
        for name, given in query.items()
    )


def condition(given: Any, values: list[Any]) -> bool:
    if not isinstance(given, dict):
        return equals(given, values)
    return all(operator(sign, value, values) for sign, value in given.items())


def operator(sign: str, given: Any, values: list[Any]) -> bool:
    if sign in ("$ne", "$nin", "$not"):
        inner = {"$ne": "$eq", "$nin": "$in"}.get(sign)
        return not (operator(inner, given, values) if inner else condition(given, values))
    if sign == "$exists":
        return bool(values) is given
    if sign in ("$eq", "$in"):
        return any(equals(each, values) for each in (given if sign == "$in" else [given]))
    return any(ordered(sign, value, form) for value in values for form in plain_forms(given))


def equals(given: Any, values: list[Any]) -> bool:
    if given is None:
        return not values
    star = isinstance(given, str) and "*" in given
    return any(alike(value, form) and value == form for value in values for form in plain_forms(given)) or (
        star and any(isinstance(value, str) and fnmatch.fnmatchcase(value, given) for value in values)
    )


def plain_forms(given: Any) -> list[Any]:
    forms = [given]
    if isinstance(given, str):
        forms += {"5": [5], "-2.5": [-2.5], "1e2": [100.0]}.get(given, [])
        forms += {
            "2026-11-25": [datetime(2026, 11, 25, tzinfo=UTC)],
            "2026-11-25 12:00:00 +0100": [datetime(2026, 11, 25, 11, tzinfo=UTC)],
        }.get(given, [])
    return forms


def alike(one: Any, other: Any) -> bool:
    def kind(value: Any) -> str:
        if isinstance(value, bool) or value is None:
            return str(type(value))
        return "number" if isinstance(value, int | float) else str(type(value))

    return kind(one) == kind(other)


def ordered(sign: str, value: Any, form: Any) -> bool:
    if not alike(value, form):
        return False
    if sign in ("$gte", "$lte") and value == form:
        return True
    return bool(value > form) if sign.startswith("$gt") else bool(value < form)


class OracleTests(SynchronousTestCase):
    """`read_query` says what the oracle says."""

    @settings(max_examples=300, deadline=None)
    @given(QUERIES, DOCUMENTS)
    def test_a_query_holds_of_what_the_oracle_says(self, query: Any, values: Any) -> None:
        test = read_query(orjson.dumps(query).decode())
        self.assertEqual(holds(query, values), test.holds(Document(**values)), (query, values))

    @settings(max_examples=300, deadline=None)
    @given(
        st.text(max_size=60)
        | st.recursive(
            VALUES, lambda inner: st.dictionaries(st.text(max_size=8), inner) | st.lists(inner)
        ).map(lambda each: orjson.dumps(each).decode())
    )
    def test_whatever_is_sent_is_read_or_refused(self, text: str) -> None:
        try:
            test = read_query(text)
        except BadFilter as error:
            self.assertTrue(str(error))
        else:
            self.assertIn(test.holds(Document(a=["x"])), (True, False))


class QueryTests(SynchronousTestCase):
    def holds(self, query: Any, **values: Sequence[Value]) -> bool:
        return read_query(orjson.dumps(query).decode()).holds(Document(**values))

    def refused(self, query: Any) -> str:
        with self.assertRaises(BadFilter) as refusal:
            read_query(query if isinstance(query, str) else orjson.dumps(query).decode())
        return str(refusal.exception)

    def test_nothing_asked_for_is_everything(self) -> None:
        self.assertTrue(read_query("").holds(Document()))
        self.assertTrue(self.holds({}))

    def test_a_regular_expression_is_found_in_texts(self) -> None:
        self.assertTrue(self.holds({"a": {"$regex": "^b", "$options": "i"}}, a=["BCD"]))
        self.assertTrue(self.holds({"a": "/c$/"}, a=["abc"]))
        self.assertTrue(self.holds({"a": {"$in": ["/^x/", "/^a/"]}}, a=["abc"]))
        self.assertTrue(self.holds({"a": "/usr/bin"}, a=["/usr/bin"]))
        self.assertTrue(self.holds({"a": "/usr/i"}, a=["/usr/i"]))
        self.assertFalse(self.holds({"a": {"$regex": "1"}}, a=[1]))
        self.assertTrue(self.holds({"a": {"$not": {"$regex": "x"}}}, a=["abc"]))

    def test_what_is_not_there_is_unequal_to_everything_but_nothing(self) -> None:
        self.assertTrue(self.holds({"a": None}))
        self.assertTrue(self.holds({"a": {"$ne": "x"}}))
        self.assertTrue(self.holds({"a": {"$nin": ["x"]}}))
        self.assertFalse(self.holds({"a": {"$lt": 5}}))

    def test_the_value_of_a_parameter_may_be_said_to_be_one(self) -> None:
        self.assertEqual(["b.c"], list(fields_of(read_query('{"b.c._value": 1}'))))

    def test_an_id_is_meant_in_whichever_case_its_oui_is_written(self) -> None:
        self.assertTrue(self.holds({"_id": "00d09e-Box-a"}, _id=["00D09E-Box-a"]))
        self.assertFalse(self.holds({"_id": "00d09e-box-a"}, _id=["00D09E-Box-a"]))
        self.assertEqual("00D09E-Box-a", canonical("00d09e-Box-a"))
        self.assertEqual("0abc", canonical("0abc"))

    def test_what_is_not_known_is_refused_by_its_name(self) -> None:
        for query, reason in (
            ("[1]", "has to be an object"),
            ("{", "is not JSON"),
            ({"$where": "sleep(10)"}, "$where is not known"),
            ({"a": {"$where": "1"}}, "$where is not known"),
            ({"a": {"$expr": {}}}, "$expr is not known"),
            ({"$and": []}, "takes a list"),
            ({"$or": {}}, "takes a list"),
            ({"$and": [1]}, "has to be an object"),
            ({"a": {"$in": "x"}}, "takes a list"),
            ({"a": {"b": 1}}, "operators"),
            ({"a": {}}, "operators"),
            ({"a": ["x"]}, "a value has to be"),
            ({"a": {"$gt": {"$gt": 1}}}, "a value has to be"),
            ({"a": {"$regex": 5}}, "have to be texts"),
            ({"a": {"$regex": "x", "$options": "z"}}, "the flag 'z'"),
            ({"a": "/(/"}, "no end"),
        ):
            self.assertIn(reason, self.refused(query), query)

    def test_what_is_too_much_is_refused(self) -> None:
        deep: Any = {"a": 1}
        for _ in range(DEEPEST + 2):
            deep = {"$and": [deep]}
        self.assertIn("in each other", self.refused(deep))
        inner: Any = {"$gt": 1}
        for _ in range(DEEPEST + 2):
            inner = {"$not": inner}
        self.assertIn("in each other", self.refused({"a": inner}))
        self.assertIn("more than", self.refused({"a": {"$in": [0] * 2000}}))
        self.assertIn("longer than", self.refused('{"a": "' + "x" * LONGEST + '"}'))
        self.assertIn("is not JSON", self.refused("[" * 5000))

    def test_regular_expressions_may_not_cost_more_than_a_query_may(self) -> None:
        query = read_query('{"a": {"$regex": "(a|b)*a(a|b){40}c"}}')
        texts = ["".join("ab"[number >> bit & 1] for bit in range(12)) * 300 for number in range(400)]
        with self.assertRaises(TooCostly):
            for text in texts:
                query.holds(Document(a=[text]))


class ValueTests(SynchronousTestCase):
    def test_times_are_read_as_people_write_them(self) -> None:
        noon = datetime(2026, 11, 25, 12, tzinfo=UTC)
        for text in (
            "2026-11-25T12:00:00Z",
            "2026-11-25T12:00:00.000Z",
            "2026-11-25 12:00",
            "2026-11-25 13:00:00 +0100",
            "2026-11-25T07:00:00-05:00",
        ):
            self.assertEqual(noon, moment(text), text)
        for text in ("1970-01-01", "2026-13-01", "2026-11-25T25:00:00", "9999-12-31T23:59:59-10:00", "noon"):
            self.assertIsNone(moment(text), text)
        self.assertEqual("2026-11-25T12:00:00.000Z", written(noon))

    def test_numbers_are_what_json_would_write(self) -> None:
        self.assertEqual([5, -2.5, 100.0], [number(text) for text in ("5", "-2.5", "1e2")])
        for text in ("", "x", "0x10", "1_000", "inf", "nan", "5 ", "\u0665"):
            self.assertIsNone(number(text), text)
        self.assertEqual(float("inf"), number("1e999"))


class OrderTests(SynchronousTestCase):
    def test_an_order_is_of_fields_one_way_or_the_other(self) -> None:
        self.assertEqual((("a", False), ("b", True)), order_of('{"a": 1, "b._value": -1}'))
        self.assertEqual((), order_of(""))
        for text in ("[]", '{"a": 2}', '{"a": "1"}', '{"a": [1]}', "{"):
            with self.assertRaises(BadFilter):
                order_of(text)

    def test_values_of_different_kinds_have_an_order_as_well(self) -> None:
        mixed: list[Sequence[Value]] = [["x"], [5], [], [True], [datetime(2026, 1, 1, tzinfo=UTC)], [2.5]]
        self.assertEqual(
            [[], [2.5], [5], ["x"], [True], [datetime(2026, 1, 1, tzinfo=UTC)]], sorted(mixed, key=sort_key)
        )
