"""The configuration file: every key of the contract, its defaults, and how what is wrong is refused."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import fields, replace
from ipaddress import ip_network
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.alarms.limits import Limits as AlarmLimits
from acs.alarms_table import Alarms
from acs.config import Config, ConfigError, Secret, describe, load
from acs.watch_side import limits_of
from acs.web.files.limits import Limits
from tests import ROOT
from tests.support.certificates import pem_file, self_signed

CONTRACT = """
state_dir = "acs-state"

[store]
url = "sqlite"

[[cwmp]]
name = "main"
endpoint = "tcp:7547"
path = "/"
authentication = "none"
credentials = "shared"
username = ""
password_file = ""
verify = "default"
public_url = ""
tls = { certificate = "", key = "", profile = "modern", client_ca = "" }
proxy_protocol = false
trusted_proxies = []

[verify.default]
policy = "always"
networks = []
query = ""
url = ""

[hooks]
python = ""
url = ""

[console]
endpoint = "tcp:8069:interface=127.0.0.1"
tls = {}

[files]
directory = ""
http = "tcp:7567"
tftp = "udp:6969"
public_url = ""
public_tftp_url = ""

[wake]
username = "{{ device.id }}"
allow_networks = []
[wake.xmpp]
component = ""
server = "tcp:127.0.0.1:5347"
secret_file = ""
domain = ""
accounts = "xep-0133"
[wake.udp]
endpoint = ""

[limits]
body_bytes = 8388608
session_seconds = 60
sessions = 20000
informs = { count = 20, seconds = 900 }

[retention]
conversations_days = 30
sessions_days = 365

[log]
level = "info"
format = "text"
"""
"""Every key that operators may rely on, with the default that they may rely on."""


class FileTestCase(SynchronousTestCase):
    """Tests that load a file made for the test."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.file = self.folder / "acs.toml"

    def load(self, text: str) -> Config:
        """The configuration that a file with this text gives."""
        self.file.write_text(text, encoding="utf-8")
        return load(str(self.file))

    def problems(self, text: str) -> dict[str, str]:
        """Why a file with this text is refused: reasons by key."""
        return {problem.key: problem.reason for problem in self.failure(text).problems}

    def failure(self, text: str) -> ConfigError:
        """The error that a file with this text raises."""
        return self.assertRaises(ConfigError, self.load, text)  # type: ignore[no-any-return]

    def write(self, name: str, content: bytes) -> None:
        """Put a file beside the configuration."""
        (self.folder / name).write_bytes(content)


class DefaultTests(FileTestCase):
    def test_the_contract_written_out_is_the_same_as_no_file_at_all(self) -> None:
        written = self.load(CONTRACT)
        self.assertEqual(replace(written, state_dir=Path.cwd() / "acs-state", embedded=True), load(None))

    def test_every_key_of_the_contract_is_declared_and_of_our_own_only_these(self) -> None:
        written = re.findall(r"(?:^|[{,] ?)(\w+?)(?:_file)? = ", CONTRACT, re.MULTILINE)
        declared = {each.key.rpartition(".")[2] for each in describe() if each.default}
        own = {"parameters", "address", "workers", "offer_sha256"}  # [track], [node], [acs], [[cwmp]]
        own |= {"history_days"}  # [retention]
        own |= {"open_metrics", "second_factor", "issuer", "client_id", "client_secret", "scopes"}
        own |= {"name_claim", "role_claim", "viewer", "support", "operator", "admin"}  # [console]
        own |= {"open_to_other_machines", "secrets"}  # [nbi]
        own |= {
            "sessions_per_address",
            "urgent_percent",
            "devices_in_memory",
            "connections",
            "connections_per_address",
        }  # [limits]
        own |= {"url_hooks", "database", "related_query", "configuration_query"}  # [hooks]
        own |= {"create_command", "delete_command"}  # [wake.xmpp]
        own |= {"cache_seconds", "stale_seconds", "reset_on_association"}
        own |= {"head_bytes", "headers", "head_seconds", "body_seconds", "idle_seconds"}
        own |= {"setup", "devices_per_second", "devices_per_network"}  # [wake]
        own |= {"manufacturer", "product_class"}  # [[wake.defaults]]
        own |= {"devices_server", "devices_port", "devices_tls"}  # [wake.xmpp]
        own |= {"public_address", "keep_alive_minimum", "keep_alive_maximum"}  # [wake.udp]
        own |= {"open", "downloads", "downloads_per_address", "uploads", "uploads_per_address"}  # [files]
        own |= {"rate", "rate_together", "upload_bytes", "patience", "idle"}  # [files.limits]
        own |= {field.name for field in fields(Alarms)}
        self.assertEqual(declared, (set(written) | own) - {"tls", "informs"})

    def test_no_file_is_said_to_be_none(self) -> None:
        self.assertTrue(load(None).embedded)
        self.assertFalse(self.load("").embedded)

    def test_without_a_file_one_listener_takes_everything_and_verifies_everyone(self) -> None:
        config = load(None)
        [listener] = config.cwmp
        self.assertEqual(("main", "tcp:7547", "/"), (listener.name, listener.endpoint, listener.path))
        self.assertEqual("always", config.verify[listener.verify].policy)

    def test_the_default_policy_is_there_beside_those_the_file_names(self) -> None:
        config = self.load('[verify.strict]\npolicy = "never"\n')
        policies = {name: each.policy for name, each in config.verify.items()}
        self.assertEqual({"default": "always", "strict": "never"}, policies)

    def test_a_listener_of_the_file_replaces_the_default_one(self) -> None:
        config = self.load('[[cwmp]]\nname = "a"\n[[cwmp]]\nname = "b"\nendpoint = "tcp6:80"\n')
        listeners = [(each.name, each.endpoint) for each in config.cwmp]
        self.assertEqual([("a", "tcp:7547"), ("b", "tcp6:80")], listeners)

    def test_a_table_that_gives_one_key_keeps_the_defaults_of_the_others(self) -> None:
        limits = self.load("[limits]\ninforms = { count = 5 }\n").limits
        self.assertEqual((5, 900, 20000), (limits.informs.count, limits.informs.seconds, limits.sessions))
        rate = self.load("[limits]\nconnection_rate = { seconds = 10 }\n").limits.connection_rate
        self.assertEqual((60_000, 10), (rate.count, rate.seconds))

    def test_the_shipped_file_loads(self) -> None:
        config = load(str(ROOT / "etc" / "acs.toml"))
        self.assertEqual((Path("/var/lib/acs"), "udp:69"), (config.state_dir, config.files.tftp))

    def test_networks_are_read_as_networks(self) -> None:
        config = self.load('[verify.default]\npolicy = "cidr"\nnetworks = ["10.0.0.0/8", "2001:db8::1"]\n')
        expected = (ip_network("10.0.0.0/8"), ip_network("2001:db8::1/128"))
        self.assertEqual(expected, config.verify["default"].networks)


class TlsTests(FileTestCase):
    def test_certificates_are_pairs_of_files_beside_the_configuration(self) -> None:
        listener = self.load(
            '[[cwmp]]\n[cwmp.tls]\ncertificate = "a.pem"\nkey = "a.key"\nprofile = "legacy"\n'
            'more = [{ certificate = "/b.pem" }, { certificate = "c.pem", key = "c.key" }]\n'
        ).cwmp[0]
        here = self.folder.absolute()
        expected = ((here / "a.pem", here / "a.key"), (Path("/b.pem"),) * 2, (here / "c.pem", here / "c.key"))
        self.assertEqual(expected, listener.tls.pairs)

    def test_the_listeners_on_tls_are_told_with_their_places(self) -> None:
        config = self.load(
            '[[cwmp]]\nname = "plain"\n[[cwmp]]\nname = "tls"\n'
            'tls = { certificate = "/a", client_ca = "/ca" }\n[console.tls]\ncertificate = "/b"\nkey = "/k"\n'
        )
        cwmp = ("cwmp[1].tls", "tls", "modern", ((Path("/a"), Path("/a")),), Path("/ca"), False)
        console = ("console.tls", "console", "modern", ((Path("/b"), Path("/k")),), None, False)
        self.assertEqual([cwmp, console], list(config.secured))
        self.assertEqual([], list(load(None).secured))
        (files,) = self.load('[files.tls]\ncertificate = "/c"\n').secured
        self.assertEqual(("files.tls", "files", "modern", ((Path("/c"), Path("/c")),), None, False), files)

    def test_what_makes_no_sense_is_refused(self) -> None:
        for text, key, reason in (
            ('[[cwmp]]\ntls = { key = "/k" }', "cwmp[0].tls.certificate", "where anything else of TLS is"),
            (
                '[[cwmp]]\nauthentication = "basic"\nusername = "u"\npassword = "p"\n'
                '[verify.default]\npolicy = "certificate"',
                "cwmp[0].verify",
                'needs authentication = "certificate"',
            ),
            ('[console.tls]\nclient_ca = "/ca"', "console.tls.certificate", "where anything else of TLS is"),
            ('[files.tls]\nkey = "/k"', "files.tls.certificate", "where anything else of TLS is"),
            (
                '[[cwmp]]\ntls = { certificate = "/a", more = [{ key = "/k" }] }',
                "cwmp[0].tls.more[0].certificate",
                "must be given",
            ),
            (
                '[[cwmp]]\ntls = { certificate = "/a", profile = "old" }',
                "cwmp[0].tls.profile",
                "modern, legacy",
            ),
            ('[[cwmp]]\ntls = { certificate = "/a", more = {} }', "cwmp[0].tls.more", "an array of tables"),
        ):
            problems = self.problems(text + "\n")
            self.assertEqual([key], list(problems))
            self.assertIn(reason, problems[key])

    def test_devices_can_only_be_told_by_certificates_of_known_authorities(self) -> None:
        text = '[[cwmp]]\nauthentication = "certificate"\ntls = { certificate = "/a" }\n'
        self.assertIn("must have a certificate", self.problems(text)["cwmp[0].tls.client_ca"])

    def test_tls_within_tls_is_refused(self) -> None:
        pem_file(self.folder / "x.pem", self_signed("acs.example"))
        endpoint = f"ssl:0:privateKey={self.folder.absolute()}/x.pem"
        text = f'[[cwmp]]\nendpoint = "{endpoint}"\ntls = {{ certificate = "/a" }}\n'
        self.assertIn("TLS itself", self.problems(text)["cwmp[0].tls.certificate"])


class PathTests(FileTestCase):
    def test_relative_paths_are_relative_to_the_file(self) -> None:
        config = self.load('state_dir = "state"\n[files]\ndirectory = "../images"\n')
        folder = self.folder.absolute()
        self.assertEqual((folder / "state", folder / "../images"), (config.state_dir, config.files_directory))

    def test_absolute_paths_stay(self) -> None:
        self.assertEqual(Path("/srv/acs"), self.load('state_dir = "/srv/acs"\n').state_dir)

    def test_the_default_state_is_beside_the_file_or_in_the_working_directory(self) -> None:
        self.assertEqual(self.folder.absolute() / "acs-state", self.load("").state_dir)
        self.assertEqual(Path.cwd() / "acs-state", load(None).state_dir)

    def test_files_are_in_the_state_unless_said_otherwise(self) -> None:
        self.assertEqual(Path("/srv/firmware"), self.load('state_dir = "/srv"\n').files_directory)


class SecretTests(FileTestCase):
    def test_a_secret_is_read_from_a_file_beside_the_configuration_without_its_newline(self) -> None:
        self.write("password", b"s3cret \n")
        [listener] = self.load('[[cwmp]]\npassword_file = "password"\n').cwmp
        self.assertEqual("s3cret ", listener.password)

    def test_a_secret_may_stand_in_the_file_itself(self) -> None:
        self.assertEqual("s3cret", self.load('[[cwmp]]\npassword = "s3cret"\n').cwmp[0].password)

    def test_no_secret_is_in_the_repr_of_a_configuration(self) -> None:
        config = self.load('[[cwmp]]\npassword = "s3cret"\n[wake.xmpp]\nsecret = "s3cret"\n')
        self.assertNotIn("s3cret", repr(config))
        self.assertIn("<secret>", repr(config))

    def test_no_reason_shows_a_secret(self) -> None:
        failure = self.failure(
            '[store]\nurl = "mysql://acs:s3cret@db/acs"\n'
            '[verify.default]\nurl = "ftp://acs:s3cret@db"\n[hooks]\nurl = "gopher://s3cret@db"\n'
        )
        self.assertEqual(3, len(failure.problems))
        self.assertNotIn("s3cret", str(failure))

    def test_a_secret_given_twice_is_refused(self) -> None:
        self.write("password", b"s3cret")
        problems = self.problems('[[cwmp]]\npassword = "s3cret"\npassword_file = "password"\n')
        self.assertEqual({"cwmp[0].password": "is given twice: here and in password_file"}, problems)

    def test_a_secret_file_that_cannot_serve_is_refused_with_its_name(self) -> None:
        self.write("empty", b"\n")
        self.write("binary", b"\xff\xfe")
        for name, reason in {
            "absent": "cannot be read: No such file or directory",
            ".": "cannot be read: Is a directory",
            "empty": "is empty",
            "binary": "is not UTF-8",
        }.items():
            problems = self.problems(f'[wake.xmpp]\nsecret_file = "{name}"\n')
            path = self.folder.absolute() / name
            self.assertEqual({"wake.xmpp.secret_file": f"{path} {reason}"}, problems)

    def test_only_secrets_may_be_given_as_files(self) -> None:
        problems = self.problems('[[cwmp]]\nusername_file = "x"\n')
        self.assertIn("unknown key", problems["cwmp[0].username_file"])

    def test_the_store_url_in_a_file_is_judged_as_if_it_stood_in_the_configuration(self) -> None:
        self.write("url", b"mysql://acs@db/acs\n")
        self.assertIn("must be sqlite", self.problems('[store]\nurl_file = "url"\n')["store.url"])

    def test_a_secret_is_a_string_that_shows_when_it_is_empty(self) -> None:
        secret = Secret("s3cret")
        self.assertEqual(("s3cret", "<secret>", "''"), (str(secret), repr(secret), repr(Secret())))


class RefusalTests(FileTestCase):
    def refused(self, text: str, key: str, reason: str) -> None:
        """Assert that a file is refused for one key alone, with a reason that contains the text."""
        problems = self.problems(text)
        self.assertEqual([key], list(problems))
        self.assertIn(reason, problems[key])

    def test_every_problem_is_named_at_once_one_line_each(self) -> None:
        failure = self.failure(
            'stat_dir = "x"\n[log]\nlevel = 3\n[[cwmp]]\nendpoint = "x"\n[limits]\nsessions = 0\n'
        )
        keys = ["stat_dir", "cwmp[0].endpoint", "limits.sessions", "log.level"]
        self.assertEqual(keys, [problem.key for problem in failure.problems])
        lines = str(failure).splitlines()
        self.assertEqual(f"{self.file}: stat_dir: unknown key; did you mean state_dir?", lines[0])
        self.assertEqual(f"{self.file}: log.level: must be a string, not an integer", lines[3])

    def test_an_unknown_key_far_from_any_other_is_refused_without_a_guess(self) -> None:
        self.assertEqual({"zebra": "unknown key"}, self.problems("zebra = 1\n"))

    def test_an_unknown_key_in_an_inner_table_is_refused(self) -> None:
        self.refused("[limits]\ninforms = { coun = 1 }\n", "limits.informs.coun", "did you mean count?")

    def test_an_unknown_key_cannot_break_the_line_it_is_reported_on(self) -> None:
        self.assertEqual(1, len(str(self.failure('"a\\nb" = 1\n')).splitlines()))

    def test_wrong_types_are_named_as_toml_names_them(self) -> None:
        self.refused("state_dir = 1\n", "state_dir", "must be a string, not an integer")
        self.refused('[limits]\nsessions = "1"\n', "limits.sessions", "must be an integer, not a string")
        self.refused("[limits]\nsessions = true\n", "limits.sessions", "must be an integer, not a boolean")
        self.refused("[limits]\nsessions = 1.0\n", "limits.sessions", "must be an integer, not a float")
        self.refused("cwmp = [{ proxy_protocol = 1 }]\n", "cwmp[0].proxy_protocol", "must be true or false")
        self.refused("[log]\nlevel = 2026-01-01\n", "log.level", "must be a string, not a date or time")
        self.refused('wake.allow_networks = "::/0"\n', "wake.allow_networks", "must be an array, not a str")

    def test_wrong_tables_are_refused(self) -> None:
        self.refused("log = 1\n", "log", "must be a table, not an integer")
        self.refused("[cwmp]\n", "cwmp", "must be an array of tables, [[cwmp]], not a table")
        self.refused("cwmp = [1]\n", "cwmp[0]", "must be a table, not an integer")
        self.refused("verify = []\n", "verify", "must be a table, not an array")
        self.refused("verify.default = 1\n", "verify.default", "must be a table, not an integer")

    def test_numbers_out_of_range_are_refused(self) -> None:
        limits = ("limits.sessions", "limits.session_seconds", "limits.body_bytes", "limits.informs.count")
        limits += (
            "limits.devices_in_memory",
            "limits.connections",
            "limits.connections_per_address",
            "limits.connection_rate.count",
        )
        limits += ("limits.head_bytes", "limits.headers", "limits.head_seconds", "limits.body_seconds")
        limits += ("retention.sessions_days", "retention.conversations_days", "retention.history_days")
        for key in limits:
            for number in (-1, 0, 10**12):
                self.refused(f"{key} = {number}\n", key, f"not {number}")

    def test_the_bounds_of_a_range_are_in_it(self) -> None:
        for bound in (0, 100):
            self.assertEqual(bound, self.load(f"[limits]\nurgent_percent = {bound}").limits.urgent_percent)
        for beyond in (-1, 101):
            self.refused(f"[limits]\nurgent_percent = {beyond}", "limits.urgent_percent", "from 0 to 100")

    def test_of_a_key_that_is_wrong_in_itself_nothing_else_is_said(self) -> None:
        (problem,) = self.failure("[[cwmp]]\n[[cwmp]]\nname = 5").problems
        self.assertEqual(("cwmp[1].name", "must be a string, not an integer"), (problem.key, problem.reason))

    def test_what_a_device_tells_before_it_is_verified_is_a_parameter_for_a_policy_that_asks(self) -> None:
        sql = 'policy = "sql"\nurl = "postgresql://db"\nquery = "SELECT 1 WHERE %(iccid)s = \'1\'"\n'
        table = 'parameters = { iccid = ".Cellular.Interface.1.USIM.ICCID" }\n'
        config = self.load(f"[verify.sim]\n{sql}{table}")
        self.assertEqual({"iccid": ".Cellular.Interface.1.USIM.ICCID"}, config.verify["sim"].parameters)
        place = "verify.sim.parameters"
        for text, reason in (
            (f'policy = "cidr"\n{table}', "are for sql, http and python, not for cidr"),
            (
                f"{sql}{table.replace('iccid', 'serial')}",
                "serial is a name of something else that queries have",
            ),
            (
                f"{sql}{table.replace('iccid', 'ICCID')}",
                "'ICCID' is no name: lower case letters, digits and _",
            ),
            (
                f"{sql}parameters = {{ iccid = '.Cellular.' }}\n",
                "'.Cellular.' is not the path of one parameter",
            ),
            (f"{sql}parameters = 3\n", "must be a table, not an integer"),
            (f"{sql}parameters = {{ iccid = 3 }}\n", "must be a string"),
        ):
            self.assertIn(reason, self.problems(f"[verify.sim]\n{text}").get(place, "nothing"), text)
        self.assertIn("%(iccid)s", self.problems(f"[verify.sim]\n{sql}")["verify.sim.query"])

    def test_words_out_of_a_list_are_refused_with_the_list(self) -> None:
        self.refused('log.level = "loud"\n', "log.level", "must be one of debug, info, warn, error, critical")
        self.refused('verify.a.policy = "maybe"\n', "verify.a.policy", "must be one of always, never, cidr")

    def test_every_bad_network_of_a_list_is_named(self) -> None:
        text = '[verify.default]\nnetworks = ["10.0.0.1/8", "::/0", 3, "a"]\n'
        reason = self.problems(text)["verify.default.networks"]
        self.assertIn("item 1: 10.0.0.1/8 has host bits set; item 3: must be a string, not an int", reason)
        self.assertIn("item 4: 'a' does not appear", reason)

    def test_urls_of_other_schemes_or_without_a_host_are_refused(self) -> None:
        for url in ("ftp://h/", "http:///x", "acs.example", "http://a b/"):
            self.refused(f'[files]\npublic_url = "{url}"\n', "files.public_url", "http:// or https://")
        self.refused('[files]\npublic_tftp_url = "http://h/"\n', "files.public_tftp_url", "tftp://")
        self.refused('[store]\nurl = "sqlite3"\n', "store.url", "must be sqlite, or")
        self.refused('[store]\nurl = "postgresql://acs@h/acs?sslmod=x"\n', "store.url", "as libpq reads it")
        self.refused('[store]\nurl = "postgresql://acs:%zz@h/acs"\n', "store.url", "as libpq reads it")

    def test_a_database_is_a_url_of_postgresql(self) -> None:
        for url in ("postgresql://acs@/acs?host=/run/postgresql", "postgresql://a:b@h1,h2:5433/acs"):
            self.assertEqual(url, self.load(f'[store]\nurl = "{url}"\n').store.url)

    def test_a_node_says_how_it_is_reached(self) -> None:
        store = '[store]\nurl = "postgresql://acs@/acs"\n[node]\n'
        for text, reached in {
            'endpoint = "tcp:7548:interface=10.0.0.2"': "tcp:10.0.0.2:7548",
            'endpoint = "unix:/run/acs/one.sock:mode=600"': "unix:/run/acs/one.sock",
            'endpoint = "tcp:7548"\naddress = "tcp:acs2.isp.example:7548"': "tcp:acs2.isp.example:7548",
            "": "",
        }.items():
            self.assertEqual(reached, self.load(store + text + "\n").node.reached_at)
        self.refused(store + 'endpoint = "tcp:7548"\n', "node.address", "must say how")
        self.refused('[node]\nendpoint = "unix:/x"\n', "node.endpoint", "SQLite has one node only")

    def test_workers_share_what_can_be_shared(self) -> None:
        store = 'state_dir = "/x"\n[store]\nurl = "postgresql://acs@/acs"\n[acs]\nworkers = 2\n'
        folder = Path("/var/lib/a:cs")
        first, second = (self.load(store).node.of_worker(number, folder) for number in (0, 1))
        self.assertEqual(r"unix:/var/lib/a\:cs/worker-0.sock", first.reached_at)
        self.assertEqual(r"unix:/var/lib/a\:cs/worker-1.sock:mode=600", second.endpoint)
        self.assertTrue(second.name.endswith("/1"))
        place = '[node]\nname = "a"\nendpoint = "tcp:7548:interface=10.0.0.2"\n'
        third = self.load(store + place).node.of_worker(2, folder)
        self.assertEqual(
            ("a/2", "tcp:7550:interface=10.0.0.2", "tcp:10.0.0.2:7550"),
            (third.name, third.endpoint, third.reached_at),
        )
        self.refused(store.replace("/x", "/" + "x" * 100), "state_dir", "too long for the workers' sockets")
        self.assertEqual(["acs.workers"], list(self.problems("state_dir = '/x'\n[acs]\nworkers = 2\n")))
        self.refused(store + '[[cwmp]]\nendpoint = "unix:/x"\n', "cwmp[0].endpoint", "several workers share")
        self.refused(store + '[node]\nendpoint = "unix:/x"\n', "node.endpoint", "a port of its own")

    def test_a_path_that_no_request_can_have_is_refused(self) -> None:
        for path in ("", "acs", "/a b", "/a?b"):
            self.refused(f'[[cwmp]]\npath = "{path}"\n', "cwmp[0].path", "begins with /")

    def test_a_state_directory_must_be_named(self) -> None:
        self.refused('state_dir = ""\n', "state_dir", "must not be empty")

    def test_a_listener_whose_policy_is_missing_is_refused(self) -> None:
        self.refused('[[cwmp]]\nverify = "strict"\n', "cwmp[0].verify", "there is no [verify.strict]")

    def test_two_listeners_of_one_name_are_refused(self) -> None:
        self.refused('[[cwmp]]\n[[cwmp]]\nendpoint = "tcp:80"\n', "cwmp[1].name", "name of another listener")

    def test_a_policy_that_is_wrong_in_itself_is_not_also_called_missing(self) -> None:
        self.assertEqual(["verify.a"], list(self.problems('verify.a = 1\n[[cwmp]]\nverify = "a"\n')))


class EndpointTests(FileTestCase):
    def reason(self, key: str, endpoint: str) -> str | None:
        """Why an endpoint is refused for a key of one table; `None` where it is accepted."""
        table, _, name = key.rpartition(".")
        self.file.write_text(f"[{table}]\n{name} = '{endpoint}'\n", encoding="utf-8")
        try:
            load(str(self.file))
        except ConfigError as error:
            [problem] = error.problems
            return problem.reason
        return None

    def test_endpoint_strings_of_twisted_are_accepted(self) -> None:
        for endpoint in ("tcp:80", "tcp:port=0", r"tcp:0:interface=\:\:1", "tcp6:80", "unix:/run/acs"):
            self.assertIsNone(self.reason("console.endpoint", endpoint), endpoint)

    def test_a_socket_of_systemd_is_accepted_where_systemd_is_not(self) -> None:
        self.assertIsNone(self.reason("console.endpoint", "systemd:domain=INET:name=console"))

    def test_what_twisted_cannot_parse_is_refused(self) -> None:
        for endpoint in (
            "",
            "80",
            "tcp",
            "tcp:http",
            "tcp:80:interfac=::1",
            "tpc:80",
            "systemd:domain=INET",
            "tcp:\\\\",
        ):
            reason = self.reason("console.endpoint", endpoint) or ""
            self.assertIn("is not a Twisted endpoint string", reason, endpoint)

    def test_ports_that_do_not_exist_are_refused(self) -> None:
        for endpoint in ("tcp:65536", "tcp:port=-1", "tcp6:70000"):
            self.assertIn("is no port", self.reason("console.endpoint", endpoint) or "", endpoint)
        self.assertIn("is no port", self.reason("files.tftp", "udp:65536") or "")

    def test_a_certificate_that_an_endpoint_names_and_is_absent_is_refused(self) -> None:
        reason = self.reason("console.endpoint", "ssl:443:certKey=/none:privateKey=/none")
        self.assertIn("cannot be read", reason or "")

    def test_udp_endpoints_are_written_as_tcp_ones_are(self) -> None:
        for endpoint in ("udp:69", "udp:port=69", "udp:69:interface=10.0.0.1", r"udp:69:interface=\:\:1"):
            self.assertIsNone(self.reason("files.tftp", endpoint), endpoint)
        for endpoint in ("69", "tcp:69", "udp:", "udp:tftp", "udp:69:backlog=3", "udp:69:interface=::1"):
            self.assertIn("is not udp:PORT", self.reason("files.tftp", endpoint) or "", endpoint)

    def test_open_files_are_paths_in_the_folder(self) -> None:
        config = self.load('[files]\nopen = ["Acme/*", "web/portal.html"]')
        self.assertEqual(("Acme/*", "web/portal.html"), config.files.open)
        self.assertEqual((), load(None).files.open)
        for wrong in ("", "/Acme/*", "../*", "Acme//x", "Acme/\\u0000"):
            self.assertIn("files.open", self.problems(f'[files]\nopen = ["{wrong}"]'), wrong)

    def test_the_limits_of_files_are_those_of_their_site(self) -> None:
        limits = load(None).files.limits
        values = {each.name: getattr(limits, each.name) for each in fields(limits)}
        self.assertEqual(Limits(), Limits(**values))

    def test_alarms_are_raised_where_the_alarms_themselves_would_say(self) -> None:
        self.assertEqual(AlarmLimits(), limits_of(load(None)))

    def test_an_empty_endpoint_turns_file_service_off(self) -> None:
        self.assertIsNone(self.reason("files.tftp", ""))
        self.assertIsNone(self.reason("files.http", ""))

    def test_the_xmpp_server_is_a_client_endpoint(self) -> None:
        self.assertIsNone(self.reason("wake.xmpp.server", "tcp:xmpp.example:5347"))
        self.assertIn("is not a Twisted endpoint", self.reason("wake.xmpp.server", "tcp:xmpp.example") or "")


LINES = (
    "{}",
    "{} = 1",
    "state_dir = {}",
    "console.endpoint = {}",
    "console.endpoint = 'tcp:80:{}=1'",
    "wake.xmpp.secret_file = {}",
    "verify.{}.policy = 'sql'",
    "cwmp = [ {{ verify = {} }} ]",
)
"""Places in a file where any text may stand."""


class UnreadableTests(FileTestCase):
    def test_a_missing_file_is_named(self) -> None:
        error = self.assertRaises(ConfigError, load, str(self.file))
        self.assertEqual(f"{self.file}: cannot be read: No such file or directory", str(error))

    def test_text_that_is_not_toml_is_named_with_its_line(self) -> None:
        lines = str(self.failure("[log]\nlevel = loud\n"))
        self.assertTrue(lines.startswith(f"{self.file}: line 2, column 9: not TOML: "), lines)

    def test_toml_that_ends_too_early_says_so(self) -> None:
        self.assertIn(f"{self.file}: end of document: not TOML: ", str(self.failure('state_dir = """')))

    def test_bytes_that_are_not_utf_8_are_refused(self) -> None:
        self.file.write_bytes(b'state_dir = "\xff"\n')
        self.assertIn("is not UTF-8", str(self.assertRaises(ConfigError, load, str(self.file))))

    @given(
        st.sampled_from(LINES),
        st.text(),
        st.booleans(),
    )
    @settings(max_examples=200, deadline=None)
    def test_any_text_loads_or_is_refused_on_one_line_for_each_problem(
        self, line: str, text: str, quoted: bool
    ) -> None:
        path = Path("any.toml")
        path.write_text(line.format(json.dumps(text) if quoted else text), encoding="utf-8")
        try:
            load(str(path))
        except ConfigError as error:
            self.assertEqual(len(error.problems), len(str(error).splitlines()))


class AuthenticationTests(FileTestCase):
    def test_what_devices_are_to_show_has_to_be_whole(self) -> None:
        for more, key in (
            ("", "cwmp[0].username"),
            ('username = "cpe"', "cwmp[0].password"),
            ('credentials = "device"\nusername = "factory"', "cwmp[0].password"),
        ):
            for scheme in ("basic", "digest"):
                problems = self.problems(f'[[cwmp]]\nauthentication = "{scheme}"\n{more}\n')
                self.assertEqual([key], list(problems))

    def test_it_is_taken_where_it_is(self) -> None:
        for more in ('username = "cpe"\npassword = "x"', 'credentials = "device"'):
            config = self.load(f'[[cwmp]]\nauthentication = "digest"\noffer_sha256 = true\n{more}\n')
            self.assertTrue(config.cwmp[0].offer_sha256)


class XmppTests(FileTestCase):
    WHOLE = (
        '[wake.xmpp]\ncomponent = "acs.isp.example"\nsecret = "hush"\ndomain = "devices.isp.example"\n'
        'create_command = ["register", "{username}", "{domain}"]\n'
    )

    def test_it_is_off_until_it_has_a_component(self) -> None:
        self.load('[wake.xmpp]\naccounts = "command"\n')

    def test_a_component_needs_a_secret_and_the_devices_domain(self) -> None:
        problems = self.problems('[wake.xmpp]\ncomponent = "acs.isp.example"\n')
        self.assertEqual(["wake.xmpp.domain", "wake.xmpp.secret"], sorted(problems))

    def test_it_is_taken_where_it_is_whole(self) -> None:
        for accounts in ("xep-0133", "command", "none"):
            config = self.load(self.WHOLE + f'accounts = "{accounts}"\n')
            self.assertEqual(("register", "{username}", "{domain}"), config.wake.xmpp.create_command)
            self.assertNotIn("hush", repr(config))

    def test_domains_are_domains_and_two(self) -> None:
        for text, key in (
            ("acs@acs.isp.example", "wake.xmpp.component"),
            ("acs.isp.example/acs", "wake.xmpp.component"),
            ("a b", "wake.xmpp.component"),
            ("devices.isp.example", "wake.xmpp.domain"),
        ):
            self.assertEqual([key], list(self.problems(self.WHOLE.replace("acs.isp.example", text, 1))), text)

    def test_accounts_by_command_need_one_that_says_which(self) -> None:
        whole = self.WHOLE + 'accounts = "command"\n'
        for old, new, key, reason in (
            ('"register", "{username}", "{domain}"', "", "create_command", "must be given for"),
            ('"{username}", ', "", "create_command", "does not say {username}"),
            ("{domain}", "{host}", "create_command", "and no other braces"),
            ('"register"', '""', "create_command", "and no other braces"),
            ("accounts = ", 'delete_command = ["deluser"]\naccounts = ', "delete_command", "does not say"),
        ):
            problems = self.problems(whole.replace(old, new))
            self.assertEqual([f"wake.xmpp.{key}"], list(problems))
            self.assertIn(reason, problems[f"wake.xmpp.{key}"])

    def test_what_the_documentation_shows_is_taken(self) -> None:
        page = (ROOT / "docs" / "xmpp.rst").read_text("utf-8")
        blocks = re.findall(r"code-block:: toml\n\n((?: +.*\n)+)", page)
        self.assertEqual(2, len(blocks))
        (self.file.parent / "xmpp-secret").write_text("hush\n")
        for block in blocks:
            config = self.load(textwrap.dedent(block))
            self.assertEqual("acs.isp.example", config.wake.xmpp.component)


class OidcTests(FileTestCase):
    WHOLE = (
        '[console.oidc]\nissuer = "https://login.isp.example"\nclient_id = "acs"\nclient_secret = "hush"\n'
        'public_url = "https://acs.isp.example"\nroles = { admin = ["leads"] }\n'
    )

    def test_it_is_read_with_what_is_usual(self) -> None:
        config = self.load(self.WHOLE)
        oidc = config.console.oidc
        self.assertEqual(("openid", "profile", "email"), oidc.scopes)
        self.assertEqual(("preferred_username", "groups"), (oidc.name_claim, oidc.role_claim))
        self.assertEqual(("leads",), oidc.roles.admin)
        self.assertNotIn("hush", repr(config))

    def test_what_is_missing_or_makes_no_sense_is_named(self) -> None:
        for old, new, key in (
            ('client_id = "acs"', "", "client_id"),
            ('public_url = "https://acs.isp.example"', "", "public_url"),
            ("https://acs.isp.example", "http://acs.isp.example", "public_url"),
            ("https://login", "http://login", "issuer"),
            ("https://login", "ftp://login", "issuer"),
            ('roles = { admin = ["leads"] }', "", "roles"),
            ("roles = ", 'scopes = ["profile"]\nroles = ', "scopes"),
            ("roles = ", 'scopes = ["openid", "a b"]\nroles = ', "scopes"),
            ("roles = ", 'role_claim = ""\nroles = ', "role_claim"),
        ):
            problems = self.problems(self.WHOLE.replace(old, new))
            self.assertEqual([f"console.oidc.{key}"], list(problems), (old, new))
        self.assertIn("console.oidc.roles.admin", self.problems(self.WHOLE.replace('"leads"', '""')))

    def test_loopback_needs_no_tls(self) -> None:
        for host in ("localhost:8080", "127.0.0.1", "[::1]:1"):
            self.load(self.WHOLE.replace("https://acs.isp.example", f"http://{host}"))
        problems = self.problems(self.WHOLE.replace("https://acs", "http://localhost.evil"))
        self.assertEqual(["console.oidc.public_url"], list(problems))


class UdpTests(FileTestCase):
    def test_the_stun_server_may_be_told_otherwise_than_it_listens(self) -> None:
        for host in ("", "stun.isp.example", "192.0.2.1", "2001:db8::1"):
            config = self.load(f'[wake.udp]\nendpoint = "udp:3478"\npublic_address = "{host}"\n')
            self.assertEqual(("udp:3478", host), (config.wake.udp.endpoint, config.wake.udp.public_address))

    def test_what_makes_no_sense_is_refused(self) -> None:
        for text, key in {
            'endpoint = "tcp:3478"': "endpoint",
            'endpoint = "udp:65536"': "endpoint",
            'public_address = "stun.isp.example:3478"': "public_address",
            'public_address = "http://stun.isp.example"': "public_address",
            "keep_alive_minimum = 5": "keep_alive_minimum",
            "keep_alive_maximum = 301": "keep_alive_maximum",
            "keep_alive_minimum = 60\nkeep_alive_maximum = 59": "keep_alive_maximum",
        }.items():
            self.assertEqual([f"wake.udp.{key}"], list(self.problems(f"[wake.udp]\n{text}\n")), text)


class NbiTests(FileTestCase):
    """``[nbi]``: nobody is asked on this machine alone, unless it is said in so many words."""

    def test_it_is_off_unless_it_is_said_where(self) -> None:
        self.assertEqual(
            ("", "token", False),
            (load(None).nbi.endpoint, load(None).nbi.authentication, load(None).nbi.secrets),
        )

    def test_where_only_this_machine_reaches_it_nobody_need_be_asked(self) -> None:
        for endpoint in (
            "tcp:7557:interface=127.0.0.1",
            "tcp:interface=127.0.0.1:port=7557",
            "tcp:7557:interface=127.3.2.1:backlog=5",
            "tcp6:7557:interface=\\:\\:1",
            "tcp:7557:interface=localhost",
            "unix:/run/acs/nbi.sock",
        ):
            config = self.load(f"[nbi]\nendpoint = '{endpoint}'\nauthentication = 'none'\n")
            self.assertTrue(config.nbi.is_local, endpoint)

    def test_for_others_it_has_to_be_said_in_so_many_words(self) -> None:
        for endpoint in (
            "tcp:7557",
            "tcp:7557:interface=0.0.0.0",
            "tcp:7557:interface=192.0.2.1",
            "tcp:7557:interface=127.0.0.1.example",
            "tcp:7557:interface=\\:\\:",
            "systemd:domain=INET:index=0",
        ):
            text = f"[nbi]\nendpoint = '{endpoint}'\nauthentication = 'none'\n"
            self.assertIn("open_to_other_machines", self.problems(text)["nbi.authentication"], endpoint)
            self.assertFalse(self.load(f"{text}open_to_other_machines = true\n").nbi.is_local)
            self.load(f"[nbi]\nendpoint = '{endpoint}'\n")
        self.load("[nbi]\nauthentication = 'none'\n")
        self.assertIn("token, none", self.problems("[nbi]\nauthentication = 'maybe'")["nbi.authentication"])


class HooksTests(FileTestCase):
    def test_hooks_are_a_class_a_url_or_queries_of_a_database(self) -> None:
        config = self.load(
            '[hooks]\npython = "isp.acs:Hooks"\nurl = "https://crm.example/"\nurl_hooks = ["user_changed"]\n'
            'database = "postgresql://acs:hush@db/crm"\nseconds = 5\n'
            'related_query = "SELECT id FROM devices WHERE serial = %(serial)s"\n'
            'configuration_query = "SELECT path, value FROM wishes WHERE device = %(related)s"\n'
        )
        self.assertEqual((("user_changed",), 5), (config.hooks.url_hooks, config.hooks.seconds))
        self.assertNotIn("hush", repr(config))

    def test_policies_that_ask_have_what_they_ask(self) -> None:
        config = self.load(
            '[hooks]\npython = "isp.acs:Hooks"\n[verify.a]\npolicy = "python"\n'
            '[verify.b]\npolicy = "http"\nurl = "https://crm.example/verify"\n'
            '[verify.c]\npolicy = "sql"\nurl = "postgresql://db/radius"\n'
            'query = "SELECT 1 FROM radacct WHERE framedipaddress = %(client_ip)s::inet"\n'
        )
        self.assertEqual(["python", "http", "sql"], [config.verify[name].policy for name in "abc"])

    def test_what_makes_no_sense_is_refused(self) -> None:
        for text, key in {
            '[hooks]\nurl_hooks = ["find_realted"]': "hooks.url_hooks",
            '[hooks]\nrelated_query = "SELECT 1"': "hooks.database",
            '[hooks]\ndatabase = "postgresql://db/crm"': "hooks.database",
            '[hooks]\ndatabase = "mysql://db/crm"': "hooks.database",
            '[hooks]\ndatabase = "postgresql://db/x"\nrelated_query = "DROP TABLE x"': "hooks.related_query",
            '[hooks]\ndatabase = "postgresql://db/x"\nrelated_query = "SELECT %(related)s"': (
                "hooks.related_query"
            ),
            "[hooks]\nseconds = 0": "hooks.seconds",
            '[verify.a]\npolicy = "python"': "verify.a.policy",
            '[verify."a.b"]\npolicy = "http"': 'verify."a.b".url',
            '[verify.a]\npolicy = "http"\nurl = "postgresql://db/x"': "verify.a.url",
            '[verify.a]\npolicy = "sql"\nquery = "SELECT 1"': "verify.a.url",
            '[verify.a]\npolicy = "sql"\nurl = "postgresql://d/x"\nquery = "SELECT %(a)s"': "verify.a.query",
        }.items():
            self.assertEqual([key], list(self.problems(text + "\n")), text)


class ReferenceTests(SynchronousTestCase):
    def test_every_key_has_a_line_for_the_manual(self) -> None:
        for each in describe():
            self.assertTrue(each.doc.endswith(".") and "\n" not in each.doc, each)

    def test_a_key_is_described_by_place_kind_and_default(self) -> None:
        described = {each.key: (each.kind, each.default) for each in describe()}
        self.assertEqual(("array of tables", ""), described["cwmp[]"])
        self.assertEqual(("string; or password_file", '""'), described["cwmp[].password"])
        self.assertEqual(("path", '""'), described["cwmp[].tls.client_ca"])
        self.assertEqual(("integer from 1 to 86400", "60"), described["limits.session_seconds"])
        self.assertEqual(("tables by name", ""), described["verify.NAME"])
        self.assertEqual(("array of networks", "[]"), described["verify.NAME.networks"])

    def test_loading_a_configuration_installs_no_reactor(self) -> None:
        code = "import sys, acs.config as c; c.load(None); print('twisted.internet.reactor' in sys.modules)"
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        said = subprocess.check_output([sys.executable, "-c", code], env=environment)
        self.assertEqual(b"False", said.strip())
