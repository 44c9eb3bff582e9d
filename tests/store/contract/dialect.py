"""The compression learns from the store's own conversations, and everything can be read before and after."""

from __future__ import annotations

from random import Random

from twisted.logger import capturedLogs

from acs.store.compression import LONG
from acs.store.database import Statement
from acs.store.dialect import HEARD_SECONDS, LEAST
from acs.store.store import DurableStore
from tests import only_with
from tests.store.contract.base import Contract, exchange

WORDS = ("Maker", "Model", "Dialect", "InternetGatewayDevice.LANDevice.1.", "Vendor", "Value", "of a device")


class DialectContract(Contract):
    """`acs.store.verbs.learning.Learning`."""

    async def setUp(self) -> None:
        await super().setUp()
        self.random = Random(3)
        self.letters = "".join(self.random.choices("abcdefghijklmnopqrstuvwxyz<>/", k=1500))

    async def said(self, count: int) -> dict[int, bytes]:
        """So many conversations, in a language that nobody was trained on; what was said in each."""
        device = await self.add()
        bodies = {}
        for _ in range(count):
            body = f"{self.letters}{self.random.getrandbits(64):x}{self.random.choice(WORDS)}".encode()
            bodies[self.save(device.id, exchange(1, body=body)).id] = body
        await self.store.committed()
        return bodies

    async def told_at_length(self, devices: int) -> dict[int, bytes]:
        """A long conversation of so many devices, alike but for a few words; what was said in each."""
        letters = Random(4)
        words = "".join(f"<Name>Device.{letters.getrandbits(96):x}</Name>" for _ in range(LONG // 40))
        bodies = {}
        for number in range(devices):
            device = await self.add(f"{number:06d}-long{self.store.new_id()}")
            body = f"<ID>own-{self.random.getrandbits(64):x}</ID>{words}".encode()
            saved = self.save(device.id, exchange(1, body=body), bytes_in=len(body))
            bodies[saved.id] = body
        await self.store.committed()
        return bodies

    async def assert_kept(self, bodies: dict[int, bytes]) -> None:
        """Each conversation is as it was said."""
        for number, body in bodies.items():
            conversation = await self.store.conversation(number)
            assert conversation is not None
            self.assertEqual(body, conversation[0].body)

    async def weight(self, bodies: dict[int, bytes]) -> float:
        """Bytes that each of them takes in the database."""
        assert isinstance(self.store, DurableStore)
        rows = await self.store._rows("SELECT session, length(document) FROM conversations")
        sizes = [size for session, size in rows if session in bodies]
        self.assertEqual(len(bodies), len(sizes))
        return sum(sizes) / len(sizes)

    @only_with("dictionaries")
    @only_with("learnt")
    async def test_what_is_said_often_takes_less_from_then_on(self) -> None:
        before = await self.said(LEAST)
        self.assertTrue(await self.store.learn_dialect())
        soon = await self.said(5)
        self.clock.offset += HEARD_SECONDS
        await self.reopen()
        later = await self.said(5)
        await self.assert_kept({**before, **soon, **later})
        self.assertLess(await self.weight(later), 0.5 * await self.weight(soon))

    async def test_with_little_to_learn_from_nothing_is_learnt(self) -> None:
        await self.said(LEAST - 1)
        self.assertFalse(await self.store.learn_dialect())

    @only_with("dictionaries")
    @only_with("learnt")
    async def test_what_is_known_is_not_learnt_again(self) -> None:
        bodies = await self.said(LEAST)
        self.assertTrue(await self.store.learn_dialect())
        self.clock.offset += HEARD_SECONDS
        await self.reopen()
        bodies |= await self.said(50)
        self.assertFalse(await self.store.learn_dialect())
        await self.assert_kept(bodies)

    async def test_one_that_is_damaged_costs_what_was_packed_with_it_and_nothing_else(self) -> None:
        before = await self.said(LEAST)
        await self.store.learn_dialect()
        assert isinstance(self.store, DurableStore)
        await self.store._groups.write(Statement("UPDATE dictionaries SET document = ?", (b"\1damaged",)))
        with capturedLogs() as events:
            await self.reopen()
        self.assertEqual(["critical"], [event["log_level"].name for event in events])
        await self.assert_kept(dict(list(before.items())[:5]))

    @only_with("dictionaries")
    @only_with("learnt")
    async def test_what_devices_say_at_length_takes_less_once_several_have_said_it(self) -> None:
        before = await self.told_at_length(10)
        self.assertTrue(await self.store.learn_dialect())
        self.clock.offset += HEARD_SECONDS
        await self.reopen()
        later = await self.told_at_length(3)
        short = await self.said(3)
        await self.assert_kept({**before, **later, **short})
        self.assertLess(await self.size(later), 0.1 * await self.size(before))
        self.assertFalse(await self.store.learn_dialect())

    async def test_two_devices_are_too_few_to_learn_from(self) -> None:
        await self.told_at_length(2)
        self.assertFalse(await self.store.learn_dialect())

    @only_with("dictionaries")
    async def test_what_one_device_alone_has_said_is_in_no_dictionary(self) -> None:
        await self.told_at_length(10)
        await self.store.learn_dialect()
        assert isinstance(self.store, DurableStore)
        self.clock.offset += HEARD_SECONDS
        await self.reopen()
        dictionary = self.store._vault.dictionary_for(long=True)[1]
        assert dictionary is not None
        self.assertIn(b"<Name>Device.", dictionary)
        self.assertNotIn(b"own-", dictionary)

    async def size(self, bodies: dict[int, bytes]) -> float:
        """Bytes that each of them takes, wherever it is kept."""
        assert isinstance(self.store, DurableStore)
        rows = await self.store._rows("SELECT session, length(document), size FROM conversations")
        sizes = [size or length for session, length, size in rows if session in bodies]
        return sum(sizes) / len(sizes)
