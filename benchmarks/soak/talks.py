"""What devices say in their sessions, well or badly, what an operator asks, how a file is fetched."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from random import randbytes
from typing import Any

import orjson

from acs.cwmp import messages as m
from acs.cwmp.envelope import Envelope, Header, read_envelope, write_envelope
from acs.cwmp.values import DeviceId
from benchmarks.first_contact import Script, filled, script
from benchmarks.load import cookie_of, post
from benchmarks.soak.open_loop import Left, Told

MANUFACTURER, OUI, PRODUCT_CLASS, VERSION = "Nordfjord", "02A098", "NF-1200", "3.1.4"
"""Those of the simulator's router."""
GARBAGE = (b"", b"\x00\xff" * 200, b"<soap:Envelope", b"<html><body>Please log in</body></html>", b"a" * 5000)
_URL = re.compile(rb"http://[0-9.]+:7547/\w+")
_OWN = re.compile(rb">value \d+<")
_EVENTS = re.compile(rb"<Event .*?</Event>")
_EVENT = b"<EventStruct><EventCode>%s</EventCode><CommandKey>%s</CommandKey></EventStruct>"
_SERIAL_MARK = b"SERIAL0000"


def device_id(serial: str) -> DeviceId:
    """Who a device of that serial number is."""
    return DeviceId(MANUFACTURER, OUI, PRODUCT_CLASS, serial)


def told_by(steps: Script, bells: int) -> Script:
    """The same device, to be called at that port."""

    def placed(body: bytes) -> bytes:
        return _URL.sub(b"http://127.0.0.1:%d/" % bells + _SERIAL_MARK, body)

    return Script(placed(steps.inform), {name: placed(body) for name, body in steps.answers.items()})


def router(bells: int) -> Script:
    """What they all say."""
    return told_by(script(), bells)


@dataclass
class Session:
    """A session of a device that answers whatever is asked, and what came of it.

    ``telling`` are RPCs of its own; ``refuses``: it answers with a Fault; ``wanted``: what it is to be asked;
    ``own``: many of its values are no other device's, so that the conversation is too large for a row.
    """

    steps: Script
    serial: str
    events: Sequence[tuple[str, str]]
    telling: Sequence[m.Message] = ()
    refuses: bool = False
    wanted: str = ""
    own: bool = False
    asked: list[m.Message] = field(default_factory=list)

    def talk(self) -> Told:
        """Hold it."""
        head, content = yield post(self._inform())
        cookie = cookie_of(head)
        for message in self.telling:
            if _status(head) == b"200":
                head, content = yield post(_written(message), cookie)
        if _status(head) == b"200":
            head, content = yield post(b"", cookie)
        while _status(head) == b"200":
            head, content = yield post(self._reply(content), cookie)
        if _status(head) != b"204":
            return f"HTTP {_status(head).decode()}"
        if self.wanted and self.wanted not in map(m.name_of, self.asked):
            return f"{self.wanted} was not asked"
        return ""

    def breaks_off(self) -> Told:
        """Be gone once the Inform is answered."""
        head, _ = yield post(self._inform())
        return "" if _status(head) == b"200" else f"HTTP {_status(head).decode()}"

    def falls_silent(self) -> Told:
        """Say nothing once the Inform is answered, until the appliance has enough of it."""
        try:
            head, _ = yield post(self._inform())
            if _status(head) != b"200":
                return f"HTTP {_status(head).decode()}"
            yield b""
        except Left:
            return ""
        return "answered though nothing was said"

    def _inform(self) -> bytes:
        events = b"".join(_EVENT % (code.encode(), key.encode()) for code, key in self.events)
        array = b'<Event SOAP-ENC:arrayType="cwmp:EventStruct[%d]">%s</Event>' % (len(self.events), events)
        return filled(_EVENTS.sub(lambda _: array, self.steps.inform, 1), self.serial, b"1")

    def _reply(self, content: bytes) -> bytes:
        envelope = read_envelope(content)
        message = envelope.message
        if message is None:
            return b""
        self.asked.append(message)
        name, number = m.name_of(message), envelope.header.id or ""
        if self.refuses:
            return _written(m.Fault(9002), number)
        if answer := self.steps.answers.get(name.encode()):
            answer = _OWN.sub(_any_value, answer) if self.own else answer
            return filled(answer, self.serial, number.encode())
        return _written(_ANSWERS.get(type(message), lambda: m.Fault(9000))(), number)


_ANSWERS: Mapping[type[m.Message], Callable[[], m.Message]] = {
    m.GetRPCMethods: lambda: m.GetRPCMethodsResponse(("GetRPCMethods", "Download")),
    m.Download: lambda: m.DownloadResponse(1),
    m.SetParameterAttributes: m.SetParameterAttributesResponse,
}


def garbage(number: int) -> Told:
    """Something that is no message; it is refused, or hung up on."""
    try:
        head, _ = yield post(GARBAGE[number % len(GARBAGE)])
    except Left:
        return ""
    return "" if _status(head)[:1] in (b"2", b"4") else f"HTTP {_status(head).decode()}"


def call(method: str, token: str, path: Sequence[str], body: object = None) -> Generator[Any, Any, Any]:
    """An operator's request: its status and the JSON that was answered (None where that is none)."""
    content = b"" if body is None else orjson.dumps(body)
    head, answered = (
        yield (
            f"{method} /api/v1/{'/'.join(part.replace('%', '%25') for part in path)} HTTP/1.1\r\n"
            f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        ).encode()
        + content
    )
    return int(_status(head)), orjson.loads(answered) if answered else None


def fetch(path: str, size: int) -> Told:
    """Get a file, all of it."""
    head, content = yield f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
    if _status(head) != b"200":
        return f"HTTP {_status(head).decode()}"
    return "" if len(content) == size else f"{len(content)} of {size} bytes"


def _any_value(_: re.Match[bytes]) -> bytes:
    return b">%s<" % randbytes(16).hex().encode()


def _status(head: bytes) -> bytes:
    return head[9:12]


def _written(message: m.Message, number: str = "1") -> bytes:
    return write_envelope(Envelope(message, header=Header(number)))
