"""The store's contract, kept by PostgreSQL."""

from __future__ import annotations

import time
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import psycopg2
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from acs.store.building import networked_store
from acs.store.interface import Store
from acs.store.migrations import shipped
from acs.store.postgresql import partitions
from tests.store import contract
from tests.support import postgres


class OnPostgresql:
    """A store in a database of the test's own, made from one that has the schema already."""

    skip = postgres.SKIP or None

    def new_store(self, **options: Any) -> Store:
        if not hasattr(self, "folder"):
            self.folder = Path(self.mktemp())  # type: ignore[attr-defined]
            name = postgres.database_for(self, ready())  # type: ignore[arg-type]
            self.url = postgres.shared().url(name)
        return networked_store(reactor, self.clock, self.folder, self.url, **options)  # type: ignore[arg-type, attr-defined]


@cache
def template() -> str:
    """The name of a database with the schema and nothing else."""
    cluster = postgres.shared()
    name = cluster.new_database()
    for step in shipped("postgresql"):
        cluster.say("; ".join(step.statements), name)
        cluster.say(f"INSERT INTO schema VALUES ({step.number}, '{step.name}')", name)
    return name


@cache
def ready() -> str:
    """That of one with the next days' partitions too.  A new store makes them, a dozen tables with their
    indexes, which is a third of what it takes to open one."""
    cluster = postgres.shared()
    name = cluster.new_database(template())
    with closing(psycopg2.connect(cluster.url(name))) as connection:
        connection.autocommit = True
        line: Any = Blocking(connection)
        made: Deferred[None] = Deferred.fromCoroutine(partitions.make_ahead(line, time.time()))
        assert made.called
    return name


class Blocking:
    """As `acs.store.postgresql.link.Line`, but whoever says something waits."""

    open = True

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def say(self, sql: str) -> list[Any]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []


class DeviceTests(OnPostgresql, contract.DeviceContract):
    pass


class RenameTests(OnPostgresql, contract.RenameContract):
    pass


class ForgetTests(OnPostgresql, contract.ForgetContract):
    pass


class PresenceTests(OnPostgresql, contract.PresenceContract):
    pass


class MemoryTests(OnPostgresql, contract.MemoryContract):
    pass


class ParameterTests(OnPostgresql, contract.ParameterContract):
    pass


class JobTests(OnPostgresql, contract.JobContract):
    pass


class SameJobTests(OnPostgresql, contract.SameJobContract):
    pass


class CancelTests(OnPostgresql, contract.CancelContract):
    pass


class SessionTests(OnPostgresql, contract.SessionContract):
    pass


class ListTests(OnPostgresql, contract.ListContract):
    pass


class LoginTests(OnPostgresql, contract.LoginContract):
    pass


class OnlyTests(OnPostgresql, contract.OnlyContract):
    pass


class SecondFactorTests(OnPostgresql, contract.SecondFactorContract):
    pass


class PeopleTests(OnPostgresql, contract.PeopleContract):
    pass


class ViewTests(OnPostgresql, contract.ViewContract):
    pass


class CredentialsTests(OnPostgresql, contract.CredentialsContract):
    pass


class QuirkTests(OnPostgresql, contract.QuirkContract):
    pass


class ProfileTests(OnPostgresql, contract.ProfileContract):
    pass


class ReadingTests(OnPostgresql, contract.ReadingContract):
    pass


class WakingTests(OnPostgresql, contract.WakingContract):
    pass


class AlarmTests(OnPostgresql, contract.AlarmContract):
    pass


class AuditTests(OnPostgresql, contract.AuditContract):
    pass


class BulkTests(OnPostgresql, contract.BulkContract):
    pass


class AnsweredTests(OnPostgresql, contract.AnsweredContract):
    pass


class DueWakeTests(OnPostgresql, contract.DueWakeContract):
    pass


class CampaignTests(OnPostgresql, contract.CampaignContract):
    pass


class ConfigurationTests(OnPostgresql, contract.ConfigurationContract):
    pass


class OwnConfigurationTests(OnPostgresql, contract.OwnConfigurationContract):
    pass


class ConfigurationListTests(OnPostgresql, contract.ConfigurationListContract):
    pass


class DataModelTests(OnPostgresql, contract.DataModelContract):
    pass


class LevelTests(OnPostgresql, contract.LevelContract):
    pass


class DialectTests(OnPostgresql, contract.DialectContract):
    pass


class RetentionTests(OnPostgresql, contract.RetentionContract):
    pass


class DurabilityTests(OnPostgresql, contract.DurabilityContract):
    pass


class HappeningTests(OnPostgresql, contract.HappeningContract):
    pass


class WebhookTests(OnPostgresql, contract.WebhookContract):
    pass


class SurveyTests(OnPostgresql, contract.SurveyContract):
    pass
