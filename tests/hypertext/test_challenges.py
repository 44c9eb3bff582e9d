"""Tests of `acs.hypertext.challenges`: what a 401 asks for, and what is answered."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.hypertext.authorization import answers, read_authorization
from acs.hypertext.challenges import LONGEST, Challenge, basic, challenges, choose, digest

DIGEST = b'Digest realm="acs", qop="auth,auth-int", nonce="n1", opaque="o", algorithm=MD5'
HEADER = re.compile(r'Digest (?:[a-z]+=(?:"(?:[^"\\\x00-\x1f\x7f]|\\["\\])*"|[A-Za-z0-9-]+)(?:, |\Z))+\Z')
"""What a header may look like at the worst."""


def answered(challenge: bytes, username: str = "user", password: str = "pass", count: int = 1) -> str:
    (asked,) = challenges([challenge])
    return digest(asked.parameters, username, password, ("GET", "/a?b=c"), count, "c0ffee")


class ReadingTests(SynchronousTestCase):
    def test_parameters_are_read_quoted_and_bare(self) -> None:
        wanted = {"realm": "acs", "qop": "auth,auth-int", "nonce": "n1", "opaque": "o", "algorithm": "MD5"}
        self.assertEqual(challenges([DIGEST]), [Challenge("digest", wanted)])

    def test_commas_may_be_missing(self) -> None:
        (challenge,) = challenges([b'Digest qop="auth" nonce="n" opaque="" realm="cwmpd"'])
        wanted = {"qop": "auth", "nonce": "n", "opaque": "", "realm": "cwmpd"}
        self.assertEqual(challenge, Challenge("digest", wanted))

    def test_several_may_come_in_one_header_or_in_many(self) -> None:
        together = [b'Basic realm="a, b", Digest realm="c", nonce="n"']
        apart = [b'Basic realm="a, b"', b'Digest realm="c", nonce="n"']
        for headers in (together, apart):
            found = [(challenge.scheme, challenge.parameters["realm"]) for challenge in challenges(headers)]
            self.assertEqual(found, [("basic", "a, b"), ("digest", "c")])

    def test_what_stands_in_quotes_begins_nothing(self) -> None:
        (challenge,) = challenges([b'Digest realm="x, Basic realm=y", nonce="n"'])
        self.assertEqual(challenge.parameters["realm"], "x, Basic realm=y")

    def test_what_has_no_parameters_is_read_too(self) -> None:
        self.assertEqual([each.scheme for each in challenges([b"Negotiate, Basic"])], ["negotiate", "basic"])
        self.assertEqual(challenges([b"", b"???"]), [])


class ChoiceTests(SynchronousTestCase):
    def chosen(self, *headers: bytes, allowed: bool = True) -> Challenge | None:
        return choose(challenges(headers), allowed)

    def test_md5_comes_first_as_every_device_knows_it(self) -> None:
        sha = DIGEST.replace(b"MD5", b"SHA-256")
        for headers in ((sha, DIGEST), (DIGEST, sha)):
            chosen = self.chosen(b"Basic", *headers)
            assert chosen is not None
            self.assertEqual(chosen.parameters["algorithm"], "MD5")
        self.assertEqual(self.chosen(sha), challenges([sha])[0])

    def test_basic_is_given_where_it_is_allowed_and_nothing_better_asked_for(self) -> None:
        self.assertEqual(self.chosen(b'Basic realm="r"'), Challenge("basic", {"realm": "r"}))
        self.assertIsNone(self.chosen(b'Basic realm="r"', allowed=False))

    def test_what_could_not_be_met_or_would_harm_is_not_answered(self) -> None:
        for header in (
            DIGEST.replace(b"MD5", b"SHA-512"),
            DIGEST.replace(b"MD5", b'"MD5-sess, x=y"'),
            DIGEST.replace(b"MD5", b'"MD5-se\xdf"'),
            DIGEST.replace(b'"acs"', b'"a\rEvil: 1"'),
            DIGEST.replace(b"n1", b"n\x00"),
            DIGEST.replace(b'"o"', b'"%s"' % (b"o" * (LONGEST + 1))),
            b"Negotiate",
        ):
            self.assertIsNone(self.chosen(header), header)


class AnswerTests(SynchronousTestCase):
    def test_it_is_right_in_every_form(self) -> None:
        for change in (
            (b"", b""),
            (b"MD5", b"MD5-sess"),
            (b"MD5", b"sha-256"),
            (b"MD5", b"SHA-256-sess"),
            (b", algorithm=MD5", b""),
            (b'qop="auth,auth-int", ', b""),
            (b'"acs"', b'"a \\"b\\" \xfc\\\\"'),
        ):
            header = answered(DIGEST.replace(*change))
            self.assertTrue(answers(read_authorization(header), "pass", "GET", b""), header)
            self.assertFalse(answers(read_authorization(header), "other", "GET", b""), header)

    def test_only_what_was_asked_for_is_said(self) -> None:
        self.assertTrue(answered(DIGEST, count=2).endswith("algorithm=MD5, qop=auth, nc=00000002"))
        plain = answered(b'Digest realm="r", nonce="n"')
        for absent in ("qop", "nc=", "cnonce", "opaque", "algorithm"):
            self.assertNotIn(absent, plain)

    def test_names_are_said_in_utf_8(self) -> None:
        self.assertIn('username="m\xc3\xbcller"', answered(DIGEST, "müller"))
        self.assertEqual(basic("müller", "x"), "Basic bcO8bGxlcjp4")

    @given(st.binary(max_size=60), st.text(max_size=10), st.text(max_size=10))
    def test_whatever_is_asked_gets_a_header_of_one_line_or_none(
        self, value: bytes, username: str, password: str
    ) -> None:
        for name in (b"realm", b"nonce", b"opaque", b"algorithm", b"qop"):
            asked = challenges([b'Digest nonce="n", %s="%s"' % (name, value)])
            chosen = choose(asked, basic=False)
            if chosen is not None:
                said = digest(chosen.parameters, username, password, ("GET", "/"), 1, "c")
                self.assertRegex(said, HEADER)
                self.assertLess(max(map(ord, said)), 256)

    @given(st.lists(st.binary(max_size=80), max_size=4))
    def test_any_headers_are_read(self, headers: list[bytes]) -> None:
        for challenge in challenges([*headers, *(b"Digest " + header for header in headers)]):
            self.assertIsInstance(challenge.is_answerable, bool)

    def test_a_long_header_takes_no_time_to_speak_of(self) -> None:
        for piece in (b'a="', b"a=", b"a", b"a ", b"a,", b'"', b"\\", b" ", b",", b'="\\'):
            challenges([b"Digest " + piece * 100_000])
