"""Documents of one skeleton are read without parsing them again, and as if they had been parsed."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import envelope
from acs.cwmp import messages as m
from acs.cwmp.document import text_of
from acs.cwmp.envelope import (
    LARGEST,
    Alike,
    Envelope,
    Header,
    Plan,
    Plans,
    read_envelope,
    write_envelope,
)
from acs.cwmp.errors import RemoteProtocolError
from acs.cwmp.memo import LIMIT
from acs.cwmp.skeleton import Skeleton, skeleton_of
from tests import needs_reference
from tests.cwmp.test_captures import SAMPLES, captured, charset, compressed, request
from tests.cwmp.test_hostile_input import CORPUS, charsets, mutated
from tests.support.messages import EXAMPLES, FAULTS, INFORM

Outcome = Envelope | tuple[str, int | None, str | None, str]


class CountingMemo(Plans):
    """Plans that count how often they served and how often something was kept, without habits."""

    hits = kept = 0

    def __init__(self, limit: int = LIMIT) -> None:
        super().__init__(limit, often=float("inf"))

    def get(self, key: str) -> Plan | Alike | None:
        """What is kept for a key, counted."""
        found = super().get(key)
        self.hits += found is not None
        return found

    def keep(self, key: str, value: Plan | Alike | None, size: int) -> None:
        """Keep a value, counted."""
        self.kept += 1
        super().keep(key, value, size)


class NoMemo(Plans):
    """Plans that are not kept."""

    def wants(self, key: str) -> bool:
        """Nothing, ever."""
        return False


def outcome(body: bytes, charset: str, plans: Plans) -> Outcome:
    """What comes of reading a body: an envelope, or all that an error says."""
    try:
        return read_envelope(body, charset, plans)
    except RemoteProtocolError as error:
        return error.reason, error.fault, error.id, error.namespace


def spelt(body: bytes) -> Iterator[bytes]:
    """A message as other programs would write it: with a declaration, a mark, lines."""
    declared = b"".join((b'<?xml version="1.0" encoding="UTF-8"?>', body))
    yield from (body, declared, codecs.BOM_UTF8 + declared)
    yield declared.replace(b"><", b">\r\n  <").replace(b"UTF-8", b"utf-8")
    yield body.replace(b"></", b">\n</")


def misdeclared(body: bytes) -> Iterator[bytes]:
    """A message that declares a charset which may not be its own."""
    for name in ("ISO-8859-1", "us-ascii", "UTF-16", "UTF-7", "no-such-charset"):
        yield f'<?xml version="1.0" encoding="{name}"?>'.encode() + body


SPELT = [other for body in CORPUS for other in spelt(body)]
SPELT += [other for body in CORPUS[::5] for other in misdeclared(body)]

hostile = st.sampled_from(
    [
        "", " ", "  x ", "x", "1", "-1", " 7 ", "true", "\u00e9", "\U0001f4f6", "\u0661", "9" * 20, '"', "'",
        "&lt;", "&amp;amp;", "&quot;", "&#13;", "&#x1F4F6;", "&#0;", "&nbsp;", "&", "&lt", ">", "a>b", "]]>",
        "]]", "\r", "\r\n", "a\rb", "\t", "\n", "a\nb", "\0", "\x01", "\x0b", "\x0c", "\x1f", "\x7f", "\x85",
        "\xa0", "\u2028", "\ufeff", "\ufdd0", "\ufffe", "\uffff", "\U0001ffff", "\ue000", "\ue0001",
        "\ud800", "<a/>", "<!-- -->", "<![CDATA[x]]>", "<?p?>", "<", "</a>", "2 PERIODIC", "+AGE-",
    ]
).map(lambda words: words.encode(errors="surrogatepass"))  # fmt: skip
stray = st.sampled_from([b"\xe9", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"caf\xe9"])
plain = st.text(st.sampled_from("ab1 .\u00e9\u20ac\U0001f4f6"), min_size=1, max_size=4).map(str.encode)
any_text = st.text(max_size=8).map(lambda words: words.encode(errors="surrogatepass"))
texts = plain | hostile | stray | any_text


@st.composite
def other_texts(draw: st.DrawFn, body: bytes, words: st.SearchStrategy[bytes] = texts) -> bytes:
    """A document with some of its texts exchanged for others."""
    pieces = body.split(b"</")
    for number in draw(st.sets(st.integers(0, len(pieces) - 1), max_size=3)):
        before, mark, _ = pieces[number].rpartition(b">")
        pieces[number] = before + mark + draw(words)
    return b"</".join(pieces)


class DifferentialTests(SynchronousTestCase):
    """Whatever a document holds, what was learned of others does not change how it is read."""

    def setUp(self) -> None:
        self.plans = CountingMemo()
        self.read = 0

    def learn(self, body: bytes, charset: str = "") -> None:
        """Let a document be seen twice."""
        for _ in range(2):
            outcome(body, charset, self.plans)

    def assert_same(self, body: bytes, charset: str = "") -> None:
        """It reads as it would if nothing had been learned."""
        self.assertEqual(outcome(body, charset, NoMemo()), outcome(body, charset, self.plans), body)
        self.read += 1

    def assert_served(self, share: float) -> None:
        """Of all that was read after learning, at least so much was read without parsing."""
        self.assertGreater(self.plans.hits, share * self.read)

    def test_sound_messages_with_other_texts(self) -> None:
        for body in SPELT:
            self.learn(body)
        self.plans.hits = 0

        @settings(max_examples=600, deadline=None)
        @given(st.sampled_from(SPELT).flatmap(other_texts), st.just("") | charsets)
        def check(body: bytes, charset: str) -> None:
            self.assert_same(body, charset)

        check()
        self.assert_served(0.2)

    def test_messages_after_accidents_with_other_texts(self) -> None:
        @settings(max_examples=400, deadline=None)
        @given(
            mutated().flatmap(lambda body: st.tuples(st.just(body), other_texts(body, plain))),
            st.just("") | charsets,
        )
        def check(pair: tuple[bytes, bytes], charset: str) -> None:
            body, other = pair
            self.learn(body, charset)
            hits = self.plans.hits
            self.assert_same(body, charset)
            self.assert_same(other, charset)
            if isinstance(outcome(body, charset, NoMemo()), Envelope):
                served.append(self.plans.hits > hits)

        served: list[bool] = []  # of those that are understood at all
        check()
        self.assertGreater(sum(served), 0.5 * len(served))

    def test_no_charset_is_taken_for_another(self) -> None:
        words = "caf\u00e9 \u20ac"
        body = write_envelope(Envelope(m.Reboot(words), header=Header("1"))).decode()
        declared = [f'<?xml version="1.0" encoding="{name}"?>' for name in ("utf-8", "iso-8859-15", "utf-16")]
        documents = [
            mark + (head + body).encode(encoding)
            for head in ("", *declared)
            for encoding in ("utf-8", "iso-8859-15", "utf-16", "utf-16-le", "utf-16-be")
            for mark in (b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        ]
        ascii_only = [document.replace(words.encode(), b"x") for document in documents]
        said = ("", "utf-8", "us-ascii", "iso-8859-15", "windows-1252", "utf-16", "no-such")
        for document, name in product(ascii_only + documents, said):
            self.learn(document, name)
        for document, name in product(documents, said):
            self.assert_same(document, name)
        self.assert_served(0.05)


class ServiceTests(SynchronousTestCase):
    """Which documents are read without parsing, and which never are."""

    def hits_after(self, *bodies: bytes, charset: str = "") -> int:
        """How often the memo served when these were read."""
        plans = CountingMemo()
        for body in bodies:
            outcome(body, charset, plans)
        return plans.hits

    def test_every_message_from_the_third_time_on(self) -> None:
        for message in (*EXAMPLES, *FAULTS):
            with self.subTest(message=m.name_of(message)):
                body = write_envelope(Envelope(message, header=Header("1")))
                plans = CountingMemo()
                for hits in (0, 0, 1):
                    self.assertEqual(Envelope(message, header=Header("1")), read_envelope(body, "", plans))
                    self.assertEqual(hits, plans.hits)

    def test_a_message_of_other_texts(self) -> None:
        body = write_envelope(Envelope(m.Reboot("a"), header=Header("1")))
        plans = CountingMemo()
        for text in (b"b", b"c", "\U0001f4f6 \u00e9".encode()):
            found = read_envelope(body.replace(b">a<", b">" + text + b"<"), "", plans)
            self.assertEqual(m.Reboot(text.decode()), found.message)
        self.assertEqual(1, plans.hits)

    def test_an_error_in_a_text_says_what_it_would_have_said(self) -> None:
        body = write_envelope(Envelope(m.ScheduleInform(5), header=Header("17")))
        plans = CountingMemo()
        for _ in range(2):
            read_envelope(body, "", plans)
        error = self.assertRaises(
            RemoteProtocolError, read_envelope, body.replace(b">5<", b">soon<"), "", plans
        )
        self.assertEqual(
            ("DelaySeconds: not an integer: 'soon'", 8003, "17", "urn:dslforum-org:cwmp-1-0", 1),
            (error.reason, error.fault, error.id, error.namespace, plans.hits),
        )

    def test_a_text_in_which_something_has_a_meaning_is_part_of_the_skeleton(self) -> None:
        body = write_envelope(Envelope(m.Reboot("a&b"), header=Header("1")))
        self.assertEqual(1, self.hits_after(body, body, body))
        self.assertEqual(0, self.hits_after(body, body, body.replace(b"&amp;", b"&lt;")))

    def test_none_with_comments_or_what_else_may_stand_between(self) -> None:
        body = write_envelope(Envelope(m.Reboot("a"), header=Header("1")))
        for other in (
            body.replace(b">a<", b">a<!-- c --><"),
            body.replace(b">a<", b"><![CDATA[a]]><"),
            body.replace(b">a<", b">a<?p i?><"),
            b"<!-- c -->" + body,
            b"<?p i?>" + body,
            b'<?xml version="1.0"?><?p i?>' + body,
            body + b"<!-- c -->",
            b"<!DOCTYPE a>" + body,
        ):
            self.assertEqual(0, self.hits_after(*[other] * 4), other)

    def test_none_in_which_a_text_could_be_taken_for_a_part_of_another(self) -> None:
        body = write_envelope(Envelope(m.Reboot("a"), header=Header("1")))
        for text in (b"a>b", "\ue0000&amp;".encode()):
            self.assertEqual(0, self.hits_after(*[body.replace(b">a<", b">" + text + b"<")] * 4))

    def test_none_that_declares_another_charset_or_edition(self) -> None:
        body = write_envelope(Envelope(m.Reboot("a"), header=Header("1")))
        for head, hits in (
            (b'<?xml version="1.0"?>', 1),
            (b"<?xml version='1.0' encoding='utf-8'?>\n", 1),
            (b'<?xml version="1.0" encoding="UTF-8" standalone="no" ?>', 1),
            (b'<?xml version="1.1"?>', 0),
            (b'<?xml version="1.0" encoding="ISO-8859-1"?>', 0),
            (b'<?xml version="1.0" encoding="UTF-7"?>', 0),
        ):
            self.assertEqual(hits, self.hits_after(*[head + body] * 3), head)
            self.assertEqual(hits, self.hits_after(*[head + body] * 3, charset="utf-8"), head)
            self.assertEqual(hits, self.hits_after(*[head + body] * 3, charset="latin1"), head)

    def test_what_was_found_unfit_is_not_looked_into_again(self) -> None:
        looked_into = []
        marked_tree = envelope.marked_tree
        self.patch(envelope, "marked_tree", lambda *given: looked_into.append(1) or marked_tree(*given))
        body = write_envelope(Envelope(m.Reboot("a"), header=Header("1"))) + b"<!-- -->"
        self.assertEqual((0, 1), (self.hits_after(*[body] * 5), len(looked_into)))

    def test_none_that_was_mended_or_refused_or_is_a_vendor_s(self) -> None:
        body = write_envelope(Envelope(m.Reboot("a"), header=Header("1")))
        for other in (
            body.replace(b">a<", b">a\x02<"),
            body + b"\0",
            body.replace(b">a<", b">\xe9<"),
            body.replace(b">a<", b"><a/><"),
            body.replace(b"Reboot", b"X_Reboot"),
            body.replace(b"Envelope", b"Envelop"),
            body[:-1],
        ):
            self.assertEqual(0, self.hits_after(*[other] * 4), other)

    def test_none_that_is_large(self) -> None:
        def padded(length: int) -> bytes:
            return body + b" " * (length - len(body))

        body = write_envelope(Envelope(INFORM))
        self.assertEqual(1, self.hits_after(*[padded(LARGEST)] * 3))
        self.assertEqual(0, self.hits_after(*[padded(LARGEST + 1)] * 3))

    def test_skeletons_are_forgotten_for_others(self) -> None:
        plans = CountingMemo(limit=20_000)
        bodies = [
            write_envelope(Envelope(m.Reboot("a"), f"urn:dslforum-org:cwmp-1-{number}"))
            for number in range(9)
        ]
        for body in bodies:
            for _ in range(3):
                read_envelope(body, "", plans)
        self.assertEqual(9, plans.hits)
        read_envelope(bodies[8], "", plans)
        read_envelope(bodies[0], "", plans)
        self.assertEqual(10, plans.hits)


class SkeletonTests(SynchronousTestCase):
    def test_it_is_the_document_without_its_plain_texts(self) -> None:
        self.assertEqual(
            Skeleton("<a><b\0/b>\n<c></c></a>", ["x y"]), skeleton_of("<a><b>x y</b>\n<c></c></a>")
        )

    @settings(max_examples=200, deadline=None)
    @given(st.sampled_from(SPELT) | mutated())
    def test_together_they_are_the_document(self, body: bytes) -> None:
        text = text_of(body)
        if text is not None:
            skeleton = skeleton_of(text)
            first, *others = skeleton.markup.split("\0")
            again = [f">{words}<{piece}" for words, piece in zip(skeleton.texts, others, strict=True)]
            self.assertEqual(text, "".join([first, *again]))


class CaptureTests(SynchronousTestCase):
    """What CPE programs and devices sent."""

    def assert_served(self, bodies: list[tuple[bytes, str]], least: int) -> None:
        """Each is read alike three times, and the third time without parsing as a rule."""
        hits = 0
        for body, said in bodies:
            plans = CountingMemo()
            expected = outcome(body, said, NoMemo())
            self.assertEqual([expected] * 3, [outcome(body, said, plans) for _ in range(3)])
            hits += plans.hits
        self.assertGreaterEqual(hits, least)

    def test_captures(self) -> None:
        bodies = [
            (body, charset(head)) for _, _, head, body in captured() if body.strip() and not compressed(head)
        ]
        self.assert_served(bodies, len(bodies) - 5)

    test_captures.skip = needs_reference("captures")  # type: ignore[attr-defined]

    def test_samples(self) -> None:
        requests = [request(path) for path in sorted((*SAMPLES.glob("*.xml"), *SAMPLES.glob("*.raw")))]
        self.assert_served([(body, charset(head)) for head, body in requests], len(requests) - 3)

    test_samples.skip = needs_reference("samples")  # type: ignore[attr-defined]
