"""The one file that sees everything: the configuration becomes the running appliance."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from twisted.application.service import IService, MultiService
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import deferLater
from twisted.logger import ILogObserver, Logger

import acs
from acs import first_words, systemd, workers
from acs.config import Config, Listener
from acs.files_side import FilesSide
from acs.hooks.errors import BadHooks
from acs.housekeeping import Housekeeping
from acs.http.authentication import Authentication, authentication_of
from acs.http.endpoint import CwmpEndpoint
from acs.http.inexact import Miscounting
from acs.http.limits import Timeouts
from acs.http.listening import adopt, listen, url_of
from acs.http.protocol import HttpFactory
from acs.http.reader import Limits as HttpLimits
from acs.http.relay import Relay, RelayedRequests
from acs.http.securing import Securing
from acs.http.tls_files import BadTls, Loaded, TlsFiles
from acs.hypertext.authorization import Nonces
from acs.memory import share_one_heap
from acs.nbi_side import NBI_TLS, serve_nbi
from acs.operator_side import OperatorSide
from acs.options import Options
from acs.people_side import entrance_of
from acs.randomness import Pool
from acs.recurring import Recurring
from acs.reloading import Hangup, Reloading
from acs.session.credentials import pairs_of
from acs.session.recovery import Lookout, recover
from acs.sessions_side import callers_of, sessions_of
from acs.settings import differing
from acs.state_files import CERTIFICATE_FILE, TOKEN_FILE
from acs.store.building import store_at
from acs.store.closing import close_in_time
from acs.store.interface import Store, StoreError, StoreUnavailable
from acs.store.places import is_shared
from acs.store.threads import in_thread
from acs.wake_side import WakeSide
from acs.watch_side import WatchSide
from acs.web.bulk.running import Bulks
from acs.web.people.admission import first_admin, write_certificates, write_token
from acs.workers import Workers

STORE_SECONDS = 2.0
"""How long the appliance waits before it looks again for a database server that is not there at its start."""

BEAT = 5.0
"""Seconds between a node's signs of life."""

MORE = 4096
"""By how many bytes a request is longer when it is passed on, beside its head: who sent it."""

GRACE = 10.0
"""Seconds that open sessions get to end when the appliance stops, and the database to take the last words."""

CONSOLE_TLS = "console.tls"
"""The table of the console's TLS."""

log = Logger()


def makeService(options: Options, grace: float = GRACE) -> IService:
    """What ``twistd acs`` runs."""
    from twisted.internet import reactor

    try:
        return Appliance(
            options.config,
            reactor,
            options.observer(),
            worker=workers.number_of(os.environ),
            again=options.again(),
            load=options.load_again,
            grace=grace,
        )
    except BadHooks as error:
        options.refuse(error.problems)


class Appliance(MultiService):
    """The whole of it.  Devices and people are let in once the store is open, and sessions end before it
    closes.

    :ivar ports: where each listener listens, by its name; "console" is the REST API's.
    """

    def __init__(
        self,
        config: Config,
        reactor: Any,
        observer: ILogObserver | None = None,
        announce: Callable[[str, str], None] | None = None,
        worker: int = 0,
        again: Sequence[str] = (),
        load: Callable[[], Config] | None = None,
        grace: float = GRACE,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.ports: dict[str, Any] = {}
        self._worker, self._again, self._grace = worker, again, grace
        self._workers: Workers | None = None
        node = config.node
        self._node = node.of_worker(worker, config.state_dir) if config.acs.workers > 1 else node
        chance = Pool(os.urandom)
        self.store = self._store(config, reactor, chance)
        self._config, self._reactor, self._observer = config, reactor, observer
        self._announce = announce or partial(first_words.announce, state_dir=config.state_dir)
        operator = self._operator = OperatorSide(config, reactor)
        self._watching = WatchSide(config, reactor, self.store, self._node.name, worker)
        self._wake = WakeSide(config, reactor, self.store, chance.take, self._watching.watch.metrics.woken)
        self._files = FilesSide(config, reactor, self.store, self._wake, chance.take, worker)
        sides = operator, self._wake, self._watching.watch, self._files.files
        self.sessions = sessions_of(config, self.store, reactor, chance, *sides)
        self._lookout, self._bulks = Lookout(self.store, reactor.seconds), Bulks(self.store, reactor)
        self._sweep = Recurring(reactor, 1.0, self.sessions.sweep, "silent sessions could not be ended")
        self._housekeeping = Housekeeping(self.store, reactor, config.retention.days)
        self._beat = Recurring(reactor, BEAT, self._look_around, "the other nodes could not be looked after")
        self._relay: Relay | None = None
        self._miscounting = Miscounting(reactor.seconds)
        self._nonces = Nonces(self.store.derive("digest"), reactor.seconds, chance.take)
        self._securing = Securing(reactor, self._tls_used)
        parts = [lambda fresh: self._securing.changes(_tls_files(fresh)), self._operator.changes]
        load, aside = load or (lambda: config), partial(in_thread, reactor)
        self._reloading = Reloading(config, load, parts, differing, aside, self._pass_on_reload)
        self._hangup = Hangup(reactor, self._reloading)
        self._callers = callers_of(config, reactor)

    def _store(self, config: Config, reactor: Any, chance: Pool) -> Store:
        return store_at(
            config.store.url,
            reactor,
            reactor,
            config.state_dir,
            residents=config.limits.devices_in_memory,
            random=chance.take,
            name=self._node.name or socket.gethostname(),
            address=self._node.reached_at,
        )

    def setServiceParent(self, parent: Any) -> None:
        """Twistd's application: it takes the log's observer from there."""
        super().setServiceParent(parent)  # type: ignore[no-untyped-call]
        if self._observer is not None:
            parent.setComponent(ILogObserver, self._observer)

    def startService(self) -> None:
        """Begin; twistd does not wait, so a failure stops the reactor and makes it exit with 1."""
        share_one_heap()
        super().startService()  # type: ignore[no-untyped-call]
        self._hangup.listen()
        self.started = ensureDeferred(self._start())
        self.started.addErrback(self._failed_to_start)

    async def _start(self) -> None:
        config = self._config
        self._securing.use(self._securing.load(_tls_files(config)))
        await self._open_store()
        left = await recover(self.store, self._reactor.seconds(), self.store.node)
        if left:
            log.info("{count} jobs were under way when the appliance stopped", count=left)
        self._wake.listen()
        await self._files.start()
        await self._listen_to_devices()
        self._sweep.start()
        self._beat.start()
        self._watching.begin(self.sessions)
        if self._worker == 0:
            await self._serve_devices()
            await self._serve_people()
            systemd.notify(systemd.READY, os.environ)

    async def _serve_devices(self) -> None:
        """What the first process alone does for devices beside their sessions."""
        ports = zip(("files", "TFTP"), await self._files.serve(self._securing.behind), strict=True)
        named = ("STUN", self._wake.start()), *ports
        for name, port in named:
            if port is not None:
                place = port.getHost()
                log.info("{name} listens on {host} port {port}", name=name, host=place.host, port=place.port)

    async def _serve_people(self) -> None:
        from acs.web.site import make_site

        config = self._config
        password = await first_admin(self.store, self._reactor.seconds())
        await write_token(self.store, config.state_dir / TOKEN_FILE, self._reactor.seconds())
        now, version, reload = self._reactor, acs.__version__, self._reloading.reload
        hooks, watch = self._operator.operator.hooks, self._watching.watch
        site = make_site(
            store=self.store,
            clock=now,
            reactor=now,
            version=version,
            accept_job=self._wake.accept_job,
            waker=self._wake.on_demand,
            wake_in_turn=self._wake.in_turn.wake,
            bulks=self._bulks,
            reload=reload,
            hooks=hooks,
            watch=watch,
            campaigns=self._files.campaigns,
            firmware=self._files.catalogue,
            uploads=self._files.uploads,
            transfers=self._files.transfers.running,
            entrance=entrance_of(config.console),
        )
        factory = self._securing.behind(CONSOLE_TLS, site)
        url = self._listens(
            "console", await listen(self._reactor, config.console.endpoint, factory), CONSOLE_TLS
        )
        if (nbi := await serve_nbi(config, self._reactor, site, self._securing)) is not None:
            self._listens("nbi", nbi, NBI_TLS)
        self._housekeeping.start()
        if password:
            self._announce(url, password)

    async def _open_store(self) -> None:
        """Open it; where it is a server's, wait until that is there: it may start after us."""
        while True:
            try:
                await self.store.open()
                return
            except StoreUnavailable as error:
                if not is_shared(self._config.store.url) or not self.running:
                    raise
                log.warn("the database is not there yet: {reason}", reason=str(error))
                await deferLater(self._reactor, STORE_SECONDS)

    async def _listen_to_devices(self) -> None:
        config, now = self._config, self._reactor.seconds
        self.store.watch(self.sessions.moved, self._taken_for_dead)
        key = self.store.derive("relay")
        if is_shared(config.store.url):
            self._relay = Relay(self._reactor, now, self.store.node, self.store.address_of, key)
        endpoints = {listener.name: self._cwmp_endpoint(listener) for listener in config.cwmp}
        if self._node.endpoint:
            here = {name: endpoint.respond_here for name, endpoint in endpoints.items()}
            most = config.limits.body_bytes + config.limits.head_bytes + MORE
            limits = HttpLimits(body_bytes=most)
            relayed = HttpFactory(RelayedRequests(now, key, here).respond, clock=self._reactor, limits=limits)
            workers.make_way(self._node.endpoint)
            self._listens("nodes", await listen(self._reactor, self._node.endpoint, relayed))
        shared = self._shared_sockets()
        for number, listener in enumerate(config.cwmp):
            tls, proxied = f"cwmp[{number}].tls", listener.proxy_protocol
            factory = self._securing.behind(tls, self._cwmp_factory(listener, endpoints[listener.name]))
            if listener.name in shared:
                port = await adopt(self._reactor, shared[listener.name], factory, proxied)
            else:
                port = await listen(self._reactor, listener.endpoint, factory, proxied)
            self._listens(listener.name, port, tls)

    def _shared_sockets(self) -> Mapping[str, int]:
        """The descriptors of the sockets of this process, where several share the ports; the first starts the
        others."""
        count = self._config.acs.workers
        if self._worker or count == 1:
            return workers.inherited(os.environ)
        sockets = {each.name: workers.shared_sockets(each.endpoint, count) for each in self._config.cwmp}
        self._workers = Workers(self._reactor, self._again, sockets)
        self._workers.start(count)
        return {name: group[0].fileno() for name, group in sockets.items()}

    def _cwmp_endpoint(self, listener: Listener) -> CwmpEndpoint:
        what = listener.name, listener.path, self._config.limits.body_bytes
        trusted = listener.trusted_proxies
        miscounting, shown = None if trusted else self._miscounting, self._authentication(listener)
        now, relay, callers = self._reactor.seconds, self._relay, self._callers
        return CwmpEndpoint(self.sessions, now, *what, relay, trusted, miscounting, shown, callers)

    def _authentication(self, listener: Listener) -> Authentication | None:
        own, password = listener.credentials == "device", str(listener.password)
        pairs = pairs_of(self.store, own, listener.username, password)
        algorithms = ("MD5", "SHA-256") if listener.offer_sha256 else ("MD5",)
        if listener.authentication == "basic" and not listener.tls.certificate:
            log.warn("{listener}: passwords come as they are, without TLS", listener=listener.name)
        return authentication_of(listener.authentication, pairs, self._nonces, algorithms)

    def _cwmp_factory(self, listener: Listener, endpoint: CwmpEndpoint) -> HttpFactory:
        limits = self._config.limits
        return HttpFactory(
            endpoint.respond,
            endpoint.refused,
            endpoint.closed,
            clock=self._reactor,
            limits=HttpLimits(limits.head_bytes, limits.headers, limits.body_bytes),
            timeouts=Timeouts(limits.head_seconds, limits.body_seconds, limits.idle_seconds),
            miscounting=self._miscounting,
            callers=self._callers,
            proxied=listener.proxy_protocol,
            proxies=listener.trusted_proxies,
        )

    def _listens(self, name: str, port: Any, tls: str = "") -> str:
        self.ports[name] = port
        address = url_of(port, self._securing.scheme(tls))
        log.info("{name} listens on {address}", name=name, address=address)
        return address

    def _pass_on_reload(self) -> None:
        if self._workers is not None:
            self._workers.tell("HUP")

    def _tls_used(self, loaded: Loaded) -> None:
        self._watching.tls_used(loaded)
        if loaded.files.place == CONSOLE_TLS and self._worker == 0:
            write_certificates(loaded.certificates, self._config.state_dir / CERTIFICATE_FILE)

    async def _look_around(self) -> None:
        """See whether this process is still wanted, and what has become of the others; whatever goes wrong,
        the next look has to come, or this node is taken for dead."""
        if workers.is_orphan(os.environ):
            log.critical("the first process is gone, and so is this one")
            self._reactor.stop()
            return
        await self._lookout.look()

    def _taken_for_dead(self) -> None:
        log.critical("the other nodes have taken this one for dead, and settled what it had: it ends")
        self._reactor.addSystemEventTrigger("after", "shutdown", _exit_with_failure)
        self._reactor.callWhenRunning(self._reactor.stop)

    def _failed_to_start(self, reason: Any) -> None:
        if (
            isinstance(reason.value, (BadTls, StoreError, OSError))
            or type(reason.value).__name__ == "CannotListenError"
        ):
            log.critical("cannot start: {reason}", reason=str(reason.value))
        else:
            log.failure("cannot start", reason)
        self._reactor.addSystemEventTrigger("after", "shutdown", _exit_with_failure)
        self._reactor.callWhenRunning(self._reactor.stop)

    def stopService(self) -> Deferred[None]:
        """Take no new sessions, give the open ones a moment to end, write everything, stop."""
        return ensureDeferred(self._stop())

    async def _stop(self) -> None:
        if self._worker == 0:
            systemd.say_that_it_stops(os.environ)
        self._hangup.stop()
        for each in (self._sweep, self._housekeeping, self._beat):
            each.stop()
        self._watching.close()
        self.sessions.closing = True
        ending = ensureDeferred(self._workers.stop()) if self._workers else None
        deadline = self._reactor.seconds() + self._grace
        while self.sessions.unfinished and self._reactor.seconds() < deadline:
            await deferLater(self._reactor, 0.1)
        self.sessions.lose_all("the appliance stopped")
        for port in self.ports.values():
            await _settled(port.stopListening())
        if ending is not None:
            await ending
        if self._relay is not None:
            await self._relay.close()
        await self._bulks.stop()
        await self._wake.stop()
        await self._files.stop()
        await self._operator.close()
        await self._watching.finish()
        if why := await close_in_time(self.store, self._reactor, self._grace):
            log.error("what was said last may not be stored: {reason}", reason=why)
        await _settled(super().stopService())  # type: ignore[no-untyped-call]


def _tls_files(config: Config) -> list[TlsFiles]:
    return [TlsFiles(*each) for each in config.secured]


async def _settled(waiting: Any) -> None:
    if waiting is not None:
        await waiting


def _exit_with_failure() -> None:
    sys.stdout.flush()
    os._exit(1)
