"""What goes wrong with an identity provider."""

from __future__ import annotations


class ProviderFailed(Exception):
    """It does not answer, or not as it should; the reason is for the operator's log."""


class TokenRefused(Exception):
    """What it says of somebody cannot be believed; the reason is for the operator's log."""


class NotAdmitted(Exception):
    """It is right, but not enough to come in; the reason is for whom it is about."""
