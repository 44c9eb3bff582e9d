"""The ``job`` commands: RPCs for a device, from the queue to their outcome."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from acs.ctl.api import Api
from acs.ctl.errors import CommandFailed
from acs.ctl.rpc_arguments import from_words
from acs.ctl.tables import (
    Column,
    Item,
    members,
    timed,
    write_fields,
    write_json,
    write_list,
    write_table,
)
from acs.ctl.text import moment, shown

OPEN = ("queued", "sent")
INTERVAL = 0.5
"""Seconds between two looks at a job that is waited for."""
_COLUMNS = (
    Column("ID", "id", whole=True),
    Column("DEVICE", "device", whole=True),
    Column("RPC", "rpc"),
    Column("STATE", lambda job: state(job)),
    Column("CREATED", lambda job: moment(job.get("created")), whole=True),
    Column("FAULT", lambda job: fault_line(job.get("fault"))),
    Column("REASON", "reason"),
    Column("ENDED", lambda job: moment(job.get("ended")), whole=True),
)
_TIMES = ("created", "sent", "ended", "expires")
_DOCUMENTS = ("arguments", "result", "fault")
_VALUES = (
    Column("NAME", "Name", whole=True),
    Column("VALUE", "Value"),
    Column("TYPE", "Type"),
)


def list_jobs(api: Api, arguments: Namespace) -> int:
    """``job list``"""
    query = {**dict(arguments.filters), "secrets": arguments.secrets}
    write_list(_COLUMNS, api.items("jobs", query=query, limit=arguments.limit), arguments.json)
    return 0


def show(api: Api, arguments: Namespace) -> int:
    """``job show ID``"""
    job = api.get("jobs", arguments.job, query={"secrets": arguments.secrets})
    if arguments.json:
        write_json(job)
    else:
        _write_job(job)
    return 0


def add(api: Api, arguments: Namespace) -> int:
    """``job add DEVICE RPC [ARGUMENTS]``"""
    return queue(api, arguments, arguments.rpc, from_words(arguments.rpc, arguments.words))


def cancel(api: Api, arguments: Namespace) -> int:
    """``job cancel ID``"""
    api.delete("jobs", arguments.job)
    print("cancelled")
    return 0


def queue(api: Api, arguments: Namespace, rpc: str, rpc_arguments: dict[str, Any]) -> int:
    """Queue an RPC for a device; where the command line says so, wait for its end."""
    wanted = {
        "rpc": rpc,
        "arguments": rpc_arguments,
        "reason": arguments.reason,
        "urgent": arguments.urgent,
    }
    job = api.post("devices", arguments.device, "jobs", body=wanted)
    if arguments.wait is not None:
        return _follow(api, job, arguments)
    if arguments.json:
        write_json(job)
    else:
        print(f"job {shown(job['id'])} is {state(job)}")
    return 0


def _follow(api: Api, job: Item, arguments: Namespace) -> int:
    job = wait(api, job, arguments.wait)
    if arguments.json:
        write_json(job)
    else:
        write_outcome(job)
    if pending(job):
        raise CommandFailed(f"job {job['id']} is still {job['state']} after {arguments.wait:g} s")
    return 0 if job["state"] == "done" else 1


def wait(
    api: Api,
    job: Item,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Item:
    """The job as it is when it has ended, or when the time is up."""
    until = clock() + seconds
    while pending(job) and clock() < until:
        sleep(min(INTERVAL, max(0.0, until - clock())))
        job = api.get("jobs", str(job["id"]))
    return job


def pending(job: Item) -> bool:
    """True while an answer may still come; none will to an RPC whose session was lost."""
    return job["state"] in OPEN and not job.get("uncertain")


def write_outcome(job: Item) -> None:
    """Write what the device answered: values or rows as tables, other results by member, a fault as text."""
    print(f"job {shown(job['id'])} is {state(job)}")
    if pending(job) and job.get("wake"):
        print(_woken(job["wake"]))
    if job.get("fault"):
        write_fault(job["fault"])
    _write_result(job.get("result") or {})


def _woken(wake: Item) -> str:
    """What was done so far to have the device call for a job."""
    if not wake["outcome"]:
        return "its device is being woken"
    by = f" by {shown(wake['method'])}" if wake["method"] else ""
    detail = f": {shown(wake['detail'])}" if wake["detail"] else ""
    again = f"; again at {moment(wake['next'])}" if wake["next"] else ""
    return f"waking its device: {shown(wake['outcome'])}{by}{detail}{again}"


def _write_result(told: Item) -> None:
    result = dict(told)
    values = result.pop("ParameterList", None)
    tables = {name: rows for name, rows in result.items() if _is_table(rows)}
    write_fields(members({name: member for name, member in result.items() if name not in tables}))
    for name, rows in tables.items():
        print(f"\n{shown(name)}:")
        titles = dict.fromkeys(title for row in rows for title in row)
        write_table([Column(shown(title), title) for title in titles], rows, budget=None)
    if isinstance(values, list) and all("Value" in value for value in values):
        write_table(_VALUES, values, budget=None)
    elif values is not None:
        write_json(values)


def _is_table(member: Any) -> bool:
    return isinstance(member, list) and bool(member) and all(isinstance(row, dict) and row for row in member)


def write_fault(fault: Item) -> None:
    """Write a CPE's fault, with a line for each parameter that was refused."""
    print(fault_line(fault))
    for each in fault.get("SetParameterValuesFault") or ():
        print(f"  {shown(each.get('ParameterName'))}: {fault_line(each)}")


def fault_line(fault: Item | None) -> str:
    """A fault's code and text on one line; ``-`` for none."""
    if not fault:
        return "-"
    return f"{shown(fault.get('FaultCode'))} {shown(fault.get('FaultString'))}"


def state(job: Item) -> str:
    """A job's state; a job whose RPC went out in a lost session says so, as a person has to look at it."""
    return shown(job["state"]) + (", uncertain" if job.get("uncertain") else "")


def _write_job(job: Item) -> None:
    header = {name: value for name, value in timed(job, _TIMES).items() if name not in _DOCUMENTS}
    write_fields(members(header))
    for name in _DOCUMENTS:
        if job.get(name):
            print(f"\n{name}:")
            (_write_result if name == "result" else write_json)(job[name])
