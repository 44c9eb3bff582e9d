"""What the ACS answers to a CPE's own RPCs (TR-069 A.3.3, A.4.2)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from twisted.logger import Logger

from acs.cwmp import messages as m
from acs.cwmp.faults import fault
from acs.cwmp.json_form import to_json
from acs.cwmp.messages import AnyRequest, Message, name_of
from acs.session.conversation import Conversation
from acs.session.files import NO_FILES, Files
from acs.session.jobs import awaits_transfer
from acs.session.software import was_in_vain
from acs.store.interface import Store
from acs.store.records import Job, JobState

METHODS = (
    "Inform",
    "GetRPCMethods",
    "TransferComplete",
    "AutonomousTransferComplete",
    "DUStateChangeComplete",
    "AutonomousDUStateChangeComplete",
    "RequestDownload",
    "Kicked",
)
"""What GetRPCMethods says of us."""

log = Logger()


class Answers:
    """Answers a CPE's requests; an RPC that nobody knows gets fault 8000.

    What the CPE forgets once it is answered is on disk before the answer goes out.
    """

    def __init__(self, store: Store, now: Callable[[], float], files: Files = NO_FILES) -> None:
        self._store = store
        self._now = now
        self._files = files
        self._known: dict[type[Message], Callable[[Conversation, Any], Coroutine[Any, Any, Message]]] = {
            m.GetRPCMethods: self._methods,
            m.TransferComplete: self._transfer_complete,
            m.AutonomousTransferComplete: self._autonomous_transfer,
            m.DUStateChangeComplete: self._units_changed,
            m.AutonomousDUStateChangeComplete: self._autonomous_units,
            m.RequestDownload: self._wants_download,
            m.Kicked: self._kicked,
        }

    async def __call__(self, cpe: Conversation, request: AnyRequest) -> Message:
        """The answer to one request."""
        answer = self._known.get(type(request))
        if answer is None:
            return fault(8000, f"{name_of(request)[:64]}: method not supported")
        return await answer(cpe, request)

    async def _methods(self, cpe: Conversation, request: m.GetRPCMethods) -> Message:
        return m.GetRPCMethodsResponse(METHODS)

    async def _transfer_complete(self, cpe: Conversation, request: m.TransferComplete) -> Message:
        job = self._waiting(cpe, request.CommandKey)
        if job is None:
            # Told twice, or of a job that was given up: the CPE must not be made to tell it for ever.
            log.info("{device}: TransferComplete of no job: {key!r}", **cpe.about, key=request.CommandKey)
        elif not request.FaultStruct.FaultCode and self._has_yet_to_show(job):
            result = {**(job.result or {}), **to_json(request)}
            self._store.change_job(job.id, result=result, uncertain=False)
            self._store.change_device(job.device, firmware_tried_at=self._now())
        else:
            self._end(job, request.FaultStruct.FaultCode, to_json(request))
        await self._store.committed()
        return m.TransferCompleteResponse()

    def _has_yet_to_show(self, job: Job) -> bool:
        """Whether the device does not run yet what this has brought it."""
        versions, device = self._files.versions_of(job), self._store.resident(job.device)
        return bool(versions) and device is not None and device.software_version not in versions

    async def _units_changed(self, cpe: Conversation, request: m.DUStateChangeComplete) -> Message:
        job = self._waiting(cpe, request.CommandKey or "")
        if job is not None:
            failed = next((result.Fault.FaultCode for result in request.Results if result.Fault.FaultCode), 0)
            self._end(job, failed, to_json(request))
        await self._store.committed()
        return m.DUStateChangeCompleteResponse()

    async def _autonomous_transfer(self, cpe: Conversation, request: m.AutonomousTransferComplete) -> Message:
        what, fault_struct = "download" if request.IsDownload else "upload", request.FaultStruct
        code, said = fault_struct.FaultCode, fault_struct.FaultString
        outcome = f"failed: fault {code} {said}" if code else "is done"
        about = f"a {what} of its own ({request.FileType or 'no type'}) {outcome}"[:500]
        cpe.record.remark(about)
        log.info("{device}: {about}", **cpe.about, about=about)
        await self._keep(cpe)
        return m.AutonomousTransferCompleteResponse()

    async def _autonomous_units(
        self, cpe: Conversation, request: m.AutonomousDUStateChangeComplete
    ) -> Message:
        await self._keep(cpe)
        return m.AutonomousDUStateChangeCompleteResponse()

    async def _wants_download(self, cpe: Conversation, request: m.RequestDownload) -> Message:
        log.info("{device} asks for a download of type {type!r}", **cpe.about, type=request.FileType)
        return m.RequestDownloadResponse()

    async def _kicked(self, cpe: Conversation, request: m.Kicked) -> Message:
        return m.KickedResponse("")

    async def _keep(self, cpe: Conversation) -> None:
        """What was told so far is kept in the session's own conversation: on disk before it is
        acknowledged."""
        cpe.keep(self._store)
        await self._store.committed()

    def _waiting(self, cpe: Conversation, command_key: str) -> Job | None:
        """The job that this key belongs to; with an empty key (some devices forget it) the only one that
        waits.  A device that was deleted since its Inform has none."""
        if cpe.resident is None or cpe.resident.gone:
            return None
        waiting = [
            job
            for job in self._store.open_jobs(cpe.device_id)
            if awaits_transfer(job) or (job.state is JobState.SENT and job.uncertain)
        ]
        matching = [job for job in waiting if job.command_key == command_key]
        if not matching and not command_key and len(waiting) == 1:
            matching = waiting
        return matching[0] if matching else None

    def _end(self, job: Job, code: int, told: dict[str, Any]) -> None:
        if code:
            fault_struct = told.get("FaultStruct") or {}
            was_in_vain(self._store, job, f"fault {code} {fault_struct.get('FaultString', '')}".rstrip())
            self._store.change_job(
                job.id,
                state=JobState.FAILED,
                ended=self._now(),
                fault=told.get("FaultStruct", told),
                uncertain=False,
            )
        else:
            result = {**(job.result or {}), **told}
            self._store.change_job(
                job.id, state=JobState.DONE, ended=self._now(), result=result, uncertain=False
            )
