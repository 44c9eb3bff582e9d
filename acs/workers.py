"""Several processes of one appliance on one machine, which share its ports.

The first process makes a socket for each of them on each port (SO_REUSEPORT) and keeps them all, so that what
waits on the socket of a process that died is served by its successor.  Which socket takes a connection the
kernel works out from the client's address, by a filter of a few instructions: a device always calls the
same process, at no cost.  Where its address changes within a session, the request is passed on as between
machines.
"""

from __future__ import annotations

import ctypes
import os
import re
import socket
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

SHAREABLE = re.compile(r"tcp:(?:port=)?(\d+)(?::interface=([0-9.]+))?|tcp6:(?:port=)?(\d+)")
"""The endpoint strings whose port several processes can share."""

WORKER = "ACS_WORKER"
PARENT = "ACS_PARENT"
SOCKETS = "ACS_SOCKETS"
"""The environment of a worker: its number, from 1; the first process; its descriptors as
``name=descriptor,...``."""

AGAIN = 1.0
"""Seconds after which a worker that ended is started again."""
PATIENCE = 20.0
"""Seconds that workers get to end."""

_BACKLOG = 1024
_SO_ATTACH_REUSEPORT_CBPF = 51
_NETWORK = 0xFFF00000  # SKF_NET_OFF: where the IP header begins


def number_of(environment: Mapping[str, str]) -> int:
    """Which worker this process is; 0 for the first, which starts the others."""
    return int(environment.get(WORKER, "0"))


def is_orphan(environment: Mapping[str, str]) -> bool:
    """Whether this is a worker whose first process is gone."""
    return number_of(environment) > 0 and os.getppid() != int(environment[PARENT])


def inherited(environment: Mapping[str, str]) -> dict[str, int]:
    """The descriptors of the listening sockets that a worker was given, by the name of the listener."""
    pairs = (pair.rpartition("=") for pair in environment.get(SOCKETS, "").split(",") if pair)
    return {name: int(descriptor) for name, _, descriptor in pairs}


def make_way(endpoint: str) -> None:
    """Remove the UNIX socket that a process left which is no more: that it is no more, its number tells."""
    if found := re.match(r"unix:((?:[^:\\]|\\.)+)", endpoint):
        Path(re.sub(r"\\(.)", r"\1", found[1])).unlink(missing_ok=True)


def shared_sockets(endpoint: str, count: int) -> list[socket.socket]:
    """So many listening sockets on one port, among which the kernel distributes by the client's address.

    Raises OSError where they cannot be had.
    """
    found = SHAREABLE.fullmatch(endpoint)
    assert found is not None, endpoint
    family = socket.AF_INET if found[3] is None else socket.AF_INET6
    host, port = found[2] or ("0.0.0.0" if found[3] is None else "::"), int(found[1] or found[3])
    sockets = []
    for _ in range(count):
        made = socket.socket(family, socket.SOCK_STREAM)
        sockets.append(made)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind((host, port))
        port = made.getsockname()[1]
    for made in sockets:  # in this order they are counted by the filter
        made.listen(_BACKLOG)
        made.setblocking(False)
    _distribute(sockets[0], count)
    return sockets


def _distribute(one: socket.socket, count: int) -> None:
    """Have the kernel choose a socket by the last 32 bits of the client's address, modulo the count."""
    program = (
        (0x30, 0, 0, _NETWORK),  # ldb the first byte of the IP header
        (0x74, 0, 0, 4),  # rsh: its version
        (0x15, 2, 0, 6),  # jeq 6
        (0x20, 0, 0, _NETWORK + 12),  # ldw the source of IPv4
        (0x05, 0, 0, 1),  # ja
        (0x20, 0, 0, _NETWORK + 20),  # ldw the end of the source of IPv6
        (0x94, 0, 0, count),  # mod
        (0x16, 0, 0, 0),  # ret a
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in program))
    filter_ = struct.pack("@HP", len(program), ctypes.addressof(code))
    one.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_REUSEPORT_CBPF, filter_)


class Workers:
    """The other processes.

    :param command: what starts one.
    :param sockets: for each listener a socket for each process, the first process's included.
    """

    log = Logger()

    def __init__(
        self, reactor: Any, command: Sequence[str], sockets: Mapping[str, Sequence[socket.socket]]
    ) -> None:
        self._reactor = reactor
        self._command = list(command)
        self._sockets = sockets
        self._running: dict[int, _Worker] = {}
        self._ending = False

    def start(self, count: int) -> None:
        """Start them, and again whenever one ends; ``count`` includes the first process."""
        for number in range(1, count):
            self._start(number)

    def tell(self, signal: str) -> None:
        """Send each of them a signal, by its name, as "HUP"."""
        for worker in self._running.values():
            worker.tell(signal)

    async def stop(self) -> None:
        """Have them end, and wait for that."""
        self._ending = True
        ends = [worker.end("TERM") for worker in self._running.values()]
        late = self._reactor.callLater(PATIENCE, self._kill)
        await gatherResults(ends)
        if late.active():
            late.cancel()
        for sockets in self._sockets.values():
            for each in sockets:
                each.close()

    def _kill(self) -> None:
        for worker in self._running.values():
            self.log.error("worker {number} does not end, and is killed", number=worker.number)
            worker.end("KILL")

    def _start(self, number: int) -> None:
        if self._ending:
            return
        descriptors = {name: 3 + place for place, name in enumerate(self._sockets)}
        environment = {
            **os.environ,
            WORKER: str(number),
            PARENT: str(os.getpid()),
            SOCKETS: ",".join(f"{name}={descriptor}" for name, descriptor in descriptors.items()),
        }
        files = {0: 0, 1: 1, 2: 2}
        files |= {descriptors[name]: sockets[number].fileno() for name, sockets in self._sockets.items()}
        worker = _Worker(number, self._ended)
        self._running[number] = worker
        self._reactor.spawnProcess(worker, self._command[0], self._command, environment, childFDs=files)

    def _ended(self, worker: _Worker, reason: Failure) -> None:
        del self._running[worker.number]
        if not self._ending:
            self.log.error(
                "worker {number} has ended ({reason}), and is started again",
                number=worker.number,
                reason=reason.getErrorMessage(),
            )
            self._reactor.callLater(AGAIN, self._start, worker.number)


class _Worker(ProcessProtocol):
    """One of them."""

    def __init__(self, number: int, ended: Any) -> None:
        self.number = number
        self._ended = ended
        self._gone: Deferred[None] = Deferred()

    def tell(self, signal: str) -> None:
        """Send it a signal, if it is there still."""
        with suppress(ProcessExitedAlready):
            self.transport.signalProcess(signal)  # type: ignore[union-attr]

    def end(self, signal: str) -> Deferred[None]:
        """Fires when it has ended."""
        self.tell(signal)
        return self._gone

    def processEnded(self, reason: Failure) -> None:  # noqa: N802
        self._ended(self, reason)
        self._gone.callback(None)
