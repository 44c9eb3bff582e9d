"""A memo keeps what is used, in no more memory than it may have."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.memo import Memo


class MemoTests(SynchronousTestCase):
    def test_what_is_kept_is_found(self) -> None:
        memo: Memo[int] = Memo()
        memo.keep("a", 1, 10)
        self.assertEqual((1, None), (memo.get("a"), memo.get("b")))

    def test_a_key_is_wanted_from_the_second_time_on_until_it_is_kept(self) -> None:
        memo: Memo[int] = Memo()
        self.assertEqual([False, True, True], [memo.wants("a") for _ in range(3)])
        memo.keep("a", 1, 10)
        self.assertFalse(memo.wants("a"))

    def test_the_least_recently_used_is_forgotten_first(self) -> None:
        memo: Memo[int] = Memo(limit=30)
        for key in "abc":
            memo.keep(key, 1, 10)
        memo.get("a")
        memo.keep("d", 1, 10)
        self.assertEqual([1, None, 1, 1], [memo.get(key) for key in "abcd"])

    def test_it_is_bounded_by_bytes(self) -> None:
        memo: Memo[int] = Memo(limit=30)
        for key in "abc":
            memo.keep(key, 1, 10)
        memo.keep("large", 1, 25)
        self.assertEqual([None, None, None, 1], [memo.get(key) for key in ("a", "b", "c", "large")])

    def test_what_is_larger_than_all_of_it_is_not_kept(self) -> None:
        memo: Memo[int] = Memo(limit=30)
        memo.keep("large", 1, 31)
        self.assertIsNone(memo.get("large"))
        memo.keep("a", 1, 30)
        self.assertEqual(1, memo.get("a"))

    def test_what_is_kept_anew_counts_once(self) -> None:
        memo: Memo[int] = Memo(limit=30)
        for value in range(9):
            memo.keep("a", value, 20)
        memo.keep("b", 1, 10)
        self.assertEqual((8, 1), (memo.get("a"), memo.get("b")))

    def test_keys_that_were_seen_once_are_noted_in_bounds(self) -> None:
        memo: Memo[int] = Memo(noted=3)
        for key in "abcd":
            memo.wants(key)
        self.assertEqual([True, False], [memo.wants(key) for key in "da"])
