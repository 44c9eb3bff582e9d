"""Hooks in Python: asked for a limited time, of whoever has them, and not again a moment later."""

from __future__ import annotations

from threading import Event
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import TestCase

from acs.configuration.document import Entry
from acs.hooks import Download, Ended, HookFailed, Related, Subject
from acs.hooks.asking import Hooks, Limits
from acs.hooks.building import Sources
from acs.hooks.errors import LONGEST_REASON, BadHooks
from acs.hooks.interface import ARGUMENTS, IHooks
from acs.hooks.python_class import MOST_UNDER_WAY, THREADS, PythonHooks, class_of, made
from acs.hooks.verifying import Verifier

SUBJECT = Subject("001CA8-Box-S1", "AirTies", "001CA8", "Box", "S1", client_ip="192.0.2.7")
RELATED = Related("17", {"wifi_ssid": "Café"})
DOWNLOAD = Download(1, "Download", "1 Firmware Upgrade Image", "http://acs.example/f")


class Crm:
    """Answers as the test says, and counts."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer
        self.asked = 0

    def find_related(self, subject: Subject) -> Any:
        return self._answer()

    def get_configuration(self, subject: Subject, related: Related | None) -> Any:
        return self._answer()

    def verify(self, subject: Subject, related: Related | None) -> Any:
        return self._answer()

    def is_configurable(self, subject: Subject, related: Related | None) -> Any:
        return self._answer()

    def authorize_download(self, subject: Subject, related: Related | None, download: Download) -> Any:
        return self._answer()

    def _answer(self) -> Any:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Threaded(Crm):
    """Blocks."""

    threaded = True

    def __init__(self) -> None:
        super().__init__()
        self.done = Event()

    def _answer(self) -> Any:
        self.asked += 1
        self.done.wait(20)
        return RELATED


class HooksCase(TestCase):
    timeout = 20

    def setUp(self) -> None:
        self.clock = Clock()
        self.crm = Crm(RELATED)
        self.hooks = self.hooks_of(self.crm)

    def hooks_of(self, *providers: Any) -> Hooks:
        return Hooks(self.clock, providers, Limits(3.0, 60.0, 3600.0))

    def asking(self) -> Deferred[Any]:
        return ensureDeferred(self.hooks.find_related(SUBJECT))

    def failure(self, asking: Deferred[Any]) -> str:
        return str(self.failureResultOf(asking, HookFailed).value)


class AskingTests(HooksCase):
    def test_an_answer_is_a_value_a_deferred_or_a_coroutine(self) -> None:
        async def later() -> Related:
            return RELATED

        fired: Deferred[Related] = Deferred()
        fired.callback(RELATED)
        for answer in (RELATED, fired, later()):
            self.hooks = self.hooks_of(Crm(answer))
            self.assertEqual(RELATED, self.successResultOf(self.asking()))

    def test_what_takes_longer_than_it_may_has_failed(self) -> None:
        self.crm.answer = Deferred()
        asking = self.asking()
        self.clock.advance(2.9)
        self.assertNoResult(asking)
        self.clock.advance(0.2)
        self.assertEqual("find_related: no answer within 3 s", self.failure(asking))

    def test_a_hook_that_does_not_let_itself_be_cancelled_is_left_alone(self) -> None:
        never: Deferred[None] = Deferred()

        async def stubborn() -> None:
            try:
                await Deferred()
            except CancelledError:
                await never

        self.crm.answer = stubborn()
        asking = self.asking()
        self.clock.advance(3)
        self.assertIn("no answer", self.failure(asking))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_what_comes_too_late_disturbs_nobody(self) -> None:
        for late in (RELATED, ValueError("too late")):
            self.crm.answer = waiting = Deferred(lambda _: None)
            asking = self.asking()
            self.clock.advance(3)
            self.failure(asking)
            if not waiting.called:
                waiting.callback(late)

    def test_what_a_hook_raises_is_told_in_one_short_line_with_its_cause(self) -> None:
        self.crm.answer = ZeroDivisionError("no\nway\x00 " + "x" * 1000)
        failed = self.failureResultOf(self.asking(), HookFailed).value
        self.assertTrue(str(failed).startswith("find_related: ZeroDivisionError: no way"), str(failed))
        self.assertEqual(LONGEST_REASON, len(str(failed)))
        self.assertIs(self.crm.answer, failed.__cause__)

    def test_nonsense_is_a_failure(self) -> None:
        self.crm.answer = 5
        self.assertEqual("the related device is a number", self.failure(self.asking()))

    def test_a_hook_that_nobody_has_is_not_in_the_way(self) -> None:
        hooks = self.hooks_of(object())
        for asking, answer in (
            (hooks.find_related(SUBJECT), None),
            (hooks.get_configuration(SUBJECT, None), None),
            (hooks.is_configurable(SUBJECT, None), True),
            (hooks.authorize_download(SUBJECT, None, DOWNLOAD), True),
            (hooks.pre_verify(SUBJECT, None), None),
            (hooks.post_verify(SUBJECT, None, True), None),
            (hooks.session_ended(SUBJECT, Ended(1, "success", "", True, 0.0, 1.0)), None),
            (hooks.user_changed(SUBJECT, None, {}), None),
        ):
            self.assertEqual(answer, self.successResultOf(ensureDeferred(asking)))

    def test_but_nobody_is_verified_by_nobody(self) -> None:
        asking = ensureDeferred(self.hooks_of().verify(SUBJECT, None))
        self.assertIn("no hook that verifies", self.failure(asking))

    def test_yes_and_no_are_not_taken_from_anything_else(self) -> None:
        for answer in (1, None, "yes"):
            self.crm.answer = answer
            for asking in (
                self.hooks.verify(SUBJECT, None),
                self.hooks.is_configurable(SUBJECT, None),
                self.hooks.authorize_download(SUBJECT, None, DOWNLOAD),
            ):
                self.assertIn("not true or false", self.failure(ensureDeferred(asking)))

    def test_of_several_the_first_that_has_a_hook_is_asked(self) -> None:
        class Configures:
            def get_configuration(self, subject: Subject, related: Related | None) -> Any:
                return {".A": "first"}

        self.crm.answer = None
        hooks = self.hooks_of(Configures(), self.crm)
        self.successResultOf(ensureDeferred(hooks.find_related(SUBJECT)))
        found = self.successResultOf(ensureDeferred(hooks.get_configuration(SUBJECT, None)))
        self.assertEqual(({".A": Entry("first")}, 1), (found, self.crm.asked))

    def test_one_that_blocks_everybody_is_told_of(self) -> None:
        class Blocking(Crm):
            def _answer(self) -> None:
                clock.advance(0.2)

        clock = self.clock
        with capturedLogs() as events:
            self.successResultOf(ensureDeferred(self.hooks_of(Blocking()).find_related(SUBJECT)))
        lines = [formatEvent(event) for event in events]
        self.assertEqual(["hook find_related has kept everybody waiting for 0.2 s"], lines)


class RememberingTests(HooksCase):
    def asked(self) -> int:
        """How often the hook has been asked, after it was asked once more."""
        self.successResultOf(self.asking())
        return self.crm.asked

    def test_what_was_answered_a_moment_ago_is_not_asked_again(self) -> None:
        self.assertEqual([1, 1], [self.asked(), self.asked()])
        self.clock.advance(59)
        self.assertEqual(1, self.asked())
        self.clock.advance(1)
        self.assertEqual(2, self.asked())

    def test_neither_is_that_there_is_nothing(self) -> None:
        self.crm.answer = None
        self.assertEqual([1, 1], [self.asked(), self.asked()])

    def test_another_device_or_address_is_another_question(self) -> None:
        self.asked()
        other = Subject("other", "", "", "", "", client_ip="192.0.2.7")
        moved = Subject(SUBJECT.id, "", "", "", "", client_ip="192.0.2.8")
        for subject in (other, moved):
            self.successResultOf(ensureDeferred(self.hooks.find_related(subject)))
        self.assertEqual(3, self.crm.asked)

    def test_so_is_another_related_device_for_the_configuration(self) -> None:
        self.crm.answer = {".A": "x"}
        for related in (None, RELATED, Related("17"), RELATED):
            self.successResultOf(ensureDeferred(self.hooks.get_configuration(SUBJECT, related)))
        self.assertEqual(3, self.crm.asked)

    def test_where_there_is_no_answer_the_last_one_serves_for_a_while(self) -> None:
        self.asked()
        self.crm.answer = ValueError("down")
        self.clock.advance(3599)
        self.assertEqual(RELATED, self.successResultOf(self.asking()))
        self.clock.advance(1)
        self.assertIn("down", self.failure(self.asking()))

    def test_but_never_to_verify(self) -> None:
        self.crm.answer = True
        verifier = Verifier(self.hooks.verify, self.clock, 60.0)
        self.assertEqual((True, 0.0), self.successResultOf(ensureDeferred(verifier.verify(SUBJECT, None))))
        self.crm.answer = ValueError("down")
        self.clock.advance(12)
        self.assertEqual((True, 12.0), self.successResultOf(ensureDeferred(verifier.verify(SUBJECT, None))))
        self.clock.advance(48)
        self.assertIn("down", self.failure(ensureDeferred(verifier.verify(SUBJECT, None))))

    def test_a_no_is_not_remembered(self) -> None:
        self.crm.answer = False
        verifier = Verifier(self.hooks.verify, self.clock, 60.0)
        for answer in (False, True):
            self.crm.answer = answer
            self.assertEqual(
                (answer, 0.0), self.successResultOf(ensureDeferred(verifier.verify(SUBJECT, None)))
            )

    def test_neither_is_a_yes_for_another_address_or_record(self) -> None:
        verifier = Verifier(self.hooks.verify, self.clock, 60.0)
        self.crm.answer = True
        moved = Subject(SUBJECT.id, "", "", "", "", client_ip="192.0.2.8")
        for subject, related in ((SUBJECT, None), (moved, None), (SUBJECT, RELATED)):
            self.successResultOf(ensureDeferred(verifier.verify(subject, related)))
        self.assertEqual(3, self.crm.asked)


class ThreadedTests(HooksCase):
    def test_a_class_that_blocks_keeps_nobody_else_waiting(self) -> Any:
        blocking = Threaded()
        self.hooks = self.hooks_of(PythonHooks(reactor, blocking))
        asking = self.asking()
        self.assertNoResult(asking)
        blocking.done.set()
        return asking.addCallback(lambda found: self.assertEqual(RELATED, found))

    def test_and_fails_where_it_takes_too_long(self) -> None:
        blocking = Threaded()
        self.addCleanup(blocking.done.set)
        self.hooks = self.hooks_of(PythonHooks(reactor, blocking))
        asking = self.asking()
        self.clock.advance(3)
        self.assertIn("no answer within 3 s", self.failure(asking))

    def test_what_nobody_waits_for_any_more_is_not_asked_when_its_turn_comes(self) -> Any:
        blocking = Threaded()
        provider = PythonHooks(reactor, blocking)
        self.hooks = self.hooks_of(provider)
        for number in range(MOST_UNDER_WAY):
            subject = Subject(str(number), "", "", "", "")
            ensureDeferred(self.hooks.find_related(subject)).addErrback(
                lambda reason: reason.trap(HookFailed)
            )
        self.assertIn("too many questions wait for a thread", self.failure(self.asking()))
        self.clock.advance(3)
        blocking.done.set()
        return self.until(lambda: provider._under_way == 0).addCallback(
            lambda _: self.assertLessEqual(blocking.asked, THREADS)
        )

    def until(self, condition: Any) -> Deferred[None]:
        """Fires when that is so."""
        done: Deferred[None] = Deferred()

        def look() -> None:
            if condition():
                done.callback(None)
            else:
                reactor.callLater(0.01, look)  # type: ignore[attr-defined]

        look()
        return done


class Wrong:
    def find_related(self) -> None:
        """Takes too little."""


class Unmakeable:
    def __init__(self) -> None:
        raise OSError("no licence")

    def find_related(self, subject: Subject) -> None:
        """Is never asked."""


class ClassTests(TestCase):
    def reason(self, function: Any, name: str) -> str:
        [(key, reason)] = self.assertRaises(BadHooks, function, f"tests.hooks.test_asking:{name}").problems
        self.assertEqual("hooks.python", key)
        return str(reason)

    def test_a_class_is_found_by_its_name_and_made(self) -> None:
        self.assertIs(Crm, class_of("tests.hooks.test_asking:Crm"))
        self.assertIsInstance(made("tests.hooks.test_asking:Crm"), Crm)

    def test_what_is_wrong_with_it_is_said(self) -> None:
        for name, reason in {
            "Missing": "cannot be had: AttributeError",
            "SUBJECT": "is no class",
            "Wrong": "has a method that cannot be called as find_related(subject)",
            "Related": "has none of find_related, ",
        }.items():
            self.assertIn(reason, self.reason(class_of, name))
        self.assertIn("cannot be made: OSError: no licence", self.reason(made, "Unmakeable"))
        missing = self.assertRaises(BadHooks, class_of, "nowhere.hooks:Crm")
        self.assertIn("ModuleNotFoundError", str(missing))

    def test_the_interface_has_what_is_asked(self) -> None:
        self.assertEqual(
            {
                "find_related",
                "verify",
                "is_configurable",
                "get_configuration",
                "user_changed",
                "pre_verify",
                "post_verify",
                "session_ended",
                "authorize_download",
            },
            set(ARGUMENTS),
        )
        self.assertTrue(all(hasattr(Hooks, name) for name in ARGUMENTS))
        self.assertTrue(all(IHooks[name].getDoc() for name in ARGUMENTS))

    def test_several_providers_are_asked_in_this_order_python_http_sql(self) -> None:
        sources = Sources(reactor, Clock(), Limits())
        hooks = sources.hooks(
            python="tests.hooks.test_asking:Crm",
            url="http://127.0.0.1:1/",
            url_hooks=["find_related", "session_ended"],
            database="postgresql://acs@127.0.0.1:1/crm",
            configuration_query="SELECT 1",
        )
        self.assertEqual(["python", "http", "sql"], [each.name for each in hooks._providers])
        self.assertTrue(hooks.has("session_ended"))
        self.assertFalse(hooks.has("user_changed"))
        return ensureDeferred(sources.close())

    def test_a_database_whose_url_cannot_be_read_is_refused(self) -> None:
        error = self.assertRaises(
            BadHooks, Sources(reactor, Clock(), Limits()).hooks, database="postgresql://a:b:c@/%"
        )
        self.assertEqual("hooks.database", error.problems[0][0])
