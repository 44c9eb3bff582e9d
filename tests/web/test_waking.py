"""Waking devices over the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from acs.session.waking import AGAIN
from acs.store.interface import StoreUnavailable
from acs.store.records import JobState, Role
from acs.store.records.wakes import Binding, NoMoreWaking, TooMuchWaking, Wake, WakeOutcome, Waking
from tests.web.cases import AIRTIES, NOON, ApiCase, path

WAKE = path("devices", AIRTIES.id, "wake")
WAKING = path("devices", AIRTIES.id, "waking")


class AgreedWaker:
    """Wakes nobody, and says what the test wants."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.refusal: Exception | None = None
        self.outcome = Wake(1, AIRTIES.id, NOON, 1.25, "http", WakeOutcome.INFORMED, "204", "anna", None, 77)

    async def wake(self, device_id: str, method: str, requested_by: str) -> Wake:
        self.asked.append((device_id, method, requested_by))
        if self.refusal is not None:
            raise self.refusal
        if method == "udp":
            raise LookupError(device_id)
        return self.outcome

    async def ways(self, device_id: str) -> Sequence[tuple[str, str]]:
        return (("http", ""), ("udp", "no binding"))


class WakeTests(ApiCase):
    async def setUp(self) -> None:
        self.waker = AgreedWaker()
        self.how: dict[str, Any] = {"waker": self.waker}
        await super().setUp()

    async def test_a_device_is_woken_and_what_came_of_it_is_told(self) -> None:
        response = await self.ask("POST", WAKE, role=Role.SUPPORT)
        self.assertEqual(200, response.status)
        self.assertEqual(
            ["http", "informed", "204", 1.25],
            [response.json[name] for name in ("method", "outcome", "detail", "seconds")],
        )
        await self.ask("POST", WAKE, {"method": "xmpp"}, role=Role.SUPPORT)
        self.assertEqual(
            [(AIRTIES.id, "auto", "token:a support"), (AIRTIES.id, "xmpp", "token:a support")],
            self.waker.asked,
        )

    async def test_what_is_wrong_is_refused(self) -> None:
        response = await self.assert_refused(400, "POST", WAKE, {"method": "pigeon"})
        self.assertEqual(["method"], list(response.wrong))
        await self.assert_refused(403, "POST", WAKE, role=Role.VIEWER)
        await self.assert_refused(404, "POST", path("devices", "nobody", "wake"))
        await self.assert_refused(404, "POST", WAKE, {"method": "udp"})  # deleted meanwhile
        self.assertEqual(1, len(self.waker.asked))

    async def test_where_nobody_is_woken_now_that_is_no_fault_of_the_device(self) -> None:
        for refusal, status, after in (
            (TooMuchWaking(2.1), 429, "3"),
            (NoMoreWaking(), 503, "5"),
            (StoreUnavailable("away"), 503, "5"),
        ):
            self.waker.refusal = refusal
            response = await self.assert_refused(status, "POST", WAKE)
            self.assertEqual(after, response.headers["Retry-After"])

    async def test_what_came_of_it_before_is_listed(self) -> None:
        job = await self.job()
        self.store.add_wake(
            Wake(self.store.new_id(), AIRTIES.id, NOON, 2.0, "udp", WakeOutcome.ACCEPTED, "sent", "", job.id)
        )
        (told,) = (await self.get("devices", AIRTIES.id, "wakes"))["items"]
        self.assertEqual(
            {
                "time": "2026-11-25T12:00:00.000Z",
                "method": "udp",
                "outcome": "accepted",
                "detail": "sent",
                "seconds": 2.0,
                "session": None,
                "requested_by": None,
                "job": (await self.get("jobs"))["items"][0]["id"],
            },
            told,
        )

    async def test_what_it_is_woken_with_is_told_without_the_password(self) -> None:
        told = await self.get("devices", AIRTIES.id, "waking")
        self.assertEqual((None, "", False), (told["username"], told["password"], told["given"]))
        await self.store.put_waking(
            AIRTIES.id, Waking("me", "hush", stun_password="hush", xmpp_password="hush")
        )
        self.store.keep_binding(AIRTIES.id, Binding("192.0.2.7", 40000, NOON))
        response = await self.ask("GET", WAKING, role=Role.VIEWER)
        self.assertNotIn(b"hush", response.body)
        told = response.json
        self.assertEqual(("me", "********"), (told["username"], told["password"]))
        self.assertEqual(
            {"host": "192.0.2.7", "port": 40000, "seen": "2026-11-25T12:00:00.000Z"}, told["binding"]
        )
        self.assertEqual(
            [{"method": "http", "why_not": None}, {"method": "udp", "why_not": "no binding"}], told["ways"]
        )
        shown = await self.ask("GET", WAKING + "?secrets=true", role=Role.OPERATOR)
        self.assertEqual("hush", shown.json["password"])
        await self.assert_refused(403, "GET", WAKING + "?secrets=true", role=Role.SUPPORT)

    async def test_it_is_given_new_passwords_on_demand(self) -> None:
        self.store.change_device(AIRTIES.id, wake_setup="abc")
        self.assertTrue((await self.get("devices", AIRTIES.id, "waking"))["given"])
        self.assertEqual(202, (await self.ask("POST", f"{WAKING}/renew", role=Role.OPERATOR)).status)
        device = await self.store.device(AIRTIES.id)
        assert device is not None
        self.assertEqual(AGAIN, device.wake_setup)
        self.assertFalse((await self.get("devices", AIRTIES.id, "waking"))["given"])
        await self.assert_refused(403, "POST", f"{WAKING}/renew", role=Role.SUPPORT)

    async def test_the_ways_that_there_are_stand_beside_the_device(self) -> None:
        self.store.change_device(AIRTIES.id, wake_ways=("udp", "xmpp"))
        self.assertEqual(["http", "udp", "xmpp"], (await self.get("devices", AIRTIES.id))["wake_methods"])

    async def test_a_job_says_what_was_done_to_wake_its_device(self) -> None:
        await self.job("FactoryReset")
        job = await self.job(wake_at=NOON + 60)
        self.store.change_job(
            job.id, wake_tries=1, wake_method="http", wake_outcome="busy", wake_detail="it says 503"
        )
        told, other = (await self.get("jobs"))["items"]
        self.assertEqual(
            {
                "tries": 1,
                "next": "2026-11-25T12:01:00.000Z",
                "method": "http",
                "outcome": "busy",
                "detail": "it says 503",
            },
            told["wake"],
        )
        self.assertIsNone(other["wake"])
        self.store.change_job(job.id, state=JobState.DONE)
        await self.store.committed()
        told = (await self.get("jobs"))["items"][0]["wake"]
        self.assertEqual((1, None), (told["tries"], told["next"]))


class NoWakerTests(ApiCase):
    async def test_without_any_way_it_is_impossible(self) -> None:
        response = await self.ask("POST", WAKE)
        self.assertEqual((None, "impossible"), (response.json["method"], response.json["outcome"]))
        self.assertEqual([], (await self.get("devices", AIRTIES.id, "waking"))["ways"])
