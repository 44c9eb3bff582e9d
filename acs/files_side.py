"""The files for devices, as the configuration has them: the folder, how it is served, campaigns."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred, fail, maybeDeferred

from acs import datagrams
from acs.config import Config
from acs.firmware.folder import FolderCatalogue
from acs.firmware.tickets import Ticket
from acs.firmware.uploads import Uploads
from acs.http.listening import listen
from acs.hypertext.authorization import Nonces
from acs.recurring import Recurring
from acs.session.campaigns import Campaigns
from acs.session.desired import Desired
from acs.session.failing import why_failed
from acs.session.file_transfers import FileTransfers
from acs.session.files import Files
from acs.session.software import runs
from acs.store.interface import Store
from acs.store.threads import in_thread
from acs.tftp.server import TftpServer
from acs.tftp.sockets import listen as listen_tftp
from acs.tftp.sockets import open_port
from acs.wake_side import WakeSide
from acs.web.files.limits import Limits
from acs.web.files.paths import opened_by
from acs.web.files.receiving import Expected
from acs.web.files.site import FileSite, make_file_site

LOOK = 5.0
"""Seconds from one look at the campaigns to the next."""
DAY = 86_400.0
ABANDONED = 3600.0
"""Seconds for which nothing has come of an upload that will not come any more: those of other nodes may come
to the same folder."""
FILES_TLS = "files.tls"
"""The table of their TLS."""

UPLOADS = "uploads"
CONFIGURATIONS = "config/"
"""Where vendors' configuration files are in the folder."""
_SOMEWHERE = "192.0.2.1"  # nobody's: by which of our addresses a packet would leave for other networks


class FilesSide:
    """All of it.  Each process knows the folder; the one that `serve` was called in serves it, and sees to
    the campaigns.

    :ivar files: what sessions give devices.
    :ivar catalogue: the folder.
    :ivar uploads: what devices have sent.
    :ivar campaigns: sees to campaigns.
    :ivar transfers: the files that are on their way.
    """

    def __init__(
        self,
        config: Config,
        reactor: Any,
        store: Store,
        wake: WakeSide,
        random: Callable[[int], bytes],
        worker: int,
    ) -> None:
        self._config, self._reactor, self._worker = config, reactor, worker
        self._random = random
        self._in_thread = partial(in_thread, reactor)
        cache = config.state_dir / f"checksums-{worker}"
        self.catalogue = FolderCatalogue(reactor, reactor, self._in_thread, config.files_directory, cache)
        self.uploads = Uploads(config.files_directory / UPLOADS)
        self._key = store.derive("files")
        self.files = Files(self.catalogue, self._key, _public_url(config), _public_tftp_url(config))
        profiles = Desired(store).profiles
        self.campaigns = Campaigns(
            store,
            reactor.seconds,
            wake.in_turn.wake,
            why_failed,
            lambda device: profiles.software(device)[0],
            partial(runs, self.files),
        )
        self.transfers = FileTransfers(store, reactor.seconds)
        self._store = store
        self._tidying = Recurring(reactor, DAY, self._tidy, "abandoned uploads could not be removed")
        self._looking = Recurring(reactor, LOOK, self.campaigns.look, "campaigns could not be seen to")
        self._is_open = opened_by(config.files.open)
        self._tftp: TftpServer | None = None
        self._http: Any = None

    async def start(self) -> None:
        """Follow the folder."""
        await self.catalogue.start()

    async def serve(self, behind: Callable[[str, Any], Any]) -> tuple[Any, Any]:
        """Serve it; the ports, None where it is not served so.  ``behind`` puts a factory behind the TLS of
        this place in the configuration, where there is any.  Raises `CannotListenError`."""
        files = self._config.files
        self._tidying.start(now=True)
        if files.http:
            site = self._site()
            self._http = await listen(self._reactor, files.http, behind(FILES_TLS, site))
            self.transfers.add_source(site.running)
        tftp = None
        if files.tftp:
            self._tftp = self._tftp_server()
            tftp = listen_tftp(self._reactor, files.tftp, self._tftp)
            self.transfers.add_source(self._tftp.transfers)
        self._looking.start()
        return self._http, tftp

    def _tftp_server(self) -> TftpServer:
        return TftpServer(
            self._open,
            partial(open_port, self._reactor),
            self._reactor,
            self._in_thread,
            self.transfers.heard,
            numbers=self._store.new_id,
        )

    def _open(self, path: str) -> Deferred[Any]:
        """For TFTP, by which anybody may ask: what may have passwords in it only where that is said to be
        open to anybody."""
        if path.removeprefix("/").startswith(CONFIGURATIONS) and not self._is_open(path.removeprefix("/")):
            return fail(LookupError(f"{path!r} is not in [files] open"))
        return in_thread(self._reactor, self.catalogue.open, path)

    async def _expects(self, ticket: Ticket) -> Expected | None:
        """What the job of a ticket has its device upload; None once the job is over."""
        job = await self._store.job(ticket.job)
        if job is None or job.rpc != "Upload" or not job.state.open:
            return None
        ids = await self._store.device_ids([ticket.device])
        return Expected(str(job.arguments.get("FileType", ""))) if job.device in ids.values() else None

    async def _tidy(self) -> None:
        await in_thread(self._reactor, self.uploads.delete_parts, self._reactor.seconds() - ABANDONED)

    def _site(self) -> FileSite:
        limits = self._config.files.limits
        return make_file_site(
            catalogue=self.catalogue,
            uploads=self.uploads,
            key=self._key,
            nonces=Nonces(self._key, self._reactor.seconds, self._random),
            clock=self._reactor,
            reactor=self._reactor,
            is_open=self._is_open,
            progress=self.transfers.heard,
            numbers=self._store.new_id,
            expects=self._expects,
            limits=Limits(
                downloads=limits.downloads,
                downloads_per_address=limits.downloads_per_address,
                uploads=limits.uploads,
                uploads_per_address=limits.uploads_per_address,
                rate=limits.rate,
                rate_together=limits.rate_together,
                upload_bytes=limits.upload_bytes,
                patience=float(limits.patience),
                idle=float(limits.idle),
            ),
        )

    async def stop(self) -> None:
        """Serve it no more."""
        self._looking.stop()
        self._tidying.stop()
        if self._http is not None:
            await maybeDeferred(self._http.stopListening)
        if self._tftp is not None:
            await maybeDeferred(self._tftp.stop)
        await self.catalogue.stop()


def _public_url(config: Config) -> str:
    """What HTTP paths are put behind, with a slash at the end; "" where nothing is served so."""
    files = config.files
    if files.public_url or not files.http:
        return files.public_url and f"{files.public_url.rstrip('/')}/"
    port = re.search(r"(?<=:)(\d+)(?=:|$)", files.http)
    host, shown = _host(config, files.http), f":{port[1]}" if port else ""
    scheme = "https" if files.tls.certificate else "http"
    return f"{scheme}://{host}{shown}/"


def _public_tftp_url(config: Config) -> str:
    files = config.files
    if files.public_tftp_url or not files.tftp:
        return files.public_tftp_url and f"{files.public_tftp_url.rstrip('/')}/"
    return f"tftp://{_host(config, files.tftp)}:{datagrams.port_of(files.tftp)}/"


def _host(config: Config, endpoint: str) -> str:
    """The host by which devices reach this machine: as a listener's public_url has it, the address that the
    endpoint names, or the one that packets to other networks leave from."""
    for listener in config.cwmp:
        if host := urlsplit(listener.public_url).hostname:
            return f"[{host}]" if ":" in host else host
    named = re.search(r"interface=([0-9.]+)", endpoint)
    if named and named[1] != "0.0.0.0":
        return named[1]
    return datagrams.own_address(_SOMEWHERE) or "127.0.0.1"
