"""Puts the site together that serves GenieACS's northbound interface."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace

from twisted.internet.defer import DeferredSemaphore
from twisted.web.server import Site

from acs.web.appliance import Appliance
from acs.web.authentication import Authenticator, BearerTokens
from acs.web.dispatcher import Dispatcher
from acs.web.nbi import devices, files, presets, task_routes
from acs.web.nbi.admission import Anyone, BasicTokens, NoBrowsers
from acs.web.nbi.door import AT_ONCE, Door
from acs.web.routing import Route, Router


def _both(routes: Iterable[Route]) -> Iterable[Route]:
    """Each with and without a slash at the end, as GenieACS has them."""
    for route in routes:
        yield route
        yield replace(route, pattern=f"{route.pattern}/")


ROUTES: tuple[Route, ...] = tuple(
    _both(route for module in (devices, task_routes, presets, files) for route in module.routes.rows)
)
"""Everything that the interface serves."""


def resource_of(appliance: Appliance, tokens: BearerTokens | None, local: bool, secrets: bool) -> Dispatcher:
    """The interface over an appliance.

    ``tokens`` are asked for, or nobody where there are none, and then with ``local`` only by the address of
    this machine; ``secrets`` are shown to whoever may ask, or nobody.
    """
    chain: list[Authenticator] = [NoBrowsers(), *([tokens, BasicTokens(tokens)] if tokens else [Anyone(local)])]
    had = {each.name: getattr(appliance, each.name) for each in fields(appliance)}
    through = Door(**had, secrets=secrets, searches=DeferredSemaphore(AT_ONCE))
    return Dispatcher(Router(ROUTES), through, chain)


__all__ = ["ROUTES", "Site", "resource_of"]
