"""Puts the site together from which devices download, to which they upload."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from itertools import count
from random import SystemRandom
from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.web.http import HTTPFactory

from acs.firmware.image import Catalogue
from acs.firmware.uploads import Uploads
from acs.hypertext.authorization import Nonces
from acs.store.records.files import FileTransfer
from acs.web.files.admission import PUT, Admission
from acs.web.files.downloads import Downloads
from acs.web.files.incoming import Incoming
from acs.web.files.limits import Limits
from acs.web.files.receiving import Expects, whatever_comes
from acs.web.files.reception import Reception
from acs.web.files.refusals import Refusals
from acs.web.files.requests import Body, FileChannel, FileRequest
from acs.web.files.threads import Threads
from acs.web.files.transfers import Progress, Transfers, tell_nobody
from acs.web.serving.threads import InThread

_READS, _WRITES = (b"GET", b"HEAD"), (b"PUT", b"POST")


class FileSite(HTTPFactory):
    """The site, as a factory to listen with."""

    noisy = False
    protocol = FileChannel  # type: ignore[assignment]

    def __init__(
        self,
        reactor: Any,
        idle: float,
        downloads: Downloads,
        incoming: Incoming,
        reception: Reception,
        stop: Callable[[], None],
    ) -> None:
        super().__init__(timeout=idle, reactor=reactor)
        self._downloads = downloads
        self._incoming = incoming
        self._transfers, self._refusals = reception.transfers, reception.refusals
        self._stop = stop
        self._later = reactor.callLater

    def running(self) -> list[FileTransfer]:
        """The transfers that are running, the oldest first."""
        return self._transfers.running()

    def buildProtocol(self, addr: Any) -> Any:
        """A connection, whose requests know the site."""
        channel: Any = super().buildProtocol(addr)
        channel.requestFactory = partial(FileRequest, self, self._later)
        return channel

    def stopFactory(self) -> None:
        """Cut what is running, and let the threads go."""
        self._transfers.close()
        self._stop()
        super().stopFactory()

    def log(self, request: Any) -> None:
        """Write nothing: the transfers are told as they end."""

    # What requests ask

    def body_of(self, request: FileRequest, length: int | None) -> Body | None:
        """Who takes the body of a request; of an upload, which is judged before it comes."""
        return self._incoming.body_of(request, length) if request.method in _WRITES else None

    def malformed(self, request: FileRequest) -> None:
        """Note what was no request."""
        self._refusals.tell(request, "it is no request by HTTP's rules")

    async def serve(self, request: FileRequest) -> None:
        """Answer what brings nothing."""
        if request.method in _READS:
            await self._downloads.serve(request)
        else:
            allowed = "PUT, POST" if request.target.startswith(f"/{PUT}/") else "GET, HEAD"
            request.answer(405, {"Allow": allowed})


def make_file_site(
    *,
    catalogue: Catalogue,
    uploads: Uploads,
    key: bytes,
    nonces: Nonces,
    clock: IReactorTime,
    reactor: Any,
    is_open: Callable[[str], bool] = lambda path: False,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    progress: Progress = tell_nobody,
    expects: Expects = whatever_comes,
    numbers: Callable[[], int] | None = None,
    in_thread: InThread | None = None,
    chance: Callable[[], float] | None = None,
    random_text: Callable[[int], str] = secrets.token_urlsafe,
) -> FileSite:
    """The site to listen with.

    ``key`` is what tickets and pairs are computed with, on all nodes the same; ``clock`` gives seconds since
    1970; ``is_open`` says which paths everybody may have (`acs.web.files.paths.opened_by`).  ``progress`` is
    told of transfers, each of which gets an id from ``numbers`` (else: 1, 2, ...); ``expects`` says which
    uploads are expected.  ``in_thread`` does what waits for the disk (else: threads of the site's own).
    """
    now, threads = clock.seconds, Threads(reactor)
    reception = Reception(
        admission=Admission(key, nonces, now, is_open),
        refusals=Refusals(now, chance or SystemRandom().random),
        transfers=Transfers(clock, progress, limits.patience, numbers or count(1).__next__),
        clock=clock,
        in_thread=in_thread or threads,
    )
    downloads = Downloads(reception, catalogue, limits, partial(random_text, 18))
    incoming = Incoming(reception, uploads, limits, expects)
    return FileSite(reactor, limits.idle, downloads, incoming, reception, threads.stop)
