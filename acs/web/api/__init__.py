"""The whole table of the REST API's routes, a module for each kind of thing."""

from __future__ import annotations

from acs.web.api import (
    about,
    alarms,
    campaigns,
    configurations,
    credentials,
    datamodels,
    devices,
    events,
    firmware,
    jobs,
    learning,
    login,
    metrics,
    oidc,
    oneself,
    overview,
    parameters,
    populations,
    profiles,
    quirks,
    reload,
    sessions,
    swaps,
    tokens,
    upgrades,
    uploads,
    users,
    views,
    waking,
)
from acs.web.routing import Route

ROUTES: tuple[Route, ...] = tuple(
    route
    for module in (
        about.health,
        metrics.routes,
        about.routes,
        login.routes,
        oneself.routes,
        oidc.routes,
        events.routes,
        overview.routes,
        devices.routes,
        credentials.routes,
        parameters.routes,
        jobs.routes,
        waking.routes,
        upgrades.routes,
        alarms.routes,
        campaigns.routes,
        sessions.routes,
        uploads.routes,
        populations.routes,
        quirks.routes,
        configurations.routes,
        learning.routes,
        swaps.routes,
        datamodels.routes,
        profiles.routes,
        firmware.routes,
        views.routes,
        tokens.routes,
        users.routes,
        reload.routes,
    )
    for route in module.rows
)
"""Every route that is served."""
