"""Waking devices by XMPP (TR-069 Annex K): the ACS as a component of the operator's XMPP server."""
