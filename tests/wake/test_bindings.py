"""Tests of `acs.wake.bindings` and `acs.wake.passwords`: what the STUN server thinks of datagrams."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import stun
from acs.cwmp.stun import MAGIC_COOKIE, Address, Attribute, Integrity, Kind, StunMessage
from acs.wake import passwords
from acs.wake.bindings import FRESH, KEEP, REMEMBERED, Bindings, Heard
from acs.wake.passwords import Passwords
from acs.wake.way import Binding
from tests.wake.stun_side import BINDS, CHANGED, NAME, PASSWORD, TRANSACTION, binding, request

OWN = Address("203.0.113.1", 3478)
HERE = Address("198.51.100.7", 4711)
THERE = Address("198.51.100.7", 4712)
ELSEWHERE = Address("192.0.2.66", 4711)
DEVICE = "device of the test"


class BindingsTestCase(SynchronousTestCase):
    """Has a server's judgement that knows one device."""

    def setUp(self) -> None:
        self.now = 1_000_000.0
        self.passwords = Passwords()
        self.passwords.learn(NAME, (DEVICE, PASSWORD), self.now)
        self.bindings = Bindings(self.passwords, lambda host: OWN, node=7)

    def hear(self, data: bytes, source: Address = HERE) -> Heard:
        return self.bindings.hear(data, source, self.now)

    def answer(self, data: bytes, source: Address = HERE) -> StunMessage:
        heard = self.hear(data, source)
        self.assertEqual(source, heard.to)
        return stun.decode(heard.answer)

    def error(self, data: bytes) -> int:
        answer = self.answer(data)
        self.assertEqual(Kind.BINDING_ERROR, answer.kind)
        self.assertEqual(Attribute.ERROR_CODE, answer.attributes[0][0])
        return answer.error

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.passwords.learn(NAME, (DEVICE, PASSWORD), self.now)


class AnybodyTests(BindingsTestCase):
    def test_anybody_learns_where_he_seems_to_be(self) -> None:
        answer = self.answer(request())
        self.assertEqual((Kind.BINDING_RESPONSE, TRANSACTION), (answer.kind, answer.transaction))
        self.assertEqual(HERE, answer.address(Attribute.MAPPED_ADDRESS))
        self.assertEqual(Attribute.MAPPED_ADDRESS, answer.attributes[0][0])
        self.assertEqual(OWN, answer.address(Attribute.SOURCE_ADDRESS))
        self.assertEqual(OWN, answer.address(Attribute.CHANGED_ADDRESS))
        self.assertIsNone(answer.get(Attribute.XOR_MAPPED_ADDRESS))
        self.assertIsNone(answer.get(Attribute.MESSAGE_INTEGRITY))

    def test_nothing_is_kept_of_him(self) -> None:
        heard = self.hear(request())
        self.assertEqual(("plain", None, ""), (heard.what, heard.binding, heard.ask))
        self.assertEqual(0, len(self.bindings))
        self.assertFalse(self.bindings.knows(HERE))

    def test_over_ipv6_as_well(self) -> None:
        source = Address("2001:db8::7", 4711)
        self.assertEqual(source, self.answer(request(), source).address(Attribute.MAPPED_ADDRESS))

    def test_a_client_of_rfc_5389_gets_the_xored_address_and_the_plain_one(self) -> None:
        answer = self.answer(request(transaction=MAGIC_COOKIE + bytes(12)))
        self.assertEqual(HERE, answer.address(Attribute.XOR_MAPPED_ADDRESS))
        self.assertEqual(HERE, answer.address(Attribute.MAPPED_ADDRESS))
        self.assertIsNone(answer.get(Attribute.CHANGED_ADDRESS))

    def test_a_fingerprint_is_answered_with_one(self) -> None:
        message = StunMessage(Kind.BINDING_REQUEST, MAGIC_COOKIE + bytes(12))
        self.assertIsNotNone(self.answer(stun.encode(message, fingerprint=True)).get(Attribute.FINGERPRINT))

    def test_an_answer_is_no_more_than_three_times_as_long_as_the_question(self) -> None:
        for data in (
            request(),
            request(transaction=MAGIC_COOKIE + bytes(12)),
            binding(),
            request((0x7001, b"")),
        ):
            self.assertLessEqual(len(self.hear(data).answer), 3 * len(data))

    def test_a_device_without_a_user_name_is_anybody(self) -> None:
        heard = self.hear(request(BINDS))
        self.assertEqual(("plain", None), (heard.what, heard.binding))

    def test_where_our_own_address_is_not_known_it_is_left_out(self) -> None:
        answer = stun.decode(Bindings(Passwords(), lambda host: None).hear(request(), HERE, 0).answer)
        self.assertEqual([Attribute.MAPPED_ADDRESS], [number for number, _ in answer.attributes])

    def test_what_is_no_request_gets_no_answer(self) -> None:
        for kind in (Kind.BINDING_RESPONSE, Kind.BINDING_ERROR, 0x0002, 0x0011):
            heard = self.hear(stun.encode(StunMessage(kind, TRANSACTION)))
            self.assertEqual(("ignored", b"", None), (heard.what, heard.answer, heard.to))

    def test_our_own_answers_get_none(self) -> None:
        for data in (request(), binding(), binding(password="falsch"), request((0x7001, b""))):
            self.assertEqual(b"", self.hear(self.hear(data).answer).answer)

    def test_what_must_be_understood_and_is_not_is_named(self) -> None:
        answer = self.answer(request((0x7001, b"x"), (0x0024, b"")))
        self.assertEqual(420, answer.error)
        self.assertEqual(bytes.fromhex("70010024"), answer.get(Attribute.UNKNOWN_ATTRIBUTES))

    def test_what_may_be_passed_over_is(self) -> None:
        self.assertEqual("plain", self.hear(request((0x8022, b"name"), (0xC0FE, b""))).what)

    def test_an_answer_from_another_address_is_refused_to_who_knows_what_that_means(self) -> None:
        wanted = (int(Attribute.CHANGE_REQUEST), b"\0\0\0\6")
        answer = self.answer(request(wanted, transaction=MAGIC_COOKIE + bytes(12)))
        self.assertEqual(420, answer.error)
        self.assertEqual(bytes.fromhex("00030003"), answer.get(Attribute.UNKNOWN_ATTRIBUTES))

    def test_others_get_none_there_is_nowhere_to_answer_from(self) -> None:
        for bits in (2, 4, 6):
            heard = self.hear(request((Attribute.CHANGE_REQUEST, bytes((0, 0, 0, bits)))))
            self.assertEqual(("from elsewhere", b""), (heard.what, heard.answer))

    def test_no_change_is_no_reason_to_refuse(self) -> None:
        self.assertEqual("plain", self.hear(request((Attribute.CHANGE_REQUEST, bytes(4)))).what)

    @given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: binding() + tail))
    @settings(deadline=None)
    def test_any_bytes_are_judged(self, data: bytes) -> None:
        self.assertTrue(self.hear(data).what)


class DeviceTests(BindingsTestCase):
    def test_a_device_is_asked_for_its_integrity(self) -> None:
        self.assertEqual(401, self.error(request(BINDS, name=NAME)))
        self.assertEqual(0, len(self.bindings))

    def test_so_is_one_that_does_not_exist(self) -> None:
        self.assertEqual(401, self.error(request(BINDS, name="nobody")))

    def test_with_it_the_device_is_where_the_request_came_from(self) -> None:
        heard = self.hear(binding())
        self.assertEqual("bound", heard.what)
        self.assertEqual((DEVICE, Binding(*HERE, self.now, 7)), (heard.device, heard.binding))
        self.assertEqual(heard.binding, self.bindings.binding_of(DEVICE))
        self.assertTrue(self.bindings.knows(HERE))

    def test_the_answer_then_has_integrity_of_the_same_form(self) -> None:
        for integrity in Integrity:
            data = request(BINDS, name=NAME, password=PASSWORD, integrity=integrity)
            self.assertEqual(integrity, stun.verify(self.answer(data), PASSWORD.encode()))

    def test_a_wrong_integrity_is_refused_and_counted(self) -> None:
        self.assertEqual(431, self.error(binding(password="Hush")))
        self.assertEqual(1, self.bindings.counts["refused 431"])
        self.assertIsNone(self.bindings.binding_of(DEVICE))

    def test_nobody_is_refused_as_a_wrong_password_is(self) -> None:
        self.passwords.learn("nobody", None, self.now)
        wrong = self.hear(binding(password="Hush"))
        nobody = self.hear(binding(name="nobody", password="Hush"))
        self.assertEqual(wrong.answer, nobody.answer)

    def test_an_empty_password_is_none(self) -> None:
        self.passwords.learn("open", ("device", ""), self.now)
        for password in ("\0", "nobody's password"):
            self.assertEqual(431, self.error(binding(name="open", password=password)))

    def test_integrity_without_a_name_is_refused(self) -> None:
        self.assertEqual(432, self.error(binding(name="")))

    def test_who_is_not_known_has_to_be_looked_up_first(self) -> None:
        heard = self.hear(binding(name="other"))
        self.assertEqual(("looked up", "other", b""), (heard.what, heard.ask, heard.answer))

    def test_a_device_that_stays_is_told_once_in_a_while(self) -> None:
        told = []
        for number in range(60):
            heard = self.hear(binding(transaction=b"%016d" % number))
            told += [self.now] if heard.binding else []
            self.pass_time(30)
        self.assertEqual([KEEP] * (len(told) - 1), [b - a for a, b in zip(told, told[1:], strict=False)])
        self.assertEqual(6, len(told))
        self.assertEqual(self.now - 30, self.bindings.binding_of(DEVICE).seen)  # type: ignore[union-attr]

    def test_one_that_moved_is_told_at_once_whether_it_says_so_or_not(self) -> None:
        self.hear(binding())
        for more, source in (((CHANGED,), THERE), ((), HERE), ((CHANGED,), ELSEWHERE)):
            self.pass_time(1)
            data = binding(*more, transaction=b"%16f" % self.now)
            heard = self.hear(data, source)
            self.assertEqual(Binding(*source, self.now, 7), heard.binding)
        self.assertEqual([False, False, True], [self.bindings.knows(at) for at in (HERE, THERE, ELSEWHERE)])

    def test_a_change_that_is_none_is_not_told_again(self) -> None:
        self.hear(binding())
        heard = self.hear(binding(CHANGED))
        self.assertEqual(("bound", None), (heard.what, heard.binding))

    def test_integrity_alone_does_not_make_a_binding(self) -> None:
        heard = self.hear(request(name=NAME, password=PASSWORD))
        self.assertEqual(("authenticated", None), (heard.what, heard.binding))
        self.assertIsNotNone(stun.verify(stun.decode(heard.answer), PASSWORD.encode()))

    def test_icwmp_s_conversation(self) -> None:
        """As its capture tells: one transaction id for all, integrity over padded text, after 401 only."""
        self.assertEqual(401, self.error(request(BINDS, name=NAME)))
        self.assertEqual(HERE, self.answer(binding()).address(Attribute.MAPPED_ADDRESS))
        self.assertEqual(401, self.error(request(BINDS, CHANGED, name=NAME)))
        answer = self.answer(binding(CHANGED))
        self.assertEqual(Kind.BINDING_RESPONSE, answer.kind)
        self.assertEqual(Integrity.PADDED, stun.verify(answer, PASSWORD.encode()))
        # It reads one attribute behind the other without regard to padding.
        self.assertEqual([0] * len(answer.attributes), [len(value) % 4 for _, value in answer.attributes])

    def test_the_oldest_device_is_forgotten_where_there_are_too_many(self) -> None:
        bindings = Bindings(self.passwords, lambda host: OWN, most=2)
        for number in (1, 2, 1, 3):
            self.passwords.learn(f"d{number}", (f"D{number}", "x"), self.now)
            data = binding(name=f"d{number}", password="x")
            bindings.hear(data, Address("192.0.2.1", number), self.now)
        known = [bindings.binding_of(f"D{number}") is not None for number in (1, 2, 3)]
        self.assertEqual([True, False, True], known)
        self.assertEqual([True, False, True], [bindings.knows(Address("192.0.2.1", n)) for n in (1, 2, 3)])


class ReplayTests(BindingsTestCase):
    def test_what_a_device_said_does_not_move_it_when_another_says_it(self) -> None:
        captured = binding()
        self.hear(captured)
        heard = self.hear(captured, ELSEWHERE)
        self.assertEqual(("replayed", b"", None), (heard.what, heard.answer, heard.binding))
        self.assertEqual(Binding(*HERE, self.now, 7), self.bindings.binding_of(DEVICE))

    def test_nor_does_any_of_the_last_ones(self) -> None:
        captured = [binding(transaction=b"%016d" % number) for number in range(REMEMBERED)]
        for data in captured:
            self.hear(data)
        self.assertEqual({"replayed"}, {self.hear(data, ELSEWHERE).what for data in captured})

    def test_the_device_may_repeat_itself(self) -> None:
        answers = [self.hear(binding()).answer for _ in range(3)]
        self.assertEqual(1, len(set(answers)))
        self.assertTrue(answers[0])

    def test_a_device_with_one_transaction_id_for_ever_moves_when_its_old_binding_is_stale(self) -> None:
        self.hear(binding())
        self.pass_time(FRESH - 1)
        self.assertEqual("replayed", self.hear(binding(), THERE).what)
        self.pass_time(1)
        self.assertEqual("bound", self.hear(binding(), THERE).what)


class ReflectionTests(BindingsTestCase):
    """RESPONSE-ADDRESS: a device tries out from a second port how long the binding of its first one lives."""

    def reflect(self, to: Address, name: str = "", password: str = "") -> Heard:
        wanted = (int(Attribute.RESPONSE_ADDRESS), stun.address(to))
        return self.hear(request(wanted, name=name, password=password), THERE)

    def test_an_authenticated_request_is_answered_at_another_port_of_the_same_address(self) -> None:
        heard = self.reflect(HERE, NAME, PASSWORD)
        self.assertEqual(HERE, heard.to)
        answer = stun.decode(heard.answer)
        self.assertEqual(THERE, answer.address(Attribute.REFLECTED_FROM))
        self.assertEqual(THERE, answer.address(Attribute.MAPPED_ADDRESS))

    def test_never_at_another_address(self) -> None:
        self.assertEqual(
            ("reflected elsewhere", b"", None), self.facts(self.reflect(ELSEWHERE, NAME, PASSWORD))
        )

    def test_without_authentication_only_where_a_device_has_shown_its_binding(self) -> None:
        self.assertEqual(("reflected elsewhere", b"", None), self.facts(self.reflect(HERE)))
        self.hear(binding())
        self.assertEqual(HERE, self.reflect(HERE).to)
        self.assertEqual(None, self.reflect(Address(HERE.host, 53)).to)

    def test_what_is_no_address_gets_no_answer(self) -> None:
        for value in (b"", b"\0\1\0\0" + bytes(4), stun.address(Address(HERE.host, 0))):
            self.assertEqual(b"", self.hear(request((2, value), name=NAME, password=PASSWORD)).answer)

    def facts(self, heard: Heard) -> tuple[str, bytes, Address | None]:
        return heard.what, heard.answer, heard.to


class PasswordsTests(SynchronousTestCase):
    def test_what_was_looked_up_holds_for_a_while(self) -> None:
        known = Passwords()
        known.learn("a", ("A", "secret"), 0.0)
        known.learn("b", None, 0.0)
        at = (0.0, passwords.UNKNOWN_SECONDS, passwords.SECONDS)
        self.assertEqual([True, True, False], [known.of("a", now) is not None for now in at])
        self.assertEqual([True, False, False], [known.of("b", now) is not None for now in at])

    def test_what_was_looked_up_before_the_clock_was_set_back_does_not(self) -> None:
        known = Passwords()
        known.learn("a", ("A", "secret"), 1000.0)
        self.assertIsNone(known.of("a", 999.0))

    def test_a_wrong_password_has_it_looked_up_again_but_not_each_time(self) -> None:
        known = Passwords()
        known.learn("a", ("A", "secret"), 0.0)
        self.assertFalse(known.doubt("a", 1.0))
        self.assertTrue(known.doubt("a", passwords.RECHECK_SECONDS))
        self.assertIsNone(known.of("a", passwords.RECHECK_SECONDS))
        self.assertFalse(known.doubt("nobody", 0.0))

    def test_neither_devices_nor_made_up_names_take_more_than_their_room(self) -> None:
        known = Passwords(most=3, most_unknown=2)
        for number in range(10):
            known.learn(f"d{number}", (f"D{number}", "x"), 0.0)
        for number in range(10):
            known.learn(f"n{number}", None, 0.0)
        self.assertEqual(5, len(known))
        self.assertIsNotNone(known.of("d9", 0.0))

    def test_a_password_is_not_shown(self) -> None:
        known = Passwords()
        known.learn("a", ("A", "secret"), 0.0)
        self.assertNotIn("secret", repr(known.of("a", 0.0)))
