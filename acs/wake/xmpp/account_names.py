"""How accounts are called, or why they cannot be."""

from __future__ import annotations

from acs.xmpp.elements import BadJID, can_be_said, jid_of


class AccountError(Exception):
    """An account could not be made, changed or removed; the text says why, without secrets."""


def account_jid(username: str, domain: str) -> str:
    """The JID of an account; raises `AccountError` for a user name that XMPP does not have."""
    try:
        if not username:
            raise BadJID("it is empty")
        jid = jid_of(username, domain)
        if not can_be_said(jid):
            raise BadJID("characters that XML has not")
        return jid
    except BadJID as error:
        raise AccountError(f"not a user name for XMPP: {ascii(username[:80])}: {error}") from None


def check_password(password: str) -> None:
    """Refuse what cannot be said in XML, or on a line; raises `AccountError`."""
    if not password or not can_be_said(password) or not password.isprintable():
        raise AccountError("not a password for XMPP: it is empty, or has characters that cannot be typed")
