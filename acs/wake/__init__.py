"""Waking devices: one way to a file, tried in an order of preference."""
