"""Stanzas as trees of elements: how they are made, answered, looked into."""

from __future__ import annotations

import re
from typing import Any

from twisted.words.protocols.jabber.jid import JID, InvalidFormat
from twisted.words.protocols.jabber.xmlstream import toResponse
from twisted.words.xish import domish

Element = Any
"""An element as Twisted has it (`domish.Element`), which says no types."""

CONNECTION_REQUEST = "urn:broadband-forum-org:cwmp:xmppConnReq-1-0"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
PING = "urn:xmpp:ping"

LONGEST_PART = 1023
"""Bytes of each part of a JID (RFC 7622 3.1)."""

_OLD_CODES = {
    "401": "not-authorized",
    "403": "forbidden",
    "404": "item-not-found",
    "503": "service-unavailable",
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_element: Any = domish.Element
_response: Any = toResponse
_jid: Any = JID


class BadJID(ValueError):
    """Not the address of anybody on XMPP; the text says why."""


def element(name: str, /, namespace: str | None = None, text: str = "", **attributes: str) -> Element:
    """A new element; without a namespace it is of that which it is put into."""
    made = _element((namespace, name))
    for attribute, value in attributes.items():
        made[attribute] = value
    if text:
        made.addContent(text)
    return made


def add(
    parent: Element, name: str, /, namespace: str | None = None, text: str = "", **attributes: str
) -> Element:
    """A new element within another, of the same namespace unless one is given; the new one."""
    made = parent.addElement(name if namespace is None else (namespace, name))
    for attribute, value in attributes.items():
        made[attribute] = value
    if text:
        made.addContent(text)
    return made


def iq(kind: str, sender: str, recipient: str, identifier: str) -> Element:
    """An IQ stanza of the type "get" or "set" with nothing in it."""
    made = element("iq", type=kind, to=recipient, id=identifier)
    made["from"] = sender
    return made


def presence(sender: str, recipient: str, kind: str = "") -> Element:
    """A presence stanza; without a kind it says that we are there."""
    made = element("presence", to=recipient)
    made["from"] = sender
    if kind:
        made["type"] = kind
    return made


def ping(sender: str, recipient: str, identifier: str) -> Element:
    """Is anybody there (XEP-0199)?"""
    made = iq("get", sender, recipient, identifier)
    add(made, "ping", PING)
    return made


def child(parent: Element, name: str, namespace: str) -> Element | None:
    """The first element of that name within another, None where there is none."""
    return next((each for each in parent.elements() if (each.uri, each.name) == (namespace, name)), None)


def result(request: Element) -> Element:
    """The answer to an IQ, with nothing in it."""
    return _response(request, "result")


def refusal(request: Element, condition: str, kind: str = "cancel") -> Element:
    """The error that answers an IQ (RFC 6120 8.3)."""
    answer = _response(request, "error")
    add(add(answer, "error", type=kind), condition, STANZAS)
    return answer


def condition_of(answer: Element) -> tuple[str, str]:
    """What an error stanza says: the condition, "" where it names none, with its text.

    What stands in a namespace of its own is the condition where nothing else is; the numbers of the time
    before RFC 3920 count where there is no word.
    """
    error = next((each for each in answer.elements() if each.name == "error"), None)
    if error is None:
        return "", ""
    found = [each for each in error.elements() if each.name != "text"]
    found.sort(key=lambda each: each.uri != STANZAS)
    text = next((str(each) for each in error.elements() if each.name == "text"), "")
    old = _OLD_CODES.get(error.getAttribute("code") or "", "")
    return (found[0].name if found else old), text


def parse_jid(text: str) -> Any:
    """The JID that a text is, in its normal form: `user`, `host`, `resource`, `full()`, `userhost()`; raises
    `BadJID`."""
    if not text:
        raise BadJID("it is empty")
    if any(len(part.encode("utf-8", "replace")) > LONGEST_PART for part in re.split("[@/]", text)):
        raise BadJID("a part of it is too long")
    try:
        return _jid(text)
    except IndexError:  # Twisted's, of a host that its normal form leaves nothing of
        raise BadJID("its host is none") from None
    except (InvalidFormat, UnicodeError) as error:
        raise BadJID(str(error) or type(error).__name__) from None


def is_same(one: str, other: str) -> bool:
    """Whether two JIDs are one, however they are written."""
    try:
        same: bool = parse_jid(one).full() == parse_jid(other).full()
    except BadJID:
        return False
    return same


def jid_of(user: str, host: str, resource: str = "") -> str:
    """The full JID of these parts, in its normal form; raises `BadJID`."""
    try:
        made: str = _jid(tuple=(user or None, host, resource or None)).full()
    except IndexError:  # Twisted's, of a host that its normal form leaves nothing of
        raise BadJID("its host is none") from None
    except (InvalidFormat, UnicodeError) as error:
        raise BadJID(str(error) or type(error).__name__) from None
    # A user name with an @ in it would be somebody else's address.
    if parse_jid(made).user != (_jid(tuple=(user or None, host, None)).user):
        raise BadJID("characters that cannot stand in it")
    return made


def can_be_said(text: str) -> bool:
    """Whether XML has all characters of a text: one that it has not would end the stream."""
    return _NOT_XML.search(text) is None
