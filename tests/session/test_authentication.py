"""Who may open a session, and who gets a password of its own: whole conversations over the real listener."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.http.entrance import MAX_FAILURES
from acs.http.guesses import FOR_DEVICE, OF_SOURCE
from acs.hypertext.authorization import NONCE_SECONDS
from acs.session.verification import Certified, Never
from acs.store.interface import Query
from acs.store.records import Credentials, Device
from tests.support.authorization import Digest, basic
from tests.support.cases import WorldCase
from tests.support.world import Answer, Cpe

OTHER = v.DeviceId("AirTies", "001CA8", "Air4920DK-WA", "OTHER")


def record_of(cpe: Cpe) -> Device:
    """What is known of a device that was registered and has not called."""
    who = cpe.device
    return Device(who.key, who.Manufacturer, who.OUI, who.ProductClass, who.SerialNumber)


class AuthCase(WorldCase):
    """A listener that wants Digest with one user name and password for all."""

    how: dict[str, Any] = {"scheme": "digest", "pair": ("cpe", "geheim")}

    def post(self, cpe: Cpe, body: bytes, authorization: str = "") -> Any:
        """Post a body; fires with the answer."""
        return cpe.exchange(body, *([f"Authorization: {authorization}"] if authorization else []))

    def asked(self, cpe: Cpe, *events: str) -> bytes:
        """A new session's Inform."""
        cpe.dialogue = type(cpe.dialogue)(cpe.dialogue.role, cpe.namespace)
        return cpe.dialogue.say(cpe.inform(*events or ("2 PERIODIC",)))

    async def challenge(self, cpe: Cpe, username: str = "cpe", password: str = "geheim") -> Digest:
        """What the listener asks for, to be answered with these."""
        answer = await self.post(cpe, b"")
        self.assertEqual(401, answer.status)
        return Digest(answer.headers["www-authenticate"], username, password)

    async def enter(self, cpe: Cpe, username: str, password: str, *events: str) -> list[str]:
        """A whole session with these; what was asked in it; [] and 401 where it is not let in."""
        cpe.reconnect()
        cpe.cookie = ""
        client = await self.challenge(cpe, username, password)
        answer = await self.post(cpe, self.asked(cpe, *events), client.rfc7616())
        if answer.status != 200:
            return [str(answer.status)]
        cpe.dialogue.hear(answer.body)
        return await cpe.serve()

    def assert_in(self, answer: Answer) -> None:
        self.assertEqual((200, True), (answer.status, b"InformResponse" in answer.body), answer.body)


class DigestTests(AuthCase):
    async def test_libcurl_posts_its_inform_twice(self) -> None:
        cpe = self.world.cpe()
        body = self.asked(cpe)
        answer = await self.post(cpe, body)
        self.assertEqual((401, b"who are you?\n"), (answer.status, answer.body))
        self.assertNotIn("connection", answer.headers)
        client = Digest(answer.headers["www-authenticate"], "cpe", "geheim")
        self.assert_in(await self.post(cpe, body, client.rfc7616()))

    async def test_what_comes_after_the_challenge_is_heard_though_it_be_another_inform(self) -> None:
        cpe = self.world.cpe()
        answer = await self.post(cpe, self.asked(cpe, "2 PERIODIC"))
        client = Digest(answer.headers["www-authenticate"], "cpe", "geheim")
        answer = await self.post(cpe, self.asked(cpe, "1 BOOT"), client.rfc7616())
        self.assert_in(answer)
        cpe.dialogue.hear(answer.body)
        await cpe.serve()
        (session,) = (await self.world.store.sessions(Query(limit=1))).items
        self.assertEqual(("1 BOOT",), session.events)

    async def test_netcwmp_draws_the_challenge_with_an_empty_post_and_shows_nothing_later(self) -> None:
        cpe = self.world.cpe()
        await self.world.store.add_device(record_of(cpe))
        job = await self.world.job(cpe.id, "Reboot", {"CommandKey": "k"})
        client = await self.challenge(cpe)
        self.assert_in(await self.post(cpe, self.asked(cpe), client.rfc2069()))
        answer = await self.post(cpe, b"")
        self.assertIn(b"<cwmp:Reboot>", answer.body)
        sent = await self.world.store.job(job.id)
        assert sent is not None
        self.assertEqual("sent", sent.state.value)

    async def test_fritzbox_answers_on_another_connection(self) -> None:
        cpe = self.world.cpe()
        client = await self.challenge(cpe)
        cpe.reconnect()
        self.assert_in(await self.post(cpe, self.asked(cpe), client.rfc7616(algorithm="MD5")))

    async def test_sha_256_is_the_second_offer(self) -> None:
        cpe = self.world.cpe()
        client = await self.challenge(cpe)
        self.assert_in(await self.post(cpe, self.asked(cpe), client.rfc7616(algorithm="SHA-256")))

    async def test_cwmp_sim_counts_to_one_with_ever_new_cnonces(self) -> None:
        cpe = self.world.cpe()
        client = await self.challenge(cpe)
        for cnonce in ("a", "b", "c"):
            body = self.asked(cpe)
            self.assert_in(await self.post(cpe, body, client.rfc7616(cnonce=cnonce, nc="00000001")))
            cpe.reconnect()

    async def test_what_was_heard_on_the_wire_serves_nobody(self) -> None:
        cpe = self.world.cpe()
        client = await self.challenge(cpe)
        for words in (client.rfc7616(), client.rfc2069()):
            cpe = self.world.cpe()
            self.assert_in(await self.post(cpe, self.asked(cpe), words))
            said = words.partition('response="')[2].partition('"')[0]
            for heard in (f'{words}, nc=00000009, cnonce="other"', words.replace(said, said.upper()), words):
                thief = self.world.cpe(address="192.0.2.66")
                answer = await self.post(thief, self.asked(thief), heard)
                self.assertEqual(401, answer.status, heard)
            self.assertIn("stale=true", answer.headers["www-authenticate"])

    async def test_an_old_challenge_is_asked_again(self) -> None:
        cpe = self.world.cpe()
        client = await self.challenge(cpe)
        self.world.clock.advance(NONCE_SECONDS + 1)
        answer = await self.post(cpe, self.asked(cpe), client.rfc7616())
        self.assertEqual((401, True), (answer.status, "stale=true" in answer.headers["www-authenticate"]))
        again = Digest(answer.headers["www-authenticate"], "cpe", "geheim")
        self.assert_in(await self.post(cpe, self.asked(cpe), again.rfc7616()))

    async def test_an_inform_that_is_repeated_within_its_session_is_answered_as_before(self) -> None:
        cpe = self.world.cpe()
        client = await self.challenge(cpe)
        body, words = self.asked(cpe), client.rfc7616()
        first = await self.post(cpe, body, words)
        again = await self.post(cpe, body, words)
        self.assertEqual((200, first.body), (again.status, again.body))


class RefusalTests(AuthCase):
    async def test_wrong_credentials_are_told_and_kept_without_the_password(self) -> None:
        cpe = self.world.cpe()
        for username, password in (("cpe", "hush"), ("other", "geheim")):
            cpe.reconnect()
            client = await self.challenge(cpe, username, password)
            answer = await self.post(cpe, self.asked(cpe), client.rfc7616())
            self.assertEqual(401, answer.status)
            self.assertNotIn("stale", answer.headers["www-authenticate"])
            refused = await self.world.last_session()
            self.assertIn(f"for {cpe.id}: user '{username}'", refused.failure)
            self.assertNotIn(password, refused.failure)
        self.assertIsNone(await self.world.store.device(cpe.id))

    async def test_who_shows_nothing_is_not_told_of(self) -> None:
        cpe = self.world.cpe()
        for words in ("", basic("", ""), basic("cpe", "geheim"), "Bearer x", "Digest", "nonsense"):
            self.assertEqual(401, (await self.post(cpe, self.asked(cpe), words)).status, words)
        await self.world.store.committed()
        self.assertEqual((), tuple((await self.world.store.sessions(Query())).items))

    async def test_nor_does_it_count_as_guessing_however_often_it_comes(self) -> None:
        cpe = self.world.cpe()
        for _ in range(FOR_DEVICE + 1):
            self.assertEqual(401, (await self.post(cpe, self.asked(cpe))).status)
            self.assertNotIn("connection", cpe.answer.headers)
        client = await self.challenge(cpe)
        self.assert_in(await self.post(cpe, self.asked(cpe), client.rfc7616()))

    async def test_three_wrong_ones_end_the_connection(self) -> None:
        cpe = self.world.cpe()
        client = await self.challenge(cpe, password="falsch")
        for number in range(1, MAX_FAILURES + 1):
            answer = await self.post(cpe, self.asked(cpe), client.rfc7616())
            self.assertEqual(number == MAX_FAILURES, answer.headers.get("connection") == "close")

    async def guess(self, at: v.DeviceId) -> None:
        """Call as this device with a wrong password."""
        cpe = self.world.cpe(device=at)
        client = await self.challenge(cpe, password="falsch")
        self.assertEqual(401, (await self.post(cpe, self.asked(cpe), client.rfc7616())).status)

    async def call(self, **how: Any) -> Answer:
        """Call with the right one."""
        cpe = self.world.cpe(**how)
        client = await self.challenge(cpe)
        answer: Answer = await self.post(cpe, self.asked(cpe), client.rfc7616())
        return answer

    async def test_a_device_that_somebody_guesses_at_is_not_listened_to_from_there(self) -> None:
        for _ in range(FOR_DEVICE):
            await self.guess(OTHER)
        answer = await self.call(device=OTHER)
        self.assertEqual((503, b"too many wrong credentials for this device\n"), (answer.status, answer.body))
        self.assertGreater(int(answer.headers["retry-after"]), 0)
        self.assert_in(await self.call())  # a neighbour behind the same address
        self.assert_in(await self.call(device=OTHER, address="192.0.2.8"))

    async def test_an_address_that_guesses_at_many_is_not_listened_to(self) -> None:
        for number in range(OF_SOURCE):
            await self.guess(v.DeviceId("AirTies", "001CA8", "Air4920DK-WA", f"{number}"))
        answer = await self.call()
        self.assertEqual(
            (503, b"too many wrong credentials from this address\n"), (answer.status, answer.body)
        )
        self.assertGreater(int(answer.headers["retry-after"]), 0)
        self.assert_in(await self.call(address="192.0.2.8"))

    async def test_a_digest_for_another_place_is_wrong(self) -> None:
        cpe = self.world.cpe()
        client = await self.challenge(cpe)
        client.uri = "/other"
        self.assertEqual(401, (await self.post(cpe, self.asked(cpe), client.rfc7616())).status)


class BasicTests(AuthCase):
    how = {"scheme": "basic", "pair": ("cpe", "säcret")}

    async def test_it_is_asked_for_and_taken(self) -> None:
        cpe = self.world.cpe()
        answer = await self.post(cpe, self.asked(cpe))
        self.assertEqual('Basic realm="acs"', answer.headers["www-authenticate"])
        for words in (basic("cpe", "falsch"), basic("", ""), "Basic ***"):
            self.assertEqual(401, (await self.post(cpe, self.asked(cpe), words)).status)
        self.assert_in(await self.post(cpe, self.asked(cpe), basic("cpe", "säcret")))


class OwnCredentialsTests(AuthCase):
    """Each device its own; they leave the factory with ``factory`` and ``default``."""

    how = {"scheme": "digest", "pair": ("factory", "default"), "own": True}

    async def own(self, cpe: Cpe) -> Credentials | None:
        return await self.world.store.credentials(cpe.id)

    async def test_a_device_gets_its_own_at_first_contact_and_uses_them(self) -> None:
        cpe = self.world.cpe()
        asked = await self.enter(cpe, "factory", "default", "0 BOOTSTRAP", "1 BOOT")
        self.assertEqual("SetParameterValues", asked[0])
        self.assertEqual(Credentials(cpe.id, "password1"), await self.own(cpe))
        (said,) = [e.body for e in await self.world.conversation() if e.rpc == "SetParameterValues"]
        for words in ("ManagementServer.Username", cpe.id, "ManagementServer.Password", "password1"):
            self.assertIn(words.encode(), said)
        self.assertEqual([], await self.enter(cpe, cpe.id, "password1"))
        self.assertEqual(Credentials(cpe.id, "password1", True), await self.own(cpe))
        self.assertEqual(["401"], await self.enter(cpe, "factory", "default"))

    async def test_until_it_has_used_them_those_of_the_factory_hold(self) -> None:
        cpe = self.world.cpe()
        await self.enter(cpe, "factory", "default")
        self.assertEqual(["SetParameterValues"], (await self.enter(cpe, "factory", "default"))[:1])
        own = await self.own(cpe)
        self.assertEqual(Credentials(cpe.id, "password2", False, cpe.id, "password1"), own)
        self.assertEqual(["SetParameterValues"], await self.enter(cpe, cpe.id, "password1"))
        self.assertEqual(own, await self.own(cpe))
        self.assertEqual([], await self.enter(cpe, cpe.id, "password2"))
        self.assertEqual(Credentials(cpe.id, "password2", True), await self.own(cpe))
        self.assertEqual(["401"], await self.enter(cpe, cpe.id, "password1"))

    async def test_a_session_that_is_lost_leaves_both(self) -> None:
        cpe = self.world.cpe()
        client = await self.challenge(cpe, "factory", "default")
        await self.post(cpe, self.asked(cpe), client.rfc7616())
        await self.post(cpe, b"")
        self.world.pass_time(61)
        cpe.reconnect()
        self.assertEqual(Credentials(cpe.id, "password1"), await self.own(cpe))
        self.assertNotEqual(["401"], await self.enter(cpe, cpe.id, "password1"))

    async def test_one_that_refuses_them_keeps_those_of_the_factory(self) -> None:
        cpe = Refusing(self.world)
        await self.enter(cpe, "factory", "default")
        self.assertIsNone(await self.own(cpe))
        self.assertNotEqual(["401"], await self.enter(cpe, "factory", "default"))

    async def test_after_a_factory_reset_those_of_the_factory_hold_again(self) -> None:
        cpe = self.world.cpe()
        await self.world.store.add_device(record_of(cpe))
        await self.world.store.put_credentials(cpe.id, Credentials(cpe.id, "own", True))
        self.assertEqual(["401"], await self.enter(cpe, "factory", "default", "1 BOOT"))
        asked = await self.enter(cpe, "factory", "default", "0 Bootstrap", "1 Boot")
        self.assertEqual("SetParameterValues", asked[0])
        self.assertEqual(Credentials(cpe.id, "password1", False, cpe.id, "own"), await self.own(cpe))

    async def test_a_reset_is_remembered_though_the_session_that_tells_of_it_is_lost(self) -> None:
        cpe = self.world.cpe()
        await self.world.store.add_device(record_of(cpe))
        await self.world.store.put_credentials(cpe.id, Credentials(cpe.id, "own", True))
        client = await self.challenge(cpe, "factory", "default")
        self.assert_in(await self.post(cpe, self.asked(cpe, "0 BOOTSTRAP", "1 BOOT"), client.rfc7616()))
        self.world.pass_time(61)
        self.assertEqual("SetParameterValues", (await self.enter(cpe, "factory", "default", "1 BOOT"))[0])
        self.assertEqual(Credentials(cpe.id, "password1", False, cpe.id, "own"), await self.own(cpe))

    async def test_another_oui_makes_it_no_other_device(self) -> None:
        cpe = self.world.cpe()
        await self.world.store.add_device(record_of(cpe))
        await self.world.store.put_credentials(cpe.id, Credentials(cpe.id, "own", True))
        who = cpe.device
        renamed = v.DeviceId(who.Manufacturer, "00D09E", who.ProductClass, who.SerialNumber)
        thief = self.world.cpe(device=renamed)
        self.assertEqual(["401"], await self.enter(thief, "factory", "default"))
        self.assertNotEqual(["401"], await self.enter(thief, cpe.id, "own"))

    async def test_one_that_may_be_either_of_two_is_neither(self) -> None:
        for oui in ("00D09E", "00E092"):
            other = self.world.cpe(device=replace(self.world.cpe().device, OUI=oui))
            await self.world.store.add_device(record_of(other))
            await self.world.store.put_credentials(other.id, Credentials(other.id, "own", True))
        self.assertNotEqual(["401"], await self.enter(self.world.cpe(), "factory", "default"))

    async def test_those_before_are_worth_nothing_once_its_own_were_used(self) -> None:
        cpe = self.world.cpe()
        await self.world.store.add_device(record_of(cpe))
        await self.world.store.put_credentials(cpe.id, Credentials(cpe.id, "own", True, "old", "older"))
        self.assertEqual(["401"], await self.enter(cpe, "old", "older"))

    async def test_what_somebody_sets_meanwhile_stays(self) -> None:
        cpe = Refusing(self.world)
        client = await self.challenge(cpe, "factory", "default")
        answer = await self.post(cpe, self.asked(cpe), client.rfc7616())
        cpe.dialogue.hear(answer.body)
        asked = await cpe.say(None)
        mine = Credentials("mine", "said by an operator")
        await self.world.store.put_credentials(cpe.id, mine)
        assert asked is not None
        await cpe.say(cpe.reply(asked))
        self.assertEqual(mine, await self.own(cpe))

    async def test_a_device_may_not_call_as_another(self) -> None:
        for device, password in ((self.world.cpe(), "mine"), (self.world.cpe(device=OTHER), "other's")):
            await self.world.store.add_device(record_of(device))
            await self.world.store.put_credentials(device.id, Credentials(device.id, password, True))
        thief = self.world.cpe(device=OTHER)
        mine = self.world.cpe()
        self.assertEqual(["401"], await self.enter(thief, mine.id, "mine"))
        self.assertEqual(["401"], await self.enter(thief, thief.id, "mine"))
        self.assertNotEqual(["401"], await self.enter(mine, mine.id, "mine"))

    async def test_the_parameter_key_stays_what_it_is(self) -> None:
        cpe = self.world.cpe()
        cpe.told["ManagementServer.ParameterKey"] = "as it was"
        await self.enter(cpe, "factory", "default")
        (said,) = [e.body for e in await self.world.conversation() if e.rpc == "SetParameterValues"]
        self.assertIn(b"<ParameterKey>as it was</ParameterKey>", said)


class UnverifiedTests(AuthCase):
    how = {"scheme": "digest", "pair": ("factory", "default"), "own": True, "policy": Never()}

    async def test_no_secret_goes_to_a_device_that_is_not_verified(self) -> None:
        cpe = self.world.cpe()
        self.assertNotIn("SetParameterValues", await self.enter(cpe, "factory", "default"))
        self.assertIsNone(await self.world.store.credentials(cpe.id))


class Refusing(Cpe):
    """Takes no values."""

    def reply(self, message: m.Message) -> m.Message:
        refused = isinstance(message, m.SetParameterValues)
        return m.Fault(9001, "Request denied") if refused else super().reply(message)


class CertificateTests(AuthCase):
    how = {"scheme": "certificate"}

    async def enter_as(self, device: v.DeviceId, *names: str) -> int:
        cpe = self.world.cpe(device=device)
        cpe.line.protocol.connection._names = names
        status: int = (await self.post(cpe, self.asked(cpe))).status
        return status

    async def test_the_certificate_has_to_name_the_device(self) -> None:
        device = v.DeviceId("A", "00D09E", "Box 2", "S1")
        for names in (
            ("00D09E-Box 2-S1",),
            ("00d09e-box%202-s1",),
            ("00D09E-S1",),
            ("something", "00D09E-S1"),
        ):
            self.assertEqual(200, await self.enter_as(device, *names), names)
        for names in ((), ("",), ("00D09E-S2",), ("00D09E-Box-S1",), ("S1",), ("*",)):
            self.assertEqual(403, await self.enter_as(device, *names), names)
        self.assertIn("and not 00D09E-Box%202-S1", (await self.world.last_session()).failure)

    async def test_a_hyphen_does_not_make_it_anothers(self) -> None:
        self.assertEqual(403, await self.enter_as(v.DeviceId("A", "00D09E", "", "C-1"), "00D09E-C-1"))
        self.assertEqual(200, await self.enter_as(v.DeviceId("A", "00D09E", "", "C-1"), "00D09E-C%2D1"))
        self.assertEqual(200, await self.enter_as(v.DeviceId("A", "00D09E", "B-C", "1"), "00D09E-B-C-1"))


class CertifiedTests(CertificateTests):
    """The listener's policy is that the certificate is enough."""

    how = {"scheme": "certificate", "policy": Certified()}

    async def test_a_device_whose_certificate_names_it_is_verified(self) -> None:
        device = v.DeviceId("A", "00D09E", "Box", "S1")
        self.assertEqual(200, await self.enter_as(device, "00D09E-S1"))
        known = await self.world.store.device(device.key)
        assert known is not None
        self.assertTrue(known.client_ip_verified)
        self.world.sessions.lose_all("the test")
        session = await self.world.last_session()
        self.assertEqual((True, "certificate"), (session.client_ip_verified, session.verified_by))


class UncertifiedTests(AuthCase):
    """The same policy for devices with passwords."""

    how = {"policy": Certified(), **AuthCase.how}

    async def test_a_password_is_no_certificate(self) -> None:
        cpe = self.world.cpe()
        client = await self.challenge(cpe)
        self.assert_in(await self.post(cpe, self.asked(cpe), client.rfc7616()))
        known = await self.world.store.device(cpe.id)
        assert known is not None
        self.assertFalse(known.client_ip_verified)
