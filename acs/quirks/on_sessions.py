"""Quirks of how devices keep up a session."""

from __future__ import annotations

from acs.quirks.adapter import Adapter
from acs.quirks.quirk import Quirk
from acs.quirks.rules import Make

__all__ = ["QUIRKS"]

QUIRKS = (
    Quirk(
        "xml-declaration",
        "Messages without an XML declaration are refused or passed over.",
        "Every message begins with an XML declaration.  Others (netcwmp, Orange's agent)"
        " refuse messages that do, so that it is not done for everybody.",
        "Reported of a Huawei router",
        Adapter(xml_declaration=True),
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
