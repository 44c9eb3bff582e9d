"""An ISP on one machine: real parts around two nodes, with simulated devices of several vendors that call.

``make testbed`` runs it until Ctrl-C.  It has a PostgreSQL, two nodes on it, a HAProxy that devices call, and
a Prosody by which those are woken that have XMPP.  A home gateway on a network of its own knows nothing but
what a dnsmasq tells it by DHCP.  All are set up by the examples that are shipped.  Some devices misbehave.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests import ROOT
from tests.support import access_network, haproxy, nodes, postgres, prosody
from tests.support.access_network import AccessNetwork
from tests.support.appliance import ApplianceProcess
from tests.support.dhcp_options import acs_url
from tests.support.haproxy import Haproxy
from tests.support.prosody import Prosody

SKIP = haproxy.SKIP or postgres.SKIP or prosody.SKIP or None
NO_NETWORK = access_network.refusal()
DEVICES, MISBEHAVING, INTERVAL = 50, 5, 20
MODELS = ("airties-air4920", "tr098-router", "tr181-router", "voip-phone")
HOME_GATEWAY = "tr098-router"
ODD, TOLD = "ODD", "DHCP"
"""How the serial numbers begin of those that misbehave, and of the home gateway."""
USER, PASSWORD = "admin", "testbed-admin"

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)


class Node(ApplianceProcess):
    """One that gives devices what they are woken by."""

    wakes = True


class Testbed:
    """All of it in a folder, from `start` to `stop`.

    ``devices`` call every ``interval`` seconds; so many of them are ``misbehaving``.

    :ivar told: the ACS URL that the home gateway got by DHCP; "" where there is none.
    """

    def __init__(
        self, folder: Path, devices: int = DEVICES, misbehaving: int = MISBEHAVING, interval: int = INTERVAL
    ) -> None:
        self.folder = folder
        self.nodes: list[Node] = []
        self.network: AccessNetwork | None = None
        self.told = ""
        self._well_behaved, self._misbehaving, self._interval = devices - misbehaving, misbehaving, interval
        self._fleets: list[subprocess.Popen[bytes]] = []
        self._parts = ExitStack()

    def stop(self) -> None:
        """End all of it, what was started last first; also where the start of some part has failed."""
        self._parts.close()

    def start(self) -> None:
        """Start it, and have the devices call."""
        self.folder.mkdir(parents=True, exist_ok=True)
        cluster = postgres.Cluster("max_connections=100")
        self._parts.callback(cluster.remove)
        cluster.start()
        self.xmpp = Prosody()
        self._parts.callback(self.xmpp.remove)
        self.xmpp.start()
        self._start_nodes(cluster.url(cluster.new_database()))
        self._start_network()
        self._start_proxy()
        self._user()
        self._parts.callback(self._end_devices)
        self._start_devices()

    def _start_nodes(self, url: str) -> None:
        allowed = '[wake]\nallow_networks = ["127.0.0.0/8"]\n'
        for name in ("one", "two"):
            more = allowed + nodes.settings(name, url) + self.xmpp.settings
            self.nodes.append(Node(self.folder / name, more, "proxy_protocol = true\n"))
            self._parts.callback(self.nodes[-1].stop)
        nodes.start(self.nodes)

    def _start_network(self) -> None:
        if not NO_NETWORK:
            self.network = AccessNetwork(self.folder / "network")
            self._parts.callback(self.network.remove)
            self.network.start()

    def _start_proxy(self) -> None:
        also = [self.network.place] if self.network else []
        ports = [node.cwmp for node in self.nodes]
        self.proxy = Haproxy(self.folder, ports, balance="roundrobin", also=also)
        self._parts.callback(self.proxy.stop)

    def _user(self) -> None:
        command = [sys.executable, "-m", "acs.ctl", "-c", str(self.nodes[0].config)]
        command += ["user", "passwd", USER, "--password-stdin"]
        subprocess.run(command, cwd=ROOT, input=f"{PASSWORD}\n", text=True, check=True, capture_output=True)

    def _start_devices(self) -> None:
        authority, _ = self.xmpp.authority.own.write(self.folder, "authority")
        common = ["--ca-file", str(authority), *(word for model in MODELS for word in ("--model", model))]
        well = self._simulate(self.url, "--count", str(self._well_behaved), *common)
        self._run("devices", well)
        odd = ["--serial-prefix", ODD, "--misbehave", "all=0.2", "--count", str(self._misbehaving)]
        self._run("misbehaving", self._simulate(self.url, *odd, *common))
        if self.network:
            self.told = acs_url(self.network.ask())
            gateway = self._simulate(self.told, "--serial-prefix", TOLD, "--model", HOME_GATEWAY)
            self._run("home-gateway", self.network.at_home(*gateway))

    def _simulate(self, url: str, *words: str) -> list[str]:
        command = [sys.executable, "-m", "acs.ctl", "simulate"]
        return [*command, "--url", url, "--interval", str(self._interval), *words]

    def _run(self, name: str, command: list[str]) -> None:
        with open(self.folder / f"{name}.log", "ab") as log:
            self._fleets.append(
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=self.nodes[0].environment,
                    stdout=log,
                    stderr=log,
                    stdin=subprocess.DEVNULL,
                )
            )

    def _end_devices(self) -> None:
        for fleet in self._fleets:
            fleet.terminate()
        for fleet in self._fleets:
            fleet.wait()

    @property
    def url(self) -> str:
        """Where devices call."""
        return f"http://127.0.0.1:{self.proxy.plain}/"

    def words(self) -> str:
        """Where to look."""
        consoles = "\n".join(
            f"console of node {node.folder.name}:  http://127.0.0.1:{node.console}/" for node in self.nodes
        )
        return (
            f"{consoles}\nuser: {USER}\npassword: {PASSWORD}\n"
            f"devices call:         {self.url} (HAProxy; TLS at port {self.proxy.tls})\n"
            f"some misbehave:       those whose serial numbers begin with {ODD}\n"
            f"{self._words_of_network()}\n"
            f"acsctl:               .venv/bin/acsctl -c {self.nodes[0].config} device list\n"
            f"logs:                 {self.folder}/*/*log, {self.folder}/*.log"
        )

    def _words_of_network(self) -> str:
        if self.network is None:
            return f"no DHCP:              {NO_NETWORK}"
        return (
            f"by DHCP (dnsmasq):    the home gateway {TOLD}000001 was told {self.told}\n"
            f"its network:          ip netns exec {self.network.home} ip address"
        )


def main(rest: Callable[[float], None] = time.sleep) -> None:
    """Run it until somebody has seen enough."""
    if SKIP:
        raise SystemExit(SKIP)
    _on_interrupts(_interrupted)
    with tempfile.TemporaryDirectory(prefix="acs-testbed-") as folder:
        os.chmod(folder, 0o755)
        testbed = Testbed(Path(folder))
        try:
            testbed.start()
            print(testbed.words(), "\nCtrl-C ends it.", flush=True)
            while True:
                rest(3600.0)
        except KeyboardInterrupt:
            print("ending it", flush=True)
        finally:
            _on_interrupts(signal.SIG_IGN)
            testbed.stop()


def _interrupted(*_: object) -> None:
    """Begin to end it; who presses the keys again does not leave half of it behind."""
    _on_interrupts(signal.SIG_IGN)
    raise KeyboardInterrupt


def _on_interrupts(what: Callable[..., object] | signal.Handlers) -> None:
    for each in _INTERRUPTS:
        signal.signal(each, what)


if __name__ == "__main__":
    main()
