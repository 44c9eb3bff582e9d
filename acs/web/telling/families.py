"""The appliance's numbers by the names that Prometheus has for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct


class Family(NamedTuple):
    """A number by its name, with what it tells, and by which labels.

    Counters are ``NAME_total``; whatever is a process's own has the label ``worker`` as well.
    """

    name: str
    about: str
    labels: tuple[str, ...] = ()


COUNTERS = {
    "sessions": Family(
        "acs_sessions",
        "Sessions that are over: success, failed; and messages that were refused.",
        ("result",),
    ),
    "rpcs": Family("acs_rpcs", "RPCs by who has asked (in: the CPE).", ("direction", "rpc")),
    "faults": Family("acs_faults", "Faults by who has answered, and to what.", ("direction", "rpc")),
    "wakes": Family("acs_wakes", "Connection requests.", ("method", "outcome")),
    "received": Family("acs_received_bytes", "Bodies of what CPEs have sent."),
    "sent": Family("acs_sent_bytes", "Bodies of what was sent to CPEs."),
    "jobs": Family("acs_jobs", "Jobs that have come to a state.", ("state",)),
    "messages": Family(
        "acs_webhook_messages",
        "Messages to webhooks by what came of each try: taken, refused, unanswered; dropped before.",
        ("outcome",),
    ),
}
GAUGES = {
    "open": Family("acs_open_sessions", "Sessions that are open."),
    "available": Family("acs_store_available", "1 where the database could be written the last time."),
}
HISTOGRAMS = {
    "durations": Family("acs_session_duration_seconds", "How long sessions take."),
    "commits": Family("acs_store_commit_seconds", "How long the database takes for a group of changes."),
}
OPEN_JOBS = Family("acs_open_jobs", "In the database: jobs that wait, or await an answer.", ("state",))
OPEN_ALARMS = Family("acs_alarms_open", "In the database: alarms whose cause is not gone.", ("kind",))
WAITING = Family("acs_webhook_waiting", "In the database: messages that wait for webhooks.")
DEVICES = Family(
    "acs_devices",
    "In the database: devices by model (Manufacturer/ProductClass).",
    ("model", "software_version"),
)

FAMILIES: tuple[tuple[str, Family], ...] = (
    *(("counter", each) for each in COUNTERS.values()),
    *(("gauge", each) for each in GAUGES.values()),
    *(("histogram", each) for each in HISTOGRAMS.values()),
    *(("gauge", each) for each in (OPEN_JOBS, OPEN_ALARMS, WAITING, DEVICES)),
)
"""All of them, each after its kind."""


class Counted(Struct, frozen=True):
    """What was counted in the database: open jobs by state, open alarms by kind, messages that wait for
    webhooks, devices by model with firmware."""

    jobs: Mapping[str, int]
    alarms: Mapping[str, int]
    waiting: int
    devices: Mapping[tuple[str, str], int]
