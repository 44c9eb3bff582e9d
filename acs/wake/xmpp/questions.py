"""What the component answers to those who ask it something."""

from __future__ import annotations

from acs.xmpp.elements import PING, Element, add, child, refusal, result

DISCO_INFO = "http://jabber.org/protocol/disco#info"


def answer(question: Element) -> Element | None:
    """The answer to an IQ of the type get or set; None where it cannot be answered, for want of an id."""
    if not question.getAttribute("id") or not question.getAttribute("from"):
        return None
    if question["type"] == "get":
        if child(question, "ping", PING) is not None:
            return result(question)
        asked = child(question, "query", DISCO_INFO)
        if asked is not None and not asked.getAttribute("node"):
            return _information(question)
    return refusal(question, "service-unavailable")


def _information(question: Element) -> Element:
    """Who we are, and what we can (XEP-0030)."""
    made = result(question)
    query = add(made, "query", DISCO_INFO)
    add(query, "identity", category="component", type="generic", name="ACS")
    for feature in (DISCO_INFO, PING):
        add(query, "feature", var=feature)
    return made
