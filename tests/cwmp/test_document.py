"""How the bytes of a body become XML: charsets, rubbish around it, and what is refused outright."""

from __future__ import annotations

import codecs
import time
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp.document import MAX_ATTRIBUTES, MAX_DEPTH, MAX_TAGS, parse
from acs.cwmp.errors import RemoteProtocolError

WORDS = "caf\u00e9 \u00df"


def text_of(body: bytes, charset: str = "") -> str:
    """The text of the root, read without any repair."""
    root, repaired = parse(body, charset)
    assert not repaired, repaired
    return root.text or ""


def mended(body: bytes, charset: str = "") -> str:
    """The text of the root, which took a repair to read."""
    root, repaired = parse(body, charset)
    assert repaired.startswith("characters: "), repaired
    return root.text or ""


class CharsetTests(SynchronousTestCase):
    def test_utf_8_is_the_default(self) -> None:
        self.assertEqual(WORDS, text_of(f"<a>{WORDS}</a>".encode()))

    def test_the_content_type_tells_the_charset(self) -> None:
        body = f"<a>{WORDS}</a>"
        for charset in ("ISO-8859-1", "iso8859-1", "latin1", "ISO-8859-15", "windows-1252"):
            self.assertEqual(WORDS, text_of(body.encode(charset), charset))
        self.assertEqual(WORDS, text_of(body.encode(), "UTF-8"))
        self.assertEqual("\u20ac", text_of(b"<a>\xa4</a>", "iso-8859-15"))

    def test_the_declaration_tells_it_where_the_content_type_does_not(self) -> None:
        body = f'<?xml version="1.0" encoding="ISO-8859-1"?><a>{WORDS}</a>'.encode("latin-1")
        self.assertEqual(WORDS, text_of(body))
        self.assertEqual(WORDS, text_of(body, "x-unknown"))

    def test_the_content_type_is_believed_before_the_declaration(self) -> None:
        body = f'<?xml version="1.0" encoding="ISO-8859-1"?><a>{WORDS}</a>'
        self.assertEqual(WORDS, text_of(body.encode(), "utf-8"))
        body = body.replace("ISO-8859-1", "UTF-8")
        self.assertEqual(WORDS, text_of(body.encode("latin-1"), "iso-8859-1"))

    def test_a_byte_order_mark_is_believed_before_both(self) -> None:
        body = f"<a>{WORDS}</a>"
        for charset in ("", "utf-8", "iso-8859-1", "utf-16"):
            self.assertEqual(WORDS, text_of(codecs.BOM_UTF8 + body.encode(), charset))
            self.assertEqual(WORDS, text_of(codecs.BOM_UTF16_LE + body.encode("utf-16-le"), charset))
            self.assertEqual(WORDS, text_of(codecs.BOM_UTF16_BE + body.encode("utf-16-be"), charset))

    def test_utf_16_may_be_declared_as_well(self) -> None:
        body = f'<?xml version="1.0" encoding="UTF-16"?><a>{WORDS}</a>'
        self.assertEqual(WORDS, text_of(body.encode("utf-16"), "utf-16"))

    def test_latin_1_that_nobody_declares_is_read_and_said_so(self) -> None:
        body = f"<a>{WORDS}</a>".encode("latin-1")
        self.assertEqual(WORDS, mended(body))
        self.assertEqual(WORDS, mended(body, "utf-8"))
        self.assertEqual(WORDS, mended(b"<?xml version='1.0' encoding='utf-8'?>" + body))

    def test_a_stray_byte_does_not_spoil_the_utf_8_around_it(self) -> None:
        self.assertEqual(
            "\u20ac \u00e9 \u20ac", mended("<a>\u20ac ".encode() + b"\xe9" + " \u20ac</a>".encode())
        )

    def test_a_charset_that_does_not_exist_is_no_hindrance(self) -> None:
        self.assertEqual("x", text_of(b"<a>x</a>", "no-such-charset"))
        self.assertEqual("x", mended(b'<?xml version="1.0" encoding="no-such-charset"?><a>x</a>'))

    def test_a_declaration_of_what_it_is_not_is_no_hindrance(self) -> None:
        self.assertEqual(WORDS, mended(f'<?xml version="1.0" encoding="UTF-16"?><a>{WORDS}</a>'.encode()))


class RubbishTests(SynchronousTestCase):
    """What stands around a document, and what it cannot carry."""

    def test_white_space_may_precede_the_document(self) -> None:
        self.assertEqual("x", text_of(b'\r\n \t<?xml version="1.0"?><a>x</a>'))
        self.assertEqual("x", text_of(codecs.BOM_UTF8 + b'\r\n<?xml version="1.0"?><a>x</a>'))
        self.assertEqual("x", text_of(b"\n" + codecs.BOM_UTF8 + b"<a>x</a>"))

    def test_white_space_may_follow_it(self) -> None:
        self.assertEqual("x", text_of(b"<a>x</a> \r\n\n"))

    def test_nuls_that_follow_it_are_mended(self) -> None:
        self.assertEqual("x", mended(b"<a>x</a>\0"))
        self.assertEqual("x", mended(b"<a>x</a>\r\n\0\0\0"))

    def test_control_characters_are_mended(self) -> None:
        self.assertEqual("xy", mended(b"<a>x\x02y</a>"))
        self.assertEqual("xy\u00e9", mended("<a>x\x02y\u00e9</a>".encode("latin-1"), "iso-8859-1"))
        self.assertEqual("\u00c3\u00a9", mended(b"<a>\x02\xc3\xa9</a>", "iso-8859-1"))
        self.assertEqual("xy", mended(codecs.BOM_UTF16_LE + "<a>x\x02y</a>".encode("utf-16-le")))

    def test_references_to_control_characters_are_mended_and_others_kept(self) -> None:
        self.assertEqual("x\ry\u20ac<", mended(b"<a>x&#2;&#x1F;&#13;y&#x20ac;&lt;&#xD800;&#99999999;</a>"))

    def test_comments_and_processing_instructions_are_passed_over(self) -> None:
        root, _ = parse(b"<?x?><!-- --><a>x<!-- - -->y<?p i?>z<![CDATA[<&]]><b/></a><!-- -->")
        self.assertEqual(("xyz<&", 1), (root.text, len(root)))

    def test_the_reason_for_a_repair_is_no_longer_than_a_line(self) -> None:
        _, repaired = parse(b"<" + b"a" * 5000 + b">\x02</" + b"a" * 5000 + b">")
        self.assertLess(len(repaired), 250)


class RefusalTests(SynchronousTestCase):
    def refusal(self, body: bytes) -> str:
        """Why a body is refused; in no more time than a sound one of its size would take."""
        started = time.process_time()
        error = self.assertRaises(RemoteProtocolError, parse, body)
        self.assertLess(time.process_time() - started, 1.0)
        self.assertIsNone(error.fault)
        self.assertLess(len(str(error)), 250)
        return str(error)

    def test_what_is_no_xml(self) -> None:
        for body in (
            b"",
            b"\0\0",
            b"hello",
            b"{}",
            b"\xff\xfe",
            b"\xef\xbb\xbf",
            b"<",
            b"<?xml version='1.0'?>",
        ):
            self.assertTrue(self.refusal(body).startswith("not XML: "))

    def test_what_is_cut_short(self) -> None:
        body = b"<a><b>text</b></a>"
        for length in range(len(body)):
            self.refusal(body[:length])

    def test_what_is_not_well_formed(self) -> None:
        for body in (b"<a></b>", b"<a/><b/>", b"<a>&nbsp;</a>", b"<a>&</a>", b"<a b=1/>", b"<a b='' b=''/>"):
            self.assertTrue(self.refusal(body).startswith("not XML: "))

    def test_what_is_not_well_formed_at_great_length(self) -> None:
        for body in (
            b"<" + b"a" * 5000 + b"></b>",
            b"<a>&" + b"e" * 5000 + b";</a>",
            b"<a b" + b":" * 5000 + b"/>",
        ):
            self.refusal(body)

    def test_a_document_type(self) -> None:
        for body in (
            b"<!DOCTYPE a><a/>",
            b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
            b'<!DOCTYPE a PUBLIC "-//x//y" "http://192.0.2.1/x.dtd"><a/>',
            b"<!DOCTYPE a [<!ELEMENT a ANY>]><a/>",
            "<!DOCTYPE a><a/>".encode("utf-16"),
        ):
            self.assertEqual("a document type declaration is not allowed", self.refusal(body))

    def test_internal_entities(self) -> None:
        self.refusal(b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>')
        self.refusal(b'<!DOCTYPE a [<!ENTITY e "x">]><a b="&e;"/>')

    def test_external_entities_are_not_fetched(self) -> None:
        secret = Path(self.mktemp())
        secret.write_text("<secret")  # which would show as another error
        for body in (
            f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.resolve().as_uri()}">]><a>&e;</a>',
            f'<!DOCTYPE a [<!ENTITY % e SYSTEM "{secret.resolve().as_uri()}"> %e;]><a/>',
            '<!DOCTYPE a [<!ENTITY e SYSTEM "http://192.0.2.1/">]><a>&e;</a>',
        ):
            self.assertEqual("a document type declaration is not allowed", self.refusal(body.encode()))

    def test_a_billion_laughs(self) -> None:
        entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
        for use in ("<a>&l11;</a>", '<a b="&l11;"/>'):
            self.refusal(f'<!DOCTYPE a [<!ENTITY l0 "ha">{entities}]>{use}'.encode())

    def test_one_long_entity_many_times(self) -> None:
        entity, uses = "x" * 100_000, "&e;" * 100_000
        self.refusal(f'<!DOCTYPE a [<!ENTITY e "{entity}">]><a b="{uses}"/>'.encode())
        self.refusal(f'<!DOCTYPE a [<!ENTITY e "{entity}">]><a>{uses}</a>'.encode())

    def test_elements_that_nest_without_reason(self) -> None:
        self.assertEqual(
            "x", text_of(b"<a>x" + b"<b>" * (MAX_DEPTH - 1) + b"</b>" * (MAX_DEPTH - 1) + b"</a>")
        )
        for depth in (MAX_DEPTH + 1, 100, 1000, 100_000):
            self.refusal(b"<a>" * depth + b"</a>" * depth)
        self.assertEqual("elements nest deeper than 32 levels", self.refusal(b"<a>" * 100 + b"</a>" * 100))

    def test_more_tags_than_any_device_has_use_for(self) -> None:
        most = MAX_TAGS - 2
        for filler in (b"<b/>", b"<!---->", b"<?b?>", b"<![CDATA[]]>", b"<b></b>"):
            body = b"<a>" + filler * (most // filler.count(b"<") + 1) + b"</a>"
            self.assertEqual("more than 500000 tags", self.refusal(body))
        self.assertEqual("", parse(b"<a>" + b"<b/>" * most + b"</a>")[1])

    def test_more_attributes_than_any_device_has_use_for(self) -> None:
        names = b"".join(b" b%d=''" % number for number in range(MAX_ATTRIBUTES + 1))
        self.assertEqual("more than 250000 attributes", self.refusal(b"<a" + names + b"/>"))
        namespaces = names.replace(b" b", b" xmlns:b").replace(b"''", b"'u'")
        self.assertEqual("more than 250000 attributes", self.refusal(b"<a" + namespaces + b"/>"))
        self.assertEqual("more than 500000 tags", self.refusal(b"<a>" + b"<b c=''/>" * 500_000 + b"</a>"))

    def test_encodings_that_hide_markup(self) -> None:
        seven = b'<?xml version="1.0" encoding="%b"?>+ADw-!DOCTYPE a+AD4-<a/>'
        for name in (b"UTF-7", b"utf-7", b"Utf-7"):
            self.assertEqual("the encoding UTF-7 is not read", self.refusal(seven % name))
        for mark in ("", "\ufeff"):
            for encoding in ("utf-32-le", "utf-32-be"):
                body = f"{mark}<a/>".encode(encoding)
                self.assertEqual("the encoding UTF-32 is not read", self.refusal(body))
        self.refusal("<a/>".encode("cp037"))

    def test_declarations_of_such_an_encoding_are_not_believed(self) -> None:
        for name in ("IBM037", "HZ-GB-2312", "ISO-2022-JP", "UTF-32", "UCS-4"):
            root, repaired = parse(f'<?xml version="1.0" encoding="{name}"?><a>+ADw- ~{{</a>'.encode())
            self.assertEqual("+ADw- ~{", root.text)
            self.assertIn(f"the declared encoding {name} cannot be true", repaired)

    def test_the_reason_is_one_line_that_can_be_printed(self) -> None:
        for body in (
            "<\ufefd".encode(),
            "<a\u2028\u202e>".encode(),
            "<a/>".encode("cp037"),
            b"<a\nb",
            b"<a>\n</b\n>",
        ):
            self.assertTrue(self.refusal(body).isprintable())

    def test_a_text_beyond_all_measure(self) -> None:
        self.refusal(b"<a>" + b"x" * 11_000_000 + b"</a>")

    def test_what_takes_a_repair_and_is_refused_still(self) -> None:
        self.refusal(b"<a>\x02</b>")
        self.refusal(b"<a>" * 100 + b"\x02" + b"</a>" * 100)
        self.refusal(b'<!DOCTYPE a [<!ENTITY e "x">]><a>\x02</a>')


class TailTests(SynchronousTestCase):
    """What stands behind an envelope."""

    envelope = b"<e:Envelope xmlns:e='urn:e'><e:Body/></e:Envelope>"

    def test_it_is_passed_over_and_told(self) -> None:
        for tail in (b"\0\0", b"garbage", b"<more/>", b"<more>", b"</e:Envelop>", b"\xff\x00\x01", b"&amp;"):
            root, repaired = parse(self.envelope + tail)
            self.assertEqual("{urn:e}Envelope", root.tag)
            self.assertTrue(repaired, tail)

    def test_white_space_is_no_matter(self) -> None:
        self.assertEqual("", parse(self.envelope + b"\r\n \t")[1])

    def test_another_envelope_is_not_lost_in_silence(self) -> None:
        for tail in (self.envelope, b"x" + self.envelope, b"</e:Envelope>"):
            self.assertRaises(RemoteProtocolError, parse, self.envelope + tail)

    def test_what_is_broken_before_its_end_is_no_envelope(self) -> None:
        for body in (b"<e:Envelope><x></e:Envelope>tail", b"</e:Envelope>tail", b"garbage</Envelope>"):
            self.assertRaises(RemoteProtocolError, parse, body)
