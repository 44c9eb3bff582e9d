"""Jobs: RPCs (or diagnostics) that somebody wants a device to carry out, from acceptance to end.

A job ends on the CPE's answer, never on sending: a Download, Upload or ScheduleDownload on the
TransferComplete that brings its CommandKey back, a diagnostic when its results were read.  One that was
sent in a session that was lost goes out again if doing it twice does what doing it once does; otherwise it
is marked as uncertain, for a person to look at.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from functools import lru_cache
from typing import Any, Protocol

import orjson
from msgspec.structs import replace

from acs.cwmp.diagnostics import DIAGNOSTICS
from acs.cwmp.json_form import from_json, request_from_json, to_json
from acs.cwmp.messages import AnyRequest
from acs.cwmp.rpcs import BY_NAME
from acs.store import ids
from acs.store.interface import Store
from acs.store.records import Job, JobState

MAX_ATTEMPTS = 3
"""How often an RPC goes out before a device that never answers it has failed it."""

READS = frozenset(
    {
        "GetRPCMethods",
        "GetParameterValues",
        "GetParameterNames",
        "GetParameterAttributes",
        "GetQueuedTransfers",
        "GetAllQueuedTransfers",
        "GetOptions",
        "ScheduleInform",
        "CancelTransfer",
        "Reboot",
    }
)
"""What may be asked of a device that is not verified: nothing secret goes out, nothing is configured."""


_SHORT = 4096
"""Bytes of arguments that are remembered."""


class UnknownDevice(LookupError):
    """There is no device of this id."""


class AcceptJob(Protocol):
    """Takes a job into a device's queue, as `accept` does; the service may wake the device as well."""

    def __call__(
        self,
        device: str,
        rpc: str,
        arguments: Mapping[str, Any],
        *,
        reason: str,
        urgent: bool,
        requested_by: str,
    ) -> Awaitable[Job]:
        """The job, on disk; raises `UnknownDevice` or `ArgumentError`."""


async def accept(
    store: Store,
    now: float,
    device: str,
    rpc: str,
    arguments: Mapping[str, Any],
    *,
    reason: str = "",
    urgent: bool = False,
    automatic: bool = False,
    requested_by: str = "",
    expires: float | None = None,
    wake_at: float = 0.0,
) -> Job:
    """Take a job into the queue of a device; it is on disk when this returns.

    ``rpc`` may be the name of a diagnostic (`acs.cwmp.diagnostics`), whose arguments are then its own.
    Raises `UnknownDevice`, or `ArgumentError` where the arguments are not those of the RPC.  An identical
    job that waits already is returned instead.
    """
    diagnostic = DIAGNOSTICS.get(rpc)
    wanted = from_json(diagnostic.arguments, arguments) if diagnostic else request_from_json(rpc, arguments)
    if await store.device(device) is None:
        raise UnknownDevice(device)
    identifier = store.new_id()
    job = Job(
        id=identifier,
        device=device,
        rpc=rpc,
        arguments=to_json(wanted),
        created=now,
        reason=reason,
        urgent=urgent,
        automatic=automatic,
        requested_by=requested_by,
        command_key=command_key_of(wanted, identifier),
        expires=expires,
        wake_at=wake_at,
    )
    return await store.add_job(job)


def command_key_of(request: Any, job_id: int) -> str:
    """The CommandKey that the job's RPC will carry: the caller's own, else the job's id; "" for an RPC
    without one."""
    if not hasattr(request, "CommandKey"):
        return ""
    given: str | None = request.CommandKey
    return given or ids.as_text(job_id)


def request_of(job: Job) -> AnyRequest:
    """The RPC to send for a job, its CommandKey filled in."""
    request: Any = _request_of(job.rpc, job.arguments)
    made: AnyRequest = replace(request, CommandKey=job.command_key) if job.command_key else request
    return made


def _request_of(rpc: str, arguments: Mapping[str, Any]) -> AnyRequest:
    # What many devices are told alike is made into a request once: a session with such a job takes 0.95 of
    # the CPU (benchmarks/jobs.py, both ways in turns).
    try:
        text = orjson.dumps(arguments)
    except orjson.JSONEncodeError:
        return request_from_json(rpc, arguments)
    return _written_request(rpc, text) if len(text) <= _SHORT else request_from_json(rpc, arguments)


@lru_cache(maxsize=256)
def _written_request(rpc: str, arguments: bytes) -> AnyRequest:
    return request_from_json(rpc, orjson.loads(arguments))


def idempotent(job: Job) -> bool:
    """May the RPC go out again without harm?  A vendor's RPC may not, as nobody here knows what it does."""
    if job.rpc in DIAGNOSTICS:
        return True
    declared = BY_NAME.get(job.rpc)
    return declared is not None and declared.idempotent


def awaits_transfer(job: Job) -> bool:
    """True for a job whose RPC was accepted and whose end a TransferComplete (or DUStateChangeComplete)
    will tell."""
    declared = BY_NAME.get(job.rpc)
    return (
        job.state is JobState.SENT and job.result is not None and declared is not None and declared.transfer
    )


def answered(job: Job) -> bool:
    """True for a job whose RPC went out and was accepted, and which has not ended."""
    return job.state is JobState.SENT and job.result is not None


def under_way(job: Job) -> bool:
    """True for a diagnostic that the device was told to begin, and whose end it has yet to tell."""
    return job.rpc in DIAGNOSTICS and job.state is JobState.SENT and job.result is not None


def unanswered(job: Job) -> bool:
    """True for a job whose RPC went out and whose answer has not come."""
    return job.state is JobState.SENT and job.result is None and not job.uncertain


def left_by_lost_session(job: Job, now: float) -> dict[str, Any]:
    """What becomes of a job that was sent and whose answer never came: the fields to change."""
    if not idempotent(job):
        return {"uncertain": True}
    if job.attempts >= MAX_ATTEMPTS:
        fault = {"FaultCode": 0, "FaultString": f"no answer in {job.attempts} sessions"}
        return {"state": JobState.FAILED, "fault": fault, "ended": now}
    return {"state": JobState.QUEUED, "session": None}
