"""Devices whose Content-Length is wrong: refused once, and understood from then on."""

from __future__ import annotations

from ipaddress import ip_network

from acs.http.limits import Timeouts
from tests.support.cases import WorldCase
from tests.support.world import Cpe


class Miscounting(Cpe):
    """Its Content-Length is that of its characters, or ``over`` too many."""

    over = 0

    def post(self, body: bytes, *headers: str) -> bytes:
        exact = super().post(body, *headers)
        wrong = len(body) + self.over if self.over and body else len(body.decode())
        return exact.replace(b"Content-Length: %d" % len(body), b"Content-Length: %d" % wrong)


class MiscountingTests(WorldCase):
    async def whole_session(self, cpe: Cpe) -> None:
        """What it has to say is taken, and its record says why."""
        cpe.reconnect()
        asked = await cpe.session("1 BOOT")
        self.assertEqual(["GetParameterNames", "GetParameterValues", "GetParameterAttributes"], asked)
        session = await self.world.last_session()
        self.assertEqual("success", session.result.value)
        notes = [each.note for each in await self.world.conversation() if each.rpc == "Inform"]
        self.assertIn("Content-Length is ", notes[0])

    async def test_one_that_counts_characters(self) -> None:
        cpe = Miscounting(self.world)
        cpe.told["DeviceInfo.ProvisioningCode"] = "Übergröße"
        cpe.line.send(cpe.post(cpe.dialogue.say(cpe.inform("1 BOOT"))))
        self.assertEqual(400, (await cpe.line.receive()).status)
        refused = await self.world.last_session()
        self.assertIn("not believed from this address any more", refused.failure)
        cpe.dialogue.close()
        await self.whole_session(cpe)

    async def test_one_that_counts_too_many(self) -> None:
        cpe = Miscounting(self.world)
        cpe.over = 7
        cpe.line.send(cpe.post(cpe.dialogue.say(cpe.inform("1 BOOT"))))
        self.world.factory.startFactory()
        self.addCleanup(self.world.factory.stopFactory)
        self.world.clock.pump([1.0] * int(Timeouts().body_seconds + 2))
        self.assertEqual(408, (await cpe.line.receive()).status)
        await self.whole_session(cpe)

    async def test_others_are_read_to_the_letter(self) -> None:
        await self.test_one_that_counts_too_many()
        cpe = Miscounting(self.world, address="192.0.2.8")
        cpe.over = 7
        cpe.line.send(cpe.post(cpe.dialogue.say(cpe.inform("1 BOOT"))))
        self.assertIsNone(cpe.line._whole())

    async def test_garbage_teaches_nothing(self) -> None:
        cpe = self.world.cpe()
        for body in (b"garbage", b"<a>"):
            cpe.reconnect()
            self.assertNotEqual(200, (await cpe.exchange(body)).status)
        self.assertNotIn(cpe.address, self.world.miscounting)


class BehindProxiesTests(WorldCase):
    """A proxy's connection may carry others' requests too: there, every length is believed."""

    how = {"trusted": [ip_network("192.0.2.7")]}

    async def test_nothing_is_learnt(self) -> None:
        for _ in range(2):
            cpe = Miscounting(self.world)
            cpe.told["DeviceInfo.ProvisioningCode"] = "Übergröße"
            cpe.line.send(cpe.post(cpe.dialogue.say(cpe.inform("1 BOOT"))))
            self.assertEqual(400, (await cpe.line.receive()).status)
        self.assertNotIn(cpe.address, self.world.miscounting)
