"""The worked examples of docs/hooks.rst, in whole sessions: nothing secret is sent to a stranger."""

from __future__ import annotations

import importlib
import json
import random
import shutil
import sqlite3
import sys
from contextlib import closing
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from unittest import skipIf

from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from twisted.internet.task import Clock

from acs.config import load
from acs.cwmp.values import DeviceId
from acs.operator_side import OperatorSide
from acs.simulate.cpe import SimulatedCPE
from acs.simulate.placeholders import Identity
from tests import ROOT
from tests.session.test_configure import PASSPHRASE, SSID, ConfigureCase
from tests.simulate.worlds import model
from tests.support import postgres

EXAMPLES = ROOT / "etc" / "hooks"
HUSH = "hush-hush"
HERE, ELSEWHERE = "192.0.2.7", "192.0.2.66"

RADIUS = """
CREATE TABLE radacct (
    radacctid bigserial PRIMARY KEY, acctsessionid text NOT NULL, acctuniqueid text NOT NULL UNIQUE,
    username text, realm text, nasipaddress inet NOT NULL, nasportid text, nasporttype text,
    acctstarttime timestamptz, acctupdatetime timestamptz, acctstoptime timestamptz, acctinterval bigint,
    acctsessiontime bigint, acctauthentic text, acctinputoctets bigint, acctoutputoctets bigint,
    calledstationid text, callingstationid text, acctterminatecause text, servicetype text,
    framedprotocol text, framedipaddress inet
);
CREATE TABLE radreply (
    id serial PRIMARY KEY, username text NOT NULL DEFAULT '', attribute text NOT NULL DEFAULT '',
    op varchar(2) NOT NULL DEFAULT '=', value text NOT NULL DEFAULT ''
);
"""
ONLINE = """
INSERT INTO radacct (acctsessionid, acctuniqueid, username, nasipaddress, acctstarttime, acctstoptime,
                     callingstationid, framedipaddress)
VALUES ('{number}', 'u{number}', '{username}', '198.51.100.1', now(), {stopped}, '{station}', '{address}')
"""


class ExampleCase(ConfigureCase):
    """Sessions of a device with a customer, over the hooks of a configuration."""

    def hooks_of(self, text: str) -> None:
        """Have sessions asked by a configuration with this text."""
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "acs.toml").write_text(text, encoding="utf-8")
        self.serve(folder / "acs.toml")

    def serve(self, file: Path) -> None:
        self.side = OperatorSide(load(str(file)), reactor)
        self.addCleanup(lambda: ensureDeferred(self.side.close()))
        self.how = {"hooks": self.side.operator.hooks, "policy": self.side.policies["main"]}

    def who(self) -> DeviceId:
        """Who the device is."""
        kind = model("tr181-router")
        return SimulatedCPE(kind, Identity(kind.oui, kind.serial), Clock(), random.Random(1)).device_id

    def customer(self) -> tuple[str, ...]:
        """The one that there is, with when he was changed last."""
        return ("17", HERE, "Café", HUSH, "2026-11-23T19:30:00Z")

    async def verdict(self, address: str) -> tuple[bool, str]:
        """What comes of a session from there: whether it was verified, and by what."""
        self.address = address
        self.cpe = self.device()
        await self.session(self.cpe)
        await self.session(self.cpe)
        session = await self.world.last_session()
        self.said = b"".join(each.body for each in await self.world.conversation() if each.direction == "out")
        return session.client_ip_verified, session.verified_by.partition(",")[0]

    async def assert_configured_here_and_nowhere_else(self, name: str) -> None:
        """It is verified at the address of its customer and gets what is his; at another it gets nothing."""
        self.assertEqual((False, f"{name}: it is not so"), await self.verdict(ELSEWHERE))
        self.assertNotIn(HUSH.encode(), self.said)
        self.assertNotEqual(HUSH, self.value(self.cpe, PASSPHRASE))
        self.assertEqual((True, name), await self.verdict(HERE))
        self.assertEqual(HUSH, self.value(self.cpe, PASSPHRASE))
        self.assertEqual((), (await self.known(self.cpe)).config_problems)

    def load_example(self, name: str) -> Any:
        """One of the modules in etc/hooks."""
        self.patch(sys, "path", [str(EXAMPLES), *sys.path])
        self.addCleanup(sys.modules.pop, name, None)
        return importlib.import_module(name)


class PythonTests(ExampleCase):
    def setUp(self) -> Any:
        database = Path(self.mktemp())
        with closing(sqlite3.connect(database)) as made, made:
            made.execute("CREATE TABLE customers (customer, address, ssid, passphrase, changed, serial)")
            made.execute(
                "INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?)",
                (*self.customer(), self.who().SerialNumber),
            )
        self.load_example("crm").DATABASE = str(database)
        self.hooks_of('[hooks]\npython = "crm:Crm"\n[verify.default]\npolicy = "python"\n')
        return super().setUp()

    async def test_a_customer_database_in_python(self) -> None:
        await self.assert_configured_here_and_nowhere_else("python")
        related = (await self.known(self.cpe)).related_device
        self.assertEqual(("Café", "17"), (self.value(self.cpe, SSID), related))


class ServiceTests(ExampleCase):
    def setUp(self) -> Any:
        example = self.load_example("crm_service")
        customer, address, ssid, passphrase, changed = self.customer()
        facts = {"address": address, "wifi_ssid": ssid, "wifi_passphrase": passphrase}
        known = {self.who().SerialNumber: {"id": customer, "facts": facts, "level": changed}}
        example.CUSTOMERS.update(json.loads(json.dumps(known)))
        self.patch(example.Talk, "log_message", lambda *_: None)
        server = ThreadingHTTPServer(("127.0.0.1", 0), example.Talk)
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        url = f"http://127.0.0.1:{server.server_port}/"
        self.hooks_of(f'[hooks]\nurl = "{url}"\n[verify.default]\npolicy = "http"\nurl = "{url}"\n')
        return super().setUp()

    async def test_the_same_as_a_service(self) -> None:
        await self.assert_configured_here_and_nowhere_else("http")
        related = (await self.known(self.cpe)).related_device
        self.assertEqual(("Café", "17"), (self.value(self.cpe, SSID), related))


@skipIf(postgres.programs() is None, "there is no PostgreSQL here")
class FreeRadiusTests(ExampleCase):
    def setUp(self) -> Any:
        name = postgres.database_for(self)
        self.radius = name
        postgres.shared().say(RADIUS, name)
        self.station = self.who().SerialNumber.lower()
        self.online(1, "somebody", "00:11:22:33:44:55", ELSEWHERE)
        insert = "INSERT INTO radreply (username, attribute, value) VALUES ('{}', 'X-WiFi-Passphrase', '{}')"
        for username, passphrase in (("alice", HUSH), ("somebody", "hush of another")):
            postgres.shared().say(insert.format(username, passphrase), name)
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "database-url").write_text(postgres.shared().url(name) + "\n")
        self.serve(Path(shutil.copy(ROOT / "etc" / "freeradius.toml", folder)))
        return super().setUp()

    def online(self, number: int, username: str, station: str, address: str, stopped: str = "NULL") -> None:
        """Somebody has come online, and may have gone again."""
        said = ONLINE.format(
            number=number, username=username, station=station, address=address, stopped=stopped
        )
        postgres.shared().say(said, self.radius)

    async def test_a_device_is_verified_where_it_is_online(self) -> None:
        self.online(2, "alice", self.station, HERE)
        await self.assert_configured_here_and_nowhere_else("sql")
        device = await self.known(self.cpe)
        self.assertEqual("alice", device.related_device)

    async def test_it_is_not_where_it_was(self) -> None:
        self.online(2, "alice", self.station, HERE, stopped="now()")
        self.assertEqual((False, "sql: it is not so"), await self.verdict(HERE))
        self.assertNotIn(HUSH.encode(), self.said)

    async def test_nor_at_the_address_of_another(self) -> None:
        self.online(2, "alice", self.station, HERE)
        self.assertEqual((False, "sql: it is not so"), await self.verdict(ELSEWHERE))
        self.assertNotIn(b"hush of another", self.said)

    async def test_nor_while_the_database_is_away(self) -> None:
        postgres.shared().say("ALTER TABLE radacct RENAME TO gone", self.radius)
        verified, by = await self.verdict(HERE)
        self.assertEqual((False, 'sql: the database says: relation "radacct" does not exist'), (verified, by))
