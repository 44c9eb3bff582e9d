"""The queue of the files that a CPE is to fetch or send: when each is tried, what comes of it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from acs.cwmp import messages as m
from acs.cwmp.values import AllQueuedTransferStruct, QueuedTransferStruct
from acs.simulate.refusals import INVALID_ARGUMENTS, Refusal

AnyTransfer = m.Download | m.ScheduleDownload | m.Upload

#: States of a queued transfer (A.3.2.10).
NOT_YET_STARTED, IN_PROGRESS = 1, 2
#: A CPE must take three; ours takes no more, for an ACS to find out.
MOST = 3
#: Seconds between two tries within one window of a ScheduleDownload.
RETRY_GAP = 10
_RETRIES_OF_OUR_OWN = 2

_FILE_TYPE = re.compile(r"[1-6] \S|X \S")
_UPLOAD_TYPE = re.compile(r"[1-4] \S|X \S")
_SCHEMES = ("http", "https")
_LONGEST_TYPE, _LONGEST_NAME = 64, 256

RESOURCES_EXCEEDED = 9004
TRANSFER_FAILED = 9010
UPLOAD_FAILED = 9011
NOT_AUTHENTICATED = 9012
UNSUPPORTED_PROTOCOL = 9013
CORRUPTED = 9018
MISSED_WINDOWS = 9020
NOT_CANCELABLE = 9021
#: The finer reasons for a failed download; CWMP 1.0 knows 9010 alone.
_FINER = range(9014, 9020)


class TransferFailed(Exception):
    """A file was not fetched or not sent; ``code`` is a fault of TransferComplete."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched: how it begins, and its length in bytes."""

    start: bytes
    length: int


class Files(Protocol):
    """How files come and go."""

    async def fetch(self, url: str, username: str, password: str) -> Fetched:
        """Get a file; raises `TransferFailed`."""

    async def send(self, url: str, username: str, password: str, content: bytes) -> None:
        """Put a file; raises `TransferFailed`."""


@dataclass(slots=True, eq=False)
class Transfer:
    """One that is queued: the RPC that asked for it, and when it will be tried."""

    request: AnyTransfer
    tries: list[float]
    state: int = NOT_YET_STARTED

    @property
    def method(self) -> str:
        """``Download``, ``ScheduleDownload`` or ``Upload``."""
        return type(self.request).__name__

    @property
    def due(self) -> float:
        """When it will be tried next."""
        return self.tries[0] if self.tries and self.state == NOT_YET_STARTED else math.inf


class Transfers:
    """The queue."""

    __slots__ = ("_queue",)

    def __init__(self) -> None:
        self._queue: list[Transfer] = []

    def due(self) -> float:
        """When the next one is to be tried; infinity for none."""
        return min((transfer.due for transfer in self._queue), default=math.inf)

    def next(self) -> Transfer:
        """The one that is due first."""
        return min(self._queue, key=lambda transfer: transfer.due)

    def accept(self, request: AnyTransfer, now: float) -> None:
        """Queue it; raises `Refusal`."""
        if len(self._queue) >= MOST:
            raise Refusal(RESOURCES_EXCEEDED)
        _check(request)
        if isinstance(request, m.ScheduleDownload):
            tries = _within_windows(request, now)
        else:
            tries = [now + request.DelaySeconds]
        self._queue.append(Transfer(request, tries))

    def ended(self, transfer: Transfer) -> None:
        """It is over, well or not; one that was forgotten meanwhile is no matter."""
        if transfer in self._queue:
            self._queue.remove(transfer)

    def cancel(self, key: str) -> None:
        """Forget those with this CommandKey; raises `Refusal` if one is running."""
        named = [transfer for transfer in self._queue if transfer.request.CommandKey == key]
        if any(transfer.state == IN_PROGRESS for transfer in named):
            raise Refusal(NOT_CANCELABLE)
        self._queue = [transfer for transfer in self._queue if transfer not in named]

    def clear(self) -> None:
        """Forget them all."""
        self._queue.clear()

    def told(self) -> tuple[QueuedTransferStruct, ...]:
        """For GetQueuedTransfers."""
        return tuple(QueuedTransferStruct(each.request.CommandKey, each.state) for each in self._queue)

    def all_told(self) -> tuple[AllQueuedTransferStruct, ...]:
        """For GetAllQueuedTransfers."""
        return tuple(
            AllQueuedTransferStruct(
                CommandKey=each.request.CommandKey,
                State=each.state,
                IsDownload=not isinstance(each.request, m.Upload),
                FileType=each.request.FileType,
                FileSize=0 if isinstance(each.request, m.Upload) else each.request.FileSize,
                TargetFileName="" if isinstance(each.request, m.Upload) else each.request.TargetFileName,
            )
            for each in self._queue
        )


async def perform(transfer: Transfer, files: Files, content: Callable[[], bytes]) -> Fetched | None:
    """Fetch the file, or send what ``content`` gives; raises `TransferFailed`."""
    request = transfer.request
    transfer.state = IN_PROGRESS
    transfer.tries.pop(0)
    try:
        if isinstance(request, m.Upload):
            await files.send(request.URL, request.Username, request.Password, content())
            return None
        return await files.fetch(request.URL, request.Username, request.Password)
    finally:
        transfer.state = NOT_YET_STARTED


def reported(transfer: Transfer, failure: TransferFailed, version: str) -> int:
    """The fault code that TransferComplete tells in this version of CWMP."""
    if isinstance(transfer.request, m.Upload):
        return failure.code if failure.code == NOT_AUTHENTICATED else UPLOAD_FAILED
    if isinstance(transfer.request, m.ScheduleDownload):
        return MISSED_WINDOWS
    return TRANSFER_FAILED if failure.code in _FINER and version == "1.0" else failure.code


def _check(request: AnyTransfer) -> None:
    """Refuse what no later try could make good."""
    known = _UPLOAD_TYPE if isinstance(request, m.Upload) else _FILE_TYPE
    if not known.match(request.FileType) or len(request.FileType) > _LONGEST_TYPE:
        raise Refusal(INVALID_ARGUMENTS, f"FileType {request.FileType[:64]!r} is none for this")
    if not isinstance(request, m.Upload) and len(request.TargetFileName) > _LONGEST_NAME:
        raise Refusal(INVALID_ARGUMENTS, f"TargetFileName is longer than {_LONGEST_NAME} characters")
    try:
        url = urlsplit(request.URL)
    except ValueError:
        raise Refusal(INVALID_ARGUMENTS, "URL is none") from None
    if url.scheme.lower() not in _SCHEMES:
        raise Refusal(UNSUPPORTED_PROTOCOL)
    if not url.hostname or url.username is not None:
        raise Refusal(INVALID_ARGUMENTS, "URL without a host, or with a user name")


def _within_windows(request: m.ScheduleDownload, now: float) -> list[float]:
    """When to try: at each window's start, and again in it as often as it says."""
    windows = request.TimeWindowList
    edges = [edge for window in windows for edge in (window.WindowStart, window.WindowEnd)]
    if not windows or sorted(edges) != edges or any(w.WindowStart == w.WindowEnd for w in windows):
        raise Refusal(INVALID_ARGUMENTS, "TimeWindowList: windows are empty, overlap, or none is there")
    tries: list[float] = []
    for window in windows:
        retries = _RETRIES_OF_OUR_OWN if window.MaxRetries < 0 else window.MaxRetries
        last = min(window.WindowStart + retries * RETRY_GAP, window.WindowEnd - 1)
        tries += [now + seconds for seconds in range(window.WindowStart, last + 1, RETRY_GAP)]
    return tries
