"""Each fast way can be switched off: then it is not taken, and the others are (`tests.support.ways`)."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import envelope, repeated
from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.envelope import Envelope, Header, read_envelope, write_envelope
from acs.cwmp.habits import OFTEN
from acs.cwmp.skeleton import skeleton_of
from acs.http import listening, plain
from acs.http.entrance import Entrance
from acs.http.handshakes import secured
from acs.http.limits import Limits, Tolerance
from acs.http.messages import Response, response_head
from acs.http.plain import PlainPort
from acs.http.protocol import HttpFactory
from acs.http.reader import RequestReader
from acs.http.tls import ServerTls
from acs.http.tls_files import TlsFiles, load
from acs.http.usual import UsualHeads
from acs.session.credentials import Kind
from acs.session.routine import Routines
from acs.store import building, groups, kinds, manners, parameters, sessions
from acs.store.compression import LONG, Compression
from acs.store.database import Statement, Table
from acs.store.dialect import FIRST, HEARD_SECONDS, Dialect
from acs.store.postgresql import many, transactions
from acs.store.records import Device
from acs.store.residents import Resident
from acs.store.seal import Seal
from tests import ROOT, WITHOUT
from tests.store.scripted import ScriptedDatabase
from tests.support.certificates import self_signed
from tests.support.forking import run
from tests.support.messages import INFORM
from tests.support.ways import CACHED, WAYS, switch

ROWS = Table("rows", ("id",), "(id) DO NOTHING")
NAMES = m.GetParameterNamesResponse(
    tuple(v.ParameterInfoStruct(f"Device.Part.{number}.Value", True) for number in range(60))
)
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
ABOVE = {"plans": {"habits", "repeated"}, "transport": {"tls"}, "heads": {"whole"}}
"""What cannot be on without another one."""
_TELL = "import sys; from tests.test_ways import main; main(sys.argv[1])"


def _read(message: m.Message, times: int) -> str:
    body = b""
    for number in range(times):
        body = write_envelope(Envelope(message, header=Header(str(number))))
        read_envelope(body)
    return body.decode()


def _habits() -> bool:
    return envelope._PLANS.habits.find(_read(INFORM, OFTEN + 3)) is not None


def _plans() -> bool:
    return envelope._PLANS.get(skeleton_of(_read(INFORM, 3)).markup) is not None


def _repeated() -> bool:
    cut = repeated.cut(_read(NAMES, 6))
    return cut is not None and envelope._alike(cut, envelope._PLANS) != ()


def _transport() -> bool:
    from twisted.internet import reactor

    factory = HttpFactory(lambda *_: None, lambda *_: None, lambda *_: None, clock=reactor)
    port: Deferred[Any] = Deferred.fromCoroutine(
        listening.listen(reactor, "tcp:0:interface=127.0.0.1", factory)
    )
    return isinstance(port.result, PlainPort)


def _tls() -> bool:
    from twisted.internet import reactor

    with TemporaryDirectory() as folder:
        pair = self_signed("acs.example.net").write(Path(folder), "acs")
        loaded = load(TlsFiles("tls", "main", "modern", (pair,)), time.time())
    factory = secured(HttpFactory(None, None, None, clock=reactor), ServerTls(loaded.contexts), reactor, "a")
    listens = reactor.listenTCP(0, factory, interface="127.0.0.1")
    return isinstance(listening.take_over(reactor, listens, factory), PlainPort)


def _heads() -> bool:
    return len(_usual_heads()) > 0


def _whole() -> bool:
    return _usual_heads().whole(POST) is not None


def _usual_heads() -> UsualHeads:
    heads = UsualHeads(Limits())
    reader = RequestReader(Limits(), Tolerance(), heads)
    reader.feed(POST)
    reader.next_request()
    return heads


def _answers() -> bool:
    return response_head(Response(200)) is response_head(Response(200))


def _parameters() -> bool:
    memo = parameters.Memo()
    memo.keep("a", (b"", {}), 1)
    return memo.get("a") is not None


def _standing() -> bool:
    kept: Any = parameters.Parameters.__new__(parameters.Parameters)
    recent, kept._database = parameters._Recent(b"", {}), ScriptedDatabase()
    kept._stands(recent, Resident(Device("a", manufacturer="", oui="", product_class="", serial_number="")))
    return recent.stands_for is not None


def _learnt() -> bool:
    learning: Any = Dialect.__new__(Dialect)
    packing = Compression({FIRST: bytes(range(200))})
    packing.pack_with(0)
    learning._waiting, learning._clock, learning._vault = None, Clock(), packing
    learning._pack_with({FIRST: -HEARD_SECONDS})
    return packing.packs > 0


def _admission() -> bool:
    nobody: Any = SimpleNamespace(admit=lambda *_: Kind.SHARED)
    return not isinstance(Entrance(nobody, time.time).admit(nobody, nobody, INFORM), Deferred)


def _groups() -> bool:
    scripted, clock = ScriptedDatabase(), Clock()
    made = building.GroupCommit(scripted, clock)
    for sql in ("a", "b"):
        made.behind(Statement(sql))
    clock.advance(1)
    return len(scripted.commits[0]) == 2


def _rows() -> bool:
    return len(list(parameters.appending(ROWS, [(1,), (2,)]))) == 1


def _dictionaries() -> bool:
    vault = building.vault_of(Seal(bytes(32)))
    packed = vault.unseal(vault.close(b"x" * 1000, "a", 1), "a", 1)
    return int.from_bytes(packed[:2], "big") > 0


class _Compressor:
    """Counts how often it is asked."""

    asked = 0

    def multi_compress_to_buffer(self, pieces: list[bytes]) -> list[memoryview]:
        self.asked += 1
        return [memoryview(each) for each in pieces]

    def compress(self, piece: bytes) -> bytes:
        self.asked += 1
        return piece


def _packing() -> bool:
    compression = building.Compression({})
    counting: Any = _Compressor()
    compression._packer._compressor = counting
    compression.pack_all([b"x" * 1000] * 2)
    return counting.asked == 1


def _counts() -> bool:
    clock = Clock()
    found: list[int] = []

    async def find() -> int:
        clock.advance(1.0)
        found.append(1)
        return len(found)

    counted = kinds.Remembered(find, clock.seconds)
    for _ in range(2):
        Deferred.fromCoroutine(counted.get())
    return len(found) == 1


def _chance() -> bool:
    from acs import service

    asked: list[int] = []
    pool = service.Pool(lambda count: asked.append(count) or bytes(count))
    pool.take(1)
    pool.take(1)
    return len(asked) == 1


TAKEN: dict[str, Callable[[], bool]] = {
    "routine": lambda: Routines.recognise.__qualname__ == "Routines.recognise",
    "habits": _habits,
    "repeated": _repeated,
    "plans": _plans,
    "unsaid": lambda: envelope._unsaid(m.InformResponse) is not None,
    "transport": _transport,
    "together": lambda: plain.EVENTS > 1,
    "tls": _tls,
    "heads": _heads,
    "whole": _whole,
    "answers": _answers,
    "admission": _admission,
    "parameters": _parameters,
    "standing": _standing,
    "words": lambda: not parameters.tells_words("Device.Nothing"),
    "groups": _groups,
    "rows": _rows,
    "manners": lambda: manners.OFTEN < manners.MOST,
    "many": lambda: many.FEW < groups.SIZE,
    "trips": lambda: transactions._LONGEST > 0,
    "dictionaries": _dictionaries,
    "learnt": _learnt,
    "packing": _packing,
    "room": lambda: sessions.LONG == LONG,
    "counts": _counts,
    "chance": _chance,
    "cached": lambda: any(hasattr(getattr(module, name), "cache_info") for module, name in CACHED),
}
"""How each of them is known to be taken, in the process that looks."""


def main(name: str) -> None:
    """Tell which are taken, in a process in which this one, too, was switched off."""
    switch([name] if name else [])
    print(json.dumps([each for each, taken in TAKEN.items() if taken()]))


class WaysTests(SynchronousTestCase):
    timeout = 120

    def test_each_is_taken_until_it_is_switched_off_and_nothing_else_with_it(self) -> None:
        said = os.environ.get(WITHOUT, "")
        off = set(WAYS if said == "all" else said.split(","))
        self.assertEqual(list(WAYS), list(TAKEN))
        for name in ("", *WAYS):
            without = off | {name}
            for each, others in ABOVE.items():
                without |= others if each in without else set()
            told = run(["-c", _TELL, name], ROOT)
            self.assertEqual(0, told.returncode, told.stderr.decode())
            self.assertEqual([each for each in WAYS if each not in without], json.loads(told.stdout), name)

    def test_what_is_none_is_refused(self) -> None:
        self.assertIn("no fast ways: nothing", str(self.assertRaises(ValueError, switch, ["nothing"])))
