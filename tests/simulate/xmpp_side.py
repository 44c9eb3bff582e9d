"""Simulated CPEs that are to be logged in to an XMPP server."""

from __future__ import annotations

from acs.simulate.device import Device
from acs.simulate.tree import Tree
from tests.support.xmpp_server import DOMAIN, OURS

USERNAME, PASSWORD = "cpe-1", "account's s3cret"
PAIR = ("cr-user", "cr-s3cret")
ROOT = "Device."


def settings(path: str, server: str, port: int, tls: bool = True) -> dict[str, str]:
    """What an ACS sets, with one server in the table."""
    management = f"{ROOT}ManagementServer."
    return {
        path + "Username": USERNAME,
        path + "Password": PASSWORD,
        path + "Domain": DOMAIN,
        path + "Resource": "cwmp",
        path + "ServerConnectAlgorithm": "ServerTable",
        path + "ServerRetryInitialInterval": "1",
        path + "ServerRetryMaxInterval": "1",
        path + "UseTLS": "true" if tls else "false",
        server + "Enable": "1",
        server + "ServerAddress": "127.0.0.1",
        server + "Port": str(port),
        path + "Enable": "1",
        management + "ConnReqXMPPConnection": path.removesuffix("."),
        management + "ConnReqAllowedJabberIDs": OURS,
        management + "ConnectionRequestUsername": PAIR[0],
        management + "ConnectionRequestPassword": PAIR[1],
    }


def configure(tree: Tree, port: int, tls: bool = True) -> str:
    """Do what an ACS does that sets XMPP up; the path of the connection."""
    table = f"{ROOT}XMPP.Connection."
    path = f"{table}{tree.create(table)}."
    server = f"{path}Server.{tree.create(path + 'Server.')}."
    for name, value in settings(path, server, port, tls).items():
        assert tree.entry(name) is not None, name
        tree.write(name, value)
    return path


def pending(device: Device) -> list[str]:
    """The events that a device has to tell."""
    return [event.EventCode for event in device.events.to_tell()]
