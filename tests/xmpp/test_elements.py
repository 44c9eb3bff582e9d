"""Tests of `acs.xmpp.elements`: stanzas, their errors, JIDs."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from twisted.trial.unittest import SynchronousTestCase

from acs.xmpp import elements
from acs.xmpp.elements import BadJID, can_be_said, is_same, jid_of, parse_jid


class StanzaTests(SynchronousTestCase):
    @given(st.text(), st.text())
    def test_whatever_can_be_said_is_said_as_text(self, inside: str, attribute: str) -> None:
        if not (can_be_said(inside) and can_be_said(attribute)):
            return
        made = elements.iq("get", "a@b", "c@d", attribute)
        elements.add(made, "query", "x", inside, name=attribute)
        read = etree.fromstring(made.toXml().encode())
        self.assertEqual(inside.replace("\r\n", "\n").replace("\r", "\n"), read[0].text or "")

    def test_control_characters_and_halves_of_characters_cannot_be_said(self) -> None:
        for text in ("\x00", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800", "\udfff"):
            self.assertFalse(can_be_said("a" + text), ascii(text))
        for text in ("", "\t\r\n", "\x7f", "\ue000", "\U0010ffff"):
            self.assertTrue(can_be_said(text), ascii(text))

    def test_an_answer_goes_back(self) -> None:
        question = elements.iq("get", "a@b/c", "d@e/f", "7")
        answer = elements.refusal(question, "bad-request", "modify")
        self.assertEqual(("d@e/f", "a@b/c", "7"), (answer["from"], answer["to"], answer["id"]))
        self.assertEqual(("bad-request", ""), elements.condition_of(answer))
        self.assertEqual(("", ""), elements.condition_of(elements.result(question)))


class JidTests(SynchronousTestCase):
    def test_parts_make_a_jid_that_has_these_parts(self) -> None:
        self.assertEqual("cpe-1@d.example/x", jid_of("CPE-1", "D.example", "x"))
        self.assertEqual("cpe-1@d.example", jid_of("cpe-1", "d.example"))
        for user in ("a@b", "a/b", "a b", "<", "a@b/c", "a" * 1024, "\u00fc" * 512, "\x00"):
            self.assertRaises(BadJID, jid_of, user, "d.example")

    @given(st.text(), st.text())
    def test_no_user_name_is_of_another_domain(self, user: str, resource: str) -> None:
        try:
            made = jid_of(user, "d.example", resource)
        except BadJID:
            return
        self.assertEqual("d.example", parse_jid(made).host)

    @given(st.text())
    @example("\xad")  # a soft hyphen, which is nothing in a host's normal form
    def test_any_text_is_a_jid_or_a_bad_one(self, text: str) -> None:
        try:
            parse_jid(text)
        except BadJID as error:
            self.assertTrue(str(error))

    def test_two_ways_to_write_one_are_the_same(self) -> None:
        self.assertTrue(is_same("A@B.example/c", "a@b.example/c"))
        for one, other in (("a@b", "a@b/c"), ("a@b/C", "a@b/c"), ("", ""), ("@", "@")):
            self.assertFalse(is_same(one, other))
