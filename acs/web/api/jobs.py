"""Jobs: RPCs or diagnostics for a device, queued, looked at, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from acs.cwmp.diagnostics import DIAGNOSTICS
from acs.cwmp.json_form import ArgumentError, schema_of
from acs.cwmp.rpcs import BY_NAME, TO_CPE
from acs.session.jobs import UnknownDevice
from acs.store import ids
from acs.store.interface import JobNotQueued
from acs.store.listing.listings import JOBS
from acs.store.records import Job, JobState, Role
from acs.web.api.devices import device_filter, device_of
from acs.web.appliance import Appliance
from acs.web.hiding.redaction import masked_json
from acs.web.hiding.secrets import SHOW, shown
from acs.web.objects.rpcs import role_of
from acs.web.objects.things import JOB
from acs.web.people.areas import Area
from acs.web.people.restrictions import FILTERED, OF_DEVICE, OF_JOB
from acs.web.serving.answers import Answer, of_json
from acs.web.serving.calls import Body, Call
from acs.web.serving.listing import answer_list, list_of, params_of, query_of
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes
from acs.web.serving.schema import FLAG, JSON, FieldError, line, objects

routes = Routes("/api/v1", Area.JOBS, OF_JOB)

_CHANGING = frozenset({"SetParameterValues", "SetParameterAttributes", "AddObject", "DeleteObject"})
_ONE = Content(JOB.reference)
WANTED = {
    "rpc": {
        **line(80, 1),
        "description": "A standard's or a diagnostic's name, or a vendor's with X_ before it.",
    },
    "arguments": {"type": "object", "default": {}, "description": "By the standard's names."},
    "reason": {**line(1024), "default": ""},
    "urgent": {**FLAG, "default": False, "description": "Before other jobs."},
}
"""What is said of a job that is to be queued."""


def _described() -> dict[str, JSON]:
    """The body with each RPC's or diagnostic's own arguments; a vendor's RPC has one, its XML."""
    alternatives: list[JSON] = []
    known = {rpc.name: rpc.request for rpc in TO_CPE}
    for name, declared in (known | {each.name: each.arguments for each in DIAGNOSTICS.values()}).items():
        arguments = schema_of(declared)
        properties = WANTED | {"rpc": {"const": name}, "arguments": arguments}
        alternatives.append(objects(properties, ("rpc", *(["arguments"] if "required" in arguments else []))))
    vendors = {"type": "string", "maxLength": 80, "pattern": "^X_[A-Za-z0-9_.-]+$"}
    arguments = objects({"XML": {"type": "string"}})
    alternatives.append(objects(WANTED | {"rpc": vendors, "arguments": arguments}, ("rpc",)))
    return {"oneOf": alternatives}


@routes.add(
    "GET",
    "/jobs",
    Role.VIEWER,
    {200: list_of(JOB.reference)},
    query=(*params_of(JOBS), SHOW),
    restricted=FILTERED,
)
async def list_jobs(appliance: Appliance, call: Call) -> Answer:
    """List jobs, the newest first."""
    reveal = shown(call)
    filters = await device_filter(appliance, call)
    page = await appliance.store.jobs(query_of(call, **filters))
    return answer_list(call, await appliance.in_thread(_show_all, page.items, reveal), page.next)


def _show_all(jobs: Sequence[Job], reveal: bool) -> list[dict[str, JSON]]:
    """Many jobs; in a thread, as each may hold the values of thousands of parameters."""
    return [_show(job, reveal) for job in jobs]


def _show(job: Job, reveal: bool) -> dict[str, JSON]:
    written = JOB.write(job)
    hidden = {} if reveal else {name: masked_json(written[name]) for name in ("arguments", "result", "fault")}
    return written | hidden


@routes.add("GET", "/jobs/{id}", Role.VIEWER, {200: _ONE}, query=(SHOW,))
async def read_job(appliance: Appliance, call: Call) -> Answer:
    """One job."""
    reveal = shown(call)
    return of_json(_show(await _job_of(appliance, call), reveal))


async def _job_of(appliance: Appliance, call: Call) -> Job:
    number = ids.from_text(call.path["id"].text)
    job = None if number is None else await appliance.store.job(number)
    if job is None:
        raise Problem(404, "there is no job with this id")
    return job


@routes.add(
    "POST",
    "/devices/{id}/jobs",
    Role.SUPPORT,
    {201: _ONE, 200: _ONE},
    body=Body(objects(WANTED, ("rpc",)), described=_described()),
    says=("Location",),
    refusals=(422,),
    restricted=OF_DEVICE,
)
async def add_job(appliance: Appliance, call: Call) -> Answer:
    """Queue an RPC, or a diagnostic, for a device.

    200 instead of 201 tells that an identical job waits already, which is then answered.  RPCs that move
    software or whole configurations, and vendors' own, need the role operator, and so do changes to the
    device's ManagementServer, by which it might be lost.  Arguments that are not the
    RPC's are refused with 422.  A diagnostic (IPPing, TraceRoute, DownloadDiagnostics, UploadDiagnostics,
    NSLookupDiagnostics, NeighboringWiFiDiagnostic) is `sent` until the device has told that it is complete.
    """
    rpc = call.body["rpc"]
    check_role(call, rpc, call.body.get("arguments", {}))
    device = await device_of(appliance, call)
    before = appliance.store.new_id()  # ids grow: a job with a smaller one was there before
    job = await _accepted(appliance, call, device.id, rpc)
    location = f"{routes.prefix}/jobs/{ids.as_text(job.id)}"
    return of_json(_show(job, reveal=False), 201 if job.id > before else 200, location)


def check_role(call: Call, rpc: str, arguments: JSON) -> None:
    """Raise `Problem` 403 where who asks may not have a device do that (`needs_operator`)."""
    if not call.principal.may(Role.OPERATOR) and (what := needs_operator(rpc, arguments)):
        raise Problem(403, f"{what} the role operator or a higher one")


def needs_operator(rpc: str, arguments: JSON) -> str:
    """What of this is for operators, with its verb: what the standard does not know, what support has no need
    of, what changes how a device and the appliance reach each other; "" for nothing."""
    if role_of(rpc) is Role.OPERATOR or not (rpc in BY_NAME or rpc in DIAGNOSTICS):
        return "this RPC needs"
    if rpc in _CHANGING and b".ManagementServer." in orjson.dumps(arguments):
        return "parameters of ManagementServer need"
    return ""


async def _accepted(appliance: Appliance, call: Call, device_id: str, rpc: str) -> Job:
    wanted: dict[str, Any] = {
        name: call.body.get(name, WANTED[name]["default"]) for name in ("reason", "urgent")
    }
    try:
        return await appliance.accept_job(
            device_id, rpc, call.body.get("arguments", {}), requested_by=call.principal.name, **wanted
        )
    except ArgumentError as error:
        raise wrong_arguments(error) from None
    except UnknownDevice:
        raise Problem(404, "there is no device with this id") from None


def wrong_arguments(error: ArgumentError, within: str = "") -> Problem:
    """The refusal of an RPC or its arguments, which stand ``within`` the body."""
    where = error.where if error.where == "rpc" else ".".join(filter(None, ("arguments", error.where)))
    wrong = FieldError(within + where, error.reason)
    return Problem(422, "the RPC or its arguments are wrong", (wrong,))


@routes.add("DELETE", "/jobs/{id}", Role.SUPPORT, {200: _ONE}, refusals=(409,))
async def cancel_job(appliance: Appliance, call: Call) -> Answer:
    """Cancel a job that waits, or one that is uncertain.

    A job that was sent and may still be answered, or that has ended, is left as it is: 409.
    """
    job = await _job_of(appliance, call)
    if job.uncertain and job.state.open:
        return of_json(_show(await put_away(appliance, job), reveal=False))
    try:
        cancelled = await appliance.store.cancel_job(job.id, appliance.now())
    except JobNotQueued as refusal:
        raise Problem(409, f"{refusal}: it cannot be cancelled any more") from None
    return of_json(_show(cancelled, reveal=False))


async def put_away(appliance: Appliance, job: Job) -> Job:
    """End a job of which nobody knows whether it was done: no answer will."""
    await appliance.store.device(job.device)  # its open jobs are in memory then
    ended = appliance.store.change_job(job.id, state=JobState.CANCELLED, ended=appliance.now())
    await appliance.store.committed()
    return ended
