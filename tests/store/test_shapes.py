"""Records and their columns."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.store.facts import fold, parameter_facts
from acs.store.listing.listings import DEVICE_SHAPE, MANNER_SHAPE, SESSION_SHAPE
from acs.store.records import Parameter, Session, SessionResult
from acs.store.shapes import storable


class ShapeTests(SynchronousTestCase):
    def test_a_row_reads_as_the_record_it_was_written_from(self) -> None:
        session = Session(1, 2.5, events=("a", "b"), client_ip_verified=True, result=SessionResult.FAILED)
        row, manner = SESSION_SHAPE.values(session), MANNER_SHAPE.values(session)
        self.assertEqual(session, Session(**SESSION_SHAPE.fields(row), **MANNER_SHAPE.fields(manner)))
        plain = {type(value) for value in (*row, *manner)}
        self.assertEqual({int, float, str, type(None)}, plain)

    def test_further_columns_are_left_alone(self) -> None:
        session = Session(1, 2.5)
        self.assertEqual(session, Session(**SESSION_SHAPE.fields([*SESSION_SHAPE.values(session), "more"])))

    def test_never_is_zero_where_an_order_is_needed(self) -> None:
        self.assertEqual(0.0, DEVICE_SHAPE.value("first_seen", None))
        self.assertIsNone(DEVICE_SHAPE.value("full_read_at", None))

    def test_text_stays_as_it_is_where_it_can(self) -> None:
        for text in ("", "plain", "ünï\n\U0001f600"):
            self.assertEqual(text, storable(text))
        self.assertEqual("a\ufffd?", storable("a\0\ud800"))


class FactTests(SynchronousTestCase):
    def test_addresses_are_folded_to_one_form(self) -> None:
        forms = ["00:1C:A8:12:34:56", "00-1c-a8-12-34-56", "001CA8123456"]
        self.assertEqual({"001ca8123456"}, {fold(form) for form in forms})
        self.assertEqual(["001c", "001ca"], [fold("00:1C"), fold("00:1c:A")])
        for other in ("fe80::1", "10.0.0.1", "2001:db8:0:1::", "00:1c-a8"):
            self.assertEqual(other, fold(other))

    def test_there_is_an_end_to_what_a_device_is_found_by(self) -> None:
        names = [f"Device.WiFi.SSID.{number}.SSID" for number in range(1000)]
        facts = parameter_facts(Parameter(name, name + "x" * 1000) for name in names)
        self.assertEqual(100, len(facts))
        self.assertEqual(128, max(len(value) for _, value in facts))

    def test_what_is_no_url_has_no_host(self) -> None:
        name = "Device.ManagementServer.ConnectionRequestURL"
        for url in ("http://[::1", "", "nonsense", None):
            self.assertEqual(frozenset(), parameter_facts([Parameter(name, url)]))
