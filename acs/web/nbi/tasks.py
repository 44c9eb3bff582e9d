"""Tasks, as GenieACS has them, which stand for RPCs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from urllib.parse import quote

from acs.cwmp.json_form import JSON
from acs.firmware.contents import Entry
from acs.session.files import SCHEME, path_of
from acs.store.ids import as_text
from acs.store.records import Job
from acs.web.hiding.redaction import masked_json
from acs.web.nbi.queries import BadFilter
from acs.web.nbi.values import time_of, written

RPC = tuple[str, dict[str, JSON]]
Find = Callable[[str], Entry]
"""The file of a name; raises `BadFilter`."""

_MOST = 1000


def rpc_of(task: Mapping[str, JSON], root: str, known: Collection[str], find: Find) -> RPC:
    """The RPC that does what a task says, with its arguments; raises `BadFilter`.

    ``known`` are the names of the device's parameters and objects, below its ``root``.
    """
    name = task.get("name")
    match name:
        case "getParameterValues":
            names = [_existing(each, known) for each in _texts(task, "parameterNames")]
            return "GetParameterValues", {"ParameterNames": names}
        case "refreshObject":
            path = _text(task, "objectName").rstrip(".")
            return "GetParameterValues", {"ParameterNames": [_refreshed(path, root, known)]}
        case "setParameterValues":
            return "SetParameterValues", {"ParameterList": _values(task.get("parameterValues"))}
        case "addObject" if task.get("parameterValues"):
            raise BadFilter("addObject adds an object alone: set its parameters when you know its number")
        case "addObject" | "deleteObject":
            rpc = "AddObject" if name == "addObject" else "DeleteObject"
            return rpc, {"ObjectName": f"{_text(task, 'objectName').rstrip('.')}."}
        case "reboot":
            return "Reboot", {}
        case "factoryReset":
            return "FactoryReset", {}
        case "download":
            return "Download", _download(task, find)
        case "provisions":
            raise BadFilter(
                "there are no provisions here: what devices are to have is said in configurations"
            )
    raise BadFilter(
        f"{str(name)[:80]!r} is no task: getParameterValues, setParameterValues, refreshObject, addObject,"
        " deleteObject, reboot, factoryReset and download are"
    )


def _texts(task: Mapping[str, JSON], member: str) -> list[str]:
    given = task.get(member)
    if not isinstance(given, list) or not given or not all(isinstance(each, str) for each in given):
        raise BadFilter(f"{member} has to be a list of names")
    if len(given) > _MOST:
        raise BadFilter(f"{member} has more than {_MOST} names")
    return given


def _text(task: Mapping[str, JSON], member: str) -> str:
    given = task.get(member, "")
    if not isinstance(given, str):
        raise BadFilter(f"{member} has to be a text")
    return given


def _existing(name: str, known: Collection[str]) -> str:
    """The name with the dot that objects have at their end, where it is known to be one."""
    return f"{name}." if name not in known and f"{name}." in known else name


def _refreshed(path: str, root: str, known: Collection[str]) -> str:
    if not path:
        return root or "Device."
    return path if path in known else f"{path}."


def _values(given: JSON) -> list[dict[str, JSON]]:
    if not isinstance(given, list) or not 0 < len(given) <= _MOST:
        raise BadFilter(f"parameterValues has to be a list of 1 to {_MOST} [name, value, type]")
    return [_value(each) for each in given]


def _value(given: JSON) -> dict[str, JSON]:
    if not isinstance(given, list) or len(given) not in (2, 3) or not isinstance(given[0], str):
        raise BadFilter("each of parameterValues has to be [name, value] or [name, value, type]")
    said = {"Name": given[0], "Value": given[1]}
    return said | {"Type": given[2]} if len(given) == 3 and given[2] else said


def _download(task: Mapping[str, JSON], find: Find) -> dict[str, JSON]:
    name = _text(task, "file") or _text(task, "fileName")
    if not name:
        raise BadFilter("file has to be the name of a file, as in /files")
    image = find(name).image
    said = {"FileType": _text(task, "fileType") or image.file_type, "URL": SCHEME + quote(image.path)}
    target = _text(task, "targetFileName")
    return said | {"TargetFileName": target} if target else said


def task_of(job: Job) -> dict[str, JSON]:
    """The task that a job is, with secrets hidden; an RPC of which GenieACS has no task is told as what it
    is."""
    arguments: Mapping[str, JSON] = masked_json(job.arguments)
    task = {"name": f"{job.rpc[:1].lower()}{job.rpc[1:]}", **_said(job.rpc, arguments)}
    return {
        "_id": as_text(job.id),
        "device": job.device,
        "timestamp": written(time_of(job.created)),
        **task,
        "status": job.state.value,
        "retries": max(0, job.attempts - 1),
    }


def _said(rpc: str, arguments: Mapping[str, JSON]) -> dict[str, JSON]:
    match rpc:
        case "GetParameterValues":
            names = arguments["ParameterNames"]
            if len(names) == 1 and names[0].endswith("."):
                return {"name": "refreshObject", "objectName": names[0].rstrip(".")}
            return {"parameterNames": list(names)}
        case "SetParameterValues":
            values = arguments["ParameterList"]
            return {
                "parameterValues": [[each["Name"], each["Value"], each.get("Type", "")] for each in values]
            }
        case "AddObject" | "DeleteObject":
            return {"objectName": str(arguments["ObjectName"]).rstrip(".")}
        case "Download":
            url = arguments["URL"]
            return {"fileType": arguments["FileType"], "file": path_of(url) or url}
        case "Reboot" | "FactoryReset":
            return {}
    return {"arguments": arguments}


def fault_of(job: Job) -> dict[str, JSON]:
    """The fault that a failed job is."""
    fault: Mapping[str, JSON] = masked_json(job.fault or {})
    code = fault.get("FaultCode", 0)
    task = as_text(job.id)
    return {
        "_id": f"{job.device}:task_{task}",
        "device": job.device,
        "channel": f"task_{task}",
        "timestamp": written(time_of(job.ended)),
        "code": f"cwmp.{code}" if code else "task",
        "message": fault.get("FaultString", ""),
        "detail": dict(fault),
        "retries": max(0, job.attempts - 1),
    }
