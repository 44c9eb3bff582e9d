"""Tests of `acs.wake.xmpp.accounts` and `acs.wake.xmpp.adhoc`, against servers of either kind."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from acs.wake.xmpp.account_names import AccountError
from acs.wake.xmpp.accounts import NoAccounts, accounts
from acs.wake.xmpp.adhoc import ADMIN, COMMANDS, AdHocAccounts
from acs.wake.xmpp.commands import CommandAccounts
from tests.support.xmpp_server import DOMAIN, OURS
from tests.wake.xmpp.worlds import ComponentTestCase

PASSWORD = "s3cret & <more>"


class AdHocTests(ComponentTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.connect()
        self.accounts = AdHocAccounts(self.component)

    def form(self, session: str = "s1", status: str = "executing", inside: str = "") -> None:
        """Answer with a form to fill in, or with what came of it."""
        attributes = f"sessionid='{session}' status='{status}'"
        self.server.answer(f"<command xmlns='{COMMANDS}' node='x' {attributes}>{inside}</command>")

    def completed(self, note: str = "", kind: str = "info") -> None:
        """Let the command be done."""
        self.form(status="completed", inside=f"<note type='{kind}'>{note}</note>" if note else "")

    def fields(self) -> dict[str, str]:
        """The form that was filled in last."""
        form = self.server.last("iq").command.x
        self.assertEqual("submit", form["type"])
        return {each["var"]: str(each.value) for each in form.elements()}

    def node(self) -> str:
        """The command that was asked for last."""
        return str(self.server.last("iq").command["node"]).partition("#")[2]

    def refused(self, done: Deferred[object], *words: str) -> None:
        """It has failed, and says so in these words, without a password."""
        text = str(self.failureResultOf(done, AccountError).value)
        for word in words:
            self.assertIn(word, text)
        self.assertNotIn(PASSWORD, text)

    def test_an_account_is_made_in_two_steps(self) -> None:
        done = self.begin(self.accounts.create("CPE-1", PASSWORD))
        question = self.server.last("iq")
        self.assertEqual(("set", OURS, DOMAIN), (question["type"], question["from"], question["to"]))
        self.form("s7")
        self.assertEqual("s7", self.server.last("iq").command["sessionid"])
        jid = f"cpe-1@{DOMAIN}"
        expected = {"accountjid": jid, "password": PASSWORD, "password-verify": PASSWORD}
        self.assertEqual({"FORM_TYPE": ADMIN, **expected}, self.fields())
        self.completed("Account successfully created")
        self.assertIsNone(self.successResultOf(done))

    def test_one_that_is_there_gets_the_password(self) -> None:
        for note in ("Account already exists", ""):  # as Prosody says it, and ejabberd
            done = self.begin(self.accounts.create("cpe-1", PASSWORD))
            self.form()
            self.completed(note, "error")
            self.assertEqual("change-user-password", self.node())
            self.form()
            self.assertEqual(PASSWORD, self.fields()["password"])
            self.completed()
            self.assertIsNone(self.successResultOf(done))

    def test_ejabberd_tells_of_accounts_by_errors(self) -> None:
        done = self.begin(self.accounts.create("cpe-1", PASSWORD))
        self.form()
        self.server.error("conflict")
        self.assertEqual("change-user-password", self.node())
        self.form()
        self.completed()
        self.assertIsNone(self.successResultOf(done))
        done = self.begin(self.accounts.delete("cpe-1"))
        self.form()
        self.server.error("item-not-found")
        self.assertIsNone(self.successResultOf(done))
        done = self.begin(self.accounts.change_password("cpe-1", PASSWORD))
        self.form()
        self.server.error("item-not-found")
        self.refused(done, "there is no such account")
        done = self.begin(self.accounts.delete("cpe-1"))
        self.form()
        self.server.error("forbidden")
        self.refused(done, "no administrator")

    def test_a_change_that_fails_says_why_without_the_password(self) -> None:
        done = self.begin(self.accounts.change_password("cpe-1", PASSWORD))
        self.form()
        self.completed(f"User does not exist: {PASSWORD.replace('&', '&amp;').replace('<', '&lt;')}", "error")
        self.refused(done, "User does not exist", f"cpe-1@{DOMAIN}")

    def test_an_account_is_removed(self) -> None:
        done = self.begin(self.accounts.delete("cpe-1"))
        self.assertEqual("delete-user", self.node())
        self.form()
        self.assertEqual({"FORM_TYPE": ADMIN, "accountjids": f"cpe-1@{DOMAIN}"}, self.fields())
        self.completed("The following accounts could not be deleted:")
        self.assertIsNone(self.successResultOf(done))

    def test_who_is_no_administrator_is_told_so(self) -> None:
        done = self.begin(self.accounts.create("cpe-1", PASSWORD))
        self.server.error("forbidden")
        self.refused(done, "acs@acs.isp.example is no administrator of devices.isp.example", "forbidden")

    def test_whatever_else_goes_wrong_is_told_too(self) -> None:
        for condition, words in {
            "service-unavailable": "has no command delete-user",
            "internal-server-error": "answers to delete-user with internal-server-error",
        }.items():
            done = self.begin(self.accounts.delete("cpe-1"))
            self.server.error(condition)
            self.refused(done, words)
        done = self.begin(self.accounts.delete("cpe-1"))
        self.server.answer("<nothing/>")
        self.refused(done, "something else")
        done = self.begin(self.accounts.delete("cpe-1"))
        self.form(status="canceled")
        self.refused(done, "not completed")
        done = self.begin(self.accounts.delete("cpe-1"))
        self.form()
        self.completed("no", "error")
        self.refused(done, "no")
        done = self.begin(self.accounts.delete("cpe-1"))
        self.server.pass_time(10)
        self.refused(done, "does not answer")
        self.server.lose()
        self.refused(self.begin(self.accounts.delete("cpe-1")), "not connected")

    def test_names_and_passwords_that_xmpp_has_not_are_not_sent(self) -> None:
        for name in ("", "a b", "a@b", "a/b", "a\x00", "<a>", "a" * 2000):
            for what in (
                self.accounts.create(name, PASSWORD),
                self.accounts.change_password(name, PASSWORD),
                self.accounts.delete(name),
            ):
                self.refused(self.begin(what), "not a user name for XMPP")
        for password in ("", "a\nb", "\x00", "\ud800"):
            self.refused(self.begin(self.accounts.create("cpe-1", password)), "not a password for XMPP")
        self.assertEqual([], self.server.heard)


class KindTests(ComponentTestCase):
    def test_each_kind_is_made_by_its_name(self) -> None:
        reactor = self.server.reactor
        for kind, made in {"xep-0133": AdHocAccounts, "command": CommandAccounts, "none": NoAccounts}.items():
            self.assertIsInstance(accounts(kind, self.component, reactor, ("true",), ()), made)

    def test_where_the_operator_makes_them_nothing_is_done(self) -> None:
        none = NoAccounts()
        for what in (none.create("a", "b"), none.change_password("a", "b"), none.delete("a")):
            self.assertIsNone(self.successResultOf(self.begin(what)))
