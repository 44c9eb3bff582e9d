"""A Prosody of the tests' own: the configuration that we ship, in a temporary folder, on free ports."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests import ROOT, needs_program
from tests.support import leaks
from tests.support.certificates import Authority
from tests.support.ports import free_port

SKIP = needs_program("prosody")
CONFIGURATION = ROOT / "etc" / "prosody.cfg.lua"
DOMAIN = "devices.isp.example"
COMPONENT = "acs.isp.example"
SECRET = "a secret of 'both' & <sides>"
_START_SECONDS = 20.0


class Prosody:
    """One server.  `start`, `stop` and `kill` as often as wanted; its accounts stay until `remove`.

    ``authority`` has issued its certificate; ``more`` are lines of configuration for all of the server.
    """

    def __init__(self, *more: str, administrator: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="acs-prosody-"))
        self._kept = leaks.kept("prosody")
        self.client_port = free_port()
        self.component_port = free_port()
        self.authority = Authority("XMPP CA")
        self.configuration = self.folder / "prosody.cfg.lua"
        self._process: subprocess.Popen[bytes] | None = None
        certificate, key = self.authority.issue(DOMAIN, DOMAIN).write(self.folder, "server")
        (self.folder / "data").mkdir()
        self.configuration.write_text(self._adapted(str(certificate), str(key), more, administrator))
        if user := _user():
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, user)

    @property
    def server(self) -> str:
        """The endpoint string of its component port."""
        return f"tcp:127.0.0.1:{self.component_port}"

    @property
    def settings(self) -> str:
        """What has an appliance wake devices by it."""
        return (
            f'[wake.xmpp]\ncomponent = "{COMPONENT}"\nserver = "{self.server}"\nsecret = "{SECRET}"\n'
            f'domain = "{DOMAIN}"\ndevices_server = "127.0.0.1"\ndevices_port = {self.client_port}\n'
        )

    def _adapted(self, certificate: str, key: str, more: tuple[str, ...], administrator: bool) -> str:
        """The shipped configuration, with places and names of this machine."""
        text = CONFIGURATION.read_text("utf-8")
        for old, new in {
            "/etc/prosody/certs/devices.isp.example.crt": certificate,
            "/etc/prosody/certs/devices.isp.example.key": key,
            "c2s_ports = { 5222 }": "\n".join(
                ['c2s_interfaces = { "127.0.0.1" }', f"c2s_ports = {{ {self.client_port} }}"]
            ),
            "component_ports = { 5347 }": f"component_ports = {{ {self.component_port} }}",
            "/run/prosody/prosody.pid": str(self.folder / "pid"),
            '{ info = "*syslog" }': f'{{ debug = "{self.folder}/log" }}',
            '"change this"': '"' + SECRET + '"',
        }.items():
            assert old in text, old
            text = text.replace(old, new)
        if not administrator:
            text = text.replace("admins = { ", "admins = { } -- ")
        return "\n".join([f'data_path = "{self.folder}/data"', *more, text])

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        self._process = subprocess.Popen(
            ["prosody", "-F", "--config", str(self.configuration)],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / "output").open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **_as_user(),
        )
        end = time.monotonic() + _START_SECONDS
        while not all(map(_is_open, (self.client_port, self.component_port))):
            if self._process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"Prosody does not start:\n{self.said()}")
            time.sleep(0.02)

    def said(self) -> str:
        """What it has written, to its log too."""
        files = (self.folder / name for name in ("output", "log"))
        return "".join(file.read_text("utf-8", "replace") for file in files if file.exists())

    def stop(self) -> None:
        """Stop it in good order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Have it stand still, as on a machine that hangs."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(how)
            process.send_signal(signal.SIGCONT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def remove(self) -> None:
        """End it where it runs, and remove all of it."""
        self.kill()
        leaks.keep(self.said(), self._kept)
        shutil.rmtree(self.folder, ignore_errors=True)

    def control(self, *words: str) -> str:
        """Run prosodyctl; what it says."""
        done = subprocess.run(
            ["prosodyctl", "--config", str(self.configuration), *words],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
            **_as_user(),
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def account(self, username: str) -> str:
        """What is stored of an account, "" where there is none."""
        folder = self.folder / "data" / DOMAIN.replace(".", "%2e") / "accounts"
        file = folder / f"{username.replace('-', '%2d')}.dat"
        return file.read_text() if file.exists() else ""

    def has_account(self, username: str) -> bool:
        """Whether an account is there."""
        return bool(self.account(username))


def _is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _user() -> str:
    """Who is to run the server: it refuses to be root."""
    return pwd.getpwnam("prosody").pw_name if os.geteuid() == 0 else ""


def _as_user() -> dict[str, object]:
    name = _user()
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []} if name else {}
