"""Whatever comes in, what comes out is an envelope or `RemoteProtocolError`, and soon."""

from __future__ import annotations

import contextlib
import json
import time

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import codec, document, envelope, fields
from acs.cwmp.envelope import Envelope, Header, read_envelope, write_envelope
from acs.cwmp.errors import LocalProtocolError, RemoteProtocolError
from acs.cwmp.fields import fields_of
from acs.cwmp.json_form import to_json
from acs.cwmp.markup import text
from acs.cwmp.rpcs import MESSAGES
from tests import REFERENCE
from tests.support.messages import EXAMPLES, FAULTS

TOKENS = [
    b"<", b">", b"</", b"/>", b"&", b"&lt;", b"&#0;", b"&#x110000;", b"]]>", b"<![CDATA[", b"<!--", b"-->",
    b"<?", b"?>", b"<!DOCTYPE a>", b"&e;", b'"', b"'", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80",
    b"<SOAP-ENV:Body>", b"</SOAP-ENV:Body>", b"<SOAP-ENV:Fault>", b"<cwmp:Fault>", b"<cwmp:Inform>",
    b"<cwmp:X_A>", b'xmlns=""', b'xmlns:xsi="u"', b'xsi:type="cwmp:InstallOpStruct"', b" ", b"\n", b"-1",
    b"99999999999999999999", b"1.5", b"",
]  # fmt: skip


def corpus() -> list[bytes]:
    """Sound messages to start from: one of each kind, and those that CPE programs sent."""
    found = [write_envelope(Envelope(message, header=Header("1"))) for message in (*EXAMPLES, *FAULTS)]
    for path in sorted((REFERENCE / "captures").glob("netcwmp/*-request.txt")):
        body = path.read_bytes().partition(b"\r\n\r\n")[2]
        found += [body] if 0 < len(body) < 5000 else []
    return found


CORPUS = corpus()
bodies = st.sampled_from(CORPUS)
places = st.floats(0, 1, exclude_max=True)
charsets = (
    st.sampled_from(["", "utf-8", "iso-8859-1", "utf-16", "windows-1252", "utf-7", "\0", "x" * 1000])
    | st.text()
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A sound message after some accidents."""
    body = draw(bodies)
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted(int(draw(places) * len(body)) for _ in range(2))
        accident = draw(st.sampled_from(["truncate", "cut", "swap", "inject", "splice", "repeat"]))
        if accident == "truncate":
            body = body[:end]
        elif accident == "cut":
            body = body[:start] + body[end:]
        elif accident == "swap":
            middle = (start + end) // 2
            body = body[:start] + body[middle:end] + body[start:middle] + body[end:]
        elif accident == "inject":
            body = body[:start] + draw(st.sampled_from(TOKENS)) + body[start:]
        elif accident == "splice":
            other = draw(bodies)
            body = body[:start] + other[int(draw(places) * len(other)) :]
        else:
            body = body[:end] + body[start:end] * 3 + body[end:]
    return body


NAMES = sorted({*MESSAGES, "Fault", "X_Foo", *(f.name for cls in MESSAGES.values() for f in fields_of(cls))})
names = st.sampled_from([*NAMES, "Name", "Value", "FaultCode", "UUID", "string", "ParameterValueStruct"])
words = st.sampled_from(["", "1", "x", "-1", "true", " ", "9" * 30, "Device.X", "\u0661"]) | st.text(
    max_size=5
)
types = st.sampled_from(
    ["", ' xsi:type="cwmp:InstallOpStruct"', ' xsi:type="x:y:z"', ' xsi:type=""', ' type="int"']
)
elements = st.recursive(
    st.builds(lambda name, kind, words: f"<{name}{kind}>{safe(words)}</{name}>", names, types, words),
    lambda inner: st.builds(
        lambda name, kind, parts: f"<{name}{kind}>{''.join(parts)}</{name}>",
        names,
        types,
        st.lists(inner, max_size=4),
    ),
    max_leaves=25,
)


def safe(words: str) -> str:
    """Words as text of an element, nothing for those that XML cannot carry."""
    try:
        return text(words)
    except LocalProtocolError:
        return ""


class HostileInputTests(SynchronousTestCase):
    def read(self, body: bytes, charset: str = "") -> Envelope | None:
        """The envelope in a body, None where it is refused; in either case soon and in few words."""
        started = time.process_time()
        try:
            found = read_envelope(body, charset)
        except RemoteProtocolError as error:
            self.assertLess(len(str(error)), 300)
            found = None
        self.assertLess(time.process_time() - started, 2.0)
        return found

    def assert_usable(self, found: Envelope | None) -> None:
        """What was read can be shown as JSON, and written or refused to be."""
        if found is None or found.message is None:
            return
        json.dumps(to_json(found.message))
        try:
            written = write_envelope(Envelope(found.message))
        except LocalProtocolError:
            return
        self.assertEqual(type(found.message), type(read_envelope(written).message))

    @settings(max_examples=200, deadline=None)
    @given(st.binary(max_size=200), charsets)
    def test_any_bytes(self, body: bytes, charset: str) -> None:
        self.assert_usable(self.read(body, charset))

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.sampled_from(TOKENS), max_size=30), charsets)
    def test_any_tokens_of_xml(self, tokens: list[bytes], charset: str) -> None:
        self.assert_usable(self.read(b"".join(tokens), charset))

    @settings(max_examples=200, deadline=None)
    @given(mutated(), charsets)
    def test_sound_messages_after_accidents(self, body: bytes, charset: str) -> None:
        self.assert_usable(self.read(body, charset))

    @settings(max_examples=200, deadline=None)
    @given(elements)
    def test_any_elements_in_a_body(self, element: str) -> None:
        body = (
            '<Envelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            ' xmlns:cwmp="urn:dslforum-org:cwmp-1-0">'
            f"<Body>{element}</Body></Envelope>"
        )
        self.assert_usable(self.read(body.encode()))

    def test_every_prefix_of_every_message_is_refused(self) -> None:
        for body in CORPUS[::5]:
            for length in range(0, len(body), 23):
                self.assertIsNone(self.read(body[:length]))


class TimeTests(SynchronousTestCase):
    """A body of a few hundred kilobytes takes no more than its share of time, whatever is in it."""

    def assert_soon(self, inner: str, attributes: str = "") -> None:
        """Read or refused in a time that a quadratic reader would not keep."""
        body = f'<Envelope xmlns:c="urn:dslforum-org:cwmp-1-0"{attributes}><Body>{inner}</Body></Envelope>'
        started = time.process_time()
        with contextlib.suppress(RemoteProtocolError):
            read_envelope(body.encode())
        self.assertLess(time.process_time() - started, 1.5)

    def test_repeated_elements(self) -> None:
        for name, item in (
            ("c:DUStateChangeComplete", "<Results/>"),
            ("c:Inform", "<DeviceId/>"),
            ("c:GetParameterValuesResponse", "<ParameterList/>"),
            ("c:X_A", "<a/>"),
        ):
            self.assert_soon(f"<{name}>{item * 30_000}</{name}>")
        self.assert_soon("<Fault>" + "<a/>" * 60_000 + "</Fault>")

    def test_namespaces_and_attributes(self) -> None:
        many = "".join(f' xmlns:n{number}="urn:{number}"' for number in range(5_000))
        uses = "".join(f' n{number}:a=""' for number in range(5_000))
        for method in (
            "<c:Inform/>",
            "<X_A/>",
            "<X_A>" + "<b/>" * 5_000 + "</X_A>",
            f"<X_A><b{uses}/></X_A>",
        ):
            self.assert_soon(method, many)

    def test_texts_to_mend(self) -> None:
        for words in ("\x02" * 300_000, "&#2;" * 70_000, "\x02&#" * 70_000, "\x02" + "&#1" * 70_000):
            self.assert_soon(f"<c:Reboot><CommandKey>{words}</CommandKey></c:Reboot>")

    def test_an_unknown_charset_leaves_nothing_behind(self) -> None:
        before = cached()
        for number in range(100):
            self.assertRaises(RemoteProtocolError, read_envelope, b"x", f"charset-{number}")
            read_envelope(
                f'<Envelope xmlns:c="urn:dslforum-org:cwmp-1-{number}"><Body><c:Inform><ParameterList><I>'
                f'<Value type="type-{number}"/></I></ParameterList></c:Inform></Body></Envelope>'.encode()
            )
        self.assertEqual(before, cached())

    def test_very_many_namespaces_are_not_all_remembered(self) -> None:
        for number in range(100):
            write_envelope(Envelope(None, f"urn:dslforum-org:cwmp-1-{number}"))
        self.assertLess(cached()["acs.cwmp.envelope._start"], 50)


def cached() -> dict[str, int]:
    """How many results each cache of the core holds."""
    found = {}
    for module in (codec, document, envelope, fields):
        for name, value in vars(module).items():
            if hasattr(value, "cache_info"):
                found[f"{module.__name__}.{name}"] = value.cache_info().currsize
    return found
