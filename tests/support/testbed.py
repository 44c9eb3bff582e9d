"""An ISP on one machine: real parts around two nodes, with simulated devices of several vendors that call.

``make testbed`` runs it until Ctrl-C.  It has a PostgreSQL, two nodes on it, a HAProxy that devices call, and
a Prosody by which those are woken that have XMPP; both are set up by the examples that are shipped.  One
device in twenty misbehaves.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests import ROOT
from tests.support import haproxy, postgres, prosody
from tests.support.appliance import ApplianceProcess
from tests.support.haproxy import Haproxy
from tests.support.ports import free_port
from tests.support.prosody import COMPONENT, DOMAIN, SECRET, Prosody

SKIP = haproxy.SKIP or postgres.SKIP or prosody.SKIP or None
DEVICES, INTERVAL = 50, 20
MODELS = ("airties-air4920", "tr098-router", "tr181-router", "voip-phone")
USER, PASSWORD = "admin", "testbed-admin"


class Node(ApplianceProcess):
    """One as an operator starts it."""

    fresh = True
    wakes = True


class Testbed:
    """All of it in a folder, from `start` to `stop`."""

    def __init__(self, folder: Path, devices: int = DEVICES, interval: int = INTERVAL) -> None:
        self.folder = folder
        self.nodes: list[Node] = []
        self._devices, self._interval = devices, interval
        self._parts = ExitStack()

    def start(self) -> None:
        """Start it, and have the devices call; what was started ends again where something does not start."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End all of it, what was started last first."""
        self._parts.close()

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        cluster = postgres.Cluster("max_connections=100")
        self._parts.callback(cluster.remove)
        cluster.start()
        url = cluster.url(cluster.new_database())
        self.xmpp = Prosody()
        self._parts.callback(self.xmpp.remove)
        self.xmpp.start()
        for name in ("one", "two"):
            self._node(name, url)
        self.proxy = Haproxy(self.folder, [node.cwmp for node in self.nodes], balance="roundrobin")
        self._parts.callback(self.proxy.stop)
        self._user()
        self._simulate()

    def _node(self, name: str, url: str) -> None:
        place = f"tcp:{free_port()}:interface=127.0.0.1"
        more = f'[store]\nurl = "{url}"\n[node]\nname = "{name}"\nendpoint = "{place}"\n{self._waking()}'
        allowed = '[wake]\nallow_networks = ["127.0.0.0/8"]\n'
        node = Node(self.folder / name, allowed + more, "proxy_protocol = true\n")
        if self.nodes:  # they share one secret
            (node.folder / "state").mkdir(mode=0o700)
            shutil.copy(self.nodes[0].folder / "state" / "secret.key", node.folder / "state" / "secret.key")
        self._parts.callback(node.stop)
        node.start()
        self.nodes.append(node)

    def _waking(self) -> str:
        return (
            f'[wake.xmpp]\ncomponent = "{COMPONENT}"\nserver = "{self.xmpp.server}"\nsecret = "{SECRET}"\n'
            f'domain = "{DOMAIN}"\ndevices_server = "127.0.0.1"\ndevices_port = {self.xmpp.client_port}\n'
        )

    def _user(self) -> None:
        command = [sys.executable, "-m", "acs.ctl", "-c", str(self.nodes[0].config)]
        command += ["user", "passwd", USER, "--password-stdin"]
        subprocess.run(command, cwd=ROOT, input=f"{PASSWORD}\n", text=True, check=True, capture_output=True)

    def _simulate(self) -> None:
        authority, _ = self.xmpp.authority.own.write(self.folder, "authority")
        command = [
            sys.executable,
            "-m",
            "acs.ctl",
            "simulate",
            "--url",
            self.url,
            "--ca-file",
            str(authority),
        ]
        command += [word for model in MODELS for word in ("--model", model)]
        command += [
            "--count",
            str(self._devices),
            "--interval",
            str(self._interval),
            "--misbehave",
            "all=0.05",
        ]
        with open(self.folder / "devices.log", "ab") as log:
            devices = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.nodes[0].environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        self._parts.callback(devices.wait)
        self._parts.callback(devices.terminate)

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
            f"acsctl:               .venv/bin/acsctl -c {self.nodes[0].config} device list\n"
            f"logs:                 {self.folder}/*/log, {self.folder}/devices.log, {self.folder}/haproxy.log"
        )


def main(rest: Callable[[float], None] = time.sleep) -> None:
    """Run it until somebody has seen enough."""
    if SKIP:
        raise SystemExit(SKIP)
    with tempfile.TemporaryDirectory(prefix="acs-testbed-") as folder:
        os.chmod(folder, 0o755)
        testbed = Testbed(Path(folder))
        testbed.start()
        try:
            print(testbed.words(), "\nCtrl-C ends it.", flush=True)
            while True:
                rest(3600.0)
        except KeyboardInterrupt:
            print("ending it", flush=True)
        finally:
            testbed.stop()


if __name__ == "__main__":
    main()
