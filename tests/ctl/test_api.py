"""The client of the REST API, against a real HTTP server."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from threading import Thread
from urllib.parse import unquote

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.config import Console, Tls
from acs.ctl.api import PAGE, Api
from acs.ctl.errors import ApiError, CommandFailed
from acs.ctl.reach import console_address
from acs.state_files import CERTIFICATE_FILE
from tests.ctl.appliance import TOKEN, Answer, Appliance, ApplianceTestCase, Asked, document, items, problem
from tests.support.certificates import Authority, Issued, pem_file, self_signed


class ApiTestCase(ApplianceTestCase):
    """A test with an API."""

    def setUp(self) -> None:
        super().setUp()
        self.api = Api(self.appliance.url, TOKEN, proxies={})

    def refusal(self, answer: Answer) -> str:
        """What the user is told of an answer."""
        self.appliance.routes["GET /jobs"] = answer
        return self.assertRaises(CommandFailed, self.api.get, "jobs").reason


class RequestTests(ApiTestCase):
    def test_the_token_goes_with_every_request(self) -> None:
        self.appliance.routes["GET /jobs/1"] = document({"id": "1"})
        self.assertEqual({"id": "1"}, self.api.get("jobs", "1"))
        self.assertEqual(f"Bearer {TOKEN}", self.appliance.asked[0].headers["Authorization"])

    def test_a_device_id_is_quoted_once_more(self) -> None:
        self.appliance.routes["GET /devices/001CA8-Air%252F4920-A%252E1"] = document({})
        self.api.get("devices", "001CA8-Air%2F4920-A%2E1")

    def test_a_segment_cannot_leave_its_place(self) -> None:
        self.appliance.routes["GET /devices/..%2Ftokens%3Fq%3D%23"] = document({})
        self.api.get("devices", "../tokens?q=#")

    def test_a_document_is_posted_as_json(self) -> None:
        self.appliance.routes["POST /devices/d/jobs"] = document({"id": "7"}, 201)
        self.assertEqual({"id": "7"}, self.api.post("devices", "d", "jobs", body={"rpc": "Rebø"}))
        asked = self.appliance.asked[0]
        self.assertEqual(("application/json", {"rpc": "Rebø"}), (asked.headers["Content-Type"], asked.json))

    def test_an_empty_answer_is_none(self) -> None:
        self.appliance.routes["DELETE /jobs/1"] = Answer(204)
        self.assertIsNone(self.api.delete("jobs", "1"))

    def test_bytes_come_as_they_are(self) -> None:
        self.appliance.routes["GET /sessions/1/exchanges/2"] = Answer(200, b"\x00\xff", "text/xml")
        self.assertEqual(b"\x00\xff", self.api.content("sessions", "1", "exchanges", "2"))


class QuotingTests(SynchronousTestCase):
    @given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
    @settings(max_examples=150, deadline=None)
    def test_any_id_stays_one_segment_that_unquotes_to_itself(self, identifier: str) -> None:
        address = Api("http://127.0.0.1", TOKEN)._address(("devices", identifier, "jobs"), {})
        segments = address.removeprefix("http://127.0.0.1/").split("/")
        self.assertEqual(["api", "v1", "devices", identifier, "jobs"], [unquote(each) for each in segments])


class ListTests(ApiTestCase):
    def pages(self, count: int) -> None:
        """Have a list of so many items, served as an appliance would."""

        def page(asked: Asked) -> Answer:
            first = int(asked.query.get("cursor", "0"))
            last = min(first + int(asked.query["limit"]), count)
            return items(*range(first, last), next=str(last) if last < count else None)

        self.appliance.routes["GET /devices"] = page

    def test_all_pages_are_fetched(self) -> None:
        self.pages(2 * PAGE + 1)
        self.assertEqual(list(range(2 * PAGE + 1)), list(self.api.items("devices")))
        self.assertEqual(3, len(self.appliance.asked))

    def test_no_more_than_the_limit_is_fetched(self) -> None:
        self.pages(1000)
        self.assertEqual([0, 1, 2], list(self.api.items("devices", limit=3)))
        self.assertEqual(["3"], [asked.query["limit"] for asked in self.appliance.asked])

    def test_a_limit_may_span_pages(self) -> None:
        self.pages(3 * PAGE)
        self.assertEqual(PAGE + 1, len(list(self.api.items("devices", limit=PAGE + 1))))

    def test_the_next_page_is_asked_for_when_it_is_needed(self) -> None:
        self.pages(3 * PAGE)
        next(self.api.items("devices"))
        self.assertEqual(1, len(self.appliance.asked))

    def test_filters_go_with_every_page_and_empty_ones_do_not(self) -> None:
        self.pages(PAGE + 1)
        list(self.api.items("devices", query={"oui": "001CA8", "q": "a b&c", "tag": None, "model": ""}))
        for asked in self.appliance.asked:
            given = {name: value for name, value in asked.query.items() if name not in ("limit", "cursor")}
            self.assertEqual({"oui": "001CA8", "q": "a b&c"}, given)

    def test_what_is_no_list_is_told(self) -> None:
        self.appliance.routes["GET /devices"] = document({"error": 1})
        error = self.assertRaises(CommandFailed, list, self.api.items("devices"))
        self.assertIn("no list", error.reason)


class RefusalTests(ApiTestCase):
    def test_a_problem_document_is_one_line(self) -> None:
        self.assertEqual("Not Found: no such job", self.refusal(problem(404, "Not Found", "no such job")))

    def test_a_title_alone_will_do(self) -> None:
        self.assertEqual("Unauthorized", self.refusal(problem(401, "Unauthorized")))

    def test_every_member_that_is_wrong_is_named(self) -> None:
        errors = [{"field": "oui", "reason": "too long"}, {"field": "", "reason": "bad"}, "odd"]
        body = json.dumps({"title": "Bad Request", "detail": "the query", "errors": errors}).encode()
        told = self.refusal(Answer(400, body, "application/problem+json"))
        self.assertEqual("Bad Request: the query; oui: too long; bad", told)

    def test_the_status_is_kept(self) -> None:
        self.appliance.routes["GET /jobs"] = problem(409, "Conflict")
        self.assertEqual(409, self.assertRaises(ApiError, self.api.get, "jobs").code)

    def test_another_servers_error_gives_its_status(self) -> None:
        said = "the appliance answers 502 Bad Gateway"
        self.assertEqual(said, self.refusal(Answer(502, b"<html>", "text/html")))
        self.assertEqual(said, self.refusal(Answer(502, b"{", "application/problem+json")))
        self.assertEqual(said, self.refusal(Answer(502, b"[]", "application/problem+json")))

    def test_a_page_of_another_server_is_told(self) -> None:
        self.assertIn("answers with no JSON", self.refusal(Answer(200, b"<html>", "text/html")))

    def test_a_redirect_is_not_followed_with_our_token(self) -> None:
        other = Appliance()
        self.addCleanup(other.server_close)
        told = self.refusal(Answer(302, headers={"Location": other.url + "/"}))
        self.assertEqual("the appliance answers 302 Found", told)
        self.assertEqual([], other.asked)


class UnreachableTests(SynchronousTestCase):
    def told(self, url: str) -> str:
        """What the user is told where nobody answers."""
        return self.assertRaises(CommandFailed, Api(url, TOKEN, proxies={}).get, "jobs").reason

    def test_a_refused_connection_is_one_clear_line(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else's meanwhile
            url = f"http://127.0.0.1:{taken.getsockname()[1]}"
            told = f"cannot reach the appliance at {url}: connection refused; is it running?"
            self.assertEqual(told, self.told(url))

    def test_a_connection_that_is_closed_without_an_answer_is_told(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(5)
            thread = Thread(target=lambda: server.accept()[0].close())
            thread.start()
            self.assertIn(
                "cannot reach the appliance", self.told(f"http://127.0.0.1:{server.getsockname()[1]}")
            )
            thread.join()

    def test_what_is_no_url_is_refused_before_it_is_used(self) -> None:
        for url in (
            "",
            "127.0.0.1:8069",
            "ftp://host/",
            "http://",
            "http://host:99999",
            "http://[::1",
            "http://a b/",
        ):
            error = self.assertRaises(CommandFailed, Api, url, TOKEN)
            self.assertEqual(2, error.status)

    def test_a_token_that_cannot_stand_in_a_header_is_refused_and_not_shown(self) -> None:
        for token in ("", "acs_x\r\nX: y", "acs_ø", "acs x"):
            error = self.assertRaises(CommandFailed, Api, "http://127.0.0.1", token)
            self.assertNotIn("acs_", error.reason)


class TlsTests(ApiTestCase):
    def setUp(self) -> None:
        """Have the appliance serve TLS with a certificate of its own."""
        super().setUp()
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.state = self.folder / "state"
        self.state.mkdir()
        self.certificate = self.write(self_signed("acs.isp.example"))
        self.context = SSLContext(PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate)
        self.appliance.socket = self.context.wrap_socket(self.appliance.socket, server_side=True)
        self.appliance.routes["GET /jobs"] = document({})

    def write(self, issued: Issued, name: str = "own") -> Path:
        """A file with it and its key."""
        return pem_file(self.folder / f"{name}.pem", issued)

    def ask(self, certificate: Path) -> object:
        """Ask the console of a configuration with this certificate."""
        endpoint = f"tcp:{self.appliance.server_port}:interface=127.0.0.1"
        url, tls = console_address(Console(endpoint=endpoint, tls=Tls(certificate=certificate)), self.state)
        return Api(url, TOKEN, tls, proxies={}).get("jobs")

    def test_the_configured_certificate_is_trusted_whatever_its_name(self) -> None:
        self.assertEqual({}, self.ask(self.certificate))

    def test_another_certificate_is_not(self) -> None:
        error = self.assertRaises(CommandFailed, self.ask, self.write(self_signed("other"), "other"))
        self.assertIn("its certificate is not trusted", error.reason)

    def test_the_one_that_the_console_shows_now_counts_more_than_the_configured_one(self) -> None:
        (self.state / CERTIFICATE_FILE).write_bytes(self.certificate.read_bytes())
        self.assertEqual({}, self.ask(self.write(self_signed("renewed"), "renewed")))

    def test_dates_do_not_count(self) -> None:
        expired = self.write(Authority().issue("acs.isp.example", begins=-9, ends=-2), "expired")
        self.context.load_cert_chain(expired)
        self.assertEqual({}, self.ask(expired))

    def test_a_certificate_that_cannot_be_read_is_told(self) -> None:
        error = self.assertRaises(CommandFailed, self.ask, self.folder / "missing.pem")
        self.assertIn("cannot read the console's certificate", error.reason)
