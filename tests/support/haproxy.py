"""A HAProxy of the tests' own: the example that is shipped, in a folder, on free ports."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tests import ROOT, needs_program
from tests.support import leaks
from tests.support.certificates import pem_file, self_signed
from tests.support.ports import free_port

SKIP = needs_program("haproxy")
_START_SECONDS = 20.0


class Haproxy:
    """One that runs, until `stop`; ``ports`` are those of the nodes behind it.

    :ivar plain: where devices call it; ``tls``: with TLS.
    """

    def __init__(
        self, folder: Path, ports: Sequence[int], balance: str = "source", also: Sequence[str] = ()
    ) -> None:
        """``also`` is where it listens as well, in HAProxy's own words."""
        self._folder = folder
        self._also = "".join(f"\n    bind {place}" for place in also)
        self.plain, self.tls = free_port(), free_port()
        pem_file(folder / "acs.pem", self_signed("acs.example"))
        (folder / "haproxy.cfg").write_text(self._example(ports, balance))
        with open(folder / "haproxy.log", "wb") as log:
            command = ["haproxy", "-db", "-f", "haproxy.cfg"]
            self._process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        self._wait()

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()
        leaks.look((self._folder / "haproxy.log").read_text(), "HAProxy")

    def _example(self, ports: Sequence[int], balance: str) -> str:
        """The shipped one, with our ports in it, and 100 ms instead of 2 s between checks."""
        text = (ROOT / "etc" / "haproxy.cfg").read_text()
        changes = {
            r"bind :7547": f"bind 127.0.0.1:{self.plain}{self._also}",
            r"bind :7443 ssl crt \S+": f"bind 127.0.0.1:{self.tls} ssl crt {self._folder}/acs.pem",
            r"balance source": f"balance {balance}",
            r"inter 2s": "inter 100",
            r"maxconn 50000": "maxconn 1000",
        }
        for number, port in enumerate(ports, 1):
            changes[rf"(?<=server acs{number} )\S+"] = f"127.0.0.1:{port}"
        for old, new in changes.items():
            text, count = re.subn(old, new, text)
            assert count == 1, old
        return text

    def _wait(self) -> None:
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.plain), timeout=1).close()
                return
            except OSError:
                said = (self._folder / "haproxy.log").read_text()
                assert time.monotonic() < until and self._process.poll() is None, said
                time.sleep(0.02)
