"""Asks the operator's systems whether a device may download what a job has for it."""

from __future__ import annotations

from acs.hooks import Download, HookFailed
from acs.session.visit import Visit
from acs.store.records import Job

_DOWNLOADS = ("Download", "ScheduleDownload")


async def why_not(visit: Visit, job: Job) -> str | None:
    """Why the job must not be sent: they say so, or say nothing; None where it may."""
    hooks, relation = visit.operator.hooks, visit.relation
    if job.rpc not in _DOWNLOADS or not hooks.has("authorize_download"):
        return None
    try:
        if await hooks.authorize_download(relation.subject, relation.related, _download_of(job)):
            return None
    except HookFailed as error:
        return visit.operator.tell(relation.subject, error)
    return "the operator's systems do not authorize the download"


def _download_of(job: Job) -> Download:
    """The download without its user name and password."""
    arguments = job.arguments
    return Download(
        job.id,
        job.rpc,
        str(arguments.get("FileType", "")),
        str(arguments.get("URL", "")),
        job.reason,
        job.automatic,
        job.requested_by,
    )
