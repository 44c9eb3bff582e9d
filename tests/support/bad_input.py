"""What must not be taken, as bytes: bodies and whole requests, each with the status and the reason it gets.

The session tests send the bodies to a listener in memory, the tests of hostile clients all of it over TCP, to
an appliance with its default limits.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from acs.cwmp import messages as m
from acs.cwmp.document import MAX_ATTRIBUTES, MAX_TAGS
from acs.cwmp.envelope import Envelope, write_envelope

BODY_LIMIT = 8_388_608
HEAD_LIMIT = 65_536
HEADER_LIMIT = 200

ENVELOPE = (
    b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
    b' xmlns:cwmp="urn:dslforum-org:cwmp-1-0">'
    b"%s</soap:Envelope>"
)
BODY = ENVELOPE % b"<soap:Body>%s</soap:Body>"
INFORM = BODY % b"<cwmp:Inform>%s</cwmp:Inform>"

_DTD = "document type declaration"


class Bad(Struct, frozen=True):
    """Bytes that are refused with this status, for a reason in which these words are."""

    name: str
    data: bytes
    status: int
    reason: str


def bodies() -> Iterator[Bad]:
    """Bodies of a few bytes, each refused with 400 where there is no session."""
    for name, data, reason in (
        ("not XML", b"hello", "not XML"),
        ("truncated", (ENVELOPE % b"<soap:Body><cwmp:Inform>")[:-20], "not XML"),
        ("DTD", b"<!DOCTYPE x [<!ENTITY e 'v'>]>" + ENVELOPE % b"<soap:Body/>", _DTD),
        ("external entity", _with_entity("SYSTEM 'file:///etc/passwd'", BODY % b"&e;"), _DTD),
        ("external entity in the ID", _with_entity("SYSTEM 'file:///etc/passwd'", _id(b"&e;")), _DTD),
        ("external DTD", b"<!DOCTYPE x SYSTEM 'http://127.0.0.1:1/x.dtd'>" + BODY % b"", _DTD),
        (
            "parameter entity",
            b"<!DOCTYPE x [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]>" + BODY % b"",
            _DTD,
        ),
        ("DTD behind a comment", b"<?xml version='1.0'?>\n<!-- a -- >b -->\n<!DOCTYPE x>" + BODY % b"", ""),
        ("DTD behind an instruction", b"<?a b?>\n<!-- c --><!DOCTYPE x>" + BODY % b"", _DTD),
        ("DTD in UTF-16", ("<!DOCTYPE x>" + (BODY % b"").decode()).encode("utf-16"), _DTD),
        ("billion laughs", _laughs(BODY % b"&l9;"), _DTD),
        ("billion laughs in an attribute", _laughs(BODY % b"<cwmp:Inform a='&l9;'/>"), _DTD),
        ("quadratic blow-up", _with_entity(f"'{'x' * 10_000}'", BODY % (b"&e;" * 10_000)), _DTD),
        ("entity that nobody declared", BODY % b"<cwmp:Inform>&e;</cwmp:Inform>", "not XML"),
        ("deep", BODY % (b"<a>" * 100 + b"</a>" * 100), "deeper than 32"),
        ("very deep", BODY % (b"<a>" * 10_000 + b"</a>" * 10_000), "not XML"),
        ("UTF-7", b"<?xml version='1.0' encoding='UTF-7'?>" + BODY % b"+ADw-x/+AD4-", "UTF-7"),
        ("UTF-32", (BODY % b"").decode().encode("utf-32-be"), "UTF-32"),
        ("EBCDIC", (BODY % b"").decode().encode("cp037"), "not XML"),
        ("a name without end", BODY % (b"<cwmp:" + b"A" * 60_000 + b"/>"), "not XML: Name too long"),
        ("no Body", ENVELOPE % b"<soap:Header/>", "Body"),
        ("two in Body", BODY % b"<cwmp:A/><cwmp:B/>", "2 elements in the Body"),
        ("two Body", ENVELOPE % b"<soap:Body/><soap:Body/>", "2 Body elements"),
        ("not SOAP", b"<html/>", "not a SOAP envelope"),
        ("RPC before Inform", write_envelope(Envelope(m.TransferComplete("k"))), "TransferComplete outside"),
        ("answer before Inform", write_envelope(Envelope(m.RebootResponse())), "RebootResponse outside"),
    ):
        yield Bad(name, data, 400, reason)


def large_bodies() -> Iterator[Bad]:
    """Bodies of some megabytes, refused with 400 likewise."""
    attributes = b"".join(b" a%d=''" % number for number in range(MAX_ATTRIBUTES))
    namespaces = b"".join(b" xmlns:n%d='u'" % number for number in range(MAX_ATTRIBUTES))
    for name, inner, reason in (
        ("many elements", INFORM % (b"<a/>" * MAX_TAGS), "tags"),
        ("many comments", INFORM % (b"<!---->" * MAX_TAGS), "tags"),
        ("many instructions", INFORM % (b"<?a?>" * MAX_TAGS), "tags"),
        ("many attributes", BODY % (b"<cwmp:Inform" + attributes + b"/>"), "attributes"),
        ("many namespaces", BODY % (b"<cwmp:Inform" + namespaces + b"/>"), "attributes"),
        ("megabytes of text and no end", (INFORM % (b"x" * 7_000_000))[:-40], "not XML"),
        ("a name of megabytes", BODY % (b"<cwmp:" + b"A" * 7_000_000 + b"/>"), "not XML"),
        ("megabytes of nothing", b"\0" * 7_000_000, "not XML"),
        ("megabytes of lesser signs", b"<" * 7_000_000, "tags"),
        ("a laugh of megabytes", _with_entity(f"'{'x' * 1_000_000}'", BODY % (b"&e;" * 1_000_000)), _DTD),
    ):
        yield Bad(name, inner, 400, reason)


def _id(words: bytes) -> bytes:
    return ENVELOPE % (b"<soap:Header><cwmp:ID>%b</cwmp:ID></soap:Header><soap:Body/>" % words)


def _with_entity(entity: str, document: bytes) -> bytes:
    return f"<!DOCTYPE x [<!ENTITY e {entity}>]>".encode() + document


def _laughs(document: bytes) -> bytes:
    entities = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    return f"<!DOCTYPE x [<!ENTITY l0 'ha'>{entities}]>".encode() + document


def post(body: bytes, *headers: bytes, line: bytes = b"POST / HTTP/1.1") -> bytes:
    """A request with this body."""
    lines = [line, b"Host: acs", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join([*lines, b"", b""]) + body


def head(*headers: bytes, line: bytes = b"POST / HTTP/1.1") -> bytes:
    """A head of these lines."""
    return b"\r\n".join([line, *headers, b"", b""])


def requests() -> Iterator[Bad]:
    """Whole requests, and what only pretends to be one."""
    chunked = head(b"Host: a", b"Transfer-Encoding: chunked")
    vendor = BODY % (b"<cwmp:X_A>" + b"<b/>" * 60_000 + b"</cwmp:X_A>")
    bomb = zlib.compress(b"\0" * (BODY_LIMIT + 1), 9)
    for name, data, status, reason in (
        ("TLS to a plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500, 400, "TLS"),
        ("NULs", b"\0" * 1000, 400, "no request begins with"),
        ("no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", 400, "request line"),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "not spoken here"),
        ("GET", head(b"Host: a", line=b"GET / HTTP/1.1"), 405, "where only POST is served"),
        ("a length without a colon", head(b"Content-Length 5"), 400, "to the letter"),
        ("a folded length", head(b"Content-Length: 1", b" 0"), 400, "folded"),
        ("NUL in the head", head(b"Host: a\0b"), 400, "NUL"),
        ("CR in the head", head(b"Host: a\rb"), 400, "CR"),
        ("two lengths", head(b"Content-Length: 1", b"Content-Length: 2"), 400, "several Content-Lengths"),
        ("two framings", head(b"Content-Length: 1", b"Transfer-Encoding: chunked"), 400, "both"),
        ("a negative length", head(b"Content-Length: -1"), 400, "no number"),
        ("an absurd length", head(b"Content-Length: " + b"9" * 40), 413, "digits"),
        (
            "a length above the limit",
            head(b"Content-Length: %d" % (BODY_LIMIT + 1)),
            413,
            "of 8388608 allowed",
        ),
        ("a chunk above the limit", chunked + b"%x\r\n" % (BODY_LIMIT + 1), 413, "more than 8388608 bytes"),
        ("a chunk of no size", chunked + b"zz\r\n", 400, "chunk size"),
        ("a chunk line without end", chunked + b"1;" + b"x" * 10_000, 400, "chunk"),
        ("a chunk that is longer", chunked + b"1\r\nxyz\r\n0\r\n\r\n", 400, "as long as it says"),
        ("many trailers", chunked + b"0\r\n" + b"a: b\r\n" * (HEADER_LIMIT + 1) + b"\r\n", 431, "trailers"),
        ("many headers", head(*[b"a: b"] * (HEADER_LIMIT + 1)), 431, "more than 200 header lines"),
        ("a header without end", b"POST / HTTP/1.1\r\na: " + b"x" * HEAD_LIMIT, 431, "more than 65536 bytes"),
        ("a target without end", b"POST /" + b"x" * HEAD_LIMIT, 431, "more than 65536 bytes"),
        ("many blank lines", b"\r\n" * 20, 400, "blank lines"),
        (
            "gzip bomb",
            post(gzip.compress(b"\0" * (BODY_LIMIT + 1), 9), b"Content-Encoding: gzip"),
            413,
            "compressed",
        ),
        ("deflate bomb", post(bomb, b"Content-Encoding: deflate"), 413, "compressed"),
        ("bomb in a bomb", post(gzip.compress(bomb), b"Content-Encoding: deflate, gzip"), 413, "compressed"),
        ("no gzip", post(b"hello", b"Content-Encoding: gzip"), 400, "no gzip"),
        ("gzip cut short", post(gzip.compress(b"x" * 999)[:-9], b"Content-Encoding: gzip"), 400, "too early"),
        ("many codings", post(b"x", b"Content-Encoding: gzip, gzip, gzip"), 415, "codings"),
        ("unknown coding", post(b"x", b"Content-Encoding: br"), 415, "not known"),
        ("a vendor's elements without end", post(vendor), 200, "8004"),
    ):
        yield Bad(name, data, status, reason)


@cache
def everything() -> tuple[Bad, ...]:
    """All of it as requests."""
    posted = [Bad(bad.name, post(bad.data), bad.status, bad.reason) for bad in (*bodies(), *large_bodies())]
    return (*requests(), *posted)
