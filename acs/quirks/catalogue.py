"""The quirks that are known, each a symptom with its remedy.

The source of each says who told.

Those that concern single bytes of HTTP or XML need no quirk: every listener reads them (`acs.http.limits`,
`acs.cwmp.document`).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from acs.quirks.adapter import Adapter
from acs.quirks.rules import Make, Rule

__all__ = ["QUIRKS", "SHIPPED", "Quirk"]


class Quirk(Struct, frozen=True):
    """A way in which devices are not as they should be.

    ``name``: what sessions, devices and rules call it.  ``symptom``: what goes wrong without it.  ``remedy``:
    what is done then.  ``source``: where it is documented.  ``adapter``: the remedy for the machine.
    ``makes``: whose it is known to be.
    """

    name: str
    symptom: str
    remedy: str
    source: str
    adapter: Adapter
    makes: tuple[Make, ...] = ()


_ALL = (
    Quirk(
        "xml-declaration",
        "Messages without an XML declaration are refused or passed over.",
        "Every message begins with an XML declaration.  Others (netcwmp, Orange's agent)"
        " refuse messages that do, so that it is not done for everybody.",
        "Reported of a Huawei router",
        Adapter(xml_declaration=True),
    ),
    Quirk(
        "boolean-digits",
        "SetParameterValues with true or false is answered with fault 9007; 1 and 0 are taken.",
        "Booleans are set as 1 and 0, whatever the job or the configuration says.",
        "GenieACS issue 228 (TP-Link TD-W9970)",
        Adapter(boolean_digits=True),
        (Make("TP-L*INK*", "TD-W9970*"),),
    ),
    Quirk(
        "whole-seconds",
        "A dateTime with fractions of a second is refused.",
        "Times are set without them.",
        "GenieACS, option datetimeMilliseconds",
        Adapter(whole_seconds=True),
    ),
    Quirk(
        "inverted-cell-flags",
        "CellBarred and CellReservedForOperatorUse mean the opposite of what TR-196 says.",
        "Both are turned round when they are read and when they are set.",
        "Magma, enodebd (Baicells eNodeBs)",
        Adapter(inverted=(".CellBarred", ".CellReservedForOperatorUse")),
        (Make("Baicells*"),),
    ),
    Quirk(
        "null-words",
        "Values that are empty, the ParameterKey among them, are reported as (null).",
        "(null) is read as the empty value.",
        "FreeACS, version.txt (Eltek); SmartRG SR515ac",
        Adapter(null_words=("(null)",)),
        (
            Make("Eltek*"),
            Make("Smart*RG*", "SR515ac*"),
        ),
    ),
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
    Quirk(
        "silent-while-applying",
        "After Wi-Fi settings the device is silent for minutes, and then answers.",
        "It may be silent for ten minutes before its session counts as lost.",
        "Operators' notes on the Nokia Beacon G6: some 150 s for each radio",
        Adapter(silence_seconds=600.0),
        (Make("Nokia*", "Beacon*"),),
    ),
    Quirk(
        "rest-after-boot",
        "What is set within ten minutes after a reboot is lost.",
        "Nothing is asked of the device until it has been up for ten minutes.",
        "Magma, enodebd (Baicells eNodeBs)",
        Adapter(rest_seconds=600.0),
        (Make("Baicells*"),),
    ),
    Quirk(
        "no-parameter-key",
        "The ParameterKey that was set never comes back in an Inform.",
        "The key that was set last is kept here, until the device is reset to its factory settings.",
        "FreeACS, quirk parameterkey (SpeedTouch 780, ZyXEL P-2602HW)",
        Adapter(forgets_parameter_key=True),
        (
            Make("THOMSON*", "SpeedTouch 780*"),
            Make("ZyXEL*", "P-2602HW*"),
        ),
    ),
    Quirk(
        "bind-by-address",
        "The cookie does not come back, and every request comes on a connection of its own.",
        "The session is found by the client's address, as long as that has one session of the kind open.",
        "Reported to several projects, without a name",
        Adapter(bind_by_address=True),
    ),
    Quirk(
        "close-connection",
        "The second request on a connection is lost.",
        "The connection is closed after each answer.",
        "Devices whose HTTP client knows no keep-alive and does not say so",
        Adapter(close=True),
    ),
)

QUIRKS: Mapping[str, Quirk] = {quirk.name: quirk for quirk in _ALL}
"""By name."""

SHIPPED: tuple[Rule, ...] = tuple(
    Rule(quirk.name, **make._asdict()) for quirk in _ALL for make in quirk.makes
)
"""Rules that come with the appliance; an operator's own go before them."""
