"""What systemd is told of how the service fares (sd_notify(3))."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from twisted.logger import Logger

log = Logger()

READY = "READY=1"
STOPPING = "STOPPING=1"


def notify(words: str, environment: Mapping[str, str]) -> None:
    """Say it, if whoever has started us wants to hear: NOTIFY_SOCKET is where.  Raises OSError."""
    place = environment.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    address = f"\0{place[1:]}" if place.startswith("@") else place
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as talking:
        talking.sendto(words.encode(), address)


def say_that_it_stops(environment: Mapping[str, str]) -> None:
    """The same, where it goes on all the same if nobody hears it."""
    try:
        notify(STOPPING, environment)
    except OSError as error:
        log.warn("systemd could not be told that the appliance stops: {reason}", reason=str(error))


def keeps_journal(environment: Mapping[str, str]) -> bool:
    """Whether what is printed goes into a log that others read (JOURNAL_STREAM in systemd.exec(5))."""
    return "JOURNAL_STREAM" in environment
