"""What watches the appliance, as the configuration has it: its streams, numbers, webhooks, alarms."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from socket import gethostname
from typing import Any

from acs.alarms.judging import Disk, Ending
from acs.alarms.limits import Limits
from acs.alarms.looking import Looking, no_disks
from acs.config import Config
from acs.hooks.http import pooled
from acs.http.certificates import end_of, read_chain
from acs.http.tls_files import Loaded
from acs.session.sessions import Sessions
from acs.store.interface import Store
from acs.store.threads import in_thread
from acs.web.telling.watch import Watch
from acs.web.webhooks.posting import SECONDS, Posting
from acs.web.webhooks.resolving import Guarded


class WatchSide:
    """All of it.  Each process has it; what is about a machine its first process alone looks at.

    :param name: what this node is called; "": as its machine is.
    :ivar watch: what sessions are counted by, and streams told.
    """

    def __init__(self, config: Config, reactor: Any, store: Store, name: str, worker: int) -> None:
        self._config, self._reactor = config, reactor
        agent, self._pool = pooled(Guarded(reactor), SECONDS)
        post = Posting(agent, reactor).post
        self.watch = Watch(store, reactor, config.machine, worker, config.console.open_metrics, post=post)
        self._shown: dict[str, tuple[Ending, ...]] = {}
        shown = (lambda: frozenset(chain(*self._shown.values()))) if worker == 0 else frozenset
        disks = no_disks if worker else self._disks
        self._looking = Looking(store, reactor, limits_of(config), name or gethostname(), shown, disks)

    def tls_used(self, loaded: Loaded) -> None:
        """These certificates are shown from now on."""
        files = (str(certificate) for certificate, _ in loaded.files.pairs)
        chains = read_chain(loaded.certificates)
        self._shown[loaded.files.place] = tuple(map(Ending, files, map(end_of, chains)))

    def begin(self, sessions: Sessions) -> None:
        """The store is open, and these are the sessions."""
        self.watch.begin(sessions)
        self._looking.start()

    def close(self) -> None:
        """Begin nothing more."""
        self.watch.close()
        self._looking.stop()

    async def finish(self) -> None:
        """Tell the webhooks nothing more, and let what is on its way arrive, for a moment; to be called when
        all has ended of which they are to be told, before the store is closed."""
        self.watch.webhooks.stop()
        await self.watch.webhooks.finish()
        await self._pool.closeCachedConnections()  # type: ignore[no-untyped-call]

    async def _disks(self) -> Iterable[Disk]:
        folders = self._config.state_dir, self._config.files_directory
        return await in_thread(self._reactor, lambda: tuple(_used(folders)))


def _used(folders: Iterable[Path]) -> Iterator[Disk]:
    """The disks of these folders, each once."""
    seen = set()
    for folder in folders:
        if folder.exists() and (device := folder.stat().st_dev) not in seen:
            seen.add(device)
            usage = shutil.disk_usage(folder)
            # As df counts: what is kept for root is not there for us.
            yield Disk(str(folder), usage.used, usage.used + usage.free)


def limits_of(config: Config) -> Limits:
    """From where on something is the matter, as the configuration says."""
    alarms = config.alarms
    return Limits(
        late_percent=alarms.late_percent,
        late_times=alarms.late_times,
        late_interval=alarms.late_interval,
        late_least=alarms.late_least,
        late_days=alarms.late_days,
        failing_percent=alarms.failing_percent,
        failing_minutes=alarms.failing_minutes,
        failing_least=alarms.failing_least,
        store_milliseconds=alarms.store_milliseconds,
        certificate_days=alarms.certificate_days,
        disk_percent=alarms.disk_percent,
    )
