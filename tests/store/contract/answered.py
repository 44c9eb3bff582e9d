"""Answers that may be asked for again."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred, gatherResults

from acs.store.records.answers import Answered, TooManyKeys
from tests.store.contract.base import Contract

DAY = 86_400.0


class AnsweredContract(Contract):
    """A key is taken once a day by each who asks."""

    def claim(self, name: str = "k", **fields: Any) -> Answered:
        one = Answered(self.store.new_id(), "token:crm", name, "digest", self.clock.seconds())
        return replace(one, **fields)

    async def test_a_key_is_taken_once_and_gives_what_was_answered(self) -> None:
        one = self.claim("é")
        self.assertIsNone(await self.store.claim_answer(one, 10))
        self.assertEqual(one, await self.store.claim_answer(self.claim("é"), 10))
        await self.store.keep_answer(one.id, 201, b"\0answer")
        for _ in range(2):
            known = await self.store.claim_answer(self.claim("é", digest="other"), 10)
            self.assertEqual(replace(one, status=201, answer=b"\0answer"), known)
            await self.reopen()

    async def test_of_many_at_once_one_takes_it(self) -> None:
        claims = [self.claim() for _ in range(20)]
        asked = [Deferred.fromCoroutine(self.store.claim_answer(each, 100)) for each in claims]
        found = await gatherResults(asked)
        self.assertEqual(1, found.count(None))
        taken = claims[found.index(None)]
        self.assertEqual({taken}, {each for each in found if each})

    async def test_each_has_keys_of_their_own(self) -> None:
        for who in ("token:crm", "anna"):
            self.assertIsNone(await self.store.claim_answer(self.claim(who=who), 10))

    async def test_after_a_day_it_is_free_again(self) -> None:
        self.assertIsNone(await self.store.claim_answer(self.claim(), 10))
        self.clock.offset = DAY - 60.0
        self.assertIsNotNone(await self.store.claim_answer(self.claim(), 10))
        self.clock.offset = DAY + 60.0
        self.assertIsNone(await self.store.claim_answer(self.claim(), 10))

    async def test_where_nothing_was_done_it_is_free_again(self) -> None:
        one = self.claim()
        await self.store.claim_answer(one, 10)
        self.store.forget_answer(one.id)
        self.assertIsNone(await self.store.claim_answer(self.claim(), 10))

    async def test_there_is_an_end_to_the_keys_of_a_day(self) -> None:
        for number in range(3):
            self.assertIsNone(await self.store.claim_answer(self.claim(str(number)), 3))
        with self.assertRaises(TooManyKeys):
            await self.store.claim_answer(self.claim("3"), 3)
        self.assertIsNotNone(await self.store.claim_answer(self.claim("1"), 3))
        self.assertIsNone(await self.store.claim_answer(self.claim("3", who="anna"), 3))
        self.clock.offset = DAY + 60.0
        self.assertIsNone(await self.store.claim_answer(self.claim("3"), 3))

    async def test_they_are_forgotten_with_time(self) -> None:
        one = self.claim()
        await self.store.claim_answer(one, 10)
        self.clock.offset = 2 * DAY
        await self.store.retire(0.0, 0.0)
        self.assertIsNone(await self.store.claim_answer(self.claim(since=one.since), 10))
