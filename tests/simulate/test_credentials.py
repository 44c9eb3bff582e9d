"""Tests of `acs.simulate.credentials`: what is said to a 401."""

from __future__ import annotations

import base64
import hashlib
import random
import re

from twisted.trial.unittest import SynchronousTestCase

from acs.simulate.credentials import Credentials, challenges

DIGEST = b'Digest realm="acs", qop="auth,auth-int", nonce="n1", opaque="o", algorithm=MD5'


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


class ChallengeTests(SynchronousTestCase):
    def test_parameters_are_read_quoted_and_bare(self) -> None:
        (challenge,) = challenges([DIGEST])
        self.assertEqual(challenge.scheme, "digest")
        self.assertEqual(
            challenge.parameters,
            {"realm": "acs", "qop": "auth,auth-int", "nonce": "n1", "opaque": "o", "algorithm": "MD5"},
        )

    def test_several_may_come_in_one_header_or_in_many(self) -> None:
        together = [b'Basic realm="a, b", Digest realm="c", nonce="n"']
        apart = [b'Basic realm="a, b"', b'Digest realm="c", nonce="n"']
        for headers in (together, apart):
            found = [(challenge.scheme, challenge.parameters["realm"]) for challenge in challenges(headers)]
            self.assertEqual(found, [("basic", "a, b"), ("digest", "c")])

    def test_nonsense_is_no_challenge_that_could_be_met(self) -> None:
        for header in (b"", b"???", b"Negotiate", b'Digest realm="r", nonce="n", algorithm=SHA-256'):
            self.assertFalse(Credentials("u", "p", random.Random(1)).challenged([header]), header)


class AnswerTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.credentials = Credentials("user", "pass", random.Random(1))

    def fields(self, method: str = "POST", target: str = "/acs?x=1") -> dict[str, str]:
        header = self.credentials.authorization(method, target)
        assert header is not None
        self.assertTrue(header.startswith("Digest "))
        return dict(re.findall(r'(\w+)="?([^",]*)"?', header.removeprefix("Digest ")))

    def test_nothing_is_said_unasked(self) -> None:
        self.assertIsNone(self.credentials.authorization("POST", "/"))

    def test_digest_with_qop_is_of_rfc_2617_and_counts(self) -> None:
        self.assertTrue(self.credentials.challenged([DIGEST]))
        for count in ("00000001", "00000002"):
            fields = self.fields()
            expected = md5(
                f"{md5('user:acs:pass')}:n1:{count}:{fields['cnonce']}:auth:{md5('POST:/acs?x=1')}"
            )
            self.assertEqual((fields["response"], fields["nc"], fields["opaque"]), (expected, count, "o"))

    def test_digest_without_qop_is_of_rfc_2069(self) -> None:
        self.credentials.challenged([b'Digest realm="acs", nonce="n1"'])
        fields = self.fields()
        self.assertEqual(fields["response"], md5(f"{md5('user:acs:pass')}:n1:{md5('POST:/acs?x=1')}"))
        self.assertNotIn("nc", fields)
        self.assertNotIn("opaque", fields)

    def test_a_new_nonce_begins_to_count_anew(self) -> None:
        self.credentials.challenged([DIGEST])
        self.fields()
        self.credentials.challenged([DIGEST.replace(b"n1", b"n2")])
        self.assertEqual((self.fields()["nonce"], self.fields()["nc"]), ("n2", "00000002"))

    def test_basic_is_given_where_nothing_better_is_asked_for(self) -> None:
        self.assertTrue(self.credentials.challenged([b'Basic realm="r"']))
        expected = "Basic " + base64.b64encode(b"user:pass").decode()
        self.assertEqual(self.credentials.authorization("POST", "/"), expected)
        self.credentials.challenged([b'Basic realm="r"', DIGEST])
        self.fields()

    def test_without_a_name_there_is_nothing_to_say(self) -> None:
        nobody = Credentials("", "", random.Random(1))
        self.assertFalse(nobody.challenged([DIGEST]))
        self.assertIsNone(nobody.authorization("POST", "/"))
