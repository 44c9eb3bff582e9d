"""No order of posts, drops and silences wedges a session, whoever sends what."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.threads import blockingCallFromThread, deferToThread

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.envelope import Envelope, Header, write_envelope
from acs.session.sessions import MAX_SILENCE, Limits
from tests.support.cases import WorldCase
from tests.support.world import Cpe

NOTHING = b""
MESSAGES: dict[str, m.Message] = {
    "names": m.GetParameterNamesResponse(),
    "values": m.GetParameterValuesResponse(),
    "attributes": m.GetParameterAttributesResponse(),
    "rebooted": m.RebootResponse(),
    "fault": m.Fault(9002),
    "retry": m.Fault(8005),
    "transfer": m.TransferComplete("k"),
    "methods": m.GetRPCMethods(),
    "vendor": m.VendorRequest("X_000000_Sing"),
}
steps = st.one_of(
    st.sampled_from(["inform", "empty", "garbage", "drop", "forget", "time", "job", *MESSAGES]),
    st.sampled_from(["inform", "empty", "names", "values", "attributes"]),
)


class AnyOrderTests(WorldCase):
    """Two devices, each doing as it likes."""

    how = {"limits": Limits(informs=0)}
    timeout = 60

    def test_no_session_outlives_its_time_and_none_fails_by_our_fault(self) -> Deferred[None]:
        @settings(max_examples=120, deadline=None)
        @given(st.lists(st.tuples(st.integers(0, 1), steps), max_size=25))
        def holds(played: list[tuple[int, str]]) -> None:
            threads: Any = reactor
            blockingCallFromThread(threads, lambda: ensureDeferred(self.play(played)))

        return deferToThread(holds)

    async def play(self, played: list[tuple[int, str]]) -> None:
        cpes = [self.world.cpe(device=v.DeviceId("A", "00D09E", "C", str(number))) for number in range(2)]
        for which, step in played:
            await self.step(cpes[which], step)
        self.world.pass_time(MAX_SILENCE + 1)
        self.assertEqual(0, len(self.world.sessions))
        self.assertEqual([], self.flushLoggedErrors())

    async def step(self, cpe: Cpe, step: str) -> None:
        acts = {
            "drop": cpe.reconnect,
            "forget": partial(setattr, cpe, "cookie", ""),
            "time": partial(self.world.pass_time, 30),
        }
        if step in acts:
            acts[step]()
        elif step == "job":
            if self.world.store.resident(cpe.id) is not None:
                await self.world.job(cpe.id, "Reboot", {})
        else:
            await self.post(cpe, step)

    async def post(self, cpe: Cpe, step: str) -> None:
        answer = await cpe.exchange(self.body(cpe, step))
        self.assertIn(answer.status, (200, 204, 400))
        if answer.headers.get("connection") == "close":
            cpe.reconnect()

    def body(self, cpe: Cpe, step: str) -> bytes:
        if step == "empty":
            return NOTHING
        if step == "garbage":
            return b"<soap"
        message = cpe.inform("1 BOOT") if step == "inform" else MESSAGES[step]
        return write_envelope(Envelope(message, header=Header("7")))
