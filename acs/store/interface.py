"""The verbs that the rest of the house may ask of the store.

Devices in use, with their open jobs, are *resident*: in memory, as frozen records.  Reading a resident
record never waits. A change takes effect in memory at once and is written behind, in groups; whoever must
not go on before it is on disk awaits `Store.committed`.  Nothing here blocks the reactor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from msgspec import Struct
from twisted.internet.defer import Deferred

from acs.cwmp.definitions import Definition, Described
from acs.store.happenings import Happenings
from acs.store.listing.queries import Query as Query
from acs.store.reading import Reading
from acs.store.records import (
    Configuration,
    Credentials,
    DataModel,
    Device,
    Exchange,
    Job,
    Page,
    Parameter,
    Session,
)
from acs.store.records.alarms import Alarm
from acs.store.records.people import Only as Only
from acs.store.records.wakes import Wake
from acs.store.records.webhooks import Delivery
from acs.store.residents import Resident
from acs.store.verbs.alarms import Alarming
from acs.store.verbs.answers import Answering
from acs.store.verbs.audit import Auditing
from acs.store.verbs.bulks import Bulking
from acs.store.verbs.campaigns import AllCampaigns
from acs.store.verbs.datamodels import KnownModels
from acs.store.verbs.kinds import OfKinds
from acs.store.verbs.learning import Learning
from acs.store.verbs.measured import Measured
from acs.store.verbs.people import KnownPeople
from acs.store.verbs.putting_away import PuttingAway
from acs.store.verbs.together import Together
from acs.store.verbs.views import KnownViews
from acs.store.verbs.wakes import Wakes
from acs.store.verbs.webhooks import OfWebhooks


class StoreError(Exception):
    """The store could not do what was asked."""


class StoreConflict(StoreError):
    """A name or id is taken; nothing was stored."""


class StoreUnavailable(StoreError):
    """The database cannot be reached or written; nothing was stored."""


class StoreClosed(StoreUnavailable):
    """The store is not open, or was closed meanwhile; nothing was stored."""

    def __init__(self) -> None:
        super().__init__("the store is not open")


class TooManyModels(StoreError):
    """There would be more data models than anybody needs; nothing was stored."""


class NewerSchema(StoreError):
    """The database was made by a newer version of the appliance, which this one must not touch."""


@dataclass
class JobNotQueued(StoreError):
    """A job that has gone out, or has ended, cannot be cancelled."""

    job: Job

    def __str__(self) -> str:
        return f"the job is {self.job.state.value}"


@dataclass
class BadQuery(StoreError):
    """A list was asked for with a filter, sort order, limit or cursor that it does not have."""

    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"


class Change(Struct, frozen=True):
    """One entry of the journal of a device's parameters; ``old`` or ``new`` is None where the parameter
    came or went."""

    name: str
    old: str | None
    new: str | None


class Store(
    AllCampaigns,
    KnownModels,
    KnownPeople,
    KnownViews,
    Learning,
    OfKinds,
    OfWebhooks,
    PuttingAway,
    Together,
    Wakes,
    Alarming,
    Answering,
    Auditing,
    Bulking,
    Protocol,
):
    """What an appliance remembers.  Each listing takes a `Query` and may raise `BadQuery`."""

    happenings: Happenings
    """Who is told of what happens to sessions, devices, jobs, while it does."""
    measured: Measured
    """What is counted of its work in this process."""

    async def open(self) -> None:
        """Open or make the database, bring its schema up to date; raise `NewerSchema`, `StoreUnavailable`.

        Sessions that a process which is no more left open have failed then.
        """

    async def close(self) -> None:
        """Write what is still in memory and let go of the files."""

    @property
    def available(self) -> bool:
        """Whether the database could be written when that was last tried; it is tried again and again."""

    async def check(self) -> None:
        """Raise `StoreUnavailable` unless the database answers and can be written."""

    def committed(self) -> Deferred[None]:
        """Fires when all that was said up to now is on disk; fails with `StoreUnavailable` if it cannot
        be.

        What nobody waits for is not lost by that: it is tried again until it succeeds.
        """

    def new_id(self) -> int:
        """A new number for a session or a job: unique, below 2**63, growing with time."""

    # devices

    def resident(self, device_id: str) -> Device | None:
        """The device, if it is in memory; never waits."""

    def is_resident(self, device_id: str) -> bool:
        """True for a device that is in memory as it is: no other process has changed it since."""

    def at_hand(self, device_id: str) -> Resident | None:
        """The same device, not pinned; None where `is_resident` is not so."""

    async def device(self, device_id: str) -> Device | None:
        """The device, brought into memory with its open jobs."""

    def pin(self, device_id: str) -> Resident:
        """Keep a resident device in memory until `unpin` was called as often, as it has called; raises
        LookupError."""

    def unpin(self, resident: Resident) -> None:
        """Let a device go again; it may have been deleted meanwhile."""

    async def add_device(self, device: Device) -> Device:
        """A device seen for the first time, on disk when this returns; the one that is there if it already
        is."""

    def change_device(self, device_id: str, **changes: Any) -> Device:
        """Change fields of a resident device; returns the new record.  Writes nothing where nothing
        differs.

        Raises LookupError for a device that is not in memory, TypeError for a field of its identity.
        """

    async def rename_device(self, device_id: str, identity: Device) -> Device:
        """Give a device the id, manufacturer, OUI and product class of ``identity`` (its OUI changed with
        its firmware).

        Its sessions, parameters and jobs go with it.  Raises LookupError where there is no such device,
        `StoreConflict` where another has the id.
        """

    async def similar_devices(self, device: Device) -> Sequence[Device]:
        """Devices of the same manufacturer, product class and serial number under another OUI."""

    async def device_ids(self, keys: Iterable[int]) -> Mapping[int, str]:
        """The ids of the devices that have these numbers (`Device.key`); those that were deleted are left
        out."""

    async def delete_device(self, device_id: str) -> bool:
        """Forget a device, its parameters and its jobs; its sessions stay.  False where there is none."""

    async def devices(self, query: Query) -> Page[Device]:
        """Filters: q (words, each the beginning of the id, the product class, the serial number, the
        address, the related device or a searched parameter), manufacturer, oui, product_class,
        serial_number, software_version, tag, category (its own, else its model's), verified (true, false),
        last_session (success, failed), online (true, false: an Inform within the last day), seen_since
        (RFC 3339).  Sort: id, manufacturer, product_class, serial_number, software_version, first_seen,
        last_inform; without, those met first come first, with online or seen_since the last heard of, with q
        alone in the order of what begins with its longest word."""

    # credentials

    async def credentials(self, device_id: str) -> Credentials | None:
        """What the device authenticates itself with; None where it has nothing of its own."""

    async def replace_credentials(self, device_id: str, old: Credentials, new: Credentials) -> bool:
        """Replace them where they are still the ``old`` ones; on disk when this returns.  False where
        somebody has changed them meanwhile."""

    async def put_credentials(self, device_id: str, credentials: Credentials | None) -> None:
        """Replace them, or forget them; on disk when this returns.  LookupError for an unknown device."""

    # parameters

    async def parameters(self, device_id: str) -> dict[str, Parameter]:
        """All that is known of a device's parameters, by name; empty where nothing is."""

    async def keep_parameters(
        self, device_id: str, parameters: Mapping[str, Parameter], when: float, session: int | None = None
    ) -> tuple[Change, ...]:
        """Replace what is known of a device's parameters; what differs in value is returned, and goes to the
        journal, which begins with the first difference to the first document; what is seen for the first time
        is no difference until the device has been read as a whole.

        A parameter without a time is taken to be as of ``when``.  On disk with the next `committed`.  Raises
        LookupError for an unknown device.
        """

    async def tell_parameters(
        self, device_id: str, told: Sequence[Parameter], when: float, session: int | None = None
    ) -> tuple[Change, ...]:
        """The same where a few values are told, with their types where those have none yet or others, and all
        else that is known stays.  ``updated`` says when that was."""

    async def changes(self, device_id: str, query: Query) -> Page[tuple[float, Change]]:
        """The journal of a device's parameters, newest first.  Filters: name (a prefix)."""

    # history

    def keep_readings(self, device_id: str, values: Iterable[tuple[str, str]], when: float) -> None:
        """Keep values of a resident device, by name, as read then; raises LookupError for another."""

    async def readings(self, device_id: str, query: Query) -> Page[Reading]:
        """What was kept of a device's values.  Filters: name (an object: all below), since, until (RFC 3339).
        Sort: -id (default), id."""

    # what came of ConnectionRequests

    async def wakes(self, device_id: str, query: Query) -> Page[Wake]:
        """What came of those to a device, the newest first.  Sort: -id (default), id."""

    # what people have to look at

    async def alarms(self, query: Query) -> Page[Alarm]:
        """Filters: device, kind, open, acknowledged (true, false).  Sort: -id (default), id."""

    async def deliveries(self, query: Query) -> Page[Delivery]:
        """What is said to webhooks, without bodies.  Filters: webhook, state.  Sort: -id (default), id."""

    # jobs

    async def add_job(self, job: Job) -> Job:
        """Accept a job, on disk when this returns; an identical queued one (device, RPC, arguments) is
        returned instead, made urgent if the new one is, its device to be woken when the new one says, and
        lasting as long as the longer of both.

        Raises LookupError for an unknown device.
        """

    def open_jobs(self, device_id: str) -> tuple[Job, ...]:
        """Queued and sent jobs of a resident device, urgent ones first, then by age; raises LookupError for
        another."""

    def has_urgent_job(self, device_id: str) -> bool:
        """Whether an urgent job waits for a device; never waits, and knows only of those in memory, which a
        device is from the moment a job is accepted for it."""

    def change_job(self, job_id: int, **changes: Any) -> Job:
        """Change fields of an open job of a resident device; a job that ends leaves `open_jobs`.  Raises
        LookupError for any other job."""

    async def cancel_job(self, job_id: int, when: float) -> Job:
        """Cancel a queued job of any device, on disk when this returns; raises LookupError for an unknown
        one, `JobNotQueued` for one that has gone out or ended."""

    async def send_job(self, job_id: int, when: float, session: int) -> Job | None:
        """Take a queued job of a resident device, to send it in this session; on disk when this returns.

        None where it is not queued any more: somebody else has cancelled or sent it.  Raises LookupError for
        a job that is not in memory.
        """

    async def jobs_left_sent(self, node: int) -> Sequence[Job]:
        """Jobs of all devices that were sent in sessions of this node and have no result: where the node has
        just started, or is dead, those of lost sessions."""

    async def job(self, job_id: int) -> Job | None:
        """A job, open or ended."""

    async def jobs(self, query: Query) -> Page[Job]:
        """Filters: device, rpc, state (one or several, comma-separated), automatic, urgent, session,
        command_key, uncertain.  ``session`` is written as `acs.store.ids.as_text` does.  Sort: -id
        (default), id."""

    async def open_job_counts(self) -> Mapping[str, int]:
        """How many jobs of all devices are queued, and sent, by the state's name."""

    # sessions

    def save_session(self, session: Session, conversation: Sequence[Exchange]) -> None:
        """Write a session and its conversation; saying it again replaces what was said before.

        With its end, its resident device's ``last_inform``, ``inform_count``, ``last_session_result``,
        ``client_ip`` and ``client_ip_verified`` follow from it, in memory at once.
        """

    async def session(self, session_id: int) -> Session | None:
        """One session."""

    async def sessions(self, query: Query) -> Page[Session]:
        """Filters: device, result, verified, listener, client_ip, since, until (RFC 3339), rejected (true:
        refused messages without a device).  Sort: -id (default), id."""

    async def conversation(self, session_id: int) -> tuple[Exchange, ...] | None:
        """The messages of a session in order; None where they are gone (retention) or the session is not
        known.  Raises `StoreError` where they are damaged."""

    async def retire(
        self, conversations_before: float, sessions_before: float, readings_before: float = 0.0
    ) -> tuple[int, int]:
        """Forget conversations, then whole sessions (and journal entries and ended jobs), and readings, older
        than that; how many conversations and sessions."""

    async def retire_by_days(self, conversations: int, sessions: int, readings: int) -> tuple[int, int]:
        """The same for what is more than so many days old: conversations by whole days, the others by whole
        weeks from Monday on, as they lie in a database that can forget them so."""

    # configurations

    def shared_configurations(self) -> Sequence[Configuration]:
        """All that are not of one device, by scope and name: the same tuple until one of them is changed."""

    async def configuration(self, scope: str, name: str) -> Configuration | None:
        """The configuration of this scope and name."""

    async def put_configuration(self, configuration: Configuration) -> None:
        """Keep a configuration instead of the one of its scope and name; on disk when this returns.

        With a device's own, the device's ``own_config_level`` is changed.  LookupError for an unknown device.
        """

    async def delete_configuration(self, scope: str, name: str) -> bool:
        """Forget a configuration, on disk when this returns; False where there is none."""

    async def configurations(self, query: Query) -> Page[Configuration]:
        """Filters: scope, name (the whole of it).  Sort: scope (default), name."""

    # data models

    async def put_data_models(
        self, described: Sequence[Described], when: float, who: str
    ) -> Sequence[DataModel]:
        """Keep data models instead of those of the same names, all of them or none; on disk when this
        returns.  Raises `TooManyModels`, and `StoreConflict` where another node imports one of them at this
        moment."""

    async def delete_data_model(self, name: str) -> bool:
        """Forget a data model, on disk when this returns; False where there is none."""

    async def definitions(self, query: Query) -> Page[Definition]:
        """Filters: path (a partial one: with all that is below), prefix, q (the beginning of the last name),
        model.  Sort: path (default); without, those that q finds by name."""
