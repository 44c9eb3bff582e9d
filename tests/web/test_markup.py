"""Hiding secrets in the XML of a message."""

from __future__ import annotations

import codecs
import time
from xml.sax.saxutils import escape

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.web.hiding.markup import masked_body

LEAVES = ("SSID", "Password", "KeyPassphrase", "Enable", "PreSharedKey", "X_ACME_PIN", "UpTime")
SECRETS = {"Password", "KeyPassphrase", "PreSharedKey", "X_ACME_PIN"}
PIECES = st.sampled_from(
    [
        "<a>",
        "</a>",
        "<Name>",
        "</Name>",
        "x.Password",
        "x.SSID",
        "<Value>",
        "</Value>",
        "<Password>",
        "</Password>",
        "hush",
        " ",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<",
        ">",
        '"',
        "'",
        "<b c='",
        "/>",
        "&#80;",
        "<?",
        "?>",
        "</",
        "\n",
        '<x:Value t=">">',
    ]
)


def struct(name: str, value: str) -> str:
    """A ParameterValueStruct."""
    named = f"<ParameterValueStruct><Name>{name}</Name>"
    return f'{named}<Value xsi:type="xsd:string">{value}</Value></ParameterValueStruct>'


class MaskingTests(SynchronousTestCase):
    def hidden(self, before: str, after: str) -> None:
        """Assert that the one becomes the other, in every encoding that devices use."""
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
            self.assertEqual(after.encode(encoding), masked_body(before.encode(encoding)), encoding)

    def test_an_element_with_a_secrets_name_loses_its_content(self) -> None:
        self.hidden(
            "<Download><Password>hush</Password><URL>u</URL></Download>",
            "<Download><Password>********</Password><URL>u</URL></Download>",
        )
        self.hidden("<x:password a='>'\n>hush</x:password >", "<x:password a='>'\n>********</x:password >")

    def test_a_value_beside_a_secrets_name_is_hidden(self) -> None:
        self.hidden(
            struct("Device.X.SSID", "net")
            + struct("Device.X.Password", "é &lt; ü")
            + struct("Device.Y", "5"),
            struct("Device.X.SSID", "net")
            + struct("Device.X.Password", "********")
            + struct("Device.Y", "5"),
        )

    def test_the_value_may_stand_before_the_name(self) -> None:
        self.hidden(
            "<S><Value>hush</Value><Name>a.PIN</Name></S>", "<S><Value>********</Value><Name>a.PIN</Name></S>"
        )

    def test_a_name_may_be_written_in_any_way_that_xml_has(self) -> None:
        for name in (
            "a.P&#97;ssword",
            "a.P&#x61;ssword",
            "<![CDATA[a.Password]]>",
            "a.Pass<!-- ! -->word",
            "\n a.Password\n",
            "a.<![CDATA[Pre]]>SharedKey",
            "a.PASSWORD2",
        ):
            self.hidden(struct(name, "hush"), struct(name, "********"))

    def test_a_value_may_be_written_in_any_way_that_xml_has(self) -> None:
        for value in (
            "<![CDATA[a</Value>b]]>",
            "h<!-- </Value> -->ush",
            "h&amp;sh",
            "<b>hush</b>",
            "\nhush\n",
            "h>ush",
        ):
            self.hidden(struct("a.Password", value), struct("a.Password", "********"))

    def test_what_is_empty_stays_empty(self) -> None:
        for body in (
            "<Password/>",
            "<Password></Password>",
            "<Password> \n</Password>",
            struct("a.Password", ""),
        ):
            self.hidden(body, body)

    def test_what_only_python_calls_blank_is_a_value(self) -> None:
        for value in ("\x85", "\xa0", "\u2003", "\x1f"):
            self.hidden(struct("a.Password", value), struct("a.Password", "********"))

    def test_a_message_without_secrets_is_the_same(self) -> None:
        body = struct("Device.ManagementServer.Username", "cpe").encode() + b"\x00\xff<broken &"
        self.assertEqual(body, masked_body(body))

    def test_what_is_broken_hides_more(self) -> None:
        for before, after in (
            ("<Password>hush", "<Password>********"),
            ("<S><Name>x.PIN</Name><Value>hush", "<S><Name>x.PIN</Name><Value>********"),
            ("<S><Name>x.PIN<Value>hush</S>", "<S><Name>x.PIN<Value>********</S>"),
            ("<Name>x.PIN</Name><Value>hush</Value>", "<Name>x.PIN</Name><Value>********</Value>"),
            ("<!-- <Password>hush</Password>", "<!-- <Password>********</Password>"),
            ("<![CDATA[<Password>hush</Password>", "<![CDATA[<Password>********</Password>"),
            ("<a b='><Password>hush</Password>", "<a b='><Password>********</Password>"),
            ('<a b="><Password c=\'">hush</Password>', '<a b="><Password c=\'">********</Password>'),
            ("</b></S><Password>hush</Password></a>", "</b></S><Password>********</Password></a>"),
            ("<S><Password>hush</S><T>x</T>", "<S><Password>********</S><T>x</T>"),
        ):
            self.assertEqual(after.encode(), masked_body(before.encode()))

    def test_what_nests_too_deep_is_hidden_from_there(self) -> None:
        masked = masked_body(b"<a>" * 300 + b"<Password>hush</Password>")
        self.assertEqual(b"<a>" * 200 + b"********", masked)

    def test_utf_16_with_half_a_character_at_its_end_keeps_it(self) -> None:
        body = codecs.BOM_UTF16_LE + "<Password>hush</Password>".encode("utf-16-le") + b"x"
        expected = codecs.BOM_UTF16_LE + "<Password>********</Password>".encode("utf-16-le") + b"x"
        self.assertEqual(expected, masked_body(body))

    def test_a_hostile_message_takes_no_longer_than_its_length_allows(self) -> None:
        for unit in (
            b"<a>",
            b"<!--<![CDATA[",
            b'<a "',
            b"<a '\"<b",
            b"<!",
            b"</a>",
            b"<a></b>",
            b"<Name>",
            b"</",
            b"<Name><![CDATA[",
        ):
            body = unit * (400_000 // len(unit)) + b"Password"
            began = time.process_time()
            masked_body(body)
            self.assertLess(time.process_time() - began, 2.0, unit)


class MaskingProperties(SynchronousTestCase):
    @settings(max_examples=150, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(LEAVES), st.text(st.characters(codec="utf-8", exclude_characters="\0"))
            ),
            max_size=6,
        )
    )
    def test_exactly_the_values_of_secrets_are_replaced(self, parameters: list[tuple[str, str]]) -> None:
        def written(hide: bool) -> bytes:
            found = []
            for number, (leaf, value) in enumerate(parameters):
                shown = "********" if hide and leaf in SECRETS and value.strip(" \t\r\n") else escape(value)
                found.append(struct(f"Device.{number}.{leaf}", shown))
            return f"<e:Body><List>{''.join(found)}</List></e:Body>".encode()

        self.assertEqual(written(True), masked_body(written(False)))

    @settings(max_examples=200, deadline=None)
    @given(st.lists(PIECES).map("".join))
    def test_whatever_is_masked_once_is_masked_for_good(self, words: str) -> None:
        for encoding in ("utf-8", "utf-16"):
            masked = masked_body(words.encode(encoding))
            self.assertEqual(masked, masked_body(masked))

    @settings(max_examples=200, deadline=None)
    @given(st.binary())
    def test_any_bytes_are_taken(self, body: bytes) -> None:
        masked_body(b"<Password>" + body)
        if b"<" not in body:
            self.assertEqual(body, masked_body(body))
