"""Tasks: given to a device, waited for, looked at, taken back, given again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import ceil
from typing import Any

from acs.cwmp.json_form import ArgumentError
from acs.session.jobs import UnknownDevice
from acs.store import ids
from acs.store.interface import JobNotQueued, Query
from acs.store.records import Device, Job, JobState, Role
from acs.store.records.wakes import NoMoreWaking, TooMuchWaking, WakeOutcome
from acs.store.verbs.putting_away import JobNotFailed
from acs.web.api.jobs import check_role, put_away
from acs.web.appliance import Appliance
from acs.web.nbi.collections import MOST, QUERY, answer_collection
from acs.web.nbi.devices import device_of
from acs.web.nbi.door import DONE, door, refused
from acs.web.nbi.files import find_file
from acs.web.nbi.queries import BadFilter, parsed
from acs.web.nbi.tasks import fault_of, rpc_of, task_of
from acs.web.nbi.waiting import LONGEST, settled
from acs.web.people.areas import Area
from acs.web.people.restrictions import WHOLE
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Body, Call, Param
from acs.web.serving.problems import RETRY_AFTER, Problem
from acs.web.serving.routing import Routes

routes = Routes("", Area.JOBS, WHOLE, lenient=True)

LONGEST_BODY = 1 << 20
REASON = "a task of GenieACS's interface"
_SESSION_BEGINS = 3000
"""Milliseconds that a device has to call, where nobody says otherwise."""
_PATIENCE = int(LONGEST * 1000)
_PIECE = 1000

_HOW = (
    Param("connection_request", {"type": "string", "maxLength": 64}),
    Param("timeout", {"type": "integer", "minimum": 0, "maximum": 10_000_000, "default": _SESSION_BEGINS}),
)
_TASK = Body({}, required=False, streamed=LONGEST_BODY)


@routes.add(
    "POST",
    "/devices/{id}/tasks",
    Role.SUPPORT,
    {200: None, 202: None},
    query=_HOW,
    body=_TASK,
    refusals=(422,),
)
async def add_task(appliance: Appliance, call: Call) -> Answer:
    """Give a device something to do; at once, where ``connection_request`` is said.

    200: it is done; 202: it waits for the device, or has failed.  Without a body the device is woken alone.
    """
    device = await device_of(appliance.store, call.path["id"])
    body = await _body_of(call)
    if not body.strip():
        return await _wake(appliance, call, device)
    try:
        task = _plain(parsed(body.decode("utf-8", "replace"), "the task"))
    except BadFilter as error:
        raise refused(error) from None
    return await _given(appliance, call, device, task)


@routes.add(
    "POST",
    "/devices/{id}/objects/{name}/refresh",
    Role.SUPPORT,
    {200: None, 202: None},
    query=_HOW,
    body=_TASK,
    refusals=(422,),
)
async def refresh_object(appliance: Appliance, call: Call) -> Answer:
    """Read an object anew; GenieACS has no such request, but a client of it makes it."""
    device = await device_of(appliance.store, call.path["id"])
    await _body_of(call)
    task = {"name": "refreshObject", "objectName": call.path["name"].text}
    return await _given(appliance, call, device, task)


async def _body_of(call: Call) -> bytes:
    assert call.incoming is not None  # as the route's body is streamed
    pieces = []
    while piece := await call.incoming.read():
        pieces.append(piece)
    return b"".join(pieces)


def _plain(task: Mapping[str, Any]) -> Mapping[str, Any]:
    """The task as GenieACS wants it: a client of it says a ``command`` with ``params``."""
    params = task.get("params")
    if "name" in task or "command" not in task or not isinstance(params, dict | None):
        return task
    return {**(params or {}), "name": task["command"]}


async def _given(appliance: Appliance, call: Call, device: Device, task: Mapping[str, Any]) -> Answer:
    job = await _accepted(appliance, call, device, task)
    said = {**task, "device": device.id, "timestamp": task_of(job)["timestamp"], "_id": ids.as_text(job.id)}
    noted = task_of(job)  # without the secrets that the client is told again
    if "connection_request" not in call.query:
        return replace(of_json(said, 202), noted=noted)
    seconds = min(call.query["timeout"], _PATIENCE) / 1000
    settled_job = await settled(appliance.store, appliance.clock, job, seconds)
    return replace(_outcome(said, settled_job), noted=noted)


async def _accepted(appliance: Appliance, call: Call, device: Device, task: Mapping[str, Any]) -> Job:
    known = await appliance.store.parameters(device.id)
    try:
        rpc, arguments = rpc_of(task, device.root, known, partial(find_file, appliance.firmware))
        check_role(call, rpc, arguments)
        return await appliance.accept_job(
            device.id,
            rpc,
            arguments,
            reason=REASON,
            urgent="connection_request" in call.query,
            requested_by=call.principal.name,
        )
    except (BadFilter, ArgumentError) as error:
        raise Problem(422, str(error)) from None
    except UnknownDevice:
        raise Problem(404, "No such device") from None


def _outcome(said: Mapping[str, Any], job: Job | None) -> Answer:
    """What is told of a task that was to be done at once."""
    if job is None or job.state in (JobState.CANCELLED, JobState.EXPIRED):
        return Answer(202, **_as_json(said), reason="Task was taken back")
    if job.state is JobState.FAILED or job.uncertain:
        return Answer(202, **_as_json({**said, "fault": fault_of(job)}), reason="Task faulted")
    if job.state is JobState.DONE or job.result is not None:
        return Answer(200, **_as_json(said))
    offline = job.wake_outcome in (WakeOutcome.UNREACHABLE, WakeOutcome.TIMEOUT)
    return Answer(
        202, **_as_json(said), reason="Device is offline" if offline else "Task queued but not processed"
    )


def _as_json(said: Mapping[str, Any]) -> dict[str, Any]:
    answer = of_json(said)
    return {"body": answer.body, "content_type": answer.content_type}


async def _wake(appliance: Appliance, call: Call, device: Device) -> Answer:
    if "connection_request" not in call.query:
        raise Problem(400, "the body has to be a task")
    try:
        wake = await appliance.waker.wake(device.id, "auto", call.principal.name)
    except LookupError:
        raise Problem(404, "No such device") from None
    except TooMuchWaking as much:
        raise Problem(429, str(much), headers={"Retry-After": str(ceil(much.seconds))}) from None
    except NoMoreWaking:
        raise Problem(503, "the appliance stops", headers={"Retry-After": str(RETRY_AFTER)}) from None
    if wake.outcome in (WakeOutcome.INFORMED, WakeOutcome.ACCEPTED):
        return DONE
    raise Problem(504, f"{wake.outcome.value}: {wake.detail}")


# Those that there are


@routes.add("GET", "/tasks", Role.VIEWER, {200: None}, query=QUERY)
async def list_tasks(appliance: Appliance, call: Call) -> Answer:
    """The tasks that wait for their devices, or have failed; the newest ten thousand."""
    states = (JobState.QUEUED, JobState.SENT, JobState.FAILED)
    return await _listed(appliance, call, await jobs_in(appliance, *states), task_of)


async def _listed(appliance: Appliance, call: Call, jobs: Sequence[Job], show: Any) -> Answer:
    def answer() -> Answer:
        return answer_collection(call, map(show, jobs))

    try:
        return await door(appliance).in_thread(answer)
    except BadFilter as error:
        raise refused(error) from None


async def jobs_in(appliance: Appliance, *states: JobState) -> list[Job]:
    """Jobs that somebody has asked for, in these states, the oldest first."""
    filters = {"state": ",".join(states), "automatic": "false"}
    found: list[Job] = []
    cursor: str | None = None
    while len(found) < MOST:
        page = await appliance.store.jobs(Query(filters=filters, limit=_PIECE, cursor=cursor))
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    return found[::-1]


async def _job_of(appliance: Appliance, text: str) -> Job:
    number = ids.from_text(text)
    job = None if number is None else await appliance.store.job(number)
    if job is None or not (job.state.open or job.state is JobState.FAILED):
        raise Problem(404, "Task not found")
    return job


@routes.add("GET", "/tasks/{id}", Role.VIEWER, {200: None})
async def read_task(appliance: Appliance, call: Call) -> Answer:
    """One task; GenieACS has no such request, but a client of it makes it."""
    return of_json(task_of(await _job_of(appliance, call.path["id"].text)))


@routes.add("DELETE", "/tasks/{id}", Role.SUPPORT, {200: None}, refusals=(409,))
async def delete_task(appliance: Appliance, call: Call) -> Answer:
    """Take a task back, or put one away that has failed."""
    await _taken_back(appliance, await _job_of(appliance, call.path["id"].text))
    return DONE


async def _taken_back(appliance: Appliance, job: Job) -> None:
    try:
        if job.uncertain and job.state.open:
            await put_away(appliance, job)
        elif job.state is JobState.FAILED:
            await appliance.store.put_job_away(job.id)
        else:
            await appliance.store.cancel_job(job.id, appliance.now())
    except (JobNotQueued, JobNotFailed) as refusal:
        raise Problem(409, f"{refusal}: it cannot be taken back any more") from None


@routes.add("POST", "/tasks/{id}/retry", Role.SUPPORT, {200: None}, body=_TASK, refusals=(409, 422))
async def retry_task(appliance: Appliance, call: Call) -> Answer:
    """Give a task that has failed to its device once more; it is then another one."""
    await _body_of(call)
    job = await _job_of(appliance, call.path["id"].text)
    check_role(call, job.rpc, job.arguments)
    if job.state is JobState.QUEUED:
        return of_json(task_of(job))
    if job.state is not JobState.FAILED and not job.uncertain:
        raise Problem(409, f"the job is {job.state.value}: it is not tried again")
    who = call.principal.name
    try:
        again = await appliance.accept_job(
            job.device, job.rpc, job.arguments, reason=job.reason, urgent=False, requested_by=who
        )
    except (ArgumentError, UnknownDevice) as error:
        raise Problem(422, str(error)) from None
    await _taken_back(appliance, job)
    return of_json(task_of(again))


# Faults


@routes.add("GET", "/faults", Role.VIEWER, {200: None}, query=QUERY)
async def list_faults(appliance: Appliance, call: Call) -> Answer:
    """What has failed of what somebody has asked for; the newest ten thousand."""
    return await _listed(appliance, call, await jobs_in(appliance, JobState.FAILED), fault_of)


@routes.add("DELETE", "/faults/{id}", Role.SUPPORT, {200: None}, refusals=(409,))
async def delete_fault(appliance: Appliance, call: Call) -> Answer:
    """Put away what has failed, as GenieACS does the task with the fault."""
    for each in (call.path["id"].text, call.path["id"].raw):
        device, colon, channel = each.rpartition(":")
        number = ids.from_text(channel.removeprefix("task_"))
        job = await appliance.store.job(number) if colon and number is not None else None
        if job is not None and job.state is JobState.FAILED and job.device.lower() == device.lower():
            await _taken_back(appliance, job)
            return DONE
    raise Problem(404, "there is no such fault")
