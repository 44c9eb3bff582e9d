"""More than can be served: open sessions go on, the urgent come in, the others are told when to return."""

from __future__ import annotations

from typing import Any

from twisted.logger import capturedLogs, formatEvent

from acs.cwmp import values as v
from acs.cwmp.envelope import Envelope, write_envelope
from acs.session.sessions import MAX_LINES, MAX_REFUSALS, Limits
from tests.support.cases import WorldCase
from tests.support.world import Cpe


class OverloadTests(WorldCase):
    """Too much at once, or too often."""

    how = {"limits": Limits(sessions=2, informs=3, informs_seconds=900)}

    async def inform(self, cpe: Cpe, retries: int = 0) -> int:
        inform = cpe.inform("2 PERIODIC", RetryCount=retries)
        return (await cpe.exchange(write_envelope(Envelope(inform)))).status

    async def test_above_the_limit_a_cpe_is_sent_away_for_a_while(self) -> None:
        cpes = [self.world.cpe(device=v.DeviceId("A", "000001", "B", str(n))) for n in range(3)]
        self.assertEqual([200, 200, 503], [await self.inform(cpe) for cpe in cpes])
        self.assertEqual("7", cpes[2].answer.headers["retry-after"])

    async def test_a_device_that_calls_too_often_is_sent_away(self) -> None:
        cpe = self.world.cpe()
        statuses = []
        for retries in range(4):
            cpe.reconnect()
            statuses.append(await self.inform(cpe, retries))
        self.assertEqual([200, 200, 200, 503], statuses)
        self.assertEqual("1350", cpe.answer.headers["retry-after"])


class SheddingTests(WorldCase):
    """All places are taken."""

    how = {"limits": Limits(sessions=10, urgent_percent=20, sessions_per_address=12)}

    async def fill(self) -> list[Cpe]:
        """Devices that have all the places."""
        cpes = [self.device(f"F{number}") for number in range(10)]
        for cpe in cpes:
            await cpe.call_in("1 BOOT")
        return cpes

    def device(self, serial: str, address: str = "192.0.2.7") -> Cpe:
        return self.world.cpe(device=v.DeviceId("A", "000001", "B", serial), address=address)

    async def inform(self, cpe: Cpe, *events: str, **more: Any) -> int:
        cpe.cookie = ""
        return (await cpe.exchange(write_envelope(Envelope(cpe.inform(*events, **more))))).status

    async def test_open_sessions_go_on_to_their_end(self) -> None:
        cpes = await self.fill()
        self.assertEqual(503, await self.inform(self.device("X"), "1 BOOT"))
        for cpe in cpes:
            self.assertEqual(3, len(await cpe.serve()))
        self.assertEqual(200, await self.inform(self.device("X"), "1 BOOT"))

    async def test_a_session_that_is_over_and_lingers_has_no_place(self) -> None:
        for cpe in await self.fill():
            await cpe.serve()
        self.assertEqual((10, 0), (len(self.world.sessions), self.world.sessions.unfinished))
        await self.fill()
        self.assertEqual(10, self.world.sessions.unfinished)

    async def test_sessions_that_linger_are_not_remembered_without_bound(self) -> None:
        for number in range(15):
            await self.device(f"L{number}").session("1 BOOT")
        self.assertEqual(10, len(self.world.sessions))

    async def test_a_device_that_was_called_comes_in(self) -> None:
        await self.fill()
        self.assertEqual(200, await self.inform(self.device("X"), "6 CONNECTION REQUEST"))
        refused = self.device("Y")
        self.assertEqual(503, await self.inform(refused, "6 CONNECTION REQUEST"))
        self.assertEqual("7", refused.answer.headers["retry-after"])

    async def test_a_device_that_was_sent_away_often_comes_in(self) -> None:
        await self.fill()
        self.assertEqual(503, await self.inform(self.device("X"), "2 PERIODIC", RetryCount=2))
        self.assertEqual(200, await self.inform(self.device("X"), "2 PERIODIC", RetryCount=3))

    async def test_a_factory_reset_is_not_urgent(self) -> None:
        await self.fill()
        self.assertEqual(503, await self.inform(self.device("X"), "0 BOOTSTRAP", "1 BOOT"))

    async def test_an_urgent_job_lets_its_device_in_where_claims_do_not(self) -> None:
        wanted, other = self.device("W"), self.device("O")
        for cpe in (wanted, other):
            await cpe.first_contact()
        await self.world.job(wanted.id, "GetRPCMethods", {}, urgent=True)
        await self.world.job(other.id, "GetRPCMethods", {})
        await self.fill()
        self.assertEqual(200, await self.inform(self.device("X"), "6 CONNECTION REQUEST"))
        self.assertEqual(503, await self.inform(self.device("Y"), "6 CONNECTION REQUEST"))
        self.assertEqual(503, await self.inform(other, "2 PERIODIC"))
        self.assertEqual(200, await self.inform(wanted, "2 PERIODIC"))

    async def test_a_device_that_calls_anew_takes_its_own_place(self) -> None:
        cpes = await self.fill()
        self.assertEqual(200, await self.inform(cpes[0], "1 BOOT"))
        self.assertEqual(10, self.world.sessions.unfinished)

    async def test_those_that_are_sent_away_are_told_later_times_the_more_they_are(self) -> None:
        await self.fill()
        waits = []
        for number in range(200):
            cpe = self.device(f"X{number}")
            await self.inform(cpe, "1 BOOT")
            waits.append(int(cpe.answer.headers["retry-after"]))
        self.assertEqual(sorted(waits), waits)
        self.assertGreater(waits[-1], 3 * waits[0])

    async def test_a_place_is_free_again_however_its_session_ends(self) -> None:
        cpes = await self.fill()
        await cpes[0].exchange(b"garbage")
        self.assertEqual(9, self.world.sessions.unfinished)
        self.world.pass_time(61)
        self.assertEqual(0, self.world.sessions.unfinished)
        await self.fill()
        self.world.sessions.lose_all("the test says so")
        self.assertEqual(0, self.world.sessions.unfinished)

    async def test_a_device_without_a_name_leaves_no_place_taken(self) -> None:
        nameless = self.world.cpe(device=v.DeviceId("", "", "", ""))
        await nameless.call_in("1 BOOT")
        self.assertEqual(0, self.world.sessions.unfinished)


class OneAddressTests(WorldCase):
    """One address that opens session after session, over one connection or many."""

    how = {"limits": Limits(sessions=100, sessions_per_address=3)}

    async def inform(self, serial: int, address: str, cpe: Cpe) -> int:
        cpe.device, cpe.cookie = v.DeviceId("A", "000001", "B", str(serial)), ""
        return (await cpe.exchange(write_envelope(Envelope(cpe.inform("1 BOOT"))))).status

    async def test_it_gets_its_share_and_others_theirs(self) -> None:
        liar = self.world.cpe()
        statuses = [await self.inform(serial, "192.0.2.7", liar) for serial in range(3)]
        refused = self.world.cpe()
        statuses.append(await self.inform(3, "192.0.2.7", refused))
        self.assertEqual([200, 200, 200, 503], statuses)
        self.assertIn(b"from this address", refused.answer.body)
        self.assertEqual(200, await self.inform(4, "192.0.2.8", self.world.cpe(address="192.0.2.8")))

    async def test_of_ipv6_the_share_is_that_of_a_network(self) -> None:
        statuses = [
            await self.inform(n, f"2001:db8::{n}", self.world.cpe(address=f"2001:db8::{n}")) for n in range(4)
        ]
        self.assertEqual([200, 200, 200, 503], statuses)


class LogTests(WorldCase):
    """What is refused fills no log."""

    async def test_refusals_are_logged_so_many_a_minute_and_then_counted(self) -> None:
        with capturedLogs() as events:
            for _ in range(MAX_LINES + 30):
                await self.world.cpe().exchange(b"garbage")
            self.world.pass_time(61)
        lines = [formatEvent(event) for event in events]
        self.assertEqual(MAX_LINES, sum("400: not XML" in line for line in lines))
        self.assertEqual(1, lines.count("30 more messages were refused in the last minute"))

    async def test_no_more_than_so_many_a_minute_are_kept(self) -> None:
        for _ in range(MAX_REFUSALS + 5):
            await self.world.cpe().exchange(b"garbage")
        await self.world.store.committed()
        self.assertEqual([(MAX_REFUSALS,)], self.world.on_disk("SELECT count(*) FROM sessions"))

    async def test_so_are_sessions_that_fail(self) -> None:
        with capturedLogs() as events:
            for number in range(MAX_LINES + 5):
                cpe = self.world.cpe(device=v.DeviceId("A", "000001", "B", str(number)))
                await cpe.call_in("1 BOOT")
                await cpe.exchange(b"garbage")
            self.world.pass_time(61)
        lines = [formatEvent(event) for event in events]
        self.assertEqual(MAX_LINES, sum(" failed: " in line for line in lines))
        self.assertEqual(1, lines.count("5 more sessions failed in the last minute"))

    async def test_a_device_of_an_endless_name_makes_no_endless_line(self) -> None:
        cpe = self.world.cpe()
        body = write_envelope(Envelope(cpe.inform("1 BOOT")))
        with capturedLogs() as events:
            await cpe.exchange(body.replace(cpe.device.SerialNumber.encode(), b"9" * 100_000))
        self.assertIn(b"8003", cpe.answer.body)
        self.assertLess(max(len(formatEvent(event)) for event in events), 1000)
