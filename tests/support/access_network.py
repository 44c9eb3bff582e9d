"""The network between an ISP and one home, on this machine: a DHCP server, and a home gateway that asks it.

Each of the two has a network namespace of its own, with one end of a cable between them.  Nothing of the
machine's own network is touched, and nothing leads there: HAProxy listens in the ISP's namespace.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from functools import cache
from itertools import count
from pathlib import Path

from tests import ROOT, needs_program

ACS_HOST, ADDRESS = "acs.isp.example", "192.0.2.1"
"""The ACS's name in the examples that are shipped, and what it is here: the ISP's end of the cable."""
PORT = 7547
PROGRAMS = ("ip", "dnsmasq", "busybox")
DNSMASQ = (
    "dnsmasq",
    "--keep-in-foreground",
    "--conf-file=server.conf",
    "--interface=eth0",
    "--bind-interfaces",
    "--no-ping",
    "--no-hosts",
    "--no-resolv",
    f"--host-record={ACS_HOST},{ADDRESS}",
    "--dhcp-leasefile=leases",
    "--pid-file=",
    "--log-facility=-",
)
EXAMPLE = ROOT / "etc/dhcp/dnsmasq.conf"

_NUMBERS = count(1)
_GATEWAY = ROOT / "tests/support/home_gateway.sh"
_TRIES = 30
_ASKING = ("udhcpc", "-i", "wan0", "-f", "-q", "-n", "-t", "1", "-T", "1", "-V", "dslforum.org")
_WANTED = ("-O", "43", "-O", "125")
# Names are asked of the server that DHCP has told, whatever this machine does itself.
_AT_HOME = (
    'for each in resolv.conf nsswitch.conf; do mount --bind "$0/$each" "/etc/$each" || exit 1; done; '
    'ip link set lo up; exec "$@"'
)


class AccessNetwork:
    """Both sides, from `start` to `remove`; ``server`` is the command of the DHCP server in the folder.

    :ivar isp: the namespace of the DHCP server.
    :ivar home: that of the home gateway.
    """

    def __init__(
        self, folder: Path, server: Sequence[str] = DNSMASQ, configuration: str | None = None
    ) -> None:
        self.folder = folder
        own = f"acs-{os.getpid()}-{next(_NUMBERS)}"
        self.isp, self.home = f"{own}-isp", f"{own}-home"
        self._command = server
        self._server: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        (folder / "server.conf").write_text(configuration or EXAMPLE.read_text())
        (folder / "nsswitch.conf").write_text("hosts: files dns\n")

    def start(self) -> None:
        """Make the namespaces and the cable, and start the server."""
        for name in (self.isp, self.home):
            _ip("netns", "add", name)
        _ip("link", "add", "eth0", "netns", self.isp, "type", "veth", "peer", "wan0", "netns", self.home)
        _ip("-n", self.isp, "addr", "add", f"{ADDRESS}/24", "dev", "eth0")
        _ip("-n", self.isp, "link", "set", "eth0", "up")
        _ip("-n", self.home, "link", "set", "wan0", "up")
        with open(self.folder / "server.log", "ab") as log:
            self._server = subprocess.Popen(
                ["ip", "netns", "exec", self.isp, *self._command],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def remove(self) -> None:
        """End the server, and remove what is there of the rest."""
        server, self._server = self._server, None
        if server is not None:
            server.terminate()
            server.wait()
        for name in {self.isp, self.home} & namespaces():
            _ip("netns", "delete", name)

    @property
    def place(self) -> str:
        """Where the ACS that DHCP tells of is to listen, in HAProxy's words."""
        return f"{ADDRESS}:{PORT} namespace {self.isp}"

    def ask(self) -> dict[int, bytes]:
        """Have the home gateway get its address; options 43 and 125, as it was told them.

        It asks again, as the server needs a moment to begin.
        """
        assert self._server is not None
        command = ["ip", "netns", "exec", self.home, "busybox", *_ASKING, *_WANTED, "-s", str(_GATEWAY)]
        for _ in range(_TRIES):
            done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                told = json.loads((self.folder / "told.json").read_text())
                return {int(code): bytes.fromhex(value) for code, value in told.items()}
            if self._server.poll() is not None:
                break
        raise AssertionError(f"nobody answers: {done.stderr}{(self.folder / 'server.log').read_text()}")

    def at_home(self, *command: str) -> list[str]:
        """The command that runs this one at home, once the gateway has got its address."""
        return ["ip", "netns", "exec", self.home, "sh", "-c", _AT_HOME, str(self.folder), *command]


@cache
def refusal() -> str | None:
    """Why there can be no such network here, in a line; None where there can."""
    for program in PROGRAMS:
        if missing := needs_program(program):
            return missing
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    name = f"acs-{os.getpid()}-{next(_NUMBERS)}-tried"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        return f"a network namespace cannot be made: {' '.join(made.stderr.split())}"
    _ip("netns", "delete", name)
    return None


def namespaces() -> set[str]:
    """The names of those that are there."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    return {line.split()[0] for line in listed.splitlines()}


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"
