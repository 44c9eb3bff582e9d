"""What the tabs of a device show, each found on its own.

All take the device's id, with the call for what its query says.
"""

from __future__ import annotations

from urllib.parse import quote

from acs.web.console.asking import Ask
from acs.web.console.findings import NAMES, USUAL, finding
from acs.web.console.pages import Values
from acs.web.hiding.secrets import MASK
from acs.web.serving.calls import Call
from acs.web.serving.problems import Problem
from acs.web.serving.schema import JSON

_MANY = 100
NOTHING: JSON = {"items": []}
"""A list that is not for who looks."""
_FOUND = 3
"""How many findings of a diagnostic are shown."""


async def parameters(ask: Ask, name: str, call: Call) -> Values:
    """All that is known of its parameters."""
    found = await ask.all("devices", name, "parameters", secrets=call.query["secrets"])
    return {"parameters": [{**each, "editor": _editor(each)} for each in found]}


def _editor(parameter: JSON) -> dict[str, JSON]:
    """What a field for a new value has to know; only what the data model says."""
    model = parameter["model"] or {}
    if not parameter["writable"] or model.get("list"):
        return {}
    ranges, sizes = model.get("ranges") or [], model.get("sizes") or []
    return {
        "values": model.get("enumeration") or None,
        "least": ranges[0]["minimum"] if len(ranges) == 1 else None,
        "most": ranges[0]["maximum"] if len(ranges) == 1 else None,
        "longest": sizes[0]["maximum"] if len(sizes) == 1 else None,
    }


async def configuration(ask: Ask, name: str, call: Call) -> Values:
    """What is wanted of it, by whose word, with what it has."""
    secrets, diff = call.query["secrets"], bool(call.query["diff"])
    entries = await ask.all("devices", name, "configuration", diff=diff, secrets=secrets)
    return {
        "entries": entries,
        "diff": diff,
        "own": await ask.maybe("configurations", "device", name, secrets=secrets),
        "mask": MASK,
    }


async def jobs(ask: Ask, name: str, call: Call) -> Values:
    """Its jobs, the newest first."""
    return {"page": await ask.get("jobs", device=name, limit=_MANY)}


async def sessions(ask: Ask, name: str, call: Call) -> Values:
    """Its sessions, the newest first."""
    return {"page": await ask.get("sessions", device=name, limit=_MANY)}


async def diagnostics(ask: Ask, name: str, call: Call) -> Values:
    """A form for each diagnostic, with what the last ones have found."""
    known = {each["name"]: each for each in (await ask.get("diagnostics"))["items"]}
    found = []
    for rpc in [*NAMES, *(other for other in known if other not in NAMES)]:
        asked = (await ask.get("jobs", device=name, rpc=rpc, limit=_FOUND))["items"]
        arguments = known[rpc]["arguments"]
        usual = USUAL | set(arguments.get("required", ()))
        found.append((known[rpc], NAMES.get(rpc, rpc), usual, [(job, finding(job)) for job in asked]))
    return {"diagnostics": found}


async def files(ask: Ask, name: str, call: Call) -> Values:
    """What it has sent, what it can be sent; where two are compared, their difference."""
    uploads = await ask.maybe("devices", name, "uploads", limit=1000) or NOTHING
    folder = await ask.maybe("firmware", limit=1000) or NOTHING
    return {
        "uploads": uploads["items"],
        "sendable": [
            {"path": each["path"], "arguments": {"FileType": each["file_type"], "URL": _url(each["path"])}}
            for each in folder["items"]
            if not each["file_type"].startswith("1 ") and each["sha256"]
        ],
        **await _compared(ask, name, str(call.query.get("upload", "")), str(call.query.get("with", ""))),
    }


def _url(path: str) -> str:
    """What a job says for a file of the folder."""
    return f"acs:{quote(path)}"


async def _compared(ask: Ask, name: str, upload: str, other: str) -> Values:
    if not upload:
        return {"compared": "", "difference": None, "why_not": ""}
    try:
        text = await ask.get("devices", name, "uploads", upload, "diff", to=other)
    except Problem as problem:
        return {"compared": upload, "difference": None, "why_not": problem.detail}
    return {"compared": upload, "difference": text.decode().splitlines(), "why_not": ""}


async def changes(ask: Ask, name: str, call: Call) -> Values:
    """What has changed of its parameters."""
    return {
        "changes": (await ask.get("devices", name, "changes", limit=300, secrets=call.query["secrets"]))[
            "items"
        ]
    }


async def rpc(ask: Ask, name: str, call: Call) -> Values:
    """The RPCs that it can be asked for."""
    return {"rpcs": (await ask.get("rpcs", limit=1000))["items"]}


async def replacing(ask: Ask, name: str, call: Call) -> Values:
    """What another device would take over, and which that may be."""
    one = await ask.get("devices", name)
    newest = (await ask.get("devices", sort="-first_seen", limit=_MANY))["items"]
    model = one["manufacturer"], one["product_class"]
    heirs = [each["id"] for each in newest if (each["manufacturer"], each["product_class"]) == model]
    heirs = [each for each in heirs if each != one["id"]]
    try:
        return {"heirs": heirs, "backup": await ask.get("devices", name, "backup"), "why_not": ""}
    except Problem as problem:
        return {"heirs": heirs, "backup": None, "why_not": problem.detail}
