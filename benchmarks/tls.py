"""CPU of our process per session over TLS 1.3 with a full handshake, against the ``ssl`` module.

``python -m benchmarks.tls [--rounds 9] [--sessions 500] [--devices 100]``.  The certificate's key is ECDSA
P-256, and no session is resumed.  Four take turns:  `benchmarks.tls_site` and the appliance, each without TLS
too.  There are two figures: a whole session's, in which ours has all of its own work against constants; then
what TLS adds to a session, which is what TLS itself costs here and there.
"""

from __future__ import annotations

import argparse
import ssl
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.load import burst
from benchmarks.processes import Server, appliance, site
from benchmarks.results import Result, tell
from benchmarks.session import fleet, played
from benchmarks.turns import cpu_per, in_turns, print_rounds
from tests.support.certificates import self_signed

AGAINST = "the ssl module on the socket"
LISTENER = '[cwmp.tls]\ncertificate = "{}"\nkey = "{}"\n'


def main() -> None:
    """Read the arguments, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tls")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--sessions", type=int, default=500)
    parser.add_argument("--devices", type=int, default=100)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pair = self_signed("acs.isp.example").write(folder, "acs")
        plain_site = stack.enter_context(site("tls_site"))
        tls_site = stack.enter_context(site("tls_site", *pair))
        ours = stack.enter_context(appliance(folder / "acs", listener=LISTENER.format(*pair)))
        bodies = fleet(ours.port, 3, arguments.devices)
        found = in_turns(
            arguments.rounds,
            lambda: played(plain_site, bodies, arguments.sessions),
            lambda: played_over_tls(tls_site, bodies, arguments.sessions),
            lambda: played(ours, bodies, arguments.sessions),
            lambda: played_over_tls(ours.other, bodies, arguments.sessions),
        )
    print_rounds(("loop", "loop, TLS", "acs", "acs, TLS"), found)
    name = "TLS 1.3 ECDSA, full handshake"
    tell(Result(f"{name}: a session", AGAINST, 1.2, [acs / loop for _, loop, _, acs in found]))
    added = [(acs - less) / (loop - bare) for bare, loop, less, acs in found]
    tell(Result(f"{name}: what TLS adds to one", AGAINST, 1.2, added))


def new_client() -> ssl.SSLContext:
    """A device that trusts everybody, and has had no session before."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def played_over_tls(server: Server, bodies: list[bytes], sessions: int) -> float:
    """Microseconds of a server's CPU for each of so many sessions, none of which may fail."""
    context = new_client()

    def play() -> None:
        if errors := burst(server.port, bodies, sessions, tls=context).errors:
            raise SystemExit(f"{errors} of {sessions} sessions failed")

    return cpu_per(server, sessions, play)


if __name__ == "__main__":
    main()
