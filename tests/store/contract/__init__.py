"""What a store does on any database: its tests inherit each of these classes and say how a store is made.

::

    class SqliteDeviceTests(OnSqlite, DeviceContract):
        pass
"""

from __future__ import annotations

from tests.store.contract.alarms import AlarmContract
from tests.store.contract.answered import AnsweredContract
from tests.store.contract.audit import AuditContract
from tests.store.contract.bulks import BulkContract
from tests.store.contract.campaigns import CampaignContract
from tests.store.contract.configurations import (
    ConfigurationContract,
    ConfigurationListContract,
    LevelContract,
    OwnConfigurationContract,
)
from tests.store.contract.credentials import CredentialsContract
from tests.store.contract.data_models import DataModelContract
from tests.store.contract.devices import DeviceContract, ForgetContract, RenameContract
from tests.store.contract.dialect import DialectContract
from tests.store.contract.durability import DurabilityContract
from tests.store.contract.happenings import HappeningContract
from tests.store.contract.jobs import CancelContract, JobContract, SameJobContract
from tests.store.contract.lists import ListContract, OnlyContract
from tests.store.contract.memory import MemoryContract
from tests.store.contract.parameters import ParameterContract
from tests.store.contract.people import LoginContract, PeopleContract, SecondFactorContract
from tests.store.contract.presence import PresenceContract
from tests.store.contract.profiles import ProfileContract
from tests.store.contract.quirks import QuirkContract
from tests.store.contract.readings import ReadingContract
from tests.store.contract.retention import RetentionContract
from tests.store.contract.sessions import SessionContract
from tests.store.contract.survey import SurveyContract
from tests.store.contract.views import ViewContract
from tests.store.contract.wakings import DueWakeContract, WakingContract
from tests.store.contract.webhooks import WebhookContract

CONTRACT = (
    DeviceContract,
    RenameContract,
    ForgetContract,
    CredentialsContract,
    PresenceContract,
    MemoryContract,
    ParameterContract,
    JobContract,
    SameJobContract,
    CancelContract,
    SessionContract,
    ListContract,
    OnlyContract,
    LoginContract,
    PeopleContract,
    SecondFactorContract,
    ViewContract,
    QuirkContract,
    ProfileContract,
    ReadingContract,
    WakingContract,
    DueWakeContract,
    AlarmContract,
    AuditContract,
    AnsweredContract,
    BulkContract,
    CampaignContract,
    ConfigurationContract,
    OwnConfigurationContract,
    ConfigurationListContract,
    DataModelContract,
    LevelContract,
    DialectContract,
    RetentionContract,
    DurabilityContract,
    HappeningContract,
    WebhookContract,
    SurveyContract,
)
