"""Webhooks: what happens is told to the operator's systems over HTTP, signed, until they have taken it."""
