"""Authorization headers: read as devices write them, and right or not."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.hypertext import authorization
from acs.hypertext.authorization import (
    NONCE_SECONDS,
    Given,
    Nonces,
    answers,
    challenges,
    read_authorization,
    same_place,
)
from tests.support.authorization import Digest, basic

RFC_2617 = (
    'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",'
    ' uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b",'
    ' response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
)
RFC_7616 = (
    'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm={},'
    ' nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001,'
    ' cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="{}",'
    ' opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUo5tdS"'
)


class VectorTests(SynchronousTestCase):
    def right(self, header: str, password: str, method: str = "GET", body: bytes = b"") -> bool:
        return answers(read_authorization(header), password, method, body)

    def test_those_of_the_standards(self) -> None:
        for header, password in (
            (RFC_2617, "Circle Of Life"),
            (RFC_7616.format("MD5", "8ca523f5e9506fed4657c9700eebdbec"), "Circle of Life"),
            (
                RFC_7616.format(
                    "SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
                ),
                "Circle of Life",
            ),
        ):
            self.assertTrue(self.right(header, password))
            self.assertFalse(self.right(header, password + "."))
            self.assertFalse(self.right(header, password, "POST"))

    def test_every_form_is_known(self) -> None:
        client = Digest('Digest realm="acs", nonce="abc", qop="auth"', "cpe", "geheim")
        self.assertTrue(self.right(client.rfc2069(), "geheim", "POST"))
        for qop in ("auth", "auth-int"):
            for algorithm in ("", "MD5", "MD5-sess", "SHA-256", "SHA-256-sess"):
                header = client.rfc7616(qop, algorithm, body=b"<x/>")
                self.assertTrue(self.right(header, "geheim", "POST", b"<x/>"), header)
                self.assertFalse(self.right(header, "other", "POST", b"<x/>"))
                self.assertEqual(qop == "auth", self.right(header, "geheim", "POST", b"<y/>"))

    def test_names_in_utf_8_or_latin_1(self) -> None:
        client = Digest('Digest realm="acs", nonce="abc", qop="auth"', "müller", "geheim", "/ü")
        header = client.rfc7616().encode().decode("latin-1")  # as the head of a request is read
        self.assertEqual("müller", read_authorization(header).username)
        self.assertTrue(self.right(header, "geheim", "POST"))
        self.assertFalse(self.right(header, "other", "POST"))
        self.assertEqual("müller", read_authorization('Digest username="müller"').username)

    def test_what_is_not_known_is_wrong(self) -> None:
        for change in (
            ("qop=auth", "qop=other"),
            ('response="6629fae49393a05397450978507c4ef1", ', ""),
            ("nc=00000001", "algorithm=SHA-512, nc=00000001"),
        ):
            self.assertFalse(self.right(RFC_2617.replace(*change), "Circle Of Life"), change)


class ReadingTests(SynchronousTestCase):
    def test_digest_however_it_is_written(self) -> None:
        wanted = {"username": "a", "nonce": "n", "nc": "00000001", "uri": "/x,y"}
        for header in (
            'Digest username="a", nonce="n", nc=00000001, uri="/x,y"',
            'digest nc=00000001,uri="/x,y",nonce=n,username=a',
            'DIGEST  USERNAME = "a"  NONCE = "n"  NC = "00000001"  URI = "/x,y"',
            'Digest username="a" nonce="n" uri="/x,y" nc=00000001,',
            'Digest username="a", nonce="n", nc=00000001, uri="/x,y',
        ):
            self.assertEqual(Given("digest", "a", parameters=wanted), read_authorization(header), header)
        self.assertEqual('a"b', read_authorization('Digest username="a\\"b"').username)

    def test_basic_in_utf_8_or_latin_1(self) -> None:
        self.assertEqual(Given("basic", "cpe", "pä:ss"), read_authorization(basic("cpe", "pä:ss")))
        self.assertEqual(Given("basic", "é", "x"), read_authorization("Basic 6Tp4"))
        self.assertEqual(Given("basic", "", ""), read_authorization("Basic Og=="))
        self.assertEqual(Given("basic", "", ""), read_authorization("Basic ***"))
        self.assertEqual(Given("basic", "a", ""), read_authorization("Basic YQ"))

    def test_others_are_named(self) -> None:
        self.assertEqual(Given("bearer"), read_authorization("Bearer x"))
        self.assertEqual(Given(""), read_authorization(""))

    @given(st.text(max_size=300))
    def test_any_text_is_read(self, text: str) -> None:
        for header in (text, "Digest " + text, "Basic " + text):
            answers(read_authorization(header), "x", "POST", b"")

    def test_a_long_header_takes_no_time_to_speak_of(self) -> None:
        for piece in ('a="', "a=", "a", '"', "\\", " ", ",", '="\\'):
            read_authorization("Digest " + piece * 1_000_000)


class NonceTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.now = 1_795_608_000.0
        self.nonces = self.of(b"key")

    def of(self, key: bytes) -> Nonces:
        return Nonces(key, lambda: self.now, random.Random(1).randbytes)

    def test_netcwmp_has_room_for_it(self) -> None:
        self.assertLessEqual(len(self.nonces.new()), 32)

    def test_it_is_known_again_by_whoever_has_the_key_for_a_while(self) -> None:
        nonce = self.nonces.new()
        self.assertTrue(self.of(b"key").fresh(nonce))
        self.assertFalse(self.of(b"other").fresh(nonce))
        self.now += NONCE_SECONDS
        self.assertTrue(self.nonces.fresh(nonce))
        self.now += 1
        self.assertFalse(self.nonces.fresh(nonce))

    def test_one_from_the_future_is_as_good_as_clocks_are_apart(self) -> None:
        nonce, behind = self.nonces.new(), self.of(b"key")
        for seconds, good in ((5, True), (6, False)):
            self.now = 1_795_608_000.0 - seconds
            self.assertEqual(good, behind.fresh(nonce), seconds)

    def test_one_that_was_made_up_is_not(self) -> None:
        nonce = self.nonces.new()
        for bad in ("", "x", nonce[:-1], nonce + "0", "f" + nonce[1:], "é" * 32, nonce.upper() + " "):
            self.assertFalse(self.nonces.fresh(bad), bad)

    def test_an_answer_is_good_once(self) -> None:
        self.assertTrue(self.nonces.first_time("n", "1", "c", "r"))
        self.assertFalse(self.nonces.first_time("n", "1", "c", "r"))
        self.assertTrue(self.nonces.first_time("n", "1", "d", "r"))
        self.now += NONCE_SECONDS + 10
        self.assertTrue(self.nonces.first_time("n", "2", "c", "r"))
        self.assertEqual(1, len(self.nonces._seen))

    def test_one_from_before_the_process_began_is_too_old(self) -> None:
        nonce = self.nonces.new()
        self.now += 2
        self.assertFalse(self.of(b"key").fresh(nonce))

    def test_so_many_answers_are_remembered_and_with_more_all_challenges_are_too_old(self) -> None:
        self.patch(authorization, "REMEMBERED", 10)
        nonce = self.nonces.new()
        for number in range(10):
            self.assertTrue(self.nonces.first_time(nonce, str(number)))
        self.assertTrue(self.nonces.fresh(nonce))
        self.nonces.first_time(nonce, "one more")
        self.assertFalse(self.nonces.fresh(nonce))
        self.assertEqual(1, len(self.nonces._seen))
        self.now += 1
        self.assertTrue(self.nonces.fresh(self.nonces.new()))


class ChallengeTests(SynchronousTestCase):
    def test_md5_comes_first_and_is_not_named(self) -> None:
        self.assertEqual(
            [
                'Digest realm="acs", qop="auth", nonce="n", stale=true',
                'Digest realm="acs", qop="auth", nonce="n", algorithm=SHA-256, stale=true',
            ],
            challenges("n", ("MD5", "SHA-256"), stale=True),
        )

    def test_the_place_is_looked_at_loosely(self) -> None:
        for uri in ("/acs", "/ACS", "/acs/", "/acs?x=y", "http://acs.example:7547/acs", ""):
            self.assertTrue(same_place(uri, "/acs"), uri)
        for uri in ("/", "/other", "http://acs.example/"):
            self.assertFalse(same_place(uri, "/acs"), uri)
