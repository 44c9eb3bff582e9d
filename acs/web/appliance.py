"""What the routes may use of the appliance."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from twisted.internet.interfaces import IReactorTime

from acs.firmware.contents import Entry
from acs.firmware.uploads import Uploads
from acs.firmware.writing import BadPath
from acs.hooks.asking import Hooks
from acs.reloading import Reloaded
from acs.session import jobs
from acs.session.campaigns import Campaigns
from acs.session.desired import Desired
from acs.store.interface import Store
from acs.store.records import Job
from acs.store.records.files import FileTransfer
from acs.store.records.wakes import Wake, WakeOutcome
from acs.store.records.webhooks import Delivery, Webhook
from acs.web.bulk.actions import Actions, Forget
from acs.web.bulk.running import Bulks
from acs.web.people.door import Door
from acs.web.serving.threads import InThread
from acs.web.telling.census import Census
from acs.web.telling.feed import Feed
from acs.web.telling.metrics import Metrics

if TYPE_CHECKING:
    from acs.web.oidc.coming import Oidc


class Wakes(Protocol):
    """Wakes devices, as `acs.wake.on_demand.OnDemand` does."""

    def wake(self, device_id: str, method: str, requested_by: str) -> Awaitable[Wake]:
        """What came of it; raises LookupError where there is no such device, `TooMuchWaking`,
        `NoMoreWaking`."""

    def ways(self, device_id: str) -> Awaitable[Sequence[tuple[str, str]]]:
        """The ways in the order in which they would be tried, each with why it cannot be ("": it can); raises
        LookupError where there is no such device."""


class Webhooks(Protocol):
    """Tells the operator's systems what happens, as `acs.web.webhooks.delivering.Delivering` does."""

    def changed(self) -> None:
        """There may be other webhooks now, or one may be sent something again."""

    def test(self, webhook: Webhook) -> Awaitable[Delivery]:
        """Send a message at once, to see whether it arrives; what came of it."""


class Folder(Protocol):
    """The folder of files, as `acs.firmware.folder.FolderCatalogue` has it."""

    def entries(self) -> Sequence[Entry]:
        """All that there is, by path, with what is wrong with it."""

    def read(self, path: str) -> BinaryIO:
        """A file, open to be read; blocks.  Raises `LookupError`."""

    def put(self, path: str, read: Callable[[], Awaitable[bytes]], replace: bool = True) -> Awaitable[bool]:
        """Add a file, of which ``read`` gives the next bytes, b"" at its end; whether there was none.  Raises
        what `acs.firmware.writing` has, and what ``read`` does."""

    def remove(self, path: str) -> Awaitable[None]:
        """Take a file away; raises `LookupError`, `acs.firmware.writing.CannotWrite`."""


Running = Callable[[], Awaitable[Sequence[FileTransfer]]]
"""The files that are on their way."""

Reload = Callable[[], Awaitable[Reloaded]]
"""Reads anew what can change while the appliance runs, or raises `acs.reloading.ReloadRefused`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appliance:
    """``desired`` tells what the operator wants a device to be, ``hooks`` what his systems say of it;
    ``waker`` wakes devices, ``campaigns`` sees to campaigns, ``bulks`` to what many devices get by
    ``actions``, ``forget`` forgets one, ``firmware`` has the files for devices; ``webhooks`` tells the
    operator's systems;
    ``uploads`` are what devices have sent, None where they send nothing; ``transfers`` gives the files that
    are on their way; ``clock`` gives seconds since 1970; ``random_text`` so many random bytes as URL-safe
    text; ``feed`` tells what happens, ``metrics`` how often, ``census`` how many devices are in which state;
    people come in by the ``door``, or by ``oidc`` where there is an identity provider;
    ``forget_credentials`` lets the tokens and cookies go that were believed, as one is not good any more;
    ``description`` gives the OpenAPI document."""

    store: Store
    desired: Desired
    hooks: Hooks
    feed: Feed
    webhooks: Webhooks
    metrics: Metrics
    census: Census
    accept_job: jobs.AcceptJob
    waker: Wakes
    campaigns: Campaigns
    bulks: Bulks
    actions: Actions
    forget: Forget
    in_thread: InThread
    uploads: Uploads | None
    transfers: Running
    clock: IReactorTime
    random_text: Callable[[int], str]
    door: Door
    oidc: Oidc | None
    forget_credentials: Callable[[], None]
    reload: Reload
    firmware: Folder
    description: Callable[[], bytes]

    def now(self) -> float:
        """Seconds since 1970."""
        return self.clock.seconds()


def queue_of(store: Store, now: Callable[[], float]) -> jobs.AcceptJob:
    """Takes jobs into the queue and does no more: a device that is to carry one out at once is not woken."""

    async def accept(
        device: str, rpc: str, arguments: Mapping[str, Any], *, reason: str, urgent: bool, requested_by: str
    ) -> Job:
        return await jobs.accept(
            store, now(), device, rpc, arguments, reason=reason, urgent=urgent, requested_by=requested_by
        )

    return accept


class NoWaker:
    """For a site without ways to wake devices."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now

    async def wake(self, device_id: str, method: str, requested_by: str) -> Wake:
        """It is impossible."""
        what = WakeOutcome.IMPOSSIBLE, "no way is configured", requested_by
        return Wake(self._store.new_id(), device_id, self._now(), 0.0, "", *what)

    async def ways(self, device_id: str) -> Sequence[tuple[str, str]]:
        """None."""
        return ()


class NoFolder:
    """For a site without a folder of files."""

    def entries(self) -> Sequence[Entry]:
        """None."""
        return ()

    def read(self, path: str) -> BinaryIO:
        """There is none."""
        raise LookupError("there is no folder of files")

    async def put(self, path: str, read: Callable[[], Awaitable[bytes]], replace: bool = True) -> bool:
        """It cannot be."""
        raise BadPath("there is no folder of files")

    async def remove(self, path: str) -> None:
        """There is none."""
        raise LookupError("there is no folder of files")


async def nothing_moves() -> Sequence[FileTransfer]:
    """For a site of an appliance that serves no files."""
    return ()


async def reload_nothing() -> Reloaded:
    """For a site without an appliance around it."""
    return Reloaded((), ())
