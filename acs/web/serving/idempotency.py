"""A request that is made again with its key is answered as before, instead of being carried out again.

The header is Idempotency-Key, of an Internet-Draft of the IETF's HTTPAPI group.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from hashlib import sha256

import orjson
from twisted.logger import Logger

from acs.store.interface import Store, StoreError
from acs.store.records.answers import Answered, TooManyKeys
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Call, Param
from acs.web.serving.problems import Problem, as_answer
from acs.web.serving.schema import FieldError

KEY = Param(
    "Idempotency-Key",
    {"type": "string", "maxLength": 255, "pattern": "^[!-~]+$"},
    "A name for this request: who makes it again within 24 hours is answered the same, and it is not carried"
    " out again.",
)
"""The header of every POST."""

REPLAYED = "Idempotent-Replayed"
"""Stands in answers that were given before."""

MOST = 10_000
"""Keys that one asker may give in a day."""
AT_MOST = 120.0
"""Seconds that a request may be under way; one that has not been answered by then was interrupted."""
RETRY_AFTER = 1

_FORM = re.compile(r"[\x21-\x7e]{1,255}")
_NOT_KEPT = frozenset({401, 403, 429})
"""Refusals that another time or another role would end."""

log = Logger()


class Idempotency:
    """Keeps answers in a store; ``now`` gives seconds since 1970."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now
        self._running: set[int] = set()

    async def once(self, key: str, call: Call, serve: Callable[[], Awaitable[Answer]]) -> Answer:
        """What ``serve`` answers to a call with this key, or has answered within the last day.

        Raises what it does, and `Problem` 400, 409 (it is not known yet), 422 (something else had the key),
        429.
        """
        if not _FORM.fullmatch(key):
            raise Problem(
                400, "the key is none", (FieldError(KEY.name, "must be 1 to 255 visible characters"),)
            )
        claim = Answered(self._store.new_id(), call.principal.name, key, _digest(call), self._now())
        self._running.add(claim.id)
        try:
            known = await self._claimed(claim)
            return self._again(claim, known) if known else await self._carry_out(claim.id, serve)
        finally:
            self._running.discard(claim.id)

    async def _claimed(self, claim: Answered) -> Answered | None:
        try:
            return await self._store.claim_answer(claim, MOST)
        except TooManyKeys:
            raise Problem(
                429, f"there were {MOST} keys within a day", headers={"Retry-After": "3600"}
            ) from None

    def _again(self, claim: Answered, known: Answered) -> Answer:
        if known.digest != claim.digest:
            raise Problem(
                422, "another request had this key", (FieldError(KEY.name, "names another request"),)
            )
        if known.status:
            return _read(known)
        if known.id in self._running or claim.since - known.since < AT_MOST:
            raise Problem(409, "it is under way", headers={"Retry-After": str(RETRY_AFTER)})
        raise Problem(409, "it was interrupted: look whether it was done, and give another key")

    async def _carry_out(self, number: int, serve: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            answer = await serve()
        except Problem as problem:
            await self._keep_refusal(number, problem)
            raise
        except BaseException:
            self._store.forget_answer(number)
            raise
        await self._keep(number, answer)
        return answer

    async def _keep_refusal(self, number: int, problem: Problem) -> None:
        if problem.status >= 500 or problem.status in _NOT_KEPT:
            self._store.forget_answer(number)
        else:
            await self._keep(number, as_answer(problem))

    async def _keep(self, number: int, answer: Answer) -> None:
        try:
            await self._store.keep_answer(number, answer.status, _written(answer))
        except StoreError as error:  # what was done is done, and is answered all the same
            log.error("an answer is not kept for its key: {reason}", reason=str(error))


def _digest(call: Call) -> str:
    """Of what is asked for, in whatever order its members stand."""
    body = call.body if isinstance(call.body, bytes) else orjson.dumps(call.body, option=orjson.OPT_SORT_KEYS)
    query = sorted((name, piece.text) for name, piece in call.given.items())
    return sha256(orjson.dumps([call.target, query]) + b"\n" + body).hexdigest()


def _written(answer: Answer) -> bytes:
    body = b64encode(answer.body).decode()
    return orjson.dumps([answer.content_type, dict(answer.headers), body])


def _read(known: Answered) -> Answer:
    content_type, headers, body = orjson.loads(known.answer)
    return Answer(known.status, b64decode(body), content_type, {**headers, REPLAYED: "true"})
