"""Cookies as devices send them back, and as ours is sent."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.http.cookies import cookie_values, set_cookie

SENT_BACK: dict[str, tuple[list[str], list[str]]] = {
    "as it should be": (["session=abc"], ["abc"]),
    "among others": (["lb=node1; session=abc; x=y"], ["abc"]),
    "without blanks": (["lb=node1;session=abc;x=y"], ["abc"]),
    "with commas": (["lb=node1, session=abc, x=y"], ["abc"]),
    "with blanks everywhere": (["  session =  abc ; x = y"], ["abc"]),
    "quoted": (['session="abc"; x="y"'], ["abc"]),
    "with a quote that is never closed": (['session="abc; x=y'], ["abc"]),
    "by RFC 2965 (Thomson)": (['$Version="0"; session=abc;$Path=/'], ["abc"]),
    "with its path and domain (the talk's)": (
        ['session=abc;$Path="/acs/";$Domain="acs.example.net"', '21-Feb-2018 10:33:37 GMT;$Domain="x"'],
        ["abc"],
    ),
    "with its attributes (GenieACS's simulator)": (
        ["session=abc; Path=/; lb=node1; Version=1; Path=/; HttpOnly"],
        ["abc"],
    ),
    "behind its attributes (evcpe)": (["Path=/; session=abc"], ["abc"]),
    "twice": (["session=old; session=new"], ["old", "new"]),
    "in two headers": (["session=old", "x=y; session=new"], ["old", "new"]),
    "with an equals sign in it": (["session=abc=="], ["abc=="]),
    "empty": (["session="], [""]),
    "not at all": (["x=y"], []),
    "without an equals sign": (["session; junk; ;;,"], []),
    "as the end of another name": (["mysession=abc; sessions=abc; $session=abc"], []),
    "in no header": ([], []),
}


class CookieValuesTests(SynchronousTestCase):
    def test_the_cookie_is_found_however_it_comes_back(self) -> None:
        found = {what: cookie_values(headers, "session") for what, (headers, _) in SENT_BACK.items()}
        self.assertEqual(found, {what: values for what, (_, values) in SENT_BACK.items()})

    def test_a_long_header_takes_no_time_to_speak_of(self) -> None:
        for piece in ('"', "=", ";", ",", " ", "a", 'a="', "session=", "a=;\\"):
            began = time.perf_counter()
            cookie_values([piece * (1_000_000 // len(piece))], "session")
            self.assertLess(time.perf_counter() - began, 3.0, piece)

    @settings(max_examples=150, deadline=None)
    @given(st.lists(st.text(alphabet='sesion=; ,"$\\\tx\xe9')))
    def test_any_header_gives_values_without_separators(self, headers: list[str]) -> None:
        for value in cookie_values(headers, "session"):
            self.assertNotIn(";", value)
            self.assertNotIn(",", value)

    @settings(max_examples=50, deadline=None)
    @given(st.text(alphabet="abcXYZ0189_.~-", min_size=1))
    def test_what_was_set_is_found_again_when_the_whole_of_it_comes_back(self, value: str) -> None:
        self.assertEqual(cookie_values([set_cookie("acs", value, "/acs/")], "acs"), [value])


class SetCookieTests(SynchronousTestCase):
    def test_only_the_path_is_added(self) -> None:
        self.assertEqual(set_cookie("acs", "0123abc"), "acs=0123abc; Path=/")
        self.assertEqual(set_cookie("acs", "0123abc", "/cwmp"), "acs=0123abc; Path=/cwmp")

    def test_what_a_weak_parser_would_trip_on_is_refused(self) -> None:
        for name, value, path in (
            ("acs", "a;b", "/"),
            ("acs", "a,b", "/"),
            ("acs", "a b", "/"),
            ("acs", 'a"b', "/"),
            ("acs", "a\r\nX: y", "/"),
            ("acs", "caf\xe9", "/"),
            ("a=b", "c", "/"),
            ("", "c", "/"),
            ("acs", "c", ""),
            ("acs", "c", "/; Domain=x"),
            ("acs\n", "c", "/"),
        ):
            with self.assertRaises(ValueError, msg=repr((name, value, path))):
                set_cookie(name, value, path)
