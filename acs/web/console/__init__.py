"""The console: pages for people, in front of the API.

A page is a template over what the API tells whoever looks at it (`asking.Ask`).  What a page changes it
changes by the API too: its forms say which request they make, and one script makes it.
"""

from __future__ import annotations

from acs.web.console import (
    alarms,
    audit,
    campaigns,
    configurations,
    datamodels,
    device,
    devices,
    firmware,
    jobs,
    login,
    models,
    nodes,
    oneself,
    overview,
    people,
    quirks,
    sessions,
    statics,
    webhooks,
)
from acs.web.serving.routing import Route

ROUTES: tuple[Route, ...] = (
    *statics.routes.rows,
    *(
        route
        for module in (
            login,
            overview,
            devices,
            device,
            sessions,
            jobs,
            alarms,
            quirks,
            models,
            configurations,
            datamodels,
            nodes,
            firmware,
            campaigns,
            people,
            oneself,
            audit,
            webhooks,
        )
        for route in module.pages.routes.rows
    ),
)
"""Every page, with what it is drawn with."""
