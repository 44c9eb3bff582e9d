"""The store's contract, kept by SQLite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet import reactor

from acs.store.building import embedded_store
from acs.store.interface import Store
from tests.store import contract


class OnSqlite:
    """A store in a folder of the test's own."""

    def new_store(self, **options: Any) -> Store:
        if not hasattr(self, "folder"):
            self.folder = Path(self.mktemp())  # type: ignore[attr-defined]
        return embedded_store(reactor, self.clock, self.folder, **options)  # type: ignore[arg-type, attr-defined]


class DeviceTests(OnSqlite, contract.DeviceContract):
    pass


class RenameTests(OnSqlite, contract.RenameContract):
    pass


class ForgetTests(OnSqlite, contract.ForgetContract):
    pass


class PresenceTests(OnSqlite, contract.PresenceContract):
    pass


class MemoryTests(OnSqlite, contract.MemoryContract):
    pass


class ParameterTests(OnSqlite, contract.ParameterContract):
    pass


class JobTests(OnSqlite, contract.JobContract):
    pass


class SameJobTests(OnSqlite, contract.SameJobContract):
    pass


class CancelTests(OnSqlite, contract.CancelContract):
    pass


class SessionTests(OnSqlite, contract.SessionContract):
    pass


class ListTests(OnSqlite, contract.ListContract):
    pass


class LoginTests(OnSqlite, contract.LoginContract):
    pass


class OnlyTests(OnSqlite, contract.OnlyContract):
    pass


class SecondFactorTests(OnSqlite, contract.SecondFactorContract):
    pass


class PeopleTests(OnSqlite, contract.PeopleContract):
    pass


class ViewTests(OnSqlite, contract.ViewContract):
    pass


class CredentialsTests(OnSqlite, contract.CredentialsContract):
    pass


class QuirkTests(OnSqlite, contract.QuirkContract):
    pass


class ProfileTests(OnSqlite, contract.ProfileContract):
    pass


class ReadingTests(OnSqlite, contract.ReadingContract):
    pass


class WakingTests(OnSqlite, contract.WakingContract):
    pass


class AlarmTests(OnSqlite, contract.AlarmContract):
    pass


class AuditTests(OnSqlite, contract.AuditContract):
    pass


class BulkTests(OnSqlite, contract.BulkContract):
    pass


class AnsweredTests(OnSqlite, contract.AnsweredContract):
    pass


class DueWakeTests(OnSqlite, contract.DueWakeContract):
    pass


class CampaignTests(OnSqlite, contract.CampaignContract):
    pass


class ConfigurationTests(OnSqlite, contract.ConfigurationContract):
    pass


class OwnConfigurationTests(OnSqlite, contract.OwnConfigurationContract):
    pass


class ConfigurationListTests(OnSqlite, contract.ConfigurationListContract):
    pass


class DataModelTests(OnSqlite, contract.DataModelContract):
    pass


class LevelTests(OnSqlite, contract.LevelContract):
    pass


class DialectTests(OnSqlite, contract.DialectContract):
    pass


class RetentionTests(OnSqlite, contract.RetentionContract):
    pass


class DurabilityTests(OnSqlite, contract.DurabilityContract):
    pass


class HappeningTests(OnSqlite, contract.HappeningContract):
    pass


class WebhookTests(OnSqlite, contract.WebhookContract):
    pass


class SurveyTests(OnSqlite, contract.SurveyContract):
    pass
