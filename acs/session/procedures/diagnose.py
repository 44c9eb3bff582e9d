"""Has a device run diagnostics, whose results are read when it tells that they are there.

One runs when the session that asked for it is over (TR-181, DiagnosticsState), so that the job waits for the
event ``8 DIAGNOSTICS COMPLETE``.  A device that never tells is asked once, when it calls after a while.
"""

from __future__ import annotations

from typing import Any

from acs.cwmp import messages as m
from acs.cwmp.diagnostics import COMPLETE, DIAGNOSTICS, FORGOTTEN, REQUESTED, STATE
from acs.cwmp.fields import Field, fields_of
from acs.cwmp.json_form import to_json
from acs.cwmp.types import Leaf
from acs.cwmp.values import ParameterValueStruct
from acs.session.errors import CpeFault, Enough, NotForDevice, Unanswered
from acs.session.findings import findings, object_of
from acs.session.jobs import under_way
from acs.session.procedures.reading import Names, read_each, read_names
from acs.session.visit import Visit
from acs.store.records import Job, JobState

LIMIT = 3600.0
"""Seconds from the set to where a device that has told nothing is asked, and its word is final: the longest
trace there is takes a quarter of an hour."""

UNDER_WAY = {STATE: REQUESTED}
"""The result of a job that waits for its device."""

JSON = Any


async def set_of(visit: Visit, job: Job) -> m.SetParameterValues:
    """The set that has the device begin; raises `NotForDevice` where it has no such diagnostic.

    The state goes last: whatever else is set undoes a request.
    """
    path = await _object(visit, job)
    known = await visit.tree.load()
    values = []
    for field in fields_of(DIAGNOSTICS[job.rpc].arguments):
        if (given := job.arguments.get(field.name)) is not None:
            leaf = _leaf(field)
            name = path + field.name
            told = known[name].type if name in known else ""
            values.append(ParameterValueStruct(name, leaf.write(given), told or leaf.xsd))
    values.append(ParameterValueStruct(path + STATE, REQUESTED, "xsd:string"))
    # Every set has a key: the one that the device has stays what it is.
    return m.SetParameterValues(tuple(values), visit.device.parameter_key)


def _leaf(field: Field) -> Leaf:
    assert field.leaf is not None, field.name
    return field.leaf


async def _object(visit: Visit, job: Job) -> str:
    path = object_of(DIAGNOSTICS[job.rpc], await visit.tree.load(), visit.device.root_data_model)
    if path is None:
        model = visit.device.root_data_model or "of unknown data model"
        raise NotForDevice(f"the device ({model}) has no {job.rpc} that is known")
    return path


async def read_diagnostics(visit: Visit) -> None:
    """Read what has become of the diagnostics that are under way, if there is reason to believe that they are
    over; not where the device is not verified."""
    if not (visit.verified and visit.resident.jobs):
        return
    for job in visit.store.open_jobs(visit.device_id):
        if under_way(job) and visit.cpe.may_ask and (_news(visit) or _overdue(visit, job)):
            await _settle(visit, job)


def _news(visit: Visit) -> bool:
    """Whether the device tells that one is complete, or has restarted, which ends them all."""
    events = visit.cpe.events
    return events.diagnosed or events.boot or events.bootstrap


def _overdue(visit: Visit, job: Job) -> bool:
    return job.sent is not None and visit.now() >= job.sent + LIMIT


async def _settle(visit: Visit, job: Job) -> None:
    # Until it is answered it is as one that was sent in this session: where that is lost, it is run again.
    visit.store.change_job(job.id, result=None, session=visit.cpe.record.id)
    try:
        path = await _object(visit, job)
        values = await _read(visit, job, path)
    except CpeFault as refusal:
        _fail(visit, job, to_json(refusal.fault))
    except Enough:
        _fail(visit, job, "the device takes too few RPCs in a session for its results to be read")
    except (NotForDevice, Unanswered) as failure:
        _fail(visit, job, str(failure))
    else:
        await visit.tree.learn_values(values, visit.now())
        _conclude(visit, job, findings(DIAGNOSTICS[job.rpc], path, values))
    await visit.store.committed()


async def _read(visit: Visit, job: Job, path: str) -> tuple[ParameterValueStruct, ...]:
    """All of the object's parameters at once; name by name from a device that does not give them so."""
    try:
        return (await visit.cpe.call(m.GetParameterValues((path,)), job.id)).ParameterList
    except CpeFault:
        infos = await read_names(visit.cpe, path, Names())
        names = [info.Name for info in infos if not info.Name.endswith(".")]
        if not names:
            raise
    answers = await read_each(visit.cpe, m.GetParameterValues, names)
    return tuple(value for answer in answers for value in answer.ParameterList)


def _conclude(visit: Visit, job: Job, found: dict[str, JSON]) -> None:
    state = found.get(STATE)
    if state in COMPLETE:
        visit.store.change_job(job.id, state=JobState.DONE, ended=visit.now(), result=found)
    elif state == REQUESTED and not _overdue(visit, job):
        visit.store.change_job(job.id, result=UNDER_WAY)  # it was another one that is complete
    else:
        _fail(visit, job, _reason(visit, state), found)


def _reason(visit: Visit, state: str | None) -> str:
    """Why there are no results, in our words where the device has none."""
    if state == REQUESTED:
        return f"the device never told that it was complete: after {LIMIT / 60:.0f} minutes it still is not"
    if state == FORGOTTEN:
        events = visit.cpe.events
        restarted = events.boot or events.bootstrap
        return "the device has restarted, and lost it" if restarted else "the device has dropped it"
    return state or f"the device does not tell its {STATE}"


def _fail(
    visit: Visit, job: Job, reason: str | dict[str, JSON], found: dict[str, JSON] | None = None
) -> None:
    fault = {"FaultCode": 0, "FaultString": reason} if isinstance(reason, str) else reason
    visit.store.change_job(job.id, state=JobState.FAILED, ended=visit.now(), fault=fault, result=found)
