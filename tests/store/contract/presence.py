"""What a device's record says of its sessions."""

from __future__ import annotations

from msgspec.structs import replace

from acs.store.interface import Query
from acs.store.records import Device, SessionResult
from acs.store.settling import PIECE
from tests import only_with
from tests.store.contract.base import Contract


def presence(device: Device) -> tuple[object, ...]:
    """What follows from sessions."""
    return (
        device.last_inform,
        device.inform_count,
        device.last_session_result,
        device.client_ip,
        device.client_ip_verified,
    )


class PresenceContract(Contract):
    """In memory at once, on disk behind, and the same in both."""

    async def check_presence(self, device_id: str, *wanted: object) -> None:
        """In memory, in the list, and after a restart."""
        for _ in range(2):
            device = await self.known(device_id)
            self.assertEqual(wanted, presence(device))
            self.assertEqual([device], [d for d in await self.listed() if d.id == device_id])
            await self.reopen()

    async def listed(self) -> list[Device]:
        return list((await self.store.devices(Query())).items)

    async def test_a_device_that_has_not_called_says_so(self) -> None:
        device = await self.add()
        await self.check_presence(device.id, None, 0, "", "", False)

    async def test_a_session_that_ends_is_seen_at_once(self) -> None:
        device = await self.add()
        session = self.save(device.id, client_ip="192.0.2.1", client_ip_verified=True)
        wanted = (session.started, 1, "success", "192.0.2.1", True)
        known = self.store.resident(device.id)
        assert known is not None
        self.assertEqual(wanted, presence(known))
        await self.check_presence(device.id, *wanted)

    async def test_sessions_are_counted_and_the_newest_tells_how_the_device_called(self) -> None:
        device = await self.add()
        self.save(device.id, started=1000.0, client_ip="192.0.2.1", result=SessionResult.SUCCESS)
        self.save(device.id, started=3000.0, client_ip="192.0.2.3", result=SessionResult.FAILED)
        self.save(device.id, started=2000.0, client_ip="192.0.2.2", client_ip_verified=True)
        await self.check_presence(device.id, 3000.0, 3, "failed", "192.0.2.3", False)

    async def test_one_that_began_before_the_newest_and_ends_long_after_it_is_counted_alone(self) -> None:
        device = await self.add()
        self.save(device.id, started=3000.0, client_ip="192.0.2.3", result=SessionResult.FAILED)
        await self.listed()
        self.save(device.id, started=2000.0, client_ip="192.0.2.2", client_ip_verified=True)
        await self.check_presence(device.id, 3000.0, 2, "failed", "192.0.2.3", False)

    async def test_sessions_on_both_sides_of_a_restart_are_counted_once(self) -> None:
        device = await self.add()
        for count in range(1, 4):
            self.save(device.id, started=1000.0 * count)
            await self.check_presence(device.id, 1000.0 * count, count, "success", "", False)
            await self.known(device.id)

    async def test_a_session_that_is_saved_again_is_counted_once(self) -> None:
        device = await self.add()
        session = self.save(device.id)
        self.store.save_session(replace(session, bytes_in=5), ())
        await self.store.committed()
        self.store.save_session(replace(session, bytes_in=6), ())
        await self.listed()
        self.store.save_session(replace(session, bytes_in=7), ())
        await self.check_presence(device.id, session.started, 1, "success", "", False)
        self.assertEqual(7, (await self.saved(session.id)).bytes_in)

    async def test_an_open_session_counts_when_it_ends(self) -> None:
        device = await self.add()
        session = self.save(device.id, result=SessionResult.OPEN, ended=None)
        self.assertEqual((None, 0, "", "", False), presence((await self.listed())[0]))
        self.store.save_session(replace(session, result=SessionResult.FAILED, ended=session.started), ())
        await self.check_presence(device.id, session.started, 1, "failed", "", False)

    async def test_a_session_that_a_dead_process_left_open_has_failed(self) -> None:
        device = await self.add()
        session = self.save(device.id, result=SessionResult.OPEN, ended=None, client_ip="192.0.2.1")
        await self.listed()
        await self.reopen()
        failed = await self.saved(session.id)
        self.assertEqual(("failed", "the appliance stopped"), (failed.result.value, failed.failure))
        self.assertIsNone(failed.ended)
        await self.check_presence(device.id, session.started, 1, "failed", "192.0.2.1", False)

    async def test_refused_messages_count_for_no_device(self) -> None:
        device = await self.add()
        self.save("", result=SessionResult.FAILED)
        await self.check_presence(device.id, None, 0, "", "", False)

    # Each of them would have a commit of its own.
    @only_with("groups")
    async def test_more_sessions_than_are_settled_at_once_are_all_counted(self) -> None:
        devices = [await self.add(number) for number in range(3)]
        for number in range(PIECE + 100):
            self.save(devices[number % 3].id, started=1000.0 + number)
        await self.reopen()
        last = {number % 3: number for number in range(PIECE + 100)}
        for number, device in enumerate(await self.listed()):
            count = len(range(number, PIECE + 100, 3))
            self.assertEqual((count, 1000.0 + last[number]), (device.inform_count, device.last_inform))
