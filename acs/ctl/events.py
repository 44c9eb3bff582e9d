"""The command ``events``: what happens, a line for each, until it is interrupted."""

from __future__ import annotations

import json
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import Any

from acs.ctl.api import Api, Item
from acs.ctl.errors import ApiError, CommandFailed
from acs.ctl.file_transfers import progress_of
from acs.ctl.jobs import fault_line
from acs.ctl.text import moment, printable, shown

AGAIN = 2.0
"""Seconds after which a stream that has broken is asked for anew, from where it was."""


def follow(api: Api, arguments: Namespace, sleep: Callable[[float], None] = time.sleep) -> int:
    """``events``"""
    query = {"type": arguments.type, "device": arguments.device}
    write = _write_json if arguments.json else _write_line
    last: str | None = None
    told = ""
    while True:
        try:
            for event in read(api.lines("events", query=query, headers=_from(last))):
                last, told = event.get("id", last), ""
                if "type" in event:
                    write(event)
            if last is None:
                raise CommandFailed("that is no stream of events: is this the appliance's console address?")
        except CommandFailed as failed:
            if last is None or (isinstance(failed, ApiError) and failed.code < 500):
                raise
            if failed.reason != told:
                print("acsctl:", printable(failed.reason), file=sys.stderr)
            told = failed.reason
        sleep(AGAIN)


def _from(last: str | None) -> dict[str, str]:
    return {"Last-Event-ID": last} if last else {}


def read(lines: Iterator[bytes]) -> Iterator[Item]:
    """The events of a stream, each as its data; an id that came alone as that."""
    fields: dict[str, str] = {}
    for raw in lines:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        name, _, value = line.partition(":")
        if line:
            fields[name] = value.removeprefix(" ")
        else:
            yield from _event(fields)
            fields = {}


def _event(fields: dict[str, str]) -> Iterator[Item]:
    if "data" not in fields:
        if "id" in fields:
            yield {"id": fields["id"]}
        return
    try:
        event = json.loads(fields["data"])
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise CommandFailed("what comes is no stream of events")
    yield event


def _write_json(event: Item) -> None:
    print(json.dumps(event), flush=True)


def _write_line(event: Item) -> None:
    if event["type"] == "reset":
        print("some events may have been missed", flush=True)
        return
    about = (moment(event.get("time")), *(shown(event.get(name)) for name in ("type", "what", "device")))
    detail = _detail(event)
    print("  ".join(about if detail == "-" else (*about, detail)), flush=True)


def _detail(event: Item) -> str:
    """What else is worth a line's end."""
    told: Any = event.get("object") or {}
    if event["type"] == "job":
        return "  ".join(filter(None, (shown(told.get("rpc")), _fault(told))))
    if event["type"] == "session":
        return shown(told.get("failure") or told.get("events"))
    if event["type"] == "alarm":
        return shown(told.get("text"))
    if event["type"] == "campaign":
        return "  ".join((shown(told.get("name")), _counts(told.get("counts") or {})))
    if event["type"] == "transfer":
        return "  ".join(_file(told))
    if event.get("changes"):
        return ", ".join(map(_change, event["changes"]))
    if event.get("what") == "configuration_failed":
        return shown(told.get("config_problems"))
    return shown(event.get("formerly") or event.get("fields"))


def _counts(counts: Item) -> str:
    """How many of a campaign's devices are where, but for those where none is."""
    return " ".join(f"{shown(state)}={shown(count)}" for state, count in counts.items() if count)


def _file(transfer: Item) -> Iterator[str]:
    if "size" in transfer and "sent" in transfer:
        yield progress_of(transfer)
    yield shown(transfer.get("path"))
    if transfer.get("failure"):
        yield shown(transfer["failure"])


def _fault(job: Item) -> str:
    return fault_line(job["fault"]) if job.get("fault") else ""


def _change(change: Item) -> str:
    owner = f" ({shown(change['owner'])})" if change.get("owner") else ""
    return f"{shown(change.get('name'))}: {shown(change.get('old'))} → {shown(change.get('new'))}{owner}"
