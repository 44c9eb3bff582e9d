"""Whole sessions as the stream of events tells of them."""

from __future__ import annotations

import re
from typing import Any

from twisted.internet import reactor

from acs.cwmp import messages as m
from acs.cwmp.messages import Message
from acs.simulate.device import Device as Simulated
from acs.simulate.habits import Habit
from acs.store.records import Role
from acs.web.site import make_site
from tests.session.test_configure import CODE, PASSPHRASE, REFUSED, SSID, Refusing
from tests.session.test_drift import DriftCase
from tests.web.cases import a_token
from tests.web.listening import Listener, until


class Showing(Habit):
    """Tells the network's password, which others read back as empty."""

    def posts(self, cpe: Simulated, message: Message | None, body: bytes) -> bytes:
        if not isinstance(message, m.Inform):
            return body
        shown = rb"\1>" + cpe.tree.value(PASSPHRASE).encode() + b"</Value>"
        return re.sub(rb"(KeyPassphrase</Name>\s*<Value[^>]*?)(/>|></Value>)", shown, body)


class SessionEventsCase(DriftCase):
    async def listen(self, query: str = "") -> Listener:
        """Somebody who listens to what happens in this world."""
        store, clock = self.world.store, self.world.clock
        await store.add_token(a_token(Role.VIEWER))
        listener = Listener(make_site(store=store, clock=clock, reactor=reactor, version="1.0"), query)
        self.addCleanup(listener.drop)
        await until(lambda: listener.begun)
        return listener

    async def subscriber_changes(self, entry: dict[str, Any], path: str, value: str) -> list[Any]:
        """What is told when the subscriber changes this on a device that is at its level."""
        cpe = await self.configured({path: entry})
        listener = await self.listen()
        cpe.tree.write(path, value)
        cpe.events.changed[path] = True
        await self.session(cpe)
        self.assertIn("session ended", listener.told)
        self.heard = listener.body
        return [event for event in listener.events if event["what"] == "user_changed"]


class UserChangeTests(SessionEventsCase):
    async def test_the_subscriber_s_new_name_of_the_network_is_told(self) -> None:
        (event,) = await self.subscriber_changes(self.entry("subscriber")[SSID], SSID, "theirs")
        self.assertEqual("device", event["type"])
        expected = {"name": SSID, "owner": "subscriber", "old": "ours", "new": "theirs"}
        self.assertEqual([expected], event["changes"])
        self.assertEqual(event["device"], event["object"]["id"])

    async def test_the_subscriber_s_new_password_is_told_of_and_not_what_it_is(self) -> None:
        entry = {"value": "our secret phrase", "notify": "active", "owner": "subscriber"}
        (event,) = await self.subscriber_changes(entry, PASSPHRASE, "their secret phrase")
        (change,) = event["changes"]
        self.assertEqual((PASSPHRASE, "subscriber"), (change["name"], change["owner"]))
        self.assertEqual(("********", None), (change["old"], change["new"]))
        self.assertNotIn("secret phrase", self.heard)

    async def test_one_of_a_device_that_shows_it_is_hidden_too(self) -> None:
        self.habits = [Showing()]
        entry = {"value": "our secret phrase", "notify": "active", "owner": "subscriber"}
        (event,) = await self.subscriber_changes(entry, PASSPHRASE, "their secret phrase")
        (change,) = event["changes"]
        self.assertEqual(("********", "********"), (change["old"], change["new"]))
        self.assertNotIn("secret phrase", self.heard)

    async def test_what_an_entry_calls_a_secret_is_one(self) -> None:
        entry = {"value": "ours", "notify": "active", "owner": "operator", "secret": True}
        (event,) = await self.subscriber_changes(entry, SSID, "theirs")
        self.assertEqual(
            [{"name": SSID, "owner": "operator", "old": "********", "new": "********"}], event["changes"]
        )
        self.assertNotIn("theirs", self.heard)

    async def test_what_nobody_configures_is_nobody_s_business(self) -> None:
        cpe = await self.configured(self.entry())
        listener = await self.listen()
        cpe.tree.write("Device.DeviceInfo.ProvisioningCode", "x")
        cpe.events.changed["Device.DeviceInfo.ProvisioningCode"] = True
        await self.session(cpe)
        self.assertNotIn("device user_changed", listener.told)

    async def test_the_change_before_the_last_is_what_was_there(self) -> None:
        cpe = await self.configured(self.entry())
        listener = await self.listen("?type=device")
        for value in ("first", "second"):
            await self.changed(cpe, value)
        changes = [event["changes"] for event in listener.events if event["changes"]]
        self.assertEqual([("ours", "first"), ("first", "second")], [(c["old"], c["new"]) for (c,) in changes])


class SessionTests(SessionEventsCase):
    async def test_a_first_session_is_told_from_its_beginning_to_its_end(self) -> None:
        listener = await self.listen()
        cpe = await self.met()
        told = listener.told
        self.assertEqual("device added", told[0])
        self.assertLess(told.index("session opened"), told.index("session ended"))
        opened = listener.events[told.index("session opened")]
        ended = listener.events[told.index("session ended")]
        self.assertEqual(opened["object"]["id"], ended["object"]["id"])
        self.assertEqual(("open", "success"), (opened["object"]["result"], ended["object"]["result"]))
        self.assertEqual({cpe.device_id.key}, {event["device"] for event in listener.events})

    async def test_other_firmware_is_told(self) -> None:
        cpe = await self.met()
        listener = await self.listen("?type=device")
        cpe.tree.write("Device.DeviceInfo.SoftwareVersion", "9.9.9")
        await self.session(cpe, "1 BOOT")
        event = listener.events[0]
        self.assertIn("software_version", event["fields"])
        self.assertEqual("9.9.9", event["object"]["software_version"])

    async def test_that_a_device_has_reached_its_level_is_told_or_that_it_has_not(self) -> None:
        cpe = await self.met()
        listener = await self.listen("?type=device")
        level = await self.put("all", "default", {CODE: "x"})
        await self.session(cpe)
        self.assertEqual(1, listener.told.count("device level_reached"))
        reached = listener.events[listener.told.index("device level_reached")]["object"]
        self.assertEqual(
            (level, level), (reached["current_config_level"], reached["desired_config_level"]["value"])
        )
        self.habits = [Refusing(REFUSED)]
        await self.put("all", "default", {CODE: "y"})
        await self.session(cpe)
        self.assertEqual("device configuration_failed", listener.told[-1])

    async def test_a_job_is_told_as_it_goes_out_and_ends(self) -> None:
        cpe = await self.met()
        listener = await self.listen("?type=job")
        await self.world.job(cpe.device_id.key, "GetRPCMethods", {})
        await self.session(cpe)
        self.assertEqual(["job queued", "job sent", "job done"], listener.told)
