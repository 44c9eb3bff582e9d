"""Clients that mean no good: ``python -m benchmarks.attackers PORT SECONDS`` is a process full of them.

Connections that say half a request and no more; bodies that come a byte in a second; one address that sends
Informs as fast as they are answered, as ever new devices and as one that calls again and again; and garbage.
Prints how many of each there were.
"""

from __future__ import annotations

import random
import socket
import sys
import threading
import time
from collections import Counter

from acs.cwmp.dialogue import Dialogue, Role
from benchmarks.load import inform, post

HALF_OPEN = 2000
SLOW = 200
INFORMS = 10_000
GARBLERS = 4
_HEAD = b"POST / HTTP/1.1\r\nHost: acs\r\nContent-Length: 5000\r\n"


class Attack:
    """All of them, until ``until``."""

    def __init__(self, port: int, seconds: float) -> None:
        self.port = port
        self.until = time.monotonic() + seconds
        self.counts: Counter[str] = Counter()

    def run(self) -> None:
        """Attack."""
        attackers = [self.half_open, self.slow, self.inform, *([self.garble] * GARBLERS)]
        threads = [threading.Thread(target=each, args=(number,)) for number, each in enumerate(attackers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def connect(self, address: str) -> socket.socket:
        """A connection from there."""
        return socket.create_connection(("127.0.0.1", self.port), 10, (address, 0))

    def half_open(self, number: int) -> None:
        """Connections that have begun a request; those that are cut are opened anew."""
        held: list[socket.socket] = []
        while time.monotonic() < self.until:
            try:
                connection = self.connect(f"127.9.{len(held) // 250}.{len(held) % 250 + 1}")
                connection.sendall(_HEAD[: len(held) % len(_HEAD)])
            except OSError:
                time.sleep(0.05)
                continue
            self.counts["half-open connections"] += 1
            held.append(connection)
            if len(held) >= HALF_OPEN:
                time.sleep(max(0.0, self.until - time.monotonic()))

    def slow(self, number: int) -> None:
        """Bodies at a byte in a second."""
        held = []
        for count in range(SLOW):
            connection = self.connect(f"127.7.0.{count + 1}")
            connection.sendall(_HEAD + b"\r\n")
            held.append(connection)
        while time.monotonic() < self.until and held:
            for connection in tuple(held):
                try:
                    connection.send(b"x")
                    self.counts["slow bytes"] += 1
                except OSError:
                    held.remove(connection)
            time.sleep(1.0)

    def inform(self, number: int) -> None:
        """Ten thousand Informs from one address, every other one of a device that nobody has met."""
        for count in range(INFORMS):
            if time.monotonic() >= self.until:
                return
            serial = f"X{count:06d}" if count % 2 else "X"
            body = Dialogue(Role.CPE).say(inform(serial, "1 BOOT"))
            try:
                with self.connect("127.8.0.1") as connection:
                    connection.sendall(post(body))
                    connection.recv(4096)
            except OSError:
                self.counts["Informs without an answer"] += 1
            self.counts["Informs from one address"] += 1

    def garble(self, number: int) -> None:
        """Garbage, and requests with some bytes of garbage in them."""
        chance = random.Random(number)
        good = post(Dialogue(Role.CPE).say(inform("G", "1 BOOT")))
        while time.monotonic() < self.until:
            raw = bytearray(good) if chance.random() < 0.7 else bytearray(chance.randbytes(500))
            for _ in range(chance.randrange(1, 9)):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
            try:
                with self.connect(f"127.6.{number}.{chance.randrange(1, 250)}") as connection:
                    connection.sendall(raw)
                    connection.settimeout(0.05)
                    connection.recv(4096)
            except OSError:
                pass  # refused, or waited for more: as it should be
            self.counts["garbled requests"] += 1


def main() -> None:
    """Attack a port for so many seconds."""
    attack = Attack(int(sys.argv[1]), float(sys.argv[2]))
    attack.run()
    print(", ".join(f"{count} {what}" for what, count in sorted(attack.counts.items())))


if __name__ == "__main__":
    main()
