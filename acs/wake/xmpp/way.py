"""The way to wake a device by XMPP: a connectionRequest to the JID that it has told."""

from __future__ import annotations

from acs.store.records.wakes import WakeOutcome
from acs.wake.way import Attempt, Pair, Target
from acs.wake.xmpp.asking import NoAnswer, NotConnected
from acs.wake.xmpp.component import ANSWER_SECONDS, Component
from acs.wake.xmpp.stanzas import connection_request, understood
from acs.xmpp.elements import BadJID, can_be_said, parse_jid


class XmppWay:
    """Asks devices for a session through ``component``."""

    method = "xmpp"

    def __init__(self, component: Component) -> None:
        self._component = component

    @property
    def allowed_jid(self) -> str:
        """The full JID that the requests come from: what ConnReqAllowedJabberIDs is to say, and no other."""
        return self._component.jid

    def why_not(self, target: Target) -> str:
        """Why a device cannot be asked."""
        if reason := self.why_nowhere(target):
            return reason
        if not self._component.connected:
            return f"not connected to the XMPP server: {self._component.why}"
        if not parse_jid(target.jid).resource and not self._component.presence.resource_of(target.jid):
            return "the device's JID names no resource, and the XMPP server tells of none that is online"
        return ""

    def why_nowhere(self, target: Target) -> str:
        """Why no node can ask it; a JID outside of our domain might be anybody's, who would get the
        password."""
        if not target.jid:
            return "the device has told no JID (ConnReqJabberID)"
        try:
            jid = parse_jid(target.jid)
        except BadJID as error:
            return f"the device's JID is none: {error}"
        if not jid.user or jid.host != parse_jid(self._component.domain).host:
            return f"the device's JID is of no account in {self._component.domain}"
        return "" if target.pairs else "the device has no ConnectionRequest user name and password yet"

    async def request(self, target: Target) -> Attempt:
        """Ask with each pair in turn, until one is not refused.

        The password is told as it is, so that whoever refuses his own would get what all devices of a vendor
        have: that is for those alone that have none of their own.
        """
        attempt = Attempt(self.method, WakeOutcome.IMPOSSIBLE, "there is nothing to ask with")
        for pair in [pair for pair in target.pairs if pair.whose != "default"] or target.pairs:
            attempt = await self._ask(target, pair)
            if attempt.outcome is not WakeOutcome.UNAUTHORIZED:
                break
        return attempt

    async def _ask(self, target: Target, pair: Pair) -> Attempt:
        if not (can_be_said(pair.username) and can_be_said(pair.password)):
            detail = f"the {pair.whose} user name or password has characters that XML has not"
            return Attempt(self.method, WakeOutcome.REFUSED, detail)
        presence, sender = self._component.presence, self._component.jid
        jid = parse_jid(target.jid)
        recipient = jid.full() if jid.resource else presence.resource_of(target.jid)
        question = connection_request(sender, recipient, self._component.new_id(), pair)
        try:
            answer = await self._component.ask(question)
        except NoAnswer:
            detail = f"no answer in {ANSWER_SECONDS:.0f} seconds"
            return Attempt(self.method, WakeOutcome.TIMEOUT, detail)
        except NotConnected as error:
            return Attempt(self.method, WakeOutcome.UNREACHABLE, f"not connected to the XMPP server: {error}")
        outcome, detail = understood(answer, presence.is_online(recipient), pair.password)
        taken = pair if outcome is WakeOutcome.ACCEPTED else None
        return Attempt(self.method, outcome, detail, taken)
