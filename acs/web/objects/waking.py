"""How the API writes what is known of waking devices."""

from __future__ import annotations

from acs.store.records import Job, JobState
from acs.store.records.wakes import WakeOutcome
from acs.web.objects.shapes import (
    FLAG,
    KNOWN,
    LINKED,
    NUMBER,
    SECONDS,
    TEXT,
    TIME,
    Kind,
    Member,
    Shape,
    time,
)
from acs.web.serving.schema import JSON

METHODS = ("http", "xmpp", "udp")

OUTCOME = Kind({"type": "string", "enum": list(WakeOutcome)}, str)

_WAKE = (
    Member("method", KNOWN, description="The way that led to the outcome: http, xmpp or udp."),
    Member(
        "outcome",
        OUTCOME,
        description="`informed`: it has called; `accepted`: it has said that it would, or was sent a"
        " datagram, and has not called yet; else why not.",
    ),
    Member("detail", TEXT, description="More, for people, of each way that was tried."),
    Member("seconds", SECONDS, description="How long it was until that was known."),
    Member("session", LINKED, description="The session in which it called."),
)

WOKEN = Shape("Woken", _WAKE)
"""What came of waking a device."""

WAKE = Shape(
    "Wake",
    (
        Member("time", TIME),
        *_WAKE,
        Member("requested_by", KNOWN, description="The user or token; null: the appliance itself."),
        Member("job", LINKED, description="The job for the sake of which it was."),
    ),
)

_WAYS = Kind(
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "method": {"type": "string", "enum": list(METHODS)},
                "why_not": {"type": ["string", "null"], "description": "Null where it can be tried."},
            },
            "required": ["method", "why_not"],
        },
    },
    list,
)
_BINDING = Kind(
    {
        "type": ["object", "null"],
        "properties": {
            "host": {"type": "string"},
            "port": {"type": "integer"},
            "seen": {"type": ["string", "null"], "format": "date-time"},
        },
        "required": ["host", "port", "seen"],
    },
    lambda found: (
        None if found is None else {"host": found.host, "port": found.port, "seen": time(found.seen)}
    ),
)

WAKING = Shape(
    "Waking",
    (
        Member("username", KNOWN, description="Its ConnectionRequestUsername; null: it was given none."),
        Member("password", TEXT, description="Its ConnectionRequestPassword."),
        Member("previous_username", KNOWN, description="With those of this name it is tried too."),
        Member("stun_username", KNOWN, description="By which its STUN requests are known."),
        Member("xmpp_username", KNOWN, description="Its account on the XMPP server."),
        Member("xmpp_made", FLAG, description="Whether that account is there."),
        Member("last_method", KNOWN, "method", "The way that made it call last."),
        Member("binding", _BINDING, lambda waking: None, "Where its NAT lets UDP in, as last seen."),
        Member("ways", _WAYS, lambda waking: [], "The ways there are, in the order in which they are tried."),
        Member("given", FLAG, lambda waking: False, "Whether it has been given all of it."),
    ),
)

WOKEN_FOR = Shape(
    "WokenFor",
    (
        Member("tries", NUMBER, "wake_tries", "How often its device was woken for it."),
        Member("next", TIME, "wake_at", "When it is woken next; null: it is not."),
        Member("method", KNOWN, "wake_method", "Of the last time, as in Woken."),
        Member("outcome", KNOWN, "wake_outcome"),
        Member("detail", KNOWN, "wake_detail"),
    ),
)


def _woken_for(job: Job) -> JSON:
    if not (job.wake_at or job.wake_tries):
        return None
    return WOKEN_FOR.write(job) if job.state is JobState.QUEUED else WOKEN_FOR.write(job, next=None)


WOKEN_FOR_MEMBER = Member(
    "wake",
    Kind({"anyOf": [WOKEN_FOR.reference, {"type": "null"}]}, lambda written: written),
    _woken_for,
    "What was done to have its device call at once; null for a job that waits until it calls.",
)
"""The member of a job."""
