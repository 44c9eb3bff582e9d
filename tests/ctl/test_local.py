"""The commands that work on the configuration and the store of this machine."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from argon2 import PasswordHasher
from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.trial.unittest import SynchronousTestCase, TestCase

from acs.ctl import prompts
from acs.ctl.errors import CommandFailed
from acs.ctl.store import as_owner
from acs.ctl.tokens import DAY, new_token
from acs.ctl.users import add_user, change_password
from acs.store.building import embedded_store
from acs.store.interface import Query
from acs.store.records import Role
from acs.store.records.people import User
from acs.store.store import DurableStore
from tests import ROOT
from tests.ctl import acsctl
from tests.support.certificates import Authority
from tests.support.forking import run


class ConfigTests(SynchronousTestCase):
    def setUp(self) -> None:
        """Have a place for a configuration."""
        self.path = Path(self.mktemp())

    def test_a_configuration_without_faults_is_said_to_be_so(self) -> None:
        self.path.write_text('[console]\nendpoint = "tcp:8070"\n', "utf-8")
        outcome = acsctl("-c", str(self.path), "check-config")
        self.assertEqual(
            (0, f"{self.path}: nothing wrong\n", ""), (outcome.status, outcome.text, outcome.errors)
        )

    def test_the_embedded_defaults_are_right(self) -> None:
        self.assertEqual(0, acsctl("check-config").status)

    def test_each_fault_has_a_line_with_file_key_and_reason(self) -> None:
        self.path.write_text('stat_dir = "x"\n[limits]\nsessions = "many"\n', "utf-8")
        outcome = acsctl("check-config", "-c", str(self.path))
        self.assertEqual((1, b""), (outcome.status, outcome.output))
        lines = outcome.errors.splitlines()
        self.assertEqual(2, len(lines))
        for line, key, reason in zip(
            lines, ("stat_dir", "limits.sessions"), ("unknown", "integer"), strict=True
        ):
            self.assertIn(f"{self.path}: {key}: ", line)
            self.assertIn(reason, line)

    def test_hooks_that_cannot_be_had_are_told_beside_the_rest(self) -> None:
        tls = '[console]\ntls = { certificate = "none.pem" }\n'
        self.path.write_text(f'[hooks]\npython = "nowhere.crm:Crm"\n{tls}', "utf-8")
        outcome = acsctl("check-config", "-c", str(self.path))
        self.assertEqual((1, ""), (outcome.status, outcome.text))
        lines = outcome.errors.removeprefix("acsctl: ").splitlines()
        self.assertIn(f"{self.path}: hooks.python: 'nowhere.crm:Crm' cannot be had: Module", lines[-1])
        self.assertIn(f"{self.path}: console.tls.certificate: ", lines[0])

    def test_a_file_that_is_not_there_is_one_line(self) -> None:
        outcome = acsctl("check-config", "-c", str(self.path))
        self.assertEqual((1, 1), (outcome.status, len(outcome.errors.splitlines())))
        self.assertIn(str(self.path), outcome.errors)


class CertificateTests(SynchronousTestCase):
    """``check-config`` looks at certificates as the appliance does when it starts."""

    def setUp(self) -> None:
        """Have a configuration on TLS."""
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        self.path = self.folder / "acs.toml"
        self.path.write_text(
            '[[cwmp]]\ntls = { certificate = "acs.pem", key = "acs.key" }\n'
            '[console]\ntls = { certificate = "acs.pem", key = "acs.key" }\n',
            "utf-8",
        )
        self.authority = Authority()

    def test_good_ones_are_nothing_wrong(self) -> None:
        self.authority.issue("acs.example").write(self.folder, "acs")
        outcome = acsctl("-c", str(self.path), "check-config")
        self.assertEqual(
            (0, f"{self.path}: nothing wrong\n", ""), (outcome.status, outcome.text, outcome.errors)
        )

    def test_each_bad_one_has_a_line_with_file_key_and_reason(self) -> None:
        issued = self.authority.issue("acs.example")
        issued.write(self.folder, "acs")
        (self.folder / "acs.key").write_bytes(issued.locked(b"geheim"))
        outcome = acsctl("-c", str(self.path), "check-config")
        reason = f"{self.folder}/acs.key is encrypted: there is nobody to ask for its password"
        self.assertEqual((1, ""), (outcome.status, outcome.text))
        lines = outcome.errors.removeprefix("acsctl: ").splitlines()
        places = ("cwmp[0].tls.key", "console.tls.key")
        self.assertEqual([f"{self.path}: {place}: {reason}" for place in places], lines)

    def test_an_expired_one_is_a_warning(self) -> None:
        self.authority.issue("acs.example", begins=-9, ends=-2).write(self.folder, "acs")
        outcome = acsctl("-c", str(self.path), "check-config")
        self.assertEqual((0, f"{self.path}: nothing wrong\n"), (outcome.status, outcome.text))
        self.assertEqual(2, outcome.errors.count(f"{self.folder}/acs.pem expired on "))


class PasswordTests(SynchronousTestCase):
    def refused(self, stdin: str) -> str:
        """Why no user is added."""
        outcome = acsctl("user", "add", "bob", "--role", "viewer", "--password-stdin", stdin=stdin)
        self.assertEqual(1, outcome.status)
        return outcome.errors

    def test_a_short_password_is_refused_and_an_endless_one(self) -> None:
        for stdin in ("", "\n", "seven77\n", "\neight888\n", "x" * 1025 + "\n"):
            self.assertIn("a password has 8 to 1024 characters", self.refused(stdin))

    def test_two_passwords_that_differ_are_refused(self) -> None:
        given = iter(("longenough", "longenouch"))
        self.patch(prompts, "getpass", lambda _: next(given))
        outcome = acsctl("user", "add", "bob", "--role", "viewer", terminal=True)
        self.assertEqual((1, "acsctl: the two passwords differ\n"), (outcome.status, outcome.errors))

    def test_who_answers_with_the_end_of_input_wants_nothing_done(self) -> None:
        def end_of_input(_: str) -> str:
            raise EOFError

        self.patch(prompts, "getpass", end_of_input)
        outcome = acsctl("user", "passwd", "bob", terminal=True)
        self.assertEqual((1, "acsctl: nothing was done\n"), (outcome.status, outcome.errors))

    def test_none_is_asked_for_without_a_terminal(self) -> None:
        outcome = acsctl("user", "add", "bob", "--role", "viewer", stdin="longenough\n")
        self.assertEqual(2, outcome.status)
        self.assertIn("--password-stdin", outcome.errors)


class StoreTests(TestCase):
    def setUp(self) -> Deferred[None]:
        """Open a store in an empty directory."""
        self.store: DurableStore = embedded_store(reactor, reactor, Path(self.mktemp()))
        return ensureDeferred(self.store.open())

    def tearDown(self) -> Deferred[None]:
        """Close it."""
        return ensureDeferred(self.store.close())

    async def test_only_the_digest_of_a_token_is_kept(self) -> None:
        await self.store.add_token(new_token("acs_secret", "crm", Role.OPERATOR, now=1000.0, days=2))
        (token,) = await self.store.tokens()
        self.assertEqual(("crm", Role.OPERATOR, 1000.0 + 2 * DAY), (token.name, token.role, token.expires))
        self.assertNotIn("acs_secret", repr(token))
        self.assertEqual(token, await self.store.token(token.digest))

    async def test_a_user_is_not_added_twice(self) -> None:
        await add_user(self.store, User("bob", Role.VIEWER, "hash", 1.0))
        with self.assertRaises(CommandFailed):
            await add_user(self.store, User("bob", Role.ADMIN, "other", 2.0))
        self.assertEqual([User("bob", Role.VIEWER, "hash", 1.0)], list(await self.store.users()))

    async def test_a_new_password_changes_nothing_else(self) -> None:
        await add_user(self.store, User("bob", Role.SUPPORT, "old", 1.0))
        await change_password(self.store, "bob", "new")
        self.assertEqual(User("bob", Role.SUPPORT, "new", 1.0), await self.store.user("bob"))

    async def test_nobodys_password_is_not_changed(self) -> None:
        with self.assertRaises(CommandFailed):
            await change_password(self.store, "bob", "new")
        self.assertIsNone(await self.store.user("bob"))


class ProgramTests(TestCase):
    """The commands as a process of their own, as they run the reactor."""

    def setUp(self) -> None:
        """Have a configuration whose state directory is not there yet."""
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.config = self.folder / "acs.toml"
        self.config.write_text('state_dir = "state"\n', "utf-8")

    def run_program(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run ``acsctl``; nothing may look like a traceback."""
        ended = run(["-m", "acs.ctl", "-c", str(self.config), *words], ROOT, said=stdin.encode())
        output, errors = ended.stdout.decode(), ended.stderr.decode()
        self.assertNotIn("Traceback", errors)
        return subprocess.CompletedProcess(ended.args, ended.returncode, output, errors)

    def output(self, *words: str, stdin: str = "") -> str:
        """What a command that succeeds prints."""
        ended = self.run_program(*words, stdin=stdin)
        self.assertEqual((0, ""), (ended.returncode, ended.stderr))
        return ended.stdout

    def errors(self, *words: str, stdin: str = "") -> str:
        """What a command that fails says."""
        ended = self.run_program(*words, stdin=stdin)
        self.assertEqual((1, ""), (ended.returncode, ended.stdout))
        return ended.stderr

    def test_a_token_lives_from_create_to_revoke(self) -> None:
        made = json.loads(
            self.output("token", "create", "crm", "--role", "operator", "--expires", "2", "--json")
        )
        self.assertEqual(("crm", "operator"), (made["name"], made["role"]))
        self.assertRegex(made["token"], r"^acs_[A-Za-z0-9_-]{43}$")
        (listed,) = json.loads(self.output("token", "list", "--json"))
        self.assertEqual(
            {**listed, "token": made["token"]}, {**made, "created": listed["created"], "last_used": None}
        )
        self.assertEqual(
            "acsctl: there is a token 'crm' already\n",
            self.errors("token", "create", "crm", "--role", "admin"),
        )
        self.output("token", "revoke", "crm")
        self.assertEqual("acsctl: there is no token 'crm'\n", self.errors("token", "revoke", "crm"))

    def test_a_token_alone_is_printed(self) -> None:
        lines = self.output("token", "create", "crm", "--role", "viewer").splitlines()
        self.assertEqual(1, len(lines))
        self.assertTrue(lines[0].startswith("acs_"))

    async def test_a_users_password_is_kept_as_its_argon2_hash(self) -> None:
        self.output("user", "add", "bob", "--role", "support", "--password-stdin", stdin="first one\n")
        self.output("user", "passwd", "bob", "--password-stdin", stdin="second one\n")
        self.assertIn("bob   support  all", self.output("user", "list"))
        store = embedded_store(reactor, reactor, self.folder / "state", guest=True)
        await store.open()
        user = await store.user("bob")
        await store.close()
        assert user is not None
        PasswordHasher().verify(user.password, "second one")

    def test_users_and_tokens_may_see_some_devices_only(self) -> None:
        only = "--only-tag", "north", "--only-tag", "south", "--only-model", "Acme/Box"
        said = {"tags": ["north", "south"], "models": ["Acme/Box"]}
        words = "--scope", "jobs:write", "--scope", "devices:read"
        made = json.loads(self.output("token", "create", "t", "--role", "viewer", *words, *only, "--json"))
        self.assertEqual((["jobs:write", "devices:read"], said), (made["scopes"], made["only"]))
        self.assertIn("jobs:write devices:read  north, south, Acme/Box", self.output("token", "list"))
        stdin = "long enough\n"
        self.output("user", "add", "bob", "--role", "viewer", "--password-stdin", *only, stdin=stdin)
        for words, role, there in (
            (("--role", "support"), "support", said),
            (("--only-tag", "east"), "support", {"tags": ["east"], "models": []}),
            (("--all-devices", "--role", "admin"), "admin", None),
        ):
            self.output("user", "change", "bob", *words)
            (listed,) = json.loads(self.output("user", "list", "--json"))
            self.assertEqual((role, there), (listed["role"], listed["only"]))

    def test_a_user_is_changed_in_something_that_is_said(self) -> None:
        stdin = "long enough\n"
        self.output("user", "add", "bob", "--role", "viewer", "--password-stdin", stdin=stdin)
        for words, reason in (
            (("bob",), "say what to change"),
            (("bob", "--all-devices", "--only-tag", "x"), "give --all-devices, or"),
            (("bob", "--only-model", "Acme"), "a model Manufacturer/ProductClass"),
            (("nobody", "--role", "admin"), "there is no user 'nobody'"),
        ):
            self.assertIn(reason, self.errors("user", "change", *words))
        self.assertIn("with a second factor", self.errors("user", "reset-second-factor", "bob"))

    async def test_what_is_done_here_is_in_the_audit_log(self) -> None:
        self.output("user", "add", "bob", "--role", "viewer", "--password-stdin", stdin="first one\n")
        self.output("user", "passwd", "bob", "--password-stdin", stdin="second one\n")
        self.output("user", "remove", "bob")
        self.output("token", "create", "c/d", "--role", "viewer")
        self.output("token", "revoke", "c/d")
        self.errors("token", "revoke", "c/d")
        store = embedded_store(reactor, reactor, self.folder / "state", guest=True)
        await store.open()
        said = (await store.audited(Query(sort="id"))).items
        await store.close()
        self.assertEqual(
            [
                ("PUT", "/api/v1/users/bob"),
                ("PUT", "/api/v1/users/bob"),
                ("DELETE", "/api/v1/users/bob"),
                ("PUT", "/api/v1/tokens/c%2Fd"),
                ("DELETE", "/api/v1/tokens/c%2Fd"),
            ],
            [(each.method, each.target) for each in said],
        )
        who = f"local:{pwd.getpwuid(os.getuid()).pw_name}"
        self.assertEqual({(who, "")}, {(each.who, each.address) for each in said})
        self.assertNotRegex(repr(said), "one\\b|argon2|acs_")

    def test_what_does_not_make_the_store_wants_it_to_be_there(self) -> None:
        state = self.folder / "state"
        told = f"acsctl: there is no {state / 'secret.key'}: name the right configuration with -c\n"
        self.assertEqual(told, self.errors("user", "list"))
        self.assertFalse(state.exists())
        state.mkdir()
        for words in (
            ("user", "list"),
            ("user", "remove", "bob"),
            ("user", "change", "bob", "--role", "admin"),
            ("user", "reset-second-factor", "bob"),
            ("token", "list"),
            ("token", "revoke", "crm"),
        ):
            self.assertEqual(told, self.errors(*words))
        self.assertEqual(
            told, self.errors("user", "passwd", "bob", "--password-stdin", stdin="long enough\n")
        )
        self.assertEqual([], list(state.iterdir()))

    def test_a_store_that_cannot_be_opened_is_one_line(self) -> None:
        state = self.folder / "state"
        state.mkdir()
        (state / "secret.key").write_bytes(b"short")
        (state / "acs.sqlite").touch()
        told = f"acsctl: the store: {state / 'secret.key'}"
        (line,) = self.errors("user", "list").splitlines()
        self.assertTrue(line.startswith(told), line)

    def test_a_disk_that_refuses_is_one_line(self) -> None:
        self.config.write_text('state_dir = "/dev/null/state"\n', "utf-8")
        self.assertEqual(1, len(self.errors("token", "create", "crm", "--role", "viewer").splitlines()))

    def test_root_leaves_files_that_the_owner_of_the_directory_can_open(self) -> None:
        state = self.folder / "state"
        state.mkdir()
        self.folder.chmod(0o755)
        os.chown(state, 65534, 65534)
        self.output("token", "create", "crm", "--role", "viewer")
        self.assertEqual({(65534, 65534)}, {(it.stat().st_uid, it.stat().st_gid) for it in state.iterdir()})

    if os.geteuid() != 0:
        test_root_leaves_files_that_the_owner_of_the_directory_can_open.skip = "only root can give files away"  # type: ignore[attr-defined]


class OwnerTests(SynchronousTestCase):
    """Who root is where something of the service's is opened."""

    skip = None if os.geteuid() == 0 else "only root can be somebody else"

    def who(self) -> tuple[int, int, list[int]]:
        return os.geteuid(), os.getegid(), os.getgroups()

    def test_it_is_the_folders_owner_and_of_no_group_of_its_own_meanwhile(self) -> None:
        folder = Path(self.mktemp())
        folder.mkdir()
        os.chown(folder, 65534, 65533)
        self.addCleanup(os.setgroups, os.getgroups())
        os.setgroups([4])
        with self.assertRaises(ZeroDivisionError), as_owner(folder):
            self.assertEqual((65534, 65533, []), self.who())
            raise ZeroDivisionError
        self.assertEqual((0, os.getgid(), [4]), self.who())
        with as_owner(folder / "none"):
            self.assertEqual((0, os.getgid(), [4]), self.who())
