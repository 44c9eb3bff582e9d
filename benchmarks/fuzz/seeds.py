"""What the fuzzers start from: input of each kind, whole or in pieces."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from hypothesis import strategies as st

from acs.cwmp.envelope import Envelope, Header, write_envelope
from tests import REFERENCE
from tests.support.authorization import Digest, basic
from tests.support.bad_input import bodies, head, post, requests
from tests.support.messages import EXAMPLES, FAULTS

_LARGEST = 20_000
"""Seeds of more bytes would leave no time for many inputs."""

HTTP_TOKENS = (
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b",", b";", b"0", b"0\r\n\r\n", b"\r\n\r\n", b"\xff",
    b"POST / HTTP/1.1\r\n", b"GET", b"HTTP/1.0", b"HTTP/1.9", b"Content-Length: 0\r\n",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n", b"Expect: 100-continue\r\n", b"Cookie: a=b\r\n",
    b"Connection: close\r\n", b"Connection: keep-alive\r\n", b"Content-Encoding: gzip\r\n",
    b"Authorization: Basic eA==\r\n",
)  # fmt: skip
XML_TOKENS = (
    b"<", b">", b"</", b"/>", b"&", b"&lt;", b"&#0;", b"&#x110000;", b"]]>", b"<![CDATA[", b"<!--", b"-->",
    b"<?", b"?>", b"<!DOCTYPE a>", b"&e;", b'"', b"'", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe",
    b"\xed\xa0\x80", b"<SOAP-ENV:Body>", b"</SOAP-ENV:Body>", b"<SOAP-ENV:Fault>", b"<cwmp:Fault>",
    b"<cwmp:Inform>", b"<cwmp:X_A>", b'xmlns=""', b'xmlns:xsi="u"', b'xsi:type="cwmp:InstallOpStruct"', b" ",
    b"\n", b"-1", b"9" * 20, b"1.5", b"<?xml version='1.0' encoding='UTF-16'?>",
    b"<?xml version='1.0' encoding='gbk'?>", b"",
)  # fmt: skip
COOKIE_TOKENS = (
    b"acs_session_id", b"=", b";", b",", b'"', b"'", b" ", b"\t", b"$Version=0", b"$Path=/", b"Path=/",
    b"\r\n", b"\r\nCookie: ", b"\r\nCookie2: ", b"\0", b"\n", b"\r", b"\xff", b"%", b"\\",
    b"expires=Thu, 01 Jan 1970",
)  # fmt: skip


def envelopes() -> list[bytes]:
    """Sound messages: one of each kind, those that programs of CPEs sent; and bad ones."""
    written = [write_envelope(Envelope(message, header=Header("1"))) for message in (*EXAMPLES, *FAULTS)]
    captured = [raw.partition(b"\r\n\r\n")[2] for raw in captures()]
    bad = [each.data for each in bodies()]
    return [body for body in (*written, *captured, *bad) if 0 < len(body) < _LARGEST]


def captures() -> Iterator[bytes]:
    """The requests of programs of CPEs, where the reference data is beside the repository."""
    for path in sorted((REFERENCE / "captures").glob("*/*-request.txt")):
        yield path.read_bytes()


def conversations() -> list[bytes]:
    """Requests, alone and one behind another, sound and bad."""
    said = [write_envelope(Envelope(message, header=Header("1"))) for message in EXAMPLES]
    informs = [body for body in said if b":Inform>" in body]
    whole = [post(body) for body in said if len(body) < _LARGEST]
    whole += [post(inform) + post(b"") + post(body) for inform in informs[:2] for body in said[:20]]
    whole += [post(gzip.compress(informs[0]), b"Content-Encoding: gzip") + post(b"")]
    chunked = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (informs[0][:100], informs[0][100:]))
    whole += [head(b"Host: a", b"Transfer-Encoding: chunked") + chunked + b"0\r\n\r\n"]
    found = [*whole, *captures(), *(bad.data for bad in requests())]
    return [raw for raw in found if len(raw) < _LARGEST]


def cookies() -> list[bytes]:
    """Values of Cookie headers as devices write them."""
    return [
        b"acs_session_id=cookie1",
        b'$Version="0"; acs_session_id="cookie1"; $Path="/"',
        b"acs_session_id=old, acs_session_id=cookie1",
        b"a=b;acs_session_id = cookie1 ;Path=/;expires=Thu, 01 Jan 1970 00:00:00 GMT",
        b"acs_session_id=cookie1\r\nCookie: acs_session_id=cookie2",
        b"a=b\r\nContent-Length: 3\r\nX: y",
    ]


def authorizations() -> list[bytes]:
    """Credentials as devices write them."""
    client = Digest('Digest realm="acs", nonce="n", qop="auth"', "cpe", "secret")
    forms = [
        client.rfc2069(),
        client.rfc7616(),
        client.rfc7616("auth-int"),
        client.rfc7616(algorithm="SHA-256"),
    ]
    return [b"\0\0" + words.encode("latin-1") for words in (*forms, basic("cpe", "secret"), "Basic Og==")]


def contents() -> list[bytes]:
    """Bodies in each coding."""
    text = envelopes()[0]
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    return [
        text,
        gzip.compress(text),
        gzip.compress(text) * 2,
        gzip.compress(b"\0" * 200_000),
        zlib.compress(text),
        zlib.compress(b"\0" * 200_000),
        raw.compress(text) + raw.flush(),
        gzip.compress(zlib.compress(text)),
        b"",
    ]


def inputs(sound: list[bytes], tokens: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """Sound input after some accidents, tokens in any order, and any bytes; two bytes before it say how it is
    taken."""
    places = st.floats(0, 1, exclude_max=True)

    @st.composite
    def accidents(draw: st.DrawFn) -> bytes:
        data = draw(st.sampled_from(sound))
        for _ in range(draw(st.integers(0, 5))):
            start, end = sorted(int(draw(places) * len(data)) for _ in range(2))
            accident = draw(st.sampled_from(["cut", "truncate", "inject", "replace", "splice", "repeat"]))
            if accident == "cut":
                data = data[:start] + data[end:]
            elif accident == "truncate":
                data = data[:end]
            elif accident == "inject":
                data = data[:start] + draw(st.sampled_from(tokens)) + data[start:]
            elif accident == "replace":
                data = data[:start] + draw(st.binary(min_size=1, max_size=4)) + data[start + 1 :]
            elif accident == "splice":
                other = draw(st.sampled_from(sound))
                data = data[:start] + other[int(draw(places) * len(other)) :]
            else:
                data = data[:end] + data[start:end] + data[end:]
        return data

    mixed = st.lists(st.sampled_from(tokens), max_size=40).map(b"".join)
    how = st.binary(min_size=2, max_size=2)
    return st.builds(
        lambda first, rest: first + rest, how, accidents() | accidents() | mixed | st.binary(max_size=300)
    )
