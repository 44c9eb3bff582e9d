"""Where the appliance is looked for, and with which token."""

from __future__ import annotations

import ssl
from argparse import Namespace
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.config import Console
from acs.ctl.api import Api
from acs.ctl.errors import ApiError, CommandFailed
from acs.ctl.reach import connect, console_address
from acs.state_files import TOKEN_FILE
from acs.tls_table import Tls
from tests.ctl import acsctl
from tests.ctl.appliance import TOKEN, Answer, ApplianceTestCase, Asked, items, problem
from tests.support.certificates import Authority, Issued, self_signed


class ConsoleTests(SynchronousTestCase):
    def url(self, endpoint: str) -> str:
        """The URL of a console that listens there."""
        return console_address(Console(endpoint=endpoint), Path("none"))[0]

    def test_the_interface_and_port_of_the_endpoint_are_the_url(self) -> None:
        self.assertEqual("http://127.0.0.1:8069", self.url("tcp:8069:interface=127.0.0.1"))
        self.assertEqual("http://10.0.0.1:80", self.url("tcp:interface=10.0.0.1:port=80"))
        self.assertEqual("http://10.0.0.1:80", self.url("tcp:80:10.0.0.1:50"))

    def test_a_console_that_listens_everywhere_is_asked_on_loopback(self) -> None:
        self.assertEqual("http://127.0.0.1:8069", self.url("tcp:8069"))
        self.assertEqual("http://127.0.0.1:8069", self.url("tcp:port=8069:interface=0.0.0.0"))
        self.assertEqual("http://[::1]:8069", self.url(r"tcp6:8069:interface=\:\:"))

    def test_an_ipv6_address_stands_in_brackets(self) -> None:
        self.assertEqual("http://[fd00::1]:8069", self.url(r"tcp:8069:interface=fd00\:\:1"))

    def test_a_tls_endpoint_is_https(self) -> None:
        self.assertEqual("https://127.0.0.1:8069", self.url("ssl:8069:interface=127.0.0.1:privateKey=k.pem"))

    def test_an_endpoint_without_a_port_is_told(self) -> None:
        for endpoint in ("unix:/run/acs.sock", "systemd:domain=INET:index=0", "tcp:nonsense"):
            error = self.assertRaises(CommandFailed, self.url, endpoint)
            self.assertIn("give --url and --token", error.reason)


def shake_hands(client: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """A handshake in memory with a server that has this certificate, at 127.0.0.1; raises `ssl.SSLError`."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    waiting = [
        client.wrap_bio(to_client, to_server, server_hostname="127.0.0.1"),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    while waiting:
        side = waiting.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            waiting.append(side)


class CertificateTests(SynchronousTestCase):
    """The console's own certificate is trusted, and no other is."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()

    def trusting(self, issued: Issued) -> tuple[ssl.SSLContext, Path, Path]:
        """Who trusts in this one, which is the console's; its files."""
        certificate, key = issued.write(self.folder, "console")
        _, context = console_address(Console(tls=Tls(certificate=certificate, key=key)), self.folder)
        assert context is not None
        return context, certificate, key

    def test_whatever_names_and_dates_it_bears(self) -> None:
        for issued in (self_signed("elsewhere"), Authority().issue("console", begins=-20, ends=-10)):
            shake_hands(*self.trusting(issued))

    def test_another_is_not_though_it_bears_the_same_name(self) -> None:
        context, *_ = self.trusting(self_signed("console"))
        other = self_signed("console").write(self.folder, "other")
        self.assertRaises(ssl.SSLCertVerificationError, shake_hands, context, *other)


class ConnectTests(ApplianceTestCase):
    def setUp(self) -> None:
        """Have a configuration that names the appliance, and the token that its service left."""
        super().setUp()
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        self.config = self.folder / "acs.toml"
        endpoint = f"tcp:{self.appliance.server_port}:interface=127.0.0.1"
        self.config.write_text(f'state_dir = "state"\n[console]\nendpoint = "{endpoint}"\n', "utf-8")
        self.token = self.folder / "state" / TOKEN_FILE
        self.token.parent.mkdir()
        self.token.write_text("acs_local\n", "utf-8")
        self.appliance.routes["GET /jobs"] = items()

    def connect(self, environment: dict[str, str] | None = None, **given: str) -> Api:
        """What these options and this environment reach."""
        options = {"config": None, "api_url": None, "api_token": None, **given}
        return connect(Namespace(**options), environment or {})

    def bearer(self, api: Api) -> str | None:
        """The token that goes with a request."""
        list(api.items("jobs"))
        return self.appliance.asked[-1].headers["Authorization"]

    def test_the_configuration_names_the_address_and_the_token(self) -> None:
        self.assertEqual("Bearer acs_local", self.bearer(self.connect(config=str(self.config))))

    def test_a_token_given_wins_over_the_one_that_was_left(self) -> None:
        api = self.connect(config=str(self.config), api_token="acs_given")
        self.assertEqual("Bearer acs_given", self.bearer(api))
        api = self.connect({"ACS_TOKEN": "acs_env"}, config=str(self.config))
        self.assertEqual("Bearer acs_env", self.bearer(api))

    def test_url_and_token_may_come_from_the_environment(self) -> None:
        api = self.connect({"ACS_URL": self.appliance.url + "/", "ACS_TOKEN": TOKEN})
        self.assertEqual((self.appliance.url, f"Bearer {TOKEN}"), (api.url, self.bearer(api)))

    def test_a_configuration_given_wins_over_the_environments_url(self) -> None:
        api = self.connect({"ACS_URL": "http://192.0.2.1"}, config=str(self.config))
        self.assertEqual(self.appliance.url, api.url)

    def test_the_token_of_this_machine_is_not_sent_to_a_url(self) -> None:
        error = self.assertRaises(CommandFailed, self.connect, api_url=self.appliance.url)
        self.assertEqual(2, error.status)

    def starts_anew(self) -> None:
        """The appliance does: it takes another token, and has left that."""
        self.token.write_text("acs_newer\n", "utf-8")

        def answer(asked: Asked) -> Answer:
            taken = asked.headers["Authorization"] == "Bearer acs_newer"
            return items() if taken else problem(401, "Unauthorized")

        self.appliance.routes["GET /jobs"] = answer

    def test_an_appliance_that_has_started_anew_is_asked_with_the_token_that_it_has_left(self) -> None:
        api = self.connect(config=str(self.config))
        self.starts_anew()
        self.assertEqual("Bearer acs_newer", self.bearer(api))
        self.assertEqual("Bearer acs_newer", self.bearer(api))
        self.assertEqual(3, len(self.appliance.asked))

    def test_a_token_that_was_given_is_not_replaced(self) -> None:
        api = self.connect(config=str(self.config), api_token="acs_given")
        self.starts_anew()
        self.assertRaises(ApiError, self.bearer, api)

    def test_one_that_is_not_taken_though_no_other_was_left_is_tried_once(self) -> None:
        self.appliance.routes["GET /jobs"] = problem(401, "Unauthorized")
        self.assertRaises(ApiError, self.bearer, self.connect(config=str(self.config)))
        self.assertEqual(1, len(self.appliance.asked))

    def test_a_missing_token_file_is_named(self) -> None:
        self.token.unlink()
        outcome = acsctl("-c", str(self.config), "device", "list")
        self.assertEqual(1, outcome.status)
        self.assertIn(
            f"token in {self.token}: No such file or directory; is the appliance running?", outcome.errors
        )
        self.assertEqual(1, len(outcome.errors.splitlines()))

    def test_a_token_file_that_is_no_text_is_told(self) -> None:
        self.token.write_bytes(b"\xff")
        self.assertIn("is not text", acsctl("-c", str(self.config), "device", "list").errors)

    def test_what_is_wrong_with_the_configuration_is_told(self) -> None:
        self.config.write_text("unknown = 1", "utf-8")
        outcome = acsctl("-c", str(self.config), "device", "list")
        self.assertEqual(
            (1, f"acsctl: {self.config}: unknown: unknown key\n"), (outcome.status, outcome.errors)
        )
