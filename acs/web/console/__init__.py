"""The console: pages for people, in front of the API.

A page is a template over what the API tells whoever looks at it (`asking.Ask`).  What a page changes it
changes by the API too: its forms say which request they make, and one script makes it.
"""

from __future__ import annotations

from acs.web.console import (
    campaigns,
    device,
    devices,
    firmware,
    login,
    oneself,
    overview,
    people,
    sessions,
    statics,
)
from acs.web.routing import Route

ROUTES: tuple[Route, ...] = (
    *statics.routes.rows,
    *(
        route
        for pages in (
            login.pages,
            overview.pages,
            devices.pages,
            device.pages,
            sessions.pages,
            firmware.pages,
            campaigns.pages,
            people.pages,
            oneself.pages,
        )
        for route in pages.routes.rows
    ),
)
"""Every page, with what it is drawn with."""
