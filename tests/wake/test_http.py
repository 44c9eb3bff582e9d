"""Tests of `acs.wake.http` and `acs.wake.asking`: what comes of asking devices, whatever they answer."""

from __future__ import annotations

from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectionRefusedError, NoRouteError, TCPTimedOutError
from twisted.python.failure import Failure

from acs.hypertext.authorization import answers, read_authorization
from acs.store.records.wakes import WakeOutcome
from acs.wake.http import Times
from acs.wake.way import Attempt, Pair, Target
from tests.wake.network import (
    CLOSE,
    DEFAULT,
    DEVICE,
    OWN,
    PREVIOUS,
    SECRETS,
    URL,
    Line,
    Names,
    Scripted,
    WakeCase,
    answer,
    challenge,
)

ACCEPTED = WakeOutcome.ACCEPTED
BASIC = answer(401, 'WWW-Authenticate: Basic realm="x"')


class AskingCase(WakeCase):
    def authorizations(self, device: Scripted) -> list[str]:
        """The Authorization of each request, "" where it had none."""
        found = []
        for _, request in device.requests:
            lines = request.decode("latin-1").split("\r\n")
            found.append(next((line[15:] for line in lines if line.startswith("Authorization: ")), ""))
        return found

    def tried(self, device: Scripted) -> list[str]:
        """Whose pair each answer to a challenge was made of."""
        return [self.whose(header) for header in self.authorizations(device) if header]

    def whose(self, header: str) -> str:
        given = read_authorization(header)
        for pair in (OWN, PREVIOUS, DEFAULT):
            if given.username == pair.username and answers(given, pair.password, "GET", b""):
                return pair.whose
        return header


class RequestTests(AskingCase):
    def test_it_is_a_get_without_a_body_and_says_nothing_unasked(self) -> None:
        device = Scripted(answer(200))
        self.assertEqual(self.wake(device), Attempt("http", ACCEPTED))
        wanted = b"GET /bell HTTP/1.1\r\nHost: 198.18.0.2:7547\r\nConnection: keep-alive\r\n\r\n"
        self.assertEqual(device.requests, [(1, wanted)])
        self.assertEqual(self.reactor.open, 0)

    def test_host_and_target_are_as_the_url_has_them(self) -> None:
        self.names = Names(CPE_example=[[DEVICE]])
        for url, place, line, host in (
            (f"http://{DEVICE}", 80, "GET / HTTP", DEVICE),
            (f"http://{DEVICE}:80/a?b=c#d", 80, "GET /a?b=c HTTP", f"{DEVICE}:80"),
            (f"HTTP://{DEVICE}?b", 80, "GET /?b HTTP", DEVICE),
            ("http://CPE.example:81/%7e//..", 81, "GET /%7e//.. HTTP", "CPE.example:81"),
        ):
            device = self.reactor.listening[DEVICE, place] = Scripted(answer(204))
            attempt = self.successResultOf(self.begin(Target("device", url=url)))
            self.assertEqual(attempt.outcome, ACCEPTED, url)
            self.assertIn(f"{line}/1.1\r\nHost: {host}\r\n", device.said)

    def test_ipv6_addresses_are_called_too(self) -> None:
        device = self.reactor.listening["2001:db8::2", 7547] = Scripted(answer(200))
        begun = self.begin(Target("device", url="http://[2001:DB8:0::2]:7547/x"))
        self.assertEqual(self.successResultOf(begun).outcome, ACCEPTED)
        self.assertIn("Host: [2001:DB8:0::2]:7547\r\n", device.said)

    def test_without_a_url_there_is_no_way(self) -> None:
        self.assertIn("no ConnectionRequestURL", self.way().why_not(Target("device")))
        self.assertEqual(self.way().why_not(Target("device", url=URL)), "")


class DigestTests(AskingCase):
    def test_a_challenge_is_answered_over_the_same_connection(self) -> None:
        device = Scripted(challenge(), answer(200))
        self.assertEqual(self.wake(device), Attempt("http", ACCEPTED, pair=OWN))
        self.assertEqual(self.tried(device), ["own"])
        self.assertEqual([connection for connection, _ in device.requests], [1, 1])

    def test_every_form_of_it_is_spoken(self) -> None:
        for asked in (
            'Digest realm="cpe", nonce="n"',
            'Digest realm="cpe", nonce="n", qop="auth-int, auth", opaque="5c\\"cc"',
            'Digest realm="cpe", nonce="n", qop="auth", algorithm=MD5-sess',
            'Digest realm="cpe", nonce="n", qop="auth", algorithm=SHA-256',
            'Digest realm="cpe", nonce="n", algorithm="SHA-256-sess"',
            'Digest qop="auth" nonce="n" opaque="" realm="cwmpd"',
            'Basic realm="x", Digest realm="cpe", nonce="n"',
            "digest REALM=cpe,NONCE=n,\r\n  QOP=auth",
            'Digest realm="cpe", nonce="a", algorithm=SHA-512-256\r\n'
            'WWW-Authenticate: Digest realm="cpe", nonce="b"',
        ):
            device = Scripted(answer(401, f"WWW-Authenticate: {asked}"), answer(200))
            self.assertEqual(self.wake(device).outcome, ACCEPTED, asked)
            self.assertEqual(self.tried(device), ["own"], asked)

    def test_what_closes_after_the_401_is_called_again(self) -> None:
        head = b'HTTP/1.0 401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\n\r\n'
        for first in (
            challenge(close=True),
            head + CLOSE,
            head + b"<html>no" + CLOSE,
            answer(401, 'WWW-Authenticate: Digest realm="r", nonce="n"', "Connection: close"),
        ):
            device = Scripted(first, answer(200))
            self.assertEqual(self.wake(device).outcome, ACCEPTED, first)
            self.assertEqual([connection for connection, _ in device.requests], [1, 2], first)

    def test_what_closes_only_when_it_is_asked_again_is_called_again(self) -> None:
        device = Scripted(challenge(), None, answer(200))
        self.assertEqual(self.wake(device).outcome, ACCEPTED)
        (_, once), (number, again) = device.requests[1:]
        self.assertEqual((number, once), (2, again))

    def test_a_401_that_does_not_end_is_not_waited_for(self) -> None:
        for first in (
            b'HTTP/1.0 401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\n\r\n',
            challenge().replace(b"Length: 0", b"Length: 900"),
        ):
            self.reactor.listening[DEVICE, 7547] = device = Scripted(first, answer(200))
            begun = self.begin(Target("device", (OWN,), URL))
            self.assertNoResult(begun)
            self.reactor.pass_time(2)
            self.assertEqual(self.successResultOf(begun).outcome, ACCEPTED)
            self.assertEqual([connection for connection, _ in device.requests], [1, 2])

    def test_a_login_page_longer_than_is_read_does_not_matter(self) -> None:
        page = answer(401, 'WWW-Authenticate: Digest realm="r", nonce="n"', body=b"x" * 100_000)
        device = Scripted(page, answer(200))
        self.assertEqual(self.wake(device).outcome, ACCEPTED)


class PairTests(AskingCase):
    def test_they_are_tried_in_turn_and_the_one_that_was_taken_is_told(self) -> None:
        device = Scripted(challenge(), challenge(), challenge(), answer(204))
        attempt = self.wake(device, OWN, PREVIOUS, DEFAULT)
        self.assertEqual(attempt, Attempt("http", ACCEPTED, pair=DEFAULT))
        self.assertEqual(self.tried(device), ["own", "previous", "default"])

    def test_no_more_are_tried_than_are_known(self) -> None:
        device = Scripted(challenge())
        attempt = self.wake(device, OWN, PREVIOUS)
        self.assertEqual((attempt.outcome, attempt.pair), (WakeOutcome.UNAUTHORIZED, None))
        self.assertIn("(own, previous)", attempt.detail)
        self.assertEqual(self.tried(device), ["own", "previous"])

    def test_the_count_goes_up_with_each_answer_to_a_nonce(self) -> None:
        device = Scripted(challenge(), challenge(), challenge("n2"), answer(200))
        self.wake(device, OWN, PREVIOUS, DEFAULT)
        counts = [read_authorization(each).parameters["nc"] for each in self.authorizations(device)[1:]]
        self.assertEqual(counts, ["00000001", "00000002", "00000001"])

    def test_a_stale_nonce_is_no_refusal_of_the_pair(self) -> None:
        device = Scripted(challenge(), challenge("n2", ", stale=TRUE"), answer(200))
        self.assertEqual(self.wake(device).pair, OWN)
        self.assertEqual(self.tried(device), ["own", "own"])

    def test_nor_is_a_nonce_that_has_changed_the_first_time(self) -> None:
        device = Scripted(challenge(), challenge("n2"), answer(200))
        self.assertEqual(self.wake(device, OWN, PREVIOUS).pair, OWN)

    def test_what_has_a_new_nonce_for_each_401_does_not_get_everything_twice(self) -> None:
        device = Scripted(*(challenge(f"n{number}") for number in range(9)))
        attempt = self.wake(device, OWN, PREVIOUS, DEFAULT)
        self.assertEqual(attempt.outcome, WakeOutcome.UNAUTHORIZED)
        self.assertEqual(self.tried(device), ["own", "own", "previous", "default"])

    def test_what_always_says_stale_is_left_alone(self) -> None:
        device = Scripted(*(challenge(f"n{number}", ", stale=true") for number in range(9)))
        self.assertEqual(self.wake(device, OWN, PREVIOUS).outcome, WakeOutcome.UNAUTHORIZED)
        self.assertEqual(self.tried(device), ["own", "own", "previous", "previous"])

    def test_without_any_pair_it_is_not_answered(self) -> None:
        self.reactor.listening[DEVICE, 7547] = device = Scripted(challenge())
        attempt = self.successResultOf(self.begin(Target("device", (), URL)))
        self.assertEqual(attempt.outcome, WakeOutcome.UNAUTHORIZED)
        self.assertIn("none are known", attempt.detail)
        self.assertEqual(len(device.requests), 1)

    def test_basic_is_given_only_where_it_is_allowed(self) -> None:
        device = Scripted(BASIC, answer(200))
        attempt = self.wake(device)
        self.assertEqual(attempt.outcome, WakeOutcome.UNAUTHORIZED)
        self.assertIn("unencrypted", attempt.detail)
        self.assertEqual(self.authorizations(device), [""])
        device = Scripted(BASIC, answer(200))
        self.assertEqual(self.wake(device, basic=True).pair, OWN)
        self.assertEqual(self.authorizations(device), ["", "Basic Y3BlOmdlaGVpbQ=="])

    def test_with_basic_too_they_are_tried_in_turn(self) -> None:
        device = Scripted(BASIC, BASIC, answer(200))
        self.assertEqual(self.wake(device, OWN, PREVIOUS, basic=True).pair, PREVIOUS)
        device = Scripted(BASIC)
        self.assertEqual(self.wake(device, OWN, PREVIOUS, basic=True).outcome, WakeOutcome.UNAUTHORIZED)
        self.assertEqual(len(device.requests), 3)

    def test_what_is_asked_for_and_not_known_is_said(self) -> None:
        for header, said in (
            ("WWW-Authenticate: Negotiate", "does not say which kind"),
            ("Server: x", "does not say which kind"),
            (
                'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-512-256',
                "form that is not known",
            ),
        ):
            attempt = self.wake(Scripted(answer(401, header)))
            self.assertEqual(attempt.outcome, WakeOutcome.UNAUTHORIZED)
            self.assertIn(said, attempt.detail)


class OutcomeTests(AskingCase):
    def test_each_status_means_what_it_says(self) -> None:
        for status, outcome, said in (
            (202, ACCEPTED, ""),
            (302, WakeOutcome.REFUSED, "redirects are not followed"),
            (400, WakeOutcome.UNREACHABLE, "answers 400"),
            (403, WakeOutcome.UNAUTHORIZED, "403"),
            (404, WakeOutcome.UNREACHABLE, "no longer the one"),
            (405, WakeOutcome.UNREACHABLE, "something else listens"),
            (429, WakeOutcome.BUSY, "too often"),
            (500, WakeOutcome.UNREACHABLE, "answers 500"),
            (503, WakeOutcome.BUSY, "busy"),
        ):
            for device in (Scripted(answer(status)), Scripted(challenge(), answer(status))):
                attempt = self.wake(device)
                self.assertEqual(attempt.outcome, outcome, status)
                self.assertIn(said, attempt.detail)
                self.assertEqual(self.reactor.open, 0)

    def test_a_web_page_is_doubted(self) -> None:
        for device in (
            Scripted(answer(200, body=b"\n<!DOCTYPE HTML>...")),
            Scripted(answer(200, "Content-Type: text/html", body=b"Hello")),
            Scripted(answer(200, body=b"<html>" + b"x" * 100_000)),
        ):
            attempt = self.wake(device)
            self.assertEqual(attempt.outcome, ACCEPTED)
            self.assertIn("web page", attempt.detail)
        for harmless in (answer(200, "Content-Type: text/html"), answer(200, body=b"OK")):
            self.assertEqual(self.wake(Scripted(harmless)).detail, "")

    def test_a_yes_counts_though_its_body_is_cut_short(self) -> None:
        cut = answer(200, body=b"hello")[:-2] + CLOSE
        self.assertEqual(self.wake(Scripted(cut)).outcome, ACCEPTED)

    def test_closing_instead_of_an_answer_is_a_yes_of_those_who_are_known_for_it(self) -> None:
        device = Scripted(challenge(), None)
        attempt = self.wake(device, closing_accepts=True)
        self.assertEqual((attempt.outcome, attempt.pair), (ACCEPTED, OWN))
        self.assertEqual([connection for connection, _ in device.requests], [1, 2])

    def test_of_others_it_is_none(self) -> None:
        attempt = self.wake(Scripted(challenge(close=True), None))
        self.assertEqual(attempt.outcome, WakeOutcome.UNREACHABLE)
        self.assertIn("once it has been told the password", attempt.detail)
        self.assertEqual(self.wake(Scripted(None), closing_accepts=True).outcome, WakeOutcome.UNREACHABLE)

    def test_what_is_not_there_is_unreachable(self) -> None:
        for there in (ConnectionRefusedError(), NoRouteError()):
            self.assertEqual(self.wake(there).outcome, WakeOutcome.UNREACHABLE)
        self.assertIn(f"no connection to {DEVICE} port 7547", self.wake(ConnectionRefusedError()).detail)
        self.assertEqual(self.wake(TCPTimedOutError()).outcome, WakeOutcome.TIMEOUT)

    def test_what_does_not_speak_http_is_no_device(self) -> None:
        for said in (
            b"SSH-2.0-OpenSSH_9\r\n\r\n",
            b"\x15\x03\x01\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
        ):
            attempt = self.wake(Scripted(said))
            self.assertEqual(attempt.outcome, WakeOutcome.UNREACHABLE)
            self.assertIn("does not speak HTTP", attempt.detail)
        attempt = self.wake(Scripted(b"HTTP/1.1 200 OK\r\nX" + CLOSE))
        self.assertIn("in the middle of its answer", attempt.detail)

    def test_details_tell_no_secret(self) -> None:
        for script in (
            (challenge(),),
            (challenge(), None),
            (challenge(), answer(500)),
            (challenge(), b"x\n\n"),
        ):
            attempt = self.wake(Scripted(*script), OWN, PREVIOUS)
            for secret in SECRETS:
                self.assertNotIn(secret, repr(attempt))


class TimeTests(AskingCase):
    def test_a_connection_that_does_not_come_about_is_not_waited_for_long(self) -> None:
        self.reactor.listening[DEVICE, 7547] = None
        begun = self.begin(Target("device", (OWN,), URL))
        factory, timeout = self.reactor.tcpClients[0][2:4]
        self.assertEqual(timeout, 5)
        factory.clientConnectionFailed(self.reactor.connectors[0], Failure(TCPTimedOutError()))
        self.reactor.settle()
        attempt = self.successResultOf(begun)
        self.assertEqual(attempt.outcome, WakeOutcome.TIMEOUT)
        self.assertIn(f"no connection to {DEVICE} port 7547 comes about in time", attempt.detail)

    def test_silence_is_waited_for_so_long_and_then_the_connection_closed(self) -> None:
        for script in ((b"",), (challenge(), b"")):
            self.reactor.listening[DEVICE, 7547] = Scripted(*script)
            begun = self.begin(Target("device", (OWN,), URL))
            self.reactor.pass_time(19.75)
            self.assertNoResult(begun)
            self.reactor.pass_time(0.25)
            attempt = self.successResultOf(begun)
            self.assertEqual((attempt.outcome, self.reactor.open), (WakeOutcome.TIMEOUT, 0))
            self.assertEqual(attempt.detail, "it does not answer within 20 s")

    def test_how_long_is_for_the_caller_to_say(self) -> None:
        self.reactor.listening[DEVICE, 7547] = Scripted(b"")
        begun = self.begin(Target("device", (OWN,), URL), self.way(times=Times(whole=1.0)))
        self.reactor.pass_time(1)
        self.assertEqual(self.successResultOf(begun).detail, "it does not answer within 1 s")

    def test_nothing_is_left_behind(self) -> None:
        self.wake(Scripted(challenge(), answer(200)))
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_cancelling_closes_the_connection_at_once(self) -> None:
        self.reactor.listening[DEVICE, 7547] = Scripted(challenge(), b"")
        begun = self.begin(Target("device", (OWN,), URL))
        self.assertEqual(self.reactor.open, 1)
        begun.cancel()
        self.failureResultOf(begun, CancelledError)
        self.assertEqual((self.reactor.open, self.reactor.getDelayedCalls()), (0, []))

    def test_but_it_is_not_cut_as_the_device_may_just_be_answering(self) -> None:
        self.reactor.listening[DEVICE, 7547] = Scripted(b"")
        begun = self.begin(Target("device", (OWN,), URL))
        self.patch(Line, "abortConnection", lambda line: self.fail("it is cut"))
        begun.cancel()
        self.failureResultOf(begun, CancelledError)
        self.assertEqual(self.reactor.open, 0)

    def test_it_can_be_cancelled_while_it_connects_or_looks_up_a_name(self) -> None:
        self.names.names["cpe.example"] = None
        self.reactor.listening[DEVICE, 7547] = None
        for url in (URL, "http://cpe.example/"):
            begun = self.begin(Target("device", (OWN,), url))
            begun.cancel()
            self.failureResultOf(begun, CancelledError)
            self.assertEqual(self.reactor.getDelayedCalls(), [])


class NameTests(AskingCase):
    def test_a_name_that_nobody_knows_leads_nowhere(self) -> None:
        attempt = self.wake(None, url="http://cpe.example/")
        self.assertEqual(attempt.outcome, WakeOutcome.UNREACHABLE)
        self.assertIn("nobody knows the name cpe.example", attempt.detail)

    def test_a_name_is_not_looked_for_for_ever(self) -> None:
        self.names.names["cpe.example"] = None
        begun = self.begin(Target("device", url="http://cpe.example/"))
        self.reactor.pass_time(5)
        self.assertEqual(self.successResultOf(begun).outcome, WakeOutcome.TIMEOUT)

    def test_of_several_addresses_one_that_answers_is_enough(self) -> None:
        self.names.names["cpe.example"] = [["198.18.9.9", DEVICE]]
        device = Scripted(challenge(close=True), answer(200))
        attempt = self.wake(device, url="http://cpe.example:7547/")
        self.assertEqual(attempt.outcome, ACCEPTED)
        self.assertEqual(self.reactor.called, [("198.18.9.9", 7547), (DEVICE, 7547), (DEVICE, 7547)])

    def test_no_more_than_three_are_tried(self) -> None:
        self.names.names["cpe.example"] = [[f"198.18.9.{number}" for number in range(1, 100)]]
        self.assertEqual(self.wake(None, url="http://cpe.example/").outcome, WakeOutcome.UNREACHABLE)
        self.assertEqual(len(self.reactor.called), 3)


class MistakeTests(AskingCase):
    def test_a_mistake_of_ours_is_an_attempt_too_and_logged(self) -> None:
        attempt = self.wake(ValueError("a surprise"), Pair("a", "b"))
        self.assertEqual(attempt.outcome, WakeOutcome.IMPOSSIBLE)
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
