"""``openssl s_client``: a TLS client that is not ours, of whatever age and habits."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import Any

from twisted.internet.utils import getProcessOutputAndValue

from tests import needs_program

SKIP = needs_program("openssl")
ANY = ("-cipher", "ALL:@SECLEVEL=0")
"""Lets it speak what is old, where it can."""
SAYS = b"POST / HTTP/1.1\r\nHost: acs\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"


@cache
def speaks(version: str) -> bool:
    """Whether the program that is installed knows a version: tls1, tls1_1, tls1_2, tls1_3."""
    asked = ["openssl", "ciphers", "-s", f"-{version}", "ALL:@SECLEVEL=0"]
    done = subprocess.run(asked, capture_output=True, timeout=20, check=False)
    return done.returncode == 0 and bool(done.stdout.strip())


@dataclass(frozen=True)
class Said:
    """What it wrote of one connection."""

    text: str

    @property
    def answered(self) -> bool:
        """Whether the server answered the request."""
        return "HTTP/1.1 200 OK" in self.text

    @property
    def version(self) -> str:
        """As TLSv1.2; "" where there was no handshake."""
        return self._last(r"^    Protocol *: (\S+)")

    @property
    def cipher(self) -> str:
        """As AES128-SHA."""
        return self._last(r"^    Cipher *: (\S+)")

    @property
    def server(self) -> str:
        """The CN of the certificate that it was shown."""
        return self._last(r"^subject=.*?CN ?= ?([^,\n]+)")

    @property
    def resumed(self) -> int:
        """How many handshakes of this run were short ones."""
        return len(re.findall(r"^Reused, ", self.text, re.MULTILINE))

    @property
    def chain(self) -> list[str]:
        """The CNs of the certificates that were sent."""
        return re.findall(r"^ \d s:.*?CN ?= ?([^,\n]+)", self.text, re.MULTILINE)

    def _last(self, pattern: str) -> str:
        found: list[str] = re.findall(pattern, self.text, re.MULTILINE)
        return found[-1] if found else ""


async def s_client(port: int, *options: str, says: bytes = SAYS, host: str = "127.0.0.1") -> Said:
    """Connect, say this, and wait for the server to close."""
    named = () if "-servername" in options else ("-noservername",)
    arguments = ("s_client", "-connect", f"{host}:{port}", "-ign_eof", *named, *options)
    done: Any = await getProcessOutputAndValue("openssl", arguments, env=None, stdinBytes=says)
    output, errors, _ = done
    return Said((output + errors).decode("utf-8", "replace"))
