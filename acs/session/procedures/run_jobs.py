"""Carries out the jobs that wait for a device, each until it has its answer (DESIGN: "Jobs")."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from acs.cwmp import messages as m
from acs.cwmp.errors import LocalProtocolError
from acs.cwmp.json_form import to_json
from acs.cwmp.messages import AnyRequest, Response
from acs.cwmp.rpcs import BY_NAME
from acs.session import jobs
from acs.session.data_models import types_by_model
from acs.session.errors import CpeFault, SessionLost, Unanswered
from acs.session.procedures import authorize
from acs.session.procedures.learn import learn
from acs.session.visit import Visit
from acs.store.records import Job, JobState

# The device wants to restart, and does so when the session is over: no more questions.
_LAST = ("Reboot", "FactoryReset")


async def run_jobs(visit: Visit, urgent: bool) -> bool:
    """Carry out the jobs that wait, urgent ones only if so asked; True if the session should end now.

    Jobs that arrive meanwhile are carried out too.  In a session of a device that is not verified, only
    those are that send it nothing secret and change nothing; the others wait.
    """
    while visit.resident.jobs and visit.cpe.may_ask and (job := _next(visit, urgent)) is not None:
        done = await _run(visit, job)
        if done and job.rpc in _LAST:
            return True
    return False


def _next(visit: Visit, urgent: bool) -> Job | None:
    now = visit.now()
    for job in visit.store.open_jobs(visit.device_id):
        if job.state is not JobState.QUEUED or (urgent and not job.urgent):
            continue
        if not visit.verified and job.rpc not in jobs.READS:
            continue
        if job.expires is not None and job.expires <= now:
            visit.store.change_job(job.id, state=JobState.EXPIRED, ended=now)
            continue
        return job
    return None


async def _run(visit: Visit, job: Job) -> bool:
    """Send one job's RPC; what comes of it is on disk before anything else is said.  True if the device
    accepted it."""
    if (reason := _too_new(visit, job) or await authorize.why_not(visit, job)) is not None:
        _end(visit, job, fault={"FaultCode": 0, "FaultString": reason})
        return False
    request = await _typed(visit, jobs.request_of(job))
    if not visit.cpe.may_ask:
        # Its types were asked for: it waits for the next session, unless that would have to ask again.
        if missing := _untyped(request):
            reason = f"the device does not tell the type of {missing[0]}: give it with the value"
            _end(visit, job, fault={"FaultCode": 0, "FaultString": reason})
        return False
    if visit.cpe.over:
        raise SessionLost(visit.cpe.failure)  # meanwhile, and with it what was to be sent in it
    if await visit.store.send_job(job.id, visit.now(), visit.cpe.record.id) is None:
        return False
    accepted = False
    try:
        response: Response = await visit.cpe.call(request, job.id)
    except CpeFault as refusal:
        _end(visit, job, fault=to_json(refusal.fault))
    except (Unanswered, LocalProtocolError) as failure:
        _end(visit, job, fault={"FaultCode": 0, "FaultString": str(failure)})
    else:
        await _accepted(visit, job, request, response)
        accepted = True
    await visit.store.committed()
    return accepted


def _too_new(visit: Visit, job: Job) -> str | None:
    """Why the RPC is not for this device: newer than its CWMP version, and not among those that it says it
    knows."""
    declared = BY_NAME.get(job.rpc)
    version = visit.cpe.version
    if declared is None or declared.since <= version.number or job.rpc in visit.device.rpc_methods:
        return None
    major, minor = declared.since
    return f"{job.rpc} came with CWMP {major}.{minor}, and the device speaks {version.name}"


async def _accepted(visit: Visit, job: Job, request: AnyRequest, response: Response) -> None:
    await learn(visit, request, response)
    await visit.tree.keep(visit.now())
    result = to_json(response)
    if _ends_later(job.rpc, response):
        visit.store.change_job(job.id, result=result)
    else:
        _end(visit, job, result=result)


def _ends_later(rpc: str, response: Response) -> bool:
    """True where a TransferComplete will tell the end: accepted, and not done at once (Status 0)."""
    declared = BY_NAME.get(rpc)
    if declared is None or not declared.transfer:
        return False
    return not isinstance(response, (m.DownloadResponse, m.UploadResponse)) or response.Status != 0


def _end(
    visit: Visit, job: Job, fault: dict[str, Any] | None = None, result: dict[str, Any] | None = None
) -> None:
    state = JobState.DONE if fault is None else JobState.FAILED
    visit.store.change_job(job.id, state=state, ended=visit.now(), fault=fault, result=result)


async def _typed(visit: Visit, request: AnyRequest) -> AnyRequest:
    """A SetParameterValues with the types that its values lack: as the device has told, else as its data
    model says, else asked for first."""
    untyped = _untyped(request)
    if not (untyped and isinstance(request, m.SetParameterValues)):
        return request
    types = await _types(visit, untyped)
    return replace(
        request,
        ParameterList=tuple(replace(v, Type=v.Type or types.get(v.Name, "")) for v in request.ParameterList),
    )


def _untyped(request: AnyRequest) -> tuple[str, ...]:
    """The names of the values to set that lack a type."""
    values = request.ParameterList if isinstance(request, m.SetParameterValues) else ()
    return tuple(value.Name for value in values if not value.Type)


async def _types(visit: Visit, names: tuple[str, ...]) -> dict[str, str]:
    known = await visit.tree.load()
    types = {name: known[name].type for name in names if name in known and known[name].type}
    types |= await types_by_model(visit.store, visit.device, [name for name in names if name not in types])
    missing = tuple(name for name in names if name not in types)
    if missing:
        try:
            answer = await visit.cpe.call(m.GetParameterValues(missing))
        except (CpeFault, Unanswered):
            return types
        await visit.tree.learn_values(answer.ParameterList, visit.now())
        types |= {value.Name: value.Type for value in answer.ParameterList}
    return types
