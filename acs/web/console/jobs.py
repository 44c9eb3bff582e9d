"""Jobs: what waits for devices, what has become of it."""

from __future__ import annotations

from acs.cwmp.diagnostics import DIAGNOSTICS
from acs.cwmp.faults import ACS_FAULTS, CPE_FAULTS
from acs.cwmp.rpcs import TO_CPE
from acs.store.records import JobState, Role
from acs.web.api.jobs import needs_operator
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values, query_of
from acs.web.hiding.secrets import MASK
from acs.web.serving.calls import Call, Param
from acs.web.serving.schema import FLAG, JSON

pages = Pages()

_SECRETS = Param("secrets", {**FLAG, "default": False}, "Whether to show secrets.")
_NAMES = sorted({rpc.name for rpc in TO_CPE} | DIAGNOSTICS.keys())
_VIEWS = (
    ("All", ""),
    ("Waiting", "?state=queued%2Csent"),
    ("Failed", "?state=failed%2Cexpired"),
    ("Uncertain", "?uncertain=true"),
    ("By people", "?automatic=false"),
)
_NEXT = {
    JobState.QUEUED: "It goes out in the device's next session.",
    JobState.SENT: "It was sent, and the device has not told yet what came of it.",
    JobState.DONE: "The device has done it.",
    JobState.FAILED: "The device has refused it, or could not do it.",
    JobState.EXPIRED: "It waited for too long, and is not sent any more.",
    JobState.CANCELLED: "It was taken back.",
}
_UNCERTAIN = (
    "The session was lost after it had been sent: nobody knows whether the device has done it. Look at the"
    " device; then cancel it, or queue it again."
)


@pages.add("/jobs", "jobs.html", query=query_of("/jobs"))
async def jobs(ask: Ask, call: Call) -> Values:
    """Those that fit the filters."""
    return {
        "page": await ask.get("jobs", **call.query),
        "given": call.query,
        "rpcs": _NAMES,
        "states": list(JobState),
        "views": _VIEWS,
    }


@pages.add("/jobs/{id}", "job.html", query=(_SECRETS,))
async def job(ask: Ask, call: Call) -> Values:
    """One, with all that is known of it."""
    found = await ask.get("jobs", call.path["id"].text, secrets=call.query["secrets"])
    fault = found["fault"] or {}
    uncertain = found["uncertain"] and found["state"] in ("queued", "sent")
    return {
        "job": found,
        "next": _UNCERTAIN if uncertain else _NEXT[found["state"]],
        "meaning": _meaning(fault.get("FaultCode")),
        "faults": [
            {**each, "meaning": _meaning(each.get("FaultCode"))}
            for each in fault.get("SetParameterValuesFault") or ()
        ],
        "secrets": call.query["secrets"],
        "may_see_secrets": ask.may(Role.OPERATOR),
        "may_cancel": ask.may(Role.SUPPORT) and (found["state"] == "queued" or uncertain),
        "again": _again(found) if _may_ask_again(ask, found) else None,
    }


def _meaning(code: JSON) -> str:
    """A fault's words in the standard; "" for a vendor's own."""
    return CPE_FAULTS.get(code) or ACS_FAULTS.get(code) or ""


def _may_ask_again(ask: Ask, found: JSON) -> bool:
    """Whether who looks may have it done once more; not where it waits, or where its secrets are hidden."""
    least = Role.OPERATOR if needs_operator(found["rpc"], found["arguments"]) else Role.SUPPORT
    waits = found["state"] in ("queued", "sent") and not found["uncertain"]
    return ask.may(least) and not waits and not _is_hidden(found["arguments"])


def _again(found: JSON) -> JSON:
    """The body that asks for the same."""
    return {
        "rpc": found["rpc"],
        "arguments": found["arguments"] or {},
        "reason": found["reason"],
        "urgent": True,
    }


def _is_hidden(value: JSON) -> bool:
    if isinstance(value, dict):
        return any(map(_is_hidden, value.values()))
    return (
        any(map(_is_hidden, value)) if isinstance(value, list) else isinstance(value, str) and MASK in value
    )
