"""Quirks of how devices take ConnectionRequests."""

from __future__ import annotations

from acs.quirks.adapter import Adapter
from acs.quirks.quirk import Quirk

__all__ = ["QUIRKS"]

QUIRKS = (
    Quirk(
        "called-with-basic",
        "A ConnectionRequest is answered 401, with a challenge of Basic alone.",
        "The device is given its ConnectionRequestPassword as it is, which whoever listens can read.",
        "GenieACS, setting cwmp.connectionRequestAllowBasicAuth",
        Adapter(call_with_basic=True),
    ),
    Quirk(
        "closes-when-called",
        "A ConnectionRequest ends without an answer, and the device calls.",
        "A connection that is closed after the request counts as its acceptance.",
        "Reported to several projects, without a name",
        Adapter(call_closing_accepts=True),
    ),
)
