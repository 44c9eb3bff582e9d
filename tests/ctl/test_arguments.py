"""The command line as it is written."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.ctl.arguments import parse
from tests.ctl import acsctl
from tests.ctl.appliance import ApplianceTestCase, items


class GlobalOptionTests(SynchronousTestCase):
    def test_options_may_stand_anywhere_around_the_command(self) -> None:
        options = ("--url", "http://acs", "--token", "t")
        for words in (
            (*options, "device", "show", "D"),
            ("device", *options, "show", "D"),
            ("device", "show", *options, "D"),
            ("device", "show", "D", *options),
            ("--url", "http://acs", "device", "show", "D", "--token", "t"),
        ):
            arguments = parse(words)
            self.assertEqual(
                ("http://acs", "t", "D"), (arguments.api_url, arguments.api_token, arguments.device)
            )

    def test_an_inner_option_wins(self) -> None:
        self.assertEqual("b", parse(("-c", "a", "device", "show", "D", "-c", "b")).config)

    def test_the_simulators_url_is_not_the_appliances(self) -> None:
        arguments = parse(("simulate", "--url", "http://127.0.0.1:7547/", "--count", "100"))
        self.assertEqual(("http://127.0.0.1:7547/", None), (arguments.url, arguments.api_url))


class RefusalTests(SynchronousTestCase):
    def refused(self, *words: str) -> str:
        """What the user is told of a wrong command line."""
        outcome = acsctl(*words)
        self.assertEqual((2, b""), (outcome.status, outcome.output))
        return outcome.errors

    def test_a_command_is_needed(self) -> None:
        self.assertIn("required: COMMAND", self.refused())
        self.assertIn("required: COMMAND", self.refused("device"))

    def test_a_command_that_is_none_is_refused(self) -> None:
        for words in (
            ("firmware", "eat"),
            ("device", "tickle", "D"),
            ("devour",),
        ):
            self.assertIn("invalid choice", self.refused(*words))

    def test_options_are_not_guessed(self) -> None:
        self.assertIn("unrecognized arguments: --manu", self.refused("device", "list", "--manu", "x"))

    def test_a_configuration_and_a_url_exclude_each_other(self) -> None:
        self.assertIn("not both", self.refused("-c", "a.toml", "device", "list", "--url", "http://acs"))

    def test_commands_on_the_store_take_no_url(self) -> None:
        for words in (("check-config",), ("token", "list"), ("user", "list")):
            self.assertIn("neither --url nor --token", self.refused("--url", "http://acs", *words))

    def test_a_role_must_be_one(self) -> None:
        self.assertIn(
            "'viewer', 'support', 'operator', 'admin'", self.refused("token", "create", "n", "--role", "king")
        )
        self.assertIn("required: --role", self.refused("token", "create", "n"))

    def test_numbers_must_be_positive(self) -> None:
        for given in ("0", "-1", "x", "1.5", "²"):
            self.assertIn("is not a whole number from 1", self.refused("device", "list", f"--limit={given}"))
        for given in ("0", "-1", "x", "nan", "inf"):
            self.assertIn("is not a number above 0", self.refused("device", "reboot", "D", f"--wait={given}"))

    def test_a_token_is_good_for_no_longer_than_a_calendar_can_tell(self) -> None:
        for given in ("0", "-1", "36501", "1e300", "inf", "nan"):
            words = ("token", "create", "crm", "--role", "viewer", f"--expires={given}")
            self.assertIn("is not a number of days above 0, and 36500 at most", self.refused(*words))

    def test_a_name_is_one_line_without_blanks_around_it(self) -> None:
        for name in ("", " bob", "b\nob", "b\x1b", "b" * 101):
            for group, verb in (("token", "create"), ("user", "add")):
                self.assertIn("is no name", self.refused(group, verb, name, "--role", "viewer"))

    def test_a_filter_is_a_name_and_a_value(self) -> None:
        self.assertIn("'oui' is not NAME=VALUE", self.refused("device", "list", "--filter", "oui"))


class WordTests(SynchronousTestCase):
    def test_arguments_of_an_rpc_may_follow_an_option(self) -> None:
        given = ("job", "add", "D", "SetParameterValues", "A=1", "--urgent", "B=2", "--wait", "5", "C=3")
        self.assertEqual(["A=1", "B=2", "C=3"], parse(given).words)
        self.assertEqual(["-"], parse(("job", "add", "D", "Reboot", "--urgent", "-")).words)

    def test_an_unknown_option_among_them_is_still_refused(self) -> None:
        outcome = acsctl("job", "add", "D", "SetParameterValues", "--urgnt", "A=1")
        self.assertEqual(2, outcome.status)
        self.assertIn("--urgnt", outcome.errors)

    def test_words_too_many_for_another_command_are_refused(self) -> None:
        self.assertEqual(2, acsctl("job", "show", "1", "2").status)


class FilterTests(ApplianceTestCase):
    def asked(self, *words: str) -> dict[str, str]:
        """The filters that reach the appliance."""
        self.appliance.routes |= {f"GET /{name}": items() for name in ("devices", "jobs", "sessions")}
        outcome = self.acsctl(*words)
        self.assertEqual((0, ""), (outcome.status, outcome.errors))
        return {name: value for name, value in self.appliance.asked[0].query.items() if name != "limit"}

    def test_options_are_the_apis_filters(self) -> None:
        asked = self.asked(
            "device", "list", "--q", "kitchen", "--product-class", "A B", "--sort=-last_inform"
        )
        self.assertEqual({"q": "kitchen", "product_class": "A B", "sort": "-last_inform"}, asked)

    def test_any_filter_may_be_given(self) -> None:
        asked = self.asked(
            "job", "list", "--filter", "command_key=a=b", "--filter", "urgent=true", "--state", "queued,sent"
        )
        self.assertEqual({"command_key": "a=b", "urgent": "true", "state": "queued,sent"}, asked)

    def test_failed_is_short_for_the_result(self) -> None:
        self.assertEqual(
            {"result": "failed", "device": "D"}, self.asked("session", "list", "--failed", "--device", "D")
        )
