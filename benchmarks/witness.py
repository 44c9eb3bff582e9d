"""CPEs that keep a diary of what they were asked, however often the ACS dies.

Also of what became of their answers.
"""

from __future__ import annotations

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.dialogue import Dialogue, Role
from acs.cwmp.errors import RemoteProtocolError
from acs.cwmp.messages import name_of
from benchmarks.load import cookie_of, post
from benchmarks.loop import answer
from tests.support.router import Router, inform

PATIENCE = 20.0
"""Seconds that a CPE waits for an answer."""


class Refused(Exception):
    """The ACS answered with a status that is no success."""


@dataclass
class Diary:
    """What all devices saw, by the key that each job's RPC carries.

    ``received``: how often the RPC came; ``settled``: the ACS went on after the answer to it;
    ``acknowledged``: a TransferComplete of it was answered.
    """

    received: Counter[str] = field(default_factory=Counter)
    settled: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    sessions: int = 0
    lost: int = 0
    refused: int = 0
    strange: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class WitnessCpe(threading.Thread):
    """One device, in a thread: it calls again and again, with a short pause, and tells the truth.

    ``port`` says where the ACS is at present.  What it has to tell (a reboot, a transfer that is complete) it
    tells until that is acknowledged.
    """

    def __init__(self, number: int, port: Callable[[], int], diary: Diary) -> None:
        super().__init__(name=f"cpe-{number}", daemon=True)
        self.identity = v.DeviceId("Witness", "00D09E", "Router", f"W{number:04d}")
        self.transfers: list[str] = []
        self.over = threading.Event()
        self._port = port
        self._diary = diary
        self._news = [v.EventStruct("0 BOOTSTRAP"), v.EventStruct("1 BOOT")]
        self._chance = random.Random(number)
        self._router = Router()

    def run(self) -> None:
        """Call until `over` is set."""
        while not self.over.is_set():
            try:
                self._session()
            except (OSError, RemoteProtocolError, Refused) as failure:
                with self._diary.lock:
                    self._diary.lost += not isinstance(failure, Refused)
                    self._diary.refused += isinstance(failure, Refused)
            except Exception as error:
                self._diary.strange.append(f"{self.name}: {error!r}")
                raise
            else:
                with self._diary.lock:
                    self._diary.sessions += 1
            time.sleep(self._chance.uniform(0.0, 0.06))

    def _session(self) -> None:
        with _Wire(self._port()) as wire:
            wire.say(self._inform())
            self._news = []
            for key in tuple(self.transfers):
                if isinstance(wire.say(m.TransferComplete(key)), m.TransferCompleteResponse):
                    self.transfers.remove(key)
                    with self._diary.lock:
                        self._diary.acknowledged.add(key)
            asked = wire.say(None)
            while asked is not None:
                following = wire.say(self._carry_out(asked))
                if key := key_of(asked):
                    with self._diary.lock:
                        self._diary.settled.add(key)
                asked = following

    def _inform(self) -> m.Inform:
        events = list(self._news)
        if self.transfers:
            events.append(v.EventStruct("7 TRANSFER COMPLETE"))
            events += [v.EventStruct("M Download", key) for key in self.transfers]
        return inform(*events or ["2 PERIODIC"], identity=self.identity)

    def _carry_out(self, asked: m.Message) -> m.Message:
        if key := key_of(asked):
            with self._diary.lock:
                self._diary.received[key] += 1
        if isinstance(asked, m.Download):
            self.transfers.append(asked.CommandKey)
        if isinstance(asked, m.Reboot):
            self._news += [v.EventStruct("1 BOOT"), v.EventStruct("M Reboot", asked.CommandKey)]
        answer = self._router.reply(asked)
        if isinstance(answer, m.Fault):
            self._diary.strange.append(f"{self.name} was asked {name_of(asked)}")
        return answer


def key_of(asked: m.Message) -> str:
    """The key of the job that an RPC belongs to; "" where it is none of ours."""
    if isinstance(asked, m.SetParameterValues | m.AddObject):
        return asked.ParameterKey
    if isinstance(asked, m.Reboot | m.Download):
        return asked.CommandKey
    return ""


class _Wire:
    """The connection of one session."""

    def __init__(self, port: int) -> None:
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._dialogue = Dialogue(Role.CPE)
        self._cookie = b""
        self._buffer = b""

    def __enter__(self) -> _Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def say(self, message: m.Message | None) -> m.Message | None:
        """Say it; what the ACS answers."""
        self._connection.sendall(post(self._dialogue.say(message), self._cookie))
        while (whole := answer(self._buffer)) is None:
            received = self._connection.recv(65536)
            if not received:
                raise ConnectionError("the ACS closed the connection")
            self._buffer += received
        head, body, used = whole
        self._buffer = self._buffer[used:]
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204")):
            raise Refused(head[:12].decode())
        self._cookie = cookie_of(head) or self._cookie
        return self._dialogue.hear(body).message
