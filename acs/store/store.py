"""The store itself: all verbs over one database."""

from __future__ import annotations

from acs.store import marks
from acs.store.answered import KeptAnswers
from acs.store.audit import Audit
from acs.store.bulks import Bulks
from acs.store.campaigns import Campaigns
from acs.store.configurations import Configurations
from acs.store.credentials import DeviceCredentials
from acs.store.data_models import DataModels
from acs.store.database import Statement
from acs.store.devices import Devices
from acs.store.dialect import Dialect
from acs.store.foundation import Parts
from acs.store.ids import GUESTS
from acs.store.jobs import Jobs
from acs.store.kinds import Kinds
from acs.store.logins import Logins
from acs.store.migrations import shipped
from acs.store.parameters import Parameters
from acs.store.people import People
from acs.store.profiles import Profiles
from acs.store.quirks import QuirkRules
from acs.store.readings import Readings
from acs.store.retention import Retention
from acs.store.second_factors import SecondFactors
from acs.store.sessions import Sessions
from acs.store.survey import Survey
from acs.store.views import Views
from acs.store.wakings import Wakings
from acs.store.webhooks import Webhooks

_GREATEST = """
SELECT max(number) FROM (
    SELECT max(id) AS number FROM sessions
    UNION ALL SELECT max(id) FROM jobs UNION ALL SELECT max(id) FROM changes
    UNION ALL SELECT max(key) FROM devices UNION ALL SELECT max(id) FROM quirk_rules
    UNION ALL SELECT max(id) FROM configurations UNION ALL SELECT max(id) FROM readings
    UNION ALL SELECT max(id) FROM wakes UNION ALL SELECT max(id) FROM campaigns
    UNION ALL SELECT max(id) FROM alarms UNION ALL SELECT max(id) FROM second_factors
    UNION ALL SELECT max(id) FROM audit UNION ALL SELECT max(id) FROM answered
    UNION ALL SELECT max(id) FROM bulks UNION ALL SELECT max(id) FROM webhooks
    UNION ALL SELECT max(id) FROM webhook_deliveries
) AS numbers"""
_TOUCH = "UPDATE marks SET value = value + 1 WHERE name = 'checks'"


class DurableStore(
    Devices,
    DeviceCredentials,
    Parameters,
    Readings,
    Jobs,
    Sessions,
    Retention,
    Kinds,
    QuirkRules,
    Configurations,
    DataModels,
    Profiles,
    Wakings,
    Campaigns,
    Audit,
    KeptAnswers,
    Bulks,
    Survey,
    Webhooks,
    People,
    Logins,
    SecondFactors,
    Views,
    Dialect,
):
    """What an appliance remembers (`acs.store.interface.Store`), in whatever database the parts hold.

    A ``guest`` stands beside a running appliance (acsctl): it takes no part among the nodes.  ``name`` and
    ``address`` are those of this node (`acs.store.database.Membership`).
    """

    def __init__(self, parts: Parts, guest: bool = False, name: str = "", address: str = "") -> None:
        super().__init__(parts)
        self._guest = guest
        self._name = name
        self._address = address

    async def open(self) -> None:
        """Open or make the database, bring its schema up to date; raises `NewerSchema`, `StoreUnavailable`,
        and `StoreError` where the secret key is not the database's own, or an import has not ended.

        Sessions that a dead process left open have failed now.
        """
        await self._database.open(shipped(self._database.dialect))
        self._groups.open()
        try:
            await self._check_marks()
            greatest = await self._row(_GREATEST)
            self._ids.start_after(greatest[0] or 0 if greatest else 0)
            if self._guest:
                self._ids.be(GUESTS)
            else:
                await self._join(self._name, self._address)
                self._weighing.later()
            await self._read_shared()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Write what is still in memory and let go of threads and files; raises `StoreUnavailable` where it
        cannot."""
        await self._settling.settle()
        try:
            await self._groups.close()
        finally:
            self._settling.stop()
            self._weighing.stop()
            self._stop_waiting()
            await self._database.close()
            self._archive.close()

    @property
    def available(self) -> bool:
        """Whether the database could be written when that was last tried; it is tried again and again."""
        return not self._groups.failing

    async def check(self) -> None:
        """Raise `StoreUnavailable` unless the database answers and can be written."""
        await self._groups.write(Statement(_TOUCH))
        await self._rows("SELECT 1", fresh=False)

    async def _check_marks(self) -> None:
        ours = marks.number_of(self._vault.key_fingerprint)
        await self._groups.write(Statement(marks.NOTE_KEY, (ours,)))
        marks.check(await self._rows(marks.ALL), self._vault)
