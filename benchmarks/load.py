"""What CPEs say: their Informs, whole first sessions, periodic ones in a closed loop."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.dialogue import Dialogue, Role, State
from benchmarks.loop import Loop, Talk, Tally, answer

_ROUTER = {
    "DeviceSummary": "InternetGatewayDevice:1.4[](Baseline:1, EthernetLAN:1, WiFiLAN:1, Time:1)",
    "DeviceInfo.SpecVersion": "1.0",
    "DeviceInfo.HardwareVersion": "HW-1.2",
    "DeviceInfo.SoftwareVersion": "2.59.1.8",
    "DeviceInfo.ProvisioningCode": "residential",
    "ManagementServer.ConnectionRequestURL": "http://127.0.0.1:30005/7f3ab2c9",
    "ManagementServer.ParameterKey": "2026-11-23T19:30:00.123456Z",
    "WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.ExternalIPAddress": "192.0.2.17",
    "DeviceInfo.ProductClass": "Bench",
}
_POINT = {
    "RootDataModelVersion": "2.12",
    "DeviceInfo.HardwareVersion": "rev 3",
    "DeviceInfo.SoftwareVersion": "1.0.7",
    "DeviceInfo.ProvisioningCode": "mesh",
    "DeviceInfo.UpTime": "86400",
    "ManagementServer.ConnectionRequestURL": "http://127.0.0.1:7547/c",
    "ManagementServer.ParameterKey": "2026-11-23T19:30:00.123456Z",
    "ManagementServer.AliasBasedAddressing": "0",
    "IP.Interface.1.IPv4Address.1.IPAddress": "192.0.2.18",
    "WiFi.Radio.1.Channel": "36",
}
_PHONE = {
    "DeviceSummary": "Device:1.0[](Baseline:1), VoiceService:1.0[1](SIPEndpoint:1)",
    "DeviceInfo.HardwareVersion": "A",
    "DeviceInfo.SoftwareVersion": "5.8.6.5",
    "ManagementServer.ConnectionRequestURL": "http://127.0.0.1:7547/",
    "ManagementServer.ParameterKey": "2026-11-23T19:30:00.123456Z",
    "LAN.IPAddress": "192.0.2.19",
}
_MODELS = (
    ("Router", "InternetGatewayDevice.", _ROUTER),
    ("Point", "Device.", _POINT),
    ("Phone", "Device.", _PHONE),
)


def inform(serial: str, *events: str, kind: int = 0) -> m.Inform:
    """An Inform as a home router sends it, about 2.4 kB on the wire; of the other kinds, as a Wi-Fi point or
    a phone does."""
    product_class, root, parameters = _MODELS[kind % len(_MODELS)]
    return m.Inform(
        v.DeviceId("Bench", "001CA8", product_class, serial),
        tuple(v.EventStruct(event) for event in events),
        CurrentTime="2026-11-25T12:00:00Z",
        ParameterList=tuple(
            v.ParameterValueStruct(root + name, value, "xsd:string") for name, value in parameters.items()
        ),
    )


def post(body: bytes, cookie: bytes = b"") -> bytes:
    """The bytes of one POST."""
    extra = b"Cookie: " + cookie + b"\r\n" if cookie else b""
    kind = b'Content-Type: text/xml; charset="utf-8"\r\nSOAPAction: ""\r\n' if body else b""
    length = str(len(body)).encode()
    return (
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench/1\r\n"
        + kind
        + extra
        + b"Content-Length: "
        + length
        + b"\r\n\r\n"
        + body
    )


def cookie_of(head: bytes) -> bytes:
    """The first cookie that a response sets."""
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"set-cookie:"):
            return line.split(b":", 1)[1].strip().split(b";")[0]
    return b""


def first_contact(port: int, serial: str, kind: int = 0) -> None:
    """One whole first session of a device, so that afterwards nothing is due; answers every read with
    little."""
    informed = inform(serial, "1 BOOT", kind=kind)
    cpe = Dialogue(Role.CPE)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        body, cookie, buffer = cpe.say(informed), b"", b""
        while True:
            connection.sendall(post(body, cookie))
            while (whole := answer(buffer)) is None:
                received = connection.recv(65536)
                if not received:
                    raise ConnectionError(f"closed in the first session of {serial}")
                buffer += received
            head, content, used = whole
            buffer = buffer[used:]
            cookie = cookie_of(head) or cookie
            heard = cpe.hear(content)
            if cpe.state is State.ENDING:
                return
            body = cpe.say(_reply(heard.message, informed))


def _reply(message: m.Message | None, informed: m.Inform) -> m.Message | None:
    names = [value.Name for value in informed.ParameterList]
    if isinstance(message, m.GetParameterNames):
        return m.GetParameterNamesResponse(tuple(v.ParameterInfoStruct(name) for name in names))
    if isinstance(message, m.GetParameterValues):
        return m.GetParameterValuesResponse(informed.ParameterList)
    if isinstance(message, m.SetParameterValues):
        return m.SetParameterValuesResponse(0)
    if isinstance(message, m.GetParameterAttributes):
        return m.GetParameterAttributesResponse(
            tuple(v.ParameterAttributeStruct(name, 0, ("Subscriber",)) for name in names)
        )
    return None


def periodic(body: bytes) -> Talk:
    """A session in which nothing is asked: the Inform, then nothing more to say."""
    head, _ = yield post(body)
    if not head.startswith(b"HTTP/1.1 200"):
        return False
    head, _ = yield post(b"", cookie_of(head))
    return head.startswith(b"HTTP/1.1 204")


def burst(
    port: int,
    bodies: Sequence[bytes],
    sessions: int,
    concurrency: int = 16,
    keep_alive: bool = True,
    tls: ssl.SSLContext | None = None,
) -> Tally:
    """``sessions`` periodic sessions, ``concurrency`` at a time, the devices taken in turn."""

    def talk_of(number: int) -> tuple[int, Talk]:
        device = number % len(bodies)
        return device, periodic(bodies[device])

    return Loop(port, talk_of, sessions, keep_alive, tls).run(min(concurrency, len(bodies)))
