"""What changes while the appliance runs: all of it, or nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred, maybeDeferred
from twisted.internet.task import deferLater
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase, TestCase

from acs.config import Config, load
from acs.reloading import Change, Hangup, Refusal, Reloading, ReloadRefused
from acs.settings import differing

Values = dict[str, int]


def differences(one: Values, other: Values) -> list[str]:
    """The keys with different values."""
    return sorted(key for key in {*one, *other} if one.get(key) != other.get(key))


class ReloadingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.fresh: Values = {"a.x": 1, "b": 1, "c": 1}
        self.applied: list[str] = []
        self.refusing: set[str] = set()
        self.waiting: Deferred[None] | None = None
        self.passed_on = 0
        self.reloading: Reloading[Values] = Reloading(
            {"a.x": 1, "b": 1, "c": 1},
            self.read,
            [lambda fresh: self.part("a", fresh), lambda fresh: self.part("b", fresh)],
            differences,
            maybeDeferred,
            self.pass_on,
        )

    def read(self) -> Any:
        if "file" in self.refusing:
            raise ReloadRefused([Refusal("file", "is no TOML")])
        return self.fresh if self.waiting is None else self.waiting.addCallback(lambda _: self.fresh)

    def part(self, key: str, fresh: Values) -> Iterable[Change]:
        if key in self.refusing:
            raise ReloadRefused([Refusal(key, "is wrong")])
        yield Change(key, lambda: self.applied.append(key))

    def pass_on(self) -> None:
        self.passed_on += 1

    def reload(self) -> Any:
        return self.successResultOf(ensureDeferred(self.reloading.reload()))

    def refused(self) -> list[str]:
        """Why it is."""
        with capturedLogs() as logged:
            failure = self.failureResultOf(ensureDeferred(self.reloading.reload()), ReloadRefused)
        reasons = [f"{each.key}: {each.reason}" for each in failure.value.reasons]
        self.assertEqual(reasons, [f"{each['key']}: {each['reason']}" for each in logged])
        self.assertEqual("; ".join(reasons), str(failure.value))
        return reasons

    def test_every_part_is_read_anew_and_others_are_told(self) -> None:
        self.assertEqual((("a", "b"), ()), self.reload())
        self.assertEqual((["a", "b"], 1), (self.applied, self.passed_on))

    def test_nothing_changes_where_one_part_refuses(self) -> None:
        self.refusing = {"b"}
        self.assertEqual(["b: is wrong"], self.refused())
        self.assertEqual(([], 0), (self.applied, self.passed_on))

    def test_what_is_wrong_with_any_part_is_told_at_once(self) -> None:
        self.refusing = {"a", "b"}
        self.assertEqual(["a: is wrong", "b: is wrong"], self.refused())
        self.refusing = {"file"}
        self.assertEqual(["file: is no TOML"], self.refused())

    def test_after_a_refusal_it_can_be_tried_again(self) -> None:
        self.refusing = {"a"}
        self.refused()
        self.refusing = set()
        self.assertEqual((("a", "b"), ()), self.reload())

    def test_what_has_changed_and_is_no_part_needs_a_restart_until_there_is_one(self) -> None:
        self.fresh = {"a.x": 2, "b": 2, "c": 2}
        self.assertEqual((("a", "b"), ("c",)), self.reload())
        self.assertEqual((("a", "b"), ("c",)), self.reload())

    def test_what_begins_like_a_part_is_none(self) -> None:
        self.fresh = {"a.x": 1, "ab": 1, "b": 1, "c": 1}
        self.assertEqual((("a", "b"), ("ab",)), self.reload())

    def test_one_comes_after_the_other(self) -> None:
        self.waiting = Deferred()
        first = ensureDeferred(self.reloading.reload())
        second = ensureDeferred(self.reloading.reload())
        self.assertNoResult(first)
        waiting, self.waiting = self.waiting, None
        waiting.callback(None)
        self.successResultOf(first)
        self.successResultOf(second)
        self.assertEqual(["a", "b", "a", "b"], self.applied)


class HangupTests(TestCase):
    async def test_sighup_reloads_and_what_goes_wrong_is_in_the_log(self) -> None:
        outcomes: list[Exception | None] = [ReloadRefused([]), ZeroDivisionError(), None]
        done: list[Any] = []

        def read() -> str:
            outcome = outcomes.pop(0)
            done.append(outcome)
            if outcome is not None:
                raise outcome
            return ""

        reloading: Reloading[str] = Reloading("", read, [], lambda _, __: (), maybeDeferred, lambda: None)
        hangup = Hangup(reactor, reloading)
        before = signal.getsignal(signal.SIGHUP)
        hangup.listen()
        self.addCleanup(hangup.stop)
        for number in range(1, 4):
            os.kill(os.getpid(), signal.SIGHUP)
            while len(done) < number:
                await deferLater(reactor, 0.01)  # type: ignore[arg-type]
        hangup.stop()
        self.assertEqual(before, signal.getsignal(signal.SIGHUP))
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))


class DifferingTests(SynchronousTestCase):
    def test_the_keys_that_differ_are_told_by_their_places(self) -> None:
        self.assertEqual([], differing(load(None), load(None)))
        one = load(None)
        other = Config(state_dir=one.state_dir, cwmp=(), embedded=True)
        self.assertIn("cwmp[0].endpoint", differing(one, other))
        self.assertEqual(differing(one, other), differing(other, one))
