"""Queries have names for what they are given, and nothing else that psycopg2 would trip on."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from acs.hooks import Related, Subject
from acs.hooks.queries import parameters, problem

SUBJECT = Subject("001CA8-Box-S1", "AirTies", "001CA8", "Box", "S1", client_ip="192.0.2.7", listener="main")


class QueryTests(SynchronousTestCase):
    def test_a_select_with_names_that_there_are_is_right(self) -> None:
        for query in (
            "SELECT 1",
            "  select 1 where a = %(client_ip)s::inet and b like '%%x' and c = %(serial)s",
            "WITH a AS (SELECT 1) SELECT * FROM a WHERE b = %(related)s",
            "VALUES (%(oui)s, %(device)s, %(id)s, %(listener)s)",
        ):
            self.assertEqual("", problem(query))

    def test_anything_else_is_told(self) -> None:
        for query, reason in {
            "": "must be a SELECT",
            "DELETE FROM radacct": "must be a SELECT",
            "SELECT %(password)s": "has %(password)s, which is none of id, manufacturer,",
            "SELECT 'a%'": "has a % that is neither %(name)s nor %%",
            "SELECT %s": "has a % that is neither",
            "SELECT %(serial)d": "has a % that is neither",
        }.items():
            self.assertIn(reason, problem(query), query)

    def test_the_related_device_is_not_known_to_the_query_that_finds_it(self) -> None:
        self.assertIn("%(related)s", problem("SELECT %(related)s", related=False))

    def test_what_a_device_is_to_tell_has_its_name_too(self) -> None:
        query = "SELECT 1 FROM sims WHERE iccid = %(iccid)s"
        self.assertEqual("", problem(query, told=["iccid"]))
        self.assertIn("has %(iccid)s, which is none of", problem(query))
        subject = replace(SUBJECT, parameters={"iccid": "8945", "imei": None})
        found = parameters(subject, None)
        self.assertEqual(("8945", None, "S1"), (found["iccid"], found["imei"], found["serial"]))

    def test_every_name_has_a_value(self) -> None:
        found = parameters(SUBJECT, Related("17", {}, "2026-11-23T19:30:00.000000Z"))
        self.assertEqual(
            ("S1", "S1", "001CA8-Box-S1", "192.0.2.7", "main", "17"),
            tuple(
                found[name]
                for name in ("serial", "serial_number", "device", "client_ip", "listener", "related")
            ),
        )
        self.assertIsNone(parameters(SUBJECT, None)["related"])
