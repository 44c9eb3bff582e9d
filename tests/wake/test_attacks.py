"""What a hostile device might try by its ConnectionRequestURL, and by its answers to a ConnectionRequest."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from acs.store.records.wakes import WakeOutcome
from acs.wake.way import Attempt, Target
from tests.wake.network import (
    CLOSE,
    DEFAULT,
    DEVICE,
    OWN,
    PREVIOUS,
    SECRETS,
    URL,
    Reactor,
    Scripted,
    WakeCase,
    answer,
    challenge,
    policy,
)

REFUSED = WakeOutcome.REFUSED
LOOPBACK = (
    "http://127.0.0.1/",
    "http://127.0.0.1:8069/api/v1/users",
    "http://127.1/",
    "http://127.255.255.254/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.0.0.1./",
    "http://0/",
    "http://0.0.0.0/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http://[::1%25lo]/",
    "http://user@127.0.0.1/",
    "http://198.18.0.2@127.0.0.1/",
    "http://127.0.0.1\\@198.18.0.2/",
    "http://127。0。0。1/",
    "http://１２７.0.0.1/",
    "http://%31%32%37.0.0.1/",
    "http:/\\127.0.0.1/",
    "https://127.0.0.1/",
)
ELSEWHERE = (
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/",
    "http://100.100.100.200/",
    "http://169.254.1.1/",
    "http://[fe80::1]/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[ff02::1]/",
    "http://2852039166/",
    "http://[::ffff:169.254.169.254]/",
    "file:///etc/passwd",
    "gopher://198.18.0.2:6379/_x",
    "ftp://198.18.0.2/",
)


class UrlAttacks(WakeCase):
    def refused(self, url: str) -> None:
        attempt = self.successResultOf(self.begin(Target("device", (OWN,), url, basic=True)))
        self.assertEqual((attempt.outcome, attempt.method), (REFUSED, "http"), url)
        self.assertTrue(attempt.detail)
        self.assertEqual((self.reactor.called, self.names.asked), ([], []), url)

    def test_loopback_is_not_called_however_it_is_spelled(self) -> None:
        for url in LOOPBACK:
            self.refused(url)

    def test_nor_is_anything_else_that_is_no_devices(self) -> None:
        for url in ELSEWHERE:
            self.refused(url)

    def test_the_appliance_is_not_called_on_whatever_port(self) -> None:
        self.allowed = policy(own=("10.0.0.5", "2001:db8::5"))
        for url in (
            "http://10.0.0.5/",
            "http://10.0.0.5:7547/",
            "http://[2001:db8:0::5]:8069/",
            "http://[64:ff9b::a00:5]/",
        ):
            self.refused(url)

    def test_no_line_gets_into_the_request_by_any_part_of_the_url(self) -> None:
        for bad in (
            "\r\nX-Evil: 1",
            "\n",
            "\r",
            "\r\n\r\nGET /evil HTTP/1.1",
            "\x00",
            "\x0b",
            "\x85",
            "\u2028",
            " HTTP/1.1",
        ):
            for at in range(len(URL) + 1):
                self.refused(URL[:at] + bad + URL[at:])

    @settings(max_examples=300, deadline=None)
    @given(st.text(max_size=80) | st.from_regex(r"https?://[0-9a-fx.:\[\]@%/\\?#-]{1,40}"))
    def test_any_text_makes_an_attempt(self, url: str) -> None:
        self.setUp()
        begun = self.begin(Target("device", (OWN,), url))
        self.reactor.pass_time(20)
        self.assertIsInstance(self.successResultOf(begun), Attempt)
        for host, _ in self.reactor.called:
            self.assertNotRegex(host, r"\A(127|0)\.|\A::")


class NameAttacks(WakeCase):
    def called(self, url: str, *answers: list[str]) -> Attempt:
        self.names.names["cpe.example"] = list(answers)
        self.reactor.listening[DEVICE, 7547] = self.device = Scripted(challenge(close=True), answer(200))
        return self.successResultOf(self.begin(Target("device", (OWN,), url)))

    def test_a_name_that_leads_to_what_is_not_called_is_refused(self) -> None:
        for address in (
            "127.0.0.1",
            "169.254.169.254",
            "::1",
            "::ffff:127.0.0.1",
            "0.0.0.0",
            "64:ff9b::7f00:1",
            "fe80::1%eth0",
        ):
            attempt = self.called("http://cpe.example:7547/", [address])
            self.assertEqual((attempt.outcome, self.reactor.called), (REFUSED, []), address)
            self.assertIn("cpe.example leads to", attempt.detail)

    def test_of_good_and_bad_addresses_only_the_good_are_called(self) -> None:
        attempt = self.called(
            "http://cpe.example:7547/", ["127.0.0.1", "198.18.9.9", "::1", DEVICE, "169.254.169.254"]
        )
        self.assertEqual(attempt.outcome, WakeOutcome.ACCEPTED)
        self.assertEqual({host for host, _ in self.reactor.called}, {"198.18.9.9", DEVICE})

    def test_a_name_that_leads_elsewhere_the_next_time_is_not_asked_a_second_time(self) -> None:
        attempt = self.called("http://cpe.example:7547/", [DEVICE], ["127.0.0.1"])
        self.assertEqual(attempt.outcome, WakeOutcome.ACCEPTED)
        self.assertEqual(self.names.asked, ["cpe.example"])
        self.assertEqual(self.reactor.called, [(DEVICE, 7547)] * 2)


class AnswerCase(WakeCase):
    def begun(self, *script: Any, **options: Any) -> Any:
        self.device = self.reactor.listening[DEVICE, 7547] = Scripted(*script)
        return self.begin(Target("device", (OWN, PREVIOUS, DEFAULT), URL, **options))


class AnswerAttacks(AnswerCase):
    def test_redirects_lead_nowhere(self) -> None:
        for status in (300, 301, 302, 303, 307, 308):
            for place in ("http://127.0.0.1/", "http://169.254.169.254/", "/other", "//127.0.0.1/"):
                attempt = self.successResultOf(self.begun(answer(status, f"Location: {place}")))
                self.assertEqual(attempt.outcome, REFUSED)
        self.assertEqual({host for host, _ in self.reactor.called}, {DEVICE})
        self.assertEqual(len(self.device.requests), 1)

    def test_other_headers_lead_nowhere_either(self) -> None:
        for header in (
            "Refresh: 0; url=http://127.0.0.1/",
            'Alt-Svc: h2="127.0.0.1:443"',
            "Content-Location: http://127.0.0.1/",
        ):
            self.begun(answer(200, header))
        self.assertEqual({host for host, _ in self.reactor.called}, {DEVICE})

    def test_what_does_not_end_is_cut(self) -> None:
        for endless in (
            b"HTTP/1.1 200 OK\r\nX: " + b"y" * 9000,
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 2000,
            b"HTTP/1.1 100 Continue\r\n\r\n" * 400,
            b"H" * 9000,
        ):
            attempt = self.successResultOf(self.begun(endless))
            self.assertEqual(attempt.outcome, WakeOutcome.UNREACHABLE)
            self.assertEqual(self.reactor.open, 0)

    def test_a_body_of_any_size_is_neither_kept_nor_waited_for(self) -> None:
        for body in (
            b"Content-Length: 99999999999\r\n\r\n" + b"x" * 9000,
            b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n" + b"x" * 9000,
            b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 2000,
            b"\r\n" + b"x" * 9000,
        ):
            attempt = self.successResultOf(self.begun(b"HTTP/1.1 200 OK\r\n" + body))
            self.assertEqual((attempt.outcome, self.reactor.open), (WakeOutcome.ACCEPTED, 0))

    def test_an_answer_that_drips_does_not_outlast_its_time(self) -> None:
        begun = self.begun(b"HTTP/1.1 200 OK\r\n")
        for _ in range(79):
            self.drip(b"X: y\r\n")
        self.assertNoResult(begun)
        self.drip(b"X: y\r\n")
        self.assertEqual(self.successResultOf(begun).outcome, WakeOutcome.TIMEOUT)
        self.assertEqual(self.reactor.open, 0)

    def test_nor_does_its_body(self) -> None:
        begun = self.begun(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        for _ in range(8):
            self.assertNoResult(begun)
            self.drip(b"x")
        self.assertEqual(self.successResultOf(begun).outcome, WakeOutcome.ACCEPTED)
        self.assertEqual(self.reactor.open, 0)

    def drip(self, data: bytes) -> None:
        self.reactor.lines[-1].serverIO.write(data)
        self.reactor.settle()
        self.reactor.pass_time(0.25)

    def test_a_device_cannot_keep_us_asking(self) -> None:
        for more in ("", ", stale=true"):
            script = [challenge(f"n{number}", more, close=number % 2 == 0) for number in range(50)]
            self.assertEqual(self.successResultOf(self.begun(*script)).outcome, WakeOutcome.UNAUTHORIZED)
            self.assertLessEqual(len(self.device.requests), 7)
        self.begun(challenge(), None)
        self.assertLessEqual(len(self.device.requests), 3)


class SecretAttacks(AnswerCase):
    def test_who_does_not_ask_is_told_nothing(self) -> None:
        for script in (
            answer(200),
            answer(403, 'WWW-Authenticate: Digest realm="r", nonce="n"'),
            answer(407, 'Proxy-Authenticate: Basic realm="r"'),
            answer(302, "Location: /", 'WWW-Authenticate: Basic realm="r"'),
            answer(401),
            None,
        ):
            self.begun(script, basic=True)
            self.assertNotIn("uthorization", self.device.said)

    def test_no_password_goes_over_the_wire_unless_it_may(self) -> None:
        for asked in (
            "Basic",
            'Basic realm="x"',
            'Basic realm="x", Digest nonce="n", algorithm=MD9',
            'Digest realm="x", Basic nonce="n"',
        ):
            self.begun(answer(401, f"WWW-Authenticate: {asked}"))
            for secret in (*SECRETS, "Basic "):
                self.assertNotIn(secret, self.device.said)

    def test_basic_where_it_may_goes_to_nobody_who_asks_for_digest(self) -> None:
        self.begun(answer(401, 'WWW-Authenticate: Basic realm="x", Digest realm="r", nonce="n"'), basic=True)
        self.assertNotIn("Basic", self.device.said)

    def test_nothing_of_a_challenge_becomes_a_line_of_ours(self) -> None:
        for hostile in (
            "a\rX-Evil: 1",
            'a"\rX-Evil: 1',
            "a\x00",
            "é\x80",
            'a\\"b',
            "a\\",
            "\\\r",
            "x" * 7000,
            "a, b=c",
            '"',
            "%0d%0aX",
        ):
            for name in ("realm", "nonce", "opaque", "algorithm", "qop", "stale"):
                rest = ", ".join(f'{each}="ok"' for each in ("realm", "nonce") if each != name)
                self.begun(answer(401, f'WWW-Authenticate: Digest {name}="{hostile}", {rest}'), answer(200))
                self.is_harmless()

    def is_harmless(self) -> None:
        """What was said to the device is requests of ours, with not a line more."""
        for _, request in self.device.requests:
            lines = request.split(b"\r\n")
            self.assertEqual(
                lines[:3], [b"GET /bell HTTP/1.1", b"Host: 198.18.0.2:7547", b"Connection: keep-alive"]
            )
            self.assertEqual(lines[-2:], [b"", b""])
            self.assertLessEqual(len(lines), 6)
            if len(lines) == 6:
                self.assertRegex(lines[3], re.compile(rb"Authorization: (Digest|Basic) [^\x00-\x1f\x7f]+\Z"))
                self.assertLess(len(lines[3]), 8192)

    @settings(max_examples=300, deadline=None)
    @given(
        st.lists(
            st.binary(max_size=200)
            | st.binary(max_size=100).map(lambda raw: b"HTTP/1.1 401 No\r\nWWW-Authenticate: Digest " + raw)
            | st.binary(max_size=60).map(lambda raw: challenge("x").replace(b'"cpe"', b'"%s"' % raw))
            | st.binary(max_size=100).map(lambda raw: b"HTTP/1.1 200 OK\r\n" + raw + CLOSE),
            min_size=1,
            max_size=5,
        ),
        st.booleans(),
        st.booleans(),
    )
    def test_any_bytes_make_an_attempt(self, script: list[bytes], basic: bool, closing: bool) -> None:
        self.reactor = Reactor()
        begun = self.begun(*script, basic=basic, closing_accepts=closing)
        self.reactor.pass_time(20)
        self.assertIsInstance(self.successResultOf(begun), Attempt)
        self.assertEqual((self.reactor.open, self.reactor.getDelayedCalls()), (0, []))
        self.is_harmless()
