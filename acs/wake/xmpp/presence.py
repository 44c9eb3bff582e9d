"""Which devices are online, as far as the XMPP server tells.

A component has no roster: it hears of devices that have asked to see it, or that send it their presence.
"""

from __future__ import annotations

from acs.xmpp.elements import BadJID, Element, parse_jid, presence

MOST = 100_000
"""Devices that are remembered; those that were not heard of for longest are forgotten first."""


class Presence:
    """What was last heard of each account in ``domain``; ``own`` is the JID that answers them."""

    def __init__(self, own: str, domain: str, most: int = MOST) -> None:
        self._own = own
        self._domain = parse_jid(domain).host
        self._most = most
        self._newest: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._newest)

    def is_online(self, jid: str) -> bool:
        """Whether this resource is known to be there; False says that nobody has told so."""
        full: str = parse_jid(jid).full()
        return self.resource_of(jid) == full

    def resource_of(self, jid: str) -> str:
        """The full JID of the account's newest resource that is there, "" for none."""
        return self._newest.get(parse_jid(jid).userhost(), "")

    def forget(self) -> None:
        """The server is gone: what it told before may be true no more."""
        self._newest.clear()

    def heard(self, stanza: Element) -> list[Element]:
        """Note a presence stanza; what is to be answered to it.  That of strangers is passed over."""
        try:
            sender = parse_jid(stanza.getAttribute("from") or "")
        except BadJID:
            return []
        if sender.host != self._domain or not sender.user:
            return []
        kind = stanza.getAttribute("type") or ""
        # Without a resource it tells nothing: Prosody says so of whoever is asked to be seen.
        if sender.resource and kind in ("", "unavailable"):
            self._note(sender.userhost(), sender.full(), kind == "")
        return self._answers(kind, sender.userhost())

    def _note(self, account: str, resource: str, there: bool) -> None:
        known = self._newest.pop(account, "")
        newest = resource if there else "" if resource == known else known
        if newest:
            while len(self._newest) >= self._most:
                del self._newest[next(iter(self._newest))]
            self._newest[account] = newest

    def _answers(self, kind: str, account: str) -> list[Element]:
        kinds = {
            "subscribe": ("subscribed", "", "subscribe"),
            "unsubscribe": ("unsubscribed",),
            "probe": ("",),
        }
        return [presence(self._own, account, answer) for answer in kinds.get(kind, ())]
