"""The whole table of the REST API's routes, a module for each kind of thing."""

from __future__ import annotations

from acs.web.api import (
    about,
    alarms,
    audit,
    bulk,
    campaigns,
    configurations,
    credentials,
    datamodels,
    devices,
    events,
    firmware,
    jobs,
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
    transfers,
    upgrades,
    uploads,
    users,
    waking,
    webhooks,
)
from acs.web.routing import Route

ROUTES: tuple[Route, ...] = tuple(
    route
    for module in (
        about.health,
        metrics.routes,
        about.routes,
        about.system,
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
        webhooks.routes,
        campaigns.routes,
        bulk.routes,
        sessions.routes,
        uploads.routes,
        populations.routes,
        quirks.routes,
        configurations.routes,
        swaps.routes,
        datamodels.routes,
        profiles.routes,
        firmware.routes,
        transfers.routes,
        tokens.routes,
        users.routes,
        audit.routes,
        reload.routes,
    )
    for route in module.rows
)
"""Every route that is served."""
