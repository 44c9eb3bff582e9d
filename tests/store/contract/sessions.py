"""Sessions and their conversations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random
from typing import Any

from msgspec.structs import fields, replace

from acs.store import manners
from acs.store.compression import LONG
from acs.store.interface import Query
from acs.store.records import Exchange, Session, SessionResult
from acs.store.store import DurableStore
from tests import only_with
from tests.store.contract.base import Contract, exchange, ids


class SessionContract(Contract):
    """Saved behind, found at once."""

    async def test_a_session_is_kept_in_every_field(self) -> None:
        device = await self.add()
        session = Session(
            id=self.store.new_id(),
            started=1000.25,
            device=device.id,
            ended=1001.25,
            client_ip="2001:db8::1",
            client_ip_verified=True,
            verified_by="cidr",
            listener="main",
            events=("0 BOOTSTRAP", "1 BOOT"),
            cwmp_version="1.4",
            cwmp_version_source="SupportedCWMPVersions",
            root_data_model="Device:2.11",
            root_data_model_source="RootDataModelVersion",
            quirks=("no-cookie", "ünïcode"),
            device_uptime=17,
            result=SessionResult.FAILED,
            failure="after <Reboot>",
            last_rpc="Reboot",
            requests=4,
            responses=3,
            bytes_in=2**40,
            bytes_out=6,
        )
        bare = Session(session.id, session.started)
        same = [f.name for f in fields(Session)[2:] if getattr(session, f.name) == getattr(bare, f.name)]
        self.assertEqual([], same)
        self.store.save_session(session, ())
        self.assertEqual(session, await self.store.session(session.id))
        await self.reopen()
        self.assertEqual(session, await self.store.session(session.id))
        self.assertEqual((session,), (await self.store.sessions(Query())).items)

    async def saved_alike(self, of: str, count: int = 20, **fields: Any) -> list[Session]:
        """So many sessions that differ in their times alone, on disk."""
        saved = [self.save(of, **fields) for _ in range(count)]
        await self.store.committed()
        await self.store.committed()
        return saved

    async def with_a_manner(self) -> set[int]:
        """The sessions of which the row does not say all."""
        assert isinstance(self.store, DurableStore)
        return {
            number for (number,) in await self.store._rows("SELECT id FROM sessions WHERE manner IS NOT NULL")
        }

    async def assert_kept(self, sessions: Iterable[Session]) -> None:
        for each in sessions:
            self.assertEqual(each, await self.store.session(each.id))

    @only_with("manners")
    async def test_what_many_have_in_common_is_kept_once_and_each_has_it(self) -> None:
        device = await self.add()
        alike = {
            "events": ("2 PERIODIC",),
            "quirks": ("one", "two"),
            "verified_by": "cidr",
            "last_rpc": "Inform",
        }
        saved = await self.saved_alike(device.id, **alike)
        later = await self.saved_alike(
            device.id, 3, **alike, failure="it stopped", result=SessionResult.FAILED
        )
        other = await self.saved_alike(device.id, 1, **{**alike, "quirks": ("one",)})
        await self.assert_kept([*saved, *later, *other])
        self.assertLessEqual({each.id for each in later}, await self.with_a_manner())
        self.assertNotIn(other[0].id, await self.with_a_manner())
        page = await self.store.sessions(Query({"result": "failed"}))
        self.assertEqual(later[::-1], list(page.items))
        await self.reopen()
        (more,) = await self.saved_alike(device.id, 1, **alike)
        self.assertIn(more.id, await self.with_a_manner())
        await self.assert_kept([*saved, *later, *other, more])

    @only_with("manners")
    async def test_a_session_that_is_written_again_says_what_it_is_like_now(self) -> None:
        alike = {"events": ("2 PERIODIC",), "last_rpc": "Inform"}
        await self.saved_alike("", **alike)
        (saved,) = await self.saved_alike("", 1, **alike)
        for changed in (
            replace(saved, last_rpc="Reboot"),
            saved,
            replace(saved, events=("6 CONNECTION REQUEST",)),
        ):
            self.store.save_session(changed, ())
            await self.assert_kept([changed])

    async def test_no_device_can_make_what_is_common_grow(self) -> None:
        self.patch(manners, "MOST", 2)
        saved = [
            *await self.saved_alike("", last_rpc="x" * manners.LONGEST),
            *await self.saved_alike("", last_rpc="\0"),
            *await self.saved_alike("", last_rpc="2"),
            *await self.saved_alike("", last_rpc="3"),
        ]
        await self.assert_kept(
            replace(each, last_rpc=each.last_rpc.replace("\0", "\ufffd")) for each in saved
        )
        assert isinstance(self.store, DurableStore)
        ((count,),) = await self.store._rows("SELECT count(*) FROM manners")
        self.assertLessEqual(count, 2)

    async def test_a_conversation_is_kept_in_every_field(self) -> None:
        full = Exchange(
            2, "out", 5.5, "Reboot", b"HTTP/1.1 200\r\n", b"\xff\0<x/>", 200, 1, 2**60, "repaired"
        )
        bare = Exchange(1, "in", 5.25)
        self.assertEqual(
            [], [f.name for f in fields(Exchange) if getattr(full, f.name) == getattr(bare, f.name)]
        )
        session = self.save("", bare, full)
        self.assertEqual((bare, full), await self.store.conversation(session.id))
        await self.reopen()
        self.assertEqual((bare, full), await self.store.conversation(session.id))

    async def test_conversations_of_every_size_are_kept(self) -> None:
        random = Random(1)
        saved = {}
        for size in (0, 1, 3000, 4000, 5000, 100_000, 3_000_000):
            messages = (exchange(1, body=random.randbytes(size)), exchange(2, body=b"<x/>" * (size // 4)))
            saved[self.save("", *messages).id] = messages
        for _ in range(2):
            for number, messages in saved.items():
                self.assertEqual(messages, await self.store.conversation(number))
            await self.reopen()

    async def test_what_is_committed_has_its_conversation_however_many_come_at_once(self) -> None:
        for count in (63, 64, 65, 200):
            saved = [self.save("", exchange(1, body=b"%d" % number)).id for number in range(count)]
            await self.store.committed()
            guest = self.new_store(guest=True)
            await guest.open()
            kept = [await guest.conversation(number) for number in saved]
            await guest.close()
            self.assertEqual([(exchange(1, body=b"%d" % number),) for number in range(count)], kept)

    async def test_a_conversation_without_messages_is_empty(self) -> None:
        self.assertEqual((), await self.store.conversation(self.save().id))

    async def test_text_that_is_no_unicode_does_not_lose_a_message(self) -> None:
        session = self.save("", exchange(1, rpc="\udcff", note="a\0b"), failure="\udcff\0")
        await self.store.committed()
        found = await self.store.conversation(session.id)
        assert found is not None
        self.assertEqual("\\udcff", found[0].rpc)
        self.assertEqual("?\ufffd", (await self.saved(session.id)).failure)

    async def test_what_is_not_there_is_not_there(self) -> None:
        self.assertIsNone(await self.store.session(17))
        self.assertIsNone(await self.store.conversation(17))

    async def test_a_session_said_again_replaces_what_was_said(self) -> None:
        device = await self.add()
        session = self.save(device.id, exchange(1), result=SessionResult.OPEN, ended=None)
        more = (exchange(1), exchange(2, body=b"x" * 10_000))
        for wait in (False, True, True):
            if wait:
                await self.store.committed()
            session = replace(session, result=SessionResult.SUCCESS, ended=2.0, requests=session.requests + 1)
            self.store.save_session(session, more)
        self.assertEqual(session, await self.store.session(session.id))
        self.assertEqual(more, await self.store.conversation(session.id))
        self.assertEqual([session.id], ids(await self.store.sessions(Query({"device": device.id}))))

    async def test_long_ones_are_kept_as_others_are_whatever_was_said_before(self) -> None:
        random = Random(8)
        kept = {}
        for turn in range(12):
            number = self.store.new_id()
            for size in random.sample((10, 3000, LONG, LONG * 3), 2):
                said = [
                    exchange(1, body=random.randbytes(size), rpc="\udcff" if turn % 3 else "x"),
                    exchange(2, note="last"),
                ]
                self.save("", *said, id=number, bytes_in=size)
                kept[number] = said
            if not turn % 5:
                await self.store.committed()
        for _ in range(2):
            for number, said in kept.items():
                found = await self.store.conversation(number)
                assert found is not None
                self.assertEqual([each.body for each in said], [each.body for each in found])
                self.assertEqual("last", found[1].note)
            await self.reopen()

    async def test_a_session_of_a_device_that_is_not_in_memory_names_it(self) -> None:
        device = await self.add()
        await self.reopen()
        session = self.save(device.id)
        self.assertEqual(device.id, (await self.saved(session.id)).device)
        self.assertEqual(1, (await self.known(device.id)).inform_count)

    async def test_numbers_grow(self) -> None:
        numbers = [self.store.new_id() for _ in range(1000)]
        self.clock.offset = -86400.0
        numbers += [self.store.new_id() for _ in range(1000)]
        session = self.save()
        await self.reopen()
        numbers += [session.id, self.store.new_id()]
        self.assertEqual(sorted(set(numbers)), numbers)
        self.assertLess(numbers[-1], 2**63)

    async def test_what_is_asked_of_sessions_is_answered(self) -> None:
        device, other = await self.add(1), await self.add(2)
        now = self.clock.seconds()
        a = self.save(
            device.id, started=now - 100, client_ip="192.0.2.1", client_ip_verified=True, listener="main"
        )
        b = self.save(device.id, started=now - 50, client_ip="192.0.2.2", result=SessionResult.FAILED)
        c = self.save(other.id, started=now - 20, client_ip="192.0.2.1", listener="tls")
        d = self.save("", started=now - 10, client_ip="192.0.2.9", result=SessionResult.FAILED)
        e = self.save(other.id, started=now, ended=None, result=SessionResult.OPEN)
        cases: list[tuple[dict[str, str], list[Session]]] = [
            ({}, [e, d, c, b, a]),
            ({"device": device.id}, [b, a]),
            ({"device": other.id}, [e, c]),
            ({"device": "nobody"}, []),
            ({"result": "success"}, [c, a]),
            ({"result": "failed"}, [d, b]),
            ({"result": "open"}, [e]),
            ({"result": "open,failed"}, [e, d, b]),
            ({"verified": "true"}, [a]),
            ({"verified": "false"}, [e, d, c, b]),
            ({"listener": "main"}, [a]),
            ({"client_ip": "192.0.2.1"}, [c, a]),
            ({"rejected": "true"}, [d]),
            ({"rejected": "false"}, [e, c, b, a]),
            ({"since": _rfc3339(now - 50.5)}, [e, d, c, b]),
            ({"until": _rfc3339(now - 19.5)}, [c, b, a]),
            ({"since": _rfc3339(now - 50.5), "until": _rfc3339(now - 19.5)}, [c, b]),
            ({"until": "1999-12-31T23:59:59Z"}, []),
            ({"since": "2999-12-31T23:59:59+01:00"}, []),
            ({"device": device.id, "result": "failed"}, [b]),
        ]
        for filters, wanted in cases:
            self.assertEqual([s.id for s in wanted], ids(await self.store.sessions(Query(filters))), filters)
        self.assertEqual([s.id for s in (a, b, c, d, e)], ids(await self.store.sessions(Query(sort="id"))))


def _rfc3339(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).isoformat()
