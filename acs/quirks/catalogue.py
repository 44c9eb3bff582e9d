"""The quirks that are known.

Those that concern single bytes of HTTP or XML need no quirk: every listener reads them (`acs.http.limits`,
`acs.cwmp.document`).
"""

from __future__ import annotations

from collections.abc import Mapping

from acs.quirks import on_calls, on_files, on_requests, on_sessions, on_values
from acs.quirks.quirk import Quirk
from acs.quirks.rules import Rule

__all__ = ["QUIRKS", "SHIPPED", "Quirk"]

_ALL = (
    *on_values.QUIRKS,
    *on_requests.QUIRKS,
    *on_sessions.QUIRKS,
    *on_calls.QUIRKS,
    *on_files.QUIRKS,
)

QUIRKS: Mapping[str, Quirk] = {quirk.name: quirk for quirk in _ALL}
"""By name."""

SHIPPED: tuple[Rule, ...] = tuple(
    Rule(quirk.name, **make._asdict()) for quirk in _ALL for make in quirk.makes
)
"""Rules that come with the appliance; an operator's own go before them."""
