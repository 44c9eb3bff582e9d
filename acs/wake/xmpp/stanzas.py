"""The connectionRequest stanza, with what is understood of the answers to it (TR-069 Annex K)."""

from __future__ import annotations

from acs.store.records.wakes import WakeOutcome
from acs.wake.way import Pair
from acs.xmpp.elements import CONNECTION_REQUEST, Element, add, condition_of, iq

_UNAUTHORIZED = frozenset({"not-authorized", "not-autorized", "forbidden"})
"""The second is what a widespread CWMP client says (icwmp)."""
_NOBODY_THERE = frozenset(
    {"recipient-unavailable", "item-not-found", "remote-server-not-found", "remote-server-timeout", "gone"}
)
_LONGEST = 200


def connection_request(sender: str, recipient: str, identifier: str, pair: Pair) -> Element:
    """The IQ that asks a device for a session; its schema wants the user name before the password."""
    made = iq("get", sender, recipient, identifier)
    request = add(made, "connectionRequest", CONNECTION_REQUEST)
    add(request, "username", text=pair.username)
    add(request, "password", text=pair.password)
    return made


def understood(answer: Element, online: bool, password: str = "") -> tuple[WakeOutcome, str]:
    """What an answer to it means, in words too, but not those that it was asked with (the ``password``);
    ``online``: its presence says that the device is there.

    A server says the same for a device that is not there as a device that has no time: service-unavailable.
    """
    if answer["type"] == "result":
        return WakeOutcome.ACCEPTED, ""
    condition, text = condition_of(answer)
    if condition in _UNAUTHORIZED:
        return WakeOutcome.UNAUTHORIZED, f"the device does not take the user name and password ({condition})"
    if condition in _NOBODY_THERE:
        return (
            WakeOutcome.UNREACHABLE,
            f"the XMPP server knows of no such device that is online ({condition})",
        )
    if condition == "service-unavailable":
        if online:
            return (
                WakeOutcome.BUSY,
                "the device is online: in a session, or asked too often (service-unavailable)",
            )
        reasons = "offline, in a session, or asked too often"
        return WakeOutcome.UNREACHABLE, f"the device is {reasons} (service-unavailable)"
    said = f"{condition or 'an error without a condition'}{': ' + text if text else ''}"
    said = said.replace(password, "***") if password else said
    return WakeOutcome.REFUSED, f"answered with {said[:_LONGEST]}"
