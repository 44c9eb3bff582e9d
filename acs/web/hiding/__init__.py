"""Secrets are hidden in whatever is shown."""
