"""Tests of what either side of an XMPP connection needs."""
