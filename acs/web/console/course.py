"""How far a job has come, as the steps that it takes."""

from __future__ import annotations

from typing import NamedTuple

from acs.web.serving.schema import JSON

DONE, ACTIVE, FAILED, AHEAD = "done", "active", "failed", "ahead"

_WOKEN = "informed"
_PROMISED = "accepted"
_ENDS = {"done": DONE, "failed": FAILED, "expired": FAILED, "cancelled": FAILED}
_TRANSFERS = frozenset({"Download", "Upload", "ScheduleDownload"})


class Step(NamedTuple):
    """One of them: ``state`` is one of the four words above, ``time`` when it was taken, ``session`` that in
    which it was."""

    name: str
    state: str
    time: str | None = None
    detail: str = ""
    session: str | None = None


def course(job: JSON) -> list[Step]:
    """The steps of a job as the API tells it, those ahead of it too."""
    by = (
        "by the appliance" if job["automatic"] else f"by {job['requested_by']}" if job["requested_by"] else ""
    )
    steps = [Step("queued", DONE, job["created"], by)]
    if job["wake"] is not None:
        steps.append(_waking(job))
    return [*steps, _sending(job), _ending(job)]


def _waking(job: JSON) -> Step:
    wake, way = job["wake"], f" by {job['wake']['method']}" if job["wake"]["method"] else ""
    if wake["outcome"] == _WOKEN:
        return Step(f"woken{way}", DONE, None, wake["detail"] or "")
    if job["state"] != "queued":
        return Step(f"asked to call{way}", DONE)
    if wake["outcome"] is None:
        return Step("waking", ACTIVE, wake["next"], "the device is asked to call")
    if wake["outcome"] == _PROMISED:
        return Step(f"waking{way}", ACTIVE, wake["next"], "it has said that it would call")
    reason = f"{wake['outcome']}: {wake['detail']}" if wake["detail"] else wake["outcome"]
    return Step("not woken", FAILED, wake["next"], reason)


def _sending(job: JSON) -> Step:
    if job["sent"]:
        return Step("sent", DONE, job["sent"], "", job["session"])
    if job["state"] != "queued":
        return Step("not sent", FAILED)
    called = job["wake"] is not None and job["wake"]["outcome"] == _WOKEN
    asked = job["wake"] is not None and not called
    waits = "it has called" if called else "" if asked else "when it calls"
    return Step("to be sent", AHEAD if asked else ACTIVE, None, waits)


def _ending(job: JSON) -> Step:
    if job["uncertain"]:
        return Step(
            "uncertain", FAILED, job["ended"], "the session was lost: nobody knows whether it was done"
        )
    if job["state"] in _ENDS:
        fault = job["fault"] or {}
        said = " ".join(str(fault[name]) for name in ("FaultCode", "FaultString") if fault.get(name))
        return Step(job["state"], _ENDS[job["state"]], job["ended"], said, job["session"])
    if job["state"] == "sent":
        waits = "it tells when the transfer is over" if job["rpc"] in _TRANSFERS else "its answer is awaited"
        return Step("done", ACTIVE, None, waits)
    return Step("done", AHEAD)
