"""Tests of waking devices by XMPP."""
