"""What real CPE programs sent, byte for byte, against the whole listener."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from acs.cwmp import messages as m
from acs.cwmp.envelope import read_envelope
from acs.http.coding import decode_body
from acs.http.reader import Limits, RequestReader
from acs.session.sessions import Limits as SessionLimits
from tests import REFERENCE, needs_reference
from tests.support.cases import WorldCase
from tests.support.world import Answer, Line

CAPTURES = REFERENCE / "captures"
SAMPLES = REFERENCE / "samples"

MODELS = {
    "easycwmp-tr098": "InternetGatewayDevice:1.",
    "genieacs-sim": "InternetGatewayDevice:1.",
    "icwmp": "Device:2.",
    "icwmp-deflate": "Device:2.",
    "icwmp-gzip": "Device:2.",
    "icwmp-stun": "Device:2.",
    "icwmp-xmpp": "Device:2.",
    "netcwmp": "InternetGatewayDevice:1.",
    "netcwmp-auth-per-request-fails": "InternetGatewayDevice:1.",
}


class CaptureTests(WorldCase):
    """Each folder is one run of a program: every request is answered as the protocol asks."""

    skip = needs_reference("captures")
    how = {"limits": SessionLimits(informs=0)}

    async def replay(self, folder: Path) -> None:
        lines: dict[str, Line] = {}
        cookie = ""
        for number, connection in _order(folder):
            request = (folder / f"{number}-request.txt").read_bytes()
            if not request.startswith(b"POST"):
                continue
            line = lines.setdefault(connection, Line(self.world))
            line.send(_with_cookie(request, cookie))
            answer = await line.receive()
            if "set-cookie" in answer.headers:
                cookie = answer.headers["set-cookie"].split(";")[0]
            self.check(f"{folder.name}/{number}", _body(request), answer)
            if answer.headers.get("connection") == "close":
                del lines[connection]

    def check(self, name: str, body: bytes, answer: Answer) -> None:
        """An Inform is accepted; nothing is an error of ours; what we say is CWMP."""
        self.assertIn(answer.status, (200, 204, 400), name)
        message = read_envelope(body).message if body.strip() else None
        if isinstance(message, m.Inform):
            self.assertIsInstance(read_envelope(answer.body).message, m.InformResponse, name)
        elif isinstance(message, m.Request):
            response = read_envelope(answer.body).message
            assert response is not None
            self.assertEqual(f"{m.name_of(message)}Response", m.name_of(response), name)
        elif answer.status == 200:
            self.assertIsInstance(read_envelope(answer.body).message, m.Request, name)

    async def test_each_program_is_answered_and_its_device_appears(self) -> None:
        for name, model in MODELS.items():
            folder = CAPTURES / name
            await self.replay(folder)
            inform = _first_inform(folder)
            device = await self.world.store.device(inform.DeviceId.key)
            assert device is not None, name
            told = {parameter.Name.partition(".")[2]: parameter.Value for parameter in inform.ParameterList}
            self.assertEqual(inform.DeviceId.Manufacturer, device.manufacturer, name)
            self.assertEqual(inform.DeviceId.SerialNumber, device.serial_number, name)
            self.assertEqual(told["DeviceInfo.SoftwareVersion"], device.software_version, name)
            self.assertTrue(device.root_data_model.startswith(model), f"{name}: {device.root_data_model}")
            self.world.pass_time(1000)
        self.assertEqual([], self.flushLoggedErrors())

    async def test_the_versions_are_those_that_the_programs_speak(self) -> None:
        for name, version in (("icwmp", "1.4"), ("easycwmp-tr098", "1.2"), ("netcwmp", "1.0")):
            await self.replay(CAPTURES / name)
            device = await self.world.store.device(_first_inform(CAPTURES / name).DeviceId.key)
            assert device is not None
            self.assertEqual((name, version), (name, device.cwmp_version))


class SampleTests(WorldCase):
    """Single messages of recorded devices."""

    skip = needs_reference("samples")

    async def test_each_inform_is_accepted(self) -> None:
        count = 0
        for path in sorted(SAMPLES.glob("*Inform*")):
            raw = path.read_bytes()
            if not raw.startswith(b"POST"):
                raw = raw[raw.index(b"<") :]
                raw = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(raw) + raw
            line = Line(self.world)
            line.send(raw)
            answer = await line.receive()
            self.assertEqual((path.name, 200), (path.name, answer.status), answer.body)
            self.assertIsInstance(read_envelope(answer.body).message, m.InformResponse, path.name)
            count += 1
        self.assertGreaterEqual(count, 8)


def _order(folder: Path) -> Iterator[tuple[str, str]]:
    for row in (folder / "index.tsv").read_text().splitlines():
        number, connection, *_ = row.split("\t")
        yield number, connection


def _with_cookie(request: bytes, cookie: str) -> bytes:
    """The request with our cookie where the program sent the one it was given."""
    ours = f"Cookie: {cookie}\r\n".encode() if cookie else b""
    head, end, body = request.partition(b"\r\n\r\n")
    return re.sub(rb"(?im)^cookie:[^\n]*\n", ours, head + b"\r\n").removesuffix(b"\r\n") + end + body


def _body(request: bytes) -> bytes:
    reader = RequestReader(Limits())
    reader.feed(request)
    read = reader.next_request()
    assert read is not None
    return decode_body(read.body, read.header("content-encoding"), 1 << 24)


def _first_inform(folder: Path) -> m.Inform:
    for path in sorted(folder.glob("*-request.txt")):
        request = path.read_bytes()
        body = _body(request) if request.startswith(b"POST") else b""
        message = read_envelope(body).message if body.strip() else None
        if isinstance(message, m.Inform):
            return message
    raise AssertionError(f"no Inform in {folder}")
