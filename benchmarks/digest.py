"""CPU of our process per session of a CPE that has to authenticate by Digest, over one that has not.

``python -m benchmarks.digest [--rounds 9] [--sessions 2000] [--devices 200]``.  Two listeners of one
appliance take turns, with the same devices.  The CPE does as most do: it says its Inform without credentials,
is answered 401 with a nonce, and says it again with the answer to that; nothing is kept from one session to
the next.  What follows the Inform carries credentials too.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from hashlib import md5
from pathlib import Path
from secrets import token_hex

from benchmarks.load import cookie_of, post
from benchmarks.loop import Loop, Talk
from benchmarks.processes import Server, appliance
from benchmarks.results import Result, tell
from benchmarks.session import fleet, played
from benchmarks.turns import cpu_per, in_turns, print_rounds

USER, PASSWORD = "bench", "a password"
LISTENER = f'authentication = "digest"\nusername = "{USER}"\npassword = "{PASSWORD}"\n'
_PART = re.compile(rb'(\w+)="([^"]*)"')


def main() -> None:
    """Read the arguments, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.digest")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--sessions", type=int, default=2000)
    parser.add_argument("--devices", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, appliance(Path(name), listener=LISTENER) as ours:
        bodies = fleet(ours.port, 3, arguments.devices)
        found = in_turns(
            arguments.rounds,
            lambda: played(ours, bodies, arguments.sessions),
            lambda: played_with_digest(ours.other, bodies, arguments.sessions),
        )
    print_rounds(("none", "digest"), found)
    tell(Result("digest-authenticated session", "unauthenticated", 1.3, [own / none for none, own in found]))


def played_with_digest(server: Server, bodies: list[bytes], sessions: int) -> float:
    """Microseconds of a server's CPU for each of so many sessions, none of which may fail."""

    def play() -> None:
        devices = len(bodies)
        loop = Loop(
            server.port, lambda number: (number % devices, authenticated(bodies[number % devices])), sessions
        )
        if errors := loop.run(min(16, devices)).errors:
            raise SystemExit(f"{errors} of {sessions} sessions failed")

    return cpu_per(server, sessions, play)


def authenticated(body: bytes) -> Talk:
    """A session in which nothing is asked, with the answer to a challenge."""
    head, _ = yield post(body)
    if not head.startswith(b"HTTP/1.1 401"):
        return False
    cnonce = token_hex(4)  # two nonces of one second may be alike, and an answer serves but once
    challenge = dict(_PART.findall(head[head.lower().index(b"www-authenticate:") :].split(b"\r\n")[0]))
    head, _ = yield with_header(post(body), answer_to(challenge, cnonce, 1))
    if not head.startswith(b"HTTP/1.1 200"):
        return False
    head, _ = yield with_header(post(b"", cookie_of(head)), answer_to(challenge, cnonce, 2))
    return head.startswith(b"HTTP/1.1 204")


def answer_to(challenge: dict[bytes, bytes], cnonce: str, count: int) -> bytes:
    """The line that answers it, for the so-manyth request."""
    realm, nonce = challenge[b"realm"].decode(), challenge[b"nonce"].decode()
    secret, what = hashed(f"{USER}:{realm}:{PASSWORD}"), hashed("POST:/")
    answer = hashed(f"{secret}:{nonce}:{count:08x}:{cnonce}:auth:{what}")
    words = f'username="{USER}", realm="{realm}", nonce="{nonce}", uri="/", qop=auth, nc={count:08x}'
    return f'Authorization: Digest {words}, cnonce="{cnonce}", response="{answer}"\r\n'.encode()


def hashed(text: str) -> str:
    """Its MD5 in hexadecimal, as RFC 2617 wants it."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def with_header(request: bytes, line: bytes) -> bytes:
    """A request with one more line in its head."""
    first, rest = request.split(b"\r\n", 1)
    return first + b"\r\n" + line + rest


if __name__ == "__main__":
    main()
