"""Quirks of what devices can be asked for."""

from __future__ import annotations

from acs.quirks.adapter import Adapter
from acs.quirks.quirk import Quirk
from acs.quirks.rules import Make

__all__ = ["QUIRKS"]

QUIRKS = (
    Quirk(
        "one-rpc-per-session",
        "The device answers one RPC and then drops the session.",
        "The session ends after one RPC; the next one goes out when the device calls again.",
        "Operators' notes on SmartRG and Sagemcom devices",
        Adapter(rpcs_per_session=1),
        (Make("Smart*RG*"),),
    ),
    Quirk(
        "one-path-per-request",
        "GetParameterValues with several paths fails; with one it does not.",
        "Each path is asked for by itself.",
        "Operators' notes on SmartRG and Sagemcom devices",
        Adapter(names_per_request=1),
        (Make("Smart*RG*"),),
    ),
    Quirk(
        "few-names-per-request",
        "Requests for many names are refused (9004), or the device runs out of memory over its answer.",
        "At most 32 names are asked for at once.",
        "GenieACS issue 131; RDK-B's agent takes 256 at most",
        Adapter(names_per_request=32),
    ),
    Quirk(
        "level-by-level",
        "The device reboots, or runs out of memory, when its whole tree is listed at once.",
        "Names are listed level by level.",
        "GenieACS-GUI issue 78 (DrayTek Vigor 2860)",
        Adapter(level_by_level=True, names_per_request=32),
        (Make("DrayTek*", "Vigor2860*"),),
    ),
    Quirk(
        "no-attributes",
        "GetParameterAttributes is answered with nothing, or breaks the session.",
        "It is never asked for on our own account; a job of it is carried out.",
        "netcwmp, which answers it with an empty POST",
        Adapter(never=("GetParameterAttributes",)),
        (Make("netcwmp*"),),
    ),
)
