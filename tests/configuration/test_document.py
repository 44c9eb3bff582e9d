"""Configuration documents, read and written."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.configuration.document import (
    LONGEST_VALUE,
    MOST_ENTRIES,
    DocumentError,
    Entry,
    read_document,
    write_document,
)
from tests.configuration.strategies import DOCUMENTS, PATHS

PATH = ".Time.Enable"
NO_PATH = "is not the path of a parameter, such as Device.Time.Enable or .Time.Enable"

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
bodies = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | PATHS, inner, max_size=3)
    ),
)
member_names = st.sampled_from(
    ["value", "notify", "bootstrap_only", "secret", "owner", "type", "unverified", "others", "else"]
)
near_bodies = st.dictionaries(
    PATHS, st.dictionaries(member_names, scalars | st.sampled_from(["off", "operator", "xsd:int"]))
)


class ReadingTests(SynchronousTestCase):
    def read(self, given_: Any) -> Entry:
        return read_document({PATH: given_})[PATH]

    def wrong(self, parameters: Any) -> list[tuple[str, str]]:
        return list(self.assertRaises(DocumentError, read_document, parameters).mistakes)

    def reasons(self, given_: Any) -> list[str]:
        return [reason for _, reason in self.wrong({PATH: given_})]

    def test_a_plain_value_becomes_the_text_that_is_sent(self) -> None:
        for value, text in (
            ("", ""),
            ("a\r\n\tb", "a\r\n\tb"),
            (True, "true"),
            (False, "false"),
            (0, "0"),
            (-(2**63), "-9223372036854775808"),
            (2**64 - 1, "18446744073709551615"),
            (1.5, "1.5"),
            (5.0, "5"),
            (-0.0, "0"),
            (1e-7, "0.0000001"),
            (1e22, "1" + 22 * "0"),
        ):
            self.assertEqual(Entry(text), self.read(value))
            self.assertEqual(Entry(text), self.read({"value": value}))

    def test_an_object_says_more(self) -> None:
        self.assertEqual(
            Entry("7", "active", True, True, "operator", "xsd:unsignedInt"),
            self.read(
                {
                    "value": 7,
                    "notify": "active",
                    "bootstrap_only": True,
                    "secret": True,
                    "owner": "operator",
                    "type": "xsd:unsignedInt",
                }
            ),
        )
        self.assertEqual(Entry(notify="off"), self.read({"notify": "off"}))
        self.assertEqual(Entry("x", bootstrap_only=False), self.read({"value": "x", "bootstrap_only": False}))

    def test_null_and_what_is_empty_say_nothing(self) -> None:
        self.assertEqual(Entry("x"), self.read({"value": "x", "notify": None, "owner": "", "type": ""}))
        self.assertEqual(Entry(notify="off"), self.read({"value": None, "notify": "off", "secret": False}))

    def test_toml_is_read_as_json_is(self) -> None:
        text = '".Time.Enable" = true\n[".WiFi.SSID.1.SSID"]\nvalue = "x"\nnotify = "passive"\n'
        self.assertEqual(
            {".Time.Enable": Entry("true"), ".WiFi.SSID.1.SSID": Entry("x", "passive")},
            read_document(tomllib.loads(text)),
        )

    def test_a_logical_name_stands_for_a_path(self) -> None:
        for name in ("wifi.2g.ssid", "a.1", "voip.1.long_name", "device.a"):
            self.assertEqual(
                {name: Entry("x", "off")}, read_document({name: {"value": "x", "notify": "off"}})
            )
        for name in ("2g.ssid", "wifi.2g-x.ssid", "wifi..ssid", "wifi.ssid.", "wifi ssid.x", "é.a"):
            self.assertEqual([(name, NO_PATH)], self.wrong({name: ""}))

    def test_a_path_is_that_of_one_parameter(self) -> None:
        for path in ("Device.A", "InternetGatewayDevice.A.1.B-c_d", ".A", ".A.1.X_00147F_B"):
            self.assertEqual({path: Entry("")}, read_document({path: ""}))
        for path in (
            "",
            ".",
            "Device",
            "Device.",
            "A.B",
            ".A.",
            "Device.A.",
            "wifi",
            "Wifi.2g.ssid",
            "device.A",
        ):
            self.assertEqual([(path, NO_PATH)], self.wrong({path: ""}))
        for path in (".A.*.B", "*.A", ".A[x].B", ".A.[].B", ".A.[1x].B", ".A.[x:].B", ".A.[x]", "[x].A"):
            self.assertEqual([(path, NO_PATH)], self.wrong({path: ""}), path)
        for path, reason in (
            (".A..B", "has '' where a name or an instance belongs"),
            (".A.1", "names an instance: the trailing dot is missing"),
            (".A.0.B", "has '0' where a name or an instance belongs"),
            (".A b", "has 'A b' where a name or an instance belongs"),
        ):
            self.assertEqual([(path, reason)], self.wrong({path: ""}))

    def test_an_instance_may_be_named_by_its_alias_or_by_a_parameter_of_it(self) -> None:
        for path in (".A.[x].B", "Device.A.[SSID:a.b c].B", ".A.[cpe-1].B.[Name:x].C"):
            self.assertEqual({path: Entry("")}, read_document({path: ""}))
        found = read_document({".A.[x].B.": {"others": "remove"}})
        self.assertEqual({".A.[x].B.": Entry(others="remove")}, found)

    def test_of_a_table_it_is_said_what_becomes_of_others(self) -> None:
        self.assertEqual({".A.": Entry(others="keep")}, read_document({".A.": {"others": "keep"}}))
        alone = "says others, which belongs to a table, such as .NAT.PortMapping. with the dot at its end"
        for path in (".A", ".A.1.", "Device.A.B"):
            self.assertEqual([(path, alone)], self.wrong({path: {"others": "remove"}}))
        reason = "is a table: of one it can be said what becomes of others alone"
        self.assertEqual([(".A.", reason)], self.wrong({".A.": {"others": "remove", "value": "x"}}))

    def test_no_secret_is_for_unverified_devices(self) -> None:
        self.assertEqual(Entry("x", unverified=True), self.read({"value": "x", "unverified": True}))
        reason = "is a secret, which no device may have that is not verified"
        self.assertEqual([reason], self.reasons({"value": "x", "unverified": True, "secret": True}))
        self.assertEqual(
            [(".A.Password", reason)], self.wrong({".A.Password": {"value": "x", "unverified": True}})
        )
        self.assertEqual(
            ["says unverified without a value"], self.reasons({"notify": "off", "unverified": True})
        )

    def test_a_path_has_256_characters_below_any_root(self) -> None:
        for prefix in (".", "Device."):
            taken = 256 - len("InternetGatewayDevice." if prefix == "." else prefix)
            read_document({prefix + taken * "a": ""})
            path = prefix + (taken + 1) * "a"
            reason = "is longer than 256 characters, the root object among them"
            self.assertEqual([(path, reason)], self.wrong({path: ""}))

    def test_a_value_is_one_that_can_be_sent(self) -> None:
        self.read(LONGEST_VALUE * "x")
        for value, reason in (
            ((LONGEST_VALUE + 1) * "x", "has a value of more than 65,536 characters"),
            ("a\0", "has a value with a character that XML cannot carry"),
            ("\ud800", "has a value with a character that XML cannot carry"),
            (2**64, "has a number of more than 64 bits"),
            (10**5000, "has a number of more than 64 bits"),
            (float("nan"), "has a value that is not a number"),
            (float("-inf"), "has a value that is not a number"),
            ([], "has a value that is no text, number or boolean"),
            (date(2026, 11, 23), "has a value that is no text, number or boolean"),
        ):
            self.assertEqual([reason], self.reasons(value))
            self.assertEqual([reason], self.reasons({"value": value}))
        self.assertEqual(["has a value that is no text, number or boolean"], self.reasons({"value": {}}))

    def test_an_entry_says_something(self) -> None:
        neither = "says neither a value nor what to notify"
        for entry in (None, {}, {"value": None}, {"owner": "operator"}, {"bootstrap_only": True}):
            self.assertEqual([neither], self.reasons(entry))
        self.assertEqual(["says secret without a value"], self.reasons({"notify": "off", "secret": True}))
        self.assertEqual(["says type without a value"], self.reasons({"notify": "off", "type": "xsd:int"}))

    def test_members_are_what_they_may_be(self) -> None:
        for member, values, reason in (
            ("notify", ("on", 1, True, []), "must have notify as one of off, passive, active"),
            ("owner", ("me", {}), "must have owner as one of operator, subscriber"),
            ("bootstrap_only", (1, "true"), "must have bootstrap_only as true or false"),
            ("secret", (0, ""), "must have secret as true or false"),
            ("unverified", (0, ""), "must have unverified as true or false"),
            (
                "type",
                ("int", "xsd:", "xsd:thing", 3, []),
                "must have type as xsd:string, xsd:unsignedInt or the like",
            ),
        ):
            for value in values:
                self.assertEqual([reason], self.reasons({"value": "x", member: value}))
        known = "value, notify, bootstrap_only, secret, owner, type, unverified, others"
        reason = f"has a member 'else', which is none of {known}"
        self.assertEqual([reason], self.reasons({"value": "x", "else": 1}))

    def test_all_that_is_wrong_is_told_at_once(self) -> None:
        found = self.wrong({"": "", ".A": [], ".B": 1, ".C": {"value": "\0", "notify": "on"}})
        self.assertEqual(["", ".A", ".C", ".C"], [path for path, _ in found])

    def test_a_document_is_an_object_of_so_many_entries(self) -> None:
        for body in (None, [], "x", 3):
            self.assertEqual([("", "is not an object with paths as its members")], self.wrong(body))
        many = {f".A.{number}.B": "" for number in range(1, MOST_ENTRIES + 1)}
        self.assertEqual(MOST_ENTRIES, len(read_document(many)))
        self.assertEqual([("", "has more than 10,000 entries")], self.wrong(many | {".B": ""}))

    def test_an_error_reads_as_sentences_that_keep_values_to_themselves(self) -> None:
        error = self.assertRaises(
            DocumentError, read_document, {".A": {"value": "hunter2\0", "type": "hunter2"}, "B": "hunter2"}
        )
        self.assertEqual(
            ".A has a value with a character that XML cannot carry; "
            ".A must have type as xsd:string, xsd:unsignedInt or the like; B " + NO_PATH,
            str(error),
        )

    @given(bodies | near_bodies)
    def test_any_body_is_read_or_refused(self, body: Any) -> None:
        try:
            entries = read_document(body)
        except DocumentError as error:
            self.assertTrue(error.mistakes)
        else:
            self.assertEqual(list(body), list(entries))


class WritingTests(SynchronousTestCase):
    def test_a_value_stands_alone_where_nothing_else_is_said(self) -> None:
        for entry, written in (
            (Entry(""), ""),
            (Entry("true"), "true"),
            (Entry("x", type="xsd:string"), {"value": "x", "type": "xsd:string"}),
            (Entry("x", bootstrap_only=False), {"value": "x", "bootstrap_only": False}),
            (Entry(notify="off", owner="operator"), {"notify": "off", "owner": "operator"}),
        ):
            self.assertEqual({PATH: written}, write_document({PATH: entry}))

    @given(DOCUMENTS)
    def test_what_is_written_is_read_as_what_it_was(self, entries: dict[str, Entry]) -> None:
        self.assertEqual(entries, read_document(json.loads(json.dumps(write_document(entries)))))
