"""TLS of the whole appliance: real processes, as an operator and a device meet them."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cryptography import x509

from acs.cwmp import messages as m
from acs.cwmp.dialogue import Dialogue, Role
from tests import needs_program
from tests.support import postgres
from tests.support.appliance import DEADLINE, ApplianceProcess, SocketCpe, trusting
from tests.support.certificates import Authority, names, pem_file
from tests.support.ports import free_port
from tests.support.router import DEVICE, Router, inform
from tests.test_haproxy import ProxiedCpe
from tests.test_nodes import Conversing

TLS = 'tls = { certificate = "acs.pem", key = "acs.key" }\n'


class TlsCase(Conversing):
    """An appliance whose certificates are in its folder."""

    listener = TLS
    console = ""
    more = ""

    def setUp(self) -> None:
        self.router = Router()
        self.folder = Path(tempfile.mkdtemp())  # the path of a UNIX socket has to be short
        self.addCleanup(shutil.rmtree, self.folder)
        self.authority = Authority()
        self.issue("acs.example")
        self.ca = pem_file(self.folder / "ca.pem", self.authority.own.pem)
        self.appliance = ApplianceProcess(self.folder, self.more, self.listener, self.console)
        self.nodes = [self.appliance]
        self.addCleanup(self.appliance.stop)

    def issue(self, name: str, file: str = "acs") -> None:
        """Put a certificate of this name into the file."""
        self.authority.issue(name, "acs.example").write(self.folder, file)

    def shown(self, port: int, address: str = "127.0.0.1") -> str:
        """The name on the certificate that a client is shown."""
        cpe = ProxiedCpe(port, address, tls=True)
        with cpe.connect(port) as connection:
            assert isinstance(connection, ssl.SSLSocket)
            certificate = connection.getpeercert(binary_form=True)
        assert certificate is not None
        return names([x509.load_der_x509_certificate(certificate)])[0]

    def wait_for(self, holds: Callable[[], bool]) -> None:
        """Until it does."""
        until = time.monotonic() + DEADLINE
        while not holds():
            self.assertLess(time.monotonic(), until, self.appliance.log())
            time.sleep(0.02)


class SessionTests(TlsCase):
    def setUp(self) -> None:
        super().setUp()
        self.appliance.start()

    def test_a_device_that_looks_at_the_certificate_has_its_session(self) -> None:
        context = ssl.create_default_context(cafile=str(self.ca))
        cpe = SocketCpe(self.appliance.cwmp, context)
        self.addCleanup(cpe.close)
        self.assertIsInstance(cpe.say(inform("0 BOOTSTRAP")), m.InformResponse)
        message, asked = cpe.say(None), []
        while message is not None:
            asked.append(message)
            message = cpe.say(self.router.reply(message))
        self.assertIsInstance(asked[0], m.GetParameterNames)
        (session,) = self.appliance.asked("session", "list")
        self.assertEqual(("success", "127.0.0.1"), (session["result"], session["client_ip"]))
        self.assertTrue(self.appliance.asked("device", "parameters", DEVICE))

    def test_the_cookie_is_as_bare_as_without_tls(self) -> None:
        body = Dialogue(Role.CPE).say(inform("1 BOOT"))
        head = f"POST / HTTP/1.1\r\nHost: acs\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        with ProxiedCpe(self.appliance.cwmp, "127.0.0.1", tls=True).connect(
            self.appliance.cwmp
        ) as connection:
            connection.sendall(head.encode() + body)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        self.assertRegex(answer, rb"\r\nSet-Cookie: acs_session_id=[0-9a-f]{34}; Path=/\r\n")
        self.appliance.kill()  # it would wait for the session to end

    def test_simulated_devices_come_over_https(self) -> None:
        url = f"https://127.0.0.1:{self.appliance.cwmp}/"
        few = ("--count", "3", "--sessions", "3", "--ramp", "0.1")
        self.appliance.acsctl("simulate", "--url", url, *few, "--ca-file", str(self.ca))
        self.assertEqual(3, len(self.appliance.asked("device", "list")))
        refused = self.assertRaises(AssertionError, self.appliance.acsctl, "simulate", "--url", url, *few)
        self.assertNotIn("Traceback", str(refused))
        self.wait_for(lambda: "on main: TLS: " in self.appliance.log())

    def test_plain_http_is_one_line_and_no_session(self) -> None:
        cpe = SocketCpe(self.appliance.cwmp)
        self.addCleanup(cpe.close)
        self.assertRaises((AssertionError, ConnectionError), cpe.say, inform("1 BOOT"))
        self.wait_for(lambda: "127.0.0.1 on main: TLS: plain HTTP" in self.appliance.log())
        self.assertNotIn("Traceback", self.appliance.log())
        self.assertEqual([], self.appliance.asked("session", "list"))


class PlainTests(TlsCase):
    """Without TLS."""

    listener = ""

    def test_tls_is_one_line_and_no_session(self) -> None:
        self.appliance.start()
        self.assertRaises(OSError, SocketCpe, self.appliance.cwmp, trusting())
        self.wait_for(lambda: "no request begins with the byte 0x16 (TLS?)" in self.appliance.log())
        self.assertEqual(1, self.appliance.log().count("0x16"))
        self.assertNotIn("Traceback", self.appliance.log())


class ReloadTests(TlsCase):
    listener = TLS + 'name = "main"\n'
    console = 'tls = { certificate = "console.pem", key = "console.key" }\n'

    def setUp(self) -> None:
        super().setUp()
        self.issue("old", "acs")
        self.issue("old console", "console")
        self.appliance.start()

    def ports(self) -> tuple[str, str]:
        """What devices are shown, and people."""
        return self.shown(self.appliance.cwmp), self.shown(self.appliance.console)

    def test_sighup_brings_what_is_new_and_disturbs_nobody(self) -> None:
        cpe = SocketCpe(self.appliance.cwmp, trusting())
        self.addCleanup(cpe.close)
        cpe.say(inform("1 BOOT"))
        self.issue("new", "acs")
        self.appliance.hang_up()
        self.wait_for(lambda: "reloaded: cwmp[0].tls, console.tls" in self.appliance.log())
        self.assertEqual(("new", "old console"), self.ports())
        message = cpe.say(None)
        while message is not None:
            message = cpe.say(self.router.reply(message))
        self.assertEqual("success", self.appliance.asked("session", "list")[0]["result"])

    def test_acsctl_reloads_even_the_consoles_own_certificate(self) -> None:
        self.issue("new", "acs")
        self.issue("new console", "console")
        self.assertEqual("reloaded: cwmp[0].tls\nreloaded: console.tls\n", self.appliance.acsctl("reload"))
        self.assertEqual(("new", "new console"), self.ports())
        self.assertEqual(
            {"reloaded": ["cwmp[0].tls", "console.tls"], "restart": []}, self.appliance.asked("reload")
        )

    def test_where_anything_is_wrong_everything_stays(self) -> None:
        self.issue("new console", "console")
        _, key = self.authority.issue("other", kind="rsa").write(self.folder, "acs")
        self.issue("new", "acs")
        key.write_bytes(b"")
        error = str(self.assertRaises(AssertionError, self.appliance.acsctl, "reload"))
        reason = f"cwmp[0].tls.key: {self.folder}/acs.key has no private key in it (PEM)"
        self.assertIn(f"acsctl: Conflict: nothing was reloaded; {reason}\n", error)
        self.assertIn(f"nothing is reloaded: {reason}", self.appliance.log())
        self.assertEqual(("old", "old console"), self.ports())
        self.assertNotIn("Traceback", self.appliance.log())

    def test_a_configuration_that_cannot_be_read_changes_nothing(self) -> None:
        self.appliance.config.write_text("nonsense = 1\n")
        self.appliance.hang_up()
        self.wait_for(lambda: "nothing is reloaded: nonsense: unknown key" in self.appliance.log())
        self.assertEqual(("old", "old console"), self.ports())

    def test_other_files_may_be_named_and_what_needs_a_restart_is_told(self) -> None:
        self.issue("renamed", "renamed")
        text = self.appliance.config.read_text()
        text = text.replace("acs.pem", "renamed.pem").replace("acs.key", "renamed.key").replace("1000", "999")
        self.appliance.config.write_text(text)
        self.assertEqual(
            "reloaded: cwmp[0].tls\nreloaded: console.tls\n"
            "changed, and needs a restart: limits.informs.count\n",
            self.appliance.acsctl("reload"),
        )
        self.assertEqual(("renamed", "old console"), self.ports())


class StartTests(TlsCase):
    def test_what_is_wrong_with_a_key_stops_it_with_status_1_and_a_reason(self) -> None:
        (self.folder / "acs.key").write_bytes(self.authority.issue("acs.example").locked(b"geheim"))
        self.assertRaises(AssertionError, self.appliance.start)
        assert self.appliance.process is not None
        self.assertEqual(1, self.appliance.process.wait(DEADLINE))
        reason = (
            f"cwmp[0].tls.key: {self.folder}/acs.key is encrypted: there is nobody to ask for its password"
        )
        self.assertIn(f"cannot start: {reason}\n", self.appliance.log())
        self.assertNotIn("Traceback", self.appliance.log())


class ProxyTests(TlsCase):
    """HAProxy that passes TLS through, and says whose it is."""

    skip = needs_program("haproxy")
    listener = TLS + "proxy_protocol = true\n"

    def proxy(self, version: str) -> int:
        """Start it; its port."""
        port = free_port()
        config = self.folder / "haproxy.cfg"
        config.write_text(
            "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n"
            f"listen acs\n  bind 127.0.0.1:{port}\n  server acs 127.0.0.1:{self.appliance.cwmp} {version}\n"
        )
        with open(self.folder / "haproxy.log", "wb") as log:
            running = subprocess.Popen(["haproxy", "-db", "-f", config], stdout=log, stderr=log)
        self.addCleanup(running.wait)
        self.addCleanup(running.terminate)
        return port

    def test_a_session_is_known_by_the_devices_address(self) -> None:
        self.appliance.start()
        for number, version in enumerate(("send-proxy", "send-proxy-v2"), 7):
            port = self.proxy(version)
            self.wait_for(lambda port=port: self.answers(port))  # type: ignore[misc]
            self.assertEqual("acs.example", self.shown(port))
            self.session("1 BOOT", cpe=ProxiedCpe(port, f"127.0.0.{number}", tls=True))
            newest = self.appliance.asked("session", "list", "--limit", "1")[0]
            self.assertEqual(("success", f"127.0.0.{number}"), (newest["result"], newest["client_ip"]))

    def answers(self, port: int) -> bool:
        """Whether somebody listens there."""
        try:
            SocketCpe(port).close()
        except OSError:
            return False
        return True


class WorkersTests(TlsCase):
    skip = postgres.SKIP or None

    def setUp(self) -> None:
        url = postgres.shared().url(postgres.database_for(self))
        self.more = f'[store]\nurl = "{url}"\n[acs]\nworkers = 2\n'
        super().setUp()
        self.appliance.start()
        self.wait_for(lambda: self.appliance.log().count("main listens") == 2)

    def shown_by_all(self) -> set[str]:
        """What clients of both are shown, which the kernel tells apart by their addresses."""
        return {self.shown(self.appliance.cwmp, f"127.0.0.{number}") for number in range(2, 6)}

    def test_all_of_them_speak_it_and_reload(self) -> None:
        self.assertEqual({"acs.example"}, self.shown_by_all())
        self.session("1 BOOT", cpe=ProxiedCpe(self.appliance.cwmp, "127.0.0.2", tls=True))
        self.issue("new")
        self.assertEqual("reloaded: cwmp[0].tls\n", self.appliance.acsctl("reload"))
        self.wait_for(lambda: self.appliance.log().count("reloaded: cwmp[0].tls") == 2)
        self.assertEqual({"new"}, self.shown_by_all())
        self.session("2 PERIODIC", cpe=ProxiedCpe(self.appliance.cwmp, "127.0.0.3", tls=True))
        self.assertNotIn("Traceback", self.appliance.log())
