"""Requests that are made again with the same key."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, gatherResults

from acs.store.interface import Query, StoreUnavailable
from acs.store.records import Role
from acs.store.records.answers import Answered
from acs.web.serving import idempotency
from acs.web.serving.problems import Problem
from tests.web.cases import AIRTIES, ApiCase, path
from tests.web.client import DESCRIPTION, Response
from tests.web.test_site import logged

JOBS = path("devices", AIRTIES.id, "jobs")
TOKENS = path("tokens")
DAY = 86_400.0


class IdempotencyTests(ApiCase):
    async def once(self, target: str, body: Any, key: str = "k1", **how: Any) -> Response:
        """A POST with a key."""
        return await self.ask("POST", target, body, headers={"Idempotency-Key": key}, **how)

    async def refused(self, status: int, target: str, body: Any, key: str = "k1", **how: Any) -> Response:
        return await self.assert_refused(
            status, "POST", target, body, headers={"Idempotency-Key": key}, **how
        )

    async def jobs(self) -> int:
        return len((await self.store.jobs(Query())).items)

    async def test_a_job_is_queued_once(self) -> None:
        body = {"rpc": "Reboot", "arguments": {"CommandKey": "a"}}
        first = await self.once(JOBS, body)
        await self.store.cancel_job((await self.store.jobs(Query())).items[0].id, 1.0)
        again = await self.once(JOBS, {"arguments": {"CommandKey": "a"}, "rpc": "Reboot"})
        self.assertEqual((201, first.body), (again.status, again.body))
        self.assertEqual(first.headers["Location"], again.headers["Location"])
        self.assertEqual(
            (None, "true"), tuple(each.headers["Idempotent-Replayed"] for each in (first, again))
        )
        self.assertEqual(1, await self.jobs())

    async def test_what_is_shown_once_is_shown_again_to_who_has_missed_it(self) -> None:
        body = {"name": "crm", "role": "viewer"}
        first, again = await self.once(TOKENS, body), await self.once(TOKENS, body)
        self.assertEqual(first.json["token"], again.json["token"])

    async def test_it_is_told_once_in_the_audit_log(self) -> None:
        for _ in range(3):
            await self.once(TOKENS, {"name": "crm", "role": "viewer"})
        self.assertEqual(1, len((await self.store.audited(Query())).items))

    async def test_a_key_names_one_request(self) -> None:
        await self.once(JOBS, {"rpc": "Reboot"})
        for target, body in ((JOBS, {"rpc": "FactoryReset"}), (TOKENS, {"name": "crm", "role": "viewer"})):
            response = await self.refused(422, target, body)
            self.assertIn("Idempotency-Key", response.wrong)
        self.assertEqual(1, await self.jobs())

    async def test_each_has_keys_of_their_own(self) -> None:
        self.assertEqual(201, (await self.once(JOBS, {"rpc": "Reboot"}, role=Role.OPERATOR)).status)
        self.assertEqual(201, (await self.once(TOKENS, {"name": "crm", "role": "viewer"})).status)

    async def test_one_that_is_under_way_is_refused(self) -> None:
        waiting: Deferred[None] = Deferred()

        async def reload() -> Any:
            await waiting
            raise Problem(409, "no")

        self.patch_reload(reload)
        first = Deferred.fromCoroutine(self.once(path("reload"), {}))
        response = await self.refused(409, path("reload"), {})
        self.assertEqual("1", response.headers["Retry-After"])
        waiting.callback(None)
        self.assertEqual("no", (await first).json["detail"])
        self.assertEqual("no", (await self.refused(409, path("reload"), {})).json["detail"])

    def patch_reload(self, reload: Any) -> None:
        from acs.web.serving.around import Around

        serve = Around._make

        async def instead(around: Around, route: Any, call: Any, asked: Any) -> Any:
            return (
                await reload()
                if route.pattern.endswith("/reload")
                else await serve(around, route, call, asked)
            )

        self.patch(Around, "_make", instead)

    async def test_of_many_at_once_one_is_carried_out(self) -> None:
        asked = [Deferred.fromCoroutine(self.once(JOBS, {"rpc": "Reboot"})) for _ in range(10)]
        statuses = sorted(response.status for response in await gatherResults(asked))
        self.assertLessEqual(set(statuses), {201, 409})
        self.assertEqual(201, statuses[0])
        self.assertEqual(1, await self.jobs())

    async def test_one_whose_process_has_died_is_told_apart(self) -> None:
        from acs.web.serving.calls import Call

        digest = idempotency._digest(Call(JOBS, {}, body={"rpc": "Reboot"}))
        lost = Answered(self.store.new_id(), "token:a admin", "k1", digest, self.clock.seconds())
        await self.store.claim_answer(lost, 10)
        self.assertIn("under way", (await self.refused(409, JOBS, {"rpc": "Reboot"})).json["detail"])
        self.clock.advance(121)
        self.assertIn("interrupted", (await self.refused(409, JOBS, {"rpc": "Reboot"})).json["detail"])
        self.assertEqual(0, await self.jobs())

    async def test_it_survives_a_restart(self) -> None:
        first = await self.once(JOBS, {"rpc": "Reboot"})
        self.begin_site()
        self.assertEqual(first.body, (await self.once(JOBS, {"rpc": "Reboot"})).body)

    async def test_a_refusal_is_answered_again_too(self) -> None:
        body = {"rpc": "Reboot", "arguments": {"surprise": 1}}
        first = await self.refused(422, JOBS, body)
        again = await self.refused(422, JOBS, body)
        self.assertEqual((first.body, "true"), (again.body, again.headers["Idempotent-Replayed"]))

    async def test_what_is_wrong_or_not_allowed_takes_no_key(self) -> None:
        await self.refused(400, JOBS, {"surprise": 1})
        await self.refused(403, JOBS, {"rpc": "Download"}, role=Role.SUPPORT)
        await self.refused(404, path("devices", "nobody", "jobs"), {"rpc": "Reboot"}, "k2")
        self.assertEqual(201, (await self.once(JOBS, {"rpc": "Reboot"})).status)
        self.assertEqual(201, (await self.once(JOBS, {"rpc": "FactoryReset"}, role=Role.SUPPORT)).status)

    async def test_what_fails_may_be_tried_again(self) -> None:
        tried = []

        async def fail() -> Any:
            tried.append(1)
            if len(tried) < 3:
                raise [StoreUnavailable("gone"), RuntimeError("bad")][len(tried) - 1]
            raise Problem(409, "at last")

        self.patch_reload(fail)
        await self.refused(503, path("reload"), {})
        await self.refused(500, path("reload"), {})
        self.assertEqual(1, len(self.flushLoggedErrors(RuntimeError)))
        self.assertEqual("at last", (await self.refused(409, path("reload"), {})).json["detail"])

    async def test_an_answer_that_cannot_be_kept_is_given_all_the_same(self) -> None:
        async def fail(*_: Any) -> None:
            raise StoreUnavailable("gone")

        self.patch(self.store, "keep_answer", fail)
        with logged() as events:
            self.assertEqual(201, (await self.once(JOBS, {"rpc": "Reboot"})).status)
        self.assertTrue(any("not kept for its key" in (each["log_format"] or "") for each in events))

    async def test_a_key_is_a_word(self) -> None:
        for key in ("", "a b", "x" * 256, "\u00e9"):
            if key:
                await self.refused(400, JOBS, {"rpc": "Reboot"}, key)
        self.assertEqual(201, (await self.once(JOBS, {"rpc": "Reboot"}, '"quoted~!"')).status)

    async def test_there_is_an_end_to_keys(self) -> None:
        self.patch(idempotency, "MOST", 2)
        for key in ("1", "2"):
            await self.once(JOBS, {"rpc": "Reboot"}, key)
        response = await self.refused(429, JOBS, {"rpc": "Reboot"}, "3")
        self.assertEqual("3600", response.headers["Retry-After"])
        self.assertEqual(200, (await self.once(JOBS, {"rpc": "Reboot"}, "2")).status)

    async def test_after_a_day_the_key_is_free(self) -> None:
        await self.once(TOKENS, {"name": "crm", "role": "viewer"})
        self.clock.advance(DAY + 1)
        self.assertEqual(201, (await self.once(JOBS, {"rpc": "Reboot"})).status)

    async def test_what_is_no_post_takes_no_key(self) -> None:
        for notes in ("a", "b"):
            body = {"notes": notes}
            response = await self.ask(
                "PATCH", path("devices", AIRTIES.id), body, headers={"Idempotency-Key": "k1"}
            )
            self.assertEqual(notes, response.json["notes"])

    def test_every_post_is_described_with_it(self) -> None:
        for place in DESCRIPTION["paths"].values():
            if "post" in place and place["post"]["x-role"]:
                names = [each["name"] for each in place["post"]["parameters"]]
                self.assertIn("Idempotency-Key", names)
                self.assertLessEqual({"400", "409", "422", "429"}, set(place["post"]["responses"]))
