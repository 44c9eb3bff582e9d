"""Carries out the jobs that wait for a device, each until it has its answer (DESIGN: "Jobs")."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from acs.cwmp import messages as m
from acs.cwmp.diagnostics import DIAGNOSTICS
from acs.cwmp.errors import LocalProtocolError
from acs.cwmp.json_form import to_json
from acs.cwmp.messages import AnyRequest, Response
from acs.cwmp.rpcs import BY_NAME
from acs.session import jobs
from acs.session.data_models import types_by_model
from acs.session.errors import CpeFault, NotForDevice, SessionLost, Unanswered
from acs.session.files import addressed, is_firmware
from acs.session.procedures import authorize
from acs.session.procedures.diagnose import UNDER_WAY, set_of
from acs.session.procedures.learn import learn
from acs.session.visit import Visit
from acs.store.records import Job, JobState

# The device wants to restart, and does so when the session is over: no more questions.  So it does with
# firmware that it was told to download, which many fetch only then.
_LAST = ("Reboot", "FactoryReset")


async def run_jobs(visit: Visit, urgent: bool) -> bool:
    """Carry out the jobs that wait, urgent ones only if so asked; True if the session should end now.

    Jobs that arrive meanwhile are carried out too.  In a session of a device that is not verified, only
    those are that send it nothing secret and change nothing; the others wait.
    """
    while visit.resident.jobs and visit.cpe.may_ask and (job := _next(visit, urgent)) is not None:
        done = await _run(visit, job)
        if done and (job.rpc in _LAST or job.rpc == "Download" and is_firmware(job)):
            return True
    return False


def _next(visit: Visit, urgent: bool) -> Job | None:
    now = visit.now()
    waiting = visit.store.open_jobs(visit.device_id)
    busy = {job.rpc for job in waiting if jobs.under_way(job)}  # a device runs one diagnostic of a kind
    for job in waiting:
        if job.state is not JobState.QUEUED or (urgent and not job.urgent) or job.rpc in busy:
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
    try:
        request = await _typed(visit, await _request(visit, job))
    except NotForDevice as error:
        _end(visit, job, fault={"FaultCode": 0, "FaultString": str(error)})
        return False
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


async def _request(visit: Visit, job: Job) -> AnyRequest:
    """The RPC to send; raises `NotForDevice` for one that is newer than the device's CWMP version, and not
    among those that it says it knows, for a diagnostic that it does not have, for a download that is not
    authorized, and for a file that is not there."""
    if (reason := await authorize.why_not(visit, job)) is not None:
        raise NotForDevice(reason)
    if job.rpc in DIAGNOSTICS:
        return await set_of(visit, job)
    declared = BY_NAME.get(job.rpc)
    version = visit.cpe.version
    if declared is None or declared.since <= version.number or job.rpc in visit.device.rpc_methods:
        request = jobs.request_of(job)
        return addressed(visit.files, request, visit.device, job.id, visit.cpe.adapter, visit.now())
    major, minor = declared.since
    raise NotForDevice(f"{job.rpc} came with CWMP {major}.{minor}, and the device speaks {version.name}")


async def _accepted(visit: Visit, job: Job, request: AnyRequest, response: Response) -> None:
    await learn(visit, request, response)
    await visit.tree.keep(visit.now())
    result = UNDER_WAY if job.rpc in DIAGNOSTICS else to_json(response)
    if _ends_later(job.rpc, response) or _shows_later(visit, job):
        visit.store.change_job(job.id, result=result)
    else:
        _end(visit, job, result=result)


def _ends_later(rpc: str, response: Response) -> bool:
    """True where a later session will tell the end: of a diagnostic, and of a transfer that was not done at
    once (Status 0)."""
    if rpc in DIAGNOSTICS:
        return True
    declared = BY_NAME.get(rpc)
    if declared is None or not declared.transfer:
        return False
    return not isinstance(response, (m.DownloadResponse, m.UploadResponse)) or response.Status != 0


def _shows_later(visit: Visit, job: Job) -> bool:
    """True of firmware that the device has yet to run."""
    versions = visit.files.versions_of(job)
    return bool(versions) and visit.device.software_version not in versions


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
