"""Tests of `acs.simulate.credentials`: what is said to a 401."""

from __future__ import annotations

import base64
import hashlib
import random
import re

from twisted.trial.unittest import SynchronousTestCase

from acs.simulate.credentials import Credentials

DIGEST = b'Digest realm="acs", qop="auth,auth-int", nonce="n1", opaque="o", algorithm=MD5'


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


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

    def test_what_cannot_be_met_is_nothing_to_answer(self) -> None:
        for header in (b"", b"???", b"Negotiate", b'Digest realm="r", nonce="n", algorithm=SHA-512'):
            self.assertFalse(self.credentials.challenged([header]), header)

    def test_without_a_name_there_is_nothing_to_say(self) -> None:
        nobody = Credentials("", "", random.Random(1))
        self.assertFalse(nobody.challenged([DIGEST]))
        self.assertIsNone(nobody.authorization("POST", "/"))
